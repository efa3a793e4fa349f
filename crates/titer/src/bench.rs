//! `titer bench`: what this machine does, beside what it could do at most, measured in the same run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use titer_lab::Failure;
use titer_link::{Board, filing::Filing};
use titer_sim::load::Load;
use titer_store::Location;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Failed,
    arguments::{BenchCommand, BenchOptions},
    commands::print_json,
    listening,
    place::Place,
    progress,
};
use prepare::{Prepared, message, prepare};

mod prepare;

/// The seed of what is measured.
const SEED: u64 = 1;
/// The folder beside a laboratory in which `--keep` keeps the bench's own.
const KEPT: &str = "titer-bench";
/// Results in one message.
const RESULTS_A_MESSAGE: usize = 10;
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
    stored: usize,
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
        Location::Folder(beside) if options.keep => Location::Folder(beside.join(KEPT)),
        Location::Folder(beside) => {
            std::fs::create_dir_all(beside)?;
            folder = tempfile::tempdir_in(beside)?;
            Location::Folder(folder.path().to_owned())
        }
        Location::Postgres(_) => location.clone(),
    };
    let place = tokio::task::block_in_place(|| Place::open(&location))?;
    let messages = (options.results / RESULTS_A_MESSAGE).max(1);
    let prepared = prepare(&place, messages, &options).await?;
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
        stored: prepared.stored,
        parallel: options.parallel,
        links: options.links,
        bare_rows_per_s: bare,
    };
    if options.json {
        return print_json(&measured);
    }
    let Measured { parallel, links, engine, stored, .. } = measured;
    say!("{results} results by {parallel} at once over {links} links on {engine}, with {stored} stored before");
    say!(
        "  {:>10.0} results/s, {:.2} of bare inserts ({bare:.0} rows/s)",
        results_per_s,
        measured.ratio_to_bare_inserts
    );
    say!("  {:>10.2} ms until acknowledged (p50), {:.2} ms (p99)", measured.ack_p50_ms, measured.ack_p99_ms);
    say!("  {:>10.0} bytes on disk a result", measured.bytes_per_result);
    Ok(())
}

struct Run {
    took: Duration,
    p50: Duration,
    p99: Duration,
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

/// From the socket to the acknowledgement.
async fn ingest(place: &Place, prepared: &Prepared, options: &BenchOptions) -> Result<Run, Failed> {
    let (stop, stopped) = watch::channel(false);
    let board = Board::default();
    let operating = tokio::spawn(titer_link::operate(place.lab.clone(), board.clone(), stopped));
    let (links, addresses): (Vec<_>, Vec<_>) = prepared.links.iter().cloned().unzip();
    listening::all(&board, &links).await?;
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
