//! Worklists: the orders for analyzers, on the page of a link, of a message, of a specimen.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Action, Catalog, Failure};
use titer_link::Dialect;
use titer_link::dialect::OrderMode;
use titer_link::inbox::MessageId;
use titer_link::links::{LinkId, views::Link};
use titer_link::worklists::commands::ResendOrders;
use titer_link::worklists::entries::WorklistEntry;
use titer_link::worklists::scan;
use titer_link::worklists::views::{self as worklists, AcknowledgedTest, OrderMessage, SpecimenOrders, Undelivered};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::{PLACES, Read};

use super::common::Answer;
use crate::pages::worklists::{FailedLine, LinkOrders, OrdersLine, SentLine};
use crate::pages::{Fact, Tube};
use crate::{Web, paths};

/// Acknowledged messages on a link's page.
const SHOWN_MAX: i64 = 20;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.post(paths::LINK_AGAIN, Need::May(Action::ResolveMessages), again)
}

#[derive(Deserialize)]
struct Again {
    specimen: i64,
}

async fn again(reader: Reader, Path(id): Path<i64>, Form(given): Form<Again>) -> Answer {
    let send = ResendOrders { link: LinkId(id), specimen: SpecimenId(given.specimen) };
    reader.submit(None, move |tx| tx.run(send)).await?;
    Ok(reader.go(paths::LINK.of(id)))
}

/// The orders of a link: those to send, those that failed, those that the analyzer acknowledged.
pub struct Worklist {
    mode: OrderMode,
    waiting: Vec<WorklistEntry>,
    more: bool,
    failed: Vec<Undelivered>,
    sent: Vec<OrderMessage>,
}

impl Worklist {
    /// Reads it; none when the link's dialect takes no orders.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn read(s: &mut dyn Read, link: &Link) -> Result<Option<Self>, Failure> {
        let Some(order) = Dialect::named(&link.dialect).ok().and_then(|d| d.order) else { return Ok(None) };
        let (waiting, more) = scan::pending(s, link)?;
        let (failed, sent) = (worklists::undelivered(s, link.id)?, worklists::of_link(s, link.id, SHOWN_MAX)?);
        Ok(Some(Worklist { mode: order.when, waiting, more, failed, sent }))
    }

    /// As the link's page shows it.
    pub fn shown(&self, frame: &Frame) -> LinkOrders {
        let when = match self.mode {
            OrderMode::Query => "links-orders-when-asked",
            OrderMode::Broadcast => "links-orders-when-received",
        };
        let waiting = |entry: &WorklistEntry| {
            let codes: Vec<String> = entry.tests.iter().map(|c| c.code.clone()).collect();
            OrdersLine {
                tube: tube(frame, entry.specimen.0, &entry.barcode),
                what: said(frame, entry.action.code(), &entry.barcode, &codes.join(", ")),
            }
        };
        let failed = |f: &Undelivered| FailedLine {
            tube: tube(frame, f.specimen.0, &f.barcode),
            at: frame.at(f.at),
            failure: f.failure.clone(),
            next: match (f.next_at, self.mode) {
                (Some(at), _) => frame.tell("links-orders-next-at", &[("at", &frame.at(at).words)]),
                (None, OrderMode::Query) => frame.t("links-orders-next-asked"),
                (None, OrderMode::Broadcast) => frame.t("links-orders-next-person"),
            },
            again: match self.mode {
                OrderMode::Broadcast if frame.may(Action::ResolveMessages) => f.specimen.to_string(),
                _ => String::new(),
            },
        };
        LinkOrders {
            when: frame.t(when),
            waiting: self.waiting.iter().map(waiting).collect(),
            more: self.more,
            failed: self.failed.iter().map(failed).collect(),
            sent: self.sent.iter().map(|a| sent_line(a, frame)).collect(),
        }
    }
}

fn tube(frame: &Frame, specimen: i64, barcode: &str) -> Tube {
    Tube { href: frame.to(paths::SPECIMEN.of(specimen)), number: barcode.to_owned() }
}

fn said(frame: &Frame, action: &str, barcode: &str, tests: &str) -> String {
    frame.tell(&format!("links-orders-{action}"), &[("tube", &barcode), ("tests", &tests)])
}

/// What an acknowledged message said of each tube, in words.
fn sentences(frame: &Frame, message: &OrderMessage) -> Vec<String> {
    let mut all = Vec::new();
    for entry in &message.entries {
        all.push(said(frame, entry.action.code(), &entry.barcode, &entry.codes.join(", ")));
    }
    for no_order in &message.no_orders {
        let why = frame.t(&format!("nothing-{}", no_order.reason.code()));
        all.push(frame.tell("links-orders-nothing", &[("tube", &no_order.barcode), ("why", &why)]));
    }
    if let Some(left) = usize::try_from(message.left_out).ok().filter(|left| *left > 0) {
        all.push(frame.tell("links-orders-left", &[("count", &left)]));
    }
    all
}

fn sent_line(message: &OrderMessage, frame: &Frame) -> SentLine {
    let number = |m: MessageId| (m.0 / PLACES).to_string();
    let query = message.query.map(|m| Tube { href: frame.to(paths::MESSAGE.of(m)), number: number(m) });
    SentLine { at: frame.at(message.at), query: query.unwrap_or_default(), said: sentences(frame, message) }
}

/// How a query was answered, for its message's page.
pub fn answered(answers: &[OrderMessage], frame: &Frame) -> Vec<Fact> {
    let fact = |a: &OrderMessage| Fact {
        label: frame.t("messages-answered"),
        text: frame
            .tell("messages-answered-at", &[("at", &frame.at(a.at).words), ("said", &sentences(frame, a).join("; "))]),
    };
    answers.iter().map(fact).collect()
}

/// Which analyzers acknowledged orders for a specimen, for its page.
pub fn facts(orders: &[SpecimenOrders], catalog: &Catalog, frame: &Frame) -> Vec<Fact> {
    let fact = |of: &SpecimenOrders| {
        let short =
            |t: &AcknowledgedTest| catalog.analyte(t.analyte).map_or_else(|| t.code.clone(), |a| a.short.clone());
        let tests = of.tests.iter().map(short).collect::<Vec<_>>().join(", ");
        Fact {
            label: frame.tell("specimen-sent", &[("link", &of.link)]),
            text: frame.tell("specimen-sent-what", &[("tests", &tests), ("at", &frame.at(of.at).words)]),
        }
    };
    // If all tests were cancelled, the story says so.
    orders.iter().filter(|of| !of.tests.is_empty()).map(fact).collect()
}
