//! What a held message waits for and is about, so that all messages that wait for the same thing are found at once.

use std::collections::BTreeSet;

use titer_lab::text;

use super::Problem;

/// The most that is noted of one message; each is a row at a place of its own behind the message's.
pub const WAITS_MAX: usize = 120;
/// The longest key that an index holds.
const KEY_BYTES_MAX: usize = 1_000;
/// The problem of a tube that was ordered and not received.
const NOT_RECEIVED: &str = "specimens-not-received";
/// Problems that end if somebody maps a code.
pub const UNMAPPED: &[&str] = &[
    "inbox-unmapped-code",
    "inbox-unmapped-unit",
    "inbox-unmapped-specimen",
    "inbox-unmapped-word",
    "inbox-mapping-unapproved",
];

titer_lab::codes! {
    /// The kind of thing that a message waits for or is about. The order is that of the rows of a message.
    pub enum Wait {
        /// A tube that was ordered and not received. The key is its barcode, folded.
        Receipt = "receipt",
        /// A mapping. The key is [`meaning`].
        Mapping = "mapping",
        /// A reason. The key is its code.
        Reason = "reason",
        /// A specimen. The key is its barcode, folded.
        Specimen = "specimen",
        /// Why something of a message that waits for nothing is kept. The key is the code of a [`super::KeptReason`].
        Kept = "kept",
    }
}

impl Wait {
    /// A key as the index has it: barcodes however their letters were sent.
    pub fn key(self, text: &str) -> String {
        match self {
            Wait::Receipt | Wait::Specimen => text::key(text),
            Wait::Mapping | Wait::Reason | Wait::Kept => text.to_owned(),
        }
    }
}

/// The key of a mapping that is missing: code, unit and specimen type as sent, as JSON.
pub fn meaning(code: &str, unit: &str, specimen_type: &str) -> String {
    // Strings always become JSON.
    serde_json::to_string(&[code, unit, specimen_type]).unwrap_or_default()
}

/// Code, unit and specimen type of a key of [`meaning`].
pub fn meaning_of(key: &str) -> Option<[String; 3]> {
    serde_json::from_str(key).ok()
}

/// The beginning of all keys of a code, with any unit and specimen type; or of a code and a unit.
pub fn meaning_begins(code: &str, unit: Option<&str>) -> String {
    let whole = match unit {
        Some(unit) => serde_json::to_string(&[code, unit]),
        None => serde_json::to_string(&[code]),
    };
    // As above. The closing bracket gives way to what may follow.
    whole.unwrap_or_default().trim_end_matches(']').to_owned() + ","
}

/// What these problems wait for and are about: each once, in order, up to [`WAITS_MAX`]; without keys that nobody can type or that
/// no index holds.
pub(super) fn waits(problems: &[Problem]) -> BTreeSet<(Wait, String)> {
    let mut all = BTreeSet::new();
    for p in problems {
        // A number with characters that nobody sees is no tube's.
        let barcode = if p.barcode.trim().chars().any(text::is_hidden) { String::new() } else { text::key(&p.barcode) };
        if p.code == NOT_RECEIVED {
            all.insert((Wait::Receipt, barcode.clone()));
        }
        if UNMAPPED.contains(&p.code.as_str()) {
            all.insert((Wait::Mapping, meaning(&p.test, &p.unit, &p.specimen_type)));
        }
        all.insert((Wait::Reason, p.code.clone()));
        all.insert((Wait::Specimen, barcode));
    }
    let fits =
        |(_, key): &(Wait, String)| !key.is_empty() && key.len() <= KEY_BYTES_MAX && !key.chars().any(char::is_control);
    all.into_iter().filter(fits).take(WAITS_MAX).collect()
}
