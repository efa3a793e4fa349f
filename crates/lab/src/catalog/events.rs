//! What happens to the catalog.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table, set};

use super::{
    AnalyteId, AnswerId, IntervalId, JUDGE, LimitId, SpecimenTypeId, TestId,
    tables::{self, AnalyteRow, AnswerRow, HEAD_ID, HeadRow, IntervalRow, LimitRow, SpecimenTypeRow, TestRow},
    unit_systems,
};
use crate::{instruments::InstrumentId, jobs, signature::SignatureBody};

/// Entries were imported. An entry with a known key replaces it; intervals and limits are added as proposals.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Imported {
    /// Specimen types.
    pub specimen_types: Vec<SpecimenType>,
    /// Analytes.
    pub analytes: Vec<Analyte>,
    /// Orderable tests.
    pub tests: Vec<Test>,
    /// Reference intervals.
    pub intervals: Vec<Interval>,
    /// Critical limits.
    pub limits: Vec<Limit>,
    /// Answers of coded analytes that the catalog did not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
    /// Answers that were never approved, and are no longer proposed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_answers: Vec<i64>,
    /// What waits for review is to be judged again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
}

/// A specimen type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpecimenType {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is drawn into.
    pub container: String,
    /// The colour of the cap, a hint for the eye.
    pub cap: String,
}

/// An analyte.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Analyte {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// Its bench.
    pub discipline: String,
    /// LOINC code.
    pub loinc: String,
    /// UCUM unit.
    pub unit: String,
    /// Decimals that reports show.
    pub decimals: i64,
    /// What it is measured in.
    pub specimen_type: i64,
    /// Where the facts come from.
    pub sources: String,
    /// A, B or C.
    pub confidence: String,
    /// What sort of result it has; empty if a number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// An orderable test.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Test {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Keys of its analytes, in the order of the report.
    pub analytes: Vec<String>,
    /// What it needs.
    pub specimen_type: i64,
}

/// A reference interval; numbers as their source prints them, empty where it gives none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interval {
    /// Its id.
    pub id: i64,
    /// Of which analyte.
    pub analyte: i64,
    /// `female`, `male` or `any`.
    pub sex: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// Lower limit.
    pub low: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// `reference` or `decision`.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// The order among rival proposals; the first has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Whether the note warns, if the source of the entry says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warns: Option<bool>,
    /// The instrument whose results alone it judges; none: those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<i64>,
    /// The figures as their source prints them, if they were converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<String>,
}

/// A critical limit; numbers and operators as their source prints them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limit {
    /// Its id.
    pub id: i64,
    /// Of which analyte.
    pub analyte: i64,
    /// Of whom, in the source's words.
    pub population: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// `<` or `<=`.
    pub low_op: String,
    /// Lower limit.
    pub low: String,
    /// `>` or `>=`.
    pub high_op: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// The order among rival proposals; the first has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Whether the note warns, if the source of the entry says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warns: Option<bool>,
    /// The instrument whose results alone it judges; none: those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<i64>,
    /// The figures as their source prints them, if they were converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<String>,
}

/// An answer of a coded analyte.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// Its id.
    pub id: i64,
    /// Of which analyte.
    pub analyte: i64,
    /// Orders the answers of the analyte.
    pub place: i64,
    /// Its code.
    pub code: String,
    /// Its words.
    pub words: String,
    /// `normal`, `abnormal`, `critical`, `indeterminate`, `invalid` or `unjudged`.
    pub meaning: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// The answer that is retired when this one is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<i64>,
}

impl Imported {
    /// How many entries there are.
    pub fn count(&self) -> usize {
        let described = self.specimen_types.len() + self.analytes.len() + self.tests.len() + self.answers.len();
        described + self.intervals.len() + self.limits.len() + self.retired_answers.len()
    }

    /// The id at `place` of the event of this number: entries with a new key, intervals, limits and answers are numbered through.
    pub fn id(event: i64, place: i64) -> i64 {
        titer_store::event::id(event, place)
    }
}

/// As programs wrote it that knew results as numbers only: without kinds of result and without answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Imported1(Imported);

impl Event for Imported1 {
    const KIND: &'static str = Imported::KIND;
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[
        &tables::HEAD,
        &tables::SPECIMEN_TYPES,
        &tables::ANALYTES,
        &tables::TESTS,
        &tables::INTERVALS,
        &tables::LIMITS,
    ];

    fn project(&self, header: &Header, changes: &mut Changes) {
        self.0.project(header, changes);
    }
}

impl Event for Imported {
    const KIND: &'static str = "catalog.imported";
    const VERSION: u16 = 2;
    const WRITES: &'static [&'static Table] = &[
        &tables::HEAD,
        &tables::SPECIMEN_TYPES,
        &tables::ANALYTES,
        &tables::TESTS,
        &tables::INTERVALS,
        &tables::LIMITS,
        &tables::ANSWERS,
        &jobs::face::DUE,
    ];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        for specimen_type in &self.specimen_types {
            changes.put(specimen_type.row());
        }
        for analyte in &self.analytes {
            changes.put(analyte.row());
        }
        for test in &self.tests {
            changes.put(test.row());
        }
        for interval in &self.intervals {
            changes.put(interval.row());
        }
        for limit in &self.limits {
            changes.put(limit.row());
        }
        for answer in &self.answers {
            changes.put(answer.row());
        }
        retire(&self.retired_answers, header, changes);
        if self.judge_again {
            judge_again(header, changes);
        }
    }
}

/// A system of units was chosen for the catalog. It never changes.
#[derive(Serialize, Deserialize)]
pub struct UnitsChosen {
    /// A code of a system.
    pub system: String,
}

impl Event for UnitsChosen {
    const KIND: &'static str = "catalog.units-chosen";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&tables::HEAD, &unit_systems::UNITS];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        changes.put(unit_systems::row(&self.system));
    }
}

/// What waits for review is to be judged by the catalogue as this event leaves it.
fn judge_again(header: &Header, changes: &mut Changes) {
    // The last place of an event of the catalog is given to nothing else.
    let job = Imported::id(header.number, titer_store::PLACES - 1);
    jobs::face::due(changes, job, header.at, JUDGE, header.number);
}

fn retire(answers: &[i64], header: &Header, changes: &mut Changes) {
    for id in answers {
        changes.patch(AnswerId(*id), set!(AnswerRow { retired_at: header.at }));
    }
}

impl SpecimenType {
    fn row(&self) -> SpecimenTypeRow {
        SpecimenTypeRow {
            id: SpecimenTypeId(self.id),
            key: self.key.clone(),
            name: self.name.clone(),
            container: self.container.clone(),
            cap: self.cap.clone(),
        }
    }
}

impl Analyte {
    fn row(&self) -> AnalyteRow {
        AnalyteRow {
            id: AnalyteId(self.id),
            key: self.key.clone(),
            name: self.name.clone(),
            short: self.short.clone(),
            discipline: self.discipline.clone(),
            loinc: self.loinc.clone(),
            unit: self.unit.clone(),
            decimals: self.decimals,
            specimen_type: SpecimenTypeId(self.specimen_type),
            sources: self.sources.clone(),
            confidence: self.confidence.clone(),
            kind: (!self.kind.is_empty()).then(|| self.kind.clone()),
        }
    }
}

impl Test {
    fn row(&self) -> TestRow {
        TestRow {
            id: TestId(self.id),
            key: self.key.clone(),
            name: self.name.clone(),
            analytes: self.analytes.join(" "),
            specimen_type: SpecimenTypeId(self.specimen_type),
        }
    }
}

impl Interval {
    pub(super) fn row(&self) -> IntervalRow {
        IntervalRow {
            id: IntervalId(self.id),
            analyte: AnalyteId(self.analyte),
            sex: self.sex.clone(),
            age_low: self.age_low.clone(),
            age_high: self.age_high.clone(),
            low: self.low.clone(),
            high: self.high.clone(),
            unit: self.unit.clone(),
            kind: self.kind.clone(),
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            note: self.note.clone(),
            approved_at: None,
            approved_by: None,
            rank: self.rank,
            warns: self.warns,
            retired_at: None,
            instrument: self.instrument.map(InstrumentId),
            converted: self.converted.clone(),
        }
    }
}

impl Limit {
    pub(super) fn row(&self) -> LimitRow {
        LimitRow {
            id: LimitId(self.id),
            analyte: AnalyteId(self.analyte),
            population: self.population.clone(),
            age_low: self.age_low.clone(),
            age_high: self.age_high.clone(),
            low_op: self.low_op.clone(),
            low: self.low.clone(),
            high_op: self.high_op.clone(),
            high: self.high.clone(),
            unit: self.unit.clone(),
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            note: self.note.clone(),
            approved_at: None,
            approved_by: None,
            rank: self.rank,
            warns: self.warns,
            retired_at: None,
            instrument: self.instrument.map(InstrumentId),
            converted: self.converted.clone(),
        }
    }
}

impl Answer {
    fn row(&self) -> AnswerRow {
        AnswerRow {
            id: AnswerId(self.id),
            analyte: AnalyteId(self.analyte),
            place: self.place,
            code: self.code.clone(),
            words: self.words.clone(),
            meaning: self.meaning.clone(),
            source: self.source.clone(),
            confidence: self.confidence.clone(),
            note: self.note.clone(),
            replaces: self.replaces.map(AnswerId),
            approved_at: None,
            approved_by: None,
            retired_at: None,
        }
    }
}

/// The director signed intervals, limits and the meanings of answers into force.
#[derive(Serialize, Deserialize)]
pub struct Approved {
    /// Reference intervals.
    pub intervals: Vec<i64>,
    /// Critical limits.
    pub limits: Vec<i64>,
    /// The intervals as they were signed, in their order. Events of older programs do not say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_intervals: Vec<SignedInterval>,
    /// The limits as they were signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_limits: Vec<SignedLimit>,
    /// Answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<i64>,
    /// The answers as they were signed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signed_answers: Vec<SignedAnswer>,
    /// The answers that they replace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_answers: Vec<i64>,
    /// Intervals for the same people, in force or proposed, that go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_intervals: Vec<i64>,
    /// Limits for the same people, in force or proposed, that go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_limits: Vec<i64>,
    /// What waits for review is to be judged again. Events of older programs do not ask for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judge_again: bool,
    /// The signature.
    pub signature: SignatureBody,
}

/// A reference interval as it was signed: of what, of whom, and its limits.
#[derive(Serialize, Deserialize)]
pub struct SignedInterval {
    /// Of which analyte.
    pub analyte: i64,
    /// `female`, `male` or `any`.
    pub sex: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// Lower limit.
    pub low: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// The instrument whose results alone it judges; none: those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<i64>,
    /// The figures as their source prints them, if they were converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<String>,
}

impl From<&IntervalRow> for SignedInterval {
    fn from(row: &IntervalRow) -> Self {
        SignedInterval {
            analyte: row.analyte.0,
            sex: row.sex.clone(),
            age_low: row.age_low.clone(),
            age_high: row.age_high.clone(),
            low: row.low.clone(),
            high: row.high.clone(),
            unit: row.unit.clone(),
            instrument: row.instrument.map(|instrument| instrument.0),
            converted: row.converted.clone(),
        }
    }
}

/// A critical limit as it was signed: of what, of whom, and its bounds.
#[derive(Serialize, Deserialize)]
pub struct SignedLimit {
    /// Of which analyte.
    pub analyte: i64,
    /// Of whom, in the source's words.
    pub population: String,
    /// From this age (UCUM), included.
    pub age_low: String,
    /// To this age (UCUM), excluded.
    pub age_high: String,
    /// `<` or `<=`.
    pub low_op: String,
    /// Lower limit.
    pub low: String,
    /// `>` or `>=`.
    pub high_op: String,
    /// Upper limit.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// The instrument whose results alone it judges; none: those of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<i64>,
    /// The figures as their source prints them, if they were converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<String>,
}

impl From<&LimitRow> for SignedLimit {
    fn from(row: &LimitRow) -> Self {
        SignedLimit {
            analyte: row.analyte.0,
            population: row.population.clone(),
            age_low: row.age_low.clone(),
            age_high: row.age_high.clone(),
            low_op: row.low_op.clone(),
            low: row.low.clone(),
            high_op: row.high_op.clone(),
            high: row.high.clone(),
            unit: row.unit.clone(),
            instrument: row.instrument.map(|instrument| instrument.0),
            converted: row.converted.clone(),
        }
    }
}

/// An answer as it was signed: of what, its words, and its meaning.
#[derive(Serialize, Deserialize)]
pub struct SignedAnswer {
    /// Of which analyte.
    pub analyte: i64,
    /// Its code.
    pub code: String,
    /// Its words.
    pub words: String,
    /// Its meaning.
    pub meaning: String,
}

impl From<&AnswerRow> for SignedAnswer {
    fn from(row: &AnswerRow) -> Self {
        SignedAnswer {
            analyte: row.analyte.0,
            code: row.code.clone(),
            words: row.words.clone(),
            meaning: row.meaning.clone(),
        }
    }
}

impl Event for Approved {
    const KIND: &'static str = "catalog.approved";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::HEAD, &tables::INTERVALS, &tables::LIMITS, &tables::ANSWERS, &jobs::face::DUE];

    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(HeadRow { id: HEAD_ID, version: header.number });
        let (at, by) = (header.at, &self.signature.name);
        for id in &self.intervals {
            let approved = set!(IntervalRow { approved_at: at, approved_by: by.clone() });
            changes.patch(IntervalId(*id), approved);
        }
        for id in &self.limits {
            let approved = set!(LimitRow { approved_at: at, approved_by: by.clone() });
            changes.patch(LimitId(*id), approved);
        }
        for id in &self.answers {
            let approved = set!(AnswerRow { approved_at: at, approved_by: by.clone() });
            changes.patch(AnswerId(*id), approved);
        }
        retire(&self.retired_answers, header, changes);
        for id in &self.retired_intervals {
            changes.patch(IntervalId(*id), set!(IntervalRow { retired_at: header.at }));
        }
        for id in &self.retired_limits {
            changes.patch(LimitId(*id), set!(LimitRow { retired_at: header.at }));
        }
        if self.judge_again {
            judge_again(header, changes);
        }
    }
}
