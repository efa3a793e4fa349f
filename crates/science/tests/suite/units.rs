//! Units and conversion.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::{
    Reported,
    rounding::{Precision, Rounding, Tie},
    units::{Conversion, Related, UnitError, Unrelated, printed, relate, reported_as, validate},
};

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn converted(value: &str, from: &str, to: &str, molar_mass: Option<&str>) -> Decimal {
    Conversion::new(from, to, molar_mass.map(dec)).unwrap().decimal(dec(value)).unwrap()
}

#[test]
fn units_are_ucum_codes_case_sensitive() {
    for code in
        ["mg/dL", "10*9/L", "10*3/uL", "mL/min/{1.73_m2}", "%", "1", "{INR}", "[IU]/L", "m[IU]/L", "mm[Hg]", "fL"]
    {
        assert_eq!(validate(code), Ok(()), "{code}");
    }
    for code in ["", " ", "mg/dl ", "mg /dL", "MG/DL", "x10^9/L", "µg/L", "mmol/l/", "IU/L", "cells/µL", "mcg/mL"] {
        assert!(matches!(validate(code), Err(UnitError::NotUcum { .. })), "{code}");
    }
    assert_eq!(
        validate("furlongs/L").unwrap_err().to_string(),
        "\"furlongs/L\" is not a UCUM unit: there is no unit furlongs"
    );
}

#[test]
fn factors_are_exact() {
    for (value, from, to, expected) in [
        ("5.5", "mmol/L", "umol/L", "5500"),
        ("0.45", "L/L", "%", "45"),
        ("150", "10*9/L", "10*3/uL", "150"),
        ("14.2", "g/dL", "g/L", "142"),
        ("37.5", "umol/L", "nmol/mL", "37.5"),
        ("1.5", "[IU]/mL", "m[IU]/mL", "1500"),
        ("12.3", "u[IU]/mL", "m[IU]/L", "12.3"),
        ("53", "mmol/mol", "%", "5.3"),
        ("60", "U/L", "ukat/L", "1"),
        ("1", "ukat/L", "U/L", "60"),
        ("1", "[lb_av]", "g", "453.59237"),
        ("10", "%{NGSP}", "%", "10"),
        ("37", "Cel", "[degF]", "98.6"),
    ] {
        assert_eq!(converted(value, from, to, None), dec(expected), "{value} {from} {to}");
    }
    // One pascal is exactly one newton on a square metre, and UCUM's mm[Hg] is exactly 133.322 Pa.
    assert_eq!(converted("760", "mm[Hg]", "Pa", None), dec("101324.72"));
}

#[test]
fn mass_and_amount_convert_with_the_molar_mass() {
    // Factors as laboratories print them: glucose 0.0555, creatinine 88.4, cholesterol 0.02586, calcium 0.2495, urea nitrogen 0.357.
    for (from, to, molar_mass, expected) in [
        ("mg/dL", "mmol/L", "180.156", "0.0555"),
        ("mg/dL", "umol/L", "113.12", "88.4"),
        ("mg/dL", "mmol/L", "386.65", "0.02586"),
        ("mg/dL", "mmol/L", "40.078", "0.2495"),
        ("mg/dL", "mmol/L", "28.0134", "0.357"),
        ("mmol/L", "mg/dL", "180.156", "18.0156"),
        ("umol/L", "mg/L", "113.12", "0.11312"),
        ("ug/dL", "umol/L", "55.845", "0.1791"),
    ] {
        let factor = Conversion::new(from, to, Some(dec(molar_mass))).unwrap().factor().unwrap();
        let figures = dec(expected).mantissa().to_string().len() as u32;
        let rounding = Rounding { to: Precision::SignificantFigures(figures), tie: Tie::HalfUp };
        assert_eq!(rounding.round(factor).unwrap(), dec(expected), "{from} {to}");
    }
    assert_eq!(converted("90.078", "mg/dL", "mmol/L", Some("180.156")), dec("5"));
    assert_eq!(converted("5", "mmol/L", "mg/dL", Some("180.156")), dec("90.078"));
}

#[test]
fn what_does_not_convert_is_named() {
    let refused =
        |from: &str, to: &str, molar_mass: Option<&str>| Conversion::new(from, to, molar_mass.map(dec)).unwrap_err();
    for (from, to) in [("mg/dL", "s"), ("g/L", "g"), ("fL", "pg"), ("Cel", "mg"), ("mmol/L", "mmol")] {
        assert!(matches!(refused(from, to, Some("100")), UnitError::Incommensurable { .. }), "{from} {to}");
    }
    for (from, to) in
        [("[IU]/L", "U/L"), ("[IU]/mL", "ug/mL"), ("[IU]/L", "mmol/L"), ("[arb'U]/mL", "[IU]/mL"), ("[IU]", "1")]
    {
        assert!(matches!(refused(from, to, Some("100")), UnitError::Arbitrary { .. }), "{from} {to}");
    }
    for (from, to) in
        [("mmol/L", "10*9/L"), ("meq/L", "mmol/L"), ("mosm/kg", "mmol/kg"), ("meq/L", "mosm/L"), ("U/L", "/L/s")]
    {
        assert!(matches!(refused(from, to, Some("100")), UnitError::Amount { .. }), "{from} {to}");
    }
    assert!(matches!(refused("mg/dL", "mmol/L", None), UnitError::MolarMassNeeded { .. }));
    for molar_mass in ["0", "-1"] {
        assert_eq!(refused("mg/dL", "mmol/L", Some(molar_mass)), UnitError::MolarMass);
    }
    // A molar mass is not used where it is not needed.
    assert_eq!(converted("1", "g/L", "mg/dL", Some("0")), dec("100"));
    assert!(matches!(refused("mg/dl/", "g/L", None), UnitError::NotUcum { .. }));
    assert_eq!(
        refused("mg/dL", "mmol/L", None).to_string(),
        "mg/dL converts to mmol/L only with the analyte's molar mass"
    );
}

#[test]
fn what_was_reported_stays_as_it_was_sent() {
    let conversion = Conversion::new("mg/dL", "mmol/L", Some(dec("180.156"))).unwrap();
    for (text, value) in [
        (" 90.078 ", Reported::Number(dec("5"))),
        ("<18.0156", Reported::parse("<1")),
        (">=  900.78", Reported::parse(">=50")),
        ("haemolysed", Reported::Text),
        ("1,5", Reported::Text),
    ] {
        let converted = reported_as(text, &conversion).unwrap();
        assert_eq!((converted.reported.as_str(), converted.value), (text, value));
        assert_eq!((converted.from.as_str(), converted.to.as_str()), ("mg/dL", "mmol/L"));
    }
}

#[test]
fn a_censored_value_turns_where_the_scale_does() {
    let ph = Conversion::new("[pH]", "nmol/L", None).unwrap();
    assert_eq!(ph.factor(), None);
    assert_eq!(ph.value(&Reported::parse(">7")).unwrap(), Reported::parse("<100"));
    assert_eq!(ph.value(&Reported::parse("<=8")).unwrap(), Reported::parse(">=10"));
    // 7.4 is 39.8 nmol/L (every acid-base text).
    let hydrogen = ph.decimal(dec("7.4")).unwrap();
    assert_eq!(Rounding::decimals(1).round(hydrogen).unwrap(), dec("39.8"));
    let back = Conversion::new("nmol/L", "[pH]", None).unwrap();
    assert_eq!(back.decimal(dec("-1")), Err(UnitError::OutOfDomain { to: "[pH]".to_owned() }));
    let warm = Conversion::new("Cel", "K", None).unwrap();
    assert_eq!(warm.value(&Reported::parse(">37")).unwrap(), Reported::parse(">310.15"));
}

#[test]
fn what_cannot_be_held_is_an_error() {
    let up = Conversion::new("kg", "ng", None).unwrap();
    assert_eq!(up.decimal(Decimal::MAX), Err(UnitError::OutOfRange));
    let down = Conversion::new("ng", "kg", None).unwrap();
    assert_eq!(down.decimal(Decimal::new(1, 28)), Err(UnitError::OutOfRange));
    for value in [f64::NAN, f64::INFINITY, f64::MAX] {
        assert_eq!(up.number(value), Err(UnitError::OutOfRange), "{value}");
    }
    assert_eq!(Conversion::new("Ym3", "am3", None).unwrap_err(), UnitError::OutOfRange);
    assert!(Conversion::new(&"(".repeat(100_000), "g", None).is_err());
}

const LABORATORY: [&str; 12] =
    ["g/L", "mg/dL", "ug/mL", "ng/mL", "pg/mL", "mmol/L", "umol/L", "nmol/L", "pmol/L", "g/dL", "mg/L", "mol/m3"];

proptest! {
    #[test]
    fn there_and_back_is_where_it_was(
        value in 1u32..1_000_000, scale in 0u32..4, from in 0usize..12, to in 0usize..12, mass in 1_000u32..500_000,
    ) {
        let (value, mass) = (Decimal::new(value.into(), scale), Decimal::new(mass.into(), 3));
        let (from, to) = (LABORATORY[from], LABORATORY[to]);
        let there = Conversion::new(from, to, Some(mass)).unwrap();
        let back = Conversion::new(to, from, Some(mass)).unwrap();
        let again = back.decimal(there.decimal(value).unwrap()).unwrap();
        prop_assert!((again - value).abs() <= value * Decimal::new(1, 12), "{} {} {}", value, again, from);
    }

    #[test]
    fn no_text_makes_it_panic(from in "\\PC{0,12}", to in "[a-zA-Z0-9/.*{}\\[\\]%()-]{0,12}") {
        let _ = validate(&from);
        let _ = validate(&to);
        if let Ok(conversion) = Conversion::new(&from, &to, Some(Decimal::ONE)) {
            let _ = conversion.decimal(Decimal::ONE);
        }
    }
}

/// What makers write, and what a laboratory means.
#[test]
fn units_as_sent_stand_to_the_laboratory_s_as_they_do() {
    for (sent, unit, expected) in [
        ("g/dL", "g/L", Ok("10")),
        ("G/DL", "g/L", Err(Unrelated::Unreadable)),
        ("g/l", "g/L", Ok("1")),
        ("mg/L", "ug/mL", Ok("1")),
        ("µg/L", "ug/L", Ok("1")),
        ("μg/L", "ug/L", Ok("1")),
        ("mcg/L", "ug/L", Ok("1")),
        ("10*9/L", "10*9/L", Ok("1")),
        ("10^9/L", "10*9/L", Ok("1")),
        ("10⁹/L", "10*9/L", Ok("1")),
        ("x10^9/L", "10*9/L", Ok("1")),
        ("x 10E9/L", "10*9/L", Ok("1")),
        ("E9/L", "10*9/L", Ok("1")),
        ("G/L", "10*9/L", Ok("1")),
        ("G/L", "g/L", Err(Unrelated::Different)),
        ("T/L", "10*12/L", Ok("1")),
        ("K/uL", "10*9/L", Ok("1")),
        ("k/µL", "10*9/L", Ok("1")),
        ("K/L", "10*9/L", Err(Unrelated::Unreadable)),
        ("K", "K", Ok("1")),
        ("M/uL", "10*12/L", Ok("1")),
        ("M/L", "10*12/L", Err(Unrelated::Unreadable)),
        ("10*3/uL", "10*9/L", Ok("1")),
        ("/uL", "10*9/L", Ok("0.001")),
        ("cells/uL", "10*6/L", Ok("1")),
        ("109/L", "10*9/L", Err(Unrelated::Unreadable)),
        ("103/uL", "10*9/L", Err(Unrelated::Unreadable)),
        ("um3", "fL", Ok("1")),
        ("%", "L/L", Ok("0.01")),
        ("L/L", "%", Ok("100")),
        ("mmol/mol", "%", Err(Unrelated::Different)),
        ("%", "mmol/mol", Err(Unrelated::Different)),
        ("mg/g", "%", Err(Unrelated::Different)),
        ("{ratio}", "%", Err(Unrelated::Different)),
        ("INR", "{INR}", Ok("1")),
        ("INR", "%", Err(Unrelated::Different)),
        ("sec", "s", Ok("1")),
        ("ug/mL FEU", "ug/mL{FEU}", Ok("1")),
        ("mg/L FEU", "ug/mL{FEU}", Ok("1")),
        ("ug/mL", "ug/mL{FEU}", Err(Unrelated::Different)),
        ("ug/mL DDU", "ug/mL{FEU}", Err(Unrelated::Different)),
        ("IU/L", "U/L", Ok("1")),
        ("U/l", "U/L", Ok("1")),
        ("mIU/L", "m[IU]/L", Ok("1")),
        ("uIU/mL", "m[IU]/L", Ok("1")),
        ("IU/mL", "{copies}/mL", Err(Unrelated::Different)),
        ("copies/mL", "{copies}/mL", Ok("1")),
        ("Log copies/mL", "{copies}/mL", Err(Unrelated::Unreadable)),
        ("mmol/L", "mg/dL", Err(Unrelated::Different)),
        ("mEq/L", "mmol/L", Err(Unrelated::Different)),
        ("1", "10*9/L", Err(Unrelated::Different)),
        ("", "g/L", Err(Unrelated::Unreadable)),
        ("Einheiten", "Einheiten", Ok("1")),
        ("g/L", "Einheiten", Err(Unrelated::UnreadableHere)),
        ("10*9/L", "109/L", Err(Unrelated::UnreadableHere)),
        ("10*9/L", "103/uL", Err(Unrelated::UnreadableHere)),
    ] {
        let found = relate(sent, unit).map(|related| match related {
            Related::Equal => "1".to_owned(),
            Related::Multiple(conversion) => conversion.factor().unwrap().to_string(),
        });
        assert_eq!(found, expected.map(str::to_owned), "{sent:?} {unit:?}");
    }
}

proptest! {
    /// There and back again, whatever was sent: as many digits, and the same side.
    #[test]
    fn a_power_of_ten_moves_the_point_and_nothing_else(digits in 1_i64..10_000_000, scale in 0_u32..6, side in 0..5_usize) {
        let side = ["", "<", ">", "<=", ">="][side];
        let sent = format!("{side}{}", Decimal::new(digits, scale));
        let to = |from, to| match relate(from, to).unwrap() {
            Related::Multiple(conversion) => conversion,
            Related::Equal => panic!("{from} {to}"),
        };
        let there = printed(&sent, &to("g/L", "g/dL")).unwrap();
        let back = printed(&there, &to("g/dL", "g/L")).unwrap();
        prop_assert_eq!(Reported::parse(&back), Reported::parse(&sent), "{} {}", there, back);
        prop_assert_eq!(there.trim_start_matches(['<', '>', '=', ' ']).starts_with('-'), false);
    }

    /// Another factor loses no digit that was sent.
    #[test]
    fn a_converted_value_is_no_coarser_than_it_was_sent(digits in 1_i64..1_000_000, scale in 0_u32..4) {
        let sent = Decimal::new(digits, scale);
        let Related::Multiple(conversion) = relate("U/L", "ukat/L").unwrap() else { panic!() };
        let value: Decimal = printed(&sent.to_string(), &conversion).unwrap().parse().unwrap();
        let back = Conversion::new("ukat/L", "U/L", None).unwrap().decimal(value).unwrap();
        prop_assert!((back - sent).abs() <= Decimal::new(5, scale + 1), "{} {} {}", sent, value, back);
    }
}
