//! Glucose at the finger and over the months. HbA1c within a person 1.2 %, between people 5.4 % (meta-analysis of biological
//! variation of glycated albumin, glucose and HbA1c that includes EuBIVAS, read as abstract).

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{Glucose, HbA1c},
        Levels, bounds,
    },
};

pub(super) const BOUNDS: [Bounds; 1] = [bounds(HbA1c, 0.050, 0.012, 3.2, 19.0)];

pub(super) fn typical(age_years: f64) -> [(Level, f64); 1] {
    [(HbA1c, 5.1 + 0.004 * (age_years - 50.0).max(0.0))]
}

/// HbA1c, in %, of somebody whose glucose is so high on average, in mg/dL (Nathan DM et al, Diabetes Care 2008:
/// 28.7 × HbA1c − 46.7).
pub(super) fn of_average(glucose: f64) -> f64 {
    (glucose + 46.7) / 28.7
}

/// The IFCC's number, in mmol/mol, of the NGSP's, in %: NGSP = 0.09148 × IFCC + 2.152.
pub(crate) fn ifcc(ngsp: f64) -> f64 {
    (ngsp - 2.152) / 0.09148
}

pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    truth.set(Analyte::HbA1c, levels[HbA1c]);
    truth.set(Analyte::HbA1cIfcc, ifcc(levels[HbA1c]));
    truth.set(Analyte::CapillaryGlucose, levels[Glucose]);
}
