//! What may be asked about the catalog.

use titer_store::{PLACES, Read, TableRow};

use super::{AnswerId, IntervalId, LimitId, events::Approved, import::Import, starter::Entries, views};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, accounts::Signed, refuse, versions};

/// The most entries in one import: an event gives out 1,024 ids, and a submission changes 1,000 rows.
pub const ENTRIES_MAX: usize = 900;

/// Import entries. Intervals, limits and meanings of answers become proposals.
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
    /// Answers.
    pub answers: Vec<AnswerId>,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ApproveCatalog {
    type Answer = ();
    const ACTION: Action = Action::ApproveCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let (intervals, limits) = views::proposed(read)?;
        let intervals = chosen(&self.intervals, intervals, |i| i.id);
        let limits = chosen(&self.limits, limits, |l| l.id);
        let answers = chosen(&self.answers, views::answers_proposed(read)?, |a| a.id);
        let asked = (self.intervals.len(), self.limits.len(), self.answers.len());
        if (intervals.len(), limits.len(), answers.len()) != asked {
            return not_proposed(read, &self);
        }
        if intervals.is_empty() && limits.is_empty() && answers.is_empty() {
            return refuse("catalog-nothing-chosen");
        }
        as_imported(ctx, read, &intervals, |i| (i.id, i.id.0))?;
        as_imported(ctx, read, &limits, |l| (l.id, l.id.0))?;
        as_imported(ctx, read, &answers, |a| (a.id, a.id.0))?;
        let approved = Approved {
            intervals: intervals.iter().map(|i| i.id.0).collect(),
            limits: limits.iter().map(|l| l.id.0).collect(),
            signed_intervals: intervals.iter().map(Into::into).collect(),
            signed_limits: limits.iter().map(Into::into).collect(),
            answers: answers.iter().map(|a| a.id.0).collect(),
            signed_answers: answers.iter().map(Into::into).collect(),
            retired_answers: answers.iter().filter_map(|a| a.replaces).map(|id| id.0).collect(),
            signature: (&self.signed.signature("approved")).into(),
        };
        Ok(Decision::event(approved, ()))
    }
}

/// What was asked for and waits, in the order in which it was asked for.
fn chosen<R: Clone, I: PartialEq>(asked: &[I], waiting: Vec<R>, id: fn(&R) -> I) -> Vec<R> {
    asked.iter().filter_map(|a| waiting.iter().find(|w| id(w) == *a).cloned()).collect()
}

/// Refuses what does not wait, with who approved the first of it that is approved, and when.
fn not_proposed<T>(read: &mut dyn Read, asked: &ApproveCatalog) -> Result<T, Failure> {
    let (intervals, limits) = views::all(read)?;
    let answers = views::approved_answers(read, &asked.answers)?;
    let intervals = intervals.into_iter().filter(|i| asked.intervals.contains(&i.id)).filter_map(|i| i.approved);
    let limits = limits.into_iter().filter(|l| asked.limits.contains(&l.id)).filter_map(|l| l.approved);
    let (who, by, at) = match intervals.chain(limits).chain(answers).next() {
        Some((at, by)) => ("person", by, versions::moment(read, at)?),
        None => ("unknown", String::new(), String::new()),
    };
    Err(Refusal::new("catalog-not-proposed").with("who", who).with("by", by).with("at", at).into())
}

/// Refuses entries that do not stand as they were imported: somebody changed them behind the journal.
fn as_imported<R: TableRow + PartialEq>(
    ctx: &Ctx,
    read: &mut dyn Read,
    chosen: &[R],
    id: fn(&R) -> (R::Key, i64),
) -> Result<(), Failure> {
    let mut given = ctx.given();
    for entry in chosen {
        let (key, number) = id(entry);
        if given.row::<R>(read, key, [number / PLACES])?.as_ref() != Some(entry) {
            return refuse("catalog-not-as-journalled");
        }
    }
    Ok(())
}
