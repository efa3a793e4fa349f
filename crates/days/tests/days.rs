//! Simulated days, as every run of the tests lives them; `.ci/run` lives a hundred.

use titer_days::day::live_all;

fn nothing_goes_wrong(seeds: std::ops::RangeInclusive<u64>, days: usize) {
    let broken = live_all(&seeds.collect::<Vec<_>>(), days, |_, _, _| {});
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn nothing_goes_wrong_on_simulated_days() {
    nothing_goes_wrong(1..=2, 2);
}

#[test]
#[ignore = "takes minutes"]
fn nothing_goes_wrong_on_a_hundred_simulated_days() {
    nothing_goes_wrong(1..=20, 5);
}
