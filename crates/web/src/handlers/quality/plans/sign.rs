//! Signing control plans that somebody else proposed: many at once.

use std::collections::HashMap;
use std::sync::Arc;

use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::quality::targets::AT_ONCE_MAX;
use titer_lab::quality::{Plan, PlanId, plans::SignPlans};
use titer_lab::systems::views::System;
use titer_lab::{Action, text};
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::super::super::common::{Answer, again, mistaken, show, test_name};
use super::{Tell, instrument_name};
use crate::pages::quality_plans::{SignRow, Signing};
use crate::pages::{Mistakes, Tone};
use crate::sections::QUALITY;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const SIGNS: Need = Need::May(Action::SignPlans);
    routes.get(paths::QUALITY_PLANS_SIGN, SIGNS, page).post(paths::QUALITY_PLANS_SIGN, SIGNS, sign)
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    /// Plans, each with the version that was shown: `4096:7`.
    mark: Vec<String>,
    password: Option<String>,
}

impl Given {
    /// The plans that are marked. What is none is refused like one that does not exist.
    fn plans(&self) -> Vec<(PlanId, i64)> {
        let number = |text: &str| text.parse().unwrap_or(0);
        let read = |mark: &String| mark.split_once(':').map_or((0, 0), |(id, version)| (number(id), number(version)));
        self.mark.iter().map(read).map(|(id, version)| (PlanId(id), version)).collect()
    }
}

async fn page(reader: Reader) -> Answer {
    show(shown(&reader, Given::default(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, given: Given, mistakes: Mistakes) -> Result<Signing, Problem> {
    let page = reader.page(Some(&QUALITY), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let quality = frame.in_force(s)?.quality.clone();
        let systems: HashMap<_, &System> = known.all().iter().map(|system| (system.id, system)).collect();
        let proposed = quality.proposed_plans().iter();
        let mut all: Vec<(&System, &Plan)> =
            proposed.filter_map(|plan| Some((*systems.get(&plan.system)?, plan))).collect();
        all.sort_by_cached_key(|(system, _)| {
            (text::key(&instrument_name(&known, system)), text::key(&test_name(&catalog, system.analyte)), system.id)
        });
        let left_out = all.len().saturating_sub(AT_ONCE_MAX);
        let mut tell = Tell { frame, catalog: &catalog, known: &known, quality: &quality, names: HashMap::new() };
        let me = frame.reader.actor().code();
        let mut rows = Vec::new();
        for (system, plan) in all.into_iter().take(AT_ONCE_MAX) {
            let value = format!("{}:{}", plan.id, plan.proposal.version);
            rows.push(SignRow {
                line: tell.line(s, system, Some(plan))?,
                marked: given.mark.contains(&value),
                own: plan.proposal.by == me,
                value,
            });
        }
        Ok(Signing { page: frame.page(), rows, left_out, password: frame.reader.must_give_password(), mistakes })
    });
    page.await
}

async fn sign(reader: Reader, Form(given): Form<Given>) -> Answer {
    let signed = match reader.sign(given.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(shown(&reader, given, mistakes).await?);
        }
    };
    let plans = given.plans();
    match reader.submit(None, move |tx| tx.run(SignPlans { plans, signed })).await {
        Ok(()) => {
            let says = reader.t("quality-plans-signed-done");
            Ok(reader.done(&reader.to(paths::QUALITY_PLANS), Tone::Calm, says))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "", failure)?;
            again(shown(&reader, given, mistakes).await?)
        }
    }
}
