//! What is true of a patient's blood and urine: values that hang together, move over days as a condition takes its course, turn
//! with the time of day, and vary around the person's own set points. A model to practise with, not a model of disease: the
//! typical values stand in the middle of the starter catalog's intervals, the variations are published ones where one was read
//! (each family's file says which), and the effects of conditions are textbook ones, named where a figure was taken from
//! somewhere.

mod analyte;
mod blood;
pub(crate) mod clotting;
mod condition;
mod disorders;
pub(crate) mod glycaemia;
mod hormones;
mod levels;
mod rhythm;
mod serum;
mod urine;

use jiff::{Timestamp, tz::TimeZone};
use rand::RngExt;

pub use self::{analyte::Analyte, condition::Condition};
use crate::{
    chance::{Purpose, dice},
    people::Patient,
};
use levels::{Level, Levels};

/// A person's variation has changed wholly after so many hours.
const KNOT_HOURS: f64 = 12.0;
/// A drawn condition began at most so many days ago; most patients are seen soon.
const ONSET_DAYS_MAX: f64 = 5.0;
/// How mild conditions are for the most part: severity is a draw from 0 to 1 to this power.
const MILDNESS: f64 = 1.5;

/// The true values in a patient at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    values: [f64; Analyte::ALL.len()],
    /// Bicarbonate, in mmol/L: it makes the chloride what it is, and no test here measures it.
    pub bicarbonate: f64,
}

impl Default for Truth {
    /// Nothing is there.
    fn default() -> Self {
        Self { values: [0.0; Analyte::ALL.len()], bicarbonate: 0.0 }
    }
}

impl Truth {
    /// A true value, in the analyte's unit: always above zero.
    #[must_use]
    pub fn of(&self, analyte: Analyte) -> f64 {
        self.values[analyte as usize]
    }

    pub(crate) fn set(&mut self, analyte: Analyte, value: f64) {
        self.values[analyte as usize] = value;
    }

    fn from_levels(levels: &Levels) -> Self {
        let mut truth = Self { bicarbonate: levels[Level::Bicarbonate], ..Self::default() };
        for follow in
            [serum::follow, blood::follow, hormones::follow, clotting::follow, urine::follow, glycaemia::follow]
        {
            follow(levels, &mut truth);
        }
        truth
    }
}

/// A patient's body: its own set points, and what ails it.
#[derive(Clone, Debug)]
pub struct Body {
    seed: u64,
    number: u32,
    condition: Condition,
    /// From 0, barely ill, to 1, as ill as it gets.
    severity: f64,
    onset: Timestamp,
    /// Where this person's levels stand in health.
    set_points: Levels,
    /// How strongly this person's potassium answers.
    response: f64,
    /// What the person's clock shows.
    zone: TimeZone,
}

impl Body {
    /// A body with a condition as common and as severe as chance has it at that age. It began in the days before `now`,
    /// when the patient is seen.
    #[must_use]
    pub fn draw(seed: u64, patient: &Patient, now: Timestamp) -> Self {
        let mut dice = Self::dice(seed, patient);
        let condition = Condition::draw(&mut dice, age_years(patient, now));
        let severity = dice.random::<f64>().powf(MILDNESS);
        let hours = ONSET_DAYS_MAX * 24.0 * dice.random::<f64>().powf(1.5);
        let onset = now.saturating_sub(jiff::SignedDuration::from_secs_f64(hours * 3_600.0)).unwrap_or(now);
        Self::with(seed, patient, condition, severity, onset)
    }

    /// A body with a given condition, whose severity is from 0 to 1, since `onset`.
    #[must_use]
    pub fn with(seed: u64, patient: &Patient, condition: Condition, severity: f64, onset: Timestamp) -> Self {
        let mut dice = Self::dice(seed, patient);
        // The set points are drawn from a stream of their own: the same person in every condition.
        dice.set_stream(1);
        let mut set_points = Levels::typical(patient.sex, age_years(patient, onset));
        set_points.vary_between_people(&Levels::draw(&mut dice));
        let response = (0.3 * crate::chance::normal(&mut dice)).exp();
        let severity = severity.clamp(0.0, 1.0);
        Self { seed, number: patient.number, condition, severity, onset, set_points, response, zone: TimeZone::UTC }
    }

    /// The same body, living by the clock of this zone; by UTC otherwise.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// What ails it.
    #[must_use]
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// How severe that is at its worst, from 0 to 1.
    #[must_use]
    pub fn severity(&self) -> f64 {
        self.severity
    }

    /// The true values at this time. The same for the same time, whatever was asked before.
    #[must_use]
    pub fn truth(&self, at: Timestamp) -> Truth {
        let variation = self.variation(at);
        let mut levels = self.set_points.clone();
        levels.vary_within_person(&variation);
        rhythm::turn(&mut levels, self.hour(at));
        let days = at.duration_since(self.onset).as_secs_f64() / 86_400.0;
        self.condition.act(
            &mut levels,
            &condition::Case { severity: self.severity, days, response: self.response, variation: &variation },
        );
        levels.keep_alive();
        Truth::from_levels(&levels)
    }

    /// Hours since midnight, with fraction.
    fn hour(&self, at: Timestamp) -> f64 {
        let time = at.to_zoned(self.zone.clone()).time();
        f64::from(time.hour()) + f64::from(time.minute()) / 60.0 + f64::from(time.second()) / 3_600.0
    }

    fn dice(seed: u64, patient: &Patient) -> rand_chacha::ChaCha8Rng {
        dice(seed, Purpose::Body, patient.number.into())
    }

    /// How far the levels are from their set points, in standard deviations: draws at every knot, and between two knots a
    /// mixture that keeps the variance.
    fn variation(&self, at: Timestamp) -> Levels {
        let knots = at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() / (KNOT_HOURS * 3_600.0);
        let (knot, part) = (knots.floor(), knots - knots.floor());
        let draw = |knot: f64| {
            let mut dice = dice(self.seed, Purpose::Variation, self.number.into());
            dice.set_stream(knot as i64 as u64);
            Levels::draw(&mut dice)
        };
        let (before, after) = (draw(knot), draw(knot + 1.0));
        let scale = (part.powi(2) + (1.0 - part).powi(2)).sqrt();
        Levels(std::array::from_fn(|n| ((1.0 - part) * before.0[n] + part * after.0[n]) / scale))
    }
}

fn age_years(patient: &Patient, at: Timestamp) -> f64 {
    patient.age_years(at.to_zoned(TimeZone::UTC).date()).max(0.0)
}
