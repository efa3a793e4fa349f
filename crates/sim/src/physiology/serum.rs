//! Chemistry of serum. Variation within a person: round figures of the size found by Cotlove, Harris and Williams (Clin Chem
//! 1970, biological components of variation: under 2 % for sodium, chloride and calcium, 3–4 % for albumin, 5–7 % for potassium
//! and glucose, 9–12 % for urea and AST). Typical values stand in the middle of the starter catalog's intervals.

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{
            AdjustedCalcium, Albumin, Alp, Alt, Ast, Bicarbonate, Bilirubin, Creatinine, Crp, Gap, Ggt, Glucose,
            Potassium, Sodium, Urea,
        },
        Levels, bounds,
    },
};
use crate::people::Sex;

/// Total calcium, in mmol/L, goes with albumin, in g/L: the usual correction reversed.
const CALCIUM_BOUND_PER_ALBUMIN: f64 = 0.02;
/// The anion gap falls with albumin by so many mmol/L a g/L (Figge J et al, Crit Care Med 1998: 2.5 for 10 g/L).
const GAP_PER_ALBUMIN: f64 = 0.25;
/// Anion gap, without potassium, at least, in mmol/L.
const GAP_MIN: f64 = 4.0;

pub(super) const BOUNDS: [Bounds; 15] = [
    bounds(Sodium, 0.008, 0.006, 102.0, 185.0),
    bounds(Potassium, 0.05, 0.045, 1.6, 8.5),
    bounds(Bicarbonate, 0.05, 0.04, 4.0, 48.0),
    bounds(Gap, 0.10, 0.10, 4.0, 38.0),
    bounds(Creatinine, 0.14, 0.05, 8.0, 2_000.0),
    bounds(Urea, 0.18, 0.10, 0.5, 80.0),
    bounds(Glucose, 0.07, 0.07, 22.0, 1_400.0),
    bounds(AdjustedCalcium, 0.02, 0.012, 1.4, 4.2),
    bounds(Albumin, 0.05, 0.03, 12.0, 60.0),
    bounds(Bilirubin, 0.30, 0.20, 0.1, 45.0),
    bounds(Alt, 0.35, 0.12, 3.0, 9_000.0),
    bounds(Ast, 0.22, 0.10, 4.0, 12_000.0),
    bounds(Alp, 0.22, 0.06, 12.0, 3_000.0),
    bounds(Ggt, 0.40, 0.12, 3.0, 3_000.0),
    bounds(Crp, 0.70, 0.35, 0.1, 600.0),
];

pub(super) fn typical(sex: Sex, age_years: f64) -> [(Level, f64); 15] {
    let (creatinine, alt, ggt) = match sex {
        Sex::Female => (66.0, 18.0, 16.0),
        Sex::Male => (84.0, 24.0, 24.0),
    };
    // Creatinine grows with muscle.
    let grown = (age_years / 18.0).min(1.0).powi(2);
    let past_50 = (age_years - 50.0).max(0.0);
    [
        (Sodium, 140.0),
        (Potassium, if age_years < 1.0 { 4.8 } else { 4.2 }),
        (Bicarbonate, if age_years < 5.0 { 22.0 } else { 25.0 }),
        (Gap, 11.0),
        (Creatinine, 24.0 + (creatinine - 24.0) * grown),
        (Urea, if age_years < 10.0 { 3.6 } else { 4.8 + 0.02 * past_50 }),
        (Glucose, 90.0 + 0.15 * past_50),
        (AdjustedCalcium, 2.35),
        (Albumin, if age_years < 1.0 { 38.0 } else { 43.0 - 0.07 * past_50 }),
        (Bilirubin, 0.5),
        (Alt, alt),
        (Ast, if age_years < 5.0 { 30.0 } else { 22.0 }),
        (Alp, alp(age_years)),
        (Ggt, if age_years < 16.0 { 14.0 } else { ggt }),
        (Crp, 1.4),
    ]
}

/// Bones that grow make alkaline phosphatase.
fn alp(age_years: f64) -> f64 {
    match age_years {
        ..1.0 => 240.0,
        ..10.0 => 220.0,
        ..15.0 => 210.0,
        ..19.0 => 100.0,
        _ => 72.0,
    }
}

/// What of the levels is measured, and what follows: chloride from the anions that are left, total calcium from albumin.
pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    let albumin = levels[Albumin];
    let gap = (levels[Gap] + GAP_PER_ALBUMIN * (albumin - 40.0)).max(GAP_MIN);
    for (analyte, value) in [
        (Analyte::Sodium, levels[Sodium]),
        (Analyte::Potassium, levels[Potassium]),
        (Analyte::Chloride, levels[Sodium] - levels[Bicarbonate] - gap),
        (Analyte::Creatinine, levels[Creatinine]),
        (Analyte::Urea, levels[Urea]),
        (Analyte::Glucose, levels[Glucose]),
        (Analyte::Calcium, levels[AdjustedCalcium] + CALCIUM_BOUND_PER_ALBUMIN * (albumin - 40.0)),
        (Analyte::Albumin, albumin),
        (Analyte::Bilirubin, levels[Bilirubin]),
        (Analyte::Alt, levels[Alt]),
        (Analyte::Ast, levels[Ast]),
        (Analyte::Alp, levels[Alp]),
        (Analyte::Ggt, levels[Ggt]),
        (Analyte::Crp, levels[Crp]),
    ] {
        truth.set(analyte, value);
    }
}
