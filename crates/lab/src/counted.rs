//! How many there are of something, counted up to a limit.

/// A number of things, and whether there are more than were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many were counted.
    pub number: usize,
    /// Whether there are more.
    pub more: bool,
}

impl Counted {
    /// All of them.
    #[must_use]
    pub const fn all(number: usize) -> Self {
        Counted { number, more: false }
    }

    /// What was found by looking for one more than the limit.
    #[must_use]
    pub const fn up_to(max: i64, found: usize) -> Self {
        let max = max as usize;
        Counted { number: if found > max { max } else { found }, more: found > max }
    }
}
