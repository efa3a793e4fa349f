//! The controls of the demonstration: the material that each simulated analyzer has on board, with lots, targets and plans.

use std::collections::BTreeSet;

use jiff::{ToSpan, tz::TimeZone};
use titer_lab::{
    Actor, Catalog, Tx,
    catalog::{Kind, views::Analyte},
    quality::{
        Basis, LotId, MaterialId, PlanKind,
        commands::{AddMaterial, OpenLot},
        plans::{PlanText, WINDOW_MINUTES},
        targets::TargetText,
    },
    systems::views::System,
};
use titer_link::links::{
    LinkId, MappingState, unit,
    views::{self as links, Mapping},
};
use titer_science::{
    qc::{Action, Resets, Rule, RuleSet, RuleUse},
    statistics::Summary,
};
use titer_sim::devices::{CONTROL_LEVELS, Device, Reading};

use super::SEED;
use crate::{Failed, place::Place, staff::Staff};

/// How often the material is measured before it has targets.
const RUNS: u64 = 200;
/// For how long a control of the demonstration supports results, in hours. Coagulation: each 8 hours (42 CFR 493.1269(b)).
const HOURS: u32 = 8;
/// Why the first plan, which says that controls are kept elsewhere, is replaced.
const WHY: &str = "The simulated analyzer has control material on board";
const SOURCE: &str = "Measured 200 times on the simulated analyzer";

/// What one level of the material gave: each time a reading of each test.
type Runs = Vec<Vec<Reading>>;

/// Sets the controls of an analyzer up: the technician's material and lots, targets that the director approves, plans that the director signs.
pub async fn keep(place: &Place, staff: &Staff, device: &'static Device, link: LinkId) -> Result<(), Failed> {
    let lab = place.lab.clone();
    let (systems, mappings, catalog) = place
        .lab
        .read(move |s| {
            let known = lab.systems(s)?;
            let instrument = known.measuring(link.0, "").instrument();
            let of_instrument =
                known.all().iter().filter(|system| system.is_live() && Some(system.instrument) == instrument);
            Ok((of_instrument.cloned().collect::<Vec<_>>(), links::mappings(s, link)?, lab.catalog(s)?))
        })
        .await?;
    let (material, lots) = material(place, device).await?;
    let runs: Vec<Runs> = (1..=CONTROL_LEVELS).map(|level| device.measure_controls(level, RUNS, SEED)).collect();
    let mut targets = Vec::new();
    let mut plans = Vec::new();
    for system in &systems {
        let Some(analyte) = catalog.analyte(system.analyte) else { continue };
        let of_system: Option<Vec<TargetText>> = lots
            .iter()
            .zip(&runs)
            .map(|(lot, runs)| target(&catalog, system, analyte, &mappings, (*lot, runs)))
            .collect();
        if let Some(of_system) = of_system {
            targets.extend(of_system);
            plans.push(plan(system, analyte, material));
        }
    }
    staff.approve_targets(place, targets).await?;
    staff.sign_plans(place, plans, Some(WHY)).await
}

async fn material(place: &Place, device: &'static Device) -> Result<(MaterialId, Vec<LotId>), Failed> {
    let now = jiff::Timestamp::from_microsecond(place.lab.store().now().micros()).map_err(|e| Failed(e.to_string()))?;
    let expires = now.to_zoned(TimeZone::UTC).date().checked_add(1.year()).map_err(|e| Failed(e.to_string()))?;
    let made = move |tx: &mut Tx<'_, '_>| {
        let (name, maker) = (format!("Control on board, {}", device.kind), "Titer, simulated".to_owned());
        let material = tx.run(AddMaterial { name, maker, levels: CONTROL_LEVELS })?;
        let mut lots = Vec::new();
        for level in 1..=CONTROL_LEVELS {
            let (number, barcodes) = (format!("SIM-{level}"), vec![device.control(level)]);
            lots.push(tx.run(OpenLot { material, level, number, expires: Some(expires), barcodes })?);
        }
        Ok((material, lots))
    };
    Ok(place.lab.submit(Actor::Console, None, made).await?)
}

/// What a test system should find in a lot; none if its results are no numbers and no answers.
fn target(
    catalog: &Catalog,
    system: &System,
    analyte: &Analyte,
    mappings: &[Mapping],
    (lot, runs): (LotId, &Runs),
) -> Option<TargetText> {
    let usable = |m: &&Mapping| m.analyte == analyte.id && m.state == MappingState::Confirmed;
    let meant = |reading: &Reading| {
        mappings.iter().filter(usable).find(|m| m.means(reading.code, reading.unit, "") && m.is_about(&reading.value))
    };
    let readings = runs.iter().flatten().filter_map(|reading| Some((reading, meant(reading)?)));
    let of = |mean: String, sd: String, expected: String| TargetText {
        system: system.id,
        lot,
        mean,
        sd,
        expected,
        basis: Basis::Assigned.code().to_owned(),
        source: SOURCE.to_owned(),
    };
    match analyte.kind {
        Kind::Numeric => {
            let values: Vec<String> = readings
                .filter_map(|(reading, mapping)| unit::in_force(mapping, analyte).ok()?.value(&reading.value).ok())
                .collect();
            let decimals = values.iter().map(|v| v.split_once('.').map_or(0, |(_, d)| d.len())).max()?;
            let numbers: Vec<f64> = values.iter().map(|v| v.parse().ok()).collect::<Option<_>>()?;
            let found = Summary::of(&numbers).ok()?;
            // What is printed in steps may never vary.
            let least = 0.5 * 10_f64.powi(-i32::try_from(decimals).ok()?);
            let sd = found.sd().ok()?.max(least);
            let finer = decimals + 2;
            Some(of(format!("{:.finer$}", found.mean()), format!("{sd:.finer$}"), String::new()))
        }
        Kind::Coded => {
            let answers = readings.filter_map(|(_, mapping)| catalog.answer(mapping.answer.as_ref()?.1));
            let expected: BTreeSet<&str> = answers.map(|answer| answer.code.as_str()).collect();
            let expected: Vec<&str> = expected.into_iter().collect();
            (!expected.is_empty()).then(|| of(String::new(), String::new(), expected.join(" ")))
        }
        Kind::Titre | Kind::Bin | Kind::Text => None,
    }
}

/// Two levels each time, judged by 1-3s, 2-2s and R-4s (Westgard 1981).
fn plan(system: &System, analyte: &Analyte, material: MaterialId) -> PlanText {
    let rules = [Rule::ONE_3S, Rule::TWO_2S, Rule::R_4S].map(|rule| RuleUse::usual(rule, Action::Reject));
    let rules = RuleSet {
        name: "1-3s, 2-2s, R-4s".to_owned(),
        version: 1,
        levels: CONTROL_LEVELS,
        controls_per_level: 1,
        resets: Resets { lot_change: true, recalibration: true, closed_action: true },
        rules: rules.to_vec(),
    };
    PlanText {
        system: system.id,
        kind: PlanKind::Here,
        levels: (1..=CONTROL_LEVELS).map(|level| (material, level)).collect(),
        rules: (analyte.kind == Kind::Numeric).then_some(rules),
        controls_per_level: 1,
        hours: HOURS,
        times: Vec::new(),
        window_minutes: WINDOW_MINUTES,
        individualised: String::new(),
        place: String::new(),
        procedure: String::new(),
    }
}
