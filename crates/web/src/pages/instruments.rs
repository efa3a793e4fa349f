//! Instruments: the list, one of them with its history, and the forms that change them.

use askama::Template;

use super::{Choice, Fact, Mistakes, Page, Seen};
use titer_shell::when::When;

/// Every instrument.
#[derive(Template)]
#[template(path = "instruments.html")]
pub struct Instruments {
    /// The frame.
    pub page: Page,
    /// The instruments: those in use first, by name.
    pub lines: Vec<InstrumentLine>,
    /// Whether the reader may add one.
    pub addable: bool,
}

/// One instrument of the list.
pub struct InstrumentLine {
    /// Where its page is.
    pub href: String,
    /// Its name.
    pub name: String,
    /// What it is, with the module code.
    pub kind: String,
    /// Its link, in words.
    pub link: String,
    /// When it was calibrated last; empty if nobody noted that.
    pub calibrated: When,
    /// What was noted last; empty if nothing was.
    pub noted: String,
    /// When that happened.
    pub noted_at: When,
    /// Why it is out of use; empty while it is in use.
    pub out_of_use: String,
}

/// One instrument.
#[derive(Template)]
#[template(path = "instrument.html")]
pub struct Instrument {
    /// The frame.
    pub page: Page,
    /// Its id in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Kind, module code, link, last calibration.
    pub facts: Vec<Fact>,
    /// Why it is out of use; empty while it is in use.
    pub out_of_use: String,
    /// What happened to it, the newest first.
    pub history: Vec<HistoryLine>,
    /// Where what happened earlier is; empty at the end.
    pub older: String,
    /// The form for a note; none if the reader may not note anything.
    pub noting: Option<Noting>,
    /// Whether the reader may change it.
    pub changeable: bool,
    /// Where its test systems are.
    pub systems: String,
    /// Where they may be described; empty if the reader may not.
    pub describe: String,
    /// Where they may be verified; empty if the reader may not.
    pub verify: String,
    /// The reason to take it out of use or put it into use again, as typed.
    pub reason: String,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The form for a note, as typed.
pub struct Noting {
    /// What may have been done.
    pub kinds: Vec<Choice>,
    /// The lot.
    pub lot: String,
    /// The text.
    pub text: String,
    /// When; empty for now.
    pub happened: String,
    /// The time that is to be confirmed; empty if none is.
    pub confirmed: String,
    /// The mark of the form.
    pub seen: Seen,
}

/// Something that was done to an instrument, or a change of the instrument.
pub struct HistoryLine {
    /// When it happened.
    pub at: When,
    /// What.
    pub what: String,
    /// The lot; may be empty.
    pub lot: String,
    /// What else was said; may be empty.
    pub text: String,
    /// Who noted it, and when if that was later.
    pub by: String,
    /// By whom, when and why it was struck; empty if it was not.
    pub struck: String,
    /// Where it may be struck; empty if the reader may not, or it cannot be.
    pub strike: String,
}

/// A new instrument, or another description of one.
#[derive(Template)]
#[template(path = "instrument_form.html")]
pub struct InstrumentForm {
    /// The frame.
    pub page: Page,
    /// Its id in addresses; empty if it is new.
    pub id: String,
    /// Its name, as typed.
    pub name: String,
    /// What it may be.
    pub kinds: Vec<Choice>,
    /// The links that it may be on.
    pub links: Vec<Choice>,
    /// The module code, as typed.
    pub module: String,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

impl InstrumentForm {
    /// The key of what the form does.
    pub fn title(&self) -> &'static str {
        if self.id.is_empty() { "instruments-add" } else { "instruments-change" }
    }
}

/// The question why a note is struck.
#[derive(Template)]
#[template(path = "instrument_strike.html")]
pub struct Strike {
    /// The frame.
    pub page: Page,
    /// The note, in addresses.
    pub id: String,
    /// The instrument, in addresses.
    pub instrument: String,
    /// The name of the instrument.
    pub name: String,
    /// What was noted.
    pub facts: Vec<Fact>,
    /// The reason, as typed.
    pub reason: String,
    /// What was wrong.
    pub mistakes: Mistakes,
}
