//! Calculations: the list, one of them with its signature, and the form that proposes one.

use askama::Template;

use super::admin::Tab;
use super::{Choice, Fact, Mistakes, Page, Seen, Status};

/// Every calculation.
#[derive(Template)]
#[template(path = "calculations.html")]
pub struct Calculations {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Proposals first, then those in force, then those that have ended.
    pub lines: Vec<CalculationLine>,
}

/// One calculation of the list.
pub struct CalculationLine {
    /// Where its page is.
    pub href: String,
    /// The analyte that is calculated.
    pub analyte: String,
    /// What is computed.
    pub expression: String,
    /// From which analytes.
    pub inputs: String,
    /// Where it stands.
    pub status: Status,
    /// Who did what for it, and when.
    pub by: String,
}

/// An input of a formula, with the analyte whose results are taken.
pub struct InputLine {
    /// The input, as the formula names it.
    pub input: String,
    /// The analyte, or that it is the patient's age or sex.
    pub analyte: String,
    /// How values of the analyte become values of the formula.
    pub unit: String,
    /// The values for which the formula holds.
    pub holds: String,
}

/// One calculation, and what may be done with it.
#[derive(Template)]
#[template(path = "calculation.html")]
pub struct Calculation {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// Its id in addresses.
    pub id: String,
    /// The analyte that is calculated.
    pub analyte: String,
    /// Where it stands.
    pub status: Status,
    /// Formula, source, unit, decimals, who proposed and who approved it.
    pub facts: Vec<Fact>,
    /// What it is calculated from.
    pub inputs: Vec<InputLine>,
    /// What ends if this is approved; empty if nothing does.
    pub replaces: String,
    /// Whether the reader may approve it now.
    pub signing: bool,
    /// Why the reader may not sign: the proposal is their own. Empty otherwise.
    pub own: String,
    /// Whether the reader may end it, or dismiss the proposal.
    pub ending: bool,
    /// The reason, as typed.
    pub reason: String,
    /// Whether the password has to be given: once for each signing session.
    pub password: bool,
    /// Where to go instead.
    pub back: String,
    /// The version that the forms show.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The form that proposes a calculation. First the formula is chosen.
#[derive(Template)]
#[template(path = "calculation_new.html")]
pub struct CalculationForm {
    /// The frame.
    pub page: Page,
    /// The pages of administration.
    pub tabs: Vec<Tab>,
    /// The formulas.
    pub formulas: Vec<Choice>,
    /// The key of the chosen one; empty until one is.
    pub formula: String,
    /// What is computed, and from where that is known.
    pub facts: Vec<Fact>,
    /// The analytes that may be calculated.
    pub analytes: Vec<Choice>,
    /// The inputs.
    pub inputs: Vec<InputField>,
    /// Decimals, as typed.
    pub decimals: String,
    /// The mark of the form.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// An input in the form.
pub struct InputField {
    /// What tells it apart in the form.
    pub id: String,
    /// The input, as the formula names it.
    pub label: String,
    /// Its unit, and the values for which the formula holds.
    pub hint: String,
    /// The analytes.
    pub analytes: Vec<Choice>,
    /// The molar mass, as typed.
    pub mass: String,
}
