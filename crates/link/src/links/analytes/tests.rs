use titer_lab::{
    Actor, Role,
    calculations::{
        commands::{ApproveCalculation, ProposeCalculation},
        views::Input,
    },
    catalog::own::{CorrectAnalyte, Described},
    instruments::commands::AddInstrument,
    systems::commands::DescribeSystems,
};

use crate::testing::{World, add_link, code, instrument, person, system};

#[tokio::test]
async fn the_unit_of_an_analyte_stays_once_a_mapping_names_it_or_an_order_does() {
    let world = World::standing().await;
    let link = world.run(Actor::Console, add_link("cobas-c111", "127.0.0.1:4001")).await.unwrap();
    let correct = async |key: &str, unit: &str| {
        let catalog = world.lab.read(|s| Ok(titer_lab::catalog::views::load(s, 0)?)).await.unwrap();
        let a = catalog.analyte_by_key(key).unwrap();
        let described = Described {
            name: format!("{} in {unit}", a.name),
            short: a.short.clone(),
            loinc: a.loinc.clone(),
            decimals: a.decimals,
            unit: unit.to_owned(),
            kind: a.kind.code().to_owned(),
            specimen_type: catalog.specimen_type(a.specimen_type).unwrap().key.clone(),
        };
        let command = CorrectAnalyte { analyte: a.id, described, used: false };
        code(world.lab.submit(Actor::Console, None, |tx| super::correct(tx, command)).await)
    };
    world.run(Actor::Console, own()).await.unwrap();
    assert_eq!(correct("spot", "mg/L").await, "done");
    world.propose(link, "88", "g/L", "spot").await.unwrap();
    assert_eq!(correct("spot", "g/L").await, "catalog-analyte-used");
    assert_eq!(correct("spot", "mg/L").await, "done", "the name is corrected");
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["blot"], "T1").await;
    assert_eq!(correct("blot", "mg/L").await, "catalog-analyte-used");
    // The measuring range of a test system is in the unit.
    let instrument = world.run(Actor::Console, AddInstrument(instrument("C111", link, ""))).await.unwrap();
    let catalog = world.catalog().await;
    let describe = DescribeSystems(vec![system(catalog.analyte_by_key("dab").unwrap(), instrument)]);
    assert_eq!(correct("dab", "mg/L").await, "done");
    world.run(Actor::Console, describe).await.unwrap();
    assert_eq!(correct("dab", "g/L").await, "catalog-analyte-used");
}

/// The molar mass, and the unit of what is calculated, were signed for.
#[tokio::test]
async fn the_unit_of_an_analyte_stays_once_a_calculation_in_force_names_it() {
    let world = World::standing().await;
    world.run(Actor::Console, own()).await.unwrap();
    let catalog = world.catalog().await;
    let of = |key: &str| catalog.analyte_by_key(key).unwrap().id;
    let input =
        |key: &str, analyte: &str| Input { key: key.to_owned(), analyte: of(analyte), molar_mass: String::new() };
    let propose = ProposeCalculation {
        analyte: of("dab"),
        formula: "globulin".to_owned(),
        inputs: vec![input("total-protein", "spot"), input("albumin", "blot")],
        decimals: 0,
    };
    let director = &world.director;
    let supervisor = person(&world.house, &world.lab, &world.passwords, "sup", Role::Supervisor).await;
    let calculation = world.run(supervisor.actor(), propose).await.unwrap();
    let correct = async |key: &str, unit: &str| {
        let catalog = world.catalog().await;
        let a = catalog.analyte_by_key(key).unwrap();
        let described = Described {
            name: a.name.clone(),
            short: a.short.clone(),
            loinc: a.loinc.clone(),
            decimals: a.decimals,
            unit: unit.to_owned(),
            kind: a.kind.code().to_owned(),
            specimen_type: catalog.specimen_type(a.specimen_type).unwrap().key.clone(),
        };
        let command = CorrectAnalyte { analyte: a.id, described, used: false };
        code(world.lab.submit(Actor::Console, None, |tx| super::correct(tx, command)).await)
    };
    assert_eq!(
        (correct("spot", "mg/L").await, correct("spot", "g/L").await),
        ("done", "done"),
        "a proposal binds nothing"
    );
    let signed = world.sign(director).await;
    world.run(director.actor(), ApproveCalculation { calculation, signed }).await.unwrap();
    for key in ["spot", "blot", "dab"] {
        assert_eq!(correct(key, "mg/L").await, "catalog-analyte-used", "{key}");
    }
}

fn own() -> titer_lab::catalog::commands::MakeOwn {
    let entry = |key: &str| {
        format!(
            r#"{{ key = "{key}", name = "{key}", short = "{key}", discipline = "chemistry", unit = "g/L", decimals = 1, specimen_type = "serum" }}"#
        )
    };
    let test = r#"test = [{ key = "blot", name = "blot", analytes = ["blot"], specimen_type = "serum" }]"#;
    let text = format!("analyte = [{}, {}, {}]\n{test}", entry("spot"), entry("blot"), entry("dab"));
    titer_lab::catalog::commands::MakeOwn(titer_lab::catalog::starter::parse(&text).unwrap())
}
