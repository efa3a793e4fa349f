//! What ails a patient, how it takes its course, and what it does to the levels. Diseases of chemistry are here, those of the
//! other benches in `disorders`.

use rand::Rng;

use super::{
    disorders, glycaemia,
    levels::{
        Level::{
            AdjustedCalcium, Albumin, Alp, Alt, Aptt, Ast, Bicarbonate, Bilirubin, Cortisol, Creatinine, Crp, DDimer,
            Eosinophils, Ferritin, Fibrinogen, Gap, Ggt, Glucose, Haemoglobin, HbA1c, Inr, Lymphocytes, Neutrophils,
            Platelets, Potassium, Sodium, TroponinI, Tsh, Urea, UrineBilirubin, UrineKetones, UrineProtein,
            UrineSolute, UrineUrobilinogen,
        },
        Levels,
    },
};
use crate::chance::weighted;

/// What ails a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Condition {
    Well,
    ChronicKidneyDisease,
    LiverInjury,
    Cholestasis,
    Diabetes,
    Dehydration,
    Infection,
    Hypokalaemia,
    Hyponatraemia,
    IronDeficiency,
    CobalaminDeficiency,
    Bleeding,
    MarrowSuppression,
    Hypothyroidism,
    Hyperthyroidism,
    MyocardialInfarction,
    Warfarin,
    Heparin,
    Thrombosis,
    UrinaryInfection,
}

/// How common a condition is among those whose blood is drawn: of a hundred and a few under 18, up to 65, and older.
const COMMON: [(Condition, [u32; 3]); 20] = [
    (Condition::Well, [56, 38, 20]),
    (Condition::ChronicKidneyDisease, [1, 8, 14]),
    (Condition::LiverInjury, [2, 5, 3]),
    (Condition::Cholestasis, [1, 4, 4]),
    (Condition::Diabetes, [3, 10, 11]),
    (Condition::Dehydration, [10, 4, 6]),
    (Condition::Infection, [20, 10, 11]),
    (Condition::Hypokalaemia, [1, 3, 3]),
    (Condition::Hyponatraemia, [0, 2, 4]),
    (Condition::IronDeficiency, [4, 6, 4]),
    (Condition::CobalaminDeficiency, [0, 2, 4]),
    (Condition::Bleeding, [1, 3, 3]),
    (Condition::MarrowSuppression, [1, 2, 3]),
    (Condition::Hypothyroidism, [1, 4, 4]),
    (Condition::Hyperthyroidism, [0, 3, 2]),
    (Condition::MyocardialInfarction, [0, 2, 4]),
    (Condition::Warfarin, [0, 2, 6]),
    (Condition::Heparin, [0, 2, 3]),
    (Condition::Thrombosis, [0, 2, 3]),
    (Condition::UrinaryInfection, [3, 4, 5]),
];

/// Half-lives in plasma, in hours: usual textbook figures. That of CRP is the same in all conditions.
const CRP_HALF_LIFE_HOURS: f64 = 19.0;
const AST_HALF_LIFE_HOURS: f64 = 17.0;
const ALT_HALF_LIFE_HOURS: f64 = 47.0;
/// An infection drives the acute phase for so many days before treatment tells.
const ACUTE_PHASE_DAYS: f64 = 2.5;
/// Sodium falls by so many mmol/L for each 100 mg/dL of glucose above 100 (Katz MA, N Engl J Med 1973).
const SODIUM_PER_100_GLUCOSE: f64 = 1.6;

/// One patient's case of a condition.
pub(super) struct Case<'a> {
    /// From 0 to 1.
    pub severity: f64,
    /// Since onset; negative before.
    pub days: f64,
    /// How strongly potassium answers, around 1.
    pub response: f64,
    /// How far the levels of the hour are off, in standard deviations.
    pub variation: &'a Levels,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; COMMON.len()] = {
        let mut all = [Self::Well; COMMON.len()];
        let mut n = 0;
        while n < all.len() {
            all[n] = COMMON[n].0;
            n += 1;
        }
        all
    };

    pub(super) fn draw(dice: &mut impl Rng, age_years: f64) -> Self {
        let group = match age_years {
            ..18.0 => 0,
            ..65.0 => 1,
            _ => 2,
        };
        weighted(dice, &COMMON, |(_, shares)| shares[group]).0
    }

    /// Whether it has been there for as long as anybody has looked.
    fn lasts(self) -> bool {
        matches!(
            self,
            Self::ChronicKidneyDisease
                | Self::Diabetes
                | Self::IronDeficiency
                | Self::CobalaminDeficiency
                | Self::Hypothyroidism
                | Self::Hyperthyroidism
                | Self::Warfarin
        )
    }

    /// Does to the levels what the condition has done by then.
    pub(super) fn act(self, levels: &mut Levels, case: &Case<'_>) {
        if case.days < 0.0 && !self.lasts() {
            return;
        }
        let s = case.severity;
        match self {
            Self::Well => {}
            Self::ChronicKidneyDisease => fail_kidneys(levels, case),
            Self::LiverInjury => injure_liver(levels, case),
            Self::Cholestasis => obstruct_bile(levels, s * halving(case.days - 1.0, 4.0)),
            Self::Diabetes => raise_glucose(levels, case),
            Self::Dehydration => dry_out(levels, s * halving(case.days, 1.0)),
            Self::Infection => inflame(levels, case),
            Self::Hypokalaemia => lose_potassium(levels, case),
            Self::Hyponatraemia => retain_water(levels, s * halving(case.days, 3.0)),
            Self::IronDeficiency => disorders::lack_iron(levels, s),
            Self::CobalaminDeficiency => disorders::lack_cobalamin(levels, s),
            Self::Bleeding => disorders::bleed(levels, s, case.days),
            Self::MarrowSuppression => disorders::suppress_marrow(levels, s, case.days),
            Self::Hypothyroidism => disorders::slow_thyroid(levels, s),
            Self::Hyperthyroidism => disorders::drive_thyroid(levels, s),
            Self::MyocardialInfarction => disorders::infarct(levels, s, case.days),
            Self::Warfarin => disorders::warfarin(levels, s),
            Self::Heparin => disorders::heparin(levels, s, case.days),
            Self::Thrombosis => disorders::clot(levels, s, case.days),
            Self::UrinaryInfection => disorders::infect_urine(levels, s, case.days),
        }
    }
}

/// What is left of 1 after so many days, halved each `half_life` days.
pub(super) fn halving(days: f64, half_life: f64) -> f64 {
    0.5_f64.powf(days.max(0.0) / half_life)
}

/// What the kidneys no longer clear stays: creatinine, urea, potassium, acid.
fn fail_kidneys(levels: &mut Levels, case: &Case<'_>) {
    let lost = 0.93 * case.severity;
    let filtration = 1.0 - lost;
    levels[Creatinine] /= filtration;
    levels[Urea] /= filtration.powf(0.8);
    levels[Potassium] += 2.1 * lost.powi(3) * case.response;
    levels[Bicarbonate] -= 9.0 * lost.powi(2);
    levels[Gap] += 6.0 * lost.powi(3);
    levels[AdjustedCalcium] -= 0.25 * lost.powi(2);
    levels[Albumin] -= 3.0 * lost;
    // Erythropoietin is lacking, protein leaks, and the urine is neither concentrated nor diluted any more.
    levels[Haemoglobin] *= 1.0 - 0.35 * lost;
    levels[Ferritin] *= 1.0 + 0.8 * lost;
    levels[TroponinI] *= 1.0 + 3.0 * lost;
    levels[UrineProtein] += 160.0 * lost;
    levels[UrineSolute] += (10.0 - levels[UrineSolute]) * lost;
}

/// Hepatocytes die at onset; their enzymes are cleared at their own pace, and bilirubin comes late.
fn injure_liver(levels: &mut Levels, case: &Case<'_>) {
    let s = case.severity;
    let burst = 70.0_f64.powf(s) - 1.0;
    levels[Alt] *= 1.0 + burst * halving(case.days, ALT_HALF_LIFE_HOURS / 24.0);
    levels[Ast] *= 1.0 + 1.4 * burst * halving(case.days, AST_HALF_LIFE_HOURS / 24.0);
    let late = (1.0 - halving(case.days, 1.0)) * halving(case.days - 3.0, 4.0);
    levels[Bilirubin] += 7.0 * s * late;
    levels[Alp] *= 1.0 + 0.6 * s;
    levels[Ggt] *= 1.0 + 3.0 * s;
    levels[Albumin] -= 5.0 * s * (1.0 - halving(case.days, 3.0));
    levels[Glucose] *= 1.0 - 0.15 * s;
    // The liver makes what clots; factor VII lives shortest, so the INR tells first.
    let failing = s.powi(2) * (1.0 - halving(case.days, 0.7)) * halving(case.days - 3.0, 3.0);
    levels[Inr] *= 1.0 + 2.2 * failing;
    levels[Aptt] *= 1.0 + 0.5 * failing;
    levels[Fibrinogen] *= 1.0 - 0.35 * failing;
    levels[Platelets] *= 1.0 - 0.3 * s;
    levels[Ferritin] *= 1.0 + 8.0 * s.powi(2);
    levels[UrineBilirubin] += 2.5 * s * late;
    levels[UrineUrobilinogen] += 3.0 * s * late;
}

fn obstruct_bile(levels: &mut Levels, s: f64) {
    levels[Bilirubin] += 13.0 * s;
    levels[Alp] *= 1.0 + 5.0 * s;
    levels[Ggt] *= 1.0 + 12.0 * s;
    levels[Alt] *= 1.0 + 4.0 * s;
    levels[Ast] *= 1.0 + 3.0 * s;
    levels[Crp] += 40.0 * s;
    // What is conjugated and cannot leave by the gut leaves by the kidneys; without bile, vitamin K is not taken up.
    levels[UrineBilirubin] += 4.0 * s;
    levels[UrineUrobilinogen] *= 1.0 - 0.9 * s;
    levels[Inr] *= 1.0 + 0.35 * s;
}

/// Glucose draws water out of cells and thins the sodium; the worst come in ketoacidosis. Treatment tells within days,
/// and never wholly.
fn raise_glucose(levels: &mut Levels, case: &Case<'_>) {
    let s = case.severity * (0.4 + 0.6 * halving(case.days, 1.5));
    let swing = (0.18 * case.variation[Glucose]).exp();
    levels[Glucose] *= (1.3 + 4.2 * s.powi(2)) * swing;
    levels[Sodium] -= SODIUM_PER_100_GLUCOSE * (levels[Glucose] - 100.0).max(0.0) / 100.0;
    let ketones = ((s - 0.75) / 0.25).max(0.0);
    levels[Gap] += 15.0 * ketones;
    levels[Bicarbonate] -= 15.0 * ketones;
    levels[Potassium] += 0.9 * ketones * case.response;
    levels[Urea] *= 1.0 + 0.4 * s;
    levels[Creatinine] *= 1.0 + 0.15 * s;
    // HbA1c is the months before; the strip sees only albumin that leaks in plenty.
    levels[HbA1c] += glycaemia::of_average(130.0 + 200.0 * case.severity.powi(2)) - glycaemia::of_average(100.0);
    levels[UrineKetones] += 80.0 * ketones;
    levels[UrineProtein] += 30.0 * case.severity;
}

/// Water is lost: what stays behind is thicker, and urea rises before creatinine.
fn dry_out(levels: &mut Levels, s: f64) {
    levels[Sodium] += 4.0 * s + 16.0 * s.powi(3);
    levels[Urea] *= 1.0 + 2.4 * s;
    levels[Creatinine] *= 1.0 + 0.7 * s;
    levels[Albumin] *= 1.0 + 0.14 * s;
    levels[Bicarbonate] -= 2.0 * s;
    levels[Haemoglobin] *= 1.0 + 0.12 * s;
    levels[Platelets] *= 1.0 + 0.1 * s;
    levels[UrineSolute] += 15.0 * s;
    levels[UrineKetones] += 20.0 * s;
}

/// CRP is made as long as the infection drives it and is cleared at a constant rate; albumin falls and recovers slowly.
fn inflame(levels: &mut Levels, case: &Case<'_>) {
    let s = case.severity;
    let crp_days = CRP_HALF_LIFE_HOURS / 24.0;
    let risen = 1.0 - halving(case.days.min(ACUTE_PHASE_DAYS), crp_days);
    let driven = halving(case.days - ACUTE_PHASE_DAYS, 1.5);
    levels[Crp] += (15.0 + 370.0 * s) * risen * halving(case.days - ACUTE_PHASE_DAYS, crp_days);
    levels[Albumin] -= 11.0 * s * risen * halving(case.days - ACUTE_PHASE_DAYS, 7.0);
    levels[Sodium] -= 4.0 * s * driven;
    levels[Glucose] *= 1.0 + 0.3 * s * driven;
    levels[Urea] *= 1.0 + 0.7 * s * driven;
    levels[Creatinine] *= 1.0 + 0.5 * s * driven;
    levels[Bilirubin] *= 1.0 + 0.8 * s * driven;
    // Neutrophils pour out, stress drives cortisol, and the other kinds step back.
    levels[Neutrophils] *= 1.0 + 3.4 * s * driven;
    levels[Lymphocytes] *= 1.0 - 0.45 * s * driven;
    levels[Eosinophils] *= 1.0 - 0.75 * s * driven;
    levels[Cortisol] *= 1.0 + 1.4 * s * driven;
    levels[Tsh] *= 1.0 - 0.35 * s * driven;
    levels[Fibrinogen] += (0.6 + 3.0 * s) * risen * halving(case.days - ACUTE_PHASE_DAYS, 4.0);
    levels[Ferritin] *= 1.0 + 2.5 * s * risen * halving(case.days - ACUTE_PHASE_DAYS, 7.0);
    levels[DDimer] += 2.2 * s * driven;
    levels[UrineProtein] += 12.0 * s * driven;
    // Clotting factors and platelets are used up in the worst.
    levels[Inr] *= 1.0 + 0.5 * s.powi(4) * driven;
    levels[Aptt] *= 1.0 + 0.3 * s.powi(4) * driven;
    levels[Platelets] *= 1.0 - 0.55 * s.powi(4) * driven;
    // Lactate, in sepsis.
    levels[Gap] += 7.0 * s.powi(3) * driven;
    levels[Bicarbonate] -= 7.0 * s.powi(3) * driven;
}

/// Vomiting or diuretics: potassium and acid are lost together, so bicarbonate rises and chloride falls.
fn lose_potassium(levels: &mut Levels, case: &Case<'_>) {
    let s = case.severity * halving(case.days, 1.5);
    levels[Potassium] -= (0.5 * halving(case.days, 1.5) + 1.6 * s) * case.response.min(1.2);
    levels[Bicarbonate] += 7.0 * s;
    levels[Sodium] -= 2.0 * s;
    levels[Urea] *= 1.0 + 0.3 * s;
}

fn retain_water(levels: &mut Levels, s: f64) {
    levels[Sodium] -= 3.0 + 20.0 * s;
    levels[Urea] *= 1.0 - 0.35 * s;
    levels[Creatinine] *= 1.0 - 0.15 * s;
    levels[Albumin] *= 1.0 - 0.06 * s;
    levels[Haemoglobin] *= 1.0 - 0.04 * s;
    levels[UrineSolute] += 6.0 * s;
}
