//! What a Levey–Jennings chart shows (Levey and Jennings 1950, Am J Clin Pathol 20:1059–66): controls over time by their
//! distance from the target mean, in SDs.

use crate::{ChartError, LEVELS_MAX, LINES_MAX, POINTS_MAX, RULES_MAX, TEXT_CHARS_MAX, plot};

/// One chart. Times are microseconds (UTC); the texts of times are the caller's, in the laboratory's zone.
#[derive(Debug, Clone, PartialEq)]
pub struct LeveyJennings {
    /// Names the chart in its page, where each has another.
    pub id: String,
    /// What is charted.
    pub title: String,
    /// What there is to see, in a sentence, for whoever does not see it.
    pub description: String,
    /// First moment shown.
    pub from: i64,
    /// Last moment shown.
    pub to: i64,
    /// Names of the levels, in order. Several lie over each other, by z.
    pub levels: Vec<String>,
    /// Values at −3, −2, −1, 0, +1, +2, +3 SD of the target in force, for a chart of one level.
    pub values: Option<[String; 7]>,
    /// The controls, in any order.
    pub points: Vec<Point>,
    /// Lots, calibrations, maintenance.
    pub lines: Vec<Line>,
    /// Marks on the axis of time. Texts that have no room are left out.
    pub ticks: Vec<Tick>,
    /// Points of a level are joined if they are at most so many microseconds apart; more is a gap.
    pub joined_within: i64,
    /// The words of the picture.
    pub words: Words,
}

/// One control.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Which of [`LeveyJennings::levels`], from 0.
    pub level: usize,
    /// When it was measured.
    pub at: i64,
    /// The same in words.
    pub time: String,
    /// Distance from the target mean in SDs; none if there is no target, or the control does not count.
    pub z: Option<f64>,
    /// The value with its unit.
    pub value: String,
    /// How it was judged.
    pub outcome: Outcome,
    /// Codes of the rules that it broke.
    pub rules: Vec<String>,
    /// Whether it was withdrawn: it stays in the picture, and is not joined.
    pub excluded: bool,
}

/// How a control was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No rule was broken.
    Pass,
    /// A warning rule was broken.
    Warning,
    /// A rejecting rule was broken.
    Rejected,
    /// It could not be judged.
    Unknown,
}

/// What happened at one moment, drawn across the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: i64,
    /// What kind of thing.
    pub kind: LineKind,
    /// In a few words, such as "Lot 4711".
    pub label: String,
}

/// What a line across the chart means. Each has its own dashes and its own sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// Another lot of control material or reagent: points before and after are not joined.
    Lot,
    /// A calibration.
    Calibration,
    /// Maintenance or repair.
    Maintenance,
}

/// A mark on the axis of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: i64,
    /// Such as "12 Nov".
    pub text: String,
}

/// The words that the chart prints of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// "SD"
    pub sd: String,
    /// "mean"
    pub mean: String,
    /// "warning"
    pub warning: String,
    /// "rejected"
    pub rejected: String,
    /// "not judged"
    pub unknown: String,
    /// "excluded"
    pub excluded: String,
    /// "no z"
    pub no_z: String,
    /// "no controls in this time"
    pub empty: String,
}

impl LeveyJennings {
    /// Draws the chart.
    ///
    /// # Errors
    /// Something is not finite, lies outside the range of time, or exceeds a named limit.
    pub fn svg(&self) -> Result<String, ChartError> {
        self.check()?;
        Ok(plot::svg(self))
    }

    fn check(&self) -> Result<(), ChartError> {
        named(&self.id)?;
        if self.from >= self.to {
            return Err(ChartError::Range);
        }
        if self.levels.is_empty() {
            return Err(ChartError::NoLevel);
        }
        within("levels", self.levels.len(), LEVELS_MAX)?;
        within("points", self.points.len(), POINTS_MAX)?;
        within("lines", self.lines.len(), LINES_MAX)?;
        within("marks of time", self.ticks.len(), LINES_MAX)?;
        let words = &self.words;
        let own = [&words.sd, &words.mean, &words.warning, &words.rejected, &words.unknown, &words.excluded];
        let own = own.into_iter().chain([&words.no_z, &words.empty, &self.title, &self.description]);
        own.chain(&self.levels).chain(self.values.iter().flatten()).try_for_each(|text| short(text))?;
        let outside = |at: i64| at < self.from || at > self.to;
        for (index, line) in self.lines.iter().enumerate() {
            short(&line.label)?;
            if outside(line.at) {
                return Err(ChartError::Outside { what: "line", index });
            }
        }
        for (index, tick) in self.ticks.iter().enumerate() {
            short(&tick.text)?;
            if outside(tick.at) {
                return Err(ChartError::Outside { what: "mark of time", index });
            }
        }
        for (index, point) in self.points.iter().enumerate() {
            within("broken rules of one point", point.rules.len(), RULES_MAX)?;
            [&point.time, &point.value].into_iter().chain(&point.rules).try_for_each(|text| short(text))?;
            if point.level >= self.levels.len() {
                return Err(ChartError::Level(index));
            }
            if point.z.is_some_and(|z| !z.is_finite()) {
                return Err(ChartError::NotFinite(index));
            }
            if outside(point.at) {
                return Err(ChartError::Outside { what: "point", index });
            }
        }
        Ok(())
    }
}

fn named(id: &str) -> Result<(), ChartError> {
    let letters = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let begins = id.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if letters && begins && id.len() <= 40 { Ok(()) } else { Err(ChartError::Id(id.to_owned())) }
}

fn within(what: &'static str, found: usize, max: usize) -> Result<(), ChartError> {
    if found > max { Err(ChartError::TooMany { what, found, max }) } else { Ok(()) }
}

pub(crate) fn short(text: &str) -> Result<(), ChartError> {
    let found = text.chars().count();
    if found > TEXT_CHARS_MAX { Err(ChartError::TooLong { found }) } else { Ok(()) }
}
