//! How finely a test system reports. A result is judged as it is reported; a control is judged unrounded.

use titer_science::{Reported, rounding::Rounding};

use super::views::System;

impl System {
    /// A number that was measured more finely than the test system reports, as it is reported: rounded once, from what was measured, a tie
    /// away from zero. None for a number that is no finer, for one that is bounded (`<0.05`), and for what is no number. None also for
    /// one outside the measuring range: rounding must not bring it inside.
    pub fn reported(&self, measured: &str, dilution: Option<&str>) -> Option<String> {
        let decimals = self.decimals.and_then(|d| u32::try_from(d).ok())?;
        match Reported::parse(measured) {
            Reported::Number(n) if n.scale() > decimals && self.measures(&Reported::Number(n), dilution) => {
                Rounding::decimals(decimals).round(n).ok().map(|rounded| rounded.to_string())
            }
            _ => None,
        }
    }
}
