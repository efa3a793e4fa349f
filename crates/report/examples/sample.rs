//! Writes the sample report, of an invented patient, as a PDF: `sample report.pdf`.
//!
//! `--preliminary`, `--corrected`, `--practice`, `--demo` and `--long` show its other faces; `--label` a tube's label,
//! `--summary` a month's controls, with `--signed` signed.

use std::process::ExitCode;

use titer_report::{LaboratoryReport, MonthlySummary, RenderError, Standing, Status, TubeLabel};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.iter().find(|a| !a.starts_with("--")) else {
        eprintln!("name the file to write, such as report.pdf");
        return ExitCode::FAILURE;
    };
    let written = document(&arguments)
        .map_err(|error| error.to_string())
        .and_then(|pdf| std::fs::write(path, pdf).map_err(|error| format!("{path}: {error}")));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn document(arguments: &[String]) -> Result<Vec<u8>, RenderError> {
    let has = |name: &str| arguments.iter().any(|a| a == name);
    if has("--summary") {
        let signature = LaboratoryReport::sample().signatures.pop().filter(|_| has("--signed"));
        return titer_report::summary(&MonthlySummary { signature, demo: has("--demo"), ..MonthlySummary::sample() });
    }
    let mut report = LaboratoryReport::sample();
    report.practice = has("--practice");
    report.demo = has("--demo");
    if has("--preliminary") {
        preliminary(&mut report);
    }
    if has("--corrected") {
        corrected(&mut report);
    }
    if has("--long") {
        report.sections = (report.sections.iter().cycle().take(12)).cloned().collect();
    }
    if has("--label") { titer_report::label(&tube(&report)) } else { titer_report::render(&report) }
}

fn preliminary(report: &mut LaboratoryReport) {
    report.status = Status::Preliminary;
    report.sections[0].results[1].standing = Standing::Preliminary;
    let culture = &mut report.sections[2].results[0];
    culture.value.clear();
    culture.comments.clear();
    culture.standing = Standing::Pending;
}

fn corrected(report: &mut LaboratoryReport) {
    report.version = 2;
    report.issued_at = "22 Nov 2026 15:20".to_owned();
    report.status = Status::Corrected {
        replaces: "version 1, issued 22 Nov 2026 14:05. The potassium was entered with digits exchanged; corrected \
                   from the instrument’s printout by Dr I. Solheim. Told to Dr I. Abara on 22 Nov 2026 at 15:16."
            .to_owned(),
    };
    report.sections[0].results[1].standing =
        Standing::Corrected { was: "3.6 mmol/L".to_owned(), reported_at: "22 Nov 2026 14:05".to_owned() };
}

fn tube(report: &LaboratoryReport) -> TubeLabel {
    let specimen = &report.specimens[0];
    TubeLabel {
        language: report.language.clone(),
        family: report.patient.family.clone(),
        given: report.patient.given.clone(),
        born: report.patient.born.clone(),
        sex: "F".to_owned(),
        identifier: format!("MRN {}", report.patient.identifiers[0].value),
        specimen_number: specimen.number.clone(),
        kind: specimen.kind.clone(),
        collected_at: specimen.collected_at.clone(),
        mark: if report.practice { report.labels.practice_short.clone() } else { String::new() },
    }
}
