//! Times that people enter. One rule holds for all of them.

use std::fs;

use crate::common::world::time;
use crate::common::{Person, Service, World, form};
use crate::drafts::{again, back_of};
use crate::words::files;
use axum::http::StatusCode;
use titer_lab::Timestamp;
use titer_lab::instruments::commands::{AddInstrument, Description};
use titer_lab::instruments::{InstrumentId, views as instruments};
use titer_lab::orders::views as orders;
use titer_lab::results::views as results;
use titer_lab::specimens::views as specimens;

/// The hints of the fields that take a time. Whoever adds a field adds it to the tests below.
const FIELDS: [&str; 4] =
    ["bench-measured-hint", "instruments-note-happened-hint", "orders-collected-hint", "receive-collected-hint"];

#[test]
fn the_fields_that_take_a_time_are_these() {
    let lines = files("locales/en", ".ftl").into_iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let mut hints: Vec<String> = lines
        .filter(|line| line.contains("14:05") && !line.starts_with("when-"))
        .filter_map(|line| line.split_once(" = ").map(|(key, _)| key.to_owned()))
        .collect();
    hints.sort();
    assert_eq!(hints, FIELDS);
    // And one place reads what is typed into them.
    let readers = files("src", ".rs").into_iter().filter(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.contains("parse_minute(") || text.contains("reader.minute(")
    });
    let readers: Vec<_> = readers.map(|file| file.file_name().unwrap().to_owned()).collect();
    assert_eq!(readers, ["common.rs"]);
}

/// A form with a time: the page, its fields, and the field for the time.
struct Timed {
    page: String,
    path: String,
    fields: Vec<(&'static str, String)>,
    time: &'static str,
}

impl Timed {
    fn with<'a>(&'a self, more: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect()
    }
}

async fn instrument(service: &Service) -> InstrumentId {
    let world = &service.world;
    let described = Description { name: "Osmo 1".to_owned(), kind: "manual".to_owned(), ..Description::default() };
    world.run(world.director.actor(), AddInstrument(described)).await.unwrap()
}

async fn forms(service: &Service) -> Vec<Timed> {
    let world = &service.world;
    let patient = world.patient("MRN-1").await.to_string();
    let other = world.patient("MRN-2").await;
    world.ordered(other, &["sodium"], "T1").await;
    let test = world.catalog().await.tests().iter().find(|t| t.key == "sodium").unwrap().id.to_string();
    let page = format!("/orders/new?patient={patient}");
    let order =
        [("patient", patient), ("test", test), ("priority", "routine".to_owned()), ("requester", "Ward 4".to_owned())];
    let method = instrument(service).await;
    let third = world.patient("MRN-3").await;
    let (_, specimen) = world.received(third, &["sodium"], "T2").await;
    let sodium = world.catalog().await.analyte_by_key("sodium").unwrap().id;
    let grid = format!("/bench/entry?test={}", order[1].1);
    let cell: &'static str = Box::leak(format!("cell-{specimen}-{sodium}").into_boxed_str());
    let values = vec![("test", order[1].1.clone()), ("instrument", method.to_string()), (cell, "140".to_owned())];
    let bench = format!("/instruments/{method}");
    let note = vec![("kind", "calibrated".to_owned())];
    let scan = vec![("number", "T1".to_owned())];
    vec![
        Timed { path: page.clone(), page, fields: order.to_vec(), time: "collected" },
        Timed { path: bench.clone(), page: bench, fields: note, time: "happened" },
        Timed { path: grid.clone(), page: grid, fields: values, time: "measured" },
        Timed { path: "/receive".to_owned(), page: "/receive".to_owned(), fields: scan, time: "collected" },
    ]
}

/// What a form carries unseen: its mark, if it has one, and its stamp.
async fn carried(service: &Service, who: &Person, timed: &Timed) -> (String, String) {
    let stamp = service.carried(who, &timed.page, &timed.path, "stamp").await;
    let marked = timed.path != "/receive";
    let shown = if marked { service.carried(who, &timed.page, &timed.path, "shown").await } else { String::new() };
    (shown, stamp)
}

#[tokio::test]
async fn a_time_to_come_is_refused_and_one_of_long_ago_is_asked_about_in_every_form() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    for timed in forms(&service).await {
        let (shown, stamp) = carried(&service, technician, &timed).await;
        let send = async |typed: &str, confirmed: &str| {
            let more = [(timed.time, typed), ("shown", &*shown), ("stamp", &*stamp), ("confirmed", confirmed)];
            service.post(technician, &timed.path, &timed.with(&more)).await
        };
        for typed in ["22 Nov 2026 09:01", "22 Nov 2027 09:00", "09:01", "01 Dec 9999 23:59"] {
            let page = send(typed, "").await.again();
            assert!(page.contains("is in the future"), "{} {typed}: {page}", timed.path);
        }
        for (typed, days) in [("14 Nov 2026 08:59", 8), ("22 Nov 2025 09:00", 365)] {
            let page = send(typed, "").await.again();
            let asks = page.contains(&format!("is {days} days ago")) && page.contains("with this time");
            assert!(asks, "{} {typed}: {page}", timed.path);
        }
        for typed in ["01 Jan 1900 08:00", "01 Jan 1000 08:00"] {
            assert_eq!(send(typed, "").await.status, StatusCode::UNPROCESSABLE_ENTITY, "{} {typed}", timed.path);
        }
        let asked = send("22 Nov 2025 09:00", "").await.again();
        let (_, confirmed) = asked.split_once("name=\"confirmed\" value=\"").unwrap();
        let confirmed = confirmed.split('"').next().unwrap();
        assert_eq!(send("21 Nov 2025 09:00", confirmed).await.status, StatusCode::UNPROCESSABLE_ENTITY, "another time");
        let done = send("22 Nov 2025 09:00", confirmed).await;
        assert!(done.status == StatusCode::SEE_OTHER || done.status == StatusCode::OK, "{}", done.text());
    }
}

/// A form of the morning is sent on the next day: its session had ended, and what was entered came back after signing in.
#[tokio::test]
async fn a_time_without_a_day_is_of_the_day_on_which_the_form_was_shown_or_is_asked_about() {
    for form_number in 0..4 {
        // As long as it is not as late again, no other day can be meant.
        for (hours, is_clear) in [(20, true), (24, false)] {
            let service = Service::of(World::standing().await, false).await;
            let technician = &service.world.technician.clone();
            let timed = forms(&service).await.remove(form_number);
            let (shown, stamp) = carried(&service, technician, &timed).await;
            let with = |typed| timed.with(&[(timed.time, typed), ("shown", &*shown), ("stamp", &*stamp)]);
            service.world.pass(hours * 3_600);
            let late = service.ask(Some(technician), form(&timed.path, &with("08:41"))).await;
            let back = back_of(late.location());
            let mine = again(&service, technician, "technician").await;
            let page = service.get(&mine, &back).await.page();
            assert!(page.contains("value=\"08:41\"") && page.contains(&*stamp), "{back}: {page}");
            let sent = service.post(&mine, &timed.path, &with("08:41")).await;
            let sent = if is_clear {
                sent
            } else {
                assert!(sent.again().contains("Write the day too"), "{}", timed.path);
                service.post(&mine, &timed.path, &with("22 Nov 2026 08:41")).await
            };
            assert!(sent.status.is_success() || sent.status.is_redirection(), "{}", sent.text());
            assert_eq!(entered(&service, &timed).await, time("2026-11-22T08:41:00Z"), "{}", timed.path);
        }
    }
}

/// The time that was entered by a form.
async fn entered(service: &Service, timed: &Timed) -> Timestamp {
    let lab = &service.world.lab;
    match timed.path.rsplit_once("/instruments/") {
        Some((_, id)) => {
            let id = InstrumentId(id.parse().unwrap());
            lab.read(move |s| Ok(instruments::notes(s, id, None)?)).await.unwrap()[0].at
        }
        None if timed.path == "/receive" => {
            let tube = lab.read(|s| Ok(specimens::by_barcode(s, "T1")?)).await.unwrap();
            tube.unwrap().collected_at.unwrap()
        }
        None if timed.path.starts_with("/bench") => {
            let tube = lab.read(|s| Ok(specimens::by_barcode(s, "T2")?)).await.unwrap().unwrap().id;
            lab.read(move |s| Ok(results::of_specimen(s, tube)?)).await.unwrap()[0].measured_at.unwrap()
        }
        None => lab.read(|s| Ok(orders::orders(s, None)?)).await.unwrap()[0].collected_at.unwrap(),
    }
}
