//! Approval of many proposals at once: one entry for each group of people, nothing that warns, and no gap or overlap.

use super::{
    AnalyteId, Answer, AnswerId, IntervalId, LimitId,
    coverage::{self, Partition, People},
    views::{Interval, Limit},
};

crate::codes! {
    /// Why the proposals of an analyte are not approved with the others, but one by one.
    #[allow(missing_docs)]
    pub enum LeftOut says "catalog-left-out" {
        Warns = "warns",
        Overlap = "overlap",
        Gap = "gap",
        Replaces = "replaces",
    }
}

/// Proposals that may be signed together, and those that are left out.
#[derive(Debug, Default)]
pub struct Bulk {
    /// Intervals.
    pub intervals: Vec<IntervalId>,
    /// Limits.
    pub limits: Vec<LimitId>,
    /// Answers.
    pub answers: Vec<AnswerId>,
    /// What is left out, and why: of each analyte and reason once.
    pub left_out: Vec<(AnalyteId, LeftOut)>,
}

impl Bulk {
    /// How many proposals may be signed together.
    pub fn count(&self) -> usize {
        self.intervals.len() + self.limits.len() + self.answers.len()
    }

    /// Chooses among proposals. What is in force is among the entries too: no proposal that replaces something is chosen.
    pub fn of(
        intervals: &[Interval],
        limits: &[Limit],
        answers: &[Answer],
        wanted: impl Fn(Wanted<'_>) -> bool,
    ) -> Self {
        let mut bulk = Bulk::default();
        let intervals: Vec<_> = intervals
            .iter()
            .map(|i| entry(i.analyte, i.id, i, i.rank, i.warns, i.approved.is_some(), wanted(i.into())))
            .collect();
        bulk.intervals = choose(&intervals, &mut bulk.left_out);
        let (of_groups, limits): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|l| l.of_a_group);
        for limit in of_groups.into_iter().filter(|l| l.approved.is_none() && wanted((*l).into())) {
            leave_out(&mut bulk.left_out, limit.analyte, LeftOut::Warns);
        }
        let limits: Vec<_> = limits
            .into_iter()
            .map(|l| entry(l.analyte, l.id, l, l.rank, l.warns, l.approved.is_some(), wanted(l.into())))
            .collect();
        bulk.limits = choose(&limits, &mut bulk.left_out);
        for answer in answers.iter().filter(|a| !a.approved && !a.retired && wanted((*a).into())) {
            if answer.replaces.is_some() {
                leave_out(&mut bulk.left_out, answer.analyte, LeftOut::Replaces);
            } else if !answer.note.is_empty() {
                leave_out(&mut bulk.left_out, answer.analyte, LeftOut::Warns);
            } else {
                bulk.answers.push(answer.id);
            }
        }
        bulk
    }

    /// The first of all proposals for each group of people, with gaps and warnings: for a demonstration, where nobody is treated.
    pub fn first(intervals: &[Interval], limits: &[Limit], answers: &[Answer]) -> Self {
        let mut bulk = Bulk::default();
        let proposed = intervals.iter().filter(|i| i.approved.is_none());
        bulk.intervals = first(proposed, |i| (i.rank, i.analyte)).map(|i| i.id).collect();
        let proposed = limits.iter().filter(|l| l.approved.is_none() && !l.of_a_group);
        bulk.limits = first(proposed, |l| (l.rank, l.analyte)).map(|l| l.id).collect();
        bulk.answers = answers.iter().filter(|a| !a.approved && !a.retired).map(|a| a.id).collect();
        bulk
    }
}

/// Pairs of chosen entries for the same people: of each only one can be signed.
pub fn rivals<'a, E: Partition>(
    entries: &'a [E],
    chosen: &[i64],
    of: impl Fn(&E) -> (i64, AnalyteId),
) -> Vec<(&'a E, &'a E)> {
    let chosen: Vec<&E> = entries.iter().filter(|e| chosen.contains(&of(e).0)).collect();
    let pairs =
        chosen.iter().enumerate().flat_map(|(at, one)| chosen[at + 1..].iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| of(one).1 == of(other).1 && one.people().overlaps(&other.people())).collect()
}

/// Entries of the first rank for each group of people.
fn first<'a, E: Partition + 'a>(
    entries: impl Iterator<Item = &'a E>,
    of: impl Fn(&E) -> (i64, AnalyteId),
) -> impl Iterator<Item = &'a E> {
    let mut entries: Vec<&E> = entries.collect();
    entries.sort_by_key(|e| of(e).0);
    let mut taken: Vec<&E> = Vec::new();
    for entry in entries {
        if !taken.iter().any(|t| of(t).1 == of(entry).1 && t.people().overlaps(&entry.people())) {
            taken.push(entry);
        }
    }
    taken.into_iter()
}

/// What a filter may look at.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The source of the entry.
    pub source: &'a str,
}

impl<'a> From<&'a Interval> for Wanted<'a> {
    fn from(i: &'a Interval) -> Self {
        Wanted { analyte: i.analyte, source: &i.source }
    }
}

impl<'a> From<&'a Limit> for Wanted<'a> {
    fn from(l: &'a Limit) -> Self {
        Wanted { analyte: l.analyte, source: &l.source }
    }
}

impl<'a> From<&'a Answer> for Wanted<'a> {
    fn from(a: &'a Answer) -> Self {
        Wanted { analyte: a.analyte, source: &a.source }
    }
}

struct Entry<'a, I> {
    analyte: AnalyteId,
    id: I,
    people: People<'a>,
    rank: i64,
    warns: bool,
    in_force: bool,
    wanted: bool,
}

fn entry<I>(
    analyte: AnalyteId,
    id: I,
    of: &impl Partition,
    rank: i64,
    warns: bool,
    in_force: bool,
    wanted: bool,
) -> Entry<'_, I> {
    Entry { analyte, id, people: of.people(), rank, warns, in_force, wanted }
}

/// The proposals to sign together: analyte by analyte.
fn choose<I: Copy>(entries: &[Entry<'_, I>], left_out: &mut Vec<(AnalyteId, LeftOut)>) -> Vec<I> {
    let mut analytes: Vec<AnalyteId> = entries.iter().filter(|e| e.wanted && !e.in_force).map(|e| e.analyte).collect();
    analytes.sort_unstable();
    analytes.dedup();
    let mut chosen = Vec::new();
    for analyte in analytes {
        let of: Vec<_> = entries.iter().filter(|e| e.analyte == analyte).collect();
        match of_analyte(&of) {
            Ok(ids) => chosen.extend(ids),
            Err(why) => leave_out(left_out, analyte, why),
        }
    }
    chosen
}

/// The proposals of one analyte, of the first rank for each group of people, or why none of them is chosen.
fn of_analyte<I: Copy>(entries: &[&Entry<'_, I>]) -> Result<Vec<I>, LeftOut> {
    let in_force: Vec<_> = entries.iter().filter(|e| e.in_force).map(|e| e.people).collect();
    let mut proposed: Vec<_> = entries.iter().filter(|e| e.wanted && !e.in_force).collect();
    proposed.sort_by_key(|e| e.rank);
    let mut picked: Vec<&Entry<'_, I>> = Vec::new();
    for entry in proposed {
        match picked.iter().find(|p| p.people.overlaps(&entry.people)) {
            Some(rival) if rival.rank == entry.rank => return Err(LeftOut::Overlap),
            Some(_) => {}
            None => picked.push(entry),
        }
    }
    // An entry for one sex goes before one for everybody that is in force.
    if picked.iter().any(|p| in_force.iter().any(|f| f.shares_people(&p.people))) {
        return Err(LeftOut::Replaces);
    }
    if picked.iter().any(|p| p.warns) {
        return Err(LeftOut::Warns);
    }
    let covered: Vec<_> = in_force.into_iter().chain(picked.iter().map(|p| p.people)).collect();
    if coverage::has_gaps(&covered) {
        return Err(LeftOut::Gap);
    }
    Ok(picked.into_iter().map(|p| p.id).collect())
}

fn leave_out(left_out: &mut Vec<(AnalyteId, LeftOut)>, analyte: AnalyteId, why: LeftOut) {
    if !left_out.contains(&(analyte, why)) {
        left_out.push((analyte, why));
    }
}
