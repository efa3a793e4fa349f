//! What is said of calculations and calculated results, in words.

use std::collections::HashMap;

use titer_lab::calculations::{Calculation, NotCalculated, views as calculations};
use titer_lab::results::ResultId;
use titer_lab::results::calculated::views::{self as calculated, Missing};
use titer_lab::results::views::LabResult;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Catalog, Failure, Timestamp};
use titer_science::calculated::{AGE, Input, NotCalculable, Range};
use titer_science::units::in_print;
use titer_shell::frame::Frame;
use titer_store::Read;

use super::super::common::test_name;
use crate::pages::Fact;

/// What each of these results was calculated from; those that were not calculated are left out.
///
/// # Errors
/// When the laboratory does not answer.
pub fn origins<'r>(
    s: &mut dyn Read,
    frame: &Frame,
    catalog: &Catalog,
    results: impl Iterator<Item = &'r LabResult>,
) -> Result<HashMap<ResultId, String>, Failure> {
    let mut all = HashMap::new();
    // No link has the number 0: what was calculated came by none.
    for result in results.filter(|r| r.link == 0) {
        let Some(from) = calculated::from(s, result.id)? else { continue };
        let calculation = calculations::calculation(s, from.calculation)?;
        let value = |(key, _, value): &(String, Option<ResultId>, String)| match key.as_str() {
            "sex" => frame.t(&format!("sex-{value}")),
            _ => format!("{} {value}", name(frame, catalog, calculation.as_ref(), key)),
        };
        let inputs = from.inputs.iter().map(value).collect::<Vec<_>>().join(", ");
        all.insert(result.id, frame.tell("calculated-from", &[("inputs", &inputs)]));
    }
    Ok(all)
}

/// What an input is called: the analyte whose results are taken.
fn name(frame: &Frame, catalog: &Catalog, calculation: Option<&Calculation>, key: &str) -> String {
    if key == AGE {
        return frame.t("calculations-age");
    }
    let input = calculation.and_then(|c| c.inputs.iter().find(|input| input.key == key));
    input.map_or_else(|| key.to_owned(), |input| test_name(catalog, input.analyte))
}

/// What is asked for of a specimen, is calculated, and has no result: each with the reason.
///
/// # Errors
/// When the laboratory does not answer.
pub fn missing(s: &mut dyn Read, frame: &Frame, specimen: SpecimenId) -> Result<Vec<Fact>, Failure> {
    let in_force = frame.in_force(s)?;
    let missing = calculated::missing(s, in_force, specimen, Timestamp::from_micros(frame.now))?;
    let fact = |missing: Missing| Fact {
        label: test_name(&in_force.catalog, missing.analyte),
        text: why(frame, &in_force.catalog, in_force.calculations.signed(missing.calculation), missing.why),
    };
    Ok(missing.into_iter().map(fact).collect())
}

fn why(frame: &Frame, catalog: &Catalog, of: Option<&Calculation>, why: Option<NotCalculated>) -> String {
    let because = match why {
        None => return frame.t("not-calculated-later"),
        Some(NotCalculated::Formula) => return frame.t("not-calculated-formula"),
        Some(NotCalculated::Unit) => return frame.t("not-calculated-unit"),
        Some(NotCalculated::PutAside) => return frame.t("not-calculated-put-aside"),
        Some(NotCalculated::Because(because)) => because,
    };
    let about = |key: &str, input: &str| frame.tell(key, &[("input", &name(frame, catalog, of, input))]);
    match because {
        NotCalculable::Missing { input: AGE } => frame.t("not-calculated-age"),
        NotCalculable::Missing { input } => about("not-calculated-missing", input),
        NotCalculable::Censored { input } => about("not-calculated-censored", input),
        NotCalculable::Text { input } | NotCalculable::Repeated { input } => about("not-calculated-text", input),
        NotCalculable::NotPositive { input } | NotCalculable::OutsideValidity { input } => {
            let formula = of.and_then(Calculation::definition);
            let wanted = formula.and_then(|f| f.inputs.iter().find(|wanted| wanted.key == input));
            let range = wanted.map_or_else(String::new, |wanted| range(frame, wanted));
            frame.tell("not-calculated-outside", &[("input", &name(frame, catalog, of, input)), ("range", &range)])
        }
        NotCalculable::Unit { input, .. }
        | NotCalculable::OtherUnit { input, .. }
        | NotCalculable::MolarMass { input, .. } => about("not-calculated-input-unit", input),
        NotCalculable::Sex => frame.t("not-calculated-sex"),
        NotCalculable::Factor => frame.t("not-calculated-formula"),
        NotCalculable::Impossible | NotCalculable::Rounding(_) => frame.t("not-calculated-impossible"),
    }
}

/// The values of an input for which the formula holds.
pub fn range(frame: &Frame, input: &Input) -> String {
    let unit = if input.key == AGE { frame.t("calculations-years") } else { in_print(input.unit) };
    let (key, limit) = match input.valid {
        Range::Any => ("calculations-range-any", 0.0),
        Range::NotNegative => ("calculations-range-not-negative", 0.0),
        Range::Positive => ("calculations-range-positive", 0.0),
        Range::AtLeast(low) => ("calculations-range-at-least", low),
        Range::PositiveBelow(high) => ("calculations-range-positive-below", high),
        Range::PositiveTo(high) => ("calculations-range-positive-to", high),
        Range::To(high) => ("calculations-range-to", high),
    };
    frame.tell(key, &[("limit", &limit.to_string()), ("unit", &unit)]).trim_end().to_owned()
}

/// What the formula calls an input.
pub fn input(frame: &Frame, key: &str) -> String {
    if key == AGE { frame.t("calculations-age") } else { key.replace('-', " ") }
}
