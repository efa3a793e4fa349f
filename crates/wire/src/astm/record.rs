//! Records of LIS02-A2, read without loss: every record, field, repeat and component is a slice of the text received.

mod group;
mod write;

use std::borrow::Cow;

use thiserror::Error;

use super::frame::{CR, LF};
pub use group::Group;
pub use write::Writer;

/// Records in one text at most.
pub const RECORDS_MAX: usize = 50_000;

/// The delimiters that a header record declares (LIS02-A2: field H-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// Between fields.
    pub field: u8,
    /// Between the repeats of a field.
    pub repeat: u8,
    /// Between the components of a field.
    pub component: u8,
    /// Around an escape sequence.
    pub escape: u8,
}

impl Default for Delimiters {
    /// `|`, `\`, `^` and `&`, which most analyzers use.
    fn default() -> Self {
        Self { field: b'|', repeat: b'\\', component: b'^', escape: b'&' }
    }
}

impl Delimiters {
    /// Reads them off a header record, such as `H|\^&|…`. They must be four different punctuation characters.
    fn of_header(record: &[u8]) -> Option<Self> {
        let [_, field, rest @ ..] = record else { return None };
        let declared = rest.split(|byte| byte == field).next()?;
        let &[repeat, component, escape] = declared else {
            return None;
        };
        let all = [*field, repeat, component, escape];
        let distinct = (1..all.len()).all(|at| !all[..at].contains(&all[at]));
        (distinct && all.iter().all(u8::is_ascii_punctuation)).then_some(Self {
            field: *field,
            repeat,
            component,
            escape,
        })
    }
}

/// What a record is, by its first field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// H
    Header,
    /// P
    Patient,
    /// O
    Order,
    /// R
    Result,
    /// C
    Comment,
    /// M
    Manufacturer,
    /// Q: a request for information. Never quality control.
    Query,
    /// S
    Scientific,
    /// L
    Terminator,
    /// Anything else.
    Other,
}

impl Kind {
    fn of(record: &[u8], field_delimiter: u8) -> Self {
        let letter = match record {
            [letter] => letter,
            [letter, next, ..] if *next == field_delimiter => letter,
            _ => return Self::Other,
        };
        match letter.to_ascii_uppercase() {
            b'H' => Self::Header,
            b'P' => Self::Patient,
            b'O' => Self::Order,
            b'R' => Self::Result,
            b'C' => Self::Comment,
            b'M' => Self::Manufacturer,
            b'Q' => Self::Query,
            b'S' => Self::Scientific,
            b'L' => Self::Terminator,
            _ => Self::Other,
        }
    }
}

/// Why a text is not a sequence of messages. Records are counted from 1.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ParseError {
    /// There is no record at all.
    #[error("the text holds no record")]
    Empty,
    /// The first record is not a header, so the delimiters are unknown.
    #[error("the first record is not a header (H)")]
    NoHeader,
    /// A header does not declare four different delimiters.
    #[error("record {record} is a header that does not declare field, repeat, component and escape delimiters")]
    BadDelimiters {
        /// The header.
        record: usize,
    },
    /// A record stands between a terminator and the next header, so it belongs to no message.
    #[error("record {record} stands after a terminator (L) and belongs to no message")]
    AfterTerminator {
        /// The record.
        record: usize,
    },
    /// More than [`RECORDS_MAX`] records.
    #[error("the text holds more than {RECORDS_MAX} records")]
    TooManyRecords,
}

/// Reads a text of one message or several. Records end in CR; LF is taken for an end as well, and empty records are
/// passed over.
///
/// # Errors
/// [`ParseError`], when records would have to be guessed at or dropped.
pub fn parse(text: &[u8]) -> Result<Vec<Message<'_>>, ParseError> {
    let mut messages: Vec<Message<'_>> = Vec::new();
    let records = text.split(|byte| matches!(*byte, CR | LF)).filter(|record| !record.is_empty());
    for (raw, number) in records.zip(1..) {
        if number > RECORDS_MAX {
            return Err(ParseError::TooManyRecords);
        }
        if is_header(raw) {
            let delimiters = Delimiters::of_header(raw).ok_or(ParseError::BadDelimiters { record: number })?;
            let mut records = Vec::with_capacity(if messages.is_empty() { 32 } else { 8 });
            records.push(Record::new(raw, delimiters));
            messages.push(Message { records });
            continue;
        }
        let message = messages.last_mut().ok_or(ParseError::NoHeader)?;
        if message.terminator().is_some() {
            return Err(ParseError::AfterTerminator { record: number });
        }
        let delimiters = message.delimiters();
        message.records.push(Record::new(raw, delimiters));
    }
    if messages.is_empty() {
        return Err(ParseError::Empty);
    }
    Ok(messages)
}

/// A header is known before its delimiters are: by H and no further letter or digit.
pub(super) fn is_header(record: &[u8]) -> bool {
    matches!(record.first(), Some(b'H' | b'h')) && !record.get(1).is_some_and(u8::is_ascii_alphanumeric)
}

/// A terminator likewise: its field delimiter is whatever the header says, but never a letter or digit.
pub(super) fn is_terminator(record: &[u8]) -> bool {
    matches!(record.first(), Some(b'L' | b'l')) && !record.get(1).is_some_and(u8::is_ascii_alphanumeric)
}

/// One message: a header and what follows it, in the sender's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Never empty; the first is the header.
    records: Vec<Record<'a>>,
}

impl<'a> Message<'a> {
    /// All records, in the sender's order. The first is the header.
    #[must_use]
    pub fn records(&self) -> &[Record<'a>] {
        &self.records
    }

    /// The header record.
    #[must_use]
    pub fn header(&self) -> Record<'a> {
        self.records[0]
    }

    /// The terminator record. Without one the message is not complete.
    #[must_use]
    pub fn terminator(&self) -> Option<Record<'a>> {
        self.records.last().copied().filter(|record| record.kind == Kind::Terminator)
    }

    /// The delimiters declared by the header.
    #[must_use]
    pub fn delimiters(&self) -> Delimiters {
        self.records[0].delimiters
    }
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    raw: &'a [u8],
    delimiters: Delimiters,
    kind: Kind,
}

impl<'a> Record<'a> {
    fn new(raw: &'a [u8], delimiters: Delimiters) -> Self {
        Self { raw, delimiters, kind: Kind::of(raw, delimiters.field) }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its bytes as sent, without the CR.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Field `number`, counted from 1 as in the standard: field 1 is the record type. One that was not sent is empty.
    #[must_use]
    pub fn field(&self, number: usize) -> Value<'a> {
        self.value(nth(self.raw, self.delimiters.field, number))
    }

    /// Its fields, the record type first.
    pub fn fields(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let record = *self;
        split(self.raw, self.delimiters.field).map(move |raw| record.value(raw))
    }

    fn value(&self, raw: &'a [u8]) -> Value<'a> {
        Value { raw, delimiters: self.delimiters }
    }
}

/// A field, or a repeat or component of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    raw: &'a [u8],
    delimiters: Delimiters,
}

impl<'a> Value<'a> {
    /// Its bytes as sent.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Nothing stands in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The repeats of a field; a field without repeats is one.
    pub fn repeats(&self) -> impl Iterator<Item = Self> + use<'a> {
        let delimiters = self.delimiters;
        split(self.raw, delimiters.repeat).map(move |raw| Self { raw, delimiters })
    }

    /// The components of a repeat, or of a field without repeats; a value without components is one.
    pub fn components(&self) -> impl Iterator<Item = Self> + use<'a> {
        let delimiters = self.delimiters;
        split(self.raw, delimiters.component).map(move |raw| Self { raw, delimiters })
    }

    /// Component `number` of the first repeat, counted from 1. One that was not sent is empty.
    #[must_use]
    pub fn component(&self, number: usize) -> Self {
        let repeat = nth(self.raw, self.delimiters.repeat, 1);
        Self { raw: nth(repeat, self.delimiters.component, number), delimiters: self.delimiters }
    }

    /// Its bytes with escape sequences resolved: `&F&`, `&R&`, `&S&`, `&E&` for the delimiters and `&X0D&` for bytes in
    /// hexadecimal. Anything else, such as a bare `&`, stays as sent.
    #[must_use]
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        unescape(self.raw, &self.delimiters)
    }

    /// Its text, escape sequences resolved.
    #[must_use]
    pub fn text(&self, encoding: Encoding) -> Cow<'a, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => encoding.decode(bytes),
            Cow::Owned(bytes) => Cow::Owned(encoding.decode(&bytes).into_owned()),
        }
    }
}

/// The character encoding of a link, declared by its dialect: ASTM messages do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; bytes that are not valid UTF-8 are read as Latin-1.
    #[default]
    Utf8,
    /// ISO 8859-1.
    Latin1,
}

impl Encoding {
    /// Reads bytes as text. Never fails, for each byte is a character of Latin-1.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self == Self::Utf8 || bytes.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
        }
    }
}

fn split(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = &[u8]> {
    bytes.split(move |byte| *byte == delimiter)
}

/// Part `number`, counted from 1, or nothing.
fn nth(bytes: &[u8], delimiter: u8, number: usize) -> &[u8] {
    number.checked_sub(1).and_then(|at| split(bytes, delimiter).nth(at)).unwrap_or_default()
}

fn unescape<'a>(raw: &'a [u8], delimiters: &Delimiters) -> Cow<'a, [u8]> {
    if !raw.contains(&delimiters.escape) {
        return Cow::Borrowed(raw);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == delimiters.escape
            && let Some(len) = after.iter().position(|byte| *byte == delimiters.escape)
            && resolve(&after[..len], delimiters, &mut bytes)
        {
            rest = &after[len + 1..];
        } else {
            bytes.push(byte);
        }
    }
    Cow::Owned(bytes)
}

/// Appends what an escape sequence stands for. False, and nothing appended, when it is none.
fn resolve(sequence: &[u8], delimiters: &Delimiters, out: &mut Vec<u8>) -> bool {
    match sequence {
        b"F" => out.push(delimiters.field),
        b"R" => out.push(delimiters.repeat),
        b"S" => out.push(delimiters.component),
        b"E" => out.push(delimiters.escape),
        [b'X', digits @ ..]
            if !digits.is_empty() && digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit) =>
        {
            let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
            out.extend(digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])));
        }
        _ => return false,
    }
    true
}
