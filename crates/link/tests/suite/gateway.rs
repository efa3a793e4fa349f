//! One socket, several instruments: what each message says of the module that measured, and what becomes of the values.

use crate::common::{
    World, instrument, record,
    socket::{ACK, Operating, connect, free, operate, send},
    system,
};
use titer_lab::{
    Actor, Role,
    instruments::{
        InstrumentId,
        commands::{AddInstrument, RetireInstrument, ReturnInstrument},
    },
    results::views as results,
    specimens::SpecimenId,
    systems::{
        Said,
        commands::{DescribeSystems, Description, VerifySystems},
    },
};
use titer_link::links::LinkId;
use titer_store::PLACES;
use tokio::net::TcpStream;

/// A gateway in the form of the captured cobas c 311: 989/ is sodium, 990/ potassium. Sodium is measured from 100 to 150.
struct Gateway {
    world: World,
    link: LinkId,
    operating: Operating,
    socket: TcpStream,
    first: InstrumentId,
    second: InstrumentId,
}

impl Gateway {
    async fn new() -> Self {
        let (world, address) = (World::standing().await, free());
        let link = world.unmeasured("cobas-c311", &address).await;
        let mut mappings = Vec::new();
        for (code, analyte) in [("989/", "sodium"), ("990/", "potassium")] {
            mappings.push(world.propose(link, code, "mmol/L", analyte).await.unwrap());
        }
        world.approve(link, mappings.clone(), &world.director).await.unwrap();
        world.confirm(link, mappings).await.unwrap();
        let mut instruments = Vec::new();
        for (name, module) in [("cobas 1", "P1"), ("cobas 2", "P2")] {
            let add = AddInstrument(instrument(name, link, module));
            instruments.push(world.run(Actor::Console, add).await.unwrap());
        }
        let catalog = world.catalog().await;
        for id in &instruments {
            let of = |key: &str, low: &str, high: &str| Description {
                low: low.to_owned(),
                high: high.to_owned(),
                ..system(catalog.analyte_by_key(key).unwrap(), *id)
            };
            let describe = DescribeSystems(vec![of("sodium", "100", "150"), of("potassium", "1.5", "10")]);
            let described = world.run(Actor::Console, describe).await.unwrap();
            let systems = described.iter().map(|id| (*id, id.0 / PLACES)).collect();
            let mut record = record();
            record.reportable_range = Said { text: "linear".to_owned(), not_applicable: false };
            let signed = world.sign(&world.director).await;
            world.run(world.director.actor(), VerifySystems { systems, record, file: None, signed }).await.unwrap();
            world.control_elsewhere(&described).await;
        }
        let operating = operate(&world.lab);
        let socket = connect(&address).await;
        Gateway { link, operating, socket, first: instruments[0], second: instruments[1], world }
    }

    /// Sends what modules measured of a new tube: code, value, module. The analyzer hears that it was taken.
    async fn measured(&mut self, barcode: &str, values: &[(&str, &str, &str)]) -> SpecimenId {
        let patient = self.world.patient(&format!("MRN-{barcode}")).await;
        let (_, specimen) = self.world.received(patient, &["sodium", "potassium"], barcode).await;
        assert_eq!(send(&mut self.socket, &message(barcode, values)).await, ACK, "{barcode} {values:?}");
        specimen
    }

    /// Value, instrument and holds of each result.
    async fn filed(&self, specimen: SpecimenId) -> Vec<(String, Option<InstrumentId>, String)> {
        let results = self.world.results(specimen).await;
        results.into_iter().map(|r| (r.value, r.instrument, r.holds.join(" "))).collect()
    }
}

fn message(barcode: &str, values: &[(&str, &str, &str)]) -> String {
    let mut records = vec![
        r"H|\^&|||c311^1|||||host|RSUPL^REAL|P|1".to_owned(),
        "P|1".to_owned(),
        format!("O|1|7^{barcode}^1^^004||^^^989/|R||||||N|||||||||||20261122085500"),
    ];
    for (number, (code, value, module)) in (1..).zip(values) {
        records.push(format!("R|{number}|^^^{code}|{value}|mmol/L||N||F|||||{module}"));
    }
    records.push("L|1|N".to_owned());
    records.join("\r") + "\r"
}

#[tokio::test(flavor = "multi_thread")]
async fn each_module_is_one_of_the_instruments_or_the_value_is_held() {
    let mut gateway = Gateway::new().await;
    let (first, second) = (gateway.first, gateway.second);
    let cases = [
        ("P1", Some(first), ""),
        ("p2", Some(second), ""),
        (" P2 ", Some(second), ""),
        ("", None, "module-unsaid"),
        (" ", None, "module-unsaid"),
        ("P", None, "module-unknown:P"),
        ("P12", None, "module-unknown:P12"),
        ("P1^P2", None, "module-unknown:P1^P2"),
        (r"P1\P2", None, r"module-unknown:P1\P2"),
        ("1P", None, "module-unknown:1P"),
    ];
    for (at, (module, instrument, held)) in cases.into_iter().enumerate() {
        let specimen = gateway.measured(&format!("T{at}"), &[("989/", "140", module)]).await;
        let filed = gateway.filed(specimen).await;
        assert_eq!(filed, [("140".to_owned(), instrument, held.to_owned())], "{module:?}");
    }
    // One that no line of a page can carry is not filed, and waits for a person.
    let specimen = gateway.measured("T-long", &[("989/", "140", &"P".repeat(400)), ("990/", "4.1", "P1")]).await;
    assert_eq!(gateway.filed(specimen).await, [("4.1".to_owned(), Some(first), String::new())]);
    // What the character set of the dialect does not have is no message at all.
    let none = gateway.measured("T-strange", &[("989/", "140", "\u{420}1")]).await;
    assert_eq!(gateway.filed(none).await, []);
    let held = gateway.world.held().await;
    let mut codes: Vec<_> = held.iter().map(|m| m.problems[0].code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["inbox-encoding", "inbox-text-too-long"]);
    gateway.operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparator_says_exactly_the_end_of_the_range_or_the_value_is_held() {
    let mut gateway = Gateway::new().await;
    let beyond = "beyond-measuring-range";
    let cases = [
        ("150", ""),
        ("150.0", ""),
        ("150.1", beyond),
        ("99.9", beyond),
        (">150", ""),
        ("> 150", ""),
        (">149", beyond),
        (">151", beyond),
        (">=150", beyond),
        ("<100", ""),
        ("<101", beyond),
        ("<99", beyond),
        ("<=100", beyond),
        ("<150", beyond),
    ];
    for (at, (value, held)) in cases.into_iter().enumerate() {
        let specimen = gateway.measured(&format!("T{at}"), &[("989/", value, "P1")]).await;
        let filed = gateway.filed(specimen).await;
        assert_eq!(filed.len(), 1, "{value}: {:?}", gateway.world.held().await);
        let has = filed[0].2.split(' ').any(|hold| hold == beyond);
        assert_eq!((filed[0].0.as_str(), has), (value, held == beyond), "{}", filed[0].2);
    }
    gateway.operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_modules_that_measured_one_tube_are_told_apart_and_contradict_each_other() {
    let mut gateway = Gateway::new().await;
    let values = [("989/", "140", "P1"), ("990/", "4.1", "P2"), ("989/", "146", "P2"), ("989/", "147", "")];
    let specimen = gateway.measured("T1", &values).await;
    let filed = gateway.filed(specimen).await;
    assert_eq!(filed.len(), 2, "{filed:?}");
    assert_eq!((filed[0].0.as_str(), filed[0].1), ("140", Some(gateway.first)));
    assert!(filed[0].2.contains("146 mmol/L") && filed[0].2.contains("147 mmol/L"), "{}", filed[0].2);
    assert_eq!((filed[1].0.as_str(), filed[1].1, filed[1].2.as_str()), ("4.1", Some(gateway.second), ""));
    let against = gateway.world.lab.read(move |s| Ok(results::contradicting(s, specimen)?)).await.unwrap();
    let by: Vec<_> = against.iter().map(|c| (c.value.as_str(), c.instrument)).collect();
    assert_eq!(by, [("146", Some(gateway.second)), ("147", None)]);
    // Sent once more, it is the same message.
    assert_eq!(send(&mut gateway.socket, &message("T1", &values)).await, ACK);
    assert_eq!(gateway.filed(specimen).await, filed);
    gateway.operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_an_instrument_counts_from_the_next_message_of_the_same_connection() {
    let mut gateway = Gateway::new().await;
    let (world, first) = (&gateway.world, gateway.first);
    let supervisor = crate::common::person(&world.house, &world.lab, &world.passwords, "sup", Role::Supervisor).await;
    let supervisor = supervisor.actor();
    let because = || Some("pump".to_owned());
    let waits = gateway.measured("T1", &[("989/", "140", "P1"), ("990/", "4.1", "P2")]).await;
    let retire = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(RetireInstrument { instrument: first });
    gateway.world.lab.submit(supervisor, because(), retire).await.unwrap();
    let out = gateway.measured("T2", &[("989/", "141", "P1"), ("990/", "4.2", "P2")]).await;
    let filed = gateway.filed(out).await;
    assert_eq!((filed[0].1, filed[0].2.as_str(), filed[1].2.as_str()), (Some(first), "instrument-out-of-use", ""));
    gateway.world.judge().await;
    let filed = gateway.filed(waits).await;
    assert_eq!((filed[0].2.as_str(), filed[1].2.as_str()), ("instrument-out-of-use judged-again", ""));
    let back = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(ReturnInstrument { instrument: first });
    gateway.world.lab.submit(supervisor, because(), back).await.unwrap();
    let again = gateway.measured("T3", &[("989/", "142", "P1")]).await;
    assert_eq!(gateway.filed(again).await, [("142".to_owned(), Some(first), String::new())]);
    // The last one of a link needs no code, but the code of one that is out of use is still that one's.
    let (second, link) = (gateway.second, gateway.link);
    let retire = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(RetireInstrument { instrument: second });
    gateway.world.lab.submit(supervisor, because(), retire).await.unwrap();
    let plain = instrument("cobas 1", link, "");
    let change = titer_lab::instruments::commands::ChangeInstrument { instrument: first, description: plain };
    gateway.world.run(supervisor, change).await.unwrap();
    let last = gateway.measured("T4", &[("989/", "143", "anything"), ("990/", "4.3", "P2")]).await;
    let filed = gateway.filed(last).await;
    assert_eq!((filed[0].1, filed[0].2.as_str()), (Some(first), ""));
    assert_eq!((filed[1].1, filed[1].2.as_str()), (Some(second), "instrument-out-of-use"));
    gateway.operating.end().await;
}
