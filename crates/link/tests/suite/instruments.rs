//! Results name the instrument that measured them, and are held if nobody knows it or if its test system does not let them pass.

use std::collections::BTreeMap;

use crate::common::{World, instrument, record, system};
use titer_lab::{
    Actor, Failure, Role,
    instruments::{
        InstrumentId,
        commands::{AddInstrument, RetireInstrument},
    },
    results::views::{self as results, LabResult},
    specimens::SpecimenId,
    systems::{
        Input, Said,
        commands::{DescribeSystems, Description, RetireSystem, VerifySystems},
    },
};
use titer_link::{
    Dialect,
    links::{LinkId, instruments as linked},
};
use titer_store::PLACES;

/// A link in the form of the captured cobas c 311, whose codes 989/ and 990/ mean sodium and potassium.
struct Bench {
    world: World,
    link: LinkId,
    specimen: SpecimenId,
}

impl Bench {
    async fn new() -> Self {
        let world = World::standing().await;
        let link = world.unmeasured("cobas-c311", "127.0.0.1:4001").await;
        let mut mappings = Vec::new();
        for (code, analyte) in [("989/", "sodium"), ("990/", "potassium")] {
            mappings.push(world.propose(link, code, "mmol/L", analyte).await.unwrap());
        }
        world.approve(link, mappings.clone(), &world.director).await.unwrap();
        world.confirm(link, mappings).await.unwrap();
        let patient = world.patient("MRN-1").await;
        let (_, specimen) = world.received(patient, &["sodium", "potassium"], "T1").await;
        Bench { world, link, specimen }
    }

    async fn add(&self, name: &str, module: &str) -> InstrumentId {
        let add = AddInstrument(instrument(name, self.link, module));
        self.world.run(Actor::Console, add).await.unwrap()
    }

    /// What one message came to: of each result its value, its instrument and its holds.
    async fn filed(&self, values: &[(&str, &str, &str)]) -> Vec<LabResult> {
        self.world.receive(self.link, &message(values)).await.unwrap();
        self.world.results(self.specimen).await
    }
}

/// Each value with its code and the module that measured it.
fn message(values: &[(&str, &str, &str)]) -> String {
    let mut records = vec![
        r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1".to_owned(),
        "P|1".to_owned(),
        "O|1|7^T1^1^^004||^^^989/|R||||||N|||||||||||20261122085500".to_owned(),
    ];
    for (number, (code, value, module)) in (1..).zip(values) {
        records.push(format!("R|{number}|^^^{code}|{value}|mmol/L||N||F|||||{module}"));
    }
    records.push("L|1|N".to_owned());
    records.join("\r") + "\r"
}

fn holds(results: &[LabResult]) -> Vec<(&str, String)> {
    results.iter().map(|r| (r.value.as_str(), r.holds.join(" "))).collect()
}

#[tokio::test]
async fn a_result_of_a_link_without_an_instrument_in_use_is_held() {
    let bench = Bench::new().await;
    let results = bench.filed(&[("989/", "140", "P1")]).await;
    assert_eq!(holds(&results), [("140", "no-instrument".to_owned())]);
    assert_eq!(results[0].instrument, None);
}

#[tokio::test]
async fn a_result_is_held_until_the_director_has_verified_its_test_system() {
    let bench = Bench::new().await;
    let only = bench.add("cobas 1", "").await;
    let results = bench.filed(&[("989/", "140", "P1")]).await;
    assert_eq!(holds(&results), [("140", "system-not-in-use".to_owned())]);
    assert_eq!(results[0].instrument, Some(only), "it is named all the same");
    bench.world.verified(only).await;
    let results = bench.filed(&[("989/", "140", "P1"), ("990/", "4.1", "P1")]).await;
    let expected = [("140", "system-not-in-use".to_owned()), ("4.1", String::new())];
    assert_eq!(holds(&results), expected, "what was measured before stays held");
}

#[tokio::test]
async fn one_bulk_record_puts_all_that_a_link_brings_into_use() {
    let bench = Bench::new().await;
    let only = bench.add("cobas 1", "").await;
    let (signed, world) = (bench.world.sign(&bench.world.director).await, &bench.world);
    let put = move |tx: &mut titer_lab::Tx<'_, '_>| linked::put_into_use(tx, only, "a method", record(), signed);
    let systems = world.lab.submit(world.director.actor(), None, put).await.unwrap();
    world.control_elsewhere(&systems).await;
    let results = bench.filed(&[("989/", "140", ""), ("990/", "4.1", "")]).await;
    assert_eq!(holds(&results), [("140", String::new()), ("4.1", String::new())]);
}

#[tokio::test]
async fn each_result_of_a_message_names_the_instrument_of_its_module() {
    let bench = Bench::new().await;
    let (first, second) = (bench.add("cobas 1", "P1").await, bench.add("cobas 2", "P2").await);
    bench.world.verified(first).await;
    bench.world.verified(second).await;
    let results = bench.filed(&[("989/", "140", "P1"), ("990/", "4.1", "p2")]).await;
    assert_eq!(holds(&results), [("140", String::new()), ("4.1", String::new())]);
    let named: Vec<_> = results.iter().map(|r| r.instrument).collect();
    assert_eq!(named, [Some(first), Some(second)]);
}

#[tokio::test]
async fn a_result_of_a_module_that_is_not_said_or_not_known_is_held() {
    let bench = Bench::new().await;
    let (first, second) = (bench.add("cobas 1", "P1").await, bench.add("cobas 2", "P2").await);
    bench.world.verified(first).await;
    bench.world.verified(second).await;
    let results = bench.filed(&[("989/", "140", ""), ("990/", "4.1", "P3")]).await;
    let expected = [("140", "module-unsaid".to_owned()), ("4.1", "module-unknown:P3".to_owned())];
    assert_eq!(holds(&results), expected);
    assert!(results.iter().all(|r| r.instrument.is_none()));
}

#[tokio::test]
async fn a_result_of_an_instrument_or_a_test_system_out_of_use_is_held() {
    let bench = Bench::new().await;
    let (world, only) = (&bench.world, bench.add("cobas 1", "").await);
    world.verified(only).await;
    let catalog = world.catalog().await;
    let (sodium, lab) = (catalog.analyte_by_key("sodium").unwrap(), world.lab.clone());
    let known = world.lab.read(move |s| Ok(lab.systems(s)?)).await.unwrap();
    let system = known.of(sodium.id, sodium.specimen_type, only).unwrap().id;
    let supervisor = crate::common::person(&world.house, &world.lab, &world.passwords, "sup", Role::Supervisor).await;
    let because = |why: &str| Some(why.to_owned());
    let retire = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(RetireSystem { system });
    world.lab.submit(supervisor.actor(), because("drifts"), retire).await.unwrap();
    let results = bench.filed(&[("989/", "140", "P1")]).await;
    assert_eq!(holds(&results), [("140", "system-not-in-use".to_owned())]);
    let retire = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(RetireInstrument { instrument: only });
    world.lab.submit(supervisor.actor(), because("pump"), retire).await.unwrap();
    let results = bench.filed(&[("990/", "4.1", "P1")]).await;
    assert_eq!(holds(&results)[1], ("4.1", "instrument-out-of-use".to_owned()));
    assert_eq!(results[1].instrument, Some(only));
}

#[tokio::test]
async fn a_value_beyond_the_measuring_range_or_without_a_required_input_is_held() {
    let bench = Bench::new().await;
    let (world, only) = (&bench.world, bench.add("cobas 1", "").await);
    let catalog = world.catalog().await;
    let of = |key: &str, low: &str, high: &str| Description {
        low: low.to_owned(),
        high: high.to_owned(),
        inputs: vec![Input::Collected.code().to_owned()],
        ..system(catalog.analyte_by_key(key).unwrap(), only)
    };
    let describe = DescribeSystems(vec![of("sodium", "100", "150"), of("potassium", "1.5", "10")]);
    let systems = world.run(Actor::Console, describe).await.unwrap();
    let systems = systems.into_iter().map(|id| (id, id.0 / PLACES)).collect();
    let mut record = record();
    record.reportable_range = Said { text: "linear".to_owned(), not_applicable: false };
    let verify = VerifySystems { systems, record, file: None, signed: world.sign(&world.director).await };
    world.run(world.director.actor(), verify).await.unwrap();
    let results = bench.filed(&[("989/", "151", "P1"), ("990/", "<1.5", "P1")]).await;
    let held = holds(&results);
    let missing = "input-missing:collected";
    assert!(held[0].1.contains("beyond-measuring-range") && held[0].1.contains(missing), "{held:?}");
    assert!(!held[1].1.contains("beyond-measuring-range") && held[1].1.contains(missing), "{held:?}");
}

#[tokio::test]
async fn a_result_is_reported_with_the_decimals_of_its_test_system_and_what_was_sent_stands_beside_it() {
    let bench = Bench::new().await;
    let (world, only) = (&bench.world, bench.add("cobas 1", "").await);
    let catalog = world.catalog().await;
    let of = |key: &str, decimals| Description {
        low: "1.5".to_owned(),
        decimals: Some(decimals),
        ..system(catalog.analyte_by_key(key).unwrap(), only)
    };
    let describe = DescribeSystems(vec![of("sodium", 0), of("potassium", 1)]);
    let described = world.run(Actor::Console, describe).await.unwrap();
    let systems = described.iter().map(|id| (*id, id.0 / PLACES)).collect();
    let verify = VerifySystems { systems, record: record(), file: None, signed: world.sign(&world.director).await };
    world.run(world.director.actor(), verify).await.unwrap();
    world.control_elsewhere(&described).await;
    bench.filed(&[("989/", "145.5", "P1"), ("990/", "<1.55", "P1")]).await;
    let said = waiting(world).await;
    let sent = Some("145.5 mmol/L N".to_owned());
    assert_eq!(said["146"], ("H".to_owned(), sent), "judged as it is reported");
    assert_eq!(said["<1.55"].1, None, "what is bounded is not rounded");
    let patient = world.patient("MRN-2").await;
    world.received(patient, &["potassium"], "T2").await;
    let message = message(&[("990/", "1.49", "P1")]).replace("T1", "T2");
    world.receive(bench.link, &message).await.unwrap();
    assert_eq!(waiting(world).await["1.49"].1, None, "nothing is rounded into the measuring range");
}

/// Of each value that waits for review its flag and what was sent in its place.
async fn waiting(world: &World) -> BTreeMap<String, (String, Option<String>)> {
    let awaiting = world.lab.read(|s| Ok::<_, Failure>(results::awaiting(s, results::PAGE)?)).await.unwrap();
    awaiting.into_iter().map(|a| (a.result.value, (a.result.flag, a.sent))).collect()
}

/// Where the code of the module stands in the messages of the shipped profiles that name it.
#[test]
fn profiles_read_the_module_that_measured() {
    let sent: [(&str, &[&str], &[&str]); 5] = [
        (
            "cobas-c311",
            &["P|1", "O|1|7^T1^1^^004||^^^685/|R||||||N", "R|1|^^^685/|22.4|U/l||N||F|||||P1", "R|2|^^^8/|1|U/l||N||F"],
            &["P1", ""],
        ),
        (
            "cobas-e411",
            &[
                "P|1",
                r"O|1|T1|40^0^5^^S1^SC|^^^10^\^^^900^|R||||||N||||1|||||||20261122085500|||F",
                "R|1|^^^10//not|0.310|ulU/ml||N||F||admin|||E1",
            ],
            &["E1"],
        ),
        (
            "architect",
            &[
                "P|1|||||||U",
                "O|1|T1|T1^Z226^1|^^^580^Anti-HBcII^UNDILUTED^P|R||||||||||||||||||||F",
                "R|1|^^^580^Anti-HBcII^UNDILUTED^P^73^02^^F|0.17|S/CO||||R||A^A||20261122085500|i1",
                "R|2|^^^580^Anti-HBcII^UNDILUTED^P^73^02^^F|0.17|S/CO||||R||A^A||20261122085500|i2",
            ],
            &["i1", "i2"],
        ),
        (
            "alinity",
            &[
                "P|1",
                "O|1|T1|T1^M3480^4^1^17|^^^565^Syphilis^UNDILUTED|R||||||||||||||||||||F",
                "R|1|^^^565^Syphilis^UNDILUTED^F|0.04|S/CO||||F||A^A||20261122085500|Ai1",
            ],
            &["Ai1"],
        ),
        (
            "beckman-access",
            &[
                "P|1",
                "O|1|T1|^59^1|^^^TSH^1|||||||||||Serum",
                "R|1|^^^TSH^1|0.18|uIU/mL||N||F||||20261122085500|500001",
            ],
            &["500001"],
        ),
    ];
    for (profile, records, expected) in sent {
        let text = [&[r"H|\^&|||X|||||||P|1"][..], records, &["L|1|N"]].concat().join("\r") + "\r";
        let read = Dialect::named(profile).unwrap().read(text.as_bytes()).unwrap();
        let modules: Vec<&str> = read.specimens.iter().flat_map(|s| &s.values).map(|v| v.module.as_str()).collect();
        assert_eq!(modules, expected, "{profile}");
    }
}
