//! Why a message, or a part of it, is not filed.

use serde::Serialize;
use titer_lab::{Failure, Refusal};
use titer_store::StoreError;

/// Something in a message that a person must decide. Its JSON is for programs that read `titer inbox`; the journal has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The code of the reason, as the word files name it.
    pub code: String,
    /// The arguments of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<(String, String)>,
    /// The barcode of the specimen, as sent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub barcode: String,
    /// The analyzer's code of the test.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub test: String,
    /// The analyzer's unit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// The analyzer's code of the specimen type.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub specimen_type: String,
}

/// Why the database can never keep this message. A failure that may pass is given back: the analyzer sends the message again.
pub(crate) fn unfileable(failure: Failure) -> Result<Refusal, Failure> {
    use StoreError::{Conflict, Corrupt, Limit, Nul, Panicked, Statement};
    match failure {
        Failure::Refused(refusal) => Ok(refusal),
        Failure::Store(e @ (Conflict(_) | Corrupt(_) | Limit { .. } | Nul | Panicked | Statement(_))) => {
            Ok(Refusal::new("inbox-unfileable").with("error", e))
        }
        failure => Err(failure),
    }
}
