//! `titer sim`: simulated analyzers against any host. No laboratory is opened.

use std::{path::Path, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use titer_sim::{
    analyzer::{Analyzer, Calibration, Config, Event, Host, Tube},
    devices::{self, Device},
    fault::Faults,
    people::People,
    physiology::Body,
};
use tokio::sync::{broadcast, mpsc, watch};

use super::print_json;
use crate::{
    Failed,
    arguments::{AnalyzerOptions, SimCommand},
};

/// Tubes that wait at the analyzer.
const TUBES_MAX: usize = 16;
/// Control material is measured after so many tubes.
const CONTROLS_EVERY: u64 = 20;
/// Tubes a minute at most: an analyzer, and no load generator.
const RATE_MAX: f64 = 60_000.0;
/// Who works at the analyzer.
const OPERATOR: &str = "SIM";

pub async fn run(command: SimCommand) -> Result<(), Failed> {
    let SimCommand::Analyzer(options) = command;
    let barcodes = barcodes(&options)?;
    let mut analyzer = Analyzer::new(config(&options)?);
    let events = analyzer.events();
    let (rack, mut tubes) = mpsc::channel(TUBES_MAX);
    let (stop, stopped) = watch::channel(false);
    let telling = tokio::spawn(tell(events, options.json));
    let loading = tokio::spawn(load(rack, barcodes, options.count, options.seed));
    tokio::select! {
        () = analyzer.run(&mut tubes, stopped) => {}
        _ = tokio::signal::ctrl_c() => { stop.send_replace(true); }
    }
    loading.abort();
    // Its end of the events goes with it, and so the telling ends.
    drop(analyzer);
    let totals = telling.await.map_err(|e| Failed(e.to_string()))?;
    if !options.json {
        say!("{} messages with {} results acknowledged, {} given up", totals.messages, totals.results, totals.failed);
    }
    if totals.failed > 0 {
        return Err(Failed(format!("{} tubes were given up; the lines above say why", totals.failed)));
    }
    Ok(())
}

fn config(options: &AnalyzerOptions) -> Result<Config, Failed> {
    let kinds = || devices::ALL.map(|device| device.kind).join(", ");
    let device = Device::named(&options.kind)
        .ok_or_else(|| Failed(format!("there is no simulated {:?}; there are {}", options.kind, kinds())))?;
    let device = if options.si { device.in_si() } else { device };
    let host = match (&options.connect, &options.listen) {
        (Some(address), _) => Host::At(address.clone()),
        (None, address) => Host::Calls(address.clone().unwrap_or_default()),
    };
    if !(options.rate > 0.0 && options.rate <= RATE_MAX) {
        return Err(Failed(format!(
            "{} tubes a minute is not a possible rate; give a rate from 0 to {RATE_MAX}",
            options.rate
        )));
    }
    if (options.query || options.orders) && device.orders.is_none() {
        return Err(Failed(format!("a simulated {} takes no orders; leave out --query and --orders", device.kind)));
    }
    Ok(Config {
        name: options.name.clone().unwrap_or_else(|| device.name.to_owned()),
        time_per_tube: Duration::from_secs_f64(60.0 / options.rate),
        sends_max: options.sends,
        framed: !options.unframed,
        takes_orders: options.orders,
        asks: options.query,
        controls_every: options.controls.then_some(CONTROLS_EVERY),
        calibration: calibration(options)?,
        faults: Faults::new(options.faults.clone()),
        seed: options.seed,
        ..Config::new(device, host)
    })
}

fn calibration(options: &AnalyzerOptions) -> Result<Calibration, Failed> {
    let drift = options.drift;
    let Some(shift) = &options.shift else { return Ok(Calibration { drift, ..Calibration::default() }) };
    let read = || {
        let (share, tube) = shift.split_once('@')?;
        Some(Calibration { drift, shift: share.parse().ok()?, shift_from: tube.parse().ok()? })
    };
    read().ok_or_else(|| Failed(format!("{shift:?} is not a shift; write a share and a tube, as in 0.05@40")))
}

/// The barcodes that were given.
fn barcodes(options: &AnalyzerOptions) -> Result<Vec<String>, Failed> {
    let Some(file) = &options.barcodes else { return Ok(options.barcode.clone()) };
    let barcodes = read(file)?;
    if barcodes.is_empty() {
        return Err(Failed(format!("{} holds no barcode; write one a line", file.display())));
    }
    Ok(barcodes)
}

fn read(file: &Path) -> Result<Vec<String>, Failed> {
    let text = std::fs::read_to_string(file).map_err(|e| Failed(format!("cannot read {}: {e}", file.display())))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Loads one tube after the other: of the barcodes given, or of made-up ones; each of a patient of its own.
async fn load(rack: mpsc::Sender<Tube>, barcodes: Vec<String>, count: Option<u64>, seed: u64) {
    let end = match (count, barcodes.len()) {
        (Some(count), _) => count,
        (None, 0) => u64::MAX,
        (None, all) => all as u64,
    };
    let (zone, began) = (TimeZone::system(), Timestamp::now());
    let people = People::new(seed, began.to_zoned(zone.clone()).date());
    for number in 0..end {
        // The same barcode is the same patient, whose body goes on.
        let place = number % (barcodes.len() as u64).max(1);
        let (barcode, patient) = match barcodes.get(place as usize) {
            Some(barcode) => (barcode.clone(), people.patient(place as u32)),
            None => (format!("SIM{:07}", number + 1), people.patient(number as u32)),
        };
        let truth = Body::draw(seed, &patient, began).in_zone(zone.clone()).truth(Timestamp::now());
        let tube =
            Tube { barcode, tests: Vec::new(), truth, patient: patient.identifier, operator: OPERATOR.to_owned() };
        if rack.send(tube).await.is_err() {
            return;
        }
    }
}

/// What the analyzers sent.
#[derive(Default)]
struct Totals {
    messages: u64,
    results: usize,
    failed: u64,
}

/// Tells what happens until the analyzer is gone.
async fn tell(mut events: broadcast::Receiver<Event>, json: bool) -> Totals {
    let mut totals = Totals::default();
    loop {
        match events.recv().await {
            Ok(event) => {
                match &event {
                    Event::Acknowledged { results, .. } => {
                        totals.messages += 1;
                        totals.results += results;
                    }
                    Event::Failed { .. } => totals.failed += 1,
                    _ => {}
                }
                line(&event, json);
            }
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                eprintln!("{missed} events came too fast and are not shown")
            }
            Err(broadcast::error::RecvError::Closed) => return totals,
        }
    }
}

fn line(event: &Event, json: bool) {
    let now = Timestamp::now().to_zoned(TimeZone::system());
    if json {
        let mut object = object(event);
        object["at"] = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string().into();
        // A line that cannot be written is nobody's loss: the reader is gone.
        print_json(&object).ok();
    } else {
        say!("{}  {}", now.strftime("%H:%M:%S"), words(event));
    }
}

fn words(event: &Event) -> String {
    match event {
        Event::Connected => "connected".to_owned(),
        Event::Disconnected { reason } => format!("not connected: {reason}"),
        Event::Asked { barcode } => format!("{barcode}  queried the host for its tests"),
        Event::Ordered { barcode, tests } => format!("{barcode}  ordered: {tests} tests"),
        Event::NotOrdered { barcode } => format!("{barcode}  nothing is ordered; not measured"),
        Event::Struck { barcode, fault } => format!("{barcode}  fault: {fault}"),
        Event::Acknowledged { barcode, results, took } => {
            format!("{barcode}  {results} results acknowledged in {} ms", took.as_millis())
        }
        Event::Delayed { barcode, reason } => format!("{barcode}  will be sent again: {reason}"),
        Event::Failed { barcode, reason } => format!("{barcode}  given up: {reason}"),
    }
}

fn object(event: &Event) -> serde_json::Value {
    match event {
        Event::Connected => serde_json::json!({"event": "connected"}),
        Event::Disconnected { reason } => serde_json::json!({"event": "disconnected", "reason": reason}),
        Event::Asked { barcode } => serde_json::json!({"event": "asked", "barcode": barcode}),
        Event::Ordered { barcode, tests } => {
            serde_json::json!({"event": "ordered", "barcode": barcode, "tests": tests})
        }
        Event::NotOrdered { barcode } => serde_json::json!({"event": "not-ordered", "barcode": barcode}),
        Event::Struck { barcode, fault } => {
            serde_json::json!({"event": "fault", "barcode": barcode, "fault": fault.name()})
        }
        Event::Acknowledged { barcode, results, took } => serde_json::json!({
            "event": "acknowledged", "barcode": barcode, "results": results, "took_ms": took.as_secs_f64() * 1e3,
        }),
        Event::Delayed { barcode, reason } => {
            serde_json::json!({"event": "delayed", "barcode": barcode, "reason": reason})
        }
        Event::Failed { barcode, reason } => {
            serde_json::json!({"event": "failed", "barcode": barcode, "reason": reason})
        }
    }
}
