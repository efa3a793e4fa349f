//! Which numbers a tube may be given when it is ordered: those that a label of this laboratory and an analyzer's message can carry.
//! The label is the crate `titer-report`'s, and a test of the program holds both rules together.

use crate::{Failure, Refusal, text};

/// Characters of a number on a label.
pub const CHARS_MAX: usize = 26;
/// Symbols of Code 128 between start and check that a label has room for.
pub const SYMBOLS_MAX: usize = 21;
/// Fewer digits at the end than these take no symbol of two digits each.
const PAIRED_DIGITS_MIN: usize = 4;
/// A host query with this in the place of a number asks for all tubes.
const ALL_TUBES: &str = "ALL";

/// The number, without blanks around it.
///
/// # Errors
/// Refused when no label has room for it, or an analyzer would take it for something else.
pub fn carried(number: &str) -> Result<String, Failure> {
    let number = text::required(number, "barcode")?;
    let named = number.bytes().any(|b| b.is_ascii_alphanumeric());
    if !text::is_carried(&number) || !named || number.eq_ignore_ascii_case(ALL_TUBES) {
        return Err(Refusal::new("specimens-barcode-characters").with("barcode", number).into());
    }
    if number.len() > CHARS_MAX || symbols(&number) > SYMBOLS_MAX {
        return Err(Refusal::new("specimens-barcode-long").with("limit", SYMBOLS_MAX).with("digits", CHARS_MAX).into());
    }
    Ok(number)
}

/// The symbols of a number of plain characters: one for each, or for each two digits at the end, and one that says where these begin.
fn symbols(number: &str) -> usize {
    let digits = number.bytes().rev().take_while(u8::is_ascii_digit).count() / 2 * 2;
    match number.len() - digits {
        _ if digits < PAIRED_DIGITS_MIN => number.len(),
        0 => digits / 2,
        letters => letters + 1 + digits / 2,
    }
}

#[cfg(test)]
mod tests {
    use super::carried;
    use crate::testing::code;

    #[test]
    fn a_tube_is_given_a_number_that_label_and_analyzer_can_carry() {
        let cases = [
            ("2632600017", "done"),
            ("26326000170263260001702632", "done"),
            ("263260001702632600017026326", "specimens-barcode-long"),
            ("T20-10143GA D07", "done"),
            ("ABCDEFGHIJKLMNOPQRSTU", "done"),
            ("ABCDEFGHIJKLMNOPQRSTUV", "specimens-barcode-long"),
            ("ABCDEFGHIJ1234567890123456", "done"),
            ("ABCDEFGHIJ12345678901234567", "specimens-barcode-long"),
            (" S2611220001 ", "done"),
            ("S|1", "specimens-barcode-characters"),
            ("S^1", "specimens-barcode-characters"),
            ("S&1", "specimens-barcode-characters"),
            ("S\\1", "specimens-barcode-characters"),
            ("all", "specimens-barcode-characters"),
            ("-", "specimens-barcode-characters"),
            ("RÖHRCHEN", "specimens-barcode-characters"),
            ("\u{410}12", "specimens-barcode-characters"),
            ("\u{ff21}12", "specimens-barcode-characters"),
            ("S\u{200b}1", "text-control"),
            ("S\u{202e}1", "text-control"),
            ("S\t1", "text-control"),
            ("", "text-missing"),
        ];
        for (number, expected) in cases {
            assert_eq!(code(carried(number)), expected, "{number:?}");
        }
    }
}
