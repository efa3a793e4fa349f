//! Reference intervals and critical limits that are proposed on the page of an analyte, for all instruments or for one.

use crate::common::Service;
use axum::http::StatusCode;
use titer_lab::Role;
use titer_lab::catalog::views as catalog;

/// A form with some fields changed.
fn with<'f>(fields: &[(&'f str, &'f str)], changed: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let kept = fields.iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
    kept.chain(changed).copied().collect()
}

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
const INTERVAL: [(&str, &str); 9] = [
    ("instrument", ""),
    ("kind", "reference"),
    ("sex", "any"),
    ("age_low", "18"),
    ("age_low_unit", "a"),
    ("low", "2.0"),
    ("high", "4.0"),
    ("source", "Own study"),
    ("confidence", "B"),
];

#[tokio::test]
async fn an_own_analyte_says_that_it_has_no_interval_and_gets_one_from_proposal_to_signature() {
    let service = Service::new().await;
    let (supervisor, director) = (service.person(Role::Supervisor).await, &service.world.director);
    service.make(&supervisor, "/admin/catalog/analytes/new", &SPOT).await;
    let spot = service.world.catalog().await.analyte_by_key("spot").unwrap().id;
    let analyte = format!("/admin/catalog/analytes/{spot}");
    let page = service.get(&supervisor, &analyte).await.page();
    for lack in ["No reference interval of this analyte is in force. Each of its results is held.", "No critical limit"]
    {
        assert!(page.contains(lack), "{page}");
    }
    let new = format!("{analyte}/intervals");
    let shown = service.get(&supervisor, &new).await.page();
    assert!(shown.contains("Limits in g/L, as the source prints them."), "{shown}");
    for (changed, field, says) in [
        (&[("low", "4.5")][..], "low", "The lower limit 4.5 is above the upper limit 4.0. Check both in the source."),
        (&[("low", ""), ("high", "")], "low", "Both limits are empty."),
        (&[("high", "4,0")], "high", "“4,0” is not a number."),
        (&[("age_low", "x")], "age_low", "“x a” is not an age."),
        (&[("age_high", "2"), ("age_high_unit", "d")], "age_low", "so the entry applies to nobody"),
        (&[("source", " ")], "source", "“Source” is empty."),
        (&[("instrument", "nobody")], "instrument", ""),
    ] {
        let page = service.make(&supervisor, &new, &with(&INTERVAL, changed)).await.again();
        assert!(page.contains(&format!("href=\"#{field}\">")) && page.contains(says), "{changed:?}: {page}");
        assert!(page.contains("value=\"2.0\"") || changed[0].0 == "low", "what was typed stays: {page}");
    }
    let made = service.make(&supervisor, &new, &INTERVAL).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let page = service.get(&supervisor, &analyte).await.page();
    assert!(page.contains("No reference interval of this analyte is in force."), "it is only proposed: {page}");
    assert!(page.contains("Own study") && page.contains("Who is covered if all proposals are approved"), "{page}");
    let proposal = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().0;
    let id = proposal.iter().find(|i| i.analyte == spot).unwrap().id;
    let sign = service.get(director, &format!("/admin/catalog/sign?mark={id}")).await.page();
    assert!(sign.contains("Approve one entry") && sign.contains("Spot test"), "{sign}");
    let shown = service.shown(director, &format!("/admin/catalog/sign?mark={id}")).await;
    let (mark, password) = (id.to_string(), crate::common::PASSWORD);
    let signed = service
        .post(director, "/admin/catalog/approve", &[("mark", &mark), ("password", password), ("shown", &shown)])
        .await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    let page = service.get(&supervisor, &analyte).await.page();
    assert!(!page.contains("No reference interval of this analyte") && page.contains("Who is covered now"), "{page}");
    let late =
        service.post(&supervisor, &format!("/admin/catalog/proposals/{id}"), &with(&INTERVAL, &[("shown", "1")])).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "it is in force: {}", late.text());
    assert_eq!(service.get(&supervisor, &format!("/admin/catalog/proposals/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_entry_for_one_instrument_says_so_wherever_it_stands_and_whom_it_leaves_out() {
    let service = Service::new().await;
    let (supervisor, director) = (service.person(Role::Supervisor).await, &service.world.director);
    let link = service.world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let instrument = service.world.instrument(link).await.unwrap().to_string();
    let potassium = service.world.catalog().await.analyte_by_key("potassium").unwrap().id;
    let analyte = format!("/admin/catalog/analytes/{potassium}");
    let limit = [
        ("instrument", instrument.as_str()),
        ("age_low", "90"),
        ("age_low_unit", "a"),
        ("low_op", "<"),
        ("low", "2.0"),
        ("high_op", ">="),
        ("high", "6.0"),
        ("source", "Own study"),
    ];
    let made = service.make(&supervisor, &format!("{analyte}/limits"), &limit).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let proposed = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().1;
    let own = proposed.iter().find(|l| l.instrument.is_some()).unwrap();
    assert_eq!((own.text.as_str(), own.analyte), ("< 2.0 or ≥ 6.0", potassium));
    let name = "Only results of";
    let sign = format!("/admin/catalog/sign?mark={}", own.id);
    for path in [&analyte, "/admin/catalog?text=potassium", &sign] {
        let who = if *path == sign { director } else { &supervisor };
        let page = service.get(who, path).await.page();
        assert!(page.contains(name) && page.contains(" 2.0 or ≥ 6.0"), "{path}: {page}");
    }
    let page = service.get(director, &sign).await.page();
    assert!(page.contains("The entries for all instruments cover more people."), "{page}");
    assert!(!page.contains("which is in force"), "it replaces none of all: {page}");
    let bulk = service.get(director, "/admin/catalog/sign?all=yes&text=potassium").await.page();
    assert!(bulk.contains("An entry applies to the results of one instrument (1)"), "{bulk}");

    // Corrected, then withdrawn.
    let proposal = format!("/admin/catalog/proposals/{}", own.id);
    let shown = service.shown(&supervisor, &proposal).await;
    let again = service.post(&supervisor, &proposal, &with(&limit, &[("shown", &shown)])).await.again();
    assert!(again.contains("Nothing is different from what is saved."), "{again}");
    let done = service.post(&supervisor, &proposal, &with(&limit, &[("high", "6.1"), ("shown", &shown)])).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let proposed = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().1;
    let own: Vec<_> = proposed.iter().filter(|l| l.instrument.is_some()).collect();
    assert!(own.len() == 1 && own[0].text == "< 2.0 or ≥ 6.1", "{own:?}");
    let proposal = format!("/admin/catalog/proposals/{}", own[0].id);
    let (shown, withdraw) = (service.shown(&supervisor, &proposal).await, format!("{proposal}/withdraw"));
    let page = service.post(&supervisor, &withdraw, &[("reason", ""), ("shown", &shown)]).await.again();
    assert!(page.contains("href=\"#reason\"") && page.contains("value=\"6.1\""), "{page}");
    let done = service.post(&supervisor, &withdraw, &[("reason", "another lot"), ("shown", &shown)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let left = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap().1;
    assert!(left.iter().all(|l| l.instrument.is_none()), "{left:?}");
}
