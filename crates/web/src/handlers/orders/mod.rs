//! Orders: the list, one of them, and placing one.

mod requests;

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::{TestId, views::Test};
use titer_lab::orders::{OrderId, Priority as Urgency, views as orders};
use titer_lab::patients::PatientId;
use titer_lab::reports::outcome::{Outcome, outcome};
use titer_lab::reports::views as reports;
use titer_lab::results::{ResultId, State as ResultState, disputed, views as results};
use titer_lab::specimens::{State as SpecimenState, views as specimens};
use titer_lab::{Action, Actor, Catalog, Failure, Reflexes, Timestamp, Tx, forms, jobs, patients, stories, text, ways};
use titer_link::worklists::views::{self as worklists, SpecimenOrders};
use titer_shell::errors::{Problem, said};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{
    Answer, accessed, again, asked, banner, fresh, is_stale, leads_to, moment, name, order_number, priority,
    result_status, show, specimen_status, tube, who,
};
use super::patients::matched;
use super::reflex::added_by;
use crate::pages::orders::{NewOrder, Offer, Order, OrderLine, OrderPatient, OrderedTest, Orders};
use crate::pages::{Choice, Mistake, Mistakes, Seen, Status};
use crate::sections::ORDERS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let routes = routes
        .get(paths::ORDERS, Need::May(Action::SeePatients), list)
        .get(paths::ORDER_NEW, Need::May(Action::PlaceOrders), new)
        .post(paths::ORDER_NEW, Need::May(Action::PlaceOrders), placed)
        .get(paths::ORDER, Need::May(Action::SeePatients), one);
    requests::add(routes)
}

#[derive(Deserialize)]
struct Before {
    before: Option<i64>,
}

async fn list(reader: Reader, Query(asked): Query<Before>) -> Answer {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let mut all = Vec::new();
        for order in orders::orders(s, asked.before.map(OrderId))? {
            all.push(Ordered::read(s, order)?);
        }
        let catalog = frame.catalog(s)?;
        let older = match all.last() {
            Some(last) if all.len() as i64 == orders::PAGE => {
                format!("{}?before={}", frame.to(paths::ORDERS), last.order.id)
            }
            _ => String::new(),
        };
        Ok(Orders {
            page: frame.page(),
            placeable: frame.may(Action::PlaceOrders),
            lines: all.iter().map(|o| o.line(&catalog, frame)).collect(),
            older,
        })
    });
    show(page.await?)
}

/// Where an order stands, for a list of what was found.
///
/// # Errors
/// When the laboratory does not answer.
pub fn status(s: &mut dyn Read, order: &orders::Order) -> Result<Status, Failure> {
    Ok(status_of(&reports::stands(s, order.id)?, order.collected_at))
}

fn status_of(stands: &reports::Stands, collected_at: Option<Timestamp>) -> Status {
    let any = |state| stands.tubes.contains(&state);
    match stands.reported {
        Some(_) if stands.disputed => Status::CorrectionOpen,
        Some(complete) if complete && !stands.follows() => Status::Final,
        Some(_) => Status::Preliminary,
        None if stands.cancelled => Status::Cancelled,
        None if stands.measured => Status::InProgress,
        None if any(SpecimenState::Received) => Status::Received,
        None if any(SpecimenState::Rejected) && !any(SpecimenState::Expected) => Status::Rejected,
        None if any(SpecimenState::Discarded) && !any(SpecimenState::Expected) => Status::Discarded,
        None if collected_at.is_some() => Status::Collected,
        None => Status::Ordered,
    }
}

/// An order with what belongs to it.
struct Ordered {
    order: orders::Order,
    requests: Vec<orders::Request>,
    tubes: Vec<(specimens::Specimen, Vec<results::LabResult>)>,
    stands: reports::Stands,
    /// Its verified results that a value contradicts, undecided.
    disputed: Vec<ResultId>,
    /// By specimen, the orders that analyzers acknowledged.
    acknowledged: HashMap<i64, Vec<SpecimenOrders>>,
    /// The names of those who cancelled.
    cancellers: HashMap<Actor, String>,
    /// The rules that may have asked for tests.
    reflexes: Arc<Reflexes>,
}

impl Ordered {
    fn read(s: &mut dyn Read, order: orders::Order) -> Result<Self, Failure> {
        let requests = orders::requests(s, order.id)?;
        let mut tubes = Vec::new();
        for specimen in specimens::of_order(s, order.id)? {
            let results = results::of_specimen(s, specimen.id)?;
            tubes.push((specimen, results));
        }
        let stands = reports::stands(s, order.id)?;
        let disputed = if stands.disputed { disputed::of_order(s, order.id)? } else { Vec::new() };
        Ok(Ordered {
            order,
            requests,
            tubes,
            stands,
            disputed,
            acknowledged: HashMap::new(),
            cancellers: HashMap::new(),
            reflexes: Arc::default(),
        })
    }

    /// As [`Ordered::read`], with what its own page shows beside.
    fn read_whole(s: &mut dyn Read, frame: &Frame, order: orders::Order) -> Result<Self, Failure> {
        let mut ordered = Self::read(s, order)?;
        for (specimen, _) in &ordered.tubes {
            ordered.acknowledged.insert(specimen.id.0, worklists::of_specimen(s, specimen.id)?);
        }
        for by in ordered.requests.iter().filter_map(|r| r.cancelled.as_ref()).map(|c| c.by) {
            ordered.cancellers.insert(by, who(frame.words, s, by)?);
        }
        ordered.reflexes = frame.in_force(s)?.reflexes.clone();
        Ok(ordered)
    }

    /// The result of a request that stands.
    fn standing(&self, request: &orders::Request) -> Option<&results::LabResult> {
        let all = self.tubes.iter().filter(|(s, _)| s.specimen_type == request.specimen_type);
        all.flat_map(|(_, r)| r).rev().find(|x| x.analyte == request.analyte && x.state != ResultState::Repeat)
    }

    fn specimens(&self) -> Vec<specimens::Specimen> {
        self.tubes.iter().map(|(s, _)| s.clone()).collect()
    }

    /// Whether something that is asked for was lost with its tube.
    fn lost(&self) -> bool {
        let (specimens, without) = (self.specimens(), |r: &&orders::Request| self.standing(r).is_none());
        let lost = |r: &orders::Request| matches!(outcome(r, &specimens, &[]), Outcome::NotMeasured { .. });
        self.requests.iter().filter(without).any(lost)
    }

    fn tests(&self, catalog: &Catalog) -> String {
        let mut tests: Vec<TestId> = self.requests.iter().map(|r| r.test).collect();
        tests.dedup();
        tests.iter().filter_map(|t| catalog.test(*t)).map(|t| t.name.clone()).collect::<Vec<_>>().join(", ")
    }

    fn line(&self, catalog: &Catalog, frame: &Frame) -> OrderLine {
        OrderLine {
            href: frame.to(paths::ORDER.of(self.order.id)),
            number: order_number(self.order.id),
            patient: name(frame, &self.order.patient),
            tests: self.tests(catalog),
            priority: priority(self.order.priority),
            tubes: self.tubes.iter().map(|(s, _)| tube(frame, s)).collect(),
            requester: self.order.requester.clone(),
            placed: frame.at(self.order.placed_at),
            status: status_of(&self.stands, self.order.collected_at),
        }
    }

    /// The analytes that were asked for, each with its tube. `may`: whether the reader may cancel.
    fn ordered_tests(&self, catalog: &Catalog, frame: &Frame, may: bool) -> Vec<OrderedTest> {
        let specimens = self.specimens();
        let test = |r: &orders::Request| {
            let mut of_type = specimens.iter().filter(|s| s.specimen_type == r.specimen_type);
            let found = specimens::usable(&specimens, r.specimen_type).or_else(|| of_type.next_back());
            let current = self.standing(r);
            let status = match (current, found) {
                (Some(result), _) => result_status(result, &self.disputed),
                (None, _) if r.cancelled.is_some() => Status::Cancelled,
                (None, Some(s)) => specimen_status(s),
                (None, None) => Status::Ordered,
            };
            let open = may && current.is_none() && r.cancelled.is_none();
            OrderedTest {
                name: catalog.analyte(r.analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone()),
                tube: found.map(|s| tube(frame, s)).unwrap_or_default(),
                specimen: catalog.specimen_type(r.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
                collected: frame.maybe(found.and_then(|s| s.collected_at)),
                received: frame.maybe(found.and_then(|s| s.received_at)),
                status,
                mark: if open { r.id.to_string() } else { String::new() },
                cancelled: r.cancelled.as_ref().map(|c| self.cancelled(c, frame)).unwrap_or_default(),
                sent: found.map(|s| self.sent(s, r, frame)).unwrap_or_default(),
                by_rule: added_by(frame, &self.reflexes, r).unwrap_or_default(),
            }
        };
        self.requests.iter().map(test).collect()
    }

    fn cancelled(&self, cancelled: &orders::Cancelled, frame: &Frame) -> String {
        let name = self.cancellers.get(&cancelled.by).cloned().unwrap_or_default();
        let at = frame.at(cancelled.at).words;
        let key = if cancelled.why.is_empty() { "orders-cancelled-erased" } else { "orders-cancelled" };
        frame.tell(key, &[("name", &name), ("at", &at), ("why", &cancelled.why)])
    }

    /// Which analyzers acknowledged a request, and when they last acknowledged orders of its tube.
    fn sent(&self, specimen: &specimens::Specimen, request: &orders::Request, frame: &Frame) -> Vec<String> {
        let acknowledged = self.acknowledged.get(&specimen.id.0).into_iter().flatten();
        acknowledged
            .filter(|of| of.tests.iter().any(|t| t.analyte == request.analyte))
            .map(|of| frame.tell("orders-sent-to", &[("link", &of.link), ("at", &frame.at(of.at).words)]))
            .collect()
    }
}

async fn one(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(shown(&reader, id, String::new(), Mistakes::default()).await?)
}

/// The page of one order, with a reason to cancel as typed, and what was wrong.
async fn shown(reader: &Reader, id: i64, reason: String, mistakes: Mistakes) -> Result<Order, Problem> {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let order = orders::order(s, OrderId(id))?.ok_or(Problem::Missing)?;
        accessed(&frame.reader, "order", id);
        let by = stories::story(s, id)?.first().map_or(Actor::Console, |t| t.header.actor);
        let (placed_by, ordered) = (who(frame.words, s, by)?, Ordered::read_whole(s, frame, order)?);
        let (may, catalog) = (frame.may(Action::PlaceOrders), frame.catalog(s)?);
        let report = ordered.stands.reported.map(|_| frame.to(paths::REPORT.of(ordered.order.id)));
        Ok(Order {
            page: frame.page(),
            patient: banner(frame, &ordered.order.patient, &ordered.order.requester, ""),
            number: order_number(ordered.order.id),
            priority: priority(ordered.order.priority),
            status: status_of(&ordered.stands, ordered.order.collected_at),
            requester: ordered.order.requester.clone(),
            placed: frame.at(ordered.order.placed_at),
            placed_by,
            tests: ordered.ordered_tests(&catalog, frame, may),
            report: report.unwrap_or_default(),
            id: id.to_string(),
            addable: may,
            again: may && ordered.lost(),
            failure: jobs::failure(s, id)?
                .map(|why| frame.tell("orders-report-failed", &[("why", &why)]))
                .unwrap_or_default(),
            reason,
            seen: Seen { version: stories::last_of(s, id, "orders")?, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Whom {
    patient: Option<i64>,
    find: String,
}

async fn new(reader: Reader, Query(whom): Query<Whom>) -> Answer {
    if let Some(patient) = whom.patient {
        let given = Given { patient, priority: Urgency::Routine.code().to_owned(), ..Given::default() };
        return show(form(&reader, &given, Mistakes::default()).await?);
    }
    let asked = whom.find.trim().to_owned();
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let found = patients::views::search(s, &asked)?;
        Ok(OrderPatient {
            page: frame.page(),
            asked,
            more: found.len() >= patients::views::FOUND_MAX,
            matches: found.iter().map(|p| matched(frame, p)).collect(),
        })
    });
    show(page.await?)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    patient: i64,
    test: Vec<i64>,
    priority: String,
    collected: String,
    /// Which time of collection the form asked about.
    confirmed: String,
    tube: String,
    requester: String,
    /// Which tests are looked for.
    find: String,
    /// Not empty: the list of tests is to be narrowed, and nothing is ordered yet.
    search: String,
    shown: i64,
}

async fn form(reader: &Reader, given: &Given, mistakes: Mistakes) -> Result<NewOrder, Problem> {
    let given = given.clone();
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let patient = patients::views::patient(s, PatientId(given.patient))?.ok_or(Problem::Missing)?;
        let catalog = frame.catalog(s)?;
        let chosen = |p: &Urgency| Choice {
            value: p.code().to_owned(),
            label: frame.t(priority(*p).key()),
            hint: String::new(),
            chosen: given.priority == p.code(),
        };
        Ok(NewOrder {
            page: frame.page(),
            patient: banner(frame, &patient, "", ""),
            patient_id: patient.id.to_string(),
            offers: offers(&catalog, &given.test, &given.find, |_| true),
            find: given.find,
            priorities: Urgency::ALL.iter().rev().map(chosen).collect(),
            collected: given.collected,
            tube: given.tube,
            requester: given.requester,
            confirmed: given.confirmed,
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}

/// The orderable tests by specimen type, those that are offered and looked for: panels first, then by name. What is chosen stays.
fn offers(catalog: &Catalog, chosen: &[i64], find: &str, offered: impl Fn(&Test) -> bool) -> Vec<Offer> {
    let words: Vec<String> = find.split_whitespace().map(text::key).collect();
    let mut by_type: HashMap<i64, Vec<(bool, Choice)>> = HashMap::new();
    for test in catalog.tests().iter().filter(|t| catalog.retired(t).is_none() && offered(t)) {
        let names =
            test.analytes.iter().filter_map(|a| catalog.analyte(*a)).map(|a| a.short.clone()).collect::<Vec<_>>();
        let single = names.len() < 2;
        let choice = Choice {
            value: test.id.to_string(),
            label: test.name.clone(),
            hint: if single { String::new() } else { names.join(", ") },
            chosen: chosen.contains(&test.id.0),
        };
        let said = text::key(&[test.name.as_str(), &names.join(" "), &test.key].join(" "));
        if !choice.chosen && !words.iter().all(|word| said.contains(word)) {
            continue;
        }
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

async fn placed(reader: Reader, Form(mut given): Form<Given>) -> Answer {
    if !given.search.is_empty() {
        return show(form(&reader, &given, Mistakes::default()).await?);
    }
    // Only the button narrows the list.
    given.find = String::new();
    let order = match understood(&reader, &given).await? {
        Ok(order) => order,
        Err(mistake) => return again(form(&reader, &given, Mistakes(vec![mistake])).await?),
    };
    // What was confirmed on the way says nothing of what is ordered.
    let unasked = Given { shown: 0, confirmed: String::new(), ..given.clone() };
    let (shown, confirmed, collected_at) = (given.shown, given.confirmed.clone(), order.collected_at);
    let place = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, shown, "order", &format!("{unasked:?}"), |tx| {
            let (order, _) = ways::place(tx, order)?;
            // Whatever is wrong is said before anything is asked.
            let now = tx.at();
            titer_lab::orders::commands::confirmed(tx, now, collected_at, &confirmed)?;
            Ok(order.0)
        })
    };
    match reader.submit(None, place).await {
        Ok(made) => Ok(leads_to(&reader, made, paths::ORDER.of(OrderId(made.id())))),
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            given.confirmed = asked(&failure);
            let mistakes = Mistakes::one(field(&failure), said(reader.words(), failure)?);
            again(form(&reader, &given, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let of = |name: &str| refusal.args.iter().any(|(arg, value)| *arg == "field" && value == name);
    match refusal.code {
        _ if of("requester") => "requester",
        code if code.starts_with("specimens-") || code.starts_with("text-") => "tube",
        code if code.starts_with("orders-collected-") => "collected",
        code if code.starts_with("orders-") => "tests",
        _ => "",
    }
}

/// The form as the laboratory understands it, or what is wrong with it.
async fn understood(reader: &Reader, given: &Given) -> Result<Result<ways::NewOrder, Mistake>, Problem> {
    let mistake = |field, key: &str| Ok(Err(Mistake { field, text: reader.t(key) }));
    let Some(priority) = Urgency::from_code(&given.priority) else {
        return mistake("priority", "orders-priority-missing");
    };
    if given.test.is_empty() {
        return mistake("tests", "orders-tests-missing");
    }
    let collected_at = match moment(reader, &given.collected).await? {
        Ok(at) => at,
        Err(text) => return Ok(Err(Mistake { field: "collected", text })),
    };
    Ok(Ok(ways::NewOrder {
        patient: PatientId(given.patient),
        tests: given.test.iter().map(|t| TestId(*t)).collect(),
        priority,
        requester: given.requester.clone(),
        collected_at,
        barcode: Some(given.tube.trim().to_owned()).filter(|t| !t.is_empty()),
    }))
}
