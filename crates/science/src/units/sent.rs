//! Units as analyzers write them, set against the laboratory's.
//!
//! Makers write units their own way: `10^3/uL`, `10E3/uL`, `K/uL` and `G/L` are all counts, and UCUM would read two of them as kelvin and
//! gauss. So a text is first read as a laboratory means it. What nobody can read for certain is not read.

use octofhir_ucum::{UnitExpr, parse_expression};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{Conversion, conversion::read};
use crate::{Comparator, Reported};

/// Fractions of a volume, and plain ones: of these alone one is a multiple of the other whatever is measured. `mmol/mol` of haemoglobin
/// is no multiple of the `%` that another method reports.
const FRACTIONS: [&str; 5] = ["%", "1", "10*-2", "L/L", "l/l"];

/// A number that has more digits is not converted.
const DIGITS_MAX: u32 = 20;

/// Volumes below which a count stands with a prefix alone: `K/uL`.
const SMALL_VOLUMES: [&str; 3] = ["uL", "ul", "mm3"];

/// How a unit that was sent stands to the laboratory's.
#[derive(Debug, Clone, PartialEq)]
pub enum Related {
    /// Written alike, or a multiple by 1.
    Equal,
    /// A multiple.
    Multiple(Conversion),
}

/// Why a unit that was sent cannot be brought into the laboratory's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrelated {
    /// Nobody can say for certain what the unit that was sent means.
    Unreadable,
    /// The laboratory's unit is no UCUM code, and the text that was sent is another.
    UnreadableHere,
    /// They measure different kinds of quantity, or it depends on what is measured.
    Different,
}

/// Sets a unit that was sent against the laboratory's UCUM code.
///
/// # Errors
/// [`Unrelated`] says why a value in the one is none in the other.
pub fn relate(sent: &str, unit: &str) -> Result<Related, Unrelated> {
    if sent.trim() == unit.trim() {
        return Ok(Related::Equal);
    }
    let readings = readings(sent);
    if readings.is_empty() {
        return Err(Unrelated::Unreadable);
    }
    if lost_power(unit) || read(unit).is_err() {
        return Err(Unrelated::UnreadableHere);
    }
    readings.iter().find_map(|reading| related(reading, unit)).ok_or(Unrelated::Different)
}

/// Whether the raised digits of a power stand as any others do: as UCUM has it `109/L` is a hundred and nine in a litre.
fn lost_power(unit: &str) -> bool {
    let lost = |part: &str| part.len() > 2 && part.starts_with("10") && part.bytes().all(|b| b.is_ascii_digit());
    unit.split('/').any(|part| lost(part.trim()))
}

fn related(reading: &str, unit: &str) -> Option<Related> {
    if reading == unit {
        return Some(Related::Equal);
    }
    // What is written in braces says what is counted: fibrinogen equivalents are not D-dimer units.
    if annotations(reading)? != annotations(unit)? {
        return None;
    }
    let fraction = |code| read(code).map(|(unit, _)| unit.dim.is_dimensionless() && unit.arbitrary.is_empty());
    if fraction(reading).ok()? && ![reading, unit].iter().all(|code| FRACTIONS.contains(code)) {
        return None;
    }
    let conversion = Conversion::new(reading, unit, None).ok()?;
    let equal = conversion.factor()? == Decimal::ONE;
    Some(if equal { Related::Equal } else { Related::Multiple(conversion) })
}

/// What stands in braces, in order.
fn annotations(code: &str) -> Option<Vec<String>> {
    fn of(expression: &UnitExpr, found: &mut Vec<String>) {
        match expression {
            UnitExpr::Symbol(_) | UnitExpr::Numeric(_) => {}
            UnitExpr::Annotation(text) => found.push(text.clone()),
            UnitExpr::Annotated(inner, text) => {
                of(inner, found);
                found.push(text.clone());
            }
            UnitExpr::Power(inner, _) | UnitExpr::Reciprocal(inner) => of(inner, found),
            UnitExpr::Product(terms) => terms.iter().for_each(|term| of(term, found)),
            UnitExpr::Quotient(above, below) => {
                of(above, found);
                of(below, found);
            }
        }
    }
    let mut found = Vec::new();
    of(&parse_expression(code).ok()?, &mut found);
    found.sort();
    Some(found)
}

/// The UCUM codes that a text can mean; none if nobody can say.
fn readings(sent: &str) -> Vec<String> {
    let text = plain(sent);
    let whole = match text.to_ascii_lowercase().as_str() {
        "inr" => Some("{INR}"),
        "ratio" => Some("{ratio}"),
        "sec" | "secs" | "second" | "seconds" => Some("s"),
        "min" | "minutes" => Some("min"),
        "ph" => Some("[pH]"),
        "mmhg" => Some("mm[Hg]"),
        _ => None,
    };
    if let Some(code) = whole {
        return vec![code.to_owned()];
    }
    let (text, kind) = kind(&text);
    let parts: Vec<&str> = text.split('/').collect();
    let Some(candidates) = product(&parts) else { return Vec::new() };
    let codes = candidates.into_iter().map(|code| code + &kind);
    codes.filter(|code| read(code).is_ok()).collect()
}

/// The kind of unit that some assays put behind it as a word: `ug/mL FEU`.
fn kind(text: &str) -> (&str, String) {
    for word in ["FEU", "DDU"] {
        let begun = text.len().checked_sub(word.len()).filter(|at| text.is_char_boundary(*at));
        if let Some(rest) = begun.filter(|at| text[*at..].eq_ignore_ascii_case(word)).map(|at| &text[..at]) {
            let rest = rest.trim_end_matches([' ', '-', '_', '(']);
            return (rest, format!("{{{word}}}"));
        }
    }
    (text, String::new())
}

/// A text in plain letters: no micro sign, no raised digits, no blanks but in front of a word.
fn plain(sent: &str) -> String {
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let mut text = String::new();
    let mut raised = false;
    for char in sent.trim().chars() {
        let digit = RAISED.chars().position(|r| r == char);
        match (char, digit) {
            (_, Some(digit)) => {
                // Behind ten a power, behind a length its own.
                if !raised && text.ends_with("10") {
                    text.push('*');
                }
                text.push_str(&digit.to_string());
            }
            ('µ' | 'μ', _) => text.push('u'),
            ('×', _) => text.push('x'),
            _ => text.push(char),
        }
        raised = digit.is_some();
    }
    text
}

/// The codes of a quotient, each of whose parts may have several readings.
fn product(parts: &[&str]) -> Option<Vec<String>> {
    let [above, below @ ..] = parts else { return None };
    let mut codes: Vec<String> = of_numerator(above.trim(), below)?;
    for part in below {
        let next = symbol(part.trim())?;
        codes = codes.iter().flat_map(|code| next.iter().map(move |n| format!("{code}/{n}"))).collect();
    }
    Some(codes)
}

/// The part above: a count with a prefix alone is a count in a volume.
fn of_numerator(text: &str, below: &[&str]) -> Option<Vec<String>> {
    let volume = match below {
        [one] => one.trim(),
        _ => "",
    };
    let litre = ["L", "l"].contains(&volume);
    let small = SMALL_VOLUMES.contains(&volume);
    let count = match text {
        "" if !below.is_empty() => return Some(vec![String::new()]),
        "cells" | "cell" | "Cells" => "",
        "G" | "Giga" | "giga" if litre => "10*9",
        "T" | "Tera" | "tera" if litre => "10*12",
        "K" | "k" | "thou" | "Thou" | "Tsd" | "Tsd." if small => "10*3",
        "M" | "Mio" | "Mio." | "mil" | "mill" if small => "10*6",
        // With any other volume these would be kelvin, mega without a unit, gauss and tesla.
        "G" | "T" | "K" | "k" | "M" => return None,
        _ => return symbol(text),
    };
    Some(vec![count.to_owned()])
}

/// One part of a quotient.
fn symbol(text: &str) -> Option<Vec<String>> {
    let one = |code: &str| Some(vec![code.to_owned()]);
    if let Some(code) = power_of_ten(text) {
        return Some(vec![code]);
    }
    // A power whose raised digits were lost (`109/L`), and coefficients: nobody can say.
    if text.starts_with(|c: char| c.is_ascii_digit()) && !["1", "24h"].contains(&text) {
        return None;
    }
    match text {
        "sec" => one("s"),
        "hr" | "hour" => one("h"),
        "mEq" => one("meq"),
        "Eq" => one("eq"),
        "mOsm" | "mOsmol" | "mosmol" => one("mosm"),
        "mcg" => one("ug"),
        "gm" => one("g"),
        "mm^3" | "cmm" | "cumm" => one("mm3"),
        "um^3" => one("um3"),
        "HPF" | "hpf" => one("[HPF]"),
        "LPF" | "lpf" => one("[LPF]"),
        "copies" | "Copies" | "cp" => one("{copies}"),
        "24h" => one("(24.h)"),
        _ => {
            // The international unit of an enzyme is the enzyme unit; that of anything else is arbitrary.
            let enzyme = text.strip_suffix("IU").filter(|prefix| ["", "m", "u", "k", "n"].contains(prefix));
            match enzyme {
                Some(prefix) => Some(vec![format!("{prefix}[IU]"), format!("{prefix}U")]),
                None if text.is_empty() || text.contains(char::is_whitespace) => None,
                None => one(text),
            }
        }
    }
}

/// `10*3`, `10^3`, `10E3`, `x10e3`, `E3`: each a power of ten.
fn power_of_ten(text: &str) -> Option<String> {
    let text = text.strip_prefix(['x', 'X']).unwrap_or(text).trim_start();
    let power = ["10*", "10^", "10**", "10E", "10e", "10E+", "10e+", "E", "e"].iter().find_map(|begin| {
        let digits = text.strip_prefix(begin)?;
        (!digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
    })?;
    Some(format!("10*{power}"))
}

/// What a result says in the laboratory's unit, as it is printed: no coarser than it was sent, and as sent to the digit where the unit is a
/// power of ten apart. None for text, and where the value cannot be held.
pub fn printed(sent: &str, conversion: &Conversion) -> Option<String> {
    let factor = conversion.factor()?;
    let (side, number) = match Reported::parse(sent) {
        Reported::Number(number) => (None, number),
        Reported::Censored(side, number) => (Some(side), number),
        Reported::Between(..) | Reported::Text => return None,
    };
    // Of more digits the conversion keeps not all.
    if number.mantissa().unsigned_abs() >= 10_u128.pow(DIGITS_MAX) {
        return None;
    }
    let exact = conversion.decimal(number).ok()?;
    let decimals = decimals(factor, number.scale())?;
    let rounded = crate::rounding::Rounding::decimals(decimals).round(exact).ok()?;
    // A limit is moved to no side: rounded, it would claim what was not measured.
    if side.is_some() && rounded != exact {
        return Some(format!("{} {}", side.map(Comparator::code)?, exact.normalize()));
    }
    Some(match side {
        Some(side) => format!("{} {rounded}", side.code()),
        None => rounded.to_string(),
    })
}

/// Decimals of a step of the last digit sent, in the other unit: never fewer.
fn decimals(factor: Decimal, sent: u32) -> Option<u32> {
    let step = factor.to_f64()?.log10() - f64::from(sent);
    // A power of ten is one exactly; floating-point arithmetic leaves a rest of it.
    let decimals = (-step - 1e-9).ceil().max(0.0);
    if decimals <= 28.0 { Some(decimals as u32) } else { None }
}
