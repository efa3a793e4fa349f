//! An import in the making: entries that name one another by key are checked and given their ids.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use titer_science::{AgeBound, Op, Reported};
use titer_store::Read;

use super::{
    AnalyteId, Answer, Catalog, Kind, SpecimenTypeId,
    alike::Names,
    answers, coverage,
    events::{self, Imported},
    own,
    propose::Proposed,
    starter::{self, Entries},
    tables::{IntervalRow, LimitRow},
    views,
};
use crate::{Ctx, Failure, Refusal, instruments::InstrumentId, text};

/// What is known by key so far, in the catalog and in the import, and the event that comes of it.
pub(super) struct Import {
    event: i64,
    /// How many ids the event has given out.
    given: i64,
    types: HashMap<String, i64>,
    analytes: HashMap<String, i64>,
    tests: HashMap<String, i64>,
    units: HashMap<String, String>,
    kinds: HashMap<String, Kind>,
    /// The specimen type of each analyte.
    specimens: HashMap<String, i64>,
    names: Named,
    answers: HashMap<i64, Vec<Answer>>,
    /// Analytes with intervals or limits, approved or not.
    limited: HashSet<i64>,
    lists: HashMap<String, Vec<starter::Answer>>,
    /// Intervals and limits that are proposed or in force: they are not proposed a second time.
    current: HashSet<Facts>,
    /// The same, and those that are retired.
    ever: HashSet<Facts>,
    catalog: Arc<Catalog>,
    /// The instrument whose results alone intervals and limits judge.
    instrument: Option<InstrumentId>,
    imported: Imported,
}

impl Import {
    pub fn new(ctx: &Ctx, read: &mut dyn Read) -> Result<Self, Failure> {
        let mut answers: HashMap<i64, Vec<Answer>> = HashMap::new();
        for answer in views::all_answers(read)?.into_iter().filter(|a| !a.retired) {
            answers.entry(answer.analyte.0).or_default().push(answer);
        }
        let (intervals, limits) = views::rows(read)?;
        let current = intervals.iter().filter(|i| i.retired_at.is_none()).map(of_interval);
        let current = current.chain(limits.iter().filter(|l| l.retired_at.is_none()).map(of_limit)).collect();
        let limited = intervals.iter().map(|i| i.analyte.0).chain(limits.iter().map(|l| l.analyte.0)).collect();
        Ok(Import {
            event: ctx.event(),
            given: 0,
            types: views::keys(read, &views::TYPE_KEYS)?,
            analytes: views::keys(read, &views::ANALYTE_KEYS)?,
            tests: views::keys(read, &views::TEST_KEYS)?,
            units: ctx.catalog.analytes().map(|a| (a.key.clone(), a.unit.clone())).collect(),
            kinds: ctx.catalog.analytes().map(|a| (a.key.clone(), a.kind)).collect(),
            specimens: ctx.catalog.analytes().map(|a| (a.key.clone(), a.specimen_type.0)).collect(),
            names: Named::default(),
            answers,
            limited,
            lists: HashMap::new(),
            current,
            ever: intervals.iter().map(of_interval).chain(limits.iter().map(of_limit)).collect(),
            catalog: ctx.catalog.clone(),
            instrument: None,
            imported: Imported::default(),
        })
    }

    /// Takes all entries, each kind after those that it names.
    pub fn entries(mut self, entries: Entries) -> Result<Imported, Failure> {
        self.names = Named::of(&self.catalog);
        self.lists = entries.answers.into_iter().map(|list| (list.key, list.answer)).collect();
        for entry in entries.specimen_type {
            self.specimen_type(entry)?;
        }
        for entry in entries.analyte {
            self.analyte(entry)?;
        }
        for entry in entries.test {
            self.test(entry)?;
        }
        for entry in entries.interval {
            self.interval(entry)?;
        }
        for entry in entries.limit {
            self.limit(entry)?;
        }
        Ok(self.imported)
    }

    /// Takes the entries that the catalog does not have; and says why some are left out.
    pub fn missing(mut self, mut entries: Entries) -> Result<(Imported, Vec<Refusal>), Failure> {
        self.current = std::mem::take(&mut self.ever);
        entries.specimen_type.retain(|entry| !self.types.contains_key(&entry.key));
        entries.test.retain(|entry| !self.tests.contains_key(&entry.key));
        entries.analyte = entries.analyte.into_iter().filter_map(|entry| self.lacking(entry)).collect();
        let left_out = self.left_out(&mut entries);
        entries.interval.retain(|entry| self.is_judged(&entry.analyte, &entry.unit));
        entries.limit.retain(|entry| self.is_judged(&entry.analyte, &entry.unit));
        Ok((self.entries(entries)?, left_out))
    }

    /// Takes out of an addition what the laboratory's own entries do not let in: a name that is taken for one of theirs, and a test of
    /// analytes that the laboratory measures in another specimen type, or does not have.
    fn left_out(&self, entries: &mut Entries) -> Vec<Refusal> {
        let (mut left_out, mut names) = (Vec::new(), Named::of(&self.catalog));
        let mut fits = |fits: Result<(), Refusal>| fits.map_err(|why| left_out.push(why)).is_ok();
        entries.specimen_type.retain(|e| fits(names.types.add(&[&e.key, &e.name])));
        entries.analyte.retain(|e| fits(names.analytes.add(&[&e.key, &e.name, &e.short])));
        let own =
            |key: &str| self.catalog.analyte_by_key(key).and_then(|a| self.catalog.specimen_type(a.specimen_type));
        let new: HashMap<&str, &str> = entries.analyte.iter().map(|a| (&*a.key, &*a.specimen_type)).collect();
        let measured_in = |key: &str| own(key).map(|own| own.key.as_str()).or_else(|| new.get(key).copied());
        entries.test.retain(|test| {
            let unfit = test.analytes.iter().find_map(|analyte| match measured_in(analyte) {
                None => Some(Refusal::new("catalog-unknown").with("what", "analyte").with("key", analyte)),
                Some(own) if own != test.specimen_type => {
                    Some(other_specimen_type(&test.name, analyte, own, &test.specimen_type))
                }
                Some(_) => None,
            });
            fits(unfit.map_or_else(|| names.tests.add(&[&test.key, &test.name]), Err))
        });
        let known = |key: &str| measured_in(key).is_some();
        entries.interval.retain(|entry| known(&entry.analyte));
        entries.limit.retain(|entry| known(&entry.analyte));
        left_out
    }

    /// Takes one interval or limit, for the results of one instrument or of all, instead of the proposal that says this.
    pub fn proposed(
        mut self,
        proposed: Proposed,
        instrument: Option<InstrumentId>,
        instead: Option<&Facts>,
    ) -> Result<Imported, Failure> {
        self.instrument = instrument;
        if let Some(instead) = instead {
            self.current.remove(instead);
        }
        match proposed {
            Proposed::Interval(interval) => self.interval(interval)?,
            Proposed::Limit(limit) => self.limit(limit)?,
        }
        Ok(self.imported)
    }

    /// Takes another list of answers of an analyte.
    pub fn answered(mut self, analyte: &views::Analyte, list: Vec<starter::Answer>) -> Result<Imported, Failure> {
        self.lists = HashMap::from([(String::from("own"), list)]);
        self.answers(analyte.id.0, &analyte.key, analyte.kind, "own")?;
        Ok(self.imported)
    }

    /// An analyte that the catalog does not have; or its own, with the answers that it lacks.
    fn lacking(&self, entry: starter::Analyte) -> Option<starter::Analyte> {
        let Some(own) = self.catalog.analyte_by_key(&entry.key) else { return Some(entry) };
        let answered = self.answers.get(&own.id.0).is_some_and(|answers| !answers.is_empty());
        if entry.answers.is_empty() || answered || self.limited.contains(&own.id.0) {
            return None;
        }
        Some(starter::Analyte {
            name: own.name.clone(),
            short: own.short.clone(),
            discipline: own.discipline.clone(),
            loinc: own.loinc.clone(),
            unit: own.unit.clone(),
            decimals: own.decimals,
            specimen_type: self.catalog.specimen_type(own.specimen_type)?.key.clone(),
            ..entry
        })
    }

    /// Whether an interval or a limit in this unit fits the analyte as the catalog has it, if the catalog has it.
    fn is_judged(&self, analyte: &str, unit: &str) -> bool {
        self.catalog.analyte_by_key(analyte).is_none_or(|own| own.kind.has_limits() && own.unit == unit)
    }

    fn specimen_type(&mut self, entry: starter::SpecimenType) -> Result<(), Failure> {
        let key = key(&entry.key)?;
        let id = self.types.get(&key).copied().unwrap_or_else(|| self.next());
        self.types.insert(key.clone(), id);
        let cap = [entry.cap_us, entry.cap_uk].into_iter().find(|c| !c.is_empty()).unwrap_or_default();
        let name = text::required(&entry.name, "name")?;
        self.names.types.add(&[&key, &name])?;
        let container = text::optional(&entry.container, "container")?;
        self.imported.specimen_types.push(events::SpecimenType { id, key, name, container, cap });
        Ok(())
    }

    fn analyte(&mut self, entry: starter::Analyte) -> Result<(), Failure> {
        let key = key(&entry.key)?;
        let specimen_type = named(&self.types, "specimen type", &entry.specimen_type)?;
        check_loinc(&key, &entry.loinc)?;
        // Orders, tubes and results are of the specimen type that the analyte has: it never changes.
        let own_type = *self.specimens.entry(key.clone()).or_insert(specimen_type);
        if own_type != specimen_type {
            let own = self.type_name(own_type);
            return Err(Refusal::new("catalog-specimen-type-fixed").with("key", key).with("own", own).into());
        }
        let unit = text::optional(&entry.unit, "unit")?;
        let id = match self.analytes.get(&key) {
            Some(id) => *id,
            None => {
                own::readable(&key, &unit)?;
                self.next()
            }
        };
        self.analytes.insert(key.clone(), id);
        // Intervals, limits, mappings and results are in the unit that the analyte has: no import changes it.
        self.units.entry(key.clone()).or_insert_with(|| unit.clone());
        self.measured(&key, &unit)?;
        let kind = self.kind(id, &key, &entry)?;
        self.answers(id, &key, kind, &entry.answers)?;
        let (name, short) = (text::required(&entry.name, "name")?, text::required(&entry.short, "short name")?);
        self.names.analytes.add(&[&key, &name, &short])?;
        self.imported.analytes.push(events::Analyte {
            id,
            key,
            name,
            short,
            discipline: text::optional(&entry.discipline, "discipline")?,
            loinc: entry.loinc,
            unit,
            decimals: entry.decimals.clamp(0, 9),
            specimen_type,
            sources: entry.sources,
            confidence: entry.confidence,
            kind: if kind == Kind::Numeric { String::new() } else { kind.code().to_owned() },
        });
        Ok(())
    }

    /// What sort of result an analyte has. It changes only as long as nothing judges the results, no interval, limit or answer, and no
    /// test asks for them; but a number of an older catalog may get answers: a result that is none of these is held.
    fn kind(&mut self, id: i64, key: &str, entry: &starter::Analyte) -> Result<Kind, Failure> {
        let code = &*entry.kind;
        let kind = answers::kind(code)
            .ok_or_else(|| Refusal::new("catalog-result-kind").with("kind", code).with("key", key))?;
        let known = self.kinds.insert(key.to_owned(), kind);
        let judged = self.limited.contains(&id) || self.answers.get(&id).is_some_and(|a| !a.is_empty());
        let ordered = self.catalog.tests().iter().any(|test| test.analytes.contains(&AnalyteId(id)));
        let answered = known == Some(Kind::Numeric) && kind == Kind::Coded && !entry.answers.is_empty();
        if (judged || ordered && !answered) && known.is_some_and(|known| known != kind) {
            return Err(Refusal::new("catalog-kind-in-use").with("key", key).into());
        }
        self.imported.judge_again |= known.is_some_and(|known| known != kind);
        Ok(kind)
    }

    /// The answers of an analyte: those of the list that it names. If it names none, its answers stay.
    fn answers(&mut self, id: i64, key: &str, kind: Kind, list: &str) -> Result<(), Failure> {
        if list.is_empty() {
            return Ok(());
        }
        if kind != Kind::Coded {
            return Err(Refusal::new("catalog-answers-not-coded").with("key", key).into());
        }
        let Some(list) = self.lists.get(list) else {
            return Err(Refusal::new("catalog-unknown").with("what", "answer list").with("key", list).into());
        };
        if self.imported.answers.iter().any(|a| a.analyte == id) {
            return Err(Refusal::new("catalog-twice").with("key", key).into());
        }
        let (event, given) = (self.event, &mut self.given);
        let known = self.answers.remove(&id).unwrap_or_default();
        let merged = answers::merge(id, &known, list, || {
            *given += 1;
            Imported::id(event, *given - 1)
        })?;
        self.imported.answers.extend(merged.new);
        self.imported.judge_again |= !merged.retired.is_empty();
        self.imported.retired_answers.extend(merged.retired);
        Ok(())
    }

    fn test(&mut self, entry: starter::Test) -> Result<(), Failure> {
        let key = key(&entry.key)?;
        if entry.analytes.is_empty() {
            return Err(Refusal::new("text-missing").with("field", "analytes").into());
        }
        let mut seen = HashSet::new();
        for analyte in &entry.analytes {
            named(&self.analytes, "analyte", analyte)?;
            if !seen.insert(analyte) {
                return Err(Refusal::new("catalog-member-twice").with("analyte", analyte).into());
            }
        }
        let specimen_type = named(&self.types, "specimen type", &entry.specimen_type)?;
        let name = text::required(&entry.name, "name")?;
        let other = |key: &&String| self.specimens.get(*key).is_some_and(|own| *own != specimen_type);
        if let Some(analyte) = entry.analytes.iter().find(other) {
            let [own, wanted] = [self.specimens[analyte], specimen_type].map(|id| self.type_name(id));
            let analyte = self.catalog.analyte_by_key(analyte).map_or(&**analyte, |a| &a.name);
            return Err(other_specimen_type(&name, analyte, &own, &wanted).into());
        }
        self.names.tests.add(&[&key, &name])?;
        let id = self.tests.get(&key).copied().unwrap_or_else(|| self.next());
        self.tests.insert(key.clone(), id);
        self.imported.tests.push(events::Test { id, key, name, analytes: entry.analytes, specimen_type });
        Ok(())
    }

    fn interval(&mut self, entry: starter::Interval) -> Result<(), Failure> {
        let analyte = self.limited(&entry.analyte, &entry.unit)?;
        check_ages(&entry.age_low, &entry.age_high)?;
        check_limits(&entry.low, &entry.high)?;
        if views::sex(&entry.sex).is_err() {
            return Err(Refusal::new("catalog-sex").with("sex", entry.sex).into());
        }
        let source = text::required(&entry.source, "source")?;
        let mut interval = events::Interval {
            id: 0,
            analyte,
            sex: entry.sex,
            age_low: entry.age_low,
            age_high: entry.age_high,
            low: entry.low,
            high: entry.high,
            unit: entry.unit,
            kind: entry.kind,
            source,
            confidence: entry.confidence,
            note: text::optional(&entry.note, "note")?,
            rank: entry.rank,
            warns: entry.warns,
            instrument: self.instrument.map(|i| i.0),
            converted: entry.converted,
        };
        if !self.current.contains(&of_interval(&interval.row())) {
            interval.id = self.next();
            self.imported.intervals.push(interval);
        }
        Ok(())
    }

    fn limit(&mut self, entry: starter::Limit) -> Result<(), Failure> {
        let analyte = self.limited(&entry.analyte, &entry.unit)?;
        check_ages(&entry.age_low, &entry.age_high)?;
        check_limits(&entry.low, &entry.high)?;
        check_operator(&entry.low_op, &entry.low, &[Op::Less, Op::LessOrEqual])?;
        check_operator(&entry.high_op, &entry.high, &[Op::Greater, Op::GreaterOrEqual])?;
        let source = text::required(&entry.source, "source")?;
        let mut limit = events::Limit {
            id: 0,
            analyte,
            population: text::optional(&entry.population, "population")?,
            age_low: entry.age_low,
            age_high: entry.age_high,
            low_op: entry.low_op,
            low: entry.low,
            high_op: entry.high_op,
            high: entry.high,
            unit: entry.unit,
            source,
            confidence: entry.confidence,
            note: text::optional(&entry.note, "note")?,
            rank: entry.rank,
            warns: entry.warns,
            instrument: self.instrument.map(|i| i.0),
            converted: entry.converted,
        };
        if !self.current.contains(&of_limit(&limit.row())) {
            limit.id = self.next();
            self.imported.limits.push(limit);
        }
        Ok(())
    }

    /// The analyte, if intervals and limits can judge its results. The unit must be its own.
    fn limited(&mut self, key: &str, unit: &str) -> Result<i64, Failure> {
        let analyte = self.measured(key, unit)?;
        if !self.kinds.get(key).is_none_or(|kind| kind.has_limits()) {
            return Err(Refusal::new("catalog-no-limits").with("key", key).into());
        }
        self.limited.insert(analyte);
        Ok(analyte)
    }

    /// The name of a specimen type, in the import or in the catalog.
    fn type_name(&self, id: i64) -> String {
        let imported = self.imported.specimen_types.iter().find(|t| t.id == id).map(|t| t.name.clone());
        let known = || self.catalog.specimen_type(SpecimenTypeId(id)).map(|t| t.name.clone());
        imported.or_else(known).unwrap_or_default()
    }

    /// The next id that the event gives out.
    fn next(&mut self) -> i64 {
        self.given += 1;
        Imported::id(self.event, self.given - 1)
    }

    /// The analyte, if the unit is its own: limits are never converted silently.
    fn measured(&self, key: &str, unit: &str) -> Result<i64, Failure> {
        let analyte = named(&self.analytes, "analyte", key)?;
        match self.units.get(key) {
            Some(own) if own == unit => Ok(analyte),
            own => Err(Refusal::new("catalog-unit")
                .with("key", key)
                .with("unit", unit)
                .with("own", own.map_or("", String::as_str))
                .into()),
        }
    }
}

/// The names of the entries of each sort.
#[derive(Default)]
struct Named {
    types: Names,
    analytes: Names,
    tests: Names,
}

impl Named {
    fn of(catalog: &Catalog) -> Self {
        Named {
            types: Names::of(catalog.specimen_types().iter().map(|t| [&*t.key, &*t.name])),
            analytes: Names::of(catalog.analytes().map(|a| [&*a.key, &*a.name, &*a.short])),
            tests: Names::of(catalog.tests().iter().map(|t| [&*t.key, &*t.name])),
        }
    }
}

/// A test that asks for an analyte in a specimen type in which nobody measures it.
fn other_specimen_type(test: &str, analyte: &str, own: &str, wanted: &str) -> Refusal {
    Refusal::new("catalog-other-specimen-type")
        .with("test", test)
        .with("analyte", analyte)
        .with("own", own)
        .with("wanted", wanted)
}

/// What an interval or a limit says, and whose results it judges; without its note, its trust and its rank.
pub(super) type Facts = (i64, Option<i64>, [String; 8]);

pub(super) fn of_interval(i: &IntervalRow) -> Facts {
    (
        i.analyte.0,
        i.instrument.map(|i| i.0),
        [&i.kind, &i.sex, &i.age_low, &i.age_high, &i.low, &i.high, &i.unit, &i.source].map(Clone::clone),
    )
}

pub(super) fn of_limit(l: &LimitRow) -> Facts {
    let bounds = [format!("{} {}", l.low_op, l.low), format!("{} {}", l.high_op, l.high)];
    let [low, high] = bounds;
    let whom = l.population.clone();
    let text = [&l.age_low, &l.age_high, &l.unit, &l.source].map(Clone::clone);
    let [age_low, age_high, unit, source] = text;
    (l.analyte.0, l.instrument.map(|i| i.0), ["critical".to_owned(), whom, age_low, age_high, low, high, unit, source])
}

fn key(key: &str) -> Result<String, Failure> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if key.is_empty() || !key.chars().all(valid) {
        return Err(Refusal::new("catalog-key").with("key", key).into());
    }
    Ok(key.to_owned())
}

fn named(known: &HashMap<String, i64>, what: &'static str, key: &str) -> Result<i64, Failure> {
    known.get(key).copied().ok_or_else(|| Refusal::new("catalog-unknown").with("what", what).with("key", key).into())
}

/// A limit has an operator that points away from the values between the limits; no limit has none.
fn check_operator(op: &str, value: &str, allowed: &[Op]) -> Result<(), Failure> {
    let fits = match Op::parse(op) {
        Some(parsed) => !value.is_empty() && allowed.contains(&parsed),
        None => op.is_empty() && value.is_empty(),
    };
    if fits { Ok(()) } else { Err(Refusal::new("catalog-operator").with("operator", op).into()) }
}

fn check_ages(low: &str, high: &str) -> Result<(), Failure> {
    for age in [low, high] {
        if !age.is_empty() && AgeBound::parse(age).is_err() {
            return Err(Refusal::new("catalog-age").with("age", age).into());
        }
    }
    if !coverage::in_order(low, high) {
        return Err(Refusal::new("catalog-ages-inverted").with("low", low).with("high", high).into());
    }
    Ok(())
}

/// Limits are numbers, as exactly as the source prints them, and the lower one is not above the upper.
fn check_limits(low: &str, high: &str) -> Result<(), Failure> {
    let number = |text: &str| match Reported::parse(text) {
        _ if text.is_empty() => Ok(None),
        Reported::Number(n) => Ok(Some(n)),
        _ => Err(Refusal::new("catalog-number").with("number", text)),
    };
    match (number(low)?, number(high)?) {
        (Some(l), Some(h)) if l > h => {
            Err(Refusal::new("catalog-limits-inverted").with("low", low).with("high", high).into())
        }
        _ => Ok(()),
    }
}

/// Refuses what is no LOINC code. A test of the house may have none.
pub(super) fn check_loinc(key: &str, code: &str) -> Result<(), Failure> {
    if code.is_empty() || loinc_is_valid(code) {
        return Ok(());
    }
    Err(Refusal::new("catalog-loinc").with("code", code).with("key", key).into())
}

/// Whether the check digit of a LOINC code is right (mod 10, Luhn: LOINC Users' Guide, appendix "Calculating mod 10 check digits").
fn loinc_is_valid(code: &str) -> bool {
    let Some((digits, check)) = code.split_once('-') else { return false };
    if digits.is_empty()
        || digits.len() > 7
        || check.len() != 1
        || !(digits.to_owned() + check).bytes().all(|b| b.is_ascii_digit())
    {
        return false;
    }
    let sum: u32 = (digits.bytes().rev().enumerate())
        .map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 2 } else { 1 })
        .map(|d| d / 10 + d % 10)
        .sum();
    (10 - sum % 10) % 10 == u32::from(check.as_bytes()[0] - b'0')
}
