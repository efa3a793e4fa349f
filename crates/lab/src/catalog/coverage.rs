//! Which people the intervals, or the limits, of an analyte cover, and which entries are for the same people.

use std::cmp::Ordering;

use super::{
    AnalyteId,
    views::{Interval, Limit},
};
use crate::{instruments::InstrumentId, text};

/// Whose results an entry judges: those of an analyte, of one instrument or of all.
pub type Judged = (AnalyteId, Option<InstrumentId>);

/// Ages, in hours, between which an entry holds, and for which sex.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct People<'a> {
    /// `female`, `male` or `any`.
    pub sex: &'a str,
    /// From this age, included, as written; empty: from birth.
    pub age_low: &'a str,
    /// To this age, excluded, as written; empty: without end.
    pub age_high: &'a str,
    /// A group among these that neither sex nor age tells, in the words of the source; empty: all of them.
    pub group: &'a str,
}

/// What is for certain people: an interval or a limit.
pub trait Partition {
    /// For whom.
    fn people(&self) -> People<'_>;

    /// Whose results it judges.
    fn judged(&self) -> Judged;

    /// Whether the two judge the same results of the same people: only one of them can be in force.
    fn rivals(&self, other: &Self) -> bool {
        self.judged() == other.judged() && self.people().overlaps(&other.people())
    }
}

impl Partition for Interval {
    fn people(&self) -> People<'_> {
        People { sex: &self.sex, age_low: &self.age_low, age_high: &self.age_high, group: "" }
    }

    fn judged(&self) -> Judged {
        (self.analyte, self.instrument)
    }
}

impl Partition for Limit {
    fn people(&self) -> People<'_> {
        let group = if self.of_a_group { &*self.population } else { "" };
        People { sex: "any", age_low: &self.age_low, age_high: &self.age_high, group }
    }

    fn judged(&self) -> Judged {
        (self.analyte, self.instrument)
    }
}

impl People<'_> {
    fn low(&self) -> f64 {
        hours(self.age_low).unwrap_or(0.0)
    }

    fn high(&self) -> f64 {
        hours(self.age_high).unwrap_or(f64::INFINITY)
    }

    /// Whether two entries are for the same sex and a common age, so that neither would go before the other. An entry for one sex goes
    /// before one for everybody: the two do not overlap.
    pub fn overlaps(&self, other: &People<'_>) -> bool {
        self.sex == other.sex && self.at_an_age_of(other) && text::key(self.group) == text::key(other.group)
    }

    /// Whether some people are of both entries: one of them may go before the other.
    pub fn shares_people(&self, other: &People<'_>) -> bool {
        (self.sex == other.sex || self.sex == "any" || other.sex == "any") && self.at_an_age_of(other)
    }

    fn at_an_age_of(&self, other: &People<'_>) -> bool {
        self.low() < other.high() && other.low() < self.high()
    }
}

/// An age in hours, with mean lengths of months and years: for the order of ages only.
pub(super) fn hours(age: &str) -> Option<f64> {
    let (count, unit) = age.split_once(' ')?;
    let length = match unit {
        "h" => 1.0,
        "d" => 24.0,
        "wk" => 168.0,
        "mo" => 730.5,
        "a" => 8_766.0,
        _ => return None,
    };
    count.parse::<f64>().ok().map(|count| count * length)
}

/// Whether an entry from the one age to the other is for anybody.
pub(super) fn in_order(low: &str, high: &str) -> bool {
    hours(high).is_none_or(|high| hours(low).unwrap_or(0.0) < high)
}

/// Ages without a break, for one sex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// `female` or `male`.
    pub sex: &'static str,
    /// From this age, as written; empty: from birth.
    pub age_low: String,
    /// To this age, as written; empty: without end.
    pub age_high: String,
}

impl Span {
    fn people(&self) -> People<'_> {
        People { sex: self.sex, age_low: &self.age_low, age_high: &self.age_high, group: "" }
    }

    fn contains(&self, other: &Span) -> bool {
        let (span, other) = (self.people(), other.people());
        span.low() <= other.low() && other.high() <= span.high()
    }
}

/// The ages that entries cover, of each sex, in order.
pub fn spans(people: &[People<'_>]) -> Vec<Span> {
    ["female", "male"].into_iter().flat_map(|sex| of_sex(people, sex)).collect()
}

fn of_sex(people: &[People<'_>], sex: &'static str) -> Vec<Span> {
    // An entry for a group covers nobody: it is chosen for nobody.
    let mut of: Vec<_> = people.iter().filter(|p| (p.sex == sex || p.sex == "any") && p.group.is_empty()).collect();
    of.sort_by(|a, b| a.low().partial_cmp(&b.low()).unwrap_or(Ordering::Equal));
    let mut spans: Vec<(Span, f64)> = Vec::new();
    for p in of {
        match spans.last_mut() {
            Some((_, end)) if p.low() <= *end && p.high() <= *end => {}
            Some((span, end)) if p.low() <= *end => {
                p.age_high.clone_into(&mut span.age_high);
                *end = p.high();
            }
            _ => spans.push((Span { sex, age_low: p.age_low.to_owned(), age_high: p.age_high.to_owned() }, p.high())),
        }
    }
    spans.into_iter().map(|(span, _)| span).collect()
}

/// Whether everybody whom the others cover is covered.
pub fn covers(people: &[People<'_>], others: &[People<'_>]) -> bool {
    ["female", "male"].into_iter().all(|sex| {
        let covered = of_sex(people, sex);
        of_sex(others, sex).iter().all(|other| covered.iter().any(|span| span.contains(other)))
    })
}

/// Whether one sex is covered at several ages with a break between, or the two sexes at different ages.
pub fn has_gaps(people: &[People<'_>]) -> bool {
    let (female, male) = (of_sex(people, "female"), of_sex(people, "male"));
    let ages = |spans: &[Span]| spans.iter().map(|s| (s.age_low.clone(), s.age_high.clone())).collect::<Vec<_>>();
    let one_sex = female.is_empty() || male.is_empty();
    female.len() > 1 || male.len() > 1 || (!one_sex && ages(&female) != ages(&male))
}
