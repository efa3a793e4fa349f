//! Analytes and tests of the catalogue: corrected, taken out of use, and looked for.

use crate::common::Service;
use axum::http::StatusCode;
use titer_lab::Role;

const SPOT: [(&str, &str); 9] = [
    ("name", "Spot test"),
    ("short", "Spot"),
    ("key", "spot"),
    ("discipline", "chemistry"),
    ("specimen", "serum"),
    ("kind", "numeric"),
    ("decimals", "1"),
    ("unit", "g/L"),
    ("alone", "yes"),
];

#[tokio::test]
async fn nobody_chooses_for_the_laboratory_which_kind_a_result_is_nor_how_exact_it_is() {
    let service = Service::new().await;
    let supervisor = service.person(Role::Supervisor).await;
    let new = "/admin/catalog/analytes/new";
    let page = service.get(&supervisor, new).await.page();
    let (_, form) = page.split_once("id=\"kind\"").unwrap();
    let form = form.split("id=\"answers\"").next().unwrap();
    assert!(!form.contains("checked") && !form.contains("selected"), "{form}");
    for (unchosen, field, why) in [
        ("kind", "href=\"#kind\"", "Choose the kind of result."),
        ("decimals", "href=\"#decimals\"", "Choose how many"),
    ] {
        let rest: Vec<_> = SPOT.into_iter().filter(|(name, _)| *name != unchosen).collect();
        let page = service.make(&supervisor, new, &rest).await.again();
        assert!(page.contains(field) && page.contains(why) && page.contains("value=\"Spot test\""), "{page}");
    }
    // A text has no decimals to choose.
    let text = SPOT.map(|(name, value)| if name == "kind" { (name, "text") } else { (name, value) });
    let text: Vec<_> = text.into_iter().filter(|(name, _)| !["decimals", "unit"].contains(name)).collect();
    let made = service.make(&supervisor, new, &text).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
}

#[tokio::test]
async fn an_own_analyte_is_corrected_and_taken_out_of_use_on_its_page() {
    let service = Service::new().await;
    let supervisor = service.person(Role::Supervisor).await;
    let potato: Vec<_> = SPOT.map(|(name, value)| (name, if name == "unit" { "potato" } else { value })).to_vec();
    let page = service.make(&supervisor, "/admin/catalog/analytes/new", &potato).await.again();
    assert!(page.contains("href=\"#unit\">“potato” is not a UCUM unit. Write a unit of UCUM, for example"), "{page}");
    let made = service.make(&supervisor, "/admin/catalog/analytes/new", &SPOT).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let catalog = service.world.catalog().await;
    let analyte = format!("/admin/catalog/analytes/{}", catalog.analyte_by_key("spot").unwrap().id);
    let test = catalog.tests().iter().find(|t| t.key == "spot").unwrap().id;
    let test = format!("/admin/catalog/tests/{test}");
    let list = service.get(&supervisor, "/admin/catalog/entries?text=spot").await.page();
    for href in [&analyte, &test] {
        assert!(list.contains(&format!("<a href=\"{href}\">Spot test</a>")), "{list}");
    }
    assert!(!list.contains("Sodium"), "{list}");

    let shown = service.shown(&supervisor, &analyte).await;
    let fields = [
        ("name", "Spot, serum"),
        ("short", "Spot"),
        ("loinc", ""),
        ("decimals", "2"),
        ("unit", "mg/L"),
        ("kind", "numeric"),
        ("specimen", "serum"),
        ("shown", shown.as_str()),
    ];
    let corrected = service.post(&supervisor, &analyte, &fields).await;
    assert_eq!(corrected.status, StatusCode::SEE_OTHER, "{}", corrected.text());
    // Nobody saw what a second correction from the same page would undo.
    let stale = service.post(&supervisor, &analyte, &fields).await.again();
    assert!(stale.contains("name=\"unit\" value=\"mg/L\""), "{stale}");
    let order = service.world.patient("MRN-1").await;
    service.world.received(order, &["spot"], "T1").await;
    let shown = service.shown(&supervisor, &analyte).await;
    let mut unit = fields;
    (unit[4].1, unit[7].1) = ("g/L", shown.as_str());
    let page = service.post(&supervisor, &analyte, &unit).await.again();
    assert!(
        page.contains("This analyte was ordered, or a mapping, a test system or a calculation names it."),
        "{page}"
    );

    let clerk = service.person(Role::Clerk).await;
    let order = format!("/orders/new?patient={order}");
    assert!(service.get(&clerk, &order).await.page().contains("Spot test"));
    let shown = service.shown(&supervisor, &analyte).await;
    let without = [("reason", ""), ("shown", shown.as_str())];
    let page = service.post(&supervisor, &format!("{analyte}/use"), &without).await.again();
    assert!(page.contains("href=\"#reason\""), "{page}");
    let because = [("reason", "no reagent"), ("shown", shown.as_str())];
    let retired = service.post(&supervisor, &format!("{analyte}/use"), &because).await;
    assert_eq!(retired.status, StatusCode::SEE_OTHER, "{}", retired.text());
    assert!(service.get(&supervisor, &analyte).await.page().contains("Out of use: no reagent"));
    let incomplete = service.get(&supervisor, "/admin/catalog?show=incomplete").await.page();
    assert!(incomplete.contains("Spot, serum is out of use."), "{incomplete}");
    assert!(!service.get(&clerk, &order).await.page().contains("Spot test"));
}

#[tokio::test]
async fn a_test_is_renamed_on_its_page() {
    let service = Service::new().await;
    let supervisor = service.person(Role::Supervisor).await;
    let sodium = service.world.catalog().await.tests().iter().find(|t| t.key == "sodium").unwrap().id;
    let path = format!("/admin/catalog/tests/{sodium}");
    let shown = service.shown(&supervisor, &path).await;
    let page = service.post(&supervisor, &path, &[("name", " "), ("shown", &shown)]).await.again();
    assert!(page.contains("href=\"#name\""), "{page}");
    let done = service.post(&supervisor, &path, &[("name", "Salt"), ("shown", &shown)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(service.get(&supervisor, "/admin/catalog/entries?text=salt").await.page().contains(">Salt</a>"));
}
