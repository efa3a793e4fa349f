//! What may be asked about the catalog.

use titer_store::Read;

use super::{IntervalId, LimitId, events::Approved, import::Import, starter::Entries, views};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, accounts::Signed, refuse};

/// The most entries in one import: an event gives out 1,024 ids, and a submission changes 1,000 rows.
pub const ENTRIES_MAX: usize = 900;

/// Import entries. Intervals and limits become proposals.
pub struct ImportCatalog(pub Entries);

impl Command for ImportCatalog {
    type Answer = usize;
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<usize>, Failure> {
        let count = self.0.count();
        if count > ENTRIES_MAX {
            return Err(Refusal::new("catalog-too-many").with("limit", ENTRIES_MAX).into());
        }
        Ok(Decision::event(Import::new(ctx, read)?.entries(self.0)?, count))
    }
}

/// Sign proposals into force.
pub struct ApproveCatalog {
    /// Reference intervals.
    pub intervals: Vec<IntervalId>,
    /// Critical limits.
    pub limits: Vec<LimitId>,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ApproveCatalog {
    type Answer = ();
    const ACTION: Action = Action::ApproveCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let (intervals, limits) = views::proposals(read)?;
        let intervals = proposed(&self.intervals, intervals.iter().map(|i| i.id))?;
        let limits = proposed(&self.limits, limits.iter().map(|l| l.id))?;
        if intervals.is_empty() && limits.is_empty() {
            return refuse("catalog-nothing-chosen");
        }
        let approved = Approved {
            intervals: intervals.iter().map(|id| id.0).collect(),
            limits: limits.iter().map(|id| id.0).collect(),
            signature: (&self.signed.signature("approved")).into(),
        };
        Ok(Decision::event(approved, ()))
    }
}

/// What was asked for, if all of it waits.
fn proposed<I: PartialEq>(asked: &[I], waiting: impl Iterator<Item = I>) -> Result<&[I], Failure> {
    let waiting: Vec<I> = waiting.collect();
    if asked.iter().all(|id| waiting.contains(id)) { Ok(asked) } else { refuse("catalog-not-proposed") }
}
