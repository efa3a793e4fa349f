//! Tables described once, as constants; the DDL of each engine derives from the description.

use std::fmt::Write as _;

/// The type of a column: five, so that every engine has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 64-bit integer; also a [`crate::Timestamp`] and an id.
    BigInt,
    /// Text, compared by code point.
    Text,
    /// Bytes.
    Bytes,
    /// True or false.
    Boolean,
    /// 64-bit floating point.
    Double,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether it may be NULL.
    pub null: bool,
}

impl Column {
    /// A column that always has a value.
    #[must_use]
    pub const fn new(name: &'static str, ty: Type) -> Self {
        Column { name, ty, null: false }
    }

    /// A column that may be NULL.
    #[must_use]
    pub const fn nullable(name: &'static str, ty: Type) -> Self {
        Column { name, ty, null: true }
    }

    /// As DDL describes it.
    pub(crate) fn ddl(&self, dialect: Dialect) -> String {
        let null = if self.null { "" } else { " NOT NULL" };
        format!("{} {}{null}", self.name, self.ty.ddl(dialect))
    }
}

/// One index. `lab` leads it on PostgreSQL and is absent on SQLite, where a laboratory is a file.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    /// Its columns, in order.
    pub columns: &'static [&'static str],
    /// Whether a combination may stand only once in a laboratory.
    pub unique: bool,
    /// Whether rows without a value in the last column are left out. A statement finds its rows by it only if it demands a value there.
    pub sparse: bool,
}

impl Index {
    /// An index for looking up.
    #[must_use]
    pub const fn on(columns: &'static [&'static str]) -> Self {
        Index { columns, unique: false, sparse: false }
    }

    /// An index of the rows that have a value in the last column: nothing is written to it before.
    #[must_use]
    pub const fn sparse(columns: &'static [&'static str]) -> Self {
        Index { columns, unique: false, sparse: true }
    }

    /// Which rows stand in it.
    pub(crate) fn condition(&self) -> Option<String> {
        self.columns.last().filter(|_| self.sparse).map(|last| format!("{last} IS NOT NULL"))
    }

    /// An index that allows each combination once.
    #[must_use]
    pub const fn unique(columns: &'static [&'static str]) -> Self {
        Index { columns, unique: true, sparse: false }
    }
}

/// What a table is evidence of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Written by projections only; rebuilt from the journal.
    Projected,
    /// Sessions, leases, delivery attempts, drafts: never evidence, never rebuilt.
    Working,
    /// The journal, its head, the files of events, blobs and the store's own notes.
    Store,
}

/// A table. Every one has a column `lab` beside those described here.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Raise it when the projection of an event that was ever journalled changes what stands in this table: the table is then
    /// rebuilt. A column that is added at the end and may be NULL is added in place, empty, without a replay. So raise it as well
    /// if an event that was journalled before fills such a column; not if only events of new kinds and versions do.
    pub revision: u32,
    /// The key by which every row change names its row.
    pub key: Column,
    /// The other columns, in the order in which [`crate::Changes::put`] takes their values.
    pub columns: &'static [Column],
    /// Its indexes.
    pub indexes: &'static [Index],
}

/// The key of nearly every table: an id (event number × 1024 + place).
pub const ID: Column = Column::new("id", Type::BigInt);

/// An SQL dialect that DDL is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one file a laboratory.
    Sqlite,
    /// PostgreSQL and its distributed relatives: `lab` leads every key.
    Postgres,
}

impl Type {
    fn ddl(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (Dialect::Sqlite, Type::BigInt | Type::Boolean) => "INTEGER",
            (Dialect::Sqlite, Type::Text) => "TEXT",
            (Dialect::Sqlite, Type::Bytes) => "BLOB",
            (Dialect::Sqlite, Type::Double) => "REAL",
            (Dialect::Postgres, Type::BigInt) => "BIGINT",
            (Dialect::Postgres, Type::Text) => "TEXT COLLATE \"C\"",
            (Dialect::Postgres, Type::Bytes) => "BYTEA",
            (Dialect::Postgres, Type::Boolean) => "BOOLEAN",
            (Dialect::Postgres, Type::Double) => "DOUBLE PRECISION",
        }
    }
}

impl Table {
    /// A projected table with the usual key.
    #[must_use]
    pub const fn projected(name: &'static str, columns: &'static [Column], indexes: &'static [Index]) -> Self {
        Table { name, kind: Kind::Projected, revision: 1, key: ID, columns, indexes }
    }

    /// A working table.
    #[must_use]
    pub const fn working(
        name: &'static str,
        key: Column,
        columns: &'static [Column],
        indexes: &'static [Index],
    ) -> Self {
        Table { name, kind: Kind::Working, revision: 1, key, columns, indexes }
    }

    /// `CREATE TABLE`, for a table of this shape under another name (a rebuild stands beside the old one).
    #[must_use]
    pub fn create(&self, dialect: Dialect, name: &str) -> String {
        let mut ddl = format!("CREATE TABLE \"{name}\" (");
        match dialect {
            Dialect::Sqlite if self.key.ty == Type::BigInt => {
                let _ = write!(ddl, "{} INTEGER PRIMARY KEY, lab INTEGER NOT NULL", self.key.name);
            }
            Dialect::Sqlite => {
                let _ = write!(ddl, "{} PRIMARY KEY, lab INTEGER NOT NULL", self.key.ddl(dialect));
            }
            Dialect::Postgres => {
                let _ = write!(ddl, "lab BIGINT NOT NULL, {}", self.key.ddl(dialect));
            }
        }
        for column in self.columns {
            let _ = write!(ddl, ", {}", column.ddl(dialect));
        }
        match dialect {
            Dialect::Sqlite => ddl.push_str(") STRICT"),
            Dialect::Postgres => {
                let _ = write!(ddl, ", CONSTRAINT \"{name}_pk\" PRIMARY KEY (lab, {}))", self.key.name);
            }
        }
        ddl
    }

    /// `CREATE INDEX` for each index, on the table's own name.
    #[must_use]
    pub fn create_indexes(&self, dialect: Dialect) -> Vec<String> {
        let create = |index: &Index| {
            let unique = if index.unique { "UNIQUE " } else { "" };
            let lab = if dialect == Dialect::Postgres { "lab, " } else { "" };
            let columns = index.columns.join(", ");
            let name = format!("{}_by_{}", self.name, index.columns.join("_"));
            let condition = index.condition().map(|c| format!(" WHERE {c}")).unwrap_or_default();
            format!("CREATE {unique}INDEX \"{name}\" ON \"{}\" ({lab}{columns}){condition}", self.name)
        };
        self.indexes.iter().map(create).collect()
    }

    /// What must be equal for the stored table to be this one: its DDL and its revision.
    #[must_use]
    pub fn fingerprint(&self, dialect: Dialect) -> String {
        let mut text = format!("r{} {}", self.revision, self.create(dialect, self.name));
        for index in self.create_indexes(dialect) {
            text.push_str("; ");
            text.push_str(&index);
        }
        text
    }

    /// The page of this table after a key, as SQL with `?` or `$` for the places of parameters (lab, key, limit).
    pub(crate) fn page_sql(&self, mark: char) -> String {
        let columns: Vec<&str> = self.column_names().collect();
        let (columns, key) = (columns.join(", "), self.key.name);
        format!(
            "SELECT {columns} FROM \"{}\" WHERE lab = {mark}1 AND {key} > {mark}2 ORDER BY {key} LIMIT {mark}3",
            self.name
        )
    }

    /// A value below every key.
    pub(crate) fn before_first(&self) -> crate::Value {
        match self.key.ty {
            Type::Text => "".into(),
            Type::Bytes => crate::Value::Bytes(Vec::new()),
            _ => i64::MIN.into(),
        }
    }

    /// The names of all columns that a row is written with: `lab`, the key, the others.
    pub(crate) fn column_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        ["lab", self.key.name].into_iter().chain(self.columns.iter().map(|c| c.name))
    }
}
