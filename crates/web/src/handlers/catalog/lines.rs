//! Intervals, limits and answers, as the pages of the catalogue write them.

use std::sync::Arc;

use titer_lab::catalog::coverage::Span;
use titer_lab::catalog::views::{Interval, Limit};
use titer_lab::catalog::{AnalyteId, Answer};
use titer_lab::instruments::InstrumentId;
use titer_lab::{Action, Catalog as InForce, Systems, Timestamp};
use titer_science::units::in_print;
use titer_shell::frame::Frame;
use titer_shell::when::When;

use crate::pages::catalog::{LimitKind, LimitLine};
use crate::pages::results::interval;
use crate::paths;

/// Writes intervals, limits and answers as lines of a page.
pub struct Write<'a> {
    pub frame: &'a Frame,
    pub catalog: &'a InForce,
    /// Which instruments there are.
    pub systems: Arc<Systems>,
    /// Ids of what is marked.
    pub marked: &'a [i64],
}

impl Write<'_> {
    pub fn interval(&self, i: &Interval) -> LimitLine {
        let (approved, by) = self.approved(i.approved.as_ref());
        LimitLine {
            id: i.id.to_string(),
            analyte: self.analyte(i.analyte),
            instrument: i.instrument.map(|id| self.instrument(id)).unwrap_or_default(),
            href: self.href(i.id.0, i.analyte, i.approved.is_some()),
            kind: match i.kind.as_str() {
                "decision" => LimitKind::Decision,
                "therapeutic" => LimitKind::Therapeutic,
                _ => LimitKind::Reference,
            },
            population: self.population(&self.whom(&i.sex), &i.age_low, &i.age_high),
            limits: interval(&self.catalog.limit_text(i.analyte, &i.low), &self.catalog.limit_text(i.analyte, &i.high)),
            unit: in_print(&i.unit),
            source: i.source.clone(),
            confidence: i.confidence.clone(),
            converted: i.converted.as_deref().map(as_printed),
            note: i.note.clone(),
            marked: self.marked.contains(&i.id.0),
            approved,
            by,
            changes: Vec::new(),
        }
    }

    pub fn limit(&self, l: &Limit) -> LimitLine {
        let (approved, by) = self.approved(l.approved.as_ref());
        // A label that only says the ages again is not repeated: they are said in words.
        let label = if l.of_a_group { &*l.population } else { "any" };
        LimitLine {
            id: l.id.to_string(),
            analyte: self.analyte(l.analyte),
            instrument: l.instrument.map(|id| self.instrument(id)).unwrap_or_default(),
            href: self.href(l.id.0, l.analyte, l.approved.is_some()),
            kind: LimitKind::Critical,
            population: self.population(&self.whom(label), &l.age_low, &l.age_high),
            limits: if l.text.is_empty() { self.frame.t("catalog-limit-none") } else { l.text.clone() },
            unit: in_print(&l.unit),
            source: l.source.clone(),
            confidence: l.confidence.clone(),
            converted: l.converted.as_deref().map(as_printed),
            note: match l.of_a_group {
                true => [self.frame.t("catalog-of-a-group"), l.note.clone()].join(" ").trim_end().to_owned(),
                false => l.note.clone(),
            },
            marked: self.marked.contains(&l.id.0),
            approved,
            by,
            changes: Vec::new(),
        }
    }

    pub fn answer(&self, a: &Answer) -> LimitLine {
        let (approved, by) = self.approved(a.signed.as_ref());
        let meaning = self.frame.t(a.meaning.key());
        let may = self.frame.may(Action::ProposeCatalog);
        LimitLine {
            id: a.id.to_string(),
            analyte: self.analyte(a.analyte),
            instrument: String::new(),
            href: if may { self.frame.to(paths::CATALOG_ANSWERS.of(a.analyte)) } else { String::new() },
            kind: LimitKind::Answer,
            population: self.whom("any"),
            limits: self.frame.tell("catalog-answer-words", &[("words", &a.words), ("meaning", &meaning)]),
            unit: String::new(),
            source: a.source.clone(),
            confidence: a.confidence.clone(),
            converted: None,
            note: a.note.clone(),
            marked: self.marked.contains(&a.id.0),
            approved,
            by,
            changes: Vec::new(),
        }
    }

    pub fn analyte(&self, id: AnalyteId) -> String {
        self.catalog.analyte(id).map_or_else(|| "?".to_owned(), |a| a.name.clone())
    }

    pub fn instrument(&self, id: InstrumentId) -> String {
        self.systems.instrument(id).map_or_else(|| "?".to_owned(), |i| i.name.clone())
    }

    /// Where an interval or a limit is corrected: as long as it is a proposal, on its own page; afterwards another is proposed on the page of
    /// its analyte.
    fn href(&self, id: i64, analyte: AnalyteId, in_force: bool) -> String {
        match (self.frame.may(Action::ProposeCatalog), in_force) {
            (false, _) => String::new(),
            (true, false) => self.frame.to(paths::CATALOG_PROPOSAL.of(id)),
            (true, true) => self.frame.to(paths::CATALOG_ANALYTE.of(analyte)),
        }
    }

    /// Ages that are covered, of one sex.
    pub fn span(&self, span: &Span) -> String {
        self.population(&self.whom(span.sex), &span.age_low, &span.age_high)
    }

    fn approved(&self, by: Option<&(Timestamp, String)>) -> (When, String) {
        by.map(|(at, by)| (self.frame.at(*at), by.clone())).unwrap_or_default()
    }

    /// Of whom: a sex, or a source's own words.
    fn whom(&self, code: &str) -> String {
        match code {
            "any" => self.frame.t("catalog-anybody"),
            "female" => self.frame.t("sex-female"),
            "male" => self.frame.t("sex-male"),
            source => source.to_owned(),
        }
    }

    /// Of whom, and of which ages: the first is included, the last is not.
    fn population(&self, whom: &str, low: &str, high: &str) -> String {
        let (low, high) = (self.age(low), self.age(high));
        match (low.is_empty(), high.is_empty()) {
            (true, true) => whom.to_owned(),
            (false, true) => self.frame.tell("catalog-from", &[("whom", &whom), ("low", &low)]),
            (true, false) => self.frame.tell("catalog-below", &[("whom", &whom), ("high", &high)]),
            (false, false) => self.frame.tell("catalog-between", &[("whom", &whom), ("low", &low), ("high", &high)]),
        }
    }

    /// An age, a number and a UCUM unit, in words.
    fn age(&self, age: &str) -> String {
        match age.split_once(' ') {
            Some((number, "d")) => self.frame.tell("age-days", &[("days", &number)]),
            Some((number, "wk")) => self.frame.tell("age-weeks", &[("weeks", &number)]),
            Some((number, "mo")) => self.frame.tell("age-months", &[("months", &number)]),
            Some((number, "a")) => self.frame.tell("age-years", &[("years", &number)]),
            _ => age.to_owned(),
        }
    }
}

/// Figures as a source prints them, with their unit: the unit stands last and has no blank.
fn as_printed(converted: &str) -> String {
    let (figures, unit) = converted.rsplit_once(' ').unwrap_or((converted, ""));
    format!("{} {}", figures.replace("<=", "≤").replace(">=", "≥"), in_print(unit))
}
