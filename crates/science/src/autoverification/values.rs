//! What is known of the results of one specimen.

use jiff::{SignedDuration, civil::DateTime};

use super::Previous;
use crate::{Reported, reported::trimmed};

/// What is known of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// It is this.
    Value(T),
    /// It is certain that there is none: the analyte was not ordered on the specimen, the person has no previous result in the
    /// window. A statement, not a gap.
    None,
    /// Nothing is known: not measured yet, not looked up, not sent.
    #[default]
    Missing,
}

impl<T> Given<T> {
    fn as_ref(&self) -> Given<&T> {
        match self {
            Given::Value(value) => Given::Value(value),
            Given::None => Given::None,
            Given::Missing => Given::Missing,
        }
    }

    pub(super) fn and_then<U>(self, next: impl FnOnce(T) -> Given<U>) -> Given<U> {
        match self {
            Given::Value(value) => next(value),
            Given::None => Given::None,
            Given::Missing => Given::Missing,
        }
    }
}

/// A value exactly as it was reported, and as the number that it certainly is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'a> {
    text: &'a str,
    reported: Reported,
}

impl<'a> Value<'a> {
    /// Reads a reported value once, with [`Reported::parse`].
    #[must_use]
    pub fn read(text: &'a str) -> Value<'a> {
        let text = trimmed(text);
        Value { text, reported: Reported::parse(text) }
    }

    /// The text, without blanks around it.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it is a number, censored or not.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.reported != Reported::Text
    }

    /// The number it is.
    #[must_use]
    pub fn reported(&self) -> Reported {
        self.reported
    }
}

/// An analyte of a compiled rule set, in the unit in which its limits are. Another rule set's is not found, and counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Analyte {
    pub(super) index: u16,
    pub(super) set: u32,
}

/// One result of the specimen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    /// The laboratory's own number of the result, for the record of what triggered a reflex.
    pub result: i64,
    /// The analyte.
    pub analyte: Analyte,
    /// The value as reported.
    pub value: Given<Value<'a>>,
    /// When the specimen was collected, by the local clock.
    pub collected: Option<DateTime>,
    /// The same person's previous result.
    pub previous: Given<Previous<'a>>,
}

/// Where conditions look values up.
pub(super) struct Findings<'a> {
    /// The result that is judged; it outweighs a reading of the same analyte.
    pub(super) own: Option<Reading<'a>>,
    /// The others of the specimen.
    pub(super) others: &'a [Reading<'a>],
}

impl<'a> Findings<'a> {
    /// What is known of the analyte. Two readings that differ contradict each other, and nothing is known.
    fn one<'r, T: PartialEq>(&'r self, analyte: Analyte, of: impl Fn(&'r Reading<'a>) -> T) -> Option<T> {
        if let Some(own) = self.own.as_ref().filter(|own| own.analyte == analyte) {
            return Some(of(own));
        }
        let mut readings = self.others.iter().filter(|reading| reading.analyte == analyte);
        let first = of(readings.next()?);
        readings.all(|other| of(other) == first).then_some(first)
    }

    pub(super) fn text(&self, analyte: Analyte) -> Given<&'a str> {
        let value = self.one(analyte, |reading| reading.value.as_ref());
        value.unwrap_or_default().and_then(|value| Given::Value(value.text))
    }

    pub(super) fn number(&self, analyte: Analyte) -> Given<&Reported> {
        self.one(analyte, |reading| reading.value.as_ref()).unwrap_or_default().and_then(number)
    }

    /// The value, and the previous one in the window.
    pub(super) fn with_previous(&self, analyte: Analyte, window_hours: u32) -> (Given<&Reported>, Given<&Reported>) {
        let both = self.one(analyte, |reading| (reading.value.as_ref(), reading.previous_within(window_hours)));
        let (value, previous) = both.unwrap_or_default();
        (value.and_then(number), previous.and_then(number))
    }
}

impl<'a> Reading<'a> {
    /// The previous value, where it was collected before this one and in the window, on the edge included. Nothing is known where the
    /// times are not, or contradict each other.
    fn previous_within(&self, window_hours: u32) -> Given<&Value<'a>> {
        self.previous.as_ref().and_then(|previous| {
            match self.collected.map(|at| at.duration_since(previous.collected)) {
                Some(elapsed) if elapsed > SignedDuration::from_hours(i64::from(window_hours)) => Given::None,
                Some(elapsed) if elapsed > SignedDuration::ZERO => Given::Value(&previous.value),
                _ => Given::Missing,
            }
        })
    }
}

/// A text is no number that a condition could judge.
fn number<'r>(value: &'r Value<'_>) -> Given<&'r Reported> {
    match &value.reported {
        Reported::Text => Given::Missing,
        number => Given::Value(number),
    }
}
