//! Texts that name somebody or something: none may pass for another.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_properties::{CodePointMapData, props::GeneralCategory};
use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, MixedScript, confusable_detection::skeleton};

use super::{folded, is_hidden, optional, required};
use crate::{Failure, Refusal, refuse};

/// Rows with one [`key`] that are read. New ones are refused; journals of before may hold some.
pub const ALIKE_MAX: i64 = 20;

/// Letters that look like a Latin capital, by what UTS #39 takes both for.
static LATIN: LazyLock<HashMap<String, char>> =
    LazyLock::new(|| ('A'..='Z').map(|c| (look(&c.to_string()), c)).collect());

/// A person's name: composed, with single spaces, and no word of it in letters of two scripts.
///
/// # Errors
/// As [`required`], and refused when a word mixes scripts, or when it has signs only: no search finds these.
pub fn name(text: &str, field: &'static str) -> Result<String, Failure> {
    found(one_script(tidy(&required(text, field)?), field)?, field)
}

/// As [`name`], but it may be empty.
///
/// # Errors
/// As [`optional`], and refused when a word mixes scripts, or when it has signs only.
pub fn optional_name(text: &str, field: &'static str) -> Result<String, Failure> {
    let name = one_script(tidy(&optional(text, field)?), field)?;
    if name.is_empty() { Ok(name) } else { found(name, field) }
}

/// An identifier that an authority gave, as it is written: full and half width are one (NFKC), each word in letters of one script.
///
/// # Errors
/// As [`name`].
pub fn identifier(text: &str, field: &'static str) -> Result<String, Failure> {
    let wide: String = required(text, field)?.nfkc().collect();
    // The width of a character may hide in another: what is kept is checked.
    found(one_script(tidy(&required(&wide, field)?), field)?, field)
}

/// A sign-in name: in lower case, without blanks, of letters and digits of one script (RFC 8265, section 3.3; UTS #39).
///
/// # Errors
/// As [`identifier`], and refused when it holds blanks or signs.
pub fn username(text: &str) -> Result<String, Failure> {
    const FIELD: &str = "username";
    let lower: String = identifier(text, FIELD)?.chars().flat_map(char::to_lowercase).nfc().collect();
    if lower.contains(' ') {
        return refuse("accounts-username-blank");
    }
    if !lower.chars().all(is_of_username) {
        return refuse("accounts-username-sign");
    }
    if lower.is_single_script() { Ok(lower) } else { Err(mixed(FIELD)) }
}

fn is_of_username(c: char) -> bool {
    use GeneralCategory::{NonspacingMark, SpacingMark};
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || "._-@+'".contains(c);
    }
    let mark = matches!(CodePointMapData::<GeneralCategory>::new().get(c), NonspacingMark | SpacingMark);
    c.identifier_allowed() && (c.is_alphanumeric() || mark)
}

/// An identifier as it is compared: folded as the search folds, all dashes one, and letters that look like a Latin capital taken for
/// that capital, so that nothing passes for another. Tables hold this beside the text. Whoever changes what it answers, also by new tables
/// of Unicode, raises the revision of those tables.
pub fn key(text: &str) -> String {
    let plain = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    let folded = if plain { text.to_ascii_lowercase() } else { unlike(text) };
    if folded.contains(char::is_whitespace) { folded.split_whitespace().collect::<Vec<_>>().join(" ") } else { folded }
}

/// Without what is not seen, and without letters that look like others.
fn unlike(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_hidden(*c) || c.is_whitespace()).nfkd();
    let capitals = seen.map(dash).flat_map(char::to_uppercase);
    let alike: String = capitals.map(latin).collect();
    folded(&alike)
}

/// What a text looks like (UTS #39, section 4): two that look the same have the same.
pub fn look(text: &str) -> String {
    skeleton(text).collect()
}

/// Whether one of two names that people choose passes for the other: they are compared alike, or they look alike in small letters or in
/// capitals, but for signs, blanks and zeros before a number. It is stricter than [`key`]: who chooses a name can choose another one.
pub fn passes_for(one: &str, other: &str) -> bool {
    let alike = |one: &str, other: &str| bare(one) == bare(other);
    key(one) == key(other) || alike(one, other) || alike(&one.to_uppercase(), &other.to_uppercase())
}

/// Whether one of two entries of a list is taken for the other by who reads the list.
pub fn is_taken_for(one: &str, other: &str) -> bool {
    shapes(one).iter().zip(shapes(other)).any(|(one, other)| *one == other)
}

/// How an entry of a list looks, in small letters and in capitals: one that shares a shape with another is taken for it. Blanks and
/// punctuation say nothing, other signs do: `A+` is not `A-`, `1:4` not `14`, `EO%` not `EO#`.
pub fn shapes(text: &str) -> [String; 2] {
    let key = key(text);
    [said(&key), said(&key.to_uppercase())]
}

/// The look of a text without blanks and without punctuation that says nothing.
fn said(text: &str) -> String {
    let letters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let beside = |at: usize, is: fn(&char) -> bool| {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        before.is_some_and(is) && letters.get(at + 1).is_some_and(is)
    };
    let silent = |at: usize, c: char| match c {
        '.' | ',' | ':' => !beside(at, char::is_ascii_digit),
        '-' => beside(at, |c| c.is_alphabetic()),
        _ => ";!?'\"()[]_".contains(c),
    };
    let said: String = letters.iter().enumerate().filter(|(at, c)| !silent(*at, **c)).map(|(_, c)| c).collect();
    let said = if said.is_empty() { letters.into_iter().collect() } else { said };
    look(&said).chars().flat_map(char::to_lowercase).collect()
}

/// What is left of the look of a text: letters and digits, and the plus that tells one model from the next.
fn bare(text: &str) -> String {
    let wide: String = text.nfkc().collect();
    let lower = look(&unpadded(&wide)).chars().flat_map(char::to_lowercase).collect::<String>();
    lower.chars().filter(|c| c.is_alphanumeric() || *c == '+').collect()
}

/// Without zeros before a number.
fn unpadded(text: &str) -> String {
    let (mut plain, mut in_number) = (String::with_capacity(text.len()), false);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let padding = c == '0' && !in_number && letters.peek().is_some_and(char::is_ascii_digit);
        in_number = !padding && c.is_ascii_digit();
        if !padding {
            plain.push(c);
        }
    }
    plain
}

/// The one that is meant of those with the same key: the one written exactly so, else the only one.
pub fn meant<T>(mut found: Vec<T>, exactly: impl Fn(&T) -> bool) -> Option<T> {
    match found.iter().position(exactly) {
        Some(place) => Some(found.swap_remove(place)),
        None if found.len() == 1 => found.pop(),
        None => None,
    }
}

/// Composed (NFC), with one space between words, whatever spaces were typed.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

fn one_script(text: String, field: &'static str) -> Result<String, Failure> {
    let mut words = text.split([' ', '-', '/', ',']);
    if words.all(|word| word.is_single_script()) { Ok(text) } else { Err(mixed(field)) }
}

/// A text that has something that can be searched for.
fn found(text: String, field: &'static str) -> Result<String, Failure> {
    if text.chars().any(char::is_alphanumeric) {
        return Ok(text);
    }
    Err(Refusal::new("text-signs-only").with("field", field).into())
}

fn mixed(field: &'static str) -> Failure {
    Refusal::new("text-mixed").with("field", field).into()
}

fn dash(c: char) -> char {
    let is_dash =
        c == '\u{2212}' || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::DashPunctuation;
    if is_dash { '-' } else { c }
}

fn latin(c: char) -> char {
    if c.is_ascii() || !c.is_alphabetic() {
        return c;
    }
    LATIN.get(&look(&c.to_string())).copied().unwrap_or(c)
}
