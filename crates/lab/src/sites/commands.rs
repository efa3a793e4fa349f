//! What may be asked about sites.

use titer_store::Read;

use super::{events::Described, views};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, text};

/// Lines of the address that the head of a report has room for.
pub const ADDRESS_LINES_MAX: usize = 8;

/// Describe the laboratory.
#[derive(Clone)]
pub struct DescribeSite {
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

impl Command for DescribeSite {
    type Answer = ();
    const ACTION: Action = Action::ManageSite;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            return Err(Refusal::new("sites-zone-unknown").with("zone", self.zone).into());
        }
        if views::site(read)?.is_some_and(|s| s.demonstration && !self.demonstration) {
            return refuse("sites-demonstration-stays");
        }
        if self.address.lines().count() > ADDRESS_LINES_MAX {
            return Err(Refusal::new("sites-address-too-long").with("limit", ADDRESS_LINES_MAX).into());
        }
        let lines: Result<Vec<_>, _> = self.address.lines().map(|l| text::optional(l, "address")).collect();
        let described = Described {
            name: text::required(&self.name, "laboratory")?,
            address: lines?.join("\n"),
            accreditation: text::optional(&self.accreditation, "accreditation")?,
            director: text::optional_name(&self.director, "director")?,
            zone: self.zone,
            demonstration: self.demonstration,
        };
        Ok(Decision::event(described, ()))
    }
}
