//! An import in the making: entries that name one another by key are checked and given their ids.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use titer_science::{AgeBound, Op, Reported};
use titer_store::Read;

use super::{
    Answer, Catalog, Kind, answers,
    events::{self, Imported},
    own,
    starter::{self, Entries},
    tables::{IntervalRow, LimitRow},
    views,
};
use crate::{Ctx, Failure, Refusal, text};

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
    answers: HashMap<i64, Vec<Answer>>,
    /// Analytes with intervals or limits, approved or not.
    limited: HashSet<i64>,
    lists: HashMap<String, Vec<starter::Answer>>,
    /// Intervals and limits that are proposed or in force: they are not proposed a second time.
    current: HashSet<Facts>,
    /// The same, and those that are retired.
    ever: HashSet<Facts>,
    catalog: Arc<Catalog>,
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
            answers,
            limited,
            lists: HashMap::new(),
            current,
            ever: intervals.iter().map(of_interval).chain(limits.iter().map(of_limit)).collect(),
            catalog: ctx.catalog.clone(),
            imported: Imported::default(),
        })
    }

    /// Takes all entries, each kind after those that it names.
    pub fn entries(mut self, entries: Entries) -> Result<Imported, Failure> {
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

    /// Takes the entries that the catalog does not have.
    pub fn missing(mut self, mut entries: Entries) -> Result<Imported, Failure> {
        self.current = std::mem::take(&mut self.ever);
        entries.specimen_type.retain(|entry| !self.types.contains_key(&entry.key));
        entries.test.retain(|entry| !self.tests.contains_key(&entry.key));
        entries.analyte = entries.analyte.into_iter().filter_map(|entry| self.lacking(entry)).collect();
        entries.interval.retain(|entry| self.is_judged(&entry.analyte, &entry.unit));
        entries.limit.retain(|entry| self.is_judged(&entry.analyte, &entry.unit));
        self.entries(entries)
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
        let container = text::optional(&entry.container, "container")?;
        self.imported.specimen_types.push(events::SpecimenType { id, key, name, container, cap });
        Ok(())
    }

    fn analyte(&mut self, entry: starter::Analyte) -> Result<(), Failure> {
        let key = key(&entry.key)?;
        let specimen_type = named(&self.types, "specimen type", &entry.specimen_type)?;
        check_loinc(&key, &entry.loinc)?;
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
        let kind = self.kind(id, &key, &entry.kind)?;
        self.answers(id, &key, kind, &entry.answers)?;
        self.imported.analytes.push(events::Analyte {
            id,
            key,
            name: text::required(&entry.name, "name")?,
            short: text::required(&entry.short, "short name")?,
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

    /// What sort of result an analyte has. It changes only as long as nothing judges the results: no interval, limit or answer.
    fn kind(&mut self, id: i64, key: &str, code: &str) -> Result<Kind, Failure> {
        let kind = answers::kind(code)
            .ok_or_else(|| Refusal::new("catalog-result-kind").with("kind", code).with("key", key))?;
        let known = self.kinds.insert(key.to_owned(), kind);
        let judged = self.limited.contains(&id) || self.answers.get(&id).is_some_and(|a| !a.is_empty());
        if judged && known.is_some_and(|known| known != kind) {
            return Err(Refusal::new("catalog-kind-in-use").with("key", key).into());
        }
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
        let id = self.tests.get(&key).copied().unwrap_or_else(|| self.next());
        self.tests.insert(key.clone(), id);
        let name = text::required(&entry.name, "name")?;
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
            note: entry.note,
            rank: entry.rank,
            warns: entry.warns,
            instrument: None,
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
            population: entry.population,
            age_low: entry.age_low,
            age_high: entry.age_high,
            low_op: entry.low_op,
            low: entry.low,
            high_op: entry.high_op,
            high: entry.high,
            unit: entry.unit,
            source,
            confidence: entry.confidence,
            note: entry.note,
            rank: entry.rank,
            warns: entry.warns,
            instrument: None,
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

/// What an interval or a limit says, without its note, its trust and its rank.
type Facts = (i64, [String; 8]);

fn of_interval(i: &IntervalRow) -> Facts {
    (i.analyte.0, [&i.kind, &i.sex, &i.age_low, &i.age_high, &i.low, &i.high, &i.unit, &i.source].map(Clone::clone))
}

fn of_limit(l: &LimitRow) -> Facts {
    let bounds = [format!("{} {}", l.low_op, l.low), format!("{} {}", l.high_op, l.high)];
    let [low, high] = bounds;
    let whom = l.population.clone();
    let text = [&l.age_low, &l.age_high, &l.unit, &l.source].map(Clone::clone);
    let [age_low, age_high, unit, source] = text;
    (l.analyte.0, ["critical".to_owned(), whom, age_low, age_high, low, high, unit, source])
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
