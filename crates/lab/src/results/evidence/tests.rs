use titer_store::{StoreError, TableRow};

use crate::{
    Actor, Failure, Role,
    reports::commands::ComposeReport,
    results::{
        State,
        commands::{HoldResults, Measurement, VerifyResults},
        tables::ResultRow,
        views::LabResult,
    },
    testing::{World, arg, code, on_display, refusal},
};

fn verify(world: &World, result: &LabResult) -> Result<(), Failure> {
    let command = VerifyResults { results: vec![on_display(result)], signed: world.signed(Role::Technician) };
    world.run(world.technician(), command).map(|_| ())
}

#[test]
fn a_value_that_was_changed_behind_the_journal_is_not_signed() {
    let world = World::new();
    world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let result = world.filed("T1", "sodium", "140");
    assert_eq!(world.tamper("UPDATE results SET value = '999'"), 1);
    let before = world.head();
    let refused = refusal(verify(&world, &result));
    assert_eq!((refused.code, arg(&refused, "result")), ("results-not-as-journalled", result.id.to_string()));
    assert_eq!(world.head(), before);
    let rebuilt = world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    let differed: Vec<_> = rebuilt.differed.iter().filter_map(|f| f.row.as_ref()).collect();
    assert_eq!(
        differed.iter().map(|row| (row.table, row.key.clone())).collect::<Vec<_>>(),
        [("results", result.id.to_string())]
    );
    assert_eq!(code(verify(&world, &world.result(result.id))), "done");
    assert_eq!(world.last_body()["results"][0]["signed"]["value"], "140");
}

/// Whichever column it is, and whether the result was held meanwhile or not.
#[test]
fn no_column_of_a_result_can_be_changed_unseen() {
    let world = World::new();
    world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let under = |mapping| Measurement { mapping: Some(mapping), ..world.measurement("sodium", "110") };
    let id = world.report("T1", vec![under(7)]).unwrap().results[0];
    for version in [1, 2] {
        let shown = world.result(id);
        assert_eq!(shown.version, version);
        for column in ResultRow::TABLE.columns {
            let (name, text) = (column.name, column.ty == titer_store::Type::Text);
            let (was, altered) = match (name, text) {
                // What the program does not know is damage, and no code of its own.
                ("state", _) => continue,
                (_, true) => ("||''", "||'1'"),
                (_, false) => ("+0", "+1024"),
            };
            let of_null = if column.null { if text { "'x'" } else { "5" } } else { "NULL" };
            let saved = format!("CREATE TABLE saved AS SELECT {name}{was} AS it FROM results");
            world.tamper(&saved);
            world.tamper(&format!("UPDATE results SET {name} = coalesce({name}{altered}, {of_null})"));
            let refused = code(verify(&world, &shown));
            world.tamper(&format!("UPDATE results SET {name} = (SELECT it FROM saved)"));
            world.tamper("DROP TABLE saved");
            let expected = match name {
                "version" => "results-changed-meanwhile",
                "specimen" => "results-unknown",
                _ => "results-not-as-journalled",
            };
            assert_eq!(refused, expected, "{name} of version {version}");
        }
        if version == 1 {
            let hold = HoldResults { mapping: 7, after: crate::results::ResultId(0) };
            world.run(world.actor(Role::Director), hold).unwrap();
        }
    }
    assert_eq!(code(verify(&world, &world.result(id))), "done");
}

/// The second version names its event; what lies between the first and a third is looked for.
#[test]
fn a_result_that_was_held_twice_is_signed_as_its_three_events_give_it() {
    let world = World::new();
    let (order, _) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let under = Measurement { mapping: Some(7), ..world.measurement("sodium", "110") };
    let id = world.report("T1", vec![under]).unwrap().results[0];
    world.run(world.actor(Role::Director), HoldResults { mapping: 7, after: crate::results::ResultId(0) }).unwrap();
    world.received(world.patient("MRN-2"), &["sodium"], "T2");
    world.filed("T2", "sodium", "140");
    let held = world.result(id);
    assert_eq!((held.version, held.holds.len()), (2, 2));
    assert_eq!(code(verify(&world, &held)), "done");
    assert_eq!(world.result(id).version, 3);
    let compose = || world.run(Actor::Timer, ComposeReport { order });
    assert_eq!(code(compose()), "done");
    world.tamper("UPDATE results SET holds = 'critical' WHERE state = 'verified'");
    assert_eq!(code(compose()), "results-not-as-journalled");
}

#[test]
fn a_value_that_was_changed_after_the_signature_is_not_printed() {
    let world = World::new();
    let (order, _) = world.received(world.patient("MRN-1"), &["sodium"], "T1");
    let result = world.filed("T1", "sodium", "140");
    verify(&world, &result).unwrap();
    world.tamper("UPDATE results SET value = '999'");
    assert_eq!(world.result(result.id).state, State::Verified);
    let compose = || world.run(Actor::Timer, ComposeReport { order });
    assert_eq!(code(compose()), "results-not-as-journalled");
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(code(compose()), "done");
    assert_eq!(world.last_body()["results"][0]["value"], "140");
}

/// Row and event are altered alike: they agree, and the event is not what was journalled.
#[test]
fn a_value_that_was_changed_in_its_event_too_is_neither_signed_nor_printed() {
    let world = World::new();
    let (order, _) = world.received(world.patient("MRN-1"), &["sodium", "potassium"], "T1");
    let [sodium, potassium] = [("sodium", "140"), ("potassium", "4.0")].map(|(a, v)| world.filed("T1", a, v));
    verify(&world, &potassium).unwrap();
    let both = |from: &str, to: &str| {
        let body = format!("replace(CAST(body AS TEXT), '\"{from}\"', '\"{to}\"')");
        world.tamper(&format!("UPDATE journal SET body = CAST({body} AS BLOB) WHERE kind LIKE 'results.%'"));
        world.tamper(&format!("UPDATE results SET value = '{to}' WHERE value = '{from}'"));
    };
    both("140", "999");
    let damaged = |done: Result<(), Failure>| matches!(done, Err(Failure::Store(StoreError::Corrupt(_))));
    assert!(damaged(verify(&world, &world.result(sodium.id))));
    both("4.0", "9.9");
    assert!(damaged(world.run(Actor::Timer, ComposeReport { order }).map(|_| ())));
}
