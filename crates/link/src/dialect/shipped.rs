//! The dialects that come with the program.

use titer_lab::Refusal;

use super::Dialect;

/// Profile by name.
const SHIPPED: &[(&str, &str)] = &[
    ("cobas-c111", include_str!("../../../../content/dialects/cobas-c111.toml")),
    ("titer-sim-chemistry", include_str!("../../../../content/dialects/titer-sim-chemistry.toml")),
];

/// The names of the dialects that come with the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name)
}

impl Dialect {
    /// The dialect of this name.
    ///
    /// # Errors
    /// Refused when there is none, or its profile has mistakes.
    pub fn named(name: &str) -> Result<Self, Refusal> {
        let shipped = SHIPPED.iter().find(|(n, _)| *n == name);
        let (_, text) = shipped.ok_or_else(|| {
            Refusal::new("links-dialect-unknown")
                .with("dialect", name)
                .with("known", names().collect::<Vec<_>>().join(", "))
        })?;
        Self::parse(text).map_err(|mistakes| {
            let error = mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            Refusal::new("links-dialect-unreadable").with("dialect", name).with("error", error)
        })
    }
}
