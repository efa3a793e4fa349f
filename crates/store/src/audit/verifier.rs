//! One walk along the journal: the chain, the files that its events name, and the tables that it gives.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::{
    BLOB_BATCH, Verification,
    compare::{Rows, compare, key},
    faults::Faults,
};
use crate::{
    Checkpoint, Head, Schema, Sha256, Snapshot, StoreError, Table, Value,
    chain::{self, GENESIS},
    engine::{Reader, Stored, kind_key},
    event::{Event, NUMBER_MAX},
    migrate, reading,
    records::{Erased, Restored},
    sqlite::Scratch,
    table::Dialect,
    tables::{BLOBS, EVENT_FILES},
};

/// Events read at a time; each may have 1 MB.
const BATCH: i64 = 100;

pub(super) struct Verifier<'a> {
    dialect: Dialect,
    lab: i64,
    schema: &'a Schema,
    /// By number; each is taken out when its event has been found.
    checkpoints: BTreeMap<i64, Vec<&'a Checkpoint>>,
    /// Whether only the journal is looked at: neither the files that its events name, nor the list of the kinds of events.
    journal_alone: bool,
    faults: Faults,
    blank: BTreeSet<i64>,
    erased: BTreeSet<i64>,
    /// The kinds that were met, and the first event of each.
    kinds: BTreeMap<String, i64>,
    erased_blobs: BTreeSet<Sha256>,
    /// Files that stand among the blobs, or should, and the events that name them.
    named: BTreeMap<Sha256, Vec<i64>>,
    /// The files that stand by the number of their event, less those that were met.
    files: Rows,
    /// Files that were read.
    read: u64,
    /// The tables as the journal gives them.
    scratch: Option<Scratch>,
}

/// What the event before should have as its hash, and what stands there. They differ only where something was altered, and one is
/// unknown where it cannot be read, so that a fault is named where it is and not at the neighbour's.
type Before = [Option<Sha256>; 2];

impl<'a> Verifier<'a> {
    pub(super) fn new(dialect: Dialect, lab: i64, schema: &'a Schema, checkpoints: &'a [Checkpoint]) -> Self {
        let mut by_number: BTreeMap<i64, Vec<&Checkpoint>> = BTreeMap::new();
        for checkpoint in checkpoints.iter().filter(|c| c.lab == lab) {
            by_number.entry(checkpoint.number).or_default().push(checkpoint);
        }
        Verifier {
            dialect,
            lab,
            schema,
            checkpoints: by_number,
            journal_alone: false,
            faults: Faults::default(),
            blank: BTreeSet::new(),
            erased: BTreeSet::new(),
            kinds: BTreeMap::new(),
            erased_blobs: BTreeSet::new(),
            named: BTreeMap::new(),
            files: Rows::of(&EVENT_FILES, BLOB_BATCH),
            read: 0,
            scratch: None,
        }
    }

    /// A verifier of the journal without its files.
    pub(super) fn of_journal_alone(self) -> Self {
        Verifier { journal_alone: true, ..self }
    }

    /// Verifies all; only the chain and the files if there is no `scratch` folder to project the tables in.
    pub(super) fn run(
        mut self,
        reader: &mut dyn Reader,
        scratch: Option<&Path>,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Verification, StoreError> {
        if scratch.is_some() {
            let found = reader.integrity(self.schema.tables());
            for what in self.faults.or_fault(found)?.unwrap_or_default() {
                self.faults.general(what);
            }
        }
        reader.begin()?;
        let result = self.run_within(reader, scratch, progress);
        reader.end();
        result
    }

    /// As [`Verifier::run`], in a snapshot that is open, and without a look at the database below its tables.
    pub(super) fn run_within(
        mut self,
        reader: &mut dyn Reader,
        scratch: Option<&Path>,
        progress: &mut dyn FnMut(i64, i64),
    ) -> Result<Verification, StoreError> {
        let mut tables = Vec::new();
        if let Some(folder) = scratch {
            let described = self.described(reader);
            tables = self.faults.or_fault(described)?.unwrap_or_default();
            self.scratch = Some(Scratch::new(self.lab, &tables, folder)?);
        }
        let walked = self.walk(reader, progress);
        let walked = self.faults.or_fault(walked)?;
        let mut rows = None;
        if let (Some(_), Some(mut scratch)) = (&walked, self.scratch.take()) {
            let standing = &mut |table, after: &Value, limit| reader.page(table, after, limit);
            let given = &mut |table, after: &Value, limit| scratch.page(table, after, limit);
            rows = Some(compare(&tables, standing, given, &mut self.faults)?);
        }
        let (events, last) = walked.unwrap_or((0, Head::EMPTY));
        let Faults { listed: faults, more } = self.faults;
        Ok(Verification {
            lab: self.lab,
            events,
            blobs: self.read,
            rows,
            last: last.number,
            hash: last.hash,
            faults,
            more,
        })
    }

    /// The projected tables that stand as this program describes them. Another one cannot be compared.
    fn described(&mut self, reader: &mut dyn Reader) -> Result<Vec<&'static Table>, StoreError> {
        let other = migrate::not_as_described(reader, self.dialect, self.lab, self.schema)?;
        for name in &other {
            self.faults.general(format!(
                "the note {name} is not what this program writes: the note was altered, or another version of Titer wrote it"
            ));
        }
        let described = |t: &&Table| !other.contains(&format!("table:{}", t.name));
        Ok(self.schema.projected().into_iter().filter(described).collect())
    }

    fn walk(&mut self, reader: &mut dyn Reader, progress: &mut dyn FnMut(i64, i64)) -> Result<(u64, Head), StoreError> {
        let head = reading::head(&mut Snapshot { reader, lab: self.lab })?;
        self.meet_checkpoints(0, Some(GENESIS));
        let (events, last) = self.events(reader, head, progress)?;
        if !self.journal_alone {
            self.files_before(reader, i64::MAX)?;
            self.blobs(reader)?;
            self.missing_files();
        }
        for number in self.blank.symmetric_difference(&self.erased) {
            self.faults
                .event(*number, "the event's body is gone, or present, against what the journal says was erased");
        }
        if head.number > last.number {
            let what = format!("events {} to {} are missing at the end", last.number + 1, head.number);
            self.faults.event(last.number + 1, what);
        } else if head != last {
            let what = format!("the journal's stored end is not this event: it says event {}", head.number);
            self.faults.event(last.number, what);
        }
        for number in self.checkpoints.keys() {
            let what = format!(
                "a checkpoint was signed for this event, but it is not in the journal, which ends at event {}: \
                 the journal was cut short, or restored from an older backup",
                last.number
            );
            self.faults.event(*number, what);
        }
        if self.faults.none() && !self.journal_alone {
            self.kinds(reader)?;
        }
        Ok((events, last))
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
                if number <= last.number {
                    let what = format!("event {number} stands behind event {}", last.number);
                    return Err(StoreError::Corrupt(what));
                }
                let stored: Option<Sha256> = row.get(10).ok();
                self.meet_checkpoints(number, stored);
                let event = Stored::of(self.lab, row);
                let previous = event.as_ref().map_or(number - 1, previous);
                if previous > last.number {
                    let what = format!("events {} to {previous} are missing", last.number + 1);
                    self.faults.event(last.number + 1, what);
                    self.faults.event(number, "the event cannot be proved, because the one before it is missing");
                    before = [None; 2];
                }
                let should = match &event {
                    Ok(event) => {
                        if !self.journal_alone {
                            self.attached(reader, event)?;
                        }
                        self.project(event)?;
                        self.event(event, before)
                    }
                    Err(e) => {
                        self.faults.event(number, format!("the event cannot be read: {e}"));
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
        for kind in listed.keys().filter(|kind| !self.kinds.contains_key(*kind)) {
            self.faults.general(format!(
                "the list of kinds of events has {kind}, which the journal has not: `titer journal rebuild` lists them anew"
            ));
        }
        for (kind, first) in &self.kinds {
            if listed.get(kind) != Some(first) {
                let what = format!("the list of kinds of events lacks {kind}: `titer journal rebuild` lists them anew");
                self.faults.event(*first, what);
            }
        }
        Ok(())
    }

    /// Checks one event; answers the hash that it should have, where that is known.
    fn event(&mut self, event: &Stored, before: Before) -> Option<Sha256> {
        let header = &event.entry.header;
        self.kinds.entry(kind_key(&header.kind, header.version)).or_insert(header.number);
        let Some(content) = event.content() else {
            self.faults.event(header.number, "the event is neither whole nor erased");
            return None;
        };
        let should = before.map(|b| b.map(|b| chain::link(b, header, content)));
        if before != [None; 2] && !should.contains(&Some(event.hash)) {
            self.faults.event(header.number, "the event was altered: its hash does not follow from what is stored");
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

    /// Puts the rows that an event means into the scratch tables.
    fn project(&mut self, event: &Stored) -> Result<(), StoreError> {
        let Some(scratch) = &mut self.scratch else { return Ok(()) };
        if !(1..=NUMBER_MAX).contains(&event.entry.header.number) {
            // No id can be made of it, and the chain names it already.
            return Ok(());
        }
        match self.schema.project(&event.entry) {
            Ok(changes) => scratch.apply(&changes.0),
            Err(e) => {
                self.faults.event(event.entry.header.number, format!("the event gives no rows: {e}"));
                Ok(())
            }
        }
    }

    /// Compares the bytes that belong to an event with the digest that it names. Those of an older program's event, and what is kept
    /// by its digest alone, stand among the blobs.
    fn attached(&mut self, reader: &mut dyn Reader, event: &Stored) -> Result<(), StoreError> {
        let number = event.entry.header.number;
        self.files_before(reader, number)?;
        let page = &mut |table, after: &Value, limit| reader.page(table, after, limit);
        let its_own = self.files.first(page)?.is_some_and(|row| *key(row) == Value::Int(number));
        let file = if its_own { self.files.take() } else { None };
        self.read += u64::from(file.is_some());
        // What cannot be read is a fault of the event, or of a newer program: either is named elsewhere.
        let Ok(named) = self.schema.attached(&event.entry) else { return Ok(()) };
        match (named, file) {
            (None, None) => {}
            (None, Some(_)) if event.entry.body.is_none() => {
                self.faults.event(number, "the event was erased, and its file is there");
            }
            (None, Some(_)) => self.faults.event(number, "the event names no file, and a file is there"),
            (Some(sha256), None) => self.named.entry(sha256).or_default().push(number),
            (Some(sha256), Some(row)) => {
                if !row.get::<Vec<u8>>(2).is_ok_and(|bytes| Sha256::of(&bytes) == sha256) {
                    self.faults.event(number, format!("the event's file {sha256} was altered"));
                }
            }
        }
        Ok(())
    }

    /// Passes over the files of events before `number`: their events are not in the journal.
    fn files_before(&mut self, reader: &mut dyn Reader, number: i64) -> Result<(), StoreError> {
        let page = &mut |table, after: &Value, limit| reader.page(table, after, limit);
        loop {
            match self.files.first(page)?.map(|row| row.get::<i64>(1)).transpose()? {
                Some(of) if of < number => self.faults.event(of, "a file is there, and its event is not"),
                _ => return Ok(()),
            }
            self.files.take();
        }
    }

    /// Compares what stands at `number` with the checkpoints that were signed for it.
    fn meet_checkpoints(&mut self, number: i64, stored: Option<Sha256>) {
        for checkpoint in self.checkpoints.remove(&number).unwrap_or_default() {
            if checkpoint.check_signature().is_err() {
                self.faults.event(number, "the checkpoint's signature is not valid");
            }
            if Some(checkpoint.hash) != stored {
                self.faults.event(number, "the event is not the one that the checkpoint was signed for");
            }
        }
    }

    fn blobs(&mut self, reader: &mut dyn Reader) -> Result<(), StoreError> {
        let page = &mut |table, after: &Value, limit| reader.page(table, after, limit);
        let mut blobs = Rows::of(&BLOBS, BLOB_BATCH);
        while blobs.first(page)?.is_some() {
            let Some(row) = blobs.take() else { return Ok(()) };
            self.read += 1;
            match row.get::<Sha256>(1) {
                Err(e) => self.faults.general(format!("a file's name was altered: {e}")),
                Ok(name) => {
                    self.named.remove(&name);
                    if !row.get::<Vec<u8>>(2).is_ok_and(|bytes| Sha256::of(&bytes) == name) {
                        self.faults.general(format!("the file {name} was altered"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Names the events whose files are not there, although nobody has erased them.
    fn missing_files(&mut self) {
        let named = std::mem::take(&mut self.named);
        let gone = named.into_iter().filter(|(sha256, _)| !self.erased_blobs.contains(sha256));
        let gone: BTreeMap<i64, Sha256> =
            gone.flat_map(|(sha256, numbers)| numbers.into_iter().map(move |n| (n, sha256))).collect();
        for (number, sha256) in gone {
            self.faults.event(number, format!("the event's file {sha256} is gone"));
        }
    }
}

/// The number of the event before. Only a restored laboratory's numbers jump, and then its event says from where.
fn previous(event: &Stored) -> i64 {
    let header = &event.entry.header;
    let restored = || serde_json::from_slice::<Restored>(event.entry.body.as_deref()?).ok();
    if header.kind == Restored::KIND { restored().map_or(0, |r| r.number) } else { header.number - 1 }
}
