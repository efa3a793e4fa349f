//! The floor that benchmarks compare with: rows of the width of a result, inserted as plainly as the engine allows, and as durably.

use std::time::Instant;

use futures_util::future::try_join_all;
use rusqlite::Connection;

use crate::{Location, StoreError};

/// Bytes of text in a row, so that with its integers it is as wide as a stored result.
const TEXT_BYTES: usize = 120;

/// Inserts `rows` rows, `a_transaction` to each durable transaction; answers rows a second. Leaves nothing behind.
///
/// # Errors
/// What the database says.
pub fn inserts(location: &Location, rows: usize, a_transaction: usize) -> Result<f64, StoreError> {
    match location {
        Location::Folder(folder) => sqlite(&folder.join("bare.sqlite"), rows, a_transaction.max(1)),
        Location::Postgres(url) => postgres(url, rows, a_transaction.max(1)),
    }
}

fn sqlite(file: &std::path::Path, rows: usize, a_transaction: usize) -> Result<f64, StoreError> {
    let failed = |e: rusqlite::Error| StoreError::File(format!("bare inserts: {e}"));
    let mut connection = Connection::open(file).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE bare (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d TEXT) STRICT;
             CREATE INDEX bare_by_a ON bare (a);",
        )
        .map_err(failed)?;
    let text = "x".repeat(TEXT_BYTES);
    let began = Instant::now();
    let mut id = 0_i64;
    for first in (0..rows).step_by(a_transaction) {
        let transaction = connection.transaction().map_err(failed)?;
        let mut insert = transaction
            .prepare_cached("INSERT INTO bare (id, a, b, c, d) VALUES (?1, ?2, ?3, ?4, ?5)")
            .map_err(failed)?;
        for _ in first..rows.min(first + a_transaction) {
            id += 1;
            insert.execute((id, id / 10, id, id, &text)).map_err(failed)?;
        }
        drop(insert);
        transaction.commit().map_err(failed)?;
    }
    let rate = rows as f64 / began.elapsed().as_secs_f64();
    drop(connection);
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        // A file that is not there needs no removing.
        let _ = std::fs::remove_file(name);
    }
    Ok(rate)
}

fn postgres(url: &str, rows: usize, a_transaction: usize) -> Result<f64, StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| StoreError::File(format!("bare inserts: {e}")))?;
    std::thread::scope(|s| {
        // On a thread of its own: the caller may be inside another runtime.
        let run = s.spawn(|| runtime.block_on(postgres_inserts(url, rows, a_transaction)));
        run.join().unwrap_or(Err(StoreError::Panicked))
    })
}

async fn postgres_inserts(url: &str, rows: usize, a_transaction: usize) -> Result<f64, StoreError> {
    let failed = |e: tokio_postgres::Error| StoreError::File(format!("bare inserts: {e}"));
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(failed)?;
    let driver = tokio::spawn(connection);
    client
        .batch_execute(
            "SET synchronous_commit = on; DROP TABLE IF EXISTS bare;
             CREATE TABLE bare (id BIGINT PRIMARY KEY, a BIGINT, b BIGINT, c BIGINT, d TEXT);
             CREATE INDEX bare_by_a ON bare (a);",
        )
        .await
        .map_err(failed)?;
    let insert =
        client.prepare("INSERT INTO bare (id, a, b, c, d) VALUES ($1, $2, $3, $4, $5)").await.map_err(failed)?;
    let text = "x".repeat(TEXT_BYTES);
    let began = Instant::now();
    for first in (0..rows).step_by(a_transaction) {
        client.batch_execute("BEGIN").await.map_err(failed)?;
        let numbers: Vec<(i64, i64)> =
            (first..rows.min(first + a_transaction)).map(|i| (i as i64, i as i64 / 10)).collect();
        let pipelined = numbers.iter().map(|(i, a)| {
            let (client, insert, text) = (&client, &insert, &text);
            async move { client.execute(insert, &[i, a, i, i, text]).await }
        });
        try_join_all(pipelined).await.map_err(failed)?;
        client.batch_execute("COMMIT").await.map_err(failed)?;
    }
    let rate = rows as f64 / began.elapsed().as_secs_f64();
    client.batch_execute("DROP TABLE bare").await.map_err(failed)?;
    drop(client);
    // The driver ends with its client.
    let _ = driver.await;
    Ok(rate)
}

/// Bytes of the whole database.
///
/// # Errors
/// What the database or the file system says.
pub fn bytes(location: &Location) -> Result<u64, StoreError> {
    match location {
        Location::Folder(folder) => {
            let failed = |e: std::io::Error| StoreError::File(format!("{}: {e}", folder.display()));
            let mut sum = 0;
            for entry in std::fs::read_dir(folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                if entry.path().extension().is_some_and(|e| e == "sqlite") {
                    empty_log(&entry.path())?;
                    sum += entry.metadata().map_err(failed)?.len();
                }
            }
            Ok(sum)
        }
        Location::Postgres(url) => postgres_bytes(url),
    }
}

/// Brings what the write-ahead log holds into the database, where it is measured.
fn empty_log(file: &std::path::Path) -> Result<(), StoreError> {
    let emptied = Connection::open(file).and_then(|c| {
        c.busy_timeout(std::time::Duration::from_secs(60))?;
        c.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()))
    });
    emptied.map_err(|e| StoreError::File(format!("{}: {e}", file.display())))
}

fn postgres_bytes(url: &str) -> Result<u64, StoreError> {
    let failed = |e: tokio_postgres::Error| StoreError::File(format!("the size of the database: {e}"));
    let ask = async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(failed)?;
        let driver = tokio::spawn(connection);
        let row = client.query_one("SELECT pg_database_size(current_database())", &[]).await.map_err(failed)?;
        drop(client);
        // The driver ends with its client.
        let _ = driver.await;
        Ok(row.get::<_, i64>(0).unsigned_abs())
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| StoreError::File(format!("the size of the database: {e}")))?;
    std::thread::scope(|s| s.spawn(|| runtime.block_on(ask)).join().unwrap_or(Err(StoreError::Panicked)))
}
