//! What results say in the words of the catalog.

use super::{AnalyteId, Answer, AnswerId, Catalog, Kind};

impl Catalog {
    /// A value as people read it: the words of the answer that it means, or the value as it was sent.
    pub fn words<'a>(&'a self, value: &'a str, answer: Option<AnswerId>) -> &'a str {
        answer.and_then(|id| self.answer(id)).map_or(value, |answer| &answer.words)
    }

    /// As [`Catalog::words`], with the unit.
    pub fn words_with_unit(&self, value: &str, answer: Option<AnswerId>, unit: &str) -> String {
        [self.words(value, answer), unit].join(" ").trim_end().to_owned()
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
