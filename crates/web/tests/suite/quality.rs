//! Quality control: the board of all test systems, and stopping one of them.

use crate::common::Service;
use axum::http::StatusCode;
use titer_lab::Actor;
use titer_lab::quality::PlanKind;
use titer_lab::quality::commands::AddMaterial;
use titer_lab::quality::plans::{PlanText, ProposePlans, SignPlans};
use titer_lab::systems::SystemId;
use titer_science::qc::{Action as Act, Resets, Rule, RuleSet, RuleUse};
use titer_store::PLACES;

/// The director signs a plan of two levels for the first test system of a link; all others keep their controls elsewhere.
async fn planned(service: &Service) -> SystemId {
    let world = &service.world;
    world.mapped("titer-sim-chemistry", "127.0.0.1:0").await;
    let lab = world.lab.clone();
    let system = world.lab.read(move |s| Ok(lab.systems(s)?.all()[0].id)).await.unwrap();
    let add = AddMaterial { name: "Multi".to_owned(), maker: "Maker".to_owned(), levels: 2 };
    let material = world.run(Actor::Console, add).await.unwrap();
    let rules = RuleSet {
        name: "of the test".to_owned(),
        version: 1,
        levels: 2,
        controls_per_level: 1,
        resets: Resets { lot_change: true, recalibration: true, closed_action: true },
        rules: vec![RuleUse::usual(Rule::ONE_3S, Act::Reject)],
    };
    let plan = PlanText {
        kind: PlanKind::Here,
        levels: vec![(material, 1), (material, 2)],
        rules: Some(rules),
        controls_per_level: 1,
        hours: 24,
        window_minutes: 120,
        ..PlanText::elsewhere(system, "", "")
    };
    let why = Some("The controls moved here".to_owned());
    let proposed = world.lab.submit(Actor::Console, why, move |tx| tx.run(ProposePlans(vec![plan]))).await.unwrap();
    let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
    let signed = world.sign(&world.director).await;
    world.run(world.director.actor(), SignPlans { plans, signed }).await.unwrap();
    system
}

#[tokio::test]
async fn the_board_says_how_a_test_system_stands_and_a_stop_needs_a_reason() {
    let service = Service::new().await;
    let system = planned(&service).await;
    let technician = &service.world.technician;
    let board = service.get(technician, "/quality").await.page();
    assert!(board.contains("Missing") && board.contains("Kept elsewhere"), "{board}");
    let address = format!("/quality/systems/{system}");
    assert!(board.find("Missing").unwrap() < board.find("Kept elsewhere</span>").unwrap(), "the worst stands first");
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("Level 2") && page.contains("No controls in the last 30 days"), "{page}");
    assert!(!page.contains("Take the stop back"));
    assert!(!page.contains("Name cause and action"), "nothing fails");

    let stop = format!("{address}/stop");
    let refused = service.post(technician, &stop, &[("reason", " ")]).await;
    assert!(refused.again().contains("Say why."));
    let done = service.post(technician, &stop, &[("reason", "Drift seen")]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, address.as_str()));
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("Stopped") && page.contains("Drift seen") && page.contains("Take the stop back"), "{page}");

    let fields = [("cause", "reagent"), ("action", "nonsense"), ("text", "Air in the line")];
    let refused = service.post(technician, &format!("{address}/failure"), &fields).await.again();
    assert!(refused.contains("There is no action") && refused.contains("Air in the line"), "{refused}");
    let fields = [("cause", "reagent"), ("action", "reagent-replaced"), ("text", "Air in the line")];
    let done = service.post(technician, &format!("{address}/failure"), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let done = service.post(technician, &format!("{address}/release"), &[("reason", "New bottle")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = service.get(technician, &address).await.page();
    assert!(page.contains("Reagent replaced") && page.contains("New bottle"), "{page}");
    assert!(!page.contains("Take the stop back"), "{page}");
}
