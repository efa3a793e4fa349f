//! A form that is sent after the session has ended: after signing in one stands at the form with what was typed.

use crate::common::{PASSWORD, Person, Service, World, form};
use axum::body::Body;
use axum::http::header::{COOKIE, REFERER, SET_COOKIE};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use titer_lab::accounts::commands::ResetPassword;
use titer_lab::accounts::{Credential, SignIn, sessions};
use titer_lab::patients::views as patients;
use titer_lab::{Actor, Role};
use titer_shell::permit::Declared;
use titer_store::reading;

/// A session ends half an hour after it was last used.
const IDLE: i64 = 31 * 60;

pub async fn again(service: &Service, who: &Person, username: &str) -> Person {
    with_password(service, who, username, PASSWORD).await
}

async fn with_password(service: &Service, who: &Person, username: &str, password: &str) -> Person {
    let world = &service.world;
    let signed_in = sessions::sign_in(&world.house, &world.passwords, SignIn::new(username, password)).await;
    let token = signed_in.unwrap().token;
    let session = sessions::session(&world.house, &token).await.unwrap().unwrap();
    Person { account: who.account, token, session }
}

/// Where the browser is led afterwards.
pub fn back_of(location: &str) -> String {
    let (_, back) = location.split_once("?back=").unwrap_or_else(|| panic!("{location}"));
    back.replace("%3F", "?").replace("%3D", "=").replace("%26", "&")
}

/// Sends a form from a page; answers where the browser is led, which is the sign-in page.
async fn too_late(service: &Service, who: &Person, page: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let mut request = form(path, fields);
    request.headers_mut().insert(REFERER, format!("http://titer.example{page}").parse().unwrap());
    let answer = service.ask(Some(who), request).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/sign-in?"), "{}", answer.location());
    back_of(answer.location())
}

const ADA: [(&str, &str); 5] =
    [("family", "Quill"), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", "MRN-7")];
const OWN: &str = "seven bridges over the canal";

async fn reset(service: &Service, who: &Person) {
    let credential = Credential::new("a one-time password").unwrap();
    let reset = ResetPassword { account: who.account, credential };
    service.world.house.submit(Actor::Console, None, move |tx| tx.run(reset)).await.unwrap();
}

/// A person chooses a password after a one-time password; answers where that leads.
async fn choose(service: &Service, who: &Person, back: &str) -> String {
    let fields = [("old", "a one-time password"), ("new", OWN), ("again", OWN), ("back", back)];
    let chosen = service.post(who, "/password", &fields).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.text());
    chosen.location().to_owned()
}

#[tokio::test]
async fn however_somebody_ended_the_session_its_entries_come_back_to_the_same_account() {
    for how in ["ended on the page", "others ended", "password changed"] {
        let service = Service::new().await;
        let clerk = service.person(Role::Clerk).await;
        let other = again(&service, &clerk, "clerk").await;
        let mut password = PASSWORD;
        let ended = match how {
            "ended on the page" => {
                let page = service.get(&other, "/sessions").await.page();
                let (_, key) = page.split_once("name=\"key\" value=\"").unwrap();
                service.post(&other, "/sessions/end", &[("key", &key[..64])]).await
            }
            "others ended" => service.post(&other, "/sessions/end-others", &[]).await,
            _ => {
                password = OWN;
                service.post(&other, "/password", &[("old", PASSWORD), ("new", OWN), ("again", OWN)]).await
            }
        };
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{how}: {}", ended.text());
        let back = too_late(&service, &clerk, "/patients/new", "/patients/new", &ADA).await;
        assert!(back.starts_with("/patients/new?draft="), "{how}: {back}");
        let director = &service.world.director;
        assert!(!service.get(director, &back).await.page().contains("MRN-7"), "{how}: to nobody else");
        let mine = with_password(&service, &clerk, "clerk", password).await;
        assert!(service.get(&mine, &back).await.page().contains("value=\"MRN-7\""), "{how}");
    }
}

/// Another tab of the same browser: the cookie of the session is gone.
#[tokio::test]
async fn after_signing_out_in_another_tab_the_entries_come_back_to_the_same_account_alone() {
    for tls in [false, true] {
        let service = Service::of(World::new().await, tls).await;
        let clerk = service.person(Role::Clerk).await;
        let out = service.post(&clerk, "/sign-out", &[]).await;
        let given = out.headers.get_all(SET_COOKIE).iter().map(|c| c.to_str().unwrap());
        let kept: Vec<&str> =
            given.filter(|c| !c.contains("Max-Age=0")).map(|c| c.split(';').next().unwrap()).collect();
        let cookies: HeaderValue = kept.join("; ").parse().unwrap();
        let mut page = Request::get("/patients/new").body(Body::empty()).unwrap();
        page.headers_mut().insert(COOKIE, cookies.clone());
        assert_eq!(service.ask(None, page).await.location(), "/sign-in?back=/patients/new", "nobody is signed in");
        let mut late = form("/patients/new", &ADA);
        late.headers_mut().insert(COOKIE, cookies);
        let answer = service.ask(None, late).await;
        assert!(answer.location().starts_with("/sign-in?back=/patients/new%3Fdraft%3D"), "{}", answer.location());
        let back = back_of(answer.location());
        let director = &service.world.director;
        assert!(!service.get(director, &back).await.page().contains("MRN-7"));
        let mine = again(&service, &clerk, "clerk").await;
        assert!(service.get(&mine, &back).await.page().contains("value=\"MRN-7\""));
    }
}

#[tokio::test]
async fn after_a_reset_the_entries_come_back_when_a_password_is_chosen() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    reset(&service, &clerk).await;
    let back = too_late(&service, &clerk, "/patients/new", "/patients/new", &ADA).await;
    let fields = [("name", "clerk"), ("password", "a one-time password"), ("back", back.as_str())];
    let signed_in = service.ask(None, form("/sign-in", &fields)).await;
    let location = signed_in.location().to_owned();
    assert!(location.starts_with("/password?back=") && back_of(&location) == back, "{location}");
    let mine = with_password(&service, &clerk, "clerk", "a one-time password").await;
    assert!(service.get(&mine, &location).await.page().contains(&format!("name=\"back\" value=\"{back}\"")));
    let wrong = [("old", PASSWORD), ("new", OWN), ("again", OWN), ("back", back.as_str())];
    let again = service.post(&mine, "/password", &wrong).await.again();
    assert!(again.contains(&format!("name=\"back\" value=\"{back}\"")), "{again}");
    assert_eq!(choose(&service, &mine, &back).await, back);
    assert!(service.get(&mine, &back).await.page().contains("value=\"MRN-7\""));
    assert_eq!(
        service
            .post(
                &mine,
                "/password",
                &[("old", OWN), ("new", PASSWORD), ("again", PASSWORD), ("back", "//elsewhere.example")]
            )
            .await
            .location(),
        "/"
    );
}

/// The form was open in another tab of the browser in which the one-time password was given.
#[tokio::test]
async fn a_form_that_comes_before_a_password_is_chosen_comes_back_afterwards() {
    let service = Service::new().await;
    let clerk = service.person(Role::Clerk).await;
    reset(&service, &clerk).await;
    let mine = with_password(&service, &clerk, "clerk", "a one-time password").await;
    assert_eq!(service.get(&mine, "/orders").await.location(), "/password?back=/orders");
    let late = service.post(&mine, "/patients/new", &ADA).await;
    assert!(late.location().starts_with("/password?back=/patients/new%3Fdraft%3D"), "{}", late.location());
    let back = back_of(late.location());
    assert_eq!(choose(&service, &mine, &back).await, back);
    assert!(service.get(&mine, &back).await.page().contains("value=\"MRN-7\""));
}

#[tokio::test]
async fn after_signing_in_one_is_back_at_the_form_with_what_was_typed() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let shown = service.shown(technician, "/patients/new").await;
    service.world.pass(IDLE);
    let before = service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap();
    let fields = [
        ("family", "Quill \"Q\" <b>"),
        ("given", "Ada"),
        ("born", "14 Mar 1971"),
        ("sex", "female"),
        ("identifier", "MRN-7"),
        ("password", "correct horse"),
        ("shown", shown.as_str()),
    ];
    let back = too_late(&service, technician, "/patients/new", "/patients/new", &fields).await;
    assert!(back.starts_with("/patients/new?draft="), "{back}");
    let sign_in = service.ask(None, Request::get(format!("/sign-in?back={back}")).body(Body::empty()).unwrap()).await;
    assert!(sign_in.page().contains("Your entries are kept for 24 hours"));
    assert_eq!(service.world.lab.read(|s| Ok(reading::head(s)?.number)).await.unwrap(), before);

    // Another account that signs in there gets nothing of it.
    let director = again(&service, &service.world.director, "director").await;
    let page = service.get(&director, &back).await.page();
    assert!(!page.contains("Quill") && page.contains("belong to technician of the test"), "{page}");

    let mine = again(&service, technician, "technician").await;
    let page = service.get(&mine, &back).await.page();
    for part in [
        "Your session had ended when you sent this",
        "value=\"Quill &quot;Q&quot; &lt;b>\"",
        "value=\"Ada\"",
        "value=\"14 Mar 1971\"",
        "value=\"MRN-7\"",
        "value=\"female\" checked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("correct horse"));

    // Sent again, the form does what it does, and the draft is gone.
    let (_, action) = page.split_once("action=\"/patients/new?draft=").unwrap();
    let action = format!("/patients/new?draft={}", action.split('"').next().unwrap());
    let mut fields = fields.to_vec();
    fields[0].1 = "Quill";
    assert_eq!(service.post(&mine, &action, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(service.world.lab.read(|s| Ok(patients::by_identifier(s, "MRN-7")?)).await.unwrap().is_some());
    let page = service.get(&mine, &back).await.page();
    assert!(!page.contains("MRN-7") && page.contains("are not kept any more"), "{page}");
}

#[tokio::test]
async fn a_scan_after_the_session_has_ended_is_in_the_field_again_and_no_tube_was_received() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    service.world.pass(IDLE);
    let back = too_late(&service, technician, "/receive", "/receive", &[("number", "T1"), ("number", "T2")]).await;
    let mine = again(&service, technician, "technician").await;
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("name=\"number\" value=\"T1\"") || page.contains("value=\"T1\""), "{page}");
    assert!(page.contains("<li><bdi>T1</bdi></li><li><bdi>T2</bdi></li>"), "{page}");
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_shown_and_not_taken_back() {
    let service = Service::of(World::standing().await, false).await;
    let director = &service.world.director.clone();
    let seen = service.shown(director, "/admin/site").await;
    let site = |name: &'static str, shown: String| {
        vec![
            ("name", name.to_owned()),
            ("address", String::new()),
            ("accreditation", String::new()),
            ("director", "Dr Quill".to_owned()),
            ("zone", "UTC".to_owned()),
            ("shown", shown),
        ]
    };
    service.world.pass(IDLE);
    let fields = site("Northfield", seen.clone());
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let back = too_late(&service, director, "/admin/site", "/admin/site", &fields).await;
    let mine = again(&service, director, "director").await;
    let other = site("Southfield", seen.clone());
    let other: Vec<(&str, &str)> = other.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(service.post(&mine, "/admin/site", &other).await.status, StatusCode::SEE_OTHER);
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("value=\"Northfield\"") && page.contains(&format!("name=\"shown\" value=\"{seen}\"")));
    let late = service.post(&mine, "/admin/site", &fields).await.again();
    assert!(late.contains("changed this") && late.contains("<bdi>Southfield</bdi>"), "{late}");
}

#[tokio::test]
async fn a_signature_that_came_too_late_leads_back_to_its_page_and_says_that_nothing_was_done() {
    let service = Service::of(World::standing().await, false).await;
    let director = &service.world.director.clone();
    service.world.pass(IDLE);
    let fields = [("mark", "1025:1:held"), ("password", PASSWORD)];
    let back = too_late(&service, director, "/review/sign", "/review/signed", &fields).await;
    assert!(back.starts_with("/review?draft="), "{back}");
    let mine = again(&service, director, "director").await;
    let page = service.get(&mine, &back).await.page();
    assert!(page.contains("Nothing was changed") && !page.contains(PASSWORD), "{page}");
    // Marks of results say nothing to a person.
    assert!(!page.contains("1025:1:held") && !page.contains("You had entered"), "{page}");
}

#[tokio::test]
async fn entries_that_nobody_can_tell_the_author_of_are_said_to_be_lost() {
    let service = Service::of(World::standing().await, false).await;
    let lost = service.ask(None, form("/patients/new", &ADA)).await;
    assert_eq!(lost.location(), "/sign-in?back=/patients/new%3Fdraft%3Dlost");
    let sign_in = Request::get(lost.location()).body(Body::empty()).unwrap();
    assert!(service.ask(None, sign_in).await.page().contains("Your entries could not be kept"));
    let director = &service.world.director;
    assert!(!service.get(director, &back_of(lost.location())).await.page().contains("MRN-7"));
    // A session of a week ago.
    let technician = &service.world.technician.clone();
    service.world.pass(7 * 24 * 3_600);
    assert_eq!(
        too_late(&service, technician, "/patients/new", "/patients/new", &ADA).await,
        "/patients/new?draft=lost"
    );
    let nothing = service.ask(None, form("/review/sign", &[])).await;
    assert_eq!(nothing.location(), "/sign-in?back=/review", "nothing was entered");
}

/// Two tabs of one browser with one page: neither takes away what was typed in the other. Of one form that comes twice, the last counts.
#[tokio::test]
async fn each_form_that_was_shown_has_a_draft_of_its_own() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician.clone();
    let (first, second) = (service.stamp(technician.account), service.stamp(technician.account));
    service.world.pass(IDLE);
    let (shell, pages) = (titer_shell::routes(), titer_web::routes());
    let takes = |route: &&Declared| route.method == Method::POST && !["/sign-in", "/sign-out"].contains(&route.path);
    let routes: Vec<&Declared> = shell.declared().iter().chain(pages.declared()).filter(takes).collect();
    assert!(routes.len() > 30, "{}", routes.len());
    for route in routes {
        let path = route.path.replace("{id}", "1").replace("{result}", "1");
        let late = async |stamp: &str, reason: &'static str| {
            let answer = service.ask(Some(technician), form(&path, &[("stamp", stamp), ("reason", reason)])).await;
            assert!(answer.location().contains("draft%3D"), "{route}: {}", answer.location());
            answer.location().to_owned()
        };
        let (one, other) = (late(&first, "one").await, late(&second, "other").await);
        assert_ne!(one, other, "{route}");
        assert_eq!(one, late(&first, "one, again").await, "{route}");
    }
    let scan = async |stamp: &str, tube: &'static str| {
        too_late(&service, technician, "/receive", "/receive", &[("stamp", stamp), ("number", tube)]).await
    };
    let (one, other) = (scan(&first, "T1").await, scan(&second, "T2").await);
    let mine = again(&service, technician, "technician").await;
    for (back, tube, stamp) in [(&one, "T1", &first), (&other, "T2", &second)] {
        let page = service.get(&mine, back).await.page();
        assert!(page.contains(&format!("value=\"{tube}\"")) && page.contains(stamp), "{tube}: {page}");
    }
}

/// The session that has ended was another one's: a third tab had been open since before.
#[tokio::test]
async fn a_form_that_comes_too_late_is_kept_for_whom_it_was_shown_to() {
    let service = Service::of(World::standing().await, false).await;
    let (technician, director) = (&service.world.technician.clone(), &service.world.director.clone());
    let stamp = service.stamp(technician.account);
    service.world.pass(IDLE);
    let fields = [&ADA[..], &[("stamp", stamp.as_str())]].concat();
    let back = too_late(&service, director, "/patients/new", "/patients/new", &fields).await;
    let sender = again(&service, director, "director").await;
    assert!(!service.get(&sender, &back).await.page().contains("MRN-7"));
    let mine = again(&service, technician, "technician").await;
    assert!(service.get(&mine, &back).await.page().contains("value=\"MRN-7\""));
}
