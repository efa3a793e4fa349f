//! Names: the words by which a patient is found, however a name is spelt, and names for people who have none yet.

use crate::text;

/// The words by which a patient is found: those of the name and the identifier, the same in other spellings, and the parts of one
/// name as one word (`O'Brien`, `obrien`).
pub fn words(family: &str, given: &str, identifier: &str) -> Vec<String> {
    let mut words = text::tokens(&format!("{family} {given} {identifier}"));
    for name in family.split_whitespace().chain(given.split_whitespace()) {
        words.extend(text::tokens(&joined(name)));
    }
    let plain: Vec<String> = words.iter().map(|word| plain(word)).collect();
    words.extend(plain);
    words.sort();
    words.dedup();
    words
}

/// What is asked for, each word as it was typed and in its plain spelling.
pub fn asked(text: &str) -> Vec<(String, String)> {
    let spellings = |word: String| {
        let plain = plain(&word);
        (word, plain)
    };
    text::tokens(text).into_iter().map(spellings).collect()
}

/// A name without what parts it: apostrophes of every kind, and hyphens.
fn joined(name: &str) -> String {
    name.chars().filter(|c| !"'’‘ʼ´`-‐‑–".contains(*c)).collect()
}

/// A folded word as it is spelt where the umlauts are written out, or where they are not: `mueller` and `muller` become one. A final
/// sigma is a sigma.
fn plain(word: &str) -> String {
    let plain = word.replace('ς', "σ");
    ["ae", "oe", "ue"].iter().fold(plain, |word, pair| word.replace(pair, &pair[..1]))
}

/// Letters as they are said on the telephone (ICAO): two of them name somebody whom nobody knows.
const LETTERS: [&str; 26] = [
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima",
    "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray",
    "Yankee", "Zulu",
];

/// A temporary name, family and given, from the number of an event: no two are the same, and neighbours do not sound alike.
pub fn temporary(number: i64) -> (String, String) {
    let letter = |n: i64| LETTERS[usize::try_from(n.rem_euclid(26)).unwrap_or_default()];
    (format!("Unknown-{}-{}", letter(number), letter(number / 26)), number.to_string())
}

/// A temporary identifier, from the number of an event.
pub fn temporary_identifier(number: i64) -> String {
    format!("TEMP-{number}")
}
