//! The five column types in memory, and rows of them.

use crate::StoreError;

/// A value of one of the five column types. Time is [`crate::Timestamp`] as `Int`; a decimal is `Text`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// BIGINT.
    Int(i64),
    /// BOOLEAN (SQLite: 0 or 1).
    Bool(bool),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT, compared by code point.
    Text(String),
    /// BYTEA or BLOB.
    Bytes(Vec<u8>),
}

impl Value {
    /// What it is, without what it says.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Int(_) => "an integer",
            Value::Bool(_) => "a boolean",
            Value::Real(_) => "a floating-point number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
        }
    }
}

macro_rules! into_value {
    ($($t:ty => |$v:ident| $e:expr),* $(,)?) => {$(
        impl From<$t> for Value { fn from($v: $t) -> Self { $e } }
    )*};
}
into_value! {
    i64 => |v| Value::Int(v),
    i32 => |v| Value::Int(v.into()),
    u32 => |v| Value::Int(v.into()),
    u16 => |v| Value::Int(v.into()),
    bool => |v| Value::Bool(v),
    f64 => |v| Value::Real(v),
    &str => |v| Value::Text(v.to_owned()),
    String => |v| Value::Text(v),
    &String => |v| Value::Text(v.clone()),
    Vec<u8> => |v| Value::Bytes(v),
    &[u8] => |v| Value::Bytes(v.to_vec()),
    crate::Sha256 => |v| Value::Bytes(v.0.to_vec()),
    crate::Timestamp => |v| Value::Int(v.micros()),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Value::Null, Into::into)
    }
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// Takes the value, or `None` if it is of another type.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! from_value {
    ($($t:ty: $($p:pat => $e:expr),+;)*) => {$(
        impl FromValue for $t {
            fn from_value(value: Value) -> Option<Self> {
                match value { $($p => $e,)+ _ => None }
            }
        }
    )*};
}
from_value! {
    i64: Value::Int(v) => Some(v);
    bool: Value::Bool(v) => Some(v), Value::Int(v @ (0 | 1)) => Some(v == 1);
    f64: Value::Real(v) => Some(v);
    String: Value::Text(v) => Some(v);
    Vec<u8>: Value::Bytes(v) => Some(v);
    crate::Timestamp: Value::Int(v) => Some(crate::Timestamp::from_micros(v));
    crate::Sha256: Value::Bytes(v) => v.try_into().ok().map(crate::Sha256);
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            v => T::from_value(v).map(Some),
        }
    }
}

/// One row of an answer, its columns in the order of the statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The column at `index`, counted from 0, as `T`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the column is missing or of another type.
    pub fn get<T: FromValue>(&self, index: usize) -> Result<T, StoreError> {
        let value = self.0.get(index).unwrap_or(&Value::Null);
        T::from_value(value.clone()).ok_or_else(|| {
            // The type only: what stands there may be a patient's, and this goes to the log.
            StoreError::Corrupt(format!("column {index} holds {}, not {}", value.kind(), std::any::type_name::<T>()))
        })
    }

    /// All columns.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}
