//! Pointing at what a message says, what speaks for a mapping, its withdrawal, and reading again all that wait for the same.

use crate::common::{PASSWORD, Service};
use axum::http::StatusCode;
use titer_lab::Actor;
use titer_lab::patients::commands::RegisterPatient;
use titer_link::filing::Outcome;
use titer_link::links::commands::ProposeMapping;
use titer_link::links::{LinkId, MappingId, MappingState, views as links};
use titer_science::Sex;

struct Bench {
    service: Service,
    link: LinkId,
    messages: Vec<String>,
}

impl Bench {
    /// Three messages of received tubes, all with a code that nobody has explained.
    async fn new() -> Self {
        let service = Service::new().await;
        let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
        let patient = service.world.patient("MRN-1").await;
        let mut messages = Vec::new();
        for tube in ["T1", "T2", "T3"] {
            service.world.received(patient, &["alp"], tube).await;
            let kept = service.measured(link, tube, &[("550", "95.2", "U/L")]).await;
            let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
            messages.push(format!("/messages/{message}"));
        }
        Bench { service, link, messages }
    }

    async fn mapping(&self) -> links::Mapping {
        let link = self.link;
        self.service.world.lab.read(move |s| Ok(links::mappings(s, link)?)).await.unwrap().pop().unwrap()
    }

    async fn proposed_and_approved(&self) -> MappingId {
        let id = self.service.world.propose(self.link, "550", "U/L", "alp").await.unwrap();
        self.service.world.approve(self.link, vec![id], &self.service.world.director).await.unwrap();
        id
    }
}

/// The first address in a page that begins so, as a browser reads it.
fn address(page: &str, begins: &str) -> String {
    let start = page.find(begins).unwrap_or_else(|| panic!("{begins} is nowhere: {page}"));
    page[start..].split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn an_unknown_code_is_pointed_at_and_named_by_the_test_s_name() {
    let bench = Bench::new().await;
    let (service, technician) = (&bench.service, &bench.service.world.technician);
    let page = service.get(technician, &bench.messages[0]).await.page();
    for part in
        ["<mark>^^^550</mark>", "<mark>U/L</mark>", "list=\"tests\"", "Alkaline phosphatase (U/L)", "2 other messages"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let propose = format!("{}/propose", bench.messages[0]);
    let fields = |test: &'static str| [("code", "550"), ("unit", "U/L"), ("specimen", ""), ("test", test)];
    for typed in ["", "phosphatase", "<b>"] {
        let refused = service.post(technician, &propose, &fields(typed)).await.again();
        assert!(refused.contains("There is no test with the name") && !refused.contains("“<b>”"), "{refused}");
    }
    for typed in ["alp"] {
        assert_eq!(service.post(technician, &propose, &fields(typed)).await.status, StatusCode::SEE_OTHER, "{typed}");
    }
    let mapping = bench.mapping().await;
    assert_eq!((mapping.code.as_str(), mapping.proposer), ("550", technician.actor()));
    let mark = format!("{}:proposed", mapping.id);
    let sign = format!("/admin/links/{}/sign", bench.link);
    let shown = service.post(&service.world.director, &sign, &[("mark", &mark)]).await.page();
    assert!(shown.contains("<mark>^^^550</mark>"), "the example stands beside the signature: {shown}");
}

#[tokio::test]
async fn all_that_wait_for_a_mapping_are_read_again_and_its_first_results_compared() {
    let bench = Bench::new().await;
    let (service, technician) = (&bench.service, &bench.service.world.technician);
    let id = bench.proposed_and_approved().await;
    let path = format!("/mappings/{id}");
    let page = service.get(technician, &path).await.page();
    assert!(page.contains("Read 3 messages again"), "{page}");
    let (sign, signed) = (format!("/admin/links/{}/sign", bench.link), format!("/admin/links/{}/signed", bench.link));
    let mark = format!("{id}:approved");
    let fields = [("mark", mark.as_str()), ("back", path.as_str()), ("password", PASSWORD)];
    let director = &service.world.director;
    let nothing = "No result was filed under this mapping yet";
    assert!(service.get(director, &path).await.page().contains(nothing), "there is nothing to compare");
    assert!(service.post(director, &sign, &fields).await.page().contains(nothing));
    assert!(service.post(director, &signed, &fields).await.again().contains(nothing));
    assert_eq!(bench.mapping().await.state, MappingState::Approved);
    let replay = address(&page, "/messages/replay?for=mapping");
    let done = service.post(technician, &replay, &[]).await;
    assert!(done.location().starts_with("/messages?for=mapping&key="), "{}", done.location());
    let list = service.get(technician, done.location()).await.page();
    assert!(list.contains("3 filed, 0 still held") && list.contains("Messages held because code 550"), "{list}");
    assert!(!list.contains("messages again"), "no message is held for it any more: {list}");

    let page = service.get(technician, &path).await.page();
    for part in ["First results", "T1", "T3", "95.2", "U/L", "printout"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let shown = service.post(director, &sign, &[("mark", &mark)]).await.page();
    assert!(shown.contains("Mappings to confirm") && shown.contains("95.2"), "{shown}");
    let signed = service.post(director, &signed, &fields).await;
    assert_eq!(signed.location(), path);
    assert_eq!(bench.mapping().await.state, MappingState::Confirmed);
    assert_eq!(service.post(technician, "/messages/replay?for=nothing&key=x", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mapping_in_use_is_withdrawn_by_who_may_sign_and_its_results_are_listed() {
    let bench = Bench::new().await;
    let (service, technician, director) =
        (&bench.service, &bench.service.world.technician, &bench.service.world.director);
    let id = bench.proposed_and_approved().await;
    service.post(technician, &format!("{}/replay", bench.messages[0]), &[]).await;
    let (path, withdraw) = (format!("/mappings/{id}"), format!("/mappings/{id}/withdraw"));
    assert!(!service.get(technician, &path).await.page().contains("/withdraw"), "a technician may not");
    let mark = format!("{id}:{}", bench.mapping().await.state.code());
    let fields = |reason: &'static str| [("reason", reason), ("password", PASSWORD), ("mark", mark.as_str())];
    assert_eq!(service.post(technician, &withdraw, &fields("a test")).await.status, StatusCode::FORBIDDEN);
    let refused = service.post(director, &withdraw, &fields(" ")).await.again();
    assert!(refused.contains("Give a reason to withdraw the mapping"), "{refused}");
    let done = service.post(director, &withdraw, &fields("the other phosphatase")).await;
    assert_eq!(done.location(), path);
    let page = service.get(director, &path).await.page();
    for part in
        ["Withdrawn", "the other phosphatase", "Results filed under this mapping, waiting for review", "95.2", "T1"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("Filed under a mapping that was withdrawn"), "{review}");
}

/// A dialect's or the command line's proposal is no person's.
#[tokio::test]
async fn what_the_command_line_suggests_is_proposed_by_a_person_first() {
    let bench = Bench::new().await;
    let (service, technician, director) =
        (&bench.service, &bench.service.world.technician, &bench.service.world.director);
    let analyte = service.world.catalog().await.analyte_by_key("alp").unwrap().id;
    let (code, unit, specimen) = ("550".to_owned(), "U/L".to_owned(), String::new());
    let suggest = ProposeMapping { link: bench.link, code, unit, specimen, analyte };
    let id = service.world.run(Actor::Console, suggest).await.unwrap();
    let mark = format!("{id}:proposed");
    let sign = format!("/admin/links/{}/sign", bench.link);
    let shown = service.post(director, &sign, &[("mark", &mark)]).await.page();
    assert!(shown.contains("Only a dialect or the command line suggested this mapping"), "{shown}");
    let page = service.get(technician, &bench.messages[0]).await.page();
    assert!(page.contains("Propose as mine") && page.contains("suggested by Command line"), "{page}");
    let adopt = format!("/admin/links/{}/adopt", bench.link);
    let fields = [("mark", mark.as_str()), ("back", bench.messages[0].as_str())];
    assert_eq!(service.post(technician, &adopt, &fields).await.location(), bench.messages[0]);
    assert_eq!(bench.mapping().await.proposer, technician.actor());
    let shown = service.post(director, &sign, &[("mark", &mark)]).await.page();
    assert!(shown.contains("Mappings to approve"), "{shown}");
}

/// Quotes, markup, pictures, a script that runs from right to left, a name as long as it may be: escaped, and kept apart.
#[tokio::test]
async fn odd_texts_are_shown_escaped_and_apart() {
    let bench = Bench::new().await;
    let (service, technician) = (&bench.service, &bench.service.world.technician);
    let long = "Ł".repeat(300);
    let names = ["O'Brien \"Ω\" <b>", "😀 & Co", "שלום", "\u{202e}txet", long.as_str()];
    for (n, family) in names.into_iter().enumerate() {
        let register = RegisterPatient {
            identifier: format!("ODD-{n}"),
            family: family.to_owned(),
            given: "Ñandú".to_owned(),
            sex: Sex::Female,
            birth_date: None,
        };
        let Ok(patient) = service.world.run(technician.actor(), register).await else {
            assert!(family.contains('\u{202e}'), "{family} is a name");
            continue;
        };
        let (_, specimen) = service.world.received(patient, &["alp"], &format!("ODD-{n}")).await;
        let page = service.get(technician, &format!("/specimens/{specimen}")).await.page();
        let shown = page.split("<bdi><b>").nth(1).unwrap().split("</bdi>").next().unwrap();
        assert!(shown.ends_with("Ñandú") && !shown.contains("<b>O") && !shown.contains("\"Ω\""), "{shown}");
        assert!(!page.contains("<b> ") && page.len() < 60 * 1024, "{page}");
    }
    let odd = "<i>שלום";
    let kept = service.measured(bench.link, odd, &[("\"><script>", "<5", "µ\"")]).await;
    let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
    let page = service.get(technician, &format!("/messages/{message}")).await.page();
    assert!(!page.contains("<script>") && !page.contains("<i>ש"), "{page}");
    assert!(page.contains("inbox") || page.contains("character"), "held, and said why: {page}");
}
