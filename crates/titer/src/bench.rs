//! `titer bench`: what this machine does, beside what it could do at most, measured in the same run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use titer_lab::{Failure, catalog::TestId};
use titer_link::{Board, filing::Filing, links::LinkId};
use titer_sim::{
    devices::{Report, chemistry},
    load::Load,
    people::People,
    physiology::{Analyte, Body},
};
use titer_store::Location;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Failed,
    arguments::{BenchCommand, BenchOptions},
    commands::print_json,
    place::Place,
    progress,
    staff::{Staff, confirm_mappings},
};

/// The seed of what is measured.
const SEED: u64 = 1;
/// Results in one message.
const RESULTS_A_MESSAGE: usize = 10;
/// Tubes that are ordered and received at the same time while preparing.
const PREPARED_AT_ONCE: usize = 64;
/// Bare rows a transaction.
const BARE_ROWS_A_TRANSACTION: usize = 100;

/// What was measured. Ratios travel between machines; figures do not.
#[derive(Serialize)]
struct Measured {
    results_per_s: f64,
    ratio_to_bare_inserts: f64,
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    bytes_per_result: f64,
    engine: &'static str,
    results: usize,
    parallel: usize,
    links: u16,
    bare_rows_per_s: f64,
}

pub async fn run(location: &Location, command: BenchCommand) -> Result<(), Failed> {
    let (options, over_tcp) = match command {
        BenchCommand::Store(options) => (options, false),
        BenchCommand::Ingest(options) => (options, true),
    };
    let folder;
    let location = match location {
        // A folder is used for its disk only: the bench never touches a laboratory that is there.
        Location::Folder(beside) => {
            std::fs::create_dir_all(beside)?;
            folder = tempfile::tempdir_in(beside)?;
            Location::Folder(folder.path().to_owned())
        }
        Location::Postgres(_) => location.clone(),
    };
    let place = tokio::task::block_in_place(|| Place::open(&location))?;
    if !place.is_new().await? {
        return Err(Failed("this database holds a laboratory; give an empty database".to_owned()));
    }
    let messages = (options.results / RESULTS_A_MESSAGE).max(1);
    eprintln!("preparing {messages} tubes");
    let prepared = prepare(&place, messages, options.links).await?;
    eprintln!("measuring");
    let before = size(&location)?;
    let run =
        if over_tcp { ingest(&place, &prepared, &options).await? } else { store(&place, &prepared, &options).await? };
    let after = size(&location)?;
    let bare = tokio::task::block_in_place(|| {
        titer_store::bare::inserts(&location, options.results, BARE_ROWS_A_TRANSACTION)
    })?;
    let results = messages * RESULTS_A_MESSAGE;
    let results_per_s = results as f64 / run.took.as_secs_f64();
    let measured = Measured {
        results_per_s,
        ratio_to_bare_inserts: results_per_s / bare,
        ack_p50_ms: run.p50.as_secs_f64() * 1e3,
        ack_p99_ms: run.p99.as_secs_f64() * 1e3,
        bytes_per_result: after.saturating_sub(before) as f64 / results as f64,
        engine: place.lab.store().engine_name(),
        results,
        parallel: options.parallel,
        links: options.links,
        bare_rows_per_s: bare,
    };
    if options.json {
        return print_json(&measured);
    }
    let Measured { parallel, links, engine, .. } = measured;
    say!("{results} results by {parallel} at once over {links} links on {engine}");
    say!(
        "  {:>10.0} results/s, {:.2} of bare inserts ({bare:.0} rows/s)",
        results_per_s,
        measured.ratio_to_bare_inserts
    );
    say!("  {:>10.2} ms until acknowledged (p50), {:.2} ms (p99)", measured.ack_p50_ms, measured.ack_p99_ms);
    say!("  {:>10.0} bytes on disk a result", measured.bytes_per_result);
    Ok(())
}

struct Prepared {
    /// Each link with the address on which it listens.
    links: Vec<(LinkId, String)>,
    barcodes: Vec<String>,
}

struct Run {
    took: Duration,
    p50: Duration,
    p99: Duration,
}

/// A laboratory with links whose codes are mapped, and so many received tubes.
async fn prepare(place: &Place, tubes: usize, links: u16) -> Result<Prepared, Failed> {
    place.set_up("Bench", Some("UTC".to_owned()), false).await?;
    let staff = Staff::hire(place).await?;
    staff.approve_catalog(place).await?;
    let mut prepared = Vec::with_capacity(links.into());
    for (number, address) in (1..).zip(free_addresses(links)?) {
        let link = crate::staff::add_link(place, &format!("bench {number}"), &address, "titer-sim-chemistry").await?;
        staff.approve_mappings(place, link).await?;
        confirm_mappings(place, &staff, link).await?;
        prepared.push((link, address));
    }
    let tests = ten_tests(place).await?;
    let patient = staff.register(place, &People::new(SEED, today()).patient(1)).await?;
    let mut barcodes = Vec::with_capacity(tubes);
    let mut under_way: JoinSet<Result<String, Failed>> = JoinSet::new();
    for _ in 0..tubes {
        if under_way.len() >= PREPARED_AT_ONCE {
            barcodes.extend(next(&mut under_way).await?);
        }
        let (place, staff, tests) = (place.clone(), staff.clone(), tests.clone());
        under_way.spawn(async move { staff.receive_new(&place, patient, tests).await });
    }
    while let Some(barcode) = next(&mut under_way).await? {
        barcodes.push(barcode);
    }
    Ok(Prepared { links: prepared, barcodes })
}

/// Addresses on which nobody listens, each another: all are held until the last is found.
fn free_addresses(count: u16) -> Result<Vec<String>, Failed> {
    let bind = |_| std::net::TcpListener::bind("127.0.0.1:0");
    let held: Vec<_> = (0..count).map(bind).collect::<Result<_, _>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.to_string())).collect()
}

async fn next(under_way: &mut JoinSet<Result<String, Failed>>) -> Result<Option<String>, Failed> {
    match under_way.join_next().await {
        None => Ok(None),
        Some(Ok(barcode)) => barcode.map(Some),
        Some(Err(e)) => Err(Failed(e.to_string())),
    }
}

/// The tests of the first ten codes that the simulated analyzer sends.
async fn ten_tests(place: &Place) -> Result<Vec<TestId>, Failed> {
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let keys = Analyte::ALL.iter().take(RESULTS_A_MESSAGE).map(|a| a.key());
    let test = |key: &str| catalog.tests().iter().find(|t| t.key == key).map(|t| t.id);
    Ok(keys.filter_map(test).collect())
}

/// Everything behind the socket: records read, mapped, decided, journalled, committed.
async fn store(place: &Place, prepared: &Prepared, options: &BenchOptions) -> Result<Run, Failed> {
    let filings: Vec<_> = prepared.links.iter().map(|(link, _)| Filing::new(place.lab.clone(), *link)).collect();
    let completed = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for (worker, filing) in (0..options.parallel).zip(filings.iter().cycle().cloned()) {
        let mine: Vec<String> = prepared.barcodes.iter().skip(worker).step_by(options.parallel).cloned().collect();
        workers.spawn(async move {
            let mut took = Vec::with_capacity(mine.len());
            for barcode in mine {
                let message = message(&barcode, completed);
                let asked = Instant::now();
                filing.receive(message).await?;
                took.push(asked.elapsed());
            }
            Ok::<_, Failure>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = workers.join_next().await {
        all.extend(done.map_err(|e| Failed(e.to_string()))??);
    }
    let took = began.elapsed();
    all.sort();
    let at = |share: f64| {
        all.get(((all.len() as f64 * share) as usize).min(all.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    Ok(Run { took, p50: at(0.5), p99: at(0.99) })
}

/// A message of ten results, as the simulated analyzer sends it.
fn message(barcode: &str, completed: DateTime) -> Vec<u8> {
    let patient = People::new(SEED, completed.date()).patient(1);
    let truth = Body::draw(SEED, &patient, Timestamp::UNIX_EPOCH).truth(Timestamp::UNIX_EPOCH);
    let mut readings = chemistry::DEVICE.measure(&truth, &[], 0.0, &mut ChaCha8Rng::seed_from_u64(SEED));
    readings.truncate(RESULTS_A_MESSAGE);
    chemistry::DEVICE.message(&Report::of("Bench", barcode, &readings, completed))
}

fn today() -> jiff::civil::Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// From the socket to the acknowledgement.
async fn ingest(place: &Place, prepared: &Prepared, options: &BenchOptions) -> Result<Run, Failed> {
    let (stop, stopped) = watch::channel(false);
    let operating = tokio::spawn(titer_link::operate(place.lab.clone(), Board::default(), stopped));
    let addresses: Vec<String> = prepared.links.iter().map(|(_, address)| address.clone()).collect();
    for address in &addresses {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let bar = progress::bar("sending");
    bar.set_length(prepared.barcodes.len() as u64);
    let load = Load {
        addresses,
        connections: options.parallel,
        barcodes: prepared.barcodes.clone(),
        messages_per_s: options.rate,
        completed: Timestamp::now().to_zoned(TimeZone::UTC).datetime(),
        seed: SEED,
        progress: Arc::default(),
    };
    let report = load.run().await.map_err(|e| Failed(e.to_string()))?;
    bar.finish_and_clear();
    stop.send_replace(true);
    if operating.await.is_err() {
        return Err(Failed("the links ended badly".to_owned()));
    }
    if report.acknowledged != prepared.barcodes.len() {
        let why = report.first_failure.unwrap_or_default();
        return Err(Failed(format!(
            "{} of {} messages were acknowledged; {why}",
            report.acknowledged,
            prepared.barcodes.len()
        )));
    }
    let (p50, p99) = (report.last_frame.quantile(0.5), report.last_frame.quantile(0.99));
    Ok(Run { took: report.elapsed, p50, p99 })
}

/// Bytes of the database.
fn size(location: &Location) -> Result<u64, Failed> {
    Ok(tokio::task::block_in_place(|| titer_store::bare::bytes(location))?)
}
