//! A report or a label that names somebody or something which the events do not give is not printed.

use titer_science::Sex;
use titer_store::{Given, StoreError, Table, TableRow, Type};

use crate::{
    Actor, Failure, named,
    orders::{
        OrderId,
        tables::{OrderRow, RequestRow},
    },
    patients::{PatientId, commands::Correction, tables::PatientRow},
    reports::{
        commands::{ComposeReport, IssueReport},
        evidence, views as reports,
    },
    specimens::{SpecimenId, tables::SpecimenRow},
    testing::{World, code},
    ways,
};

/// What became of something that may meet damage: a code, or that the row cannot be read at all.
fn became<T>(done: Result<T, Failure>) -> &'static str {
    match done {
        Err(Failure::Store(StoreError::Corrupt(_))) => "damaged",
        other => code(other),
    }
}

fn compose(world: &World, order: OrderId) -> &'static str {
    became(world.run(Actor::Timer, ComposeReport { order }))
}

/// What becomes of the label of a tube.
fn label(world: &World, specimen: SpecimenId) -> &'static str {
    let schema = world.lab.store().schema().clone();
    let read = world.lab.read(move |s| named::specimen(&mut Given::new(&schema), s, specimen));
    became(read.wait())
}

/// An order with a verified result, of a patient who was corrected, from a tube that was received; one test is cancelled.
fn reported() -> (World, PatientId, OrderId, SpecimenId) {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, specimen) = world.received(patient, &["sodium", "potassium"], "T1");
    correct(&world, patient, "Okafor");
    let sodium = world.filed("T1", "sodium", "140");
    let potassium = world.read(move |s| crate::orders::views::requests(s, order))[1].id;
    let why = Some("not wanted".to_owned());
    world.lab.submit(world.technician(), why, move |tx| ways::cancel(tx, order, vec![potassium])).wait().unwrap();
    world.verified(&[&sodium]);
    (world, patient, order, specimen)
}

fn correct(world: &World, patient: PatientId, family: &str) {
    let correction = Correction {
        family: family.to_owned(),
        given: "Nneka".to_owned(),
        sex: Sex::Female,
        birth_date: Some(crate::testing::date("1971-04-02")),
        age_band: None,
    };
    let why = Some("misspelt".to_owned());
    let identifier = "MRN-1".to_owned();
    let work = move |tx: &mut crate::Tx<'_, '_>| ways::correct(tx, patient, correction, identifier);
    world.lab.submit(world.technician(), why, work).wait().unwrap();
}

/// Sets each column of a table to something else, one at a time, and tries.
fn each_column(world: &World, table: &Table, passed: &[&str], mut tries: impl FnMut(&str)) {
    let name = table.name;
    for column in table.columns.iter().filter(|c| !passed.contains(&c.name)) {
        world.tamper(&format!("CREATE TABLE saved AS SELECT * FROM {name}"));
        let (other, of_null) = match column.ty {
            Type::Text => (format!("{}||'1'", column.name), "'x'"),
            _ => (format!("{}+1048576", column.name), "5"),
        };
        world.tamper(&format!("UPDATE {name} SET {} = coalesce({other}, {of_null})", column.name));
        tries(column.name);
        world.tamper(&format!("DELETE FROM {name}"));
        world.tamper(&format!("INSERT INTO {name} SELECT * FROM saved"));
        world.tamper("DROP TABLE saved");
    }
}

#[test]
fn no_row_that_a_report_names_can_be_changed_unseen() {
    let (world, _, order, specimen) = reported();
    let refused = |table: &Table, passed: &[&str], expected: &str| {
        each_column(&world, table, passed, |column| {
            let became = compose(&world, order);
            assert!([expected, "damaged"].contains(&became), "{} {column}: {became}", table.name);
        });
    };
    refused(PatientRow::TABLE, &[], "patients-not-as-journalled");
    // Without its patient, an order is none.
    refused(OrderRow::TABLE, &["patient"], "orders-not-as-journalled");
    refused(RequestRow::TABLE, &["order_id"], "orders-not-as-journalled");
    // A tube of another order is none of this one: what was measured on it is to follow.
    refused(SpecimenRow::TABLE, &["order_id"], "specimens-not-as-journalled");
    each_column(&world, PatientRow::TABLE, &[], |column| {
        assert!(["patients-not-as-journalled", "damaged"].contains(&label(&world, specimen)), "{column}");
    });
    each_column(&world, SpecimenRow::TABLE, &["patient"], |column| {
        assert!(["specimens-not-as-journalled", "damaged"].contains(&label(&world, specimen)), "{column}");
    });
    assert_eq!((compose(&world, order), label(&world, specimen)), ("done", "done"), "all is as it was");
    for column in ["name", "address", "accreditation", "director"] {
        world.tamper(&format!("UPDATE sites SET {column} = {column} || '1'"));
        assert_eq!(compose(&world, order), "sites-not-as-journalled", "{column}");
        world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    }
    assert_eq!(compose(&world, order), "done");
}

#[test]
fn a_report_names_no_other_patient_and_no_tube_of_another_order() {
    let (world, _, order, specimen) = reported();
    let other = world.patient("MRN-2");
    world.received(other, &["sodium"], "T2");
    for (change, expected) in [
        (format!("UPDATE orders SET patient = {other} WHERE id = {order}"), "orders-not-as-journalled"),
        (format!("UPDATE specimens SET order_id = {order} WHERE barcode = 'T2'"), "specimens-not-as-journalled"),
        (format!("DELETE FROM requests WHERE order_id = {order} AND cancelled IS NULL"), "orders-not-as-journalled"),
        (format!("UPDATE requests SET cancelled = 1 WHERE order_id = {order}"), "orders-not-as-journalled"),
    ] {
        assert!(world.tamper(&change) > 0, "{change}");
        assert_eq!(compose(&world, order), expected, "{change}");
        world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    }
    world.tamper(&format!("UPDATE specimens SET patient = {other} WHERE id = {specimen}"));
    assert_eq!(label(&world, specimen), "specimens-not-as-journalled");
    assert_eq!(label(&world, SpecimenId(1)), "specimens-gone");
}

/// Each of these rows is one that events gave once.
#[test]
fn a_row_that_was_put_back_to_what_it_was_is_found() {
    let (world, patient, order, specimen) = reported();
    for (change, expected) in [
        (
            format!("UPDATE patients SET family = 'Okafor-Lindqvist', corrected = NULL WHERE id = {patient}"),
            "patients-not-as-journalled",
        ),
        (format!("UPDATE requests SET cancelled = NULL WHERE order_id = {order}"), "orders-not-as-journalled"),
        (
            format!(
                "UPDATE specimens SET state = 'expected', received_at = NULL, receiver = NULL WHERE id = {specimen}"
            ),
            "specimens-not-as-journalled",
        ),
    ] {
        assert!(world.tamper(&change) > 0, "{change}");
        assert_eq!(compose(&world, order), expected, "{change}");
        world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    }
    assert_eq!(compose(&world, order), "done");
}

/// The row says what its events say, and the event is not what was journalled.
#[test]
fn an_event_that_was_altered_itself_gives_nothing() {
    let (world, _, order, specimen) = reported();
    world.tamper(
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'Nneka', 'Nina') AS BLOB) WHERE kind LIKE 'patients.%'",
    );
    world.tamper("UPDATE patients SET given = 'Nina'");
    assert_eq!((compose(&world, order), label(&world, specimen)), ("damaged", "damaged"));
}

#[test]
fn the_bytes_of_another_report_are_not_taken_for_those_of_this() {
    let (world, _, order, _) = reported();
    let report = world.read(move |s| reports::of_order(s, order))[0].id;
    let issue = |bytes: &str| became(world.run(Actor::Timer, IssueReport { report, bytes: bytes.into() }));
    let stands = || {
        let schema = world.lab.store().schema().clone();
        became(world.lab.read(move |s| evidence::as_journalled(&mut Given::new(&schema), s, report)).wait())
    };
    assert_eq!(stands(), "done");
    world.tamper("UPDATE reports SET version = 7");
    assert_eq!((issue("%PDF"), stands()), ("reports-not-as-journalled", "reports-not-as-journalled"));
    world.tamper("UPDATE reports SET version = 1");
    assert_eq!((issue("%PDF"), stands()), ("done", "done"));
    world.tamper("UPDATE reports SET sha256 = replace(sha256, substr(sha256, 1, 1), 'g')");
    assert_eq!(stands(), "reports-not-as-journalled");
}
