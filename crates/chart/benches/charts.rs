//! Drawing charts: `cargo bench -p titer-chart`.
//!
//! One core, best of several rounds, beside the floor measured in the same run: copying the same bytes one text at a time.

use std::hint::black_box;
use std::time::Instant;

use titer_chart::LeveyJennings;

const ROUNDS: usize = 7;
const CHARTS_A_ROUND: usize = 500;

fn main() {
    let chart = LeveyJennings::sample();
    let svg = chart.svg().expect("the sample is drawn");
    println!("chart: {} points, {} bytes", chart.points.len(), svg.len());
    let floor = rate(|| {
        let mut copy = String::new();
        svg.split_inclusive('>').for_each(|piece| copy.push_str(piece));
        black_box(copy.len());
    });
    let drawn = rate(|| {
        black_box(chart.svg().map(|svg| svg.len())).expect("the sample is drawn");
    });
    println!("floor, copied in pieces {floor:>10.0} charts/s");
    println!("drawn                   {drawn:>10.0} charts/s, {:.2} of the floor", drawn / floor);
}

/// Charts a second in the best round.
fn rate(mut one: impl FnMut()) -> f64 {
    let round = |_| {
        let start = Instant::now();
        for _ in 0..CHARTS_A_ROUND {
            one();
        }
        start.elapsed().as_secs_f64()
    };
    CHARTS_A_ROUND as f64 / (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}
