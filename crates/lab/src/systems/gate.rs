//! The gate: why a value of a test system may not be released without a person. It reads the snapshot only, so that deciding costs no search.

use rust_decimal::Decimal;
use titer_science::{Reported, Sex, Subject};

use super::{
    Input, State,
    views::{Measuring, System, Systems},
};
use crate::{
    catalog::{AnalyteId, SpecimenTypeId},
    instruments::InstrumentId,
};

/// Which of the inputs that a test system may require are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// When the specimen was collected.
    pub collected: bool,
    /// When it was measured.
    pub measured: bool,
    /// The patient's age.
    pub age: bool,
    /// The patient's sex.
    pub sex: bool,
}

impl Inputs {
    /// What is known of a patient and of the times.
    pub fn of(subject: &Subject, collected: bool, measured: bool) -> Self {
        Inputs { collected, measured, age: subject.birth.is_some(), sex: subject.sex != Sex::Unknown }
    }

    fn has(self, input: Input) -> bool {
        match input {
            Input::Collected => self.collected,
            Input::Measured => self.measured,
            Input::Age => self.age,
            Input::Sex => self.sex,
        }
    }
}

/// A value that was measured, or entered by hand.
#[derive(Clone, Copy, Debug)]
pub struct Gated<'a> {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The type of its specimen.
    pub specimen_type: SpecimenTypeId,
    /// What measured it, if that is known.
    pub instrument: Option<InstrumentId>,
    /// The value, as the kind of the analyte reads it.
    pub value: Reported,
    /// By how much the specimen was diluted, if it was.
    pub dilution: Option<&'a str>,
    /// What is known.
    pub inputs: Inputs,
}

impl Measuring {
    /// Why nobody knows which instrument of a link measured, if a message should have said it.
    pub fn hold(&self) -> Option<String> {
        match self {
            Measuring::By(_) | Measuring::Nothing => None,
            Measuring::Unsaid => Some(hold("module-unsaid")),
            Measuring::Unknown(module) => Some(format!("module-unknown:{module}")),
        }
    }
}

/// Whether a hold says that nobody knows which instrument of a link measured.
pub fn is_of_module(hold: &str) -> bool {
    hold == "module-unsaid" || hold.starts_with("module-unknown:")
}

/// The hold of a waiting result of a link that names no instrument and is not held for that: an older program filed it.
pub(crate) fn of_older_program(holds: &[String]) -> Option<String> {
    let is_held = holds.iter().any(|h| h == "no-instrument" || is_of_module(h));
    (!is_held).then(|| hold("no-instrument"))
}

/// A hold that needs no more words.
fn hold(code: &str) -> String {
    code.to_owned()
}

/// Why a value is held that lies beyond the measuring range.
pub(crate) const BEYOND_RANGE: &str = "beyond-measuring-range";
/// How the holds of inputs begin.
const INPUT_MISSING: &str = "input-missing";

impl Systems {
    /// Why the value is held: because of its instrument, because its test system is not in use, because of its measuring range, or because a
    /// required input is missing. Nothing if the test system lets it pass.
    pub fn gate(&self, gated: &Gated<'_>) -> Vec<String> {
        let mut holds = Vec::new();
        let Some(instrument) = gated.instrument else { return vec![hold("no-instrument")] };
        match self.instrument(instrument) {
            None => return vec![hold("no-instrument")],
            Some(instrument) if instrument.out_of_use.is_some() => holds.push("instrument-out-of-use".to_owned()),
            Some(_) => {}
        }
        match self.in_use(gated.analyte, gated.specimen_type, instrument) {
            None => holds.push("system-not-in-use".to_owned()),
            Some(system) => system.holds(gated, &mut holds),
        }
        holds
    }

    fn in_use(&self, analyte: AnalyteId, specimen_type: SpecimenTypeId, instrument: InstrumentId) -> Option<&System> {
        self.of(analyte, specimen_type, instrument).filter(|system| system.state == State::InUse)
    }

    /// The holds of a result that waits, as things stand now. If its instrument or its test system was taken out of use since, the result is
    /// held; what held the result when it was filed goes on holding it. Inputs that are known now hold no longer, those that are not
    /// known any more do.
    pub(crate) fn again(
        &self,
        (analyte, specimen_type, instrument): (AnalyteId, SpecimenTypeId, Option<InstrumentId>),
        inputs: Inputs,
        holds: Vec<String>,
    ) -> Vec<String> {
        // What is calculated has no instrument; what came before instruments were named is held for that ([`of_older_program`]).
        let Some(instrument) = instrument else { return holds };
        let mut others = holds;
        let add = |others: &mut Vec<String>, code: String| {
            if !others.contains(&code) {
                others.push(code);
            }
        };
        if self.instrument(instrument).is_none_or(|i| i.out_of_use.is_some()) {
            add(&mut others, hold("instrument-out-of-use"));
        }
        let Some(system) = self.in_use(analyte, specimen_type, instrument) else {
            add(&mut others, hold("system-not-in-use"));
            return others;
        };
        others.retain(|hold| hold.split(':').next() != Some(INPUT_MISSING));
        others.extend(system.missing(inputs));
        others
    }

    /// Whether a value that event `filed` brought lies beyond the measuring range, if the test system changed since. By how much the
    /// specimen was diluted is not known any more.
    pub(crate) fn is_beyond_now(
        &self,
        (analyte, specimen_type, instrument): (AnalyteId, SpecimenTypeId, Option<InstrumentId>),
        filed: i64,
        value: &Reported,
    ) -> bool {
        let system = instrument.and_then(|instrument| self.in_use(analyte, specimen_type, instrument));
        system.is_some_and(|system| system.version > filed && !system.measures(value, None))
    }
}

impl System {
    fn holds(&self, gated: &Gated<'_>, holds: &mut Vec<String>) {
        if !self.measures(&gated.value, gated.dilution) {
            holds.push("beyond-measuring-range".to_owned());
        }
        let not_allowed = gated.dilution.filter(|dilution| !self.may_be_diluted(dilution));
        holds.extend(not_allowed.map(|dilution| format!("dilution-not-allowed:{dilution}")));
        holds.extend(self.missing(gated.inputs));
    }

    fn missing(&self, known: Inputs) -> impl Iterator<Item = String> {
        let missing = self.inputs.iter().filter(move |input| !known.has(**input));
        missing.map(|input| format!("input-missing:{}", input.code()))
    }

    /// Whether the value lies within the measuring range, that of the dilution if there was one.
    pub(super) fn measures(&self, value: &Reported, dilution: Option<&str>) -> bool {
        let range = match dilution.and_then(factor) {
            Some(factor) => self.range.diluted(factor),
            None => Some(self.range),
        };
        range.is_some_and(|range| range.covers(value))
    }

    fn may_be_diluted(&self, dilution: &str) -> bool {
        factor(dilution).is_some_and(|by| by == Decimal::ONE || self.factor.is_some_and(|most| by <= most))
    }
}

/// A factor of dilution: a number not below 1, or `1:10`.
pub(super) fn factor(text: &str) -> Option<Decimal> {
    match (Reported::parse(text), Reported::titre(text)) {
        (Reported::Number(n), _) | (_, Reported::Number(n)) => Some(n).filter(|n| *n >= Decimal::ONE),
        _ => None,
    }
}
