//! A message as it came beside how it is understood: each field leads to its bytes.

use titer_wire::astm::{Encoding, Kind, parse};

use super::raw::{Run, visible};

/// Records that are shown of one message.
pub const RECORDS_MAX: usize = 40;

/// A message, record by record.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Its records; none when it is no message of the standard.
    pub records: Vec<Record>,
    /// Whether there are more.
    pub more: bool,
    /// All its bytes, where it is no message of the standard.
    pub raw: Vec<Run>,
}

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    /// Its type and number, `R 1`.
    pub name: String,
    /// The key of what it is.
    pub kind: &'static str,
    /// Its bytes, field by field: all of them, so put together they are the record.
    pub pieces: Vec<Piece>,
    /// Its fields that are not empty.
    pub fields: Vec<Field>,
}

/// The bytes of one field, or those between two.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// What the field is called on the page; empty for what stands between fields.
    pub id: String,
    /// Its bytes.
    pub runs: Vec<Run>,
}

/// One field as it is understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The piece that it is read from.
    pub id: String,
    /// Its number in the standard, `R-4`.
    pub label: String,
    /// Its text.
    pub text: String,
}

/// Reads a message.
pub fn beside(bytes: &[u8], encoding: Encoding) -> Beside {
    let Ok(messages) = parse(bytes) else { return Beside { raw: visible(bytes), ..Beside::default() } };
    let all: Vec<_> = messages.iter().flat_map(|m| m.records()).collect();
    let more = all.len() > RECORDS_MAX;
    let records = all.into_iter().take(RECORDS_MAX).enumerate();
    let records = records.map(|(place, sent)| {
        let text = |field: usize| encoding.decode(sent.field(field).raw()).into_owned();
        let (letter, header) = (text(1), sent.kind() == Kind::Header);
        let (mut pieces, mut fields, mut at) = (Vec::new(), Vec::new(), 0);
        let first = if header { 1 } else { 2 };
        for (i, value) in sent.fields().enumerate() {
            // One byte stands between two fields: the delimiter that the header declares.
            pieces.extend(sent.raw().get(at..=at).filter(|_| i > 0).map(unmarked));
            at += value.raw().len() + usize::from(i > 0);
            let id = if value.is_empty() { String::new() } else { format!("f-{place}-{}", i + 1) };
            pieces.push(Piece { id: id.clone(), runs: visible(value.raw()) });
            if i >= first && !value.is_empty() {
                let text = encoding.decode(value.raw()).into_owned();
                fields.push(Field { id, label: format!("{letter}-{}", i + 1), text });
            }
        }
        pieces.push(unmarked(b"\r"));
        let name = if header { letter } else { format!("{letter} {}", text(2)) };
        Record { name, kind: key(sent.kind()), pieces, fields }
    });
    Beside { records: records.collect(), more, raw: Vec::new() }
}

fn unmarked(bytes: &[u8]) -> Piece {
    let runs = visible(bytes).into_iter().map(|run| Run { ends: false, ..run }).collect();
    Piece { id: String::new(), runs }
}

/// The key of a record's name.
pub fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Header => "record-header",
        Kind::Patient => "record-patient",
        Kind::Order => "record-order",
        Kind::Result => "record-result",
        Kind::Comment => "record-comment",
        Kind::Manufacturer => "record-manufacturer",
        Kind::Query => "record-query",
        Kind::Scientific => "record-scientific",
        Kind::Terminator => "record-terminator",
        Kind::Other => "record-other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"H|\\^&|||C111\rP|1\rO|1|T1||^^^ALL\rR|1|^^^550|5\xb5.4||\x02\rL|1|N\r";

    /// The bytes that a page shows, control characters in brackets.
    fn shown(record: &Record) -> String {
        let runs = record.pieces.iter().flat_map(|p| &p.runs);
        runs.map(|r| if r.control { format!("[{}]", r.text) } else { r.text.clone() }).collect()
    }

    #[test]
    fn every_byte_is_shown_and_each_field_leads_to_its_own() {
        let beside = beside(MESSAGE, Encoding::Latin1);
        let lines: Vec<String> = beside.records.iter().map(shown).collect();
        assert_eq!(lines[0], "H|\\^&|||C111[CR]");
        assert_eq!(lines[3], "R|1|^^^550|5[B5].4||[STX][CR]");
        let result = &beside.records[3];
        assert_eq!((result.name.as_str(), result.kind), ("R 1", "record-result"));
        let fields: Vec<_> = result.fields.iter().map(|f| (f.label.as_str(), f.text.as_str())).collect();
        assert_eq!(fields, [("R-3", "^^^550"), ("R-4", "5µ.4"), ("R-6", "\x02")]);
        for field in beside.records.iter().flat_map(|r| &r.fields) {
            let pieces: Vec<_> = beside.records.iter().flat_map(|r| &r.pieces).filter(|p| p.id == field.id).collect();
            assert_eq!(pieces.len(), 1, "{field:?}");
        }
    }

    #[test]
    fn what_is_no_message_is_shown_as_bytes() {
        let beside = beside(b"\x05rubbish\r", Encoding::Utf8);
        assert!(beside.records.is_empty() && beside.raw[0].text == "ENQ", "{beside:?}");
    }

    #[test]
    fn a_long_message_is_cut() {
        let long = ["H|\\^&\r".to_owned(), "P|1\r".repeat(RECORDS_MAX), "L|1\r".to_owned()].concat();
        let beside = beside(long.as_bytes(), Encoding::Utf8);
        assert!(beside.more && beside.records.len() == RECORDS_MAX);
    }
}
