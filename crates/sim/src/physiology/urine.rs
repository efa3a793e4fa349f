//! Urine. No published variation was read: round figures.

use super::{
    Analyte, Truth,
    levels::{
        Bounds, Level,
        Level::{
            Glucose, UrineBacteria, UrineBilirubin, UrineBlood, UrineKetones, UrineLeukocytes, UrinePh, UrineProtein,
            UrineSolute, UrineUrobilinogen,
        },
        Levels, bounds,
    },
};

/// Above so much glucose in plasma, in mg/dL, the tubules no longer take all of it back: the usual textbook figure.
const RENAL_THRESHOLD: f64 = 180.0;
/// Each mg/dL above it makes so many in urine: filtered at 120 mL/min into 2 mL/min of urine.
const CONCENTRATED: f64 = 60.0;
/// Glucose in urine, in mg/dL, at most.
const GLUCOSE_MAX: f64 = 10_000.0;
/// Specific gravity, in thousandths, by g/dL of glucose in urine.
const GRAVITY_OF_GLUCOSE: f64 = 3.8;
/// Specific gravity less 1, in thousandths, at most.
const SOLUTE_MAX: f64 = 45.0;

pub(super) const BOUNDS: [Bounds; 9] = [
    bounds(UrineSolute, 0.18, 0.30, 1.0, 40.0),
    bounds(UrinePh, 0.05, 0.06, 4.5, 9.0),
    bounds(UrineProtein, 0.30, 0.30, 0.5, 3_000.0),
    bounds(UrineKetones, 0.30, 0.40, 0.05, 200.0),
    bounds(UrineBlood, 0.40, 0.40, 0.05, 5_000.0),
    bounds(UrineBilirubin, 0.30, 0.30, 0.01, 20.0),
    bounds(UrineUrobilinogen, 0.30, 0.30, 0.02, 12.0),
    bounds(UrineBacteria, 0.40, 0.40, 0.001, 100.0),
    bounds(UrineLeukocytes, 0.40, 0.40, 0.1, 10_000.0),
];

pub(super) const TYPICAL: [(Level, f64); 9] = [
    (UrineSolute, 16.0),
    (UrinePh, 6.0),
    (UrineProtein, 5.0),
    (UrineKetones, 0.5),
    (UrineBlood, 1.2),
    (UrineBilirubin, 0.05),
    (UrineUrobilinogen, 0.3),
    (UrineBacteria, 0.02),
    (UrineLeukocytes, 2.5),
];

/// Glucose spills over from plasma and makes the urine heavy; bilirubin and blood colour it, cells cloud it.
pub(super) fn follow(levels: &Levels, truth: &mut Truth) {
    let glucose = (CONCENTRATED * (levels[Glucose] - RENAL_THRESHOLD)).clamp(2.0, GLUCOSE_MAX);
    let solute = (levels[UrineSolute] + GRAVITY_OF_GLUCOSE * glucose / 1_000.0).min(SOLUTE_MAX);
    let (blood, bilirubin) = (levels[UrineBlood], levels[UrineBilirubin]);
    let colour = solute / 16.0 + bilirubin + blood / 150.0;
    let turbidity = (levels[UrineLeukocytes] + blood / 4.0) / 60.0 + levels[UrineBacteria] / 3.0;
    for (analyte, value) in [
        (Analyte::UrineSolute, solute),
        (Analyte::UrinePh, levels[UrinePh]),
        (Analyte::UrineGlucose, glucose),
        (Analyte::UrineProtein, levels[UrineProtein]),
        (Analyte::UrineKetones, levels[UrineKetones]),
        (Analyte::UrineBlood, blood),
        (Analyte::UrineBilirubin, bilirubin),
        (Analyte::UrineUrobilinogen, levels[UrineUrobilinogen]),
        (Analyte::UrineNitrite, levels[UrineBacteria]),
        (Analyte::UrineLeukocytes, levels[UrineLeukocytes]),
        (Analyte::UrineColour, colour),
        (Analyte::UrineTurbidity, turbidity),
    ] {
        truth.set(analyte, value);
    }
}
