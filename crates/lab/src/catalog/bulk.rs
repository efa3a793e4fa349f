//! Approval of many proposals at once: one entry for each group of people, nothing that warns, and no gap or overlap. Of critical limits
//! from several sources the most cautious one is chosen. Of intervals that differ none is: neither is the safer one.

use titer_science::{CriticalLimit, Interval as Range};

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
        Rivals = "rivals",
        Instrument = "instrument",
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
        // An entry for one instrument takes its results away from the entries for all.
        let (of_one, intervals): (Vec<&Interval>, Vec<&Interval>) =
            intervals.iter().partition(|i| i.instrument.is_some());
        for interval in of_one.into_iter().filter(|i| i.approved.is_none() && wanted((*i).into())) {
            leave_out(&mut bulk.left_out, interval.analyte, LeftOut::Instrument);
        }
        let intervals: Vec<_> = intervals.into_iter().map(|i| Entry::of_interval(i, wanted(i.into()))).collect();
        bulk.intervals = choose(&intervals, &mut bulk.left_out);
        let (of_one, limits): (Vec<&Limit>, Vec<&Limit>) = limits.iter().partition(|l| l.instrument.is_some());
        for limit in of_one.into_iter().filter(|l| l.approved.is_none() && wanted((*l).into())) {
            leave_out(&mut bulk.left_out, limit.analyte, LeftOut::Instrument);
        }
        let (of_groups, limits): (Vec<&Limit>, Vec<&Limit>) = limits.into_iter().partition(|l| l.of_a_group);
        for limit in of_groups.into_iter().filter(|l| l.approved.is_none() && wanted((*l).into())) {
            leave_out(&mut bulk.left_out, limit.analyte, LeftOut::Warns);
        }
        let limits: Vec<_> = limits.into_iter().map(|l| Entry::of_limit(l, wanted(l.into()))).collect();
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
        let proposed = intervals.iter().filter(|i| i.approved.is_none() && i.instrument.is_none());
        bulk.intervals = first(proposed, |i| i.rank).map(|i| i.id).collect();
        let proposed = limits.iter().filter(|l| l.approved.is_none() && l.instrument.is_none() && !l.of_a_group);
        bulk.limits = first(proposed, |l| l.rank).map(|l| l.id).collect();
        bulk.answers = answers.iter().filter(|a| !a.approved && !a.retired).map(|a| a.id).collect();
        bulk
    }
}

/// Pairs of chosen entries for the same results of the same people: of each only one can be signed.
pub fn rivals<'a, E: Partition>(entries: &'a [E], chosen: &[i64], id: impl Fn(&E) -> i64) -> Vec<(&'a E, &'a E)> {
    let chosen: Vec<&E> = entries.iter().filter(|e| chosen.contains(&id(e))).collect();
    let pairs =
        chosen.iter().enumerate().flat_map(|(at, one)| chosen[at + 1..].iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| one.rivals(other)).collect()
}

/// Entries of the first rank for each group of people.
fn first<'a, E: Partition + 'a>(
    entries: impl Iterator<Item = &'a E>,
    rank: impl Fn(&E) -> i64,
) -> impl Iterator<Item = &'a E> {
    let mut entries: Vec<&E> = entries.collect();
    entries.sort_by_key(|e| rank(e));
    let mut taken: Vec<&E> = Vec::new();
    for entry in entries {
        if !taken.iter().any(|t| t.rivals(entry)) {
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
    figures: Figures<'a>,
    rank: i64,
    warns: bool,
    in_force: bool,
    wanted: bool,
}

/// What an entry says of its people.
enum Figures<'a> {
    Interval(&'a Range),
    Limit(&'a CriticalLimit),
}

impl<'a> Entry<'a, IntervalId> {
    fn of_interval(i: &'a Interval, wanted: bool) -> Self {
        Entry {
            analyte: i.analyte,
            id: i.id,
            people: i.people(),
            figures: Figures::Interval(&i.range),
            rank: i.rank,
            warns: i.warns,
            in_force: i.approved.is_some(),
            wanted,
        }
    }
}

impl<'a> Entry<'a, LimitId> {
    fn of_limit(l: &'a Limit, wanted: bool) -> Self {
        Entry {
            analyte: l.analyte,
            id: l.id,
            people: l.people(),
            figures: Figures::Limit(&l.limit),
            rank: l.rank,
            warns: l.warns,
            in_force: l.approved.is_some(),
            wanted,
        }
    }
}

impl<I> Entry<'_, I> {
    /// Whether this entry can stand in the place of the other, for the same people or for some of them: a limit that calls critical all that
    /// the other does; an interval only if it has the same figures.
    fn is_as_safe_as(&self, other: &Self) -> bool {
        match (&self.figures, &other.figures) {
            (Figures::Limit(one), Figures::Limit(other)) => one.is_as_cautious_as(other),
            (Figures::Interval(one), Figures::Interval(other)) => (one.low, one.high) == (other.low, other.high),
            _ => false,
        }
    }
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

/// The proposals of one analyte, one for each group of people, or why none of them is chosen.
fn of_analyte<I: Copy>(entries: &[&Entry<'_, I>]) -> Result<Vec<I>, LeftOut> {
    let in_force: Vec<_> = entries.iter().filter(|e| e.in_force).map(|e| e.people).collect();
    let mut proposed: Vec<_> = entries.iter().filter(|e| e.wanted && !e.in_force).collect();
    proposed.sort_by_key(|e| e.rank);
    let mut picked: Vec<&Entry<'_, I>> = Vec::new();
    for entry in &proposed {
        match picked.iter().find(|p| p.people.overlaps(&entry.people)) {
            Some(rival) if rival.rank == entry.rank => return Err(LeftOut::Overlap),
            Some(_) => {}
            None => picked.push(entry),
        }
    }
    let picked = picked.into_iter().map(|first| safest(first, entries)).collect::<Option<Vec<_>>>();
    let picked = picked.ok_or(LeftOut::Rivals)?;
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

/// Of the proposals for the people of this one, the first that can stand in the place of all the others. Also of those that nobody asked
/// for: a choice of one source does not say that nobody need know of a more cautious limit.
fn safest<'e, 'a, I>(first: &'e Entry<'a, I>, entries: &[&'e Entry<'a, I>]) -> Option<&'e Entry<'a, I>> {
    let mut rivals: Vec<_> = entries.iter().filter(|e| !e.in_force && e.people.overlaps(&first.people)).collect();
    rivals.sort_by_key(|e| e.rank);
    let mut same_people = rivals.iter().filter(|e| e.people == first.people);
    same_people.find(|e| rivals.iter().all(|other| e.is_as_safe_as(other))).filter(|e| e.wanted).map(|e| **e)
}

fn leave_out(left_out: &mut Vec<(AnalyteId, LeftOut)>, analyte: AnalyteId, why: LeftOut) {
    if !left_out.contains(&(analyte, why)) {
        left_out.push((analyte, why));
    }
}
