//! What Home shows of a laboratory that is not set up yet.

use crate::common::Service;
use titer_lab::instruments::commands::{AddInstrument, Description};
use titer_lab::{Actor, Role};

/// The links of the steps.
async fn steps(service: &Service, role: Role) -> Vec<String> {
    let person = service.person(role).await;
    let page = service.get(&person, "/").await.page();
    let Some((_, steps)) = page.split_once("<h2>Next steps</h2>") else { return Vec::new() };
    let steps = steps.split("</section>").next().unwrap();
    steps.split("href=\"").skip(1).map(|link| link.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_step_is_shown_until_it_is_done_to_whoever_may_do_it() {
    let service = Service::new().await;
    assert_eq!(steps(&service, Role::Administrator).await, ["/instruments/new", "/admin/links"]);
    assert_eq!(steps(&service, Role::Supervisor).await, ["/instruments/new"]);
    assert_eq!(steps(&service, Role::Clerk).await, Vec::<String>::new());
    service.world.link("cobas-c111", "127.0.0.1:0").await;
    let described = Description { name: "Osmometer".to_owned(), kind: "manual".to_owned(), ..Description::default() };
    service.world.run(Actor::Console, AddInstrument(described)).await.unwrap();
    let administrator = service.get(&service.person(Role::Clinician).await, "/").await;
    assert!(!administrator.page().contains("Next steps"));
}
