//! Worklist entries: the orders that an analyzer is sent for one specimen, as the answer to a host query or because they changed.

use std::collections::{HashMap, HashSet};

use titer_lab::{
    Failure,
    catalog::AnalyteId,
    orders::Priority,
    patients::views::Patient,
    specimens::{SpecimenId, State, commands::barcode, views as specimens},
    work::views::{self as work, Work},
};
use titer_science::Sex;
use titer_store::{Read, StoreError};

use super::{
    NoOrderReason,
    views::{self, NoOrder},
};
use crate::{
    Dialect,
    dialect::{OrderAction, OrderFormat, OrderMode, OrderPatient, Query, SpecimenOrder},
    links::{
        LinkId, MappingState,
        views::{self as links, Link, Mapping},
    },
};

/// The most specimens in one answer, and of one query that names them.
pub const ANSWERED_MAX: usize = 200;
/// Pages of open work from which one query for all specimens is answered.
const PAGES_MAX: usize = 20;

/// The test menu of an analyzer: the code of each analyte that the analyzer measures for the laboratory, and the format of its
/// orders.
#[derive(Clone)]
pub struct TestMenu {
    pub(super) link: LinkId,
    /// The version of the link and its mappings.
    pub(super) version: i64,
    order: OrderFormat,
    codes: HashMap<AnalyteId, CodedTest>,
}

/// An analyte in the analyzer's codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodedTest {
    /// The analyte.
    pub analyte: AnalyteId,
    /// The analyzer's code.
    pub code: String,
    /// The analyzer's code of the specimen type; empty if it has none, or if orders do not name it.
    pub specimen_type: String,
}

impl TestMenu {
    /// The test menu of a link; none if the dialect takes no orders.
    pub fn new(link: &Link, dialect: &Dialect, mappings: &[Mapping]) -> Option<Self> {
        let order = dialect.order.clone()?;
        let mut codes: HashMap<AnalyteId, Vec<CodedTest>> = HashMap::new();
        let in_use = |m: &&Mapping| [MappingState::Approved, MappingState::Confirmed].contains(&m.state);
        for mapping in mappings.iter().filter(in_use) {
            let Some(code) = order.order_code(&mapping.code).map(str::to_owned) else { continue };
            // If orders do not name the specimen type, a tube gets one order and not one for each type.
            let specimen_type = order.specimen_type.map(|_| mapping.specimen.clone()).unwrap_or_default();
            let test = CodedTest { analyte: mapping.analyte, code, specimen_type };
            let known = codes.entry(mapping.analyte).or_default();
            if !known.contains(&test) {
                known.push(test);
            }
        }
        // If two codes map to one analyte, send neither.
        let codes = codes.into_iter().filter_map(|(analyte, mut known)| {
            let one = known.pop()?;
            known.is_empty().then_some((analyte, one))
        });
        Some(TestMenu { link: link.id, version: link.version, order, codes: codes.collect() })
    }

    /// Whether the analyzer also gets orders without a query.
    pub fn broadcasts(&self) -> bool {
        self.order.when == OrderMode::Broadcast
    }

    /// The outstanding tests of a specimen that this analyzer measures.
    pub(super) fn tests(&self, work: &Work) -> Vec<CodedTest> {
        work.open.iter().filter_map(|(_, analyte)| self.codes.get(analyte).cloned()).collect()
    }
}

/// The test menu of a link, with the mappings as of now; none if its dialect takes no orders.
///
/// # Errors
/// Refused if this build does not know the dialect.
pub fn test_menu(read: &mut dyn Read, link: &Link) -> Result<Option<TestMenu>, Failure> {
    let dialect = Dialect::named(&link.dialect)?;
    Ok(TestMenu::new(link, &dialect, &links::mappings(read, link.id)?))
}

/// The orders of one specimen for one analyzer.
#[derive(Clone, Debug)]
pub struct WorklistEntry {
    /// The specimen.
    pub specimen: SpecimenId,
    /// Its barcode.
    pub barcode: String,
    /// What the analyzer is to do.
    pub action: OrderAction,
    /// The priority of the order.
    pub priority: Priority,
    /// The tests.
    pub tests: Vec<CodedTest>,
    /// The patient.
    pub patient: Patient,
}

impl WorklistEntry {
    fn new(specimen: specimens::Specimen, action: OrderAction, priority: Priority, tests: Vec<CodedTest>) -> Self {
        let (id, barcode) = (specimen.id, specimen.barcode);
        WorklistEntry { specimen: id, barcode, action, priority, tests, patient: specimen.patient }
    }

    /// The orders as the dialect writes them: one for each specimen type of the analyzer's codes.
    pub fn orders(&self) -> Vec<SpecimenOrder> {
        let mut all: Vec<SpecimenOrder> = Vec::new();
        for test in &self.tests {
            if let Some(same) = all.iter_mut().find(|o| o.specimen_type == test.specimen_type) {
                // Two analytes may have one code, in different units.
                if !same.codes.contains(&test.code) {
                    same.codes.push(test.code.clone());
                }
                continue;
            }
            all.push(SpecimenOrder {
                barcode: self.barcode.clone(),
                action: self.action,
                // The standard has two priorities. An order that is measured sooner does no harm.
                urgent: self.priority != Priority::Routine,
                codes: vec![test.code.clone()],
                specimen_type: test.specimen_type.clone(),
                patient: Some(order_patient(&self.patient)),
                query: None,
            });
        }
        all
    }
}

fn order_patient(patient: &Patient) -> OrderPatient {
    OrderPatient {
        identifier: patient.identifier.clone(),
        family: patient.family.clone(),
        given: patient.given.clone(),
        birth_date: patient.birth_date,
        sex: match patient.sex {
            Sex::Female => "F",
            Sex::Male => "M",
            Sex::Other | Sex::Unknown => "U",
        },
    }
}

/// What an analyzer must still be sent for a specimen: first the cancellation of tests that are no longer outstanding, then tests
/// that the analyzer has not acknowledged.
pub fn pending_entry(
    read: &mut dyn Read,
    menu: &TestMenu,
    id: SpecimenId,
) -> Result<Option<WorklistEntry>, StoreError> {
    let acknowledged = views::outstanding(read, menu.link, id)?.tests;
    let work = work::of_specimen(read, id)?;
    if acknowledged.is_empty() && work.is_none() {
        return Ok(None);
    }
    let Some(specimen) = specimens::specimen(read, id)? else { return Ok(None) };
    let priority = work.as_ref().map_or(Priority::Routine, |w| w.priority);
    let wanted = work.as_ref().map(|w| menu.tests(w)).unwrap_or_default();
    let (cancels, adds) = menu.order.action.as_ref().map_or((false, false), |a| (a.cancel.is_some(), a.add.is_some()));
    let cancelled: Vec<CodedTest> = acknowledged
        .iter()
        .filter(|t| !wanted.iter().any(|c| c.analyte == t.analyte))
        .map(|t| {
            let specimen_type = menu.codes.get(&t.analyte).map(|c| c.specimen_type.clone()).unwrap_or_default();
            CodedTest { analyte: t.analyte, code: t.code.clone(), specimen_type }
        })
        .collect();
    if cancels && !cancelled.is_empty() {
        return Ok(Some(WorklistEntry::new(specimen, OrderAction::Cancel, priority, cancelled)));
    }
    let new: Vec<CodedTest> =
        wanted.iter().filter(|c| !acknowledged.iter().any(|t| t.analyte == c.analyte)).cloned().collect();
    Ok(match new.is_empty() {
        true => None,
        false if acknowledged.is_empty() => Some(WorklistEntry::new(specimen, OrderAction::New, priority, new)),
        false if adds => Some(WorklistEntry::new(specimen, OrderAction::Add, priority, new)),
        // If the analyzer cannot add tests, it gets the whole order anew.
        false => Some(WorklistEntry::new(specimen, OrderAction::New, priority, wanted)),
    })
}

/// The answer to host queries.
#[derive(Debug, Default)]
pub struct QueryAnswer {
    /// The orders, by specimen.
    pub entries: Vec<WorklistEntry>,
    /// The specimens for which there is no order.
    pub no_orders: Vec<NoOrder>,
    /// The number of specimens beyond [`ANSWERED_MAX`], as far as they were counted.
    pub left_out: usize,
}

/// Answers host queries: for each specimen all outstanding tests that this analyzer measures, acknowledged or not.
pub fn answer_queries(read: &mut dyn Read, menu: &TestMenu, queries: &[Query]) -> Result<QueryAnswer, Failure> {
    let mut answer = QueryAnswer::default();
    let mut answered = HashSet::new();
    for query in queries {
        match query {
            Query::Specimens(barcodes) => {
                for asked in barcodes {
                    if answer.entries.len() + answer.no_orders.len() >= ANSWERED_MAX {
                        answer.left_out += 1;
                    } else if answered.insert(asked.clone()) {
                        match entry_of(read, menu, asked)? {
                            Ok(entry) => answer.entries.push(entry),
                            Err(reason) => answer.no_orders.push(NoOrder { barcode: asked.clone(), reason }),
                        }
                    }
                }
            }
            Query::Range { from, to } => {
                for id in work::range(read, from, to)? {
                    if let Some(work) = work::of_specimen(read, id)? {
                        add(read, menu, &work, &mut answer)?;
                    }
                }
            }
            Query::All => add_all(read, menu, &mut answer)?,
        }
    }
    Ok(answer)
}

/// The orders of the specimen with this barcode, or why there is none.
fn entry_of(
    read: &mut dyn Read,
    menu: &TestMenu,
    asked: &str,
) -> Result<Result<WorklistEntry, NoOrderReason>, Failure> {
    let barcode = match barcode(asked) {
        Ok(barcode) => barcode,
        Err(Failure::Refused(refusal)) => return NoOrderReason::from_code(refusal.code).map(Err).ok_or(refusal.into()),
        Err(e) => return Err(e),
    };
    let Some(specimen) = specimens::by_barcode(read, &barcode)? else { return Ok(Err(NoOrderReason::Unknown)) };
    match specimen.state {
        State::Received => {}
        State::Rejected => return Ok(Err(NoOrderReason::Rejected)),
        State::Discarded => return Ok(Err(NoOrderReason::Discarded)),
        _ => return Ok(Err(NoOrderReason::NotReceived)),
    }
    let Some(work) = work::of_specimen(read, specimen.id)? else { return Ok(Err(NoOrderReason::NothingOutstanding)) };
    let tests = menu.tests(&work);
    if tests.is_empty() {
        return Ok(Err(NoOrderReason::NothingMapped));
    }
    // The analyzer finds its tube by the number that it asked for.
    let entry = WorklistEntry::new(specimen, OrderAction::New, work.priority, tests);
    Ok(Ok(WorklistEntry { barcode, ..entry }))
}

/// Adds the orders of a specimen, if this analyzer measures any of its outstanding tests.
fn add(read: &mut dyn Read, menu: &TestMenu, work: &Work, answer: &mut QueryAnswer) -> Result<(), StoreError> {
    let tests = menu.tests(work);
    if tests.is_empty() || answer.entries.iter().any(|e| e.specimen == work.specimen) {
        return Ok(());
    }
    if answer.entries.len() >= ANSWERED_MAX {
        answer.left_out += 1;
    } else if let Some(specimen) = specimens::specimen(read, work.specimen)? {
        answer.entries.push(WorklistEntry::new(specimen, OrderAction::New, work.priority, tests));
    }
    Ok(())
}

/// Adds all outstanding orders. Those that the analyzer has not acknowledged come first; otherwise an analyzer with more orders than
/// one answer holds would never get the others.
fn add_all(read: &mut dyn Read, menu: &TestMenu, answer: &mut QueryAnswer) -> Result<(), StoreError> {
    let (mut acknowledged, mut after) = (Vec::new(), None);
    for _ in 0..PAGES_MAX {
        let (page, next) = work::after(read, after)?;
        for work in page {
            let tests = menu.tests(&work);
            if tests.is_empty() {
                continue;
            }
            let known = views::outstanding(read, menu.link, work.specimen)?.tests;
            if tests.iter().all(|c| known.iter().any(|t| t.analyte == c.analyte)) {
                acknowledged.push(work);
            } else {
                add(read, menu, &work, answer)?;
            }
        }
        after = next;
        if after.is_none() || answer.entries.len() >= ANSWERED_MAX {
            break;
        }
    }
    answer.left_out += usize::from(after.is_some());
    acknowledged.iter().try_for_each(|work| add(read, menu, work, answer))
}
