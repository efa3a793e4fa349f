//! Diseases and treatments that show on the other benches: blood count, thyroid, heart, clotting, urine. The effects are
//! textbook ones; the sizes are chosen so that the worst cases are as far out as a hospital sees.

use super::{
    condition::halving,
    hormones,
    levels::{
        Level::{
            Albumin, Alp, Aptt, Ast, Basophils, Bilirubin, CellConcentration, CellSpread, CellVolume, Cortisol,
            Creatinine, Crp, DDimer, Eosinophils, Ferritin, Fibrinogen, FreeT4, Glucose, Haemoglobin, Inr, Lymphocytes,
            Monocytes, Neutrophils, PlateletVolume, Platelets, TroponinI, Urea, UrineBacteria, UrineBlood,
            UrineLeukocytes, UrinePh, UrineProtein, VitaminB12,
        },
        Levels,
    },
};

/// Stores go first, then haemoglobin; cells become small, pale and unequal, and platelets rise.
pub(super) fn lack_iron(levels: &mut Levels, s: f64) {
    levels[Ferritin] *= 0.22 * (1.0 - 0.8 * s);
    levels[Haemoglobin] *= 1.0 - 0.5 * s;
    levels[CellVolume] *= 1.0 - 0.28 * s;
    levels[CellConcentration] *= 1.0 - 0.09 * s;
    levels[CellSpread] *= 1.08 + 0.45 * s;
    levels[Platelets] *= 1.0 + 0.4 * s;
}

/// Cells cannot divide: the few red ones are large, and white cells and platelets are few as well. Many die in the marrow.
pub(super) fn lack_cobalamin(levels: &mut Levels, s: f64) {
    levels[VitaminB12] *= 0.42 * (1.0 - 0.7 * s);
    levels[Haemoglobin] *= 1.0 - 0.5 * s;
    levels[CellVolume] *= 1.05 + 0.27 * s;
    levels[CellSpread] *= 1.05 + 0.35 * s;
    levels[Platelets] *= 1.0 - 0.5 * s;
    levels[Neutrophils] *= 1.0 - 0.4 * s;
    levels[Bilirubin] += 0.9 * s;
}

/// Blood is lost whole; the count falls as water takes its place. Blood in the gut is digested, and urea rises.
pub(super) fn bleed(levels: &mut Levels, s: f64, days: f64) {
    let lost = 0.62 * s * (1.0 - halving(days, 0.3)) * halving(days - 2.0, 12.0);
    levels[Haemoglobin] *= 1.0 - lost;
    levels[Albumin] *= 1.0 - 0.4 * lost;
    levels[Fibrinogen] *= 1.0 - 0.5 * lost;
    levels[Inr] *= 1.0 + 0.4 * lost;
    levels[Platelets] *= 1.0 - 0.5 * lost + 0.5 * s * (1.0 - halving(days, 2.0));
    levels[Neutrophils] *= 1.0 + 0.8 * s * halving(days, 1.5);
    levels[Urea] *= 1.0 + 1.6 * s * halving(days - 1.0, 1.5);
}

/// Cytotoxic treatment: neutrophils go within days, platelets soon after, red cells last; then all come back.
pub(super) fn suppress_marrow(levels: &mut Levels, s: f64, days: f64) {
    // Those who are seen were treated a week or so before.
    let gone = s * halving(days - 7.0, 4.0);
    for (level, share) in [
        (Neutrophils, 0.985),
        (Monocytes, 0.85),
        (Eosinophils, 0.8),
        (Basophils, 0.7),
        (Lymphocytes, 0.65),
        (Platelets, 0.93),
        (Haemoglobin, 0.38),
    ] {
        levels[level] *= 1.0 - share * gone;
    }
    levels[PlateletVolume] *= 1.0 - 0.12 * gone;
    levels[CellSpread] *= 1.0 + 0.2 * gone;
    levels[Crp] += 40.0 * gone.powi(3);
}

/// Little hormone, and a pituitary that calls for more.
pub(super) fn slow_thyroid(levels: &mut Levels, s: f64) {
    let before = levels[FreeT4];
    levels[FreeT4] *= 0.88 - 0.5 * s;
    hormones::feedback(levels, before, before * (0.84 - 0.34 * s));
    levels[CellVolume] *= 1.0 + 0.05 * s;
    levels[Haemoglobin] *= 1.0 - 0.12 * s;
}

/// Much hormone, and a pituitary that falls silent.
pub(super) fn drive_thyroid(levels: &mut Levels, s: f64) {
    let before = levels[FreeT4];
    levels[FreeT4] *= 1.3 + 2.6 * s;
    let now = levels[FreeT4];
    hormones::feedback(levels, before, now);
    levels[Alp] *= 1.0 + 0.5 * s;
    levels[Neutrophils] *= 1.0 - 0.15 * s;
}

/// Troponin leaves dying muscle within hours and stays for days; AST came before it, and tells less.
pub(super) fn infarct(levels: &mut Levels, s: f64, days: f64) {
    let leaving = (1.0 - halving(days, 0.12)) * halving(days - 0.6, 1.1);
    levels[TroponinI] += 25.0 * 900.0_f64.powf(s) * leaving;
    levels[Ast] *= 1.0 + 7.0 * s * (1.0 - halving(days, 0.3)) * halving(days - 1.0, 0.8);
    let stress = s * halving(days, 1.5);
    levels[Neutrophils] *= 1.0 + 0.9 * stress;
    levels[Glucose] *= 1.0 + 0.3 * stress;
    levels[Cortisol] *= 1.0 + 0.8 * stress;
    levels[Crp] += 60.0 * s * (1.0 - halving(days, 1.0)) * halving(days - 3.0, 1.5);
}

/// Vitamin K antagonist: most between 2 and 3, some far beyond. The aPTT follows at a distance.
pub(super) fn warfarin(levels: &mut Levels, s: f64) {
    levels[Inr] *= 2.0 + 1.1 * s + 5.0 * s.powi(6);
    let above = levels[Inr] - 1.0;
    levels[Aptt] *= 1.0 + 0.09 * above;
    levels[DDimer] *= 0.7;
}

/// Unfractionated heparin: the aPTT goes, the INR hardly does (its reagent neutralises heparin).
pub(super) fn heparin(levels: &mut Levels, s: f64, days: f64) {
    let given = halving(days - 4.0, 0.5);
    levels[Aptt] *= 1.0 + (0.7 + 1.2 * s + 3.0 * s.powi(5)) * given;
    levels[Inr] *= 1.0 + 0.06 * s * given;
    levels[DDimer] *= 1.0 + 2.0 * s * given;
    levels[Platelets] *= 1.0 - 0.1 * s * given;
}

/// A clot in a vein, dissolving.
pub(super) fn clot(levels: &mut Levels, s: f64, days: f64) {
    levels[DDimer] += (0.7 + 14.0 * s.powi(2)) * halving(days, 4.0);
    levels[Fibrinogen] *= 1.0 + 0.35 * s;
    levels[Crp] += 35.0 * s * halving(days, 3.0);
    levels[TroponinI] += 40.0 * s.powi(3) * halving(days, 1.5);
}

/// Bacteria, and the cells that come for them; in the worst, blood and fever.
pub(super) fn infect_urine(levels: &mut Levels, s: f64, days: f64) {
    let there = halving(days - 1.0, 0.8);
    levels[UrineBacteria] += (1.5 + 12.0 * s) * there;
    levels[UrineLeukocytes] += (60.0 + 1_500.0 * s.powi(2)) * there;
    levels[UrineBlood] += (8.0 + 250.0 * s.powi(2)) * there;
    levels[UrineProtein] += (8.0 + 60.0 * s) * there;
    levels[UrinePh] *= 1.0 + 0.2 * s * there;
    let fever = ((s - 0.6) / 0.4).max(0.0) * there;
    levels[Neutrophils] *= 1.0 + 2.2 * fever;
    levels[Crp] += 160.0 * fever;
    levels[Creatinine] *= 1.0 + 0.2 * fever;
}
