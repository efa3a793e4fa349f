#![allow(clippy::unwrap_used)]
use jiff::{SignedDuration, Timestamp, civil::date};
use proptest::prelude::*;
use titer_sim::{
    people::{Patient, People, Sex},
    physiology::{Analyte, Body, Condition, Truth},
};

use Analyte::{
    Albumin, Alp, Alt, Aptt, Ast, BasophilShare, Basophils, Bilirubin, Calcium, CapillaryGlucose, Chloride, Cortisol,
    Creatinine, Crp, EosinophilShare, Eosinophils, Erythrocytes, Ferritin, Fibrinogen, FreeT4, Ggt, Glucose,
    Haematocrit, Haemoglobin, HbA1c, HbA1cIfcc, Inr, Leukocytes, LymphocyteShare, Lymphocytes, Mch, Mchc, Mcv,
    MonocyteShare, Monocytes, NeutrophilShare, Neutrophils, Platelets, Potassium, ProthrombinTime, Sodium, TroponinI,
    Tsh, Urea, UrineGlucose, UrineLeukocytes, UrineNitrite, VitaminB12,
};

fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn after(days: f64) -> Timestamp {
    start() + SignedDuration::from_secs_f64(days * 86_400.0)
}

fn patient(number: u32) -> Patient {
    People::new(1, date(2026, 3, 2)).patient(number)
}

/// A woman or man in the middle of life.
fn adult() -> Patient {
    Patient { birth_date: date(1981, 5, 17), ..patient(40) }
}

fn truth(patient: &Patient, condition: Condition, severity: f64, days: f64) -> Truth {
    Body::with(1, patient, condition, severity, start()).truth(after(days))
}

/// The truths of a day at a hospital.
fn population() -> Vec<(Patient, Body, Truth)> {
    (0..3_000)
        .map(|number| {
            let patient = patient(number);
            let body = Body::draw(1, &patient, start());
            let truth = body.truth(start());
            (patient, body, truth)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    // The bounds are those of the worst of all draws at once, so no seed can break them; the populations below are narrower.
    #[test]
    fn values_are_possible_and_hang_together(
        seed in any::<u64>(),
        number in 0..1_000_000_u32,
        condition in prop::sample::select(Condition::ALL.to_vec()),
        severity in 0.0..=1.0,
        days in -10.0..30.0,
    ) {
        let patient = People::new(seed, date(2026, 3, 2)).patient(number);
        let truth = Body::with(seed, &patient, condition, severity, start()).truth(after(days));
        for analyte in Analyte::ALL {
            let value = truth.of(analyte);
            prop_assert!(value.is_finite() && value > 0.0, "{analyte:?} is {value}");
        }
        let gap = truth.of(Sodium) - truth.of(Chloride) - truth.bicarbonate;
        prop_assert!((3.99..=43.01).contains(&gap), "anion gap {gap}");
        prop_assert!((40.0..=170.0).contains(&truth.of(Chloride)), "chloride {}", truth.of(Chloride));
        let adjusted = truth.of(Calcium) + 0.02 * (40.0 - truth.of(Albumin));
        prop_assert!((1.85..=2.65).contains(&adjusted), "adjusted calcium {adjusted}");
        let urea_creatinine = 1_000.0 * truth.of(Urea) / truth.of(Creatinine);
        prop_assert!((5.0..=2_000.0).contains(&urea_creatinine), "urea to creatinine {urea_creatinine}");
        // An infarction adds 6.3 times the AST of a child, in whom it is 1.67 times the ALT; 3.5 standard deviations are the rest.
        let ast_alt = truth.of(Ast) / truth.of(Alt);
        prop_assert!((0.01..=65.0).contains(&ast_alt), "AST to ALT {ast_alt}");
    }

    #[test]
    fn a_minute_changes_next_to_nothing(
        number in 0..10_000_u32,
        condition in prop::sample::select(Condition::ALL.to_vec()),
        days in 0.1..20.0,
    ) {
        let body = Body::with(9, &patient(number), condition, 0.8, start());
        let (now, then) = (body.truth(after(days)), body.truth(after(days + 1.0 / 1_440.0)));
        // But for what spills over a threshold.
        for analyte in Analyte::ALL.into_iter().filter(|analyte| *analyte != UrineGlucose) {
            let change = (then.of(analyte) / now.of(analyte) - 1.0).abs();
            prop_assert!(change < 0.05, "{analyte:?} changed by {change}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_serum_in_any_order() {
    let first: Vec<_> = population().into_iter().map(|(.., truth)| truth).take(100).collect();
    for number in (0..100).rev() {
        let body = Body::draw(1, &patient(number), start());
        assert_ne!(body.truth(after(3.0)), first[number as usize]);
        assert_eq!(body.truth(start()), first[number as usize]);
    }
    let other = Body::draw(2, &patient(0), start()).truth(start());
    assert_ne!(other, first[0]);
}

/// The catalog's intervals for adults of a sex, by analyte; no bound is infinite.
fn intervals(sex: Sex) -> Vec<(Analyte, f64, f64)> {
    let catalog: toml::Table = include_str!("../../../../content/catalog/reference_intervals.toml").parse().unwrap();
    let rows = catalog["interval"].as_array().unwrap().iter();
    let adults = rows.filter(|row| row.get("age_high").is_none());
    let text = |row: &toml::Value, key: &str| row.get(key).and_then(|value| value.as_str()).map(str::to_owned);
    let of_sex = adults.filter(|row| [Some("any"), Some(sex.as_str())].contains(&text(row, "sex").as_deref()));
    let bound = |row: &toml::Value, key: &str| text(row, key).map(|number| number.parse::<f64>().unwrap());
    of_sex
        .filter_map(|row| {
            let analyte = Analyte::of_key(&text(row, "analyte").unwrap())?;
            Some((analyte, bound(row, "low").unwrap_or(0.0), bound(row, "high").unwrap_or(f64::INFINITY)))
        })
        .collect()
}

#[test]
fn a_healthy_adult_is_mostly_within_the_catalogs_intervals() {
    let adults: Vec<_> = (0..2_500).map(patient).filter(|p| p.age_years(date(2026, 3, 2)) >= 19.0).collect();
    let truths: Vec<_> =
        adults.iter().map(|patient| (patient.sex, truth(patient, Condition::Well, 0.0, 0.0))).collect();
    let mut judged = 0;
    for sex in [Sex::Female, Sex::Male] {
        for (analyte, low, high) in intervals(sex) {
            let values: Vec<f64> = truths.iter().filter(|(of, _)| *of == sex).map(|(_, t)| t.of(analyte)).collect();
            let outside = values.iter().filter(|value| !(low..=high).contains(*value)).count();
            let share = outside as f64 / values.len() as f64;
            assert!(share < 0.125, "{analyte:?}: {share} of the healthy ({sex:?}) are outside {low} to {high}");
            judged += 1;
        }
    }
    assert!(judged > 80, "{judged} intervals");
}

#[test]
fn a_day_has_a_small_share_of_criticals() {
    // Adults' limits of the starter catalog.
    let is_critical = |truth: &Truth| {
        [(Sodium, 120.0, 160.0), (Potassium, 2.5, 6.5), (Calcium, 1.8, 3.5), (Glucose, 50.0, 400.0)]
            .iter()
            .any(|(analyte, low, high)| truth.of(*analyte) <= *low || truth.of(*analyte) >= *high)
            || [(Creatinine, 350.0), (Urea, 40.0), (Alt, 750.0), (Crp, 300.0)]
                .iter()
                .any(|(analyte, high)| truth.of(*analyte) >= *high)
    };
    let truths = population();
    let critical = truths.iter().filter(|(.., truth)| is_critical(truth)).count();
    let share = critical as f64 / truths.len() as f64;
    assert!((0.01..0.06).contains(&share), "{share} of the tubes have a critical value");
    for condition in Condition::ALL {
        let found = truths.iter().filter(|(_, body, _)| body.condition() == condition).count();
        assert!(found > 30, "{found} of {} have {condition:?}", truths.len());
    }
}

/// Pearson's correlation of two values over the population, on a logarithmic scale.
fn correlation(truths: &[(Patient, Body, Truth)], a: Analyte, b: Analyte) -> f64 {
    let pairs: Vec<_> = truths.iter().map(|(.., truth)| (truth.of(a).ln(), truth.of(b).ln())).collect();
    let n = pairs.len() as f64;
    let (mean_a, mean_b) =
        (pairs.iter().map(|(a, _)| a).sum::<f64>() / n, pairs.iter().map(|(_, b)| b).sum::<f64>() / n);
    let sum = |f: fn(f64, f64) -> f64| pairs.iter().map(|(a, b)| f(a - mean_a, b - mean_b)).sum::<f64>();
    sum(|a, b| a * b) / (sum(|a, _| a * a) * sum(|_, b| b * b)).sqrt()
}

#[test]
fn what_goes_together_goes_together_in_a_population() {
    let mut truths = population();
    truths.retain(|(patient, ..)| patient.age_years(date(2026, 3, 2)) >= 19.0);
    for (a, b, at_least) in [
        (Creatinine, Urea, 0.5),
        (Creatinine, Potassium, 0.2),
        (Alt, Ast, 0.6),
        (Alt, Ggt, 0.4),
        (Alp, Ggt, 0.4),
        (Alp, Bilirubin, 0.4),
        (Sodium, Chloride, 0.5),
        (Calcium, Albumin, 0.3),
    ] {
        let found = correlation(&truths, a, b);
        assert!(found > at_least, "{a:?} and {b:?}: {found}");
    }
    let found = correlation(&truths, Crp, Albumin);
    assert!(found < -0.15, "CRP and albumin: {found}");
}

#[test]
fn ratios_in_a_population_are_those_of_a_clinic() {
    let mut truths = population();
    truths.retain(|(patient, ..)| patient.age_years(date(2026, 3, 2)) >= 19.0);
    type Ratio = fn(&Truth) -> f64;
    let ratios: [(&str, Ratio, f64, f64); 4] = [
        ("anion gap", |s| s.of(Sodium) - s.of(Chloride) - s.bicarbonate, 6.0, 20.0),
        ("urea to creatinine", |s| 1_000.0 * s.of(Urea) / s.of(Creatinine), 30.0, 150.0),
        ("AST to ALT", |s| s.of(Ast) / s.of(Alt), 0.4, 2.5),
        ("adjusted calcium", |s| s.of(Calcium) + 0.02 * (40.0 - s.of(Albumin)), 2.10, 2.60),
    ];
    for (name, ratio, low, high) in ratios {
        let within = truths.iter().filter(|(.., truth)| (low..=high).contains(&ratio(truth))).count();
        let share = within as f64 / truths.len() as f64;
        assert!(share > 0.95, "{name}: {share} are between {low} and {high}");
    }
}

#[test]
fn each_condition_shows_where_it_should() {
    let adult = adult();
    let well = |analyte| truth(&adult, Condition::Well, 0.0, 1.0).of(analyte);
    for (condition, days, higher, lower) in [
        (Condition::ChronicKidneyDisease, 1.0, &[Creatinine, Urea, Potassium][..], &[Calcium][..]),
        (Condition::LiverInjury, 1.0, &[Alt, Ast, Ggt, Bilirubin], &[]),
        (Condition::Cholestasis, 1.0, &[Bilirubin, Alp, Ggt, Alt], &[]),
        (Condition::Diabetes, 1.0, &[Glucose], &[Sodium]),
        (Condition::Dehydration, 0.2, &[Sodium, Urea, Creatinine, Albumin, Calcium], &[]),
        (Condition::Infection, 1.0, &[Crp, Urea], &[Albumin, Sodium, Calcium]),
        (Condition::Hypokalaemia, 0.2, &[], &[Potassium, Chloride]),
        (Condition::Hyponatraemia, 1.0, &[], &[Sodium, Chloride, Urea]),
    ] {
        // At the same hour, so that only the condition differs.
        let onset = after(1.0 - days);
        let ill = Body::with(1, &adult, condition, 0.9, onset).truth(after(1.0));
        for analyte in higher {
            assert!(ill.of(*analyte) > well(*analyte), "{condition:?}: {analyte:?} {}", ill.of(*analyte));
        }
        for analyte in lower {
            assert!(ill.of(*analyte) < well(*analyte), "{condition:?}: {analyte:?} {}", ill.of(*analyte));
        }
    }
}

#[test]
fn dehydration_raises_urea_more_than_creatinine_and_kidney_disease_does_not() {
    let ratio = |condition| {
        let truth = truth(&adult(), condition, 0.9, 0.1);
        truth.of(Urea) / truth.of(Creatinine)
    };
    assert!(ratio(Condition::Dehydration) > 1.3 * ratio(Condition::Well));
    assert!(ratio(Condition::ChronicKidneyDisease) < ratio(Condition::Well));
}

#[test]
fn a_condition_takes_its_course() {
    let adult = adult();
    let course = |condition, analyte: Analyte| {
        [-1.0, 0.25, 1.0, 2.5, 6.0, 14.0].map(|days| truth(&adult, condition, 0.85, days).of(analyte))
    };
    let [before, first, _, peak, falling, late] = course(Condition::Infection, Crp);
    assert!(before < first && first < peak && peak > falling && falling > late, "CRP rises, then falls");
    assert!(peak > 200.0 && late < 10.0, "CRP {peak}, then {late}");

    let [before, first, .., late] = course(Condition::LiverInjury, Ast);
    assert!(first > 10.0 * before && late < 1.5 * before, "AST {before}, {first}, {late}");
    let ratio = |days| {
        let truth = truth(&adult, Condition::LiverInjury, 0.85, days);
        truth.of(Ast) / truth.of(Alt)
    };
    assert!(ratio(3.0) < 0.6 * ratio(0.25), "AST is cleared faster than ALT");

    let [before, first, _, _, _, late] = course(Condition::Hyponatraemia, Sodium);
    assert!(before - first > 12.0 && before - late < 6.0, "sodium {before}, {first}, {late}");
}

#[test]
fn children_are_not_small_adults() {
    let child = Patient { birth_date: date(2020, 1, 1), ..patient(40) };
    let of = |patient: &Patient, analyte| truth(patient, Condition::Well, 0.0, 0.0).of(analyte);
    assert!(of(&child, Alp) > 1.8 * of(&adult(), Alp));
    assert!(of(&child, Creatinine) < 0.7 * of(&adult(), Creatinine));
}

#[test]
fn a_blood_count_is_one_set_of_cells() {
    for number in 0..400 {
        let patient = patient(number);
        let truth = Body::draw(1, &patient, start()).truth(start());
        let of = |analyte| truth.of(analyte);
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(near(of(Haematocrit), of(Erythrocytes) * of(Mcv) / 1_000.0));
        assert!(near(of(Mch), of(Haemoglobin) / of(Erythrocytes)));
        assert!(near(of(Mchc), of(Haemoglobin) / of(Haematocrit)));
        let kinds = [Neutrophils, Lymphocytes, Monocytes, Eosinophils, Basophils];
        assert!(near(of(Leukocytes), kinds.iter().map(|kind| of(*kind)).sum()));
        let shares = [NeutrophilShare, LymphocyteShare, MonocyteShare, EosinophilShare, BasophilShare];
        assert!(near(100.0, shares.iter().map(|share| of(*share)).sum()));
    }
}

#[test]
fn anaemias_are_told_apart_by_their_cells() {
    let of = |condition| truth(&adult(), condition, 0.8, 1.0);
    let (well, iron, cobalamin) =
        (of(Condition::Well), of(Condition::IronDeficiency), of(Condition::CobalaminDeficiency));
    assert!(iron.of(Haemoglobin) < 110.0 && cobalamin.of(Haemoglobin) < 110.0 && well.of(Haemoglobin) > 115.0);
    assert!(iron.of(Mcv) < 80.0 && cobalamin.of(Mcv) > 105.0);
    assert!(iron.of(Ferritin) < 15.0 && cobalamin.of(VitaminB12) < 180.0);
    assert!(iron.of(Platelets) > cobalamin.of(Platelets));
    // Blood that is lost is lost whole: the cells that are left are as they were.
    let bleeding = of(Condition::Bleeding);
    assert!(bleeding.of(Haemoglobin) < 0.7 * well.of(Haemoglobin));
    assert!((bleeding.of(Mcv) / well.of(Mcv) - 1.0).abs() < 1e-9);
}

#[test]
fn the_pituitary_answers_to_the_thyroid() {
    for number in 0..60 {
        let patient = patient(number);
        let of = |condition, severity| truth(&patient, condition, severity, 1.0);
        let well = of(Condition::Well, 0.0);
        for severity in [0.2, 0.6, 1.0] {
            let (slow, fast) = (of(Condition::Hypothyroidism, severity), of(Condition::Hyperthyroidism, severity));
            assert!(slow.of(FreeT4) < well.of(FreeT4) && slow.of(Tsh) > 2.0 * well.of(Tsh));
            assert!(fast.of(FreeT4) > well.of(FreeT4) && fast.of(Tsh) < 0.3 * well.of(Tsh));
        }
    }
    let overt = truth(&adult(), Condition::Hyperthyroidism, 0.9, 1.0);
    assert!(overt.of(Tsh) < 0.01 && overt.of(FreeT4) > 40.0);
}

#[test]
fn warfarin_moves_the_inr_and_heparin_the_aptt() {
    let adult = adult();
    let of = |condition, severity| truth(&adult, condition, severity, 1.0);
    let well = of(Condition::Well, 0.0);
    let (warfarin, heparin) = (of(Condition::Warfarin, 0.5), of(Condition::Heparin, 0.5));
    assert!((2.0..3.6).contains(&warfarin.of(Inr)), "INR {}", warfarin.of(Inr));
    assert!(warfarin.of(Aptt) / well.of(Aptt) < 1.35 && warfarin.of(Aptt) > well.of(Aptt));
    assert!(heparin.of(Aptt) / well.of(Aptt) > 1.8, "aPTT {}", heparin.of(Aptt));
    assert!(heparin.of(Inr) / well.of(Inr) < 1.1);
    assert!(of(Condition::Warfarin, 1.0).of(Inr) > 5.0);
    for truth in [&well, &warfarin, &heparin] {
        let ratio = truth.of(ProthrombinTime) / 13.0;
        assert!((truth.of(Inr) - ratio.powf(1.05)).abs() < 1e-9, "the INR is the time's ratio");
    }
}

#[test]
fn glucose_in_urine_is_what_spills_over_from_plasma() {
    for number in 0..300 {
        let patient = patient(number);
        let severity = f64::from(number % 11) / 10.0;
        let truth = truth(&patient, Condition::Diabetes, severity, 0.2);
        if truth.of(Glucose) < 180.0 {
            assert!(truth.of(UrineGlucose) < 50.0, "{}", truth.of(UrineGlucose));
        }
        if truth.of(Glucose) > 200.0 {
            assert!(truth.of(UrineGlucose) > 1_000.0, "{}", truth.of(UrineGlucose));
        }
    }
}

#[test]
fn hba1c_follows_the_months_and_not_the_day() {
    let adult = adult();
    let of = |condition, severity, days| truth(&adult, condition, severity, days);
    let (well, poorly) = (of(Condition::Well, 0.0, 0.0), of(Condition::Diabetes, 0.9, 0.0));
    assert!(well.of(HbA1c) < 5.9 && poorly.of(HbA1c) > 9.0, "{} {}", well.of(HbA1c), poorly.of(HbA1c));
    let later = of(Condition::Diabetes, 0.9, 5.0);
    assert!(later.of(Glucose) < 0.8 * poorly.of(Glucose), "glucose answers to treatment");
    assert!((later.of(HbA1c) / poorly.of(HbA1c) - 1.0).abs() < 0.08, "HbA1c does not yet");
    assert!((0.09148 * well.of(HbA1cIfcc) + 2.152 - well.of(HbA1c)).abs() < 1e-9);
    assert_eq!(well.of(CapillaryGlucose), well.of(Glucose));
}

#[test]
fn a_day_turns_in_the_blood() {
    let adult = adult();
    let mean = |analyte: Analyte, hour: f64| {
        let days =
            (0..30).map(|day| truth(&adult, Condition::Well, 0.0, f64::from(day) + (hour - 8.0) / 24.0).of(analyte));
        days.sum::<f64>() / 30.0
    };
    let (morning, midnight) = (mean(Cortisol, 8.5), mean(Cortisol, 0.3));
    assert!(morning > 5.0 * midnight, "cortisol {morning} and {midnight}");
    let (night, day) = (mean(Tsh, 2.0), mean(Tsh, 14.0));
    assert!((1.3..1.9).contains(&(night / day)), "TSH {night} and {day}");
    assert!(mean(Glucose, 13.8) > 1.05 * mean(Glucose, 6.0));
    // The clock is the person's own.
    let in_tokyo =
        Body::with(1, &adult, Condition::Well, 0.0, start()).in_zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    let at_home = Body::with(1, &adult, Condition::Well, 0.0, start());
    assert!(in_tokyo.truth(start()).of(Cortisol) < 0.8 * at_home.truth(start()).of(Cortisol), "it is 17:00 there");
}

#[test]
fn day_to_day_variation_within_a_person_is_the_published_one() {
    let adult = adult();
    let days: Vec<_> = (0..400).map(|day| truth(&adult, Condition::Well, 0.0, f64::from(day))).collect();
    for (analyte, expected) in [
        (Haemoglobin, 0.028),
        (Mcv, 0.011),
        (Platelets, 0.066),
        (Neutrophils, 0.129),
        (Tsh, 0.177),
        (FreeT4, 0.048),
        (Ferritin, 0.062),
        (TroponinI, 0.138),
        (Inr, 0.032),
        (Aptt, 0.058),
        (Fibrinogen, 0.11),
        (HbA1c, 0.012),
    ] {
        let logs: Vec<f64> = days.iter().map(|day| day.of(analyte).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        let spread = (logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / logs.len() as f64).sqrt();
        assert!((spread / expected - 1.0).abs() < 0.15, "{analyte:?}: {spread}, published {expected}");
    }
}

#[test]
fn troponin_rises_within_hours_and_falls_over_days() {
    let adult = adult();
    let course =
        [0.02, 0.12, 0.6, 2.0, 8.0].map(|days| truth(&adult, Condition::MyocardialInfarction, 0.6, days).of(TroponinI));
    let [first, early, peak, falling, late] = course;
    assert!(first < early && early < peak && peak > falling && falling > late, "{course:?}");
    assert!(peak > 300.0 && late < 40.0, "{course:?}");
}

#[test]
fn an_infected_urine_shows_it_and_the_blood_only_in_the_worst() {
    let adult = adult();
    let of = |condition, severity| truth(&adult, condition, severity, 0.5);
    let (well, mild, worst) =
        (of(Condition::Well, 0.0), of(Condition::UrinaryInfection, 0.3), of(Condition::UrinaryInfection, 1.0));
    assert!(mild.of(UrineNitrite) > 1.0 && mild.of(UrineLeukocytes) > 15.0 && well.of(UrineNitrite) < 0.2);
    assert!((mild.of(Neutrophils) / well.of(Neutrophils) - 1.0).abs() < 1e-9);
    assert!(worst.of(Neutrophils) > 1.8 * well.of(Neutrophils) && worst.of(Crp) > 80.0);
}
