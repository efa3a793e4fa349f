//! Bringing a database to the shape that the program describes, so that migrated equals fresh equals rebuilt.
//!
//! **What each table takes.** A table that no event in the journals writes is made, empty. Columns that are added at the end and
//! may be NULL, and other indexes, are added in place. A working table of another shape is made anew with the columns that both
//! shapes have. Only a projected table of another shape, or of another revision, is replayed, and of the journal only the bodies
//! of events that write it are read ([`crate::Event::WRITES`]). All this is one commit under every laboratory's lock: a power cut
//! leaves the database as the older program knows it, or as the newer does.
//!
//! **Long replays.** A laboratory must not stand still while a million events are replayed. So a long replay is made *beside* the
//! table that is in use, in many short commits, each with a note of how far it came (`beside`). Meanwhile whoever has the
//! database open works on, with the older program: it neither sees the table beside nor needs to. What is journalled meanwhile is
//! replayed in turn, and when little is left, the rest is replayed and the tables are swapped under the locks.
//!
//! - With several nodes on PostgreSQL the first node of the newer program does this when it opens; the others serve meanwhile.
//! - With one machine, `Store::prepare` does it while the older program still serves; then the newer one is started in its place.
//!   Without that, opening does it before it serves.
//!
//! We do not open with the changed table missing and refuse what needs it. Filing reads and writes nearly every large table, so
//! it would be refused as well; and a second program on the same database would read a table that no longer follows the journal.
//!
//! A build that was cut off goes on where its note says. One that was begun for other tables, or another shape of them, is begun
//! anew; and so it is if something was erased, lest what was erased stand in a table that was projected from it before.

mod beside;
mod notes;
mod replay;
mod steps;
mod unfinished;

use notes::{Notes, Present};
use replay::Replay;
use steps::Step;
pub(crate) use {
    beside::{NEXT, abandon},
    notes::{list_kinds, not_as_described},
    replay::rebuild_lab,
    unfinished::{begin_restore, end_restore, refuse_unfinished},
};

use crate::{
    Schema, StoreError, Table,
    engine::{Engine, Writer},
    table::Kind,
    tables,
};

/// What follows the name of a table that is made anew within one transaction.
const NEW: &str = "__new";
/// Events that are replayed at most while every laboratory waits.
const REPLAYED_AT_ONCE: i64 = 20_000;
/// Events that are replayed at most while every laboratory waits, after the others have been replayed beside.
const REST: i64 = 1_000;
/// How often a laboratory may journal more than [`REST`] events while the rest is looked for.
const ROUNDS: u32 = 20;

/// What is to be done to a database.
struct Plan {
    /// The laboratories, and the kinds of events in the journal of each.
    labs: Vec<(i64, Present)>,
    steps: Vec<(&'static Table, Step)>,
}

impl Plan {
    fn rebuilt(&self) -> Vec<&'static Table> {
        self.steps.iter().filter(|(_, step)| *step == Step::Rebuild).map(|(table, _)| *table).collect()
    }
}

struct Migration<'a> {
    engine: &'a dyn Engine,
    writer: &'a mut dyn Writer,
    schema: &'a Schema,
    lab: i64,
    notes: Notes,
}

/// Brings the database to the shape that `schema` describes.
pub(crate) fn migrate(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    lab: i64,
    schema: &Schema,
) -> Result<(), StoreError> {
    Migration { engine, writer, schema, lab, notes: Notes::of(engine, lab) }.taken_back_if_it_fails(|m| {
        m.make_store_tables()?;
        m.refuse_unfinished()?;
        m.run()
    })
}

/// As [`migrate`], for whoever restores into a database that is marked.
pub(crate) fn migrate_unfinished(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    lab: i64,
    schema: &Schema,
) -> Result<(), StoreError> {
    Migration { engine, writer, schema, lab, notes: Notes::of(engine, lab) }.taken_back_if_it_fails(|m| {
        m.make_store_tables()?;
        m.run()
    })
}

/// Builds beside the tables in use what [`migrate`] would have to replay, and leaves the database to the older program.
pub(crate) fn prepare(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    lab: i64,
    schema: &Schema,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<(), StoreError> {
    let mut migration = Migration { engine, writer, schema, lab, notes: Notes::of(engine, lab) };
    migration.taken_back_if_it_fails(|m| {
        m.make_store_tables()?;
        m.refuse_unfinished()?;
        m.build_beside(progress)
    })
}

impl Migration<'_> {
    fn taken_back_if_it_fails(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let result = work(self);
        if result.is_err() {
            self.writer.rollback();
        }
        result
    }

    fn run(&mut self) -> Result<(), StoreError> {
        self.writer.begin()?;
        let current = self.notes.behind(self.engine, self.writer, self.schema)?.is_none();
        self.writer.rollback();
        if current {
            return Ok(());
        }
        for round in 0..=ROUNDS {
            // Looked at again under every laboratory's lock: meanwhile another process may have migrated.
            let labs = self.writer.begin_all()?;
            let Some(plan) = self.plan(labs)? else {
                self.writer.rollback();
                return Ok(());
            };
            let done = (round == ROUNDS || self.is_short(&plan)?) && self.carry_out(&plan)?;
            if done {
                let head = replay::head(self.writer, self.lab)?;
                return self.writer.commit(&head);
            }
            self.writer.rollback();
            tracing::info!("tables are rebuilt beside those in use");
            self.build_beside(&mut |reached, of| tracing::debug!(reached, of, "replayed"))?;
        }
        Err(StoreError::Busy("more was journalled than could be replayed while others wait".to_owned()))
    }

    fn make_store_tables(&mut self) -> Result<(), StoreError> {
        let (engine, lab) = (self.engine, self.lab);
        for table in tables::STORE.iter().filter(|t| t.kind == Kind::Store) {
            if engine.table_exists(lab, table.name)? {
                continue;
            }
            let create =
                table.create(engine.dialect(), table.name).replacen("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1);
            match self.writer.execute(&create) {
                // Two nodes made it at the same moment; one of them is told so.
                Err(StoreError::Conflict(_)) if engine.table_exists(lab, table.name)? => {}
                made => made?,
            }
        }
        Ok(())
    }

    /// What is to be done, under every laboratory's lock; nothing when the database is up to date.
    fn plan(&mut self, labs: Vec<i64>) -> Result<Option<Plan>, StoreError> {
        let Some(changed) = self.notes.behind(self.engine, self.writer, self.schema)? else { return Ok(None) };
        let mut present = Vec::new();
        for lab in labs {
            present.push((lab, self.notes.kinds(self.writer, self.schema, lab)?));
        }
        let mut steps = Vec::new();
        for table in changed {
            let written = present.iter().any(|(_, kinds)| replay::start(self.schema, kinds, &[table]).is_some());
            let before = self.notes.table(self.writer, table)?;
            steps.push((table, steps::step(table, self.engine.dialect(), before.as_deref(), written)));
        }
        Ok(Some(Plan { labs: present, steps }))
    }

    /// Whether every laboratory can wait for what is to be replayed.
    fn is_short(&mut self, plan: &Plan) -> Result<bool, StoreError> {
        let tables = plan.rebuilt();
        let built = self.is_built_beside(&tables)?;
        let mut events = 0;
        for (lab, present) in &plan.labs {
            let from = if built {
                Some(beside::reached(self.writer, *lab)?.at)
            } else {
                replay::start(self.schema, present, &tables)
            };
            if let Some(from) = from {
                events += replay::head(self.writer, *lab)?.number - from;
            }
        }
        Ok(events <= if built { REST } else { REPLAYED_AT_ONCE })
    }

    /// Does what is to be done, inside the open transaction. False if what was built beside is of no use.
    fn carry_out(&mut self, plan: &Plan) -> Result<bool, StoreError> {
        let tables = plan.rebuilt();
        let built = self.is_built_beside(&tables)?;
        if built && !self.replay_rest(plan, &tables)? {
            return Ok(false);
        }
        if !built {
            self.replay_at_once(plan, &tables)?;
        }
        self.change_tables(plan, if built { beside::NEXT } else { NEW })?;
        abandon(self.engine, self.writer, self.lab)?;
        for (lab, _) in &plan.labs {
            beside::forget(self.writer, *lab)?;
        }
        let changed: Vec<_> = plan.steps.iter().map(|(table, _)| *table).collect();
        self.notes.bring_up(self.engine, self.writer, self.schema, &changed)?;
        Ok(true)
    }

    /// Replays what is to be rebuilt from the beginning.
    fn replay_at_once(&mut self, plan: &Plan, tables: &[&'static Table]) -> Result<(), StoreError> {
        for table in tables {
            steps::make_beside(self.engine, self.writer, table, NEW)?;
        }
        for (lab, present) in &plan.labs {
            if let Some(start) = replay::start(self.schema, present, tables) {
                Replay::new(self.schema, *lab, tables, NEW).run(self.writer, start, &mut |_, _| {})?;
            }
        }
        Ok(())
    }

    /// Changes the tables that stand, and puts those that were rebuilt in their places.
    fn change_tables(&mut self, plan: &Plan, rebuilt: &str) -> Result<(), StoreError> {
        let (engine, writer) = (self.engine, &mut *self.writer);
        let mut standing = Vec::new();
        for (table, step) in &plan.steps {
            match self.notes.table(writer, table)? {
                None if *step == Step::Create => steps::create(engine, writer, table)?,
                _ => standing.push((table, step)),
            }
        }
        if standing.is_empty() {
            return Ok(());
        }
        steps::shut_out_readers(engine, writer)?;
        for (table, step) in standing {
            match step {
                Step::InPlace(statements) => statements.iter().try_for_each(|s| writer.execute(s))?,
                Step::Create => {
                    steps::make_beside(engine, writer, table, NEW)?;
                    steps::swap(engine, writer, table, NEW)?;
                }
                Step::Reshape => steps::reshape(engine, writer, &self.notes, table)?,
                Step::Rebuild => steps::swap(engine, writer, table, rebuilt)?,
            }
        }
        Ok(())
    }
}
