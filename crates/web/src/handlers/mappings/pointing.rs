//! Pointing at what a message says: its records as they came, with the fields marked that are in question.

use titer_link::Dialect;
use titer_link::dialect::Spot;
use titer_wire::astm::{Encoding, Kind, Record, parse};

use crate::pages::mappings::Pointed;

/// The longest text of one field that is shown, in characters; the message itself has the whole.
const FIELD_CHARS_MAX: usize = 80;

/// A code, unit and kind of specimen as sent.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The code of the test.
    pub code: &'a str,
    /// The unit.
    pub unit: &'a str,
    /// The code of the kind of specimen; empty when none is sent.
    pub specimen: &'a str,
    /// The word in the place of the value, if that is in question.
    pub word: Option<&'a str>,
}

/// The first record of a message that brings this, with code and unit marked; before it the one that says the kind of specimen.
pub fn point(dialect: &Dialect, bytes: &[u8], asked: Asked<'_>) -> Vec<Vec<Pointed>> {
    let encoding = dialect.framing.encoding.encoding();
    let Ok(messages) = parse(bytes) else { return Vec::new() };
    for message in &messages {
        let delimiter = char::from(message.delimiters().field);
        let mut kind = None;
        for record in message.records() {
            if dialect.specimen_type.as_ref().is_some_and(|place| letter(record) == place.record) {
                kind = Some(*record);
            }
            if record.kind() != Kind::Result
                || dialect.code_and_unit(record) != (asked.code.to_owned(), asked.unit.to_owned())
                || asked.word.is_some_and(|word| said(record, dialect.result.value, encoding) != word)
            {
                continue;
            }
            let told = match (&dialect.specimen_type, kind) {
                (Some(place), Some(record)) => {
                    let spot = Spot { field: place.field, component: place.component };
                    if said(&record, spot, encoding) != asked.specimen {
                        continue;
                    }
                    Some(marked(&record, &[place.field], encoding, delimiter))
                }
                _ => None,
            };
            let mut fields = vec![dialect.result.code.field];
            fields.extend(dialect.result.unit.into_iter().chain(dialect.result.sub_code).map(|spot| spot.field));
            fields.extend(asked.word.map(|_| dialect.result.value.field));
            return told.into_iter().chain([marked(record, &fields, encoding, delimiter)]).collect();
        }
    }
    Vec::new()
}

fn letter(record: &Record<'_>) -> String {
    record.raw().first().map(|b| char::from(*b).to_string()).unwrap_or_default()
}

/// What a place says, as the dialect reads it.
fn said(record: &Record<'_>, spot: Spot, encoding: Encoding) -> String {
    let field = record.field(spot.field);
    let single = spot.component.filter(|_| field.repeats().nth(1).is_none());
    single.map_or(field, |number| field.component(number)).text(encoding).trim().to_owned()
}

fn marked(record: &Record<'_>, fields: &[usize], encoding: Encoding, delimiter: char) -> Vec<Pointed> {
    let mut runs: Vec<Pointed> = Vec::new();
    for (number, field) in (1..).zip(record.fields()) {
        let mut text: String = encoding.decode(field.raw()).chars().take(FIELD_CHARS_MAX + 1).collect();
        if text.chars().count() > FIELD_CHARS_MAX {
            text.pop();
            text.push('…');
        }
        let before = if number == 1 { String::new() } else { delimiter.to_string() };
        if fields.contains(&number) {
            runs.push(Pointed { text: before, marked: false });
            runs.push(Pointed { text, marked: true });
        } else {
            runs.push(Pointed { text: before + &text, marked: false });
        }
    }
    runs.retain(|run| run.marked || !run.text.is_empty());
    runs
}
