//! What analysers are told to measure: on the page of a link, of a message, of a specimen.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Action, Catalog, Failure};
use titer_link::Dialect;
use titer_link::dialect::OrderMode;
use titer_link::links::{LinkId, views::Link};
use titer_link::worklists::commands::ResendOrders;
use titer_link::worklists::entries::WorklistEntry;
use titer_link::worklists::scan;
use titer_link::worklists::views::{self as worklists, AcknowledgedTest, OrderMessage, SpecimenOrders, Undelivered};
use titer_store::{PLACES, Read};

use super::common::{Answer, Clock};
use crate::Web;
use crate::pages::link_orders::{FailedLine, LinkOrders, OrdersLine, SentLine};
use crate::pages::{Fact, Tube};
use crate::permit::{Need, Routes};
use crate::reader::Reader;
use crate::words::Words;

/// Acknowledged messages on a link's page.
const SHOWN_MAX: i64 = 20;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.post("/admin/links/{id}/again", Need::May(Action::ResolveMessages), again)
}

#[derive(Deserialize)]
struct Again {
    specimen: i64,
}

async fn again(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(given): Form<Again>) -> Answer {
    let send = ResendOrders { link: LinkId(id), specimen: SpecimenId(given.specimen) };
    web.lab.submit(reader.actor(), None, move |tx| tx.run(send)).await?;
    Ok(Redirect::to(&format!("/admin/links/{id}")).into_response())
}

/// What a link's analyser is told; what waits, what failed, what was taken.
pub struct LinkTold {
    mode: OrderMode,
    waiting: Vec<WorklistEntry>,
    more: bool,
    failed: Vec<Undelivered>,
    sent: Vec<OrderMessage>,
}

impl LinkTold {
    /// Reads it; none when the link's dialect takes no orders.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn read(s: &mut dyn Read, link: &Link) -> Result<Option<Self>, Failure> {
        let Some(order) = Dialect::named(&link.dialect).ok().and_then(|d| d.order) else { return Ok(None) };
        let (waiting, more) = scan::pending(s, link)?;
        let (failed, sent) = (worklists::undelivered(s, link.id)?, worklists::of_link(s, link.id, SHOWN_MAX)?);
        Ok(Some(LinkTold { mode: order.when, waiting, more, failed, sent }))
    }

    /// As the link's page shows it.
    pub fn shown(&self, reader: &Reader, clock: &Clock) -> LinkOrders {
        let words = Words::english();
        let when = match self.mode {
            OrderMode::Query => "links-orders-when-asked",
            OrderMode::Broadcast => "links-orders-when-received",
        };
        let waiting = |entry: &WorklistEntry| {
            let codes: Vec<String> = entry.tests.iter().map(|c| c.code.clone()).collect();
            OrdersLine {
                tube: tube(entry.specimen.0, &entry.barcode),
                what: said(entry.action.code(), &entry.barcode, &codes.join(", ")),
            }
        };
        let failed = |f: &Undelivered| FailedLine {
            tube: tube(f.specimen.0, &f.barcode),
            at: clock.at(f.at),
            failure: f.failure.clone(),
            next: match (f.next_at, self.mode) {
                (Some(at), _) => words.tell("links-orders-next-at", &[("at", &clock.at(at).words)]),
                (None, OrderMode::Query) => words.t("links-orders-next-asked"),
                (None, OrderMode::Broadcast) => words.t("links-orders-next-person"),
            },
            again: match self.mode {
                OrderMode::Broadcast if reader.may(Action::ResolveMessages) => f.specimen.to_string(),
                _ => String::new(),
            },
        };
        LinkOrders {
            when: words.t(when),
            waiting: self.waiting.iter().map(waiting).collect(),
            more: self.more,
            failed: self.failed.iter().map(failed).collect(),
            sent: self.sent.iter().map(|a| sent_line(a, clock)).collect(),
        }
    }
}

fn tube(specimen: i64, barcode: &str) -> Tube {
    Tube { href: format!("/specimens/{specimen}"), number: barcode.to_owned() }
}

fn said(action: &str, barcode: &str, tests: &str) -> String {
    Words::english().tell(&format!("links-orders-{action}"), &[("tube", &barcode), ("tests", &tests)])
}

/// What an acknowledged message said of each tube, in words.
fn sentences(message: &OrderMessage) -> Vec<String> {
    let words = Words::english();
    let mut all = Vec::new();
    for entry in &message.entries {
        all.push(said(entry.action.code(), &entry.barcode, &entry.codes.join(", ")));
    }
    for no_order in &message.no_orders {
        let why = words.t(&format!("nothing-{}", no_order.reason.code()));
        all.push(words.tell("links-orders-nothing", &[("tube", &no_order.barcode), ("why", &why)]));
    }
    if let Some(left) = usize::try_from(message.left_out).ok().filter(|left| *left > 0) {
        all.push(words.tell("links-orders-left", &[("count", &left)]));
    }
    all
}

fn sent_line(message: &OrderMessage, clock: &Clock) -> SentLine {
    let query = message.query.map(|m| Tube { href: format!("/messages/{m}"), number: (m.0 / PLACES).to_string() });
    SentLine { at: clock.at(message.at), query: query.unwrap_or_default(), said: sentences(message) }
}

/// How a query was answered, for its message's page.
pub fn answered(answers: &[OrderMessage], clock: &Clock) -> Vec<Fact> {
    let words = Words::english();
    let fact = |a: &OrderMessage| Fact {
        label: words.t("messages-answered"),
        text: words.tell("messages-answered-at", &[("at", &clock.at(a.at).words), ("said", &sentences(a).join("; "))]),
    };
    answers.iter().map(fact).collect()
}

/// Which analysers were told of a specimen, for its page.
pub fn facts(orders: &[SpecimenOrders], catalog: &Catalog, clock: &Clock) -> Vec<Fact> {
    let words = Words::english();
    let fact = |of: &SpecimenOrders| {
        let short =
            |t: &AcknowledgedTest| catalog.analyte(t.analyte).map_or_else(|| t.code.clone(), |a| a.short.clone());
        let tests = of.tests.iter().map(short).collect::<Vec<_>>().join(", ");
        Fact {
            label: words.tell("specimen-sent", &[("link", &of.link)]),
            text: words.tell("specimen-sent-what", &[("tests", &tests), ("at", &clock.at(of.at).words)]),
        }
    };
    // If all tests were cancelled, the story says so.
    orders.iter().filter(|of| !of.tests.is_empty()).map(fact).collect()
}
