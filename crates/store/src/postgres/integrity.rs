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

/// How many rows there are, and the sums of the digests of some expressions.
fn sums(of: &[&str], condition: &str) -> String {
    let count = std::iter::once(format!("COUNT(*) FILTER (WHERE {condition})"));
    let sum = |of: &&str| {
        format!("COALESCE(SUM(hashtextextended(({of})::TEXT, 0)::NUMERIC) FILTER (WHERE {condition}), 0)::TEXT")
    };
    count.chain(of.iter().map(sum)).collect::<Vec<_>>().join(", ")
}

/// An index as the table describes it.
struct Described {
    name: String,
    /// Its columns behind `lab`.
    columns: Vec<&'static str>,
    /// Which rows stand in it.
    condition: String,
}

fn row(columns: &[&str]) -> String {
    format!("ROW({})", columns.join(", "))
}

impl Check<'_> {
    fn run(mut self) -> Result<(), StoreError> {
        let indexes = self.indexes();
        let (name, lab) = (self.table.name, self.lab);
        let of = |i: &Described| sums(&["ctid", &row(&i.columns)], &i.condition);
        let all: Vec<String> = indexes.iter().map(of).collect();
        let stands =
            self.ask(Way::Table, &format!("SELECT {} FROM \"{name}\" WHERE lab = {lab}", all.join(", ")), None)?;
        let stands = stands.unwrap_or_default();
        for (Described { name: index, columns, condition }, stands) in indexes.iter().zip(stands.chunks(3)) {
            let by = columns.join(", ");
            let along = format!("FROM \"{name}\" WHERE lab = {lab} AND {condition} ORDER BY {by} OFFSET 0");
            let places = format!("SELECT {} FROM (SELECT ctid {along}) AS along", sums(&["ctid"], "TRUE"));
            let falls = format!(
                "SELECT {by}, {0} < LAG({0}) OVER () AS falls FROM (SELECT {by} {along}) AS along",
                row(columns)
            );
            let keys = format!(
                "SELECT {}, COUNT(*) FILTER (WHERE falls) FROM ({falls}) AS ordered",
                sums(&[&row(columns)], "TRUE")
            );
            let leads_to = self.ask(Way::Index, &places, Some(index))?;
            let holds = self.ask(Way::IndexOnly, &keys, Some(index))?;
            let (Some(leads_to), Some(holds)) = (leads_to, holds) else { continue };
            let whole = leads_to[..] == stands[..2]
                && holds[..2] == [stands[0].clone(), stands[2].clone()]
                && holds[2] == Value::Int(0);
            if !whole {
                self.found.push(format!("the index {index} does not lead to each row of {name}"));
            }
        }
        Ok(())
    }

    /// The key and the indexes.
    fn indexes(&self) -> Vec<Described> {
        let described = |name: String, columns: &[&'static str], condition: Option<String>| Described {
            name,
            columns: columns.to_vec(),
            condition: condition.unwrap_or_else(|| "TRUE".to_owned()),
        };
        let key = described(format!("{}_pk", self.table.name), &[self.table.key.name], None);
        let ddl = self.table.create_indexes(Dialect::Postgres);
        let names = ddl.iter().map(|sql| sql.split('"').nth(1).unwrap_or_default().to_owned());
        let others = names.zip(self.table.indexes).map(|(name, i)| described(name, i.columns, i.condition()));
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
