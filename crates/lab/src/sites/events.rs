//! What happens to sites.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, values};

use super::{tables::SITES, views::FIRST_SITE};

/// The laboratory was described.
#[derive(Clone, Serialize, Deserialize)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its address, lines separated by line feeds.
    pub address: String,
    /// CLIA or accreditation number; empty where there is none.
    pub accreditation: String,
    /// The director's name.
    pub director: String,
    /// IANA time zone.
    pub zone: String,
    /// Whether it is a demonstration: every page and report says so.
    pub demonstration: bool,
}

impl Event for Described {
    const KIND: &'static str = "sites.described";
    const VERSION: u16 = 1;
    const WRITES: &'static [&'static titer_store::Table] = &[&SITES];
    fn project(&self, _: &Header, changes: &mut Changes) {
        let row =
            values![&self.name, &self.address, &self.accreditation, &self.director, &self.zone, self.demonstration];
        changes.put(&SITES, FIRST_SITE, row);
    }
}
