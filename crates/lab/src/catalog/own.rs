//! Entries of the catalogue after they were made: an analyte or the name of a test is corrected, and either is taken out of use.
//!
//! What a mapping names, what was ordered, what is described as a test system or calculated lies above this room. `titer_link::links::analytes` looks, and runs [`CorrectAnalyte`].

use titer_science::units;
use titer_store::Read;

use super::{
    AnalyteId, Catalog, Kind, TestId,
    alike::Names,
    answers,
    corrected::{Corrected, Renamed, Retired, Returned},
    import, views,
};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, text};

/// An analyte, as its page describes it.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// LOINC code; may be empty.
    pub loinc: String,
    /// Decimals that reports show.
    pub decimals: i64,
    /// UCUM unit; empty if it has none.
    pub unit: String,
    /// The code of its kind of result.
    pub kind: String,
    /// The key of its specimen type.
    pub specimen_type: String,
}

/// Correct an analyte. Its unit, kind of result and specimen type change only as long as nothing is bound to them.
pub struct CorrectAnalyte {
    /// Which.
    pub analyte: AnalyteId,
    /// What it is now.
    pub described: Described,
    /// Whether it was ever ordered, or a mapping, a test system or a calculation names it. Whoever runs the command has looked.
    pub used: bool,
}

impl Command for CorrectAnalyte {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let (known, described) = (&ctx.catalog, self.described);
        let before = known.analyte(self.analyte).ok_or_else(|| Refusal::new("catalog-analyte-gone"))?;
        let name = text::required(&described.name, "name")?;
        let short = text::required(&described.short, "short name")?;
        let mut names = Names::of(known.analytes().map(|a| [&*a.key, &*a.name, &*a.short]));
        names.add(&[&before.key, &name, &short])?;
        import::check_loinc(&before.key, &described.loinc)?;
        let kind = answers::kind(&described.kind).ok_or_else(|| {
            Refusal::new("catalog-result-kind").with("kind", &described.kind).with("key", &before.key)
        })?;
        let types = known.specimen_types();
        let specimen_type = types.iter().find(|t| t.key == described.specimen_type).ok_or_else(|| {
            Refusal::new("catalog-unknown").with("what", "specimen type").with("key", &described.specimen_type)
        })?;
        let unit = text::optional(&described.unit, "unit")?;
        let mut tests = Vec::new();
        let bound = (unit.as_str(), kind, specimen_type.id);
        let rebound = bound != (before.unit.as_str(), before.kind, before.specimen_type);
        if rebound {
            if self.used {
                return refuse("catalog-analyte-used");
            }
            is_judged(read, before)?;
            readable(&before.key, &unit)?;
        }
        if specimen_type.id != before.specimen_type {
            tests = alone(known, before)?;
        }
        let decimals = described.decimals.clamp(0, 9);
        let said = (&name, &short, &described.loinc, decimals);
        if !rebound && said == (&before.name, &before.short, &before.loinc, before.decimals) {
            return refuse("catalog-nothing-changed");
        }
        let corrected = Corrected {
            analyte: before.id.0,
            name,
            short,
            loinc: described.loinc,
            decimals,
            unit,
            kind: if kind == Kind::Numeric { String::new() } else { kind.code().to_owned() },
            specimen_type: specimen_type.id.0,
            tests,
        };
        Ok(Decision::event(corrected, ()))
    }
}

/// Refuses an analyte with intervals, limits or answers: they are in its unit and of its kind.
fn is_judged(read: &mut dyn Read, analyte: &views::Analyte) -> Result<(), Failure> {
    let (intervals, limits) = views::all(read)?;
    let mut analytes = intervals.iter().map(|i| i.analyte).chain(limits.iter().map(|l| l.analyte));
    let judged = analytes.any(|id| id == analyte.id);
    if judged || views::all_answers(read)?.iter().any(|a| a.analyte == analyte.id && !a.retired) {
        return Err(Refusal::new("catalog-kind-in-use").with("key", &analyte.key).into());
    }
    Ok(())
}

/// The tests of this analyte alone: they need the specimen that it is measured in. Refused if a panel names it.
fn alone(known: &Catalog, analyte: &views::Analyte) -> Result<Vec<i64>, Failure> {
    let of = known.tests().iter().filter(|t| t.analytes.contains(&analyte.id));
    let (alone, panels): (Vec<_>, Vec<_>) = of.partition(|t| t.analytes.len() == 1);
    match panels.first() {
        Some(panel) => Err(Refusal::new("catalog-analyte-in-panel").with("test", &panel.name).into()),
        None => Ok(alone.into_iter().map(|t| t.id.0).collect()),
    }
}

/// Refuses a unit that UCUM does not read: no analyzer's unit could be compared with it.
pub(super) fn readable(key: &str, unit: &str) -> Result<(), Failure> {
    if unit.is_empty() || units::validate(unit).is_ok() {
        return Ok(());
    }
    Err(Refusal::new("catalog-unit-unreadable").with("unit", unit).with("key", key).into())
}

/// Give a test another name.
pub struct RenameTest {
    /// Which.
    pub test: TestId,
    /// Its name.
    pub name: String,
}

impl Command for RenameTest {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let test = ctx.catalog.test(self.test).ok_or_else(|| Refusal::new("catalog-test-gone"))?;
        let name = text::required(&self.name, "name")?;
        if name == test.name {
            return refuse("catalog-nothing-changed");
        }
        Names::of(ctx.catalog.tests().iter().map(|t| [&*t.key, &*t.name])).add(&[&test.key, &name])?;
        Ok(Decision::event(Renamed { test: test.id.0, name }, ()))
    }
}

/// An entry that can be ordered, or is part of what can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An analyte.
    Analyte(AnalyteId),
    /// A test.
    Test(TestId),
}

impl Entry {
    fn existing(self, known: &Catalog) -> Result<i64, Failure> {
        match self {
            Entry::Analyte(id) if known.analyte(id).is_none() => refuse("catalog-analyte-gone"),
            Entry::Test(id) if known.test(id).is_none() => refuse("catalog-test-gone"),
            Entry::Analyte(AnalyteId(id)) | Entry::Test(TestId(id)) => Ok(id),
        }
    }
}

/// Take an analyte or a test out of use: it can no longer be ordered. Orders and results that there are stay. The reason is that of the
/// submission.
pub struct RetireEntry(pub Entry);

impl Command for RetireEntry {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let entry = self.0.existing(&ctx.catalog)?;
        let why = ctx.reason("catalog-use-needs-reason")?;
        if ctx.catalog.out_of_use(entry).is_some() {
            return refuse("catalog-out-of-use");
        }
        Ok(Decision::event(Retired { entry, why }, ()))
    }
}

/// Put an analyte or a test into use again. The reason is that of the submission.
pub struct ReturnEntry(pub Entry);

impl Command for ReturnEntry {
    type Answer = ();
    const ACTION: Action = Action::ProposeCatalog;

    fn decide(self, ctx: &Ctx, _: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let entry = self.0.existing(&ctx.catalog)?;
        let why = ctx.reason("catalog-use-needs-reason")?;
        if ctx.catalog.out_of_use(entry).is_none() {
            return refuse("catalog-in-use");
        }
        Ok(Decision::event(Returned { entry, why }, ()))
    }
}

#[cfg(test)]
mod tests;
