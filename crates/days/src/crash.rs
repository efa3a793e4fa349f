//! The program ends at a random moment of one commit.
//!
//! While nothing else is under way, the files are looked at before and after a submission. SQLite appends to its write-ahead log while it
//! commits, so what a program that was killed in between leaves is the log of before, with the first part of what was written since. That
//! state is put in place of the files, and the laboratory opened from it. (What a power cut adds to this, `titer-store` tests.)

use std::{fs, io, path::Path};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Kept;

const DATABASE: &str = "lab-1.sqlite";
const LOG: &str = "lab-1.sqlite-wal";
const INDEX: &str = "lab-1.sqlite-shm";

/// The files of a laboratory.
#[derive(Clone, PartialEq, Eq)]
pub struct Files {
    database: Vec<u8>,
    log: Vec<u8>,
}

/// When the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of the commit was written.
    Before,
    /// So many bytes of its log were.
    Within(usize),
    /// All was written, and nobody heard of it.
    After,
}

impl Files {
    /// What is there. It is read until nothing changes meanwhile: the log may be copied into the database at any time.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let look = || {
            let log = match fs::read(folder.join(LOG)) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
                log => log?,
            };
            Ok::<_, io::Error>(Files { database: fs::read(folder.join(DATABASE))?, log })
        };
        let mut seen = look()?;
        loop {
            let again = look()?;
            if again == seen {
                return Ok(seen);
            }
            seen = again;
        }
    }

    /// Puts them in place of what is there.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for name in [LOG, INDEX] {
            match fs::remove_file(folder.join(name)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        fs::write(folder.join(DATABASE), &self.database)?;
        fs::write(folder.join(LOG), &self.log)
    }
}

/// What a program leaves that ended at a moment which the seed chooses between these two states of the files. Whether it committed
/// follows from the seed alone; how far it came before does not, because SQLite may copy its log at any time.
pub fn between(before: Files, after: Files, seed: u64) -> (Files, Moment) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    if chance.random_bool(0.4) {
        return (after, Moment::After);
    }
    let differs = |n: &usize| before.log.get(*n) != after.log.get(*n);
    let written = (0..after.log.len()).find(differs).zip((0..after.log.len()).rfind(differs));
    match written.filter(|_| before.database == after.database && chance.random_bool(0.8)) {
        Some((first, last)) => {
            let end = chance.random_range(first..=last);
            let mut log = after.log[..end].to_vec();
            log.extend(before.log.get(end..).unwrap_or_default());
            (Files { database: before.database, log }, Moment::Within(end - first))
        }
        // The log was copied meanwhile, or chance has it so.
        None => (before, Moment::Before),
    }
}

/// Ends the program in this state of its files, and begins it anew.
///
/// # Errors
/// If the laboratory does not open.
pub fn restart(place: &mut crate::laboratory::Place, files: &Files) -> Kept {
    place.reopen(|folder| files.write(folder))
}
