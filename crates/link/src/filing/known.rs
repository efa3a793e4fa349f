//! What a link's messages are read by: its dialect and mappings, remembered until the link changes.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use titer_lab::{
    Refusal,
    catalog::{AnalyteId, views::Analyte},
};

use crate::{
    Dialect,
    dialect::Value,
    links::{
        MappingState,
        unit::{self, FiledAs},
        views::Mapping,
    },
};

/// A link's dialect and mappings, as of a version.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) version: i64,
    pub(super) dialect: Arc<Dialect>,
    /// Mappings that were not withdrawn, by the analyzer's code.
    mappings: Arc<HashMap<String, Vec<Meaning>>>,
}

/// A mapping, and how its values are filed.
pub(super) struct Meaning {
    pub(super) mapping: Mapping,
    /// Found out with the first value that is no word. An analyte's unit never changes.
    filed_as: OnceLock<Result<FiledAs, Refusal>>,
}

impl Meaning {
    /// How its values are filed in the analyte's unit.
    pub(super) fn filed_as(&self, analyte: &Analyte) -> Result<&FiledAs, Refusal> {
        if !analyte.kind.has_limits() {
            return Ok(&FiledAs::Sent);
        }
        self.filed_as.get_or_init(|| unit::in_force(&self.mapping, analyte)).as_ref().map_err(Clone::clone)
    }
}

impl Known {
    pub(super) fn new(version: i64, dialect: Arc<Dialect>, mappings: Vec<Mapping>) -> Self {
        let mut by_code: HashMap<String, Vec<Meaning>> = HashMap::new();
        for mapping in mappings.into_iter().filter(|m| m.state != MappingState::Withdrawn) {
            let meaning = Meaning { filed_as: OnceLock::new(), mapping };
            by_code.entry(meaning.mapping.code.clone()).or_default().push(meaning);
        }
        Known { version, dialect, mappings: Arc::new(by_code) }
    }

    /// The mapping of a value, if somebody has said what its code, in its unit and kind of specimen, means.
    pub(super) fn meaning(&self, value: &Value, specimen_type: &str) -> Result<&Meaning, Refusal> {
        let of_code = self.mappings.get(&value.code).map(Vec::as_slice).unwrap_or_default();
        let mut meanings = of_code.iter().filter(|m| m.mapping.means(&value.code, &value.unit, specimen_type));
        if let Some(meaning) = meanings.clone().find(|m| m.mapping.is_about(value.value.trim())) {
            return Ok(meaning);
        }
        if meanings.next().is_some() {
            return Err(Refusal::new("inbox-unmapped-word").with("code", &value.code).with("word", &value.value));
        }
        let code = if of_code.is_empty() {
            "inbox-unmapped-code"
        } else if of_code.iter().all(|m| m.mapping.unit != value.unit) {
            "inbox-unmapped-unit"
        } else {
            "inbox-unmapped-specimen"
        };
        Err(Refusal::new(code).with("code", &value.code).with("unit", &value.unit).with("specimen", specimen_type))
    }

    /// All that the code of a control may mean in its unit, in whatever kind of specimen: there is at least one.
    pub(super) fn of_control(&self, value: &Value) -> Result<Vec<&Meaning>, Refusal> {
        let of_code = self.mappings.get(&value.code).map(Vec::as_slice).unwrap_or_default();
        let in_unit = |m: &&Meaning| m.mapping.unit == value.unit;
        let word = value.value.trim();
        let meanings: Vec<&Meaning> = of_code.iter().filter(in_unit).filter(|m| m.mapping.is_about(word)).collect();
        if !meanings.is_empty() {
            return Ok(meanings);
        }
        let code = match (of_code.is_empty(), of_code.iter().any(|m| in_unit(&m))) {
            (true, _) => "inbox-unmapped-code",
            (_, false) => "inbox-unmapped-unit",
            (_, true) => "inbox-unmapped-word",
        };
        Err(Refusal::new(code).with("code", &value.code).with("unit", &value.unit).with("word", &value.value))
    }

    /// The analyte of a code whatever the unit is, if every mapping in use says the same, and what is proposed for this unit does too.
    pub(super) fn in_any_unit(&self, value: &Value, specimen_type: &str) -> Option<AnalyteId> {
        let of_code = self.mappings.get(&value.code).map(Vec::as_slice).unwrap_or_default();
        let mut in_use = of_code.iter().map(|meaning| &meaning.mapping).filter(|m| {
            m.means(&value.code, &m.unit, specimen_type)
                && matches!(m.state, MappingState::Approved | MappingState::Confirmed)
        });
        let analyte = in_use.next()?.analyte;
        let of_unit = self.meaning(value, specimen_type).ok().map(|meaning| &meaning.mapping);
        in_use.chain(of_unit).all(|m| m.analyte == analyte).then_some(analyte)
    }
}
