//! How the unit that an analyzer sends stands to the laboratory's.

use titer_lab::{Refusal, catalog::views::Analyte};
use titer_science::{
    Reported,
    units::{Conversion, Related, Unrelated, printed, relate},
};

use super::views::Mapping;

/// How the values of a mapping are filed.
#[derive(Clone, Debug, PartialEq)]
pub enum FiledAs {
    /// As sent: the units are one, or none is sent and whoever approves the mapping says which it is.
    Sent,
    /// Brought into the laboratory's unit by this factor.
    Converted(Conversion, String),
}

impl FiledAs {
    /// The factor of a conversion; empty where there is none.
    pub fn factor(&self) -> &str {
        match self {
            FiledAs::Sent => "",
            FiledAs::Converted(_, factor) => factor,
        }
    }

    /// A value in the laboratory's unit. Words have none.
    ///
    /// # Errors
    /// Refused if the converted number has too many digits.
    pub fn value(&self, sent: &str) -> Result<String, Refusal> {
        match self {
            FiledAs::Converted(conversion, _) if Reported::parse(sent) != Reported::Text => {
                printed(sent, conversion).ok_or_else(|| Refusal::new("links-unit-value").with("value", sent))
            }
            FiledAs::Sent | FiledAs::Converted(..) => Ok(sent.to_owned()),
        }
    }
}

/// How values in a unit as sent would be filed in the laboratory's unit. Words have no unit.
///
/// # Errors
/// Refused if one is not a multiple of the other whatever is measured, or nobody can say.
pub fn filed_as(sent: &str, analyte: &Analyte) -> Result<FiledAs, Refusal> {
    let unit = &*analyte.unit;
    if sent.is_empty() || !analyte.kind.has_limits() {
        return Ok(FiledAs::Sent);
    }
    let unrelated = match relate(sent, unit) {
        Ok(Related::Equal) => return Ok(FiledAs::Sent),
        Ok(Related::Multiple(conversion)) => {
            // A multiple has a factor.
            let factor = conversion.factor().map(|f| f.to_string()).unwrap_or_default();
            return Ok(FiledAs::Converted(conversion, factor));
        }
        Err(unrelated) => unrelated,
    };
    let code = match unrelated {
        Unrelated::Unreadable => "links-unit-unreadable",
        Unrelated::UnreadableHere => "links-unit-unreadable-here",
        Unrelated::Different => "links-unit-different",
    };
    Err(Refusal::new(code).with("unit", sent).with("wanted", unit))
}

/// How the values of a mapping in use are filed. A conversion that nobody has approved converts nothing.
///
/// # Errors
/// As [`filed_as`]; and refused if the mapping was approved without the conversion that it needs.
pub fn in_force(mapping: &Mapping, analyte: &Analyte) -> Result<FiledAs, Refusal> {
    let filed = filed_as(&mapping.unit, analyte)?;
    if filed.factor() == mapping.factor.as_deref().unwrap_or_default() {
        return Ok(filed);
    }
    Err(Refusal::new("links-unit-equated").with("unit", &mapping.unit).with("wanted", &analyte.unit))
}
