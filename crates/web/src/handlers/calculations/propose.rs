//! The form that proposes a calculation: first the formula, then the analytes.

use axum::extract::Query;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::calculations::commands::ProposeCalculation;
use titer_lab::calculations::views::Input as Taken;
use titer_lab::catalog::views::Analyte;
use titer_lab::catalog::{AnalyteId, Kind};
use titer_lab::{Catalog, Failure, Tx, forms};
use titer_science::calculated::{AGE, DEFINITIONS, Definition, Input, NotCalculable, definition};
use titer_science::units::{Conversion, UnitError, in_print};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::reader::Reader;

use super::super::admin::tabs;
use super::super::common::{Answer, again, fresh, is_stale, mistaken, show};
use super::says;
use crate::pages::calculations::{CalculationForm, InputField};
use crate::pages::{Choice, Fact, Mistakes, Tone};
use crate::paths;
use crate::sections::ADMIN;

/// What is typed. Inputs and molar masses stand in the order of the formula's inputs, without the age.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Given {
    formula: String,
    analyte: String,
    input: Vec<String>,
    mass: Vec<String>,
    decimals: String,
    shown: i64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    formula: String,
}

pub async fn new(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let given = Given { formula: asked.formula, ..Given::default() };
    show(form(&reader, given, Mistakes::default()).await?)
}

fn formula(key: &str) -> Option<&'static Definition> {
    definition(key).filter(|known| !known.needs_factors())
}

async fn form(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<CalculationForm, Problem> {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let catalog = frame.catalog(s)?;
        let known = formula(&given.formula);
        let offered = DEFINITIONS.iter().filter(|known| !known.needs_factors());
        let decimals = known.map(decimals).unwrap_or_default();
        Ok(CalculationForm {
            page: frame.page(),
            tabs: tabs(frame, paths::CALCULATIONS),
            formulas: offered.map(|f| choice(f.key, f.name, &given.formula)).collect(),
            formula: known.map(|known| known.key.to_owned()).unwrap_or_default(),
            facts: known.map(|known| facts(frame, known)).unwrap_or_default(),
            analytes: analytes(&catalog, &chosen(&catalog, &given.analyte, &given.formula), |unit| {
                known.is_some_and(|f| f.unit == unit || Conversion::new(f.unit, unit, None).is_ok())
            }),
            inputs: known.map(|known| inputs(frame, &catalog, known, &given)).unwrap_or_default(),
            decimals: if given.decimals.is_empty() { decimals } else { given.decimals.clone() },
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}

fn choice(value: &str, label: &str, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), hint: String::new(), chosen: value == chosen }
}

/// The decimals that the formula is published with.
fn decimals(formula: &Definition) -> String {
    match formula.rounding.to {
        titer_science::rounding::Precision::Decimals(decimals) => decimals.to_string(),
        _ => String::new(),
    }
}

fn facts(frame: &Frame, formula: &Definition) -> Vec<Fact> {
    let facts = [
        ("calculations-expression", formula.expression.to_owned()),
        ("calculations-source", formula.source.to_owned()),
        ("results-unit", in_print(formula.unit)),
    ];
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty());
    facts.map(|(key, text)| Fact { label: frame.t(key), text }).collect()
}

/// What is typed, or the analyte whose key is that of the formula or of its input. It is a suggestion: a person sends the form.
fn chosen(catalog: &Catalog, typed: &str, key: &str) -> String {
    if !typed.is_empty() {
        return typed.to_owned();
    }
    let alike = catalog.analytes().find(|a| a.key.replace('_', "-") == key);
    alike.map(|a| a.id.to_string()).unwrap_or_default()
}

/// The numeric analytes whose unit fits, by name.
fn analytes(catalog: &Catalog, chosen: &str, fits: impl Fn(&str) -> bool) -> Vec<Choice> {
    let mut all: Vec<_> = catalog.analytes().filter(|a| a.kind == Kind::Numeric && fits(&a.unit)).collect();
    all.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let label = |a: &Analyte| match in_print(&a.unit).as_str() {
        "" => a.name.clone(),
        unit => format!("{} ({unit})", a.name),
    };
    all.into_iter().map(|a| choice(&a.id.to_string(), &label(a), chosen)).collect()
}

/// Whether values in this unit can be taken, perhaps with a molar mass.
fn is_taken(input: &Input, unit: &str) -> bool {
    let needs_mass = |why| matches!(why, NotCalculable::Unit { why: UnitError::MolarMassNeeded { .. }, .. });
    input.conversion(unit, None).map_or_else(needs_mass, |_| true)
}

fn inputs(frame: &Frame, catalog: &Catalog, formula: &Definition, given: &Given) -> Vec<InputField> {
    let typed = |all: &[String], at: usize| all.get(at).cloned().unwrap_or_default();
    let wanted = formula.inputs.iter().filter(|input| input.key != AGE).enumerate();
    let field = |(at, input): (usize, &Input)| InputField {
        id: at.to_string(),
        label: says::input(frame, input.key),
        hint: frame.tell("calculations-holds-for", &[("range", &says::range(frame, input))]),
        analytes: analytes(catalog, &chosen(catalog, &typed(&given.input, at), input.key), |unit| {
            is_taken(input, unit)
        }),
        mass: typed(&given.mass, at),
    };
    wanted.map(field).collect()
}

impl Given {
    fn proposal(&self) -> ProposeCalculation {
        // No analyte has the number 0: what is not a number is refused like an analyte that does not exist.
        let analyte = |typed: &str| AnalyteId(typed.parse().unwrap_or(0));
        let wanted = formula(&self.formula).map_or(&[][..], |f| f.inputs).iter().filter(|input| input.key != AGE);
        let mass = |at: usize| self.mass.get(at).map(|m| m.trim().to_owned()).unwrap_or_default();
        let inputs = wanted.enumerate().filter_map(|(at, wanted)| {
            let typed = self.input.get(at)?;
            Some(Taken { key: wanted.key.to_owned(), analyte: analyte(typed), molar_mass: mass(at) })
        });
        ProposeCalculation {
            analyte: analyte(&self.analyte),
            formula: self.formula.clone(),
            inputs: inputs.collect(),
            decimals: self.decimals.trim().parse().unwrap_or(-1),
        }
    }
}

pub async fn proposed(reader: Reader, Form(mut given): Form<Given>) -> Answer {
    let (proposal, mark) = (given.proposal(), given.shown);
    let said = format!("{proposal:?}");
    let make = move |tx: &mut Tx<'_, '_>| forms::once(tx, mark, "calculation", &said, |tx| Ok(tx.run(proposal)?.0));
    match reader.submit(None, make).await {
        Ok(made) => {
            let to = reader.to(paths::CALCULATION.of(made.id()));
            Ok(reader.done(&to, Tone::Calm, reader.t("calculations-propose-done")))
        }
        Err(failure) => {
            if is_stale(&failure) {
                given.shown = 0;
            }
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(form(&reader, given, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    match failure {
        Failure::Refused(refusal) if refusal.code == "calculations-decimals" => "decimals",
        _ => "",
    }
}
