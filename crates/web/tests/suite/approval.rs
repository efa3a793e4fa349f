//! What is said before the director signs: rivals among what is marked, what is left out, and how to narrow what is too much.

use crate::common::Service;
use axum::http::StatusCode;
use titer_lab::Actor;
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::{starter, views as catalog};

async fn imported(service: &Service, text: &str) {
    service.world.run(Actor::Console, ImportCatalog(starter::parse(text).unwrap())).await.unwrap();
}

fn analyte(key: &str, name: &str) -> String {
    format!(
        r#"{{ key = "{key}", name = "{name}", short = "{key}", discipline = "chemistry", unit = "umol/L", decimals = 1, specimen_type = "serum" }},"#
    )
}

fn interval(key: &str, low: &str, more: &str) -> String {
    format!(
        r#"{{ analyte = "{key}", sex = "any", low = "{low}", unit = "umol/L", type = "reference", source = "House book"{more} }},"#
    )
}

#[tokio::test]
async fn rivals_among_the_marked_entries_are_said_on_the_list_before_anybody_signs() {
    let service = Service::new().await;
    let of_men = r#"{ analyte = "zinc", sex = "male", low = "13", unit = "umol/L", type = "reference", source = "House book" },"#;
    let text = format!(
        "analyte = [{}]\ninterval = [{}{}{of_men}]",
        analyte("zinc", "Zinc"),
        interval("zinc", "11", ""),
        interval("zinc", "12", "")
    );
    imported(&service, &text).await;
    let director = &service.world.director;
    let (proposed, _) = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap();
    let own: Vec<_> = proposed.iter().filter(|i| i.source == "House book").map(|i| i.id.to_string()).collect();
    let asked = format!("/admin/catalog/sign?mark={}&mark={}&source=House+book&text=zinc", own[0], own[1]);
    let page = service.get(director, &asked).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = page.text();
    let part = "Zinc: ≥ 11 (everybody; House book) and ≥ 12 (everybody; House book) apply to the same people.";
    assert!(page.contains(part), "{part}: {page}");
    assert!(!page.contains("Sign and approve"), "nobody signs yet: {page}");
    for mark in &own[..2] {
        assert!(page.contains(&format!("value=\"{mark}\" checked")), "what was marked stays marked: {page}");
    }
    // One for everybody and one for a sex stand side by side.
    let beside = format!("/admin/catalog/sign?mark={}&mark={}", own[0], own[2]);
    let page = service.get(director, &beside).await.page();
    assert!(page.contains("Approve 2 entries") && page.contains("Sign and approve"), "{page}");
}

#[tokio::test]
async fn what_is_left_out_is_named_by_reason_and_in_the_order_of_the_names() {
    let service = Service::new().await;
    let (mut analytes, mut intervals) = (String::new(), String::new());
    for (key, name) in [("zz", "zinc"), ("mm", "Manganese"), ("aa", "Aluminium"), ("oo", "Osmium")] {
        analytes += &analyte(key, name);
        let note =
            if key == "oo" { ", age_low = \"18 a\", age_high = \"20 a\"" } else { ", note = \"Check the method\"" };
        intervals += &interval(key, "11", note);
    }
    intervals += &interval("oo", "12", ", age_low = \"30 a\"");
    imported(&service, &format!("analyte = [{analytes}]\ninterval = [{intervals}]")).await;
    let page = service.get(&service.world.director, "/admin/catalog/sign?all=yes&source=House+book").await.page();
    assert!(
        page.contains("<dt>The entry has a note with a warning (3)</dt><dd>Aluminium; Manganese; zinc</dd>"),
        "{page}"
    );
    assert!(page.contains("<dt>The entries leave a gap in age or sex (1)</dt><dd>Osmium</dd>"), "{page}");
}

#[tokio::test]
async fn more_than_one_signature_takes_says_how_to_narrow_the_list() {
    let service = Service::new().await;
    for part in 0..3 {
        let keys: Vec<String> = (0..310).map(|n| format!("own_{part}_{n}")).collect();
        let analytes: String = keys.iter().map(|key| analyte(key, &format!("Own {key}"))).collect();
        let intervals: String = keys.iter().map(|key| interval(key, "11", "")).collect();
        imported(&service, &format!("analyte = [{analytes}]\ninterval = [{intervals}]")).await;
    }
    let director = &service.world.director;
    let page = service.get(director, "/admin/catalog/sign?all=yes&source=House+book").await.page();
    let hint =
        "These are 930 entries. At most 900 can be approved with one signature. Go back to the list and narrow it";
    assert!(page.contains(hint) && !page.contains("Sign and approve"), "{page}");
    let narrowed = service.get(director, "/admin/catalog/sign?all=yes&source=House+book&text=own_1_").await.page();
    assert!(narrowed.contains("Approve 310 entries") && narrowed.contains("Sign and approve"), "{narrowed}");
}
