//! What Home shows of a laboratory that is not set up yet.

use crate::common::{Person, Service, World};
use titer_lab::catalog::commands::ImportCatalog;
use titer_lab::catalog::starter;
use titer_lab::instruments::commands::{AddInstrument, Description};
use titer_lab::sites::commands::DescribeSite;
use titer_lab::{Actor, Role};

/// The links of the steps.
async fn steps(service: &Service, role: Role) -> Vec<String> {
    let person = service.person(role).await;
    steps_of(service, &person).await
}

async fn steps_of(service: &Service, person: &Person) -> Vec<String> {
    let page = service.get(person, "/").await.page();
    let Some((_, steps)) = page.split_once("<h2>Next steps</h2>") else { return Vec::new() };
    let steps = steps.split("</section>").next().unwrap();
    steps.split("href=\"").skip(1).map(|link| link.split('"').next().unwrap().to_owned()).collect()
}

fn site(address: &str, director: &str) -> DescribeSite {
    DescribeSite {
        name: "House laboratory".to_owned(),
        address: address.to_owned(),
        accreditation: String::new(),
        director: director.to_owned(),
        zone: "UTC".to_owned(),
        demonstration: false,
    }
}

#[tokio::test]
async fn a_step_is_shown_until_it_is_done_to_whoever_may_do_it() {
    let service = Service::new().await;
    service.world.run(Actor::Console, site("1 Main St", "Dr A Reed")).await.unwrap();
    assert_eq!(steps(&service, Role::Administrator).await, ["/instruments/new", "/admin/links"]);
    assert_eq!(steps(&service, Role::Supervisor).await, ["/instruments/new"]);
    assert_eq!(steps(&service, Role::Clerk).await, Vec::<String>::new());
    service.world.link("cobas-c111", "127.0.0.1:0").await;
    let described = Description { name: "Osmometer".to_owned(), kind: "manual".to_owned(), ..Description::default() };
    service.world.run(Actor::Console, AddInstrument(described)).await.unwrap();
    let administrator = service.get(&service.person(Role::Clinician).await, "/").await;
    assert!(!administrator.page().contains("Next steps"));
}

#[tokio::test]
async fn a_laboratory_of_which_only_the_name_is_known_is_still_to_be_described() {
    let service = Service::new().await;
    let administrator = service.person(Role::Administrator).await;
    for (address, director, described) in [("", "", false), ("1 Main St", "", false), ("1 Main St", "Dr A Reed", true)]
    {
        service.world.run(Actor::Console, site(address, director)).await.unwrap();
        let asked = steps_of(&service, &administrator).await.contains(&"/admin/site".to_owned());
        assert_eq!(asked, !described, "{address}, {director}");
    }
}

#[tokio::test]
async fn approve_stays_a_step_after_the_first_signature_until_the_laboratory_measures() {
    let service = Service::of(World::standing().await, false).await;
    let approve = "/admin/catalog".to_owned();
    // Entries are in force, and none waits.
    assert!(!steps_of(&service, &service.world.director).await.contains(&approve));
    let text = r#"
        analyte = [{ key = "zinc", name = "Zinc", short = "Zn", discipline = "chemistry", unit = "umol/L", decimals = 1, specimen_type = "serum" }]
        interval = [{ analyte = "zinc", sex = "any", age_low = "18 a", low = "11", unit = "umol/L", type = "reference", source = "House book" }]"#;
    service.world.run(Actor::Console, ImportCatalog(starter::parse(text).unwrap())).await.unwrap();
    assert!(steps_of(&service, &service.world.director).await.contains(&approve));
}
