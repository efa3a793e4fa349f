//! Bytes with their digest.

use std::sync::Arc;

use crate::Sha256;

/// Bytes with their SHA-256, made together so that they belong together. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    bytes: Arc<[u8]>,
    sha256: Sha256,
}

impl File {
    /// Takes the digest of these bytes. Do it before the laboratory's lock is taken: it takes its time.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let sha256 = Sha256::of(&bytes);
        File { bytes, sha256 }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their digest.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
}
