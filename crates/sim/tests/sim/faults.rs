//! Faults that are in the message or end the connection, as the host sees them. Those between session and socket are tested
//! with the line.

#![allow(clippy::unwrap_used)]
use titer_sim::{
    analyzer::{Analyzer, Config, Event},
    fault::{CHANCE, Fault, FaultError, Faults, Planned, When},
};
use tokio::time::timeout;

use crate::{
    analyzer::{PATIENCE, barcode, config, on, rack},
    host::{Host, Verdict},
};

fn planned(texts: &[&str]) -> Faults {
    Faults::new(texts.iter().map(|text| text.parse().unwrap()).collect())
}

/// What a host keeps of three tubes, and what struck.
async fn run(faults: &[&str]) -> (Vec<String>, Vec<Fault>) {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(Config { faults: planned(faults), ..config(&host.address) });
    let mut events = analyzer.events();
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..3), stop)).await.expect("ends");
    let mut struck = Vec::new();
    while let Ok(event) = events.try_recv() {
        struck.extend(match event {
            Event::Struck { fault, .. } => Some(fault),
            _ => None,
        });
    }
    (host.rest().into_iter().map(|text| String::from_utf8(text).unwrap()).collect(), struck)
}

fn barcodes(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| barcode(text.as_bytes())).collect()
}

#[tokio::test]
async fn a_duplicate_comes_twice_as_the_same_bytes() {
    let (texts, struck) = run(&["duplicate@2"]).await;
    assert_eq!(barcodes(&texts), ["S0000", "S0001", "S0001", "S0002"]);
    assert_eq!((&texts[1], struck), (&texts[2], vec![Fault::Duplicate]));
}

#[tokio::test]
async fn a_wrong_unit_stands_in_every_result_of_the_message() {
    let (good, _) = run(&[]).await;
    let (texts, struck) = run(&["wrong-unit@1"]).await;
    assert!(good[0].contains("|mmol/L|") && good[0].contains("|mg/dL|"));
    let sodium = |text: &str| text.split("^^^Na|").nth(1).unwrap().split("||").next().unwrap().to_owned();
    assert_eq!(sodium(&texts[0]), sodium(&good[0]).replace("mmol/L", "mg/dL"), "the value is not converted");
    assert_eq!((&texts[1..], struck), (&good[1..], vec![Fault::WrongUnit]));
}

#[tokio::test]
async fn an_unread_barcode_is_made_up() {
    let (texts, _) = run(&["unknown-barcode@3"]).await;
    assert_eq!(barcodes(&texts), ["S0000", "S0001", "NOREAD000002"]);
}

#[tokio::test]
async fn a_clock_a_day_behind_says_so_in_the_results() {
    let (texts, _) = run(&["wrong-day@1"]).await;
    assert!(texts[0].contains("|20260630140000\r") && !texts[0].contains("|20260701140000\r"), "{}", texts[0]);
    assert!(texts[1].contains("|20260701140000\r"));
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_is_made_again_and_the_message_sent_as_it_was() {
    let (good, _) = run(&[]).await;
    let (texts, struck) = run(&["disconnect@2"]).await;
    assert_eq!((texts, struck), (good, vec![Fault::Disconnect]));
}

#[tokio::test]
async fn wrong_checksums_noise_and_trickling_bytes_cost_nothing_but_time() {
    let (good, _) = run(&[]).await;
    let (texts, struck) = run(&["wrong-checksum=1", "noise=1", "split@3"]).await;
    assert_eq!(texts, good);
    assert_eq!(struck.len(), 7);
}

#[tokio::test]
async fn what_strikes_follows_from_the_seed() {
    let faults = ["wrong-day=0.5", "duplicate=0.5", "wrong-checksum=0.5"];
    let (first, second) = (run(&faults).await, run(&faults).await);
    assert_eq!(first, second);
    assert!(!first.1.is_empty());
}

#[test]
fn a_fault_is_written_as_its_name_and_when() {
    for fault in Fault::ALL {
        let name = fault.name();
        assert_eq!(name.parse(), Ok(Planned { fault, when: When::Chance(CHANCE) }));
        assert_eq!(format!("{name}=0.25").parse(), Ok(Planned { fault, when: When::Chance(0.25) }));
        assert_eq!(format!("{name}@7").parse(), Ok(Planned { fault, when: When::At(7) }));
    }
    for (text, error) in [
        ("", FaultError::Unknown(String::new())),
        ("lost", FaultError::Unknown("lost".into())),
        ("slow=", FaultError::Chance(String::new())),
        ("slow=2", FaultError::Chance("2".into())),
        ("slow=NaN", FaultError::Chance("NaN".into())),
        ("slow@0", FaultError::At("0".into())),
        ("slow@-1", FaultError::At("-1".into())),
    ] {
        assert_eq!(text.parse::<Planned>(), Err(error), "{text}");
    }
}
