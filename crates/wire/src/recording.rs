//! A recording of a line: what went over it in both directions, when, byte by byte, as text that people read and programs play.
//!
//! One entry a line: time, number of the connection, direction, bytes. `<` came from the analyzer, `>` went to it, `-` is a remark.
//! Printable ASCII stands as it is; a control character by its name, `<STX>`; any other byte, `<` itself, and a space at the end
//! of the line in hexadecimal, `<3C>`. Lines that begin with `#` are comments.
//!
//! ```
//! use titer_wire::recording::{Entry, What, parse, received};
//!
//! let text = "# chemistry 1\n2026-11-22T22:20:04.120Z 1 < <ENQ>\n2026-11-22T22:20:04.121Z 1 > <ACK>\n";
//! let entries = parse(text)?;
//! assert_eq!(entries[1].what, What::Sent(vec![6]));
//! assert_eq!(received(&entries, 1), [5]);
//! # Ok::<(), titer_wire::recording::RecordingError>(())
//! ```

use std::fmt;

use thiserror::Error;

/// Entries of one recording at most.
pub const ENTRIES_MAX: usize = 1_000_000;

/// Names of the 32 control characters, ISO/IEC 6429; form feed by its byte, since FF is another.
pub const CONTROL_NAMES: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "0C", "CR", "SO", "SI", "DLE",
    "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
];

/// One line of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, as whoever recorded it wrote it: RFC 3339, UTC. Without spaces.
    pub at: String,
    /// Which connection, counted from 1 by whoever recorded it.
    pub connection: u64,
    /// What went over the line.
    pub what: What,
}

/// What went over the line at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Bytes from the analyzer.
    Received(Vec<u8>),
    /// Bytes to the analyzer.
    Sent(Vec<u8>),
    /// A remark in words: connected, closed, something out of order.
    Note(String),
}

/// Why a text is no recording.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {why}")]
pub struct RecordingError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.at, self.connection)?;
        match &self.what {
            What::Received(bytes) => write!(f, "< {}", escaped(bytes)),
            What::Sent(bytes) => write!(f, "> {}", escaped(bytes)),
            What::Note(text) => write!(f, "- {}", text.replace(|c: char| c.is_control(), " ").trim_end()),
        }
    }
}

/// Bytes as a line of text: see the head of this page.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            0..32 => {
                text.push('<');
                text.push_str(CONTROL_NAMES[usize::from(*byte)]);
                text.push('>');
            }
            b' ' if i + 1 == bytes.len() => text.push_str("<20>"),
            b'<' | 127.. => text.push_str(&format!("<{byte:02X}>")),
            byte => text.push(char::from(*byte)),
        }
    }
    text
}

/// The bytes that [`escaped`] wrote.
///
/// # Errors
/// In words, when the text is not of that form.
pub fn unescaped(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first != '<' {
            if !(' '..='~').contains(&first) {
                return Err("a character that is not printable ASCII: bytes are written as <STX> or <B5>");
            }
            bytes.push(first as u8);
            rest = &rest[1..];
            continue;
        }
        let (name, after) = rest[1..].split_once('>').ok_or("a < without its >; < itself is written <3C>")?;
        let control = CONTROL_NAMES.iter().position(|n| *n == name).and_then(|at| u8::try_from(at).ok());
        let hex = || u8::from_str_radix(name, 16).ok().filter(|_| name.len() == 2);
        bytes.push(control.or_else(hex).ok_or("between < and > stands neither a control character nor a byte")?);
        rest = after;
    }
    Ok(bytes)
}

/// Reads a recording.
///
/// # Errors
/// Which line is none, and why; or that there are more than [`ENTRIES_MAX`].
pub fn parse(text: &str) -> Result<Vec<Entry>, RecordingError> {
    let mut entries = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        if entries.len() == ENTRIES_MAX {
            return Err(RecordingError { line, why: "the recording is too long; cut it in pieces" });
        }
        entries.push(entry(text).map_err(|why| RecordingError { line, why })?);
    }
    Ok(entries)
}

fn entry(text: &str) -> Result<Entry, &'static str> {
    const SHAPE: &str = "not of the form: time, number of the connection, one of < > -, bytes";
    let mut parts = text.splitn(4, ' ');
    let at = parts.next().filter(|at| at.starts_with(|c: char| c.is_ascii_digit())).ok_or(SHAPE)?;
    let connection = parts.next().and_then(|n| n.parse().ok()).ok_or(SHAPE)?;
    let (direction, rest) = (parts.next().ok_or(SHAPE)?, parts.next().unwrap_or_default());
    let what = match direction {
        "<" => What::Received(unescaped(rest)?),
        ">" => What::Sent(unescaped(rest)?),
        "-" => What::Note(rest.to_owned()),
        _ => return Err(SHAPE),
    };
    Ok(Entry { at: at.to_owned(), connection, what })
}

/// All that the analyzer sent on one connection, in order.
#[must_use]
pub fn received(entries: &[Entry], connection: u64) -> Vec<u8> {
    let of = entries.iter().filter(|e| e.connection == connection);
    of.flat_map(|e| if let What::Received(bytes) = &e.what { bytes.as_slice() } else { &[] }).copied().collect()
}

/// The connections on which the analyzer sent anything, in the order of their first bytes.
#[must_use]
pub fn connections(entries: &[Entry]) -> Vec<u64> {
    let mut found = Vec::new();
    for entry in entries.iter().filter(|e| matches!(e.what, What::Received(_))) {
        if !found.contains(&entry.connection) {
            found.push(entry.connection);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(unescaped(&escaped(&all)), Ok(all));
        for (bytes, text) in [
            (&b"\x021H|\\^&\r\x17A5\r\n"[..], "<STX>1H|\\^&<CR><ETB>A5<CR><LF>"),
            (b"<STX> ", "<3C>STX><20>"),
            (b"\x7f\xb5", "<7F><B5>"),
            (b"", ""),
        ] {
            assert_eq!((escaped(bytes).as_str(), unescaped(text).as_deref()), (text, Ok(bytes)));
        }
    }

    #[test]
    fn what_is_not_of_the_form_is_named_by_its_line() {
        for (text, line) in [
            ("rubbish", 1),
            ("# fine\n\n2026-11-22T22:20:04Z 1 < a\n2026-11-22T22:20:04Z one < a", 4),
            ("2026-11-22T22:20:04Z 1 = a", 1),
            ("2026-11-22T22:20:04Z 1 < <STX", 1),
            ("2026-11-22T22:20:04Z 1 < <XYZ>", 1),
            ("2026-11-22T22:20:04Z 1 < µ", 1),
        ] {
            assert_eq!(parse(text).map_err(|e| e.line), Err(line), "{text}");
        }
    }

    #[test]
    fn a_recording_reads_as_it_was_written() {
        let at = |what| Entry { at: "2026-11-22T22:20:04.5Z".to_owned(), connection: 2, what };
        let entries = [
            at(What::Note("connected: 192.0.2.17".to_owned())),
            at(What::Received(b"\x05".to_vec())),
            at(What::Sent(b"\x06".to_vec())),
            Entry { connection: 3, ..at(What::Received(b"other".to_vec())) },
            at(What::Received(b"\x021H|\r".to_vec())),
            at(What::Received(Vec::new())),
        ];
        let text: String = entries.iter().map(|e| format!("{e}\n")).collect();
        assert_eq!(parse(&text), Ok(entries.to_vec()));
        assert_eq!(connections(&entries), [2, 3]);
        assert_eq!(received(&entries, 2), b"\x05\x021H|\r");
    }
}
