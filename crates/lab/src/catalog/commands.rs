//! What may be asked about the catalog.

use titer_store::{PLACES, Read, TableRow};

use super::{
    AnalyteId, AnswerId, IntervalId, LimitId,
    coverage::Partition,
    events::{Approved, UnitsChosen},
    import::Import,
    starter::{Answer, Entries},
    unit_systems, views,
};
use crate::{Action, Catalog, Command, Ctx, Decision, Failure, Refusal, accounts::Signed, refuse, text, versions};

/// The most entries in one import: an event gives out 1,024 ids, and a submission changes 1,000 rows.
pub const ENTRIES_MAX: usize = 900;
/// The most analytes of one test.
pub const MEMBERS_MAX: usize = 100;

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
        let imported = Import::new(ctx, read)?.entries(self.0)?;
        let count = imported.count();
        Ok(Decision::event(imported, count))
    }
}

/// Add what the catalog does not have. What it has stays as it is; an analyte that got no answers yet gets those of the file.
pub struct AddToCatalog(pub Entries);

/// What came of an addition.
#[derive(Debug, Default)]
pub struct Added {
    /// How many entries were added.
    pub count: usize,
    /// Why others were left out: the laboratory's own entries do not let them in.
    pub left_out: Vec<Refusal>,
}

impl Command for AddToCatalog {
    type Answer = Added;
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Added>, Failure> {
        unit_systems::same(ctx.catalog.units, self.0.units)?;
        let units = self.0.units.filter(|_| ctx.catalog.units.is_none());
        let (added, left_out) = Import::new(ctx, read)?.missing(self.0)?;
        let count = added.count();
        if count > ENTRIES_MAX {
            return Err(Refusal::new("catalog-too-many").with("limit", ENTRIES_MAX).into());
        }
        let chosen = units.map(|units| UnitsChosen { system: units.code().to_owned() });
        let answer = Added { count, left_out };
        Ok(match (count, chosen) {
            (0, None) => Decision::nothing(answer),
            (0, Some(chosen)) => Decision::event(chosen, answer),
            (_, None) => Decision::event(added, answer),
            (_, Some(chosen)) => Decision::event(added, answer).and(chosen),
        })
    }
}

/// Make entries of the laboratory's own: with keys that are new. A test names its analytes by key, name or short name.
pub struct MakeOwn(pub Entries);

impl Command for MakeOwn {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (mut entries, known) = (self.0, &ctx.catalog);
        bounded(entries.count())?;
        for test in &entries.test {
            if test.analytes.len() > MEMBERS_MAX {
                return Err(Refusal::new("catalog-too-many").with("limit", MEMBERS_MAX).into());
            }
        }
        let analyte = entries.analyte.iter().map(|a| &a.key).find(|key| known.analyte_by_key(key).is_some());
        let test = entries.test.iter().map(|t| &t.key).find(|key| known.tests().iter().any(|t| t.key == **key));
        if let Some(key) = analyte.or(test) {
            return Err(Refusal::new("catalog-key-taken").with("key", key).into());
        }
        for name in entries.test.iter_mut().flat_map(|test| &mut test.analytes) {
            if let Some(analyte) = named(known, name) {
                analyte.key.clone_into(name);
            }
        }
        Ok(Decision::event(Import::new(ctx, read)?.entries(entries)?, ()))
    }
}

fn bounded(count: usize) -> Result<(), Refusal> {
    if count > ENTRIES_MAX { Err(Refusal::new("catalog-too-many").with("limit", ENTRIES_MAX)) } else { Ok(()) }
}

/// The one analyte with this key, name or short name.
fn named<'a>(known: &'a Catalog, asked: &str) -> Option<&'a views::Analyte> {
    let asked = text::key(asked);
    let mut found = known.analytes().filter(|a| [&a.key, &a.name, &a.short].into_iter().any(|n| text::key(n) == asked));
    found.next().filter(|_| found.next().is_none())
}

/// Propose another list of answers of a coded analyte. Equal answers stay as they are.
pub struct ProposeAnswers {
    /// The analyte.
    pub analyte: AnalyteId,
    /// All its answers.
    pub answers: Vec<Answer>,
}

impl Command for ProposeAnswers {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let analyte = ctx.catalog.analyte(self.analyte).ok_or_else(|| Refusal::new("catalog-analyte-gone"))?;
        bounded(self.answers.len())?;
        Ok(Decision::event(Import::new(ctx, read)?.answered(analyte, self.answers)?, ()))
    }
}

/// Sign proposals into force. What is in force or proposed for the same people goes.
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
        let (all_intervals, all_limits) = views::all(read)?;
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
        let count = intervals.len() + limits.len() + answers.len();
        bounded_approval(count)?;
        as_imported(ctx, read, &intervals, |i| (i.id, i.id.0))?;
        as_imported(ctx, read, &limits, |l| (l.id, l.id.0))?;
        as_imported(ctx, read, &answers, |a| (a.id, a.id.0))?;
        let retired_intervals = replaced(ctx, &all_intervals, &self.intervals, |i| i.id)?;
        let retired_limits = replaced(ctx, &all_limits, &self.limits, |l| l.id)?;
        let retired_answers: Vec<i64> = answers.iter().filter_map(|a| a.replaces).map(|id| id.0).collect();
        bounded_approval(count + retired_intervals.len() + retired_limits.len() + retired_answers.len())?;
        let approved = Approved {
            intervals: intervals.iter().map(|i| i.id.0).collect(),
            limits: limits.iter().map(|l| l.id.0).collect(),
            signed_intervals: intervals.iter().map(Into::into).collect(),
            signed_limits: limits.iter().map(Into::into).collect(),
            answers: answers.iter().map(|a| a.id.0).collect(),
            signed_answers: answers.iter().map(Into::into).collect(),
            retired_answers,
            retired_intervals: retired_intervals.into_iter().map(|id| id.0).collect(),
            retired_limits: retired_limits.into_iter().map(|id| id.0).collect(),
            judge_again: true,
            signature: (&self.signed.signature("approved")).into(),
        };
        Ok(Decision::event(approved, ()))
    }
}

/// Refuses an approval of more entries, those that go among them, than one submission can change.
fn bounded_approval(count: usize) -> Result<(), Refusal> {
    match count > ENTRIES_MAX {
        true => Err(Refusal::new("catalog-approve-too-many").with("limit", ENTRIES_MAX)),
        false => Ok(()),
    }
}

/// The entries for the same people and the same instrument as those that are approved, which go. Two that are approved may not be for the
/// same people: neither would judge a result.
pub(super) fn replaced<E: Partition, I: PartialEq + Copy>(
    ctx: &Ctx,
    all: &[E],
    approved: &[I],
    id: fn(&E) -> I,
) -> Result<Vec<I>, Failure> {
    let (chosen, others): (Vec<&E>, Vec<&E>) = all.iter().partition(|e| approved.contains(&id(e)));
    for (at, one) in chosen.iter().enumerate() {
        if chosen[at + 1..].iter().any(|other| one.rivals(other)) {
            let analyte = ctx.catalog.analyte(one.judged().0).map_or("", |a| a.name.as_str());
            return Err(Refusal::new("catalog-overlap").with("analyte", analyte).into());
        }
    }
    let gone = others.into_iter().filter(|other| chosen.iter().any(|one| one.rivals(other)));
    Ok(gone.map(id).collect())
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
