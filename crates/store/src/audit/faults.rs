//! What is found wrong, and the list that it is put on.

use serde::Serialize;

use crate::{StoreError, Table, Value};

/// Faults listed at most; the others are counted.
pub const FAULTS_MAX: usize = 100;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The event, where it is one.
    pub number: Option<i64>,
    /// The row, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<RowName>,
    /// What is wrong with it.
    pub what: String,
}

/// What is wrong with what, in one line.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.row, self.number) {
            (Some(row), _) => write!(f, "{} {}: {}", row.table, row.key, self.what),
            (None, Some(number)) => write!(f, "event {number}: {}", self.what),
            (None, None) => f.write_str(&self.what),
        }
    }
}

/// A row, by its table and key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowName {
    /// The table.
    pub table: &'static str,
    /// The key, as text.
    pub key: String,
}

/// The faults that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub listed: Vec<Fault>,
    /// How many more there are.
    pub more: u64,
}

impl Faults {
    pub(crate) fn none(&self) -> bool {
        self.listed.is_empty()
    }

    pub(crate) fn event(&mut self, number: i64, what: impl Into<String>) {
        self.add(Fault { number: Some(number), row: None, what: what.into() });
    }

    pub(crate) fn general(&mut self, what: impl Into<String>) {
        self.add(Fault { number: None, row: None, what: what.into() });
    }

    pub(crate) fn row(&mut self, table: &'static Table, key: &Value, what: impl Into<String>) {
        let row = Some(RowName { table: table.name, key: key_text(key) });
        self.add(Fault { number: None, row, what: what.into() });
    }

    fn add(&mut self, fault: Fault) {
        if self.listed.len() < FAULTS_MAX {
            self.listed.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// What damage keeps from being read is a fault; another error is that of the database as a whole.
    pub(crate) fn or_fault<T>(&mut self, done: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(StoreError::Corrupt(what) | StoreError::Statement(what)) => {
                self.general(format!("the database cannot be read on: {what}"));
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::Null => "NULL".to_owned(),
        Value::Int(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Real(v) => v.to_string(),
        Value::Text(v) => v.clone(),
        Value::Bytes(v) => hex::encode(v),
    }
}
