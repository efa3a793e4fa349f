//! Pointing at what a message says, what speaks for a mapping, its withdrawal, and reading again all that wait for the same.

use crate::common::{PASSWORD, Service, World};
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
    let suggest = ProposeMapping { link: bench.link, code, unit, specimen, analyte, answer: None };
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
            identifier: format!("ODD-OF-{n}"),
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

/// 14.3 g/dL is 143 g/L: whoever signs sees the factor, whoever reviews sees what was sent.
#[tokio::test]
async fn a_conversion_is_shown_where_it_is_signed_and_where_its_results_are_reviewed() {
    let service = Service::of(World::standing().await, false).await;
    let (technician, director) = (&service.world.technician, &service.world.director);
    let link = service.world.link("beckman-access", "127.0.0.1:0").await;
    let propose = async |code: &str, unit: &str, analyte: &str| {
        let analyte = service.world.catalog().await.analyte_by_key(analyte).unwrap().id;
        let (code, unit, specimen) = (code.to_owned(), unit.to_owned(), "Blood".to_owned());
        service
            .world
            .run(technician.actor(), ProposeMapping { link, code, unit, specimen, analyte, answer: None })
            .await
            .unwrap()
    };
    let mappings = [
        propose("HGB", "g/dL", "hemoglobin").await,
        propose("WBC", "K/uL", "wbc").await,
        propose("PLT", "", "platelets").await,
    ];
    let marks: Vec<String> = mappings.iter().map(|id| format!("{id}:proposed")).collect();
    let marked: Vec<(&str, &str)> = marks.iter().map(|mark| ("mark", mark.as_str())).collect();
    let (sign, signed) = (format!("/admin/links/{link}/sign"), format!("/admin/links/{link}/signed"));
    let shown = service.post(director, &sign, &marked).await.page();
    for part in ["each value × 10", "The analyzer sends no unit", "names no mark of control material"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("does not say where a message names the patient"), "{shown}");
    assert_eq!(shown.matches("each value ×").count(), 1, "K/uL is 10*9/L: {shown}");
    assert!(service.get(director, &format!("/admin/links/{link}")).await.page().contains("names no mark of control"));
    let fields = [&marked[..], &[("password", PASSWORD)]].concat();
    assert_eq!(service.post(director, &signed, &fields).await.status, StatusCode::SEE_OTHER);

    let patient = service.world.patient("MRN-1").await;
    service.world.received(patient, &["hemoglobin"], "T1").await;
    let message = "H|\\^&|||ACCESS\rP|1\rO|1|T1||||||||||||Blood||||||||||F\r\
         R|1|^^^HGB^1|14.3|g/dL||N||F||||20261122085500\rL|1|F\r";
    let message = message.replace("O|1|T1||||||||||||Blood||||||||||F", "O|1|T1|||||||||||||Blood||||||||||F");
    let Outcome::Kept { filed, .. } = service.world.receive(link, &message).await.unwrap() else { panic!() };
    assert_eq!(filed, 1);
    let review = service.get(technician, "/review").await.page();
    assert!(review.contains("143") && review.contains("sent as 14.3 g/dL N"), "{review}");
    let mapping = service.get(technician, &format!("/mappings/{}", mappings[0])).await.page();
    assert!(
        mapping.contains("<b><bdi>14.3</bdi></b>") && mapping.contains("143 g/L"),
        "as printed, and as filed: {mapping}"
    );
}

/// Units of which one is no multiple of the other are refused where they are proposed, in words.
#[tokio::test]
async fn units_that_do_not_convert_are_refused_where_they_are_proposed() {
    let bench = Bench::new().await;
    let (service, technician) = (&bench.service, &bench.service.world.technician);
    let propose = format!("{}/propose", bench.messages[0]);
    let fields = [("code", "550"), ("unit", "U/L"), ("specimen", ""), ("test", "hemoglobin")];
    let refused = service.post(technician, &propose, &fields).await.again();
    assert!(refused.contains("U/L cannot be brought into g/L"), "{refused}");
}

/// What waits for nobody is found under *Kept*, counted, and nowhere under *Held*.
#[tokio::test]
async fn what_is_kept_aside_is_listed_with_its_reason() {
    let service = Service::of(World::standing().await, false).await;
    let technician = &service.world.technician;
    let empty = service.get(technician, "/messages?show=kept").await.page();
    assert!(empty.contains("No kept messages"), "{empty}");
    let link = service.world.link("genexpert", "127.0.0.1:0").await;
    let patient = service.world.patient("MRN-1").await;
    service.world.received(patient, &["sodium"], "T1").await;
    let message = "H|@^\\|X||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|20261122085500\rP|1\r\
         O|1|T1||^^^MTB-RIF|R|||||||||||ORH||||||||||F\r\
         R|1|^MTB-RIF^^RIF^Xpert MTB-RIF Ultra^4^RIF Resistance^|^|||||F||A|20261122085500|20261122085500|S\rL|1|N\r";
    let Outcome::Kept { message, problems, .. } = service.world.receive(link, message).await.unwrap() else { panic!() };
    assert_eq!(problems, 0);
    let kept = service.get(technician, "/messages?show=kept").await.page();
    for part in
        ["A value that is empty by design: 1", "Sent again, nothing changed: 0", &format!("/messages/{message}")]
    {
        assert!(kept.contains(part), "{part}: {kept}");
    }
    let page = service.get(technician, &format!("/messages/{message}")).await.page();
    assert!(page.contains("Kept because") && page.contains("empty by design"), "{page}");
    assert!(service.get(technician, "/messages").await.page().contains("No held messages"));
    // An empty value that is not so by design says what is missing, and not that somebody should fill it in.
    let other = service.world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let message = crate::common::world::simulated("T1", &[("Na", "", "mmol/L", "20261122085500")]);
    let Outcome::Kept { message, .. } = service.world.receive(other, &message).await.unwrap() else { panic!() };
    let page = service.get(technician, &format!("/messages/{message}")).await.page();
    assert!(page.contains("The analyzer sent no “Value”") && !page.contains("Fill it in"), "{page}");
}
