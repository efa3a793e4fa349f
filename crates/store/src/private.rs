//! What is stored is for the account that runs the program, and for no other account of the machine: password hashes and the key of the
//! cookies are in the database.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;

use crate::StoreError;

/// A file system makes this folder itself; it says nothing about whose the folder around it is.
#[cfg(unix)]
const LOST_AND_FOUND: &str = "lost+found";
/// The rights of every account but the owner's.
#[cfg(unix)]
const OTHERS: u32 = 0o077;
/// Only the owner of a file may take it out of such a folder: it is meant for all accounts, as `/tmp` is.
#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// Opens a file for writing that is not there yet, and that nobody else may read.
pub(crate) fn create(file: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// Closes a folder that stands and that others may enter, with what is in it. Only a folder that is empty or holds a laboratory is
/// Titer's to close.
#[cfg(unix)]
pub(crate) fn close_folder(folder: &Path) -> Result<(), StoreError> {
    let mode = mode(folder)?;
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let place = folder.display();
    if mode & STICKY != 0 || !is_ours(folder).map_err(|e| failed(folder, &e))? {
        return Err(StoreError::File(format!(
            "other accounts of this machine may enter {place}, which holds other things too; name a folder for Titer alone, such as {place}/titer"
        )));
    }
    close(folder)?;
    for entry in fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        close_file(&entry.map_err(|e| failed(folder, &e))?.path())?;
    }
    Ok(())
}

/// Closes a database file that was just made, in a folder that is closed. SQLite gives the files beside it the same rights.
#[cfg(unix)]
pub(crate) fn close_new(file: &Path) -> Result<(), StoreError> {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(|e| failed(file, &e))
}

/// Closes a database file and the files that SQLite keeps beside it, as far as they are there.
#[cfg(unix)]
pub(crate) fn close_database(file: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        close_file(Path::new(&name))?;
    }
    Ok(())
}

/// Closes a file, if it is there. What a symbolic link leads to is not Titer's to close.
#[cfg(unix)]
fn close_file(file: &Path) -> Result<(), StoreError> {
    match file.symlink_metadata() {
        Ok(about) if about.is_file() && about.permissions().mode() & OTHERS != 0 => match close(file) {
            // Another process has closed the database meanwhile, and its log is gone.
            Err(_) if !file.exists() => Ok(()),
            closed => closed,
        },
        _ => Ok(()),
    }
}

/// Says so if others may read a file that is to be private.
#[cfg(unix)]
pub(crate) fn remark(file: &Path) {
    if mode(file).is_ok_and(|mode| mode & OTHERS != 0) {
        tracing::warn!("other accounts of this machine may read {}, which holds password hashes", file.display());
    }
}

/// Empty, or with a laboratory in it.
#[cfg(unix)]
fn is_ours(folder: &Path) -> io::Result<bool> {
    let mut empty = true;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if Path::new(&name).extension().is_some_and(|e| e == "sqlite") {
            return Ok(true);
        }
        empty &= name == *LOST_AND_FOUND;
    }
    Ok(empty)
}

#[cfg(unix)]
fn mode(path: &Path) -> Result<u32, StoreError> {
    Ok(fs::metadata(path).map_err(|e| failed(path, &e))?.permissions().mode())
}

/// Takes the rights of others away, and says so. A file system without such rights may claim that it did.
#[cfg(unix)]
fn close(path: &Path) -> Result<(), StoreError> {
    let (before, place) = (mode(path)?, path.display());
    let changed = fs::set_permissions(path, fs::Permissions::from_mode(before & !OTHERS & 0o7777));
    if changed.is_ok() && mode(path)? & OTHERS == 0 {
        tracing::warn!(
            "other accounts of this machine could reach {place} (mode {:o}); from now on only this account can",
            before & 0o777
        );
        return Ok(());
    }
    let why = changed.err().map_or_else(|| "the file system keeps no such rights".to_owned(), |e| e.to_string());
    Err(StoreError::File(format!(
        "other accounts of this machine may reach {place}, and this account cannot change that ({why}); let its owner run chmod go-rwx, or name another folder"
    )))
}

#[cfg(unix)]
fn failed(path: &Path, e: &io::Error) -> StoreError {
    StoreError::ReadOnly(format!("{}: {e}", path.display()))
}

/// Where files have no such rights, whoever may enter the folder is the system's matter.
#[cfg(not(unix))]
pub(crate) fn close_folder(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn close_database(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn close_new(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn remark(_: &Path) {}
