//! The time of day in the blood.

use std::f64::consts::PI;

use super::levels::{
    Level::{self, Cortisol, Glucose, Tsh},
    Levels,
};

/// A level that rises to a peak and falls to a nadir once a day. Hours are from midnight on the patient's clock; the level at
/// each is a factor.
struct Rhythm {
    level: Level,
    peak: (f64, f64),
    nadir: (f64, f64),
}

const RHYTHMS: [Rhythm; 2] = [
    // Peak 15.5 µg/dL at 08:32, nadir less than 2.0 µg/dL at 00:18 in 33 healthy people (the figure in PMC2684472).
    Rhythm { level: Cortisol, peak: (8.53, 1.0), nadir: (0.3, 2.0 / 15.5) },
    // 0.85 mIU/L by day and 1.34 by night, rising from 20 to 23 o'clock, in 13 healthy people (abstract of a study of half-hourly
    // samples). The hours of peak and nadir are assigned here.
    Rhythm { level: Tsh, peak: (2.0, 1.34 / 0.85), nadir: (14.0, 1.0) },
];

/// Glucose is highest so many hours after midnight, past a meal.
const AFTER_MEALS: [f64; 3] = [8.8, 13.8, 19.8];
/// By so much, as a fraction; a round figure.
const MEAL_RISE: f64 = 0.15;
/// For about so many hours to either side.
const MEAL_HOURS: f64 = 0.8;

/// Moves the levels to what they are at that hour, from 0 to 24.
pub(super) fn turn(levels: &mut Levels, hour: f64) {
    for rhythm in &RHYTHMS {
        levels[rhythm.level] *= rhythm.factor(hour);
    }
    let fed: f64 = AFTER_MEALS.iter().map(|meal| (-0.5 * ((hour - meal) / MEAL_HOURS).powi(2)).exp()).sum();
    levels[Glucose] *= 1.0 + MEAL_RISE * fed;
}

impl Rhythm {
    fn factor(&self, hour: f64) -> f64 {
        let ((top_at, top), (bottom_at, bottom)) = (self.peak, self.nadir);
        let since_peak = (hour - top_at).rem_euclid(24.0);
        let fall = (bottom_at - top_at).rem_euclid(24.0);
        let way = if since_peak < fall { since_peak / fall } else { 1.0 - (since_peak - fall) / (24.0 - fall) };
        bottom + (top - bottom) * (1.0 + (PI * way).cos()) / 2.0
    }
}
