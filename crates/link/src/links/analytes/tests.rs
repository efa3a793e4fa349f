use titer_lab::{
    Actor,
    catalog::own::{CorrectAnalyte, Described},
};

use crate::testing::{World, add_link, code};

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
}

fn own() -> titer_lab::catalog::commands::MakeOwn {
    let entry = |key: &str| {
        format!(
            r#"{{ key = "{key}", name = "{key}", short = "{key}", discipline = "chemistry", unit = "g/L", decimals = 1, specimen_type = "serum" }}"#
        )
    };
    let test = r#"test = [{ key = "blot", name = "blot", analytes = ["blot"], specimen_type = "serum" }]"#;
    let text = format!("analyte = [{}, {}]\n{test}", entry("spot"), entry("blot"));
    titer_lab::catalog::commands::MakeOwn(titer_lab::catalog::starter::parse(&text).unwrap())
}
