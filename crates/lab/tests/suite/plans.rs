//! No statement of the laboratory looks through a table, or into another laboratory.

use std::sync::Arc;

use crate::floors;
use crate::plan_faults;
use crate::tenancy;
use titer_lab::{LABORATORY, Laboratory, PARTS};
use titer_store::{Location, Options, Schema, sql};

#[test]
fn every_statement_finds_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Folder(folder.path().to_owned());
    let schema = Arc::new(Schema::new(1, PARTS));
    let lab = Laboratory::open(&location, LABORATORY, schema, Options::default()).unwrap();
    assert_eq!(plan_faults::faults_of_all(lab.store()), Vec::<String>::new());
    let rooms = [
        "accounts",
        "catalog",
        "orders",
        "patients",
        "people",
        "reports",
        "results",
        "sites",
        "specimens",
        "systems",
        "work",
    ];
    for room in rooms {
        let registered = sql::all().any(|s| s.place().contains(&format!("lab/src/{room}/")));
        assert!(registered, "{room} registers nothing");
    }
}

#[test]
fn every_statement_names_its_laboratory_for_each_of_its_tables() {
    assert_eq!(tenancy::faults_of_all(), Vec::<String>::new());
}

/// The judge is put to the test with statements that are wrong.
#[test]
fn a_table_without_its_laboratory_is_found() {
    let cases: [(&str, &[&str]); 8] = [
        ("SELECT a FROM t WHERE lab = $1 AND id = $2", &[]),
        ("SELECT a FROM t WHERE id = $2", &["t"]),
        ("SELECT a FROM t WHERE lab = $2 AND id = $1", &["t"]),
        ("SELECT x.a FROM t x JOIN u y ON y.lab = x.lab AND y.id = x.u WHERE x.lab = $1", &[]),
        ("SELECT x.a FROM t x JOIN u y ON y.id = x.u WHERE x.lab = $1", &["u"]),
        ("SELECT x.a FROM t x JOIN u y ON y.lab = x.lab WHERE x.id = $1", &["t", "u"]),
        ("SELECT x.a FROM t x LEFT JOIN u y ON y.lab = x.lab JOIN v z ON z.lab = y.lab WHERE x.lab = $1", &[]),
        ("SELECT x.a FROM t x JOIN u y ON y.lab = x.lab WHERE lab = $1", &["t", "u"]),
    ];
    for (text, expected) in cases {
        assert_eq!(tenancy::unbound(text), expected, "{text}");
    }
}

#[test]
fn every_statement_reads_tables_of_its_own_room_or_of_lower_ones() {
    assert_eq!(floors::sql_faults(&floors::lab()), Vec::<String>::new());
    assert_eq!(floors::tables("SELECT x.a FROM t x LEFT JOIN u y ON y.t = (SELECT id FROM v)"), ["t", "u", "v"]);
}

/// The judge of imports is put to the test with a room that uses others.
#[test]
fn a_room_that_uses_a_higher_one_is_found() {
    let rooms = floors::lab();
    let orders = floors::floor(&rooms, "crates/lab/src/orders/events.rs").unwrap();
    let cases: [(&str, &[&str]); 9] = [
        ("use crate::{Action, catalog::AnalyteId, patients::{PatientId, views as patients}, refuse};", &[]),
        (
            "use crate::{catalog::{A, b::{C, d}}, results::{State, views as results}};",
            &["results::State", "results::views"],
        ),
        ("use crate::{reports, stories};", &["reports"]),
        ("fn a() { crate::specimens::views::plan() }", &["specimens::views"]),
        ("fn a() { super::super::work::views::range() }", &["work::views"]),
        ("use crate::{catalog, work::face};", &[]),
        ("use crate::work::{face, views};", &["work::views"]),
        ("/// See [`crate::ways::place`].", &[]),
        ("crate::ids! { OrderId }", &[]),
    ];
    for (code, expected) in cases {
        assert_eq!(floors::upward(&rooms, orders, code), expected, "{code}");
    }
}
