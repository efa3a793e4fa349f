//! A held message from its reasons to its results: proposed by one person, approved by another, read again.

use crate::common::{self, PASSWORD, Person, Service};
use axum::http::StatusCode;
use titer_lab::{Role, specimens::SpecimenId};
use titer_link::filing::Outcome;
use titer_link::inbox::{MessageId, MessageState, views as inbox};
use titer_link::links::{LinkId, MappingState, views as links};

struct Held {
    service: Service,
    link: LinkId,
    message: MessageId,
    specimen: SpecimenId,
}

impl Held {
    /// A message of a received tube whose code nobody has explained.
    async fn new() -> Self {
        let service = Service::new().await;
        let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
        let patient = service.world.patient("MRN-1").await;
        let (_, specimen) = service.world.received(patient, &["alp"], "T20-10143GA D07").await;
        let kept = service.measured(link, "T20-10143GA D07", &[("550", "95.2", "U/L")]).await;
        let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
        Held { service, link, message, specimen }
    }

    fn address(&self, what: &str) -> String {
        format!("/messages/{}{what}", self.message)
    }

    async fn propose(&self, who: &Person) -> common::Answer {
        let fields = [("code", "550"), ("unit", "U/L"), ("specimen", ""), ("test", "alkaline phosphatase (u/l)")];
        self.service.post(who, &self.address("/propose"), &fields).await
    }

    /// The mark of the link's only mapping, as pages carry it.
    async fn mark(&self) -> String {
        let link = self.link;
        let of = self.service.world.lab.read(move |s| Ok(links::mappings(s, link)?)).await.unwrap();
        assert_eq!(of.len(), 1);
        format!("{}:{}", of[0].id, of[0].state.code())
    }

    async fn sign(&self, who: &Person, mark: &str, password: &str) -> common::Answer {
        let (path, back) = (format!("/admin/links/{}/signed", self.link), self.address(""));
        self.service.post(who, &path, &[("mark", mark), ("back", &back), ("password", password)]).await
    }

    async fn state(&self) -> MessageState {
        let message = self.message;
        self.service.world.lab.read(move |s| Ok(inbox::message(s, message)?)).await.unwrap().unwrap().state
    }
}

#[tokio::test]
async fn a_held_message_is_explained_approved_by_another_and_read_again() {
    let held = Held::new().await;
    let (service, technician, director) = (&held.service, &held.service.world.technician, &held.service.world.director);
    let list = service.get(technician, "/messages").await.page();
    assert!(list.contains("T20-10143GA D07") && list.contains("Code 550 had no approved mapping"), "{list}");
    let page = service.get(technician, &held.address("")).await.page();
    for part in ["Propose a mapping for code 550", "not mapped", "R-4", "95.2", "Manufacturer", "<b>CR</b>"]
        .iter()
        .filter(|p| **p != "Manufacturer")
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<td class=\"nowrap\">20"), "times read as everywhere else: {page}");
    assert_eq!(held.propose(technician).await.location(), held.address(""));
    let again = held.propose(technician).await.again();
    assert!(again.contains("has a mapping already"), "{again}");

    let page = service.get(technician, &held.address("")).await.page();
    assert!(
        page.contains("technician of the test proposed a mapping of code 550. Another person must approve it"),
        "{page}"
    );
    assert!(!page.contains("propose a mapping") && !page.contains("Propose a mapping"), "{page}");
    let home = service.get(director, "/").await.page();
    assert!(home.contains("Mappings to approve") && home.contains("Code 550 of cobas-c111"), "{home}");
    assert!(!service.get(technician, "/").await.page().contains("Mappings to approve"));
    let mark = held.mark().await;
    let page = service.get(technician, &held.address("")).await.page();
    assert!(page.contains("proposed by technician of the test") && !page.contains("name=\"mark\""), "{page}");
    assert_eq!(held.sign(technician, &mark, PASSWORD).await.status, StatusCode::FORBIDDEN);
    let page = service.get(director, &held.address("")).await.page();
    assert!(page.contains(&format!("value=\"{mark}\"")), "the director may mark it: {page}");
    let shown = service.post(director, &format!("/admin/links/{}/sign", held.link), &[("mark", &mark)]).await.page();
    assert!(shown.contains("Alkaline phosphatase (U/L)") && shown.contains("Mappings to approve"), "{shown}");

    assert!(held.sign(director, &mark, "not my password").await.again().contains("This is not your password"));
    assert_eq!(held.sign(director, &mark, PASSWORD).await.location(), held.address(""));
    let read = service.post(technician, &held.address("/replay"), &[]).await;
    assert_eq!(read.location(), held.address(""));
    assert_eq!(held.state().await, MessageState::Filed);
    assert!(service.get(technician, "/messages").await.page().contains("No held messages"));
    let all = service.get(technician, "/messages?show=all").await.page();
    assert!(all.contains("1 result filed"), "{all}");

    let mark = held.mark().await;
    assert!(mark.ends_with(MappingState::Approved.code()));
    let shown = service.post(director, &format!("/admin/links/{}/sign", held.link), &[("mark", &mark)]).await.page();
    assert!(shown.contains("Mappings to confirm") && shown.contains("compared with the analyzer"), "{shown}");
    assert_eq!(held.sign(director, &mark, "").await.status, StatusCode::SEE_OTHER, "the signing session lasts");
    assert!(held.mark().await.ends_with(MappingState::Confirmed.code()));
    let result = service.mark(held.specimen).await;
    assert!(service.get(technician, "/review").await.page().contains(&result), "it waits for review");
}

#[tokio::test]
async fn nobody_approves_what_they_proposed() {
    let held = Held::new().await;
    let (service, director) = (&held.service, &held.service.world.director);
    held.propose(director).await;
    let mark = held.mark().await;
    let page = service.get(director, &format!("/admin/links/{}", held.link)).await.page();
    assert!(!page.contains("name=\"mark\""), "{page}");
    let sign = format!("/admin/links/{}/sign", held.link);
    let page = service.post(director, &sign, &[("mark", &mark)]).await.page();
    assert!(page.contains("You proposed this mapping yourself") && !page.contains("id=\"password\""), "{page}");
    let refused = held.sign(director, &mark, PASSWORD).await.again();
    assert!(refused.contains("You proposed this mapping yourself"), "{refused}");
    assert!(held.mark().await.ends_with(MappingState::Proposed.code()));
    let supervisor = service.person(Role::Supervisor).await;
    assert_eq!(held.sign(&supervisor, &mark, PASSWORD).await.status, StatusCode::SEE_OTHER);
    let stale = held.sign(&supervisor, &mark, PASSWORD).await.again();
    assert!(stale.contains("supervisor of the test approved this mapping already"), "{stale}");
}

#[tokio::test]
async fn a_message_is_put_aside_with_a_reason_only() {
    let held = Held::new().await;
    let (service, technician) = (&held.service, &held.service.world.technician);
    let empty = service.post(technician, &held.address("/dismiss"), &[("reason", " ")]).await.again();
    assert!(empty.contains("Give a reason to dismiss the message"), "{empty}");
    let done = service.post(technician, &held.address("/dismiss"), &[("reason", "A test of the interface")]).await;
    assert_eq!(done.location(), "/messages");
    assert_eq!(held.state().await, MessageState::Dismissed);
    let page = service.get(technician, &held.address("")).await.page();
    assert!(page.contains("Dismissed") && !page.contains("/replay"), "{page}");
    let late = service.post(technician, &held.address("/replay"), &[]).await;
    assert!(late.again().contains("is not held any more"));
}

#[tokio::test]
async fn a_message_is_downloaded_as_it_came_and_shown_as_text() {
    let held = Held::new().await;
    let (service, technician) = (&held.service, &held.service.world.technician);
    let raw = service.get(technician, &held.address("/raw")).await;
    assert!(raw.bytes.starts_with(b"H|\\^&|||C111") && raw.bytes.ends_with(b"L|1|N\r"));
    assert_eq!(raw.headers["content-type"], "application/octet-stream");
    assert!(raw.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));

    let kept = service.measured(held.link, "<script>alert(1)</script>", &[("<b>", "95.2", "\"><i>")]).await;
    let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
    for path in ["/messages", "/messages?show=all", &format!("/messages/{message}"), "/"] {
        let page = service.get(technician, path).await.page();
        assert!(!page.contains("<script>alert") && !page.contains("\"><i>"), "{page}");
    }
    assert_eq!(service.get(technician, "/messages/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_long_list_stays_small_and_goes_on_on_the_next_page() {
    let held = Held::new().await;
    for n in 0..inbox::PAGE + 3 {
        held.service
            .measured(held.link, &format!("NOBODYS-{n:08}"), &[("550", "95.2", "U/L"), ("551", "4.1", "mmol/L")])
            .await;
    }
    let (mut path, mut rows) = ("/messages".to_owned(), 0);
    for _ in 0..10 {
        let page = held.service.get(&held.service.world.technician, &path).await.page();
        assert!(page.len() < 60 * 1024, "{} bytes", page.len());
        rows += page.matches("<th scope=\"row\">").count();
        let Some(next) = page.split("href=\"").find(|link| link.contains("rel=\"next\"")) else { break };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
    }
    assert_eq!(rows as i64, inbox::PAGE + 4, "each once");
}

#[tokio::test]
async fn a_message_with_many_codes_stays_readable() {
    let held = Held::new().await;
    let codes: Vec<String> = (600..680).map(|code| code.to_string()).collect();
    let values: Vec<(&str, &str, &str)> = codes.iter().map(|code| (code.as_str(), "95.2", "U/L")).collect();
    let kept = held.service.measured(held.link, "T20-10143GA D07", &values).await;
    let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
    let technician = &held.service.world.technician;
    let list = held.service.get(technician, "/messages").await.page();
    assert!(list.contains("and 47 more"), "fifty problems are noted, three are listed: {list}");
    let page = held.service.get(technician, &format!("/messages/{message}")).await.page();
    assert!(page.len() < 60 * 1024, "{} bytes", page.len());
    assert!(
        page.contains("Only the first part is shown") && page.contains("Code 649 had no approved mapping"),
        "{page}"
    );
}
