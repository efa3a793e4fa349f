//! Chance from a seed: every draw follows from the seed, what it is for, and a number, never from the order of asking.

use std::f64::consts::TAU;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A normal draw goes no further out than this many standard deviations, so that bounds can be promised.
const SPREAD_MAX: f64 = 3.5;

/// What dice are for, so that no two purposes share them.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Patient = 1,
    Clinician,
    Requester,
    Body,
    Variation,
    Measurement,
    Fault,
    Target,
}

/// Dice for one purpose and one patient, tube or the like.
pub(crate) fn dice(seed: u64, purpose: Purpose, number: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    key[16..24].copy_from_slice(&number.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// One draw of the standard normal distribution (Box–Muller), cut at [`SPREAD_MAX`].
pub(crate) fn normal(dice: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - dice.random::<f64>()).ln()).sqrt();
    (radius * (TAU * dice.random::<f64>()).cos()).clamp(-SPREAD_MAX, SPREAD_MAX)
}

/// One of a list, each as likely as the next.
pub(crate) fn any<'a, T>(dice: &mut impl Rng, list: &'a [T]) -> &'a T {
    &list[dice.random_range(0..list.len())]
}

/// One of a list, each as likely as it weighs.
pub(crate) fn weighted<'a, T>(dice: &mut impl Rng, list: &'a [T], weight: impl Fn(&T) -> u32) -> &'a T {
    let mut left = dice.random_range(0..list.iter().map(&weight).sum());
    // The draw is below the sum of all weights, so the search ends inside the list.
    let found = list.iter().position(|item| {
        let here = left < weight(item);
        left = left.saturating_sub(weight(item));
        here
    });
    &list[found.unwrap_or_default()]
}
