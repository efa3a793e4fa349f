//! A critical limit of a group that nobody can tell by age, such as *dialysis patients*, is chosen for nobody and feared for everybody.

use super::{approve_limits, bulk, import};
use crate::{
    catalog::{bulk::LeftOut, views},
    testing::World,
};

const DIALYSIS: &str = r#"limit = [{ analyte = "potassium", population = "dialysis patients", high_op = ">=", high = "5.5", unit = "mmol/L", source = "s" }]"#;

#[test]
fn it_is_signed_singly_and_replaces_no_limit_of_all() {
    let world = World::new();
    import(&world, DIALYSIS).unwrap();
    let potassium = world.analyte("potassium");
    let chosen = bulk(&world);
    assert!(chosen.limits.is_empty() && chosen.left_out == [(potassium, LeftOut::Warns)], "{chosen:?}");
    let (_, proposed) = world.read(|s| views::proposals(s));
    assert!(proposed[0].of_a_group && proposed[0].warns, "{proposed:?}");
    let before = world.catalog().limits(potassium, None).len();
    approve_limits(&world, &[proposed[0].id]).unwrap();
    let catalog = world.catalog();
    assert_eq!((catalog.limits(potassium, None).len(), catalog.limits_of_groups(potassium, None).count()), (before, 1));
    // One for all does not replace the one of the group, and a second of the group does.
    import(&world, &DIALYSIS.replace("dialysis patients", "any").replace("5.5", "6.0")).unwrap();
    import(&world, &DIALYSIS.replace("dialysis patients", "Dialysis  patients").replace("5.5", "5.8")).unwrap();
    let (_, proposed) = world.read(|s| views::proposals(s));
    approve_limits(&world, &[proposed[0].id]).unwrap();
    assert_eq!(world.catalog().limits_of_groups(potassium, None).count(), 1);
    approve_limits(&world, &[proposed[1].id]).unwrap();
    let catalog = world.catalog();
    let of_groups: Vec<_> = catalog.limits_of_groups(potassium, None).cloned().collect();
    assert_eq!(of_groups.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["≥ 5.8"]);
}

#[test]
fn a_value_that_it_calls_critical_is_held_and_no_value_is_normal_by_it_alone() {
    let world = World::new();
    import(&world, DIALYSIS).unwrap();
    import(&world, &DIALYSIS.replace("potassium", "crp").replace("mmol/L", "mg/L")).unwrap();
    let (_, proposed) = world.read(|s| views::proposals(s));
    approve_limits(&world, &proposed.iter().map(|l| l.id).collect::<Vec<_>>()).unwrap();
    let patient = world.patient("MRN-1");
    // Of an adult, the limits of all are 2.5 and 6.5.
    let cases: &[(&str, &str, &str, &[&str])] = &[
        ("potassium", "4.0", "", &[]),
        ("potassium", "6.0", "high", &["critical", "cautious-limit"]),
        ("potassium", "7.0", "high", &["critical"]),
        ("potassium", "2.0", "low", &["critical"]),
        ("potassium", "<6.2", "", &["undecided-flag", "undecided-critical"]),
        ("crp", "1.0", "", &["undecided-critical"]),
        ("crp", "8.0", "high", &["critical", "cautious-limit"]),
    ];
    for (number, (analyte, value, critical, holds)) in cases.iter().enumerate() {
        let tube = format!("T{number}");
        world.received(patient, &[analyte], &tube);
        let result = world.filed(&tube, analyte, value);
        assert_eq!(
            (result.critical.as_str(), result.holds.iter().map(String::as_str).collect::<Vec<_>>()),
            (*critical, holds.to_vec()),
            "{analyte} {value}"
        );
    }
}

#[test]
fn a_label_that_says_an_age_where_the_limit_has_none_is_a_group_too() {
    let world = World::new();
    for (label, of_a_group) in [("neonate", true), ("women", true), ("any", false), ("", false)] {
        import(&world, &DIALYSIS.replace("dialysis patients", label)).unwrap();
        let (_, proposed) = world.read(|s| views::proposals(s));
        assert_eq!(proposed.last().unwrap().of_a_group, of_a_group, "{label:?}");
    }
}
