//! What may be asked about orders.

use titer_store::{Read, Timestamp};

use super::{
    OrderId, Priority, RequestId,
    events::{Placed, Request, RequestsCancelled, TestsAdded},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal, Tx,
    catalog::{AnalyteId, SpecimenTypeId, TestId},
    patients::{PatientId, views as patients},
    refuse,
    reports::{commands::ReviseReport, views as reports},
    results::{State as ResultState, views as results},
    specimens::{self, SpecimenId, commands::ExpectSpecimens, views::Specimen},
    text,
};

/// The most analytes in one order.
pub const REQUESTS_MAX: usize = 200;

/// Place an order.
pub struct PlaceOrder {
    /// For whom.
    pub patient: PatientId,
    /// What is ordered.
    pub tests: Vec<TestId>,
    /// How urgently.
    pub priority: Priority,
    /// Who asks, and where the report goes.
    pub requester: String,
    /// When the specimen was collected; none when it is still to be.
    pub collected_at: Option<Timestamp>,
}

impl Command for PlaceOrder {
    /// The order, and the specimen types that it needs.
    type Answer = (OrderId, Vec<SpecimenTypeId>);
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        if patients::patient(read, self.patient)?.is_none() {
            return refuse("patients-unknown");
        }
        if self.tests.is_empty() {
            return refuse("orders-no-tests");
        }
        if self.collected_at.is_some_and(|c| c > ctx.at) {
            return refuse("orders-collected-in-future");
        }
        let (requests, types) = asked(ctx, &self.tests, &[])?;
        if requests.len() > REQUESTS_MAX {
            return Err(Refusal::new("orders-too-many-tests").with("limit", REQUESTS_MAX).into());
        }
        let placed = Placed {
            patient: self.patient.0,
            priority: self.priority.rank(),
            requester: text::optional(&self.requester, "requester")?,
            collected_at: self.collected_at.map(Timestamp::micros),
            requests,
        };
        Ok(Decision::event(placed, (OrderId(ctx.id(0)), types)))
    }
}

/// What these tests ask for, each analyte once and none of those `known`; and the specimen types that it needs.
fn asked(ctx: &Ctx, tests: &[TestId], known: &[AnalyteId]) -> Result<(Vec<Request>, Vec<SpecimenTypeId>), Failure> {
    let (mut requests, mut types): (Vec<Request>, Vec<SpecimenTypeId>) = (Vec::new(), Vec::new());
    for id in tests {
        let test = ctx.catalog.test(*id).ok_or_else(|| Refusal::new("orders-test-unknown").with("test", id))?;
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

/// Places an order and makes its tubes: one for each specimen type. `barcode` is that of a label already on the tube; it can be
/// given when the order needs one tube only.
///
/// # Errors
/// As the two commands refuse.
pub fn place(
    tx: &mut Tx<'_, '_>,
    order: PlaceOrder,
    barcode: Option<String>,
) -> Result<(OrderId, Vec<SpecimenId>), Failure> {
    let collected_at = order.collected_at;
    let (order, types) = tx.run(order)?;
    let specimens = tx.run(ExpectSpecimens { order, types, collected_at, barcode })?;
    Ok((order, specimens))
}

/// Add tests to an order. What is asked for already is not asked for twice; what was cancelled stands again.
pub struct AddTests {
    /// The order.
    pub order: OrderId,
    /// What is added.
    pub tests: Vec<TestId>,
}

impl Command for AddTests {
    /// The specimen types of which there is no specimen that is received or still to come.
    type Answer = Vec<SpecimenTypeId>;
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        let Some(order) = views::order(read, self.order)? else { return refuse("orders-unknown") };
        let before = views::requests(read, self.order)?;
        let standing: Vec<AnalyteId> = before.iter().filter(|r| r.cancelled.is_none()).map(|r| r.analyte).collect();
        let (mut requests, types) = asked(ctx, &self.tests, &standing)?;
        if requests.is_empty() {
            return refuse("orders-nothing-added");
        }
        // A cancelled request stands again as it was: in the specimen type that it was asked for in.
        let again: Vec<_> =
            before.iter().filter(|b| requests.iter().any(|r| r.analyte == b.analyte.0)).cloned().collect();
        requests.retain(|r| !again.iter().any(|b| r.analyte == b.analyte.0));
        if before.len() + requests.len() > REQUESTS_MAX {
            return Err(Refusal::new("orders-too-many-tests").with("limit", REQUESTS_MAX).into());
        }
        let types: Vec<SpecimenTypeId> = types
            .into_iter()
            .filter(|t| requests.iter().any(|r| r.specimen_type == t.0))
            .chain(again.iter().map(|b| b.specimen_type))
            .collect();
        let specimens = specimens::views::of_order(read, self.order)?;
        let (mut expected, mut received, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for specimen_type in types {
            match usable(&specimens, specimen_type) {
                Some(s) if s.state == specimens::State::Received => received.push(s.id.0),
                Some(s) => expected.push(s.id.0),
                None => missing.push(specimen_type),
            }
        }
        for list in [&mut expected, &mut received] {
            list.sort_unstable();
            list.dedup();
        }
        missing.sort();
        missing.dedup();
        let added = TestsAdded {
            order: self.order.0,
            patient: order.patient.id.0,
            priority: order.priority.rank(),
            requests,
            again: again.iter().map(|b| b.id.0).collect(),
            expected,
            received,
        };
        Ok(Decision::event(added, missing))
    }
}

/// The specimen of an order that tests in this specimen type are done from: one that is here, or else one that is to come.
#[must_use]
pub fn usable(specimens: &[Specimen], specimen_type: SpecimenTypeId) -> Option<&Specimen> {
    let in_state = |state| specimens.iter().rev().find(move |s| s.specimen_type == specimen_type && s.state == state);
    in_state(specimens::State::Received).or_else(|| in_state(specimens::State::Expected))
}

/// Adds tests to an order, and expects a specimen of each type of which there is none to do them from.
///
/// # Errors
/// As the two commands refuse.
pub fn add_tests(tx: &mut Tx<'_, '_>, tests: AddTests) -> Result<Vec<SpecimenId>, Failure> {
    let order = tests.order;
    let types = tx.run(tests)?;
    if types.is_empty() {
        return Ok(Vec::new());
    }
    tx.run(ExpectSpecimens { order, types, collected_at: None, barcode: None })
}

/// Cancel requests that have no result. The reason is that of the submission.
pub struct CancelRequests {
    /// The order.
    pub order: OrderId,
    /// Which of its requests.
    pub requests: Vec<RequestId>,
}

impl Command for CancelRequests {
    type Answer = ();
    const ACTION: Action = Action::PlaceOrders;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if views::order(read, self.order)?.is_none() {
            return refuse("orders-unknown");
        }
        if ctx.why.as_deref().is_none_or(|w| w.trim().is_empty()) {
            return refuse("orders-cancellation-needs-reason");
        }
        text::optional(ctx.why.as_deref().unwrap_or_default(), "reason")?;
        let all = views::requests(read, self.order)?;
        let (cancelled, left): (Vec<_>, Vec<_>) =
            all.iter().filter(|r| r.cancelled.is_none()).partition(|r| self.requests.contains(&r.id));
        if cancelled.is_empty() || self.requests.iter().any(|id| !cancelled.iter().any(|r| r.id == *id)) {
            return refuse("orders-requests-changed");
        }
        let specimens = specimens::views::of_order(read, self.order)?;
        let mut standing = Vec::new();
        for specimen in &specimens {
            let results = results::of_specimen(read, specimen.id)?;
            standing.extend(results.into_iter().filter(|r| r.state != ResultState::Repeat).map(|r| r.analyte));
        }
        if let Some(request) = cancelled.iter().find(|r| standing.contains(&r.analyte)) {
            let name = ctx.catalog.analyte(request.analyte).map(|a| a.name.clone()).unwrap_or_default();
            return Err(Refusal::new("orders-has-result").with("test", name).into());
        }
        let touched: Vec<&Specimen> =
            specimens.iter().filter(|s| cancelled.iter().any(|r| r.specimen_type == s.specimen_type)).collect();
        let open =
            |s: &&&Specimen| left.iter().any(|r| r.specimen_type == s.specimen_type && !standing.contains(&r.analyte));
        let event = RequestsCancelled {
            order: self.order.0,
            requests: cancelled.iter().map(|r| r.id.0).collect(),
            specimens: touched.iter().map(|s| s.id.0).collect(),
            finished: touched.iter().filter(|s| !open(s)).map(|s| s.id.0).collect(),
        };
        Ok(Decision::event(event, ()))
    }
}

/// Cancels requests. A report that says that they are outstanding is followed by one that does not.
///
/// # Errors
/// As the commands refuse.
pub fn cancel(tx: &mut Tx<'_, '_>, requests: CancelRequests) -> Result<(), Failure> {
    let order = requests.order;
    tx.run(requests)?;
    match reports::of_order(tx, order)?.first() {
        Some(last) if !last.complete => tx.run(ReviseReport { order }).map(|_| ()),
        _ => Ok(()),
    }
}
