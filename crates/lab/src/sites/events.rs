//! What happens to sites.

use serde::{Deserialize, Serialize};
use titer_store::{Changes, Event, Header, Table};

use super::{
    tables::{self, SiteRow},
    views::FIRST_SITE,
};

/// The laboratory was described.
#[derive(Serialize, Deserialize)]
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
    const WRITES: &'static [&'static Table] = &[&tables::SITES];
    fn project(&self, header: &Header, changes: &mut Changes) {
        changes.put(SiteRow {
            id: FIRST_SITE,
            name: self.name.clone(),
            address: self.address.clone(),
            accreditation: self.accreditation.clone(),
            director: self.director.clone(),
            zone: self.zone.clone(),
            demonstration: self.demonstration,
            changed: Some(header.number),
        });
    }
}
