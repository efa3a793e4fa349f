//! What contradicts a result: a value of the same specimen and analyte that came and was not filed.

use jiff::tz::TimeZone;
use titer_store::Timestamp;

use super::{
    ResultId, State,
    commands::Measurement,
    events::{Contradicting, HeldResult, Measured, Reported},
    tube::{Before, Known},
};
use crate::{catalog::AnalyteId, sites, text};

/// Contradictions of one result that are kept: whoever has seen so many knows that no one of them can be trusted.
pub const CONTRADICTIONS_MAX: usize = 20;

/// Of a value that came before any result of its analyte.
const NO_RESULT: ResultId = ResultId(0);
/// Holds that say nothing about a value: what is missing is its time, or a comparison of its mapping with a printout.
const OF_NO_VALUE: &[&str] = &["no-time", "time-twice", "time-never", "mapping-unconfirmed"];

/// A value that was not filed.
pub(super) struct Unfiled {
    analyte: AnalyteId,
    value: String,
    unit: String,
    measured_at: Option<Timestamp>,
    link: i64,
    /// Whether it says more than its value: the analyzer set a mark beside it.
    remarkable: bool,
    /// Whether it is kept although no result stands yet: it was asked for, and another value may come and be filed.
    kept: bool,
}

impl Unfiled {
    pub(super) fn new(m: &Measurement, link: i64, asked: bool) -> Self {
        let remarkable = m.holds.iter().any(|h| !OF_NO_VALUE.contains(&h.split(':').next().unwrap_or(h)));
        let value = printable(&m.value);
        Unfiled {
            analyte: m.analyte,
            kept: asked && !value.is_empty(),
            value,
            unit: printable(&m.unit),
            measured_at: m.measured_at,
            link,
            remarkable,
        }
    }

    /// One that came before, when no result stood or another.
    fn earlier(known: &Known) -> Self {
        Unfiled {
            analyte: known.analyte,
            value: known.value.clone(),
            unit: known.unit.clone(),
            measured_at: known.measured_at,
            link: known.link,
            remarkable: false,
            kept: false,
        }
    }

    /// Whether it is this measurement, as far as anybody can tell.
    fn is(&self, (link, value, measured_at): (i64, &str, Option<Timestamp>)) -> bool {
        (self.link, self.value.as_str(), self.measured_at) == (link, value, measured_at)
    }
}

/// What is set against the results of one specimen.
pub(super) struct Contradictions {
    pub(super) values: Vec<Contradicting>,
    pub(super) held: Vec<HeldResult>,
}

/// The result that stands of those of one analyte on a tube. Journals from before may hold several: the verified one comes first.
fn standing<'b>(of_analyte: impl Iterator<Item = &'b Before>) -> Option<&'b Before> {
    of_analyte.filter(|b| b.state != State::Repeat).max_by_key(|b| b.state == State::Verified)
}

/// Sets what was not filed against the results that stand, those of the tube `before` and the `new` ones of `event`, and holds those
/// that nobody has verified. What a person has put aside contradicts nothing.
pub(super) fn found(
    before: &[Before],
    known: &[Known],
    new: &mut [Measured],
    (event, link, zone): (i64, i64, &TimeZone),
    mut unfiled: Vec<Unfiled>,
) -> Contradictions {
    let mut all = Contradictions { values: Vec::new(), held: Vec::new() };
    unfiled.extend(known.iter().filter(|k| new.iter().any(|n| n.analyte == k.analyte.0)).map(Unfiled::earlier));
    for value in unfiled {
        let of_analyte = || before.iter().filter(|b| b.analyte == value.analyte);
        let aside = |b: &Before| b.state == State::Repeat && value.is((b.link, b.value.trim(), b.measured_at));
        if of_analyte().any(aside) {
            continue;
        }
        let hold = format!("contradicted:{}", said(&value, zone));
        if let Some((place, result)) = new.iter_mut().enumerate().find(|(_, n)| n.analyte == value.analyte.0) {
            let measured_at = result.measured_at.map(Timestamp::from_micros);
            let same = value.is((link, result.value.trim(), measured_at));
            if !same
                && contradicts(&value, &result.value)
                && all.adds(Reported::result(event, place), known, &value, "")
            {
                result.holds.extend([hold]);
            }
        } else if let Some(result) = standing(of_analyte()) {
            let by = match result.state {
                State::Verified => result.signed_by.as_deref().unwrap_or("?"),
                State::Reported | State::Repeat => "",
            };
            if contradicts(&value, &result.value) && all.adds(result.id, known, &value, by) && by.is_empty() {
                all.hold(result, hold);
            }
        } else if value.kept {
            all.adds(NO_RESULT, known, &value, "");
        }
    }
    all
}

fn contradicts(value: &Unfiled, result: &str) -> bool {
    value.remarkable || value.value != result.trim()
}

impl Contradictions {
    /// Adds a value that is set against a result, unless it is set against that already, or enough others are.
    fn adds(&mut self, result: ResultId, known: &[Known], value: &Unfiled, verified_by: &str) -> bool {
        let analyte = value.analyte;
        let of_result = || known.iter().filter(|k| (k.result, k.analyte) == (result, analyte));
        let mine = || self.values.iter().filter(|v| (v.result, v.analyte) == (result.0, analyte.0));
        let again = of_result().any(|k| value.is((k.link, &k.value, k.measured_at)))
            || mine().any(|v| value.is((v.link, &v.value, v.measured_at.map(Timestamp::from_micros))));
        if again || of_result().count() + mine().count() >= CONTRADICTIONS_MAX {
            return false;
        }
        self.values.push(Contradicting {
            result: result.0,
            analyte: value.analyte.0,
            value: value.value.clone(),
            unit: value.unit.clone(),
            measured_at: value.measured_at.map(Timestamp::micros),
            link: value.link,
            verified_by: verified_by.to_owned(),
        });
        true
    }

    /// Holds a result that waits for review, for one more reason.
    fn hold(&mut self, result: &Before, hold: String) {
        if let Some(held) = self.held.iter_mut().find(|h| h.result == result.id.0) {
            return held.holds.extend([hold]);
        }
        let mut holds: Vec<String> = result.holds.lines().map(str::to_owned).collect();
        holds.extend([hold]);
        let (result, version, critical) = (result.id.0, result.version, result.critical);
        self.held.push(HeldResult { result, version, critical, holds });
    }
}

/// When it was measured by the laboratory's clock, `-` if nobody said, and what: `2026-11-30T06:43 172 mmol/L`.
fn said(value: &Unfiled, zone: &TimeZone) -> String {
    let at = value.measured_at.map(|at| sites::views::local(at, zone).strftime("%Y-%m-%dT%H:%M").to_string());
    let at = at.unwrap_or_else(|| "-".to_owned());
    [at.as_str(), &value.value, &value.unit].join(" ").trim_end().to_owned()
}

/// A text as every page and every line of holds can carry it.
fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(text::CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
