//! Which passwords a person may choose: none that is guessed soon (NIST SP 800-63B, section 3.1.1.2). The estimate is zxcvbn's, which
//! knows the common passwords, words and names of its lists, keyboard runs, dates, repeats, and how people disguise them.

use zxcvbn::{Score, zxcvbn};

use crate::{Failure, refuse};

/// Characters that are judged: the estimate takes longer than the hash with more, and a password is strong by then.
const JUDGED_CHARS_MAX: usize = 64;
/// Letters and digits that a password must have beside what is known of the person.
const UNKNOWN_CHARS_MIN: usize = 8;
/// The program's own name, and what everybody there thinks of first.
const EXPECTED: [&str; 4] = ["titer", "laboratory", "demonstration", "pathology"];

/// Refuses a password that is common, or made of what is known of the person: `about` is the person's names and the laboratory's.
///
/// # Errors
/// Refused if fewer than a hundred million guesses find it.
pub(super) fn judge(password: &str, about: &[String]) -> Result<(), Failure> {
    let judged: String = password.chars().take(JUDGED_CHARS_MAX).collect();
    let about: Vec<String> = about.iter().map(|text| text.to_lowercase()).collect();
    let parts = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).filter(|part| part.len() > 2);
    let known: Vec<&str> = about.iter().map(String::as_str).chain(parts).chain(EXPECTED).collect();
    let backwards: Vec<String> = known.iter().map(|part| part.chars().rev().collect()).collect();
    let names = known.iter().copied().chain(backwards.iter().map(String::as_str)).filter(|part| part.len() > 2);
    let unknown = names.fold(judged.to_lowercase(), |rest, part| rest.replace(part, ""));
    let names_only = unknown.chars().filter(|c| c.is_alphanumeric()).count() < UNKNOWN_CHARS_MIN;
    if names_only || zxcvbn(&judged, &known).score() < Score::Three {
        return refuse("accounts-password-guessable");
    }
    Ok(())
}
