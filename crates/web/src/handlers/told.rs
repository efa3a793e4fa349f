//! What analysers are told to measure: on the page of a link, of a message, of a specimen.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::catalog::AnalyteId;
use titer_lab::specimens::SpecimenId;
use titer_lab::{Action, Catalog, Failure, Timestamp};
use titer_link::Dialect;
use titer_link::dialect::When as Occasion;
use titer_link::links::{LinkId, views::Link};
use titer_link::orders::commands::SendAgain;
use titer_link::orders::due::{self, Say};
use titer_link::orders::events::Told;
use titer_link::orders::views::{self as told, Acknowledged, Failed};
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
    let send = SendAgain { link: LinkId(id), specimen: SpecimenId(given.specimen) };
    web.lab.submit(reader.actor(), None, move |tx| tx.run(send)).await?;
    Ok(Redirect::to(&format!("/admin/links/{id}")).into_response())
}

/// What a link's analyser is told; what waits, what failed, what was taken.
pub struct LinkTold {
    occasion: Occasion,
    waiting: Vec<Say>,
    more: bool,
    failed: Vec<Failed>,
    sent: Vec<Acknowledged>,
}

impl LinkTold {
    /// Reads it; none when the link's dialect takes no orders.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn read(s: &mut dyn Read, link: &Link) -> Result<Option<Self>, Failure> {
        let Some(order) = Dialect::named(&link.dialect).ok().and_then(|d| d.order) else { return Ok(None) };
        let (waiting, more) = due::waiting(s, link)?;
        let (failed, sent) = (told::failed(s, link.id)?, told::of_link(s, link.id, SHOWN_MAX)?);
        Ok(Some(LinkTold { occasion: order.when, waiting, more, failed, sent }))
    }

    /// As the link's page shows it.
    pub fn shown(&self, reader: &Reader, clock: &Clock) -> LinkOrders {
        let words = Words::english();
        let when = match self.occasion {
            Occasion::Asked => "links-orders-when-asked",
            Occasion::Received => "links-orders-when-received",
        };
        let waiting = |say: &Say| {
            let codes: Vec<String> = say.tests.iter().map(|c| c.code.clone()).collect();
            OrdersLine {
                tube: tube(say.specimen.0, &say.barcode),
                what: said(say.doing.code(), &say.barcode, &codes.join(", ")),
            }
        };
        let failed = |f: &Failed| FailedLine {
            tube: tube(f.specimen.0, &f.barcode),
            at: clock.at(f.at),
            failure: f.failure.clone(),
            next: match (f.next_at, self.occasion) {
                (Some(at), _) => words.tell("links-orders-next-at", &[("at", &clock.at(at).words)]),
                (None, Occasion::Asked) => words.t("links-orders-next-asked"),
                (None, Occasion::Received) => words.t("links-orders-next-person"),
            },
            again: match self.occasion {
                Occasion::Received if reader.may(Action::ResolveMessages) => f.specimen.to_string(),
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
fn sentences(acknowledged: &Acknowledged) -> Vec<String> {
    let words = Words::english();
    let mut all = Vec::new();
    for sent in &acknowledged.sent {
        let codes: Vec<&str> = sent.tests.iter().map(|t| t.code.as_str()).collect();
        all.push(said(&sent.action, &sent.barcode, &codes.join(", ")));
    }
    for nothing in &acknowledged.nothing {
        let why = words.t(&format!("nothing-{}", nothing.code));
        all.push(words.tell("links-orders-nothing", &[("tube", &nothing.barcode), ("why", &why)]));
    }
    if let Some(left) = usize::try_from(acknowledged.left).ok().filter(|left| *left > 0) {
        all.push(words.tell("links-orders-left", &[("count", &left)]));
    }
    all
}

fn sent_line(acknowledged: &Acknowledged, clock: &Clock) -> SentLine {
    let query =
        acknowledged.message.map(|m| Tube { href: format!("/messages/{m}"), number: (m.0 / PLACES).to_string() });
    SentLine { at: clock.at(acknowledged.at), query: query.unwrap_or_default(), said: sentences(acknowledged) }
}

/// How a query was answered, for its message's page.
pub fn answered(answers: &[Acknowledged], clock: &Clock) -> Vec<Fact> {
    let words = Words::english();
    let fact = |a: &Acknowledged| Fact {
        label: words.t("messages-answered"),
        text: words.tell("messages-answered-at", &[("at", &clock.at(a.at).words), ("said", &sentences(a).join("; "))]),
    };
    answers.iter().map(fact).collect()
}

/// Which analysers were told of a specimen, for its page.
pub fn facts(told: &[(String, Timestamp, Vec<Told>)], catalog: &Catalog, clock: &Clock) -> Vec<Fact> {
    let words = Words::english();
    let fact = |(link, at, tests): &(String, Timestamp, Vec<Told>)| {
        let short =
            |t: &Told| catalog.analyte(AnalyteId(t.analyte)).map_or_else(|| t.code.clone(), |a| a.short.clone());
        let tests = tests.iter().map(short).collect::<Vec<_>>().join(", ");
        Fact {
            label: words.tell("specimen-sent", &[("link", link)]),
            text: words.tell("specimen-sent-what", &[("tests", &tests), ("at", &clock.at(*at).words)]),
        }
    };
    // What was taken back whole is in the story.
    told.iter().filter(|(_, _, tests)| !tests.is_empty()).map(fact).collect()
}
