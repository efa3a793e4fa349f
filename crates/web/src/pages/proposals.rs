//! One reference interval or critical limit, as it is proposed.

use askama::Template;

use super::admin::Tab;
use super::{Choice, Mistakes, Page, Seen};

/// An interval or a limit that is proposed, or a proposal that is corrected or withdrawn.
#[derive(Template)]
#[template(path = "catalog_proposal.html")]
pub struct ProposalForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// What is proposed, of which analyte.
    pub title: String,
    /// The unit in which the limits are.
    pub unit: String,
    /// Whether it is a critical limit.
    pub limit: bool,
    /// Where the form goes.
    pub href: String,
    /// Where the proposal is withdrawn; empty for a new one.
    pub withdraw_href: String,
    /// The page of the analyte.
    pub back: String,
    /// What is typed.
    pub typed: Typed,
    /// Kinds of interval.
    pub kinds: Vec<Choice>,
    /// For whom an interval is.
    pub sexes: Vec<Choice>,
    /// Units of the first age.
    pub low_units: Vec<Choice>,
    /// Units of the last age.
    pub high_units: Vec<Choice>,
    /// When a value is critically low.
    pub low_ops: Vec<Choice>,
    /// When a value is critically high.
    pub high_ops: Vec<Choice>,
    /// Whose results it judges.
    pub instruments: Vec<Choice>,
    /// How far the figures can be trusted.
    pub grades: Vec<Choice>,
    /// The mark of the form, or the version that it shows.
    pub seen: Seen,
    /// The version that the form for the withdrawal shows.
    pub withdraw_seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// What is typed of an interval or a limit.
pub struct Typed {
    /// A group that age does not tell; empty for everybody.
    pub population: String,
    /// From this age, a number.
    pub age_low: String,
    /// To this age, a number.
    pub age_high: String,
    /// Lower limit.
    pub low: String,
    /// Upper limit.
    pub high: String,
    /// Where the figures are from.
    pub source: String,
    /// What the director should know.
    pub note: String,
    /// Why it is withdrawn.
    pub reason: String,
}
