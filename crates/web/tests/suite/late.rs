//! A decision that is sent a second time, or late: whoever comes second is told what happened already, and that it stands. Nothing more
//! happens.

use crate::common::{Answer, PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::starter::{Entries, Interval};
use titer_lab::catalog::views as catalog;
use titer_lab::results::views as results;
use titer_lab::{Actor, Role};
use titer_link::filing::Outcome;
use titer_link::links::LinkId;
use titer_link::links::commands::{AddLink, ProposeMapping};
use titer_store::reading;

/// A form, and what its second sending says.
struct Form {
    path: String,
    fields: Vec<(&'static str, String)>,
    said: Vec<&'static str>,
}

fn form(path: String, fields: &[(&'static str, &str)], said: &[&'static str]) -> Form {
    let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Form { path, fields, said: said.to_vec() }
}

async fn events(service: &Service) -> i64 {
    service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap()
}

/// What a person reads after sending a form: the answer, or the page that it leads to.
async fn reads(service: &Service, who: &Person, answer: Answer) -> String {
    match answer.status {
        StatusCode::SEE_OTHER => service.get(who, answer.location()).await.page(),
        _ => answer.text(),
    }
}

async fn send_twice(service: &Service, who: &Person, form: &Form) {
    let Form { path, fields, said } = form;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let before = events(service).await;
    let first = service.post(who, path, &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{path}: {}", first.text());
    assert!(events(service).await > before, "{path}");
    // What was said of the first is read.
    reads(service, who, first).await;
    let before = events(service).await;
    let second = service.post(who, path, &fields).await;
    assert!(
        [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SEE_OTHER].contains(&second.status),
        "{path}: {}",
        second.status
    );
    let read = reads(service, who, second).await;
    for part in said {
        assert!(read.contains(part), "{path}: {part}: {read}");
    }
    assert!(!read.contains("does not exist"), "{path}: {read}");
    assert_eq!(events(service).await, before, "{path}: nothing more happens");
}

/// A link on which code 551 means potassium.
async fn potassium(service: &Service) -> LinkId {
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let mapping = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    link
}

#[tokio::test]
async fn a_decision_about_a_result_or_a_tube_that_is_sent_twice_says_who_decided() {
    let service = Service::new().await;
    let (world, technician) = (&service.world, &service.world.technician);
    let link = potassium(&service).await;
    let patient = world.patient("MRN-1").await;
    let mut results_of = Vec::new();
    for tube in ["VERIFY", "REPEAT", "DECIDE"] {
        let (_, specimen) = world.received(patient, &["potassium"], tube).await;
        service.measured(link, tube, &[("551", "4.1", "mmol/L")]).await;
        let result = world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap().remove(0);
        results_of.push((result.id, format!("{}:{}:held", result.id, result.version)));
    }
    let [(_, verify), (repeat, _), (decide, mark)] = &results_of[..] else { panic!("three") };
    let password = ("password", PASSWORD);
    service.post(technician, "/review/signed", &[("mark", mark), password]).await;
    service.measured(link, "DECIDE", &[("551", "7.2", "mmol/L")]).await;
    let decided = format!("/review/corrections/{decide}");
    let page = service.get(technician, &decided).await.page();
    let against = page.split("name=\"mark\" value=\"").nth(1).unwrap().split('"').next().unwrap();

    let [(_, reject), (_, discard), (order, _)] = [
        world.received(patient, &["potassium"], "REJECT").await,
        world.received(patient, &["potassium"], "DISCARD").await,
        world.received(patient, &["potassium"], "CANCEL").await,
    ];
    let (tube, discarding) = (format!("/specimens/{reject}"), format!("/specimens/{discard}/discard"));
    let (rejected, discarded) = (service.shown(technician, &tube).await, service.shown(technician, &discarding).await);
    let ordered = service.shown(technician, &format!("/orders/{order}")).await;
    let request = service.get(technician, &format!("/orders/{order}")).await.page();
    let request = request.split("name=\"request\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let changed = "technician of the test changed this";
    let repeated = ["technician of the test cancelled this result already", "It stays cancelled"];
    let forms = [
        form(
            "/review/signed".to_owned(),
            &[("mark", verify), password],
            &["All marked results are verified already", "technician of the test verified it on"],
        ),
        form(format!("/review/repeat/{repeat}"), &[("version", "1"), ("reason", "a clot")], &repeated),
        form(
            decided,
            &[("mark", against), ("reason", "diluted"), password],
            &[
                "technician of the test decided this already",
                "signed that the verified result stands",
                "Reason: diluted",
            ],
        ),
        form(format!("{tube}/reject"), &[("reason", "clotted"), ("shown", &rejected)], &[changed, "Rejected"]),
        form(discarding, &[("shown", &discarded)], &[changed, "Discarded"]),
        form(
            format!("/orders/{order}/cancel"),
            &[("request", request), ("reason", "not wanted"), ("shown", &ordered)],
            &[changed],
        ),
    ];
    for form in &forms {
        send_twice(&service, technician, form).await;
    }
    let late = service.get(technician, &format!("/review/repeat/{repeat}")).await.again();
    assert!(repeated.iter().all(|part| late.contains(part)), "an old link says it too: {late}");
    assert_eq!(service.get(technician, "/review/repeat/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_decision_about_a_message_or_a_mapping_that_is_sent_twice_says_who_decided() {
    let service = Service::new().await;
    let (world, technician, director) = (&service.world, &service.world.technician, &service.world.director);
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let kept = service.measured(link, "T1", &[("550", "95.2", "U/L")]).await;
    let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
    let message = format!("/messages/{message}");
    let shown = service.shown(technician, &message).await;
    let dismiss = form(
        format!("{message}/dismiss"),
        &[("reason", "a trial"), ("shown", &shown)],
        &["technician of the test changed this"],
    );
    send_twice(&service, technician, &dismiss).await;
    let again = service.post(technician, &format!("{message}/replay"), &[]).await.again();
    for part in ["not held any more", "Dismissed", "technician of the test", "a trial"] {
        assert!(again.contains(part), "{part}: {again}");
    }

    let analyte = world.catalog().await.analyte_by_key("potassium").unwrap().id;
    let (code, unit, specimen) = ("551".to_owned(), "mmol/L".to_owned(), String::new());
    let suggest = ProposeMapping { link, code, unit, specimen, analyte, answer: None };
    let mapping = world.run(Actor::Console, suggest).await.unwrap();
    let (at, page) = (format!("/admin/links/{link}"), format!("/mappings/{mapping}"));
    let mark = |state: &str| format!("{mapping}:{state}");
    let (proposed, approved, confirmed) = (mark("proposed"), mark("approved"), mark("confirmed"));
    let password = ("password", PASSWORD);
    let adopt = form(
        format!("{at}/adopt"),
        &[("mark", &proposed), ("back", "/messages")],
        &["technician of the test proposed this mapping already"],
    );
    send_twice(&service, technician, &adopt).await;
    let approve = form(
        format!("{at}/signed"),
        &[("mark", &proposed), password],
        &["director of the test approved this mapping already"],
    );
    send_twice(&service, director, &approve).await;
    world.received(world.patient("MRN-1").await, &["potassium"], "T2").await;
    service.measured(link, "T2", &[("551", "4.1", "mmol/L")]).await;
    let confirm = form(
        format!("{at}/signed"),
        &[("mark", &approved), password],
        &["director of the test confirmed this mapping already"],
    );
    send_twice(&service, director, &confirm).await;
    let withdraw = form(
        format!("{page}/withdraw"),
        &[("mark", &confirmed), ("reason", "a trial"), password],
        &["director of the test withdrew this mapping", "It stays withdrawn"],
    );
    send_twice(&service, director, &withdraw).await;
}

#[tokio::test]
async fn a_decision_about_the_catalogue_an_instrument_or_a_link_that_is_sent_twice_says_who_decided() {
    let service = Service::new().await;
    let (world, technician, director) = (&service.world, &service.world.technician, &service.world.director);
    let interval = Interval {
        analyte: "alp".to_owned(),
        sex: "female".to_owned(),
        age_low: "18 a".to_owned(),
        age_high: String::new(),
        low: "30".to_owned(),
        high: "130".to_owned(),
        unit: "U/L".to_owned(),
        kind: "reference".to_owned(),
        source: "A textbook of 1999".to_owned(),
        confidence: "C".to_owned(),
        note: String::new(),
        rank: None,
        warns: None,
        converted: None,
    };
    let entries = Entries { interval: vec![interval], ..Entries::default() };
    world.lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(entries))).await.unwrap();
    let proposal = world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().0.remove(0).id.to_string();
    let shown = service.shown(director, &format!("/admin/catalog/sign?mark={proposal}")).await;
    let approve = form(
        "/admin/catalog/approve".to_owned(),
        &[("mark", &proposal), ("password", PASSWORD), ("shown", &shown)],
        &["director of the test approved marked entries already", "Nothing more was signed"],
    );
    send_twice(&service, director, &approve).await;

    let supervisor = service.person(Role::Supervisor).await;
    let fields = [("name", "Osmo 1"), ("kind", "manual"), ("link", ""), ("module", "")];
    let shown = service.shown(&supervisor, "/instruments/new").await;
    let added = [&fields[..], &[("shown", shown.as_str())]].concat();
    let instrument = service.post(&supervisor, "/instruments/new", &added).await.location().to_owned();
    let shown = service.shown(&supervisor, &instrument).await;
    let note = [("kind", "other"), ("lot", ""), ("text", "cleaned"), ("happened", ""), ("shown", shown.as_str())];
    service.post(technician, &instrument, &note).await;
    let page = service.get(technician, &instrument).await.page();
    let strike = page.split("href=\"/instruments/notes/").nth(1).unwrap().split('"').next().unwrap();
    let strike = form(
        format!("/instruments/notes/{strike}"),
        &[("reason", "another instrument")],
        &["This note is struck already: technician of the test struck it", "Nothing more was done"],
    );
    send_twice(&service, technician, &strike).await;
    // The page has two forms: the one for a note carries a mark, this one the version.
    let page = service.get(&supervisor, &instrument).await.page();
    let using = page.split(&format!("action=\"{instrument}/use\"")).nth(1).unwrap();
    let shown = using.split("name=\"shown\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let retire = form(
        format!("{instrument}/use"),
        &[("reason", "sold"), ("shown", shown)],
        &["supervisor of the test changed this", "sold"],
    );
    send_twice(&service, &supervisor, &retire).await;

    let administrator = service.person(Role::Administrator).await;
    let add = AddLink {
        name: "c111".to_owned(),
        protocol: "astm".to_owned(),
        listens: true,
        address: "127.0.0.1:0".to_owned(),
        peers: Vec::new(),
        dialect: "cobas-c111".to_owned(),
    };
    let link = world.run(Actor::Console, add).await.unwrap();
    let pause = form(
        format!("/admin/links/{link}/pause"),
        &[("reason", "lamp change")],
        &["This link is paused already: administrator of the test paused it", "lamp change"],
    );
    send_twice(&service, &administrator, &pause).await;
}
