//! Long replays, made in many short commits beside the tables that are in use.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Migration, Plan,
    notes::{self, Notes},
    replay::{self, Replay},
    steps,
};
use crate::{
    Schema, StoreError, Table,
    engine::{Engine, Writer},
};

/// What follows the name of a table that is built beside the one in use. Not that of a rebuild within one transaction, which
/// whoever works meanwhile may make.
pub(crate) const NEXT: &str = "__next";
/// The note of the tables that are being built, one a line: name, tabulator, description.
const BESIDE: &str = "beside";
/// The note, one a laboratory, of how far its journal was replayed.
const REACHED: &str = "beside:reached";
/// How long a laboratory is locked at a time.
const SLICE: Duration = Duration::from_millis(25);

/// How far a laboratory's journal was replayed.
#[derive(Clone, Copy)]
pub(super) struct Reached {
    /// The number of the last event that was replayed.
    pub at: i64,
    /// The end of the journal when the replay began. What was erased before was not read.
    begun: i64,
}

/// How far the journal of `lab` was replayed: to its beginning when it is a new laboratory.
pub(super) fn reached(writer: &mut dyn Writer, lab: i64) -> Result<Reached, StoreError> {
    let note = notes::get(writer, lab, REACHED)?;
    let numbers = note.as_deref().and_then(|n| n.split_once(' '));
    let numbers = numbers.and_then(|(at, begun)| Some((at.parse().ok()?, begun.parse().ok()?)));
    let (at, begun) = numbers.unwrap_or((0, 0));
    Ok(Reached { at, begun })
}

fn set_reached(writer: &mut dyn Writer, lab: i64, reached: Reached) -> Result<(), StoreError> {
    notes::set(writer, lab, REACHED, Some(format!("{} {}", reached.at, reached.begun)))
}

/// Forgets how far the journal of `lab` was replayed.
pub(super) fn forget(writer: &mut dyn Writer, lab: i64) -> Result<(), StoreError> {
    notes::set(writer, lab, REACHED, None)
}

/// Drops what is being built beside, if anything is. Whoever builds it notices and begins anew.
pub(crate) fn abandon(engine: &dyn Engine, writer: &mut dyn Writer, lab: i64) -> Result<(), StoreError> {
    let notes = Notes::of(engine, lab);
    let Some(tables) = notes.get(writer, BESIDE)? else { return Ok(()) };
    for name in tables.lines().filter_map(|line| line.split('\t').next()) {
        writer.execute(&format!("DROP TABLE IF EXISTS \"{name}{NEXT}\""))?;
    }
    notes.remove(writer, BESIDE)
}

impl Migration<'_> {
    fn described(&self, tables: &[&'static Table]) -> String {
        let line = |t: &&Table| format!("{}\t{}\n", t.name, t.fingerprint(self.engine.dialect()));
        tables.iter().map(line).collect()
    }

    /// Whether exactly these tables are being built beside.
    pub(super) fn is_built_beside(&mut self, tables: &[&'static Table]) -> Result<bool, StoreError> {
        Ok(self.notes.get(self.writer, BESIDE)? == Some(self.described(tables)))
    }

    /// Builds what has to be rebuilt, up to the end of every journal.
    pub(super) fn build_beside(&mut self, progress: &mut dyn FnMut(i64, i64)) -> Result<(), StoreError> {
        loop {
            let labs = self.writer.begin_all()?;
            let plan = self.plan(labs)?;
            let Some(plan) = plan.filter(|p| !p.rebuilt().is_empty()) else {
                self.writer.rollback();
                return Ok(());
            };
            let tables = plan.rebuilt();
            if !self.is_built_beside(&tables)? {
                self.begin_beside(&plan, &tables)?;
            }
            let head = replay::head(self.writer, self.lab)?;
            self.writer.commit(&head)?;
            let mut built = true;
            for (lab, _) in &plan.labs {
                let described = self.described(&tables);
                let building = Building { engine: self.engine, lab: *lab, described };
                built = built && building.run(self.schema, &tables, progress)?;
            }
            if built {
                return Ok(());
            }
        }
    }

    fn begin_beside(&mut self, plan: &Plan, tables: &[&'static Table]) -> Result<(), StoreError> {
        abandon(self.engine, self.writer, self.lab)?;
        for table in tables {
            steps::make_beside(self.engine, self.writer, table, NEXT)?;
        }
        for (lab, present) in &plan.labs {
            let begun = replay::head(self.writer, *lab)?.number;
            let at = replay::start(self.schema, present, tables).unwrap_or(begun);
            set_reached(self.writer, *lab, Reached { at, begun })?;
        }
        let described = self.described(tables);
        self.notes.set(self.writer, BESIDE, described)
    }

    /// Replays what was journalled since, inside the open transaction. False if something was erased: then all is to be replayed.
    pub(super) fn replay_rest(&mut self, plan: &Plan, tables: &[&'static Table]) -> Result<bool, StoreError> {
        for (lab, _) in &plan.labs {
            let replay = Replay::new(self.schema, *lab, tables, NEXT);
            let mut reached = reached(self.writer, *lab)?;
            while let Some(batch) = replay.batch(self.writer, reached.at)? {
                if batch.erasure.is_some_and(|e| e > reached.begun) {
                    return Ok(false);
                }
                reached.at = batch.last;
            }
        }
        Ok(true)
    }
}

/// The building for one laboratory, on a connection that takes that laboratory's lock only.
struct Building<'a> {
    engine: &'a dyn Engine,
    lab: i64,
    /// What the note says as long as these tables are being built.
    described: String,
}

impl Building<'_> {
    /// Replays to the end of the journal. False if it has to be begun anew.
    fn run(
        &self,
        schema: &Schema,
        tables: &[&'static Table],
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<bool, StoreError> {
        let mut writer = self.engine.writer(self.lab)?;
        let replay = Replay::new(schema, self.lab, tables, NEXT);
        let notes = Notes::of(self.engine, self.lab);
        loop {
            let head = writer.begin()?;
            let began = Instant::now();
            if notes.get(&mut *writer, BESIDE)?.as_ref() != Some(&self.described) {
                return Ok(false);
            }
            let mut reached = reached(&mut *writer, self.lab)?;
            let mut ended = false;
            while !ended && began.elapsed() < SLICE {
                match replay.batch(&mut *writer, reached.at)? {
                    Some(batch) if batch.erasure.is_some_and(|e| e > reached.begun) => {
                        abandon(self.engine, &mut *writer, self.lab)?;
                        writer.commit(&head)?;
                        return Ok(false);
                    }
                    Some(batch) => reached.at = batch.last,
                    None => ended = true,
                }
            }
            set_reached(&mut *writer, self.lab, reached)?;
            writer.commit(&head)?;
            progress(reached.at, head.number);
            if ended {
                return Ok(true);
            }
            // SQLite gives a lock to whoever happens to ask when it is free, so it is left free for a while.
            thread::sleep(began.elapsed() / 2);
        }
    }
}
