//! What may be asked about instruments.

use titer_store::{Read, Timestamp};

use super::{
    InstrumentId, InstrumentKind, NoteId, NoteKind,
    events::{Added, Changed, NoteStruck, Noted, Retired, Returned},
    views::{self, INSTRUMENTS_MAX, Instrument},
};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, entered, refuse, text, versions::Told};

/// What an instrument is.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// A code of [`InstrumentKind`].
    pub kind: String,
    /// The code by which an analyzer names this instrument among those of its link; empty if it needs none.
    pub module: String,
    /// The link of an analyzer. Whoever runs the command has checked that there is one with this number.
    pub link: Option<i64>,
}

impl Description {
    /// The description as it is kept, if it is one, and none of the others has a name that passes for its own. Whatever stays as it was
    /// `before` may be older than today's rules.
    fn checked(self, others: &[Instrument], before: Option<&Instrument>) -> Result<Self, Failure> {
        let (name, module) = (text::name(&self.name, "name")?, text::optional(&self.module, "module code")?);
        let Some(kind) = InstrumentKind::from_code(&self.kind) else {
            return Err(Refusal::new("instruments-kind-unknown").with("kind", self.kind).into());
        };
        if kind == InstrumentKind::Manual && (self.link.is_some() || !module.is_empty()) {
            return refuse("instruments-manual-linked");
        }
        let renamed = before.is_none_or(|before| before.name != name);
        if let Some(other) = others.iter().find(|other| renamed && text::passes_for(&other.name, &name)) {
            return Err(Refusal::new("instruments-name-taken").with("name", &other.name).into());
        }
        let described = Description { name, module, ..self };
        if !before.is_some_and(|before| described.stands_where(before)) {
            described.sendable()?;
        }
        Ok(described)
    }

    /// Whether link and module code are those of the instrument as it is.
    fn stands_where(&self, before: &Instrument) -> bool {
        (self.link, &self.module) == (before.link, &before.module)
    }

    /// Refuses a module code that no message can bring: without a link, or of characters that are not in every record.
    fn sendable(&self) -> Result<(), Failure> {
        if self.module.is_empty() {
            return Ok(());
        }
        if self.link.is_none() {
            return refuse("instruments-module-unlinked");
        }
        if !text::is_carried(&self.module) || !self.module.bytes().any(|b| b.is_ascii_alphanumeric()) {
            return Err(Refusal::new("instruments-module-characters").with("module", &self.module).into());
        }
        Ok(())
    }
}

/// Refuses an instrument in use that messages of its link could not tell from another one in use.
fn told_apart(others: &[Instrument], link: Option<i64>, module: &str) -> Result<(), Failure> {
    let beside = |other: &&Instrument| link.is_some() && other.link == link && other.out_of_use.is_none();
    for other in others.iter().filter(beside) {
        if module.is_empty() || other.module.is_empty() {
            return Err(Refusal::new("instruments-module-missing").with("name", &other.name).into());
        }
        if text::passes_for(&other.module, module) {
            return Err(Refusal::new("instruments-module-taken")
                .with("module", &other.module)
                .with("name", &other.name)
                .into());
        }
    }
    Ok(())
}

fn existing(read: &mut dyn Read, instrument: InstrumentId) -> Result<Instrument, Failure> {
    match views::instrument(read, instrument)? {
        Some(instrument) => Ok(instrument),
        None => refuse("instruments-unknown"),
    }
}

/// All instruments but this one.
fn others(read: &mut dyn Read, than: InstrumentId) -> Result<Vec<Instrument>, Failure> {
    let mut all = views::instruments(read)?;
    all.retain(|other| other.id != than);
    Ok(all)
}

/// Add an instrument.
pub struct AddInstrument(pub Description);

impl Command for AddInstrument {
    type Answer = InstrumentId;
    const ACTION: Action = Action::ManageInstruments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<InstrumentId>, Failure> {
        let all = views::instruments(read)?;
        let Description { name, kind, module, link } = self.0.checked(&all, None)?;
        told_apart(&all, link, &module)?;
        if all.len() as i64 >= INSTRUMENTS_MAX {
            return Err(Refusal::new("instruments-too-many").with("limit", INSTRUMENTS_MAX).into());
        }
        Ok(Decision::event(Added { name, kind, module, link }, Added::instrument(ctx.event())))
    }
}

/// Change name, kind, module code or link of an instrument.
pub struct ChangeInstrument {
    /// The instrument.
    pub instrument: InstrumentId,
    /// What it is now.
    pub description: Description,
}

impl Command for ChangeInstrument {
    type Answer = ();
    const ACTION: Action = Action::ManageInstruments;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let before = existing(read, self.instrument)?;
        let others = others(read, before.id)?;
        let described = self.description.checked(&others, Some(&before))?;
        if before.out_of_use.is_none() && !described.stands_where(&before) {
            told_apart(&others, described.link, &described.module)?;
        }
        let Description { name, kind, module, link } = described;
        if (&*name, &*kind, &*module, link) == (&*before.name, before.kind.code(), &*before.module, before.link) {
            return refuse("instruments-nothing-changed");
        }
        Ok(Decision::event(Changed { instrument: before.id.0, name, kind, module, link }, ()))
    }
}

/// Take an instrument out of use. The reason is that of the submission.
pub struct RetireInstrument {
    /// The instrument.
    pub instrument: InstrumentId,
}

impl Command for RetireInstrument {
    type Answer = ();
    const ACTION: Action = Action::ManageInstruments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let instrument = existing(read, self.instrument)?;
        let why = ctx.reason("instruments-use-needs-reason")?;
        if instrument.out_of_use.is_some() {
            return refuse("instruments-out-of-use");
        }
        Ok(Decision::event(Retired { instrument: instrument.id.0, why, judge_again: true }, ()))
    }
}

/// Put an instrument into use again. The reason is that of the submission.
pub struct ReturnInstrument {
    /// The instrument.
    pub instrument: InstrumentId,
}

impl Command for ReturnInstrument {
    type Answer = ();
    const ACTION: Action = Action::ManageInstruments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let instrument = existing(read, self.instrument)?;
        let why = ctx.reason("instruments-use-needs-reason")?;
        if instrument.out_of_use.is_none() {
            return refuse("instruments-in-use");
        }
        told_apart(&others(read, instrument.id)?, instrument.link, &instrument.module)?;
        Ok(Decision::event(Returned { instrument: instrument.id.0, why }, ()))
    }
}

/// Note something that was done to an instrument, also to one that is out of use: it is serviced and repaired then.
#[derive(Clone, Debug)]
pub struct NoteInstrument {
    /// The instrument.
    pub instrument: InstrumentId,
    /// A code of [`NoteKind`].
    pub kind: String,
    /// When it happened; none for now.
    pub at: Option<Timestamp>,
    /// The lot. A new lot has one, the others may.
    pub lot: String,
    /// What else there is to say. A note of no other kind says something.
    pub text: String,
}

impl Command for NoteInstrument {
    type Answer = NoteId;
    const ACTION: Action = Action::NoteInstruments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<NoteId>, Failure> {
        let instrument = existing(read, self.instrument)?.id.0;
        let Some(kind) = NoteKind::from_code(&self.kind) else {
            return Err(Refusal::new("instruments-note-kind-unknown").with("kind", self.kind).into());
        };
        let lot = match kind {
            NoteKind::ReagentLot => text::required(&self.lot, "lot")?,
            _ => text::optional(&self.lot, "lot")?,
        };
        let text = match kind {
            NoteKind::Other => text::required(&self.text, "note")?,
            _ => text::optional(&self.text, "note")?,
        };
        let at = self.at.unwrap_or(ctx.at);
        if at > ctx.at {
            return refuse("instruments-note-in-future");
        }
        let noted = Noted { instrument, kind: self.kind, at, lot, text, message: None };
        Ok(Decision::event(noted, Noted::note(ctx.event())))
    }
}

/// Refuses a note of something that happened long ago, unless a person has confirmed the time ([`entered::long_ago`]).
///
/// # Errors
/// Refused with `instruments-note-long-ago`.
pub fn confirmed(
    read: &mut dyn Read,
    now: Timestamp,
    happened_at: Option<Timestamp>,
    confirmed: &str,
) -> Result<(), Failure> {
    if let Some(ago) = entered::long_ago(read, now, happened_at, confirmed)? {
        return Err(Refusal::new("instruments-note-long-ago")
            .with("at", ago.at)
            .with("days", ago.days)
            .with("confirmed", ago.confirmed)
            .into());
    }
    Ok(())
}

/// Strike a mistaken note. It stays and is shown as struck. The reason is that of the submission.
pub struct StrikeNote {
    /// The note.
    pub note: NoteId,
}

impl Command for StrikeNote {
    /// The instrument of the note.
    type Answer = InstrumentId;
    const ACTION: Action = Action::NoteInstruments;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<InstrumentId>, Failure> {
        let Some(note) = views::note(read, self.note)? else { return refuse("instruments-note-unknown") };
        let why = ctx.reason("instruments-strike-needs-reason")?;
        if let Some(struck) = note.struck {
            let Told { who, by, at } = Told::of(read, struck.by, struck.at)?;
            return Err(Refusal::new("instruments-note-struck").with("who", who).with("by", by).with("at", at).into());
        }
        Ok(Decision::event(NoteStruck { note: note.id.0, why }, note.instrument))
    }
}
