//! No statement of the laboratory or its links looks through a table, or into another laboratory.

use crate::floors;
use crate::link_floors;
use crate::plan_faults;
use crate::postgres;
use crate::tenancy;
use titer_lab::{LABORATORY, Laboratory};
use titer_store::{Column, Location, Options, Table, Type, sql};

/// Enough that looking through a table costs more than finding a row.
const ROWS: usize = 20_000;

#[test]
fn every_statement_finds_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::Folder(folder.path().to_owned());
    let lab = Laboratory::open(&location, LABORATORY, titer_link::schema(), Options::default()).unwrap();
    assert_eq!(plan_faults::faults_of_all(lab.store()), Vec::<String>::new());
    for room in ["link/src/links/", "link/src/inbox/", "link/src/worklists/", "lab/src/results/"] {
        assert!(sql::all().any(|s| s.place().contains(room)), "{room} registers nothing");
    }
}

/// An empty table is looked through whatever the indexes are: so each is filled, all rows of one laboratory, before it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn every_statement_finds_its_rows_on_postgresql() {
    let Some(url) = postgres::database() else { return };
    let schema = titer_link::schema();
    let location = Location::Postgres(url.clone());
    let lab = Laboratory::open(&location, LABORATORY, schema.clone(), Options::default()).unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    for table in schema.tables() {
        client.batch_execute(&fill(table)).await.unwrap();
    }
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
    let faults = tokio::task::spawn_blocking(move || plan_faults::faults_of_all(lab.store())).await.unwrap();
    assert_eq!(faults, Vec::<String>::new());
}

/// Rows that differ in every column but the laboratory.
fn fill(table: &Table) -> String {
    let columns: Vec<&Column> = std::iter::once(&table.key).chain(table.columns).collect();
    let value = |column: &&Column| match column.ty {
        Type::BigInt => "n + 1000000".to_owned(),
        Type::Double => "n".to_owned(),
        Type::Boolean => "n % 2 = 0".to_owned(),
        Type::Text => "'t' || n".to_owned(),
        Type::Bytes => "decode(md5(n::text), 'hex')".to_owned(),
    };
    let (names, values): (Vec<_>, Vec<_>) = columns.iter().map(|c| (format!("\"{}\"", c.name), value(c))).unzip();
    format!(
        "INSERT INTO \"{}\" (lab, {}) SELECT {}, {} FROM generate_series(1, {ROWS}) n",
        table.name,
        names.join(", "),
        LABORATORY,
        values.join(", ")
    )
}

#[test]
fn every_statement_names_its_laboratory_for_each_of_its_tables() {
    assert_eq!(tenancy::faults_of_all(), Vec::<String>::new());
}

#[test]
fn every_statement_reads_tables_of_its_own_room_or_of_lower_ones() {
    let mut rooms = floors::lab();
    rooms.extend(link_floors::link());
    assert_eq!(floors::sql_faults(&rooms), Vec::<String>::new());
}
