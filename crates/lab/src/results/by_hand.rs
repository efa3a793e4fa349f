//! Results that were entered by hand: who read them, who is to read them again, and of which analytes the director asks for a second
//! reader.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Read, StoreError, Table, Timestamp, set, sql, table, values};

use super::{
    ResultId,
    events::HeldResult,
    tables::{self, ResultRow},
    views::LabResult,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, AnswerId, views::ENTRIES_MAX},
    instruments::InstrumentId,
    refuse,
    specimens::SpecimenId,
    stories,
};

/// Why a result is held that a second person is to read. Nobody lifts it: another person reads, or the result is put aside.
pub const SECOND_READING_AWAITED: &str = "second-reading-awaited";
/// Why a result is held that two people read differently.
pub const SECOND_READING_DIFFERS: &str = "second-reading-differs";
/// The most results of one tube.
const OF_TUBE_MAX: i64 = 1_000;

table! {
    /// Results that were entered by hand, each with its readers.
    pub(super) static BY_HAND = projected "results_by_hand";
    /// Who entered a result: accounts. `second_by` is the person who read again, `second_value` and `second_answer` what they read.
    pub(super) struct HandRow {
        key id: ResultId,
        specimen: SpecimenId,
        entered_by: i64,
        second_by: Option<i64>,
        second_value: Option<String>,
        second_answer: Option<AnswerId>,
        second_at: Option<Timestamp>,
    }
    index (specimen);
}

table! {
    /// Results that a second person is to read.
    pub(crate) static AWAITED = projected "second_readings_awaited";
    /// A result that a second person is to read, and since when. One that was put aside stays here; its state says so.
    pub(crate) struct AwaitedRow {
        key id: ResultId,
        specimen: SpecimenId,
        analyte: AnalyteId,
        entered_by: i64,
        since: Timestamp,
    }
}

table! {
    /// Analytes whose results by hand a second person reads.
    pub(super) static SECOND_READERS = projected "second_readers";
    /// Whether a second person reads. `changed` is the number of the event that said so.
    pub(super) struct SecondReaderRow {
        key id: AnalyteId,
        required: bool,
        changed: i64,
    }
}

sql! {
    OF_TUBE: (
        r: ResultRow,
        "h.id": Option<ResultId>,
        "h.entered_by": Option<i64>,
        "h.second_by": Option<i64>,
        "h.second_value": Option<String>,
        "h.second_answer": Option<AnswerId>,
        "h.second_at": Option<Timestamp>,
    ) = "FROM results r LEFT JOIN results_by_hand h ON h.lab = r.lab AND h.id = r.id \
        WHERE r.lab = $1 AND r.specimen = $2 ORDER BY r.id LIMIT $3";
    READERS: (h: HandRow, "r.instrument": Option<InstrumentId>) = "FROM results_by_hand h \
        JOIN results r ON r.lab = h.lab AND r.id = h.id WHERE h.lab = $1 AND h.id = $2";
    RULE: (second_readers: SecondReaderRow) = "FROM second_readers WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
}

/// The results of a tube, each with its readers if it was entered by hand.
pub(super) fn of_tube(
    read: &mut dyn Read,
    specimen: SpecimenId,
) -> Result<Vec<(ResultRow, Option<HandRow>)>, StoreError> {
    let mut all = Vec::new();
    for row in OF_TUBE.all(read, &values![specimen, OF_TUBE_MAX])? {
        let (row, id, entered_by, second_by, second_value, second_answer, second_at) = row;
        let hand = id.zip(entered_by).map(|(id, entered_by)| HandRow {
            id,
            specimen,
            entered_by,
            second_by,
            second_value,
            second_answer,
            second_at,
        });
        all.push((row, hand));
    }
    Ok(all)
}

/// Who read a result that was entered by hand: accounts; and what it was measured with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    /// The instrument.
    pub instrument: Option<InstrumentId>,
    /// Who entered it.
    pub entered_by: i64,
    /// Who read it again, and when.
    pub second: Option<(i64, Timestamp)>,
    /// What the second person read, and the answer that it means.
    pub second_value: Option<(String, Option<AnswerId>)>,
}

/// Who read a result; none if it was not entered by hand.
pub fn readers(read: &mut dyn Read, id: ResultId) -> Result<Option<Readers>, StoreError> {
    Ok(READERS.one(read, &values![id])?.map(|(row, instrument)| Readers {
        instrument,
        entered_by: row.entered_by,
        second: row.second_by.zip(row.second_at),
        second_value: row.second_value.map(|value| (value, row.second_answer)),
    }))
}

/// Whether a result with these holds awaits a second reader.
pub(super) fn awaits_reader(holds: &str) -> bool {
    holds.lines().any(|hold| hold == SECOND_READING_AWAITED)
}

/// Refuses a signature over a result that awaits a second reader; and that of its readers, if they read differently.
pub(super) fn may_be_signed(read: &mut dyn Read, result: &LabResult, signer: i64) -> Result<(), Failure> {
    if result.holds.iter().any(|hold| hold == SECOND_READING_AWAITED) {
        return Err(Refusal::new("results-second-reading-awaited").with("result", result.id).into());
    }
    if result.holds.iter().any(|hold| hold.starts_with(SECOND_READING_DIFFERS))
        && let Some(readers) = readers(read, result.id)?
        && (readers.entered_by == signer || readers.second.is_some_and(|(by, _)| by == signer))
    {
        return Err(Refusal::new("results-second-reading-own").with("result", result.id).into());
    }
    Ok(())
}

/// Results that a person entered by hand. They were reported in the event before.
#[derive(Serialize, Deserialize)]
pub struct EnteredByHand {
    /// The specimen.
    pub specimen: i64,
    /// The account of who entered them.
    pub by: i64,
    /// The results.
    pub results: Vec<NewByHand>,
}

/// A result that was entered by hand.
#[derive(Serialize, Deserialize)]
pub struct NewByHand {
    /// The result.
    pub result: i64,
    /// Its analyte.
    pub analyte: i64,
    /// Whether a second person is to read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_reader: bool,
}

impl Event for EnteredByHand {
    const KIND: &'static str = "results.entered-by-hand";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&BY_HAND, &AWAITED];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for new in &self.results {
            let (id, specimen) = (ResultId(new.result), SpecimenId(self.specimen));
            changes.put(HandRow {
                id,
                specimen,
                entered_by: self.by,
                second_by: None,
                second_value: None,
                second_answer: None,
                second_at: None,
            });
            if new.second_reader {
                let (analyte, entered_by, since) = (AnalyteId(new.analyte), self.by, header.at);
                changes.put(AwaitedRow { id, specimen, analyte, entered_by, since });
            }
        }
    }
}

/// A second person read what was entered by hand.
#[derive(Serialize, Deserialize)]
pub struct ReadAgain {
    /// The specimen.
    pub specimen: i64,
    /// Its order.
    pub order: i64,
    /// The account of the second person.
    pub by: i64,
    /// What they read.
    pub results: Vec<SecondReading>,
}

/// What a second person read.
#[derive(Serialize, Deserialize)]
pub struct SecondReading {
    /// The result, with the reasons that it is held for now.
    pub held: HeldResult,
    /// The value, as it was typed.
    pub value: String,
    /// The answer that the value means, if the analyte has answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<i64>,
    /// Whether both read the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub agrees: bool,
}

impl SecondReading {
    pub(super) fn new(row: &ResultRow, agrees: bool, value: &str, answer: Option<AnswerId>) -> Self {
        let mut holds: Vec<String> = row.holds.lines().map(str::to_owned).collect();
        holds.retain(|hold| hold != SECOND_READING_AWAITED);
        let differs = format!("second-reading-differs:{}", [value, &row.unit].join(" ").trim_end());
        holds.extend(Some(differs).filter(|_| !agrees));
        let (result, version, critical) = (row.id.0, row.version, !row.critical.is_empty());
        let held = HeldResult { result, version, critical, holds };
        SecondReading { held, value: value.to_owned(), answer: answer.map(|a| a.0), agrees }
    }

    /// Adds the reasons that a contradicting value gives: the most pressing stand first.
    pub(super) fn add(&mut self, holds: Vec<String>) {
        let mut all = holds.clone();
        all.retain(|hold| hold != SECOND_READING_AWAITED);
        let mine = std::mem::take(&mut self.held.holds);
        all.extend(mine.into_iter().filter(|hold| !holds.contains(hold)));
        self.held.holds = all;
    }
}

impl Event for ReadAgain {
    const KIND: &'static str = "results.read-again";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] =
        &[&tables::RESULTS, &tables::AWAITING_REVIEW, &BY_HAND, &AWAITED, &stories::STORIES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for reading in &self.results {
            reading.held.hold(header, changes);
            let id = ResultId(reading.held.result);
            let set = set!(HandRow {
                second_by: self.by,
                second_value: reading.value.clone(),
                second_answer: reading.answer.map(AnswerId),
                second_at: header.at,
            });
            changes.patch(id, set);
            changes.drop::<AwaitedRow>(id);
        }
        stories::enter(changes, header, &[self.specimen, self.order], &self.results.len().to_string());
    }
}

/// Of which analytes a second person reads results by hand.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// The analytes.
    pub analytes: BTreeSet<AnalyteId>,
    /// The number of the event that changed the rule last.
    pub version: i64,
}

/// Of which analytes a second person reads results by hand.
pub fn second_readers(read: &mut dyn Read) -> Result<Rule, StoreError> {
    let rows = RULE.all(read, &values![0_i64, ENTRIES_MAX])?;
    let version = rows.iter().map(|row| row.changed).max().unwrap_or(0);
    Ok(Rule { analytes: rows.into_iter().filter(|row| row.required).map(|row| row.id).collect(), version })
}

/// Say whether a second person reads the results by hand of analytes.
pub struct RequireSecondReaders {
    /// The analytes, each with whether a second person reads. Those that are not named stay as they are.
    pub analytes: Vec<(AnalyteId, bool)>,
}

impl Command for RequireSecondReaders {
    type Answer = ();
    const ACTION: Action = Action::RequireSecondReaders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        let rule = second_readers(read)?.analytes;
        if self.analytes.iter().any(|(id, _)| ctx.catalog.analyte(*id).is_none()) {
            return refuse("results-analyte-unknown");
        }
        let changed = self.analytes.into_iter().filter(|(id, required)| rule.contains(id) != *required);
        let analytes: Vec<Required> = changed.map(|(id, required)| Required { analyte: id.0, required }).collect();
        if analytes.is_empty() {
            return Ok(Decision::nothing(()));
        }
        Ok(Decision::event(SecondReadersRequired { analytes }, ()))
    }
}

/// The director said whether a second person reads the results by hand of analytes.
#[derive(Serialize, Deserialize)]
pub struct SecondReadersRequired {
    /// The analytes that changed.
    pub analytes: Vec<Required>,
}

/// Whether a second person reads.
#[derive(Serialize, Deserialize)]
pub struct Required {
    /// The analyte.
    pub analyte: i64,
    /// Whether a second person reads.
    pub required: bool,
}

impl Event for SecondReadersRequired {
    const KIND: &'static str = "results.second-readers-required";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static Table] = &[&SECOND_READERS];
    fn project(&self, header: &Header, changes: &mut Changes) {
        for Required { analyte, required } in &self.analytes {
            changes.put(SecondReaderRow { id: AnalyteId(*analyte), required: *required, changed: header.number });
        }
    }
}
