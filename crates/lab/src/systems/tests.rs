use titer_science::Reported;
use titer_store::File;

use super::{
    Input, Pdf, RecordId, RecordText, Said, State, SystemId,
    commands::{ChangeSystem, DescribeSystems, Description, RetireSystem, ReturnSystem, VerifySystems},
    gate::{Gated, Inputs},
    views::{self, Measuring, System},
};
use crate::{
    Actor, Role, Systems,
    catalog::{AnalyteId, SpecimenTypeId, commands::AddToCatalog, starter},
    instruments::{
        InstrumentId,
        commands::{AddInstrument, ChangeInstrument, Description as Instrument, RetireInstrument, ReturnInstrument},
    },
    stories,
    testing::{World, arg, code, date, refusal},
};

/// A link that no other test speaks of.
const GATEWAY: i64 = 4_711;

fn analyzer(name: &str, module: &str) -> Instrument {
    let (kind, link) = ("analyzer".to_owned(), Some(GATEWAY));
    Instrument { name: name.to_owned(), kind, module: module.to_owned(), link }
}

/// A world with an analyzer that has no test systems yet.
struct Bench {
    world: World,
    supervisor: Actor,
    director: Actor,
    instrument: InstrumentId,
}

impl Bench {
    fn new() -> Self {
        let world = World::new();
        let (supervisor, director) = (world.actor(Role::Supervisor), world.actor(Role::Director));
        let instrument = world.run(supervisor, AddInstrument(analyzer("cobas", "c501"))).unwrap();
        Bench { world, supervisor, director, instrument }
    }

    /// Sodium in serum, measured from 80 to 180.
    fn sodium(&self) -> Description {
        Description { low: "80".to_owned(), high: "180".to_owned(), ..self.of("sodium") }
    }

    fn of(&self, analyte: &str) -> Description {
        let catalog = self.world.catalog();
        let analyte = catalog.analyte_by_key(analyte).unwrap();
        Description {
            analyte: analyte.id,
            specimen_type: analyte.specimen_type,
            instrument: self.instrument,
            method: "ISE, indirect".to_owned(),
            low: String::new(),
            high: String::new(),
            dilution: String::new(),
            decimals: None,
            inputs: Vec::new(),
        }
    }

    fn describe(&self, description: Description) -> SystemId {
        self.world.run(self.supervisor, DescribeSystems(vec![description])).unwrap()[0]
    }

    fn describes(&self, descriptions: Vec<Description>) -> &'static str {
        code(self.world.run(self.supervisor, DescribeSystems(descriptions)))
    }

    fn system(&self, id: SystemId) -> System {
        self.world.read(move |s| views::of_id(s, id)).unwrap()
    }

    fn verify(&self, systems: &[SystemId]) -> VerifySystems {
        let systems = systems.iter().map(|id| (*id, self.system(*id).version)).collect();
        VerifySystems { systems, record: record(), file: None, signed: self.world.signed(Role::Director) }
    }

    fn verified(&self, systems: &[SystemId]) -> RecordId {
        self.world.run(self.director, self.verify(systems)).unwrap()
    }

    fn change(&self, system: SystemId, description: Description) -> Result<SystemId, crate::Failure> {
        self.world.run(self.supervisor, ChangeSystem { system, description })
    }

    fn retire(&self, system: SystemId, why: &str) -> &'static str {
        code(self.world.run_because(self.supervisor, why, RetireSystem { system }))
    }

    fn again(&self, system: SystemId, why: &str) -> &'static str {
        let (version, signed) = (self.system(system).version, self.world.signed(Role::Director));
        code(self.world.run_because(self.director, why, ReturnSystem { system, version, signed }))
    }

    fn known(&self) -> std::sync::Arc<Systems> {
        let lab = self.world.lab.clone();
        self.world.read(move |s| lab.systems(s))
    }
}

fn said(text: &str) -> Said {
    Said { text: text.to_owned(), not_applicable: false }
}

fn record() -> RecordText {
    RecordText {
        accuracy: said("20 specimens against the old analyzer: mean bias 0.4 %"),
        precision: said("20 runs at 2 levels: CV 0.6 % and 0.5 %"),
        reportable_range: said("5 levels from 80 to 180: linear"),
        reference_interval: Said { not_applicable: true, ..said("the intervals of the old analyzer stay") },
        performed_on: Some(date("2026-11-20")),
        performed_by: "Imani Castellanos".to_owned(),
    }
}

#[test]
fn a_test_system_is_described_by_numbers_that_can_be_read() {
    let bench = Bench::new();
    let sodium = |low: &str, high: &str| Description { low: low.to_owned(), high: high.to_owned(), ..bench.sodium() };
    let cases = [
        (Description { analyte: AnalyteId(1), ..bench.sodium() }, "catalog-analyte-gone"),
        (Description { specimen_type: SpecimenTypeId(1), ..bench.sodium() }, "systems-specimen-type-unknown"),
        (Description { instrument: InstrumentId(1), ..bench.sodium() }, "instruments-unknown"),
        (Description { method: " ".to_owned(), ..bench.sodium() }, "text-missing"),
        (sodium("eighty", "180"), "systems-range-number"),
        (sodium("80", "1,8"), "systems-range-number"),
        (sodium("<80", "180"), "systems-range-number"),
        (sodium("180", "80"), "systems-range-order"),
        (sodium("80", "80.0"), "systems-range-order"),
        (Description { dilution: "0.5".to_owned(), ..bench.sodium() }, "systems-dilution"),
        (Description { dilution: "1:10".to_owned(), ..bench.sodium() }, "systems-dilution"),
        (Description { dilution: "much".to_owned(), ..bench.sodium() }, "systems-dilution"),
        (Description { decimals: Some(-1), ..bench.sodium() }, "systems-decimals"),
        (Description { decimals: Some(7), ..bench.sodium() }, "systems-decimals"),
        (Description { inputs: vec!["mood".to_owned()], ..bench.sodium() }, "systems-input-unknown"),
    ];
    for (description, expected) in cases {
        assert_eq!(bench.describes(vec![description.clone()]), expected, "{description:?}");
    }
    assert_eq!(bench.describes(vec![]), "systems-nothing-chosen");
    assert_eq!(bench.describes(vec![bench.sodium(), bench.sodium()]), "systems-exists");
    assert_eq!(bench.describes(vec![bench.sodium(); 301]), "systems-too-many");
    let inputs = ["sex", "collected", "sex"].map(str::to_owned).to_vec();
    let described = Description { dilution: " 10 ".to_owned(), decimals: Some(1), inputs, ..sodium(" 80.0", "") };
    let system = bench.system(bench.describe(described));
    let range = (system.low.as_str(), system.high.as_str(), system.dilution.as_str());
    assert_eq!((range, system.decimals), (("80.0", "", "10"), Some(1)));
    assert_eq!((system.inputs.as_slice(), system.state), (&[Input::Collected, Input::Sex][..], State::Described));
    assert_eq!(bench.describes(vec![bench.sodium()]), "systems-exists");
    let text = r#"analyte = [{ key = "casts", name = "Casts", short = "Casts", discipline = "urinalysis", unit = "", decimals = 0, specimen_type = "serum", kind = "text" }]"#;
    bench.world.run(Actor::Console, AddToCatalog(starter::parse(text).unwrap())).unwrap();
    let casts = Description { low: "1".to_owned(), ..bench.of("casts") };
    assert_eq!(bench.describes(vec![casts]), "systems-range-of-no-number");
}

#[test]
fn a_test_system_is_in_use_only_with_a_record_that_the_director_signed() {
    let bench = Bench::new();
    let (world, sodium) = (&bench.world, bench.describe(bench.sodium()));
    let with = |change: &dyn Fn(&mut VerifySystems)| {
        let mut verify = bench.verify(&[sodium]);
        change(&mut verify);
        code(world.run(bench.director, verify))
    };
    assert_eq!(code(world.run(bench.supervisor, bench.verify(&[sodium]))), "people-not-permitted");
    assert_eq!(with(&|v| v.signed = world.signed(Role::Technician)), "accounts-signed-by-another");
    assert_eq!(with(&|v| v.systems.clear()), "systems-nothing-chosen");
    assert_eq!(with(&|v| v.systems[0].0 = SystemId(1)), "systems-unknown");
    assert_eq!(with(&|v| v.systems[0].1 -= 1), "versions-changed");
    assert_eq!(with(&|v| v.record.accuracy.text = " ".to_owned()), "text-missing");
    assert_eq!(with(&|v| v.record.reference_interval.text = String::new()), "text-missing");
    assert_eq!(with(&|v| v.record.performed_by = String::new()), "text-missing");
    assert_eq!(with(&|v| v.record.performed_on = None), "text-missing");
    assert_eq!(with(&|v| v.record.performed_on = Some(date("2026-11-23"))), "systems-record-in-future");
    let pdf = |bytes: &[u8]| Some(Pdf { name: "verification.pdf".to_owned(), file: File::new(bytes) });
    assert_eq!(with(&|v| v.file = pdf(b"PK\x03\x04")), "systems-file-not-pdf");
    assert_eq!(with(&|v| v.file = pdf(&vec![b'%'; (20 << 20) + 1])), "systems-file-too-large");
    assert_eq!(bench.system(sodium).state, State::Described);

    let mut verify = bench.verify(&[sodium]);
    verify.file = pdf(b"%PDF-1.7 all figures");
    let record = world.run(bench.director, verify).unwrap();
    let system = bench.system(sodium);
    assert_eq!((system.state, system.record), (State::InUse, Some(record)));
    let body = world.last_body();
    assert_eq!(body["systems"][0]["described"]["high"], "180", "what was signed stands in the event");
    assert_eq!(body["signature"]["name"], "director of the test");
    let kept = world.read(move |s| views::record(s, record)).unwrap();
    assert_eq!((kept.performed_on.as_str(), kept.signed_by.as_str()), ("2026-11-20", "director of the test"));
    assert_eq!(kept.said[3].1, record_said());
    let file = world.read(move |s| views::file(s, &kept)).unwrap();
    assert_eq!(file, b"%PDF-1.7 all figures");
}

fn record_said() -> Said {
    record().reference_interval
}

#[test]
fn one_record_puts_many_systems_of_one_instrument_into_use() {
    let bench = Bench::new();
    let world = &bench.world;
    let (sodium, crp) = (bench.describe(bench.sodium()), bench.describe(bench.of("crp")));
    let refused = refusal(world.run(bench.director, bench.verify(&[sodium, crp])));
    assert_eq!((refused.code, arg(&refused, "analyte").as_str()), ("systems-range-missing", "C-reactive protein"));
    let mut verify = bench.verify(&[sodium, crp]);
    verify.record.reportable_range = Said { not_applicable: true, ..said("taken over from the manufacturer") };
    let record = world.run(bench.director, verify).unwrap();
    assert_eq!((bench.system(sodium).record, bench.system(crp).record), (Some(record), Some(record)));
    let other = world.run(bench.supervisor, AddInstrument(analyzer("cobas e", "e601"))).unwrap();
    let there = bench.describe(Description { instrument: other, ..bench.sodium() });
    assert_eq!(code(world.run(bench.director, bench.verify(&[sodium, there]))), "systems-several-instruments");
}

#[test]
fn nobody_signs_for_a_system_that_was_changed_behind_the_journal() {
    let bench = Bench::new();
    let sodium = bench.describe(bench.sodium());
    assert_eq!(bench.world.tamper("UPDATE test_systems SET high = '999' WHERE high = '180'"), 1);
    assert_eq!(code(bench.world.run(bench.director, bench.verify(&[sodium]))), "systems-not-as-journalled");
}

#[test]
fn a_change_ends_the_verification_and_another_method_is_another_system() {
    let bench = Bench::new();
    let sodium = bench.describe(bench.sodium());
    bench.verified(&[sodium]);
    assert_eq!(code(bench.change(SystemId(1), bench.sodium())), "systems-unknown");
    assert_eq!(code(bench.change(sodium, bench.sodium())), "systems-nothing-changed");
    let wider = Description { high: "200".to_owned(), ..bench.sodium() };
    assert_eq!(bench.change(sodium, wider.clone()).unwrap(), sodium);
    let system = bench.system(sodium);
    assert_eq!((system.state, system.record, system.high.as_str()), (State::Described, None, "200"));
    assert_eq!(bench.again(sodium, "it is the same"), "systems-without-record");
    bench.verified(&[sodium]);

    let direct = Description { method: "ISE, direct".to_owned(), ..wider };
    let new = bench.change(sodium, direct.clone()).unwrap();
    assert_ne!(new, sodium);
    assert_eq!((bench.system(sodium).state, bench.system(new).state), (State::Replaced, State::Described));
    let known = bench.known();
    let stands = known.of(direct.analyte, direct.specimen_type, bench.instrument).unwrap();
    assert_eq!(stands.id, new);
    assert_eq!(code(bench.change(sodium, direct)), "systems-replaced");
    assert_eq!(code(bench.world.run(bench.director, bench.verify(&[sodium]))), "systems-replaced");
    let told = bench.world.read(move |s| stories::story(s, sodium.0));
    let told: Vec<_> = told.iter().map(|t| t.header.kind.as_str()).collect();
    let all = ["systems.described", "systems.verified", "systems.changed", "systems.verified", "systems.described"];
    assert_eq!(told, all);
}

#[test]
fn a_system_goes_out_of_use_at_once_and_comes_back_with_a_signature() {
    let bench = Bench::new();
    let sodium = bench.describe(bench.sodium());
    assert_eq!(bench.again(sodium, "no reason to wait"), "systems-without-record");
    let record = bench.verified(&[sodium]);
    assert_eq!(bench.retire(sodium, " "), "systems-use-needs-reason");
    assert_eq!(bench.again(sodium, "why not"), "systems-in-use");
    assert_eq!(bench.retire(sodium, "calibration drifts"), "done");
    assert_eq!(bench.retire(sodium, "calibration drifts"), "systems-out-of-use");
    let system = bench.system(sodium);
    assert_eq!((system.state, system.why.as_deref()), (State::OutOfUse, Some("calibration drifts")));
    assert_eq!(bench.again(sodium, ""), "systems-use-needs-reason");
    let instrument = bench.instrument;
    bench.world.run_because(bench.supervisor, "pump", RetireInstrument { instrument }).unwrap();
    assert_eq!(bench.again(sodium, "recalibrated"), "systems-instrument-out-of-use");
    bench.world.run_because(bench.supervisor, "pump changed", ReturnInstrument { instrument }).unwrap();
    assert_eq!(bench.again(sodium, "recalibrated, controls in range"), "done");
    let system = bench.system(sodium);
    assert_eq!((system.state, system.why, system.record), (State::InUse, None, Some(record)));
    assert_eq!(bench.world.last_body()["signed"]["described"]["low"], "80");
    bench.retire(sodium, "again");
    assert_ne!(bench.verified(&[sodium]), record, "or with a new record");
    assert_eq!(bench.system(sodium).state, State::InUse);
}

fn gated<'a>(system: &Description, value: &str, dilution: Option<&'a str>) -> Gated<'a> {
    Gated {
        analyte: system.analyte,
        specimen_type: system.specimen_type,
        instrument: Some(system.instrument),
        value: Reported::parse(value),
        dilution,
        inputs: Inputs { collected: true, measured: true, age: true, sex: true },
    }
}

#[test]
fn the_gate_says_exactly_why_a_value_is_held() {
    let bench = Bench::new();
    let (world, sodium) = (&bench.world, bench.sodium());
    let holds = |gated: Gated<'_>| bench.known().gate(&gated).join(" ");
    let plain = || gated(&sodium, "140", None);
    assert_eq!(holds(Gated { instrument: None, ..plain() }), "no-instrument");
    assert_eq!(holds(Gated { instrument: Some(InstrumentId(1)), ..plain() }), "no-instrument");
    assert_eq!(holds(plain()), "system-not-in-use");
    let inputs = ["collected", "age"].map(str::to_owned).to_vec();
    let system = bench.describe(Description { dilution: "5".to_owned(), inputs, ..sodium.clone() });
    assert_eq!(holds(plain()), "system-not-in-use", "described is not verified");
    bench.verified(&[system]);
    assert_eq!(holds(plain()), "");
    for (value, dilution, expected) in [
        ("80", None, ""),
        ("79.9", None, "beyond-measuring-range"),
        ("181", None, "beyond-measuring-range"),
        (">180", None, ""),
        (">200", None, "beyond-measuring-range"),
        ("<80", None, ""),
        ("<140", None, "beyond-measuring-range"),
        ("clotted", None, ""),
        ("900", Some("5"), ""),
        ("900", Some("1:5"), ""),
        ("901", Some("5"), "beyond-measuring-range"),
        ("399", Some("5"), "beyond-measuring-range"),
        ("140", Some("1"), ""),
        ("900", Some("10"), "dilution-not-allowed:10"),
        ("140", Some("a little"), "dilution-not-allowed:a little"),
    ] {
        assert_eq!(holds(gated(&sodium, value, dilution)), expected, "{value} {dilution:?}");
    }
    let none = Inputs::default();
    assert_eq!(holds(Gated { inputs: none, ..plain() }), "input-missing:collected input-missing:age");
    assert_eq!(holds(Gated { inputs: Inputs { collected: true, ..none }, ..plain() }), "input-missing:age");
    let blood = world.catalog().specimen_types().iter().find(|t| t.key == "blood").unwrap().id;
    assert_eq!(holds(Gated { specimen_type: blood, ..plain() }), "system-not-in-use");
    let instrument = bench.instrument;
    world.run_because(bench.supervisor, "pump", RetireInstrument { instrument }).unwrap();
    assert_eq!(holds(plain()), "instrument-out-of-use");
    bench.retire(system, "pump");
    assert_eq!(holds(plain()), "instrument-out-of-use system-not-in-use");
}

#[test]
fn inputs_that_a_correction_brings_or_takes_are_seen_again() {
    let bench = Bench::new();
    let sodium = Description { inputs: vec!["age".to_owned(), "sex".to_owned()], ..bench.sodium() };
    bench.verified(&[bench.describe(sodium.clone())]);
    let known = bench.known();
    let held = ["critical", "input-missing:age"].map(str::to_owned).to_vec();
    let again = |instrument, age, sex| {
        let inputs = Inputs { age, sex, ..Inputs::default() };
        known.again((sodium.analyte, sodium.specimen_type, instrument), inputs, held.clone())
    };
    let instrument = Some(bench.instrument);
    assert_eq!(again(instrument, true, true), ["critical"]);
    assert_eq!(again(instrument, true, false), ["critical", "input-missing:sex"]);
    assert_eq!(again(None, true, true), held);
    // Its test system is not in use any more: what held the result stays.
    let system = known.of(sodium.analyte, sodium.specimen_type, bench.instrument).unwrap().id;
    bench.retire(system, "drift");
    let known = bench.known();
    let held = known.again((sodium.analyte, sodium.specimen_type, instrument), Inputs::default(), held.clone());
    assert_eq!(held, ["critical", "input-missing:age", "system-not-in-use"]);
}

#[test]
fn the_instrument_of_a_link_is_the_only_one_or_the_one_of_the_module() {
    let bench = Bench::new();
    let (world, first) = (&bench.world, bench.instrument);
    let measured = |module: &str| bench.known().measuring(GATEWAY, module);
    let retire = |instrument| world.run_because(bench.supervisor, "old", RetireInstrument { instrument }).unwrap();
    assert_eq!(bench.known().measuring(GATEWAY + 1, "c501"), Measuring::Nothing);
    // One that has a code is told by the code.
    assert_eq!(measured(" C501 "), Measuring::By(first));
    assert_eq!((measured(""), measured("").hold().as_deref()), (Measuring::Unsaid, Some("module-unsaid")));
    let second = world.run(bench.supervisor, AddInstrument(analyzer("cobas e", "e601"))).unwrap();
    assert_eq!((measured("e601"), measured("c501")), (Measuring::By(second), Measuring::By(first)));
    let unknown = measured("c502");
    assert_eq!((unknown.hold().as_deref(), unknown.instrument()), (Some("module-unknown:c502"), None));
    retire(second);
    assert_eq!(measured("e601"), Measuring::By(second), "it measured, although it should not have");
    let description = analyzer("cobas", "");
    world.run(bench.supervisor, ChangeInstrument { instrument: first, description }).unwrap();
    assert_eq!((measured(""), measured("anything")), (Measuring::By(first), Measuring::By(first)));
    assert_eq!(measured("E601"), Measuring::By(second), "the message names one that is out of use");
    retire(first);
    assert_eq!(measured("e601"), Measuring::By(second));
    assert_eq!((measured(""), measured("").hold()), (Measuring::Nothing, None));
}
