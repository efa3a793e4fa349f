//! A signature as events keep it.

use serde::{Deserialize, Serialize};

use crate::accounts::sessions::Signature;

/// A signature within the body of an event: printed name and meaning; the time is the event's (21 CFR 11.50).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureBody {
    /// The account.
    pub account: i64,
    /// The printed name at that time.
    pub name: String,
    /// What the signature means: `verified`, `approved`.
    pub meaning: String,
}

impl From<&Signature> for SignatureBody {
    fn from(signature: &Signature) -> Self {
        let Signature { account, name, meaning } = signature.clone();
        SignatureBody { account, name, meaning }
    }
}
