//! Comparing the tables with their indexes: each index must lead to each row, in order and with the row's own values.
//!
//! The server has a check of its own for this (`amcheck`), which only its administrator may install and call. This one asks the same
//! in plain statements: the rows of a laboratory are counted and summed by their digests once along the table itself, and along each
//! index twice, by the rows that it leads to and by the values that stand in it.

use super::{
    Server,
    connection::{Answer, Connection, Request},
};
use crate::{StoreError, Table, Value, table::Dialect};

/// One snapshot. Nothing may sort: rows are to come in the order of the index.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE store_notes IN ACCESS SHARE MODE; \
    SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; \
    SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off; SET LOCAL enable_bitmapscan = off; \
    SET LOCAL max_parallel_workers_per_gather = 0";
/// The longest name that the server keeps.
const NAME_BYTES_MAX: usize = 63;

/// How the server may read.
#[derive(Clone, Copy)]
enum Way {
    Table,
    /// By an index, to the rows.
    Index,
    /// The values in the index only.
    IndexOnly,
}

impl Way {
    fn set(self) -> String {
        let on = |yes: bool| if yes { "on" } else { "off" };
        let (table, index, only) = match self {
            Way::Table => (true, false, false),
            Way::Index => (false, true, false),
            Way::IndexOnly => (false, false, true),
        };
        format!(
            "SET LOCAL enable_seqscan = {}; SET LOCAL enable_indexscan = {}; SET LOCAL enable_indexonlyscan = {}",
            on(table),
            on(index),
            on(only)
        )
    }
}

/// What is wrong with the indexes of `tables`.
pub(super) fn faults(lab: i64, server: &Server, tables: &[&'static Table]) -> Result<Vec<String>, StoreError> {
    let mut connection = server.connect(&format!("titer {lab} integrity"))?;
    connection.run(&[Request::Plain(BEGIN)])?;
    let mut found = Vec::new();
    for &table in tables {
        Check { lab, connection: &mut connection, table, found: &mut found }.run()?;
    }
    connection.run(&[Request::Plain("ROLLBACK")])?;
    Ok(found)
}

struct Check<'a> {
    lab: i64,
    connection: &'a mut Connection,
    table: &'static Table,
    found: &'a mut Vec<String>,
}

/// The sum of the digests of an expression.
fn sum(of: &str) -> String {
    format!("COALESCE(SUM(hashtextextended(({of})::TEXT, 0)::NUMERIC), 0)::TEXT")
}

fn row(columns: &[&str]) -> String {
    format!("ROW({})", columns.join(", "))
}

impl Check<'_> {
    fn run(mut self) -> Result<(), StoreError> {
        let indexes = self.indexes();
        let values: Vec<String> = indexes.iter().map(|(_, columns)| sum(&row(columns))).collect();
        let (name, lab) = (self.table.name, self.lab);
        let all = format!("SELECT COUNT(*), {}, {} FROM \"{name}\" WHERE lab = {lab}", sum("ctid"), values.join(", "));
        let stands = self.ask(Way::Table, &all, None)?;
        for (place, (index, columns)) in indexes.iter().enumerate() {
            let by = columns.join(", ");
            let places = format!("SELECT ctid FROM \"{name}\" WHERE lab = {lab} ORDER BY {by} OFFSET 0");
            let places = format!("SELECT COUNT(*), {} FROM ({places}) AS along", sum("ctid"));
            let keys = format!("SELECT {by} FROM \"{name}\" WHERE lab = {lab} ORDER BY {by} OFFSET 0");
            let falls = format!("SELECT {by}, {0} < LAG({0}) OVER () AS falls FROM ({keys}) AS along", row(columns));
            let keys = format!(
                "SELECT COUNT(*), {}, COUNT(*) FILTER (WHERE falls) FROM ({falls}) AS ordered",
                sum(&row(columns))
            );
            let leads_to = self.ask(Way::Index, &places, Some(index))?;
            let holds = self.ask(Way::IndexOnly, &keys, Some(index))?;
            let (Some(leads_to), Some(holds), Some(stands)) = (leads_to, holds, &stands) else { continue };
            let whole = leads_to[..2] == stands[..2]
                && holds[0] == stands[0]
                && holds[1] == stands[2 + place]
                && holds[2] == Value::Int(0);
            if !whole {
                self.found.push(format!("the index {index} does not lead to each row of {name}"));
            }
        }
        Ok(())
    }

    /// The indexes, each with its columns behind `lab`.
    fn indexes(&self) -> Vec<(String, Vec<&'static str>)> {
        let key = (format!("{}_pk", self.table.name), vec![self.table.key.name]);
        let ddl = self.table.create_indexes(Dialect::Postgres);
        let names = ddl.iter().map(|sql| sql.split('"').nth(1).unwrap_or_default().to_owned());
        let others = names.zip(self.table.indexes.iter().map(|i| i.columns.to_vec()));
        [key].into_iter().chain(others).collect()
    }

    /// The one row of an answer; none if the server does not read along `index`, which is then at fault.
    fn ask(&mut self, way: Way, text: &str, index: Option<&str>) -> Result<Option<Vec<Value>>, StoreError> {
        let (set, explain, place) = (way.set(), format!("EXPLAIN (COSTS OFF) {text}"), self.table.name);
        if let Some(index) = index {
            let plan = self.connection.run(&[Request::Plain(&set), prepared(&explain, place)])?;
            let named = format!(" using {} ", &index[..index.len().min(NAME_BYTES_MAX)]);
            let lines = rows(plan).into_iter().filter_map(|row| row.into_iter().next());
            if !lines.into_iter().any(|line| matches!(line, Value::Text(l) if l.contains(&named))) {
                self.found.push(format!("the index {index} is not there, or cannot be read along"));
                return Ok(None);
            }
        }
        let answer = self.connection.run(&[Request::Plain(&set), prepared(text, place)])?;
        Ok(rows(answer).pop())
    }
}

fn prepared<'a>(text: &'a str, place: &'a str) -> Request<'a> {
    Request::Prepared { text, place, params: &[] }
}

fn rows(answers: Vec<Answer>) -> Vec<Vec<Value>> {
    answers.into_iter().flat_map(|a| a.rows).map(|row| row.values().to_vec()).collect()
}
