//! Answers of coded analytes: which there are, and how a new list of answers meets the one that the catalog has.

use titer_store::{StoreError, Timestamp};

use super::{AnalyteId, AnswerId, Kind, Meaning, events, starter, tables::AnswerRow, views};
use crate::{Failure, Refusal, text};

/// The distance of the places of a new list: a later answer finds a place between two.
const STEP: i64 = 1 << 20;

/// An answer of a coded analyte. Its words and its meaning never change; a changed one is another answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its id.
    pub id: AnswerId,
    /// Of which analyte.
    pub analyte: AnalyteId,
    /// Its code, which no other answer of the analyte has at the same time.
    pub code: String,
    /// Its words.
    pub words: String,
    /// Its meaning: a proposal until it is approved.
    pub meaning: Meaning,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// The answer that is retired when this one is approved.
    pub replaces: Option<AnswerId>,
    /// Whether its meaning is in force.
    pub approved: bool,
    /// When it was signed into force, and by whom.
    pub signed: Option<(Timestamp, String)>,
    /// Whether no new result can have it. Results that have it still name it.
    pub retired: bool,
    place: i64,
}

impl Answer {
    /// Its meaning, if the director has approved that.
    pub fn approved_meaning(&self) -> Option<Meaning> {
        self.approved.then_some(self.meaning)
    }

    /// Whether a new result can have it: not retired, and not the proposed replacement of an answer in force.
    pub const fn is_current(&self) -> bool {
        !self.retired && (self.approved || self.replaces.is_none())
    }

    /// Its order among the answers of the analyte.
    pub(super) const fn order(&self) -> (i64, AnswerId) {
        (self.place, self.id)
    }
}

pub(super) fn answer(row: AnswerRow) -> Result<Answer, StoreError> {
    let meaning = Meaning::from_code(&row.meaning).ok_or_else(|| views::means_nothing(&row.meaning))?;
    let signed = views::approved(row.approved_at, row.approved_by)?;
    Ok(Answer {
        id: row.id,
        analyte: row.analyte,
        code: row.code,
        words: row.words,
        meaning,
        source: row.source,
        confidence: row.confidence,
        note: row.note,
        replaces: row.replaces,
        approved: signed.is_some(),
        signed,
        retired: row.retired_at.is_some(),
        place: row.place,
    })
}

/// What becomes of the answers of one analyte.
#[derive(Default)]
pub(super) struct Merged {
    /// Answers that the catalog does not have.
    pub new: Vec<events::Answer>,
    /// Proposals that are no longer proposed. An answer in force stays until its replacement is approved.
    pub retired: Vec<i64>,
}

/// Compares a list with what the catalog has. An equal answer stays as it is; a changed one is new, with a new id.
pub(super) fn merge(
    analyte: i64,
    known: &[Answer],
    list: &[starter::Answer],
    mut next: impl FnMut() -> i64,
) -> Result<Merged, Failure> {
    let (mut merged, mut kept, mut last) = (Merged::default(), Vec::new(), 0);
    for (index, entry) in list.iter().enumerate() {
        let checked = check(entry)?;
        if list[..index].iter().any(|e| e.code == entry.code) {
            return Err(Refusal::new("catalog-answer-twice").with("code", &entry.code).into());
        }
        if let Some(found) = known.iter().find(|k| same(k, &checked)) {
            kept.push(found.id);
            last = found.place;
            continue;
        }
        let by_code = |code: &str| known.iter().find(|k| k.code == code);
        let after = list[index..].iter().find_map(|e| by_code(&e.code)).map(|k| k.place).filter(|place| *place > last);
        // A changed answer stands where the one stood that it changes.
        last = match by_code(&checked.code) {
            Some(changed) => changed.place,
            None => last + (after.unwrap_or(last + 2 * STEP) - last) / 2,
        };
        let replaces = known.iter().find(|k| k.approved && k.code == checked.code).map(|k| k.id.0);
        merged.new.push(events::Answer {
            id: next(),
            analyte,
            place: last,
            code: checked.code,
            words: checked.words,
            meaning: checked.meaning,
            source: checked.source,
            confidence: checked.confidence,
            note: checked.note,
            replaces,
        });
    }
    told_apart(known, list)?;
    let gone = known.iter().filter(|k| !k.approved && !kept.contains(&k.id));
    merged.retired = gone.map(|k| k.id.0).collect();
    Ok(merged)
}

/// Refuses a new answer whose code or words are taken for those of another answer of the list, or of one in force that stays.
fn told_apart(known: &[Answer], list: &[starter::Answer]) -> Result<(), Failure> {
    let listed = list.iter().map(|e| [e.code.as_str(), e.words.as_str()]);
    let stays = known.iter().filter(|k| k.approved && list.iter().all(|e| e.code != k.code));
    let all: Vec<[&str; 2]> = listed.chain(stays.map(|k| [k.code.as_str(), k.words.as_str()])).collect();
    let shapes: Vec<_> = all.iter().map(|answer| answer.map(text::shapes)).collect();
    let alike = |one: &[[String; 2]; 2], other: &[[String; 2]; 2]| {
        one.iter().any(|one| other.iter().any(|other| one[0] == other[0] || one[1] == other[1]))
    };
    for (at, entry) in list.iter().enumerate().filter(|(_, e)| !known.iter().any(|k| same(k, e))) {
        if let Some(other) = (0..all.len()).find(|other| *other != at && alike(&shapes[at], &shapes[*other])) {
            let [code, words] = all[other];
            return Err(Refusal::new("catalog-answer-alike")
                .with("code", &entry.code)
                .with("words", &entry.words)
                .with("other_code", code)
                .with("other_words", words)
                .into());
        }
    }
    Ok(())
}

fn same(known: &Answer, entry: &starter::Answer) -> bool {
    known.code == entry.code && known.words == entry.words && known.meaning.code() == entry.meaning
}

fn check(entry: &starter::Answer) -> Result<starter::Answer, Failure> {
    if Meaning::from_code(&entry.meaning).is_none() {
        return Err(Refusal::new("catalog-meaning").with("meaning", &entry.meaning).with("code", &entry.code).into());
    }
    Ok(starter::Answer {
        code: text::required(&entry.code, "code")?,
        words: text::required(&entry.words, "words")?,
        meaning: entry.meaning.clone(),
        source: text::required(&entry.source, "source")?,
        confidence: entry.confidence.clone(),
        note: text::optional(&entry.note, "note")?,
    })
}

/// What sort of result a code means; none is a number.
pub(super) fn kind(code: &str) -> Option<Kind> {
    if code.is_empty() { Some(Kind::Numeric) } else { Kind::from_code(code) }
}
