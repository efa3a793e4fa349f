//! All that a database is, whatever the engine, to be compared with another.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::path::Path;

use rusqlite::{Connection, types::Value};
use titer_store::Location;

use super::postgres;

/// An empty database of each engine that this machine has, and a folder for what else is written.
pub fn engines() -> Vec<(tempfile::TempDir, Location)> {
    let dir = || tempfile::tempdir().unwrap();
    let sqlite = dir();
    let location = Location::Folder(sqlite.path().join("data"));
    let mut engines = vec![(sqlite, location)];
    engines.extend(postgres::database().map(|url| (dir(), Location::Postgres(url))));
    engines
}

/// Every object and every row, each as a line. On SQLite, of laboratory 1.
pub fn everything(location: &Location) -> Vec<String> {
    match location {
        Location::Folder(folder) => sqlite(folder),
        Location::Postgres(url) => postgresql(&Line::to(url)),
    }
}

/// Runs statements behind the store's back.
pub fn execute(location: &Location, text: &str) {
    match location {
        Location::Folder(folder) => raw(folder).execute_batch(text).unwrap(),
        Location::Postgres(url) => Line::to(url).execute(text),
    }
}

fn raw(folder: &Path) -> Connection {
    let raw = Connection::open(folder.join("lab-1.sqlite")).unwrap();
    raw.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    raw
}

fn sqlite(folder: &Path) -> Vec<String> {
    let raw = raw(folder);
    let mut objects = raw.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY name").unwrap();
    let objects = objects.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    let mut lines = Vec::new();
    for object in objects {
        let (kind, name, sql): (String, String, String) = object.unwrap();
        lines.push(format!("{kind} {name}: {sql}"));
        if kind == "table" {
            let mut rows = raw.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1")).unwrap();
            let columns = rows.column_count();
            let rows = rows.query_map([], |r| (0..columns).map(|i| r.get(i)).collect::<Result<Vec<Value>, _>>());
            lines.extend(rows.unwrap().map(|row| format!("{name}: {:?}", row.unwrap())));
        }
    }
    lines
}

/// A line to a PostgreSQL server.
struct Line {
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
}

impl Line {
    fn to(url: &str) -> Line {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client
        });
        Line { runtime, client }
    }

    fn execute(&self, text: &str) {
        self.runtime.block_on(self.client.batch_execute(text)).unwrap();
    }

    /// The first column of each row.
    fn lines(&self, text: &str) -> Vec<String> {
        let rows = self.runtime.block_on(self.client.query(text, &[])).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn postgresql(line: &Line) -> Vec<String> {
    let mut lines = line.lines(
        "SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, collation_name) \
         FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
    );
    lines.extend(line.lines("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"));
    lines.extend(line.lines(
        "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace AND contype = 'p' ORDER BY conname",
    ));
    for table in line.lines("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1") {
        lines.extend(line.lines(&format!("SELECT '{table}: ' || to_jsonb(t)::text FROM \"{table}\" t ORDER BY 1")));
    }
    lines
}
