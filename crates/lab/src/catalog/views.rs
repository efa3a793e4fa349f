//! What may be seen of the catalog: the snapshot in force, and the proposals that wait for the director.

use std::collections::HashMap;

use titer_science::{AgeBound, Choice, CriticalLimit, Interval as Range, Op, Reported, Sex, Subject, choose};
use titer_store::{Read, Select, StoreError, Timestamp, sql, values};

use super::{
    AnalyteId, Answer, AnswerId, IntervalId, Kind, LimitId, Meaning, SpecimenTypeId, TestId, UnitSystem,
    answers::{self, answer},
    coverage::Judged,
    population,
    tables::{AnalyteRow, AnswerRow, HEAD_ID, IntervalRow, LimitRow, OutOfUseRow, SpecimenTypeRow, TestRow},
    unit_systems,
};
use crate::instruments::InstrumentId;

/// The most entries of one kind.
pub const ENTRIES_MAX: i64 = 10_000;

sql! {
    VERSION: ("version": i64) = "FROM catalog_head WHERE lab = $1 AND id = $2";
    TYPES: (specimen_types: SpecimenTypeRow) = "FROM specimen_types WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    ANALYTES: (analytes: AnalyteRow) = "FROM analytes WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    TESTS: (tests: TestRow) = "FROM tests WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    INTERVALS: (i: IntervalRow) = "FROM reference_intervals i WHERE i.lab = $1 AND i.id > $2 ORDER BY i.id LIMIT $3";
    LIMITS: (l: LimitRow) = "FROM critical_limits l WHERE l.lab = $1 AND l.id > $2 ORDER BY l.id LIMIT $3";
    ANSWERS: (a: AnswerRow) = "FROM answers a WHERE a.lab = $1 AND a.id > $2 ORDER BY a.id LIMIT $3";
    PROPOSED: ("i.id": i64) = "FROM reference_intervals i WHERE i.lab = $1 AND i.id > $2 AND i.approved_at IS NULL AND i.retired_at IS NULL \
        UNION ALL SELECT l.id FROM critical_limits l WHERE l.lab = $1 AND l.id > $2 AND l.approved_at IS NULL AND l.retired_at IS NULL \
        UNION ALL SELECT a.id FROM answers a WHERE a.lab = $1 AND a.id > $2 AND a.approved_at IS NULL AND a.retired_at IS NULL \
        LIMIT $3";
    OUT_OF_USE: (u: OutOfUseRow) = "FROM catalog_out_of_use u WHERE u.lab = $1 AND u.id > $2 ORDER BY u.id LIMIT $3";
    OUT_OF_USE_ONE: ("why": String) = "FROM catalog_out_of_use WHERE lab = $1 AND id = $2";
    pub(super) TYPE_KEYS: ("key": String, "id": i64) = "FROM specimen_types WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    pub(super) ANALYTE_KEYS: ("key": String, "id": i64) = "FROM analytes WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    pub(super) TEST_KEYS: ("key": String, "id": i64) = "FROM tests WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
}

/// A specimen type.
#[derive(Clone, Debug)]
pub struct SpecimenType {
    /// Its id.
    pub id: SpecimenTypeId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is drawn into.
    pub container: String,
    /// The colour of the cap.
    pub cap: String,
}

/// An analyte.
#[derive(Clone, Debug)]
pub struct Analyte {
    /// Its id.
    pub id: AnalyteId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short: String,
    /// Its bench.
    pub discipline: String,
    /// LOINC code.
    pub loinc: String,
    /// UCUM unit.
    pub unit: String,
    /// Decimals that reports show.
    pub decimals: i64,
    /// What it is measured in.
    pub specimen_type: SpecimenTypeId,
    /// What sort of result it has.
    pub kind: Kind,
}

/// An orderable test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its id.
    pub id: TestId,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its analytes, in the order of the report.
    pub analytes: Vec<AnalyteId>,
    /// What it needs.
    pub specimen_type: SpecimenTypeId,
}

/// A reference interval with its source.
#[derive(Clone, Debug)]
pub struct Interval {
    /// Its id.
    pub id: IntervalId,
    /// Of which analyte.
    pub analyte: AnalyteId,
    /// `female`, `male` or `any`.
    pub sex: String,
    /// From this age, as the source writes it.
    pub age_low: String,
    /// To this age.
    pub age_high: String,
    /// Lower limit as printed.
    pub low: String,
    /// Upper limit as printed.
    pub high: String,
    /// UCUM unit.
    pub unit: String,
    /// `reference` or `decision`.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// Whether the note warns: the entry is signed singly then.
    pub warns: bool,
    /// The order among rival proposals, from 1.
    pub rank: i64,
    /// When it was signed into force, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// The instrument whose results alone it judges; none: those of all.
    pub instrument: Option<InstrumentId>,
    /// The figures as the source prints them, if they were converted.
    pub converted: Option<String>,
    pub(super) range: Range,
}

/// A critical limit with its source.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Its id.
    pub id: LimitId,
    /// Of which analyte.
    pub analyte: AnalyteId,
    /// Of whom.
    pub population: String,
    /// Whether that says more than the ages do: nobody knows of whom the limit is, and it is chosen for nobody.
    pub of_a_group: bool,
    /// From this age.
    pub age_low: String,
    /// To this age.
    pub age_high: String,
    /// The limit as printed: `≤ 2.5`, `≥ 6.5`.
    pub text: String,
    /// UCUM unit.
    pub unit: String,
    /// Where it comes from.
    pub source: String,
    /// A, B or C.
    pub confidence: String,
    /// What the director should know.
    pub note: String,
    /// Whether the note warns: the entry is signed singly then.
    pub warns: bool,
    /// The order among rival proposals, from 1.
    pub rank: i64,
    /// When it was signed into force, and by whom.
    pub approved: Option<(Timestamp, String)>,
    /// The instrument whose results alone it judges; none: those of all.
    pub instrument: Option<InstrumentId>,
    /// The figures as the source prints them, if they were converted.
    pub converted: Option<String>,
    /// The limit itself.
    pub limit: CriticalLimit,
}

/// What the director approved for the results of the instrument; else what was approved for those of all. The two never mix: a person whom
/// none of the instrument's own fits has none.
fn own_or_general<T>(of: &HashMap<Judged, Vec<T>>, (analyte, instrument): Judged) -> Option<&Vec<T>> {
    let own = instrument.and_then(|instrument| of.get(&(analyte, Some(instrument))));
    own.or_else(|| of.get(&(analyte, None)))
}

/// The catalogue in force: an immutable snapshot.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The number of the event that it stands at.
    pub version: i64,
    /// The system of units that was chosen. None: each analyte has the unit in which it was imported.
    pub units: Option<UnitSystem>,
    analytes: HashMap<AnalyteId, Analyte>,
    tests: Vec<Test>,
    types: Vec<SpecimenType>,
    intervals: HashMap<Judged, Vec<Interval>>,
    limits: HashMap<Judged, Vec<Limit>>,
    /// Critical limits of groups that neither age nor sex tells.
    of_groups: HashMap<Judged, Vec<Limit>>,
    answers: HashMap<AnswerId, Answer>,
    /// Answers that a new result can have, in their order.
    current: HashMap<AnalyteId, Vec<Answer>>,
    /// Why analytes and tests are out of use, by id.
    out_of_use: HashMap<i64, String>,
}

impl Catalog {
    /// The analyte of this id.
    pub fn analyte(&self, id: AnalyteId) -> Option<&Analyte> {
        self.analytes.get(&id)
    }

    /// The analyte of this key.
    pub fn analyte_by_key(&self, key: &str) -> Option<&Analyte> {
        self.analytes.values().find(|a| a.key == key)
    }

    /// Every analyte, in no order.
    pub fn analytes(&self) -> impl Iterator<Item = &Analyte> {
        self.analytes.values()
    }

    /// The orderable tests, in the order of the catalog.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// The test of this id.
    pub fn test(&self, id: TestId) -> Option<&Test> {
        self.tests.iter().find(|t| t.id == id)
    }

    /// The specimen types, in the order of the catalog.
    pub fn specimen_types(&self) -> &[SpecimenType] {
        &self.types
    }

    /// The specimen type of this id.
    pub fn specimen_type(&self, id: SpecimenTypeId) -> Option<&SpecimenType> {
        self.types.iter().find(|t| t.id == id)
    }

    /// The approved reference interval for this person, or none when there is none or it cannot be told which.
    pub fn interval(
        &self,
        analyte: AnalyteId,
        instrument: Option<InstrumentId>,
        subject: &Subject,
    ) -> Option<(&Interval, &Range)> {
        match choose(own_or_general(&self.intervals, (analyte, instrument))?, |i| &i.range, subject) {
            Choice::One(i) => Some((i, &i.range)),
            _ => None,
        }
    }

    /// The answers that a new result of this analyte can have, in their order, approved or not.
    pub fn answers(&self, analyte: AnalyteId) -> &[Answer] {
        self.current.get(&analyte).map(Vec::as_slice).unwrap_or_default()
    }

    /// The answer of this id, also a retired one: results name it for ever.
    pub fn answer(&self, id: AnswerId) -> Option<&Answer> {
        self.answers.get(&id)
    }

    /// The analytes of a test that are only half described: coded, and without answers. Such a test cannot be ordered.
    pub fn lacking_answers(&self, test: &Test) -> Vec<&Analyte> {
        let analytes = test.analytes.iter().filter_map(|id| self.analyte(*id));
        analytes.filter(|a| a.kind == Kind::Coded && self.answers(a.id).is_empty()).collect()
    }

    /// Why the analyte or test of this id is out of use; none if it is in use.
    pub fn out_of_use(&self, entry: i64) -> Option<&str> {
        self.out_of_use.get(&entry).map(String::as_str)
    }

    /// The first of a test and its analytes that is out of use, by name. Such a test cannot be ordered.
    pub fn retired<'a>(&'a self, test: &'a Test) -> Option<&'a str> {
        if self.out_of_use(test.id.0).is_some() {
            return Some(&test.name);
        }
        let mut analytes = test.analytes.iter().filter_map(|id| self.analyte(*id));
        analytes.find(|a| self.out_of_use(a.id.0).is_some()).map(|a| a.name.as_str())
    }

    /// Whether a test can be ordered: nothing of it is out of use or half described.
    pub fn is_orderable(&self, test: &Test) -> bool {
        self.retired(test).is_none() && self.lacking_answers(test).is_empty()
    }

    /// What is expected of a coded analyte: its answers whose approved meaning is normal, in their order.
    pub fn expected(&self, analyte: AnalyteId) -> Vec<&Answer> {
        self.answers(analyte).iter().filter(|a| a.approved_meaning() == Some(Meaning::Normal)).collect()
    }

    /// Whether the director has approved anything: an interval, a limit or the meaning of an answer.
    pub fn anything_in_force(&self) -> bool {
        !self.intervals.is_empty() || !self.limits.is_empty() || self.answers.values().any(|a| a.approved)
    }

    /// Whether the director approved an interval or a limit for the results of this instrument alone.
    pub fn has_own(&self, analyte: AnalyteId, instrument: InstrumentId) -> bool {
        let own = (analyte, Some(instrument));
        self.intervals.contains_key(&own) || self.limits.contains_key(&own)
    }

    /// Whether an approved critical limit stands for anybody whose result is from this instrument.
    pub fn has_limits(&self, analyte: AnalyteId, instrument: Option<InstrumentId>) -> bool {
        !self.limits(analyte, instrument).is_empty() || self.limits_of_groups(analyte, instrument).next().is_some()
    }

    /// The approved critical limits of results of this analyte from this instrument, of whomever.
    pub fn limits(&self, analyte: AnalyteId, instrument: Option<InstrumentId>) -> &[Limit] {
        own_or_general(&self.limits, (analyte, instrument)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The approved critical limits of groups that neither age nor sex tells, such as *dialysis patients*: anybody may be of one. Those for
    /// all instruments count beside the instrument's own.
    pub fn limits_of_groups(
        &self,
        analyte: AnalyteId,
        instrument: Option<InstrumentId>,
    ) -> impl Iterator<Item = &Limit> + Clone {
        let own = instrument.and_then(|instrument| self.of_groups.get(&(analyte, Some(instrument))));
        own.into_iter().chain(self.of_groups.get(&(analyte, None))).flatten()
    }

    /// The approved critical limit for this person: one, none for people like this, or it cannot be told.
    pub fn limit(&self, analyte: AnalyteId, instrument: Option<InstrumentId>, subject: &Subject) -> Choice<'_, Limit> {
        choose(self.limits(analyte, instrument), |l| &l.limit.population, subject)
    }
}

/// The number of the event that last changed the catalog.
pub fn version(read: &mut dyn Read) -> Result<i64, StoreError> {
    Ok(VERSION.one(read, &values![HEAD_ID])?.unwrap_or(0))
}

/// Why the analyte or test of this id is out of use; none if it is in use.
pub fn out_of_use(read: &mut dyn Read, entry: i64) -> Result<Option<String>, StoreError> {
    OUT_OF_USE_ONE.one(read, &values![entry])
}

pub(super) fn keys(
    read: &mut dyn Read,
    select: &'static Select<(String, i64)>,
) -> Result<HashMap<String, i64>, StoreError> {
    Ok(select.all(read, &values![0_i64, ENTRIES_MAX])?.into_iter().collect())
}

/// Loads the catalogue in force.
///
/// # Errors
/// [`StoreError::Corrupt`] when an entry means nothing, or names what is not there.
pub fn load(read: &mut dyn Read, version: i64) -> Result<Catalog, StoreError> {
    let page = values![0_i64, ENTRIES_MAX];
    let mut catalog = Catalog { version, units: unit_systems::chosen(read)?, ..Catalog::default() };
    catalog.types.extend(TYPES.all(read, &page)?.into_iter().map(SpecimenType::from));
    for row in ANALYTES.all(read, &page)? {
        catalog.analytes.insert(row.id, analyte(row)?);
    }
    let by_key: HashMap<&str, AnalyteId> = catalog.analytes.values().map(|a| (a.key.as_str(), a.id)).collect();
    catalog.tests = TESTS.all(read, &page)?.into_iter().map(|row| test(row, &by_key)).collect::<Result<_, _>>()?;
    let (intervals, limits) = all(read)?;
    for interval in intervals.into_iter().filter(|i| i.approved.is_some()) {
        catalog.intervals.entry((interval.analyte, interval.instrument)).or_default().push(interval);
    }
    for limit in limits.into_iter().filter(|l| l.approved.is_some()) {
        let limits = if limit.of_a_group { &mut catalog.of_groups } else { &mut catalog.limits };
        limits.entry((limit.analyte, limit.instrument)).or_default().push(limit);
    }
    for answer in all_answers(read)? {
        if answer.is_current() {
            catalog.current.entry(answer.analyte).or_default().push(answer.clone());
        }
        catalog.answers.insert(answer.id, answer);
    }
    catalog.out_of_use = OUT_OF_USE.all(read, &page)?.into_iter().map(|row| (row.id, row.why)).collect();
    catalog.current.values_mut().for_each(|answers| answers.sort_by_key(Answer::order));
    Ok(catalog)
}

/// Intervals and limits that wait for the director's signature.
pub fn proposals(read: &mut dyn Read) -> Result<(Vec<Interval>, Vec<Limit>), StoreError> {
    let (intervals, limits) = all(read)?;
    let intervals = intervals.into_iter().filter(|i| i.approved.is_none()).collect();
    Ok((intervals, limits.into_iter().filter(|l| l.approved.is_none()).collect()))
}

/// Answers whose meaning waits for the director's signature.
pub fn proposed_answers(read: &mut dyn Read) -> Result<Vec<Answer>, StoreError> {
    let mut answers = all_answers(read)?;
    answers.retain(|a| !a.approved && !a.retired);
    Ok(answers)
}

/// How many intervals, limits and answers wait for the director's signature.
pub fn count_proposals(read: &mut dyn Read) -> Result<usize, StoreError> {
    Ok(PROPOSED.all(read, &values![0_i64, ENTRIES_MAX])?.len())
}

/// The rows of [`proposals`].
pub(super) fn proposed(read: &mut dyn Read) -> Result<(Vec<IntervalRow>, Vec<LimitRow>), StoreError> {
    let (mut intervals, mut limits) = rows(read)?;
    intervals.retain(|i| i.approved_at.is_none() && i.retired_at.is_none());
    limits.retain(|l| l.approved_at.is_none() && l.retired_at.is_none());
    Ok((intervals, limits))
}

/// The rows of [`proposed_answers`].
pub(super) fn answers_proposed(read: &mut dyn Read) -> Result<Vec<AnswerRow>, StoreError> {
    let mut answers = ANSWERS.all(read, &values![0_i64, ENTRIES_MAX])?;
    answers.retain(|a| a.approved_at.is_none() && a.retired_at.is_none());
    Ok(answers)
}

/// When and by whom these answers were approved, those of them that are.
pub(super) fn approved_answers(read: &mut dyn Read, of: &[AnswerId]) -> Result<Vec<(Timestamp, String)>, StoreError> {
    let answers = ANSWERS.all(read, &values![0_i64, ENTRIES_MAX])?.into_iter().filter(|a| of.contains(&a.id));
    Ok(answers.filter_map(|a| a.approved_at.zip(a.approved_by)).collect())
}

/// Every answer, approved or not, retired or not.
pub fn all_answers(read: &mut dyn Read) -> Result<Vec<Answer>, StoreError> {
    ANSWERS.all(read, &values![0_i64, ENTRIES_MAX])?.into_iter().map(answer).collect()
}

/// Every interval and limit, approved or proposed.
pub fn all(read: &mut dyn Read) -> Result<(Vec<Interval>, Vec<Limit>), StoreError> {
    let (intervals, limits) = rows(read)?;
    let intervals = intervals.into_iter().filter(|i| i.retired_at.is_none()).map(interval);
    let limits = limits.into_iter().filter(|l| l.retired_at.is_none()).map(limit);
    Ok((intervals.collect::<Result<_, _>>()?, limits.collect::<Result<_, _>>()?))
}

/// The rows of every interval and limit, also of those that are retired.
pub(super) fn rows(read: &mut dyn Read) -> Result<(Vec<IntervalRow>, Vec<LimitRow>), StoreError> {
    let page = values![0_i64, ENTRIES_MAX];
    Ok((INTERVALS.all(read, &page)?, LIMITS.all(read, &page)?))
}

impl From<SpecimenTypeRow> for SpecimenType {
    fn from(row: SpecimenTypeRow) -> Self {
        SpecimenType { id: row.id, key: row.key, name: row.name, container: row.container, cap: row.cap }
    }
}

fn analyte(row: AnalyteRow) -> Result<Analyte, StoreError> {
    let kind = row.kind.unwrap_or_default();
    Ok(Analyte {
        id: row.id,
        key: row.key,
        name: row.name,
        short: row.short,
        discipline: row.discipline,
        loinc: row.loinc,
        unit: row.unit,
        decimals: row.decimals,
        specimen_type: row.specimen_type,
        kind: answers::kind(&kind).ok_or_else(|| means_nothing(&kind))?,
    })
}

fn test(row: TestRow, analytes: &HashMap<&str, AnalyteId>) -> Result<Test, StoreError> {
    let analyte = |key: &str| {
        let known = analytes.get(key).copied();
        known.ok_or_else(|| StoreError::Corrupt(format!("the test {} names the unknown analyte {key:?}", row.key)))
    };
    let analytes = row.analytes.split_whitespace().map(analyte).collect::<Result<_, _>>()?;
    Ok(Test { id: row.id, key: row.key, name: row.name, analytes, specimen_type: row.specimen_type })
}

/// What a stored text of a decimal or an age means; the import has refused what means nothing.
fn stored<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    if text.is_empty() {
        return Ok(None);
    }
    parse(text).map(Some).ok_or_else(|| means_nothing(text))
}

pub(super) fn means_nothing(text: &str) -> StoreError {
    StoreError::Corrupt(format!("the catalog holds {text:?}, which means nothing"))
}

/// Whom an interval is for: one sex, or `None` for everybody.
pub(super) fn sex(code: &str) -> Result<Option<Sex>, StoreError> {
    match code {
        "any" => Ok(None),
        "female" => Ok(Some(Sex::Female)),
        "male" => Ok(Some(Sex::Male)),
        _ => Err(means_nothing(code)),
    }
}

fn age(text: &str) -> Result<Option<AgeBound>, StoreError> {
    stored(text, |t| AgeBound::parse(t).ok())
}

fn number(text: &str) -> Result<Option<rust_decimal::Decimal>, StoreError> {
    stored(text, |t| match Reported::parse(t) {
        Reported::Number(n) => Some(n),
        _ => None,
    })
}

pub(super) fn approved(at: Option<Timestamp>, by: Option<String>) -> Result<Option<(Timestamp, String)>, StoreError> {
    match (at, by) {
        (None, None) => Ok(None),
        (Some(at), Some(by)) => Ok(Some((at, by))),
        _ => Err(StoreError::Corrupt("an approval in the catalog lacks its time or its name".to_owned())),
    }
}

fn interval(row: IntervalRow) -> Result<Interval, StoreError> {
    let range = Range {
        sex: sex(&row.sex)?,
        age_low: age(&row.age_low)?,
        age_high: age(&row.age_high)?,
        low: number(&row.low)?,
        high: number(&row.high)?,
    };
    Ok(Interval {
        id: row.id,
        analyte: row.analyte,
        sex: row.sex,
        age_low: row.age_low,
        age_high: row.age_high,
        low: row.low,
        high: row.high,
        unit: row.unit,
        kind: row.kind,
        source: row.source,
        confidence: row.confidence,
        warns: row.warns.unwrap_or(!row.note.is_empty()),
        note: row.note,
        rank: row.rank.unwrap_or(1),
        approved: approved(row.approved_at, row.approved_by)?,
        instrument: row.instrument,
        converted: row.converted,
        range,
    })
}

fn limit(row: LimitRow) -> Result<Limit, StoreError> {
    let bound = |op: &str, value: &str| Ok::<_, StoreError>(stored(op, Op::parse)?.zip(number(value)?));
    let (age_low, age_high) = (age(&row.age_low)?, age(&row.age_high)?);
    let population = Range { sex: None, age_low, age_high, low: None, high: None };
    let of_a_group = population::says_more(&row.population, age_low.is_some() || age_high.is_some());
    let limit = CriticalLimit { population, low: bound(&row.low_op, &row.low)?, high: bound(&row.high_op, &row.high)? };
    Ok(Limit {
        id: row.id,
        analyte: row.analyte,
        text: printed(&row),
        population: row.population,
        of_a_group,
        age_low: row.age_low,
        age_high: row.age_high,
        unit: row.unit,
        source: row.source,
        confidence: row.confidence,
        warns: of_a_group || row.warns.unwrap_or(!row.note.is_empty()),
        note: row.note,
        rank: row.rank.unwrap_or(1),
        approved: approved(row.approved_at, row.approved_by)?,
        instrument: row.instrument,
        converted: row.converted,
        limit,
    })
}

/// A limit as its source prints it: `≤ 2.5 or ≥ 6.5`.
fn printed(row: &LimitRow) -> String {
    let bounds = [(&row.low_op, &row.low), (&row.high_op, &row.high)].into_iter().filter(|(_, v)| !v.is_empty());
    let printed = bounds.map(|(op, value)| format!("{} {value}", op.replace("<=", "≤").replace(">=", "≥")));
    printed.collect::<Vec<_>>().join(" or ")
}
