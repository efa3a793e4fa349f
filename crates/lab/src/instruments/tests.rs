use super::{
    InstrumentId, NoteId, NoteKind,
    commands::{
        AddInstrument, ChangeInstrument, Description, NoteInstrument, RetireInstrument, ReturnInstrument, StrikeNote,
    },
    views::{self, INSTRUMENTS_MAX, Note},
};
use crate::{
    Action, Actor, Role, people, stories,
    testing::{LINK, World, arg, code, refusal, time},
};

fn analyzer(name: &str, link: Option<i64>, module: &str) -> Description {
    Description { name: name.to_owned(), kind: "analyzer".to_owned(), module: module.to_owned(), link }
}

fn manual(name: &str) -> Description {
    Description { kind: "manual".to_owned(), ..analyzer(name, None, "") }
}

/// What happened now, of a kind that needs no more.
fn note(instrument: InstrumentId, kind: &str) -> NoteInstrument {
    NoteInstrument { instrument, kind: kind.to_owned(), at: None, lot: String::new(), text: String::new() }
}

/// An instrument of a world, and who works with it.
struct Bench {
    world: World,
    supervisor: Actor,
    technician: Actor,
    instrument: InstrumentId,
}

impl Bench {
    fn new() -> Self {
        let world = World::empty();
        let (supervisor, technician) = (world.actor(Role::Supervisor), world.technician());
        let instrument = world.run(supervisor, AddInstrument(analyzer("cobas 1", Some(LINK), "c501"))).unwrap();
        Bench { world, supervisor, technician, instrument }
    }

    fn add(&self, description: Description) -> &'static str {
        code(self.world.run(self.supervisor, AddInstrument(description)))
    }

    fn change(&self, instrument: InstrumentId, description: Description) -> &'static str {
        code(self.world.run(self.supervisor, ChangeInstrument { instrument, description }))
    }

    fn noted(&self, note: NoteInstrument) -> NoteId {
        self.world.run(self.technician, note).unwrap()
    }

    fn strike(&self, note: NoteId, why: &str) -> &'static str {
        code(self.world.run_because(self.technician, why, StrikeNote { note }))
    }

    fn notes(&self) -> Vec<Note> {
        let instrument = self.instrument;
        self.world.read(move |s| views::notes(s, instrument, None))
    }
}

#[test]
fn an_instrument_has_a_name_of_its_own_and_is_an_analyzer_or_a_manual_method() {
    let bench = Bench::new();
    let cases = [
        (analyzer(" ", None, ""), "text-missing"),
        (analyzer(&"x".repeat(301), None, ""), "text-too-long"),
        (analyzer("cobas\u{7}2", None, ""), "text-control"),
        (analyzer("c\u{43e}bas 2", None, ""), "text-mixed"),
        (analyzer(" COBAS  1 ", None, ""), "instruments-name-taken"),
        (analyzer("c\u{f3}bas 1", None, ""), "instruments-name-taken"),
        // What a person takes for the same on a label or in a list.
        (analyzer("cobas l", None, ""), "instruments-name-taken"),
        (analyzer("cobas I", None, ""), "instruments-name-taken"),
        (analyzer("cobas-1", None, ""), "instruments-name-taken"),
        (analyzer("cobas 1.", None, ""), "instruments-name-taken"),
        (analyzer("Cobas #01", None, ""), "instruments-name-taken"),
        (analyzer("c0bas 1", None, ""), "instruments-name-taken"),
        (analyzer("--", None, ""), "text-signs-only"),
        (Description { kind: "robot".to_owned(), ..analyzer("XN", None, "") }, "instruments-kind-unknown"),
        (Description { kind: String::new(), ..analyzer("XN", None, "") }, "instruments-kind-unknown"),
        (Description { link: Some(LINK), ..manual("Urine microscopy") }, "instruments-manual-linked"),
        (Description { module: "2".to_owned(), ..manual("Urine microscopy") }, "instruments-manual-linked"),
        (analyzer("XN", None, "\u{200b}"), "text-control"),
        (analyzer("XN", None, ""), "done"),
        (manual("Urine  microscopy"), "done"),
    ];
    for (description, expected) in cases {
        assert_eq!(bench.add(description.clone()), expected, "{description:?}");
    }
    let all = bench.world.read(|s| views::instruments(s));
    let names: Vec<_> = all.iter().map(|i| (i.name.as_str(), i.kind.code(), i.link)).collect();
    let expected =
        [("cobas 1", "analyzer", Some(LINK)), ("XN", "analyzer", None), ("Urine microscopy", "manual", None)];
    assert_eq!(names, expected);
}

#[test]
fn instruments_of_one_link_are_told_apart_by_their_module_codes() {
    let bench = Bench::new();
    let other = Some(LINK + 1);
    let cases = [
        (analyzer("cobas 2", Some(LINK), ""), "instruments-module-missing"),
        (analyzer("cobas 2", Some(LINK), " C501 "), "instruments-module-taken"),
        (analyzer("cobas 2", Some(LINK), "e601"), "done"),
        (analyzer("XN", other, ""), "done"),
        (analyzer("XN 2", other, "2"), "instruments-module-missing"),
        // What a person may read or type for the other.
        (analyzer("cobas 3", Some(LINK), "c5O1"), "instruments-module-taken"),
        (analyzer("cobas 3", Some(LINK), "c50l"), "instruments-module-taken"),
        (analyzer("cobas 3", Some(LINK), "c-501"), "instruments-module-taken"),
        (analyzer("cobas 3", Some(LINK), "1"), "done"),
        (analyzer("cobas 4", Some(LINK), "01"), "instruments-module-taken"),
        (analyzer("cobas 4", Some(LINK), "l"), "instruments-module-taken"),
        (analyzer("cobas 4", Some(LINK), "I"), "instruments-module-taken"),
        (analyzer("cobas 4", Some(LINK), "11"), "done"),
        // What no analyzer's record can carry.
        (analyzer("cobas 5", Some(LINK), "B|C"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "B^C"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "B\\C"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "B&C"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "\u{410}"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "é"), "instruments-module-characters"),
        (analyzer("cobas 5", Some(LINK), "-"), "instruments-module-characters"),
        // Without a link no message brings a code.
        (analyzer("Osmometer", None, "c501"), "instruments-module-unlinked"),
    ];
    for (description, expected) in cases {
        assert_eq!(bench.add(description.clone()), expected, "{description:?}");
    }
    let add = AddInstrument(analyzer("cobas 6", Some(LINK), "E6O1"));
    let refused = refusal(bench.world.run(bench.supervisor, add));
    assert_eq!((arg(&refused, "module"), arg(&refused, "name")), ("e601".to_owned(), "cobas 2".to_owned()));
    assert_eq!(bench.change(bench.instrument, analyzer("cobas 1", None, "c501")), "instruments-module-unlinked");
    assert_eq!(bench.change(bench.instrument, analyzer("cobas 1", Some(LINK), "e601")), "instruments-module-taken");
    assert_eq!(bench.change(bench.instrument, analyzer("cobas 1", other, "1")), "instruments-module-missing");
}

#[test]
fn an_instrument_is_changed_as_a_whole_and_only_if_something_is_different() {
    let bench = Bench::new();
    assert_eq!(bench.add(manual("Urine microscopy")), "done");
    let instrument = bench.instrument;
    let stands = || bench.world.read(move |s| views::instrument(s, instrument)).unwrap();
    let before = stands().version;
    let cases = [
        (InstrumentId(1), analyzer("cobas 1", None, ""), "instruments-unknown"),
        (bench.instrument, analyzer("urine microscopy", None, ""), "instruments-name-taken"),
        (bench.instrument, analyzer("cobas 1", Some(LINK), "c501 "), "instruments-nothing-changed"),
        (bench.instrument, analyzer("Cobas 1", Some(LINK + 1), ""), "done"),
    ];
    for (instrument, description, expected) in cases {
        assert_eq!(bench.change(instrument, description.clone()), expected, "{description:?}");
    }
    let after = stands();
    assert_eq!((after.name.as_str(), after.module.as_str(), after.link), ("Cobas 1", "", Some(LINK + 1)));
    assert_eq!(after.version, bench.world.head());
    assert_ne!(after.version, before);
    let told = bench.world.read(move |s| stories::story(s, instrument.0));
    let told: Vec<_> = told.iter().map(|t| (t.header.kind.as_str(), t.detail.as_str())).collect();
    assert_eq!(told, [("instruments.added", "cobas 1"), ("instruments.changed", "Cobas 1")]);
}

/// Its module code is free then, its name is not: results of years ago still name the instrument.
#[test]
fn an_instrument_is_taken_out_of_use_and_put_into_use_again_with_a_reason() {
    let bench = Bench::new();
    let (world, instrument) = (&bench.world, bench.instrument);
    let retire =
        |why: &str, instrument| code(world.run_because(bench.supervisor, why, RetireInstrument { instrument }));
    let again = |why: &str, instrument| code(world.run_because(bench.supervisor, why, ReturnInstrument { instrument }));
    assert_eq!(again("repaired", instrument), "instruments-in-use");
    assert_eq!(retire(" ", instrument), "instruments-use-needs-reason");
    assert_eq!(retire("pump broken", InstrumentId(1)), "instruments-unknown");
    assert_eq!(retire("pump broken", instrument), "done");
    assert_eq!(retire("pump broken", instrument), "instruments-out-of-use");
    let stands = || world.read(move |s| views::instrument(s, instrument)).unwrap().out_of_use;
    assert_eq!(stands().as_deref(), Some("pump broken"));
    bench.noted(note(instrument, "repaired"));

    assert_eq!(bench.add(analyzer("cobas 1", None, "")), "instruments-name-taken");
    let substitute = world.run(bench.supervisor, AddInstrument(analyzer("cobas 2", Some(LINK), "c501"))).unwrap();
    assert_eq!(bench.change(instrument, analyzer("cobas 1 (old)", Some(LINK), "c501")), "done");
    assert_eq!(again("", instrument), "instruments-use-needs-reason");
    assert_eq!(again("repaired", InstrumentId(1)), "instruments-unknown");
    assert_eq!(again("repaired", instrument), "instruments-module-taken");
    assert_eq!(retire("the other one is back", substitute), "done");
    assert_eq!(again("repaired", instrument), "done");
    assert_eq!(stands(), None);
}

#[test]
fn a_note_says_what_was_done_and_when() {
    let bench = Bench::new();
    let of = |kind: &str| note(bench.instrument, kind);
    let cases = [
        (note(InstrumentId(1), "calibrated"), "instruments-unknown"),
        (of("polished"), "instruments-note-kind-unknown"),
        (of(""), "instruments-note-kind-unknown"),
        (of("reagent-lot"), "text-missing"),
        (of("other"), "text-missing"),
        (NoteInstrument { lot: "x".repeat(301), ..of("reagent-lot") }, "text-too-long"),
        (NoteInstrument { text: "lamp\nchanged".to_owned(), ..of("repaired") }, "text-control"),
        (NoteInstrument { at: Some(time("2026-11-22T09:00:01Z")), ..of("calibrated") }, "instruments-note-in-future"),
        (NoteInstrument { at: Some(time("2026-11-20T07:00:00Z")), ..of("calibrated") }, "done"),
        (NoteInstrument { lot: " 4711-A ".to_owned(), ..of("reagent-lot") }, "done"),
        (NoteInstrument { text: "Room at 31 °C".to_owned(), ..of("other") }, "done"),
    ];
    for (note, expected) in cases {
        assert_eq!(code(bench.world.run(bench.technician, note.clone())), expected, "{note:?}");
    }
    let notes = bench.notes();
    let said: Vec<_> = notes.iter().map(|n| (n.kind, n.lot.as_str(), n.text.as_str())).collect();
    let expected =
        [(NoteKind::Other, "", "Room at 31 °C"), (NoteKind::ReagentLot, "4711-A", ""), (NoteKind::Calibrated, "", "")];
    assert_eq!(said, expected, "the newest first");
    assert_eq!((notes[0].at, notes[0].by), (bench.world.now(), bench.technician));
    assert_eq!((notes[2].at, notes[2].entered_at), (time("2026-11-20T07:00:00Z"), bench.world.now()));
}

#[test]
fn a_mistaken_note_is_struck_and_stays() {
    let bench = Bench::new();
    let instrument = bench.instrument;
    let right =
        bench.noted(NoteInstrument { at: Some(time("2026-11-20T07:00:00Z")), ..note(instrument, "calibrated") });
    let wrong = bench.noted(note(instrument, "calibrated"));
    let calibrated = || bench.world.read(move |s| views::last_calibrated(s, instrument));
    let last = || bench.world.read(move |s| views::last_note(s, instrument)).map(|n| n.id);
    assert_eq!((calibrated(), last()), (Some(bench.world.now()), Some(wrong)));

    assert_eq!(bench.strike(NoteId(1), "the other instrument"), "instruments-note-unknown");
    assert_eq!(bench.strike(wrong, " "), "instruments-strike-needs-reason");
    assert_eq!(bench.strike(wrong, "the other instrument"), "done");
    assert_eq!(bench.strike(wrong, "the other instrument"), "instruments-note-struck");
    assert_eq!((calibrated(), last()), (Some(time("2026-11-20T07:00:00Z")), Some(right)));
    let notes = bench.notes();
    assert_eq!(notes.iter().map(|n| n.id).collect::<Vec<_>>(), [wrong, right]);
    let struck = notes[0].struck.clone().unwrap();
    assert_eq!(
        (struck.why.as_str(), struck.by, notes[1].struck.clone()),
        ("the other instrument", bench.technician, None)
    );
}

#[test]
fn the_history_is_turned_page_by_page_and_loses_none() {
    let bench = Bench::new();
    let (instrument, all) = (bench.instrument, views::PAGE + 20);
    // All at one moment: the order among them is that in which they were noted.
    let noted = bench.world.lab.submit(bench.technician, None, move |tx| {
        (0..all).map(|_| tx.run(note(instrument, "serviced"))).collect::<Result<Vec<_>, _>>()
    });
    let mut noted = noted.wait().unwrap();
    noted.reverse();
    let first = bench.notes();
    let last = first.last().cloned();
    let rest = bench.world.read(move |s| views::notes(s, instrument, last.as_ref()));
    assert_eq!((first.len() as i64, rest.len()), (views::PAGE, 20));
    assert_eq!(first.iter().chain(&rest).map(|n| n.id).collect::<Vec<_>>(), noted);
}

#[test]
fn there_is_an_end_to_instruments() {
    let bench = Bench::new();
    for half in 0..2 {
        let added = bench.world.lab.submit(bench.supervisor, None, move |tx| {
            let numbers = half * INSTRUMENTS_MAX / 2 + 1..(half + 1) * INSTRUMENTS_MAX / 2;
            numbers.map(|n| tx.run(AddInstrument(manual(&format!("Method {n}"))))).collect::<Result<Vec<_>, _>>()
        });
        added.wait().unwrap();
    }
    assert_eq!(bench.add(manual("The last")), "done");
    assert_eq!(bench.add(manual("One too many")), "instruments-too-many");
    assert_eq!(bench.world.read(|s| views::instruments(s)).len() as i64, INSTRUMENTS_MAX);
}

#[test]
fn clerks_and_clinicians_see_no_instruments() {
    let world = World::new();
    for (role, sees) in [(Role::Technician, true), (Role::Clerk, false), (Role::Clinician, false)] {
        let account = world.account(role).0;
        assert_eq!(world.read(move |s| people::views::may(s, account, Action::SeeInstruments)), sees, "{role:?}");
    }
}

#[test]
fn a_note_of_long_ago_is_confirmed_by_its_very_time() {
    let world = World::new();
    let now = world.now();
    let days = |days: i64| now.plus_seconds(-days * 24 * 3_600);
    let last_century = time("1900-01-01T08:00:00Z");
    let cases = [
        (None, String::new(), "done"),
        (Some(days(7)), String::new(), "done"),
        (Some(days(7).plus_seconds(-1)), String::new(), "instruments-note-long-ago"),
        (Some(days(365)), String::new(), "instruments-note-long-ago"),
        (Some(last_century), "yes".to_owned(), "instruments-note-long-ago"),
        (Some(last_century), days(365).micros().to_string(), "instruments-note-long-ago"),
        (Some(last_century), last_century.micros().to_string(), "done"),
    ];
    for (at, confirmed, expected) in cases {
        let shown = format!("{at:?} {confirmed}");
        let answer = world.lab.read(move |s| super::commands::confirmed(s, now, at, &confirmed)).wait();
        assert_eq!(code(answer), expected, "{shown}");
    }
}
