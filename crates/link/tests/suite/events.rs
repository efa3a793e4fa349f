//! Every version of every event that was ever written stays readable and means the same rows: stored samples, with the rows that
//! each must project. A sample never changes. An event that changes gets the next version, and a sample of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::{common::contents, tables};
use serde::Deserialize;
use serde_json::Value as Json;
use titer_lab::LABORATORY;
use titer_store::{Actor, AnyEvent, Changes, Clock, Header, Location, Options, Schema, Store, StoreError, Timestamp};

/// The first event of a sample happens a second after this.
const BEGAN: i64 = 1_790_000_000_000_000;

/// By table, the rows that an event put or changed, and the keys of those that it dropped.
type Rows = BTreeMap<String, Vec<Json>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    /// Samples that are journalled before, from number 1 on: what this one changes must be there.
    after: Vec<String>,
    /// As the journal stores it: a kind and a number.
    actor: (i64, i64),
    why: Option<String>,
    body: Json,
    rows: Rows,
    gone: Rows,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

fn sample(name: &str) -> Sample {
    let text = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A stored event on its way into a journal, read by the program as it reads its own.
struct Stored {
    kind: &'static str,
    version: u16,
    body: Vec<u8>,
    schema: Arc<Schema>,
}

impl AnyEvent for Stored {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn version(&self) -> u16 {
        self.version
    }

    fn body(&self) -> Result<Vec<u8>, StoreError> {
        Ok(self.body.clone())
    }

    fn project(&self, header: &Header, changes: &mut Changes) {
        let event = self.schema.event(self.kind, self.version).unwrap();
        (event.project)(header, &self.body, changes).unwrap();
    }
}

struct Laboratory {
    store: Store,
    schema: Arc<Schema>,
    seconds: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Laboratory {
    /// Its tables take longer to make than all else here, so they are made once and copied.
    fn new() -> Self {
        static EMPTY: LazyLock<Vec<(OsString, Vec<u8>)>> = LazyLock::new(|| {
            let Laboratory { store, _folder: folder, .. } = Laboratory::on(&[]);
            drop(store);
            contents(folder.path())
        });
        Self::on(&EMPTY)
    }

    fn on(files: &[(OsString, Vec<u8>)]) -> Self {
        let (folder, schema, seconds) =
            (tempfile::tempdir().unwrap(), titer_link::schema(), Arc::new(AtomicI64::new(0)));
        let clock = seconds.clone();
        let clock = Clock::of(move || Timestamp::from_micros(BEGAN).plus_seconds(clock.load(Ordering::Relaxed)));
        let location = Location::Folder(folder.path().to_owned());
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let store = Store::open(&location, LABORATORY, schema.clone(), Options { clock, seed: Some(7) }).unwrap();
        Laboratory { store, schema, seconds, _folder: folder }
    }

    /// Journals a sample a second after the one before.
    fn journal(&self, name: &str) {
        let sample = sample(name);
        let kind = self.schema.events().find(|e| named(e.kind, e.version) == name).unwrap();
        let body = serde_json::to_vec(&sample.body).unwrap();
        let event = Stored { kind: kind.kind, version: kind.version, body, schema: self.schema.clone() };
        let actor = Actor::from_code(sample.actor.0, sample.actor.1).unwrap();
        self.seconds.fetch_add(1, Ordering::Relaxed);
        let journalled = self.store.submit(move |tx| tx.journal(actor, sample.why.as_deref(), &event).map(|_| ()));
        journalled.wait().unwrap_or_else(|e: StoreError| panic!("{name}: {e}"));
    }
}

fn named(kind: &str, version: u16) -> String {
    format!("{kind}.v{version}")
}

/// What one sample puts, changes and drops.
fn projected(name: &str) -> (Rows, Rows) {
    let lab = Laboratory::new();
    sample(name).after.iter().for_each(|before| lab.journal(before));
    let before = tables::projected(&lab.store);
    lab.journal(name);
    let after = tables::projected(&lab.store);
    let (mut rows, mut gone) = (Rows::new(), Rows::new());
    for ((table, key), row) in &after {
        if before.get(&(table.clone(), key.clone())) != Some(row) {
            rows.entry(table.clone()).or_default().push(row.clone());
        }
    }
    for (table, key) in before.keys().filter(|key| !after.contains_key(key)) {
        gone.entry(table.clone()).or_default().push(serde_json::from_str(key).unwrap());
    }
    // Samples of the store's own records speak of a longer journal than this one, which is refused as not whole.
    if !name.starts_with("journal.") {
        lab.store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(tables::projected(&lab.store), after, "{name}: rebuilt from the journal");
    }
    (rows, gone)
}

fn pretty(rows: &Rows) -> String {
    serde_json::to_string_pretty(rows).unwrap()
}

#[test]
fn each_sample_projects_the_rows_that_stand_beside_it() {
    for event in titer_link::schema().events() {
        let name = named(event.kind, event.version);
        let (rows, gone) = projected(&name);
        let sample = sample(&name);
        assert_eq!(pretty(&rows), pretty(&sample.rows), "{name}: rows");
        assert_eq!(pretty(&gone), pretty(&sample.gone), "{name}: gone");
    }
}

#[test]
fn every_event_has_a_sample_and_every_sample_an_event() {
    let files = fs::read_dir(folder()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let events = titer_link::schema();
    let events = events.events().map(|e| format!("{}.json", named(e.kind, e.version)));
    assert_eq!(files.collect::<BTreeSet<_>>(), events.collect::<BTreeSet<_>>());
}

/// Otherwise nobody would miss the file. An erasure names files that are gone.
#[test]
fn every_file_that_an_event_names_is_known_to_the_store() {
    let (schema, mut names) = (titer_link::schema(), BTreeSet::new());
    for event in schema.events().filter(|e| e.kind != "journal.erased") {
        let name = named(event.kind, event.version);
        let sample = sample(&name);
        let actor = Actor::from_code(sample.actor.0, sample.actor.1).unwrap();
        let at = Timestamp::from_micros(BEGAN);
        let (kind, version) = (event.kind.to_owned(), event.version);
        let header = Header { lab: LABORATORY, number: 1, at, actor, kind, version };
        let attached = (event.attached)(&header, &serde_json::to_vec(&sample.body).unwrap()).unwrap();
        assert_eq!(digests(&sample.body), attached.iter().map(ToString::to_string).collect::<Vec<_>>(), "{name}");
        names.extend(attached.map(|_| name));
    }
    assert_eq!(names, BTreeSet::from(["inbox.kept.v1", "reports.issued.v1", "systems.verified.v1"].map(str::to_owned)));
}

/// The texts in a body that are the digest of a file.
fn digests(body: &Json) -> Vec<String> {
    match body {
        Json::String(text) if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) => vec![text.clone()],
        Json::Array(all) => all.iter().flat_map(digests).collect(),
        Json::Object(all) => all.values().flat_map(digests).collect(),
        _ => Vec::new(),
    }
}

/// Otherwise the rows beside it could be right by chance.
#[test]
fn every_projected_table_is_written_by_some_sample() {
    let mut written = BTreeSet::new();
    for event in titer_link::schema().events() {
        written.extend(sample(&named(event.kind, event.version)).rows.into_keys());
    }
    let tables: BTreeSet<String> = titer_link::schema().projected().iter().map(|t| t.name.to_owned()).collect();
    assert_eq!(written, tables);
}
