//! What the store notes of its own shape, and of the kinds of events in its journals.

use std::collections::BTreeMap;

use crate::{
    Schema, StoreError, Table, Value,
    engine::{Engine, Reader, Redirect, Writer},
    event::Change,
    reading,
    table::{Dialect, Kind},
    tables::{KINDS, NOTES},
};

/// The format of the store itself: journal, chain, blobs. From 2 on the kinds of events are noted as they are journalled.
pub(crate) const FORMAT: i64 = 2;
/// The first format in which the kinds of events are noted.
const KINDS_SINCE: i64 = 2;

crate::sql! {
    NOTE = "SELECT value FROM store_notes WHERE lab = $1 AND name = $2";
}

/// The kinds and versions in a laboratory's journal, as [`crate::engine::kind_key`] names them, and the first event of each.
pub(super) type Present = BTreeMap<String, i64>;

/// The notes of a database.
pub(super) struct Notes {
    /// As [`noted_by`] answers.
    lab: i64,
}

impl Notes {
    pub(super) fn of(engine: &dyn Engine, lab: i64) -> Self {
        Notes { lab: noted_by(engine.dialect(), lab) }
    }

    pub(super) fn get(&self, writer: &mut dyn Writer, name: &str) -> Result<Option<String>, StoreError> {
        get(writer, self.lab, name)
    }

    pub(super) fn set(&self, writer: &mut dyn Writer, name: &str, value: String) -> Result<(), StoreError> {
        set(writer, self.lab, name, Some(value))
    }

    pub(super) fn remove(&self, writer: &mut dyn Writer, name: &str) -> Result<(), StoreError> {
        set(writer, self.lab, name, None)
    }

    fn number(&self, writer: &mut dyn Writer, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.get(writer, name)?.and_then(|v| v.parse().ok()))
    }

    /// The description of a table as it stands in the database.
    pub(super) fn table(&self, writer: &mut dyn Writer, table: &Table) -> Result<Option<String>, StoreError> {
        self.get(writer, &format!("table:{}", table.name))
    }

    /// The columns of a table as it stands in the database, separated by commas.
    pub(super) fn columns(&self, writer: &mut dyn Writer, table: &Table) -> Result<Option<String>, StoreError> {
        self.get(writer, &format!("columns:{}", table.name))
    }

    /// The tables that are not as `schema` describes them; nothing when the database is wholly up to date.
    pub(super) fn behind(
        &self,
        engine: &dyn Engine,
        writer: &mut dyn Writer,
        schema: &Schema,
    ) -> Result<Option<Vec<&'static Table>>, StoreError> {
        let mut versions_differ = false;
        for (name, known) in versions(schema) {
            let found = self.number(writer, name)?;
            if let Some(found) = found.filter(|f| *f > known) {
                return Err(StoreError::Newer { found, known });
            }
            versions_differ |= found != Some(known);
        }
        let mut changed = Vec::new();
        for table in schema.tables().iter().filter(|t| t.kind != Kind::Store) {
            if self.table(writer, table)? != Some(table.fingerprint(engine.dialect())) {
                changed.push(*table);
            }
        }
        Ok((versions_differ || !changed.is_empty()).then_some(changed))
    }

    pub(super) fn bring_up(
        &self,
        engine: &dyn Engine,
        writer: &mut dyn Writer,
        schema: &Schema,
        changed: &[&'static Table],
    ) -> Result<(), StoreError> {
        for (name, known) in versions(schema) {
            self.set(writer, name, known.to_string())?;
        }
        for (name, value) in changed.iter().flat_map(|t| of_table(t, engine.dialect())) {
            self.set(writer, &name, value)?;
        }
        Ok(())
    }

    /// The kinds of events in a laboratory's journal.
    pub(super) fn kinds(&self, writer: &mut dyn Writer, schema: &Schema, lab: i64) -> Result<Present, StoreError> {
        if self.number(writer, "format")?.is_none_or(|f| f < KINDS_SINCE) {
            // Programs before did not note them. One that still works adds others, so they are looked for until none does.
            list_kinds(writer, lab)?;
        }
        let rows = writer.query(&reading::KINDS, &[lab.into(), "".into()])?;
        let present: Present = rows.iter().map(|r| Ok((r.get(0)?, r.get(1)?))).collect::<Result<_, StoreError>>()?;
        for kind in present.keys() {
            let (kind, version) = kind.rsplit_once(" v").unwrap_or((kind, ""));
            let version: u16 = version.parse().unwrap_or(0);
            if schema.event(kind, version).is_none() {
                return Err(StoreError::Newer { found: version.into(), known: schema.version });
            }
        }
        Ok(present)
    }
}

/// The names of the notes of laboratory `lab` that are not as this program writes them.
pub(crate) fn not_as_described(
    reader: &mut dyn Reader,
    dialect: Dialect,
    lab: i64,
    schema: &Schema,
) -> Result<Vec<String>, StoreError> {
    let described = versions(schema).map(|(name, known)| (name.to_owned(), known.to_string()));
    let tables = schema.tables().iter().filter(|t| t.kind != Kind::Store);
    let mut other = Vec::new();
    for (name, value) in described.into_iter().chain(tables.flat_map(|t| of_table(t, dialect))) {
        let found = of_reader(reader, dialect, lab, &name)?;
        if found.as_ref() == Some(&value) {
            continue;
        }
        if let (Some(found), Ok(known)) = (found.and_then(|f| f.parse().ok()), value.parse())
            && found > known
        {
            return Err(StoreError::Newer { found, known });
        }
        other.push(name);
    }
    Ok(other)
}

/// A note of laboratory `lab`, read by somebody who changes nothing.
pub(super) fn of_reader(
    reader: &mut dyn Reader,
    dialect: Dialect,
    lab: i64,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let rows = reader.query(&NOTE, &[noted_by(dialect, lab).into(), name.into()])?;
    rows.first().map(|r| r.get(0)).transpose()
}

/// The notes of a table, by name: its description and its columns.
fn of_table(table: &Table, dialect: Dialect) -> [(String, String); 2] {
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let name = table.name;
    [(format!("table:{name}"), table.fingerprint(dialect)), (format!("columns:{name}"), columns.join(","))]
}

/// The laboratory whose notes are those of `lab`: on PostgreSQL all laboratories share tables, so all share the notes of the first.
fn noted_by(dialect: Dialect, lab: i64) -> i64 {
    if dialect == Dialect::Postgres { 0 } else { lab }
}

/// What the database was written with, and what this program knows.
fn versions(schema: &Schema) -> [(&'static str, i64); 2] {
    [("format", FORMAT), ("schema", schema.version)]
}

/// Notes the kinds of events that a laboratory's journal holds, by looking through it.
pub(crate) fn list_kinds(writer: &mut dyn Writer, lab: i64) -> Result<(), StoreError> {
    let table = KINDS.name;
    writer.execute(&format!("DELETE FROM {table} WHERE lab = {lab}"))?;
    writer.execute(&format!(
        "INSERT INTO {table} (lab, kind, first) SELECT lab, kind || ' v' || version, MIN(number) FROM journal \
         WHERE lab = {lab} GROUP BY lab, kind, version"
    ))
}

/// A note of one laboratory.
pub(super) fn get(writer: &mut dyn Writer, lab: i64, name: &str) -> Result<Option<String>, StoreError> {
    let rows = writer.query(&NOTE, &[lab.into(), name.into()])?;
    rows.first().map(|r| r.get(0)).transpose()
}

/// Makes a note of one laboratory, or removes it.
pub(super) fn set(writer: &mut dyn Writer, lab: i64, name: &str, value: Option<String>) -> Result<(), StoreError> {
    let (table, key) = (&NOTES, Value::from(name));
    let change = match value {
        Some(value) => Change::Put { table, key, values: vec![value.into()] },
        None => Change::Drop { table, key },
    };
    writer.redirect(Some(Redirect::in_place(&NOTES, lab)));
    let applied = writer.apply(&[change], true);
    writer.redirect(None);
    applied
}
