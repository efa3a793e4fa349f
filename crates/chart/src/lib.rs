//! Charts: data in, SVG out. The same picture stands on a page and in a printed document.
//!
//! The caller chooses and translates every word, and formats every value and time. A picture never tells by colour alone:
//! levels differ by shape, outcomes by a mark. It brings no style: everything is drawn in `currentColor` by attributes, so that
//! paper needs no more, and a page gives colours to the classes (`lj`, `l1`–`l8`, `warning`, `rejected`, `unknown`, `excluded`).
//! Behind each picture the caller shows a table of the same points.
//!
//! Absent on purpose: a clock, a calendar, a database, words of its own.

mod levey_jennings;
mod pen;
mod plot;
mod sample;
mod small;

#[cfg(test)]
mod tests;

pub use levey_jennings::{LeveyJennings, Line, LineKind, Outcome, Point, Tick, Words};
pub use small::{sparkline, z_line};

/// Levels of one chart: each has a shape of its own.
pub const LEVELS_MAX: usize = 8;
/// Points of one chart.
pub const POINTS_MAX: usize = 4_000;
/// Lines of one chart, and marks on its axis of time.
pub const LINES_MAX: usize = 400;
/// Characters of any one text.
pub const TEXT_CHARS_MAX: usize = 200;
/// Broken rules of one point.
pub const RULES_MAX: usize = 40;

/// Why a chart could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// A distance from the mean is infinite or no number.
    #[error("z of point {0} is not a finite number; give none if there is no z")]
    NotFinite(usize),
    /// The range of time ends before it begins, or has no length.
    #[error("the range of time has no length")]
    Range,
    /// Something lies outside the range of time: it would be missing from the picture unseen.
    #[error("{what} {index} lies outside the range of time; choose a range that holds it, or leave it out")]
    Outside {
        /// A point, a line or a mark.
        what: &'static str,
        /// Which one, from 0.
        index: usize,
    },
    /// A point is of a level that the chart does not list.
    #[error("point {0} is of a level that the chart does not list")]
    Level(usize),
    /// There are no levels.
    #[error("the chart lists no level")]
    NoLevel,
    /// A list is longer than its limit.
    #[error("too many {what}: {found}, and one chart holds {max}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// A text is longer than its limit.
    #[error("a text has {found} characters, and its place holds {max}", max = TEXT_CHARS_MAX)]
    TooLong {
        /// Its length in characters.
        found: usize,
    },
    /// The name of the chart in the page is not one.
    #[error("{0:?} cannot name a chart in its page: use small letters, digits and hyphens, and begin with a letter")]
    Id(String),
}
