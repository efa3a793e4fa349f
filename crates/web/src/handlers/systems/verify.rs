//! Verification records: the form that is signed, and a record that was signed.

use std::sync::Arc;

use axum::extract::{Path, Query};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::instruments::InstrumentId;
use titer_lab::systems::commands::VerifySystems;
use titer_lab::systems::views as systems;
use titer_lab::systems::{Aspect, Pdf, RecordId, RecordText, Said, SystemId};
use titer_lab::{Failure, text};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::Routes;
use titer_shell::reader::Reader;
use titer_shell::upload::Uploads;
use titer_shell::when;
use titer_store::File;

use super::super::common::{Answer, Marked, again, mistaken, show, test_name};
use super::super::reports::PDF_POLICY;
use super::{SEES, VERIFIES, instrument_name, line};
use crate::pages::systems::{AspectField, Record, Verify, VerifyRow};
use crate::pages::{Fact, Mistakes, Tone};
use crate::sections::INSTRUMENTS;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get(paths::SYSTEMS_VERIFY, VERIFIES, form)
        .post(paths::SYSTEMS_VERIFY, VERIFIES, verified)
        .get(paths::SYSTEM_RECORD, SEES, record)
        .get(paths::SYSTEM_RECORD_FILE, SEES, file)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    system: Option<i64>,
}

/// A record as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    /// Test systems, each with its version: `4096:7`.
    mark: Vec<String>,
    accuracy: String,
    accuracy_none: Marked,
    precision: String,
    precision_none: Marked,
    #[serde(rename = "reportable-range")]
    reportable_range: String,
    #[serde(rename = "reportable-range_none")]
    reportable_range_none: Marked,
    #[serde(rename = "reference-interval")]
    reference_interval: String,
    #[serde(rename = "reference-interval_none")]
    reference_interval_none: Marked,
    performed_on: String,
    performed_by: String,
    password: Option<String>,
}

impl Given {
    fn said(&self, aspect: Aspect) -> Said {
        let (text, none) = match aspect {
            Aspect::Accuracy => (&self.accuracy, self.accuracy_none),
            Aspect::Precision => (&self.precision, self.precision_none),
            Aspect::ReportableRange => (&self.reportable_range, self.reportable_range_none),
            Aspect::ReferenceInterval => (&self.reference_interval, self.reference_interval_none),
        };
        Said { text: text.clone(), not_applicable: none.0 }
    }

    fn record(&self) -> RecordText {
        RecordText {
            accuracy: self.said(Aspect::Accuracy),
            precision: self.said(Aspect::Precision),
            reportable_range: self.said(Aspect::ReportableRange),
            reference_interval: self.said(Aspect::ReferenceInterval),
            performed_on: when::parse_day(&self.performed_on),
            performed_by: self.performed_by.clone(),
        }
    }

    /// The test systems that are marked, each with its version. What is none is refused like one that does not exist.
    fn systems(&self) -> Vec<(SystemId, i64)> {
        let number = |text: &str| text.parse().unwrap_or(0);
        let read = |mark: &String| mark.split_once(':').map_or((0, 0), |(id, version)| (number(id), number(version)));
        self.mark.iter().map(read).map(|(id, version)| (SystemId(id), version)).collect()
    }
}

async fn form(reader: Reader, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Answer {
    let only = asked.system.map(SystemId);
    show(verifying(&reader, InstrumentId(id), only, None, Mistakes::default()).await?)
}

async fn verifying(
    reader: &Reader,
    id: InstrumentId,
    only: Option<SystemId>,
    given: Option<Given>,
    mistakes: Mistakes,
) -> Result<Verify, Problem> {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let name = instrument_name(&known, id)?;
        let mut all: Vec<_> = known.all().iter().filter(|s| s.instrument == id && s.is_live()).collect();
        all.sort_by_cached_key(|s| text::key(&test_name(&catalog, s.analyte)));
        let marked = |system: &systems::System| match (&given, only) {
            (Some(given), _) => given.systems().iter().any(|(id, _)| *id == system.id),
            (None, Some(only)) => system.id == only,
            // The director signs for each one, so nobody marks them beforehand.
            (None, None) => false,
        };
        let rows = all.into_iter().map(|system| VerifyRow {
            value: format!("{}:{}", system.id, system.version),
            line: line(frame, &catalog, &known, system),
            marked: marked(system),
        });
        let rows = rows.collect();
        let typed = given.unwrap_or_default();
        let aspects = Aspect::ALL.iter().map(|aspect| {
            let Said { text, not_applicable } = typed.said(*aspect);
            AspectField { code: aspect.code(), name: frame.t(aspect.key()), text, not_applicable }
        });
        Ok(Verify {
            page: frame.page(),
            id: id.to_string(),
            name,
            rows,
            aspects: aspects.collect(),
            performed_on: typed.performed_on.clone(),
            performed_by: typed.performed_by.clone(),
            password: frame.reader.must_give_password(),
            mistakes,
        })
    });
    page.await
}

async fn verified(reader: Reader, Path(id): Path<i64>, uploads: Uploads, Form(given): Form<Given>) -> Answer {
    let instrument = InstrumentId(id);
    let signed = match reader.sign(given.password.clone()).await {
        Ok(signed) => signed,
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "password", failure)?;
            return again(verifying(&reader, instrument, None, Some(given), mistakes).await?);
        }
    };
    let (systems, record) = (given.systems(), given.record());
    // The digest is made here, before the laboratory's lock is taken.
    let file = uploads.of("file").map(|f| Pdf { name: f.name.clone(), file: File::new(f.bytes.to_vec()) });
    let run = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(VerifySystems { systems, record, file, signed });
    match reader.submit(None, run).await {
        Ok(record) => {
            let to = reader.to(paths::SYSTEM_RECORD.of(record));
            Ok(reader.done(&to, Tone::Calm, reader.t("systems-verified-done")))
        }
        Err(failure) => {
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            again(verifying(&reader, instrument, None, Some(given), mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        (_, Some("performed on")) => "performed_on",
        (_, Some("performed by")) => "performed_by",
        (_, Some("file")) => "file",
        (_, Some(about)) => Aspect::from_code(about).map_or("", Aspect::code),
        ("systems-file-not-pdf" | "systems-file-too-large", _) => "file",
        ("systems-record-in-future", _) => "performed_on",
        ("systems-range-missing", _) => Aspect::ReportableRange.code(),
        _ => "",
    }
}

async fn record(reader: Reader, Path(id): Path<i64>) -> Answer {
    let page = reader.page(Some(&INSTRUMENTS), move |s, frame| {
        let record = systems::record(s, RecordId(id))?.ok_or(Problem::Missing)?;
        let (known, catalog) = (frame.systems(s)?, frame.catalog(s)?);
        let mut facts: Vec<Fact> = Vec::new();
        for (aspect, said) in &record.said {
            let text = match said.not_applicable {
                true => frame.tell("systems-not-applicable-because", &[("why", &said.text)]),
                false => said.text.clone(),
            };
            facts.push(Fact { label: frame.t(aspect.key()), text });
        }
        let day = record.performed_on.parse().map_or_else(|_| record.performed_on.clone(), when::day);
        facts.push(Fact { label: frame.t("systems-performed-on"), text: day });
        facts.push(Fact { label: frame.t("systems-performed-by"), text: record.performed_by.clone() });
        let signed =
            frame.tell("systems-signed", &[("name", &record.signed_by), ("at", &frame.at(record.signed_at).words)]);
        facts.push(Fact { label: frame.t("systems-signed-by"), text: signed });
        let mut of: Vec<_> = known.all().iter().filter(|s| s.record == Some(record.id)).collect();
        of.sort_by_cached_key(|s| text::key(&test_name(&catalog, s.analyte)));
        Ok(Record {
            page: frame.page(),
            instrument: instrument_name(&known, record.instrument)?,
            instrument_href: frame.to(paths::INSTRUMENT.of(record.instrument)),
            facts,
            file: record.file.as_ref().map(|_| frame.to(paths::SYSTEM_RECORD_FILE.of(id))).unwrap_or_default(),
            file_name: record.file.as_ref().map(|f| said(frame, f)).unwrap_or_default(),
            lines: of.into_iter().map(|system| line(frame, &catalog, &known, system)).collect(),
            signed_for: usize::try_from(record.systems).unwrap_or_default(),
        })
    });
    show(page.await?)
}

async fn file(reader: Reader, Path(id): Path<i64>) -> Answer {
    let found = reader.read(move |s| {
        let record = systems::record(s, RecordId(id))?.ok_or(Problem::Missing)?;
        let bytes = systems::file(s, &record)?.ok_or(Problem::Missing)?;
        Ok(bytes)
    });
    let about = [
        (CONTENT_TYPE, "application/pdf".to_owned()),
        (CONTENT_DISPOSITION, format!("inline; filename=\"verification-{id}.pdf\"")),
        (CONTENT_SECURITY_POLICY, PDF_POLICY.to_owned()),
    ];
    Ok((about, found.await?).into_response())
}

/// The name of a PDF with its digest.
fn said(frame: &Frame, file: &systems::RecordFile) -> String {
    let digest = file.sha256.to_string();
    frame.tell("systems-file-says", &[("name", &file.name), ("digest", &digest)])
}
