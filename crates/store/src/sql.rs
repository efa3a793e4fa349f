//! SQL texts: constants, registered, the same for every engine.

use std::sync::OnceLock;

use crate::{Read, StoreError, Value, row::Cells};

/// One SQL text. Parameters are `$1`, `$2`, …; `$1` is always the laboratory and is bound by the store, so that no statement
/// can look outside its own.
#[derive(Debug)]
pub struct Sql {
    /// What is selected before `text`; nothing when `text` is the whole statement.
    selected: &'static [Selected],
    text: &'static str,
    place: &'static str,
    whole: OnceLock<String>,
    sqlite: OnceLock<String>,
}

/// What a [`Select`] asks for.
#[doc(hidden)]
#[derive(Debug)]
pub enum Selected {
    /// Columns of a table, by the name that the statement calls it.
    Row(&'static str, &'static [&'static str]),
    /// One column or expression.
    Column(&'static str),
}

/// What [`all`] collects.
#[doc(hidden)]
pub struct Registered(pub &'static Sql);
inventory::collect!(Registered);

impl Sql {
    #[doc(hidden)]
    pub const fn new(text: &'static str, place: &'static str) -> Self {
        Sql::select(&[], text, place)
    }

    const fn select(selected: &'static [Selected], text: &'static str, place: &'static str) -> Self {
        Sql { selected, text, place, whole: OnceLock::new(), sqlite: OnceLock::new() }
    }

    /// The text, as PostgreSQL takes it.
    pub fn text(&self) -> &str {
        if self.selected.is_empty() {
            return self.text;
        }
        self.whole.get_or_init(|| {
            let mut columns = Vec::new();
            for selected in self.selected {
                match selected {
                    Selected::Column(column) => columns.push((*column).to_owned()),
                    Selected::Row(name, of_row) => {
                        columns.extend(of_row.iter().map(|column| format!("{name}.{column}")));
                    }
                }
            }
            format!("SELECT {} {}", columns.join(", "), self.text)
        })
    }

    /// File and line.
    pub fn place(&self) -> &'static str {
        self.place
    }

    /// The text as SQLite takes it: `rusqlite` numbers `$n` by first appearance, `?n` by its number.
    pub(crate) fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.text().replace('$', "?"))
    }
}

/// A statement that knows what it answers: a row type, a column's type, or several of them. Declared by [`sql!`](crate::sql!).
pub struct Select<T> {
    sql: Sql,
    take: fn(&mut Cells) -> Result<T, StoreError>,
}

impl<T> Select<T> {
    #[doc(hidden)]
    pub const fn new(
        selected: &'static [Selected],
        text: &'static str,
        place: &'static str,
        take: fn(&mut Cells) -> Result<T, StoreError>,
    ) -> Self {
        Select { sql: Sql::select(selected, text, place), take }
    }

    /// Its text: what a [`crate::Plan`] names.
    pub const fn sql(&'static self) -> &'static Sql {
        &self.sql
    }

    /// All that it answers. The store binds `$1` to the laboratory; `params` are `$2` and on.
    ///
    /// # Errors
    /// A [`StoreError`] when the database cannot answer, or holds what cannot be read.
    pub fn all(&'static self, read: &mut dyn Read, params: &[Value]) -> Result<Vec<T>, StoreError> {
        read.query(&self.sql, params)?.into_iter().map(|row| (self.take)(&mut Cells::of(row))).collect()
    }

    /// The only answer, or the first.
    ///
    /// # Errors
    /// As [`Select::all`].
    pub fn one(&'static self, read: &mut dyn Read, params: &[Value]) -> Result<Option<T>, StoreError> {
        read.one(&self.sql, params)?.map(|row| (self.take)(&mut Cells::of(row))).transpose()
    }
}

/// Every SQL text of the program.
pub fn all() -> impl Iterator<Item = &'static Sql> {
    inventory::iter::<Registered>.into_iter().map(|r| r.0)
}

/// Declares SQL texts and registers them, so that a test can explain each one on both engines. A statement that answers rows
/// names what it selects, with types, and the text goes on behind them:
///
/// ```ignore
/// sql! {
///     BY_BARCODE: (s: SpecimenRow, p: PatientRow, "o.priority": Priority) = "FROM specimens s JOIN … \
///         WHERE s.lab = $1 AND s.barcode = $2";
/// }
/// let found = BY_BARCODE.one(read, &values![barcode])?;
/// ```
#[macro_export]
macro_rules! sql {
    () => {};
    ($(#[$meta:meta])* $vis:vis $name:ident = $text:expr; $($rest:tt)*) => {
        $(#[$meta])*
        $vis static $name: $crate::Sql = $crate::Sql::new($text, concat!(file!(), ":", line!()));
        $crate::inventory::submit! { $crate::sql::Registered(&$name) }
        $crate::sql! { $($rest)* }
    };
    ($(#[$meta:meta])* $vis:vis $name:ident: ($($what:tt: $type:ty),+ $(,)?) = $text:expr; $($rest:tt)*) => {
        $(#[$meta])*
        #[allow(unused_parens)]
        $vis static $name: $crate::Select<($($type),+)> = $crate::Select::new(
            &[$($crate::sql!(@selected $what $type)),+],
            $text,
            concat!(file!(), ":", line!()),
            |cells| Ok(($($crate::sql!(@take cells $what $type)),+)),
        );
        $crate::inventory::submit! { $crate::sql::Registered($name.sql()) }
        $crate::sql! { $($rest)* }
    };
    (@selected $alias:ident $type:ty) => {
        $crate::sql::Selected::Row(stringify!($alias), <$type as $crate::row::Columns>::NAMES)
    };
    (@selected $column:literal $type:ty) => { $crate::sql::Selected::Column($column) };
    (@take $cells:ident $alias:ident $type:ty) => { <$type as $crate::row::Columns>::read($cells)? };
    (@take $cells:ident $column:literal $type:ty) => { $cells.get::<$type>()? };
}
