//! The format of a profile: how the device asks for its work, and how work is sent to it.

use serde::Deserialize;

use super::Spot;

/// How the device asks for its work: where a Q record says for what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryPlaces {
    /// The specimen; repeats are several.
    pub identity: Spot,
    /// The text in its place that asks for all that waits.
    pub all: Option<String>,
    /// The end of a range of specimens, when not empty.
    pub range_end: Option<Spot>,
    /// What makes it a question; with any other value the record asks for nothing.
    #[serde(default)]
    pub asks: Vec<Asks>,
}

/// A place in Q, and what stands there in a question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Asks {
    pub field: usize,
    pub component: Option<usize>,
    pub values: Vec<String>,
}

/// How work is sent to the device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// On what occasion.
    pub when: When,
    /// In O: the specimen.
    pub identity: Spot,
    /// In O: the test code.
    pub code: Spot,
    /// Of a mapping's code, only what stands before this text is sent.
    pub code_until: Option<String>,
    /// How several tests are sent.
    pub several: Several,
    /// In O: what is to be done.
    pub action: Option<Action>,
    /// In O: how urgent.
    pub priority: Option<Priority>,
    /// In O: the code of the kind of specimen, of the mapping.
    pub specimen_type: Option<Spot>,
    /// In O: what kind of order or answer it is.
    pub report_type: Option<ReportType>,
    /// What says that there is nothing to do.
    #[serde(default)]
    pub nothing: Nothing,
    /// What of the question is given back in each O.
    #[serde(default)]
    pub echo: Vec<Echo>,
    /// In L: how the message ends.
    pub end: Option<End>,
    /// Fields of P to fill; without it, `P|1` alone.
    pub patient: Option<PatientFields>,
    /// Texts that always stand in a field.
    #[serde(default)]
    pub fixed: Vec<Fixed>,
}

impl Order {
    /// Whether an answer gives back something of its question, which then names one specimen.
    #[must_use]
    pub fn gives_back(&self) -> bool {
        self.nothing == Nothing::Query || !self.echo.is_empty()
    }

    /// What is sent for a mapping's code; none when nothing is left of it.
    #[must_use]
    pub fn sent<'c>(&self, code: &'c str) -> Option<&'c str> {
        let until = self.code_until.as_ref().and_then(|until| code.split_once(until.as_str()));
        Some(until.map_or(code, |(before, _)| before)).filter(|code| !code.is_empty())
    }
}

/// What says that there is nothing to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nothing {
    /// The end of the message.
    #[default]
    End,
    /// An order without tests.
    Order,
    /// The question, given back with the texts of Q that are fixed.
    Query,
}

/// What of a question is given back in O.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// The field of Q.
    pub from: usize,
    /// From this component on; none for the whole field.
    pub first: Option<usize>,
    /// The field of O.
    pub to: usize,
}

/// On what occasion work is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Only in answer to a query.
    Asked,
    /// Unasked too, as soon as the specimen is received.
    Received,
}

/// How several tests of one specimen are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Several {
    /// As repeats of the field of the code.
    Repeats,
    /// An O record each.
    Records,
}

/// The action code of an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The field.
    pub field: usize,
    /// New work.
    pub new: String,
    /// Tests added to work that the device has; none when it cannot.
    pub add: Option<String>,
    /// Tests taken back; none when it cannot.
    pub cancel: Option<String>,
}

/// The priority of an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Priority {
    pub field: usize,
    pub routine: String,
    pub stat: String,
}

/// The report type of an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportType {
    /// The field.
    pub field: usize,
    /// Work is ordered.
    pub order: String,
    /// There is none; none when it is said by the same.
    pub none: Option<String>,
}

/// The termination code of a message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The field.
    pub field: usize,
    /// After an answer to a query.
    pub answer: String,
    /// After the answer that there is nothing.
    pub none: String,
    /// After work sent unasked.
    pub unasked: String,
}

/// Fields of P to fill.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PatientFields {
    pub identifier: Option<usize>,
    pub name: Option<usize>,
    pub birth: Option<usize>,
    pub sex: Option<usize>,
}

/// A text that always stands in a field, in each of its repeats; without a text the field is left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Fixed {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
    pub text: String,
}
