//! PostgreSQL: all laboratories share the tables, `lab` leads every key, and a row of `journal_head` is a laboratory's lock.
//!
//! A round trip costs more than the work at its end. So what a group of submissions will read is fetched at once, what it
//! changes waits in memory, and leaves as one statement a table.

mod batch;
mod buffer;
mod connection;
mod integrity;
mod reader;
mod statistics;
mod values;
mod writer;

use std::{str::FromStr, sync::Arc};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
    error::SqlState,
};

use crate::{
    Sql, StoreError, Value,
    engine::{Engine, Reader, Writer},
    table::Dialect,
};
use connection::{Connection, Request};
use reader::PostgresReader;
use writer::PostgresWriter;

/// A PostgreSQL database.
pub(crate) struct PostgresEngine(Arc<Server>);

/// Where the database is.
struct Server {
    config: Config,
    /// Host and port, for messages.
    address: String,
}

impl Server {
    fn connect(&self, application: &str) -> Result<Connection, StoreError> {
        Connection::open(&self.config, application).map_err(|e| match e {
            StoreError::Away(m) => StoreError::Away(format!("{}: {m}", self.address)),
            other => other,
        })
    }
}

impl PostgresEngine {
    /// The database at `url`, which is not asked anything yet.
    pub(crate) fn new(url: &str) -> Result<Self, StoreError> {
        let wrong = |why: &str| {
            StoreError::File(format!(
                "the address of the database cannot be used: {why}; write postgres://user:password@host:5432/database"
            ))
        };
        let config = Config::from_str(url).map_err(|e| wrong(&chain(&e)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host"));
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(wrong("it asks for TLS, which Titer does not speak to a database; use a socket or a tunnel"));
        }
        let mut ports = config.get_ports().iter().chain(config.get_ports().last().into_iter().cycle());
        let hosts = config.get_hosts().iter().map(|host| {
            let port = ports.next().copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(folder) => format!("{}:{port}", folder.display()),
            }
        });
        let address = hosts.collect::<Vec<_>>().join(", ");
        Ok(PostgresEngine(Arc::new(Server { config, address })))
    }
}

impl Engine for PostgresEngine {
    fn writer(&self, lab: i64) -> Result<Box<dyn Writer>, StoreError> {
        Ok(Box::new(PostgresWriter::new(lab, self.0.clone())?))
    }

    fn reader(&self, lab: i64) -> Result<Box<dyn Reader>, StoreError> {
        Ok(Box::new(PostgresReader::new(lab, self.0.clone())?))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn groups_reads(&self) -> bool {
        true
    }

    fn table_exists(&self, lab: i64, name: &str) -> Result<bool, StoreError> {
        let params = [Value::Text(format!("\"{name}\""))];
        let text = "SELECT to_regclass($1) IS NOT NULL";
        let request = Request::Prepared { text, place: "table_exists", params: &params };
        let answers = self.0.connect(&format!("titer {lab} tables"))?.run(&[request])?;
        answers.iter().flat_map(|a| &a.rows).next().map_or(Ok(false), |row| row.get(0))
    }

    fn explain(&self, lab: i64, sql: &'static Sql) -> Result<Vec<String>, StoreError> {
        let mut connection = self.0.connect(&format!("titer {lab} plans"))?;
        let types = connection.parameters(sql.text())?;
        let (declared, nulls) = if types.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("({})", types.join(", ")), format!("({})", vec!["NULL"; types.len()].join(", ")))
        };
        // The plan for any parameters, not for these: with NULL in place of a value the planner would see that nothing is found.
        let prepare =
            format!("SET plan_cache_mode = force_generic_plan; PREPARE titer_plan {declared} AS {}", sql.text());
        let text = format!("EXPLAIN (COSTS OFF) EXECUTE titer_plan {nulls}");
        connection.run(&[Request::Plain(&prepare)])?;
        let answers = connection.run(&[Request::Prepared { text: &text, place: sql.place(), params: &[] }])?;
        answers.iter().flat_map(|a| &a.rows).map(|row| row.get(0)).collect()
    }

    fn name(&self) -> &'static str {
        "postgresql"
    }
}

/// What an error of the driver means. Its detail is left out: it quotes the row, which may be a patient's.
fn error(e: &tokio_postgres::Error) -> StoreError {
    let Some(db) = e.as_db_error() else {
        // What is not the line is a parameter or a column of the wrong type, which the driver finds out.
        let line = e.is_closed() || std::error::Error::source(e).is_some_and(|s| s.is::<std::io::Error>());
        return if line { StoreError::Away(chain(e)) } else { StoreError::Statement(chain(e)) };
    };
    let message = db.message().to_owned();
    match db.code() {
        c if c.code().starts_with("23") => StoreError::Conflict(message),
        // Another node made it at the same moment.
        &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT => StoreError::Conflict(message),
        &SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy("another node holds the laboratory's lock".to_owned()),
        &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::QUERY_CANCELED
        | &SqlState::TOO_MANY_CONNECTIONS
        | &SqlState::OUT_OF_MEMORY => StoreError::Busy(message),
        &SqlState::DISK_FULL => StoreError::Full,
        // Class 28: who we are is not accepted.
        c if c.code().starts_with("28") => StoreError::ReadOnly(message),
        &SqlState::READ_ONLY_SQL_TRANSACTION | &SqlState::INSUFFICIENT_PRIVILEGE | &SqlState::UNDEFINED_DATABASE => {
            StoreError::ReadOnly(message)
        }
        // Class 57P: the server or somebody in charge of it ended the session; class 08: the line broke.
        c if c.code().starts_with("57P") || c.code().starts_with("08") => StoreError::Away(message),
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreError::Away(message),
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => StoreError::Corrupt(message),
        _ => StoreError::Statement(message),
    }
}

/// An error and what caused it, in one line.
fn chain(e: &dyn std::error::Error) -> String {
    let mut text = e.to_string();
    let mut source = e.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
