//! Instruments: adding and changing one, and what is noted about it.

use crate::common::{Person, Service};
use axum::http::StatusCode;
use titer_lab::instruments::{InstrumentId, NoteId, views as instruments};
use titer_lab::{Action, Actor, Role};
use titer_link::links::commands::RemoveLink;

/// A laboratory with a link, and who works there.
struct Bench {
    service: Service,
    supervisor: Person,
    link: String,
}

impl Bench {
    async fn new() -> Self {
        let service = Service::new().await;
        let link = service.world.unmeasured("cobas-c111", "127.0.0.1:0").await.to_string();
        let supervisor = service.person(Role::Supervisor).await;
        Bench { service, supervisor, link }
    }

    /// Adds an analyzer on the link; answers its address.
    async fn add(&self, name: &str, module: &str) -> String {
        let fields = [("name", name), ("kind", "analyzer"), ("link", self.link.as_str()), ("module", module)];
        let added = self.service.make(&self.supervisor, "/instruments/new", &fields).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
        added.location().to_owned()
    }

    async fn see(&self, path: &str) -> String {
        self.service.get(&self.service.world.technician, path).await.page()
    }

    async fn note(&self, instrument: &str, fields: &[(&str, &str)]) -> StatusCode {
        self.service.make(&self.service.world.technician, instrument, fields).await.status
    }

    async fn notes(&self, instrument: &str) -> Vec<instruments::Note> {
        let id = InstrumentId(instrument.rsplit('/').next().unwrap().parse().unwrap());
        self.service.world.lab.read(move |s| Ok(instruments::notes(s, id, None)?)).await.unwrap()
    }
}

fn strike(note: NoteId) -> String {
    format!("/instruments/notes/{note}/strike")
}

#[tokio::test]
async fn an_instrument_is_added_on_a_link_and_a_second_one_needs_another_module_code() {
    let bench = Bench::new().await;
    assert!(bench.see("/instruments").await.contains("No instruments yet"));
    let first = bench.add("cobas <b>1", "c501").await;
    let page = bench.see(&first).await;
    for part in ["The instrument is saved.", "cobas &#60;b&#62;1", "Analyzer, module c501", "cobas-c111", "not noted"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let again = |name: &'static str, link: String, module: &'static str| {
        let (service, supervisor) = (&bench.service, &bench.supervisor);
        async move {
            let fields = [("name", name), ("kind", "analyzer"), ("link", link.as_str()), ("module", module)];
            service.make(supervisor, "/instruments/new", &fields).await.again()
        }
    };
    let cases = [
        ("COBAS <b>1", bench.link.clone(), "e601", "href=\"#name\"", "Choose another name"),
        ("cobas 2", bench.link.clone(), "C501", "href=\"#module\"", "belongs to cobas &#60;b&#62;1"),
        ("cobas 2", bench.link.clone(), "", "href=\"#module\"", "Give both instruments the module codes"),
        ("cobas 2", bench.link.clone(), "c50l", "href=\"#module\"", "look the same"),
        ("cobas 2", bench.link.clone(), "B|C", "href=\"#module\"", "message cannot carry it"),
        ("cobas 2", String::new(), "e601", "href=\"#module\"", "is sent over a link"),
        ("cobas <b> l", bench.link.clone(), "e601", "href=\"#name\"", "it looks the same"),
        ("cobas 2", "1".to_owned(), "e601", "href=\"#link\"", "no such link"),
        ("cobas 2", "gateway".to_owned(), "e601", "href=\"#link\"", "no such link"),
    ];
    for (name, link, module, field, why) in cases {
        let page = again(name, link, module).await;
        assert!(page.contains(field) && page.contains(why), "{name}, {module}: {page}");
    }
    let manual = [("name", "Urine microscopy"), ("kind", "manual"), ("link", ""), ("module", "")];
    assert_eq!(bench.service.make(&bench.supervisor, "/instruments/new", &manual).await.status, StatusCode::SEE_OTHER);
    let list = bench.see("/instruments").await;
    for part in ["Manual method", "Urine microscopy", "data-live=\"instruments links systems\""] {
        assert!(list.contains(part), "{part}: {list}");
    }
}

#[tokio::test]
async fn what_was_done_is_noted_newest_first_and_a_mistake_is_struck_and_stays() {
    let bench = Bench::new().await;
    let technician = &bench.service.world.technician;
    let instrument = bench.add("cobas 1", "").await;
    let lot = [("kind", "reagent-lot"), ("lot", "4711-A"), ("text", "first <i>bottle"), ("happened", "")];
    assert_eq!(bench.note(&instrument, &lot).await, StatusCode::SEE_OTHER);
    let earlier = [("kind", "calibrated"), ("happened", "02 Jan 2025 07:10")];
    assert_eq!(bench.note(&instrument, &earlier).await, StatusCode::UNPROCESSABLE_ENTITY, "it is asked about");
    let earlier = [&earlier[..], &[("confirmed", "1735801800000000")]].concat();
    assert_eq!(bench.note(&instrument, &earlier).await, StatusCode::SEE_OTHER);
    let page = bench.see(&instrument).await;
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"));
    assert!(page.contains("The note is saved.") && page.contains("first &#60;i&#62;bottle"), "{page}");
    assert!(at("<td class=\"id\">4711-A</td>") < at("cobas 1 added."), "{page}");
    assert!(at("cobas 1 added.") < at("technician of the test, entered"), "{page}");
    let list = bench.see("/instruments").await;
    assert!(list.contains("02 Jan 2025 07:10") && list.contains("New lot of reagent 4711-A"), "{list}");

    let cases = [
        ("calibrated", "", "tomorrow", "href=\"#happened\"", "cannot be read"),
        ("calibrated", "", "01 Jan 2999 10:00", "href=\"#happened\"", "in the future"),
        ("reagent-lot", " ", "", "href=\"#lot\"", "is empty"),
        ("other", "", "", "href=\"#text\"", "is empty"),
        ("polished", "", "", "href=\"#kind\"", "Choose what was done"),
    ];
    for (kind, lot, happened, field, why) in cases {
        let fields = [("kind", kind), ("lot", lot), ("happened", happened)];
        let page = bench.service.make(technician, &instrument, &fields).await.again();
        assert!(page.contains(field) && page.contains(why), "{kind} {happened}: {page}");
        assert!(page.contains(&format!("value=\"{happened}\"")), "what was typed stays: {page}");
    }

    let wrong = bench.notes(&instrument).await[0].id;
    assert!(bench.see(&instrument).await.contains(&strike(wrong)));
    assert!(bench.see(&strike(wrong)).await.contains("4711-A"));
    let reasonless = bench.service.post(technician, &strike(wrong), &[("reason", " ")]).await.again();
    assert!(reasonless.contains("Give a reason"), "{reasonless}");
    let struck = bench.service.post(technician, &strike(wrong), &[("reason", "of <i>another")]).await;
    assert_eq!((struck.status, struck.location()), (StatusCode::SEE_OTHER, instrument.as_str()));
    let page = bench.see(&instrument).await;
    for part in [
        "<del>New lot of reagent</del>",
        "<del>4711-A</del>",
        "Struck by technician of the test",
        "of &#60;i&#62;another",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(&strike(wrong)), "{page}");
    let twice = bench.service.post(technician, &strike(wrong), &[("reason", "again")]).await.again();
    assert!(twice.contains("struck already"), "{twice}");
    assert!(!bench.see("/instruments").await.contains("4711-A"));
}

#[tokio::test]
async fn of_two_who_change_an_instrument_the_later_one_sees_what_the_other_saved() {
    let bench = Bench::new().await;
    let (service, supervisor, director) = (&bench.service, &bench.supervisor, &bench.service.world.director);
    let instrument = bench.add("cobas 1", "c501").await;
    let path = format!("{instrument}/change");
    let seen = service.shown(supervisor, &path).await;
    let change = |name: &'static str| {
        [
            ("name", name),
            ("kind", "analyzer"),
            ("link", bench.link.as_str()),
            ("module", "c501"),
            ("shown", seen.as_str()),
        ]
    };
    assert_eq!(service.post(director, &path, &change("cobas A")).await.location(), instrument);
    let late = service.post(supervisor, &path, &change("cobas B")).await.again();
    for part in ["director of the test changed this", "<bdi>cobas A</bdi>", "value=\"cobas B\""] {
        assert!(late.contains(part), "{part}: {late}");
    }
    let retire = [("reason", "pump broken"), ("shown", seen.as_str())];
    let late = service.post(supervisor, &format!("{instrument}/use"), &retire).await.again();
    assert!(late.contains("director of the test changed this") && late.contains("value=\"pump broken\""), "{late}");

    let at = format!("{instrument}/use");
    let seen = service.carried(supervisor, &instrument, &at, "shown").await;
    let retire = |reason: &'static str, shown: String| {
        let path = format!("{instrument}/use");
        async move { service.post(supervisor, &path, &[("reason", reason), ("shown", &shown)]).await }
    };
    assert!(retire("", seen.clone()).await.again().contains("href=\"#reason\""));
    let again = service.get(supervisor, &format!("{instrument}/use")).await.page();
    assert!(again.contains("id=\"history\""), "its live parts ask for the address at which it stands: {again}");
    assert_eq!(retire("pump broken", seen).await.location(), instrument);
    assert!(bench.see(&instrument).await.contains("Out of use: pump broken"));
    assert!(bench.see("/instruments").await.contains("Out of use: pump broken"));
    let seen = service.carried(supervisor, &instrument, &at, "shown").await;
    assert_eq!(retire("pump replaced", seen).await.location(), instrument);
    let page = bench.see(&instrument).await;
    for part in ["Taken out of use: pump broken", "Put into use again: pump replaced", "Changed to cobas A c501"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Out of use: pump broken"), "{page}");
}

#[tokio::test]
async fn an_instrument_whose_link_was_removed_says_so_and_may_keep_it() {
    let bench = Bench::new().await;
    let (service, supervisor) = (&bench.service, &bench.supervisor);
    let instrument = bench.add("cobas 1", "").await;
    let link = titer_link::links::LinkId(bench.link.parse().unwrap());
    service.world.lab.submit(Actor::Console, None, move |tx| tx.run(RemoveLink { link })).await.unwrap();
    assert!(bench.see("/instruments").await.contains("cobas-c111 (removed)"));
    let path = format!("{instrument}/change");
    let form = service.get(supervisor, &path).await.page();
    assert!(form.contains(&format!("<option value=\"{link}\" selected>cobas-c111 (removed)</option>")), "{form}");
    let seen = service.shown(supervisor, &path).await;
    let fields = [
        ("name", "cobas A"),
        ("kind", "analyzer"),
        ("link", bench.link.as_str()),
        ("module", ""),
        ("shown", seen.as_str()),
    ];
    assert_eq!(service.post(supervisor, &path, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(!service.get(supervisor, "/instruments/new").await.page().contains("cobas-c111"));
}

#[tokio::test]
async fn each_role_is_shown_what_it_may_do_with_an_instrument() {
    let bench = Bench::new().await;
    let instrument = bench.add("cobas 1", "").await;
    assert_eq!(bench.note(&instrument, &[("kind", "serviced")]).await, StatusCode::SEE_OTHER);
    let world = &bench.service.world;
    for (role, reader) in [
        (Role::Administrator, bench.service.person(Role::Administrator).await),
        (Role::Supervisor, bench.supervisor.clone()),
        (Role::Technician, world.technician.clone()),
        (Role::Clinician, bench.service.person(Role::Clinician).await),
    ] {
        let sees = role.grants(Action::SeeInstruments);
        assert_eq!(bench.service.get(&reader, "/").await.page().contains("/instruments"), sees, "{role:?}");
        if !sees {
            continue;
        }
        let list = bench.service.get(&reader, "/instruments").await.page();
        let page = bench.service.get(&reader, &instrument).await.page();
        let (manages, notes) = (role.grants(Action::ManageInstruments), role.grants(Action::NoteInstruments));
        assert_eq!(list.contains("/instruments/new"), manages, "{role:?}");
        for (led_to, may) in
            [("/change\"", manages), ("/use\"", manages), ("name=\"happened\"", notes), ("/strike\"", notes)]
        {
            assert_eq!(page.contains(led_to), may, "{role:?} {led_to}: {page}");
        }
    }
}
