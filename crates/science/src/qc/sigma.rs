//! Sigma: how many SDs of a test system fit between what it does and what is allowed; and the rules that are enough for it.

use serde::{Deserialize, Serialize};

use super::{Action, Rule, RuleUse, Scope};
use crate::Unfit;
use crate::statistics::normal_cdf;

/// A limit for the error of a result, as regulations state it: percent of the value, a distance in the unit of the test, or both,
/// of which the greater applies (as in 42 CFR 493.927–941).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Arms", into = "Arms")]
pub struct Allowable(Arms);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Arms {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    percent: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absolute: Option<f64>,
}

impl TryFrom<Arms> for Allowable {
    type Error = Unfit;

    fn try_from(arms: Arms) -> Result<Allowable, Unfit> {
        Allowable::new(arms.percent, arms.absolute)
    }
}

impl From<Allowable> for Arms {
    fn from(allowable: Allowable) -> Arms {
        allowable.0
    }
}

impl Allowable {
    /// A limit in percent, in the unit of the test, or both.
    ///
    /// # Errors
    /// [`Unfit::Empty`] without either; [`Unfit::Setting`] for one that is not a finite number above zero.
    pub fn new(percent: Option<f64>, absolute: Option<f64>) -> Result<Allowable, Unfit> {
        if percent.is_none() && absolute.is_none() {
            return Err(Unfit::Empty);
        }
        let sound = |arm: Option<f64>| arm.is_none_or(|arm| arm.is_finite() && arm > 0.0);
        if !sound(percent) || !sound(absolute) {
            return Err(Unfit::Setting("the allowable error"));
        }
        Ok(Allowable(Arms { percent, absolute }))
    }

    /// The allowable error at a value, in its unit.
    ///
    /// # Errors
    /// [`Unfit::NotFinite`]; [`Unfit::NotPositive`] where only a percentage is given and the value is not above zero;
    /// [`Unfit::Range`] when the percentage of it overflows.
    pub fn at(&self, value: f64) -> Result<f64, Unfit> {
        crate::statistics::fit(&[value], 1)?;
        let by_percent = self.0.percent.map(|percent| percent / 100.0 * value).filter(|error| *error > 0.0);
        let applies = match (by_percent, self.0.absolute) {
            (Some(a), Some(b)) => a.max(b),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Err(Unfit::NotPositive { index: 0 }),
        };
        if applies.is_finite() { Ok(applies) } else { Err(Unfit::Range) }
    }
}

/// What a test system does at one concentration beside what is allowed there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Performance {
    /// TEa/SD.
    allowable: f64,
    /// bias/SD, with its sign.
    bias: f64,
}

impl Performance {
    /// From the allowable error, the bias with its sign and the SD, all three in one unit, or all three in percent.
    ///
    /// # Errors
    /// [`Unfit::NotFinite`]; [`Unfit::Setting`] unless the allowable error is above zero; [`Unfit::NoSpread`] unless the SD is;
    /// [`Unfit::Range`] when the SD is too small to divide by; [`Unfit::Setting`] for a bias that is not below the allowable error: such
    /// a test system has no quality that rules could guard.
    pub fn new(allowable: f64, bias: f64, sd: f64) -> Result<Performance, Unfit> {
        crate::statistics::fit(&[allowable, bias, sd], 3)?;
        if allowable <= 0.0 {
            return Err(Unfit::Setting("the allowable error"));
        }
        if sd <= 0.0 {
            return Err(Unfit::NoSpread);
        }
        if bias.abs() >= allowable {
            return Err(Unfit::Setting("the bias, which is not below the allowable error,"));
        }
        let (allowable, bias) = (allowable / sd, bias / sd);
        if !(allowable.is_finite() && bias.is_finite()) {
            return Err(Unfit::Range);
        }
        Ok(Performance { allowable, bias })
    }

    /// At a level: the limit that applies at its value, with bias and SD in the unit of the test.
    ///
    /// # Errors
    /// As [`Allowable::at`] and [`Performance::new`].
    pub fn at(value: f64, allowable: &Allowable, bias: f64, sd: f64) -> Result<Performance, Unfit> {
        Performance::new(allowable.at(value)?, bias, sd)
    }

    /// σ = (TEa − |bias|) / SD, above zero.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.allowable - self.bias.abs()
    }

    /// The critical systematic error in SD, ΔSE = (TEa − |bias|)/SD − 1.65: the shift at which 5 % of the results err by more than
    /// is allowed (Westgard & Barry, Cost-Effective Quality Control, 1986). Below zero when they do without one.
    #[must_use]
    pub fn critical_shift(&self) -> f64 {
        self.sigma() - 1.65
    }

    /// The share of results that err by more than is allowed when the test system is shifted by so many SDs.
    #[must_use]
    pub fn beyond(&self, shift: f64) -> f64 {
        let centre = (self.bias + shift).abs();
        normal_cdf(centre - self.allowable) + normal_cdf(-centre - self.allowable)
    }

    /// The bias in SD, with its sign.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.bias
    }
}

/// A σ short of a band by no more than this is in it: (2.3 − 0.3)/0.5 is 4.
const ROUNDING: f64 = 1e-9;

/// Rules, and over how many control results they look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Strategy {
    /// The rules; all reject.
    pub rules: Vec<RuleUse>,
    /// N: controls in an event.
    pub controls: u8,
    /// How many of them are of each level: what [`RuleSet::controls_per_level`](super::RuleSet) is to be.
    pub controls_per_level: u8,
    /// R: events over which the rules look.
    pub events: u8,
}

/// The Westgard Sigma Rules (2014) for two or three levels of control material: the strategies that are enough, any of which may be
/// chosen. The bands are σ ≥ 6, ≥ 5, ≥ 4, and ≥ 3; a σ short of one by no more than 1e-9 is in it, as rounding alone makes it so. Below 3
/// there is none: no rule is enough for a test system whose errors are so large beside what is allowed (Westgard calls 3 the least
/// that a routine process may have), and no strategy is named that would make it look as if one were.
///
/// As westgard-python 0.3.0 has them, and as a copy of the text of Westgard's page of 2014 words them. The page gives no scopes: here
/// they follow from R. With R = 1 all rules stay within the event. With more, 3-1s, 4-1s and x count across levels too, as their
/// numbers N and R imply (a run that begins amid an event reaches into one event more); 2-2s and 2of3-2s count within a level too,
/// where R events of it have enough points. R-4s never leaves the event.
///
/// # Errors
/// [`Unfit::NotFinite`] for σ; [`Unfit::Setting`] for other numbers of levels.
pub fn sigma_rules(sigma: f64, levels: u8) -> Result<Vec<Strategy>, Unfit> {
    crate::statistics::fit(&[sigma], 1)?;
    let (two, run, side) = match levels {
        2 => (Rule::TWO_2S, Rule::FOUR_1S, Rule::EIGHT_X),
        3 => (Rule::TWO_OF_3_2S, Rule::THREE_1S, Rule::SIX_X),
        _ => return Err(Unfit::Setting("the number of levels")),
    };
    let strategy = |rules: &[Rule], controls, events| {
        let controls_per_level = controls / levels;
        let points = usize::from(controls_per_level * events);
        let used =
            |rule: &Rule| RuleUse { scopes: scopes(*rule, events, points), ..RuleUse::usual(*rule, Action::Reject) };
        Strategy { rules: rules.iter().map(used).collect(), controls, controls_per_level, events }
    };
    let five = [Rule::ONE_3S, two, Rule::R_4S];
    let four = [Rule::ONE_3S, two, Rule::R_4S, run];
    let less = [Rule::ONE_3S, two, Rule::R_4S, run, side];
    Ok(match (sigma + ROUNDING, levels) {
        (6.0.., _) => vec![strategy(&five[..1], levels, 1)],
        (5.0.., _) => vec![strategy(&five, levels, 1)],
        (4.0.., 2) => vec![strategy(&four, 4, 1), strategy(&four, 2, 2)],
        (4.0.., _) => vec![strategy(&four, 3, 1)],
        (..3.0, _) => Vec::new(),
        (_, 2) => vec![strategy(&less, 4, 2), strategy(&less, 2, 4)],
        _ => {
            let nine = [Rule::ONE_3S, two, Rule::R_4S, run, Rule::NINE_X];
            vec![strategy(&less, 6, 1), strategy(&less, 3, 2), strategy(&nine, 3, 3)]
        }
    })
}

/// Where a rule of a strategy counts that looks over so many events, in which a level has so many points.
fn scopes(rule: Rule, events: u8, points: usize) -> Vec<Scope> {
    let usual = rule.usual_scopes();
    let mut scopes = vec![Scope::Event];
    if events > 1 && usual.contains(&Scope::Across) {
        scopes.push(Scope::Across);
    } else if events > 1 && usual.contains(&Scope::Level) && rule.window() <= points {
        scopes.push(Scope::Level);
    }
    scopes
}
