//! The control rules, and the set of them that a laboratory signs for a test system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The most levels of control material in a test system.
pub const LEVELS_MAX: u8 = 8;

/// The most points a rule looks at.
pub(super) const WINDOW_MAX: u8 = 12;

/// Limits in SD, by their tenths: a division less for each point that is judged.
const LIMITS: [f64; 100] = {
    let mut limits = [0.0; 100];
    let mut tenths = 0;
    while tenths < limits.len() {
        limits[tenths] = tenths as f64 / 10.0;
        tenths += 1;
    }
    limits
};

fn limit_of(tenths: u8) -> f64 {
    LIMITS[usize::from(tenths)]
}

/// A control rule. It is written, read and recorded by its code:
///
/// | code | broken when | source |
/// |---|---|---|
/// | `1-2s`, `1-2.5s`, `1-3s` … | a point lies beyond so many SDs | Westgard 1981, Clin Chem 27:493–501 |
/// | `2-2s`, `3-1s`, `4-1s` … | so many consecutive points lie beyond, all on the same side | the same |
/// | `2of3-2s` … | so many out of so many consecutive points lie beyond on the same side | the same |
/// | `R-4s` | one point lies above +2 SD and another below −2 SD | the same |
/// | `R-4s-span` | two points lie more than 4 SD apart, wherever they are | the help of Bio-Rad's Unity, manuals of analyzers |
/// | `6x` … `12x` | so many consecutive points lie on one side of the mean | Westgard 1981 (`10x`) |
/// | `7T` (`6T` … `12T`) | so many consecutive points each lie above, or each below, the one before | the help of Unity |
///
/// All comparisons are strict: a point on a limit is within it, a point on the mean lies on neither side and ends a run of `x`, and
/// two equal points end a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    /// Some of the points beyond a limit in tenths of an SD.
    Limit {
        points: u8,
        of: u8,
        tenths: u8,
    },
    /// One side of the mean.
    Side(u8),
    Trend(u8),
    /// Above +2 and below −2.
    Opposite,
    /// More than 4 apart.
    Span,
}

impl Rule {
    /// `1-2s`
    pub const ONE_2S: Rule = Rule::limit(1, 1, 20);
    /// `1-3s`
    pub const ONE_3S: Rule = Rule::limit(1, 1, 30);
    /// `2-2s`
    pub const TWO_2S: Rule = Rule::limit(2, 2, 20);
    /// `2of3-2s`
    pub const TWO_OF_3_2S: Rule = Rule::limit(2, 3, 20);
    /// `3-1s`
    pub const THREE_1S: Rule = Rule::limit(3, 3, 10);
    /// `4-1s`
    pub const FOUR_1S: Rule = Rule::limit(4, 4, 10);
    /// `R-4s`: above +2 SD and below −2 SD.
    pub const R_4S: Rule = Rule(Kind::Opposite);
    /// `R-4s-span`: more than 4 SD apart. It rejects five times as many good events as `R-4s`.
    pub const R_4S_SPAN: Rule = Rule(Kind::Span);
    /// `6x`
    pub const SIX_X: Rule = Rule(Kind::Side(6));
    /// `8x`
    pub const EIGHT_X: Rule = Rule(Kind::Side(8));
    /// `9x`
    pub const NINE_X: Rule = Rule(Kind::Side(9));
    /// `10x`
    pub const TEN_X: Rule = Rule(Kind::Side(10));
    /// `12x`
    pub const TWELVE_X: Rule = Rule(Kind::Side(12));
    /// `7T`
    pub const SEVEN_T: Rule = Rule(Kind::Trend(7));

    const fn limit(points: u8, of: u8, tenths: u8) -> Rule {
        Rule(Kind::Limit { points, of, tenths })
    }

    /// How many points it looks at.
    #[must_use]
    pub fn window(self) -> usize {
        usize::from(match self.0 {
            Kind::Limit { of, .. } => of,
            Kind::Side(points) | Kind::Trend(points) => points,
            Kind::Opposite | Kind::Span => 2,
        })
    }

    /// The scopes in which it is used unless a laboratory decides otherwise.
    #[must_use]
    pub fn usual_scopes(self) -> &'static [Scope] {
        match self.0 {
            Kind::Limit { of: 1, .. } | Kind::Opposite | Kind::Span => &[Scope::Event],
            Kind::Limit { tenths: 20.., .. } => &[Scope::Event, Scope::Level],
            Kind::Limit { .. } | Kind::Side(_) => &[Scope::Level, Scope::Across],
            Kind::Trend(_) => &[Scope::Level],
        }
    }

    /// The limits, in SD, that cut the line into parts such that only the part in which a point lies matters; `None` when more does.
    pub(super) fn cuts(self) -> Option<f64> {
        match self.0 {
            Kind::Limit { tenths, .. } => Some(limit_of(tenths)),
            Kind::Side(_) => Some(0.0),
            Kind::Opposite => Some(2.0),
            Kind::Trend(_) | Kind::Span => None,
        }
    }

    /// Whether the last points of a sequence break the rule. They are finite.
    pub(super) fn is_broken(self, z: &[f64]) -> bool {
        let Some(start) = z.len().checked_sub(self.window()) else { return false };
        let z = &z[start..];
        match self.0 {
            Kind::Limit { points, of, tenths } if points == of => all_beyond(z, limit_of(tenths)),
            Kind::Limit { points, tenths, .. } => {
                let limit = limit_of(tenths);
                let (above, below) = (z.iter().filter(|z| **z > limit), z.iter().filter(|z| **z < -limit));
                above.count().max(below.count()) >= usize::from(points)
            }
            Kind::Side(_) => all_beyond(z, 0.0),
            Kind::Trend(_) => z.windows(2).all(|pair| pair[0] < pair[1]) || z.windows(2).all(|pair| pair[0] > pair[1]),
            Kind::Opposite | Kind::Span => self.ranges(z[0], z[1]),
        }
    }

    /// The points of an event that break the rule, by their places; empty when it holds. For the ranges any two points count, for
    /// the limits those that `replicates` says, for the others consecutive ones. `levels` are those of the points, in ascending order.
    pub(super) fn broken_in_event(self, z: &[f64], levels: &[u8], replicates: Replicates) -> Vec<usize> {
        if matches!(self.0, Kind::Opposite | Kind::Span) {
            let (mut low, mut high) = (0, 0);
            for place in 0..z.len() {
                low = if z[place] < z[low] { place } else { low };
                high = if z[place] > z[high] { place } else { high };
            }
            return if low != high && self.ranges(z[low], z[high]) {
                vec![low.min(high), low.max(high)]
            } else {
                vec![]
            };
        }
        match (self.0, replicates) {
            (Kind::Limit { points, of, tenths }, Replicates::Any) if z.len() >= usize::from(of) => {
                any_beyond(z, usize::from(points), limit_of(tenths))
            }
            (Kind::Limit { .. }, Replicates::Rounds) => {
                rounds(levels).flat_map(|round| self.broken_at(z, &round)).collect()
            }
            _ => self.broken_at_end(z, z.len()),
        }
    }

    /// The points at these places that break the rule, as if there were no others.
    fn broken_at(self, z: &[f64], places: &[usize]) -> Vec<usize> {
        let of_round: Vec<f64> = places.iter().map(|place| z[*place]).collect();
        self.broken_at_end(&of_round, of_round.len()).into_iter().map(|at| places[at]).collect()
    }

    /// The points of a sequence that break the rule, by their places, when it is judged after each of the last `fresh` points.
    pub(super) fn broken_at_end(self, z: &[f64], fresh: usize) -> Vec<usize> {
        let mut places = Vec::new();
        for end in z.len() - fresh + 1..=z.len() {
            if self.is_broken(&z[..end]) {
                places.extend((end - self.window()..end).filter(|place| self.counts(&z[..end], z[*place])));
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether a point is one of those that break the rule, in a window that does.
    fn counts(self, z: &[f64], point: f64) -> bool {
        let Kind::Limit { points, tenths, .. } = self.0 else { return true };
        let limit = limit_of(tenths);
        let window = &z[z.len() - self.window()..];
        let enough =
            |beyond: &dyn Fn(f64) -> bool| window.iter().filter(|z| beyond(**z)).count() >= usize::from(points);
        (point > limit && enough(&|z| z > limit)) || (point < -limit && enough(&|z| z < -limit))
    }

    fn ranges(self, a: f64, b: f64) -> bool {
        match self.0 {
            Kind::Opposite => a.min(b) < -2.0 && a.max(b) > 2.0,
            _ => (a - b).abs() > 4.0,
        }
    }
}

/// All points beyond the limit on a side on which at least so many are, by their places.
fn any_beyond(z: &[f64], points: usize, limit: f64) -> Vec<usize> {
    let beyond = |side: f64| (0..z.len()).filter(move |place| side * z[*place] > limit);
    let enough = |side: f64| beyond(side).count() >= points;
    let mut places: Vec<usize> = [1.0, -1.0].into_iter().filter(|side| enough(*side)).flat_map(beyond).collect();
    places.sort_unstable();
    places
}

/// The places of the first point of each level, then of the second, and so on.
fn rounds(levels: &[u8]) -> impl Iterator<Item = Vec<usize>> {
    let round_of = |place: &usize| levels[..*place].iter().filter(|level| **level == levels[*place]).count();
    let most = (0..levels.len()).map(|place| round_of(&place) + 1).max().unwrap_or(0);
    (0..most).map(move |round| (0..levels.len()).filter(|place| round_of(place) == round).collect())
}

/// All on the side of the last one.
fn all_beyond(z: &[f64], limit: f64) -> bool {
    match z.last() {
        Some(last) if *last > limit => z.iter().all(|z| *z > limit),
        Some(last) if *last < -limit => z.iter().all(|z| *z < -limit),
        _ => false,
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Limit { points, of, tenths } => {
                let limit = limit_of(tenths);
                if points == of { write!(f, "{points}-{limit}s") } else { write!(f, "{points}of{of}-{limit}s") }
            }
            Kind::Side(points) => write!(f, "{points}x"),
            Kind::Trend(points) => write!(f, "{points}T"),
            Kind::Opposite => f.write_str("R-4s"),
            Kind::Span => f.write_str("R-4s-span"),
        }
    }
}

/// The text is not the code of a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the code of a control rule")]
pub struct UnknownRule(String);

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(code: &str) -> Result<Rule, UnknownRule> {
        read(code).filter(|rule| rule.to_string() == code).ok_or_else(|| UnknownRule(code.to_owned()))
    }
}

/// Reads a code; other spellings of it are refused by whoever calls, so that a rule has one code.
fn read(code: &str) -> Option<Rule> {
    let run = |text: &str| text.parse().ok().filter(|points| (6..=WINDOW_MAX).contains(points));
    match code {
        "R-4s" => return Some(Rule::R_4S),
        "R-4s-span" => return Some(Rule::R_4S_SPAN),
        _ => (),
    }
    if let Some(points) = code.strip_suffix('x') {
        return Some(Rule(Kind::Side(run(points)?)));
    }
    if let Some(points) = code.strip_suffix('T') {
        return Some(Rule(Kind::Trend(run(points)?)));
    }
    let (count, limit) = code.strip_suffix('s')?.split_once('-')?;
    let (points, of) = count.split_once("of").unwrap_or((count, count));
    let (points, of): (u8, u8) = (points.parse().ok()?, of.parse().ok()?);
    let (whole, tenth) = limit.split_once('.').unwrap_or((limit, "0"));
    let (whole, tenth): (u8, u8) = (whole.parse().ok()?, tenth.parse().ok()?);
    let sound = (1..=of).contains(&points) && of <= WINDOW_MAX && whole < 10 && tenth < 10 && whole + tenth > 0;
    sound.then(|| Rule::limit(points, of, whole * 10 + tenth))
}

impl TryFrom<String> for Rule {
    type Error = UnknownRule;

    fn try_from(code: String) -> Result<Rule, UnknownRule> {
        code.parse()
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        rule.to_string()
    }
}

/// Which points a rule takes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The controls of the one event, in the order of their levels.
    #[serde(rename = "within-event")]
    Event,
    /// The points of one level, from event to event.
    #[serde(rename = "within-level")]
    Level,
    /// All points: events in time, and in an event the levels in their order.
    #[serde(rename = "across-levels")]
    Across,
}

/// What follows from a broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Look at it; the event stands.
    Warn,
    /// The event is rejected.
    Reject,
}

/// A rule as a laboratory uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleUse {
    /// The rule.
    pub rule: Rule,
    /// What follows when it is broken.
    pub action: Action,
    /// Where it is applied, at least one scope.
    pub scopes: Vec<Scope>,
    /// How the rule counts within an event that has several controls of a level.
    #[serde(default, skip_serializing_if = "Replicates::is_consecutive")]
    pub replicates: Replicates,
}

/// How a rule that counts points beyond a limit takes the points of one event, if the event has several controls of a level. Three levels,
/// each measured twice, give the points 1 1 2 2 3 3: three consecutive ones never hold level 1 and level 3. The sources that were read
/// define the rules for one control of each level, so the laboratory chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replicates {
    /// Consecutive points in the order of their levels: 1 1 2 2 3 3.
    #[default]
    Consecutive,
    /// Consecutive points within each round: the first control of each level, then the second of each.
    Rounds,
    /// Any points of the event. It rejects most.
    Any,
}

impl Replicates {
    fn is_consecutive(&self) -> bool {
        *self == Replicates::Consecutive
    }
}

impl RuleUse {
    /// The rule in its usual scopes.
    #[must_use]
    pub fn usual(rule: Rule, action: Action) -> RuleUse {
        RuleUse { rule, action, scopes: rule.usual_scopes().to_vec(), replicates: Replicates::Consecutive }
    }

    /// Whether it looks at more than one event.
    pub(super) fn looks_back(&self) -> bool {
        self.rule.window() > 1 && self.scopes.iter().any(|scope| *scope != Scope::Event)
    }
}

/// What makes the judge forget the points so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Resets {
    /// A new lot of control material: its level's points, and those across levels.
    pub lot_change: bool,
    /// A recalibration: all points.
    pub recalibration: bool,
    /// A corrective action that was closed: all points.
    pub closed_action: bool,
}

/// The rules of a test system, as they are signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleSet {
    /// Its name.
    pub name: String,
    /// Its version, to be kept with each verdict.
    pub version: u32,
    /// How many levels of control material there are.
    pub levels: u8,
    /// How many controls of each level an event needs; 0: it may be without any. An event with fewer is incomplete.
    pub controls_per_level: u8,
    /// What ends the look-back.
    pub resets: Resets,
    /// The rules, all of which are applied to each event.
    pub rules: Vec<RuleUse>,
}

/// Why a rule set cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// There must be from 1 to [`LEVELS_MAX`] levels.
    #[error("{0} levels; from 1 to {LEVELS_MAX} are possible")]
    Levels(u8),
    /// Each event needs more controls than [`CONTROLS_MAX`](super::CONTROLS_MAX).
    #[error("{0} controls of each level are more than an event can have")]
    Controls(u8),
    /// Nothing in it rejects.
    #[error("no rule rejects")]
    NothingRejects,
    /// A rule without scope, or with the same one twice.
    #[error("rule {0} needs scopes, each once")]
    Scopes(Rule),
    /// A rule that is there twice in one scope.
    #[error("rule {0} is there twice in one scope")]
    Twice(Rule),
}

impl RuleSet {
    /// Whether it can be used.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), RuleSetError> {
        if !(1..=LEVELS_MAX).contains(&self.levels) {
            return Err(RuleSetError::Levels(self.levels));
        }
        if usize::from(self.controls_per_level) * usize::from(self.levels) > super::CONTROLS_MAX {
            return Err(RuleSetError::Controls(self.controls_per_level));
        }
        if self.rules.iter().all(|used| used.action == Action::Warn) {
            return Err(RuleSetError::NothingRejects);
        }
        for (place, used) in self.rules.iter().enumerate() {
            let scopes = &used.scopes;
            if scopes.is_empty() || (1..scopes.len()).any(|at| scopes[..at].contains(&scopes[at])) {
                return Err(RuleSetError::Scopes(used.rule));
            }
            let same = |before: &RuleUse| before.rule == used.rule && before.scopes.iter().any(|s| scopes.contains(s));
            if self.rules[..place].iter().any(same) {
                return Err(RuleSetError::Twice(used.rule));
            }
        }
        Ok(())
    }
}
