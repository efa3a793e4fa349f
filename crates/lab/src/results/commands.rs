//! What may be asked about results.

use jiff::tz::TimeZone;
use titer_science::Subject;
use titer_store::{Read, Timestamp};

use super::{
    ContradictionId, ContradictionState, ResultId, State,
    contradiction::{self, Contradictions, Unfiled, says_more},
    events::{
        self, Contradicted, ContradictionDismissed, DismissedValue, FiledOtherwise, Held, HeldResult, Measured,
        RepeatAsked, Reported, Seen, SentValue, Verified,
    },
    evidence,
    judge::judge,
    tables::ResultRow,
    tube::{Before, Known, Requested, Tube},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{AnalyteId, AnswerId},
    orders::OrderId,
    refuse, sites,
    specimens::{self, SpecimenId, views::Specimen},
    text,
    versions::{self, Told},
};

pub use super::contradiction::{Arrival, Origin};

/// How far an analyzer's clock may be ahead of ours, in seconds.
pub const CLOCK_AHEAD_SECONDS_MAX: i64 = 10 * 60;
/// How far an analyzer's clock may be behind ours, in seconds.
pub const CLOCK_BEHIND_SECONDS_MAX: i64 = 10 * 60;
/// How old a measurement may be when it arrives, in days. Tube numbers come round again: an older one may be another tube's.
pub const MEASURED_DAYS_MAX: i64 = 30;
/// The most results held at once for one more reason.
pub const HELD_MAX: usize = 400;
/// The most results in one message for one specimen.
pub const MEASUREMENTS_MAX: usize = 200;
/// The most results signed at once: a page of the review.
pub const SIGNED_MAX: usize = views::PAGE as usize;

/// One value that an analyzer measured, already named in the laboratory's terms by the link's mapping.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The analyzer's code of it.
    pub code: String,
    /// The value, exactly as sent or as [`Measurement::sent`] says.
    pub value: String,
    /// The laboratory's unit.
    pub unit: String,
    /// The answer that the value means, if the analyte has answers.
    pub answer: Option<AnswerId>,
    /// What was sent, if the value is not filed as it was sent.
    pub sent: Option<SentOtherwise>,
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// What the link already holds against it, as codes with an argument after a colon.
    pub holds: Vec<String>,
    /// The meaning of the code that it is filed under, as the link numbers it.
    pub mapping: Option<i64>,
    /// Why the link does not let it be filed. It can contradict what is filed.
    pub unfit: Option<Refusal>,
}

/// What was sent in place of a value that is filed otherwise: in the laboratory's unit, or as the end of the measuring range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentOtherwise {
    /// The value.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// The analyzer's flags.
    pub flags: String,
    /// The factor of the approved conversion; empty if the unit is the laboratory's.
    pub factor: String,
}

/// File what an analyzer measured on one specimen.
pub struct ReportResults {
    /// The link that it came by.
    pub link: i64,
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// The scanned identity of the specimen.
    pub barcode: String,
    /// The values.
    pub measurements: Vec<Measurement>,
    /// The tube of this barcode, if this submission has read it already.
    pub tube: Option<Tube>,
    /// The message that says them.
    pub origin: Option<Origin>,
}

/// What became of each measurement.
#[derive(Debug, Default)]
pub struct Filed {
    /// New results.
    pub results: Vec<ResultId>,
    /// Measurements that were filed before: the same analyte, value and time by the same link.
    pub repeated: usize,
    /// Measurements that a person must decide on: the analyzer's code, and why.
    pub held: Vec<(String, Refusal)>,
    /// The places of these among the measurements: one code may have several units.
    pub held_at: Vec<usize>,
}

impl Command for ReportResults {
    type Answer = Filed;
    const ACTION: Action = Action::ReportResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Filed>, Failure> {
        if self.measurements.len() > MEASUREMENTS_MAX {
            return Err(Refusal::new("results-too-many").with("limit", MEASUREMENTS_MAX).into());
        }
        let barcode = specimens::commands::barcode(&self.barcode)?;
        let tube = match self.tube.filter(|t| text::key(&t.specimen.barcode) == text::key(&barcode)) {
            Some(tube) => Some(tube),
            None => {
                let zone = sites::views::zone(read)?;
                Tube::find(read, &barcode, zone)?
            }
        };
        let Some(Tube { specimen, zone, priority, requested, results: before, contradictions: known }) = tube else {
            return Err(Refusal::new("specimens-unknown").with("barcode", barcode).into());
        };
        // Of a tube that is gone nothing is filed, nor from an analyzer whose name cannot be printed. What contradicts results is seen
        // all the same.
        let gone = match specimen.state {
            specimens::State::Received => None,
            specimens::State::Expected => {
                return Err(Refusal::new("specimens-not-received").with("barcode", barcode).into());
            }
            specimens::State::Rejected => Some(Refusal::new("specimens-was-rejected").with("barcode", barcode)),
            specimens::State::Discarded => Some(Refusal::new("specimens-was-discarded").with("barcode", barcode)),
        };
        let (instrument, unprintable) = match text::optional(&self.instrument, "instrument") {
            Ok(instrument) => (instrument, None),
            Err(Failure::Refused(refusal)) => (contradiction::printable(&self.instrument), Some(refusal)),
            Err(e) => return Err(e),
        };
        let nothing = gone.or(unprintable);
        let judge = Judge { ctx, specimen: &specimen, zone };
        let (new, sent, unfiled) = (Vec::new(), Vec::new(), Vec::new());
        let mut record = Record { link: self.link, requested, before, known, new, sent, unfiled };
        let mut filed = Filed::default();
        for (at, mut m) in self.measurements.into_iter().enumerate() {
            let standing = match &nothing {
                Some(refusal) => Standing::Unfit(m.unfit.clone().unwrap_or_else(|| refusal.clone())),
                None => record.standing(&m),
            };
            let asked = nothing.is_none() && record.asks_for(m.analyte);
            let held = match standing {
                Standing::Unfit(refusal) => refusal,
                Standing::Same => {
                    filed.repeated += 1;
                    continue;
                }
                Standing::NotOrdered => Refusal::new("results-not-ordered"),
                Standing::Cancelled => Refusal::new("results-request-cancelled"),
                Standing::Second => Refusal::new("results-second-result"),
                Standing::SecondToVerified => Refusal::new("results-second-to-verified"),
                Standing::New => match legible(&m).and_then(|()| judge.time(m.measured_at)) {
                    Ok(()) => {
                        let result = Reported::result(ctx.event(), record.new.len());
                        record.sent.extend(m.sent.take().map(|sent| SentValue::new(result, sent)));
                        record.new.push(judge.measured(m));
                        continue;
                    }
                    Err(Failure::Refused(refusal)) => refusal,
                    Err(e) => return Err(e),
                },
            };
            filed.held.push((m.code.clone(), held));
            filed.held_at.push(at);
            record.unfiled.push(Unfiled::new(m, self.link, self.origin, asked));
        }
        let Contradictions { values, held } = record.contradictions(&judge, self.origin);
        if let Some(refusal) = nothing.filter(|_| values.is_empty()) {
            return Err(refusal.into());
        }
        filed.results = (0..record.new.len()).map(|place| Reported::result(ctx.event(), place)).collect();
        let mut decision = Decision::nothing(filed);
        if record.new.is_empty() && values.is_empty() {
            return Ok(decision);
        }
        let (patient, link) = (specimen.patient.id.0, self.link);
        let (specimen, order) = (specimen.id.0, specimen.order.0);
        if !record.new.is_empty() {
            let reported = Reported {
                specimen,
                order,
                patient,
                priority: priority.rank(),
                link,
                instrument: instrument.clone(),
                measured_at: None,
                finished: record.is_finished(),
                results: record.new,
            };
            decision = decision.and(reported.sharing_time());
        }
        if !record.sent.is_empty() {
            decision = decision.and(FiledOtherwise { specimen, results: record.sent });
        }
        if !values.is_empty() {
            decision = decision.and(Contradicted { specimen, order, link, instrument, values, held });
        }
        Ok(decision)
    }
}

/// What is known of a specimen while a message about it is filed.
struct Record {
    link: i64,
    requested: Vec<Requested>,
    /// Its results before the message.
    before: Vec<Before>,
    /// What contradicted them before.
    known: Vec<Known>,
    /// Those that the message adds.
    new: Vec<Measured>,
    /// What was sent in place of these.
    sent: Vec<SentValue>,
    /// What the message says and does not add.
    unfiled: Vec<Unfiled>,
}

/// How a measurement stands to what a specimen's record holds.
enum Standing {
    /// The link does not let it be filed.
    Unfit(Refusal),
    /// It was filed before.
    Same,
    /// Nobody asked for it.
    NotOrdered,
    /// Somebody asked for it and cancelled that.
    Cancelled,
    /// There is a result already: a person decides which of them stands.
    Second,
    /// There is a verified result already: a person decides whether that is to be corrected.
    SecondToVerified,
    /// It is the first, or the repeat that somebody asked for.
    New,
}

impl Record {
    fn standing(&self, m: &Measurement) -> Standing {
        let of_analyte = || self.before.iter().filter(|b| b.analyte == m.analyte);
        if let Some(refusal) = &m.unfit {
            return Standing::Unfit(refusal.clone());
        }
        // A word that means another answer now says something else.
        let alike =
            |b: &Before| (b.link, &b.value, b.measured_at, b.answer) == (self.link, &m.value, m.measured_at, m.answer);
        if m.measured_at.is_some() && of_analyte().any(|b| alike(b) && !says_more(m, b)) {
            return Standing::Same;
        }
        match self.requested.iter().find(|r| r.analyte == m.analyte) {
            None => return Standing::NotOrdered,
            Some(request) if request.cancelled => return Standing::Cancelled,
            Some(_) => {}
        }
        if of_analyte().any(|b| b.state == State::Verified) {
            return Standing::SecondToVerified;
        }
        // Without a time nobody can tell a repeat from the result that was to be repeated, sent or read again.
        let second = of_analyte().any(|b| b.state != State::Repeat || (m.measured_at.is_none() && alike(b)));
        if second || self.adds(m.analyte) { Standing::Second } else { Standing::New }
    }

    fn asks_for(&self, analyte: AnalyteId) -> bool {
        self.requested.iter().any(|r| r.analyte == analyte && !r.cancelled)
    }

    fn adds(&self, analyte: AnalyteId) -> bool {
        self.new.iter().any(|r| r.analyte == analyte.0)
    }

    /// Sets what the message says and does not add against the results, and holds those that it adds and contradicts.
    fn contradictions(&mut self, judge: &Judge<'_>, origin: Option<Origin>) -> Contradictions {
        let unfiled = std::mem::take(&mut self.unfiled);
        contradiction::found(&self.before, &self.known, (&mut self.new, &self.sent), (judge, origin), unfiled)
    }

    /// Whether nothing more is to be measured of the specimen.
    fn is_finished(&self) -> bool {
        let stands = |analyte| self.before.iter().any(|b| b.analyte == analyte && b.state != State::Repeat);
        self.requested.iter().all(|r| r.cancelled || stands(r.analyte) || self.adds(r.analyte))
    }
}

/// A value that is none, and characters that no report can print, hold.
fn legible(m: &Measurement) -> Result<(), Failure> {
    text::required(&m.value, "value")?;
    let sent = m.sent.iter().flat_map(|s| [&s.value, &s.unit, &s.flags]);
    for code in [&m.code, &m.unit].into_iter().chain(&m.holds).chain(sent) {
        text::optional(code, "code")?;
    }
    Ok(())
}

/// Judges values of one specimen by what the director has approved.
pub(super) struct Judge<'a> {
    pub(super) ctx: &'a Ctx,
    specimen: &'a Specimen,
    pub(super) zone: TimeZone,
}

impl Judge<'_> {
    /// A measurement before the collection, before the patient was born, or in the future, holds.
    fn time(&self, measured_at: Option<Timestamp>) -> Result<(), Failure> {
        let Some(measured_at) = measured_at else { return Ok(()) };
        if measured_at > self.ctx.at.plus_seconds(CLOCK_AHEAD_SECONDS_MAX) {
            return refuse("results-measured-in-future");
        }
        if self.specimen.collected_at.is_some_and(|c| measured_at < c) {
            return refuse("results-measured-before-collection");
        }
        let day = sites::views::local(measured_at, &self.zone).date();
        if self.specimen.patient.birth_date.is_some_and(|born| day < born) {
            return refuse("results-measured-before-birth");
        }
        Ok(())
    }

    /// A measurement from before the tube was received, or of long ago, may be another tube's that bore the same number: a person
    /// must look.
    pub(super) fn early(&self, measured_at: Option<Timestamp>) -> Option<String> {
        let (measured_at, received_at) = (measured_at?, self.specimen.received_at?);
        let local = sites::views::local(measured_at, &self.zone);
        let at = local.strftime("%Y-%m-%dT%H:%M");
        if measured_at.plus_seconds(CLOCK_BEHIND_SECONDS_MAX) < received_at {
            Some(format!("measured-before-receipt:{at}"))
        } else if measured_at < self.ctx.at.plus_seconds(-MEASURED_DAYS_MAX * 24 * 3_600) {
            Some(format!("measured-long-ago:{at}"))
        } else {
            None
        }
    }

    /// The patient, at the age that counts.
    pub(super) fn subject(&self, measured_at: Option<Timestamp>) -> Subject {
        let at = self.specimen.collected_at.or(measured_at).unwrap_or(self.ctx.at);
        self.specimen.patient.subject(sites::views::local(at, &self.zone))
    }

    fn measured(&self, m: Measurement) -> Measured {
        let subject = self.subject(m.measured_at);
        let early = self.early(m.measured_at);
        let mut holds = m.holds;
        holds.extend(early);
        let judged = judge(&self.ctx.catalog, m.analyte, (&m.value, m.answer), &subject, holds);
        Measured {
            analyte: m.analyte.0,
            code: m.code,
            value: m.value,
            unit: m.unit,
            flag: judged.flag,
            critical: judged.critical,
            interval: judged.interval,
            low: judged.low,
            high: judged.high,
            limit: judged.limit,
            holds: judged.holds,
            measured_at: m.measured_at.map(Timestamp::micros),
            mapping: m.mapping,
            answer: m.answer.map(|answer| answer.0),
        }
    }
}

/// Hold what waits for review and was filed under a meaning that was withdrawn: whatever it was taken for, a person looks again.
pub struct HoldResults {
    /// The withdrawn meaning.
    pub mapping: i64,
    /// Results up to this one were looked at before.
    pub after: ResultId,
}

impl Command for HoldResults {
    /// The last result that was looked at, while there may be more.
    type Answer = Option<ResultId>;
    const ACTION: Action = Action::HoldResults;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<Option<ResultId>>, Failure> {
        let (waiting, last) = views::waiting_under(read, self.mapping, self.after, HELD_MAX)?;
        let new = waiting.into_iter().filter(|r| !r.holds.iter().any(|h| h == "mapping-withdrawn"));
        let results: Vec<HeldResult> = new.map(withdrawn).collect();
        if results.is_empty() {
            return Ok(Decision::nothing(last));
        }
        Ok(Decision::event(Held { mapping: self.mapping, results }, last))
    }
}

fn withdrawn(result: views::LabResult) -> HeldResult {
    let mut holds = result.holds;
    holds.push("mapping-withdrawn".to_owned());
    HeldResult { result: result.id.0, version: result.version, critical: !result.critical.is_empty(), holds }
}

/// A result as it was on the screen of the person who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDisplay {
    /// The result.
    pub result: ResultId,
    /// The version on display.
    pub version: i64,
    /// Whether the person looked at the reasons for which it is held, and lifts them.
    pub lifts_holds: bool,
}

/// Verify results and sign for them. The reports of their orders follow: each falls due with the signature.
pub struct VerifyResults {
    /// The results, as they were on display.
    pub results: Vec<OnDisplay>,
    /// The signature.
    pub signed: Signed,
}

impl Command for VerifyResults {
    /// The orders that the results belong to.
    type Answer = Vec<OrderId>;
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Vec<OrderId>>, Failure> {
        self.signed.by(ctx)?;
        if sites::views::site(read)?.is_none() {
            // No report could say whose it is.
            return refuse("sites-not-described");
        }
        if self.results.is_empty() {
            return refuse("results-nothing-chosen");
        }
        if self.results.len() > SIGNED_MAX {
            return Err(Refusal::new("results-too-many").with("limit", SIGNED_MAX).into());
        }
        let (mut seen, mut orders, mut specimens) = (Vec::new(), Vec::new(), Vec::new());
        let mut given = ctx.given();
        for asked in self.results {
            if seen.iter().any(|s: &Seen| s.result == asked.result.0) {
                continue;
            }
            let (row, order) = on_display(read, asked)?;
            evidence::as_journalled(&mut given, read, &row)?;
            if row.answer.is_some_and(|id| ctx.catalog.answer(id).is_none_or(|answer| answer.retired)) {
                return Err(Refusal::new("results-answer-replaced").with("result", asked.result).into());
            }
            let signed = Some(signed(&row));
            let result = views::LabResult::read(row)?;
            if !result.holds.is_empty() && !asked.lifts_holds {
                return Err(Refusal::new("results-held").with("result", asked.result).into());
            }
            if views::is_undecided(read, result.specimen, result.analyte)? {
                return Err(Refusal::new("results-correction-open").with("result", asked.result).into());
            }
            seen.push(Seen { result: asked.result.0, version: asked.version, lifted: result.holds, signed });
            orders.push(order);
            specimens.push(result.specimen);
        }
        orders.sort();
        orders.dedup();
        specimens.sort();
        specimens.dedup();
        let verified = Verified {
            results: seen,
            specimens: specimens.iter().map(|s: &SpecimenId| s.0).collect(),
            orders: orders.iter().map(|o| o.0).collect(),
            signature: (&self.signed.signature("verified")).into(),
        };
        Ok(Decision::event(verified, orders))
    }
}

/// What a signature says of a result.
fn signed(row: &ResultRow) -> events::Signed {
    events::Signed {
        analyte: row.analyte.0,
        value: row.value.clone(),
        unit: row.unit.clone(),
        flag: row.flag.clone(),
        critical: row.critical.clone(),
        low: row.low.clone(),
        high: row.high.clone(),
        measured_at: row.measured_at.map(Timestamp::micros),
        answer: row.answer.map(|answer| answer.0),
    }
}

/// The result, if it still is what the person saw.
fn on_display(read: &mut dyn Read, asked: OnDisplay) -> Result<(ResultRow, OrderId), Failure> {
    let Some((result, order)) = views::row(read, asked.result)? else { return refuse("results-unknown") };
    if let Some((at, by)) = result.signed_at.zip(result.signed_by.as_ref()) {
        let when = versions::moment(read, at)?;
        return Err(Refusal::new("results-already-verified")
            .with("by", by)
            .with("at", at.micros())
            .with("when", when)
            .into());
    }
    if result.state != State::Reported || result.version != asked.version {
        let (at, by) = views::last_change(read, asked.result)?;
        let when = versions::moment(read, at)?;
        return Err(Refusal::new("results-changed-meanwhile")
            .with("by", by)
            .with("at", at.micros())
            .with("when", when)
            .with("state", result.state.code())
            .into());
    }
    Ok((result, order))
}

/// Refuses a result that does not wait for review any more, with who decided on it and when.
///
/// # Errors
/// Refused with `results-already-verified` or `results-changed-meanwhile`, or with `results-unknown`.
pub fn still_waits(read: &mut dyn Read, id: ResultId) -> Result<(), Failure> {
    let Some((result, _)) = views::row(read, id)? else { return refuse("results-unknown") };
    on_display(read, OnDisplay { result: id, version: result.version, lifts_holds: false }).map(|_| ())
}

/// Put a result aside and ask for a repeat.
pub struct AskForRepeat {
    /// The result, as it was on display.
    pub result: OnDisplay,
}

impl Command for AskForRepeat {
    type Answer = ();
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        ctx.person()?;
        ctx.reason("results-repeat-needs-reason")?;
        let (result, order) = on_display(read, self.result)?;
        let tube = specimens::views::specimen(read, result.specimen)?;
        let gone = tube.is_none_or(|tube| tube.state != specimens::State::Received);
        let asked = RepeatAsked {
            result: Seen { result: result.id.0, version: result.version, lifted: Vec::new(), signed: None },
            specimen: result.specimen.0,
            order: order.0,
            report_follows: gone,
        };
        Ok(Decision::event(asked, ()))
    }
}

/// Decide that a verified result stands although values contradict it, and sign that. The reason is that of the submission.
pub struct LetResultStand {
    /// What contradicts it, as it was on display: all of one result.
    pub contradictions: Vec<ContradictionId>,
    /// The signature.
    pub signed: Signed,
}

impl Command for LetResultStand {
    /// How many values contradict the result that came after those on display: they are still to be decided.
    type Answer = usize;
    const ACTION: Action = Action::VerifyResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<usize>, Failure> {
        self.signed.by(ctx)?;
        ctx.reason("results-decision-needs-reason")?;
        let mut dismissed: Vec<DismissedValue> = Vec::new();
        let mut of = None;
        let mut given = ctx.given();
        for id in self.contradictions {
            let Some(row) = views::contradiction(read, id)? else { return refuse("results-contradiction-unknown") };
            if row.state == ContradictionState::Open {
                evidence::contradiction_as_journalled(&mut given, read, &row)?;
            }
            let found = views::Contradiction::read(row);
            if found.state != ContradictionState::Open || of.is_some_and(|result| result != found.result) {
                let Told { who, by, at } = match found.decided {
                    Some(number) => Told::of_event(read, number)?,
                    None => Told::UNKNOWN,
                };
                return Err(Refusal::new("results-contradiction-decided")
                    .with("who", who)
                    .with("by", by)
                    .with("at", at)
                    .into());
            }
            of = Some(found.result);
            if dismissed.iter().all(|d| d.contradiction != id.0) {
                dismissed.push(DismissedValue { contradiction: id.0, value: found.value_with_unit() });
            }
        }
        let Some(id) = of else { return refuse("results-contradiction-unknown") };
        let Some((row, order)) = views::row(read, id)? else { return refuse("results-unknown") };
        evidence::as_journalled(&mut given, read, &row)?;
        let result = views::LabResult::read(row)?;
        let open = views::contradicting_in(read, result.specimen, ContradictionState::Open)?;
        let unseen = |c: &&views::Contradiction| c.result == id && dismissed.iter().all(|d| d.contradiction != c.id.0);
        let left = open.iter().filter(unseen).count();
        let decided = ContradictionDismissed {
            result: id.0,
            version: result.version,
            stands: [result.value.as_str(), &result.unit].join(" ").trim_end().to_owned(),
            dismissed,
            specimen: result.specimen.0,
            order: order.0,
            signature: (&self.signed.signature("stands")).into(),
        };
        Ok(Decision::event(decided, left))
    }
}
