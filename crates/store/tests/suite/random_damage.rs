//! Bits of the closed file are turned over, anywhere. Each is found, or it was one that carries no row, no entry of an index and nothing
//! of the journal: the test proves that, and says what the bit was part of.

use std::{collections::BTreeMap, fs, path::Path};

use crate::common::{self, NURSE, attach, close, count, open, open_counter};
use rusqlite::{Connection, OpenFlags, types::Value};
use titer_store::{
    Actor, Location, StoreError,
    audit::{self, Asked},
};

/// Bits that are turned over, one at a time.
const TRIES: usize = 700;
/// The page size that SQLite takes by itself.
const PAGE: usize = 4096;

/// Rows long and short, files, a reason, an erasure, working rows.
fn fill(folder: &Path) {
    let store = open(&Location::Folder(folder.to_owned()), 1);
    for i in 0..40 {
        let name = format!("counter {i}");
        store.submit(move |tx| open_counter(tx, &name)).wait().unwrap();
    }
    for i in 0..120 {
        let name = format!("counter {}", i % 37);
        store.submit(move |tx| count(tx, &name)).wait().unwrap();
    }
    store.submit(|tx| close(tx, "counter 39")).wait().unwrap();
    let long = common::Opened { name: "long".to_owned(), note: Some("Leberwerte ".repeat(900)) };
    store.submit(move |tx| tx.journal(NURSE, Some("because it is long"), &long)).wait().unwrap();
    for (i, with_the_event) in [true, false, true, false].into_iter().enumerate() {
        store.submit(move |tx| attach(tx, &vec![i as u8 + 1; 5_000], with_the_event)).wait().unwrap();
    }
    store.erase(Actor::Console, "the law asks it", vec![7], vec![]).unwrap();
}

/// Everything that a statement can find, by each way that leads there: along each table, by each key, along each index.
fn everything(file: &Path) -> rusqlite::Result<Vec<Vec<Value>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let raw = Connection::open_with_flags(format!("file:{}?immutable=1", file.display()), flags)?;
    let rows = |sql: &str, key: Option<&Value>| -> rusqlite::Result<Vec<Vec<Value>>> {
        let mut statement = raw.prepare(sql)?;
        let columns = statement.column_count();
        let rows =
            statement.query_map(rusqlite::params_from_iter(key), |r| (0..columns).map(|i| r.get(i)).collect())?;
        rows.collect()
    };
    let mut all = Vec::new();
    for table in common::schema().tables() {
        let name = table.name;
        let stand = rows(&format!("SELECT * FROM \"{name}\" NOT INDEXED"), None)?;
        for row in &stand {
            all.extend(rows(&format!("SELECT * FROM \"{name}\" WHERE {} = ?1", table.key.name), Some(&row[0]))?);
        }
        all.extend(stand);
        for index in table.indexes {
            let by = index.columns.join(", ");
            let index = format!("{name}_by_{}", index.columns.join("_"));
            all.extend(rows(&format!("SELECT {by} FROM \"{name}\" INDEXED BY {index} ORDER BY {by}"), None)?);
        }
    }
    Ok(all)
}

/// The pages in use: of which table or index, and of which kind (`leaf`, `internal`, `overflow`).
fn pages(file: &Path) -> BTreeMap<usize, (String, String)> {
    let raw = Connection::open(file).unwrap();
    let mut pages = raw.prepare("SELECT pageno, name, pagetype FROM dbstat").unwrap();
    let pages = pages.query_map([], |r| Ok((r.get::<_, i64>(0)? as usize, (r.get(1)?, r.get(2)?)))).unwrap();
    pages.map(Result::unwrap).collect()
}

/// Whether a byte of a leaf lies between the pointers and the cells, or in a hole that a cell has left (section 1.6 of
/// <https://sqlite.org/fileformat2.html>).
fn unused(page: &[u8], header: usize, at: usize) -> bool {
    let short = |at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    let (cells, begin) = (short(header + 3), short(header + 5));
    let between = header + 8 + 2 * cells..if begin == 0 { 65_536 } else { begin };
    let mut holes = Vec::from([between]);
    let mut hole = short(header + 1);
    while hole != 0 {
        holes.push(hole + 4..hole + short(hole + 2));
        hole = short(hole);
    }
    holes.iter().any(|h| h.contains(&at))
}

/// What a byte is part of.
fn part(file: &[u8], pages: &BTreeMap<usize, (String, String)>, at: usize) -> String {
    let (page, within) = (at / PAGE, at % PAGE);
    let header = if page == 0 { 100 } else { 0 };
    if at < header {
        return "the file's header".to_owned();
    }
    let Some((name, kind)) = pages.get(&(page + 1)) else { return "a free page".to_owned() };
    let working = common::schema().tables().iter().any(|t| {
        t.kind == titer_store::table::Kind::Working
            && (name == t.name || *name == format!("sqlite_autoindex_{}_1", t.name))
    });
    match kind.as_str() {
        _ if working => "a working table, which is no evidence".to_owned(),
        "leaf" if unused(&file[page * PAGE..][..PAGE], header, within) => "unused space of a page".to_owned(),
        "leaf" => format!("a cell of {name}"),
        "internal" => "the way to a page, which leads there all the same".to_owned(),
        _ => "the end of a long row's last page".to_owned(),
    }
}

#[test]
fn a_bit_turned_over_anywhere_is_found_or_carries_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let (file, location) = (dir.path().join("lab-1.sqlite"), Location::Folder(dir.path().to_owned()));
    let pages = pages(&file);
    let (bytes, before) = (fs::read(&file).unwrap(), everything(&file).unwrap());
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let (mut found, mut carries_nothing) = (0, BTreeMap::<String, usize>::new());
    for _ in 0..TRIES {
        let (at, bit) = (next(bytes.len()), next(8));
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << bit;
        fs::write(&file, &damaged).unwrap();
        match audit::verify(&location, 1, &common::schema(), &Asked::default(), &mut |_, _| {}) {
            Ok(verification) if !verification.faults.is_empty() => found += 1,
            Err(StoreError::Corrupt(_) | StoreError::Newer { .. } | StoreError::ReadOnly(_)) => found += 1,
            Ok(_) => {
                let part = part(&bytes, &pages, at);
                assert!(!part.starts_with("a cell"), "bit {bit} of byte {at}, {part}: believed");
                if !part.starts_with("a working table") {
                    assert_eq!(everything(&file).as_ref(), Ok(&before), "bit {bit} of byte {at}, {part}");
                }
                *carries_nothing.entry(part).or_default() += 1;
            }
            Err(e) => panic!("bit {bit} of byte {at}: {e}"),
        }
    }
    fs::write(&file, &bytes).unwrap();
    let whole = audit::verify(&location, 1, &common::schema(), &Asked::default(), &mut |_, _| {}).unwrap();
    assert_eq!(whole.faults, vec![]);
    println!("{TRIES} bits of {} bytes: {found} found; the others carry nothing: {carries_nothing:#?}", bytes.len());
    assert!(found > TRIES / 4, "{found}");
}
