//! The part of a profile that describes host queries and order download: how the analyzer asks for work, and how orders are sent to it.

use serde::Deserialize;

use super::Spot;

/// A host query: where a Q record says which specimens it asks about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryPlaces {
    /// The specimen; repeats are several.
    pub identity: Spot,
    /// If the specimen's place holds this text, the query asks for all open work.
    pub all: Option<String>,
    /// The last specimen of a range. Empty if the query asks for no range.
    pub range_end: Option<Spot>,
    /// A Q record is a query only if all of these hold. Otherwise it cancels one or reports a status, and asks for nothing.
    #[serde(default)]
    pub asks: Vec<QueryMark>,
}

/// A place in Q, and the values that it has in a query.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct QueryMark {
    pub field: usize,
    pub component: Option<usize>,
    pub values: Vec<String>,
}

/// How orders are sent to the analyzer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFormat {
    /// In which mode.
    pub when: OrderMode,
    /// In O: the specimen.
    pub identity: Spot,
    /// In O: the test code.
    pub code: Spot,
    /// If a mapping's code contains this text, only the part before it is sent.
    pub code_until: Option<String>,
    /// How several tests are sent.
    pub several: MultipleTests,
    /// In O: the action code.
    pub action: Option<ActionCodes>,
    /// In O: the priority.
    pub priority: Option<PriorityCodes>,
    /// In O: the specimen type. The code is the mapping's.
    pub specimen_type: Option<Spot>,
    /// In O: the report type.
    pub report_type: Option<ReportTypeCodes>,
    /// How the analyzer is told that there is no order.
    #[serde(default)]
    pub nothing: NoOrderReply,
    /// Fields of the query that each O repeats.
    #[serde(default)]
    pub echo: Vec<Echo>,
    /// In L: the termination code.
    pub end: Option<TerminationCodes>,
    /// Fields of P to fill; without it, `P|1` alone.
    pub patient: Option<PatientFields>,
    /// Texts that always stand in a field.
    #[serde(default)]
    pub fixed: Vec<FixedText>,
}

impl OrderFormat {
    /// Whether an answer repeats fields of its query. Such a query names one specimen only.
    pub fn echoes_query(&self) -> bool {
        self.nothing == NoOrderReply::Query || !self.echo.is_empty()
    }

    /// The test code that is sent for a mapping's code; none if nothing stands before [`OrderFormat::code_until`].
    pub fn order_code<'c>(&self, code: &'c str) -> Option<&'c str> {
        let until = self.code_until.as_ref().and_then(|until| code.split_once(until.as_str()));
        Some(until.map_or(code, |(before, _)| before)).filter(|code| !code.is_empty())
    }
}

/// How the analyzer is told that there is no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoOrderReply {
    /// The termination code alone says so.
    #[default]
    End,
    /// An order without tests.
    Order,
    /// The query is sent back, with the fixed texts of Q.
    Query,
}

/// A field of the query that O repeats.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echo {
    /// The field of Q.
    pub from: usize,
    /// The first component that is repeated; none for the whole field.
    pub first: Option<usize>,
    /// The field of O.
    pub to: usize,
}

/// When orders are sent; the terms are those of IHE LAW.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OrderMode {
    /// Query mode: orders are sent only as the answer to a host query.
    #[serde(rename = "asked")]
    Query,
    /// Broadcast mode: orders are also sent without a query, as soon as the specimen is received.
    #[serde(rename = "received")]
    Broadcast,
}

/// How several tests of one specimen are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MultipleTests {
    /// As repeats of the field of the code.
    Repeats,
    /// An O record each.
    Records,
}

/// The action codes of orders, as in field 12 of O (LIS02-A2).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionCodes {
    /// The field.
    pub field: usize,
    /// New work.
    pub new: String,
    /// Tests added to an order that the analyzer has; none if it cannot add.
    pub add: Option<String>,
    /// Tests cancelled; none if it cannot cancel.
    pub cancel: Option<String>,
}

/// The priorities of orders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PriorityCodes {
    pub field: usize,
    pub routine: String,
    pub stat: String,
}

/// The report types of orders.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportTypeCodes {
    /// The field.
    pub field: usize,
    /// Work is ordered.
    pub order: String,
    /// There is no order; none if the same code is used.
    pub none: Option<String>,
}

/// The termination codes of messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminationCodes {
    /// The field.
    pub field: usize,
    /// After an answer to a query.
    pub answer: String,
    /// After the answer that there is no order.
    pub none: String,
    /// After orders sent without a query.
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
pub struct FixedText {
    pub record: String,
    pub field: usize,
    pub component: Option<usize>,
    pub text: String,
}
