//! What is printed: a composed report in words, ready to be typeset; and the labels that pages hand out. No crate of pages links the
//! typesetter, so it stands here.

use std::path::Path;

use jiff::{civil::Date, tz::TimeZone};
use titer_lab::{
    catalog::is_no_number,
    reports::{
        document::{Document, Line, NotMeasured},
        views::Report,
    },
};
use titer_report::{
    Flag, Identifier, Labels, Laboratory, LaboratoryReport, Paper, Patient, PreviousResult, ReferenceInterval,
    ReportedResult, Requester, Section, Signature, Specimen, Standing, Status, TubeLabel,
};
use titer_science::units::in_print;
use titer_shell::{
    when::{self, When},
    words::Words,
};
use titer_store::Location;
use titer_web::printer::{Label, Printer};

use crate::Failed;

/// Loads the fonts that a laboratory has added: those in the folder that is named, else in the folder `fonts` of its data folder. Before
/// anything is printed.
///
/// # Errors
/// When the named folder is not there, or a font cannot be read: a report must not look otherwise because a file is damaged.
pub fn add_fonts(location: &Location, named: Option<&Path>) -> Result<(), Failed> {
    let folder = match (named, location) {
        (Some(named), _) if !named.is_dir() => {
            let named = named.display();
            return Err(Failed(format!(
                "the folder of fonts {named} is not there; correct --fonts or make the folder"
            )));
        }
        (Some(named), _) => named.to_owned(),
        (None, Location::Folder(data)) => data.join("fonts"),
        (None, Location::Postgres(_)) => return Ok(()),
    };
    let count = titer_report::add_fonts(&folder);
    let count = count.map_err(|e| Failed(format!("a font cannot be used; repair or remove the file: {e}")))?;
    tracing::info!(count, "fonts were added");
    Ok(())
}

/// Typesets with Typst, within this process.
pub struct Typesetter;

impl Printer for Typesetter {
    fn label(&self, label: Label) -> Result<Vec<u8>, String> {
        let label = TubeLabel {
            language: "en".to_owned(),
            family: label.family,
            given: label.given,
            born: label.born,
            sex: label.sex,
            identifier: label.identifier,
            specimen_number: label.number,
            kind: label.kind,
            collected_at: label.collected,
            mark: label.mark,
        };
        titer_report::label(&label).map_err(|e| e.to_string())
    }

    fn unprintable(&self, text: &str) -> String {
        titer_report::unprintable(text)
    }
}

/// The document of a composed report. The same report gives the same document at any time.
pub fn report(report: &Report, said: &Document, words: &Words) -> LaboratoryReport {
    let paper = Printed { words, zone: TimeZone::get(&said.laboratory.zone).unwrap_or(TimeZone::UTC) };
    let number = format!("{}-{}", said.order / titer_store::PLACES, report.version);
    LaboratoryReport {
        language: "en".to_owned(),
        paper: Paper::A4,
        labels: Labels { cancelled: words.t("paper-not-measured-value"), ..Labels::default() },
        practice: false,
        demo: said.laboratory.demonstration,
        laboratory: paper.laboratory(said),
        number,
        version: u32::try_from(report.version).unwrap_or(u32::MAX),
        status: if said.complete { Status::Final } else { Status::Preliminary },
        issued_at: paper.at(report.composed_at.micros()),
        patient: paper.patient(report, said),
        requester: Requester { name: said.requester.clone(), address: Vec::new(), location: String::new() },
        priority: words.t(&format!("priority-{}", said.priority)),
        specimens: said.specimens.iter().map(|s| paper.specimen(s)).collect(),
        sections: paper.sections(said),
        comments: Vec::new(),
        performing_laboratories: Vec::new(),
        signatures: paper.signatures(&said.results),
    }
}

struct Printed<'a> {
    words: &'a Words,
    zone: TimeZone,
}

impl Printed<'_> {
    fn at(&self, micros: i64) -> String {
        When::at(micros, micros, &self.zone).words
    }

    fn maybe_at(&self, micros: Option<i64>) -> String {
        micros.map_or_else(|| self.words.t("paper-unknown"), |m| self.at(m))
    }

    fn laboratory(&self, said: &Document) -> Laboratory {
        let l = &said.laboratory;
        let registrations = [l.accreditation.clone()].into_iter().filter(|r| !r.is_empty()).collect();
        Laboratory { name: l.name.clone(), address: l.address.clone(), registrations, director: l.director.clone() }
    }

    fn patient(&self, report: &Report, said: &Document) -> Patient {
        let p = &said.patient;
        let unknown = || self.words.t("paper-unknown");
        let born: Option<Date> = p.birth_date.parse().ok();
        // The age on the day of collection, which the intervals were chosen by; else on the day of the report.
        let collected = said.specimens.iter().filter_map(|s| s.collected_at).min();
        let day = jiff::Timestamp::from_microsecond(collected.unwrap_or(report.composed_at.micros()))
            .map(|t| t.to_zoned(self.zone.clone()).date());
        let age = born.zip(day.ok()).and_then(|(born, day)| when::age(born, day, self.words));
        Patient {
            family: p.family.clone(),
            given: p.given.clone(),
            sex: self.words.t(&format!("sex-{}", p.sex)),
            born: born.map_or_else(unknown, when::day),
            age: age.unwrap_or_else(unknown),
            identifiers: vec![Identifier { label: self.words.t("patient-identifier"), value: p.identifier.clone() }],
        }
    }

    fn specimen(&self, s: &titer_lab::reports::document::Specimen) -> Specimen {
        let condition = match s.rejected.as_str() {
            "" => String::new(),
            reason => self.words.t(&format!("reject-{reason}")),
        };
        Specimen {
            number: s.barcode.clone(),
            kind: s.name.clone(),
            collected_at: self.maybe_at(s.collected_at),
            received_at: self.maybe_at(s.received_at),
            condition,
        }
    }

    /// Results by bench, in the order of the report; what is outstanding, and what cannot be measured, follow in sections of their own.
    fn sections(&self, said: &Document) -> Vec<Section> {
        let mut sections: Vec<(String, Section)> = Vec::new();
        for line in &said.results {
            let result = self.result(line);
            match sections.iter_mut().find(|(d, _)| *d == line.discipline) {
                Some((_, section)) => section.results.push(result),
                None => {
                    let title = self.words.t(&format!("discipline-{}", line.discipline));
                    let section = Section { title, specimen: None, results: vec![result] };
                    sections.push((line.discipline.clone(), section));
                }
            }
        }
        let mut sections: Vec<Section> = sections.into_iter().map(|(_, s)| s).collect();
        if !said.outstanding.is_empty() {
            let results = said.outstanding.iter().map(|name| pending(name)).collect();
            sections.push(Section { title: self.words.t("paper-outstanding"), specimen: None, results });
        }
        if !said.not_measured.is_empty() {
            let results = said.not_measured.iter().map(|lost| self.not_measured(lost)).collect();
            sections.push(Section { title: self.words.t("paper-not-measured"), specimen: None, results });
        }
        sections
    }

    fn result(&self, line: &Line) -> ReportedResult {
        let flag = match (line.critical.as_str(), line.flag.as_str()) {
            ("low", _) => Some(Flag::CriticalLow),
            ("high", _) => Some(Flag::CriticalHigh),
            ("answer", _) => Some(Flag::CriticalAbnormal),
            (_, "L") => Some(Flag::Low),
            (_, "H") => Some(Flag::High),
            (_, "A") => Some(Flag::Abnormal),
            _ => None,
        };
        let interval = if line.has_interval {
            ReferenceInterval::Approved {
                text: titer_web::pages::results::interval(&line.low, &line.high),
                source: String::new(),
            }
        } else if !line.expected.is_empty() {
            ReferenceInterval::Approved { text: line.expected.clone(), source: String::new() }
        } else if line.flag == "-" {
            ReferenceInterval::NotApplicable
        } else {
            ReferenceInterval::NotApproved
        };
        let unjudged = (line.has_interval && line.flag.is_empty())
            .then(|| if is_no_number(&line.value) { "paper-no-number" } else { "paper-not-judged" });
        ReportedResult {
            name: line.name.clone(),
            value: line.printed().to_owned(),
            unit: in_print(&line.unit),
            flag,
            interval,
            previous: line
                .previous
                .as_ref()
                .map(|(value, at)| PreviousResult { value: value.clone(), at: self.at(*at) }),
            standing: Standing::Final,
            comments: unjudged
                .map(|key| self.words.t(key))
                .into_iter()
                .chain(line.comments.iter().map(|comment| comment.words.clone()))
                .collect(),
            performed_by: None,
        }
    }

    fn not_measured(&self, lost: &NotMeasured) -> ReportedResult {
        let reason = self.words.t(&format!("not-measured-{}", lost.reason));
        let reason = self.words.tell("paper-not-measured-tube", &[("why", &reason), ("tube", &lost.barcode)]);
        ReportedResult { standing: Standing::Cancelled { reason }, ..pending(&lost.name) }
    }

    /// One line for each person and minute (21 CFR 11.50: printed name, date and time, meaning).
    fn signatures(&self, lines: &[Line]) -> Vec<Signature> {
        let mut signed: Vec<(i64, &str, Vec<&str>)> = Vec::new();
        for line in lines {
            match signed.iter_mut().find(|(at, by, _)| (*at, *by) == (line.verified_at, line.verified_by.as_str())) {
                Some((_, _, names)) => names.push(&line.name),
                None => signed.push((line.verified_at, &line.verified_by, vec![&line.name])),
            }
        }
        let several = signed.len() > 1;
        let signature = |(at, by, names): (i64, &str, Vec<&str>)| Signature {
            name: by.to_owned(),
            at: self.at(at),
            meaning: self.words.t("paper-verified"),
            covers: if several { names.into_iter().map(str::to_owned).collect() } else { Vec::new() },
        };
        signed.into_iter().map(signature).collect()
    }
}

fn pending(name: &str) -> ReportedResult {
    ReportedResult {
        name: name.to_owned(),
        value: String::new(),
        unit: String::new(),
        flag: None,
        interval: ReferenceInterval::NotApplicable,
        previous: None,
        standing: Standing::Pending,
        comments: Vec::new(),
        performed_by: None,
    }
}

#[cfg(test)]
mod tests;
