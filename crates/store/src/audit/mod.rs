//! Proving that the journal and the tables are whole; rebuilding what the journal adds up to; erasing what the law asks to be erased.

mod compare;
mod faults;
mod verifier;

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde::Serialize;

pub use faults::{FAULTS_MAX, Fault, RowName};

use crate::{
    Actor, Checkpoint, Location, Schema, Sha256, Store, StoreError, Tx, chain,
    engine::{Engine, Reader, Writer},
    migrate, reading,
    records::{EVENTS, Erased},
    table::Dialect,
};
use compare::compare;
use faults::Faults;
use verifier::Verifier;

/// Files read at a time; each may have 20 MB.
pub(crate) const BLOB_BATCH: i64 = 2;
/// How far a restored journal jumps, past any number that can have been issued after the backup was made.
pub const RESTORE_JUMP: i64 = 1 << 24;

/// What is to be verified.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What was signed before, and kept elsewhere.
    pub checkpoints: Vec<Checkpoint>,
    /// Only the chain and the files: not the bytes of the database, nor its tables.
    pub quick: bool,
    /// The folder in which the tables are projected anew: the system's for temporary files if not named.
    pub scratch: Option<PathBuf>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The laboratory.
    pub lab: i64,
    /// Events read.
    pub events: u64,
    /// Files read.
    pub blobs: u64,
    /// Rows compared with what the journal gives; none if only the chain and the files were looked at.
    pub rows: Option<u64>,
    /// The number of the last event.
    pub last: i64,
    /// The hash of the last event.
    pub hash: Sha256,
    /// What is wrong; empty when all is well.
    pub faults: Vec<Fault>,
    /// How much more is wrong, if there was no room to list everything.
    pub more: u64,
}

/// What a rebuild changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// The laboratory.
    pub lab: i64,
    /// Rows that stood before.
    pub rows: u64,
    /// Where they differed from what the journal gives.
    pub differed: Vec<Fault>,
    /// Where else, if there was no room to list everything.
    pub more: u64,
}

/// Verifies laboratory `lab` at `location` without opening it: nothing is changed there, so that a copy that nobody may write to can
/// be verified. Its journal and files are compared with the chain, with the stored head, and with the checkpoints; the database with
/// itself; and every projected table with what the journal gives. `progress` hears how many events of how many were read.
///
/// A checkpoint's signature is checked against the key that it names: that the key is the laboratory's own is for whoever
/// kept the checkpoint to know.
///
/// # Errors
/// What the database says; faults are no error but the answer.
pub fn verify(
    location: &Location,
    lab: i64,
    schema: &Schema,
    asked: &Asked,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<Verification, StoreError> {
    verify_on(&*crate::store::engine(location)?, lab, schema, asked, progress)
}

fn verify_on(
    engine: &dyn Engine,
    lab: i64,
    schema: &Schema,
    asked: &Asked,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<Verification, StoreError> {
    let folder = scratch_folder(asked.scratch.as_deref())?;
    let mut reader = engine.auditor(lab, folder.path())?;
    migrate::refuse_unfinished(engine, &mut *reader, lab)?;
    Verifier::new(engine.dialect(), lab, schema, &asked.checkpoints).run(
        &mut *reader,
        (!asked.quick).then_some(folder.path()),
        progress,
    )
}

/// Compares what one snapshot holds with the chain and the files that its events name, as a backup and a restore do.
pub(crate) fn verify_snapshot(
    engine: &dyn Engine,
    lab: i64,
    schema: &Schema,
    reader: &mut dyn Reader,
) -> Result<Verification, StoreError> {
    Verifier::new(engine.dialect(), lab, schema, &[]).run_within(reader, None, &mut |_, _| {})
}

/// What messages call the laboratory with this number. 0 holds the accounts.
pub(crate) fn called(lab: i64) -> String {
    if lab == 0 { "the accounts".to_owned() } else { format!("laboratory {lab}") }
}

/// Refuses a journal of which an event was altered, is missing, or was erased without a record: whatever is projected from it would be
/// believed. Files that are gone change no row, so they are not looked for.
fn refuse_damaged(
    engine: &dyn Engine,
    lab: i64,
    schema: &Schema,
    progress: &mut dyn FnMut(i64, i64),
) -> Result<(), StoreError> {
    let mut reader = engine.reader(lab)?;
    reader.begin()?;
    let verifier = Verifier::new(engine.dialect(), lab, schema, &[]).of_journal_alone();
    let found = verifier.run_within(&mut *reader, None, progress);
    reader.end();
    let Verification { faults, more, .. } = found?;
    let Some(first) = faults.first() else { return Ok(()) };
    let others = match faults.len() as u64 + more {
        1 => String::new(),
        all => format!(", and {} more", all - 1),
    };
    Err(StoreError::Corrupt(format!(
        "the journal of {} is not whole ({first}{others}), and nothing was rebuilt from it",
        called(lab)
    )))
}

fn scratch_folder(within: Option<&Path>) -> Result<tempfile::TempDir, StoreError> {
    let within = within.map_or_else(std::env::temp_dir, Path::to_owned);
    tempfile::Builder::new().prefix("titer-scratch-").tempdir_in(&within).map_err(|e| {
        StoreError::File(format!("no temporary folder can be made in {} ({e}); name another one", within.display()))
    })
}

impl Store {
    /// As [`verify`], with everything but a folder of one's own.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn verify(
        &self,
        checkpoints: &[Checkpoint],
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Verification, StoreError> {
        let asked = Asked { checkpoints: checkpoints.to_vec(), ..Asked::default() };
        verify_on(&*self.0.engine, self.0.lab, &self.0.schema, &asked, progress)
    }

    /// Signs the end of the journal.
    ///
    /// # Errors
    /// What the database says.
    pub fn checkpoint(&self, key: &SigningKey) -> Result<Checkpoint, StoreError> {
        let head = self.read(|s| reading::head(s)).wait()?;
        Ok(Checkpoint::sign(self.lab(), &head, key))
    }

    /// Refuses a journal that is not whole, as [`Store::rebuild`] does.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] names the first damage; otherwise what the database says.
    pub fn refuse_damaged_journal(&self) -> Result<(), StoreError> {
        refuse_damaged(&*self.0.engine, self.0.lab, &self.0.schema, &mut |_, _| {})
    }

    /// Rebuilds every projected table of the laboratory from its journal, and says which rows stood otherwise before. What is to be
    /// written waits meanwhile. The journal is checked before.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the journal is not whole; otherwise what the database says. Nothing has changed then.
    pub fn rebuild(&self, progress: &mut dyn FnMut(i64, i64)) -> Result<Rebuilt, StoreError> {
        let shared = &self.0;
        let mut writer = shared.engine.writer(shared.lab)?;
        let rebuilt = self.rebuild_within(&mut *writer, progress);
        if rebuilt.is_err() {
            writer.rollback();
        }
        rebuilt
    }

    fn rebuild_within(
        &self,
        writer: &mut dyn Writer,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Rebuilt, StoreError> {
        let shared = &self.0;
        let head = writer.begin_knowing(shared.schema.version)?;
        // Under the lock: nothing is journalled between the check and the replay.
        refuse_damaged(&*shared.engine, shared.lab, &shared.schema, progress)?;
        migrate::rebuild_lab(&*shared.engine, writer, shared.lab, &shared.schema, progress)?;
        let rebuilt = self.rebuilt(writer)?;
        migrate::list_kinds(writer, shared.lab)?;
        writer.commit(&head)?;
        Ok(rebuilt)
    }

    /// Compares the tables that the open transaction has rebuilt with those that everybody else still sees.
    fn rebuilt(&self, writer: &mut dyn Writer) -> Result<Rebuilt, StoreError> {
        let mut faults = Faults::default();
        let mut reader = self.0.engine.reader(self.0.lab)?;
        reader.begin()?;
        let rows = compare(
            &self.0.schema.projected(),
            &mut |table, after, limit| reader.page(table, after, limit),
            &mut |table, after, limit| writer.page(table, after, limit),
            &mut faults,
        );
        reader.end();
        Ok(Rebuilt { lab: self.0.lab, rows: rows?, differed: faults.listed, more: faults.more })
    }

    /// Removes body, salt and reason of these events with the bytes that belong to them, and these files, journals that it was done, and rebuilds the tables without
    /// them, all in one commit. The chain still verifies. SQLite overwrites what it removes; PostgreSQL gives the space
    /// free when it is next vacuumed. Backups made before are for whoever keeps them.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when a number is not in the journal, or is the journal's own record of an erasure or a restore;
    /// otherwise what the database says. Nothing has changed then.
    pub fn erase(&self, actor: Actor, why: &str, numbers: Vec<i64>, blobs: Vec<Sha256>) -> Result<(), StoreError> {
        let shared = &self.0;
        let mut writer = shared.engine.writer(shared.lab)?;
        let seed = self.submit(|tx| {
            let mut seed = [0; 32];
            tx.random(&mut seed);
            Ok::<_, StoreError>(seed)
        });
        let rng = ChaCha20Rng::from_seed(seed.wait()?);
        if let Err(e) = self.erase_within(&mut *writer, rng, (actor, why), Erased { numbers, blobs }) {
            writer.rollback();
            return Err(e);
        }
        // What was removed still stands in the write-ahead log; where a reader holds that, it goes when the log is begun anew.
        if shared.engine.dialect() == Dialect::Sqlite
            && let Err(e) = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!("the write-ahead log could not be emptied: {e}");
        }
        Ok(())
    }

    fn erase_within(
        &self,
        writer: &mut dyn Writer,
        mut rng: ChaCha20Rng,
        (actor, why): (Actor, &str),
        erased: Erased,
    ) -> Result<(), StoreError> {
        let shared = &self.0;
        let head = writer.begin_knowing(shared.schema.version)?;
        let mut tx = Tx {
            writer,
            schema: &shared.schema,
            rng: &mut rng,
            lab: shared.lab,
            head,
            at: shared.clock.now().max(head.at),
            changes: 0,
            reads: 0,
            broken: None,
        };
        for &number in &erased.numbers {
            let row = crate::Read::one(&mut tx, &ONE, &[number.into()])?
                .ok_or_else(|| StoreError::Statement(format!("there is no event {number}")))?;
            let kind: String = row.get(3)?;
            if EVENTS.iter().any(|e| e.kind == kind) {
                return Err(StoreError::Statement(format!(
                    "event {number} is the journal's own record and has to stay"
                )));
            }
            let (why, salt, body): (Option<String>, Option<Vec<u8>>, Option<Vec<u8>>) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            if let (Some(salt), Some(body)) = (salt, body) {
                tx.blank(number, chain::digest(&salt, why.as_deref(), &body))?;
            }
        }
        for &blob in &erased.blobs {
            tx.drop_blob(blob)?;
        }
        tx.journal(actor, Some(why), &erased)?;
        let head = tx.head;
        migrate::abandon(&*shared.engine, writer, shared.lab)?;
        migrate::rebuild_lab(&*shared.engine, writer, shared.lab, &shared.schema, &mut |_, _| {})?;
        writer.commit(&head)
    }
}

crate::sql! {
    ONE = "SELECT why, salt, body, kind FROM journal WHERE lab = $1 AND number = $2";
}
