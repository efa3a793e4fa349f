//! What may be asked about patients.

use jiff::civil::Date;
use titer_science::Sex;
use titer_store::Read;

use super::{PatientId, events::Registered, views};
use crate::{Action, Command, Ctx, Decision, Failure, Refusal, refuse, sites, text};

/// Nobody is older than this, in years.
const AGE_YEARS_MAX: i16 = 130;

/// Register a patient.
pub struct RegisterPatient {
    /// The laboratory's or hospital's identifier.
    pub identifier: String,
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Sex for reference intervals.
    pub sex: Sex,
    /// Date of birth; none when unknown.
    pub birth_date: Option<Date>,
}

impl Command for RegisterPatient {
    type Answer = PatientId;
    const ACTION: Action = Action::RegisterPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<PatientId>, Failure> {
        let identifier = text::identifier(&self.identifier, "identifier")?;
        if views::is_taken(read, &identifier)? {
            return Err(Refusal::new("patients-identifier-taken").with("identifier", identifier).into());
        }
        let family = text::name(&self.family, "family name")?;
        let given = text::optional_name(&self.given, "given name")?;
        let today = sites::views::local(ctx.at, &sites::views::zone(read)?).date();
        if self.birth_date.is_some_and(|b| b > today || today.year() - b.year() > AGE_YEARS_MAX) {
            return refuse("patients-birth-date");
        }
        let words = text::tokens(&format!("{family} {given} {identifier}"));
        let registered = Registered {
            identifier,
            family,
            given,
            sex: self.sex.code().to_owned(),
            birth_date: self.birth_date.map(|d| d.to_string()).unwrap_or_default(),
            words,
        };
        Ok(Decision::event(registered, Registered::patient(ctx.event())))
    }
}
