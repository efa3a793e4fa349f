//! Orders: the list, one of them, and placing one.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{TestId, views::Test};
use titer_lab::orders::{OrderId, Priority as Urgency, views as orders};
use titer_lab::patients::PatientId;
use titer_lab::reports::views as reports;
use titer_lab::results::{State as ResultState, views as results};
use titer_lab::specimens::{State as SpecimenState, views as specimens};
use titer_lab::ways;
use titer_lab::{Action, Actor, Catalog, Timestamp, patients, stories};
use titer_link::worklists::views::{self as worklists, SpecimenOrders};

use super::common::{Answer, Clock, accessed, order_number, priority, result_status, show, specimen_status, tube, who};
use super::patients::matched;
use crate::Web;
use crate::errors::{Problem, said};
use crate::pages::orders::{NewOrder, Offer, Order, OrderLine, OrderPatient, OrderedTest, Orders};
use crate::pages::{Choice, Mistake, Mistakes, Section, Status, Tone};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};
use crate::when;
use crate::words::Words;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get("/orders", Need::May(Action::SeePatients), list)
        .get("/orders/new", Need::May(Action::PlaceOrders), new)
        .post("/orders/new", Need::May(Action::PlaceOrders), placed)
        .get("/orders/{id}", Need::May(Action::SeePatients), one)
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn list(State(web): State<Arc<Web>>, reader: Reader, Query(asked): Query<Before>) -> Answer {
    let lab = web.lab.clone();
    let (all, catalog) = web
        .lab
        .read(move |s| {
            let mut all = Vec::new();
            for order in orders::orders(s, asked.before.map(OrderId))? {
                all.push(Ordered::read(s, order)?);
            }
            Ok((all, lab.catalog(s)?))
        })
        .await?;
    let clock = Clock::of(&web).await?;
    let older = match all.last() {
        Some(last) if all.len() as i64 == orders::PAGE => format!("/orders?before={}", last.order.id),
        _ => String::new(),
    };
    let lines = all.iter().map(|o| o.line(&catalog, &clock)).collect();
    show(Orders { page: reader.page(&web, Some(Section::Orders)).await?, lines, older })
}

/// An order with what belongs to it.
struct Ordered {
    order: orders::Order,
    requests: Vec<orders::Request>,
    tubes: Vec<(specimens::Specimen, Vec<results::LabResult>)>,
    reported: Option<reports::Report>,
    /// By specimen, which analysers were told of it.
    told: HashMap<i64, Vec<SpecimenOrders>>,
    /// The names of those who cancelled.
    cancellers: HashMap<Actor, String>,
}

impl Ordered {
    fn read(s: &mut dyn titer_store::Read, order: orders::Order) -> Result<Self, titer_lab::Failure> {
        let requests = orders::requests(s, order.id)?;
        let mut tubes = Vec::new();
        for specimen in specimens::of_order(s, order.id)? {
            let results = results::of_specimen(s, specimen.id)?;
            tubes.push((specimen, results));
        }
        let reported = reports::of_order(s, order.id)?.into_iter().next();
        Ok(Ordered { order, requests, tubes, reported, told: HashMap::new(), cancellers: HashMap::new() })
    }

    /// As [`Ordered::read`], with what its own page shows beside.
    fn read_whole(s: &mut dyn titer_store::Read, order: orders::Order) -> Result<Self, titer_lab::Failure> {
        let mut ordered = Self::read(s, order)?;
        for (specimen, _) in &ordered.tubes {
            ordered.told.insert(specimen.id.0, worklists::of_specimen(s, specimen.id)?);
        }
        for by in ordered.requests.iter().filter_map(|r| r.cancelled.as_ref()).map(|c| c.by) {
            ordered.cancellers.insert(by, who(s, by)?);
        }
        Ok(ordered)
    }

    /// The result of a request that stands.
    fn standing(&self, request: &orders::Request) -> Option<&results::LabResult> {
        let all = self.tubes.iter().filter(|(s, _)| s.specimen_type == request.specimen_type);
        all.flat_map(|(_, r)| r).rev().find(|x| x.analyte == request.analyte && x.state != ResultState::Repeat)
    }

    /// Whether something is asked for that has no result.
    fn open(&self) -> bool {
        self.requests.iter().any(|r| r.cancelled.is_none() && self.standing(r).is_none())
    }

    /// Where the whole order stands.
    fn status(&self) -> Status {
        let all = || self.tubes.iter().flat_map(|(_, r)| r);
        if let Some(report) = &self.reported {
            return if report.complete && !self.open() { Status::Final } else { Status::Preliminary };
        }
        if self.requests.iter().all(|r| r.cancelled.is_some()) {
            return Status::Cancelled;
        }
        if all().next().is_some() {
            return Status::InProgress;
        }
        let any = |state| self.tubes.iter().any(|(s, _)| s.state == state);
        if any(SpecimenState::Received) {
            Status::Received
        } else if any(SpecimenState::Rejected) && !any(SpecimenState::Expected) {
            Status::Rejected
        } else if any(SpecimenState::Discarded) && !any(SpecimenState::Expected) {
            Status::Discarded
        } else if self.order.collected_at.is_some() {
            Status::Collected
        } else {
            Status::Ordered
        }
    }

    fn tests(&self, catalog: &Catalog) -> String {
        let mut tests: Vec<TestId> = self.requests.iter().map(|r| r.test).collect();
        tests.dedup();
        tests.iter().filter_map(|t| catalog.test(*t)).map(|t| t.name.clone()).collect::<Vec<_>>().join(", ")
    }

    fn line(&self, catalog: &Catalog, clock: &Clock) -> OrderLine {
        OrderLine {
            href: format!("/orders/{}", self.order.id),
            number: order_number(self.order.id),
            patient: clock.name(&self.order.patient),
            tests: self.tests(catalog),
            priority: priority(self.order.priority),
            tubes: self.tubes.iter().map(|(s, _)| tube(s)).collect(),
            requester: self.order.requester.clone(),
            placed: clock.at(self.order.placed_at),
            status: self.status(),
        }
    }

    /// The analytes that were asked for, each with its tube. `may`: whether the reader may cancel.
    fn ordered_tests(&self, catalog: &Catalog, clock: &Clock, may: bool) -> Vec<OrderedTest> {
        let specimens: Vec<specimens::Specimen> = self.tubes.iter().map(|(s, _)| s.clone()).collect();
        let test = |r: &orders::Request| {
            let mut of_type = specimens.iter().filter(|s| s.specimen_type == r.specimen_type);
            let found = specimens::usable(&specimens, r.specimen_type).or_else(|| of_type.next_back());
            let current = self.standing(r);
            let status = match (current, found) {
                (Some(result), _) => result_status(result),
                (None, _) if r.cancelled.is_some() => Status::Cancelled,
                (None, Some(s)) => specimen_status(s),
                (None, None) => Status::Ordered,
            };
            let open = may && current.is_none() && r.cancelled.is_none();
            OrderedTest {
                name: catalog.analyte(r.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone()),
                tube: found.map(tube).unwrap_or_default(),
                specimen: catalog.specimen_type(r.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
                collected: clock.maybe(found.and_then(|s| s.collected_at)),
                received: clock.maybe(found.and_then(|s| s.received_at)),
                status,
                mark: if open { r.id.to_string() } else { String::new() },
                cancelled: r.cancelled.as_ref().map(|c| self.cancelled(c, clock)).unwrap_or_default(),
                sent: found.map(|s| self.sent(s, r, clock)).unwrap_or_default(),
            }
        };
        self.requests.iter().map(test).collect()
    }

    fn cancelled(&self, cancelled: &orders::Cancelled, clock: &Clock) -> String {
        let name = self.cancellers.get(&cancelled.by).cloned().unwrap_or_default();
        let at = clock.at(cancelled.at).words;
        let key = if cancelled.why.is_empty() { "orders-cancelled-erased" } else { "orders-cancelled" };
        Words::english().tell(key, &[("name", &name), ("at", &at), ("why", &cancelled.why)])
    }

    /// Which analysers were told of a request, and when they were told last of its tube.
    fn sent(&self, specimen: &specimens::Specimen, request: &orders::Request, clock: &Clock) -> Vec<String> {
        let told = self.told.get(&specimen.id.0).into_iter().flatten();
        told.filter(|of| of.tests.iter().any(|t| t.analyte == request.analyte))
            .map(|of| Words::english().tell("orders-sent-to", &[("link", &of.link), ("at", &clock.at(of.at).words)]))
            .collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

async fn one(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Query(asked): Query<Done>) -> Answer {
    let mut page = shown(&web, &reader, id, "", Mistakes::default()).await?;
    if ["orders-added", "orders-cancelled-done"].contains(&asked.done.as_str()) {
        page.page.notice = notice(Tone::Calm, web.words.t(&asked.done));
    }
    show(page)
}

/// The page of one order, with a reason to cancel as typed, and what was wrong.
pub async fn shown(web: &Web, reader: &Reader, id: i64, reason: &str, mistakes: Mistakes) -> Result<Order, Problem> {
    let lab = web.lab.clone();
    let found = web
        .lab
        .read(move |s| {
            let Some(order) = orders::order(s, OrderId(id))? else { return Ok(None) };
            let story = stories::story(s, id)?;
            let by = story.first().map_or(Actor::Console, |t| t.header.actor);
            let by = who(s, by)?;
            Ok(Some((Ordered::read_whole(s, order)?, by, lab.catalog(s)?)))
        })
        .await?;
    let Some((ordered, placed_by, catalog)) = found else { return Err(Problem::Missing) };
    accessed(reader, "order", id);
    let clock = Clock::of(web).await?;
    let may = reader.may(Action::PlaceOrders);
    Ok(Order {
        page: reader.page(web, Some(Section::Orders)).await?,
        patient: clock.banner(&ordered.order.patient, &ordered.order.requester, ""),
        number: order_number(ordered.order.id),
        priority: priority(ordered.order.priority),
        status: ordered.status(),
        requester: ordered.order.requester.clone(),
        placed: clock.at(ordered.order.placed_at),
        placed_by,
        tests: ordered.ordered_tests(&catalog, &clock, may),
        report: ordered.reported.as_ref().map(|r| format!("/reports/{}", r.order)).unwrap_or_default(),
        id: id.to_string(),
        addable: may,
        reason: reason.to_owned(),
        mistakes,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Whom {
    patient: Option<i64>,
    find: String,
}

async fn new(State(web): State<Arc<Web>>, reader: Reader, Query(whom): Query<Whom>) -> Answer {
    if let Some(patient) = whom.patient {
        let given = Given { patient, priority: Urgency::Routine.code().to_owned(), ..Given::default() };
        return show(form(&web, &reader, &given, Mistakes::default()).await?);
    }
    let asked = whom.find.trim().to_owned();
    let words = asked.clone();
    let found = web.lab.read(move |s| Ok(patients::views::search(s, &words)?)).await?;
    let clock = Clock::of(&web).await?;
    show(OrderPatient {
        page: reader.page(&web, Some(Section::Orders)).await?,
        asked,
        more: found.len() >= patients::views::FOUND_MAX,
        matches: found.iter().map(|p| matched(p, &clock)).collect(),
    })
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    patient: i64,
    test: Vec<i64>,
    priority: String,
    collected: String,
    tube: String,
    requester: String,
}

async fn form(web: &Web, reader: &Reader, given: &Given, mistakes: Mistakes) -> Result<NewOrder, Problem> {
    let lab = web.lab.clone();
    let id = PatientId(given.patient);
    let (patient, catalog) = web.lab.read(move |s| Ok((patients::views::patient(s, id)?, lab.catalog(s)?))).await?;
    let patient = patient.ok_or(Problem::Missing)?;
    let clock = Clock::of(web).await?;
    let chosen = |p: &Urgency| Choice {
        value: p.code().to_owned(),
        label: web.words.t(priority(*p).key()),
        hint: String::new(),
        chosen: given.priority == p.code(),
    };
    Ok(NewOrder {
        page: reader.page(web, Some(Section::Orders)).await?,
        patient: clock.banner(&patient, "", ""),
        patient_id: patient.id.to_string(),
        offers: offers(&catalog, &given.test, |_| true),
        priorities: Urgency::ALL.iter().rev().map(chosen).collect(),
        collected: given.collected.clone(),
        tube: given.tube.clone(),
        requester: given.requester.clone(),
        mistakes,
    })
}

/// The orderable tests by specimen type, those that are offered: panels first, then by name.
pub fn offers(catalog: &Catalog, chosen: &[i64], offered: impl Fn(&Test) -> bool) -> Vec<Offer> {
    let mut by_type: HashMap<i64, Vec<(bool, Choice)>> = HashMap::new();
    for test in catalog.tests().iter().filter(|t| offered(t)) {
        let names =
            test.analytes.iter().filter_map(|a| catalog.analyte(*a)).map(|a| a.short.clone()).collect::<Vec<_>>();
        let single = names.len() < 2;
        let choice = Choice {
            value: test.id.to_string(),
            label: test.name.clone(),
            hint: if single { String::new() } else { names.join(", ") },
            chosen: chosen.contains(&test.id.0),
        };
        by_type.entry(test.specimen_type.0).or_default().push((single, choice));
    }
    let mut offers: Vec<(i64, Offer)> = by_type
        .into_iter()
        .map(|(id, mut tests)| {
            tests.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.label.cmp(&y.label)));
            let specimen = catalog.specimen_type(titer_lab::catalog::SpecimenTypeId(id));
            let specimen = specimen.map(|t| format!("{} · {}", t.name, t.container)).unwrap_or_default();
            (id, Offer { specimen, tests: tests.into_iter().map(|(_, c)| c).collect() })
        })
        .collect();
    offers.sort_by_key(|(id, _)| *id);
    offers.into_iter().map(|(_, offer)| offer).collect()
}

async fn placed(State(web): State<Arc<Web>>, reader: Reader, Form(given): Form<Given>) -> Answer {
    let order = match understood(&web, &given).await? {
        Ok(order) => order,
        Err(mistake) => return again(&web, &reader, &given, mistake).await,
    };
    match web.lab.submit(reader.actor(), None, move |tx| ways::place(tx, order)).await {
        Ok((order, _)) => Ok(Redirect::to(&format!("/orders/{order}")).into_response()),
        Err(failure) => {
            let field = match &failure {
                titer_lab::Failure::Refused(r) if r.code.starts_with("specimens-") || r.code.starts_with("text-") => {
                    "tube"
                }
                titer_lab::Failure::Refused(r) if r.code == "orders-collected-in-future" => "collected",
                _ => "tests",
            };
            again(&web, &reader, &given, Mistake { field, text: said(failure)? }).await
        }
    }
}

/// The form as the laboratory understands it, or what is wrong with it.
async fn understood(web: &Web, given: &Given) -> Result<Result<ways::NewOrder, Mistake>, Problem> {
    let mistake = |field, key: &str| Ok(Err(Mistake { field, text: web.words.t(key) }));
    let Some(priority) = Urgency::from_code(&given.priority) else {
        return mistake("priority", "orders-priority-missing");
    };
    if given.test.is_empty() {
        return mistake("tests", "orders-tests-missing");
    }
    let clock = Clock::of(web).await?;
    let collected = given.collected.trim();
    let collected_at = when::parse_minute(collected, clock.now, &clock.zone).map(Timestamp::from_micros);
    if collected_at.is_none() && !collected.is_empty() {
        return mistake("collected", "orders-collected-unreadable");
    }
    Ok(Ok(ways::NewOrder {
        patient: PatientId(given.patient),
        tests: given.test.iter().map(|t| TestId(*t)).collect(),
        priority,
        requester: given.requester.clone(),
        collected_at,
        barcode: Some(given.tube.trim().to_owned()).filter(|t| !t.is_empty()),
    }))
}

async fn again(web: &Web, reader: &Reader, given: &Given, mistake: Mistake) -> Answer {
    let form = form(web, reader, given, Mistakes(vec![mistake])).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show(form)?).into_response())
}
