//! What the text of a value says, read with the flags and the range beside it: a value, no result, or nothing that anybody can be
//! sure of.

use rust_decimal::Decimal;
use serde::Deserialize;
use titer_lab::{Refusal, text};
use titer_science::{Comparator, Reported};

use super::{Dialect, Spot};

/// Flags that change the value: it lies beyond the end of the measuring range. Without a known end nothing is filed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beyond {
    /// Flags that mean below the range. `<` always does.
    #[serde(default)]
    pub below: Vec<String>,
    /// Flags that mean above the range. `>` always does.
    #[serde(default)]
    pub above: Vec<String>,
    /// Where the range stands, as `40 to 10000000`.
    pub range: Option<Spot>,
    /// The number that is sent is the end of the range.
    #[serde(default)]
    pub value_is_end: bool,
    /// Words that say no more than such a flag does.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Words that stand in the place of a value. Any other text that is no number is not filed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The words, whole,
    #[serde(default)]
    pub is: Vec<String>,
    /// or how they begin.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// What they mean here.
    #[serde(rename = "as")]
    pub meaning: WordMeaning,
    /// What the device's makers say of them.
    pub text: String,
}

/// What a word in the place of a value means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordMeaning {
    /// It is the result.
    Answer,
    /// There is no result: the measurement is to be repeated.
    NotDone,
}

impl Word {
    /// Whether this is the text. That there is no result is understood however its letters are written.
    fn fits(&self, text: &str) -> bool {
        if self.meaning == WordMeaning::Answer {
            return self.is.iter().any(|word| word == text);
        }
        let text = text.to_uppercase();
        self.is.iter().any(|word| word.to_uppercase() == text)
            || self.prefix.iter().any(|word| text.starts_with(&word.to_uppercase()))
    }
}

/// What stands in the places of one result.
pub(super) struct Sent<'a> {
    /// The value.
    pub value: &'a str,
    /// What was found, in words, where that has a place of its own.
    pub finding: &'a str,
    /// The range, where the profile names its place.
    pub range: &'a str,
    /// The flags, one by one.
    pub flags: &'a [String],
}

/// What the text of a value says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The value as it is filed: as sent, or the end of the range where a flag says beyond it.
    pub value: String,
    /// As sent.
    pub sent: String,
    /// There is no result.
    pub not_done: bool,
    /// Why nothing is filed.
    pub held: Option<Refusal>,
}

/// To which side of the measuring range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

impl Side {
    fn of(comparator: Comparator) -> Self {
        match comparator {
            Comparator::Less | Comparator::LessOrEqual => Side::Below,
            Comparator::Greater | Comparator::GreaterOrEqual => Side::Above,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Side::Below => "<",
            Side::Above => ">",
        }
    }

    /// Whether a number that was sent can lie there.
    fn holds(self, number: Decimal, end: Decimal) -> bool {
        match self {
            Side::Below => number <= end,
            Side::Above => number >= end,
        }
    }
}

/// What a flag says of the range.
enum FlagSide {
    /// Nothing.
    None,
    /// Beyond it.
    Beyond(Side),
    /// It has a comparator and something else, so nobody knows.
    Unclear,
}

const COMPARATORS: [char; 5] = ['<', '>', '=', '≤', '≥'];

impl Dialect {
    /// Reads what stands in the places of a result.
    pub(super) fn said(&self, sent: &Sent<'_>) -> Said {
        let text = [sent.finding, sent.value].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ");
        let said = Said { value: text.clone(), sent: text, ..Said::default() };
        if [sent.value, sent.finding, &said.sent].iter().any(|text| self.word(text) == Some(WordMeaning::NotDone)) {
            return Said { not_done: true, ..said };
        }
        if !sent.value.is_empty() && !sent.finding.is_empty() {
            let refusal = Refusal::new("inbox-value-several").with("value", sent.value).with("other", sent.finding);
            return Said { held: Some(refusal), ..said };
        }
        match self.beyond_side(sent.flags) {
            Ok(None) => Said { held: self.unread(&said.value), ..said },
            Ok(Some((side, flag))) => match self.bounded(&said.value, side, flag, sent.range) {
                Ok(value) => Said { value, ..said },
                Err(refusal) => Said { held: Some(refusal), ..said },
            },
            Err(flags) => {
                let refusal = Refusal::new("inbox-flag-contradicts").with("value", &said.value).with("flag", flags);
                Said { held: Some(refusal), ..said }
            }
        }
    }

    /// What a word means; none if no list has it.
    fn word(&self, text: &str) -> Option<WordMeaning> {
        if self.word.is_empty() || Reported::parse(text) != Reported::Text {
            return None;
        }
        self.word.iter().find(|word| !text.is_empty() && word.fits(text)).map(|word| word.meaning)
    }

    /// The side that the flags name, with the flag; the flags themselves if they cannot all be true, or nobody knows.
    fn beyond_side<'f>(&self, flags: &'f [String]) -> Result<Option<(Side, &'f str)>, String> {
        let mut found: Option<(Side, &str)> = None;
        for flag in flags {
            match (self.side(flag), found) {
                (FlagSide::None, _) => {}
                (FlagSide::Beyond(side), Some((other, _))) if side != other => return Err(flags.join(" ")),
                (FlagSide::Beyond(side), _) => found = Some((side, flag.as_str())),
                (FlagSide::Unclear, _) => return Err(flags.join(" ")),
            }
        }
        Ok(found)
    }

    fn side(&self, flag: &str) -> FlagSide {
        let (below, above) = self.beyond.as_ref().map_or((&[][..], &[][..]), |b| (&b.below[..], &b.above[..]));
        if below.iter().any(|f| f == flag) {
            return FlagSide::Beyond(Side::Below);
        }
        if above.iter().any(|f| f == flag) {
            return FlagSide::Beyond(Side::Above);
        }
        if !flag.contains(COMPARATORS) {
            return FlagSide::None;
        }
        let only = |signs: [char; 3]| flag.chars().all(|c| signs.contains(&c));
        match (only(['<', '≤', '=']), only(['>', '≥', '='])) {
            (true, false) => FlagSide::Beyond(Side::Below),
            (false, true) => FlagSide::Beyond(Side::Above),
            _ => FlagSide::Unclear,
        }
    }

    /// Whether the profile says what this flag means.
    pub(super) fn explains_flag(&self, flag: &str) -> bool {
        let beyond = self.beyond.iter().flat_map(|b| b.below.iter().chain(&b.above));
        self.flags.contains_key(flag) || beyond.into_iter().any(|f| f == flag)
    }

    /// Why a text is not filed as it is.
    fn unread(&self, sent: &str) -> Option<Refusal> {
        // What nobody can read is refused for that.
        let unfit = text::required(sent, "value").is_err();
        if unfit || Reported::parse(sent) != Reported::Text || self.word(sent) == Some(WordMeaning::Answer) {
            return None;
        }
        let comparator = sent.chars().all(|c| c.is_whitespace() || COMPARATORS.contains(&c));
        let code = if comparator { "inbox-value-comparator" } else { "inbox-value-unknown" };
        Some(Refusal::new(code).with("value", sent))
    }

    /// The value of a result that lies beyond the measuring range.
    fn bounded(&self, text: &str, side: Side, flag: &str, range: &str) -> Result<String, Refusal> {
        let contradicts = || Refusal::new("inbox-flag-contradicts").with("value", text).with("flag", flag);
        let number = match Reported::parse(text) {
            // It says so itself.
            Reported::Censored(comparator, _) if Side::of(comparator) == side => return Ok(text.to_owned()),
            Reported::Censored(..) => return Err(contradicts()),
            Reported::Number(number) => Some(number),
            Reported::Between(..) | Reported::Text => None,
        };
        let endless = || Refusal::new("inbox-beyond-range").with("value", text).with("flag", flag);
        let Some(beyond) = &self.beyond else { return Err(endless()) };
        let says_no_more = number.is_some() || text.is_empty() || beyond.words.iter().any(|word| word == text);
        if !says_no_more {
            return Err(self.unread(text).unwrap_or_else(endless));
        }
        let end = match (end(range, side), number) {
            (Some(end), Some(number)) if !side.holds(number, end) => return Err(contradicts()),
            (Some(end), _) => end,
            (None, Some(number)) if beyond.value_is_end => number,
            (None, _) => return Err(endless()),
        };
        Ok(format!("{} {}", side.sign(), end.normalize()))
    }
}

/// The end of a range as `40 to 10000000`, `to 4.5` or `3.5 to`.
fn end(range: &str, side: Side) -> Option<Decimal> {
    let words: Vec<&str> = range.split_whitespace().collect();
    let to = words.iter().position(|word| word.eq_ignore_ascii_case("to"))?;
    let one = |words: &[&str]| match words {
        [end] => match Reported::parse(end) {
            Reported::Number(end) => Some(Some(end)),
            _ => None,
        },
        [] => Some(None),
        _ => None,
    };
    let (low, high) = (one(&words[..to])?, one(&words[to + 1..])?);
    if low.zip(high).is_some_and(|(low, high)| low >= high) {
        return None;
    }
    match side {
        Side::Below => low,
        Side::Above => high,
    }
}
