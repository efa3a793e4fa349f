//! A verification record, before it is signed.

use jiff::civil::Date;
use titer_store::{File, Read};

use super::{Aspect, events};
use crate::{Ctx, Failure, Refusal, refuse, sites, text};

/// The largest PDF of a record, in bytes.
pub const PDF_BYTES_MAX: usize = 20 << 20;

/// What a record says of one aspect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What was done, and the result; or why the aspect does not apply.
    pub text: String,
    /// It does not apply.
    pub not_applicable: bool,
}

/// A verification record as it is entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordText {
    /// Accuracy.
    pub accuracy: Said,
    /// Precision.
    pub precision: Said,
    /// The reportable range.
    pub reportable_range: Said,
    /// The reference interval.
    pub reference_interval: Said,
    /// On which day the work was finished.
    pub performed_on: Option<Date>,
    /// Who did it.
    pub performed_by: String,
}

impl RecordText {
    /// What it says of an aspect.
    pub fn of(&self, aspect: Aspect) -> &Said {
        match aspect {
            Aspect::Accuracy => &self.accuracy,
            Aspect::Precision => &self.precision,
            Aspect::ReportableRange => &self.reportable_range,
            Aspect::ReferenceInterval => &self.reference_interval,
        }
    }

    /// The record as it is kept, if it answers everything.
    pub(super) fn checked(&self, ctx: &Ctx, read: &mut dyn Read) -> Result<events::Record, Failure> {
        let day = self.performed_on.map(|day| day.to_string()).unwrap_or_default();
        let performed_on = text::required(&day, "performed on")?;
        let today = sites::views::local(ctx.at, &sites::views::zone(read)?).date();
        if self.performed_on.is_some_and(|day| day > today) {
            return refuse("systems-record-in-future");
        }
        let not_applicable = Aspect::ALL.iter().filter(|a| self.of(**a).not_applicable);
        Ok(events::Record {
            accuracy: text::required(&self.accuracy.text, "accuracy")?,
            precision: text::required(&self.precision.text, "precision")?,
            reportable_range: text::required(&self.reportable_range.text, "reportable-range")?,
            reference_interval: text::required(&self.reference_interval.text, "reference-interval")?,
            not_applicable: not_applicable.map(|a| a.code().to_owned()).collect(),
            performed_on,
            performed_by: text::required(&self.performed_by, "performed by")?,
        })
    }
}

/// A PDF that belongs to a record.
#[derive(Clone, Debug)]
pub struct Pdf {
    /// The name of the file.
    pub name: String,
    /// Its bytes.
    pub file: File,
}

impl Pdf {
    /// The file as its event names it, if it is a PDF.
    pub(super) fn checked(&self) -> Result<events::Attached, Failure> {
        let bytes = self.file.bytes();
        if bytes.len() > PDF_BYTES_MAX {
            return Err(Refusal::new("systems-file-too-large").with("limit", PDF_BYTES_MAX >> 20).into());
        }
        if !bytes.starts_with(b"%PDF-") {
            return Err(Refusal::new("systems-file-not-pdf").into());
        }
        let name = text::required(&self.name, "file")?;
        Ok(events::Attached { sha256: self.file.sha256(), name, bytes: bytes.len() as i64 })
    }
}
