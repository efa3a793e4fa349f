//! What a link's messages are read by: its dialect and mappings, remembered until the link changes.

use std::{collections::HashMap, sync::Arc};

use titer_lab::{Refusal, catalog::AnalyteId};

use crate::{
    Dialect,
    dialect::Value,
    links::{MappingState, views::Mapping},
};

/// A link's dialect and mappings, as of a version.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) version: i64,
    pub(super) dialect: Arc<Dialect>,
    /// Mappings that were not withdrawn, by the analyzer's code.
    mappings: Arc<HashMap<String, Vec<Mapping>>>,
}

impl Known {
    pub(super) fn new(version: i64, dialect: Arc<Dialect>, mappings: Vec<Mapping>) -> Self {
        let mut by_code: HashMap<String, Vec<Mapping>> = HashMap::new();
        for mapping in mappings.into_iter().filter(|m| m.state != MappingState::Withdrawn) {
            by_code.entry(mapping.code.clone()).or_default().push(mapping);
        }
        Known { version, dialect, mappings: Arc::new(by_code) }
    }

    /// The mapping of a value, if somebody has said what its code, in its unit and kind of specimen, means.
    pub(super) fn meaning(&self, value: &Value, specimen_type: &str) -> Result<&Mapping, Refusal> {
        let of_code = self.mappings.get(&value.code).map(Vec::as_slice).unwrap_or_default();
        if let Some(mapping) = of_code.iter().find(|m| m.means(&value.code, &value.unit, specimen_type)) {
            return Ok(mapping);
        }
        let code = if of_code.is_empty() {
            "inbox-unmapped-code"
        } else if of_code.iter().all(|m| m.unit != value.unit) {
            "inbox-unmapped-unit"
        } else {
            "inbox-unmapped-specimen"
        };
        Err(Refusal::new(code).with("code", &value.code).with("unit", &value.unit).with("specimen", specimen_type))
    }

    /// The analyte of a code whatever the unit is, if every mapping in use says the same.
    pub(super) fn in_any_unit(&self, value: &Value, specimen_type: &str) -> Option<AnalyteId> {
        let of_code = self.mappings.get(&value.code).map(Vec::as_slice).unwrap_or_default();
        let mut in_use = of_code.iter().filter(|m| {
            m.means(&value.code, &m.unit, specimen_type)
                && matches!(m.state, MappingState::Approved | MappingState::Confirmed)
        });
        let analyte = in_use.next()?.analyte;
        in_use.all(|m| m.analyte == analyte).then_some(analyte)
    }
}
