//! Projecting the events of a journal again, into some tables only.
//!
//! No event is projected that does not stand as it was journalled: its hash must follow from its bytes and from the hash that the
//! event before it has, and no number may be missing. Of the other events the bodies are not read, so that a release which changes a
//! small table need not read the whole journal: that the hash of the event before is right itself, only the whole chain proves.
//! Whoever rebuilds all tables has the whole chain checked before.

use super::{NEW, notes::Present, steps};
use crate::{
    Event, Head, Schema, Sha256, StoreError, Table, Value,
    chain::{self, GENESIS},
    engine::{Engine, Redirect, Stored, Writer, kind_key},
    event::EventType,
    reading,
    records::{Erased, Restored},
    table::Dialect,
};

/// Events read at a time; each may have 1 MB.
const BATCH: i64 = 100;

crate::sql! {
    /// Events after `$2`. Only the bodies of the kinds and versions in `$3` are read: most of a journal is of no use to a table.
    /// The pattern may let another kind through, which is found out when it is projected.
    EVENTS = "SELECT number, at, actor_kind, actor, kind, version, why, salt, \
            CASE WHEN $3 LIKE '%,' || kind || ' v' || version || ',%' THEN body END, digest, hash \
        FROM journal WHERE lab = $1 AND number > $2 ORDER BY number LIMIT $4";
    LAST_UP_TO = "SELECT number, hash FROM journal WHERE lab = $1 AND number <= $2 ORDER BY number DESC LIMIT 1";
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
        if rows.is_empty() {
            return self.ended(writer, after).map(|()| None);
        }
        let mut before = self.last_up_to(writer, after)?;
        let mut batch = Batch { last: 0, erasure: None };
        writer.redirect(Some(self.redirect.clone()));
        for row in &rows {
            let event = Stored::of(lab, row)?;
            let header = &event.entry.header;
            batch.last = header.number;
            if header.kind == Erased::KIND {
                batch.erasure = Some(header.number);
            }
            // Even if its body was not read: which tables a newer program's event writes is not known.
            self.schema.known(header)?;
            self.check(&event, before)?;
            before = (header.number, event.hash);
            let changes = self.schema.project(&event.entry)?;
            // Not strict: a row whose first event was erased has later changes that now find nothing.
            writer.apply(&changes.0, false)?;
        }
        writer.redirect(None);
        Ok(Some(batch))
    }

    /// The number and the hash of the last event up to number `after`; those from which the first event follows if there is none.
    fn last_up_to(&self, writer: &mut dyn Writer, after: i64) -> Result<(i64, Sha256), StoreError> {
        let rows = writer.query(&LAST_UP_TO, &[self.redirect.lab.into(), after.into()])?;
        rows.first().map_or(Ok((0, GENESIS)), |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Refuses an event that does not follow the one before, or does not stand as it was journalled if it is replayed.
    fn check(&self, event: &Stored, (number, hash): (i64, Sha256)) -> Result<(), StoreError> {
        let header = &event.entry.header;
        // Only a restored laboratory's numbers jump.
        if header.number != number + 1 && header.kind != Restored::KIND {
            let what = format!("events {} to {} are missing in the journal", number + 1, header.number - 1);
            return Err(StoreError::Corrupt(what));
        }
        let replayed = self.kinds.contains(&format!(",{},", kind_key(&header.kind, header.version)));
        if replayed && event.content().map(|content| chain::link(hash, header, content)) != Some(event.hash) {
            let what = format!("event {} was altered: its hash does not follow from what is stored", header.number);
            return Err(StoreError::Corrupt(what));
        }
        Ok(())
    }

    /// Refuses a journal that ends before its stored end.
    fn ended(&self, writer: &mut dyn Writer, last: i64) -> Result<(), StoreError> {
        let head = head(writer, self.redirect.lab)?;
        if last < head.number {
            let what = format!("events {} to {} are missing at the end of the journal", last + 1, head.number);
            return Err(StoreError::Corrupt(what));
        }
        Ok(())
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
