//! What may be asked about orders.

use titer_store::{Read, Timestamp};

use super::{
    OrderId, Priority, RequestId,
    events::{AskedByRule, Placed, Request, RequestsCancelled, TestsAdded},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    entered,
    patients::{
        PatientId,
        views::{self as patients, Patient},
    },
    reflex::RuleId,
    refuse, sites, text,
};

/// The most analytes in one order.
pub const REQUESTS_MAX: usize = 200;

/// Place an order. Its tubes are made in the same step: see [`crate::ways::place`].
pub(crate) struct PlaceOrder {
    pub(crate) patient: PatientId,
    pub(crate) tests: Vec<TestId>,
    pub(crate) priority: Priority,
    pub(crate) requester: String,
    /// When the specimen was collected; none when it is still to be.
    pub(crate) collected_at: Option<Timestamp>,
}

impl Command for PlaceOrder {
    /// The order, and the specimen types that it needs.
    type Answer = (OrderId, Vec<SpecimenTypeId>);
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        let Some(patient) = patients::patient(read, self.patient)? else { return refuse("patients-unknown") };
        if self.tests.is_empty() {
            return refuse("orders-no-tests");
        }
        collected(ctx, read, &patient, self.collected_at)?;
        let (requests, types) = asked(ctx, &self.tests, &[])?;
        if requests.len() > REQUESTS_MAX {
            return Err(Refusal::new("orders-too-many-tests").with("limit", REQUESTS_MAX).into());
        }
        let placed = Placed {
            patient: self.patient.0,
            priority: self.priority.rank(),
            requester: text::name(&self.requester, "requester")?,
            collected_at: self.collected_at.map(Timestamp::micros),
            requests,
        };
        Ok(Decision::event(placed, (Placed::order(ctx.event()), types)))
    }
}

/// Refuses a time of collection that cannot be: one that is still to come, and one on a day before the patient's birth.
pub(crate) fn collected(
    ctx: &Ctx,
    read: &mut dyn Read,
    patient: &Patient,
    at: Option<Timestamp>,
) -> Result<(), Failure> {
    let Some(at) = at else { return Ok(()) };
    if at > ctx.at {
        return refuse("orders-collected-in-future");
    }
    let day = sites::views::local(at, &sites::views::zone(read)?).date();
    if patient.birth_date.is_some_and(|born| day < born) {
        return refuse("orders-collected-before-birth");
    }
    Ok(())
}

/// Refuses a time of collection that lies long back, unless a person has confirmed it ([`entered::long_ago`]).
///
/// # Errors
/// Refused with `orders-collected-long-ago`.
pub fn confirmed(
    read: &mut dyn Read,
    now: Timestamp,
    collected_at: Option<Timestamp>,
    confirmed: &str,
) -> Result<(), Failure> {
    if let Some(ago) = entered::long_ago(read, now, collected_at, confirmed)? {
        return Err(Refusal::new("orders-collected-long-ago")
            .with("at", ago.at)
            .with("days", ago.days)
            .with("confirmed", ago.confirmed)
            .into());
    }
    Ok(())
}

/// What these tests ask for, each analyte once and none of those `known`; and the specimen types that it needs.
fn asked(ctx: &Ctx, tests: &[TestId], known: &[AnalyteId]) -> Result<(Vec<Request>, Vec<SpecimenTypeId>), Failure> {
    let (mut requests, mut types): (Vec<Request>, Vec<SpecimenTypeId>) = (Vec::new(), Vec::new());
    for id in tests {
        let test = ctx.catalog.test(*id).ok_or_else(|| Refusal::new("orders-test-unknown").with("test", id))?;
        if let Some(retired) = ctx.catalog.retired(test) {
            let (test, name) = (&test.name, retired);
            return Err(Refusal::new("orders-test-retired").with("test", test).with("name", name).into());
        }
        if let Some(analyte) = ctx.catalog.lacking_answers(test).first() {
            return Err(Refusal::new("orders-test-incomplete")
                .with("test", &test.name)
                .with("analyte", &analyte.name)
                .into());
        }
        for analyte in &test.analytes {
            if known.contains(analyte) || requests.iter().any(|r| r.analyte == analyte.0) {
                continue;
            }
            requests.push(Request { analyte: analyte.0, test: id.0, specimen_type: test.specimen_type.0 });
            if !types.contains(&test.specimen_type) {
                types.push(test.specimen_type);
            }
        }
    }
    Ok((requests, types))
}

/// A tube of an order. Specimens lie above orders: whoever runs a command here looks them up.
pub(crate) struct Tube {
    pub(crate) specimen: i64,
    pub(crate) specimen_type: SpecimenTypeId,
    /// Whether it is here.
    pub(crate) received: bool,
}

/// Add tests to an order. What can still be measured is not asked for twice. What was cancelled, or was lost with its tube, is asked
/// for again.
pub(crate) struct AddTests {
    pub(crate) order: OrderId,
    pub(crate) tests: Vec<TestId>,
    /// Requests that can no longer be measured: their tubes were rejected or discarded.
    pub(crate) lost: Vec<RequestId>,
    /// Whether all of them are asked for again, beside the tests.
    pub(crate) lost_again: bool,
    /// The tubes that tests can still be done from, one of each specimen type at most.
    pub(crate) usable: Vec<Tube>,
    /// The reflex rule that asks for them, if one does.
    pub(crate) by_rule: Option<ByRule>,
}

/// That a reflex rule asks for tests, because of a result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByRule {
    pub(crate) rule: RuleId,
    pub(crate) result: i64,
}

/// As [`AddTests`], without a person.
pub(crate) struct AddByRule(pub(crate) AddTests);

impl Command for AddByRule {
    type Answer = Vec<SpecimenTypeId>;
    const ACTION: Action = Action::ApplyRules;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        self.0.decide(ctx, read)
    }
}

impl Command for AddTests {
    /// The specimen types of which there is no specimen that is received or still to come.
    type Answer = Vec<SpecimenTypeId>;
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        let Some(order) = views::order(read, self.order)? else { return refuse("orders-unknown") };
        let before = views::requests(read, self.order)?;
        let stands = |r: &&views::Request| r.cancelled.is_none() && !self.lost.contains(&r.id);
        let standing: Vec<AnalyteId> = before.iter().filter(stands).map(|r| r.analyte).collect();
        let (mut requests, types) = asked(ctx, &self.tests, &standing)?;
        // A request is asked for again as it was: in the specimen type that it was asked for in.
        let asked_again = |b: &&views::Request| {
            requests.iter().any(|r| r.analyte == b.analyte.0) || (self.lost_again && self.lost.contains(&b.id))
        };
        let again: Vec<_> = before.iter().filter(asked_again).cloned().collect();
        if requests.is_empty() && again.is_empty() {
            return refuse("orders-nothing-added");
        }
        requests.retain(|r| !again.iter().any(|b| r.analyte == b.analyte.0));
        if before.len() + requests.len() > REQUESTS_MAX {
            return Err(Refusal::new("orders-too-many-tests").with("limit", REQUESTS_MAX).into());
        }
        let mut types: Vec<SpecimenTypeId> = types
            .into_iter()
            .filter(|t| requests.iter().any(|r| r.specimen_type == t.0))
            .chain(again.iter().map(|b| b.specimen_type))
            .collect();
        types.sort();
        types.dedup();
        let (mut expected, mut received, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for specimen_type in types {
            match self.usable.iter().find(|t| t.specimen_type == specimen_type) {
                Some(tube) if tube.received => received.push(tube.specimen),
                Some(tube) => expected.push(tube.specimen),
                None => missing.push(specimen_type),
            }
        }
        expected.sort_unstable();
        received.sort_unstable();
        let added = TestsAdded {
            order: self.order.0,
            patient: order.patient.id.0,
            priority: order.priority.rank(),
            requests,
            again: again.iter().map(|b| b.id.0).collect(),
            expected,
            received,
            by_rule: self.by_rule.map(|by| AskedByRule { rule: by.rule.0, result: by.result }),
        };
        Ok(Decision::event(added, missing))
    }
}

/// Cancel requests that have no result. The reason is that of the submission.
pub(crate) struct CancelRequests {
    pub(crate) order: OrderId,
    pub(crate) requests: Vec<RequestId>,
    /// All tubes of the order.
    pub(crate) tubes: Vec<Tube>,
    /// The analytes that have a result which was not put aside.
    pub(crate) measured: Vec<AnalyteId>,
    /// Whether a report follows: the last one says that something is outstanding which is not any more, or nothing else is open.
    pub(crate) report_follows: bool,
}

impl Command for CancelRequests {
    type Answer = ();
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if views::order(read, self.order)?.is_none() {
            return refuse("orders-unknown");
        }
        ctx.reason("orders-cancellation-needs-reason")?;
        let all = views::requests(read, self.order)?;
        let (cancelled, left): (Vec<_>, Vec<_>) =
            all.iter().filter(|r| r.cancelled.is_none()).partition(|r| self.requests.contains(&r.id));
        if cancelled.is_empty() || self.requests.iter().any(|id| !cancelled.iter().any(|r| r.id == *id)) {
            return refuse("orders-requests-changed");
        }
        if let Some(request) = cancelled.iter().find(|r| self.measured.contains(&r.analyte)) {
            let name = ctx.catalog.analyte(request.analyte).map(|a| a.name.clone()).unwrap_or_default();
            return Err(Refusal::new("orders-has-result").with("test", name).into());
        }
        let touched: Vec<&Tube> =
            self.tubes.iter().filter(|t| cancelled.iter().any(|r| r.specimen_type == t.specimen_type)).collect();
        let open =
            |t: &&&Tube| left.iter().any(|r| r.specimen_type == t.specimen_type && !self.measured.contains(&r.analyte));
        let event = RequestsCancelled {
            order: self.order.0,
            requests: cancelled.iter().map(|r| r.id.0).collect(),
            specimens: touched.iter().map(|t| t.specimen).collect(),
            finished: touched.iter().filter(|t| !open(t)).map(|t| t.specimen).collect(),
            report_follows: self.report_follows,
        };
        Ok(Decision::event(event, ()))
    }
}
