//! Queries: a scripted host answers what the analyzer asks.

#![allow(clippy::unwrap_used)]
use std::time::Duration;

use titer_sim::{
    analyzer::{Analyzer, Config, Event},
    devices::{Device, chemistry, haematology, urinalysis},
};
use titer_wire::astm::{Encoding, Kind, Options, Output, Session, parse};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};

use crate::analyzer::{PATIENCE, barcode, config, next, on, rack};

/// What the host does with each message: it keeps it, and answers with these.
type Script = fn(&str) -> Vec<String>;

/// A host that accepts all messages and sends what its script says. Answers its address and what it kept.
async fn scripted(script: Script) -> (String, mpsc::UnboundedReceiver<String>, JoinHandle<()>) {
    let (address, kept, _, serving) = telling(script).await;
    (address, kept, serving)
}

/// As [`scripted`]; it also tells of each message that the analyzer acknowledged.
async fn telling(
    script: Script,
) -> (String, mpsc::UnboundedReceiver<String>, mpsc::UnboundedReceiver<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (keep, kept) = mpsc::unbounded_channel();
    let (tell, sent) = mpsc::unbounded_channel();
    let serving = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (began, mut session) = (Instant::now(), Session::new(Options::default()));
        let mut buffer = [0; 4096];
        loop {
            while let Some(output) = session.poll() {
                match output {
                    Output::Send(bytes) => socket.write_all(&bytes).await.unwrap(),
                    Output::Message(received) => {
                        let text = String::from_utf8(received.text).unwrap();
                        session.accept(began.elapsed());
                        for answer in script(&text) {
                            session.send(began.elapsed(), answer.as_bytes()).unwrap();
                        }
                        keep.send(text).ok();
                    }
                    Output::Sent(_) => {
                        tell.send(()).ok();
                    }
                    _ => {}
                }
            }
            let due = session.next_timeout().map_or(began + Duration::from_secs(3_600), |due| began + due);
            tokio::select! {
                read = socket.read(&mut buffer) => match read {
                    Ok(bytes) if bytes > 0 => session.receive(began.elapsed(), &buffer[..bytes]),
                    _ => return,
                },
                () = sleep_until(due) => session.tick(began.elapsed()),
            }
        }
    });
    (address, kept, sent, serving)
}

/// The barcode that a query asks for.
fn asked(text: &str) -> Option<String> {
    let messages = parse(text.as_bytes()).unwrap();
    let query = messages[0].records().iter().find(|record| record.kind() == Kind::Query)?.field(3);
    let last = query.components().last()?.text(Encoding::Utf8).into_owned();
    Some(last)
}

fn answer(device: &Device, barcode: &str, codes: &[&str]) -> String {
    let lead = |components: usize| "^".repeat(components - 1);
    let orders = device.orders.unwrap();
    let codes: Vec<_> = codes.iter().map(|code| format!("{}{code}", lead(orders.code))).collect();
    format!("H|\\^&\rP|1\rO|1|{barcode}||{}|R||||||A\rL|1|F\r", codes.join("\\"))
}

fn codes(text: &str) -> Vec<String> {
    let messages = parse(text.as_bytes()).unwrap();
    let results = messages[0].records().iter().filter(|record| record.kind() == Kind::Result);
    let mut found = Vec::new();
    for result in results {
        let codes = result.field(3).components().map(|code| code.text(Encoding::Utf8).into_owned());
        found.extend(codes.into_iter().find(|code| !code.is_empty()));
    }
    found
}

#[tokio::test]
async fn an_analyzer_asks_and_measures_what_was_ordered() {
    let script: [(&'static Device, Script, &[&str]); 2] = [
        (
            &chemistry::DEVICE,
            |text| {
                asked(text)
                    .map(|barcode| answer(&chemistry::DEVICE, &barcode, &["K", "Na", "Lead"]))
                    .into_iter()
                    .collect()
            },
            &["Na", "K"],
        ),
        (
            &haematology::DEVICE,
            |text| asked(text).map(|barcode| answer(&haematology::DEVICE, &barcode, &["HGB"])).into_iter().collect(),
            &["HGB"],
        ),
    ];
    for (device, script, expected) in script {
        let (address, mut kept, _serving) = scripted(script).await;
        let mut analyzer = Analyzer::new(Config { device, asks: true, ..config(&address) });
        let mut events = analyzer.events();
        let (_stop, stop) = on();
        timeout(PATIENCE, analyzer.run(&mut rack(0..2), stop)).await.expect("ends");
        for number in 0..2 {
            let name = format!("S{number:04}");
            assert_eq!(asked(&kept.recv().await.unwrap()), Some(name.clone()));
            let results = kept.recv().await.unwrap();
            assert_eq!(codes(&results), expected, "{results}");
            assert!(results.contains(&name));
        }
        assert_eq!(next(&mut events).await, Event::Connected);
        assert_eq!(next(&mut events).await, Event::Asked { barcode: "S0000".into() });
        assert!(matches!(next(&mut events).await, Event::Ordered { barcode, .. } if barcode == "S0000"));
        assert!(matches!(next(&mut events).await, Event::Acknowledged { .. }));
    }
}

#[tokio::test]
async fn a_tube_for_which_nothing_is_ordered_is_put_aside() {
    // The three ways to say so: no order and L-3 I, an order that says so, and an order of what this device cannot measure.
    let scripts: [Script; 3] = [
        |text| asked(text).map(|_| "H|\\^&\rL|1|I\r".to_owned()).into_iter().collect(),
        |text| {
            let none = |barcode| format!("H|\\^&\rP|1\rO|1|{barcode}|||||||||||||||||||||||Y\rL|1|I\r");
            asked(text).map(none).into_iter().collect()
        },
        |text| asked(text).map(|barcode| answer(&chemistry::DEVICE, &barcode, &["Lead"])).into_iter().collect(),
    ];
    for script in scripts {
        let (address, mut kept, _serving) = scripted(script).await;
        let mut analyzer = Analyzer::new(Config { asks: true, ..config(&address) });
        let mut events = analyzer.events();
        let (_stop, stop) = on();
        timeout(PATIENCE, analyzer.run(&mut rack(0..1), stop)).await.expect("ends");
        assert_eq!(asked(&kept.recv().await.unwrap()).as_deref(), Some("S0000"));
        assert!(kept.try_recv().is_err(), "nothing is measured");
        let mut told = Vec::new();
        while let Ok(event) = events.try_recv() {
            told.push(event);
        }
        assert_eq!(told.last(), Some(&Event::NotOrdered { barcode: "S0000".into() }), "{told:?}");
    }
}

#[tokio::test]
async fn orders_that_come_unasked_wait_for_their_tube() {
    // With the first message, the host orders for the second tube, and takes one test back.
    let script: Script = |text| {
        if !text.contains("S0000") {
            return Vec::new();
        }
        let cancelled = answer(&chemistry::DEVICE, "S0001", &["Na"]).replace("||||||A", "||||||C");
        vec![answer(&chemistry::DEVICE, "S0001", &["Na", "K"]), cancelled]
    };
    let (address, mut kept, mut sent, _serving) = telling(script).await;
    let mut analyzer = Analyzer::new(Config { takes_orders: true, ..config(&address) });
    let (slow, mut tubes) = mpsc::channel(4);
    let (_stop, stop) = on();
    let feeding = async {
        slow.send(crate::analyzer::tube(0)).await.unwrap();
        for _ in 0..2 {
            sent.recv().await.unwrap();
        }
        slow.send(crate::analyzer::tube(1)).await.unwrap();
        drop(slow);
    };
    let working = timeout(PATIENCE, analyzer.run(&mut tubes, stop));
    let (ended, ()) = tokio::join!(working, feeding);
    ended.expect("ends");
    assert_eq!(codes(&kept.recv().await.unwrap()).len(), chemistry::DEVICE.channels.len());
    assert_eq!(codes(&kept.recv().await.unwrap()), ["K"]);
}

#[tokio::test]
async fn a_device_that_cannot_ask_measures_everything() {
    let (address, mut kept, _serving) = scripted(|_| Vec::new()).await;
    let mut analyzer = Analyzer::new(Config { device: &urinalysis::DEVICE, asks: true, ..config(&address) });
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..1), stop)).await.expect("ends");
    let text = kept.recv().await.unwrap();
    assert_eq!(codes(&text).len(), urinalysis::DEVICE.channels.len());
    assert_eq!(barcode(text.as_bytes()), "S0000");
}

#[tokio::test]
async fn an_analyzer_that_waits_for_an_answer_can_be_stopped() {
    let (address, mut kept, _serving) = scripted(|_| Vec::new()).await;
    let mut analyzer = Analyzer::new(Config { asks: true, ..config(&address) });
    let (stop, stopped) = watch::channel(false);
    let mut tubes = rack(0..1);
    let working = tokio::spawn(async move { analyzer.run(&mut tubes, stopped).await });
    assert!(asked(&kept.recv().await.unwrap()).is_some());
    stop.send_replace(true);
    timeout(Duration::from_secs(2), working).await.expect("ends soon").unwrap();
}
