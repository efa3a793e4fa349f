//! Many at once: in groups, from two processes, in any order; each is answered once, and the journal adds up to the tables.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use crate::common::{self, COUNTERS, Counted, Failure, NURSE, Opened, all, close, count, open, open_counter, schema};
use proptest::prelude::*;
use titer_store::{
    Actor, Changes, Event, Header, Location, Options, Pending, Read, SUBMISSIONS_MAX, Store, StoreError, Value,
    reading, sql,
};

fn laboratory() -> (tempfile::TempDir, Location, Store) {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().to_owned());
    let store = open(&location, 1);
    (dir, location, store)
}

/// The journal is whole and says what the tables say.
fn is_sound(store: &Store, events: u64) {
    let found = store.verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!((found.faults, found.events, found.last), (vec![], events, events as i64));
    let before = all(store);
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(all(store), before);
}

/// Keeps the writer busy until the sender is used or dropped, so that what is submitted meanwhile forms one group.
fn hold(store: &Store) -> (std::sync::mpsc::Sender<()>, Pending<Result<(), Failure>>) {
    let (release, held) = channel();
    let (started, running) = channel();
    let gate = store.submit(move |_| {
        let _ = started.send(());
        let _ = held.recv();
        Ok(())
    });
    running.recv().unwrap();
    (release, gate)
}

#[test]
fn two_stores_on_one_folder_take_turns_and_hear_of_each_other() {
    let (_dir, location, one) = laboratory();
    let two = open(&location, 1);
    let mut heard = one.watch();
    two.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let begun = Instant::now();
    while *heard.borrow_and_update() < 1 {
        assert!(begun.elapsed() < Duration::from_secs(5), "nothing was heard of the other's event");
        thread::sleep(Duration::from_millis(20));
    }
    let answers: Vec<i64> = thread::scope(|scope| {
        let work: Vec<_> = [&one, &two, &one, &two]
            .map(|store| {
                scope.spawn(move || {
                    (0..50).map(|_| store.submit(|tx| count(tx, "a")).wait().unwrap()).collect::<Vec<_>>()
                })
            })
            .into();
        work.into_iter().flat_map(|w| w.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().copied().collect::<BTreeSet<_>>(), (1..=200).collect());
    is_sound(&one, 201);
    is_sound(&two, 201);
    assert_eq!(all(&one), all(&two));
}

#[test]
fn each_of_many_submitters_is_answered_once() {
    let (_dir, _, store) = laboratory();
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let (release, gate) = hold(&store);
    // More than one group, every third of them refused.
    let asked: Vec<_> = (0..900)
        .map(|n| {
            store.submit(move |tx| {
                let counted = count(tx, "a")?;
                if n % 3 == 0 { Err(Failure::Refused("every third")) } else { Ok(counted) }
            })
        })
        .collect();
    drop(release);
    gate.wait().unwrap();
    let answers: Vec<_> = asked.into_iter().map(Pending::wait).collect();
    let counted: Vec<i64> = answers.iter().filter_map(|a| a.as_ref().ok().copied()).collect();
    assert_eq!(counted, (1..=600).collect::<Vec<_>>());
    assert!(answers.iter().step_by(3).all(|a| *a == Err(Failure::Refused("every third"))));
    is_sound(&store, 601);
}

#[test]
fn one_more_than_the_queue_holds_is_told_so_at_once() {
    let (_dir, _, store) = laboratory();
    let (release, gate) = hold(&store);
    let asked: Vec<_> = (0..SUBMISSIONS_MAX).map(|_| store.submit(|_| Ok::<_, StoreError>(()))).collect();
    let refused = store.submit(|_| Ok::<_, StoreError>(())).wait();
    assert!(matches!(&refused, Err(StoreError::Busy(why)) if why.contains("too many")), "{refused:?}");
    drop(release);
    gate.wait().unwrap();
    assert!(asked.into_iter().all(|a| a.wait().is_ok()));
}

#[test]
fn the_last_handle_may_be_dropped_by_the_work_itself() {
    let (_dir, location, store) = laboratory();
    let (release, gate) = hold(&store);
    let handle = store.clone();
    let asked = store.submit(move |tx| {
        let _last = handle;
        open_counter(tx, "a")
    });
    drop(store);
    drop(release);
    gate.wait().unwrap();
    asked.wait().unwrap();
    assert_eq!(all(&open(&location, 1)).len(), 1);
}

/// A name that another counter has: the journal takes the event, the table refuses the row.
fn open_twice(tx: &mut titer_store::Tx<'_>) -> Result<Header, StoreError> {
    tx.journal(NURSE, None, &Opened { name: "a".to_owned(), note: None })
}

sql! {
    WRONG = "SELECT nothing FROM nowhere WHERE lab = $1";
}

struct Unknown;

impl serde::Serialize for Unknown {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<'de> serde::Deserialize<'de> for Unknown {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Unknown)
    }
}

impl Event for Unknown {
    const KIND: &'static str = "counters.unknown";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&COUNTERS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.drop_key(&COUNTERS, header.id(0));
    }
}

#[test]
fn who_swallows_an_error_keeps_nothing_and_harms_nobody() {
    type Mistake = fn(&mut titer_store::Tx<'_>) -> Result<(), StoreError>;
    let mistakes: [(&str, Mistake); 3] = [
        ("two entries have the same key", |tx| open_twice(tx).map(|_| ())),
        ("refused a statement", |tx| tx.query(&WRONG, &[]).map(|_| ())),
        ("has no row", |tx| tx.journal(NURSE, None, &Counted { counter: 5, count: 1 }).map(|_| ())),
    ];
    for (words, mistake) in mistakes {
        let (_dir, _, store) = laboratory();
        store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
        let (release, gate) = hold(&store);
        let before = store.submit(|tx| count(tx, "a"));
        let swallowing = store.submit(move |tx| {
            count(tx, "a")?;
            let _ = mistake(tx);
            // From here on it is told the same again.
            assert!(tx.query(&common::COUNTER, &["a".into()]).is_err());
            let _ = count(tx, "a");
            Ok::<_, Failure>(())
        });
        let after = store.submit(|tx| count(tx, "a"));
        drop(release);
        gate.wait().unwrap();
        assert_eq!((before.wait(), after.wait()), (Ok(1), Ok(2)), "{words}");
        let refused = swallowing.wait();
        assert!(matches!(&refused, Err(Failure::Store(e)) if e.to_string().contains(words)), "{refused:?}");
        is_sound(&store, 3);
    }
}

#[test]
fn what_could_not_be_read_again_is_not_journalled() {
    let (_dir, _, store) = laboratory();
    let unknown = store.submit(|tx| tx.journal(Actor::Timer, None, &Unknown)).wait();
    assert!(matches!(&unknown, Err(StoreError::Statement(m)) if m.contains("counters.unknown")), "{unknown:?}");
    let reason = "x".repeat(1 << 20);
    let long =
        store.submit(move |tx| tx.journal(NURSE, Some(&reason), &Opened { name: "a".into(), note: None })).wait();
    assert!(matches!(long, Err(StoreError::Limit { .. })), "{long:?}");
    is_sound(&store, 0);
}

#[test]
fn an_event_gives_out_no_id_of_the_next() {
    let header = |number| Header {
        lab: 1,
        number,
        at: titer_store::Timestamp::default(),
        actor: Actor::Timer,
        kind: String::new(),
        version: 1,
    };
    assert_eq!(header(3).id(1023), 4095);
    assert_eq!(header(titer_store::event::NUMBER_MAX).id(1023) / 1024, titer_store::event::NUMBER_MAX);
    assert!(std::panic::catch_unwind(|| header(3).id(1024)).is_err());
}

#[test]
fn reading_goes_on_beside_a_submission_and_never_sees_half_of_one() {
    let (_dir, _, store) = laboratory();
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let (asked, reached) = channel();
    let (release, held) = channel::<()>();
    let slow = store.submit(move |tx| {
        count(tx, "a")?;
        asked.send(()).unwrap();
        let _ = held.recv();
        count(tx, "a")
    });
    reached.recv().unwrap();
    assert_eq!(all(&store)[0][2], Value::Int(0));
    drop(release);
    assert_eq!(slow.wait(), Ok(2));
    assert_eq!(all(&store)[0][2], Value::Int(2));
    let head = store.read(|s| reading::head(s)).wait().unwrap();
    assert_eq!(head.number, 3);
}

#[derive(Clone, Debug)]
enum Step {
    Open(u8),
    Count(u8),
    Close(u8),
    /// Counts, then refuses.
    Regret(u8),
    /// Counts, then panics.
    Panic(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..4_u8;
    prop_oneof![
        name.clone().prop_map(Step::Open),
        name.clone().prop_map(Step::Count),
        name.clone().prop_map(Step::Count),
        name.clone().prop_map(Step::Close),
        name.clone().prop_map(Step::Regret),
        name.prop_map(Step::Panic),
    ]
}

fn submit(store: &Store, step: &Step) -> Pending<Result<(), Failure>> {
    let step = step.clone();
    store.submit(move |tx| {
        let name = |n: u8| format!("counter {n}");
        match step {
            Step::Open(n) => open_counter(tx, &name(n)).map(|_| ()),
            Step::Count(n) => count(tx, &name(n)).map(|_| ()),
            Step::Close(n) => close(tx, &name(n)),
            Step::Regret(n) => count(tx, &name(n)).and(Err(Failure::Refused("regretted"))),
            Step::Panic(n) => {
                let _ = count(tx, &name(n));
                panic!("as the test asks");
            }
        }
    })
}

/// What the same steps come to in memory: the counters, and the number of events.
fn model(steps: &[Step]) -> (BTreeMap<String, i64>, u64) {
    let (mut counters, mut events) = (BTreeMap::new(), 0);
    for step in steps {
        let done = match step {
            Step::Open(n) if !counters.contains_key(&format!("counter {n}")) => {
                counters.insert(format!("counter {n}"), 0);
                true
            }
            Step::Count(n) => counters.get_mut(&format!("counter {n}")).map(|c| *c += 1).is_some(),
            Step::Close(n) => counters.remove(&format!("counter {n}")).is_some(),
            _ => false,
        };
        events += u64::from(done);
    }
    (counters, events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any stream of commands, in groups or one by one: the tables are those of the model, of a rebuild, and of each other.
    #[test]
    fn any_stream_of_commands_adds_up(steps in prop::collection::vec(step(), 0..80)) {
        let quiet = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let (_dir, _, grouped) = laboratory();
        let (release, gate) = hold(&grouped);
        let asked: Vec<_> = steps.iter().map(|s| submit(&grouped, s)).collect();
        drop(release);
        gate.wait().unwrap();
        let answers: Vec<_> = asked.into_iter().map(Pending::wait).collect();

        let (_dir, _, single) = laboratory();
        let one_by_one: Vec<_> = steps.iter().map(|s| submit(&single, s).wait()).collect();
        std::panic::set_hook(quiet);
        prop_assert_eq!(answers, one_by_one);

        let (counters, events) = model(&steps);
        let rows = all(&grouped);
        let told: BTreeMap<String, i64> = rows
            .iter()
            .map(|r| match (&r[1], &r[2]) {
                (Value::Text(name), Value::Int(count)) => (name.clone(), *count),
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(told, counters);
        prop_assert_eq!(all(&single), rows);
        is_sound(&grouped, events);
    }
}

#[test]
fn a_store_without_a_seed_salts_each_event_differently() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().to_owned());
    let store = Store::open(&location, 1, schema(), Options::default()).unwrap();
    let draw = |store: &Store| {
        let drawn = store.submit(|tx| {
            let mut bytes = [0; 32];
            tx.random(&mut bytes);
            Ok::<_, StoreError>(bytes)
        });
        drawn.wait().unwrap()
    };
    let mut drawn = vec![draw(&store), draw(&store)];
    drop(store);
    drawn.push(draw(&Store::open(&location, 1, schema(), Options::default()).unwrap()));
    assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 3);
}

/// Opens a counter without looking for one of the name, as only a mistake of the program does.
fn open_blindly(tx: &mut titer_store::Tx<'_>, name: &str) -> Result<i64, Failure> {
    Ok(tx.journal(NURSE, None, &Opened { name: name.to_owned(), note: None })?.id(0))
}

#[test]
fn a_row_that_the_database_refuses_harms_its_group_once_and_then_only_itself() {
    let (_dir, _, store) = laboratory();
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let conflict = |answer: &Result<i64, Failure>| matches!(answer, Err(Failure::Store(StoreError::Conflict(_))));
    let busy = |answer: &Result<i64, Failure>| matches!(answer, Err(Failure::Store(StoreError::Busy(_))));
    let together = || {
        let (go, gate) = hold(&store);
        let before = store.submit(|tx| count(tx, "a"));
        let wrong = store.submit(|tx| open_blindly(tx, "a"));
        let after = store.submit(|tx| count(tx, "a"));
        drop(go);
        gate.wait().unwrap();
        (before.wait(), wrong.wait(), after.wait())
    };

    assert!(conflict(&store.submit(|tx| open_blindly(tx, "a")).wait()), "alone");
    let (before, wrong, after) = together();
    assert!(busy(&before) && busy(&wrong) && busy(&after), "{before:?} {wrong:?} {after:?}");
    let (before, wrong, after) = together();
    assert!(conflict(&wrong), "{wrong:?}");
    assert_eq!((before, after), (Ok(1), Ok(2)));

    // A part that reads what it has changed is taken back alone in any case.
    let (_dir, _, store) = laboratory();
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let (go, gate) = hold(&store);
    let before = store.submit(|tx| count(tx, "a"));
    let wrong = store.submit(|tx| {
        let opened = open_blindly(tx, "a")?;
        common::find(tx, "a")?;
        Ok(opened)
    });
    let after = store.submit(|tx| count(tx, "a"));
    drop(go);
    gate.wait().unwrap();
    assert_eq!(before.wait(), Ok(1));
    assert!(conflict(&wrong.wait()));
    assert_eq!(after.wait(), Ok(2));
    is_sound(&store, 3);
}
