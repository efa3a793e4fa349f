//! What is to be said: the answer to a query, and the difference between what an analyzer was told and the work that is open.

use std::collections::{HashMap, HashSet};

use titer_lab::{
    Failure,
    catalog::AnalyteId,
    orders::Priority,
    patients::views::Patient,
    specimens::{SpecimenId, State, commands::barcode, views as specimens},
    stories,
    work::views::{self as work, Work},
};
use titer_store::{Read, StoreError};

use super::{
    events::Nothing,
    views::{self, Cursor},
};
use crate::{
    Dialect,
    dialect::{Doing, Named, Order, Ordered, Query, When},
    links::{
        LinkId, MappingState,
        views::{self as links, Link, Mapping},
    },
};

/// The most specimens in one answer, and of one query that names them.
pub const ANSWERED_MAX: usize = 200;
/// Entries of stories looked at at once.
const ENTERED_MAX: i64 = 200;
/// Pages of open work that one query for all, or for a range, is answered from.
const PAGES_MAX: usize = 20;
/// Kinds of events after which a specimen's open work may be another: those of these rooms.
const ROOMS: &[&str] = &["orders.", "specimens.", "results."];

/// How a link's analyzer is spoken to: its dialect, and its code of each analyte.
#[derive(Clone)]
pub struct Terms {
    link: LinkId,
    version: i64,
    order: Order,
    codes: HashMap<AnalyteId, Coded>,
}

/// An analyte as an analyzer knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's code of the kind of specimen; empty when it has none, or is not told.
    pub specimen_type: String,
}

impl Terms {
    /// Those of a link; none when its dialect takes no orders.
    #[must_use]
    pub fn new(link: &Link, dialect: &Dialect, mappings: &[Mapping]) -> Option<Self> {
        let order = dialect.order.clone()?;
        let mut codes: HashMap<AnalyteId, Vec<Coded>> = HashMap::new();
        let stands = |m: &&Mapping| [MappingState::Approved, MappingState::Confirmed].contains(&m.state);
        for mapping in mappings.iter().filter(stands) {
            let Some(code) = order.sent(&mapping.code).map(str::to_owned) else { continue };
            // A device that is not told the kind gets one order of a tube, not one for each kind.
            let specimen_type = order.specimen_type.map(|_| mapping.specimen.clone()).unwrap_or_default();
            let coded = Coded { analyte: mapping.analyte, code, specimen_type };
            let known = codes.entry(mapping.analyte).or_default();
            if !known.contains(&coded) {
                known.push(coded);
            }
        }
        // Of two codes for one analyte none is chosen.
        let codes = codes.into_iter().filter_map(|(analyte, mut known)| {
            let one = known.pop()?;
            known.is_empty().then_some((analyte, one))
        });
        Some(Terms { link: link.id, version: link.version, order, codes: codes.collect() })
    }

    /// Whether the analyzer is told unasked.
    #[must_use]
    pub fn unasked(&self) -> bool {
        self.order.when == When::Received
    }

    fn coded(&self, work: &Work) -> Vec<Coded> {
        work.open.iter().filter_map(|(_, analyte)| self.codes.get(analyte).cloned()).collect()
    }
}

/// The terms of a link, as the laboratory has them now; none when it takes no orders.
///
/// # Errors
/// Refused when this build does not know its dialect; or the database failed.
pub fn terms(read: &mut dyn Read, link: &Link) -> Result<Option<Terms>, Failure> {
    let dialect = Dialect::named(&link.dialect)?;
    Ok(Terms::new(link, &dialect, &links::mappings(read, link.id)?))
}

/// What is to be said of one specimen.
#[derive(Clone, Debug)]
pub struct Say {
    /// The specimen.
    pub specimen: SpecimenId,
    /// The barcode on its tube.
    pub barcode: String,
    /// What is to be done.
    pub doing: Doing,
    /// How urgently.
    pub priority: Priority,
    /// With which tests.
    pub tests: Vec<Coded>,
    /// Whose it is.
    pub patient: Patient,
}

impl Say {
    fn new(specimen: specimens::Specimen, doing: Doing, priority: Priority, tests: Vec<Coded>) -> Self {
        let (id, barcode) = (specimen.id, specimen.barcode);
        Say { specimen: id, barcode, doing, priority, tests, patient: specimen.patient }
    }

    /// In the analyzer's terms: once for each kind of specimen that its codes are for.
    #[must_use]
    pub fn ordered(&self) -> Vec<Ordered> {
        let mut all: Vec<Ordered> = Vec::new();
        for test in &self.tests {
            if let Some(same) = all.iter_mut().find(|o| o.specimen_type == test.specimen_type) {
                // Two analytes may come with one code, in different units.
                if !same.codes.contains(&test.code) {
                    same.codes.push(test.code.clone());
                }
                continue;
            }
            all.push(Ordered {
                barcode: self.barcode.clone(),
                doing: self.doing,
                // The standard knows two; sooner does no harm.
                urgent: self.priority != Priority::Routine,
                codes: vec![test.code.clone()],
                specimen_type: test.specimen_type.clone(),
                patient: Some(named(&self.patient)),
                question: None,
            });
        }
        all
    }
}

fn named(patient: &Patient) -> Named {
    Named {
        identifier: patient.identifier.clone(),
        family: patient.family.clone(),
        given: patient.given.clone(),
        birth_date: patient.birth_date,
        sex: match patient.sex.code() {
            "female" => "F",
            "male" => "M",
            _ => "U",
        },
    }
}

/// What an analyzer is still to be told of a specimen: to take back what is not wanted any more, or else to measure what is new.
///
/// # Errors
/// What the database says.
pub fn due(read: &mut dyn Read, terms: &Terms, id: SpecimenId) -> Result<Option<Say>, StoreError> {
    let (_, standing) = views::standing(read, terms.link, id)?;
    let work = work::of_specimen(read, id)?;
    if standing.is_empty() && work.is_none() {
        return Ok(None);
    }
    let Some(specimen) = specimens::specimen(read, id)? else { return Ok(None) };
    let priority = work.as_ref().map_or(Priority::Routine, |w| w.priority);
    let open = work.as_ref().map(|w| terms.coded(w)).unwrap_or_default();
    let (cancels, adds) = terms.order.action.as_ref().map_or((false, false), |a| (a.cancel.is_some(), a.add.is_some()));
    let gone: Vec<Coded> = standing
        .iter()
        .filter(|t| !open.iter().any(|c| c.analyte.0 == t.analyte))
        .map(|t| {
            let analyte = AnalyteId(t.analyte);
            let specimen_type = terms.codes.get(&analyte).map(|c| c.specimen_type.clone()).unwrap_or_default();
            Coded { analyte, code: t.code.clone(), specimen_type }
        })
        .collect();
    if cancels && !gone.is_empty() {
        return Ok(Some(Say::new(specimen, Doing::Cancel, priority, gone)));
    }
    let new: Vec<Coded> = open.iter().filter(|c| !standing.iter().any(|t| t.analyte == c.analyte.0)).cloned().collect();
    Ok(match new.is_empty() {
        true => None,
        false if standing.is_empty() => Some(Say::new(specimen, Doing::New, priority, new)),
        false if adds => Some(Say::new(specimen, Doing::Add, priority, new)),
        // It cannot be told of more: it is told of all of it anew.
        false => Some(Say::new(specimen, Doing::New, priority, open)),
    })
}

/// The answer to queries.
#[derive(Debug, Default)]
pub struct Answer {
    /// What is said of each specimen.
    pub said: Vec<Say>,
    /// The specimens of which there is nothing.
    pub nothing: Vec<Nothing>,
    /// Specimens beyond [`ANSWERED_MAX`].
    pub left: usize,
}

/// The answer to what was asked: for each specimen all that is open and that this analyzer measures.
///
/// # Errors
/// What the database says.
pub fn answer(read: &mut dyn Read, terms: &Terms, queries: &[Query]) -> Result<Answer, Failure> {
    let mut answer = Answer::default();
    let mut seen = HashSet::new();
    for query in queries {
        match query {
            Query::Specimens(barcodes) => {
                for asked in barcodes {
                    if answer.said.len() + answer.nothing.len() >= ANSWERED_MAX {
                        answer.left += 1;
                    } else if seen.insert(asked.clone()) {
                        match one(read, terms, asked)? {
                            Ok(say) => answer.said.push(say),
                            Err(code) => {
                                answer.nothing.push(Nothing { barcode: asked.clone(), code: code.to_owned() });
                            }
                        }
                    }
                }
            }
            Query::Range { from, to } => {
                for id in work::range(read, from, to)? {
                    if let Some(work) = work::of_specimen(read, id)? {
                        add(read, terms, &work, &mut answer)?;
                    }
                }
            }
            Query::All => all(read, terms, &mut answer)?,
        }
    }
    Ok(answer)
}

/// Why an analyzer that asks for a tube is told that there is nothing for it.
pub const NOTHING: &[&str] = &[
    "specimens-unknown",
    "specimens-was-rejected",
    "specimens-was-discarded",
    "specimens-not-received",
    "orders-nothing-open",
    "orders-nothing-mapped",
    "text-missing",
    "text-too-long",
    "text-control",
];

/// What is open of one specimen, or one of [`NOTHING`].
fn one(read: &mut dyn Read, terms: &Terms, asked: &str) -> Result<Result<Say, &'static str>, Failure> {
    let barcode = match barcode(asked) {
        Ok(barcode) => barcode,
        Err(Failure::Refused(refusal)) => return Ok(Err(refusal.code)),
        Err(e) => return Err(e),
    };
    let Some(specimen) = specimens::by_barcode(read, &barcode)? else { return Ok(Err("specimens-unknown")) };
    match specimen.state {
        State::Received => {}
        State::Rejected => return Ok(Err("specimens-was-rejected")),
        State::Discarded => return Ok(Err("specimens-was-discarded")),
        _ => return Ok(Err("specimens-not-received")),
    }
    let Some(work) = work::of_specimen(read, specimen.id)? else { return Ok(Err("orders-nothing-open")) };
    let tests = terms.coded(&work);
    if tests.is_empty() {
        return Ok(Err("orders-nothing-mapped"));
    }
    Ok(Ok(Say::new(specimen, Doing::New, work.priority, tests)))
}

/// Adds what is open of a specimen, if this analyzer measures any of it.
fn add(read: &mut dyn Read, terms: &Terms, work: &Work, answer: &mut Answer) -> Result<(), StoreError> {
    let tests = terms.coded(work);
    if tests.is_empty() || answer.said.iter().any(|s| s.specimen == work.specimen) {
        return Ok(());
    }
    if answer.said.len() >= ANSWERED_MAX {
        answer.left += 1;
    } else if let Some(specimen) = specimens::specimen(read, work.specimen)? {
        answer.said.push(Say::new(specimen, Doing::New, work.priority, tests));
    }
    Ok(())
}

/// All that is open: first what this analyzer was not told yet, or it would never hear of what is beyond one answer.
fn all(read: &mut dyn Read, terms: &Terms, answer: &mut Answer) -> Result<(), StoreError> {
    let (mut again, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let (page, next) = work::after(read, after)?;
        for work in page.into_iter().filter(|w| !terms.coded(w).is_empty()) {
            let (_, standing) = views::standing(read, terms.link, work.specimen)?;
            if terms.coded(&work).iter().all(|c| standing.iter().any(|t| t.analyte == c.analyte.0)) {
                again.push(work);
            } else {
                add(read, terms, &work, answer)?;
            }
        }
        after = next;
        if after.is_none() || answer.said.len() >= ANSWERED_MAX {
            break;
        }
    }
    answer.left += usize::from(after.is_some());
    again.iter().try_for_each(|work| add(read, terms, work, answer))
}

/// What a link finds when it looks at what has changed.
#[derive(Debug)]
pub struct Look {
    /// What is to be said, each with how far the link has looked then.
    pub(crate) says: Vec<(Say, Cursor)>,
    /// How far it has looked with nothing left to say.
    pub(crate) cursor: Cursor,
    /// Whether there is more to look at.
    pub more: bool,
}

/// Where a link begins that has not looked yet: at everything that is open now.
pub(crate) fn begin(read: &mut dyn Read, link: LinkId) -> Result<Cursor, StoreError> {
    if let Some(cursor) = views::cursor(read, link)? {
        return Ok(cursor);
    }
    Ok(Cursor { place: stories::last_entered(read)?, version: 0, looked: None })
}

/// Looks, from `cursor` on, for up to `limit` specimens of which something is to be said: at those whose story went on, and,
/// when the mappings are others than they were, at all that are open.
pub(crate) fn look(read: &mut dyn Read, terms: &Terms, cursor: Cursor, limit: usize) -> Result<Look, StoreError> {
    let mut found = Look { says: Vec::new(), cursor, more: false };
    if found.cursor.version != terms.version {
        found.cursor = Cursor { version: terms.version, looked: Some(SpecimenId(0)), ..cursor };
    }
    let (mut seen, mut at) = (HashSet::new(), found.cursor);
    let entries = stories::entered(read, at.place, ENTERED_MAX)?;
    found.more = entries.len() as i64 == ENTERED_MAX;
    for entry in entries {
        at.place = entry.place;
        let subject = SpecimenId(entry.subject);
        let changed = ROOMS.iter().any(|room| entry.kind.starts_with(room)) && !seen.contains(&subject);
        // Of what it did not take, only what happened since is news.
        let news = changed && views::tries(read, terms.link, subject)?.is_none_or(|(_, seen)| seen < entry.place);
        let say = if news && seen.insert(subject) { due(read, terms, subject)? } else { None };
        found.note(say, at);
        if found.says.len() >= limit {
            found.more = true;
            return Ok(found);
        }
    }
    if found.more {
        return Ok(found);
    }
    if let Some(after) = at.looked {
        let (page, next) = work::after(read, Some(after))?;
        for work in page {
            at.looked = Some(work.specimen);
            let say = if seen.insert(work.specimen) { due(read, terms, work.specimen)? } else { None };
            found.note(say, at);
            if found.says.len() >= limit {
                found.more = true;
                return Ok(found);
            }
        }
        at.looked = next;
        found.note(None, at);
        found.more = next.is_some();
    }
    Ok(found)
}

impl Look {
    fn note(&mut self, say: Option<Say>, at: Cursor) {
        match say {
            Some(say) => self.says.push((say, at)),
            None if self.says.is_empty() => self.cursor = at,
            None => {}
        }
    }
}

/// The most specimens that [`waiting`] names.
pub const WAITING_MAX: usize = 100;

/// What waits to be told to an analyzer unasked, up to [`WAITING_MAX`], and whether there is more. What it did not take stands in
/// [`views::failed`].
///
/// # Errors
/// Refused when this build does not know its dialect; or the database failed.
pub fn waiting(read: &mut dyn Read, link: &Link) -> Result<(Vec<Say>, bool), Failure> {
    let Some(terms) = terms(read, link)?.filter(Terms::unasked) else { return Ok((Vec::new(), false)) };
    let failed: HashSet<SpecimenId> = views::failed(read, link.id)?.into_iter().map(|f| f.specimen).collect();
    let cursor = begin(read, link.id)?;
    let look = look(read, &terms, cursor, WAITING_MAX)?;
    let says = look.says.into_iter().map(|(say, _)| say).filter(|s| !failed.contains(&s.specimen)).collect();
    Ok((says, look.more))
}
