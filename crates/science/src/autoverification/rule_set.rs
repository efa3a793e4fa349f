//! A rule set as data: what its author writes and the director signs.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Condition;
use crate::{
    delta::DeltaCheck,
    interference::{Highest, Index},
};

/// The rules by which results are released without a person's having looked at them.
///
/// It carries no approval: who approved which version, and when, is recorded where it is signed. Every threshold names its source. A
/// rule that is left out is not judged, which [`RuleSet::sections`] says in words; what must be required cannot be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleSet {
    /// Its name, the same in every version.
    pub key: String,
    /// Its version, from 1.
    pub version: u32,
    /// The analytes that its rules speak of.
    #[serde(rename = "analyte")]
    pub analytes: Vec<AnalyteEntry>,
    /// What is judged: an analyte by a method on an instrument.
    #[serde(rename = "test-system")]
    pub test_systems: Vec<TestSystem>,
    /// Patterns among the results of a specimen that hold them.
    #[serde(default, rename = "pattern", skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// The longest chain of reflexes: 1 is a reflex on an ordered test, 2 a reflex on that one's result.
    #[serde(default)]
    pub reflex_chain_max: u8,
    /// Rules that add a test.
    #[serde(default, rename = "reflex", skip_serializing_if = "Vec::is_empty")]
    pub reflexes: Vec<ReflexRule>,
    /// Rules that ask a person to consider something.
    #[serde(default, rename = "reflective", skip_serializing_if = "Vec::is_empty")]
    pub reflectives: Vec<ReflectiveRule>,
}

/// An analyte that rules speak of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnalyteEntry {
    /// Its key in the catalogue.
    pub key: String,
    /// Its name in sentences.
    pub name: String,
    /// The UCUM unit of its values and limits; empty where there is none.
    #[serde(default)]
    pub unit: String,
}

/// An input of which a test system may require that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Whether the specimen is fit for the test.
    Specimen,
    /// Whose specimen it is.
    Identity,
    /// How improbable it is that the specimen is this person's.
    IdentityScore,
    /// When the result was measured.
    Measured,
    /// The state of the control materials.
    Control,
    /// The state of the calibration.
    Calibration,
    /// The state of the patient-based quality control.
    PatientControl,
    /// The instrument's flags; an empty list is an answer.
    Flags,
    /// The haemolysis index.
    Haemolysis,
    /// The icterus index.
    Icterus,
    /// The lipaemia index.
    Lipaemia,
    /// The critical limit in force for this person.
    CriticalLimit,
    /// The previous result, or that there is none.
    Previous,
    /// What a calculated quantity was calculated from.
    Calculation,
}

impl Input {
    /// What a test system must require: nothing is released without. A calculated quantity has neither controls nor flags of its
    /// own, unless the rule set states some; the results that it is calculated from have.
    #[must_use]
    pub fn always(calculated: bool) -> &'static [Input] {
        if calculated {
            &[Input::Specimen, Input::Identity, Input::CriticalLimit, Input::Calculation]
        } else {
            &[Input::Specimen, Input::Identity, Input::Measured, Input::Control, Input::Flags, Input::CriticalLimit]
        }
    }

    /// The input that an interference index is.
    #[must_use]
    pub fn of(index: Index) -> Input {
        match index {
            Index::Haemolysis => Input::Haemolysis,
            Index::Icterus => Input::Icterus,
            Index::Lipaemia => Input::Lipaemia,
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Input::Specimen => "whether the specimen is fit",
            Input::Identity => "the specimen's identity",
            Input::IdentityScore => "the identity score",
            Input::Measured => "when the result was measured",
            Input::Control => "the state of the controls",
            Input::Calibration => "the state of the calibration",
            Input::PatientControl => "the state of the patient-based quality control",
            Input::Flags => "the instrument's flags",
            Input::Haemolysis => "the haemolysis index",
            Input::Icterus => "the icterus index",
            Input::Lipaemia => "the lipaemia index",
            Input::CriticalLimit => "the critical limit in force for the person",
            Input::Previous => "the previous result",
            Input::Calculation => "what it is calculated from",
        }
    }
}

/// An analyte measured by a method on an instrument, and what its results are judged by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestSystem {
    /// The analyte's key.
    pub analyte: String,
    /// The instrument.
    pub instrument: String,
    /// The method.
    pub method: String,
    /// What must be there: each that is missing holds. What is there is judged, required or not.
    pub required: Vec<Input>,
    /// The levels of control material that must pass; empty only for a calculated quantity.
    #[serde(default)]
    pub control_levels: Vec<String>,
    /// When the specimen is probably another person's.
    #[serde(default)]
    pub identity_score: Option<IdentityRule>,
    /// The instrument's flags that are known. Any other flag holds.
    #[serde(default, rename = "flag", skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<FlagRule>,
    /// The largest interference indices that do not interfere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interference: Vec<InterferenceRule>,
    /// The values that the method measures.
    #[serde(default)]
    pub measuring_range: Option<MeasuringRange>,
    /// Coded values that may be released. Any other text holds.
    #[serde(default)]
    pub coded: Option<CodedValues>,
    /// The values that can be a living person's, both ends included.
    #[serde(default)]
    pub absurd: Option<Limits>,
    /// Changes against the previous result that hold.
    #[serde(default, rename = "delta", skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<DeltaRule>,
    /// What becomes of a result that has no previous one in the window.
    #[serde(default)]
    pub no_previous: WhenAbsent,
    /// Whether its results are calculated from others. A measured one always requires controls and flags.
    #[serde(default)]
    pub calculated: bool,
    /// For a calculated quantity, and only there: the keys of the results that it is calculated from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calculated_from: Vec<String>,
}

/// What is done where it is certain that there is nothing to compare with. Only approval of the rule set makes it not applicable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenAbsent {
    /// Hold.
    #[default]
    Hold,
    /// The rule is not applicable.
    NotApplicable,
}

/// Limits, themselves within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The lowest value within.
    #[serde(default)]
    pub low: Option<Decimal>,
    /// The highest value within.
    #[serde(default)]
    pub high: Option<Decimal>,
    /// Where they are from.
    pub source: String,
}

/// The values that a method measures, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeasuringRange {
    /// The lowest value that it measures. Without it, what is reported as less than anything (`<1.5`) is undecided.
    #[serde(default)]
    pub low: Option<Decimal>,
    /// The highest value that it measures. Without it, what is reported as more than anything (`>10`) is undecided.
    #[serde(default)]
    pub high: Option<Decimal>,
    /// Whether what is reported as less than the lowest (`<1.5`) may be released. Then the absurd values have no lower limit: nobody
    /// can tell.
    #[serde(default)]
    pub release_below: bool,
    /// Whether what is reported as more than the highest (`>10`) may be released. Then the absurd values have no upper limit.
    #[serde(default)]
    pub release_above: bool,
    /// Where they are from.
    pub source: String,
}

/// The largest index that does not interfere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterferenceRule {
    /// Which index.
    pub index: Index,
    /// The largest that is released, on the instrument's own scale.
    pub highest: Highest,
    /// Where it is from: the reagent's insert.
    pub source: String,
}

/// When a specimen is probably another person's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IdentityRule {
    /// Held below this probability of so great a change in one person (see [`crate::identity`]).
    pub p_below: f64,
    /// Where it is from.
    pub source: String,
}

/// A flag of the instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagRule {
    /// The flag as the instrument sends it.
    pub flag: String,
    /// What it means.
    pub meaning: String,
    /// Whether a result that carries it may be released.
    pub release: bool,
    /// Where that is from.
    pub source: String,
}

/// A change against the previous result that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeltaRule {
    /// What is compared, how far back, and the largest change that passes.
    pub check: DeltaCheck,
    /// Where it is from.
    pub source: String,
}

/// Coded values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodedValues {
    /// The texts that may be released.
    pub release: Vec<String>,
    /// Where that is from.
    pub source: String,
}

/// A pattern among the results of one specimen: while it is there, or cannot be excluded, the results it names are held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pattern {
    /// Its key.
    pub key: String,
    /// Which gate it belongs to.
    pub gate: PatternGate,
    /// What it means.
    pub meaning: String,
    /// When it is there.
    pub when: Condition,
    /// The keys of the analytes whose results it holds.
    pub holds: Vec<String>,
    /// What is done where it cannot be excluded only because an analyte was not ordered, or a person has no previous result.
    #[serde(default)]
    pub when_absent: WhenAbsent,
    /// Where it is from.
    pub source: String,
}

/// The gates that have patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatternGate {
    /// No living person can have these results together.
    Absurd,
    /// The results contradict each other, or look like a contaminated specimen.
    Consistency,
}

/// A rule that adds tests by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReflexRule {
    /// Its key.
    pub key: String,
    /// When it adds.
    pub when: Condition,
    /// What it adds.
    pub adds: Vec<Addition>,
    /// Where it is from.
    pub source: String,
}

/// A test that a reflex adds, and what it needs of the specimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Addition {
    /// The test's key.
    pub test: String,
    /// The volume that must be left, dead volume included; none where nobody records volumes, so that whoever takes the specimen looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_ul: Option<u32>,
    /// For how many hours from collection the test can be measured.
    pub stable_hours: u32,
    /// Where the volume and the stability are from.
    pub source: String,
}

/// A rule that puts a suggestion before a person. It adds nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReflectiveRule {
    /// Its key.
    pub key: String,
    /// When it suggests.
    pub when: Condition,
    /// What a person is asked to consider.
    pub suggests: String,
    /// Where it is from.
    pub source: String,
}
