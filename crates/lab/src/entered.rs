//! Times that people enter: when a specimen was collected, when an instrument was serviced. One rule holds for all of them. A time that is
//! still to come is refused. A time that lies long back is asked about, and what the person confirms is this very time.

use titer_store::{Read, Timestamp};

use crate::{Failure, sites};

/// A time that lies more days back than this is taken only after a person has confirmed it. Tubes are kept for later tests for about a
/// week, and what was done to an instrument is noted on the day or the next: an older time is rare, and a slip in the month or the year
/// lies beyond a week.
pub const UNASKED_DAYS_MAX: i64 = 7;
const DAY_SECONDS: i64 = 24 * 3_600;

/// A time that a person is asked about.
pub struct LongAgo {
    /// The time, as the laboratory's clock showed it.
    pub at: String,
    /// How many days ago that is.
    pub days: i64,
    /// What confirms the time.
    pub confirmed: String,
}

/// Whether a time lies so long back that a person has to confirm it, and has not done so: `confirmed` is what the question called by
/// this name.
///
/// # Errors
/// When the laboratory does not answer.
pub fn long_ago(
    read: &mut dyn Read,
    now: Timestamp,
    at: Option<Timestamp>,
    confirmed: &str,
) -> Result<Option<LongAgo>, Failure> {
    let Some(at) = at.filter(|at| *at < now.plus_seconds(-UNASKED_DAYS_MAX * DAY_SECONDS)) else { return Ok(None) };
    let asked = at.micros().to_string();
    if confirmed == asked {
        return Ok(None);
    }
    let said = sites::views::local(at, &sites::views::zone(read)?).strftime("%d %b %Y %H:%M").to_string();
    let days = (now.micros() - at.micros()) / 1_000_000 / DAY_SECONDS;
    Ok(Some(LongAgo { at: said, days, confirmed: asked }))
}
