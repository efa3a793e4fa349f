//! What may be seen of sites, and what a day is there.

use jiff::{
    civil,
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use titer_store::{Given, Read, StoreError, Timestamp, sql, values};

use super::tables::SiteRow;

/// The id of the first site.
pub const FIRST_SITE: i64 = 1;

sql! {
    SITE: (sites: SiteRow) = "FROM sites WHERE lab = $1 AND id = $2";
}

/// The laboratory as reports print it.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// Address lines.
    pub address: Vec<String>,
    /// CLIA or accreditation number.
    pub accreditation: String,
    /// The director's name.
    pub director: String,
    /// Its time zone.
    pub zone: TimeZone,
    /// Whether it is a demonstration.
    pub demonstration: bool,
}

/// The laboratory, once it is described.
///
/// # Errors
/// [`StoreError::Corrupt`] when its time zone is none: every time on every report would shift.
pub fn site(read: &mut dyn Read) -> Result<Option<Site>, StoreError> {
    let Some(row) = SITE.one(read, &values![FIRST_SITE])? else { return Ok(None) };
    let zone = time_zone(&row.zone)?;
    Ok(Some(Site {
        name: row.name,
        address: row.address.lines().map(str::to_owned).collect(),
        accreditation: row.accreditation,
        director: row.director,
        zone,
        demonstration: row.demonstration,
    }))
}

/// Whether the laboratory's description, which reports print, is what the event gives that the row names.
pub(crate) fn is_as_journalled(given: &mut Given<'_>, read: &mut dyn Read) -> Result<bool, StoreError> {
    let row = SITE.one(read, &values![FIRST_SITE])?;
    let described = row.as_ref().and_then(|row| row.changed);
    Ok(given.row::<SiteRow>(read, FIRST_SITE, described)? == row)
}

/// The version of the laboratory's description: the number of the event that described it last; 0 before.
pub fn version(read: &mut dyn Read) -> Result<i64, StoreError> {
    Ok(SITE.one(read, &values![FIRST_SITE])?.and_then(|row| row.changed).unwrap_or(0))
}

/// The time zone of this name, as the laboratory's description has it.
///
/// # Errors
/// [`StoreError::Corrupt`] when there is no such zone.
pub fn time_zone(name: &str) -> Result<TimeZone, StoreError> {
    TimeZone::get(name).map_err(|_| StoreError::Corrupt(format!("the laboratory's time zone {name:?} is unknown")))
}

/// Adds the read of [`site`] to what a submission will read.
pub fn plan(plan: &mut titer_store::Plan) {
    plan.reads.push((SITE.sql(), values![FIRST_SITE]));
}

/// The laboratory's time zone; UTC until it is described.
///
/// # Errors
/// As [`site`].
pub fn zone(read: &mut dyn Read) -> Result<TimeZone, StoreError> {
    Ok(site(read)?.map_or(TimeZone::UTC, |s| s.zone))
}

/// A point in time on the laboratory's wall clock.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> civil::DateTime {
    // Every stored time is within jiff's years -9999 to 9999 but for a damaged row, which then shows as 1970.
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default().to_zoned(zone.clone()).datetime()
}

/// What a time read off a wall clock means: clocks that are set forward skip an hour, and clocks that are set back show one twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// The clock showed it once.
    Once(Timestamp),
    /// The clock was set back and showed it twice: which of the two was meant, nobody can say.
    Twice(Timestamp, Timestamp),
    /// The clock was set forward and never showed it; or no calendar holds it.
    Never,
}

impl LocalTime {
    /// The moment, if there is one and no other.
    #[must_use]
    pub const fn once(self) -> Option<Timestamp> {
        match self {
            LocalTime::Once(at) => Some(at),
            LocalTime::Twice(..) | LocalTime::Never => None,
        }
    }
}

/// What a time read off the wall clock of the laboratory means.
#[must_use]
pub fn from_local(at: civil::DateTime, zone: &TimeZone) -> LocalTime {
    let ambiguous = zone.to_ambiguous_timestamp(at);
    let moment = |offset: Offset| {
        let at = offset.to_timestamp(at).ok()?;
        Some(Timestamp::from_micros(at.as_microsecond()))
    };
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => moment(offset).map_or(LocalTime::Never, LocalTime::Once),
        AmbiguousOffset::Gap { .. } => LocalTime::Never,
        AmbiguousOffset::Fold { before, after } => moment(before)
            .zip(moment(after))
            .map_or(LocalTime::Never, |(first, second)| LocalTime::Twice(first, second)),
    }
}

/// The first moment of a day in the laboratory: midnight, or the moment to which the clocks were set if they skipped it.
#[must_use]
pub fn start_of_day(day: civil::Date, zone: &TimeZone) -> Timestamp {
    // Only the first and last days of jiff's calendar have no first moment.
    day.to_zoned(zone.clone()).map(|z| Timestamp::from_micros(z.timestamp().as_microsecond())).unwrap_or_default()
}
