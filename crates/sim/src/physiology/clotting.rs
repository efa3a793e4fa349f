//! Coagulation. Within a person and between people: prothrombin time 3.2 % and 5.8 %, aPTT 5.8 % and 8.4 %, fibrinogen 11 % and
//! 17.4 % (Zengi and Uçar, Turk J Biochem 2023, 10.1515/tjb-2023-0155, read as abstract). D-dimer: round figures.

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{Aptt, DDimer, Fibrinogen, Inr},
        Levels, bounds,
    },
};

/// Prothrombin time of a healthy person with the simulated reagent, in seconds.
const PROTHROMBIN_TIME: f64 = 13.0;
/// The reagent's sensitivity (ISI): INR is the ratio of times to this power.
const SENSITIVITY: f64 = 1.05;

pub(super) const BOUNDS: [Bounds; 4] = [
    bounds(Inr, 0.058, 0.032, 0.7, 18.0),
    bounds(Aptt, 0.084, 0.058, 18.0, 240.0),
    bounds(Fibrinogen, 0.174, 0.11, 0.2, 12.0),
    bounds(DDimer, 0.35, 0.20, 0.05, 90.0),
];

pub(super) fn typical(age_years: f64) -> [(Level, f64); 4] {
    // D-dimer rises with age, which is why cut-offs that go by age are in use.
    let past_50 = (age_years - 50.0).max(0.0);
    [(Inr, 1.0), (Aptt, 30.5), (Fibrinogen, 2.85), (DDimer, 0.20 + 0.003 * past_50)]
}

/// The INR of a prothrombin time, in seconds.
pub(crate) fn inr(time: f64) -> f64 {
    (time / PROTHROMBIN_TIME).powf(SENSITIVITY)
}

/// The prothrombin time and the INR are one measurement.
pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    truth.set(Analyte::ProthrombinTime, PROTHROMBIN_TIME * levels[Inr].powf(1.0 / SENSITIVITY));
    truth.set(Analyte::Inr, levels[Inr]);
    truth.set(Analyte::Aptt, levels[Aptt]);
    truth.set(Analyte::Fibrinogen, levels[Fibrinogen]);
    truth.set(Analyte::DDimer, levels[DDimer]);
}
