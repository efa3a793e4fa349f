//! Calculated results agree with what they are calculated from. The formulas stand here a second time.

use jiff::civil::Date;
use titer_lab::{
    Catalog,
    results::{State, views::LabResult},
};
use titer_science::Sex;

use super::evening::{self, OfTube, key, stands};
use crate::{Kept, bench::instant, clinic::CALCULATED, day::Days, holds, truth::Person};

/// Molar mass of creatinine, in g/mol.
const CREATININE: f64 = 113.12;
/// The formula of the filtration rate is for adults.
const ADULT_YEARS: f64 = 18.0;

pub(super) fn hold(days: &Days, tube: &OfTube<'_>, catalog: &Catalog) -> Kept {
    let person = &days.truth.people[tube.tube.person];
    for calculated in CALCULATED {
        let own = tube.results.iter().find(|r| stands(r) && key(catalog, r) == calculated);
        let expected = expected(tube, catalog, person, calculated);
        match own {
            Some(result) => {
                nothing_calculated_outlives_its_inputs(tube, result, calculated, catalog)?;
                calculated_results_agree_with_their_inputs(result, expected, person)?;
            }
            None => {
                let of_it = tube.results.iter().filter(|r| key(catalog, r) == calculated);
                let by_a_person = of_it.into_iter().any(|r| days.truth.put_aside.contains(&r.id));
                what_can_be_calculated_is(tube, calculated, expected, by_a_person)?;
            }
        }
    }
    Ok(())
}

/// After a correction of who a patient is, what waits is calculated by what is known now.
///
/// # Errors
/// If it is not.
pub async fn after_correction(days: &Days, person: usize) -> Kept {
    let catalog = days.place.catalog.clone();
    for tube in evening::tubes(days, |tube| tube.person == person && !tube.calculated.is_empty()).await? {
        hold(days, &tube, &catalog)?;
    }
    Ok(())
}

/// A calculated result stands only as long as its inputs do.
fn nothing_calculated_outlives_its_inputs(
    tube: &OfTube<'_>,
    result: &LabResult,
    calculated: &str,
    catalog: &Catalog,
) -> Kept {
    let inputs: &[&str] = if calculated == "calcium_corrected" { &["calcium", "albumin"] } else { &["creatinine"] };
    let there = |input: &&str| tube.results.iter().any(|r| stands(r) && key(catalog, r) == **input);
    let gone = inputs.iter().find(|input| !there(input));
    holds(gone.is_none(), || format!("nothing calculated outlives its inputs: {gone:?} of {result:?} is gone"))
}

/// A result that waits is what its inputs give now; a verified one was, when it was signed.
fn calculated_results_agree_with_their_inputs(result: &LabResult, expected: Expected, person: &Person) -> Kept {
    let Expected::Value { value, spread, .. } = expected else { return Ok(()) };
    // The verified result stays when the patient is corrected later.
    if result.state == State::Verified && person.corrected {
        return Ok(());
    }
    let near = result.value.parse::<f64>().is_ok_and(|own| (own - value).abs() <= spread);
    holds(near, || format!("calculated results agree with their inputs: {result:?} should be {value}"))
}

/// What is asked for, and whose inputs are there beyond doubt, is calculated, unless a person put it aside.
fn what_can_be_calculated_is(tube: &OfTube<'_>, calculated: &str, expected: Expected, put_aside: bool) -> Kept {
    let asked = tube.tube.calculated.contains(&calculated) && tube.tube.received && !tube.tube.rejected && !put_aside;
    let missing = matches!(expected, Expected::Value { certain: true, .. }) && asked;
    holds(!missing, || format!("what can be calculated is: {} lacks {calculated}: {expected:?}", tube.tube.barcode))
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    /// Nobody can say.
    Nothing,
    /// This value, give or take rounding; `certain` if nothing is held against the inputs.
    Value { value: f64, spread: f64, certain: bool },
}

fn expected(tube: &OfTube<'_>, catalog: &Catalog, person: &Person, calculated: &str) -> Expected {
    let input = |analyte: &str| {
        let result = tube.results.iter().find(|r| stands(r) && key(catalog, r) == analyte)?;
        let value = result.value.parse::<f64>().ok().filter(|v| *v > 0.0)?;
        Some((value, result.holds.is_empty()))
    };
    let found = match calculated {
        "calcium_corrected" => input("calcium").zip(input("albumin")).map(|((calcium, a), (albumin, b))| {
            // Payne et al., BMJ 1973;4:643.
            (calcium + 0.02 * (40.0 - albumin), 0.006, a && b)
        }),
        _ => input("creatinine").and_then(|(creatinine, certain)| {
            let collected = instant(tube.tube.collected).to_zoned(jiff::tz::TimeZone::UTC).date();
            let value = filtration(creatinine, person.sex, years(person.born, collected))?;
            // The result is a whole number, and the age may be counted in whole years.
            Some((value, 0.51 + 0.0063 * value, certain))
        }),
    };
    match found {
        Some((value, spread, certain)) if tube.contradictions.is_empty() => Expected::Value { value, spread, certain },
        _ => Expected::Nothing,
    }
}

fn years(born: Date, on: Date) -> f64 {
    born.duration_until(on).as_secs_f64() / 86_400.0 / 365.25
}

/// Inker et al., N Engl J Med 2021;385:1737, from µmol/L.
fn filtration(creatinine: f64, sex: Sex, age: f64) -> Option<f64> {
    let creatinine = creatinine * CREATININE / 10_000.0;
    let (kappa, alpha, factor) = match sex {
        Sex::Female => (0.7, -0.241, 1.012),
        Sex::Male => (0.9, -0.302, 1.0),
        _ => return None,
    };
    // Within days of the birthday the age is nobody's to argue about.
    let adult = age > ADULT_YEARS + 0.02;
    let ratio: f64 = creatinine / kappa;
    adult.then(|| 142.0 * ratio.min(1.0).powf(alpha) * ratio.max(1.0).powf(-1.2) * 0.9938_f64.powf(age) * factor)
}
