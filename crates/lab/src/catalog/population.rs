//! Whether the ages of a critical limit say all that the limit says of its population. A label such as *dialysis patients* says more than
//! the laboratory knows of a person: such a limit is never chosen for anybody.

/// Words of labels that say everybody, or an age.
const SAY_AN_AGE: &[&str] = &[
    "adult", "adults", "age", "aged", "and", "child", "children", "from", "infant", "infants", "neonatal", "neonate",
    "neonates", "newborn", "newborns", "of", "old", "older", "or", "over", "to", "under", "up", "younger", "than",
    // Units of age, in UCUM and in words.
    "a", "d", "day", "days", "h", "hour", "hours", "mo", "month", "months", "week", "weeks", "wk", "y", "year", "years",
    "yr",
];
/// Labels that say everybody.
const EVERYBODY: &[&str] = &["", "all", "any", "anybody", "everybody", "everyone", "all ages"];

/// Whether a label says more of the population than the ages of the limit. A limit has no sex: a label that names one says more, too,
/// and so does a label that says an age where the limit has none.
pub(super) fn says_more(label: &str, has_ages: bool) -> bool {
    let label = label.trim().to_lowercase();
    if EVERYBODY.contains(&label.as_str()) {
        return false;
    }
    let says_an_age = |word: &str| word.chars().all(|c| c.is_ascii_digit()) || SAY_AN_AGE.contains(&word);
    // A number may stand close to its unit: `16y`.
    let words = label.split(|c: char| !c.is_alphanumeric()).flat_map(apart).filter(|word| !word.is_empty());
    !has_ages || !words.into_iter().all(says_an_age)
}

/// The number at the beginning of a word, and what follows.
fn apart(word: &str) -> [&str; 2] {
    let number = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, rest) = word.split_at(number);
    [number, rest]
}

#[cfg(test)]
mod tests {
    use super::says_more;

    #[test]
    fn a_label_that_only_says_an_age_is_that_of_the_limit_and_any_other_says_more() {
        let ages = [
            "adult",
            "Adults",
            "child <16 a",
            "0-24 h of age",
            ">24 h of age",
            ">= 1 a",
            "0-7 wk",
            "newborn",
            "neonate",
            "≥18y",
            "16 years and older",
            "any",
            "",
            " all ",
        ];
        for label in ages {
            assert!(!says_more(label, true), "{label}");
        }
        let more = [
            "dialysis patients",
            "dialysis",
            "pregnant",
            "women",
            "male",
            "adult, on dialysis",
            "adult men",
            "outpatients",
            "ICU",
            "everybody but neonates",
            "not newborn",
            "preterm",
            "透析",
            "adultе",
            "adult (oncology)",
        ];
        for label in more {
            assert!(says_more(label, true), "{label}");
        }
        for (label, says) in [("any", false), ("", false), ("adult", true), ("neonate", true), ("child <16 a", true)] {
            assert_eq!(says_more(label, false), says, "without ages: {label}");
        }
    }
}
