//! The system of units of the starter catalogue, and entries that were converted.

use titer_lab::Actor;
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::starter::{self, Entries};
use titer_lab::catalog::views as catalog;

use crate::common::{PASSWORD, Service};

#[tokio::test]
async fn a_person_chooses_the_system_of_units_and_no_choice_is_made_for_anybody() {
    let service = Service::new().await;
    let director = &service.world.director;
    let page = service.get(director, "/admin/catalog").await.page();
    assert!(page.contains("Mixed units") && page.contains("/admin/catalog/import"), "{page}");
    let page = service.get(director, "/admin/catalog/import").await.page();
    for system in ["si", "conventional"] {
        assert!(!page.contains(&format!("value=\"{system}\" checked")), "{page}");
    }
    for part in
        ["value=\"si\"", "value=\"conventional\"", "In these units, these analytes have no LOINC code:", "Phenytoin"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let import = "/admin/catalog/import";
    let none = service.post(director, import, &[]).await.again();
    assert!(none.contains("No system of units is chosen"), "{none}");
    // What stands for ever is asked about, and another choice is asked about anew.
    let asked = service.post(director, import, &[("units", "conventional")]).await.again();
    for part in ["You chose: Conventional units", "name=\"confirmed\" value=\"conventional\"", "in conventional units<"]
    {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let asked = service.post(director, import, &[("units", "si"), ("confirmed", "conventional")]).await.again();
    assert!(asked.contains("You chose: SI units") && asked.contains("value=\"si\" checked"), "{asked}");
    assert!(service.get(director, import).await.page().contains("Mixed units"));
    let added = service.post(director, import, &[("units", "si"), ("confirmed", "si")]).await;
    assert_eq!(added.location(), "/admin/catalog");
    assert!(service.get(director, "/admin/catalog").await.page().contains("Nothing was added"));
}

#[tokio::test]
async fn a_converted_entry_shows_the_printed_figures_on_the_list_and_before_the_signature() {
    let service = Service::new().await;
    let director = &service.world.director;
    let in_force = service.get(director, "/admin/catalog?text=calcium&show=in-force").await.page();
    assert!(in_force.contains("Converted from ≤ 6.5, ≥ 13.0 mg/dL, as the source prints it."), "{in_force}");
    // Its rival went when it was signed, and is proposed again.
    let mut entries = Entries { limit: starter::starter().unwrap().limit, ..Entries::default() };
    entries.limit.retain(|l| l.analyte == "calcium" && l.source.starts_with("WakeMed"));
    service.world.run(Actor::Console, ImportCatalog(entries)).await.unwrap();
    let printed = "Converted from ≤ 6.5, ≥ 12.0 mg/dL, as the source prints it.";
    let list = service.get(director, "/admin/catalog?text=calcium").await.page();
    assert!(list.contains("≤ 1.63 or ≥ 2.99") && list.contains(printed), "{list}");
    let (_, limits) = service.world.lab.read(|s| Ok(catalog::proposals(s)?)).await.unwrap();
    let limit = limits.iter().find(|l| l.converted.as_deref() == Some("<= 6.5, >= 12.0 mg/dL")).unwrap();
    let sign = format!("/admin/catalog/sign?mark={}", limit.id);
    let page = service.get(director, &sign).await.page();
    assert!(page.contains(printed) && page.contains("of one entry were converted"), "{page}");
    let (mark, seen) = (limit.id.to_string(), service.shown(director, &sign).await);
    let fields = [("mark", mark.as_str()), ("password", PASSWORD), ("shown", seen.as_str())];
    assert_eq!(service.post(director, "/admin/catalog/approve", &fields).await.location(), "/admin/catalog");
    let list = service.get(director, "/admin/catalog?text=calcium&show=in-force").await.page();
    assert!(list.contains(printed), "{list}");
}
