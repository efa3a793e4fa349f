//! A row declared once: [`table!`](crate::table!) makes a table, the type of its rows and its fields from one list of columns, so
//! that nobody counts positions and no two columns can be swapped unseen.

use std::{marker::PhantomData, vec::IntoIter};

use crate::{Actor, FromValue, Header, Row, Sha256, StoreError, Table, Timestamp, Type, Value};

/// What a column can hold: how it is stored, and how it is read back.
pub trait ColumnType: FromValue + Into<Value> {
    /// Its type in the database.
    const TYPE: Type;
    /// Whether it may be NULL.
    const NULL: bool = false;
}

macro_rules! column_types {
    ($($t:ty: $type:ident),* $(,)?) => {$(
        impl ColumnType for $t { const TYPE: Type = Type::$type; }
    )*};
}
column_types! {
    i64: BigInt,
    bool: Boolean,
    f64: Double,
    String: Text,
    Vec<u8>: Bytes,
    Timestamp: BigInt,
    Sha256: Bytes,
}

impl<T: ColumnType> ColumnType for Option<T> {
    const TYPE: Type = T::TYPE;
    const NULL: bool = true;
}

/// Some columns of a table, read together.
pub trait Columns: Sized {
    /// Their names.
    const NAMES: &'static [&'static str];
    /// Takes them off an answer, in the order of their names.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when a column is missing or of another type.
    fn read(cells: &mut Cells) -> Result<Self, StoreError>;
}

/// A row of a table that [`table!`](crate::table!) declares: its columns are the key and all others but `lab`.
pub trait TableRow: Columns {
    /// What names a row.
    type Key: ColumnType;
    /// The table.
    const TABLE: &'static Table;
    /// The key, and the other columns in the order of the table.
    fn into_values(self) -> (Value, Vec<Value>);
}

/// The header of an event, off the journal.
impl Columns for Header {
    const NAMES: &'static [&'static str] = &["lab", "number", "at", "actor_kind", "actor", "kind", "version"];

    fn read(cells: &mut Cells) -> Result<Self, StoreError> {
        let (lab, number, at) = (cells.get()?, cells.get()?, cells.get()?);
        let actor = Actor::from_code(cells.get()?, cells.get()?)
            .ok_or_else(|| StoreError::Corrupt(format!("event {number} names an unknown kind of actor")))?;
        let (kind, version) = (cells.get()?, cells.get::<i64>()?);
        let version = u16::try_from(version)
            .map_err(|_| StoreError::Corrupt(format!("event {number} has an impossible version")))?;
        Ok(Header { lab, number, at, actor, kind, version })
    }
}

/// A column of a row, by name and type.
pub struct Field<R, T> {
    name: &'static str,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R: TableRow, T: ColumnType> Field<R, T> {
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Field { name, types: PhantomData }
    }

    /// Its name in the database.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// This column, set to a value; see [`set!`](crate::set!).
    pub fn to(&self, value: impl Into<T>) -> Set<R> {
        Set { name: self.name, value: value.into().into(), row: PhantomData }
    }
}

/// One column of a row, set to a value.
pub struct Set<R> {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    row: PhantomData<fn() -> R>,
}

/// The columns of one row of an answer, taken off from left to right.
pub struct Cells {
    values: IntoIter<Value>,
    taken: usize,
}

impl Cells {
    pub(crate) fn of(row: Row) -> Self {
        Cells { values: row.0.into_iter(), taken: 0 }
    }

    /// The next column.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is missing or of another type.
    pub fn get<T: FromValue>(&mut self) -> Result<T, StoreError> {
        let value = self.values.next().unwrap_or(Value::Null);
        let (index, kind) = (self.taken, value.kind());
        self.taken += 1;
        // The type only: what stands there may be a patient's, and this goes to the log.
        T::from_value(value).ok_or_else(|| {
            StoreError::Corrupt(format!("column {index} holds {kind}, not {}", std::any::type_name::<T>()))
        })
    }
}

/// Declares a table and the type of its rows:
///
/// ```
/// titer_store::table! {
///     /// Tubes.
///     pub static TUBES = projected "tubes";
///     /// A tube.
///     pub struct TubeRow {
///         key id: i64,
///         barcode: String,
///         received_at: Option<titer_store::Timestamp>,
///     }
///     index unique (barcode);
///     index sparse (received_at);
/// }
/// ```
///
/// A sparse index leaves out the rows whose last column in it is NULL.
///
/// `projected "tubes" revision 2` raises the revision of a projection. A column whose name is a word of Rust says
/// `complete as "final": bool`.
#[macro_export]
macro_rules! table {
    (
        $(#[$table_meta:meta])*
        $vis:vis static $table:ident = $kind:ident $name:literal $(revision $revision:literal)?;
        $(#[$row_meta:meta])*
        $row_vis:vis struct $row:ident {
            $(#[$key_meta:meta])*
            key $key:ident: $key_type:ty
            $(, $(#[$meta:meta])* $column:ident $(as $stored:literal)?: $type:ty)* $(,)?
        }
        $(index $($how:ident)? ($($by:ident),+ $(,)?);)*
    ) => {
        $(#[$table_meta])*
        $vis static $table: $crate::Table = $crate::Table {
            name: $name,
            kind: $crate::table!(@kind $kind),
            revision: $crate::table!(@revision $($revision)?),
            key: $crate::Column {
                name: stringify!($key),
                ty: <$key_type as $crate::row::ColumnType>::TYPE,
                null: false,
            },
            columns: &[$($crate::Column {
                name: $crate::table!(@name $column $($stored)?),
                ty: <$type as $crate::row::ColumnType>::TYPE,
                null: <$type as $crate::row::ColumnType>::NULL,
            }),*],
            indexes: &[$($crate::table!(@index $($how)?)(&[$(<$row>::$by.name()),+])),*],
        };

        $(#[$row_meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        $row_vis struct $row {
            $(#[$key_meta])*
            pub $key: $key_type,
            $($(#[$meta])* pub $column: $type,)*
        }

        #[allow(missing_docs, non_upper_case_globals, dead_code)]
        impl $row {
            pub const $key: $crate::row::Field<Self, $key_type> = $crate::row::Field::new(stringify!($key));
            $(pub const $column: $crate::row::Field<Self, $type> =
                $crate::row::Field::new($crate::table!(@name $column $($stored)?));)*
        }

        impl $crate::row::Columns for $row {
            const NAMES: &'static [&'static str] =
                &[stringify!($key), $($crate::table!(@name $column $($stored)?)),*];
            fn read(cells: &mut $crate::row::Cells) -> ::std::result::Result<Self, $crate::StoreError> {
                Ok($row { $key: cells.get()?, $($column: cells.get()?),* })
            }
        }

        impl $crate::row::TableRow for $row {
            type Key = $key_type;
            const TABLE: &'static $crate::Table = &$table;
            fn into_values(self) -> ($crate::Value, ::std::vec::Vec<$crate::Value>) {
                (self.$key.into(), ::std::vec::Vec::from([$(self.$column.into()),*]))
            }
        }
    };
    (@kind projected) => { $crate::table::Kind::Projected };
    (@kind working) => { $crate::table::Kind::Working };
    (@kind store) => { $crate::table::Kind::Store };
    (@revision) => { 1 };
    (@revision $revision:literal) => { $revision };
    (@name $column:ident) => { stringify!($column) };
    (@name $column:ident $stored:literal) => { $stored };
    (@index) => { $crate::Index::on };
    (@index unique) => { $crate::Index::unique };
    (@index sparse) => { $crate::Index::sparse };
}

/// Columns of a row that exists, set to new values: `set!(TubeRow { received_at: Some(header.at) })`.
#[macro_export]
macro_rules! set {
    ($row:ty { $($column:ident: $value:expr),+ $(,)? }) => { [$(<$row>::$column.to($value)),+] };
}
