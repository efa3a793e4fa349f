//! What a monthly summary of controls says: every figure computed, formatted and worded by the caller.
//!
//! Contents: what 42 CFR §493.1256 and ISO 15189:2022 §7.3.7.2 ask a laboratory to keep and to look over.

use serde::Serialize;
use titer_chart::LeveyJennings;

use crate::{Laboratory, Paper, Signature, SummaryLabels};

/// The controls of one laboratory in one month.
#[derive(Debug, Clone, Serialize)]
pub struct MonthlySummary {
    /// Language of the text, two or three letters (ISO 639).
    pub language: String,
    /// Sheet to print on.
    pub paper: Paper,
    /// The fixed words of the page.
    pub labels: SummaryLabels,
    /// A practice laboratory's: marked on every page.
    pub practice: bool,
    /// A demonstration's: marked on every page.
    pub demo: bool,
    /// Whose controls they are.
    pub laboratory: Laboratory,
    /// Such as "November 2026".
    pub month: String,
    /// When the figures were read.
    pub made_at: String,
    /// The test systems, in the order in which they print.
    pub systems: Vec<SystemSummary>,
    /// Who looked it over; without it every page is marked as a draft.
    pub signature: Option<Signature>,
}

/// One test system.
#[derive(Debug, Clone, Serialize)]
pub struct SystemSummary {
    /// Analyte and instrument.
    pub name: String,
    /// The rules in force, such as "1-3s, 2-2s, R-4s".
    pub rules: String,
    /// Each level and lot.
    pub levels: Vec<LevelSummary>,
    /// Each time a rule was broken.
    pub failures: Vec<ControlFailure>,
    /// Controls that were withdrawn.
    pub exclusions: Vec<Exclusion>,
    /// All levels over each other, or each by itself.
    #[serde(skip)]
    pub charts: Vec<LeveyJennings>,
}

/// The figures of one level of one lot. What could not be computed is a dash of the caller's.
#[derive(Debug, Clone, Serialize)]
pub struct LevelSummary {
    /// Such as "1".
    pub level: String,
    /// Number of the control lot.
    pub lot: String,
    /// Target mean and SD with the unit.
    pub target: String,
    /// Where the target comes from, such as "provisional".
    pub basis: String,
    /// How many controls count.
    pub n: String,
    /// Observed mean.
    pub mean: String,
    /// Observed SD.
    pub sd: String,
    /// Observed coefficient of variation.
    pub cv: String,
    /// Distance of the observed mean from the target.
    pub bias: String,
    /// Sigma; empty if no allowable error is given.
    pub sigma: String,
}

/// A rule that was broken, and what was done.
#[derive(Debug, Clone, Serialize)]
pub struct ControlFailure {
    /// When.
    pub at: String,
    /// The rules' codes.
    pub rules: String,
    /// Which levels.
    pub level: String,
    /// Why; empty prints that none is recorded.
    pub cause: String,
    /// What was done; empty prints that none is recorded.
    pub action: String,
    /// Who recorded the action, and when.
    pub by: String,
}

/// A control that was withdrawn.
#[derive(Debug, Clone, Serialize)]
pub struct Exclusion {
    /// When it was measured.
    pub at: String,
    /// Its level.
    pub level: String,
    /// Its value.
    pub value: String,
    /// Why it was withdrawn.
    pub cause: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who approved it.
    pub approved_by: String,
}

impl MonthlySummary {
    /// An invented laboratory's month, not signed: for trying a page.
    #[must_use]
    pub fn sample() -> Self {
        let level = |[level, lot, target, basis, n, mean, sd, cv, bias, sigma]: [&str; 10]| {
            let [level, lot, target, basis] = [level, lot, target, basis].map(str::to_owned);
            let [n, mean, sd, cv, bias, sigma] = [n, mean, sd, cv, bias, sigma].map(str::to_owned);
            LevelSummary { level, lot, target, basis, n, mean, sd, cv, bias, sigma }
        };
        let failure = |[at, rules, level, cause, action, by]: [&str; 6]| {
            let [at, rules, level, cause, action, by] = [at, rules, level, cause, action, by].map(str::to_owned);
            ControlFailure { at, rules, level, cause, action, by }
        };
        let potassium = SystemSummary {
            name: "Potassium · Chemistry 1".to_owned(),
            rules: "1-3s, 2-2s, R-4s; warning 1-2s".to_owned(),
            levels: vec![
                level([
                    "1",
                    "4711",
                    "3.00 ± 0.12 mmol/L",
                    "cumulative",
                    "86",
                    "3.02",
                    "0.11",
                    "3.6 %",
                    "+0.7 %",
                    "4.1",
                ]),
                level([
                    "2",
                    "4712",
                    "4.50 ± 0.18 mmol/L",
                    "cumulative",
                    "86",
                    "4.56",
                    "0.17",
                    "3.7 %",
                    "+1.3 %",
                    "3.9",
                ]),
                level([
                    "3",
                    "4713",
                    "6.80 ± 0.27 mmol/L",
                    "provisional",
                    "85",
                    "6.97",
                    "0.29",
                    "4.2 %",
                    "+2.5 %",
                    "3.2",
                ]),
            ],
            failures: vec![
                failure([
                    "11 Nov 2026 14:00",
                    "1-3s",
                    "1",
                    "Air bubble in the sample line",
                    "Electrode replaced, calibrated, all levels repeated",
                    "T. Marsh, 11 Nov 2026 14:52",
                ]),
                failure(["29 Nov 2026 22:06", "1-3s", "3", "", "", ""]),
            ],
            exclusions: vec![Exclusion {
                at: "17 Nov 2026 06:03".to_owned(),
                level: "2".to_owned(),
                value: "4.53 mmol/L".to_owned(),
                cause: "Vial of level 1 measured as level 2".to_owned(),
                proposed_by: "T. Marsh".to_owned(),
                approved_by: "Dr I. Solheim".to_owned(),
            }],
            charts: vec![LeveyJennings::sample()],
        };
        let glucose = SystemSummary {
            name: "Glucose · Chemistry 1".to_owned(),
            rules: "1-3s".to_owned(),
            levels: vec![level([
                "1",
                "4711",
                "5.10 ± 0.15 mmol/L",
                "assigned",
                "30",
                "5.12",
                "0.09",
                "1.8 %",
                "+0.4 %",
                "",
            ])],
            failures: vec![],
            exclusions: vec![],
            charts: vec![],
        };
        Self {
            language: "en".to_owned(),
            paper: Paper::A4,
            labels: SummaryLabels::default(),
            practice: false,
            demo: false,
            laboratory: crate::LaboratoryReport::sample().laboratory,
            month: "November 2026".to_owned(),
            made_at: "01 Dec 2026 08:10".to_owned(),
            systems: vec![potassium, glucose],
            signature: None,
        }
    }
}
