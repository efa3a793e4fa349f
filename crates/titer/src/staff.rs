//! People of a demonstration or a bench, who do by command what people do on the pages: sign in, approve, order, receive, verify.

use std::sync::Arc;

use titer_lab::{
    Actor, Laboratory, Role, Tx,
    accounts::{AccountId, Factor, Passwords, Session, SessionToken, SignIn, Signed, sessions},
    catalog::{TestId, bulk::Bulk, commands::ApproveCatalog, views as catalog},
    instruments::{
        InstrumentKind,
        commands::{AddInstrument, Description},
    },
    orders::Priority,
    patients::{PatientId, commands::RegisterPatient},
    quality::{
        plans::{PlanText, ProposePlans, SignPlans},
        targets::{AT_ONCE_MAX, ApproveTargets, ProposeTargets, TargetText},
    },
    specimens::{
        commands::ReceiveSpecimen,
        views::{self as specimens, Specimen},
    },
    systems::{RecordText, Said, SystemId},
    ways::{self, NewOrder},
};
use titer_link::links::{
    LinkId, LinkProtocol, MappingState,
    commands::{AddLink, AdoptMappings, ApproveMappings, ConfirmMappings},
    instruments, views as links,
};
use titer_store::{PLACES, Timestamp};
use tokio::sync::OnceCell;

use crate::{Failed, place::Place};

/// A role's person: username, printed name, roles.
pub const PEOPLE: &[(&str, &str, &[Role])] = &[
    ("admin", "Avery Stone", &[Role::Administrator]),
    ("director", "Dr Mira Halloran", &[Role::Director]),
    ("supervisor", "Tomas Lindqvist", &[Role::Supervisor]),
    ("technician", "Priya Raman", &[Role::Technician]),
    ("clerk", "Jonah Bell", &[Role::Clerk]),
    ("clinician", "Dr Ines Okoro", &[Role::Clinician]),
];
/// The password of all of them. Demonstrations and benches only: their laboratories hold nobody real.
pub const PASSWORD: &str = "demonstration";

/// The director and the technician, signed in.
#[derive(Clone)]
pub struct Staff {
    passwords: Passwords,
    director: Arc<Person>,
    technician: Arc<Person>,
}

struct Person {
    account: AccountId,
    token: SessionToken,
    session: Session,
    /// Made once: a password takes its time.
    signed: OnceCell<Signed>,
}

impl Person {
    fn actor(&self) -> Actor {
        Actor::Person(self.account.0)
    }
}

impl Staff {
    /// Opens the accounts if they are not there, and signs in.
    pub async fn hire(place: &Place) -> Result<Self, Failed> {
        let known = place.house.read(|s| Ok(titer_lab::accounts::views::accounts(s)?)).await?;
        for (username, name, roles) in PEOPLE {
            if known.iter().all(|a| a.username != *username) {
                place.add_person(username, name, PASSWORD, false, roles).await?;
            }
        }
        let passwords = Passwords::new()?;
        let director = Arc::new(sign_in(&place.house, &passwords, "director").await?);
        let technician = Arc::new(sign_in(&place.house, &passwords, "technician").await?);
        Ok(Staff { passwords, director, technician })
    }

    async fn sign(&self, place: &Place, person: &Person) -> Result<Signed, Failed> {
        let sign = async || {
            let given = Some(Factor::Password(PASSWORD.to_owned()));
            sessions::sign(&place.house, &self.passwords, &person.token, &person.session, given).await
        };
        Ok(person.signed.get_or_try_init(sign).await?.clone())
    }

    /// The director signs the first proposals of the catalog into force.
    pub async fn approve_catalog(&self, place: &Place) -> Result<(), Failed> {
        let proposed = place.lab.read(|s| Ok((catalog::proposals(s)?, catalog::proposed_answers(s)?))).await?;
        let ((intervals, limits), answers) = proposed;
        let signed = self.sign(place, &self.director).await?;
        let Bulk { intervals, limits, answers, .. } = Bulk::first(&intervals, &limits, &answers);
        let approve = ApproveCatalog { intervals, limits, answers, signed };
        Ok(place.lab.submit(self.director.actor(), None, move |tx| tx.run(approve)).await?)
    }

    /// The technician proposes the mappings that a dialect suggests, and the director approves them.
    pub async fn approve_mappings(&self, place: &Place, link: LinkId) -> Result<(), Failed> {
        let mappings = mappings(place, link, MappingState::Proposed).await?;
        let adopt = AdoptMappings { link, mappings: mappings.clone() };
        place.lab.submit(self.technician.actor(), None, move |tx| tx.run(adopt)).await?;
        let approve = ApproveMappings { link, mappings, signed: self.sign(place, &self.director).await? };
        Ok(place.lab.submit(self.director.actor(), None, move |tx| tx.run(approve)).await?)
    }

    /// Proposes targets of controls, and the director approves them.
    pub async fn approve_targets(&self, place: &Place, targets: Vec<TargetText>) -> Result<(), Failed> {
        for some in targets.chunks(AT_ONCE_MAX) {
            let propose = ProposeTargets(some.to_vec());
            let proposed = place.lab.submit(Actor::Console, None, move |tx| tx.run(propose)).await?;
            let targets = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
            let approve = ApproveTargets { targets, signed: self.sign(place, &self.director).await? };
            place.lab.submit(self.director.actor(), None, move |tx| tx.run(approve)).await?;
        }
        Ok(())
    }

    /// Proposes control plans, with a reason if they take the place of others, and the director signs them.
    pub async fn sign_plans(&self, place: &Place, plans: Vec<PlanText>, why: Option<&str>) -> Result<(), Failed> {
        for some in plans.chunks(AT_ONCE_MAX) {
            let propose = ProposePlans(some.to_vec());
            let why = why.map(str::to_owned);
            let proposed = place.lab.submit(Actor::Console, why, move |tx| tx.run(propose)).await?;
            let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
            let sign = SignPlans { plans, signed: self.sign(place, &self.director).await? };
            place.lab.submit(self.director.actor(), None, move |tx| tx.run(sign)).await?;
        }
        Ok(())
    }

    /// The technician registers a patient, unless the identifier is known.
    pub async fn register(&self, place: &Place, patient: &titer_sim::people::Patient) -> Result<PatientId, Failed> {
        let identifier = patient.identifier.clone();
        let known = place.lab.read(move |s| Ok(titer_lab::patients::views::by_identifier(s, &identifier)?)).await?;
        if let Some(known) = known {
            return Ok(known.id);
        }
        let register = RegisterPatient {
            identifier: patient.identifier.clone(),
            family: patient.family.clone(),
            given: patient.given.clone(),
            sex: titer_science::Sex::from_code(patient.sex.as_str()).unwrap_or(titer_science::Sex::Unknown),
            birth_date: Some(patient.birth_date),
        };
        Ok(place.lab.submit(self.technician.actor(), None, move |tx| tx.run(register)).await?)
    }

    /// The technician places an order; answers its tubes.
    pub async fn order(
        &self,
        place: &Place,
        patient: PatientId,
        tests: Vec<TestId>,
        priority: Priority,
        requester: &str,
        collected_at: Option<Timestamp>,
    ) -> Result<Vec<Specimen>, Failed> {
        let requester = requester.to_owned();
        let order = NewOrder { patient, tests, priority, requester, collected_at, barcode: None };
        let placed = place.lab.submit(self.technician.actor(), None, move |tx| {
            let (_, tubes) = ways::place(tx, order)?;
            let mut specimens = Vec::new();
            for tube in tubes {
                specimens.extend(specimens::specimen(tx, tube)?);
            }
            Ok(specimens)
        });
        Ok(placed.await?)
    }

    /// The technician receives a tube.
    pub async fn receive(&self, place: &Place, barcode: &str) -> Result<(), Failed> {
        let barcode = barcode.to_owned();
        place
            .lab
            .submit(self.technician.actor(), None, move |tx| tx.run(ReceiveSpecimen { barcode, collected_at: None }))
            .await?;
        Ok(())
    }

    /// An order for one tube, received at once; answers the barcode.
    pub async fn receive_new(&self, place: &Place, patient: PatientId, tests: Vec<TestId>) -> Result<String, Failed> {
        let tubes = self.order(place, patient, tests, Priority::Routine, "Bench", None).await?;
        let tube = tubes.into_iter().next().ok_or_else(|| Failed("the order made no tube".to_owned()))?;
        self.receive(place, &tube.barcode).await?;
        Ok(tube.barcode)
    }
}

async fn sign_in(house: &Laboratory, passwords: &Passwords, username: &str) -> Result<Person, Failed> {
    let token = sessions::sign_in(house, passwords, SignIn::new(username, PASSWORD)).await?.token;
    let session = sessions::session(house, &token).await?;
    let session = session.ok_or_else(|| Failed(format!("{username} could not sign in")))?;
    Ok(Person { account: session.account, token, session, signed: OnceCell::new() })
}

async fn mappings(
    place: &Place,
    link: LinkId,
    state: MappingState,
) -> Result<Vec<titer_link::links::MappingId>, Failed> {
    let all = place.lab.read(move |s| Ok(links::mappings(s, link)?)).await?;
    Ok(all.into_iter().filter(|m| m.state == state).map(|m| m.id).collect())
}

/// Attests that the simulated analyzer's results are what its own log says.
pub async fn confirm_mappings(place: &Place, staff: &Staff, link: LinkId) -> Result<(), Failed> {
    let mappings = mappings(place, link, MappingState::Approved).await?;
    let confirm = ConfirmMappings { link, mappings, signed: staff.sign(place, &staff.director).await? };
    Ok(place.lab.submit(staff.director.actor(), None, move |tx| tx.run(confirm)).await?)
}

/// Adds the instrument of a link, and puts test systems of all that the link brings into use. Nothing was verified: the record says `why`.
pub async fn measure(place: &Place, staff: &Staff, link: LinkId, name: &str, why: &'static str) -> Result<(), Failed> {
    let add = AddInstrument(Description {
        name: name.to_owned(),
        kind: InstrumentKind::Analyzer.code().to_owned(),
        module: String::new(),
        link: Some(link.0),
    });
    let instrument = place.lab.submit(Actor::Console, None, move |tx| instruments::add(tx, add)).await?;
    let not_done = || Said { text: why.to_owned(), not_applicable: true };
    let now = jiff::Timestamp::from_microsecond(place.lab.store().now().micros());
    let today = now.map_err(|e| Failed(e.to_string()))?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let record = RecordText {
        accuracy: not_done(),
        precision: not_done(),
        reportable_range: not_done(),
        reference_interval: not_done(),
        // Whatever the zone of the laboratory is, that day is over.
        performed_on: today.yesterday().ok(),
        performed_by: PEOPLE[1].1.to_owned(),
    };
    let signed = staff.sign(place, &staff.director).await?;
    let verify = move |tx: &mut Tx<'_, '_>| instruments::put_into_use(tx, instrument, "Simulation", record, signed);
    let systems = place.lab.submit(staff.director.actor(), None, verify).await?;
    control_elsewhere(place, staff, systems, why).await
}

/// Says that the controls of test systems are kept elsewhere, and `why`: nothing is held for them.
async fn control_elsewhere(
    place: &Place,
    staff: &Staff,
    systems: Vec<SystemId>,
    why: &'static str,
) -> Result<(), Failed> {
    let plans = systems.into_iter().map(|id| PlanText::elsewhere(id, why, why)).collect();
    staff.sign_plans(place, plans, None).await
}

/// Adds a listening link for this machine.
pub async fn add_link(place: &Place, name: &str, address: &str, dialect: &str) -> Result<LinkId, Failed> {
    let add = AddLink {
        name: name.to_owned(),
        protocol: LinkProtocol::Astm.code().to_owned(),
        listens: true,
        address: address.to_owned(),
        peers: Vec::new(),
        dialect: dialect.to_owned(),
    };
    Ok(place.lab.submit(Actor::Console, None, move |tx| tx.run(add)).await?)
}
