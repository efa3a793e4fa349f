//! Describing test systems: one, or all that the link of an instrument brings.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::views::Analyte;
use titer_lab::catalog::{AnalyteId, SpecimenTypeId};
use titer_lab::instruments::InstrumentId;
use titer_lab::systems::commands::{ChangeSystem, DescribeSystems, Description};
use titer_lab::systems::{Input, State, SystemId, views as systems};
use titer_lab::{Catalog, Failure, Tx, forms, text};
use titer_link::links::instruments as linked;
use titer_science::units::in_print;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::Routes;
use titer_shell::reader::Reader;

use super::super::common::{Answer, again, fresh, is_stale, mistaken, show};
use super::{DESCRIBES, choice, facts, instrument_name, instruments, line, unchanged};
use crate::pages::systems::{DescribeMany, Described, ManyRow, SystemForm};
use crate::pages::{Choice, Mistakes, Seen, Tone};
use crate::sections::INSTRUMENTS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get(paths::SYSTEM_NEW, DESCRIBES, new)
        .post(paths::SYSTEM_NEW, DESCRIBES, described)
        .get(paths::SYSTEM_CHANGE, DESCRIBES, change)
        .post(paths::SYSTEM_CHANGE, DESCRIBES, changed)
        .get(paths::SYSTEMS_DESCRIBE, DESCRIBES, many)
        .post(paths::SYSTEMS_DESCRIBE, DESCRIBES, many_described)
}

/// What is typed, in any of the three forms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    analyte: String,
    specimen: String,
    instrument: String,
    method: String,
    low: String,
    high: String,
    dilution: String,
    decimals: String,
    input: Vec<String>,
    shown: i64,
}

impl Given {
    fn of(system: &systems::System) -> Self {
        Given {
            analyte: system.analyte.to_string(),
            specimen: system.specimen_type.to_string(),
            instrument: system.instrument.to_string(),
            method: system.method.clone(),
            low: system.low.clone(),
            high: system.high.clone(),
            dilution: system.dilution.clone(),
            decimals: system.decimals.map(|d| d.to_string()).unwrap_or_default(),
            input: system.inputs.iter().map(|i| i.code().to_owned()).collect(),
            shown: system.version,
        }
    }

    fn description(&self) -> Description {
        // Nothing has the number 0: what is not a number is refused like a thing that does not exist.
        let id = |typed: &str| typed.trim().parse().unwrap_or(0);
        Description {
            analyte: AnalyteId(id(&self.analyte)),
            specimen_type: SpecimenTypeId(id(&self.specimen)),
            instrument: InstrumentId(id(&self.instrument)),
            method: self.method.clone(),
            low: self.low.clone(),
            high: self.high.clone(),
            dilution: self.dilution.clone(),
            // What is no number of decimals is refused as too many.
            decimals: Some(self.decimals.trim()).filter(|d| !d.is_empty()).map(|d| d.parse().unwrap_or(i64::MAX)),
            inputs: self.input.clone(),
        }
    }

    fn typed(&self, frame: &Frame) -> Described {
        let chosen = |input: &Input| self.input.iter().any(|given| given == input.code());
        let inputs = Input::ALL.iter().map(|i| Choice { chosen: chosen(i), ..choice(i.code(), frame.t(i.key()), "") });
        Described {
            method: self.method.clone(),
            low: self.low.clone(),
            high: self.high.clone(),
            dilution: self.dilution.clone(),
            decimals: self.decimals.clone(),
            inputs: inputs.collect(),
        }
    }
}

async fn new(reader: Reader, Query(given): Query<Given>) -> Answer {
    show(form(&reader, None, Some(given), Mistakes::default()).await?)
}

async fn change(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(form(&reader, Some(SystemId(id)), None, Mistakes::default()).await?)
}

/// The form as it was typed, or as the test system is described.
async fn form(
    reader: &Reader,
    id: Option<SystemId>,
    typed: Option<Given>,
    mistakes: Mistakes,
) -> Result<SystemForm, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let standing = match id {
            Some(id) => Some(systems::of_id(s, id)?.filter(systems::System::is_live).ok_or(Problem::Missing)?),
            None => None,
        };
        let given = match (typed, &standing) {
            (Some(typed), _) => typed,
            (None, Some(standing)) => Given::of(standing),
            (None, None) => Given::default(),
        };
        let (facts, seen) = match &standing {
            None => (Vec::new(), fresh(frame, given.shown)?),
            Some(standing) => {
                let line = line(frame, &catalog, &known, standing);
                let all = facts(frame, &catalog, standing, &line);
                let now =
                    if given.shown == standing.version { Vec::new() } else { facts(frame, &catalog, standing, &line) };
                let fixed = all.into_iter().take(3).collect();
                (fixed, Seen { version: standing.version, now })
            }
        };
        let mut analytes: Vec<&Analyte> = catalog.analytes().collect();
        analytes.sort_by_cached_key(|a| text::key(&a.name));
        let analytes = analytes.into_iter().map(|a| choice(&a.id.to_string(), a.name.clone(), &given.analyte));
        Ok(SystemForm {
            page: frame.page(),
            id: id.map(|id| id.to_string()).unwrap_or_default(),
            facts,
            analytes: if id.is_none() { analytes.collect() } else { Vec::new() },
            specimens: catalog
                .specimen_types()
                .iter()
                .map(|t| choice(&t.id.to_string(), t.name.clone(), &given.specimen))
                .collect(),
            instruments: instruments(&known, &given.instrument),
            typed: given.typed(frame),
            verified: standing.is_some_and(|s| s.state == State::InUse),
            seen,
            mistakes,
        })
    });
    page.await
}

async fn described(reader: Reader, Form(mut given): Form<Given>) -> Answer {
    let (description, mark) = (given.description(), given.shown);
    let said = format!("{description:?}");
    let describe = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, mark, "system", &said, |tx| {
            let systems = tx.run(DescribeSystems(vec![description]))?;
            Ok(systems.first().map_or(0, |s| s.0))
        })
    };
    match reader.submit(None, describe).await {
        Ok(made) => Ok(saved(&reader, SystemId(made.id()))),
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, None, Some(given), mistakes).await?)
        }
    }
}

async fn changed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let (system, shown, description) = (SystemId(id), given.shown, given.description());
    let submitted = reader.submit(None, move |tx| {
        unchanged(tx, system, shown)?;
        tx.run(ChangeSystem { system, description })
    });
    match submitted.await {
        Ok(system) => Ok(saved(&reader, system)),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, Some(system), Some(given), mistakes).await?)
        }
    }
}

fn saved(reader: &Reader, system: SystemId) -> axum::response::Response {
    reader.done(&reader.to(paths::SYSTEM.of(system)), Tone::Calm, reader.t("systems-saved"))
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        (_, Some("method")) => "method",
        ("catalog-analyte-gone" | "systems-exists", _) => "analyte",
        ("systems-specimen-type-unknown", _) => "specimen",
        ("instruments-unknown", _) => "instrument",
        ("systems-range-number" | "systems-range-order" | "systems-range-of-no-number", _) => "low",
        ("systems-dilution", _) => "dilution",
        ("systems-decimals", _) => "decimals",
        _ => "",
    }
}

/// What is typed for many: for each analyte a range, and what all have in common.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GivenMany {
    method: String,
    dilution: String,
    input: Vec<String>,
    analyte: Vec<i64>,
    low: Vec<String>,
    high: Vec<String>,
    mark: Vec<i64>,
    shown: i64,
}

impl GivenMany {
    fn common(&self) -> Given {
        Given {
            method: self.method.clone(),
            dilution: self.dilution.clone(),
            input: self.input.clone(),
            shown: self.shown,
            ..Given::default()
        }
    }

    /// The range that was typed for an analyte.
    fn range(&self, analyte: AnalyteId) -> (String, String) {
        let at = self.analyte.iter().position(|a| *a == analyte.0);
        let of = |ends: &[String]| at.and_then(|at| ends.get(at)).cloned().unwrap_or_default();
        (of(&self.low), of(&self.high))
    }
}

async fn many(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(many_form(&reader, InstrumentId(id), None, Mistakes::default()).await?)
}

async fn many_form(
    reader: &Reader,
    id: InstrumentId,
    typed: Option<GivenMany>,
    mistakes: Mistakes,
) -> Result<DescribeMany, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let name = instrument_name(&known, id)?;
        let analytes = linked::undescribed(s, &known, &catalog, id)?;
        let mut analytes: Vec<&Analyte> = analytes.into_iter().filter_map(|a| catalog.analyte(a)).collect();
        analytes.sort_by_cached_key(|a| text::key(&a.name));
        let rows = analytes.into_iter().map(|analyte| {
            let (low, high) = typed.as_ref().map(|t| t.range(analyte.id)).unwrap_or_default();
            ManyRow {
                id: analyte.id.to_string(),
                analyte: analyte.name.clone(),
                specimen: specimen(&catalog, analyte),
                unit: in_print(&analyte.unit),
                ranged: analyte.kind.has_limits(),
                low,
                high,
                marked: typed.as_ref().is_none_or(|t| t.mark.contains(&analyte.id.0)),
            }
        });
        let rows = rows.collect();
        let common = typed.as_ref().map(GivenMany::common).unwrap_or_default();
        Ok(DescribeMany {
            page: frame.page(),
            id: id.to_string(),
            name,
            rows,
            typed: common.typed(frame),
            seen: fresh(frame, common.shown)?,
            mistakes,
        })
    });
    page.await
}

fn specimen(catalog: &Catalog, analyte: &Analyte) -> String {
    let found = catalog.specimen_types().iter().find(|t| t.id == analyte.specimen_type);
    found.map_or_else(String::new, |t| t.name.clone())
}

async fn many_described(reader: Reader, Path(id): Path<i64>, Form(mut given): Form<GivenMany>) -> Answer {
    let (instrument, mark, typed) = (InstrumentId(id), given.shown, given.clone());
    let said = format!("{:?}", GivenMany { shown: 0, ..given.clone() });
    let describe = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, mark, "systems", &said, |tx| {
            let catalog = tx.catalog()?;
            let described = typed.mark.iter().map(|analyte| {
                let analyte = AnalyteId(*analyte);
                let (low, high) = typed.range(analyte);
                let specimen_type = catalog.analyte(analyte).map_or(SpecimenTypeId(0), |a| a.specimen_type);
                Description { analyte, specimen_type, instrument, low, high, ..typed.common().description() }
            });
            let described = described.collect();
            Ok(tx.run(DescribeSystems(described))?.len() as i64)
        })
    };
    match reader.submit(None, describe).await {
        Ok(_) => {
            let to = format!("{}?instrument={id}", reader.to(paths::SYSTEMS));
            Ok(reader.done(&to, Tone::Calm, reader.t("systems-described-done")))
        }
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            let mistakes = mistaken(reader.words(), many_field(&failure), failure)?;
            again(many_form(&reader, instrument, Some(given), mistakes).await?)
        }
    }
}

/// The field that a refusal is about: what concerns one analyte of many is said with its name.
fn many_field(failure: &Failure) -> &'static str {
    match field(failure) {
        common @ ("method" | "dilution") => common,
        _ => "",
    }
}
