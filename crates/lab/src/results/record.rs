//! What is known of a specimen while a message about it is filed.

use titer_store::Read;

use super::{
    State,
    calculated::{self, event::Calculated},
    commands::Measurement,
    contradiction::{self, Contradictions, Origin, Unfiled, says_more},
    events::{Contradicting, HeldResult, Measured, SentValue},
    judge::Judge,
    tube::{Before, Known, Requested},
};
use crate::{Failure, Refusal, catalog::AnalyteId, text};

/// What is known of a specimen while a message about it is filed.
pub(super) struct Record {
    pub(super) link: i64,
    pub(super) requested: Vec<Requested>,
    /// Its results before the message.
    pub(super) before: Vec<Before>,
    /// What contradicted them before.
    pub(super) known: Vec<Known>,
    /// Those that the message adds.
    pub(super) new: Vec<Measured>,
    /// What was sent in place of these.
    pub(super) sent: Vec<SentValue>,
    /// What the message says and does not add.
    pub(super) unfiled: Vec<Unfiled>,
}

/// How a measurement stands to what a specimen's record holds.
pub(super) enum Standing {
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
    pub(super) fn standing(&self, m: &Measurement) -> Standing {
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

    pub(super) fn asks_for(&self, analyte: AnalyteId) -> bool {
        self.requested.iter().any(|r| r.analyte == analyte && !r.cancelled)
    }

    pub(super) fn adds(&self, analyte: AnalyteId) -> bool {
        self.new.iter().any(|r| r.analyte == analyte.0)
    }

    /// Sets what the message says and does not add against the results, and holds those that it adds and contradicts.
    pub(super) fn contradictions(&mut self, judge: &Judge<'_>, origin: Option<Origin>) -> Contradictions {
        let unfiled = std::mem::take(&mut self.unfiled);
        contradiction::found(&self.before, &self.known, (&mut self.new, &self.sent), (judge, origin), unfiled)
    }

    /// What is calculated from the results that are filed and those before: an event for the decision, with so many `events_before`
    /// it. What contradicts verified results joins `contradicting`; what waits and was calculated from a result that is held now joins
    /// `held`.
    pub(super) fn calculated(
        &mut self,
        judge: &Judge<'_>,
        read: &mut dyn Read,
        (priority, events_before): (i64, i64),
        contradicting: &mut Vec<Contradicting>,
        held: &mut Vec<HeldResult>,
    ) -> Result<Option<Calculated>, Failure> {
        let number = judge.ctx.event() + events_before;
        calculated::commands::held_with(read, judge.specimen.id, held)?;
        // A result that is held with this message is doubtful already.
        for before in &mut self.before {
            if let Some(now) = held.iter().find(|h| h.result == before.id.0) {
                before.holds = now.holds.join("\n");
            }
        }
        let tube = (&*self.requested, &*self.before, &*self.known, priority);
        let following = calculated::commands::following(judge, read, tube, &self.new, number)?;
        contradicting.extend(following.contradicting);
        let put_aside = following.calculated.iter().flat_map(|c| &c.put_aside);
        let gone: Vec<i64> = put_aside.map(|aside| aside.result).collect();
        held.retain(|h| !gone.contains(&h.result));
        Ok(following.calculated)
    }

    /// Whether nothing more is to be measured of the specimen.
    pub(super) fn is_finished(&self) -> bool {
        let stands = |analyte| self.before.iter().any(|b| b.analyte == analyte && b.state != State::Repeat);
        self.requested.iter().all(|r| r.cancelled || stands(r.analyte) || self.adds(r.analyte))
    }
}

/// A value that is none, and characters that no report can print, hold.
pub(super) fn legible(m: &Measurement) -> Result<(), Failure> {
    text::required(&m.value, "value")?;
    let sent = m.sent.iter().flat_map(|s| [&s.value, &s.unit, &s.flags]);
    for code in [&m.code, &m.unit].into_iter().chain(&m.holds).chain(sent) {
        text::optional(code, "code")?;
    }
    Ok(())
}
