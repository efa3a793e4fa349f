//! How near two persons are to being the same one: names that a slip, another spelling or another order of the words tells apart, and
//! dates of birth that a slip tells apart.

use jiff::civil::Date;
use strsim::osa_distance;

use super::names;

/// The years in which somebody may have been born whom a form or a table names.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2150;
/// Consonants of a word, at least, that are compared by their sound: fewer say too little.
const SOUNDS_MIN: usize = 2;
/// As many, if the first letters differ too (`Katherine`, `Catherine`).
const SOUNDS_OF_OTHER_LETTER_MIN: usize = 3;

/// A name as it is compared.
pub struct Name {
    /// Its words in their plain spelling, the longest first.
    words: Vec<String>,
    /// All of it in one word, the family name first; and the given name first.
    whole: [String; 2],
}

impl Name {
    /// The name of somebody; none if nobody knows it.
    pub fn of(family: &str, given: &str) -> Option<Name> {
        let mut words: Vec<String> = names::asked(&format!("{family} {given}")).into_iter().map(|(_, p)| p).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let [family, given] = [family, given].map(run_together);
        let whole = [format!("{family}{given}"), format!("{given}{family}")];
        if words.is_empty() { None } else { Some(Name { words, whole }) }
    }

    /// Whether two names could be of one person: each word of the shorter name is near to a word of the other, in whatever order; or both
    /// are the same but for one slip if their words are run together, because hyphens and blanks are set in many ways.
    pub fn is_near(&self, other: &Name) -> bool {
        let (fewer, more) = if self.words.len() <= other.words.len() { (self, other) } else { (other, self) };
        let mut left: Vec<&String> = more.words.iter().collect();
        let mut near_to_one = |word: &String| {
            let place = left.iter().position(|o| *o == word).or_else(|| left.iter().position(|o| are_near(word, o)));
            place.map(|place| left.swap_remove(place)).is_some()
        };
        // One slip only: a short given name behind a long family name is a few letters of many.
        fewer.words.iter().all(&mut near_to_one) || other.whole.iter().any(|o| osa_distance(&self.whole[0], o) <= 1)
    }
}

/// A name in one word.
fn run_together(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    names::asked(&letters).into_iter().map(|(_, plain)| plain).collect()
}

/// Whether one word begins the other, or sounds like it, or a few slips make one of the other: a letter too many, too few, another one, or
/// two letters that changed places.
fn are_near(one: &str, other: &str) -> bool {
    let slips_max = match one.chars().count().max(other.chars().count()) {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    one.starts_with(other) || other.starts_with(one) || osa_distance(one, other) <= slips_max || sound_alike(one, other)
}

/// Whether two words of Latin letters have the same consonants, of which those count as one that sound alike (the classes of Soundex).
fn sound_alike(one: &str, other: &str) -> bool {
    let (Some(sounds), Some(others)) = (sounds(one), sounds(other)) else { return false };
    let least = if one.chars().next() == other.chars().next() { SOUNDS_MIN } else { SOUNDS_OF_OTHER_LETTER_MIN };
    sounds == others && sounds.len() >= least
}

fn sounds(word: &str) -> Option<Vec<u8>> {
    let (mut all, mut last) = (Vec::new(), 0);
    for letter in word.bytes() {
        let class = match letter {
            b'b' | b'f' | b'p' | b'v' => 1,
            b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => 2,
            b'd' | b't' => 3,
            b'l' => 4,
            b'm' | b'n' => 5,
            b'r' => 6,
            // Nobody hears whether one of these stands between two consonants.
            b'h' | b'w' => continue,
            b'a'..=b'z' => 0,
            _ => return None,
        };
        if class != 0 && class != last {
            all.push(class);
        }
        last = class;
    }
    Some(all)
}

/// The dates that one slip makes of this one: day and month changed places, another digit, or two neighbouring digits that changed places.
/// The date itself is none of them.
pub fn slips(day: Date) -> Vec<Date> {
    let digits = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()).into_bytes();
    let mut texts = Vec::new();
    for place in 0..digits.len() {
        for digit in b'0'..=b'9' {
            let mut text = digits.clone();
            text[place] = digit;
            texts.push(text);
        }
        if place + 1 < digits.len() {
            let mut text = digits.clone();
            text.swap(place, place + 1);
            texts.push(text);
        }
    }
    let read = |text: &[u8]| Date::strptime("%Y%m%d", text).ok();
    let turned = Date::new(day.year(), day.day(), day.month()).ok();
    let mut dates: Vec<Date> = texts.iter().filter_map(|text| read(text)).chain(turned).collect();
    dates.retain(|date| *date != day && YEARS.contains(&date.year()));
    dates.sort_unstable();
    dates.dedup();
    dates
}

#[cfg(test)]
mod tests;
