//! How a reported value stands against its limits. It is judged as it was reported: what the clinician reads and what is flagged
//! agree, whatever the unrounded value was.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Interval, Op, Reported, reported::compare};

/// A result against its reference interval. The codes are HL7's (v2 table 0078, v3 ObservationInterpretation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Flag {
    /// `L`: below the lower limit.
    #[serde(rename = "L")]
    Low,
    /// `N`: within the limits.
    #[serde(rename = "N")]
    Normal,
    /// `H`: above the upper limit.
    #[serde(rename = "H")]
    High,
}

impl Flag {
    /// The code: `L`, `N` or `H`.
    pub fn code(self) -> &'static str {
        match self {
            Flag::Low => "L",
            Flag::Normal => "N",
            Flag::High => "H",
        }
    }

    /// The flag with this code; `None` when there is none.
    pub fn from_code(code: &str) -> Option<Flag> {
        [Flag::Low, Flag::Normal, Flag::High].into_iter().find(|flag| flag.code() == code)
    }
}

/// Flags a value against its reference limits; a value on a limit is normal.
///
/// `None` when that cannot be said for certain: text, no limits, limits the wrong way round, or a censored value of which a part lies
/// on either side. So `<5` is normal up to 10, low from 10, and neither between 0 and 10, since nothing here knows that the
/// quantity cannot be negative: an interval that has no lower limit should state none.
pub fn flag(value: &Reported, low: Option<Decimal>, high: Option<Decimal>) -> Option<Flag> {
    if low.zip(high).is_some_and(|(low, high)| low > high) {
        return None;
    }
    let side = side(value, low.map(|low| (Op::Less, low)), high.map(|high| (Op::Greater, high)))?;
    Some(match side {
        Side::Below => Flag::Low,
        Side::Between => Flag::Normal,
        Side::Above => Flag::High,
    })
}

/// Limits at which a result must reach a clinician at once (ISO 15189:2022, 7.4.1), and the people they are for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CriticalLimit {
    /// Sex and ages; its own `low` and `high` are not used.
    pub population: Interval,
    /// Critical when the value is less than this ([`Op::Less`]), or at most this ([`Op::LessOrEqual`]).
    pub low: Option<(Op, Decimal)>,
    /// Critical when the value is more than this ([`Op::Greater`]), or at least this ([`Op::GreaterOrEqual`]).
    pub high: Option<(Op, Decimal)>,
}

impl CriticalLimit {
    /// Whether every value that the other calls critical is critical by this one too. Whom the two are for plays no part.
    pub fn is_as_cautious_as(&self, other: &CriticalLimit) -> bool {
        let low = match (self.low, other.low) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((op, low)), Some((others, other))) => {
                low > other || low == other && (op == Op::LessOrEqual || others == Op::Less)
            }
        };
        let high = match (self.high, other.high) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((op, high)), Some((others, other))) => {
                high < other || high == other && (op == Op::GreaterOrEqual || others == Op::Greater)
            }
        };
        low && high
    }
}

/// A result against its critical limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Critical {
    /// Critically low.
    Low,
    /// Critically high.
    High,
    /// Certainly neither.
    Not,
}

/// Whether a value is critical.
///
/// `None` when that cannot be said for certain, and a person must look: text, a censored value that may be critical, no limit at all, or
/// limits that contradict themselves (the wrong operator, or the lower not below the upper).
pub fn critical(value: &Reported, limit: &CriticalLimit) -> Option<Critical> {
    let low_is_sound = limit.low.is_none_or(|(op, _)| matches!(op, Op::Less | Op::LessOrEqual));
    let high_is_sound = limit.high.is_none_or(|(op, _)| matches!(op, Op::Greater | Op::GreaterOrEqual));
    let in_order = limit.low.zip(limit.high).is_none_or(|((_, low), (_, high))| compare(low, high).is_lt());
    if !(low_is_sound && high_is_sound && in_order) {
        return None;
    }
    Some(match side(value, limit.low, limit.high)? {
        Side::Below => Critical::Low,
        Side::Between => Critical::Not,
        Side::Above => Critical::High,
    })
}

/// Where a value lies.
enum Side {
    Below,
    Between,
    Above,
}

/// The side on which the value certainly is, given when it is below and when it is above. Without either limit there are no sides.
fn side(value: &Reported, low: Option<(Op, Decimal)>, high: Option<(Op, Decimal)>) -> Option<Side> {
    if low.is_none() && high.is_none() {
        return None;
    }
    let is = |limit: Option<(Op, Decimal)>| limit.map_or(Some(false), |(op, limit)| value.stands(op, limit));
    match (is(low), is(high)) {
        (Some(true), _) => Some(Side::Below),
        (_, Some(true)) => Some(Side::Above),
        (Some(false), Some(false)) => Some(Side::Between),
        _ => None,
    }
}
