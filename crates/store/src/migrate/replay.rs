//! Projecting the events of a journal again, into some tables only.

use super::{NEW, notes::Present, steps};
use crate::{
    Entry, Event, Head, Schema, StoreError, Table, Value,
    engine::{Engine, Redirect, Writer, kind_key},
    event::EventType,
    read, reading,
    records::Erased,
    table::Dialect,
};

/// Events read at a time; each may have 1 MB.
const BATCH: i64 = 100;

crate::sql! {
    /// Events after `$2`. Only the bodies of the kinds and versions in `$3` are read: most of a journal is of no use to a table.
    /// The pattern may let another kind through, which is found out when it is projected.
    EVENTS = "SELECT number, at, actor_kind, actor, kind, version, \
            CASE WHEN $3 LIKE '%,' || kind || ' v' || version || ',%' THEN body END \
        FROM journal WHERE lab = $1 AND number > $2 ORDER BY number LIMIT $4";
}

/// The replay of one laboratory's journal into some tables.
pub(super) struct Replay<'a> {
    schema: &'a Schema,
    redirect: Redirect,
    /// The kinds and versions that write the tables, each between commas.
    kinds: String,
}

/// What was replayed in one go.
pub(super) struct Batch {
    /// The number of the last event.
    pub last: i64,
    /// The number of the last event that tells of an erasure.
    pub erasure: Option<i64>,
}

impl<'a> Replay<'a> {
    /// A replay into `tables`, which stand under their names and `suffix`.
    pub(super) fn new(schema: &'a Schema, lab: i64, tables: &[&'static Table], suffix: &'static str) -> Self {
        let kinds: String = schema.writers(tables).iter().map(|e| format!("{},", key(e))).collect();
        Replay { schema, redirect: Redirect { tables: tables.to_vec(), lab, suffix }, kinds: format!(",{kinds}") }
    }

    /// Projects some events after number `after`; nothing when there are none.
    pub(super) fn batch(&self, writer: &mut dyn Writer, after: i64) -> Result<Option<Batch>, StoreError> {
        let lab = self.redirect.lab;
        let params = [lab.into(), after.into(), self.kinds.as_str().into(), BATCH.into()];
        let rows = writer.query(&EVENTS, &params)?;
        let mut batch = None;
        writer.redirect(Some(self.redirect.clone()));
        for row in &rows {
            let header = read::header(lab, row)?;
            let batch = batch.get_or_insert(Batch { last: 0, erasure: None });
            batch.last = header.number;
            if header.kind == Erased::KIND {
                batch.erasure = Some(header.number);
            }
            // Even if its body was not read: which tables a newer program's event writes is not known.
            self.schema.known(&header)?;
            let changes = self.schema.project(&Entry { header, why: None, body: row.get(6)? })?;
            // Not strict: a row whose first event was erased has later changes that now find nothing.
            writer.apply(&changes.0, false)?;
        }
        writer.redirect(None);
        Ok(batch)
    }

    /// Projects all events after number `after`.
    pub(super) fn run(
        &self,
        writer: &mut dyn Writer,
        mut after: i64,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<(), StoreError> {
        let head = head(writer, self.redirect.lab)?;
        while let Some(batch) = self.batch(writer, after)? {
            after = batch.last;
            progress(after, head.number);
        }
        Ok(())
    }
}

fn key(event: &EventType) -> String {
    kind_key(event.kind, event.version)
}

/// The number before the first event that writes any of `tables`; nothing when a journal holds none.
pub(super) fn start(schema: &Schema, present: &Present, tables: &[&'static Table]) -> Option<i64> {
    schema.writers(tables).iter().filter_map(|e| present.get(&key(e))).min().map(|first| first - 1)
}

/// The end of a laboratory's journal, inside the open transaction.
pub(super) fn head(writer: &mut dyn Writer, lab: i64) -> Result<Head, StoreError> {
    let rows = writer.query(&reading::HEAD, &[Value::Int(lab)])?;
    rows.first().map_or(Ok(Head::EMPTY), |r| Ok(Head { number: r.get(0)?, at: r.get(1)?, hash: r.get(2)? }))
}

/// Rebuilds every projected table of one laboratory from its journal, inside the open transaction, which holds its lock. Where
/// laboratories share tables its rows are written anew in place: whoever reads sees the old ones until the commit, and the other
/// laboratories work on.
pub(crate) fn rebuild_lab(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    lab: i64,
    schema: &Schema,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<(), StoreError> {
    let projected = schema.projected();
    if engine.dialect() == Dialect::Sqlite {
        for table in &projected {
            steps::make_beside(engine, writer, table, NEW)?;
        }
        Replay::new(schema, lab, &projected, NEW).run(writer, 0, progress)?;
        return projected.iter().try_for_each(|table| steps::swap(engine, writer, table, NEW));
    }
    writer.execute("SET LOCAL statement_timeout = 0")?;
    for table in &projected {
        writer.execute(&format!("DELETE FROM \"{}\" WHERE lab = {lab}", table.name))?;
    }
    Replay::new(schema, lab, &projected, "").run(writer, 0, progress)
}
