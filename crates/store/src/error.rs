//! What can go wrong below the laboratory, in words that say what to do.

use thiserror::Error;

/// Why the store could not do what it was asked. Nothing of the refused work was kept, unless the words say otherwise.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// Another process or too much work holds the database for the moment; the same call may be made again.
    #[error("the database is busy ({0}); nothing was lost, try again in a moment")]
    Busy(String),
    /// The disk, or the quota of the database, is full.
    #[error(
        "the disk of the database is full; free some space, then try again (nothing that was acknowledged is lost)"
    )]
    Full,
    /// The database cannot be written, or not be opened, with the rights that the program has.
    #[error(
        "the database cannot be opened for writing: {0}; check that it exists, and that the account that runs Titer may write to it"
    )]
    ReadOnly(String),
    /// The database server cannot be reached.
    #[error(
        "the database server does not answer: {0}; start it or repair the connection, and Titer continues by itself"
    )]
    Away(String),
    /// What is stored contradicts itself.
    #[error(
        "the database is damaged: {0}; stop Titer, copy the files, run `titer journal verify`, and restore a backup if it fails"
    )]
    Corrupt(String),
    /// A restore has begun here and has not ended.
    #[error(
        "a restore into this folder or database has not ended, so there is no whole laboratory; run `titer restore` into it again, or, if you want a new, empty laboratory here, run `titer serve --new`"
    )]
    Unrestored,
    /// Another restore is under way here.
    #[error(
        "another restore into this folder or database is running; wait for its end. This restore has changed nothing"
    )]
    Restoring,
    /// A newer Titer wrote this database.
    #[error(
        "this database was written by a newer Titer (its format is {found}, this program reads up to {known}); install the newer program"
    )]
    Newer {
        /// The format found.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Two rows claim what only one may have. The submission that caused it was refused, its neighbours were not.
    #[error("two entries have the same key, which only one may have: {0}")]
    Conflict(String),
    /// A named limit was passed.
    #[error("{what} is larger than the limit of {limit}")]
    Limit {
        /// What was too large.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A text holds the character NUL, which no engine keeps.
    #[error("a text holds the character NUL (U+0000), which cannot be stored")]
    Nul,
    /// The submission panicked; it was refused alone.
    #[error("the program has an error and refused this work (nothing of it was kept); the log says where")]
    Panicked,
    /// The store has been shut down.
    #[error("the database has been closed")]
    Closed,
    /// The statement or the description of a table is wrong: a mistake of the program.
    #[error("the database refused a statement of the program: {0}")]
    Statement(String),
    /// A file outside the database could not be read or written.
    #[error("{0}")]
    File(String),
}

impl StoreError {
    /// Whether it concerns the database as a whole, and so every submission of the group, and not the one that met it only.
    pub(crate) fn breaks_transaction(&self) -> bool {
        use StoreError::{Away, Busy, Closed, Full, ReadOnly};
        matches!(self, Busy(_) | Full | ReadOnly(_) | Away(_) | Closed)
    }
}
