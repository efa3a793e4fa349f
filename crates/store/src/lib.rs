//! The journal and the tables of a laboratory, on SQLite and on PostgreSQL.
//!
//! Every change is an [`Event`] in an append-only, hash-chained journal; tables are what the events add up to. The store runs
//! submissions one after another under the laboratory's lock and commits many in one transaction. It does not know what a
//! specimen is.

pub mod audit;
pub mod backup;
pub mod bare;
pub mod chain;
mod engine;
mod error;
pub mod event;
mod file;
mod given;
mod migrate;
mod postgres;
mod private;
mod read;
pub mod reading;
mod records;
pub mod row;
mod schema;
pub mod sql;
mod sqlite;
mod store;
mod submission;
pub mod table;
pub mod tables;
mod time;
mod tx;
mod value;

pub use chain::{Checkpoint, Head, Sha256};
pub use ed25519_dalek::SigningKey;
pub use error::StoreError;
pub use event::{Actor, Changes, Entry, Event, EventType, Header, PLACES};
pub use file::File;
pub use given::Given;
#[doc(hidden)]
pub use inventory;
pub use read::Read;
pub use reading::{DueJob, Snapshot};
pub use row::{Cells, ColumnType, TableRow};
pub use schema::{Part, Schema};
pub use sql::{Select, Sql};
pub use store::{Location, Options, SUBMISSIONS_MAX, Store};
pub use submission::{Pending, Plan};
pub use table::{Column, Index, Table, Type};
pub use time::{Clock, Timestamp};
pub use tx::{AnyEvent, BLOB_BYTES_MAX, Projected, Tx};
pub use value::{FromValue, Row, Value};
