//! When the silence of a link is longer than usual. The rule is one that a person can check: in each of the last four weeks, how
//! long was the longest pause between two messages that reached into this hour of the week? Silence is unusual if it is longer than
//! one and a half times the longest of these pauses. If fewer than two such weeks are known, the usual silence is unknown, and an
//! unknown silence is never called usual.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use titer_store::Timestamp;

/// Weeks from which the usual silence is learnt.
pub const WEEKS: i64 = 4;
/// With fewer weeks the usual silence is unknown.
pub const WEEKS_MIN: usize = 2;
/// Silence shorter than this is never unusual, in seconds.
pub const SILENCE_SECONDS_MIN: i64 = 300;
const HOURS_A_WEEK: i64 = 168;
const HOUR_MICROS: i64 = 3_600_000_000;

/// Whether the silence of a link is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Too little is known to say.
    Unknown,
    /// The link has been silent for as long before, at this hour of the week.
    Usual {
        /// The longest pause at this hour of the week, in seconds.
        longest: i64,
    },
    /// The link has been silent for longer than usual.
    Unusual {
        /// The longest pause at this hour of the week, in seconds.
        longest: i64,
        /// The present silence, in seconds.
        silent: i64,
    },
}

/// The arrivals of a link's messages: the longest pause of each hour.
#[derive(Default)]
pub(crate) struct Arrivals {
    zone: Option<TimeZone>,
    last: Option<Timestamp>,
    /// By hour since 1970, in the laboratory's zone: the longest pause that reached into the hour, in seconds.
    pauses: BTreeMap<i64, i64>,
}

impl Arrivals {
    /// A message arrived.
    pub(crate) fn add(&mut self, zone: &TimeZone, at: Timestamp) {
        self.zone.get_or_insert_with(|| zone.clone());
        let Some(last) = self.last.replace(self.last.map_or(at, |last| last.max(at))) else { return };
        let pause = (at.micros() - last.micros()) / 1_000_000;
        if pause < 0 {
            return;
        }
        let (from, to) = (hour(zone, last), hour(zone, at));
        for hour in from.max(to - (WEEKS + 1) * HOURS_A_WEEK)..=to {
            let longest = self.pauses.entry(hour).or_default();
            *longest = pause.max(*longest);
        }
        self.pauses = self.pauses.split_off(&(to - (WEEKS + 1) * HOURS_A_WEEK));
    }

    pub(crate) fn silence(&self, now: Timestamp) -> Silence {
        let (Some(last), Some(zone)) = (self.last, &self.zone) else { return Silence::Unknown };
        let this = hour(zone, now);
        let weeks: Vec<i64> =
            (1..=WEEKS).filter_map(|week| self.pauses.get(&(this - week * HOURS_A_WEEK)).copied()).collect();
        let Some(longest) = weeks.iter().max().copied().filter(|_| weeks.len() >= WEEKS_MIN) else {
            return Silence::Unknown;
        };
        let silent = (now.micros() - last.micros()) / 1_000_000;
        if silent > SILENCE_SECONDS_MIN && silent > longest + longest / 2 {
            Silence::Unusual { longest, silent }
        } else {
            Silence::Usual { longest }
        }
    }
}

/// Hours since 1970 on the laboratory's wall clock.
fn hour(zone: &TimeZone, at: Timestamp) -> i64 {
    let offset = jiff::Timestamp::from_microsecond(at.micros()).map_or(0, |at| zone.to_offset(at).seconds());
    (at.micros() + i64::from(offset) * 1_000_000).div_euclid(HOUR_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
        // Monday, 2 November 2026, 00:00 UTC.
        Timestamp::from_micros(1_793_577_600_000_000).plus_seconds(day * 86_400 + hour * 3_600 + minute * 60)
    }

    /// Workdays from seven to seventeen, a message every ten minutes, but half an hour at noon.
    fn weeks(weeks: i64) -> Arrivals {
        let mut arrivals = Arrivals::default();
        for day in (0..weeks * 7).filter(|day| day % 7 < 5) {
            for minute in (7 * 60..17 * 60).step_by(10).filter(|m| ![720, 730].contains(m)) {
                arrivals.add(&TimeZone::UTC, at(day, 0, minute));
            }
        }
        arrivals
    }

    #[test]
    fn silence_is_judged_by_the_same_hour_of_earlier_weeks() {
        let minutes = |m: i64| m * 60;
        let known = weeks(4);
        let last = at(25, 16, 50);
        assert_eq!(known.last, Some(last));
        // Friday evening, the weekend, and Monday before work: nobody expects anything.
        for usual in [at(25, 19, 0), at(26, 12, 0), at(28, 6, 55)] {
            assert!(matches!(known.silence(usual), Silence::Usual { .. }), "{usual:?}");
        }
        let mut monday = weeks(4);
        monday.add(&TimeZone::UTC, at(28, 9, 0));
        assert_eq!(monday.silence(at(28, 9, 14)), Silence::Usual { longest: minutes(10) });
        let unusual = Silence::Unusual { longest: minutes(10), silent: minutes(16) };
        assert_eq!(monday.silence(at(28, 9, 16)), unusual);
        monday.add(&TimeZone::UTC, at(28, 11, 50));
        assert_eq!(monday.silence(at(28, 12, 30)), Silence::Usual { longest: minutes(30) }, "noon is quieter");
        assert!(matches!(monday.silence(at(28, 12, 40)), Silence::Unusual { .. }));
    }

    #[test]
    fn what_is_not_known_is_not_usual() {
        assert_eq!(Arrivals::default().silence(at(0, 9, 0)), Silence::Unknown);
        assert_eq!(weeks(1).silence(at(8, 9, 30)), Silence::Unknown, "one week is none");
        assert!(matches!(weeks(2).silence(at(15, 9, 30)), Silence::Unusual { .. }));
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let mut arrivals = weeks(4);
        arrivals.add(&TimeZone::UTC, at(400, 9, 0));
        assert!(arrivals.pauses.len() as i64 <= (WEEKS + 1) * HOURS_A_WEEK + 1);
    }
}
