//! What a signature of intervals, limits and answers changes: what goes, and who is covered afterwards.

use titer_lab::Failure;
use titer_lab::catalog::Answer;
use titer_lab::catalog::coverage::{self, Judged, Partition, People};
use titer_lab::catalog::views::{self as catalog, Interval, Limit};
use titer_store::Read;

use super::lines::Write;
use crate::pages::catalog::{Covered, LimitLine};

/// Everything that could be signed or replaced.
pub struct Entries {
    pub intervals: Vec<Interval>,
    pub limits: Vec<Limit>,
    pub answers: Vec<Answer>,
}

impl Entries {
    pub fn read(s: &mut dyn Read) -> Result<Self, Failure> {
        let (intervals, limits) = catalog::all(s)?;
        Ok(Entries { intervals, limits, answers: catalog::all_answers(s)? })
    }

    /// What is signed, each with what it changes.
    pub fn lines(&self, write: &Write<'_>, marked: &[i64]) -> Vec<LimitLine> {
        let mut lines = Vec::new();
        for i in self.intervals.iter().filter(|i| marked.contains(&i.id.0) && i.approved.is_none()) {
            let goes = self.intervals.iter().filter(|o| o.id != i.id && o.rivals(i));
            let goes = goes.map(|o| (o.approved.is_some(), write.interval(o)));
            lines.push(LimitLine { changes: changes(write, goes), ..write.interval(i) });
        }
        for l in self.limits.iter().filter(|l| marked.contains(&l.id.0) && l.approved.is_none()) {
            let goes = self.limits.iter().filter(|o| o.id != l.id && o.rivals(l));
            let goes = goes.map(|o| (o.approved.is_some(), write.limit(o)));
            lines.push(LimitLine { changes: changes(write, goes), ..write.limit(l) });
        }
        for a in self.answers.iter().filter(|a| marked.contains(&a.id.0) && !a.approved && !a.retired) {
            let goes = self.answers.iter().filter(|o| Some(o.id) == a.replaces).map(|o| (true, write.answer(o)));
            lines.push(LimitLine { changes: changes(write, goes), ..write.answer(a) });
        }
        lines
    }

    /// Who is covered when these are in force with what stays, for each analyte and instrument whose intervals or limits are among them.
    pub fn covered(&self, write: &Write<'_>, marked: &[i64]) -> Vec<Covered> {
        let intervals =
            of_each(&self.intervals, marked, write, "catalog-reference", |i| (i.id.0, i.approved.is_some()));
        let limits = of_each(&self.limits, marked, write, "catalog-critical", |l| (l.id.0, l.approved.is_some()));
        let mut covered: Vec<Covered> = intervals.into_iter().chain(limits).collect();
        covered.sort_by(|a, b| a.analyte.cmp(&b.analyte));
        covered
    }
}

fn of_each<E: Partition>(
    all: &[E],
    marked: &[i64],
    write: &Write<'_>,
    kind: &str,
    of: fn(&E) -> (i64, bool),
) -> Vec<Covered> {
    let signed: Vec<&E> = all.iter().filter(|e| marked.contains(&of(e).0)).collect();
    let mut judged: Vec<Judged> = signed.iter().map(|e| e.judged()).collect();
    judged.sort_unstable();
    judged.dedup();
    // Those who are covered for these results afterwards.
    let people = |judged: Judged| -> Vec<People<'_>> {
        let new: Vec<&&E> = signed.iter().filter(|e| e.judged() == judged).collect();
        let stays = all.iter().filter(|e| e.judged() == judged && of(e).1);
        let stays = stays.filter(|old| !new.iter().any(|n| n.rivals(old)));
        stays.map(Partition::people).chain(new.iter().map(|e| e.people())).collect()
    };
    let of_one = |(analyte, instrument): Judged| {
        let covered = people((analyte, instrument));
        let name = instrument.map(|id| write.instrument(id));
        // The entries of one instrument stand in the place of those of all, also for people whom only those of all cover.
        let less = name.as_ref().filter(|_| !coverage::covers(&covered, &people((analyte, None))));
        Covered {
            analyte: write.analyte(analyte),
            kind: write.frame.t(kind),
            less: less.map(|name| write.frame.tell("catalog-own-less", &[("name", name)])).unwrap_or_default(),
            instrument: name.unwrap_or_default(),
            people: coverage::spans(&covered).iter().map(|span| write.span(span)).collect(),
            gaps: coverage::has_gaps(&covered),
        }
    };
    judged.into_iter().map(of_one).collect()
}

/// What goes when an entry is signed: in words.
fn changes(write: &Write<'_>, goes: impl Iterator<Item = (bool, LimitLine)>) -> Vec<String> {
    let said = goes.map(|(in_force, line)| {
        let key = if in_force { "catalog-replaces" } else { "catalog-rival" };
        write.frame.tell(key, &[("limits", &line.limits), ("population", &line.population), ("source", &line.source)])
    });
    said.collect()
}
