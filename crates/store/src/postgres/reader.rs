//! The connection that reads snapshots.

use std::sync::Arc;

use super::{
    Server,
    connection::{Answer, Connection, Request},
    integrity,
};
use crate::{Row, Sql, StoreError, Table, Value, engine::Reader};

/// The lock shuts out a migration that swaps tables: a table swapped in after the snapshot was taken would look empty to it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE store_notes IN ACCESS SHARE MODE";

pub(super) struct PostgresReader {
    lab: i64,
    server: Arc<Server>,
    connection: Option<Connection>,
    /// Whether the snapshot has been opened on the server, which the first query does.
    open: bool,
}

impl PostgresReader {
    pub(super) fn new(lab: i64, server: Arc<Server>) -> Result<Self, StoreError> {
        let connection = Some(connect(lab, &server)?);
        Ok(PostgresReader { lab, server, connection, open: false })
    }

    fn ask(&mut self, text: &str, place: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let ask = Request::Prepared { text, place, params };
        let answers = if self.open {
            self.run(&[ask])
        } else {
            let requests = [Request::Plain(BEGIN), ask];
            match self.run(&requests) {
                // The line broke since it was last used. Nothing has been read from this snapshot yet, so another will do.
                Err(StoreError::Away(_)) => self.begin().and_then(|()| self.run(&requests)),
                other => other,
            }
        };
        self.open = self.connection.is_some();
        Ok(answers?.pop().map(|a| a.rows).unwrap_or_default())
    }

    fn run(&mut self, requests: &[Request<'_>]) -> Result<Vec<Answer>, StoreError> {
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Away("the connection broke".to_owned()));
        };
        connection.run(requests).map_err(|failed| {
            if matches!(failed.error, StoreError::Away(_)) {
                self.connection = None;
            }
            failed.error
        })
    }
}

fn connect(lab: i64, server: &Server) -> Result<Connection, StoreError> {
    server.connect(&format!("titer {lab} reader"))
}

impl Reader for PostgresReader {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.open = false;
        if self.connection.is_none() {
            self.connection = Some(connect(self.lab, &self.server)?);
        }
        Ok(())
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.ask(sql.text(), sql.place(), params)
    }

    fn page(&mut self, table: &'static Table, after: &Value, limit: i64) -> Result<Vec<Row>, StoreError> {
        self.ask(&table.page_sql('$'), table.name, &[self.lab.into(), after.clone(), limit.into()])
    }

    fn integrity(&mut self, tables: &[&'static Table]) -> Result<Vec<String>, StoreError> {
        integrity::faults(self.lab, &self.server, tables)
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.open)
            && let Err(e) = self.run(&[Request::Plain("ROLLBACK")])
        {
            tracing::debug!("a snapshot could not be closed: {e}");
        }
    }
}
