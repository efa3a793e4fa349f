//! Systems of units.

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;
use titer_science::units::{Conversion, validate};

use super::super::{
    Catalog, UnitSystem,
    commands::{AddToCatalog, ApproveCatalog, ImportCatalog},
    starter::{self, Entries, Limit},
    views,
};
use crate::{
    Actor, Role,
    testing::{CATALOG, World, arg, code, refusal},
};

fn in_system(system: UnitSystem) -> Entries {
    starter::starter_in(system, &Catalog::default()).unwrap()
}

fn add(world: &World, entries: Entries) -> usize {
    entries.parts().into_iter().map(|part| world.run(Actor::Console, AddToCatalog(part)).unwrap().count).sum()
}

#[test]
fn a_laboratory_chooses_its_system_of_units_once() {
    for (system, other) in [(UnitSystem::Si, UnitSystem::Conventional), (UnitSystem::Conventional, UnitSystem::Si)] {
        let world = World::empty();
        assert_eq!(world.catalog().units, None);
        let first = in_system(system).parts().swap_remove(0);
        world.run(Actor::Console, AddToCatalog(first)).unwrap();
        assert_eq!(world.last_body(), serde_json::json!({ "system": system.code() }), "an event of its own");
        add(&world, in_system(system));
        let known = world.catalog();
        assert_eq!(known.units, Some(system));
        let head = world.head();
        assert_eq!(add(&world, starter::starter_in(system, &known).unwrap()), 0, "nothing is new");
        assert_eq!(world.head(), head);
        let refused = refusal(starter::starter_in(other, &known));
        assert_eq!((refused.code, arg(&refused, "own")), ("catalog-units-other", system.code().to_owned()));
        // Also if somebody chose at the same time, and with entries in no system.
        for entries in [in_system(other), starter::starter().unwrap()] {
            let part = entries.parts().swap_remove(0);
            assert_eq!(code(world.run(Actor::Console, AddToCatalog(part))), "catalog-units-other");
        }
        assert_eq!(world.head(), head);
    }
    assert_eq!(code(UnitSystem::asked("")), "catalog-units-none");
    assert_eq!(code(UnitSystem::asked("SI")), "catalog-units-none");
}

#[test]
fn every_analyte_has_a_unit_in_each_system_and_never_the_code_of_another_kind_of_unit() {
    let written = starter::as_written().unwrap();
    for system in UnitSystem::ALL {
        let entries = in_system(*system);
        assert_eq!(entries.analyte.len(), written.analyte.len());
        let mut codes = HashSet::new();
        for a in &entries.analyte {
            assert!(a.unit.is_empty() || validate(&a.unit).is_ok(), "{}: {}", a.key, a.unit);
            assert!(a.loinc.is_empty() || codes.insert(a.loinc.clone()), "{}: {} twice", a.key, a.loinc);
            let (name, moles) = (&a.loinc_long_name, a.unit.contains("mol"));
            assert!(moles || !name.contains("[Moles/"), "{}: {name} in {}", a.key, a.unit);
            assert!(!(name.contains("[Mass/vol") && moles), "{}: {name} in {}", a.key, a.unit);
            let foreign = match system {
                UnitSystem::Si => ["/dL", "/mL", "mm[Hg]"].iter().any(|part| a.unit.contains(part)),
                UnitSystem::Conventional => ["g/L", "kPa"].contains(&a.unit.as_str()),
            };
            // Arbitrary units and copies are of neither system.
            let arbitrary = ["[IU]", "[arb'U]", "{copies}"].iter().any(|part| a.unit.contains(part));
            assert!(!foreign || arbitrary, "{}: {} in {}", a.key, a.unit, system.code());
        }
    }
    let without = starter::without_loinc(UnitSystem::Si).unwrap();
    assert!(without.contains(&"Phenytoin".to_owned()), "{without:?}");
}

#[test]
fn every_interval_and_limit_of_the_starter_is_in_the_unit_of_its_analyte() {
    let written = starter::as_written().unwrap();
    let mixed = starter::starter().unwrap();
    for entries in [mixed, in_system(UnitSystem::Si), in_system(UnitSystem::Conventional)] {
        let units: HashMap<&str, &str> = entries.analyte.iter().map(|a| (a.key.as_str(), a.unit.as_str())).collect();
        for (i, printed) in entries.interval.iter().zip(&written.interval) {
            assert_eq!(units[i.analyte.as_str()], i.unit, "{}", i.analyte);
            assert_eq!(i.converted.is_some(), printed.unit != i.unit, "{}", i.analyte);
            let said = format!("{}{}{}", printed.low, printed.high, printed.unit);
            let shown: String = i.converted.iter().flat_map(|c| c.chars()).filter(|c| !" –<=>".contains(*c)).collect();
            assert!(i.converted.is_none() || shown == said, "{shown} {said}");
        }
        for (l, printed) in entries.limit.iter().zip(&written.limit) {
            assert_eq!(units[l.analyte.as_str()], l.unit, "{}", l.analyte);
            assert_eq!(l.converted.is_some(), printed.unit != l.unit, "{}", l.analyte);
            assert_eq!((&l.low_op, &l.high_op), (&printed.low_op, &printed.high_op), "operators stay as printed");
        }
    }
}

/// A value that is critical by the limit as printed is critical by the limit as it is used.
#[test]
fn no_critical_limit_of_the_starter_moves_to_the_less_cautious_side() {
    let written = starter::as_written().unwrap();
    let masses: BTreeMap<&str, Decimal> = written
        .analyte
        .iter()
        .filter_map(|a| Some((a.key.as_str(), a.molar_mass.as_ref()?.as_str()?.parse().ok()?)))
        .collect();
    let mut converted = 0;
    for system in UnitSystem::ALL {
        for (used, printed) in in_system(*system).limit.iter().zip(&written.limit) {
            if used.converted.is_none() {
                continue;
            }
            let mass = masses.get(used.analyte.as_str()).copied();
            let conversion = Conversion::new(&printed.unit, &used.unit, mass).unwrap();
            let exact = |text: &str| (!text.is_empty()).then(|| conversion.decimal(text.parse().unwrap()).unwrap());
            let number = |text: &str| (!text.is_empty()).then(|| text.parse::<Decimal>().unwrap());
            let (low, high) = (number(&used.low), number(&used.high));
            assert!(low >= exact(&printed.low), "{}: {} of {}", used.analyte, used.low, printed.low);
            assert!(high.zip(exact(&printed.high)).is_none_or(|(high, exact)| high <= exact), "{}", used.analyte);
            assert_eq!((low.is_some(), high.is_some()), (!printed.low.is_empty(), !printed.high.is_empty()));
            assert!(low.zip(high).is_none_or(|(low, high)| low < high), "{}", used.analyte);
            converted += 1;
        }
    }
    assert!(converted > 20, "{converted}");
}

/// The limit of the starter from this source, in a system: low, high, unit and what was printed.
fn limit(system: UnitSystem, analyte: &str, source: &str) -> [String; 4] {
    let of = |l: &&Limit| l.analyte == analyte && l.source.starts_with(source);
    let found = in_system(system).limit.iter().find(of).cloned().unwrap();
    [found.low, found.high, found.unit, found.converted.unwrap_or_default()]
}

#[test]
fn limits_that_are_printed_in_another_unit_are_in_the_starter_and_say_what_was_printed() {
    use UnitSystem::{Conventional, Si};
    let cases = [
        (Si, "calcium", "Houston", ["1.63", "3.24", "mmol/L", "<= 6.5, >= 13.0 mg/dL"]),
        (Conventional, "calcium", "Houston", ["6.5", "13.0", "mg/dL", ""]),
        (Si, "magnesium", "Houston", ["0.42", "1.85", "mmol/L", "<= 1.0, >= 4.5 mg/dL"]),
        (Si, "phosphate", "ARUP", ["0.33", "2.90", "mmol/L", "< 1.0, > 9.0 mg/dL"]),
        (Si, "glucose", "Houston", ["2.8", "22.2", "mmol/L", "<= 50, > 400 mg/dL"]),
        (Conventional, "glucose", "South West", ["", "450", "mg/dL", ">= 25 mmol/L"]),
        (Si, "t4_free", "Houston", ["", "65", "pmol/L", ">= 5.1 ng/dL"]),
        (Conventional, "t4_free", "Houston", ["", "5.1", "ng/dL", ""]),
        (Conventional, "hemoglobin", "Mayo", ["6.0", "20.0", "g/dL", "<= 60, >= 200 g/L"]),
    ];
    for (system, analyte, source, expected) in cases {
        assert_eq!(limit(system, analyte, source), expected, "{analyte} {}", system.code());
    }
}

/// An older Titer imported the starter in a mixture of units.
#[test]
fn a_laboratory_with_mixed_units_keeps_them_and_says_so() {
    let world = World::empty();
    let mut old = starter::starter().unwrap();
    old.analyte.retain(|a| a.key != "pth");
    old.test.retain(|t| !t.analytes.contains(&"pth".to_owned()));
    old.interval.retain(|i| i.analyte != "glucose" && i.analyte != "pth");
    old.limit.retain(|l| l.analyte != "glucose" && l.analyte != "pth");
    add(&world, old);
    let said = |catalog: &Catalog| {
        let mut of: Vec<_> = catalog.analytes().map(|a| (a.id, a.unit.clone(), a.loinc.clone(), a.decimals)).collect();
        of.sort();
        of
    };
    let (before, proposed) = (world.catalog(), world.read(|s| views::proposals(s)));
    assert_eq!(before.units, None);
    for system in UnitSystem::ALL {
        add(&world, starter::starter_in(*system, &world.catalog()).unwrap());
    }
    let after = world.catalog();
    assert_eq!(after.units, None, "a mixture stays a mixture");
    let (old, new): (Vec<_>, Vec<_>) = said(&after).into_iter().partition(|(id, ..)| before.analyte(*id).is_some());
    assert_eq!(old, said(&before), "nothing of it changed");
    let pth: Vec<_> = new.iter().map(|(_, unit, loinc, _)| (unit.as_str(), loinc.as_str())).collect();
    assert_eq!(pth, [("pmol/L", "14866-8")], "what is new is in the system that was chosen first");
    let (intervals, limits) = world.read(|s| views::proposals(s));
    let glucose = world.analyte("glucose");
    assert!(limits.iter().filter(|l| l.analyte == glucose).count() > 3);
    assert!(limits.iter().filter(|l| l.analyte == glucose).all(|l| l.unit == "mg/dL"));
    let others = |of: &[views::Limit]| of.iter().filter(|l| l.analyte != glucose).count();
    assert_eq!((intervals.len() >= proposed.0.len(), others(&limits)), (true, others(&proposed.1)), "none twice");
}

#[test]
fn a_catalog_of_a_file_is_in_no_system() {
    let world = World::empty();
    world.run(Actor::Console, ImportCatalog(starter::parse(CATALOG).unwrap())).unwrap();
    assert_eq!(world.catalog().units, None);
    assert_eq!(code(starter::parse("units = \"si\"")), "catalog-file");
}

/// The director signs the figures that are used, and those that the source prints.
#[test]
fn the_signature_holds_the_converted_figures_and_the_printed_ones() {
    let world = World::empty();
    add(&world, in_system(UnitSystem::Si));
    let (intervals, limits) = world.read(|s| views::proposals(s));
    let limit = limits.iter().find(|l| l.converted.as_deref() == Some("<= 6.5, >= 13.0 mg/dL")).unwrap();
    assert_eq!(limit.text, "≤ 1.63 or ≥ 3.24");
    let interval = intervals.iter().find(|i| i.converted.is_some()).unwrap();
    let signed = world.signed(Role::Director);
    let approve = ApproveCatalog { intervals: vec![interval.id], limits: vec![limit.id], answers: vec![], signed };
    world.run(world.actor(Role::Director), approve).unwrap();
    let body = world.last_body();
    assert_eq!(body["signed_limits"][0]["low"], "1.63");
    assert_eq!(body["signed_limits"][0]["converted"], "<= 6.5, >= 13.0 mg/dL");
    assert_eq!(body["signed_intervals"][0]["converted"], serde_json::json!(interval.converted));
}
