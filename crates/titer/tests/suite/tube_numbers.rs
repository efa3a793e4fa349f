//! The rule by which a tube is numbered, and the label that has to carry the number, are in two crates: they must say the same.

use proptest::prelude::*;
use titer_lab::specimens::tube_number::carried;
use titer_report::fits_label;

/// Numbers of all lengths, with digits at the end and without.
fn numbers() -> impl Strategy<Value = String> {
    ("[A-Za-z0-9 ./_-]{0,20}", "[0-9]{0,30}").prop_map(|(head, digits)| format!("{head}{digits}").trim().to_owned())
}

proptest! {
    #[test]
    fn a_number_is_given_to_a_tube_just_if_a_label_has_room_for_it(number in numbers()) {
        // A word that means all tubes, and a number without a letter or a digit, are refused whatever a label has room for.
        prop_assume!(number.contains(|c: char| c.is_ascii_alphanumeric()) && !number.eq_ignore_ascii_case("all"));
        prop_assert_eq!(carried(&number).is_ok(), fits_label(&number), "{}", number);
    }

    #[test]
    fn no_label_refuses_a_number_that_a_tube_was_given(number in any::<String>()) {
        if let Ok(given) = carried(&number) {
            prop_assert!(fits_label(&given), "{}", given);
        }
    }
}
