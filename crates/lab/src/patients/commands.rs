//! What may be asked about patients.

use jiff::civil::Date;
use titer_science::Sex;
use titer_store::Read;

use super::{
    AgeBand, PatientId,
    events::{Corrected, IdentifierCorrected, Registered},
    names, views,
};
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
        free(read, &identifier, None)?;
        let family = text::name(&self.family, "family name")?;
        let given = text::optional_name(&self.given, "given name")?;
        possible(ctx, read, self.birth_date)?;
        let words = names::words(&family, &given, &identifier);
        let registered = Registered {
            identifier,
            family,
            given,
            sex: self.sex.code().to_owned(),
            birth_date: self.birth_date.map(|d| d.to_string()).unwrap_or_default(),
            words,
            age_band: None,
        };
        Ok(Decision::event(registered, Registered::patient(ctx.event())))
    }
}

/// Refuses an identifier that a patient has, `but` one, or that passes for it. A former identifier is free: it may have been corrected
/// because it belongs to somebody else.
fn free(read: &mut dyn Read, identifier: &str, but: Option<PatientId>) -> Result<(), Failure> {
    if views::taken_by(read, identifier, but)?.is_some() {
        return Err(Refusal::new("patients-identifier-taken").with("identifier", identifier).into());
    }
    Ok(())
}

/// Refuses a date of birth that nobody alive can have.
fn possible(ctx: &Ctx, read: &mut dyn Read, birth_date: Option<Date>) -> Result<(), Failure> {
    let today = sites::views::local(ctx.at, &sites::views::zone(read)?).date();
    match birth_date {
        Some(b) if b > today || today.year() - b.year() > AGE_YEARS_MAX => refuse("patients-birth-date"),
        _ => Ok(()),
    }
}

/// Refuses an estimated age beside a date of birth: one of the two is wrong, and none is dropped.
fn one_age(birth_date: Option<Date>, age_band: Option<AgeBand>) -> Result<(), Failure> {
    if birth_date.is_some() && age_band.is_some() { refuse("patients-age-band-both") } else { Ok(()) }
}

/// Register somebody of whom not all is known. Whoever registers says of each thing that it is not known: nothing is left out by
/// mistake. A missing name and a missing identifier are replaced by temporary ones that nobody else has.
pub struct RegisterUnidentified {
    /// The laboratory's or hospital's identifier; none when not known.
    pub identifier: Option<String>,
    /// Family and given name; none when not known.
    pub name: Option<(String, String)>,
    /// Sex for reference intervals; may be unknown.
    pub sex: Sex,
    /// Date of birth; none when not known.
    pub birth_date: Option<Date>,
    /// The estimated age, for people to read, if the date of birth is not known.
    pub age_band: Option<AgeBand>,
}

impl Command for RegisterUnidentified {
    type Answer = PatientId;
    const ACTION: Action = Action::RegisterPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<PatientId>, Failure> {
        let identifier = match &self.identifier {
            Some(identifier) => text::identifier(identifier, "identifier")?,
            None => names::temporary_identifier(ctx.event()),
        };
        free(read, &identifier, None)?;
        let (family, given) = match &self.name {
            Some((family, given)) => (text::name(family, "family name")?, text::optional_name(given, "given name")?),
            None => names::temporary(ctx.event()),
        };
        possible(ctx, read, self.birth_date)?;
        one_age(self.birth_date, self.age_band)?;
        let registered = Registered {
            words: names::words(&family, &given, &identifier),
            identifier,
            family,
            given,
            sex: self.sex.code().to_owned(),
            birth_date: self.birth_date.map(|d| d.to_string()).unwrap_or_default(),
            age_band: self.age_band.map(|band| band.code().to_owned()),
        };
        Ok(Decision::event(registered, Registered::patient(ctx.event())))
    }
}

/// Correct a patient's name, sex or date of birth. What was judged by the old ones follows in the same submission: see
/// [`crate::ways::correct`]. The reason is that of the submission.
pub(crate) struct CorrectPatient {
    pub(crate) patient: PatientId,
    pub(crate) correction: Correction,
}

/// What is known of a patient now.
#[derive(Clone, Debug)]
pub struct Correction {
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: String,
    /// Sex for reference intervals.
    pub sex: Sex,
    /// Date of birth; none when unknown.
    pub birth_date: Option<Date>,
    /// The estimated age, if the date of birth is not known.
    pub age_band: Option<AgeBand>,
}

impl Command for CorrectPatient {
    /// Whether results are judged by something else now.
    type Answer = bool;
    const ACTION: Action = Action::CorrectPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<bool>, Failure> {
        let Some(patient) = views::patient(read, self.patient)? else { return refuse("patients-unknown") };
        ctx.reason("patients-correction-needs-reason")?;
        let Correction { family, given, sex, birth_date, age_band } = self.correction;
        let family = text::name(&family, "family name")?;
        let given = text::optional_name(&given, "given name")?;
        possible(ctx, read, birth_date)?;
        one_age(birth_date, age_band)?;
        let judged = (sex, birth_date) != (patient.sex, patient.birth_date);
        if !judged && (&family, &given, age_band) == (&patient.family, &patient.given, patient.age_band) {
            return refuse("patients-nothing-corrected");
        }
        let corrected = Corrected {
            patient: patient.id.0,
            words: names::words(&family, &given, &patient.identifier),
            forgotten: views::words(read, &patient)?,
            family,
            given,
            sex: sex.code().to_owned(),
            birth_date: birth_date.map(|d| d.to_string()).unwrap_or_default(),
            age_band: age_band.map(|band| band.code().to_owned()),
            judged,
        };
        Ok(Decision::event(corrected, judged))
    }
}

/// Correct a patient's identifier. The former one stays findable, and whatever refers to the patient stays. What was printed under it
/// is not printed again. The reason is that of the submission. See [`crate::ways::correct`].
pub(crate) struct CorrectIdentifier {
    pub(crate) patient: PatientId,
    pub(crate) identifier: String,
}

impl Command for CorrectIdentifier {
    type Answer = ();
    const ACTION: Action = Action::CorrectPatients;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let Some(patient) = views::patient(read, self.patient)? else { return refuse("patients-unknown") };
        ctx.reason("patients-correction-needs-reason")?;
        let identifier = text::identifier(&self.identifier, "identifier")?;
        if identifier == patient.identifier {
            return refuse("patients-nothing-corrected");
        }
        free(read, &identifier, Some(patient.id))?;
        // Only the spelling may have been wrong, and a former identifier may be right after all.
        let key = text::key(&identifier);
        let mut former = [std::slice::from_ref(&patient.identifier), patient.former.as_slice()].concat();
        former.retain(|before| text::key(before) != key);
        former.truncate(views::FORMER_MAX);
        let corrected = IdentifierCorrected {
            patient: patient.id.0,
            words: names::words(&patient.family, &patient.given, &identifier),
            forgotten: views::words(read, &patient)?,
            identifier,
            former,
        };
        Ok(Decision::event(corrected, ()))
    }
}
