//! One test of an analyzer: from what is true to what is printed.

use rand::Rng;

use super::Suspicion;
use crate::{chance::normal, physiology::Analyte};

/// One test of an analyzer, as it is set up.
#[derive(Clone, Copy, Debug)]
pub struct Channel {
    /// What it measures.
    pub analyte: Analyte,
    /// The instrument's code.
    pub code: &'static str,
    /// The instrument's unit, as it sends it.
    pub unit: &'static str,
    /// How it prints.
    print: Print,
    /// Imprecision far from zero, as a fraction.
    variation: f64,
    /// Imprecision at zero, as a standard deviation in the unit.
    noise: f64,
    /// The instrument's own range, for its own flag.
    range: (f64, f64),
    /// Beyond these it flags LL or HH.
    far: (f64, f64),
    /// What it can measure; beyond, it prints `<` or `>` and the end.
    measures: (f64, f64),
    /// What it prints is so many times what it measured in the analyte's unit.
    factor: f64,
}

/// How a test prints what it measured.
#[derive(Clone, Copy, Debug)]
enum Print {
    /// A number with so many decimals.
    Number(usize),
    /// A number rounded to a step: `origin` and so many thousandths, with decimals. A strip's pad knows no more.
    Step { origin: f64, thousandths: f64, step: f64, decimals: usize },
    /// A word for each grade, from a value on; the first is for what is below all others.
    Grades(&'static [(f64, &'static str)]),
}

/// A value as an analyzer reports it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The instrument's code of the test.
    pub code: &'static str,
    /// The value, as printed.
    pub value: String,
    /// The instrument's unit.
    pub unit: &'static str,
    /// The instrument's own flag: `N`, `L`, `H`, `LL` or `HH`; `A` for a grade that is not the first.
    pub flag: &'static str,
    /// What the instrument suspects.
    pub suspicion: Option<&'static Suspicion>,
}

impl Channel {
    /// A test that prints numbers: code, unit, decimals; variation and noise; the instrument's own range.
    pub(super) const fn number(
        analyte: Analyte,
        (code, unit, decimals): (&'static str, &'static str, usize),
        (variation, noise): (f64, f64),
        range: (f64, f64),
    ) -> Self {
        let print = Print::Number(decimals);
        Self {
            analyte,
            code,
            unit,
            print,
            variation,
            noise,
            range,
            far: (0.0, f64::INFINITY),
            measures: (0.0, f64::INFINITY),
            factor: 1.0,
        }
    }

    /// A test that prints grades.
    pub(super) const fn grades(
        analyte: Analyte,
        code: &'static str,
        variation: f64,
        grades: &'static [(f64, &'static str)],
    ) -> Self {
        let plain = Self::number(analyte, (code, "", 0), (variation, 0.0), (0.0, f64::INFINITY));
        Self { print: Print::Grades(grades), ..plain }
    }

    /// Prints `origin` and thousandths in steps; a thousandth is `thousandths` of what is measured.
    pub(super) const fn in_steps(self, origin: f64, thousandths: f64, step: f64) -> Self {
        let Print::Number(decimals) = self.print else { return self };
        Self { print: Print::Step { origin, thousandths, step, decimals }, ..self }
    }

    /// Beyond these it flags LL or HH.
    pub(super) const fn far(self, low: f64, high: f64) -> Self {
        Self { far: (low, high), ..self }
    }

    /// What it can measure.
    pub(super) const fn measuring(self, low: f64, high: f64) -> Self {
        Self { measures: (low, high), ..self }
    }

    /// Prints in another unit, which is so many times the analyte's. All ranges stay in the analyte's unit.
    pub(super) const fn in_unit(self, unit: &'static str, decimals: usize, factor: f64) -> Self {
        Self { unit, print: Print::Number(decimals), factor, ..self }
    }

    /// What the instrument sees of what is true, in the analyte's unit: with the imprecision of this test and a calibration that
    /// is off by this fraction.
    pub(super) fn see(&self, truth: f64, bias: f64, dice: &mut impl Rng) -> f64 {
        let spread = (self.variation * truth).hypot(self.noise);
        (truth * (1.0 + bias) + spread * normal(dice)).max(0.0)
    }

    /// Prints what it saw.
    pub(super) fn read(&self, seen: f64) -> Reading {
        let reading = |value, flag| Reading { code: self.code, value, unit: self.unit, flag, suspicion: None };
        match self.print {
            Print::Number(decimals) => reading(self.printed(seen, decimals), self.flag(seen)),
            Print::Step { origin, thousandths, step, decimals } => {
                let value = ((origin + thousandths * seen / 1_000.0) / step).round() * step;
                reading(format!("{value:.decimals$}"), self.flag(seen))
            }
            Print::Grades(grades) => {
                let grade = grades.iter().rposition(|(from, _)| seen >= *from).unwrap_or(0);
                reading(grades[grade].1.to_owned(), if grade == 0 { "N" } else { "A" })
            }
        }
    }

    /// What control material of a level holds, in the analyte's unit. The material is invented with the instrument: level 1
    /// stands in the middle of the instrument's own range, level 2 at 1.6 times its upper end, or where the
    /// instrument flags HH if that is lower; of grades, at the first and in the middle of them.
    #[must_use]
    pub fn target(&self, level: u8) -> f64 {
        let (low, high) = self.range;
        match (self.print, level) {
            (Print::Grades(_), 1) => 0.0,
            (Print::Grades(grades), _) => 1.2 * grades[grades.len() / 2].0,
            (_, 1) => (low + high) / 2.0,
            _ => (1.6 * high).min(self.far.1).min(0.9 * self.measures.1),
        }
    }

    fn printed(&self, value: f64, decimals: usize) -> String {
        let (low, high) = self.measures;
        let (side, value) = match value {
            _ if value < low => ("<", low),
            _ if value > high => (">", high),
            _ => ("", value),
        };
        format!("{side}{:.decimals$}", value * self.factor)
    }

    fn flag(&self, value: f64) -> &'static str {
        match value {
            _ if value < self.far.0 => "LL",
            _ if value > self.far.1 => "HH",
            _ if value < self.range.0 => "L",
            _ if value > self.range.1 => "H",
            _ => "N",
        }
    }
}
