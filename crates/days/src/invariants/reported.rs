//! Reports say what was signed, and nothing else.

use std::collections::BTreeSet;

use titer_lab::{
    Failure,
    orders::OrderId,
    reports::{
        ReportId,
        document::Document,
        views::{self as reports, Report},
    },
    results::State,
    results::views as results,
    specimens::views as specimens,
};
use titer_store::reading;

use crate::{Kept, day::Days, holds};

/// One order: its reports, what the last says, the bytes of each issued one, and its verified results: name, value and signer.
type OfOrder = (Vec<Report>, Option<Document>, Vec<(ReportId, Option<Vec<u8>>)>, BTreeSet<(String, String, String)>);

pub(super) async fn hold(days: &Days, mut orders: Vec<OrderId>) -> Kept {
    orders.sort_unstable();
    orders.dedup();
    let catalog = days.place.catalog.clone();
    let read = days.place.lab.read(move |s| {
        let mut all = Vec::new();
        for order in orders {
            let versions = reports::of_order(s, order)?;
            let said = versions.first().map(|last| reports::document(s, last.id)).transpose()?;
            let mut bytes = Vec::new();
            for (id, (_, digest)) in versions.iter().filter_map(|r| Some((r.id, r.issued?))) {
                bytes.push((id, reading::blob(s, digest)?));
            }
            let mut verified = BTreeSet::new();
            for specimen in specimens::of_order(s, order)? {
                for result in results::of_specimen(s, specimen.id)?.into_iter().filter(|r| r.state == State::Verified) {
                    let name = catalog.analyte(result.analyte).map(|a| a.name.clone()).unwrap_or_default();
                    verified.insert((name, result.value, result.signed.map(|(_, by)| by).unwrap_or_default()));
                }
            }
            all.push((versions, said, bytes, verified));
        }
        Ok::<_, Failure>(all)
    });
    for order in read.await? {
        the_last_report_says_what_was_signed(&order)?;
        issued_bytes_stand(days, &order)?;
    }
    Ok(())
}

/// The last report of an order holds all its verified results, with value and signer, and no other.
fn the_last_report_says_what_was_signed((_, said, _, verified): &OfOrder) -> Kept {
    let lines = said.iter().flat_map(|said| &said.results);
    let said: BTreeSet<_> = lines.map(|l| (l.name.clone(), l.value.clone(), l.verified_by.clone())).collect();
    holds(said == *verified, || format!("the last report says what was signed: {said:?}, not {verified:?}"))
}

/// Every version is issued, and has the bytes that were handed out.
fn issued_bytes_stand(days: &Days, (versions, _, bytes, _): &OfOrder) -> Kept {
    for report in versions {
        let handed_out = days.truth.issued.get(&report.id);
        let found = bytes.iter().find(|(id, _)| *id == report.id).and_then(|(_, bytes)| bytes.as_ref());
        let same = handed_out.zip(found).is_some_and(|((_, handed_out), found)| handed_out == found);
        holds(same, || format!("issued bytes stand: version {} of report {} does not", report.version, report.id))?;
    }
    Ok(())
}
