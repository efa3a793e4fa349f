//! How one result reads, wherever it stands.

use super::{PatientName, Priority, Status, Tube};
use titer_shell::when::When;

/// A value with more characters breaks into lines.
const LONG: usize = 24;

/// A value as reported, in parts so that a column aligns on the decimal point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// What stands before the decimal point, comparator included; the whole of a value in words.
    pub whole: String,
    /// The decimal point and what follows; empty for integers and words.
    pub fraction: String,
    /// Whether it is words rather than a number.
    pub text: bool,
}

impl Value {
    /// Splits a reported value. The text is never changed: the parts together are what was reported.
    pub fn new(reported: &str) -> Value {
        let digits = reported.trim_start_matches(['<', '>', '=', '≤', '≥', '-', '+', ' ']);
        let text = !digits.starts_with(|c: char| c.is_ascii_digit())
            || !digits.chars().all(|c| c.is_ascii_digit() || c == '.');
        let point = if text { None } else { reported.find('.') };
        let (whole, fraction) = reported.split_at(point.unwrap_or(reported.len()));
        Value { whole: whole.to_owned(), fraction: fraction.to_owned(), text }
    }

    /// Whether it is too long for a column of values: an analyzer may send a text of any length.
    pub fn is_long(&self) -> bool {
        self.whole.chars().count() + self.fraction.chars().count() > LONG
    }
}

/// What the laboratory's own interval or limit says of a value. The analyzer's opinion is never shown as this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Judged, and within the interval.
    Within,
    /// Above the interval.
    High,
    /// Below the interval.
    Low,
    /// At or above the critical limit.
    CriticalHigh,
    /// At or below the critical limit.
    CriticalLow,
    /// Abnormal, in words.
    Abnormal,
    /// Critical, in words.
    CriticalAbnormal,
    /// The director approved that nothing is to be judged: a blood group, a colour.
    NotJudged,
    /// Nothing approved to judge it by. Unknown is never normal.
    Unjudged,
    /// No number, so that the approved interval cannot judge it.
    NoNumber,
    /// The value may lie inside or outside the approved interval.
    Undecided,
}

impl Flag {
    /// The letters, as on reports.
    pub fn letters(self) -> &'static str {
        match self {
            Flag::Within | Flag::NotJudged => "",
            Flag::High => "H",
            Flag::Low => "L",
            Flag::CriticalHigh => "HH",
            Flag::CriticalLow => "LL",
            Flag::Abnormal => "A",
            Flag::CriticalAbnormal => "AA",
            Flag::Unjudged | Flag::NoNumber | Flag::Undecided => "?",
        }
    }

    /// The shape that repeats the letters.
    pub fn shape(self) -> &'static str {
        match self {
            Flag::High | Flag::CriticalHigh => "▲",
            Flag::Low | Flag::CriticalLow => "▼",
            Flag::Abnormal | Flag::CriticalAbnormal => "◆",
            Flag::Within | Flag::NotJudged | Flag::Unjudged | Flag::NoNumber | Flag::Undecided => "",
        }
    }

    /// The style that repeats both.
    pub fn class(self) -> &'static str {
        match self {
            Flag::Within | Flag::NotJudged => "within",
            Flag::High => "high",
            Flag::Low => "low",
            Flag::CriticalHigh | Flag::CriticalLow | Flag::CriticalAbnormal => "critical",
            Flag::Abnormal => "abnormal",
            Flag::Unjudged | Flag::NoNumber | Flag::Undecided => "unjudged",
        }
    }

    /// The key of its name, which screen readers say and a pointer shows.
    pub fn key(self) -> &'static str {
        match self {
            Flag::Within => "flag-within",
            Flag::High => "flag-high",
            Flag::Low => "flag-low",
            Flag::CriticalHigh => "flag-critical-high",
            Flag::CriticalLow => "flag-critical-low",
            Flag::Abnormal => "flag-abnormal",
            Flag::CriticalAbnormal => "flag-critical-abnormal",
            Flag::NotJudged => "flag-not-judged",
            Flag::Unjudged => "flag-unjudged",
            Flag::NoNumber => "flag-no-number",
            Flag::Undecided => "flag-undecided",
        }
    }

    /// Whether nothing is to be judged, so that no interval is wanting.
    pub fn is_silent(self) -> bool {
        self == Flag::NotJudged
    }

    /// Whether somebody must be told at once.
    pub fn critical(self) -> bool {
        matches!(self, Flag::CriticalHigh | Flag::CriticalLow | Flag::CriticalAbnormal)
    }
}

/// The result before this one of the same patient and analyte.
pub struct Previous {
    /// What was reported.
    pub value: String,
    /// When it was measured.
    pub at: When,
    /// The change in words, with its sign; may be empty.
    pub change: String,
}

/// One version of one result.
pub struct ResultLine {
    /// The result.
    pub id: String,
    /// The version that is shown: a command about it carries this number.
    pub version: String,
    /// The test's name.
    pub test: String,
    /// As reported.
    pub value: Value,
    /// Unit, as reported; may be empty.
    pub unit: String,
    /// What the analyzer sent, if that is filed otherwise; in words, may be empty.
    pub sent: String,
    /// Who entered it by hand, with what, and who read it again, in words; empty if an analyzer sent it.
    pub by_hand: String,
    /// What it was calculated from, in words; empty if it was not calculated.
    pub calculated: String,
    /// The comments on it, in order.
    pub comments: Vec<String>,
    /// Judged by the laboratory.
    pub flag: Flag,
    /// The interval it was judged by; empty when none is approved.
    pub interval: String,
    /// What it was before.
    pub previous: Option<Previous>,
    /// When it arrived.
    pub arrived: When,
    /// Which analyzer or person it is from.
    pub source: String,
    /// Where it stands.
    pub status: Status,
    /// Why it is held or cannot be verified, in words, first reason first.
    pub reasons: Vec<String>,
    /// Whether somebody must be told at once: the value is critical, or an undecided value that contradicts it is.
    pub urgent: bool,
}

impl ResultLine {
    /// The value with its unit.
    pub fn full(&self) -> String {
        format!("{}{} {}", self.value.whole, self.value.fraction, self.unit).trim_end().to_owned()
    }

    /// Says who entered it by hand, if somebody did. What was chosen by its words was not sent as a code.
    pub fn entered(&mut self, by_hand: Option<&String>) {
        if let Some(by_hand) = by_hand {
            self.by_hand.clone_from(by_hand);
            self.sent.clear();
        }
    }

    /// Whether it is marked by itself only, never together with a whole tube or page: somebody has to look at the reasons, or at what a
    /// person has typed.
    pub fn alone(&self) -> bool {
        self.urgent || self.flag.critical() || !self.reasons.is_empty() || !self.by_hand.is_empty()
    }
}

/// The results of one specimen, under its number and its patient.
pub struct Group {
    /// The specimen, as live updates name it.
    pub id: String,
    /// The tube.
    pub tube: Tube,
    /// Whose it is.
    pub patient: PatientName,
    /// First identifier, with who issued it.
    pub identifier: String,
    /// Who asked for the tests; may be empty.
    pub requester: String,
    /// How urgent.
    pub priority: Priority,
    /// When it was taken; empty words when nobody said.
    pub collected: When,
    /// The results.
    pub lines: Vec<ResultLine>,
}

impl Group {
    /// Whether any of its results may be marked together with others.
    pub fn markable(&self) -> bool {
        self.lines.iter().any(|line| !line.alone())
    }
}

/// An interval as text: `3.5–5.2`, `≤ 5.0`, `≥ 60`.
pub fn interval(low: &str, high: &str) -> String {
    match (low, high) {
        ("", "") => String::new(),
        ("", high) => format!("≤ {high}"),
        (low, "") => format!("≥ {low}"),
        (low, high) => format!("{low}–{high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_split_at_the_point_and_words_stay_whole() {
        for (reported, whole, fraction, text) in [
            ("95.2", "95", ".2", false),
            ("140", "140", "", false),
            ("<0.5", "<0", ".5", false),
            ("> 1000", "> 1000", "", false),
            ("-2.0", "-2", ".0", false),
            ("Positive", "Positive", "", true),
            ("1:320", "1:320", "", true),
            ("3.1e5", "3.1e5", "", true),
            (".", ".", "", true),
            ("", "", "", true),
        ] {
            let value = Value::new(reported);
            assert_eq!(
                (value.whole.as_str(), value.fraction.as_str(), value.text),
                (whole, fraction, text),
                "{reported}"
            );
        }
    }
}
