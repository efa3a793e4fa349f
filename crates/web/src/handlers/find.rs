//! Finding a tube, an order or a patient by what was typed or scanned.

use std::sync::Arc;

use axum::extract::Query;
use jiff::civil::Date;
use serde::Deserialize;
use titer_lab::orders::{OrderId, views::Order};
use titer_lab::patients::views::Patient;
use titer_lab::specimens::views::Specimen;
use titer_lab::{Action, Failure, orders, patients, specimens};
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when;
use titer_store::Read;

use super::common::{Answer, name, order_number, show, specimen_status};
use crate::pages::find::{Find, Hit, HitKind};
use crate::{Web, paths};

/// Orders of one patient that are shown.
const ORDERS_SHOWN: usize = 5;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::FIND, Need::May(Action::SeePatients), page)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

/// What was meant: one thing, whose page is opened, or some of many.
enum Meant {
    Specimen(specimens::SpecimenId),
    Order(OrderId),
    Some(Box<Find>),
}

async fn page(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let wanted = asked.q.trim().to_owned();
    let meant = reader.page(None, move |s, frame| {
        let tubes = specimens::views::bearing(s, &wanted)?;
        let numbered = orders::views::numbered(s, &wanted)?;
        let found = match day(&wanted) {
            Some((day, rest)) => patients::views::born(s, day, &rest)?,
            None => patients::views::search(s, &wanted)?,
        };
        let mut bearing = patients::views::bearing(s, &wanted)?;
        bearing.extend(found.iter().filter(|p| patients::views::is_called(p, &wanted)).cloned());
        // A scan names one tube: the page goes straight there, unless a wristband or a name may have been meant.
        match (tubes.as_slice(), &numbered) {
            ([tube], None) if bearing.is_empty() => return Ok(Meant::Specimen(tube.id)),
            ([], Some(order)) if bearing.is_empty() => return Ok(Meant::Order(order.id)),
            _ => {}
        }
        let several = !tubes.is_empty() || numbered.is_some();
        let mut hits: Vec<Hit> = tubes.iter().map(|t| tube(frame, t)).collect();
        let mut listed: Vec<OrderId> = Vec::new();
        if let Some(order) = numbered {
            listed.push(order.id);
            hits.push(self::order(s, frame, &order)?);
        }
        let found = each_once([bearing, found].concat());
        let mut more = found.len() >= patients::views::FOUND_MAX;
        for patient in &found {
            let orders = orders::views::of_patient(s, patient.id)?;
            more |= orders.len() > ORDERS_SHOWN;
            for order in orders.into_iter().take(ORDERS_SHOWN).filter(|o| !listed.contains(&o.id)) {
                hits.push(self::order(s, frame, &order)?);
            }
        }
        let patients = found.iter().map(|p| super::patients::found(frame, p)).collect();
        Ok(Meant::Some(Box::new(Find { page: frame.page(), asked: wanted, several, patients, hits, more })))
    });
    match meant.await? {
        Meant::Specimen(id) => Ok(reader.go(paths::SPECIMEN.of(id))),
        Meant::Order(id) => Ok(reader.go(paths::ORDER.of(id))),
        Meant::Some(find) => show(*find),
    }
}

/// Each patient once, in this order.
fn each_once(all: Vec<Patient>) -> Vec<Patient> {
    let mut each: Vec<Patient> = Vec::new();
    for patient in all {
        if each.iter().all(|known| known.id != patient.id) {
            each.push(patient);
        }
    }
    each
}

/// A tube in a list.
pub fn tube(frame: &Frame, specimen: &Specimen) -> Hit {
    Hit {
        href: frame.to(paths::SPECIMEN.of(specimen.id)),
        kind: HitKind::Specimen,
        number: specimen.barcode.clone(),
        patient: name(frame, &specimen.patient),
        status: specimen_status(specimen),
    }
}

/// An order in a list.
pub fn order(s: &mut dyn Read, frame: &Frame, order: &Order) -> Result<Hit, Failure> {
    Ok(Hit {
        href: frame.to(paths::ORDER.of(order.id)),
        kind: HitKind::Order,
        number: order_number(order.id),
        patient: name(frame, &order.patient),
        status: super::orders::status(s, order)?,
    })
}

/// A date of birth among what was asked for, before or behind a name; and the rest.
fn day(asked: &str) -> Option<(Date, String)> {
    let words: Vec<&str> = asked.split_whitespace().collect();
    // `1971-03-14` is one word, `14 Mar 1971` is three.
    for length in [3, 1].into_iter().filter(|n| *n <= words.len()) {
        for from in [words.len() - length, 0] {
            let (before, rest) = words.split_at(from);
            let (typed, behind) = rest.split_at(length);
            if let Some(day) = when::parse_day(&typed.join(" ")) {
                return Some((day, [before, behind].concat().join(" ")));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn a_date_of_birth_stands_alone_before_or_behind_a_name() {
        let cases = [
            ("14 Mar 1971", Some("")),
            ("1971-03-14", Some("")),
            ("Quill 14 Mar 1971", Some("Quill")),
            ("14-Mar-1971 Ada Quill", Some("Ada Quill")),
            ("Ada Quill 1971-03-14", Some("Ada Quill")),
            ("Ada Quill", None),
            ("14/03/1971", None),
            ("", None),
        ];
        for (asked, rest) in cases {
            let expected = rest.map(|rest| (jiff::civil::date(1971, 3, 14), rest.to_owned()));
            assert_eq!(day(asked), expected, "{asked}");
        }
    }
}
