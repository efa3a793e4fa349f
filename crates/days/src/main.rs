//! Lives simulated days, and says what is not as it must be.

use clap::Parser;
use titer_days::day::{Tally, live, live_all};

/// Simulated days of a laboratory, from a seed.
#[derive(Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, from that one on; each has a laboratory of its own.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How many days of each.
    #[arg(long, default_value_t = 10)]
    days: usize,
    /// Keep the files of a single seed in a new folder within this one; in memory if it is not named.
    #[arg(long)]
    data: Option<std::path::PathBuf>,
}

fn main() -> std::process::ExitCode {
    let Arguments { seed, seeds, days, data } = Arguments::parse();
    let seen = |seed: u64, day: usize, tally: &Tally| println!("seed {seed}, day {day}: {tally}");
    let broken = match data {
        Some(within) => match tempfile::tempdir_in(within) {
            Ok(folder) => live(seed, days, folder, |day, tally| seen(seed, day, tally)).err().into_iter().collect(),
            Err(e) => vec![e.to_string()],
        },
        None => live_all(&(seed..seed + seeds).collect::<Vec<_>>(), days, seen),
    };
    for words in &broken {
        eprintln!("{words}");
    }
    if broken.is_empty() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
