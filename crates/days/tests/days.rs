//! Simulated days, as every run of the tests lives them.

use titer_days::day::live_all;

const SEEDS: [u64; 2] = [1, 2];
const DAYS: usize = 2;

#[test]
fn nothing_goes_wrong_on_simulated_days() {
    let broken = live_all(&SEEDS, DAYS, |_, _, _| {});
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
