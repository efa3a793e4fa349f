//! What a report must have, and how much of it, before anything is typeset.

use serde_json::Value;

use crate::report::{LaboratoryReport, ReferenceInterval, Standing, Status};
use crate::{MonthlySummary, RenderError, TubeLabel};

/// Results on one report.
pub const RESULTS_MAX: usize = 1_000;
/// Sections of one report: each result may be of another bench.
pub const SECTIONS_MAX: usize = RESULTS_MAX;
/// Signatures of one report, and results that one signature covers: each result may be signed by itself, or all at once.
pub const SIGNATURES_MAX: usize = RESULTS_MAX;
/// Entries of every other list: specimens, identifiers, address lines, comments.
pub const LIST_MAX: usize = 50;
/// Identifiers of one patient; they repeat on every page.
pub const IDENTIFIERS_MAX: usize = 8;
/// Characters of a name or any other short text.
pub const NAME_CHARS_MAX: usize = 400;
/// Characters of a number, an identifier, and a line of the laboratory's address and registrations.
pub const LINE_CHARS_MAX: usize = 300;
/// Characters of a value and of prose: a comment, a reason, a condition, a source, what a correction replaces.
pub const PROSE_CHARS_MAX: usize = 4_000;

/// Refuses a report that lacks what it must say, refers to what is not there, or is too large.
pub(crate) fn report(report: &LaboratoryReport) -> Result<(), RenderError> {
    counts(report)?;
    language(&report.language)?;
    presence(report)?;
    references(report)
}

/// Refuses a tube label that does not identify a patient and a specimen.
pub(crate) fn label(label: &TubeLabel) -> Result<(), RenderError> {
    language(&label.language)?;
    require("family", &label.family)?;
    require("born", &label.born)?;
    require("specimen_number", &label.specimen_number)?;
    require("kind", &label.kind)
}

/// Test systems of one summary, and rows of each of its tables.
pub const SYSTEMS_MAX: usize = 400;

/// Refuses a monthly summary that lacks what it must say, or is too large.
pub(crate) fn summary(summary: &MonthlySummary) -> Result<(), RenderError> {
    let within = |what: &str, found: usize, max: usize| {
        if found > max { Err(RenderError::TooMany { what: what.to_owned(), found, max }) } else { Ok(()) }
    };
    language(&summary.language)?;
    require("laboratory.name", &summary.laboratory.name)?;
    require("month", &summary.month)?;
    require("made_at", &summary.made_at)?;
    within("laboratory address lines", summary.laboratory.address.len(), IDENTIFIERS_MAX)?;
    within("laboratory registrations", summary.laboratory.registrations.len(), IDENTIFIERS_MAX)?;
    within("test systems", summary.systems.len(), SYSTEMS_MAX)?;
    if let Some(signature) = &summary.signature {
        require("signature.name", &signature.name)?;
        require("signature.at", &signature.at)?;
        require("signature.meaning", &signature.meaning)?;
    }
    for (s, system) in summary.systems.iter().enumerate() {
        require(&format!("systems[{s}].name"), &system.name)?;
        within("levels of one test system", system.levels.len(), LIST_MAX)?;
        within("broken rules of one test system", system.failures.len(), SYSTEMS_MAX)?;
        within("excluded controls of one test system", system.exclusions.len(), SYSTEMS_MAX)?;
        within("charts of one test system", system.charts.len(), LIST_MAX)?;
        for (i, level) in system.levels.iter().enumerate() {
            require(&format!("systems[{s}].levels[{i}].lot"), &level.lot)?;
            require(&format!("systems[{s}].levels[{i}].target"), &level.target)?;
        }
        for (i, failure) in system.failures.iter().enumerate() {
            require(&format!("systems[{s}].failures[{i}].at"), &failure.at)?;
            require(&format!("systems[{s}].failures[{i}].rules"), &failure.rules)?;
        }
        for (i, exclusion) in system.exclusions.iter().enumerate() {
            require(&format!("systems[{s}].exclusions[{i}].cause"), &exclusion.cause)?;
        }
    }
    Ok(())
}

/// Refuses a text that is longer than its place can hold; `at` is the path that led here.
pub(crate) fn lengths(value: &Value, at: &str) -> Result<(), RenderError> {
    match value {
        Value::String(text) => {
            let max = chars_max(at);
            let found = text.chars().count();
            if found > max {
                return Err(RenderError::TooLong { field: at.to_owned(), found, max });
            }
            Ok(())
        }
        Value::Array(items) => {
            (items.iter().enumerate()).try_for_each(|(i, item)| lengths(item, &format!("{at}[{i}]")))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| {
            let dot = if at.is_empty() { "" } else { "." };
            lengths(field, &format!("{at}{dot}{name}"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn chars_max(at: &str) -> usize {
    const LINES: [&str; 3] = ["patient.identifiers", "laboratory.address", "laboratory.registrations"];
    const PROSE: [&str; 8] = ["comments", "value", "reason", "condition", "source", "replaces", "cause", "action"];
    let name = at.rsplit('.').next().unwrap_or(at);
    let name = name.split('[').next().unwrap_or(name);
    if LINES.iter().any(|line| at.starts_with(line)) || matches!(at, "number" | "issued_at") {
        LINE_CHARS_MAX
    } else if PROSE.contains(&name) {
        PROSE_CHARS_MAX
    } else {
        NAME_CHARS_MAX
    }
}

fn counts(report: &LaboratoryReport) -> Result<(), RenderError> {
    let within = |what: &str, found: usize, max: usize| {
        if found > max {
            return Err(RenderError::TooMany { what: what.to_owned(), found, max });
        }
        Ok(())
    };
    within("sections", report.sections.len(), SECTIONS_MAX)?;
    within("results", report.sections.iter().map(|s| s.results.len()).sum(), RESULTS_MAX)?;
    within("patient identifiers", report.patient.identifiers.len(), IDENTIFIERS_MAX)?;
    within("specimens", report.specimens.len(), LIST_MAX)?;
    within("comments", report.comments.len(), LIST_MAX)?;
    within("signatures", report.signatures.len(), SIGNATURES_MAX)?;
    let covered = report.signatures.iter().map(|s| s.covers.len()).max().unwrap_or_default();
    within("results that one signature covers", covered, SIGNATURES_MAX)?;
    within("performing laboratories", report.performing_laboratories.len(), LIST_MAX)?;
    within("requester's address lines", report.requester.address.len(), LIST_MAX)?;
    within("laboratory address lines", report.laboratory.address.len(), IDENTIFIERS_MAX)?;
    within("laboratory registrations", report.laboratory.registrations.len(), IDENTIFIERS_MAX)?;
    for laboratory in &report.performing_laboratories {
        within("address lines of a performing laboratory", laboratory.address.len(), LIST_MAX)?;
        within("registrations of a performing laboratory", laboratory.registrations.len(), LIST_MAX)?;
    }
    for result in report.sections.iter().flat_map(|s| &s.results) {
        within("comments on one result", result.comments.len(), LIST_MAX)?;
    }
    Ok(())
}

fn language(language: &str) -> Result<(), RenderError> {
    if matches!(language.len(), 2 | 3) && language.bytes().all(|b| b.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(RenderError::Language(language.to_owned()))
}

fn require(field: &str, text: &str) -> Result<(), RenderError> {
    if text.trim().is_empty() {
        return Err(RenderError::Missing { field: field.to_owned() });
    }
    Ok(())
}

fn absent(field: &str, text: &str) -> Result<(), RenderError> {
    if text.is_empty() {
        return Ok(());
    }
    Err(RenderError::Contradiction { field: field.to_owned() })
}

fn presence(report: &LaboratoryReport) -> Result<(), RenderError> {
    require("laboratory.name", &report.laboratory.name)?;
    require("number", &report.number)?;
    require("issued_at", &report.issued_at)?;
    if let Status::Corrected { replaces } = &report.status {
        require("status.replaces", replaces)?;
    }
    require("patient.family", &report.patient.family)?;
    require("patient.sex", &report.patient.sex)?;
    require("patient.born", &report.patient.born)?;
    require("patient.identifiers", report.patient.identifiers.first().map_or("", |i| &i.value))?;
    for (i, signature) in report.signatures.iter().enumerate() {
        require(&format!("signatures[{i}].name"), &signature.name)?;
        require(&format!("signatures[{i}].at"), &signature.at)?;
        require(&format!("signatures[{i}].meaning"), &signature.meaning)?;
    }
    for (s, section) in report.sections.iter().enumerate() {
        for (r, result) in section.results.iter().enumerate() {
            let field = |name: &str| format!("sections[{s}].results[{r}].{name}");
            require(&field("name"), &result.name)?;
            if let ReferenceInterval::Approved { text, .. } = &result.interval {
                require(&field("interval.text"), text)?;
            }
            match &result.standing {
                Standing::Final | Standing::Preliminary => require(&field("value"), &result.value)?,
                Standing::Corrected { was, reported_at } => {
                    require(&field("value"), &result.value)?;
                    require(&field("standing.was"), was)?;
                    require(&field("standing.reported_at"), reported_at)?;
                }
                Standing::Cancelled { reason } => {
                    require(&field("standing.reason"), reason)?;
                    absent(&field("value"), &result.value)?;
                }
                Standing::Pending => absent(&field("value"), &result.value)?,
            }
        }
    }
    Ok(())
}

fn references(report: &LaboratoryReport) -> Result<(), RenderError> {
    let unknown = |field: String, value: &str| Err(RenderError::UnknownReference { field, value: value.to_owned() });
    for (s, section) in report.sections.iter().enumerate() {
        if let Some(number) = &section.specimen
            && !report.specimens.iter().any(|specimen| specimen.number == *number)
        {
            return unknown(format!("sections[{s}].specimen"), number);
        }
        for (r, result) in section.results.iter().enumerate() {
            if let Some(mark) = &result.performed_by
                && !report.performing_laboratories.iter().any(|laboratory| laboratory.mark == *mark)
            {
                return unknown(format!("sections[{s}].results[{r}].performed_by"), mark);
            }
        }
    }
    Ok(())
}
