//! What a person decides on results: verified, held, to be repeated, or standing although values contradict them.

use titer_store::{Read, StoreError, Timestamp};

use super::{
    ContradictionId, ContradictionState, ResultId, State, by_hand, calculated,
    commands::{HELD_MAX, SIGNED_MAX},
    commented,
    events::{self, ContradictionDismissed, DismissedValue, Held, HeldResult, RepeatAsked, Seen, Verified},
    evidence,
    judged_now::Otherwise,
    tables::ResultRow,
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    orders::OrderId,
    quality, refuse, sites,
    specimens::{self, SpecimenId},
    versions::{self, Told},
};

/// Hold what waits for review and was filed under a meaning that was withdrawn, and what was calculated from that: whatever it was taken
/// for, a person looks again.
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
        let (waiting, mut last) = views::waiting_under(read, self.mapping, self.after, HELD_MAX)?;
        let (mut results, mut looked_at) = (Vec::new(), self.after);
        for result in waiting {
            if results.len() >= HELD_MAX {
                last = Some(looked_at);
                break;
            }
            looked_at = result.id;
            if result.holds.iter().any(|h| h == "mapping-withdrawn") {
                continue;
            }
            let specimen = result.specimen;
            let mut held = vec![withdrawn(result)];
            calculated::commands::held_with(read, specimen, &mut held)?;
            // What is calculated from two of them is held once.
            held.retain(|new| results.iter().all(|known: &HeldResult| known.result != new.result));
            results.extend(held);
        }
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
        let mut reflex: Vec<i64> = Vec::new();
        let (mut given, mut otherwise) = (ctx.given(), Otherwise::default());
        let together = self.results.clone();
        for asked in self.results {
            if seen.iter().any(|s: &Seen| s.result == asked.result.0) {
                continue;
            }
            let (row, order) = on_display(read, asked)?;
            evidence::as_journalled(&mut given, read, &row)?;
            if row.answer.is_some_and(|id| ctx.catalog.answer(id).is_none_or(|answer| answer.retired)) {
                return Err(Refusal::new("results-answer-replaced").with("result", asked.result).into());
            }
            calculated::commands::inputs_stand(ctx, read, &row, &together)?;
            let signed = Some(signed(&row)?);
            let result = views::LabResult::read(row)?;
            if !result.holds.is_empty() && !asked.lifts_holds {
                return Err(Refusal::new("results-held").with("result", asked.result).into());
            }
            commented::may_be_signed(ctx, &result)?;
            by_hand::may_be_signed(read, &result, ctx.person()?)?;
            if views::is_undecided(read, result.specimen, result.analyte)? {
                return Err(Refusal::new("results-correction-open").with("result", asked.result).into());
            }
            otherwise.result(ctx, read, &result)?;
            // Nobody lifts these: only controls do.
            if let Some(refusal) = result.holds.iter().find_map(|hold| quality::refusal(hold)) {
                return Err(refusal.with("result", asked.result).into());
            }
            seen.push(Seen { result: asked.result.0, version: asked.version, lifted: result.holds, signed });
            orders.push(order);
            specimens.push(result.specimen);
            if ctx.reflexes.look_at(result.analyte) {
                reflex.push(result.specimen.0);
            }
        }
        orders.sort();
        orders.dedup();
        reflex.sort_unstable();
        reflex.dedup();
        specimens.sort();
        specimens.dedup();
        let verified = Verified {
            results: seen,
            specimens: specimens.iter().map(|s: &SpecimenId| s.0).collect(),
            orders: orders.iter().map(|o| o.0).collect(),
            reflex,
            signature: (&self.signed.signature("verified")).into(),
        };
        Ok(Decision::event(verified, orders))
    }
}

/// What a signature says of a result.
fn signed(row: &ResultRow) -> Result<events::Signed, StoreError> {
    Ok(events::Signed {
        analyte: row.analyte.0,
        value: row.value.clone(),
        unit: row.unit.clone(),
        flag: row.flag.clone(),
        critical: row.critical.clone(),
        low: row.low.clone(),
        high: row.high.clone(),
        measured_at: row.measured_at.map(Timestamp::micros),
        answer: row.answer.map(|answer| answer.0),
        comments: commented::of_row(row)?.into_iter().map(|id| id.0).collect(),
    })
}

/// The result, if it still is what the person saw.
pub(super) fn on_display(read: &mut dyn Read, asked: OnDisplay) -> Result<(ResultRow, OrderId), Failure> {
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
        let calculated = calculated::commands::put_aside_with(read, &result, order.0)?;
        let asked = RepeatAsked {
            result: Seen { result: result.id.0, version: result.version, lifted: Vec::new(), signed: None },
            specimen: result.specimen.0,
            order: order.0,
            report_follows: gone,
        };
        let decision = Decision::event(asked, ());
        Ok(match calculated {
            Some(calculated) => decision.and(calculated),
            None => decision,
        })
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
        let shown: Vec<i64> = dismissed.iter().map(|d| d.contradiction).collect();
        Otherwise::default().contradictions(ctx, read, result.specimen, &shown)?;
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
