//! An invented month of controls: for trying a page or a document.

use crate::levey_jennings::{LeveyJennings, Line, LineKind, Outcome, Point, Tick, Words};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

impl Default for Words {
    /// English.
    fn default() -> Self {
        let [sd, mean, warning, rejected, unknown, excluded, no_z, empty] =
            ["SD", "mean", "warning", "rejected", "not judged", "excluded", "no z", "no controls in this time"]
                .map(str::to_owned);
        Self { sd, mean, warning, rejected, unknown, excluded, no_z, empty }
    }
}

impl LeveyJennings {
    /// An invented November of potassium controls: three levels, three times a day. There are a Sunday without controls, a shift that a
    /// calibration ends, an outlier beyond 5 SD, another lot, a trend, a control without a target and one that was excluded.
    #[must_use]
    pub fn sample() -> Self {
        let mut points = Vec::new();
        for day in (0..30).filter(|day| *day != 14) {
            for turn in 0..3 {
                for level in 0..3 {
                    points.push(control(level, day, turn));
                }
            }
        }
        let line = |day: i64, hour: i64, kind, label: &str| Line {
            at: day * DAY + hour * HOUR,
            kind,
            label: label.to_owned(),
        };
        Self {
            id: "potassium".to_owned(),
            title: "Potassium, Chemistry 1: controls, 1–30 Nov 2026".to_owned(),
            description:
                "Three levels by their distance from the mean: a shift on 5 and 6 Nov, level 1 beyond 5 SD on 11 Nov, \
                          a trend of level 3 from 24 Nov."
                    .to_owned(),
            from: 0,
            to: 30 * DAY,
            levels: ["Level 1, lot 4711", "Level 2, lot 4712", "Level 3, lot 4713"].map(str::to_owned).to_vec(),
            values: None,
            points,
            lines: vec![
                line(6, 10, LineKind::Calibration, "Calibrated"),
                line(11, 9, LineKind::Maintenance, "Electrode replaced"),
                line(11, 12, LineKind::Calibration, "Calibrated"),
                line(19, 7, LineKind::Lot, "Reagent lot 88-104"),
            ],
            ticks: (0..30).map(|day| Tick { at: day * DAY, text: format!("{} Nov", day + 1) }).collect(),
            joined_within: 36 * HOUR,
            words: Words::default(),
        }
    }

    /// The first level of [`LeveyJennings::sample`], with its values.
    #[must_use]
    pub fn sample_of_one_level() -> Self {
        let mut chart = Self::sample();
        chart.id = "potassium-1".to_owned();
        chart.title = "Potassium, Chemistry 1, level 1: controls, 1–30 Nov 2026".to_owned();
        chart.levels.truncate(1);
        chart.points.retain(|point| point.level == 0);
        let values = ["2.64", "2.76", "2.88", "3.00", "3.12", "3.24", "3.36"];
        chart.values = Some(values.map(|value| format!("{value} mmol/L")));
        chart
    }
}

fn control(level: usize, day: i64, turn: i64) -> Point {
    // Noise that is the same each time: the sum of a few fractions, about normal.
    let seed = (day * 9 + turn * 3) as u64 + level as u64;
    let fraction = |k: u64| ((seed + 1).wrapping_mul(2_654_435_761 + k * 40_503) % 1_000) as f64 / 1_000.0;
    let noise = ((0..6).map(fraction).sum::<f64>() - 3.0) * 1.05;
    let shift = if (4..6).contains(&day) { 2.3 } else { 0.0 };
    let trend = if day >= 23 { (day - 22) as f64 * 0.42 } else { 0.0 };
    let mut z = noise.clamp(-1.9, 1.9) * 0.85 + shift + trend * if level == 2 { 1.0 } else { 0.4 };
    if (day, turn, level) == (10, 1, 0) {
        z = -5.37;
    }
    let z = (z * 100.0).round() / 100.0;
    let excluded = (day, turn, level) == (16, 0, 1);
    let known = (day, turn, level) != (19, 1, 2);
    let (outcome, rules) = match z.abs() {
        _ if !known => (Outcome::Unknown, vec![]),
        3.0.. => (Outcome::Rejected, vec!["1-3s"]),
        2.0.. => (Outcome::Warning, vec!["1-2s"]),
        _ => (Outcome::Pass, vec![]),
    };
    let mean = [3.0, 4.5, 6.8][level];
    let hour = [6, 14, 22][turn as usize];
    Point {
        level,
        at: day * DAY + hour * HOUR + level as i64 * 180_000_000,
        time: format!("{} Nov {hour:02}:{:02}", day + 1, level * 3),
        z: known.then_some(z),
        value: format!("{:.2} mmol/L", mean + z * mean * 0.04),
        outcome,
        rules: rules.into_iter().map(str::to_owned).collect(),
        excluded,
    }
}
