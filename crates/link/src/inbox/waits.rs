//! What a held message waits for and is about, so that all that wait for the same are found at once.

use std::collections::BTreeSet;

use super::events::Problem;

/// The most that is noted of one message; each is a row at a place of its own behind the message's.
pub const WAITS_MAX: usize = 120;
/// The longest key: an index holds no longer one.
const KEY_BYTES_MAX: usize = 1_000;

/// What kind of thing a message waits for or is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// A tube that is ordered and was not received. The key is its barcode.
    Receipt,
    /// What a code, unit and kind of specimen mean. The key is [`meaning`].
    Mapping,
    /// A reason. The key is its code.
    Reason,
    /// A specimen. The key is its barcode.
    Specimen,
}

impl Wait {
    /// Its code, as the table and addresses name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Wait::Receipt => "receipt",
            Wait::Mapping => "mapping",
            Wait::Reason => "reason",
            Wait::Specimen => "specimen",
        }
    }

    /// The kind of this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Wait::Receipt, Wait::Mapping, Wait::Reason, Wait::Specimen].into_iter().find(|w| w.code() == code)
    }
}

/// The key of a meaning that is wanted: code, unit and kind of specimen, as sent, as JSON.
#[must_use]
pub fn meaning(code: &str, unit: &str, specimen_type: &str) -> String {
    // Strings always become JSON.
    serde_json::to_string(&[code, unit, specimen_type]).unwrap_or_default()
}

/// Code, unit and kind of specimen of a key of [`meaning`].
#[must_use]
pub fn meaning_of(key: &str) -> Option<[String; 3]> {
    serde_json::from_str(key).ok()
}

/// How the keys of a code begin, whatever unit and kind of specimen were sent; and of a code and unit.
#[must_use]
pub fn meaning_begins(code: &str, unit: Option<&str>) -> String {
    let whole = match unit {
        Some(unit) => serde_json::to_string(&[code, unit]),
        None => serde_json::to_string(&[code]),
    };
    // As above. The closing bracket gives way to what may follow.
    whole.unwrap_or_default().trim_end_matches(']').to_owned() + ","
}

/// What these problems wait for and are about, each once. A key that nobody can type, or that no index holds, is none.
pub(super) fn waits(problems: &[Problem]) -> BTreeSet<(Wait, String)> {
    let mut all = BTreeSet::new();
    for p in problems {
        let barcode = p.barcode.trim();
        if p.code == "specimens-not-received" {
            all.insert((Wait::Receipt, barcode.to_owned()));
        }
        if MEANS_NOTHING.contains(&p.code.as_str()) {
            all.insert((Wait::Mapping, meaning(&p.test, &p.unit, &p.specimen_type)));
        }
        all.insert((Wait::Reason, p.code.clone()));
        all.insert((Wait::Specimen, barcode.to_owned()));
    }
    let fit =
        |(_, key): &(Wait, String)| !key.is_empty() && key.len() <= KEY_BYTES_MAX && !key.chars().any(char::is_control);
    all.into_iter().filter(fit).take(WAITS_MAX).collect()
}

/// Problems that end when somebody says what a code means.
pub const MEANS_NOTHING: &[&str] =
    &["inbox-unmapped-code", "inbox-unmapped-unit", "inbox-unmapped-specimen", "inbox-mapping-unapproved"];
