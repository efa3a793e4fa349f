//! What strangers, and people who mean no good, send to the pages.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{Method, Request, StatusCode};
use titer_lab::Role;
use titer_lab::accounts::sessions;

use crate::common::{Answer, PASSWORD, Service, World, form};

/// The cookies that an answer gives, as a browser sends them.
fn given(answer: &Answer) -> String {
    let cookies = answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    cookies.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

async fn sign_in(service: &Service, fields: &[(&str, &str)], cookies: &str) -> Answer {
    let mut request = form("/sign-in", fields);
    request.headers_mut().insert(COOKIE, cookies.parse().unwrap());
    service.ask(None, request).await
}

const DIRECTOR: [(&str, &str); 2] = [("name", "director"), ("password", PASSWORD)];
const WRONG: [(&str, &str); 2] = [("name", "director"), ("password", "wrong horse battery")];

#[tokio::test]
async fn nobody_is_sent_elsewhere_after_signing_in() {
    let service = Service::new().await;
    let elsewhere = [
        "//elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "/\r/elsewhere.example",
        "/\\elsewhere.example",
        "\\/elsewhere.example",
        "https://elsewhere.example",
        "/.//elsewhere.example",
        "/orders\r\nSet-Cookie: titer=1",
        "/\u{a0}/elsewhere.example",
        "javascript:alert(1)",
    ];
    for back in elsewhere {
        let answer = sign_in(&service, &[DIRECTOR[0], DIRECTOR[1], ("back", back)], "").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{back:?}");
    }
    let answer = sign_in(&service, &[DIRECTOR[0], DIRECTOR[1], ("back", "/find?q=a%20b")], "").await;
    assert_eq!(answer.location(), "/find?q=a%20b");
    let page = Request::get("/sign-in?back=/%09/elsewhere.example").body(Body::empty()).unwrap();
    assert_eq!(service.ask(None, page).await.status, StatusCode::BAD_REQUEST);
}

/// A request for another host names it in full.
#[tokio::test]
async fn the_way_back_is_of_this_site_whatever_was_asked_for() {
    let service = Service::new().await;
    let request = Request::get("http://localhost/orders?before=7").body(Body::empty()).unwrap();
    assert_eq!(service.ask(None, request).await.location(), "/sign-in?back=/orders%3Fbefore%3D7");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_at_the_door() {
    let service = Service::new().await;
    let director = &service.world.director;
    for path in [
        "/find?q=%00",
        "/find?q=a%0D%0Ab",
        "/find?q=%09",
        "/find?q=%C2%9B",
        "/find?q=%FF",
        "/find?%00=1",
        "/orders/%00",
        "/orders/1%0A",
        "/orders?before=%00",
        "/messages?for=specimen&key=%00",
        "/patients/new?family=%00",
        "/nowhere%00",
        "/assets/0000/%00",
        "/specimens/%F0%28%8C%28",
    ] {
        let answer = service.get(director, path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.text().contains("could not be read"), "{path}: {}", answer.text());
        let stranger = service.ask(None, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(stranger.status, StatusCode::BAD_REQUEST, "{path}");
    }
    for (path, body) in [
        ("/sign-in", "name=%00&password=a"),
        ("/sign-in", "name=a&password=%00"),
        ("/sign-in", "name=a&password=a&back=%00"),
        ("/receive", "barcode=T%00"),
        ("/receive", "barcode=%FF"),
        ("/orders/new", "requester=%00"),
        ("/review/sign", "%00=1"),
    ] {
        let form = "application/x-www-form-urlencoded";
        let request = Request::post(path).header(CONTENT_TYPE, form).body(Body::from(body)).unwrap();
        assert_eq!(service.ask(Some(director), request).await.status, StatusCode::BAD_REQUEST, "{path} {body}");
    }
    let json = Request::post("/receive").header(CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(service.ask(Some(director), json).await.status, StatusCode::BAD_REQUEST);
    let long = "a".repeat(titer_shell::body::FORM_BYTES_MAX);
    let long = service.post(director, "/receive", &[("barcode", &long)]).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_stranger_s_wrong_passwords_lock_nobody_out() {
    let service = Service::new().await;
    let bench = given(&sign_in(&service, &DIRECTOR, "").await);
    let device = bench.split("; ").find(|cookie| cookie.starts_with("titer-device=")).unwrap().to_owned();
    for _ in 0..5 {
        let wrong = sign_in(&service, &WRONG, "").await.again();
        assert!(wrong.contains("The sign-in name or the password is wrong"), "{wrong}");
    }
    assert_eq!(sign_in(&service, &DIRECTOR, "").await.status, StatusCode::SEE_OTHER, "after five");
    for _ in 0..60 {
        sign_in(&service, &WRONG, "").await;
    }
    let waits = waits(&sign_in(&service, &DIRECTOR, "").await);
    assert!((1..=60).contains(&waits), "{waits}");
    let unknown = sign_in(&service, &[("name", "nobody"), ("password", PASSWORD)], "").await;
    assert!(unknown.text().contains("too many wrong passwords"), "{}", unknown.text());
    assert_eq!(sign_in(&service, &DIRECTOR, &device).await.status, StatusCode::SEE_OTHER, "the bench is known");
    let forged = format!("{}x", device);
    assert_eq!(sign_in(&service, &DIRECTOR, &forged).await.status, StatusCode::TOO_MANY_REQUESTS);
    service.world.sign(&service.world.director).await;
}

/// For how many seconds an answer asks to wait: in words, and so that programs read it.
fn waits(answer: &Answer) -> u64 {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.text());
    let seconds = answer.headers[RETRY_AFTER].to_str().unwrap();
    let says = format!("There were too many wrong passwords. Try again in {seconds} s.");
    assert!(answer.text().contains(&says), "{}", answer.text());
    seconds.parse().unwrap()
}

/// Wherever a password is given in an open session, the form comes back with it.
#[tokio::test]
async fn who_gave_too_many_wrong_passwords_is_told_how_long_to_wait_wherever_they_are_given() {
    let service = Service::of(World::standing().await, false).await;
    let director = &service.world.director;
    let new = [("old", "wrong horse battery"), ("new", "a new one of mine"), ("again", "a new one of mine")];
    for _ in 0..10 {
        service.post(director, "/password", &new).await.again();
    }
    let answer = service.post(director, "/password", &new).await;
    assert!((1..=2).contains(&waits(&answer)) && answer.text().contains("Current password"));
    let sign = [("mark", "1"), ("password", "wrong horse battery")];
    assert!((1..=2).contains(&waits(&service.post(director, "/admin/catalog/approve", &sign).await)));
    service.world.pass(900);
    let answer = service.post(director, "/password", &new).await.again();
    assert!(answer.contains("not your password"), "{answer}");
}

#[tokio::test]
async fn an_address_with_a_number_that_is_none_is_no_page() {
    let service = Service::new().await;
    let (director, administrator) = (&service.world.director, service.person(Role::Administrator).await);
    let pages = titer_web::routes();
    let patterns = pages.declared().iter().filter(|route| route.method == Method::GET && route.path.contains('{'));
    let mut asked: Vec<String> = Vec::new();
    for route in patterns {
        let (before, after) = route.path.split_once('{').unwrap();
        let (_, after) = after.split_once('}').unwrap();
        for id in ["abc", "1.5", "0x7", "99999999999999999999", "7a", "%20", "-"] {
            asked.push(format!("{before}{id}{after}"));
        }
    }
    assert!(asked.len() > 50, "{asked:?}");
    let queries = ["/orders?before=abc", "/orders/new?patient=abc", "/reports?before=1.5", "/patients/new?shown=abc"];
    for path in asked.iter().map(String::as_str).chain(queries) {
        let who = if path.starts_with("/admin/staff") { &administrator } else { director };
        let answer = service.get(who, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("This page does not exist"), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let service = Service::new().await;
    let before = service.person(Role::Clerk).await;
    let session = async |token| sessions::session(&service.world.house, token).await.unwrap();
    // The browser of the clerk, at which the director signs in.
    let answer = service.ask(Some(&before), form("/sign-in", &DIRECTOR)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(given(&answer).contains("titer="));
    assert_eq!(session(&before.token).await, None);
    assert!(session(&service.world.director.token).await.is_some(), "other browsers keep theirs");
    let wrong = service.ask(Some(&service.world.technician), form("/sign-in", &WRONG)).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(session(&service.world.technician.token).await.is_some(), "nobody signed in");
}

#[tokio::test]
async fn a_person_ends_their_own_sessions_on_a_page() {
    let service = Service::new().await;
    let director = &service.world.director;
    sign_in(&service, &DIRECTOR, "").await;
    sign_in(&service, &DIRECTOR, "").await;
    let page = service.get(director, "/sessions").await.page();
    let keys: Vec<&str> = page.split("name=\"key\" value=\"").skip(1).map(|rest| &rest[..64]).collect();
    assert_eq!((keys.len(), page.matches("This session").count()), (2, 1), "{page}");
    let ended = service.post(director, "/sessions/end", &[("key", keys[0])]).await;
    assert_eq!(ended.location(), "/sessions");
    assert!(service.get(director, "/sessions").await.page().contains("must sign in again"));
    let gone = service.post(director, "/sessions/end", &[("key", keys[0])]).await.again();
    assert!(gone.contains("ended already"), "{gone}");
    let technician = &service.world.technician;
    assert_eq!(
        service.post(technician, "/sessions/end", &[("key", keys[1])]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(service.post(director, "/sessions/end", &[("key", "00")]).await.status, StatusCode::BAD_REQUEST);
    service.post(director, "/sessions/end-others", &[]).await;
    let page = service.get(director, "/sessions").await.page();
    assert!(!page.contains("name=\"key\"") && !page.contains("End all other"), "{page}");
}

#[tokio::test]
async fn a_password_that_is_guessed_soon_is_not_taken() {
    let service = Service::new().await;
    let director = &service.world.director;
    for (new, says) in [
        ("password1234", "guessed soon"),
        ("director of the test", "guessed soon"),
        ("directordirector", "guessed soon"),
        ("kT7#mq-Zr92", "too short"),
    ] {
        let fields = [("old", PASSWORD), ("new", new), ("again", new)];
        let again = service.post(director, "/password", &fields).await.again();
        assert!(again.contains(says), "{new}: {again}");
    }
    let new = "seven bridges over quiet water";
    let fields = [("old", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(service.post(director, "/password", &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_nobody_sees_is_shown_by_its_number() {
    let service = Service::new().await;
    let (world, director) = (&service.world, &service.world.director);
    let link = world.link("cobas-c111", "127.0.0.1:0").await;
    // A command to a terminal; and, outside the dialect's character set, one that turns a text round.
    service.measured(link, "T1\u{1b}7", &[("550\u{7f}", "95.2", "U/L")]).await;
    service.measured(link, "T2", &[("550\u{202e}", "95.2", "U/L")]).await;
    let list = service.get(director, "/messages").await.page();
    assert!(list.contains("T1⟨U+001B⟩7"), "{list}");
    let mut shown = vec![list];
    for message in world.held().await {
        shown.push(service.get(director, &format!("/messages/{}", message.id)).await.page());
    }
    for number in ["550⟨U+007F⟩", "550⟨U+202E⟩"] {
        assert!(shown.iter().any(|page| page.contains(number)), "{number}: {shown:?}");
    }
    for page in shown {
        assert!(!page.contains(['\u{1b}', '\u{7f}', '\u{202e}']), "{page}");
    }
}

#[tokio::test]
async fn a_form_says_which_field_holds_what_nobody_sees() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    for (family, identifier) in [("Qu\u{202e}ill", "NAT-555"), ("Quill", "NAT\u{200b}-555"), ("Q\u{443}ill", "NAT-555")]
    {
        let fields = [
            ("family", family),
            ("given", "Ada"),
            ("born", "14 Mar 1971"),
            ("sex", "female"),
            ("identifier", identifier),
        ];
        let again = service.make(technician, "/patients/new", &fields).await.again();
        assert!(again.contains("hidden character") || again.contains("two alphabets"), "{again}");
    }
    let fields = |identifier: &'static str, family: &'static str| {
        [("family", family), ("given", "Ada"), ("born", "14 Mar 1971"), ("sex", "female"), ("identifier", identifier)]
    };
    let first = service.make(technician, "/patients/new", &fields("NAT-555", "Quill")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text());
    for (same, family) in [("nat-555", "Rook"), ("ＮＡＴ-555", "Stork"), ("\u{39d}\u{391}\u{3a4}-555", "Tern")] {
        let again = service.make(technician, "/patients/new", &fields(same, family)).await.again();
        assert!(again.contains("belongs to a registered patient"), "{same}: {again}");
    }
}
