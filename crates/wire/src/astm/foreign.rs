//! What stray bytes are, if they are no ASTM frames and somebody else's protocol.

use thiserror::Error;

/// Bytes that are kept of the beginning of stray bytes: enough to know each of these.
pub(crate) const HEAD_MAX: usize = 8;

/// What comes in place of ASTM.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Foreign {
    /// HL7 version 2, in MLLP blocks or bare.
    #[error("an HL7 message came, and this link speaks ASTM: set the analyzer to ASTM, or to another address")]
    Hl7,
    /// Records of LIS02-A2 without the frames of LIS01-A2.
    #[error(
        "ASTM records came without frames: set the analyzer to frames (LIS01-A2), or choose a dialect without frames"
    )]
    Unframed,
    /// XML, as POCT1-A has it.
    #[error("XML came (POCT1-A?), and this link speaks ASTM: set the analyzer to ASTM, or to another address")]
    Xml,
    /// A request of HTTP.
    #[error("an HTTP request came, and this link speaks ASTM: something else connects to its address")]
    Http,
    /// The beginning of TLS.
    #[error("the other side begins TLS, and this link has none: see its TLS settings")]
    Tls,
}

/// Beginnings, each with what begins so.
const BEGINNINGS: &[(&[u8], Foreign)] = &[
    (b"MSH", Foreign::Hl7),
    (b"FHS|", Foreign::Hl7),
    (b"BHS|", Foreign::Hl7),
    (b"H|", Foreign::Unframed),
    (b"<?xml", Foreign::Xml),
    (b"<HEL", Foreign::Xml),
    (b"GET ", Foreign::Http),
    (b"POST ", Foreign::Http),
    (b"HEAD ", Foreign::Http),
    (b"\x16\x03", Foreign::Tls),
];

impl Foreign {
    /// What begins with these bytes; none if nobody knows, or too few have come.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, foreign)| *foreign)
    }
}

/// Whether a byte may stand before any of these: the start of an MLLP block, the end of a line.
pub(crate) const fn is_padding(byte: u8) -> bool {
    matches!(byte, 0x0B | b'\r' | b'\n' | b' ')
}
