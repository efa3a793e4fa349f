//! A word that an analyzer sends, from the message that nobody could file to the report that prints the answer.

use crate::common::{PASSWORD, Service};
use axum::http::StatusCode;
use titer_lab::Actor;
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::{starter, views as catalog};
use titer_lab::reports::views as reports;
use titer_link::filing::Outcome;
use titer_link::links::{LinkId, views as links};

const CATALOG: &str = r#"
analyte = [{ key = "hiv", name = "HIV 1+2", short = "HIV", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" }]
answers = [{ key = "reactive", answer = [
    { code = "N", words = "Non-reactive", meaning = "normal", source = "s" },
    { code = "R", words = "Reactive", meaning = "critical", source = "s" },
] }]
test = [{ key = "hiv", name = "HIV 1+2", analytes = ["hiv"], specimen_type = "serum" }]
"#;

async fn sent(service: &Service, link: LinkId, tube: &str, word: &str) -> String {
    let kept = service.measured(link, tube, &[("88", word, "")]).await;
    let Outcome::Kept { message, .. } = kept else { panic!("{kept:?}") };
    format!("/messages/{message}")
}

/// Proposes what the word of a message means, and signs that, as two persons do on the pages.
async fn mapped(service: &Service, link: LinkId, message: &str, word: &str, meaning: &str) {
    let (technician, director) = (&service.world.technician, &service.world.director);
    let fields = [("code", "88"), ("unit", ""), ("specimen", ""), ("word", word), ("test", meaning)];
    let proposed = service.post(technician, &format!("{message}/propose"), &fields).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    let mapping = service.world.lab.read(move |s| Ok(links::mappings(s, link)?)).await.unwrap().pop().unwrap();
    let mark = format!("{}:proposed", mapping.id);
    let shown = service.post(director, &format!("/admin/links/{link}/sign"), &[("mark", &mark)]).await.page();
    assert!(shown.contains(&format!("“{word}” means {meaning}")), "{shown}");
    let signed = [("mark", mark.as_str()), ("password", PASSWORD)];
    let signed = service.post(director, &format!("/admin/links/{link}/signed"), &signed).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    service.post(technician, &format!("{message}/replay"), &[]).await;
}

#[tokio::test]
async fn a_word_is_proposed_signed_reviewed_and_printed_as_the_answer_that_it_means() {
    let service = Service::new().await;
    let (technician, director) = (&service.world.technician, &service.world.director);
    service.world.run(Actor::Console, ImportCatalog(starter::parse(CATALOG).unwrap())).await.unwrap();
    let proposals = service.get(director, "/admin/catalog").await.page();
    assert!(proposals.contains("Non-reactive") && proposals.contains("Reactive"), "{proposals}");
    let answers = service.world.lab.read(|s| Ok(catalog::proposed_answers(s)?)).await.unwrap();
    let marks: Vec<String> = answers.iter().map(|a| a.id.to_string()).collect();
    let mut fields: Vec<(&str, &str)> = marks.iter().map(|mark| ("mark", mark.as_str())).collect();
    let sign = format!("/admin/catalog/sign?{}", marks.iter().map(|mark| format!("mark={mark}&")).collect::<String>());
    let seen = service.shown(director, &sign).await;
    fields.extend([("password", PASSWORD), ("shown", seen.as_str())]);
    let approved = service.post(director, "/admin/catalog/approve", &fields).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text());

    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let patient = service.world.patient("MRN-1").await;
    let (order, specimen) = service.world.received(patient, &["hiv"], "T1").await;
    service.world.received(patient, &["hiv"], "T2").await;
    let message = sent(&service, link, "T1", "NEG").await;
    let page = service.get(technician, &message).await.page();
    for part in [
        "name=\"word\" value=\"NEG\"",
        "HIV 1+2: Non-reactive (code N, normal)",
        "HIV 1+2: Reactive (code R, critical)",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // The test alone says not which answer.
    let fields = [("code", "88"), ("unit", ""), ("specimen", ""), ("word", "NEG"), ("test", "HIV 1+2")];
    let refused = service.post(technician, &format!("{message}/propose"), &fields).await.again();
    assert!(refused.contains("HIV 1+2 has answers"), "{refused}");
    mapped(&service, link, &message, "NEG", "HIV 1+2: Non-reactive").await;

    let review = service.get(technician, "/review").await.page();
    for part in ["Non-reactive", "sent as NEG", "data-label=\"Reference\">Non-reactive"] {
        assert!(review.contains(part), "{part}: {review}");
    }
    // Another word of the same code is asked about by itself.
    let other = sent(&service, link, "T2", "POS").await;
    let page = service.get(technician, &other).await.page();
    for part in ["came with “POS”", "name=\"word\" value=\"POS\"", "<mark>POS</mark>", "HIV 1+2: Reactive"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("value=\"Sodium"), "other words of the code mean HIV: {page}");
    mapped(&service, link, &other, "POS", "HIV 1+2: Reactive (code R, critical)").await;
    let mappings = service.world.lab.read(move |s| Ok(links::mappings(s, link)?)).await.unwrap();
    for (mapping, meaning) in mappings.iter().zip(["Non-reactive (code N, normal)", "Reactive (code R, critical)"]) {
        let page = service.get(technician, &format!("/mappings/{}", mapping.id)).await.page();
        assert!(page.matches(meaning).count() > 1, "as the meaning, and of the results filed under it: {page}");
        let mark = format!("{}:approved", mapping.id);
        let evidence = service.post(director, &format!("/admin/links/{link}/sign"), &[("mark", &mark)]).await.page();
        assert!(evidence.matches(meaning).count() > 1, "{evidence}");
    }
    let review = service.get(technician, "/review").await.page();
    for part in ["sent as POS", "critical, abnormal", "notify the requester without delay"] {
        assert!(review.contains(part), "{part}: {review}");
    }

    let mark = format!("{}:held", service.mark(specimen).await);
    let signed = service.post(technician, "/review/signed", &[("mark", mark.as_str()), ("password", PASSWORD)]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    service.world.compose_due().await;
    let report = service.world.lab.read(move |s| Ok(reports::of_order(s, order)?.remove(0).id)).await.unwrap();
    let page = service.get(technician, &format!("/reports/{report}")).await.page();
    assert!(page.contains("data-label=\"Reference\">Non-reactive"), "{page}");
    assert!(!page.contains("NEG"), "a report says what is meant: {page}");
    service.typeset(report).await;
}

/// Other words of the same code wait as well, and came later.
#[tokio::test]
async fn the_evidence_of_a_word_is_the_message_that_brought_the_word() {
    let service = Service::new().await;
    let technician = &service.world.technician;
    service.world.run(Actor::Console, ImportCatalog(starter::parse(CATALOG).unwrap())).await.unwrap();
    let link = service.world.link("cobas-c111", "127.0.0.1:0").await;
    let patient = service.world.patient("MRN-1").await;
    for tube in ["T1", "T2", "T3"] {
        service.world.received(patient, &["hiv"], tube).await;
    }
    let neg = sent(&service, link, "T1", "NEG").await;
    let pos = sent(&service, link, "T2", "POS").await;
    sent(&service, link, "T3", "GREY").await;
    for (message, word, means) in [(&neg, "NEG", "HIV 1+2: Non-reactive"), (&pos, "POS", "HIV 1+2: Reactive")] {
        let fields = [("code", "88"), ("unit", ""), ("specimen", ""), ("word", word), ("test", means)];
        service.post(technician, &format!("{message}/propose"), &fields).await;
        let mapping = service.world.lab.read(move |s| Ok(links::mappings(s, link)?)).await.unwrap().pop().unwrap();
        let page = service.get(technician, &format!("/mappings/{}", mapping.id)).await.page();
        let link_to = format!("href=\"{message}\"");
        assert!(page.contains(&format!("<mark>{word}</mark>")) && page.contains(&link_to), "{word}: {page}");
        for other in ["NEG", "POS", "GREY"].iter().filter(|other| **other != word) {
            assert!(!page.contains(&format!("<mark>{other}</mark>")), "{word}: {page}");
        }
    }
}
