#![allow(clippy::unwrap_used)]
use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, civil::date, tz::TimeZone};
use titer_sim::{
    analyzer::{self, Analyzer, Calibration, Config, Event, Tube},
    devices::{chemistry, haematology},
    people::People,
    physiology::{Analyte, Body, Truth},
};
use titer_wire::astm::{Encoding, Kind, parse, write_frame};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{broadcast, mpsc, watch},
    time::{sleep, timeout},
};

use crate::host::{Host, Verdict, nobody};

pub const PATIENCE: Duration = Duration::from_secs(10);

fn noon() -> Timestamp {
    "2026-07-01T12:00:00Z".parse().unwrap()
}

pub fn config(address: &str) -> Config {
    Config {
        name: "CHEM-1".to_owned(),
        clock: Arc::new(noon),
        zone: TimeZone::get("Europe/Madrid").unwrap(),
        time_per_tube: Duration::from_millis(2),
        ..Config::new(&chemistry::DEVICE, analyzer::Host::At(address.to_owned()))
    }
}

fn truth(number: u32) -> Truth {
    let patient = People::new(1, date(2026, 7, 1)).patient(number);
    Body::draw(1, &patient, noon()).truth(noon())
}

pub fn tube(number: u32) -> Tube {
    Tube {
        barcode: format!("S{number:04}"),
        tests: Vec::new(),
        truth: truth(number),
        patient: String::new(),
        operator: String::new(),
    }
}

/// Tubes in a rack that nobody adds to.
pub fn rack(numbers: std::ops::Range<u32>) -> mpsc::Receiver<Tube> {
    let (rack, tubes) = mpsc::channel(64);
    for number in numbers {
        rack.try_send(tube(number)).unwrap();
    }
    tubes
}

pub fn on() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

pub async fn next(events: &mut broadcast::Receiver<Event>) -> Event {
    timeout(PATIENCE, events.recv()).await.expect("an event within 10 s").unwrap()
}

async fn acknowledged(events: &mut broadcast::Receiver<Event>) -> String {
    loop {
        if let Event::Acknowledged { barcode, .. } = next(events).await {
            return barcode;
        }
    }
}

pub fn barcode(text: &[u8]) -> String {
    let messages = parse(text).unwrap();
    let order = messages[0].records().iter().find(|record| record.kind() == Kind::Order).unwrap().field(3);
    order.text(Encoding::Utf8).into_owned()
}

#[tokio::test]
async fn a_rack_of_tubes_arrives_at_the_host_in_order() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let mut events = analyzer.events();
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..8), stop)).await.expect("ends with the last tube");

    assert_eq!(next(&mut events).await, Event::Connected);
    for number in 0..8 {
        let expected = format!("S{number:04}");
        assert_eq!(barcode(&host.next().await), expected);
        assert!(matches!(next(&mut events).await, Event::Acknowledged { barcode, .. } if barcode == expected));
    }
    assert!(host.rest().is_empty());
}

#[tokio::test]
async fn results_carry_the_local_clock_and_every_test_asked_for() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let (_stop, stop) = on();
    analyzer.run(&mut rack(0..1), stop).await;

    let text = host.next().await;
    let messages = parse(&text).unwrap();
    let results: Vec<_> = messages[0].records().iter().filter(|record| record.kind() == Kind::Result).collect();
    assert_eq!(results.len(), chemistry::DEVICE.channels.len());
    for result in results {
        assert_eq!(result.field(13).text(Encoding::Utf8), "20260701140000", "noon UTC is 14:00 in Madrid in July");
    }
}

#[tokio::test]
async fn a_tube_is_measured_for_what_the_analyzer_was_told() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let (rack, mut tubes) = mpsc::channel(1);
    // Of these the blood counter knows two.
    let tests = vec![Analyte::Haemoglobin, Analyte::Sodium, Analyte::Platelets];
    rack.try_send(Tube { tests, ..tube(0) }).unwrap();
    drop(rack);
    let (_stop, stop) = on();
    Analyzer::new(Config { device: &haematology::DEVICE, ..config(&host.address) }).run(&mut tubes, stop).await;
    let text = String::from_utf8(host.next().await).unwrap();
    assert_eq!(text.matches("\rR|").count(), 2, "{text}");
    assert!(text.contains("^^^^HGB^1|") && text.contains("^^^^PLT^1|"), "{text}");
}

#[tokio::test]
async fn controls_are_measured_before_the_first_tube_and_after_so_many() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut config = Config { controls_every: Some(3), ..config(&host.address) };
    config.calibration = Calibration { drift: 0.0, shift: 0.10, shift_from: 4 };
    let (_stop, stop) = on();
    Analyzer::new(config).run(&mut rack(0..5), stop).await;
    let texts: Vec<_> = host.rest().iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let order: Vec<_> = texts.iter().map(|text| barcode(text.as_bytes())).collect();
    let (first, second) = ("QC-CHEMISTRY-1", "QC-CHEMISTRY-2");
    assert_eq!(order, [first, second, "S0000", "S0001", "S0002", first, second, "S0003", "S0004"]);
    assert_eq!(texts.iter().filter(|text| text.contains("|||||||Q||||||||||||||F\r")).count(), 4, "{texts:?}");
    // The shift came with the fourth tube, so the second run of controls shows it.
    let sodium = |text: &str| text.split("^^^Na|").nth(1).unwrap().split('|').next().unwrap().parse::<f64>().unwrap();
    let change = sodium(&texts[5]) / sodium(&texts[0]);
    assert!((change - 1.10).abs() < 0.03, "{change}");
}

#[tokio::test]
async fn a_host_that_calls_is_waited_for_and_may_call_again() {
    let address = nobody().await;
    let mut config = config(&address);
    config.host = analyzer::Host::Calls(address.clone());
    let mut analyzer = Analyzer::new(config);
    let mut tubes = rack(0..2);
    let (_stop, stop) = on();
    let working = tokio::spawn(async move { analyzer.run(&mut tubes, stop).await });
    let mut host = Host::call(&address, |n| if n == 0 { Verdict::HangUp } else { Verdict::Accept }).await;
    let kept = [host.next().await, host.next().await, host.next().await].map(|text| barcode(&text));
    assert_eq!(kept, ["S0000", "S0000", "S0001"]);
    timeout(PATIENCE, working).await.expect("ends").unwrap();
}

#[tokio::test]
async fn without_frames_the_records_go_out_as_they_are() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut analyzer = Analyzer::new(Config { framed: false, ..config(&address) });
    let (_stop, stop) = on();
    let mut tubes = rack(0..2);
    let working = tokio::spawn(async move { analyzer.run(&mut tubes, stop).await });
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut text = Vec::new();
    timeout(PATIENCE, socket.read_to_end(&mut text)).await.expect("ends").unwrap();
    assert_eq!(parse(&text).unwrap().len(), 2);
    assert!(text.starts_with(b"H|") && text.ends_with(b"L|1|N\r"));
    timeout(PATIENCE, working).await.expect("ends").unwrap();
}

#[tokio::test]
async fn the_same_seed_sends_the_same_bytes() {
    let mut sent = Vec::new();
    for _ in 0..2 {
        let mut host = Host::start(|_| Verdict::Accept).await;
        let (_stop, stop) = on();
        Analyzer::new(config(&host.address)).run(&mut rack(0..3), stop).await;
        sent.push(host.rest());
    }
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0].len(), 3);
}

#[tokio::test]
async fn an_analyzer_waits_for_a_host_that_is_not_there_yet() {
    let address = nobody().await;
    let mut analyzer = Analyzer::new(config(&address));
    let mut events = analyzer.events();
    let (_stop, stop) = on();
    let mut tubes = rack(0..1);
    let working = tokio::spawn(async move { analyzer.run(&mut tubes, stop).await });
    assert!(matches!(next(&mut events).await, Event::Disconnected { .. }));

    let mut host = Host::start_at(&address, |_| Verdict::Accept).await;
    assert_eq!(barcode(&host.next().await), "S0000");
    timeout(PATIENCE, working).await.expect("ends").unwrap();
}

#[tokio::test]
async fn a_message_cut_off_is_sent_again_as_it_was() {
    let mut host = Host::start(|n| if n == 0 { Verdict::HangUp } else { Verdict::Accept }).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let mut events = analyzer.events();
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..2), stop)).await.expect("ends");

    let (first, again, second) = (host.next().await, host.next().await, host.next().await);
    assert_eq!(first, again);
    assert_eq!(barcode(&second), "S0001");
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event);
    }
    assert!(
        matches!(
            &seen[..],
            [
                Event::Connected,
                Event::Delayed { .. },
                Event::Disconnected { .. },
                Event::Connected,
                Event::Acknowledged { .. },
                Event::Acknowledged { .. }
            ]
        ),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_refused_message_is_repeated_frame_by_frame_and_given_up_at_the_limit() {
    // Five times NAK are within the session's six tries; six are not.
    let mut host = Host::start(|n| if n < 5 { Verdict::Refuse } else { Verdict::Accept }).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..1), stop)).await.expect("ends");
    assert_eq!(barcode(&host.next().await), "S0000");

    let host = Host::start(|_| Verdict::Refuse).await;
    let mut analyzer = Analyzer::new(Config { sends_max: 1, ..config(&host.address) });
    let mut events = analyzer.events();
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut rack(0..1), stop)).await.expect("ends");
    assert_eq!(next(&mut events).await, Event::Connected);
    assert!(matches!(next(&mut events).await, Event::Failed { barcode, .. } if barcode == "S0000"));
}

#[tokio::test]
async fn a_tube_that_cannot_be_sent_is_given_up_at_once() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let mut events = analyzer.events();
    let (rack, mut tubes) = mpsc::channel(4);
    // A message of more than 8 MiB.
    rack.try_send(Tube { barcode: "9".repeat(9 * 1024 * 1024), ..tube(0) }).unwrap();
    rack.try_send(tube(1)).unwrap();
    drop(rack);
    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut tubes, stop)).await.expect("ends");
    assert_eq!(next(&mut events).await, Event::Connected);
    assert!(matches!(next(&mut events).await, Event::Failed { .. }));
    assert_eq!(barcode(&host.next().await), "S0001");
}

#[tokio::test]
async fn stopping_ends_an_analyzer_that_waits_for_tubes_and_one_that_waits_for_a_host() {
    let host = Host::start(|_| Verdict::Accept).await;
    for address in [host.address.clone(), nobody().await] {
        let mut analyzer = Analyzer::new(config(&address));
        let mut events = analyzer.events();
        let (_rack, mut tubes) = mpsc::channel(1);
        let (stop, stopped) = on();
        let working = tokio::spawn(async move { analyzer.run(&mut tubes, stopped).await });
        next(&mut events).await;
        stop.send_replace(true);
        timeout(Duration::from_secs(2), working).await.expect("ends soon").unwrap();
    }
}

#[tokio::test]
async fn a_stopped_analyzer_takes_no_further_tube_and_goes_on_where_it_was() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(Config { time_per_tube: Duration::from_millis(1_500), ..config(&host.address) });
    let mut events = analyzer.events();
    let mut tubes = rack(0..2);

    let (stop, stopped) = on();
    let stopping = async {
        assert_eq!(next(&mut events).await, Event::Connected);
        // Time to take a tube, and not to measure it.
        sleep(Duration::from_millis(50)).await;
        stop.send_replace(true);
    };
    tokio::join!(analyzer.run(&mut tubes, stopped), stopping);
    assert_eq!(tubes.len(), 1, "the second tube is still in the rack");
    assert!(host.rest().is_empty(), "the first is still being measured");

    let (_stop, stop) = on();
    timeout(PATIENCE, analyzer.run(&mut tubes, stop)).await.expect("ends");
    assert_eq!((barcode(&host.next().await), barcode(&host.next().await)), ("S0000".into(), "S0001".into()));
}

#[tokio::test]
async fn a_transfer_that_has_begun_ends_before_the_analyzer_stops() {
    let mut host = Host::start(|_| Verdict::AcceptLate).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let mut events = analyzer.events();
    let mut tubes = rack(0..2);
    let (stop, stopped) = on();
    let stopping = async {
        sleep(Duration::from_millis(150)).await;
        stop.send_replace(true);
    };
    tokio::join!(analyzer.run(&mut tubes, stopped), stopping);
    assert_eq!(acknowledged(&mut events).await, "S0000");
    assert_eq!(barcode(&host.next().await), "S0000");
    assert_eq!(tubes.len(), 1, "the second tube is still in the rack");
}

#[tokio::test]
async fn dropped_at_any_moment_and_run_again_nothing_is_lost_or_out_of_order() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut analyzer = Analyzer::new(config(&host.address));
    let mut events = analyzer.events();
    let mut tubes = rack(0..30);
    let (mut drops, mut told) = (0, Vec::new());
    loop {
        // Longer on the whole, so that it ends on a slow machine too.
        let pause = Duration::from_micros(300 + 700 * (drops % 23) + 20 * drops);
        let (_stop, stop) = on();
        let ended = timeout(pause, analyzer.run(&mut tubes, stop)).await;
        while let Ok(event) = events.try_recv() {
            told.extend(match event {
                Event::Acknowledged { barcode, .. } => Some(barcode),
                _ => None,
            });
        }
        if ended.is_ok() {
            break;
        }
        drops += 1;
    }
    assert!(drops > 3, "only {drops} drops");
    let expected: Vec<_> = (0..30).map(|number| format!("S{number:04}")).collect();
    assert_eq!(told, expected);
    // What was cut off while its acknowledgement was under way came twice, as the same bytes.
    let mut kept = host.rest();
    kept.dedup();
    assert_eq!(kept.iter().map(|text| barcode(text)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_analyzer_takes_no_orders() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut analyzer = Analyzer::new(config(&listener.local_addr().unwrap().to_string()));
    let (_rack, mut tubes) = mpsc::channel(1);
    let (stop, stopped) = on();
    let working = tokio::spawn(async move { analyzer.run(&mut tubes, stopped).await });

    let (mut socket, _) = listener.accept().await.unwrap();
    let mut order = vec![0x05];
    write_frame(&mut order, 1, b"H|\\^&\rO|1|S0000||^^^Na\rL|1|N\r", true);
    socket.write_all(&order).await.unwrap();
    assert_eq!(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap(), 0x06, "it listens");
    assert_eq!(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap(), 0x15, "and refuses");
    stop.send_replace(true);
    timeout(PATIENCE, working).await.expect("ends").unwrap();
}
