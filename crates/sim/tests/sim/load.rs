#![allow(clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::civil::date;
use titer_sim::load::{CONNECTIONS_MAX, Load, LoadError, RESULTS_PER_MESSAGE};
use titer_wire::astm::{Encoding, Kind, parse};

use crate::host::{Host, Verdict, nobody};

fn load(address: &str, connections: usize, messages: usize) -> Load {
    Load {
        addresses: vec![address.to_owned()],
        connections,
        barcodes: (0..messages).map(|number| format!("L{number:05}")).collect(),
        messages_per_s: None,
        completed: date(2026, 3, 2).at(9, 0, 0, 0),
        seed: 1,
        progress: Arc::new(AtomicUsize::new(0)),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_barcode_arrives_once_with_ten_results() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let load = load(&host.address, 4, 200);
    let (barcodes, progress) = (load.barcodes.clone(), load.progress.clone());
    let outcome = load.run().await.unwrap();

    assert_eq!((outcome.acknowledged, outcome.failed, outcome.unsent), (200, 0, 0));
    assert_eq!((outcome.results(), outcome.first_failure.as_deref()), (2_000, None));
    assert_eq!(progress.load(Ordering::Relaxed), 200);
    assert!(outcome.results_per_s() > 0.0);
    for latency in [&outcome.last_frame, &outcome.message] {
        assert_eq!(latency.count(), 200);
        let (p50, p99) = (latency.quantile(0.5), latency.quantile(0.99));
        assert!(!p50.is_zero() && p50 <= p99 && p99 <= latency.max() && latency.max() <= outcome.elapsed);
    }
    assert!(outcome.last_frame.quantile(0.5) <= outcome.message.quantile(0.5));

    let kept = host.rest();
    assert_eq!(kept.len(), 200);
    let arrived: BTreeSet<_> = kept
        .iter()
        .map(|text| {
            let messages = parse(text).unwrap();
            let records = messages[0].records();
            assert_eq!(records.iter().filter(|record| record.kind() == Kind::Result).count(), RESULTS_PER_MESSAGE);
            let order = records.iter().find(|record| record.kind() == Kind::Order).unwrap();
            order.field(3).text(Encoding::Utf8).into_owned()
        })
        .collect();
    assert_eq!(arrived, barcodes.into_iter().collect());
}

#[tokio::test]
async fn a_steady_rate_is_kept() {
    let host = Host::start(|_| Verdict::Accept).await;
    let outcome = Load { messages_per_s: Some(100.0), ..load(&host.address, 3, 31) }.run().await.unwrap();
    assert_eq!(outcome.acknowledged, 31);
    // The last of 31 is due after 0.3 s.
    assert!(outcome.elapsed >= Duration::from_millis(300), "{:?}", outcome.elapsed);
}

#[tokio::test]
async fn what_a_connection_loses_is_counted() {
    // Both connections end on their second message or sooner.
    let host = Host::start(|n| if n < 2 { Verdict::Accept } else { Verdict::HangUp }).await;
    let outcome = load(&host.address, 2, 10).run().await.unwrap();
    assert_eq!((outcome.acknowledged, outcome.failed, outcome.unsent), (2, 2, 6));
    assert!(outcome.first_failure.unwrap().contains("connection"));
}

#[tokio::test]
async fn a_load_that_cannot_begin_says_why() {
    let address = nobody().await;
    assert!(matches!(load(&address, 1, 1).run().await, Err(LoadError::Connect { number: 1, .. })));
    for connections in [0, CONNECTIONS_MAX + 1] {
        assert!(matches!(load(&address, connections, 1).run().await, Err(LoadError::Connections(_))));
    }
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let load = Load { messages_per_s: Some(rate), ..load(&address, 1, 1) };
        assert!(matches!(load.run().await, Err(LoadError::Rate(_))));
    }
}
