//! What a transaction and a snapshot have in common: a laboratory of which rows can be asked.

use crate::{Actor, Header, Row, Sql, StoreError, Value};

/// Something that can be read: a transaction or a snapshot. Views take this, so that a page and a command ask the same way.
pub trait Read {
    /// The laboratory.
    fn lab(&self) -> i64;

    /// The rows of `sql`. The store binds `$1` to the laboratory; `params` are `$2` and on.
    ///
    /// # Errors
    /// A [`StoreError`] when the database cannot answer.
    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// The only row of `sql`, or the first.
    ///
    /// # Errors
    /// As [`Read::query`].
    fn one(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}

/// The parameters of a statement, each turned into a [`Value`].
#[macro_export]
macro_rules! values {
    ($($v:expr),* $(,)?) => { ::std::vec::Vec::from([$($crate::Value::from($v)),*]) };
}

/// `params` with the laboratory before them, refused if any text holds NUL.
pub(crate) fn with_lab(lab: i64, params: &[Value]) -> Result<Vec<Value>, StoreError> {
    refuse_nul(params)?;
    let mut all = Vec::with_capacity(params.len() + 1);
    all.push(Value::Int(lab));
    all.extend_from_slice(params);
    Ok(all)
}

pub(crate) fn refuse_nul<'v>(values: impl IntoIterator<Item = &'v Value>) -> Result<(), StoreError> {
    let nul = |v: &Value| matches!(v, Value::Text(t) if t.contains('\0'));
    if values.into_iter().any(nul) { Err(StoreError::Nul) } else { Ok(()) }
}

/// The header in the first six columns of a journal row: number, at, actor_kind, actor, kind, version.
///
/// # Errors
/// [`StoreError::Corrupt`] when they are no header.
pub(crate) fn header(lab: i64, row: &Row) -> Result<Header, StoreError> {
    let number: i64 = row.get(0)?;
    let actor = Actor::from_code(row.get(2)?, row.get(3)?)
        .ok_or_else(|| StoreError::Corrupt(format!("event {number} names an unknown kind of actor")))?;
    let version = u16::try_from(row.get::<i64>(5)?)
        .map_err(|_| StoreError::Corrupt(format!("event {number} has an impossible version")))?;
    Ok(Header { lab, number, at: row.get(1)?, actor, kind: row.get(4)?, version })
}
