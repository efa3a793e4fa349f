//! Results that a person reads and enters: by the same checks as an analyzer's value. If the director asks for a second reader, another
//! person reads without having seen the first value, and enters what they read in the same place.

use std::collections::BTreeSet;

use titer_science::Reported as Value;
use titer_store::{Read, Timestamp};

use super::{
    Provenance, ResultId, State,
    by_hand::{self, EnteredByHand, HandRow, NewByHand, ReadAgain, SecondReading},
    commands::{MEASUREMENTS_MAX, Measurement, RunDetails},
    contradiction::{Contradictions, Unfiled},
    events::{Contradicted, Reported},
    judge::Judge,
    record::Record,
    tables::ResultRow,
    tube::Tube,
};
use crate::{
    Action, Catalog, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, Answer, AnswerId, Kind, views::Analyte},
    entered,
    instruments::{self, InstrumentId, views::Instrument},
    refuse, sites,
    specimens::{self, SpecimenId},
    text,
    versions::Told,
};

/// Results by hand come by no link.
pub const NO_LINK: i64 = 0;
/// A number of so many characters that a tube bears is no result: somebody scanned where a value belongs.
const TUBE_NUMBER_CHARS_MIN: usize = 7;
/// The number of the very tube is no result of it already with so many: hardly a value is the number of its own tube.
const OWN_NUMBER_CHARS_MIN: usize = 4;

/// A value as it was typed.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What was read.
    pub analyte: AnalyteId,
    /// The value: a number, a titre, a range, the code or the words of an answer, or text.
    pub value: String,
}

/// Enter what a person has read on one tube. A value that awaits a second reader is compared with the first one.
#[derive(Clone, Debug)]
pub struct EnterResults {
    /// What it was measured with: a manual method, or an analyzer that does not send.
    pub instrument: InstrumentId,
    /// Whether the link of that analyzer is down, as whoever knows the links has seen.
    pub link_down: bool,
    /// The tube.
    pub specimen: SpecimenId,
    /// The values.
    pub values: Vec<Entered>,
    /// When it was measured; none for now.
    pub measured_at: Option<Timestamp>,
    /// The number of the last event when the form was shown.
    pub shown: i64,
}

/// What became of each value.
#[derive(Debug, Default)]
pub struct Entry {
    /// New results.
    pub results: Vec<ResultId>,
    /// Results that were read again.
    pub read_again: Vec<ResultId>,
    /// Values that this person entered before: the form came twice.
    pub before: usize,
    /// Values that were not taken, and why.
    pub refused: Vec<(AnalyteId, Refusal)>,
}

impl Command for EnterResults {
    type Answer = Entry;
    const ACTION: Action = Action::EnterResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Entry>, Failure> {
        let person = ctx.person()?;
        if self.values.len() > MEASUREMENTS_MAX {
            return Err(Refusal::new("results-too-many").with("limit", MEASUREMENTS_MAX).into());
        }
        let instrument = usable(read, self.instrument, self.link_down)?;
        let tube = received(read, self.specimen)?;
        if self.measured_at.is_some_and(|at| at > ctx.at) {
            return refuse("results-entered-in-future");
        }
        let measured_at = Some(self.measured_at.unwrap_or(ctx.at));
        let (specimen, order) = (tube.specimen.id.0, tube.specimen.order.0);
        let (patient, priority) = (tube.specimen.patient.id.0, tube.priority.rank());
        let zone = tube.zone.clone();
        let judge = Judge { ctx, specimen: &tube.specimen, instrument: Some(instrument.id), zone };
        judge.time(measured_at)?;
        let standing = by_hand::of_tube(read, self.specimen)?;
        let rule = by_hand::second_readers(read)?.analytes;
        let mut entering = Entering {
            person,
            shown: self.shown,
            measured_at,
            catalog: &ctx.catalog,
            standing: &standing,
            rule,
            record: Record {
                link: NO_LINK,
                requested: tube.requested,
                before: tube.results,
                known: tube.contradictions,
                new: Vec::new(),
                sent: Vec::new(),
                unfiled: Vec::new(),
            },
            judge: &judge,
            second: Vec::new(),
            entry: Entry::default(),
        };
        for value in self.values {
            let analyte = value.analyte;
            match entering.one(read, value) {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) => entering.entry.refused.push((analyte, refusal)),
                Err(e) => return Err(e),
            }
        }
        let Entering { mut record, mut second, mut entry, rule, .. } = entering;
        let Contradictions { mut values, mut held } = record.contradictions(&judge, None);
        for reading in &mut second {
            // Both events would change the result: this one does, with all reasons.
            if let Some(place) = held.iter().position(|h| h.result == reading.held.result) {
                reading.add(held.remove(place).holds);
            }
        }
        entry.results = (0..record.new.len()).map(|place| Reported::result(ctx.event(), place)).collect();
        entry.read_again = second.iter().map(|s| ResultId(s.held.result)).collect();
        let by_hand = entry.results.iter().zip(&record.new);
        let by_hand: Vec<NewByHand> = by_hand
            .map(|(id, m)| NewByHand {
                result: id.0,
                analyte: m.analyte,
                second_reader: rule.contains(&AnalyteId(m.analyte)),
            })
            .collect();
        let events_before = if record.new.is_empty() { 0 } else { 2 };
        let calculated = record.calculated(&judge, read, (priority, events_before), &mut values, &mut held)?;
        let mut decision = Decision::nothing(entry);
        if !record.new.is_empty() {
            let finished = record.is_finished();
            let reported = Reported {
                specimen,
                order,
                patient,
                priority,
                link: NO_LINK,
                instrument: instrument.name.clone(),
                measured_at: None,
                instrument_id: Some(instrument.id.0),
                provenance: Some(Provenance::Hand.code().to_owned()),
                finished,
                results: record.new,
            };
            decision = decision.and(reported.sharing_time());
            decision = decision.and(EnteredByHand { specimen, by: person, results: by_hand });
        }
        if let Some(calculated) = calculated {
            decision = decision.and(calculated);
        }
        if !values.is_empty() {
            let (link, instrument) = (NO_LINK, instrument.name);
            decision = decision.and(Contradicted { specimen, order, link, instrument, values, held });
        }
        if !second.is_empty() {
            decision = decision.and(ReadAgain { specimen, order, by: person, results: second });
        }
        Ok(decision)
    }
}

/// The instrument, if results of it are entered by hand.
fn usable(read: &mut dyn Read, id: InstrumentId, link_down: bool) -> Result<Instrument, Failure> {
    let Some(instrument) = instruments::views::instrument(read, id)? else { return refuse("instruments-unknown") };
    if let Some(why) = &instrument.out_of_use {
        return Err(Refusal::new("results-entered-out-of-use").with("name", instrument.name).with("why", why).into());
    }
    if instrument.link.is_some() && !link_down {
        return Err(Refusal::new("results-entered-connected").with("name", instrument.name).into());
    }
    Ok(instrument)
}

/// The tube, if results of it can be entered.
fn received(read: &mut dyn Read, id: SpecimenId) -> Result<Tube, Failure> {
    let Some(specimen) = specimens::views::specimen(read, id)? else { return refuse("results-entered-no-tube") };
    let zone = sites::views::zone(read)?;
    let tube = Tube::find(read, &specimen.barcode, zone)?.filter(|tube| tube.specimen.id == id);
    let Some(tube) = tube else { return refuse("results-entered-no-tube") };
    let barcode = specimen.barcode;
    match specimen.state {
        specimens::State::Received => Ok(tube),
        specimens::State::Expected => Err(Refusal::new("specimens-not-received").with("barcode", barcode).into()),
        specimens::State::Rejected => Err(Refusal::new("specimens-was-rejected").with("barcode", barcode).into()),
        specimens::State::Discarded => Err(Refusal::new("specimens-was-discarded").with("barcode", barcode).into()),
    }
}

/// The values of one tube while they are entered.
struct Entering<'a, 'c> {
    person: i64,
    shown: i64,
    measured_at: Option<Timestamp>,
    catalog: &'c Catalog,
    /// Its results, each with what is known of its readers if it was entered by hand.
    standing: &'a [(ResultRow, Option<HandRow>)],
    /// Analytes that a second person reads.
    rule: BTreeSet<AnalyteId>,
    record: Record,
    judge: &'a Judge<'c>,
    second: Vec<SecondReading>,
    entry: Entry,
}

impl Entering<'_, '_> {
    fn one(&mut self, read: &mut dyn Read, typed: Entered) -> Result<(), Failure> {
        let catalog = self.catalog;
        let Some(analyte) = catalog.analyte(typed.analyte) else { return refuse("results-not-ordered") };
        let (value, answer) = reading(catalog, analyte, &typed.value)?;
        if is_tube_number(read, &value, &self.judge.specimen.barcode)? {
            return Err(Refusal::new("results-entered-tube-number").with("value", value).into());
        }
        if let Some(reported) = self.finer(analyte, &value) {
            return Err(Refusal::new("results-entered-finer").with("value", value).with("reported", reported).into());
        }
        if self.record.new.iter().any(|m| m.analyte == analyte.id.0) {
            return refuse("results-entered-twice");
        }
        let standing = self.standing;
        let of_analyte = || standing.iter().filter(|(row, _)| row.analyte == analyte.id);
        let stands = of_analyte().find(|(row, _)| row.state != State::Repeat);
        if let Some((row, hand)) = stands {
            let says = |value_of: &str, answer_of| same((&value, answer), (value_of, answer_of));
            let mine = hand.as_ref().filter(|h| h.entered_by == self.person && says(&row.value, row.answer));
            let again = hand.as_ref().filter(|h| {
                h.second_by == Some(self.person) && says(h.second_value.as_deref().unwrap_or(""), h.second_answer)
            });
            if mine.or(again).is_some() {
                self.entry.before += 1;
                return Ok(());
            }
            if let Some(hand) = hand.as_ref().filter(|_| by_hand::awaits_reader(&row.holds)) {
                if hand.entered_by == self.person {
                    return refuse("results-second-reader-same");
                }
                let agrees = says(&row.value, row.answer);
                let reading = SecondReading::new(row, agrees, &value, answer);
                if !agrees {
                    self.set_against(analyte, value, answer);
                }
                self.second.push(reading);
                return Ok(());
            }
            let Told { who, by, at } = Told::of_event(read, row.id.0 / titer_store::PLACES)?;
            self.set_against(analyte, value, answer);
            return Err(Refusal::new("results-entered-meanwhile")
                .with("who", who)
                .with("by", by)
                .with("at", at)
                .into());
        }
        if let Some((row, _)) = of_analyte().find(|(row, _)| row.changed > self.shown) {
            let Told { who, by, at } = Told::of_event(read, row.changed)?;
            return Err(Refusal::new("results-entered-put-aside")
                .with("who", who)
                .with("by", by)
                .with("at", at)
                .into());
        }
        match self.record.requested.iter().find(|r| r.analyte == analyte.id) {
            None => return refuse("results-not-ordered"),
            Some(request) if request.cancelled => return refuse("results-request-cancelled"),
            Some(_) => {}
        }
        let mut m = self.measurement(analyte, value, answer);
        if self.rule.contains(&analyte.id) {
            m.holds.push("second-reading-awaited".to_owned());
        }
        let measured = self.judge.measured(m);
        self.record.new.push(measured);
        Ok(())
    }

    /// The value as the test system reports it, if more decimals were typed.
    fn finer(&self, analyte: &Analyte, value: &str) -> Option<String> {
        let (specimen_type, instrument) = (self.judge.specimen.specimen_type, self.judge.instrument?);
        self.judge.ctx.systems.of(analyte.id, specimen_type, instrument)?.reported(value, None)
    }

    /// Sets a value that is not filed against the result that stands, as an analyzer's is.
    fn set_against(&mut self, analyte: &Analyte, value: String, answer: Option<AnswerId>) {
        let m = self.measurement(analyte, value, answer);
        self.record.unfiled.push(Unfiled::new(m, (NO_LINK, self.judge.instrument), None, false));
    }

    fn measurement(&self, analyte: &Analyte, value: String, answer: Option<AnswerId>) -> Measurement {
        Measurement {
            analyte: analyte.id,
            code: String::new(),
            value,
            unit: analyte.unit.clone(),
            answer,
            sent: None,
            measured_at: self.measured_at,
            holds: Vec::new(),
            mapping: None,
            unfit: None,
            run: RunDetails::default(),
        }
    }
}

/// What a typed value says for an analyte. What cannot be read is refused: nothing is guessed.
fn reading(catalog: &Catalog, analyte: &Analyte, typed: &str) -> Result<(String, Option<AnswerId>), Failure> {
    let typed = text::required(typed, "value")?;
    let reads = analyte.kind.reads(&typed) && (analyte.kind == Kind::Text || is_plain(&typed));
    match analyte.kind {
        Kind::Coded => {
            let answer = answer(catalog, analyte.id, &typed)?;
            Ok((answer.code.clone(), Some(answer.id)))
        }
        Kind::Numeric if !reads => Err(Refusal::new("results-entered-no-number").with("value", typed).into()),
        Kind::Titre if !reads => Err(Refusal::new("results-entered-no-titre").with("value", typed).into()),
        Kind::Bin if !reads => Err(Refusal::new("results-entered-no-bin").with("value", typed).into()),
        Kind::Numeric | Kind::Titre | Kind::Bin | Kind::Text => Ok((typed, None)),
    }
}

/// The one answer that is typed by its code or its words.
fn answer<'c>(catalog: &'c Catalog, analyte: AnalyteId, typed: &str) -> Result<&'c Answer, Failure> {
    let typed_low = typed.to_lowercase();
    let says = |a: &&Answer| [&a.code, &a.words].iter().any(|said| said.to_lowercase() == typed_low);
    let mut found = catalog.answers(analyte).iter().filter(says);
    match (found.next(), found.next()) {
        (Some(answer), None) => Ok(answer),
        _ => Err(Refusal::new("results-entered-no-answer").with("value", typed).into()),
    }
}

/// Whether a number is written as people write it. `041` may be 41 or a 4.1 that lost its point, and nobody reads `-0`.
fn is_plain(typed: &str) -> bool {
    let padded = |digits: &str| digits.starts_with('0') && digits[1..].starts_with(|c: char| c.is_ascii_digit());
    let mut numbers = typed.split(|c: char| !c.is_ascii_digit() && c != '.');
    let minus_zero = matches!(Kind::Numeric.number(typed), Value::Number(n) if n.is_zero() && typed.starts_with('-'));
    !minus_zero && !numbers.any(padded)
}

/// Whether this tube or another bears this number. A scanner may send before it which barcode it read: `]C1`.
fn is_tube_number(read: &mut dyn Read, value: &str, own: &str) -> Result<bool, Failure> {
    let number = value.strip_prefix(']').and_then(|rest| rest.get(2..)).unwrap_or(value).trim();
    let (chars, is) = (number.chars().count(), |barcode: &str| barcode.to_lowercase() == number.to_lowercase());
    if chars >= OWN_NUMBER_CHARS_MIN && is(own) {
        return Ok(true);
    }
    if chars < TUBE_NUMBER_CHARS_MIN {
        return Ok(false);
    }
    Ok(specimens::views::by_barcode(read, number)?.is_some_and(|tube| is(&tube.barcode)))
}

/// Whether two people read the same: the same answer, or the same text but for blanks beside a sign and for how many there are.
fn same(one: (&str, Option<AnswerId>), other: (&str, Option<AnswerId>)) -> bool {
    const SIGNS: [char; 8] = ['<', '>', '≤', '≥', '=', ':', '-', '–'];
    let bare = |value: &str| {
        value.split_whitespace().fold(String::new(), |said, word| {
            let apart = !said.is_empty() && !said.ends_with(SIGNS) && !word.starts_with(SIGNS);
            said + if apart { " " } else { "" } + word
        })
    };
    match one.1.zip(other.1) {
        Some((one, other)) => one == other,
        None => bare(one.0) == bare(other.0),
    }
}

/// Refuses a time of measurement that lies long back, unless a person has confirmed it ([`entered::long_ago`]).
///
/// # Errors
/// Refused with `results-entered-long-ago`.
pub fn confirmed(
    read: &mut dyn Read,
    now: Timestamp,
    measured_at: Option<Timestamp>,
    confirmed: &str,
) -> Result<(), Failure> {
    if let Some(ago) = entered::long_ago(read, now, measured_at, confirmed)? {
        return Err(Refusal::new("results-entered-long-ago")
            .with("at", ago.at)
            .with("days", ago.days)
            .with("confirmed", ago.confirmed)
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
