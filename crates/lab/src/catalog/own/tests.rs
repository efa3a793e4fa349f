use super::{CorrectAnalyte, Described, Entry, RenameTest, RetireEntry, ReturnEntry};
use crate::{
    Actor, Failure, Role,
    catalog::{
        AnalyteId, Kind, TestId,
        commands::{ApproveCatalog, ImportCatalog, MakeOwn},
        starter, views,
    },
    orders::views as orders,
    testing::{World, arg, code, refusal},
};

const OWN: &str = r#"
analyte = [{ key = "spot", name = "Spot test", short = "Spot", discipline = "chemistry", unit = "g/L", decimals = 1, specimen_type = "serum" }]
test = [{ key = "spot", name = "Spot test", analytes = ["spot"], specimen_type = "serum" }]
"#;

fn make(world: &World, text: &str) -> Result<(), Failure> {
    world.run(Actor::Console, MakeOwn(starter::parse(text)?))
}

fn described(world: &World, key: &str) -> Described {
    let catalog = world.catalog();
    let a = catalog.analyte_by_key(key).unwrap();
    Described {
        name: a.name.clone(),
        short: a.short.clone(),
        loinc: a.loinc.clone(),
        decimals: a.decimals,
        unit: a.unit.clone(),
        kind: a.kind.code().to_owned(),
        specimen_type: catalog.specimen_type(a.specimen_type).unwrap().key.clone(),
    }
}

fn correct(world: &World, key: &str, used: bool, change: impl FnOnce(&mut Described)) -> Result<(), Failure> {
    let mut described = described(world, key);
    change(&mut described);
    world.run(Actor::Console, CorrectAnalyte { analyte: world.analyte(key), described, used })
}

fn test_of(world: &World, key: &str) -> TestId {
    world.catalog().tests().iter().find(|t| t.key == key).unwrap().id
}

#[test]
fn the_unit_of_a_new_analyte_can_be_read_by_ucum() {
    for (unit, expected) in [
        ("potato", "catalog-unit-unreadable"),
        ("mmol per L", "catalog-unit-unreadable"),
        ("µmol/L", "catalog-unit-unreadable"),
        ("mIU/L", "catalog-unit-unreadable"),
        ("mmol/L", "done"),
        ("10*9/L", "done"),
        ("[IU]/mL", "done"),
        ("[arb'U]/mL", "done"),
        ("[pH]", "done"),
        ("{ratio}", "done"),
        ("/[HPF]", "done"),
        ("%", "done"),
        ("", "done"),
    ] {
        let world = World::new();
        let text = OWN.replace("g/L", unit);
        let made = make(&world, &text);
        if expected != "done" {
            let refused = refusal(made.clone());
            assert_eq!(arg(&refused, "unit"), unit);
        }
        assert_eq!(code(made), expected, "own: {unit}");
        let imported = world.run(Actor::Console, ImportCatalog(starter::parse(&text).unwrap()));
        assert_eq!(code(imported), expected, "imported: {unit}");
    }
}

#[test]
fn an_analyte_is_corrected_and_its_unit_only_before_its_first_order() {
    let world = World::new();
    make(&world, OWN).unwrap();
    assert_eq!(code(correct(&world, "spot", false, |_| {})), "catalog-nothing-changed");
    type Wrong = (fn(&mut Described), &'static str);
    let wrong: [Wrong; 7] = [
        (|d| d.name = " ".to_owned(), "text-missing"),
        (|d| d.short = String::new(), "text-missing"),
        (|d| d.loinc = "2951-3".to_owned(), "catalog-loinc"),
        (|d| d.kind = "number".to_owned(), "catalog-result-kind"),
        (|d| d.specimen_type = "stone".to_owned(), "catalog-unknown"),
        (|d| d.unit = "potato".to_owned(), "catalog-unit-unreadable"),
        (|d| d.unit = "g/L\nflag".to_owned(), "text-control"),
    ];
    for (change, expected) in wrong {
        assert_eq!(code(correct(&world, "spot", false, change)), expected);
    }
    let version = world.catalog().version;
    correct(&world, "spot", false, |d| {
        (d.name, d.unit, d.specimen_type) = ("Spot".to_owned(), "mg/L".to_owned(), "blood".to_owned());
    })
    .unwrap();
    let catalog = world.catalog();
    assert!(catalog.version > version, "a form that was shown before is refused");
    let spot = catalog.analyte_by_key("spot").unwrap();
    assert_eq!((spot.name.as_str(), spot.unit.as_str(), spot.kind), ("Spot", "mg/L", Kind::Numeric));
    let test = catalog.test(test_of(&world, "spot")).unwrap();
    assert_eq!(test.specimen_type, spot.specimen_type, "the test of this analyte alone needs the same tube");
    // Once it is used, only what is said of it changes.
    let bound: [fn(&mut Described); 3] =
        [|d| d.unit = "g/L".to_owned(), |d| d.kind = "text".to_owned(), |d| d.specimen_type = "serum".to_owned()];
    for change in bound {
        assert_eq!(code(correct(&world, "spot", true, change)), "catalog-analyte-used");
    }
    correct(&world, "spot", true, |d| (d.decimals, d.loinc) = (2, "2951-2".to_owned())).unwrap();
    assert_eq!(world.catalog().analyte_by_key("spot").unwrap().decimals, 2);
    // Intervals and limits are in the unit; a panel names the specimen type.
    assert_eq!(code(correct(&world, "sodium", false, |d| d.unit = "g/L".to_owned())), "catalog-kind-in-use");
    let panel =
        r#"test = [{ key = "spots", name = "Spots", analytes = ["spot", "hemoglobin"], specimen_type = "blood" }]"#;
    make(&world, panel).unwrap();
    let moved = correct(&world, "spot", false, |d| d.specimen_type = "serum".to_owned());
    assert_eq!(code(moved), "catalog-analyte-in-panel");
    let gone = CorrectAnalyte { analyte: AnalyteId(0), described: Described::default(), used: false };
    assert_eq!(code(world.run(Actor::Console, gone)), "catalog-analyte-gone");
}

#[test]
fn an_analyte_was_asked_for_if_any_order_names_it() {
    let world = World::new();
    make(&world, OWN).unwrap();
    let (spot, patient) = (world.analyte("spot"), world.patient("MRN-1"));
    world.ordered(patient, &["sodium"], "T1");
    assert!(!world.read(move |s| orders::was_asked_for(s, spot)));
    world.ordered(patient, &["spot"], "T2");
    assert!(world.read(move |s| orders::was_asked_for(s, spot)));
}

#[test]
fn a_test_is_renamed() {
    let world = World::new();
    let rename = |test, name: &str| world.run(Actor::Console, RenameTest { test, name: name.to_owned() });
    let sodium = test_of(&world, "sodium");
    assert_eq!(code(rename(sodium, "")), "text-missing");
    assert_eq!(code(rename(TestId(0), "Salt")), "catalog-test-gone");
    rename(sodium, "Salt").unwrap();
    assert_eq!(code(rename(sodium, "Salt")), "catalog-nothing-changed");
    assert_eq!(world.catalog().test(sodium).unwrap().name, "Salt");
}

#[test]
fn no_correction_gives_an_entry_a_name_that_is_taken_for_another() {
    let world = World::new();
    make(&world, OWN).unwrap();
    let alike: [fn(&mut Described); 5] = [
        |d| d.name = "Sodium".to_owned(),
        |d| d.name = "S\u{43e}dium".to_owned(),
        |d| d.name = "so-dium".to_owned(),
        |d| d.short = "na".to_owned(),
        |d| d.short = "Sodium".to_owned(),
    ];
    for change in alike {
        let refused = refusal(correct(&world, "spot", false, change));
        assert_eq!(refused.code, "catalog-alike");
        assert!(!arg(&refused, "other").is_empty());
    }
    correct(&world, "spot", false, |d| d.name = "Spot (test)".to_owned()).unwrap();
    let rename = |name: &str| RenameTest { test: test_of(&world, "spot"), name: name.to_owned() };
    for name in ["Sodium", "S\u{43e}dium", "SODIUM.", "electro-lytes"] {
        assert_eq!(code(world.run(Actor::Console, rename(name))), "catalog-alike", "{name}");
    }
    world.run(Actor::Console, rename("Spot (test)")).unwrap();
}

#[test]
fn what_is_out_of_use_cannot_be_ordered_and_keeps_its_name() {
    let world = World::new();
    make(&world, OWN).unwrap();
    let (patient, spot) = (world.patient("MRN-1"), Entry::Analyte(world.analyte("spot")));
    let test = Entry::Test(test_of(&world, "spot"));
    world.received(patient, &["spot"], "T1");
    for entry in [spot, test] {
        assert_eq!(code(world.run(Actor::Console, RetireEntry(entry))), "catalog-use-needs-reason");
        assert_eq!(code(world.run(Actor::Console, ReturnEntry(entry))), "catalog-use-needs-reason");
        assert_eq!(code(world.run_because(Actor::Console, "why", ReturnEntry(entry))), "catalog-in-use");
        world.run_because(Actor::Console, "no reagent", RetireEntry(entry)).unwrap();
        assert_eq!(code(world.run_because(Actor::Console, "why", RetireEntry(entry))), "catalog-out-of-use");
        let refused = refusal(world.place(world.order(patient, &["spot"]), None));
        assert_eq!((refused.code, arg(&refused, "name").as_str()), ("orders-test-retired", "Spot test"));
        let catalog = world.catalog();
        assert!(!catalog.is_orderable(catalog.tests().iter().find(|t| t.key == "spot").unwrap()));
        // What was ordered before is measured, and keeps its name.
        assert_eq!(catalog.analyte_by_key("spot").unwrap().name, "Spot test");
        world.run_because(Actor::Console, "reagent came", ReturnEntry(entry)).unwrap();
        assert_eq!(code(world.place(world.order(patient, &["spot"]), None)), "done");
    }
    world.run_because(Actor::Console, "no reagent", RetireEntry(spot)).unwrap();
    assert_eq!(world.filed("T1", "spot", "4.1").value, "4.1");
    assert_eq!(code(world.run(Actor::Console, RetireEntry(Entry::Analyte(AnalyteId(0))))), "catalog-analyte-gone");
    assert_eq!(code(world.run(Actor::Console, ReturnEntry(Entry::Test(TestId(0))))), "catalog-test-gone");
}

#[test]
fn one_signature_approves_so_many_entries_and_no_more() {
    let world = World::new();
    for part in 0..3 {
        let entry = |n: usize| {
            let key = format!("own_{part}_{n}");
            (
                format!(
                    r#"{{ key = "{key}", name = "{key}", short = "{key}", discipline = "chemistry", unit = "g/L", decimals = 1, specimen_type = "serum" }}"#
                ),
                format!(
                    r#"{{ analyte = "{key}", sex = "any", low = "1", unit = "g/L", type = "reference", source = "many" }}"#
                ),
            )
        };
        let (analytes, intervals): (Vec<_>, Vec<_>) = (0..310).map(entry).unzip();
        let text = format!("analyte = [{}]\ninterval = [{}]", analytes.join(","), intervals.join(","));
        world.run(Actor::Console, ImportCatalog(starter::parse(&text).unwrap())).unwrap();
    }
    let (proposed, _) = world.read(|s| views::proposals(s));
    let intervals: Vec<_> = proposed.iter().filter(|i| i.source == "many").map(|i| i.id).collect();
    let approve = |count: usize| ApproveCatalog {
        intervals: intervals[..count].to_vec(),
        limits: vec![],
        answers: vec![],
        signed: world.signed(Role::Director),
    };
    let refused = refusal(world.run(world.actor(Role::Director), approve(901)));
    assert_eq!((refused.code, arg(&refused, "limit").as_str()), ("catalog-approve-too-many", "900"));
    // What goes is counted too.
    world.run(world.actor(Role::Director), approve(500)).unwrap();
    for part in 0..3 {
        let entry = |n: usize| {
            format!(
                r#"{{ analyte = "own_{part}_{n}", sex = "any", low = "2", unit = "g/L", type = "reference", source = "more" }}"#
            )
        };
        let text = format!("interval = [{}]", (0..310).map(entry).collect::<Vec<_>>().join(","));
        world.run(Actor::Console, ImportCatalog(starter::parse(&text).unwrap())).unwrap();
    }
    let (proposed, _) = world.read(|s| views::proposals(s));
    let intervals: Vec<_> = proposed.iter().filter(|i| i.source == "more").map(|i| i.id).collect();
    let approve = |count: usize| ApproveCatalog {
        intervals: intervals[..count].to_vec(),
        limits: vec![],
        answers: vec![],
        signed: world.signed(Role::Director),
    };
    assert_eq!(code(world.run(world.actor(Role::Director), approve(451))), "catalog-approve-too-many");
    assert_eq!(code(world.run(world.actor(Role::Director), approve(450))), "done");
}
