//! No statement of the laboratory looks through a table, or into another laboratory.

use std::sync::Arc;

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
    let rooms = ["accounts", "catalog", "orders", "patients", "people", "reports", "results", "sites", "specimens"];
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
