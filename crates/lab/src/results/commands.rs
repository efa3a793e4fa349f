//! What may be asked about results.

use titer_store::{Read, Timestamp};

use super::{
    ResultId,
    contradiction::{self, Contradictions, Unfiled},
    events::{Contradicted, FiledOtherwise, Reported, SentValue},
    judge::Judge,
    record::{Record, Standing, legible},
    tube::Tube,
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    sites, specimens, text,
};

pub use super::{
    contradiction::{Arrival, Origin},
    signing::{AskForRepeat, HoldResults, LetResultStand, OnDisplay, VerifyResults, still_waits},
};

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
    /// What is said beside the value.
    pub run: RunDetails,
}

/// What is said beside a value: by whom, with which lot, in which dilution it was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunDetails {
    /// Who worked the analyzer, as it says.
    pub operator: Option<String>,
    /// The lot of the reagent.
    pub lot: Option<String>,
    /// The dilution that the value is already multiplied by.
    pub dilution: Option<String>,
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
    /// The instrument of the laboratory, if it is known which.
    pub measured_by: Option<InstrumentId>,
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
        let judge = Judge { ctx, specimen: &specimen, instrument: self.measured_by, zone };
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
            record.unfiled.push(Unfiled::new(m, (self.link, self.measured_by), self.origin, asked));
        }
        let Contradictions { mut values, mut held } = record.contradictions(&judge, self.origin);
        if let Some(refusal) = nothing.filter(|_| values.is_empty()) {
            return Err(refusal.into());
        }
        filed.results = (0..record.new.len()).map(|place| Reported::result(ctx.event(), place)).collect();
        let mut decision = Decision::nothing(filed);
        if record.new.is_empty() && values.is_empty() {
            return Ok(decision);
        }
        let events_before = i64::from(!record.new.is_empty()) + i64::from(!record.sent.is_empty());
        let calculated = record.calculated(&judge, read, (priority.rank(), events_before), &mut values, &mut held)?;
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
                instrument_id: self.measured_by.map(|instrument| instrument.0),
                provenance: None,
                finished: record.is_finished(),
                results: record.new,
            };
            decision = decision.and(reported.sharing_time());
        }
        if !record.sent.is_empty() {
            decision = decision.and(FiledOtherwise { specimen, results: record.sent });
        }
        if let Some(calculated) = calculated {
            decision = decision.and(calculated);
        }
        if !values.is_empty() {
            decision = decision.and(Contradicted { specimen, order, link, instrument, values, held });
        }
        Ok(decision)
    }
}
