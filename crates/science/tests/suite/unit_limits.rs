//! Limits of published intervals in another unit.

use proptest::prelude::*;
use rust_decimal::Decimal;
use titer_science::units::{Conversion, Toward, UnitError, limit_in};

fn conversion(from: &str, to: &str, molar_mass: &str) -> Conversion {
    let molar_mass = (!molar_mass.is_empty()).then(|| molar_mass.parse().unwrap());
    Conversion::new(from, to, molar_mass).unwrap()
}

/// Pairs as they are printed side by side.
#[test]
fn limits_are_those_that_are_published_in_both_units() {
    let cases = [
        // Fasting glucose, 70 to 99 mg/dL (3.9 to 5.5 mmol/L), 100 to 125 (5.6 to 6.9), from 126 (7.0); in the tolerance test 140 (7.8)
        // and 200 (11.1): globalrph.com/labs/g, and the criteria of the American Diabetes Association.
        ("70", "mg/dL", "mmol/L", "180.16", 1, "3.9"),
        ("99", "mg/dL", "mmol/L", "180.16", 1, "5.5"),
        ("100", "mg/dL", "mmol/L", "180.16", 1, "5.6"),
        ("125", "mg/dL", "mmol/L", "180.16", 1, "6.9"),
        ("126", "mg/dL", "mmol/L", "180.16", 1, "7.0"),
        ("140", "mg/dL", "mmol/L", "180.16", 1, "7.8"),
        ("200", "mg/dL", "mmol/L", "180.16", 1, "11.1"),
        ("7.0", "mmol/L", "mg/dL", "180.16", 0, "126"),
        // Lipids: cholesterol 200 mg/dL (5.2 mmol/L), LDL 100 (2.6), HDL 40 (1.0), triglycerides 150 (1.7), as they are commonly printed in
        // both units. No text was read for these pairs.
        ("200", "mg/dL", "mmol/L", "386.65", 1, "5.2"),
        ("100", "mg/dL", "mmol/L", "386.65", 1, "2.6"),
        ("40", "mg/dL", "mmol/L", "386.65", 1, "1.0"),
        ("150", "mg/dL", "mmol/L", "885.4", 1, "1.7"),
        // Arterial gases: 35 to 45 mm Hg of carbon dioxide (4.7 to 6.0 kPa).
        ("35", "mm[Hg]", "kPa", "", 1, "4.7"),
        ("45", "mm[Hg]", "kPa", "", 1, "6.0"),
        // Creatinine 0.51 to 0.95 mg/dL (45 to 84 µmol/L), as it is commonly printed in both units. No text was read for this pair.
        ("45", "umol/L", "mg/dL", "113.12", 2, "0.51"),
        ("84", "umol/L", "mg/dL", "113.12", 2, "0.95"),
    ];
    for (printed, from, to, molar_mass, decimals, expected) in cases {
        let converted = limit_in(printed, &conversion(from, to, molar_mass), decimals, Toward::Nearest);
        assert_eq!(converted.as_deref(), Ok(expected), "{printed} {from}");
    }
}

#[test]
fn a_converted_limit_claims_no_more_than_was_printed() {
    let cases = [
        // The decimals of results would allow more digits.
        ("0.2", "mg/dL", "umol/L", "584.66", 2, Toward::Nearest, "3"),
        ("7", "mg/dL", "umol/L", "113.12", 0, Toward::Nearest, "620"),
        ("7", "mg/dL", "umol/L", "113.12", 0, Toward::Higher, "620"),
        ("7", "mg/dL", "umol/L", "113.12", 0, Toward::Lower, "610"),
        // Two digits stay, also if results have fewer decimals.
        ("1.0", "mg/dL", "mmol/L", "30.974", 0, Toward::Nearest, "0.32"),
        ("1.0", "mg/dL", "mmol/L", "30.974", 0, Toward::Higher, "0.33"),
        // A power of ten moves the decimal point.
        ("3.50", "g/dL", "g/L", "", 0, Toward::Lower, "35.0"),
        ("500", "mg/dL", "g/L", "", 0, Toward::Higher, "5.00"),
        ("12.5", "ng/mL", "ug/L", "", 0, Toward::Nearest, "12.5"),
        ("5", "g/L", "mg/dL", "", 0, Toward::Nearest, "500"),
        ("0", "mg/dL", "mmol/L", "180.16", 1, Toward::Nearest, "0.0"),
    ];
    for (printed, from, to, molar_mass, decimals, toward, expected) in cases {
        let converted = limit_in(printed, &conversion(from, to, molar_mass), decimals, toward);
        assert_eq!(converted.as_deref(), Ok(expected), "{printed} {from} {toward:?}");
    }
    let glucose = conversion("mg/dL", "mmol/L", "180.16");
    for text in ["", "high", "<40", "70-99"] {
        assert_eq!(limit_in(text, &glucose, 1, Toward::Nearest), Err(UnitError::OutOfRange), "{text}");
    }
    let fever = Conversion::new("Cel", "[degF]", None).unwrap();
    assert_eq!(limit_in("38", &fever, 1, Toward::Nearest), Err(UnitError::OutOfRange), "no multiple");
}

/// Units that laboratories convert between, with the molar mass.
const PAIRS: [(&str, &str, &str); 8] = [
    ("mg/dL", "mmol/L", "180.16"),
    ("mmol/L", "mg/dL", "180.16"),
    ("umol/L", "mg/dL", "113.12"),
    ("mg/dL", "umol/L", "584.66"),
    ("ng/dL", "pmol/L", "776.87"),
    ("mm[Hg]", "kPa", ""),
    ("g/dL", "g/L", ""),
    ("ng/mL", "ug/L", ""),
];

fn exactly(text: &str, conversion: &Conversion) -> Decimal {
    conversion.decimal(text.parse().unwrap()).unwrap()
}

/// The last place of a text: 0.1 of 3.9.
fn step(text: &str) -> Decimal {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as u32);
    Decimal::new(1, decimals)
}

proptest! {
    /// A value beyond the printed limit is beyond the converted one, whatever the operator: a lower limit never falls, an upper never
    /// rises.
    #[test]
    fn a_critical_limit_never_moves_to_the_less_cautious_side(
        digits in 1_i64..100_000, scale in 0_u32..4, decimals in 0_u32..4, pair in 0..PAIRS.len(),
    ) {
        let (from, to, molar_mass) = PAIRS[pair];
        let conversion = conversion(from, to, molar_mass);
        let printed = Decimal::new(digits, scale).to_string();
        let exact = exactly(&printed, &conversion);
        let rounded = |toward| limit_in(&printed, &conversion, decimals, toward).unwrap().parse::<Decimal>().unwrap();
        prop_assert!(rounded(Toward::Higher) >= exact);
        prop_assert!(rounded(Toward::Lower) <= exact);
        let nearest = rounded(Toward::Nearest);
        prop_assert!(rounded(Toward::Lower) <= nearest && nearest <= rounded(Toward::Higher));
    }

    /// Back in the source's unit, a limit is the printed one within the precision that it states: half of its last place, and never
    /// more than a twentieth.
    #[test]
    fn there_and_back_within_the_stated_precision(
        digits in 1_i64..100_000, scale in 0_u32..4, decimals in 0_u32..4, pair in 0..PAIRS.len(),
    ) {
        let (from, to, molar_mass) = PAIRS[pair];
        let (there, back) = (conversion(from, to, molar_mass), conversion(to, from, molar_mass));
        let printed = Decimal::new(digits, scale);
        let text = limit_in(&printed.to_string(), &there, decimals, Toward::Nearest).unwrap();
        let returned = exactly(&text, &back);
        let half = back.decimal(step(&text)).unwrap() / Decimal::TWO;
        // Digits that stand for tens are no decimals: the printed figure was as coarse.
        let coarse = Decimal::new(1, scale) / Decimal::TWO;
        let twentieth = printed / Decimal::from(20);
        let off = (returned - printed).abs();
        prop_assert!(off <= half.max(coarse) + Decimal::new(1, 15), "{printed} {from} = {text} {to} = {returned}");
        prop_assert!(off <= twentieth.max(coarse) + Decimal::new(1, 15), "{printed} {from} = {text} {to}");
    }

    /// Of two limits that are printed alike, the higher one stays the higher one, or they become equal.
    #[test]
    fn the_order_of_limits_stays(
        digits in (1_i64..100_000, 1_i64..100_000), scale in 0_u32..4, decimals in 0_u32..4, pair in 0..PAIRS.len(),
    ) {
        let (from, to, molar_mass) = PAIRS[pair];
        let conversion = conversion(from, to, molar_mass);
        let (low, high) = (digits.0.min(digits.1), digits.0.max(digits.1));
        for toward in [Toward::Nearest, Toward::Higher, Toward::Lower] {
            let of = |digits| {
                let printed = Decimal::new(digits, scale).to_string();
                limit_in(&printed, &conversion, decimals, toward).unwrap().parse::<Decimal>().unwrap()
            };
            prop_assert!(of(low) <= of(high), "{low} {high} {scale} {from} {toward:?}");
        }
    }
}
