//! The least that a regulation asks of a control plan, as data. The laboratory only adds to it, unless it signs a plan of its own
//! (42 CFR 493.1256(d): an individualised quality control plan).

/// What is asked of the test systems of one discipline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The discipline; none for all others.
    pub discipline: Option<&'static str>,
    /// Levels of control, at least.
    pub levels: u8,
    /// Hours that they support results, at most.
    pub hours: u32,
    /// Who asks for it.
    pub source: &'static str,
}

/// The floors. The last is for all disciplines that are not named.
pub const FLOORS: &[Floor] = &[
    Floor {
        discipline: Some("coagulation"),
        levels: 2,
        hours: 8,
        source: "42 CFR 493.1269(b): two levels each 8 hours of operation",
    },
    Floor {
        discipline: Some("blood-gas"),
        levels: 2,
        hours: 8,
        source: "42 CFR 493.1267(b), (c): a control each 8 hours of testing, low and high values each day",
    },
    Floor {
        discipline: None,
        levels: 2,
        hours: 24,
        source: "42 CFR 493.1256(d)(3): two control materials each day of testing",
    },
];

impl Floor {
    /// That of a discipline.
    #[must_use]
    pub fn of(discipline: &str) -> &'static Floor {
        let found = FLOORS.iter().find(|floor| floor.discipline.is_none_or(|named| named == discipline));
        found.unwrap_or(&FLOORS[FLOORS.len() - 1])
    }
}
