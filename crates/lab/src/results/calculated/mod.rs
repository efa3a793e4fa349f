//! Calculated results: filed with what they are calculated from, put aside and calculated anew when that changes.
//!
//! No number is invented: if an input is missing, no plain number, in another unit than the formula takes, or beyond what the formula
//! holds for, there is no result, and the page of the specimen says why. What an analyzer or a person reported is never replaced.

pub mod commands;
pub(super) mod event;
#[cfg(test)]
mod tests;
pub mod views;

use titer_science::{Subject, years};
use titer_store::Timestamp;

use super::{
    ContradictionState, ResultId, State,
    commands::{Measurement, RunDetails},
    contradiction::Unfiled,
    events::{Contradicting, Measured},
    judge::{self, Judge},
    tables::CalculatedRow,
    tube::{Before, Known, Requested},
};
use crate::{
    Calculations, Catalog,
    calculations::{Calculation, NotCalculated},
    catalog::{AnalyteId, Kind},
};
use event::{Calculated, CalculatedResult, PutAside, Taken};

/// Why a result is held of which an input is held.
pub(super) const INPUT_HELD: &str = "input-held";

/// What stands on a specimen while results are calculated from it.
pub(super) struct Standing {
    pub(super) analyte: AnalyteId,
    pub(super) id: ResultId,
    pub(super) version: i64,
    pub(super) value: String,
    pub(super) unit: String,
    /// Whether a person must decide whether the value is right.
    pub(super) doubtful: bool,
    pub(super) measured_at: Option<Timestamp>,
    /// Who verified it.
    pub(super) signed_by: Option<String>,
}

impl Standing {
    pub(super) fn of(b: &Before) -> Self {
        Standing {
            analyte: b.analyte,
            id: b.id,
            version: b.version,
            value: b.value.trim().to_owned(),
            unit: b.unit.clone(),
            doubtful: b.state == State::Reported && doubts(b.holds.lines()),
            measured_at: b.measured_at,
            signed_by: b.signed_by.clone().filter(|_| b.state == State::Verified),
        }
    }

    pub(super) fn new(id: ResultId, m: &Measured) -> Self {
        Standing {
            analyte: AnalyteId(m.analyte),
            id,
            version: 1,
            value: m.value.trim().to_owned(),
            unit: m.unit.clone(),
            doubtful: doubts(m.holds.iter().map(String::as_str)),
            measured_at: m.measured_at.map(Timestamp::from_micros),
            signed_by: None,
        }
    }
}

/// The results that stand, one of each analyte. Journals from before may hold several: the verified one comes first.
pub(super) fn standing(before: &[Before]) -> Vec<Standing> {
    let mut all: Vec<&Before> = before.iter().filter(|b| b.state != State::Repeat).collect();
    all.sort_by_key(|b| (b.analyte, b.state != State::Verified));
    all.dedup_by_key(|b| b.analyte);
    all.into_iter().map(Standing::of).collect()
}

/// Whether a reason to hold says something against the value. Those that come from judging a value do not.
pub(super) fn doubts<'h>(mut holds: impl Iterator<Item = &'h str>) -> bool {
    holds.any(|hold| !judge::HOLDS.contains(&hold))
}

/// A value as a formula gives it.
pub(super) struct Computed {
    pub(super) value: String,
    pub(super) from: Vec<Taken>,
    doubtful: bool,
    measured_at: Option<Timestamp>,
}

/// Calculates one value from what stands.
pub(super) fn compute(
    calculation: &Calculation,
    catalog: &Catalog,
    standing: &[Standing],
    subject: impl Fn(Option<Timestamp>) -> Subject,
) -> Result<Computed, NotCalculated> {
    let inputs = calculation.inputs.iter().filter_map(|input| {
        let found = standing.iter().find(|s| s.analyte == input.analyte)?;
        Some((input.key.as_str(), found))
    });
    let inputs: Vec<(&str, &Standing)> = inputs.collect();
    let measured_at = inputs.iter().filter_map(|(_, s)| s.measured_at).max();
    let kind = |analyte| catalog.analyte(analyte).map_or(Kind::Text, |a| a.kind);
    let given = inputs.iter().map(|(key, s)| (*key, kind(s.analyte).number(&s.value), s.unit.as_str()));
    let subject = subject(measured_at);
    let value = calculation.value(&given.collect::<Vec<_>>(), &subject)?;
    let mut from: Vec<Taken> = inputs
        .iter()
        .map(|(key, s)| Taken {
            key: (*key).to_owned(),
            result: Some(s.id.0),
            version: Some(s.version),
            value: s.value.clone(),
        })
        .collect();
    from.extend(person(calculation, &subject));
    Ok(Computed { value, from, doubtful: inputs.iter().any(|(_, s)| s.doubtful), measured_at })
}

/// What a formula takes from the person.
fn person(calculation: &Calculation, subject: &Subject) -> Vec<Taken> {
    let Some(formula) = calculation.definition().filter(|formula| formula.needs_subject()) else { return Vec::new() };
    let taken = |key: &str, value: String| Taken { key: key.to_owned(), result: None, version: None, value };
    let age = subject.birth.as_ref().and_then(|born| years(born, subject.at));
    let age = age.map(|age| taken("age", age.to_string()));
    let sex = formula.needs_sex().then(|| taken("sex", subject.sex.code().to_owned()));
    age.into_iter().chain(sex).collect()
}

/// A result that was calculated before, with what from.
pub(super) struct Earlier {
    pub(super) id: ResultId,
    pub(super) row: CalculatedRow,
    pub(super) from: Vec<Taken>,
}

impl Earlier {
    /// Whether it was calculated from the same: results count by their ids, for a value never changes.
    fn took(&self, from: &[Taken]) -> bool {
        let same = |a: &Taken, b: &Taken| (&a.key, a.result, &a.value) == (&b.key, b.result, &b.value);
        self.from.len() == from.len() && self.from.iter().zip(from).all(|(a, b)| same(a, b))
    }
}

/// What is known of a tube when something on it has changed.
pub(super) struct OnTube<'a> {
    pub(super) requested: &'a [Requested],
    pub(super) before: &'a [Before],
    pub(super) known: &'a [Known],
    pub(super) earlier: &'a [Earlier],
    /// The number that the event of the calculated results will have.
    pub(super) number: i64,
    /// Whether sex or date of birth was corrected: what was dismissed before that is to be decided anew.
    pub(super) person_corrected: bool,
}

/// What follows for the calculated results of a tube.
#[derive(Default)]
pub(super) struct Derived {
    pub(super) results: Vec<CalculatedResult>,
    pub(super) put_aside: Vec<PutAside>,
    /// What verified results would be if they were calculated now: a person decides.
    pub(super) contradicting: Vec<Contradicting>,
}

/// Calculates what is asked for and does not stand, and calculates again what was calculated. `standing` is what stands now; what is
/// calculated joins it.
pub(super) fn derive(
    judge: &Judge<'_>,
    calculations: &Calculations,
    tube: &OnTube<'_>,
    standing: &mut Vec<Standing>,
) -> Derived {
    let mut derived = Derived::default();
    for analyte in in_order(calculations, tube) {
        let found = standing.iter().position(|s| s.analyte == analyte);
        match found {
            None => {
                let Some(calculation) = calculations.of(analyte) else { continue };
                let Ok(computed) = judge.compute(calculation, standing) else { continue };
                if !put_aside_before(tube, analyte, &computed) {
                    derived.file(judge, calculation, computed, tube, standing);
                }
            }
            Some(place) => {
                let now = &standing[place];
                // What was measured is not calculated.
                let Some(earlier) = tube.earlier.iter().find(|e| e.id == now.id) else { continue };
                let Some(calculation) = calculations.signed(earlier.row.calculation) else { continue };
                let computed = judge.compute(calculation, standing);
                let same_value = computed.as_ref().is_ok_and(|c| c.value == now.value);
                match (&now.signed_by, &computed) {
                    (Some(_), _) if same_value => {}
                    (Some(by), _) => derived.contradict(judge, calculation, tube, now, by, computed.ok()),
                    (None, Ok(c)) if same_value && earlier.took(&c.from) => {}
                    (None, _) => {
                        derived.put_aside.push(PutAside { result: now.id.0, version: now.version });
                        standing.remove(place);
                        if let Ok(computed) = computed {
                            derived.file(judge, calculation, computed, tube, standing);
                        }
                    }
                }
            }
        }
    }
    derived
}

/// The analytes of a tube that are or can be calculated, those first that others are calculated from.
fn in_order(calculations: &Calculations, tube: &OnTube<'_>) -> Vec<AnalyteId> {
    let asked = tube.requested.iter().filter(|r| !r.cancelled).map(|r| r.analyte);
    let of_earlier = |e: &Earlier| tube.before.iter().find(|b| b.id == e.id).map(|b| b.analyte);
    let mut all: Vec<(usize, AnalyteId)> = asked
        .filter(|analyte| calculations.of(*analyte).is_some())
        .chain(tube.earlier.iter().filter_map(of_earlier))
        .map(|analyte| (depth(calculations, analyte), analyte))
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|(_, analyte)| analyte).collect()
}

/// How many calculations lie below an analyte. Nothing in force is circular.
fn depth(calculations: &Calculations, analyte: AnalyteId) -> usize {
    let inputs = calculations.of(analyte).into_iter().flat_map(|c| &c.inputs);
    inputs.map(|input| 1 + depth(calculations, input.analyte)).max().unwrap_or(0)
}

/// Whether a person put the value aside that the same inputs gave: it does not come back by itself.
pub(super) fn put_aside_before(tube: &OnTube<'_>, analyte: AnalyteId, computed: &Computed) -> bool {
    let aside =
        |id: ResultId| tube.before.iter().any(|b| b.id == id && b.analyte == analyte && b.state == State::Repeat);
    tube.earlier.iter().any(|e| e.row.put_aside.is_none() && aside(e.id) && e.took(&computed.from))
}

impl Derived {
    fn file(
        &mut self,
        judge: &Judge<'_>,
        calculation: &Calculation,
        computed: Computed,
        tube: &OnTube<'_>,
        standing: &mut Vec<Standing>,
    ) {
        let (judged, from) = judge.calculated(calculation, computed);
        standing.push(Standing::new(Calculated::result(tube.number, self.results.len()), &judged));
        self.results.push(CalculatedResult { judged, calculation: calculation.id.0, from });
    }

    /// Sets what a verified result would be now against it, unless that was done before.
    fn contradict(
        &mut self,
        judge: &Judge<'_>,
        calculation: &Calculation,
        tube: &OnTube<'_>,
        now: &Standing,
        by: &str,
        computed: Option<Computed>,
    ) {
        let value = computed.as_ref().map(|c| c.value.clone()).unwrap_or_default();
        let asked = |k: &Known| match k.state {
            ContradictionState::Open => true,
            ContradictionState::Dismissed => !tube.person_corrected,
            ContradictionState::Beside => false,
        };
        let is_known = |k: &Known| k.result == now.id && k.value == value && asked(k);
        if tube.known.iter().any(is_known) {
            return;
        }
        let measured_at = computed.as_ref().and_then(|c| c.measured_at);
        let mut holds = Vec::new();
        if computed.is_some() {
            holds.push("calculated-again".to_owned());
        } else {
            holds.push("not-calculable".to_owned());
        }
        let m = measurement(calculation, value, measured_at, holds);
        self.contradicting.push(Unfiled::new(m, (0, None), None, false).against(now.id, by, judge));
    }
}

fn measurement(
    calculation: &Calculation,
    value: String,
    measured_at: Option<Timestamp>,
    holds: Vec<String>,
) -> Measurement {
    Measurement {
        analyte: calculation.analyte,
        code: calculation.formula.clone(),
        value,
        unit: calculation.unit.clone(),
        answer: None,
        sent: None,
        measured_at,
        holds,
        mapping: None,
        unfit: None,
        run: RunDetails::default(),
    }
}

impl Judge<'_> {
    fn compute(&self, calculation: &Calculation, standing: &[Standing]) -> Result<Computed, NotCalculated> {
        compute(calculation, &self.ctx.catalog, standing, |measured_at| self.subject(measured_at))
    }

    /// Judges a calculated value as any other. If an input is doubtful, so is the value.
    fn calculated(&self, calculation: &Calculation, computed: Computed) -> (Measured, Vec<Taken>) {
        let Computed { value, from, doubtful, measured_at } = computed;
        let mut holds = Vec::new();
        if doubtful {
            holds.push("input-held".to_owned());
        }
        (self.derived(measurement(calculation, value, measured_at, holds)), from)
    }
}
