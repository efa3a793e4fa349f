//! Comparing a file with itself: SQLite's own check, the shape of each table and index, and rows that no statement finds.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::{
    Table,
    migrate::NEXT,
    table::{Dialect, Type},
};

/// Lines of SQLite's check at most.
const LINES_MAX: i64 = 100;

/// What is wrong with the file.
pub(super) fn faults(connection: &Connection, lab: i64, tables: &[&'static Table]) -> rusqlite::Result<Vec<String>> {
    let mut found = checked(connection)?;
    found.extend(shapes(connection, tables)?);
    for table in tables {
        // A statement finds rows of its own laboratory only.
        let others = format!("SELECT COUNT(*) FROM \"{}\" WHERE lab IS NOT ?1", table.name);
        match connection.query_row(&others, [lab], |r| r.get::<_, i64>(0)) {
            Ok(0) => {}
            Ok(n) => found.push(format!("{n} rows of {} name another laboratory", table.name)),
            Err(e) => found.push(format!("{} cannot be read: {e}", table.name)),
        }
    }
    Ok(found)
}

/// Pages, rows, and each entry of each index (<https://sqlite.org/pragma.html#pragma_integrity_check>).
fn checked(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({LINES_MAX})"))?;
    let lines: Vec<String> = check.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    let lines = lines.iter().flat_map(|l| l.lines()).filter(|l| *l != "ok" && !l.starts_with("***"));
    Ok(lines.map(|l| format!("the file's own check: {l}")).collect())
}

/// Tables and indexes that are not as the program makes them, and whatever else it does not make: a trigger, a view.
fn shapes(connection: &Connection, tables: &[&'static Table]) -> rusqlite::Result<Vec<String>> {
    let mut made = connection.prepare("SELECT name, type, tbl_name, sql FROM sqlite_schema")?;
    let mut made: BTreeMap<String, Shape> =
        made.query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))?.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for (name, shape) in tables.iter().flat_map(|t| described(t)) {
        match made.remove(&name) {
            None => found.push(format!("{name} is not there")),
            Some(made) if made != shape => found.push(format!("{name} is not as this program makes it")),
            Some(_) => {}
        }
    }
    let strange = made.into_iter().filter(|(_, (_, table, _))| !table.ends_with(NEXT));
    found.extend(strange.map(|(name, _)| format!("{name} is there, and this program makes none")));
    Ok(found)
}

/// What it is, of which table, and how it was made; nothing for the index that SQLite makes of a key by itself.
type Shape = (String, String, Option<String>);

fn described(table: &Table) -> Vec<(String, Shape)> {
    let shape = |what: &str, sql| (what.to_owned(), table.name.to_owned(), sql);
    let mut all = vec![(table.name.to_owned(), shape("table", Some(table.create(Dialect::Sqlite, table.name))))];
    if table.key.ty != Type::BigInt {
        all.push((format!("sqlite_autoindex_{}_1", table.name), shape("index", None)));
    }
    for sql in table.create_indexes(Dialect::Sqlite) {
        let name = sql.split('"').nth(1).unwrap_or_default().to_owned();
        all.push((name, shape("index", Some(sql))));
    }
    all
}
