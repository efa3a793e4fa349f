//! A database into which a backup is restored, where laboratories share one. It is marked before anything is restored, and as long as the
//! mark is there nobody opens a laboratory in it: whoever was cut off leaves the mark.

use super::{Migration, notes::Notes, notes::of_reader, replay};
use crate::{
    Head, Schema, StoreError, Timestamp,
    engine::{Engine, Reader, Writer},
    table::Kind,
    tables::NOTES,
};

/// The note that is the mark: when the restore began.
const RESTORING: &str = "restoring";
/// The laboratory whose notes are those of the database.
const HOUSE: i64 = 0;

/// A restore that is under way. Its connection holds a lock until the restore ends, or the program.
pub(crate) struct Restoring {
    _locked: Box<dyn Writer>,
}

/// Takes the lock of whoever restores into this database, or fails as a lock that somebody holds. The lock of a connection that has just
/// ended is free when the server has noticed: so long, two seconds, the lock is tried again.
const LOCK: &str = "DO $$ BEGIN FOR n IN 1..40 LOOP \
    IF pg_try_advisory_lock(7483, hashtext(current_schema()::text)) THEN RETURN; END IF; PERFORM pg_sleep(0.05); END LOOP; \
    RAISE EXCEPTION 'another restore' USING ERRCODE = 'lock_not_available'; END $$";

/// Marks an empty database, or empties a marked one. Refused while another restore is under way.
pub(crate) fn begin_restore(engine: &dyn Engine, schema: &Schema) -> Result<Restoring, StoreError> {
    let mut locked = engine.writer(HOUSE)?;
    locked.execute(LOCK).map_err(|e| if matches!(e, StoreError::Busy(_)) { StoreError::Restoring } else { e })?;
    let mut writer = engine.writer(HOUSE)?;
    let notes = Notes::of(engine, HOUSE);
    let mut migration = Migration { engine, writer: &mut *writer, schema, lab: HOUSE, notes };
    migration.taken_back_if_it_fails(|m| {
        m.make_store_tables()?;
        let labs = m.writer.begin_all()?;
        if m.notes.get(m.writer, RESTORING)?.is_some() {
            m.empty()?;
        }
        for lab in labs {
            if replay::head(m.writer, lab)?.number > 0 {
                return Err(StoreError::File(
                    "this database holds a laboratory already; name an empty folder or database".to_owned(),
                ));
            }
        }
        m.notes.set(m.writer, RESTORING, Timestamp::now().micros().to_string())?;
        m.writer.commit(&Head::EMPTY)
    })?;
    Ok(Restoring { _locked: locked })
}

/// Takes the mark away: all was restored.
pub(crate) fn end_restore(engine: &dyn Engine, _: Restoring) -> Result<(), StoreError> {
    let mut writer = engine.writer(HOUSE)?;
    let head = writer.begin()?;
    Notes::of(engine, HOUSE).remove(&mut *writer, RESTORING)?;
    writer.commit(&head)
}

/// Refuses a marked database.
pub(crate) fn refuse_unfinished(engine: &dyn Engine, reader: &mut dyn Reader, lab: i64) -> Result<(), StoreError> {
    reader.begin()?;
    let marked = of_reader(reader, engine.dialect(), lab, RESTORING);
    reader.end();
    // A database without notes has no mark; what is wrong with it, others say.
    if marked.is_ok_and(|mark| mark.is_some()) { Err(StoreError::Unrestored) } else { Ok(()) }
}

impl Migration<'_> {
    /// Refuses a marked database.
    pub(super) fn refuse_unfinished(&mut self) -> Result<(), StoreError> {
        self.writer.begin()?;
        let marked = self.notes.get(self.writer, RESTORING)?.is_some();
        self.writer.rollback();
        if marked { Err(StoreError::Unrestored) } else { Ok(()) }
    }

    /// Removes all that a restore has left in a database which was empty before, but for the mark.
    fn empty(&mut self) -> Result<(), StoreError> {
        for table in self.schema.tables() {
            let name = table.name;
            let all_of_it = match table.kind {
                Kind::Store if name == NOTES.name => format!("DELETE FROM \"{name}\" WHERE name <> '{RESTORING}'"),
                Kind::Store => format!("DELETE FROM \"{name}\""),
                Kind::Projected | Kind::Working => format!("DROP TABLE IF EXISTS \"{name}\""),
            };
            self.writer.execute(&all_of_it)?;
        }
        Ok(())
    }
}
