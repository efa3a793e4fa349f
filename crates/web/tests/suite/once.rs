//! Forms that make something new are taken once, whatever is wrong is said before, and what is unlikely is asked about.

use crate::common::{PASSWORD, Person, Service, World, form};
use axum::http::StatusCode;
use axum::http::header::REFERER;
use titer_lab::accounts::{SignIn, sessions};
use titer_lab::orders::views as orders;
use titer_lab::patients::views as patients;
use titer_lab::people::commands::grant;
use titer_lab::{Actor, Role};
use titer_store::reading;

const QUILL: [(&str, &str); 5] =
    [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", "MRN-1")];
const UNKNOWN: [(&str, &str); 5] =
    [("no_name", "yes"), ("no_born", "yes"), ("no_identifier", "yes"), ("age_band", "adult"), ("sex", "unknown")];

/// The fields, some of them with another value, and others beside them.
fn with<'a>(fields: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

/// What a page carries unseen in its form.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

async fn events(service: &Service) -> i64 {
    service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap()
}

/// A patient, and what an order for them sends.
async fn order(service: &Service) -> (String, Vec<(&'static str, String)>) {
    let patient = service.world.patient("MRN-1").await.to_string();
    let test = service.world.catalog().await.tests().iter().find(|t| t.key == "sodium").unwrap().id.to_string();
    let fields = [("patient", patient.as_str()), ("test", &test), ("priority", "routine"), ("requester", "Ward 4")];
    (format!("/orders/new?patient={patient}"), fields.map(|(n, v)| (n, v.to_owned())).to_vec())
}

fn plain<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn an_order_that_is_sent_twice_is_placed_once() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let (path, fields) = order(&service).await;
    let shown = service.shown(&clerk, &path).await;
    let sent = with(&plain(&fields), &[("shown", &shown)]);
    // A double click: neither waits for the other.
    let both = tokio::join!(service.post(&clerk, &path, &sent), service.post(&clerk, &path, &sent));
    assert_eq!((both.0.status, both.1.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(both.0.location(), both.1.location());
    let before = events(&service).await;
    // Back, and sent again.
    assert_eq!(service.post(&clerk, "/orders/new", &sent).await.location(), both.0.location());
    assert_eq!(events(&service).await, before);
    // With other entries it may be meant: it is asked about, and then placed.
    let other = with(&sent, &[("priority", "stat")]);
    let page = service.post(&clerk, &path, &other).await.again();
    assert!(page.contains("This form was sent before, with other entries, and order "), "{page}");
    assert_eq!(events(&service).await, before);
    let shown = hidden(&page, "shown");
    let second = service.post(&clerk, &path, &with(&other, &[("shown", &shown)])).await;
    assert_ne!(second.location(), both.0.location());
    // A form that was not shown here places nothing.
    let before = events(&service).await;
    for shown in ["0", "1", "-1", "9223372036854775807"] {
        let page = service.post(&clerk, &path, &with(&sent, &[("shown", shown)])).await.again();
        assert!(page.contains("This form is more than two days old, or was not opened on this page"), "{page}");
    }
    assert_eq!(events(&service).await, before);
}

#[tokio::test]
async fn somebody_whom_nobody_knows_is_registered_once() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    for fields in [UNKNOWN, QUILL] {
        let shown = service.shown(&clerk, "/patients/new").await;
        let sent = with(&fields, &[("shown", &shown)]);
        let first = service.post(&clerk, "/patients/new", &sent).await;
        let before = events(&service).await;
        let second = service.post(&clerk, "/patients/new", &sent).await;
        assert_eq!((first.location(), before), (second.location(), events(&service).await));
    }
}

#[tokio::test]
async fn an_account_that_is_opened_twice_says_that_it_is_open() {
    let service = Service::new().await;
    let administrator = service.person(Role::Administrator).await;
    let (world, roles) = (&service.world, [Role::Administrator]);
    grant(&world.house, &world.lab, Actor::Console, administrator.account, "Administrator", &roles).await.unwrap();
    let shown = service.shown(&administrator, "/admin/staff").await;
    let fields = [("name", "Wren Abara"), ("login", "wren"), ("role", "clerk"), ("shown", shown.as_str())];
    assert!(service.post(&administrator, "/admin/staff", &fields).await.page().contains("One-time password of wren"));
    let page = service.post(&administrator, "/admin/staff", &fields).await.again();
    assert!(page.contains("The account exists already") && !page.contains("One-time password of wren"), "{page}");
}

/// The session ends after the order was placed; the browser's Back sends the form once more, which is given back after signing in.
#[tokio::test]
async fn a_form_that_is_given_back_after_signing_in_makes_nothing_a_second_time() {
    let service = Service::of(World::standing().await, false).await;
    let technician = service.world.technician.clone();
    let (path, fields) = order(&service).await;
    let shown = service.shown(&technician, &path).await;
    let sent = with(&plain(&fields), &[("shown", &shown)]);
    let first = service.post(&technician, &path, &sent).await.location().to_owned();
    service.world.pass(31 * 60);
    let mut late = form(&path, &sent);
    late.headers_mut().insert(REFERER, format!("http://titer.example{path}").parse().unwrap());
    let answer = service.ask(Some(&technician), late).await;
    let back = answer.location().strip_prefix("/sign-in?back=").unwrap().to_owned();
    let back = back.replace("%3F", "?").replace("%3D", "=").replace("%26", "&");
    let world = &service.world;
    let signed_in = sessions::sign_in(&world.house, &world.passwords, SignIn::new("technician", PASSWORD)).await;
    let token = signed_in.unwrap().token;
    let session = sessions::session(&world.house, &token).await.unwrap().unwrap();
    let again = Person { account: technician.account, token, session };
    let page = service.get(&again, &back).await.page();
    assert_eq!(hidden(&page, "shown"), shown);
    let before = events(&service).await;
    assert_eq!(service.post(&again, &path, &sent).await.location(), first);
    assert_eq!(events(&service).await, before);
}

#[tokio::test]
async fn an_order_says_who_asks() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    let (path, fields) = order(&service).await;
    for nobody in ["", "  "] {
        let page = service.make(&clerk, &path, &with(&plain(&fields), &[("requester", nobody)])).await.again();
        assert!(page.contains("<a href=\"#requester\">“Requested by” is empty"), "{page}");
    }
}

#[tokio::test]
async fn a_collection_long_ago_is_confirmed_before_it_is_ordered_or_received() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let (path, fields) = order(&service).await;
    let at = |typed: &'static str| with(&plain(&fields), &[("collected", typed)]);
    assert_eq!(service.make(technician, &path, &at("16 Nov 2026 12:00")).await.status, StatusCode::SEE_OTHER);
    let page = service.make(technician, &path, &at("14 Nov 2026 12:00")).await.again();
    assert!(page.contains("The collection time 14 Nov 2026 12:00 is 7 days ago"), "{page}");
    assert!(page.contains("Place order with this time"), "{page}");
    // What was confirmed is this time, and no other.
    let (confirmed, shown) = (hidden(&page, "confirmed"), hidden(&page, "shown"));
    for other in ["14 Nov 2024 12:00", "14 Nov 2026 12:01"] {
        let sent = with(&at(other), &[("confirmed", &confirmed), ("shown", &shown)]);
        let page = service.post(technician, &path, &sent).await.again();
        assert!(page.contains("days ago") && hidden(&page, "confirmed") != confirmed, "{page}");
    }
    for wrong in ["", "yes", "0"] {
        let sent = with(&at("14 Nov 2026 12:00"), &[("confirmed", wrong), ("shown", &shown)]);
        service.post(technician, &path, &sent).await.again();
    }
    let sent = with(&at("14 Nov 2026 12:00"), &[("confirmed", &confirmed), ("shown", &shown)]);
    let placed = service.post(technician, &path, &sent).await;
    let order: i64 = placed.location().strip_prefix("/orders/").unwrap().parse().unwrap();
    // At receipt the order's own time is asked about, and one that is typed.
    let of_order = move |s: &mut titer_store::Snapshot<'_>| {
        Ok(titer_lab::specimens::views::of_order(s, titer_lab::orders::OrderId(order))?)
    };
    let tube = service.world.lab.read(of_order).await.unwrap()[0].barcode.clone();
    let page = service.post(technician, "/receive", &[("number", &tube)]).await.again();
    assert!(page.contains("is 7 days ago") && page.contains("Receive with this time"), "{page}");
    let own = hidden(&page, "confirmed");
    let typed = [("number", tube.as_str()), ("collected", "01 Nov 2026 12:00"), ("confirmed", own.as_str())];
    let page = service.post(technician, "/receive", &typed).await.again();
    assert!(page.contains("01 Nov 2026 12:00 is 20 days ago") && hidden(&page, "confirmed") != own, "{page}");
    let page = service.post(technician, "/receive", &[("number", &tube), ("confirmed", &own)]).await.page();
    assert!(page.contains("data-outcome=\"done\""), "{page}");
}

/// A code that no form of these pages has is refused wherever one is sent.
#[tokio::test]
async fn a_code_that_nobody_knows_is_refused_in_every_form() {
    let service = Service::new().await;
    let administrator = service.person(Role::Administrator).await;
    let technician = &service.world.technician.clone();
    let (path, fields) = order(&service).await;
    let patient = service.world.patient("MRN-2").await;
    let (_, tube) = service.world.received(patient, &["sodium"], "T1").await;
    let correct = format!("/patients/{patient}/correct");
    let seen = service.shown(technician, &correct).await;
    let corrected = with(&QUILL, &[("identifier", "MRN-2"), ("reason", "misread"), ("shown", &seen), ("no_born", "")]);
    let staff = [("name", "Wren"), ("login", "wren"), ("role", "clerk")];
    let member = format!("/admin/staff/{}", technician.account);
    let (seen, tube_seen) =
        (service.shown(&administrator, &member).await, service.shown(technician, &format!("/specimens/{tube}")).await);
    let before = events(&service).await;
    for (field, code) in
        [("age_band", "zebra"), ("sex", "zebra"), ("no_name", "zebra"), ("no_born", "on"), ("no_identifier", "no")]
    {
        let answer = service.make(technician, "/patients/new", &with(&UNKNOWN, &[(field, code)])).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.status);
        let answer = service.post(technician, &correct, &with(&corrected, &[(field, code)])).await;
        assert!(answer.status.is_client_error(), "{field}: {}", answer.status);
    }
    for changed in [("priority", "zebra"), ("test", "1")] {
        service.make(technician, &path, &with(&plain(&fields), &[changed])).await.again();
    }
    let reject = [("reason", "zebra"), ("shown", tube_seen.as_str())];
    service.post(technician, &format!("/specimens/{tube}/reject"), &reject).await.again();
    let page = service.make(&administrator, "/admin/staff", &[&staff[..], &[("role", "zebra")]].concat()).await.again();
    assert!(page.contains("One of these roles is not known here"), "{page}");
    let roles = [("role", "clerk"), ("role", "zebra"), ("shown", seen.as_str())];
    service.post(&administrator, &member, &roles).await.again();
    assert_eq!(events(&service).await, before, "nothing was registered, ordered, rejected or granted");
    let page = service.make(technician, "/patients/new", &with(&UNKNOWN, &[("age_band", "zebra")])).await.again();
    assert!(page.contains("<a href=\"#age_band\">This estimated age is not known here"), "{page}");
    // A link's forms carry the state of each mapping.
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let mapping = service.world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    let mark = format!("{mapping}:zebra");
    for what in ["adopt", "sign", "signed"] {
        let path = format!("/admin/links/{link}/{what}");
        let fields = [("mark", mark.as_str()), ("password", PASSWORD)];
        let answer = service.post(&service.world.director, &path, &fields).await;
        assert!(answer.status.is_client_error(), "{what}: {}", answer.status);
    }
}

#[tokio::test]
async fn that_somebody_is_another_person_holds_for_those_who_were_shown() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    assert_eq!(service.make(&clerk, "/patients/new", &QUILL).await.status, StatusCode::SEE_OTHER);
    let second = with(&QUILL, &[("identifier", "MRN-2")]);
    let page = service.make(&clerk, "/patients/new", &second).await.again();
    assert!(page.contains("Register as a different person") && page.contains("MRN-1"), "{page}");
    for different in ["", "yes"] {
        service.make(&clerk, "/patients/new", &with(&second, &[("different", different)])).await.again();
    }
    // Somebody else registers another one meanwhile.
    let (different, shown) = (hidden(&page, "different"), hidden(&page, "shown"));
    let third = with(&QUILL, &[("identifier", "MRN-3"), ("different", &different)]);
    assert_eq!(service.make(&clerk, "/patients/new", &third).await.status, StatusCode::SEE_OTHER);
    let confirmed = with(&second, &[("different", &different), ("shown", &shown)]);
    let page = service.post(&clerk, "/patients/new", &confirmed).await.again();
    assert!(page.contains("MRN-1") && page.contains("MRN-3"), "{page}");
    let both = hidden(&page, "different");
    let confirmed = with(&confirmed, &[("different", &both)]);
    assert_eq!(service.post(&clerk, "/patients/new", &confirmed).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_correction_asks_about_those_who_could_be_the_same_and_an_identifier_stays_findable() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    service.make(&clerk, "/patients/new", &QUILL).await;
    let done = service.make(&clerk, "/patients/new", &UNKNOWN).await;
    let id: i64 = done.location().strip_prefix("/orders/new?patient=").unwrap().parse().unwrap();
    let path = format!("/patients/{id}/correct");
    let page = service.get(&clerk, &path).await.page();
    let (temporary, shown) = (hidden(&page, "identifier"), hidden(&page, "shown"));
    assert!(temporary.starts_with("TEMP-") && page.contains("Issued reports and printed labels stay"), "{page}");
    let fields = with(&QUILL, &[("identifier", "MRN-2"), ("reason", "identified"), ("shown", &shown)]);
    // Whatever is wrong is said before anything is asked.
    for (changed, said) in [
        (("identifier", "mrn-1"), "belongs to a registered patient"),
        (("identifier", " "), "is empty"),
        (("reason", ""), "Give a reason for the correction"),
    ] {
        let page = service.post(&clerk, &path, &with(&fields, &[changed])).await.again();
        assert!(page.contains(said) && !page.contains("Save correction: none of these patients"), "{page}");
    }
    let page = service.post(&clerk, &path, &fields).await.again();
    assert!(page.contains("Save correction: none of these patients") && page.contains("MRN-1"), "{page}");
    let different = hidden(&page, "different");
    let page = service.post(&clerk, &path, &with(&fields, &[("different", "yes")])).await.again();
    assert_eq!(hidden(&page, "different"), different);
    let done = service.post(&clerk, &path, &with(&fields, &[("different", &different)])).await;
    let page = service.get(&clerk, done.location()).await.page();
    for part in ["QUILL", "<dd>MRN-2</dd>", &format!("<dt>Former identifier</dt><dd>{temporary}</dd>")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let found = service.get(&clerk, &format!("/find?q={temporary}")).await.page();
    assert!(found.contains(&format!("MRN-2 (formerly {temporary})")), "{found}");
    // Whoever gets the former identifier is asked whether it is the same person.
    let other = with(&QUILL, &[("family", "Renard"), ("identifier", &temporary)]);
    let page = service.make(&clerk, "/patients/new", &other).await.again();
    assert!(page.contains("Register as a different person") && page.contains("MRN-2 (formerly"), "{page}");
    let known = service.world.lab.read(|s| Ok(patients::by_identifier(s, "MRN-2")?)).await.unwrap().unwrap();
    assert_eq!(known.id.0, id);
}

#[tokio::test]
async fn a_birth_after_a_collection_is_asked_about() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let (path, fields) = order(&service).await;
    let sent = with(&plain(&fields), &[("collected", "20 Nov 2026 12:00"), ("tube", "T1")]);
    assert_eq!(service.make(technician, &path, &sent).await.status, StatusCode::SEE_OTHER);
    let correct = format!("/patients/{}/correct", path.rsplit('=').next().unwrap());
    let shown = service.shown(technician, &correct).await;
    let born = |day: &'static str| with(&QUILL, &[("born", day), ("reason", "misread"), ("shown", &shown)]);
    let page = service.post(technician, &correct, &born("21 Nov 2026")).await.again();
    assert!(page.contains("Tube T1 was collected at 20 Nov 2026 12:00, before this date of birth"), "{page}");
    let early = hidden(&page, "early");
    for wrong in ["yes", "1"] {
        service.post(technician, &correct, &with(&born("21 Nov 2026"), &[("early", wrong)])).await.again();
    }
    let done = service.post(technician, &correct, &with(&born("21 Nov 2026"), &[("early", &early)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

/// Asked for again after the final report, an order is not final anywhere until the next version is composed.
#[tokio::test]
async fn a_final_report_is_not_final_from_the_moment_that_tests_are_asked_for_again() {
    let service = Service::new().await;
    let technician = &service.world.technician.clone();
    let world = &service.world;
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    let potassium = world.propose(link, "551", "mmol/L", "potassium").await.unwrap();
    world.approve(link, vec![potassium], &world.director).await.unwrap();
    world.confirm(link, vec![potassium]).await.unwrap();
    let patient = service.world.patient("MRN-1").await;
    let (order, specimen) = service.world.received(patient, &["potassium"], "T1").await;
    service.world.reject(specimen).await.unwrap();
    issue(&service, order).await;
    let places =
        [format!("/orders/{order}"), format!("/reports/{order}"), "/reports".into(), format!("/patients/{patient}")];
    let places = [&places[..], &["/find?q=Okafor".to_owned(), "/orders".to_owned()]].concat();
    let said = async |word: &'static str, other: &'static str, when: &'static str| {
        for path in &places {
            let page = service.get(technician, path).await.page();
            assert!(page.contains(&format!(">{word}<")), "{when}: {path}: {page}");
            assert!(!page.contains(&format!(">{other}<")), "{when}: {path}: {page}");
        }
    };
    said("Final", "Preliminary", "reported").await;
    service.post(technician, &format!("/orders/{order}/again"), &[]).await;
    said("Preliminary", "Final", "asked for again").await;
    let page = service.get(technician, &format!("/reports/{order}")).await.page();
    assert!(page.contains("The order is preliminary until the next version is composed"), "{page}");
    let tubes = service.world.lab.read(move |s| Ok(titer_lab::specimens::views::of_order(s, order)?)).await.unwrap();
    let tube = tubes.last().unwrap();
    service.post(technician, "/receive", &[("number", &tube.barcode)]).await.page();
    service.measured(link, &tube.barcode, &[("551", "4.1", "mmol/L")]).await;
    said("Preliminary", "Final", "measured").await;
    let mark = service.mark(tube.id).await;
    let signed = service.post(technician, "/review/signed", &[("mark", &mark), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
    said("Preliminary", "Final", "verified").await;
    issue(&service, order).await;
    said("Final", "Preliminary", "reported again").await;
    // What was issued stays, and says whom it names.
    let report = format!("/reports/{order}");
    assert!(!service.get(technician, &report).await.page().contains("The patient was corrected after this version"));
    let correct = format!("/patients/{patient}/correct");
    let shown = service.shown(technician, &correct).await;
    let fields = with(&QUILL, &[("identifier", "MRN-9"), ("reason", "misread"), ("shown", &shown)]);
    assert_eq!(service.post(technician, &correct, &fields).await.status, StatusCode::SEE_OTHER);
    let page = service.get(technician, &report).await.page();
    assert!(
        page.contains("This version names Okafor-Lindqvist, Nneka (Female, 02 Apr 1971), identifier MRN-1"),
        "{page}"
    );
    let page = service.get(technician, &format!("/patients/{patient}")).await.page();
    assert!(page.contains("Issued with the old data") && page.contains("<dd>MRN-9</dd>"), "{page}");
    assert_eq!(service.world.lab.read(move |s| Ok(orders::order(s, order)?)).await.unwrap().unwrap().id, order);
}

/// Composes what is due, and issues it.
async fn issue(service: &Service, order: titer_lab::orders::OrderId) {
    service.world.compose_due().await;
    let last = service.world.lab.read(move |s| Ok(titer_lab::reports::views::of_order(s, order)?)).await.unwrap();
    service.typeset(last[0].id).await;
}

#[tokio::test]
async fn an_instrument_and_a_note_about_it_that_are_sent_twice_are_entered_once() {
    let service = Service::new().await;
    let supervisor = service.person(Role::Supervisor).await;
    let shown = service.shown(&supervisor, "/instruments/new").await;
    let osmo = [("name", "Osmo 1"), ("kind", "manual"), ("link", ""), ("module", ""), ("shown", shown.as_str())];
    let first = service.post(&supervisor, "/instruments/new", &osmo).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    let before = events(&service).await;
    let second = service.post(&supervisor, "/instruments/new", &osmo).await;
    assert_eq!((first.location(), before), (second.location(), events(&service).await));
    let page = service.post(&supervisor, "/instruments/new", &with(&osmo, &[("name", "Osmo 2")])).await.again();
    assert!(page.contains("an instrument was added from it") && hidden(&page, "shown") != shown, "{page}");

    let path = first.location().to_owned();
    let shown = service.shown(&supervisor, &path).await;
    let note = [("kind", "reagent-lot"), ("lot", "4711-A"), ("happened", ""), ("shown", shown.as_str())];
    // A double click: neither waits for the other.
    let both = tokio::join!(service.post(&supervisor, &path, &note), service.post(&supervisor, &path, &note));
    assert_eq!((both.0.status, both.1.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(events(&service).await, before + 1);
    let page = service.post(&supervisor, &path, &with(&note, &[("lot", "4711-B")])).await.again();
    assert!(page.contains("a note was made from it") && page.contains("value=\"4711-B\""), "{page}");
    let fresh = hidden(&page, "shown");
    let other = with(&note, &[("lot", "4711-B"), ("shown", &fresh)]);
    assert_eq!(service.post(&supervisor, &path, &other).await.status, StatusCode::SEE_OTHER);
    assert_eq!(events(&service).await, before + 2);
    for shown in ["", "0", "1"] {
        let answer = service.post(&supervisor, &path, &with(&note, &[("shown", shown)])).await;
        assert!(answer.status.is_client_error(), "{shown}: {}", answer.status);
    }
    assert_eq!(events(&service).await, before + 2);
}

/// The page that shows the password, loaded again: whoever wrote the password down must not find that it does not hold any more.
#[tokio::test]
async fn a_one_time_password_is_made_once() {
    let service = Service::new().await;
    let administrator = service.person(Role::Administrator).await;
    let (world, roles) = (&service.world, [Role::Administrator]);
    grant(&world.house, &world.lab, Actor::Console, administrator.account, "Administrator", &roles).await.unwrap();
    let (path, stamp) =
        (format!("/admin/staff/{}/reset", service.world.technician.account), service.stamp(administrator.account));
    let sent = [("stamp", stamp.as_str())];
    let send = || service.post(&administrator, &path, &sent);
    assert!(send().await.page().contains("One-time password of technician"));
    let head = || service.world.house.read(|s| Ok(reading::head(s)?.number));
    let before = head().await.unwrap();
    let again = send().await;
    assert_eq!(again.location(), "/admin/staff");
    let page = service.get(&administrator, "/admin/staff").await.page();
    assert!(page.contains("No new password was made") && !page.contains("One-time password of technician"), "{page}");
    assert_eq!(head().await.unwrap(), before);
    assert!(service.post(&administrator, &path, &[]).await.page().contains("One-time password of technician"));
}

/// Whatever a form makes: sent a second time, it says so and leads to what it made.
#[tokio::test]
async fn a_form_that_is_sent_twice_says_that_it_was_saved_already_and_leads_to_the_entry() {
    let service = Service::of(World::standing().await, false).await;
    let (world, director) = (&service.world, service.world.director.clone());
    let roles = [Role::Director, Role::Technician];
    grant(&world.house, &world.lab, Actor::Console, director.account, "director of the test", &roles).await.unwrap();
    let (order, placed) = order(&service).await;
    let instrument = [("name", "Osmometer"), ("kind", "manual")];
    let analyte = [
        ("name", "Spot test"),
        ("short", "Spot"),
        ("key", "spot"),
        ("discipline", "chemistry"),
        ("specimen", "serum"),
        ("kind", "numeric"),
        ("decimals", "1"),
        ("unit", "g/L"),
    ];
    let panel = [("name", "Salts"), ("key", "own_salts"), ("specimen", "serum"), ("members", "sodium\npotassium")];
    type Form<'f> = (&'f str, &'f str, Vec<(&'f str, &'f str)>);
    let forms: [Form<'_>; 5] = [
        (&order, "/orders/", plain(&placed)),
        (
            "/patients/new",
            "/orders/new?patient=",
            QUILL.map(|(n, v)| (n, if n == "identifier" { "MRN-9" } else { v })).to_vec(),
        ),
        ("/instruments/new", "/instruments/", instrument.to_vec()),
        ("/admin/catalog/analytes/new", "/admin/catalog/analytes/", analyte.to_vec()),
        ("/admin/catalog/tests/new", "/admin/catalog/tests/", panel.to_vec()),
    ];
    let mut made = String::new();
    for (path, leads, fields) in &forms {
        let shown = service.shown(&director, path).await;
        let sent = with(fields, &[("shown", &shown)]);
        let first = service.post(&director, path, &sent).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER, "{path}: {}", first.text());
        let said = service.get(&director, first.location()).await.text();
        assert!(!said.contains("was saved already"), "{path}: {said}");
        let before = events(&service).await;
        let second = service.post(&director, path, &sent).await;
        assert!(second.location().starts_with(leads), "{path}: {}", second.location());
        let page = service.get(&director, second.location()).await.page();
        assert!(page.contains("This form was saved already"), "{path}: {page}");
        assert_eq!(events(&service).await, before, "{path}");
        if path.starts_with("/instruments") {
            made = second.location().to_owned();
        }
    }
    let shown = service.shown(&director, &made).await;
    let note = [("kind", "other"), ("text", "cleaned"), ("shown", shown.as_str())];
    for says in ["The note is saved", "This form was saved already"] {
        let answer = service.post(&director, &made, &note).await;
        assert_eq!(answer.location(), made);
        assert!(service.get(&director, &made).await.page().contains(says), "{says}");
    }
}
