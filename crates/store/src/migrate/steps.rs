//! How one table comes from the shape that stands in the database to the one that the program describes.

use super::{NEW, notes::Notes};
use crate::{
    StoreError, Table,
    engine::{Engine, Writer},
    table::{Dialect, Kind},
    tables::NOTES,
};

/// What has to be done to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing stands in it that is to be kept or replayed: it is made, empty.
    Create,
    /// Its rows stay as they are: these statements.
    InPlace(Vec<String>),
    /// A working table is made anew with the columns that both shapes have.
    Reshape,
    /// A projected table is made anew from the journals.
    Rebuild,
}

/// The step for `table`, which stands as `before` describes it. `written` says whether any journal holds an event that writes it.
pub(super) fn step(table: &'static Table, dialect: Dialect, before: Option<&str>, written: bool) -> Step {
    match before.and_then(|before| in_place(table, dialect, before)) {
        Some(statements) => Step::InPlace(statements),
        None if table.kind == Kind::Working && before.is_some() => Step::Reshape,
        None if table.kind == Kind::Projected && written => Step::Rebuild,
        None => Step::Create,
    }
}

/// The statements that make the table of `before`, its fingerprint, into `table`, if they need touch no row: some columns more at
/// the end that may be NULL, other indexes.
fn in_place(table: &'static Table, dialect: Dialect, before: &str) -> Option<Vec<String>> {
    let shorter = |kept: usize| Table { columns: &table.columns[..kept], indexes: &[], ..*table }.fingerprint(dialect);
    let last_needed = table.columns.iter().rposition(|c| !c.null).map_or(0, |last| last + 1);
    let (kept, indexes) = (last_needed..=table.columns.len()).find_map(|kept| {
        let rest = before.strip_prefix(&shorter(kept))?;
        (rest.is_empty() || rest.starts_with("; ")).then_some((kept, rest))
    })?;
    let before: Vec<&str> = indexes.split("; ").filter(|i| !i.is_empty()).collect();
    let after = table.create_indexes(dialect);
    let mut statements = Vec::new();
    for index in before.iter().filter(|b| after.iter().all(|a| a != *b)) {
        statements.push(format!("DROP INDEX \"{}\"", index.split('"').nth(1)?));
    }
    for column in &table.columns[kept..] {
        statements.push(format!("ALTER TABLE \"{}\" ADD COLUMN {}", table.name, column.ddl(dialect)));
    }
    statements.extend(after.into_iter().filter(|a| !before.contains(&a.as_str())));
    Some(statements)
}

/// Makes a table that does not stand yet, empty.
pub(super) fn create(engine: &dyn Engine, writer: &mut dyn Writer, table: &Table) -> Result<(), StoreError> {
    writer.execute(&table.create(engine.dialect(), table.name))?;
    table.create_indexes(engine.dialect()).iter().try_for_each(|index| writer.execute(index))
}

/// Makes a working table anew and carries over the columns that both shapes have.
pub(super) fn reshape(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    notes: &Notes,
    table: &'static Table,
) -> Result<(), StoreError> {
    make_beside(engine, writer, table, NEW)?;
    if let Some(before) = notes.columns(writer, table)? {
        let shared: Vec<&str> = table
            .column_names()
            .filter(|c| ["lab", table.key.name].contains(c) || before.split(',').any(|b| b == *c))
            .collect();
        let (shared, name) = (shared.join(", "), table.name);
        writer.execute(&format!("INSERT INTO \"{name}{NEW}\" ({shared}) SELECT {shared} FROM \"{name}\""))?;
    }
    swap(engine, writer, table, NEW)
}

/// Makes a table of this shape under its name and `suffix`, empty and without indexes.
pub(super) fn make_beside(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    table: &Table,
    suffix: &str,
) -> Result<(), StoreError> {
    let beside = format!("{}{suffix}", table.name);
    writer.execute(&format!("DROP TABLE IF EXISTS \"{beside}\""))?;
    writer.execute(&table.create(engine.dialect(), &beside))
}

/// Waits for the snapshots that are being read, and shuts out others until the commit: to a snapshot, a table swapped in after it
/// would be empty, and whoever holds one table while waiting for another could hold up the migration that waits for the first.
pub(super) fn shut_out_readers(engine: &dyn Engine, writer: &mut dyn Writer) -> Result<(), StoreError> {
    match engine.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => writer.execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", NOTES.name)),
    }
}

/// Puts the table with `suffix` in the place of the one without.
pub(super) fn swap(
    engine: &dyn Engine,
    writer: &mut dyn Writer,
    table: &Table,
    suffix: &str,
) -> Result<(), StoreError> {
    let (name, beside) = (table.name, format!("{}{suffix}", table.name));
    writer.execute(&format!("DROP TABLE IF EXISTS \"{name}\""))?;
    writer.execute(&format!("ALTER TABLE \"{beside}\" RENAME TO \"{name}\""))?;
    if engine.dialect() == Dialect::Postgres {
        writer.execute(&format!("ALTER TABLE \"{name}\" RENAME CONSTRAINT \"{beside}_pk\" TO \"{name}_pk\""))?;
    }
    table.create_indexes(engine.dialect()).iter().try_for_each(|index| writer.execute(index))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::table::{Column, Index, Type};

    const NAME: Column = Column::new("name", Type::Text);
    const SHELF: Column = Column::nullable("shelf", Type::Text);
    const NOTE: Column = Column::nullable("note", Type::Bytes);
    static BEFORE: Table = Table::projected("items", &[NAME], &[Index::on(&["name"])]);

    fn from(before: &Table, after: &'static Table, dialect: Dialect, written: bool) -> Step {
        step(after, dialect, Some(&before.fingerprint(dialect)), written)
    }

    #[test]
    fn columns_that_may_be_null_and_indexes_are_added_in_place() {
        static AFTER: Table = Table::projected("items", &[NAME, SHELF, NOTE], &[Index::unique(&["shelf", "name"])]);
        let statements = |column: &str, note: &str, index: &str| {
            Step::InPlace(vec![
                "DROP INDEX \"items_by_name\"".to_owned(),
                format!("ALTER TABLE \"items\" ADD COLUMN {column}"),
                format!("ALTER TABLE \"items\" ADD COLUMN {note}"),
                format!("CREATE UNIQUE INDEX \"items_by_shelf_name\" ON \"items\" ({index}shelf, name)"),
            ])
        };
        assert_eq!(from(&BEFORE, &AFTER, Dialect::Sqlite, true), statements("shelf TEXT", "note BLOB", ""));
        let postgres = statements("shelf TEXT COLLATE \"C\"", "note BYTEA", "lab, ");
        assert_eq!(from(&BEFORE, &AFTER, Dialect::Postgres, true), postgres);
        static UNIQUE: Table = Table::projected("items", &[NAME], &[Index::unique(&["name"])]);
        let replaced = Step::InPlace(vec![
            "DROP INDEX \"items_by_name\"".to_owned(),
            "CREATE UNIQUE INDEX \"items_by_name\" ON \"items\" (name)".to_owned(),
        ]);
        assert_eq!(from(&BEFORE, &UNIQUE, Dialect::Sqlite, true), replaced);
        static SPARSE: Table = Table::projected("items", &[NAME, SHELF], &[Index::sparse(&["name", "shelf"])]);
        let sparse = Step::InPlace(vec![
            "DROP INDEX \"items_by_name\"".to_owned(),
            "ALTER TABLE \"items\" ADD COLUMN shelf TEXT".to_owned(),
            "CREATE INDEX \"items_by_name_shelf\" ON \"items\" (name, shelf) WHERE shelf IS NOT NULL".to_owned(),
        ]);
        assert_eq!(from(&BEFORE, &SPARSE, Dialect::Sqlite, true), sparse);
    }

    #[test]
    fn every_other_change_is_a_replay_unless_no_event_writes_the_table() {
        static NEEDED: Table = Table::projected("items", &[NAME, Column::new("shelf", Type::Text)], &[]);
        static FIRST: Table = Table::projected("items", &[SHELF, NAME], &[]);
        static TYPE: Table = Table::projected("items", &[Column::new("name", Type::Bytes)], &[]);
        static REVISED: Table = Table { revision: 2, ..Table::projected("items", &[NAME, SHELF], &[]) };
        static NULLABLE: Table = Table::projected("items", &[Column::nullable("name", Type::Text)], &[]);
        static FEWER: Table = Table::projected("items", &[], &[]);
        for after in [&NEEDED, &FIRST, &TYPE, &REVISED, &NULLABLE, &FEWER] {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                assert_eq!(from(&BEFORE, after, dialect, true), Step::Rebuild, "{after:?}");
                assert_eq!(from(&BEFORE, after, dialect, false), Step::Create, "{after:?}");
            }
        }
        assert_eq!(step(&BEFORE, Dialect::Sqlite, None, true), Step::Rebuild);
        assert_eq!(step(&BEFORE, Dialect::Sqlite, None, false), Step::Create);
    }

    #[test]
    fn a_working_table_keeps_its_rows() {
        static DRAFTS: Table = Table::working("drafts", NAME, &[SHELF], &[]);
        static LONGER: Table = Table::working("drafts", NAME, &[SHELF, NOTE], &[]);
        static OTHER: Table = Table::working("drafts", NAME, &[NOTE, SHELF], &[]);
        let added = Step::InPlace(vec!["ALTER TABLE \"drafts\" ADD COLUMN note BLOB".to_owned()]);
        assert_eq!(from(&DRAFTS, &LONGER, Dialect::Sqlite, false), added);
        assert_eq!(from(&DRAFTS, &OTHER, Dialect::Sqlite, false), Step::Reshape);
        assert_eq!(step(&DRAFTS, Dialect::Sqlite, None, false), Step::Create);
    }
}
