//! What is known of one patient: orders, results, reports.

use std::collections::{HashMap, hash_map::Entry};
use std::sync::Arc;

use axum::extract::{Path, State};
use titer_lab::patients::{PatientId, views as patients};
use titer_lab::reports::views as reports;
use titer_lab::results::{State as ResultState, disputed, views as results};
use titer_lab::{Action, orders};
use titer_link::links::LinkId;
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::common::{Answer, accessed, banner, link_names, order, order_number, priority, result_line, show};
use crate::pages::patients::{OfPatient, Patient, PatientReport, PatientResult};
use crate::pages::{Status, Tube};
use crate::sections::ORDERS;
use crate::{Web, paths};

/// Results of one patient that are shown.
const RESULTS_SHOWN: i64 = 100;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::PATIENT, Need::May(Action::SeePatients), page)
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let page = reader.page(Some(&ORDERS), move |s, frame| {
        let patient = patients::patient(s, PatientId(id))?.ok_or(Problem::Missing)?;
        accessed(&frame.reader, "patient", id);
        let catalog = frame.catalog(s)?;
        let of_patient = results::of_patient(s, patient.id, RESULTS_SHOWN)?;
        let links = link_names(s, of_patient.iter().map(|r| LinkId(r.result.link)))?;
        let mut known = HashMap::new();
        for r in of_patient.iter().filter(|r| r.result.state == ResultState::Reported) {
            known.insert(r.result.id, results::previous(s, patient.id, &r.result, r.collected_at)?);
        }
        let disputed = disputed::of_patient(s, patient.id)?;
        let result = |r: &results::OfPatient| {
            let source = links.get(&LinkId(r.result.link)).map(String::as_str).unwrap_or_default();
            let previous = known.get(&r.result.id).and_then(Option::as_ref);
            let at = frame.maybe(r.result.measured_at.or(r.result.signed.as_ref().map(|(at, _)| *at)));
            PatientResult {
                line: result_line(&r.result, &catalog, previous, at, source, &disputed, frame),
                tube: Tube { href: frame.to(paths::SPECIMEN.of(r.result.specimen)), number: r.barcode.clone() },
                old: r.result.state == ResultState::Verified && patient.judged.is_some_and(|n| r.changed < n),
            }
        };
        let placed = |o: &orders::views::Order| OfPatient {
            order: order(frame, o.id),
            priority: priority(o.priority),
            requester: o.requester.clone(),
            placed: frame.at(o.placed_at),
        };
        let reports = if frame.may(Action::SeeReports) { reports::of_patient(s, patient.id)? } else { Vec::new() };
        // More may follow than the last version of an order's report says, or a correction of it may be open.
        let mut stands = HashMap::new();
        for report in &reports {
            if let Entry::Vacant(unknown) = stands.entry(report.order) {
                unknown.insert(reports::stands(s, report.order)?);
            }
        }
        let last = |r: &reports::Report| reports.iter().find(|x| x.order == r.order).is_some_and(|x| x.id == r.id);
        let report = |r: &reports::Report| PatientReport {
            order: Tube { href: frame.to(paths::REPORT.of(r.order)), number: order_number(r.order) },
            version: r.version.to_string(),
            status: match stands.get(&r.order).filter(|_| last(r)) {
                Some(stands) if stands.disputed => Status::CorrectionOpen,
                Some(stands) if stands.follows() => Status::Preliminary,
                _ if r.complete => Status::Final,
                _ => Status::Preliminary,
            },
            composed: frame.at(r.composed_at),
            old: patient.corrected.is_some_and(|n| r.id.0 / titer_store::PLACES < n),
        };
        Ok(Patient {
            page: frame.page(),
            patient: banner(frame, &patient, "", ""),
            id: id.to_string(),
            orderable: frame.may(Action::PlaceOrders),
            correctable: frame.may(Action::CorrectPatients),
            orders: orders::views::of_patient(s, patient.id)?.iter().map(placed).collect(),
            results: of_patient.iter().map(result).collect(),
            reports: reports.iter().map(report).collect(),
            unprintable: web.printer.unprintable(&format!("{} {}", patient.family, patient.given)),
        })
    });
    show(page.await?)
}
