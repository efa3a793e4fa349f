//! What is PostgreSQL's own: that grouping changes nothing, that nodes share it, that it may go away.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/plans.rs"]
mod plans;
#[path = "common/postgres.rs"]
mod postgres;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use common::{
    COUNTERS, COUNTERS_BY_NAME, Closed, Counted, Failure, NURSE, Opened, SEEN, all, count, find, open, open_counter,
    options, plan,
};
use serde::{Deserialize, Serialize};
use titer_store::{
    Changes, Column, Event, EventType, Header, Location, Part, Pending, Plan, Read, Row, Schema, Sql, Store,
    StoreError, Table, Tx, Type, Value, reading, sql, values,
};

/// A table with a column of each type.
static KINDS: Table = Table::working(
    "kinds",
    Column::new("sha256", Type::Bytes),
    &[
        Column::nullable("integer", Type::BigInt),
        Column::nullable("words", Type::Text),
        Column::nullable("octets", Type::Bytes),
        Column::nullable("truth", Type::Boolean),
        Column::nullable("number", Type::Double),
    ],
    &[],
);

sql! {
    SEEN_ALL = "SELECT name, times FROM seen WHERE lab = $1 AND name > '' ORDER BY name";
    SEEN_AFTER = "SELECT name, times, name FROM seen WHERE lab = $1 AND name > $2 ORDER BY name DESC LIMIT $3";
    KIND = "SELECT integer, words, octets, truth, number FROM kinds WHERE lab = $1 AND sha256 = $2";
}

/// A counter under a key that another journal has given out.
#[derive(Serialize, Deserialize)]
struct Adopted {
    key: i64,
    name: String,
}

impl Event for Adopted {
    const KIND: &'static str = "counters.adopted";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&COUNTERS];
    fn project(&self, _: &Header, changes: &mut Changes) {
        changes.put_values(&COUNTERS, self.key, values![&self.name, 0_i64, Value::Null]);
    }
}

fn schema() -> Arc<Schema> {
    static EVENTS: &[EventType] =
        &[EventType::of::<Opened>(), EventType::of::<Counted>(), EventType::of::<Closed>(), EventType::of::<Adopted>()];
    static TABLES: &[&Table] = &[&COUNTERS, &SEEN, &KINDS];
    Arc::new(Schema::new(1, &[Part { tables: TABLES, events: EVENTS }]))
}

fn opened(location: &Location) -> Store {
    Store::open(location, 1, schema(), options(7)).expect("the store opens")
}

fn rows(store: &Store, sql: &'static Sql) -> Vec<Row> {
    store.read(move |s| s.query(sql, &[])).wait().expect("reads")
}

fn execute(url: &str, text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(text).await.unwrap();
    });
}

/// The statement that a laboratory's writer sent last.
fn sent_last(url: &str) -> String {
    const LAST: &str =
        "SELECT query FROM pg_stat_activity WHERE application_name = 'titer 1 writer' AND datname = current_database()";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.query_one(LAST, &[]).await.unwrap().get(0)
    })
}

type Answer = Result<i64, Failure>;

#[test]
fn what_many_read_with_one_statement_is_asked_once_and_answers_each_as_alone() {
    let Some(url) = postgres::database() else { return };
    let store = opened(&Location::Postgres(url.clone()));
    let mut changes = Changes::new();
    for (i, name) in ["a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        changes.put_values(&SEEN, name, values![i64::try_from(i).unwrap()]);
    }
    store.submit(move |tx| tx.work(&changes)).wait().unwrap();
    let of = |name: Value, limit: i64| vec![name, limit.into()];
    let sets = [of("c".into(), 2), of("".into(), 2), of("f".into(), 2), of(Value::Null, 2), of("e".into(), 2)];
    let limits = [of("c".into(), 1), of("c".into(), 9)];
    let read = |set: &Vec<Value>, reads: &[Vec<Value>]| {
        let reads = reads.iter().map(|set| (&SEEN_AFTER, set.clone())).collect();
        let subject = format!("{set:?}");
        let (set, url) = (set.clone(), url.clone());
        store.submit_planned(Some(Plan { subjects: vec![subject], reads }), move |tx| {
            let found = tx.query(&SEEN_AFTER, &set)?;
            Ok::<_, StoreError>((found, sent_last(&url)))
        })
    };
    let alone: Vec<_> = sets.iter().map(|set| read(set, &[]).wait().unwrap().0).collect();
    assert_eq!(alone[1].iter().map(|r| r.values()[2].clone()).collect::<Vec<_>>(), values!["f", "e"]);
    let go = hold(&store);
    let together: Vec<_> = sets.iter().map(|set| read(set, std::slice::from_ref(set))).collect();
    drop(go);
    for (alone, together) in alone.into_iter().zip(together) {
        let (found, sent) = together.wait().unwrap();
        assert_eq!(found, alone);
        assert!(sent.contains("UNNEST"), "{sent}");
    }
    // No limit can come from a row: then each reads for itself, and still reads what is there.
    let go = hold(&store);
    let differing: Vec<_> = limits.iter().map(|set| read(set, std::slice::from_ref(set))).collect();
    drop(go);
    let found: Vec<_> = differing.into_iter().map(|d| d.wait().unwrap().0.len()).collect();
    assert_eq!(found, [1, 3]);
}

#[test]
fn every_type_of_value_comes_back_as_it_went() {
    let Some(url) = postgres::database() else { return };
    let store = opened(&Location::Postgres(url));
    let key = || Value::from(vec![1_u8, 0]);
    let full = values![i64::MIN, "É\u{1F9EA}'\\", vec![0_u8, 255, b'\''], true, -0.0_f64];
    let empty = vec![Value::Null; 5];
    let work = |changes: Changes| {
        let seen = store.submit(move |tx| {
            tx.work(&changes)?;
            tx.one(&KIND, &[key()])
        });
        seen.wait().unwrap().unwrap().values().to_vec()
    };
    for row in [&full, &empty] {
        let mut changes = Changes::new();
        changes.put_values(&KINDS, key(), row.clone());
        assert_eq!(&work(changes), row);
    }
    // Column by column, now that the row stands.
    for i in 0..5 {
        let mut changes = Changes::new();
        changes.patch_values(&KINDS, key(), vec![(KINDS.columns[i].name, full[i].clone())]);
        assert_eq!((&work(changes)[..=i], i), (&full[..=i], i));
    }
    // A key of text is found by its code points.
    let mut changes = Changes::new();
    changes.put_values(&SEEN, "é", values![1_i64]);
    store.submit(move |tx| tx.work(&changes)).wait().unwrap();
    let mut changes = Changes::new();
    changes.patch_values(&SEEN, "é", vec![("times", 2_i64.into())]);
    store.submit(move |tx| tx.work(&changes)).wait().unwrap();
    assert_eq!(rows(&store, &SEEN_ALL)[0].values(), values!["é", 2_i64]);
}

#[test]
fn what_is_too_much_to_wait_is_sent_before_and_taken_back_all_the_same() {
    let Some(url) = postgres::database() else { return };
    let store = open(&Location::Postgres(url), 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let large = vec![7; 9 << 20];
    let (kept, refused) = ([large.clone(), vec![1]].concat(), [large, vec![2]].concat());
    let go = hold(&store);
    let before = store.submit_planned(plan(&["a"]), |tx| count(tx, "a"));
    let refused = store.submit_planned(plan(&["b"]), move |tx| {
        count(tx, "a")?;
        tx.put_blob(&refused)?;
        Err::<(), _>(Failure::Refused("changed my mind"))
    });
    let kept = store.submit_planned(plan(&["c"]), move |tx| tx.put_blob(&kept));
    drop(go);
    assert_eq!((before.wait(), refused.wait()), (Ok(1), Err(Failure::Refused("changed my mind"))));
    let kept = kept.wait().unwrap();
    assert_eq!(store.read(move |s| reading::blob(s, kept)).wait().unwrap().map(|b| b.len()), Some((9 << 20) + 1));
    let found = store.verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!((found.faults, found.events, found.blobs), (vec![], 2, 1));
    assert_eq!(all(&store)[0][2], Value::Int(1));
}

/// Holds the writer up, so that what is submitted meanwhile is committed as one group; dropping the answer lets it go.
fn hold(store: &Store) -> Sender<()> {
    let (go, wait) = channel::<()>();
    let (begin, begun) = channel::<()>();
    drop(store.submit(move |_| {
        begin.send(()).unwrap();
        // Either way it is time to go on.
        let _ = wait.recv();
        Ok::<_, StoreError>(())
    }));
    // By now its own group is closed.
    begun.recv().unwrap();
    go
}

#[test]
fn conflicting_commands_in_groups_come_to_the_same_as_one_by_one() {
    const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
    let work = |store: &Store, i: usize| {
        let (name, other) = (NAMES[i % 6], NAMES[i * i % 5]);
        store.submit_planned(plan(&[name, other]), move |tx| match i % 7 {
            5 => {
                count(tx, name)?;
                Err(Failure::Refused("changed my mind"))
            }
            6 if i.is_multiple_of(3) => {
                count(tx, name)?;
                panic!("a mistake that the test makes");
            }
            _ => {
                if find(tx, other)?.is_none() {
                    return Err(Failure::Refused("absent"));
                }
                count(tx, name)
            }
        })
    };
    let [Some(alone), Some(grouped)] = [postgres::database(), postgres::database()] else { return };
    let (alone, grouped) = (open(&Location::Postgres(alone), 1), open(&Location::Postgres(grouped), 1));
    for store in [&alone, &grouped] {
        for name in NAMES {
            store.submit(move |tx| open_counter(tx, name)).wait().unwrap();
        }
    }
    let expected: Vec<_> = (0..600).map(|i| work(&alone, i).wait()).collect();
    let go = hold(&grouped);
    let pending: Vec<_> = (0..600).map(|i| work(&grouped, i)).collect();
    drop(go);
    let found: Vec<_> = pending.into_iter().map(Pending::wait).collect();
    assert_eq!(found, expected);
    assert_eq!(all(&grouped), all(&alone));
    assert_eq!(grouped.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);

    // From many at once the order is nobody's: but no count is lost or given twice.
    let before: i64 = all(&grouped).iter().map(|r| if let Value::Int(n) = r[2] { n } else { 0 }).sum();
    let counted: usize = thread::scope(|scope| {
        let counting = (0..16).map(|t| {
            let (work, grouped) = (&work, &grouped);
            scope.spawn(move || (0..60).filter(|i| work(grouped, t * 60 + i).wait().is_ok()).count())
        });
        counting.collect::<Vec<_>>().into_iter().map(|t| t.join().unwrap()).sum()
    });
    let after: i64 = all(&grouped).iter().map(|r| if let Value::Int(n) = r[2] { n } else { 0 }).sum();
    assert_eq!(after - before, counted as i64);
}

/// Journals a counter without looking whether it stands: a mistake of the program.
fn open_blindly(tx: &mut Tx<'_>, name: &str) -> Answer {
    Ok(tx.journal(NURSE, None, &Opened { name: name.to_owned(), note: None })?.number)
}

#[test]
fn a_row_that_claims_anothers_place_is_refused() {
    let Some(url) = postgres::database() else { return };
    let store = open(&Location::Postgres(url), 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let conflict = |answer: Answer| matches!(answer, Err(Failure::Store(StoreError::Conflict(_))));
    assert!(conflict(store.submit(|tx| open_blindly(tx, "a")).wait()), "alone");

    // It asked the server before it changed anything, or reads afterwards: its neighbours are kept.
    let go = hold(&store);
    let before = store.submit(|tx| count(tx, "a"));
    let asked = store.submit(|tx| {
        find(tx, "b")?;
        open_blindly(tx, "a")
    });
    let asks = store.submit(|tx| {
        open_blindly(tx, "a")?;
        // That the error is swallowed does not help.
        Ok(find(tx, "a").map_or(0, |_| 1))
    });
    let after = store.submit(|tx| count(tx, "a"));
    drop(go);
    assert_eq!(before.wait(), Ok(1));
    assert!(conflict(asked.wait()));
    assert!(conflict(asks.wait()));
    assert_eq!(after.wait(), Ok(2));

    // Decided from memory together with others: all are asked to come again, and then only the mistake is refused.
    let together = |store: &Store| {
        let go = hold(store);
        let wrong = store.submit_planned(plan(&["x"]), |tx| open_blindly(tx, "a"));
        let right = store.submit_planned(plan(&["a"]), |tx| count(tx, "a"));
        drop(go);
        (wrong.wait(), right.wait())
    };
    let (wrong, right) = together(&store);
    assert!(matches!(wrong, Err(Failure::Store(StoreError::Busy(_)))), "{wrong:?}");
    assert!(matches!(right, Err(Failure::Store(StoreError::Busy(_)))), "{right:?}");
    let (wrong, right) = together(&store);
    assert!(conflict(wrong));
    assert_eq!(right, Ok(3));
    assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
}

#[test]
fn a_foreign_key_that_looks_like_the_event_s_own_replaces_its_row_at_the_second_try() {
    let Some(url) = postgres::database() else { return };
    let store = opened(&Location::Postgres(url));
    // What event 2 will give out.
    let key = titer_store::event::id(2, 7);
    let adopt = |name: &str| {
        let adopted = Adopted { key, name: name.to_owned() };
        store.submit(move |tx| Ok::<_, Failure>(tx.journal(NURSE, None, &adopted)?.number)).wait()
    };
    assert_eq!(adopt("first"), Ok(1));
    let refused = adopt("second");
    assert!(matches!(refused, Err(Failure::Store(StoreError::Conflict(_)))), "{refused:?}");
    assert_eq!(adopt("second"), Ok(2));
    let names: Vec<Value> = all(&store).into_iter().map(|row| row[1].clone()).collect();
    assert_eq!(names, [Value::from("second")]);
}

#[test]
fn a_wrong_statement_is_refused_alone() {
    // Not registered: the test of plans would rightly complain.
    static WRONG: Sql = Sql::new("SELECT nothing FROM counters WHERE lab = $1 AND name = $2", "here");
    static NARROW: Sql = Sql::new("SELECT id FROM counters WHERE lab = $1 AND id = $2", "here");
    let Some(url) = postgres::database() else { return };
    let store = open(&Location::Postgres(url), 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    for wrong in [&WRONG, &NARROW] {
        let go = hold(&store);
        let before = store.submit(|tx| count(tx, "a"));
        let planned = Some(Plan { subjects: vec!["b".to_owned()], reads: vec![(wrong, values!["text"])] });
        let mistaken =
            store.submit_planned(planned, |tx| Ok::<_, StoreError>(tx.query(wrong, &["text".into()])?.len()));
        let neighbour = store.submit_planned(plan(&["a"]), |tx| count(tx, "a"));
        drop(go);
        let counted = before.wait().unwrap();
        let refused = mistaken.wait();
        assert!(matches!(refused, Err(StoreError::Statement(_))), "{refused:?}");
        assert_eq!(neighbour.wait(), Ok(counted + 1));
    }
}

#[test]
fn nodes_that_open_a_new_database_together_do_not_clash_and_share_a_laboratory() {
    for _ in 0..4 {
        let Some(url) = postgres::database() else { return };
        let location = Location::Postgres(url);
        let nodes: Vec<Store> = thread::scope(|scope| {
            let opening: Vec<_> = [1, 1, 2, 3, 3]
                .map(|lab| {
                    scope.spawn({
                        let location = &location;
                        move || open(location, lab)
                    })
                })
                .into();
            opening.into_iter().map(|t| t.join().unwrap()).collect()
        });
        nodes[0].submit(|tx| open_counter(tx, "a")).wait().unwrap();
        nodes[2].submit(|tx| open_counter(tx, "a")).wait().unwrap();
        thread::scope(|scope| {
            for node in &nodes[..2] {
                scope.spawn(move || {
                    for _ in 0..50 {
                        node.submit(|tx| count(tx, "a")).wait().unwrap();
                    }
                });
            }
        });
        assert_eq!(all(&nodes[0])[0][2], Value::Int(100));
        assert_eq!(all(&nodes[2])[0][2], Value::Int(0), "another laboratory has its own rows");
        assert_eq!(nodes[1].verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
        // A node learns of the other's work.
        let begun = Instant::now();
        while *nodes[1].watch().borrow() < 101 {
            assert!(begun.elapsed() < Duration::from_secs(10), "the other node's events are not seen");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_snapshot_sees_its_rows_while_tables_are_rebuilt_and_swapped() {
    static RESHAPED: Table = Table { revision: 2, ..COUNTERS };
    static TABLES: &[&Table] = &[&RESHAPED, &SEEN];
    static EVENTS: &[EventType] = &[EventType::of::<Opened>(), EventType::of::<Counted>(), EventType::of::<Closed>()];
    let Some(url) = postgres::database() else { return };
    let location = Location::Postgres(url);
    let store = open(&location, 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    for rebuild in [true, false] {
        let ((opened, is_open), (go, wait)) = (channel(), channel::<()>());
        let reading = store.read(move |s| {
            reading::head(s)?;
            opened.send(()).unwrap();
            // Long enough for whatever does not wait for this snapshot.
            let _ = wait.recv_timeout(Duration::from_millis(500));
            s.query(&COUNTERS_BY_NAME, &["".into(), 10_i64.into()])
        });
        is_open.recv().unwrap();
        if rebuild {
            store.rebuild(&mut |_, _| {}).unwrap();
            drop(go);
        } else {
            let newer = Arc::new(Schema::new(2, &[Part { tables: TABLES, events: EVENTS }]));
            let migrated = Store::open(&location, 1, newer, options(7)).unwrap();
            assert_eq!(all(&migrated), all(&store));
        }
        assert_eq!(reading.wait().unwrap().len(), 1, "the snapshot lost its rows; rebuild: {rebuild}");
    }
    let older = Store::open(&location, 1, common::schema(), options(7)).map(|_| ());
    assert_eq!(older, Err(StoreError::Newer { found: 2, known: 1 }));
}

#[test]
fn a_server_that_goes_away_loses_nothing_and_is_used_again_when_it_is_back() {
    let Some(cluster) = postgres::Cluster::start() else { return };
    let location = Location::Postgres(cluster.database());
    let store = open(&location, 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();
    let away = |e: &StoreError| matches!(e, StoreError::Away(_));

    cluster.stop();
    let refused = store.submit(|tx| count(tx, "a")).wait();
    assert!(matches!(&refused, Err(Failure::Store(e)) if away(e)), "{refused:?}");
    assert!(store.read(|s| reading::head(s)).wait().is_err_and(|e| away(&e)));
    assert!(Store::open(&location, 1, common::schema(), options(7)).is_err_and(|e| away(&e)));
    cluster.start_again();
    assert_eq!(store.submit(|tx| count(tx, "a")).wait(), Ok(1));
    assert_eq!(store.read(|s| reading::head(s)).wait().unwrap().number, 2);

    // Idle while it was away: nobody need know.
    cluster.stop();
    cluster.start_again();
    assert_eq!(store.submit(|tx| count(tx, "a")).wait(), Ok(2));
    assert_eq!(store.read(|s| reading::head(s)).wait().unwrap().number, 3);

    // Busy while it goes: whatever was acknowledged stands afterwards.
    let over = AtomicBool::new(false);
    let acknowledged: Vec<i64> = thread::scope(|scope| {
        let counting = (0..8).map(|_| {
            scope.spawn(|| {
                let once = || store.submit_planned(plan(&["a"]), |tx| count(tx, "a")).wait();
                let counts = std::iter::from_fn(|| (!over.load(Ordering::Relaxed)).then(once));
                counts.filter_map(Result::ok).collect::<Vec<_>>()
            })
        });
        let counting: Vec<_> = counting.collect();
        for _ in 0..2 {
            thread::sleep(Duration::from_millis(150));
            cluster.stop();
            cluster.start_again();
        }
        thread::sleep(Duration::from_millis(150));
        over.store(true, Ordering::Relaxed);
        counting.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let mut distinct = acknowledged.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), acknowledged.len(), "a count was given twice");
    let entries = store.read(|s| reading::entries(s, 3, i64::MAX)).wait().unwrap();
    let stored: Vec<i64> =
        entries.iter().map(|e| serde_json::from_slice::<Counted>(e.body.as_deref().unwrap()).unwrap().count).collect();
    assert!(distinct.iter().all(|n| stored.contains(n)), "an acknowledged count is lost");
    assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
}

#[test]
fn what_hinders_it_is_said_and_passes() {
    let Some(url) = postgres::database() else { return };
    let location = Location::Postgres(url.clone());
    let store = open(&location, 1);
    store.submit(|tx| open_counter(tx, "a")).wait().unwrap();

    // Another node holds the lock, longer than anyone wants to wait.
    let (locked, is_locked) = channel();
    let (go, wait) = channel::<()>();
    let other = open(&location, 1);
    drop(other.submit(move |tx| {
        locked.send(()).unwrap();
        let _ = wait.recv_timeout(Duration::from_secs(30));
        find(tx, "a")
    }));
    is_locked.recv().unwrap();
    let busy = store.submit(|tx| count(tx, "a")).wait();
    assert!(matches!(busy, Err(Failure::Store(StoreError::Busy(_)))), "{busy:?}");
    assert_eq!(all(&store).len(), 1, "reading needs no lock");
    drop(go);
    assert_eq!(store.submit(|tx| count(tx, "a")).wait(), Ok(1));
    drop((store, other));

    let name = url.split(['/', '?']).nth(3).unwrap();
    execute(&url, &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    let store = open_or_error(&location);
    assert!(matches!(store, Err(StoreError::ReadOnly(_))), "{store:?}");

    let wrong = |url: &str| open_or_error(&Location::Postgres(url.to_owned())).unwrap_err();
    assert!(matches!(wrong(&url.replace(name, "absent")), StoreError::ReadOnly(m) if m.contains("absent")));
    assert!(matches!(wrong("postgres://titer@127.0.0.1:1/titer"), StoreError::Away(m) if m.contains("127.0.0.1:1")));
    for address in ["postgres://titer@host:port/titer", "postgres:///titer", "postgres://h/titer?sslmode=require"] {
        assert!(matches!(wrong(address), StoreError::File(m) if m.contains("postgres://user")), "{address}");
    }
}

fn open_or_error(location: &Location) -> Result<(), StoreError> {
    let store = Store::open(location, 1, common::schema(), options(7))?;
    store.submit(|tx| open_counter(tx, "b")).wait().map(|_| ()).map_err(|e| match e {
        Failure::Store(e) => e,
        Failure::Refused(_) => StoreError::Closed,
    })
}

#[test]
fn it_may_be_opened_from_within_a_runtime() {
    let Some(url) = postgres::database() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = open(&Location::Postgres(url), 1);
        store.submit(|tx| open_counter(tx, "a")).await.unwrap();
        assert_eq!(store.verify(&[], &mut |_, _| {}).unwrap().events, 1);
        store.rebuild(&mut |_, _| {}).unwrap();
        drop(store);
    });
}

#[test]
fn no_statement_scans_a_laboratory() {
    let Some(url) = postgres::database() else { return };
    let store = opened(&Location::Postgres(url));
    assert_eq!(plans::faults_of_all(&store), Vec::<String>::new());
}
