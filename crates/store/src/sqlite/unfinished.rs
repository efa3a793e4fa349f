//! A folder into which a backup is restored. The databases are made in a folder of their own inside, and moved to their places when all
//! are whole. As long as the folder inside is there, nobody opens a laboratory here: whoever was cut off leaves it.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::{SqliteEngine, make_folder};
use crate::{StoreError, private};

/// The folder inside.
const INSIDE: &str = "restore.part";
/// What the folder inside is called before it is removed, so that it is gone at once.
const DONE: &str = "restore.done";
/// The file in the folder inside that is locked by whoever restores.
const LOCK: &str = "lock";
/// The file in the folder inside that says that all databases are whole, and that some may have been moved.
const WHOLE: &str = "whole";

/// Whether a restore into this folder has begun and not ended.
pub(crate) fn is_unfinished(folder: &Path) -> bool {
    folder.join(INSIDE).exists()
}

/// A restore into a folder.
pub(crate) struct Beside {
    folder: PathBuf,
    inside: PathBuf,
    lock: File,
}

impl Beside {
    /// Begins a restore, or begins one anew that was cut off. What that one left is still there.
    pub(crate) fn begin(folder: &Path) -> Result<Self, StoreError> {
        let inside = folder.join(INSIDE);
        let failed = |e: io::Error| failed(folder, &e);
        left_by_a_restore(folder)?;
        // A folder that stands may be open to others: it is closed before anything is in it.
        if folder.is_dir() {
            private::close_folder(folder)?;
        }
        // The mark comes with the folder: whoever is killed from here on leaves both.
        make_folder(&inside).map_err(failed)?;
        let lock = File::create(inside.join(LOCK)).map_err(failed)?;
        // A file system without locks cannot tell.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(StoreError::Restoring);
        }
        // Looked at again: another restore may have ended just now, and its laboratory must not be shut.
        left_by_a_restore(folder).inspect_err(|_| {
            let _ = fs::remove_dir_all(&inside);
        })?;
        Ok(Beside { folder: folder.to_owned(), inside, lock })
    }

    /// Removes what a restore left that was cut off.
    pub(crate) fn empty(&self) -> Result<(), StoreError> {
        let failed = |e: io::Error| failed(&self.folder, &e);
        left_by_a_restore(&self.folder)?.iter().try_for_each(fs::remove_file).map_err(failed)?;
        self.remove_databases().map_err(failed)?;
        match fs::remove_file(self.inside.join(WHOLE)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(e)),
            _ => Ok(()),
        }
    }

    /// Where the databases are made.
    pub(crate) fn engine(&self) -> SqliteEngine {
        SqliteEngine::new(&self.inside)
    }

    /// Moves the databases, which are closed, to their places. Then the restore has ended.
    pub(crate) fn finish(self) -> Result<(), StoreError> {
        let Beside { folder, inside, lock } = self;
        let move_all = || -> io::Result<()> {
            File::create(inside.join(WHOLE))?.sync_all()?;
            sync(&inside)?;
            for database in databases(&inside)? {
                fs::rename(&database, folder.join(database.file_name().unwrap_or_default()))?;
            }
            sync(&folder)?;
            drop(lock);
            let done = folder.join(DONE);
            if done.exists() {
                fs::remove_dir_all(&done)?;
            }
            fs::rename(&inside, &done)?;
            sync(&folder)?;
            fs::remove_dir_all(&done)
        };
        move_all().map_err(|e| failed(&folder, &e))
    }

    /// Gives up what was made, which may be what fills the disk. That the restore has not ended stays visible.
    pub(crate) fn clear(self) {
        if let Err(e) = self.remove_databases() {
            tracing::warn!("{} cannot be emptied: {e}", self.inside.display());
        }
    }

    fn remove_databases(&self) -> io::Result<()> {
        databases(&self.inside)?.iter().try_for_each(fs::remove_file)
    }
}

/// The databases in the places of a laboratory, if a restore was cut off while it moved them there. Refuses those of a laboratory.
fn left_by_a_restore(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let found = match databases(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found.map_err(|e| failed(folder, &e)),
    }?;
    if found.is_empty() || folder.join(INSIDE).join(WHOLE).exists() {
        return Ok(found);
    }
    Err(StoreError::File(format!("{} holds a laboratory already; name an empty folder or database", folder.display())))
}

/// Why the folder could not be read or written.
fn failed(folder: &Path, e: &io::Error) -> StoreError {
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::ReadOnly(format!("{}: {e}", folder.display())),
    }
}

/// The databases of laboratories in a folder, with the files that SQLite keeps beside them.
fn databases(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| is_database(path)).collect())
}

fn is_database(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains(".sqlite") && (name.starts_with("house.") || name.starts_with("lab-"))
}

/// A name that was made in a folder, or taken from it, survives a power cut when the folder has been synced.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
