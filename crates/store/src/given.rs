//! A row as its events give it: their projections once more, for one row. Whoever puts a signature under a row asks this before, because
//! somebody may have changed the row behind the journal. An event that was altered itself gives nothing.

use std::collections::BTreeMap;

use crate::{Changes, Read, Row, Schema, StoreError, Table, TableRow, Value, event::Change, reading, row::Cells};

/// Headers of events read at a time.
const BATCH: i64 = 1_000;

/// Rows as events give them. Each event is read once, however many rows are asked for.
pub struct Given<'a> {
    schema: &'a Schema,
    events: BTreeMap<i64, Changes>,
}

impl<'a> Given<'a> {
    /// Nothing has been read yet.
    #[must_use]
    pub fn new(schema: &'a Schema) -> Self {
        Given { schema, events: BTreeMap::new() }
    }

    /// The row with this key after the events of these numbers, in this order; none if they give none.
    ///
    /// # Errors
    /// As [`Schema::project`], or what the database says.
    pub fn row<R: TableRow>(
        &mut self,
        read: &mut dyn Read,
        key: R::Key,
        numbers: impl IntoIterator<Item = i64>,
    ) -> Result<Option<R>, StoreError> {
        let key: Value = key.into();
        let mut row = None;
        for number in numbers {
            for change in &self.changes(read, number)?.0 {
                if change.table().name == R::TABLE.name && *change.key() == key {
                    apply(R::TABLE, change, &mut row);
                }
            }
        }
        row.map(|values| typed(key, values)).transpose()
    }

    /// All rows of a table that the events of these numbers give, in this order, in the order in which they were made.
    ///
    /// # Errors
    /// As [`Given::row`].
    pub fn rows<R: TableRow>(&mut self, read: &mut dyn Read, numbers: &[i64]) -> Result<Vec<R>, StoreError> {
        let mut rows: Vec<(Value, Option<Vec<Value>>)> = Vec::new();
        for number in numbers {
            for change in self.changes(read, *number)?.0.iter().filter(|c| c.table().name == R::TABLE.name) {
                let place = rows.iter().position(|(key, _)| key == change.key()).unwrap_or_else(|| {
                    rows.push((change.key().clone(), None));
                    rows.len() - 1
                });
                apply(R::TABLE, change, &mut rows[place].1);
            }
        }
        rows.into_iter().filter_map(|(key, row)| Some(typed(key, row?))).collect()
    }

    /// The numbers of the events after number `after` and up to `last` that may change rows of `table`.
    ///
    /// # Errors
    /// What the database says.
    pub fn writers(
        &self,
        read: &mut dyn Read,
        table: &Table,
        mut after: i64,
        last: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let mut numbers = Vec::new();
        while after < last {
            let headers = reading::headers(read, after, BATCH)?;
            let Some(end) = headers.last().map(|h| h.number) else { break };
            for header in headers.iter().filter(|h| h.number <= last) {
                if self.schema.known(header)?.may_write(table) {
                    numbers.push(header.number);
                }
            }
            after = end;
        }
        Ok(numbers)
    }

    fn changes(&mut self, read: &mut dyn Read, number: i64) -> Result<&Changes, StoreError> {
        if !self.events.contains_key(&number) {
            let changes =
                reading::proved(read, number)?.map(|e| self.schema.project(&e)).transpose()?.unwrap_or_default();
            self.events.insert(number, changes);
        }
        Ok(self.events.entry(number).or_default())
    }
}

fn typed<R: TableRow>(key: Value, values: Vec<Value>) -> Result<R, StoreError> {
    R::read(&mut Cells::of(Row([key].into_iter().chain(values).collect())))
}

fn apply(table: &Table, change: &Change, row: &mut Option<Vec<Value>>) {
    match change {
        Change::Put { values, .. } => *row = Some(values.clone()),
        Change::Drop { .. } => *row = None,
        Change::Patch { set, .. } => {
            let Some(row) = row else { return };
            for (column, place) in table.columns.iter().zip(row) {
                if let Some((_, value)) = set.iter().rfind(|(c, _)| *c == column.name) {
                    *place = value.clone();
                }
            }
        }
    }
}
