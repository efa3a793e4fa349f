//! Limits and folding of what people type: one rule for all texts, after RFC 8264 (PRECIS) and UTS #39. Each kind of text has one
//! function here, and no other module decides which characters a text may have.
//!
//! | what | function |
//! |---|---|
//! | reasons, comments, descriptions | [`required`], [`optional`]: nothing that is not seen |
//! | names of persons | [`name`], [`optional_name`]: also, no word of letters of two scripts |
//! | identifiers of patients | [`identifier`]: also, full and half width are one |
//! | sign-in names | [`username`] |
//! | codes of a library, which are typed | [`code`] |
//! | any of them compared | [`key`] |
//! | names that people choose, compared | [`passes_for`] |
//! | entries of a list, compared | [`is_taken_for`] |
//! | what an analyzer's record can carry | [`is_carried`] |
//!
//! What an analyzer sends is kept as sent. A page shows characters that are not seen by their numbers.

mod identity;

pub use identity::{
    ALIKE_MAX, identifier, is_taken_for, key, look, meant, name, optional_name, passes_for, shapes, username,
};

use std::borrow::Cow;

use icu_properties::{CodePointMapData, CodePointSetData, props::DefaultIgnorableCodePoint, props::GeneralCategory};
use unicode_normalization::UnicodeNormalization;

use crate::{Failure, Refusal};

/// The longest name, code or comment, in characters.
pub const CHARS_MAX: usize = 300;
/// What separates the parts of an analyzer's record (LIS02-A2, section 5.4).
const DELIMITERS: [char; 4] = ['|', '\\', '^', '&'];
/// Words of one text that are searched for.
const WORDS_MAX: usize = 16;
/// Characters of a word that are searched for.
const WORD_CHARS_MAX: usize = 40;

/// The text without blanks around it, if it is neither empty nor too long nor holds characters that are not seen.
///
/// # Errors
/// Refused with `code`, naming the limit.
pub fn required(text: &str, field: &'static str) -> Result<String, Failure> {
    optional(&kept(text, field)?, field)
}

/// A text that was accepted before, by whatever rule stood then: it is only not empty.
///
/// # Errors
/// Refused when nothing is there.
pub fn kept(text: &str, field: &'static str) -> Result<String, Failure> {
    match text.trim() {
        "" => Err(Refusal::new("text-missing").with("field", field).into()),
        text => Ok(text.to_owned()),
    }
}

/// As [`required`], but it may be empty.
///
/// # Errors
/// Refused when it is too long or holds characters that are not seen.
pub fn optional(text: &str, field: &'static str) -> Result<String, Failure> {
    let text = text.trim();
    if text.chars().count() > CHARS_MAX {
        return Err(Refusal::new("text-too-long").with("field", field).with("limit", CHARS_MAX).into());
    }
    if text.chars().any(is_hidden) {
        return Err(Refusal::new("text-control").with("field", field).into());
    }
    Ok(text.to_owned())
}

/// The most characters of a code: it is typed at the bench, and stands beside results.
pub const CODE_CHARS_MAX: usize = 12;

/// A code as it is kept: capital letters of the Latin alphabet, digits and hyphens, so that no two codes look alike and a keyboard has
/// them all. None if it is no code.
pub fn code(typed: &str) -> Option<String> {
    let code = typed.trim().to_ascii_uppercase();
    let fits = code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-');
    (fits && code.starts_with(|c: char| c.is_ascii_uppercase()) && code.len() <= CODE_CHARS_MAX).then_some(code)
}

/// Whether nobody sees this character, or it changes how others are seen: controls, formats (zero width, direction), what is ignored when
/// shown, line and paragraph separators, and what no standard gives a look.
pub fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    if matches!(c, ' '..='~') {
        return false;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        // The empty pattern of Braille is a symbol that nobody sees.
        || c == '\u{2800}'
}

/// Whether every analyzer's record can carry a text: plain characters, and none that separates the parts of a record.
pub fn is_carried(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' '..='~') && !DELIMITERS.contains(&c))
}

/// Whether a character is shown by its number: it is not seen, and no layout of lines.
pub fn is_numbered(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\t' | '\n' | '\r')
}

/// A text for people, in which characters that are not seen stand by their numbers.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_numbered) {
        return Cow::Borrowed(text);
    }
    let by_number = |c: char| if is_numbered(c) { format!("⟨U+{:04X}⟩", u32::from(c)) } else { c.to_string() };
    Cow::Owned(text.chars().map(by_number).collect())
}

/// The words of a text as they are searched for: lower case, without the marks that people leave out.
pub fn tokens(text: &str) -> Vec<String> {
    let folded = folded(text);
    let mut words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| w.chars().take(WORD_CHARS_MAX).collect())
        .collect();
    words.sort();
    words.dedup();
    words.truncate(WORDS_MAX);
    words
}

/// Latin letters without accents, however they are encoded; letters that no accent makes are written as people type them.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            // Combining diacritical marks, which decomposition has parted from their letters.
            '\u{300}'..='\u{36f}' => {}
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ð' | 'đ' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            c => folded.push(c),
        }
    }
    folded
}

#[cfg(test)]
mod tests;
