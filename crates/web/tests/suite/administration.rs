//! Staff, the catalogue, links, and the laboratory's own description.

use crate::common::{self, PASSWORD, Service, form};
use axum::http::StatusCode;
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::starter::{self, Entries, Interval};
use titer_lab::catalog::views as catalog;
use titer_lab::{Actor, Role, people::commands::grant, sites};

/// What stands between two texts.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("{before} is not in {text}")) + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

/// An administrator as the program makes one: with the right to open accounts in the house.
pub async fn administrator(service: &Service) -> common::Person {
    let person = service.person(Role::Administrator).await;
    let (house, lab) = (&service.world.house, &service.world.lab);
    let name = person.session.name.clone();
    grant(house, lab, Actor::Console, person.account, &name, &[Role::Administrator]).await.unwrap();
    person
}

#[tokio::test]
async fn the_first_page_is_one_that_the_reader_may_open() {
    let service = Service::new().await;
    let administrator = administrator(&service).await;
    let supervisor = service.person(Role::Supervisor).await;
    assert_eq!(service.get(&administrator, "/admin").await.location(), "/admin/staff");
    assert_eq!(service.get(&supervisor, "/admin").await.location(), "/admin/catalog");
    let page = service.get(&supervisor, "/admin/catalog").await.page();
    assert!(page.contains("/admin/links") && !page.contains("/admin/staff") && !page.contains("/admin/site"));
}

#[tokio::test]
async fn somebody_new_signs_in_once_with_the_password_that_was_shown_once() {
    let service = Service::new().await;
    let administrator = administrator(&service).await;
    let fields = [("name", "Wren <b>Abara"), ("login", "wren"), ("role", "technician"), ("role", "clerk")];
    let page = service.make(&administrator, "/admin/staff", &fields).await.page();
    assert!(page.contains("Wren &#60;b&#62;Abara") && page.contains("Clerk, Technician"), "{page}");
    let password = between(&page, "One-time password of wren:</b> <span class=\"id\">", "</span>").to_owned();
    assert!(!service.get(&administrator, "/admin/staff").await.text().contains(&password));
    let sign_in = [("name", "wren"), ("password", password.as_str())];
    let signed_in = service.ask(None, form("/sign-in", &sign_in)).await;
    assert_eq!((signed_in.status, signed_in.location()), (StatusCode::SEE_OTHER, "/password"));

    let taken = service.make(&administrator, "/admin/staff", &fields).await.again();
    assert!(taken.contains("The sign-in name wren is taken") && taken.contains("Wren &#60;b&#62;Abara"), "{taken}");
    let none = service.post(&administrator, "/admin/staff", &[("name", "N"), ("login", "n")]).await.again();
    assert!(none.contains("Choose at least one role"), "{none}");

    let id = between(&page, "/admin/staff/", "\"").to_owned();
    let reset = service.post(&administrator, &format!("/admin/staff/{id}/reset"), &[]).await.page();
    assert!(reset.contains("One-time password of"), "{reset}");
}

#[tokio::test]
async fn roles_are_changed_and_an_administrator_keeps_the_house_only_while_being_one() {
    let service = Service::new().await;
    let administrator = administrator(&service).await;
    let technician = &service.world.technician;
    let address = format!("/admin/staff/{}", technician.account);
    assert!(service.get(&administrator, &address).await.page().contains("value=\"technician\" checked"));
    let seen = service.shown(&administrator, &address).await;
    let promote = [("role", "administrator"), ("shown", seen.as_str())];
    let promoted = service.post(&administrator, &address, &promote).await;
    assert_eq!(promoted.location(), "/admin/staff");
    let fields = [("name", "New Person"), ("login", "new"), ("role", "clerk")];
    assert!(service.make(technician, "/admin/staff", &fields).await.page().contains("One-time password"));
    assert_eq!(service.get(technician, "/review").await.status, StatusCode::FORBIDDEN);
    let late = service.post(&administrator, &address, &[("role", "clerk"), ("shown", &seen)]).await.again();
    for part in ["administrator of the test changed this", "<bdi>Administrator</bdi>", "value=\"clerk\" checked"] {
        assert!(late.contains(part), "{part}: {late}");
    }
    let seen = service.shown(&administrator, &address).await;
    service.post(&administrator, &address, &[("role", "technician"), ("shown", &seen)]).await;
    assert_eq!(service.get(technician, "/admin/staff").await.status, StatusCode::FORBIDDEN);
    let (account, house) = (technician.account.0, &service.world.house);
    let roles = house.read(move |s| Ok(titer_lab::people::views::roles(s, account)?)).await.unwrap();
    assert_eq!(roles, [], "nor by another way");
    assert_eq!(service.get(&administrator, "/admin/staff/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_director_signs_what_is_proposed_into_force() {
    let service = Service::new().await;
    let interval = |note: &str| Interval {
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
        note: note.to_owned(),
        rank: None,
        warns: None,
        converted: None,
    };
    let of_men = Interval { sex: "male".to_owned(), ..interval("For men") };
    let proposed = vec![of_men, interval("Check the method"), interval("Another")];
    let entries = Entries { interval: proposed, ..Entries::default() };
    service.world.lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(entries))).await.unwrap();
    let (director, supervisor) = (&service.world.director, service.person(Role::Supervisor).await);
    let page = service.get(director, "/admin/catalog?text=phosphatase&source=A+textbook+of+1999").await.page();
    for part in ["A textbook of 1999", "30–130", "Female, from 18 y", "<td>C</td>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!service.get(&supervisor, "/admin/catalog").await.page().contains("name=\"mark\""));

    let waiting = || async { service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().0 };
    let (before, id) = (waiting().await.len(), waiting().await.last().unwrap().id.to_string());
    let sign = format!("/admin/catalog/sign?mark={id}");
    let changes = service.get(director, &sign).await.page();
    for part in ["Approve one entry", "The other proposal", "30–130", "Female, from 18 y"] {
        assert!(changes.contains(part), "{part}: {changes}");
    }
    let seen = service.shown(director, &sign).await;
    let with =
        |password: &'static str| [("mark", id.clone()), ("password", password.to_owned()), ("shown", seen.clone())];
    fn fields<'a>(all: &'a [(&'static str, String); 3]) -> [(&'static str, &'a str); 3] {
        [0, 1, 2].map(|at| (all[at].0, all[at].1.as_str()))
    }
    let wrong = with("not my password");
    let refused = service.post(director, "/admin/catalog/approve", &fields(&wrong)).await.again();
    assert!(refused.contains(&format!("name=\"mark\" value=\"{id}\"")), "what was marked stays marked: {refused}");
    let right = with(PASSWORD);
    let done = service.post(director, "/admin/catalog/approve", &fields(&right)).await;
    assert_eq!(done.location(), "/admin/catalog");
    assert_eq!(waiting().await.len(), before - 2, "the rival went too");
    let late = service.post(director, "/admin/catalog/approve", &fields(&right)).await.again();
    assert!(late.contains("director of the test approved marked entries already"), "{late}");
    // What was shown before this signature is signed by nobody.
    let other = waiting().await[0].id.to_string();
    let stale = [("mark", other.as_str()), ("password", PASSWORD), ("shown", seen.as_str())];
    let late = service.post(director, "/admin/catalog/approve", &stale).await.again();
    assert!(late.contains("changed this"), "{late}");
    let asked = "/admin/catalog?show=in-force&discipline=chemistry&text=ALP&source=A+textbook+of+1999";
    let in_force = service.get(&supervisor, asked).await.page();
    assert!(in_force.contains("director of the test") && in_force.contains("Another"), "{in_force}");
}

#[tokio::test]
async fn every_interval_limit_and_answer_is_on_some_page() {
    let service = Service::new().await;
    let (intervals, limits) = service.world.lab.read(|s| Ok(catalog::all(s)?)).await.unwrap();
    let mut path = "/admin/catalog?show=in-force".to_owned();
    let mut rows = 0;
    for _ in 0..20 {
        let page = service.get(&service.world.director, &path).await.page();
        assert!(page.len() < 60 * 1024, "{} bytes", page.len());
        rows += page.matches("<tr><th scope=\"row\">").count();
        let Some(next) = page.split("<a class=\"btn\" href=\"").skip(1).find(|a| a.contains("rel=\"next\"")) else {
            break;
        };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    let answers = service.world.lab.read(|s| Ok(catalog::all_answers(s)?)).await.unwrap();
    let answers = answers.iter().filter(|a| a.approved && !a.retired).count();
    let in_force = intervals.iter().filter(|i| i.approved.is_some()).count();
    assert_eq!(rows, in_force + limits.iter().filter(|l| l.approved.is_some()).count() + answers);
}

/// What many are approved at once, and what is left out, is shown before the signature.
#[tokio::test]
async fn what_is_left_out_of_an_approval_of_many_is_said_with_its_reason() {
    let service = Service::new().await;
    let text = r#"
        analyte = [
            { key = "zinc", name = "Zinc", short = "Zn", discipline = "chemistry", unit = "umol/L", decimals = 1, specimen_type = "serum" },
            { key = "copper", name = "Copper", short = "Cu", discipline = "chemistry", unit = "umol/L", decimals = 1, specimen_type = "serum" },
            { key = "spot", name = "Spot", short = "Sp", discipline = "chemistry", unit = "", decimals = 0, specimen_type = "serum", kind = "coded" },
        ]
        test = [{ key = "spot", name = "Spot test", analytes = ["spot"], specimen_type = "serum" }]
        interval = [
            { analyte = "zinc", sex = "any", age_low = "18 a", low = "11", unit = "umol/L", type = "reference", source = "House book" },
            { analyte = "copper", sex = "any", age_low = "18 a", low = "12", unit = "umol/L", type = "reference", source = "House book", note = "Check the method" },
        ]"#;
    let entries = starter::parse(text).unwrap();
    service.world.lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(entries))).await.unwrap();
    let director = &service.world.director;
    let page = service.get(director, "/admin/catalog/sign?all=yes&source=House+book").await.page();
    for part in [
        "Approve one entry",
        "<dt>The entry has a note with a warning (1)</dt><dd>Copper</dd>",
        "Female, from 18 y",
        "Who is covered afterwards",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (proposed, _) = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap();
    let own: Vec<_> = proposed.iter().filter(|i| i.source == "House book").map(|i| i.id.to_string()).collect();
    let both = format!("/admin/catalog/sign?mark={}&mark={}", own[0], own[1]);
    let page = service.get(director, &both).await.page();
    assert!(
        page.contains("Approve one entry")
            && page.contains("<dt>The entry has a note with a warning (1)</dt><dd>Copper</dd>"),
        "{page}"
    );
    let seen = service.shown(director, &both).await;
    let fields =
        [("mark", own[0].as_str()), ("mark", own[1].as_str()), ("password", PASSWORD), ("shown", seen.as_str())];
    let page = service.post(director, "/admin/catalog/approve", &fields).await.again();
    assert!(
        page.contains("<dt>The entry has a note with a warning (1)</dt><dd>Copper</dd>"),
        "an entry that warns is signed singly: {page}"
    );
    let alone = [("mark", own[1].as_str()), ("password", PASSWORD), ("shown", seen.as_str())];
    assert_eq!(service.post(director, "/admin/catalog/approve", &alone).await.location(), "/admin/catalog");

    let incomplete = service.get(director, "/admin/catalog?show=incomplete").await.page();
    assert!(incomplete.contains("Spot test") && incomplete.contains("Spot has no answers"), "{incomplete}");
}

/// An analyte with its answers and its test are made on one page, a panel on another, and each once.
#[tokio::test]
async fn a_laboratory_makes_an_analyte_with_answers_and_a_panel_of_its_own() {
    let service = Service::new().await;
    let director = &service.world.director;
    let analyte = [
        ("name", "Spot test"),
        ("short", "Spot"),
        ("key", "spot"),
        ("discipline", "chemistry"),
        ("specimen", "urine"),
        ("kind", "coded"),
        ("alone", "yes"),
        ("code", "neg"),
        ("words", "Negative"),
        ("meaning", "normal"),
        ("code", "pos"),
        ("words", "Positive"),
        ("meaning", "abnormal"),
        ("code", ""),
        ("words", ""),
        ("meaning", "normal"),
    ];
    let new = "/admin/catalog/analytes/new";
    assert_eq!(service.make(director, new, &analyte).await.location(), "/admin/catalog");
    let taken = service.make(director, new, &analyte).await.again();
    assert!(taken.contains("has the key “spot” already") && taken.contains("value=\"Positive\""), "{taken}");
    let known = service.world.catalog().await;
    let spot = known.analyte_by_key("spot").unwrap().id;
    assert_eq!(known.answers(spot).iter().map(|a| a.words.as_str()).collect::<Vec<_>>(), ["Negative", "Positive"]);
    assert!(known.tests().iter().any(|t| t.key == "spot"));

    let panel =
        |members: &'static str| [("name", "Spots"), ("key", "spots"), ("specimen", "urine"), ("members", members)];
    let new = "/admin/catalog/tests/new";
    let unknown = service.make(director, new, &panel("Spot\nGold")).await.again();
    assert!(unknown.contains("“Gold”"), "{unknown}");
    assert_eq!(service.make(director, new, &panel("Spot\nua_nitrite")).await.location(), "/admin/catalog");
    let known = service.world.catalog().await;
    assert_eq!(known.tests().iter().find(|t| t.key == "spots").unwrap().analytes.len(), 2);

    let address = format!("/admin/catalog/analytes/{spot}/answers");
    let seen = service.shown(director, &address).await;
    let fields = [("code", "neg"), ("words", "None found"), ("meaning", "normal"), ("shown", seen.as_str())];
    assert_eq!(service.post(director, &address, &fields).await.location(), "/admin/catalog");
    let known = service.world.catalog().await;
    assert_eq!(known.answers(spot).iter().map(|a| a.words.as_str()).collect::<Vec<_>>(), ["None found"]);
    let late = service.post(director, &address, &fields).await.again();
    assert!(late.contains("changed this"), "{late}");
}

#[tokio::test]
async fn the_laboratory_is_described_as_reports_print_it() {
    let service = Service::new().await;
    let director = &service.world.director;
    let seen = service.shown(director, "/admin/site").await;
    let described = |name: &'static str, zone: &'static str| {
        let (address, shown) = ("1 Infirmary Way\r\nNorthfield", ("shown", seen.as_str()));
        [("name", name), ("address", address), ("accreditation", ""), ("director", "Dr Quill"), ("zone", zone), shown]
    };
    let zone = service.post(director, "/admin/site", &described("Northfield", "Europe/Londn")).await.again();
    assert!(zone.contains("“Europe/Londn” is not a time zone") && zone.contains("1 Infirmary Way"), "{zone}");
    let name = service.post(director, "/admin/site", &described(" ", "Europe/London")).await.again();
    assert!(name.contains("href=\"#name\""), "{name}");
    let saved = service.post(director, "/admin/site", &described("Northfield", "Europe/London")).await;
    assert_eq!(saved.location(), "/admin/site");
    assert!(service.get(director, saved.location()).await.page().contains("The details are saved."));
    // Somebody else who had opened the page before sees both, and loses nothing that was typed.
    let late = service.post(director, "/admin/site", &described("Southfield", "Europe/Berlin")).await.again();
    for part in ["director of the test changed this", "value=\"Southfield\"", "<bdi>Northfield</bdi>"] {
        assert!(late.contains(part), "{part}: {late}");
    }
    let site = service.world.lab.read(|s| Ok(sites::views::site(s)?)).await.unwrap().unwrap();
    assert_eq!(
        (site.name.as_str(), site.address),
        ("Northfield", vec!["1 Infirmary Way".to_owned(), "Northfield".to_owned()])
    );
    assert_eq!(site.zone.iana_name(), Some("Europe/London"));
}
