//! The receiving bench: a scan receives a tube.

use std::sync::Arc;

use axum::Form;
use serde::Deserialize;
use titer_lab::specimens::commands::{ReceiveSpecimen, meant};
use titer_lab::specimens::{SpecimenId, views as specimens};
use titer_lab::{Action, Actor, Catalog, Failure, Tx, orders, sites};
use titer_shell::errors::{Problem, said};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_store::Read;

use super::common::{Answer, again, asked, moment, name, priority, show, tube, who};
use crate::pages::receive::{Confirm, Outcome, Receive, Received};
use crate::sections::RECEIVE;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ReceiveSpecimens);
    routes.get(paths::RECEIVE, NEED, page).post(paths::RECEIVE, NEED, scan)
}

/// What came of a scan.
enum Scanned {
    Nothing,
    Received(SpecimenId),
    Refused {
        scanned: String,
        why: String,
        /// What is to be confirmed, if only that is missing.
        confirm: Confirm,
    },
}

async fn page(reader: Reader) -> Answer {
    show(bench(&reader, Scanned::Nothing, String::new()).await?)
}

#[derive(Clone, Deserialize)]
struct Scan {
    number: String,
    /// When it was collected, as typed; empty if nobody says.
    #[serde(default)]
    collected: String,
    /// Which time of collection the page asked about.
    #[serde(default)]
    confirmed: String,
    /// Of which tube, and which patients with the same number, the page asked about.
    #[serde(default)]
    tube: String,
}

impl Scan {
    /// What a refusal asks a person to confirm, beside what the person has confirmed already.
    fn confirm(&self, failure: &Failure) -> Confirm {
        let (time, tube) = (asked(failure), tube_asked(failure));
        match (time.is_empty(), tube.is_empty()) {
            (true, true) => Confirm::default(),
            (false, _) => Confirm { time, tube: self.tube.clone(), label: "receive-anyway" },
            (_, false) => Confirm { time: self.confirmed.clone(), tube, label: "receive-this-tube" },
        }
    }
}

/// The tube that a refusal asks a person to confirm, as the form carries it back; empty if it asks for none.
fn tube_asked(failure: &Failure) -> String {
    let Failure::Refused(refusal) = failure else { return String::new() };
    refusal.args.iter().find(|(name, _)| *name == "tube").map(|(_, asked)| asked.clone()).unwrap_or_default()
}

async fn scan(reader: Reader, Form(scan): Form<Scan>) -> Answer {
    let collected_at = match moment(&reader, &scan.collected).await? {
        Ok(at) => at,
        Err(why) => {
            let refused = Scanned::Refused { why, scanned: scan.number, confirm: Confirm::default() };
            return again(bench(&reader, refused, scan.collected).await?);
        }
    };
    let (barcode, given) = (scan.number.clone(), scan.clone());
    let receive = move |tx: &mut Tx<'_, '_>| {
        let id = tx.run(ReceiveSpecimen { barcode, collected_at })?;
        // Whatever is wrong is said before anything is asked.
        meant(tx, id, &given.tube)?;
        // The time may be the one that the order says.
        let stands = specimens::specimen(tx, id)?.and_then(|specimen| specimen.collected_at);
        let now = tx.at();
        orders::commands::confirmed(tx, now, stands, &given.confirmed)?;
        Ok(id)
    };
    match reader.submit(None, receive).await {
        Ok(id) => show(bench(&reader, Scanned::Received(id), String::new()).await?),
        Err(failure) => {
            let confirm = scan.confirm(&failure);
            let refused = Scanned::Refused { scanned: scan.number, why: said(reader.words(), failure)?, confirm };
            again(bench(&reader, refused, scan.collected).await?)
        }
    }
}

async fn bench(reader: &Reader, scanned: Scanned, collected: String) -> Result<Receive, Problem> {
    let page = reader.page(Some(&RECEIVE), move |s, frame| {
        let midnight = sites::views::start_of_day(frame.today(), &frame.zone);
        let catalog = frame.catalog(s)?;
        let mut lines = Vec::new();
        for (specimen, receiver) in specimens::received_since(s, midnight)? {
            lines.push(line(s, frame, &catalog, &specimen, receiver)?);
        }
        let outcome = match scanned {
            Scanned::Nothing => None,
            Scanned::Received(id) => {
                let specimen = specimens::specimen(s, id)?.ok_or(Problem::Missing)?;
                Some(Outcome::Received(Box::new(line(s, frame, &catalog, &specimen, None)?)))
            }
            Scanned::Refused { scanned, why, confirm } => Some(Outcome::Refused { scanned, why, confirm }),
        };
        let expected = frame.words.amount(frame.count(&RECEIVE).all);
        Ok(Receive { page: frame.page(), collected, outcome, lines, expected })
    });
    page.await
}

/// A received tube as the page shows it.
fn line(
    s: &mut dyn Read,
    frame: &Frame,
    catalog: &Catalog,
    specimen: &specimens::Specimen,
    receiver: Option<i64>,
) -> Result<Received, Failure> {
    let requests = orders::views::requests(s, specimen.order)?;
    let mine = requests.iter().filter(|r| r.specimen_type == specimen.specimen_type && r.cancelled.is_none());
    let tests: Vec<String> = mine.filter_map(|r| catalog.analyte(r.analyte)).map(|a| a.short.clone()).collect();
    let urgency = orders::views::order(s, specimen.order)?.map_or(orders::Priority::Routine, |o| o.priority);
    Ok(Received {
        tube: tube(frame, specimen),
        patient: name(frame, &specimen.patient),
        specimen: catalog.specimen_type(specimen.specimen_type).map(|t| t.name.clone()).unwrap_or_default(),
        tests: tests.join(", "),
        priority: priority(urgency),
        at: frame.maybe(specimen.received_at),
        by: receiver.map(|account| who(frame.words, s, Actor::Person(account))).transpose()?.unwrap_or_default(),
    })
}
