//! One reference interval or critical limit, proposed on a page: for the results of all instruments or of one. Until the director signs, a
//! proposal is corrected or withdrawn, also one that was imported.

use titer_store::Read;

use super::{
    AnalyteId, Catalog, IntervalId, LimitId,
    corrected::Withdrawn,
    events::Imported,
    import::{self, Facts, Import},
    starter,
    tables::{IntervalRow, LimitRow},
    views,
};
use crate::{
    Action, Command, Ctx, Decision, Failure, Refusal,
    instruments::{self, InstrumentId},
    refuse, text,
};

/// What an interval can be.
pub const KINDS: [&str; 3] = ["reference", "decision", "therapeutic"];
/// How far a figure can be trusted; it may be left open.
pub const GRADES: [&str; 3] = ["A", "B", "C"];

/// What is proposed. Its analyte, its unit and its place among rivals are not asked for.
#[derive(Clone, Debug)]
pub enum Proposed {
    /// A reference interval.
    Interval(starter::Interval),
    /// A critical limit.
    Limit(starter::Limit),
}

/// An interval or a limit that waits for the director's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A reference interval.
    Interval(IntervalId),
    /// A critical limit.
    Limit(LimitId),
}

/// Propose an interval or a limit of an analyte.
pub struct Propose {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The instrument whose results alone it judges; none: those of all.
    pub instrument: Option<InstrumentId>,
    /// What is proposed.
    pub proposed: Proposed,
}

impl Command for Propose {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let proposed = described(&ctx.catalog, self.analyte, self.proposed)?;
        in_use(read, self.instrument)?;
        let imported = Import::new(ctx, read)?.proposed(proposed, self.instrument, None)?;
        Ok(Decision::event(something(imported)?, ()))
    }
}

/// Propose something else in the place of a proposal, which goes.
pub struct CorrectProposal {
    /// Which.
    pub waiting: Waiting,
    /// The instrument whose results alone it judges; none: those of all.
    pub instrument: Option<InstrumentId>,
    /// What is proposed now: an interval for an interval, a limit for a limit.
    pub proposed: Proposed,
}

impl Command for CorrectProposal {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let before = Before::of(read, self.waiting)?;
        let mut proposed = described(&ctx.catalog, before.analyte(), self.proposed)?;
        in_use(read, self.instrument)?;
        if !before.stays(&mut proposed) {
            return refuse("catalog-proposal-gone");
        }
        let imported = Import::new(ctx, read)?.proposed(proposed, self.instrument, Some(&before.facts()))?;
        let imported = something(imported)?;
        if before.is(&imported) {
            return refuse("catalog-nothing-changed");
        }
        Ok(Decision::event(imported, ()).and(withdrawn(self.waiting)))
    }
}

/// Withdraw a proposal. The reason is that of the submission.
pub struct WithdrawProposal(pub Waiting);

impl Command for WithdrawProposal {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        Before::of(read, self.0)?;
        ctx.reason("catalog-withdraw-needs-reason")?;
        Ok(Decision::event(withdrawn(self.0), ()))
    }
}

fn withdrawn(waiting: Waiting) -> Withdrawn {
    match waiting {
        Waiting::Interval(id) => Withdrawn { intervals: vec![id.0], limits: Vec::new() },
        Waiting::Limit(id) => Withdrawn { intervals: Vec::new(), limits: vec![id.0] },
    }
}

/// What is proposed, of this analyte and in its unit. It names a bound: an interval without one would call every value normal.
fn described(known: &Catalog, analyte: AnalyteId, proposed: Proposed) -> Result<Proposed, Failure> {
    let analyte = known.analyte(analyte).ok_or_else(|| Refusal::new("catalog-analyte-gone"))?;
    let (key, unit) = (analyte.key.clone(), analyte.unit.clone());
    let missing = |low: &str, high: &str| low.is_empty() && high.is_empty();
    let (without, kind, grade) = match &proposed {
        Proposed::Interval(i) => (missing(&i.low, &i.high), i.kind.as_str(), &i.confidence),
        Proposed::Limit(l) => (missing(&l.low, &l.high), KINDS[0], &l.confidence),
    };
    if without {
        return refuse("catalog-no-bounds");
    }
    if !KINDS.contains(&kind) {
        return Err(Refusal::new("catalog-unknown").with("what", "kind of interval").with("key", kind).into());
    }
    if !grade.is_empty() && !GRADES.contains(&grade.as_str()) {
        return Err(Refusal::new("catalog-unknown").with("what", "evidence grade").with("key", grade).into());
    }
    Ok(match proposed {
        Proposed::Interval(i) => {
            let note = text::optional(&i.note, "note")?;
            Proposed::Interval(starter::Interval { analyte: key, unit, note, ..i })
        }
        Proposed::Limit(l) => {
            let (note, population) = (text::optional(&l.note, "note")?, text::optional(&l.population, "population")?);
            let population = if population.is_empty() { "any".to_owned() } else { population };
            Proposed::Limit(starter::Limit { analyte: key, unit, note, population, ..l })
        }
    })
}

/// Refuses an instrument that nobody measures with.
fn in_use(read: &mut dyn Read, instrument: Option<InstrumentId>) -> Result<(), Failure> {
    let Some(id) = instrument else { return Ok(()) };
    match instruments::views::instrument(read, id)? {
        None => refuse("instruments-unknown"),
        Some(instrument) if instrument.out_of_use.is_some() => {
            Err(Refusal::new("catalog-instrument-out-of-use").with("name", instrument.name).into())
        }
        Some(_) => Ok(()),
    }
}

/// Refuses what stands among the proposals or in force already.
fn something(imported: Imported) -> Result<Imported, Failure> {
    if imported.count() == 0 { refuse("catalog-proposed-already") } else { Ok(imported) }
}

/// A proposal before it is corrected.
enum Before {
    Interval(IntervalRow),
    Limit(LimitRow),
}

impl Before {
    fn of(read: &mut dyn Read, waiting: Waiting) -> Result<Self, Failure> {
        let (intervals, limits) = views::proposed(read)?;
        let found = match waiting {
            Waiting::Interval(id) => intervals.into_iter().find(|i| i.id == id).map(Before::Interval),
            Waiting::Limit(id) => limits.into_iter().find(|l| l.id == id).map(Before::Limit),
        };
        found.ok_or_else(|| Refusal::new("catalog-proposal-gone").into())
    }

    fn analyte(&self) -> AnalyteId {
        match self {
            Before::Interval(row) => row.analyte,
            Before::Limit(row) => row.analyte,
        }
    }

    fn facts(&self) -> Facts {
        match self {
            Before::Interval(row) => import::of_interval(row),
            Before::Limit(row) => import::of_limit(row),
        }
    }

    /// What nobody is asked for: the place among rivals; whether the note warns, if the note is the same; what the source prints, if the
    /// figures are the same. False if one is an interval and the other a limit.
    fn stays(&self, proposed: &mut Proposed) -> bool {
        match (self, proposed) {
            (Before::Interval(row), Proposed::Interval(i)) => {
                i.rank = row.rank;
                i.warns = row.warns.filter(|_| row.note == i.note);
                let same = (&row.low, &row.high) == (&i.low, &i.high);
                i.converted = row.converted.clone().filter(|_| same);
            }
            (Before::Limit(row), Proposed::Limit(l)) => {
                l.rank = row.rank;
                l.warns = row.warns.filter(|_| row.note == l.note);
                let same = (&row.low, &row.low_op, &row.high, &row.high_op) == (&l.low, &l.low_op, &l.high, &l.high_op);
                l.converted = row.converted.clone().filter(|_| same);
            }
            _ => return false,
        }
        true
    }

    /// Whether what is proposed now says the same.
    fn is(&self, imported: &Imported) -> bool {
        match self {
            Before::Interval(row) => imported.intervals.iter().any(|i| IntervalRow { id: row.id, ..i.row() } == *row),
            Before::Limit(row) => imported.limits.iter().any(|l| LimitRow { id: row.id, ..l.row() } == *row),
        }
    }
}
