//! Comparing the projected tables as they stand with those that the journal gives, row by row.

use std::{cmp::Ordering, collections::VecDeque};

use super::faults::Faults;
use crate::{Row, StoreError, Table, Value};

/// Rows of each side that are in memory at a time.
const BATCH: i64 = 500;

/// Answers up to so many rows of a table whose key is above another, in the order of the key: `lab`, the key, the other columns.
pub(crate) type Page<'a> = dyn FnMut(&'static Table, &Value, i64) -> Result<Vec<Row>, StoreError> + 'a;

/// Names each row of `tables` that does not stand as the journal gives it; answers how many rows stand.
pub(crate) fn compare(
    tables: &[&'static Table],
    standing: &mut Page<'_>,
    given: &mut Page<'_>,
    faults: &mut Faults,
) -> Result<u64, StoreError> {
    let mut rows = 0;
    for &table in tables {
        let compared = compare_table(table, standing, given, faults, &mut rows);
        if faults.or_fault(compared)?.is_none() {
            faults.general(format!("the table {} was not compared to its end", table.name));
        }
    }
    Ok(rows)
}

fn compare_table(
    table: &'static Table,
    standing: &mut Page<'_>,
    given: &mut Page<'_>,
    faults: &mut Faults,
    rows: &mut u64,
) -> Result<(), StoreError> {
    let (mut stands, mut gives) = (Rows::of(table, BATCH), Rows::of(table, BATCH));
    loop {
        let order = match (stands.first(standing)?, gives.first(given)?) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(s), Some(g)) => order(key(s), key(g)),
        };
        let row = if order == Ordering::Greater { None } else { stands.take() };
        let should = if order == Ordering::Less { None } else { gives.take() };
        *rows += u64::from(row.is_some());
        match (row, should) {
            (Some(row), Some(should)) => {
                let columns = table.column_names().zip(row.values().iter().zip(should.values()));
                let differ: Vec<&str> = columns.filter(|(_, (a, b))| !same(a, b)).map(|(name, _)| name).collect();
                if !differ.is_empty() {
                    faults.row(
                        table,
                        key(&row),
                        format!("not as the journal gives the row: {} differs", differ.join(", ")),
                    );
                }
            }
            (Some(row), None) => faults.row(table, key(&row), "the journal gives no such row"),
            (None, Some(should)) => faults.row(table, key(&should), "the row is missing; the journal gives one"),
            (None, None) => return Ok(()),
        }
    }
}

/// The rows of a table in the order of their keys, read page by page.
pub(super) struct Rows {
    table: &'static Table,
    after: Value,
    batch: i64,
    rows: VecDeque<Row>,
    ended: bool,
}

impl Rows {
    pub(super) fn of(table: &'static Table, batch: i64) -> Self {
        Rows { table, after: table.before_first(), batch, rows: VecDeque::new(), ended: false }
    }

    /// The first of those that were not taken.
    pub(super) fn first(&mut self, page: &mut Page<'_>) -> Result<Option<&Row>, StoreError> {
        if self.rows.is_empty() && !self.ended {
            self.read(page)?;
        }
        Ok(self.rows.front())
    }

    pub(super) fn take(&mut self) -> Option<Row> {
        self.rows.pop_front()
    }

    /// Where damage has put the keys out of order, whoever read on behind the last one would come round again.
    fn read(&mut self, page: &mut Page<'_>) -> Result<(), StoreError> {
        let rows = page(self.table, &self.after, self.batch)?;
        let keys = [&self.after].into_iter().chain(rows.iter().map(key));
        if !keys.is_sorted_by(|a, b| order(a, b) == Ordering::Less) {
            let what = format!("the rows of {} do not stand in the order of their keys", self.table.name);
            return Err(StoreError::Corrupt(what));
        }
        match rows.last() {
            Some(last) => self.after = key(last).clone(),
            None => self.ended = true,
        }
        self.rows = rows.into();
        Ok(())
    }
}

/// The key of a row of a page.
pub(super) fn key(row: &Row) -> &Value {
    row.values().get(1).unwrap_or(&Value::Null)
}

/// As both engines order keys: numbers by value, texts and bytes by their bytes.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => bytes(a).cmp(bytes(b)),
    }
}

fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::Text(text) => text.as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// Whether they are the same value. SQLite keeps a boolean as 0 or 1.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(bool), Value::Int(int)) | (Value::Int(int), Value::Bool(bool)) => i64::from(*bool) == *int,
        _ => a == b,
    }
}
