//! What the laboratory wants of the bench: turn-around targets, and second readers.

use axum::extract::Query;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::views::{Analyte, Test};
use titer_lab::catalog::{AnalyteId, TestId};
use titer_lab::orders::Priority as Urgency;
use titer_lab::results::by_hand::{self, RequireSecondReaders};
use titer_lab::work::targets::{self as rule, SetTargets, Target};
use titer_lab::{Action, Catalog, versions};
use titer_shell::errors::Problem;
use titer_shell::reader::Reader;

use super::{choice, code, disciplines};
use crate::handlers::common::{Answer, again, mistaken, priority, show};
use crate::pages::bench::{SecondReaders, TargetLine, Targets};
use crate::pages::{Choice, Mistakes, Seen, Tone};
use crate::paths;
use crate::sections::BENCH;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    discipline: String,
    /// A part of the name of an analyte.
    text: String,
}

/// The chosen discipline; the first one if none is chosen.
fn chosen(disciplines: &mut [Choice], asked: &str) -> String {
    if asked.is_empty()
        && let Some(first) = disciplines.first_mut()
    {
        first.chosen = true;
        return first.value.clone();
    }
    asked.to_owned()
}

/// The fields of a form, in their order.
type Fields = Vec<(String, String)>;

fn value<'f>(fields: &'f [(String, String)], name: &str) -> &'f str {
    fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// The version that a form showed. No event has the number -1.
fn shown(fields: &[(String, String)]) -> i64 {
    value(fields, "shown").parse().unwrap_or(-1)
}

pub async fn targets(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    show(target_page(&reader, code(&asked.discipline), Fields::new(), Mistakes::default()).await?)
}

fn is_of(catalog: &Catalog, test: &Test, discipline: &str) -> bool {
    let first = test.analytes.first().and_then(|id| catalog.analyte(*id));
    first.is_some_and(|analyte| analyte.discipline == discipline)
}

async fn target_page(
    reader: &Reader,
    discipline: String,
    typed: Fields,
    mistakes: Mistakes,
) -> Result<Targets, Problem> {
    let page = reader.page(Some(&BENCH), move |s, frame| {
        let (catalog, set) = (frame.catalog(s)?, rule::targets(s)?);
        let mut all = disciplines(frame, &catalog, &discipline);
        let discipline = chosen(&mut all, &discipline);
        let minutes = |test: &Test, urgency: Urgency| {
            let field = format!("{}-{}", urgency.code(), test.id);
            let typed = typed.iter().find(|(name, _)| *name == field).map(|(_, value)| value.clone());
            let standing = || set.of.get(&test.id).and_then(|t| t.minutes(urgency));
            let minutes = typed.unwrap_or_else(|| standing().map(|m| m.to_string()).unwrap_or_default());
            (urgency.code(), priority(urgency).key(), minutes)
        };
        let line = |test: &Test| TargetLine {
            id: test.id.to_string(),
            name: test.name.clone(),
            minutes: Urgency::ALL.iter().map(|urgency| minutes(test, *urgency)).collect(),
        };
        let mut lines: Vec<TargetLine> =
            catalog.tests().iter().filter(|t| is_of(&catalog, t, &discipline)).map(line).collect();
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Targets {
            page: frame.page(),
            disciplines: all,
            discipline,
            lines,
            changeable: frame.may(Action::SetTargets),
            seen: Seen { version: set.version, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

/// Minutes as typed: none if nothing is. What is no number comes back.
fn minutes(fields: &[(String, String)], urgency: Urgency, test: TestId) -> Result<Option<i64>, String> {
    match value(fields, &format!("{}-{test}", urgency.code())).trim() {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| typed.to_owned()),
    }
}

fn typed_targets(fields: &[(String, String)]) -> Result<Vec<(TestId, Target)>, String> {
    let tests = fields.iter().filter_map(|(name, _)| name.strip_prefix("routine-")?.parse().ok().map(TestId));
    let target = |test| {
        let of = |urgency| minutes(fields, urgency, test);
        Ok((test, Target { stat: of(Urgency::Stat)?, urgent: of(Urgency::Urgent)?, routine: of(Urgency::Routine)? }))
    };
    tests.map(target).collect()
}

pub async fn set_targets(reader: Reader, Form(fields): Form<Fields>) -> Answer {
    let (shown, discipline) = (shown(&fields), code(value(&fields, "discipline")));
    let tests = match typed_targets(&fields) {
        Ok(tests) => tests,
        Err(value) => {
            let mistakes = Mistakes::one("", reader.tell("bench-targets-no-number", &[("value", &value)]));
            return again(target_page(&reader, discipline, fields, mistakes).await?);
        }
    };
    let set = reader.submit(None, move |tx| {
        let last = rule::targets(tx)?.version;
        versions::unchanged(tx, shown, last)?;
        tx.run(SetTargets { tests })
    });
    match set.await {
        Ok(()) => {
            let to = format!("{}?discipline={discipline}", reader.to(paths::BENCH_TARGETS));
            Ok(reader.done(&to, Tone::Calm, reader.t("bench-targets-saved")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(target_page(&reader, discipline, fields, mistakes).await?)
        }
    }
}

pub async fn readers(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    show(reader_page(&reader, Sought::of(&asked.discipline, asked.text), None, Mistakes::default()).await?)
}

/// Which analytes the page of second readers shows.
struct Sought {
    discipline: String,
    text: String,
}

impl Sought {
    fn of(discipline: &str, text: String) -> Self {
        Sought { discipline: code(discipline), text }
    }

    /// A text alone is sought in all disciplines.
    fn is_everywhere(&self) -> bool {
        self.discipline == ALL || (self.discipline.is_empty() && !self.text.trim().is_empty())
    }

    fn is(&self, analyte: &Analyte) -> bool {
        let said = format!("{} {}", analyte.name, analyte.short).to_lowercase();
        let of_discipline = self.is_everywhere() || analyte.discipline == self.discipline;
        of_discipline && self.text.to_lowercase().split_whitespace().all(|word| said.contains(word))
    }
}

/// The choice of all disciplines.
const ALL: &str = "all";

async fn reader_page(
    reader: &Reader,
    mut sought: Sought,
    marked: Option<Vec<AnalyteId>>,
    mistakes: Mistakes,
) -> Result<SecondReaders, Problem> {
    let page = reader.page(Some(&BENCH), move |s, frame| {
        let (catalog, rule) = (frame.catalog(s)?, by_hand::second_readers(s)?);
        let mut all = disciplines(frame, &catalog, &sought.discipline);
        if sought.is_everywhere() {
            sought.discipline = ALL.to_owned();
        } else {
            sought.discipline = chosen(&mut all, &sought.discipline);
        }
        all.insert(0, choice(ALL, frame.t("bench-all"), &sought.discipline));
        let is_marked = |id| marked.as_ref().map_or_else(|| rule.analytes.contains(&id), |marked| marked.contains(&id));
        let mut analytes: Vec<Choice> = catalog
            .analytes()
            .filter(|a| sought.is(a))
            .map(|a| Choice { chosen: is_marked(a.id), ..choice(&a.id.to_string(), a.name.clone(), "") })
            .collect();
        analytes.sort_by(|a, b| a.label.cmp(&b.label));
        Ok(SecondReaders {
            page: frame.page(),
            disciplines: all,
            discipline: sought.discipline,
            text: sought.text,
            analytes,
            changeable: frame.may(Action::RequireSecondReaders),
            seen: Seen { version: rule.version, now: Vec::new() },
            mistakes,
        })
    });
    page.await
}

pub async fn require(reader: Reader, Form(fields): Form<Fields>) -> Answer {
    let (shown, sought) = (shown(&fields), Sought::of(value(&fields, "discipline"), value(&fields, "text").to_owned()));
    let ids = |name: &str| -> Vec<AnalyteId> {
        let named = fields.iter().filter(|(n, _)| n == name);
        named.filter_map(|(_, id)| id.parse().ok().map(AnalyteId)).collect()
    };
    let (shown_analytes, marked) = (ids("analyte"), ids("reader"));
    let analytes = shown_analytes.into_iter().map(|id| (id, marked.contains(&id))).collect();
    let submitted = reader.submit(None, move |tx| {
        let last = by_hand::second_readers(tx)?.version;
        versions::unchanged(tx, shown, last)?;
        tx.run(RequireSecondReaders { analytes })
    });
    match submitted.await {
        Ok(()) => {
            let to = format!("{}?discipline={}", reader.to(paths::BENCH_READERS), sought.discipline);
            Ok(reader.done(&to, Tone::Calm, reader.t("bench-readers-saved")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(reader_page(&reader, sought, Some(marked), mistakes).await?)
        }
    }
}
