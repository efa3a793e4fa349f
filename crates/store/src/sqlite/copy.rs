//! Reading a copy that nobody may write to. SQLite keeps an index of the write-ahead log beside the database, and cannot make that
//! there (<https://sqlite.org/wal.html#read_only_databases>).

use std::{fs, path::Path};

use rusqlite::{Connection, OpenFlags};

use super::{beside, error};
use crate::StoreError;

/// Why nobody can write to the database `file`, if nobody has it open either: SQLite would leave a log beside it that it could not
/// remove.
pub(super) fn refused(file: &Path) -> Option<StoreError> {
    if beside(file, "-shm").exists() {
        return None;
    }
    let refused = fs::OpenOptions::new().append(true).open(file).err()?;
    Some(StoreError::ReadOnly(format!("{}: {refused}", file.display())))
}

/// Opens the database `file`, to which it was `refused` to write, without writing anything beside it.
pub(super) fn open(file: &Path, scratch: &Path, refused: &str) -> Result<Connection, StoreError> {
    if !file.is_file() {
        return Err(StoreError::ReadOnly(refused.to_owned()));
    }
    let opened = if stands_alone(file) {
        immutable(file)
    } else {
        // What is in the log belongs to the database. SQLite reads it where it may make its index.
        let copied = scratch.join("copy.sqlite");
        let failed = |e: std::io::Error| {
            StoreError::File(format!("{} cannot be copied to the temporary folder: {e}", file.display()))
        };
        fs::copy(file, &copied).map_err(failed)?;
        fs::copy(beside(file, "-wal"), beside(&copied, "-wal")).map_err(failed)?;
        make_writable(&copied).map_err(failed)?;
        Connection::open_with_flags(copied, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    };
    let pragmas = "PRAGMA query_only = ON; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY";
    opened.and_then(|c| c.execute_batch(pragmas).map(|()| c)).map_err(|e| error(&e))
}

/// Whether the database was closed when it was copied, so that nothing of it is in a log.
fn stands_alone(file: &Path) -> bool {
    fs::metadata(beside(file, "-wal")).map_or(0, |m| m.len()) == 0
}

/// Opens a file that does not change while it is read.
fn immutable(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(address(file), flags)
}

/// A `file:` address (<https://sqlite.org/uri.html>): what is no plain letter of a path is written as `%` and its code.
fn address(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    let path: String = file
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") })
        .collect();
    format!("file:{path}?immutable=1")
}

/// A copy of a file that nobody may write to has the rights of that file.
fn make_writable(copied: &Path) -> std::io::Result<()> {
    for file in [copied.to_owned(), beside(copied, "-wal")] {
        let mut rights = fs::metadata(&file)?.permissions();
        #[cfg(unix)]
        std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o600);
        #[cfg(not(unix))]
        rights.set_readonly(false);
        fs::set_permissions(&file, rights)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_read_as_the_path_that_it_is_of() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["plain.sqlite", "50% of ?#&=ä 'x'.sqlite"] {
            let file = dir.path().join(name);
            Connection::open(&file).unwrap().execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)").unwrap();
            let read: i64 = immutable(&file).unwrap().query_row("SELECT a FROM t", [], |r| r.get(0)).unwrap();
            assert_eq!(read, 7, "{name}");
        }
    }
}
