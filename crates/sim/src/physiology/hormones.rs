//! What immunoassays measure: thyroid, iron and vitamins, heart, adrenals. Within a person, and between people where given:
//! TSH 17.7 % and free T4 4.8 % (Bottani et al, EuBIVAS, Clin Chem Lab Med 2022), between people 37.6 % and 10.8 % (Endocrine
//! Abstracts 71, BES 2020); ferritin 6.2 %, folate 10.3 % and 28.6 %, B12 5.8 % and 34.6 % (Cokluk et al, Clin Lab 2021,
//! 10.7754/Clin.Lab.2021.210102); troponin I 13.8 % and 36 % (Ceriotti et al, EuBIVAS, Clin Chem Lab Med 2020;58:1741); all read
//! as abstracts. Ferritin between people (105.6 % in that study, far from a normal distribution) and cortisol: round figures.

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{Cortisol, Ferritin, Folate, FreeT4, TroponinI, Tsh, VitaminB12},
        Levels, bounds,
    },
};
use crate::people::Sex;

pub(super) const BOUNDS: [Bounds; 7] = [
    bounds(Tsh, 0.376, 0.177, 0.003, 180.0),
    bounds(FreeT4, 0.108, 0.048, 1.0, 100.0),
    bounds(Ferritin, 0.55, 0.062, 1.0, 20_000.0),
    bounds(VitaminB12, 0.346, 0.058, 40.0, 4_000.0),
    bounds(Folate, 0.286, 0.103, 0.6, 60.0),
    bounds(TroponinI, 0.36, 0.138, 0.3, 80_000.0),
    bounds(Cortisol, 0.18, 0.15, 10.0, 2_500.0),
];

/// Cortisol at its peak, nmol/L: 15.5 µg/dL (the figure in PMC2684472), 27.59 nmol/L each.
const CORTISOL_PEAK: f64 = 428.0;

pub(super) fn typical(sex: Sex, age_years: f64) -> [(Level, f64); 7] {
    let (ferritin, troponin) = match sex {
        Sex::Female => (65.0, 2.4),
        Sex::Male => (120.0, 4.2),
    };
    [
        (Tsh, if age_years < 6.0 { 2.4 } else { 1.35 }),
        (FreeT4, 16.2),
        (Ferritin, if age_years < 16.0 { 45.0 } else { ferritin }),
        (VitaminB12, 440.0),
        (Folate, 8.0),
        (TroponinI, troponin * (1.0 + 0.012 * (age_years - 40.0).max(0.0))),
        (Cortisol, CORTISOL_PEAK),
    ]
}

/// The pituitary's answer to free T4 that went from one level to another: log-linear, a hundredfold for each halving (the
/// usual textbook statement of the feedback).
pub(super) fn feedback(levels: &mut Levels, from: f64, to: f64) {
    levels[Tsh] *= (from / to).powf(100.0_f64.log2());
}

pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    for (analyte, level) in [
        (Analyte::Tsh, Tsh),
        (Analyte::FreeT4, FreeT4),
        (Analyte::Ferritin, Ferritin),
        (Analyte::VitaminB12, VitaminB12),
        (Analyte::Folate, Folate),
        (Analyte::TroponinI, TroponinI),
        (Analyte::Cortisol, Cortisol),
    ] {
        truth.set(analyte, levels[level]);
    }
}
