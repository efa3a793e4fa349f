//! The dialects that come with the program.

use titer_lab::Refusal;

use super::Dialect;

/// Profile by name.
const SHIPPED: &[(&str, &str)] = &[
    ("afinion-2", include_str!("../../../../content/dialects/afinion-2.toml")),
    ("alinity", include_str!("../../../../content/dialects/alinity.toml")),
    ("architect", include_str!("../../../../content/dialects/architect.toml")),
    ("beckman-access", include_str!("../../../../content/dialects/beckman-access.toml")),
    ("cobas-c111", include_str!("../../../../content/dialects/cobas-c111.toml")),
    ("cobas-c311", include_str!("../../../../content/dialects/cobas-c311.toml")),
    ("cobas-e411", include_str!("../../../../content/dialects/cobas-e411.toml")),
    ("cobas-u411", include_str!("../../../../content/dialects/cobas-u411.toml")),
    ("dca-vantage", include_str!("../../../../content/dialects/dca-vantage.toml")),
    ("genexpert", include_str!("../../../../content/dialects/genexpert.toml")),
    ("immulite", include_str!("../../../../content/dialects/immulite.toml")),
    ("pentra", include_str!("../../../../content/dialects/pentra.toml")),
    ("sysmex-cs", include_str!("../../../../content/dialects/sysmex-cs.toml")),
    ("sysmex-xn", include_str!("../../../../content/dialects/sysmex-xn.toml")),
    ("sysmex-xp", include_str!("../../../../content/dialects/sysmex-xp.toml")),
    ("titer-sim-chemistry", include_str!("../../../../content/dialects/titer-sim-chemistry.toml")),
    ("titer-sim-coagulation", include_str!("../../../../content/dialects/titer-sim-coagulation.toml")),
    ("titer-sim-glucose", include_str!("../../../../content/dialects/titer-sim-glucose.toml")),
    ("titer-sim-haematology", include_str!("../../../../content/dialects/titer-sim-haematology.toml")),
    ("titer-sim-hba1c", include_str!("../../../../content/dialects/titer-sim-hba1c.toml")),
    ("titer-sim-immunoassay", include_str!("../../../../content/dialects/titer-sim-immunoassay.toml")),
    ("titer-sim-urinalysis", include_str!("../../../../content/dialects/titer-sim-urinalysis.toml")),
    ("titer-sim-worklist", include_str!("../../../../content/dialects/titer-sim-worklist.toml")),
    ("yumizen", include_str!("../../../../content/dialects/yumizen.toml")),
    // No device is known yet that needs it.
    #[cfg(test)]
    ("unframed", include_str!("../../tests/common/unframed.toml")),
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
