//! Dialects: how one make of analyzer speaks the standard, as data. See `content/dialects/README.md`.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde::Deserialize;
use titer_lab::Refusal;
use titer_wire::astm::{Encoding, Group, Kind, Record, parse};

/// The dialects that come with the program, by name.
const SHIPPED: &[(&str, &str)] = &[
    ("cobas-c111", include_str!("../../../content/dialects/cobas-c111.toml")),
    ("titer-sim-chemistry", include_str!("../../../content/dialects/titer-sim-chemistry.toml")),
    ("titer-sim-coagulation", include_str!("../../../content/dialects/titer-sim-coagulation.toml")),
    ("titer-sim-glucose", include_str!("../../../content/dialects/titer-sim-glucose.toml")),
    ("titer-sim-haematology", include_str!("../../../content/dialects/titer-sim-haematology.toml")),
    ("titer-sim-hba1c", include_str!("../../../content/dialects/titer-sim-hba1c.toml")),
    ("titer-sim-immunoassay", include_str!("../../../content/dialects/titer-sim-immunoassay.toml")),
    ("titer-sim-urinalysis", include_str!("../../../content/dialects/titer-sim-urinalysis.toml")),
];

/// A dialect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The instrument.
    pub device: Device,
    /// Protocol and character set.
    pub framing: Framing,
    /// Where the scanned identity of the specimen stands.
    pub identity: Place,
    /// What tells patients' specimens from control material.
    pub material: Material,
    /// When the measurement was completed.
    pub completed: Completed,
    /// Where a result's parts stand.
    pub result: ResultFields,
    /// Statuses that may file, with their meaning.
    #[serde(default)]
    pub statuses: BTreeMap<String, String>,
    /// The analyzer's flags that are understood.
    #[serde(default)]
    pub flags: BTreeMap<String, String>,
    /// Where a comment carries its code.
    pub comment: Option<Place>,
    /// Comment codes that are understood.
    #[serde(default)]
    pub comment_codes: BTreeMap<String, String>,
    /// Records that are kept and never charted.
    #[serde(default)]
    pub records: Records,
    /// Proposed mappings.
    #[serde(default)]
    pub code: Vec<Code>,
}

/// The instrument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Device {
    pub name: String,
    pub maker: String,
    pub version: String,
    pub provenance: String,
    #[serde(default)]
    pub sources: Vec<String>,
}

/// Protocol and character set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Framing {
    pub protocol: String,
    pub encoding: String,
}

/// A place in a record; fields and components count from 1, the record type being field 1.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Place {
    pub record: String,
    pub field: usize,
    #[serde(default = "first")]
    pub component: usize,
    #[serde(default)]
    pub trim: bool,
}

fn first() -> usize {
    1
}

/// What tells patients' specimens from control material.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Material {
    pub record: String,
    pub field: usize,
    pub patient: Vec<String>,
    #[serde(default)]
    pub control: Vec<String>,
}

/// When the measurement was completed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Completed {
    pub record: String,
    pub field: usize,
    pub format: String,
    pub zone: String,
}

/// Where a result's parts stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ResultFields {
    pub record: String,
    pub code: CodePlace,
    pub value: usize,
    pub unit: usize,
    pub flag: usize,
    pub status: usize,
}

/// Where the code of a test stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CodePlace {
    pub field: usize,
    pub component: usize,
}

/// Records that are kept and never charted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Records {
    #[serde(default)]
    pub uncharted: Vec<String>,
}

/// A proposed mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Code {
    pub code: String,
    pub unit: String,
    pub analyte: String,
}

/// The names of the dialects that come with the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

impl Dialect {
    /// The dialect of this name.
    ///
    /// # Errors
    /// Refused when there is none, or its profile cannot be read.
    pub fn named(name: &str) -> Result<Self, Refusal> {
        let shipped = SHIPPED.iter().find(|(n, _)| *n == name);
        let (_, text) = shipped.ok_or_else(|| {
            Refusal::new("links-dialect-unknown")
                .with("dialect", name)
                .with("known", names().collect::<Vec<_>>().join(", "))
        })?;
        toml::from_str(text)
            .map_err(|e| Refusal::new("links-dialect-unreadable").with("dialect", name).with("error", e))
    }

    /// What a message says of each specimen, in its own terms.
    ///
    /// # Errors
    /// Refused when it is no message of this standard.
    pub fn read(&self, text: &[u8]) -> Result<Said, Refusal> {
        let ascii_only = self.framing.encoding == "us-ascii";
        if ascii_only && !text.is_ascii() {
            return Err(Refusal::new("inbox-encoding").with("encoding", &self.framing.encoding));
        }
        let encoding = if self.framing.encoding == "latin-1" { Encoding::Latin1 } else { Encoding::Utf8 };
        let messages = parse(text).map_err(|e| Refusal::new("inbox-unreadable").with("error", e))?;
        let mut said = Said::default();
        for message in &messages {
            // The first component of H-5 is the sender's name or ID.
            said.instrument = message.header().field(5).component(1).text(encoding).trim().to_owned();
            let of_message = self.behind(message.attached(), encoding, &mut said);
            for patient in message.groups() {
                if let Some(other) = patient.record().filter(|r| r.kind() != Kind::Patient) {
                    said.strange.push(letter(&other));
                }
                let of_patient = self.behind(patient.attached(), encoding, &mut said);
                for order in patient.groups() {
                    let of_order = self.behind(order.attached(), encoding, &mut said);
                    let mut specimen = self.specimen(&order, encoding);
                    for value in &mut specimen.values {
                        value.unexplained.extend([&*of_message, &*of_patient, &*of_order].concat());
                    }
                    said.specimens.push(specimen);
                }
            }
        }
        Ok(said)
    }

    /// What stands behind a header, a patient or an order and is not explained: it holds the message, and each result below.
    fn behind(&self, attached: &[Record<'_>], encoding: Encoding, said: &mut Said) -> Vec<String> {
        let strange: Vec<_> =
            attached.iter().filter_map(|r| Some((letter(r), self.unexplained(r, encoding)?))).collect();
        said.strange.extend(strange.iter().map(|(letter, _)| letter.clone()));
        strange.into_iter().map(|(_, hold)| hold).collect()
    }

    /// The hold that a record behind another means, unless the dialect explains it.
    fn unexplained(&self, record: &Record<'_>, encoding: Encoding) -> Option<String> {
        let letter = letter(record);
        match &self.comment {
            Some(place) if letter == place.record => {
                let code = record.field(place.field).component(place.component).text(encoding).trim().to_owned();
                (!self.comment_codes.contains_key(&code)).then(|| format!("instrument-comment:{code}"))
            }
            _ if self.records.uncharted.contains(&letter) => None,
            _ => Some(format!("instrument-record:{letter}")),
        }
    }

    fn specimen(&self, order: &Group<'_, '_>, encoding: Encoding) -> Specimen {
        let field = |record: &str, number| order.record().filter(|_| record == "O").map(|o| o.field(number));
        // Two in one field contradict each other.
        let identity = field(&self.identity.record, self.identity.field)
            .filter(|f| f.repeats().count() == 1)
            .map(|f| f.component(self.identity.component).text(encoding).into_owned())
            .unwrap_or_default();
        let identity = if self.identity.trim { identity.trim().to_owned() } else { identity };
        let material = field(&self.material.record, self.material.field)
            .map(|f| f.text(encoding).into_owned())
            .unwrap_or_default();
        let material = match &material {
            m if self.material.patient.contains(m) => Sort::Patient,
            m if self.material.control.contains(m) => Sort::Control,
            _ => Sort::Unknown(material),
        };
        let values = order.groups().filter_map(|g| self.value(&g, encoding)).collect();
        Specimen { identity, material, values }
    }

    fn value(&self, group: &Group<'_, '_>, encoding: Encoding) -> Option<Value> {
        let record = group.record()?;
        let text = |field: usize| record.field(field).text(encoding).trim().to_owned();
        let completed = text(self.completed.field);
        let mut value = Value {
            code: record
                .field(self.result.code.field)
                .component(self.result.code.component)
                .text(encoding)
                .trim()
                .to_owned(),
            value: text(self.result.value),
            unit: text(self.result.unit),
            flags: text(self.result.flag),
            completed: self.time(&completed),
            completed_text: completed,
            unexplained: Vec::new(),
        };
        let status = text(self.result.status);
        if !self.statuses.contains_key(&status) {
            value.unexplained.push(format!("status:{status}"));
        }
        let flags = record.field(self.result.flag);
        for flag in flags.repeats().map(|f| f.text(encoding).trim().to_owned()) {
            if !self.flags.contains_key(&flag) {
                value.unexplained.push(format!("instrument-flag:{flag}"));
            }
        }
        value.unexplained.extend(group.attached().iter().filter_map(|r| self.unexplained(r, encoding)));
        Some(value)
    }

    /// A time as the analyzer's own clock shows it; none when it is absent or no time.
    fn time(&self, text: &str) -> Option<DateTime> {
        let format = match self.completed.format.as_str() {
            "YYYYMMDDhhmmss" if text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit()) => "%Y%m%d%H%M%S",
            _ => return None,
        };
        DateTime::strptime(format, text).ok()
    }
}

fn letter(record: &Record<'_>) -> String {
    record.raw().first().map(|b| char::from(*b).to_string()).unwrap_or_default()
}

/// What a message says, in the analyzer's own terms.
#[derive(Debug, Default)]
pub struct Said {
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// Specimens, in the sender's order.
    pub specimens: Vec<Specimen>,
    /// Kinds of records that the dialect does not explain.
    pub strange: Vec<String>,
}

/// Whose material it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A patient's.
    Patient,
    /// Control material.
    Control,
    /// The dialect does not say.
    Unknown(String),
}

/// What is said of one specimen.
#[derive(Debug)]
pub struct Specimen {
    /// The scanned identity, from the one place that the dialect names.
    pub identity: String,
    /// Whose material it is.
    pub material: Sort,
    /// The values.
    pub values: Vec<Value>,
}

/// One value, in the analyzer's own terms.
#[derive(Debug)]
pub struct Value {
    /// The test code.
    pub code: String,
    /// The value, exactly as sent but for blanks around it.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// The analyzer's own flags, exactly as sent: shown, never used as the laboratory's.
    pub flags: String,
    /// When it was completed, by the analyzer's clock.
    pub completed: Option<DateTime>,
    /// The same, as sent.
    pub completed_text: String,
    /// Flags, comments, statuses and records that the dialect does not explain: they hold the result.
    pub unexplained: Vec<String>,
}
