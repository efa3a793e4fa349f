//! Proving that the journal is whole; rebuilding what it adds up to; erasing what the law asks to be erased.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde::Serialize;

use crate::{
    Actor, Checkpoint, Head, Schema, Sha256, Snapshot, Store, StoreError, Tx, Value,
    chain::{self, GENESIS},
    engine::{Reader, Stored, Writer, kind_key},
    event::Event,
    migrate, reading,
    records::{EVENTS, Erased, Restored},
    table::Dialect,
};

/// Events read at a time; each may have 1 MB.
const BATCH: i64 = 100;
/// Blobs read at a time; each may have 20 MB.
pub(crate) const BLOB_BATCH: i64 = 2;
/// Faults reported at most; one altered journal needs no longer list.
pub const FAULTS_MAX: usize = 100;
/// How far a restored journal jumps, past any number that can have been issued after the backup was made.
pub const RESTORE_JUMP: i64 = 1 << 24;

/// What was found in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The laboratory.
    pub lab: i64,
    /// Events read.
    pub events: u64,
    /// Files read.
    pub blobs: u64,
    /// The number of the last event.
    pub last: i64,
    /// The hash of the last event.
    pub hash: Sha256,
    /// What is wrong; empty when all is well.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The event, where it is one.
    pub number: Option<i64>,
    /// What is wrong with it.
    pub what: String,
}

impl Store {
    /// Reads the whole journal and every file, and compares them with the chain, with the stored head, and with `checkpoints`.
    /// `progress` hears how many events of how many were read.
    ///
    /// A checkpoint's signature is checked against the key that it names: that the key is the laboratory's own is for whoever
    /// kept the checkpoint to know.
    ///
    /// # Errors
    /// What the database says; faults are no error but the answer.
    pub fn verify(
        &self,
        checkpoints: &[Checkpoint],
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Verification, StoreError> {
        let lab = self.lab();
        let mut reader = self.0.engine.reader(lab)?;
        reader.begin()?;
        let result = Verifier::new(lab, &self.0.schema, checkpoints).run(&mut *reader, progress);
        reader.end();
        result
    }

    /// Signs the end of the journal.
    ///
    /// # Errors
    /// What the database says.
    pub fn checkpoint(&self, key: &SigningKey) -> Result<Checkpoint, StoreError> {
        let head = self.read(|s| reading::head(s)).wait()?;
        Ok(Checkpoint::sign(self.lab(), &head, key))
    }

    /// Rebuilds every projected table of the laboratory from its journal. What is to be written waits meanwhile.
    ///
    /// # Errors
    /// What the database says; nothing has changed then.
    pub fn rebuild(&self, progress: &mut dyn FnMut(i64, i64)) -> Result<(), StoreError> {
        let shared = &self.0;
        let mut writer = shared.engine.writer(shared.lab)?;
        let head = writer.begin_knowing(shared.schema.version)?;
        let rebuilt = migrate::rebuild_lab(&*shared.engine, &mut *writer, shared.lab, &shared.schema, progress)
            .and_then(|()| migrate::list_kinds(&mut *writer, shared.lab))
            .and_then(|()| writer.commit(&head));
        if rebuilt.is_err() {
            writer.rollback();
        }
        rebuilt
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

struct Verifier<'a> {
    lab: i64,
    schema: &'a Schema,
    /// By number; each is taken out when its event has been found.
    checkpoints: BTreeMap<i64, Vec<&'a Checkpoint>>,
    faults: Vec<Fault>,
    blank: BTreeSet<i64>,
    erased: BTreeSet<i64>,
    /// The kinds that were met, and the first event of each.
    kinds: BTreeMap<String, i64>,
    erased_blobs: BTreeSet<Sha256>,
    /// Events whose bytes are not there, with the digest that they name.
    missing: Vec<(i64, Sha256)>,
    attachments: u64,
}

/// What the event before should have as its hash, and what stands there. They differ only where something was altered, and one is
/// unknown where it cannot be read, so that a fault is named where it is and not at the neighbour's.
type Before = [Option<Sha256>; 2];

impl<'a> Verifier<'a> {
    fn new(lab: i64, schema: &'a Schema, checkpoints: &'a [Checkpoint]) -> Self {
        let mut by_number: BTreeMap<i64, Vec<&Checkpoint>> = BTreeMap::new();
        for checkpoint in checkpoints.iter().filter(|c| c.lab == lab) {
            by_number.entry(checkpoint.number).or_default().push(checkpoint);
        }
        Verifier {
            lab,
            schema,
            checkpoints: by_number,
            faults: Vec::new(),
            blank: BTreeSet::new(),
            erased: BTreeSet::new(),
            kinds: BTreeMap::new(),
            erased_blobs: BTreeSet::new(),
            missing: Vec::new(),
            attachments: 0,
        }
    }

    fn fault(&mut self, number: Option<i64>, what: impl Into<String>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(Fault { number, what: what.into() });
        }
    }

    fn run(mut self, reader: &mut dyn Reader, progress: &mut dyn FnMut(i64, i64)) -> Result<Verification, StoreError> {
        let head = reading::head(&mut Snapshot { reader, lab: self.lab })?;
        self.meet_checkpoints(0, Some(GENESIS));
        let (events, last) = self.events(reader, head, progress)?;
        let blobs = self.blobs(reader)? + self.attachments;
        for (number, sha256) in std::mem::take(&mut self.missing) {
            if !self.erased_blobs.contains(&sha256) {
                self.fault(Some(number), format!("the event's file {sha256} is gone"));
            }
        }
        for number in self.blank.symmetric_difference(&self.erased).copied().collect::<Vec<_>>() {
            self.fault(Some(number), "the event's body is gone, or present, against what the journal says was erased");
        }
        if head.number > last.number {
            let what = format!("events {} to {} are missing at the end", last.number + 1, head.number);
            self.fault(Some(last.number + 1), what);
        } else if head != last {
            let what = format!("the journal's stored end is not this event: it says event {}", head.number);
            self.fault(Some(last.number), what);
        }
        let unmet: Vec<i64> = self.checkpoints.keys().copied().collect();
        for number in unmet {
            let what = format!(
                "a checkpoint was signed for this event, but it is not in the journal, which ends at event {}: \
                 the journal was cut short, or restored from an older backup",
                last.number
            );
            self.fault(Some(number), what);
        }
        if self.faults.is_empty() {
            self.kinds(reader)?;
        }
        let (last, hash) = (last.number, last.hash);
        Ok(Verification { lab: self.lab, events, blobs, last, hash, faults: self.faults })
    }

    fn events(
        &mut self,
        reader: &mut dyn Reader,
        head: Head,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<(u64, Head), StoreError> {
        let mut count = 0;
        let mut last = Head::EMPTY;
        let mut before = [Some(GENESIS); 2];
        loop {
            let rows = reader.query(&reading::ENTRIES, &[self.lab.into(), last.number.into(), BATCH.into()])?;
            if rows.is_empty() {
                return Ok((count, last));
            }
            for row in &rows {
                count += 1;
                let number: i64 = row.get(0)?;
                let stored: Option<Sha256> = row.get(10).ok();
                self.meet_checkpoints(number, stored);
                let event = Stored::of(self.lab, row);
                let previous = event.as_ref().map_or(number - 1, previous);
                if previous > last.number {
                    let what = format!("events {} to {previous} are missing", last.number + 1);
                    self.fault(Some(last.number + 1), what);
                    self.fault(Some(number), "the event cannot be proved, because the one before it is missing");
                    before = [None; 2];
                }
                let should = match &event {
                    Ok(event) => {
                        self.attached(reader, event)?;
                        self.event(event, before)
                    }
                    Err(e) => {
                        self.fault(Some(number), format!("the event cannot be read: {e}"));
                        None
                    }
                };
                before = [should, stored];
                last = Head { number, at: row.get(1).unwrap_or(last.at), hash: stored.unwrap_or(GENESIS) };
            }
            progress(last.number, head.number);
        }
    }

    /// Compares the kinds that were met with their list, by which a migration knows what it need not replay.
    fn kinds(&mut self, reader: &mut dyn Reader) -> Result<(), StoreError> {
        let rows = reader.query(&reading::KINDS, &[self.lab.into(), "".into()])?;
        let listed: BTreeMap<String, i64> =
            rows.iter().map(|r| Ok((r.get(0)?, r.get(1)?))).collect::<Result<_, StoreError>>()?;
        for (kind, first) in std::mem::take(&mut self.kinds) {
            if listed.get(&kind).is_none_or(|l| *l > first) {
                let what = format!("the list of kinds of events lacks {kind}: `titer journal rebuild` lists them anew");
                self.fault(Some(first), what);
            }
        }
        Ok(())
    }

    /// Checks one event; answers the hash that it should have, where that is known.
    fn event(&mut self, event: &Stored, before: Before) -> Option<Sha256> {
        let header = &event.entry.header;
        self.kinds.entry(kind_key(&header.kind, header.version)).or_insert(header.number);
        let Some(content) = event.content() else {
            self.fault(Some(header.number), "the event is neither whole nor erased");
            return None;
        };
        let should = before.map(|b| b.map(|b| chain::link(b, header, content)));
        if before != [None; 2] && !should.contains(&Some(event.hash)) {
            self.fault(Some(header.number), "the event was altered: its hash does not follow from what is stored");
        } else if header.kind == Erased::KIND
            && let Some(Ok(erased)) = event.entry.body.as_deref().map(serde_json::from_slice::<Erased>)
        {
            self.erased.extend(erased.numbers);
            self.erased_blobs.extend(erased.blobs);
        }
        if event.entry.body.is_none() {
            self.blank.insert(header.number);
        }
        should[0]
    }

    /// Compares the bytes that belong to an event with the digest that it names. Those of an older program's event stand among the
    /// blobs, which are compared with their names by themselves.
    fn attached(&mut self, reader: &mut dyn Reader, event: &Stored) -> Result<(), StoreError> {
        let number = event.entry.header.number;
        // What cannot be read is a fault of the event, or of a newer program: either is named elsewhere.
        let named = self.schema.attached(&event.entry).unwrap_or_default();
        let rows = match named {
            None if event.entry.body.is_some() => return Ok(()),
            _ => reader.query(&reading::ATTACHED, &[self.lab.into(), number.into()])?,
        };
        match (named, rows.first()) {
            (None, None) => {}
            (None, Some(_)) => self.fault(Some(number), "the event was erased, and its file is there"),
            (Some(sha256), Some(row)) => {
                self.attachments += 1;
                if !row.get::<Vec<u8>>(0).is_ok_and(|bytes| Sha256::of(&bytes) == sha256) {
                    self.fault(Some(number), format!("the event's file {sha256} was altered"));
                }
            }
            (Some(sha256), None) => {
                if reader.query(&reading::BLOB, &[self.lab.into(), sha256.into()])?.is_empty() {
                    self.missing.push((number, sha256));
                }
            }
        }
        Ok(())
    }

    /// Compares what stands at `number` with the checkpoints that were signed for it.
    fn meet_checkpoints(&mut self, number: i64, stored: Option<Sha256>) {
        for checkpoint in self.checkpoints.remove(&number).unwrap_or_default() {
            if checkpoint.check_signature().is_err() {
                self.fault(Some(number), "the checkpoint's signature is not valid");
            }
            if Some(checkpoint.hash) != stored {
                self.fault(Some(number), "the event is not the one that the checkpoint was signed for");
            }
        }
    }

    fn blobs(&mut self, reader: &mut dyn Reader) -> Result<u64, StoreError> {
        let mut count = 0;
        let mut after = Value::Bytes(Vec::new());
        loop {
            let rows = reader.page(&crate::tables::BLOBS, &after, BLOB_BATCH)?;
            let Some(last) = rows.last() else { return Ok(count) };
            after = last.values()[1].clone();
            for row in &rows {
                count += 1;
                match (row.get::<Sha256>(1), row.get::<Vec<u8>>(2)) {
                    (Ok(name), Ok(bytes)) if Sha256::of(&bytes) == name => {}
                    (Ok(name), _) => self.fault(None, format!("the file {name} was altered")),
                    (Err(e), _) => self.fault(None, format!("a file's name was altered: {e}")),
                }
            }
        }
    }
}

/// The number of the event before. Only a restored laboratory's numbers jump, and then its event says from where.
fn previous(event: &Stored) -> i64 {
    let header = &event.entry.header;
    let restored = || serde_json::from_slice::<Restored>(event.entry.body.as_deref()?).ok();
    if header.kind == Restored::KIND { restored().map_or(0, |r| r.number) } else { header.number - 1 }
}
