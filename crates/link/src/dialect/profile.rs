//! The format of a profile: what a dialect can say. `content/dialects/README.md` explains each key.
//!
//! Fields and components count from 1, the record type being field 1. Where no component is given, the whole field is meant.

use std::{collections::BTreeMap, fmt};

use jiff::civil::{Date, DateTime};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use titer_wire::astm::{Encoding, Framing as Cut, Options};

use super::{Beyond, OrderFormat, QueryPlaces, Word};

/// A dialect. [`Dialect::parse`] reads one and names its mistakes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// The instrument.
    pub device: Device,
    /// Protocol, character set and frames.
    pub framing: Framing,
    /// Where the scanned identity of the specimen stands.
    pub identity: Identity,
    /// What tells patients' specimens from control material.
    pub material: Material,
    /// Where the specimen type stands.
    pub specimen_type: Option<Place>,
    /// Places in which only these values are understood; any other holds the result.
    #[serde(default)]
    pub expected: Vec<Expected>,
    /// Where the patient stands, as the laboratory knows the patient.
    #[serde(default)]
    pub patient: PatientPlaces,
    /// When the measurement was completed.
    pub completed: Completed,
    /// What says which instrument measured, if a link carries several.
    #[serde(default)]
    pub instrument: InstrumentPlaces,
    /// Where a result's parts stand.
    pub result: ResultFields,
    /// Statuses that mean a final result, with their meaning.
    #[serde(default)]
    pub statuses: BTreeMap<String, String>,
    /// Statuses, final or not.
    #[serde(default)]
    pub status: Vec<Status>,
    /// The analyzer's flags that are understood.
    #[serde(default)]
    pub flags: BTreeMap<String, String>,
    /// Flags that change the value.
    pub beyond: Option<Beyond>,
    /// Words that stand in the place of a value.
    #[serde(default)]
    pub word: Vec<Word>,
    /// Where a comment carries its code.
    pub comment: Option<CommentPlace>,
    /// Comment codes that are understood.
    #[serde(default)]
    pub comment_codes: BTreeMap<String, String>,
    /// Records that are kept and never charted.
    #[serde(default)]
    pub records: Records,
    /// Proposed mappings.
    #[serde(default)]
    pub code: Vec<Code>,
    /// How the device asks for its work; none when it does not ask.
    pub query: Option<QueryPlaces>,
    /// How work is sent to the device; none when none is sent.
    pub order: Option<OrderFormat>,
}

/// The instrument.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Device {
    pub name: String,
    pub maker: String,
    pub version: String,
    pub provenance: Provenance,
    #[serde(default)]
    pub sources: Vec<String>,
}

/// How a profile is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Provenance {
    /// A message of a real device was read.
    #[serde(rename = "from a capture")]
    Capture,
    /// Written from documents that anybody can read; no message of the device was seen.
    #[serde(rename = "from public documents")]
    Documents,
    /// Neither: a place to begin.
    #[serde(rename = "untested")]
    Untested,
    /// The device is one of our simulators.
    #[serde(rename = "written with the simulator")]
    Simulator,
}

impl Provenance {
    /// As a profile writes it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Capture => "from a capture",
            Self::Documents => "from public documents",
            Self::Untested => "untested",
            Self::Simulator => "written with the simulator",
        }
    }
}

/// Protocol, character set and frames.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framing {
    /// What carries the records.
    pub protocol: Protocol,
    /// The character set.
    pub encoding: CharacterSet,
    /// Text in a frame sent to the device, in bytes.
    #[serde(default = "send_text_max")]
    pub send_text_max: usize,
    /// How what is sent to the device is cut into frames.
    #[serde(default)]
    pub frames: Frames,
}

fn send_text_max() -> usize {
    Options::default().send_text_max
}

impl Framing {
    /// How a session of this device behaves.
    pub fn options(&self) -> Options {
        let framing = match self.frames {
            Frames::EachRecord => Cut::EachRecord,
            Frames::Chained => Cut::Chained,
            Frames::Packed => Cut::Packed,
        };
        Options { framing, send_text_max: self.send_text_max, ..Options::default() }
    }
}

/// What carries the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Protocol {
    /// Frames as in LIS01-A2.
    #[serde(rename = "astm")]
    Framed,
    /// Records on a stream, with no frames, acknowledgements or checksums.
    #[serde(rename = "astm-unframed")]
    Unframed,
}

/// A character set. A message with a byte outside it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub enum CharacterSet {
    #[serde(rename = "us-ascii")]
    Ascii,
    #[serde(rename = "latin-1")]
    Latin1,
    #[serde(rename = "utf-8")]
    Utf8,
}

impl CharacterSet {
    /// As a profile writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascii => "us-ascii",
            Self::Latin1 => "latin-1",
            Self::Utf8 => "utf-8",
        }
    }

    /// Whether all these bytes are of the set.
    pub fn holds(self, bytes: &[u8]) -> bool {
        match self {
            Self::Ascii => bytes.is_ascii(),
            Self::Latin1 => true,
            Self::Utf8 => std::str::from_utf8(bytes).is_ok(),
        }
    }

    /// How the bytes are read.
    pub const fn encoding(self) -> Encoding {
        match self {
            Self::Latin1 => Encoding::Latin1,
            Self::Ascii | Self::Utf8 => Encoding::Utf8,
        }
    }
}

/// How a message sent to the device is cut into frames; as `titer_wire::astm::Framing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Frames {
    #[default]
    EachRecord,
    Chained,
    Packed,
}

/// A place in a record.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Place {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
}

impl fmt::Display for Place {
    /// As `O-4.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.record, self.field)?;
        self.component.map_or(Ok(()), |component| write!(f, ".{component}"))
    }
}

/// A place in a record that is known: a field, or `{ field = 3, component = 4 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Spot {
    pub field: usize,
    pub component: Option<usize>,
}

impl<'de> Deserialize<'de> for Spot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            field: usize,
            component: Option<usize>,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Spot;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's number, or { field = …, component = … }")
            }

            fn visit_i64<E: serde::de::Error>(self, field: i64) -> Result<Spot, E> {
                let field = usize::try_from(field).map_err(|_| E::custom("fields count from 1"))?;
                Ok(Spot { field, component: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Spot, A::Error> {
                let Table { field, component } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Spot { field, component })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Where the scanned identity of the specimen stands: the one place that files a result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `O`.
    pub record: String,
    /// The field.
    pub field: usize,
    /// The component.
    pub component: Option<usize>,
    /// Whether spaces around it are padding.
    #[serde(default)]
    pub trim: bool,
    /// What says that it was scanned; without it the device is set up so that it always is.
    pub scanned: Option<Scanned>,
    /// Other places that, when not empty, must say the same.
    #[serde(default)]
    pub agrees: Vec<Place>,
}

/// What says that an identity was scanned rather than counted or typed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    /// The field, in the record of the identity.
    pub field: usize,
    /// The component.
    pub component: Option<usize>,
    /// The values that say so; with any other there is no identity.
    pub values: Vec<String>,
}

/// What tells patients' specimens from control material: a mark, or how the identity begins, or both.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// `H`, `P`, `O` or `R`.
    pub record: Option<String>,
    /// The field.
    pub field: Option<usize>,
    /// The component.
    pub component: Option<usize>,
    /// The marks of a patient's specimen.
    #[serde(default)]
    pub patient: Vec<String>,
    /// The marks of control material; any other holds.
    #[serde(default)]
    pub control: Vec<String>,
    /// Beginnings of an identity that is a control's.
    #[serde(default)]
    pub control_prefix: Vec<String>,
}

impl Dialect {
    /// Whether it names a place of the patient, so that the message can be compared with the tube's patient.
    pub fn compares_patient(&self) -> bool {
        let PatientPlaces { identifier, birth, sex } = &self.patient;
        identifier.is_some() || birth.is_some() || sex.is_some()
    }

    /// Whether it names what marks control material.
    pub fn knows_controls(&self) -> bool {
        !self.material.control.is_empty() || !self.material.control_prefix.is_empty()
    }
}

impl Material {
    /// Where the mark stands, if there is one.
    pub fn place(&self) -> Option<Place> {
        Some(Place { record: self.record.clone()?, field: self.field?, component: self.component })
    }
}

/// A place in which only these values are understood: a dilution, a version of the assay, a mode of operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `H`, `P`, `O` or `R`.
    pub record: String,
    /// The field.
    pub field: usize,
    /// The component.
    pub component: Option<usize>,
    /// The values.
    pub values: Vec<String>,
    /// What they say.
    pub why: String,
}

impl Expected {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { record: self.record.clone(), field: self.field, component: self.component }
    }
}

/// Where the patient stands, as the laboratory knows the patient. Used to contradict, never to identify.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientPlaces {
    /// The laboratory's identifier of the patient; the device's own numbering is left out.
    pub identifier: Option<Place>,
    /// The date of birth.
    pub birth: Option<Birth>,
    /// The sex.
    pub sex: Option<SexPlace>,
}

/// Where the date of birth stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Birth {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
    pub format: DateFormat,
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub enum DateFormat {
    #[serde(rename = "YYYYMMDD")]
    Compact,
}

impl DateFormat {
    /// The date; none when the text is none.
    pub fn read(self, text: &str) -> Option<Date> {
        // Some send a time behind it.
        let day = if digits(text, 14) { &text[..8] } else { text };
        digits(day, 8).then(|| Date::strptime("%Y%m%d", day).ok())?
    }
}

/// Where the sex stands, and what its codes mean.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SexPlace {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
    #[serde(default)]
    pub female: Vec<String>,
    #[serde(default)]
    pub male: Vec<String>,
    /// The values that say nothing.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// When the measurement was completed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completed {
    /// `R`, `O` or `H`.
    pub record: String,
    /// The field.
    pub field: usize,
    /// The component.
    pub component: Option<usize>,
    /// How it is written.
    pub format: TimeFormat,
    /// Of which clock it is.
    pub zone: Zone,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum TimeFormat {
    /// To the second.
    #[serde(rename = "YYYYMMDDhhmmss")]
    Seconds,
    /// To the minute.
    #[serde(rename = "YYYYMMDDhhmm")]
    Minutes,
}

impl TimeFormat {
    /// The time as the clock showed it; none when the text is none.
    pub fn read(self, text: &str) -> Option<DateTime> {
        let (format, length) = match self {
            Self::Seconds => ("%Y%m%d%H%M%S", 14),
            Self::Minutes => ("%Y%m%d%H%M", 12),
        };
        digits(text, length).then(|| DateTime::strptime(format, text).ok())?
    }
}

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

/// Of which clock a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Zone {
    /// The instrument's own, sent without a zone and kept as sent.
    #[serde(rename = "instrument")]
    Instrument,
}

/// What says which instrument measured, if a link carries several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentPlaces {
    /// Where the code of the module stands.
    pub module: Option<Place>,
}

/// Where a result's parts stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultFields {
    /// `R`.
    pub record: String,
    /// The test code.
    pub code: Spot,
    /// What tells several results of one code apart; it becomes a part of the code, behind `^`.
    pub sub_code: Option<Spot>,
    /// The value.
    pub value: Spot,
    /// What was found, in words, where it stands in a place of its own beside the value.
    pub finding: Option<Spot>,
    /// The unit; none when the device sends none.
    pub unit: Option<Spot>,
    /// The analyzer's flags; none when it sends none.
    pub flag: Option<Spot>,
    /// How several flags stand in one field.
    #[serde(default)]
    pub flags_split: FlagsSplit,
    /// The status; none when the device sends final results alone.
    pub status: Option<Spot>,
    /// The number of the replicate: empty or 1 is the first, any other is a repeat.
    pub replicate: Option<Spot>,
    /// Values that are kept and never charted.
    #[serde(default)]
    pub supplementary: Vec<Supplementary>,
    /// Values that are empty by design: without a value there is nothing to file.
    #[serde(default)]
    pub may_be_empty: Vec<Supplementary>,
    /// What the device suspects: no values, but reasons to hold the values of the same specimen.
    #[serde(default)]
    pub suspect: Vec<Suspect>,
}

/// How several flags stand in one field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagsSplit {
    /// As repeats of the field.
    #[default]
    Repeats,
    /// As its components.
    Components,
    /// As its characters.
    Characters,
    /// With commas between.
    Commas,
}

/// Values that are kept and never charted: histograms, images, raw counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplementary {
    /// The field looked at; none for the test code.
    pub field: Option<usize>,
    /// The component.
    pub component: Option<usize>,
    /// What stands there, whole,
    #[serde(default)]
    pub is: Vec<String>,
    /// or how it begins,
    #[serde(default)]
    pub prefix: Vec<String>,
    /// or how it ends.
    #[serde(default)]
    pub suffix: Vec<String>,
    /// What such a value is.
    pub why: String,
}

/// What the device suspects of a specimen, sent as a result. It holds the specimen's results of the same message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspect {
    /// The code, whole,
    #[serde(default)]
    pub is: Vec<String>,
    /// or how it begins,
    #[serde(default)]
    pub prefix: Vec<String>,
    /// or how it ends.
    #[serde(default)]
    pub suffix: Vec<String>,
    /// Values that say that nothing is suspected; any other holds.
    #[serde(default)]
    pub quiet: Vec<String>,
    /// What is suspected.
    pub why: String,
}

/// A result status.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// As the device sends it.
    pub code: String,
    /// What it means here.
    #[serde(rename = "as")]
    pub meaning: StatusMeaning,
    /// What the device's makers say of it.
    pub text: String,
}

/// What a result status means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusMeaning {
    /// Files.
    Final,
    /// A repeat of a measurement: files as a second result.
    Repeat,
    /// Does not file: the final result is to come.
    Preliminary,
    /// Does not file: there is no result.
    NotDone,
    /// Does not file by itself: it replaces one that was sent.
    Corrected,
    /// Does not file: the device says to pass it over.
    Ignored,
}

impl StatusMeaning {
    /// As a profile writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Repeat => "repeat",
            Self::Preliminary => "preliminary",
            Self::NotDone => "not-done",
            Self::Corrected => "corrected",
            Self::Ignored => "ignored",
        }
    }
}

/// Where a comment carries its code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CommentPlace {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
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
pub struct Code {
    /// The test code.
    pub code: String,
    /// The unit, as sent.
    pub unit: String,
    /// The catalog's key.
    pub analyte: String,
    /// The specimen type, as sent.
    #[serde(default)]
    pub specimen: String,
    /// If the analyte has answers: what is sent, exactly, and the code of the answer that it means.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}
