//! What may be asked about calculations.

use titer_science::{
    calculated::{AGE, Definition, Input as Wanted, NotCalculable, definition},
    units::{Conversion, UnitError},
};
use titer_store::{PLACES, Read};

use super::{
    Calculation, CalculationId, Calculations,
    events::{Approved, Ended, Proposed, Says},
    tables::CalculationRow,
    views::{self, CALCULATIONS_MAX, Input},
};
use crate::{
    Action, Catalog, Command, Ctx, Decision, Failure, Refusal,
    accounts::Signed,
    catalog::{AnalyteId, Kind, views::Analyte},
    refuse,
    versions::Told,
};

/// The most decimals of a result.
pub const DECIMALS_MAX: i64 = 6;

/// Propose that an analyte is calculated.
#[derive(Clone, Debug)]
pub struct ProposeCalculation {
    /// The analyte that is calculated.
    pub analyte: AnalyteId,
    /// The key of the formula.
    pub formula: String,
    /// What it is calculated from, one for each input of the formula but the age.
    pub inputs: Vec<Input>,
    /// Decimals of the result.
    pub decimals: i64,
}

impl Command for ProposeCalculation {
    type Answer = CalculationId;
    const ACTION: Action = Action::ProposeCalculations;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<CalculationId>, Failure> {
        let Some(known) = definition(&self.formula).filter(|known| !known.needs_factors()) else {
            return Err(Refusal::new("calculations-formula-unknown").with("formula", &self.formula).into());
        };
        let analyte = numeric(&ctx.catalog, self.analyte)?;
        let says = Says {
            analyte: self.analyte.0,
            formula: self.formula,
            formula_version: i64::from(known.version),
            inputs: self.inputs.iter().map(Input::said).collect(),
            unit: analyte.unit.clone(),
            decimals: self.decimals,
        };
        fits(ctx, known, analyte, &self.inputs, self.decimals)?;
        let all = views::all(read)?;
        if all.iter().any(|other| other.ended.is_none() && other.says() == says) {
            return refuse("calculations-there-already");
        }
        if all.len() as i64 >= CALCULATIONS_MAX {
            return Err(Refusal::new("calculations-too-many").with("limit", CALCULATIONS_MAX).into());
        }
        Ok(Decision::event(Proposed { says }, Proposed::calculation(ctx.event())))
    }
}

/// Sign a proposal of somebody else into force. The calculation of the same analyte that is in force ends.
pub struct ApproveCalculation {
    /// Which.
    pub calculation: CalculationId,
    /// The director's signature.
    pub signed: Signed,
}

impl Command for ApproveCalculation {
    type Answer = ();
    const ACTION: Action = Action::ApproveCalculations;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        self.signed.by(ctx)?;
        let row = existing(read, self.calculation)?;
        let proposed = views::read(row.clone())?;
        if !proposed.is_proposed() {
            return decided(read, &proposed);
        }
        if views::proposer(read, proposed.id)? == Some(ctx.actor) {
            return refuse("calculations-own");
        }
        as_journalled(ctx, read, &row)?;
        let Some(known) = proposed.definition() else {
            return Err(Refusal::new("calculations-formula-unknown").with("formula", &proposed.formula).into());
        };
        let analyte = numeric(&ctx.catalog, proposed.analyte)?;
        if analyte.unit != proposed.unit {
            return Err(Refusal::new("calculations-unit-changed").with("analyte", &analyte.name).into());
        }
        // The catalog, and what else is calculated, may have changed since it was proposed.
        fits(ctx, known, analyte, &proposed.inputs, proposed.decimals)?;
        let approved = Approved {
            calculation: proposed.id.0,
            signed: proposed.says(),
            replaces: ctx.calculations.of(proposed.analyte).map(|c| c.id.0),
            signature: (&self.signed.signature("approved")).into(),
        };
        Ok(Decision::event(approved, ()))
    }
}

/// End a calculation, or dismiss a proposal. The reason is that of the submission. Results that it gave stay.
pub struct EndCalculation {
    /// Which.
    pub calculation: CalculationId,
}

impl Command for EndCalculation {
    type Answer = ();
    const ACTION: Action = Action::ApproveCalculations;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let calculation = views::read(existing(read, self.calculation)?)?;
        ctx.reason("calculations-end-needs-reason")?;
        if calculation.ended.is_some() {
            return decided(read, &calculation);
        }
        Ok(Decision::event(Ended { calculation: calculation.id.0 }, ()))
    }
}

fn existing(read: &mut dyn Read, id: CalculationId) -> Result<CalculationRow, Failure> {
    match views::row(read, id)? {
        Some(row) => Ok(row),
        None => refuse("calculations-unknown"),
    }
}

/// Refuses what somebody has decided on already, with who and when.
fn decided<T>(read: &mut dyn Read, calculation: &Calculation) -> Result<T, Failure> {
    let Told { who, by, at } = Told::of_event(read, calculation.changed)?;
    Err(Refusal::new("calculations-decided").with("who", who).with("by", by).with("at", at).into())
}

/// Refuses a proposal that does not stand as it was made: somebody changed it behind the journal.
fn as_journalled(ctx: &Ctx, read: &mut dyn Read, row: &CalculationRow) -> Result<(), Failure> {
    if ctx.given().row::<CalculationRow>(read, row.id, [row.id.0 / PLACES])?.as_ref() == Some(row) {
        return Ok(());
    }
    refuse("calculations-not-as-journalled")
}

fn numeric(catalog: &Catalog, id: AnalyteId) -> Result<&Analyte, Failure> {
    match catalog.analyte(id) {
        Some(analyte) if analyte.kind == Kind::Numeric => Ok(analyte),
        Some(analyte) => Err(Refusal::new("calculations-not-numeric").with("analyte", &analyte.name).into()),
        None => refuse("calculations-analyte-unknown"),
    }
}

/// Refuses what could not be calculated: inputs that are not those of the formula, that are measured in another tube, that depend on
/// the result, or whose units do not convert.
fn fits(ctx: &Ctx, formula: &Definition, of: &Analyte, inputs: &[Input], decimals: i64) -> Result<(), Failure> {
    if !(0..=DECIMALS_MAX).contains(&decimals) {
        return Err(Refusal::new("calculations-decimals").with("limit", DECIMALS_MAX).into());
    }
    for wanted in formula.inputs.iter().filter(|wanted| wanted.key != AGE) {
        let mut found = inputs.iter().filter(|input| input.key == wanted.key);
        let Some(input) = found.next().filter(|_| found.next().is_none()) else {
            return Err(Refusal::new("calculations-input-missing").with("input", wanted.key).into());
        };
        let analyte = numeric(&ctx.catalog, input.analyte)?;
        if inputs.iter().filter(|other| other.analyte == input.analyte).count() > 1 {
            return Err(Refusal::new("calculations-input-twice").with("analyte", &analyte.name).into());
        }
        if analyte.specimen_type != of.specimen_type {
            return Err(Refusal::new("calculations-other-specimen").with("analyte", &analyte.name).into());
        }
        if depends_on(&ctx.calculations, input.analyte, of.id) {
            return Err(Refusal::new("calculations-circular").with("analyte", &analyte.name).into());
        }
        converts(wanted, analyte, input)?;
    }
    if inputs.iter().any(|input| formula.inputs.iter().all(|wanted| wanted.key != input.key || wanted.key == AGE)) {
        return refuse("calculations-input-unknown");
    }
    if of.unit != formula.unit && Conversion::new(formula.unit, &of.unit, None).is_err() {
        return Err(Refusal::new("calculations-result-unit")
            .with("analyte", &of.name)
            .with("unit", &of.unit)
            .with("wanted", formula.unit)
            .into());
    }
    Ok(())
}

/// Refuses an input whose unit does not convert to that of the formula.
fn converts(wanted: &Wanted, analyte: &Analyte, input: &Input) -> Result<(), Failure> {
    let mass = input.mass();
    if !input.molar_mass.is_empty() && mass.is_none_or(|mass| mass <= rust_decimal::Decimal::ZERO) {
        return Err(Refusal::new("calculations-molar-mass").with("analyte", &analyte.name).into());
    }
    let why = match wanted.conversion(&analyte.unit, mass) {
        Ok(_) => return Ok(()),
        Err(why) => why,
    };
    let refusal = match why {
        NotCalculable::MolarMass { wanted, .. } => {
            Refusal::new("calculations-molar-mass-of").with("analyte", &analyte.name).with("wanted", wanted)
        }
        NotCalculable::Unit { why: UnitError::MolarMassNeeded { .. }, .. } => {
            Refusal::new("calculations-molar-mass-needed")
                .with("analyte", &analyte.name)
                .with("unit", &analyte.unit)
                .with("wanted", wanted.unit)
        }
        _ => Refusal::new("calculations-unit")
            .with("analyte", &analyte.name)
            .with("unit", &analyte.unit)
            .with("wanted", wanted.unit),
    };
    Err(refusal.into())
}

/// Whether an analyte is, or is calculated from, another one.
fn depends_on(calculations: &Calculations, analyte: AnalyteId, on: AnalyteId) -> bool {
    // Nothing in force is circular, so this ends.
    let inputs = calculations.of(analyte).into_iter().flat_map(|c| &c.inputs);
    analyte == on || inputs.into_iter().any(|input| depends_on(calculations, input.analyte, on))
}
