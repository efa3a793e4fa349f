//! Moments and dates as people read them: `22 Nov 2026 14:05`, never 11/12/26; and as people type them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use titer_lab::sites::views::{LocalTime, from_local};

use crate::words::Words;

const DAY: &str = "%d %b %Y";
const MINUTE: &str = "%d %b %Y %H:%M";

/// What a person may type for a day. The month is a name, or the year comes first: nothing else is unambiguous.
const DAYS: &[&str] = &["%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%Y-%m-%d"];
/// The first year of four digits: a year of two could be of two centuries, and none is guessed.
const YEAR_MIN: i16 = 1_000;

/// A moment for a page: exact for machines, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// RFC 3339 with the laboratory's offset, for the `datetime` attribute.
    pub iso: String,
    /// `22 Nov 2026 14:05`.
    pub words: String,
    /// `14:05` for today's moments, the whole for others: for dense tables under a column that names the day.
    pub short: String,
}

impl When {
    /// The moment `at` (microseconds UTC) as read in the laboratory's zone at the moment `now`.
    ///
    /// A moment that no calendar holds (beyond the year 9999) is shown as the number it is.
    pub fn at(at: i64, now: i64, zone: &TimeZone) -> When {
        let (Ok(at_time), Ok(now)) = (Timestamp::from_microsecond(at), Timestamp::from_microsecond(now)) else {
            let words = format!("{at} µs");
            return When { iso: String::new(), short: words.clone(), words };
        };
        let local = at_time.to_zoned(zone.clone());
        let words = local.strftime(MINUTE).to_string();
        let short = if local.date() == now.to_zoned(zone.clone()).date() {
            local.strftime("%H:%M").to_string()
        } else {
            words.clone()
        };
        When { iso: local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(), words, short }
    }
}

/// A moment of the laboratory's clock in words: `22 Nov 2026 14:05`.
pub fn minute(at: DateTime) -> String {
    at.strftime(MINUTE).to_string()
}

/// A day in words: `14 Mar 1971`.
pub fn day(date: Date) -> String {
    date.strftime(DAY).to_string()
}

/// The age on a day, in the units that the NHS Common User Interface prescribes for patient banners: days below four weeks, weeks below
/// a year, years and months below eighteen (months alone below two), years from then on. `None` when the birth lies ahead.
pub fn age(born: Date, today: Date, words: &Words) -> Option<String> {
    if born > today {
        return None;
    }
    let days = count(born.until(today).ok()?.get_days())?;
    let span = born.until((jiff::Unit::Year, today)).ok()?;
    let years = count(span.get_years().into())?;
    let months = count(span.get_months())?;
    Some(match (days, years) {
        (0..28, _) => words.tell("age-days", &[("days", &days)]),
        (_, 0) => words.tell("age-weeks", &[("weeks", &(days / 7))]),
        (_, 1) => words.tell("age-months", &[("months", &(12 + months))]),
        (_, 2..18) => words.tell("age-child", &[("years", &years), ("months", &months)]),
        _ => words.tell("age-years", &[("years", &years)]),
    })
}

fn count(units: i32) -> Option<usize> {
    usize::try_from(units).ok()
}

/// A typed day; `None` when it is not one, or could mean two.
pub fn parse_day(typed: &str) -> Option<Date> {
    let typed = typed.trim();
    DAYS.iter().find_map(|format| Date::strptime(format, typed).ok()).filter(|day| day.year() >= YEAR_MIN)
}

/// Why a typed moment is none yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// It cannot be read.
    Unreadable,
    /// The clocks were set back, so it came twice: the person says which one.
    Twice,
    /// The clocks were set forward, so it never was.
    Never,
    /// It has no day, and the form was shown on an earlier day: the person says which day is meant.
    WhichDay,
}

impl Unclear {
    /// The key of what to do.
    pub fn key(self) -> &'static str {
        match self {
            Unclear::Unreadable => "when-unreadable",
            Unclear::Twice => "when-twice",
            Unclear::Never => "when-never",
            Unclear::WhichDay => "when-which-day",
        }
    }
}

/// A typed moment in the laboratory's zone, as microseconds UTC: a day and a time, or a time alone for the day on which it was typed.
/// Where the clocks repeat an hour, `earlier` or `later` stands behind it.
///
/// The form was shown at the moment `shown`, and is read at `now`: one that was open over midnight, or is given back after signing in
/// again, is read on another day than that on which it was typed. A time alone then means the day on which the form was shown if no
/// later day has had this time yet.
///
/// # Errors
/// When it cannot be read, or the clocks skip it, or repeat it and nobody says which is meant, or it could be of several days.
pub fn parse_minute(typed: &str, shown: i64, now: i64, zone: &TimeZone) -> Result<i64, Unclear> {
    let typed = typed.trim();
    let (typed, which) = match typed.rsplit_once(' ') {
        Some((rest, which @ ("earlier" | "later"))) => (rest.trim(), Some(which)),
        _ => (typed, None),
    };
    let at = match (from_local(wall(typed, shown, now, zone)?, zone), which) {
        (LocalTime::Once(at), _) => at,
        (LocalTime::Twice(_, later), Some("later")) => later,
        (LocalTime::Twice(earlier, _), Some(_)) => earlier,
        (LocalTime::Twice(..), None) => return Err(Unclear::Twice),
        (LocalTime::Never, _) => return Err(Unclear::Never),
    };
    Ok(at.micros())
}

/// What the clock on the wall showed.
fn wall(typed: &str, shown: i64, now: i64, zone: &TimeZone) -> Result<DateTime, Unclear> {
    let (date, time) = match typed.rsplit_once([' ', 'T']) {
        Some((date, time)) => (Some(parse_day(date).ok_or(Unclear::Unreadable)?), time),
        None => (None, typed),
    };
    let time = Time::strptime("%H:%M", time).map_err(|_| Unclear::Unreadable)?;
    let date = date.map_or_else(|| day_of(time, shown, now, zone), Ok)?;
    Ok(DateTime::from_parts(date, time))
}

/// The day of a time that was typed without one.
fn day_of(time: Time, shown: i64, now: i64, zone: &TimeZone) -> Result<Date, Unclear> {
    let local = |at| Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()).datetime());
    let (Ok(shown), Ok(now)) = (local(shown), local(now)) else { return Err(Unclear::Unreadable) };
    if shown.date() >= now.date() {
        return Ok(now.date());
    }
    let yesterday = shown.date().tomorrow().is_ok_and(|next| next == now.date());
    if yesterday && time > now.time() { Ok(shown.date()) } else { Err(Unclear::WhichDay) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn utc(words: &str) -> i64 {
        words.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn moments_are_read_in_the_laboratory_s_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now = utc("2026-07-01T12:00:00Z");
        let today = When::at(utc("2026-07-01T08:05:59Z"), now, &zone);
        assert_eq!(today.words, "01 Jul 2026 09:05");
        assert_eq!(today.short, "09:05");
        assert_eq!(today.iso, "2026-07-01T09:05:59+01:00");
        let earlier = When::at(utc("2026-06-30T08:05:00Z"), now, &zone);
        assert_eq!(earlier.short, "30 Jun 2026 09:05");
    }

    #[test]
    fn typed_days_are_read_only_when_they_mean_one_day() {
        let march = Some(date(1971, 3, 14));
        for (typed, day) in [
            ("14 Mar 1971", march),
            (" 14 march 1971 ", march),
            ("14-Mar-1971", march),
            ("1971-03-14", march),
            ("14/03/1971", None),
            ("3/4/71", None),
            ("14.03.1971", None),
            ("14 Mar 71", None),
            ("14 March 71", None),
            ("14-Mar-71", None),
            ("71-03-14", None),
            ("14 Mar 971", None),
            ("14 Mar 0071", None),
            ("14 Mar -1971", None),
            ("14 Mar 19710", None),
            ("31 Feb 1971", None),
            ("", None),
        ] {
            assert_eq!(parse_day(typed), day, "{typed}");
        }
    }

    #[test]
    fn typed_moments_are_read_in_the_laboratory_s_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let now = utc("2026-07-01T12:00:00Z");
        for (typed, moment) in [
            ("01 Jul 2026 09:05", Ok("2026-07-01T08:05:00Z")),
            ("2026-07-01 09:05", Ok("2026-07-01T08:05:00Z")),
            ("2026-07-01T09:05", Ok("2026-07-01T08:05:00Z")),
            ("9:05", Ok("2026-07-01T08:05:00Z")),
            ("9:05 later", Ok("2026-07-01T08:05:00Z")),
            ("25:00", Err(Unclear::Unreadable)),
            ("01 Jul 26 09:05", Err(Unclear::Unreadable)),
            ("26-07-01 09:05", Err(Unclear::Unreadable)),
            ("01/07/2026 09:05", Err(Unclear::Unreadable)),
            ("later", Err(Unclear::Unreadable)),
            ("yesterday", Err(Unclear::Unreadable)),
            // The clocks repeat this hour: whoever types it is asked which one is meant.
            ("25 Oct 2026 01:30", Err(Unclear::Twice)),
            ("25 Oct 2026 01:30 earlier", Ok("2026-10-25T00:30:00Z")),
            ("25 Oct 2026 01:30 later", Ok("2026-10-25T01:30:00Z")),
            // They skip this one.
            ("29 Mar 2026 01:30", Err(Unclear::Never)),
            ("29 Mar 2026 01:30 later", Err(Unclear::Never)),
        ] {
            assert_eq!(parse_minute(typed, now, now, &zone), moment.map(utc), "{typed}");
        }
    }

    #[test]
    fn a_time_without_a_day_is_of_the_day_on_which_the_form_was_shown_or_is_asked_about() {
        let zone = TimeZone::get("Europe/London").unwrap();
        for (shown, now, typed, moment) in [
            ("2026-07-01T16:45:00Z", "2026-07-01T22:59:00Z", "17:41", Ok("2026-07-01T16:41:00Z")),
            // The day ends in the laboratory, not in UTC.
            ("2026-07-01T22:59:00Z", "2026-07-01T23:00:00Z", "17:41", Ok("2026-07-01T16:41:00Z")),
            ("2026-07-01T16:45:00Z", "2026-07-02T08:00:00Z", "17:41", Ok("2026-07-01T16:41:00Z")),
            ("2026-07-01T16:45:00Z", "2026-07-02T16:40:59Z", "17:41", Ok("2026-07-01T16:41:00Z")),
            // From then on it could be today's.
            ("2026-07-01T16:45:00Z", "2026-07-02T16:41:00Z", "17:41", Err(Unclear::WhichDay)),
            ("2026-07-01T22:50:00Z", "2026-07-01T23:10:00Z", "0:05", Err(Unclear::WhichDay)),
            ("2026-07-01T16:45:00Z", "2026-07-03T08:00:00Z", "17:41", Err(Unclear::WhichDay)),
            ("2026-07-01T16:45:00Z", "2026-07-03T18:00:00Z", "01 Jul 2026 17:41", Ok("2026-07-01T16:41:00Z")),
            ("2026-07-01T16:45:00Z", "2026-07-03T18:00:00Z", "25:00", Err(Unclear::Unreadable)),
            // The clock was set back meanwhile.
            ("2026-07-02T08:00:00Z", "2026-07-01T22:00:00Z", "17:41", Ok("2026-07-01T16:41:00Z")),
        ] {
            assert_eq!(parse_minute(typed, utc(shown), utc(now), &zone), moment.map(utc), "{typed} {shown} {now}");
        }
    }

    #[test]
    fn ages_are_told_in_the_unit_that_matters() {
        let (today, english) = (date(2026, 11, 22), Words::of("en-GB", &[crate::words::ENGLISH]));
        for (born, words) in [
            (date(2026, 11, 22), Some("0 d")),
            (date(2026, 11, 1), Some("21 d")),
            (date(2026, 10, 1), Some("7 w")),
            (date(2025, 11, 22), Some("12 m")),
            (date(2024, 12, 1), Some("23 m")),
            (date(2020, 8, 1), Some("6 y 3 m")),
            (date(1971, 3, 14), Some("55 y")),
            (date(2026, 11, 23), None),
        ] {
            assert_eq!(age(born, today, &english).as_deref(), words, "{born}");
        }
    }
}
