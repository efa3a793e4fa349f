//! What results say in the words of the catalog.

use titer_science::{Reported, units::in_print};

use super::{AnalyteId, Answer, AnswerId, Catalog, Kind};

impl Kind {
    /// What a value says as a number, if this kind of result has numbers.
    pub fn number(self, value: &str) -> Reported {
        match self {
            Kind::Numeric => Reported::parse(value),
            Kind::Titre => Reported::titre(value),
            Kind::Bin => Reported::bin(value),
            Kind::Coded | Kind::Text => Reported::Text,
        }
    }

    /// Whether a value can be read without a list of words: as a number of this kind, or because any text is a result.
    pub fn reads(self, value: &str) -> bool {
        self == Kind::Text || self.number(value) != Reported::Text
    }
}

impl Catalog {
    /// A value as people read it: the words of the answer that it means, or the value as it was sent.
    pub fn words<'a>(&'a self, value: &'a str, answer: Option<AnswerId>) -> &'a str {
        answer.and_then(|id| self.answer(id)).map_or(value, |answer| &answer.words)
    }

    /// As [`Catalog::words`], with the unit.
    pub fn words_with_unit(&self, value: &str, answer: Option<AnswerId>, unit: &str) -> String {
        [self.words(value, answer), &in_print(unit)].join(" ").trim_end().to_owned()
    }

    /// The answers that the director approved as normal, in words; empty if there are none.
    pub fn expected_words(&self, analyte: AnalyteId) -> String {
        self.expected(analyte).into_iter().map(|Answer { words, .. }| words.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The limit of an interval as people read it: that of a titre is a dilution, `1:40`.
    pub fn limit_text(&self, analyte: AnalyteId, limit: &str) -> String {
        let is_titre = self.analyte(analyte).is_some_and(|a| a.kind == Kind::Titre);
        if is_titre && !limit.is_empty() { format!("1:{limit}") } else { limit.to_owned() }
    }
}

/// Whether no kind of result reads a value as a number.
pub fn is_no_number(value: &str) -> bool {
    [Kind::Numeric, Kind::Titre, Kind::Bin].iter().all(|kind| kind.number(value) == Reported::Text)
}
