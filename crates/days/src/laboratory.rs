//! The laboratory: its store, its clock, its staff, and a link with an instrument for each bench.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use titer_lab::{
    Actor, Catalog, Command, Failure, HOUSE, LABORATORY, Laboratory, Role, Timestamp, Tx,
    accounts::{AccountId, Credential, Factor, Passwords, SignIn, Signed, commands::OpenAccount, sessions},
    calculations::{
        commands::{ApproveCalculation, ProposeCalculation},
        views::Input,
    },
    catalog::{self, UnitSystem, bulk::Bulk, commands::AddToCatalog, commands::ApproveCatalog, starter},
    instruments::{
        InstrumentId, InstrumentKind,
        commands::{AddInstrument, Description},
    },
    people::commands::GrantRoles,
    quality::{
        plans::{PlanText, ProposePlans, SignPlans},
        targets::AT_ONCE_MAX,
    },
    sites::commands::DescribeSite,
    systems::{RecordText, Said, SystemId},
};
use titer_link::{
    filing::Filing,
    links::{
        LinkId,
        commands::{AddLink, AdoptMappings, ApproveMappings, ConfirmMappings},
        instruments, views as links,
    },
};
use titer_sim::devices::{Device, chemistry, coagulation, glucose, haematology, hba1c, immunoassay, urinalysis};
use titer_store::{Clock, Location, Options, PLACES};

use crate::{Broken, Kept};

/// Its zone: in spring and autumn its clock is put.
pub const ZONE: &str = "Europe/Berlin";
/// The day before the first, at noon of UTC.
const SET_UP_AT: &str = "2027-03-21T12:00:00Z";
const PASSWORD: &str = "a simulated laboratory";

/// The benches: two of what is busy. With two levels of control each they make 22 instrument-levels.
static DEVICES: [(&Device, &str); 11] = [
    (&chemistry::IN_SI, "Chemistry 1"),
    (&chemistry::IN_SI, "Chemistry 2"),
    (&haematology::DEVICE, "Haematology 1"),
    (&haematology::DEVICE, "Haematology 2"),
    (&immunoassay::IN_SI, "Immunoassay 1"),
    (&immunoassay::IN_SI, "Immunoassay 2"),
    (&coagulation::DEVICE, "Coagulation 1"),
    (&coagulation::DEVICE, "Coagulation 2"),
    (&urinalysis::DEVICE, "Urinalysis 1"),
    (&hba1c::DEVICE, "HbA1c 1"),
    (&glucose::IN_SI, "Glucose meter 1"),
];

/// The code of the module that the glucose meter sends.
pub const MODULE: &str = "SN004411";

/// One of the staff.
#[derive(Clone)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// The printed name.
    pub name: String,
    /// The proof that the person gave the password.
    pub signed: Signed,
}

impl Member {
    /// As whom the person acts.
    pub fn actor(&self) -> Actor {
        Actor::Person(self.account.0)
    }
}

/// The staff.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Staff {
    pub director: Member,
    pub supervisor: Member,
    pub technician: Member,
    pub clerk: Member,
    pub clinician: Member,
}

/// A bench.
pub struct Bench {
    /// What stands there.
    pub device: &'static Device,
    /// Its name.
    pub name: &'static str,
    /// Its link.
    pub link: LinkId,
}

/// The laboratory.
pub struct Place {
    folder: PathBuf,
    clock: Arc<AtomicI64>,
    opened: u64,
    seed: u64,
    house: Laboratory,
    /// The laboratory as it is open now.
    pub lab: Laboratory,
    /// The staff.
    pub staff: Staff,
    /// The benches.
    pub benches: Vec<Bench>,
    /// What files the messages of each, while the laboratory is open.
    filings: Vec<Filing>,
    /// The catalogue.
    pub catalog: Arc<Catalog>,
}

fn open(folder: &Path, lab: i64, clock: &Arc<AtomicI64>, seed: u64) -> Kept<Laboratory> {
    let clock = clock.clone();
    let clock = Clock::of(move || Timestamp::from_micros(clock.load(Ordering::Relaxed)));
    let options = Options { clock, seed: Some(seed) };
    Ok(Laboratory::open(&Location::Folder(folder.to_owned()), lab, titer_link::schema(), options)?)
}

impl Place {
    /// A new laboratory in a folder: everything is set up, approved and verified, as far as people of a real one would have to.
    ///
    /// # Errors
    /// If that is refused.
    pub async fn set_up(folder: PathBuf, seed: u64) -> Kept<Self> {
        let at: jiff::Timestamp = SET_UP_AT.parse().map_err(|e: jiff::Error| Broken(e.to_string()))?;
        let clock = Arc::new(AtomicI64::new(at.as_microsecond()));
        let (house, lab) = (open(&folder, HOUSE, &clock, seed)?, open(&folder, LABORATORY, &clock, seed)?);
        let described = DescribeSite {
            name: "Simulated laboratory".to_owned(),
            address: String::new(),
            accreditation: String::new(),
            director: "Dr Ada Quill".to_owned(),
            zone: ZONE.to_owned(),
            demonstration: true,
        };
        lab.submit(Actor::Console, None, move |tx| tx.run(described)).await?;
        for part in starter::starter_in(UnitSystem::Si, &Catalog::default())?.parts() {
            lab.submit(Actor::Console, None, move |tx| tx.run(AddToCatalog(part))).await?;
        }
        let staff = hire(&house, &lab).await?;
        let catalog = approved(&lab, &staff).await?;
        let mut place = Place {
            folder,
            clock,
            opened: 0,
            seed,
            house,
            lab,
            staff,
            benches: Vec::new(),
            filings: Vec::new(),
            catalog,
        };
        for (n, (device, name)) in DEVICES.into_iter().enumerate() {
            let link = place.add_bench(device, name, n).await?;
            place.benches.push(Bench { device, name, link });
        }
        place.calculate().await?;
        place.open_benches();
        place.judge_waiting().await?;
        Ok(place)
    }

    async fn add_bench(&self, device: &'static Device, name: &str, number: usize) -> Kept<LinkId> {
        let add = AddLink {
            name: name.to_owned(),
            protocol: "astm".to_owned(),
            listens: true,
            address: format!("127.0.0.1:{}", 4_001 + number),
            peers: Vec::new(),
            dialect: device.dialect.to_owned(),
        };
        let link = self.run(Actor::Console, add).await?;
        let mappings = self.lab.read(move |s| Ok::<_, Failure>(links::mappings(s, link)?)).await?;
        let mappings: Vec<_> = mappings.iter().map(|m| m.id).collect();
        let Staff { director, technician, .. } = &self.staff;
        self.run(technician.actor(), AdoptMappings { link, mappings: mappings.clone() }).await?;
        let (signed, all) = (director.signed.clone(), mappings.clone());
        self.run(director.actor(), ApproveMappings { link, mappings: all, signed }).await?;
        let signed = director.signed.clone();
        self.run(director.actor(), ConfirmMappings { link, mappings, signed }).await?;
        let add = AddInstrument(Description {
            name: name.to_owned(),
            kind: InstrumentKind::Analyzer.code().to_owned(),
            module: if device.kind == "glucose" { MODULE.to_owned() } else { String::new() },
            link: Some(link.0),
        });
        let instrument: InstrumentId = self.submit(Actor::Console, None, move |tx| instruments::add(tx, add)).await?;
        let none = || Said { text: "simulated".to_owned(), not_applicable: true };
        let record = RecordText {
            accuracy: none(),
            precision: none(),
            reportable_range: none(),
            reference_interval: none(),
            performed_on: Some(jiff::civil::date(2027, 3, 1)),
            performed_by: "the simulation".to_owned(),
        };
        let signed = director.signed.clone();
        let verify = move |tx: &mut Tx<'_, '_>| instruments::put_into_use(tx, instrument, "simulation", record, signed);
        let systems = self.submit(director.actor(), None, verify).await?;
        self.control_elsewhere(systems).await?;
        Ok(link)
    }

    /// The director signs that the controls of test systems are kept elsewhere: the days have no targets yet.
    async fn control_elsewhere(&self, systems: Vec<SystemId>) -> Kept {
        for some in systems.chunks(AT_ONCE_MAX) {
            let plans =
                some.iter().map(|id| PlanText::elsewhere(*id, "the simulation", "that of the simulation")).collect();
            let proposed = self.run(Actor::Console, ProposePlans(plans)).await?;
            let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
            let director = &self.staff.director;
            self.run(director.actor(), SignPlans { plans, signed: director.signed.clone() }).await?;
        }
        Ok(())
    }

    /// Two calculated quantities in force: one of two results, one of a result, age and sex.
    async fn calculate(&self) -> Kept {
        let of = |key: &str| {
            let analyte = self.catalog.analyte_by_key(key);
            analyte.map(|a| a.id).ok_or_else(|| Broken(format!("the catalogue lacks {key}")))
        };
        let input = |key: &str, analyte: &str, mass: &str| {
            Ok::<_, Broken>(Input { key: key.to_owned(), analyte: of(analyte)?, molar_mass: mass.to_owned() })
        };
        let calcium = vec![input("calcium", "calcium", "")?, input("albumin", "albumin", "")?];
        let creatinine = vec![input("creatinine", "creatinine", "113.12")?];
        for (analyte, formula, inputs, decimals) in [
            ("calcium_corrected", "calcium-corrected-si", calcium, 2),
            ("egfr_ckdepi2021", "egfr-ckd-epi-2021-creatinine", creatinine, 0),
        ] {
            let propose = ProposeCalculation { analyte: of(analyte)?, formula: formula.to_owned(), inputs, decimals };
            let calculation = self.run(self.staff.supervisor.actor(), propose).await?;
            let signed = self.staff.director.signed.clone();
            self.run(self.staff.director.actor(), ApproveCalculation { calculation, signed }).await?;
        }
        Ok(())
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The house, which is open all the time.
    pub fn house(&self) -> &Laboratory {
        &self.house
    }

    /// What its clock shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::Relaxed))
    }

    /// Moves the clock on to this time; it never goes back.
    pub fn until(&self, at: Timestamp) {
        self.clock.fetch_max(at.micros(), Ordering::Relaxed);
    }

    /// Moves the clock on.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// What files the messages of a bench.
    pub fn filing(&self, bench: usize) -> &Filing {
        &self.filings[bench]
    }

    fn open_benches(&mut self) {
        self.filings = self.benches.iter().map(|b| Filing::new(self.lab.clone(), b.link)).collect();
    }

    /// Lets go of the laboratory, does something to its files, and opens what is stored there.
    ///
    /// # Errors
    /// If it does not open.
    pub fn reopen(&mut self, meanwhile: impl FnOnce(&Path) -> std::io::Result<()>) -> Kept {
        self.filings.clear();
        // The last handle on the laboratory is gone with this, so its files are closed.
        self.lab = self.house.clone();
        meanwhile(&self.folder)?;
        self.opened += 1;
        self.lab = open(&self.folder, LABORATORY, &self.clock, self.seed ^ (self.opened << 32))?;
        self.open_benches();
        Ok(())
    }

    /// Runs a command.
    ///
    /// # Errors
    /// As the command refuses.
    pub async fn run<C>(&self, who: Actor, command: C) -> Result<C::Answer, Failure>
    where
        C: Command + Send + 'static,
        C::Answer: Send + 'static,
    {
        self.submit(who, None, move |tx| tx.run(command)).await
    }

    /// Runs what takes several commands, for a reason.
    ///
    /// # Errors
    /// As it refuses.
    pub async fn submit<R: Send + 'static>(
        &self,
        who: Actor,
        why: Option<&str>,
        f: impl FnOnce(&mut Tx<'_, '_>) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Failure> {
        self.lab.submit(who, why.map(str::to_owned), f).await
    }
}

async fn hire(house: &Laboratory, lab: &Laboratory) -> Kept<Staff> {
    let passwords = Passwords::new()?;
    // One for everybody: a password takes its time.
    let credential = Credential::new(PASSWORD)?;
    let hire = async |username: &str, name: &str, role: Role| {
        let open = OpenAccount {
            username: username.to_owned(),
            name: name.to_owned(),
            credential: credential.clone(),
            one_time: false,
        };
        let account = house.submit(Actor::Console, None, move |tx| tx.run(open)).await?;
        let grant = GrantRoles { account, name: name.to_owned(), roles: vec![role] };
        lab.submit(Actor::Console, None, move |tx| tx.run(grant)).await?;
        let token = sessions::sign_in(house, &passwords, SignIn::new(username, PASSWORD)).await?.token;
        let session = sessions::session(house, &token).await?;
        let session = session.ok_or_else(|| Broken(format!("{username} could not sign in")))?;
        let given = Some(Factor::Password(PASSWORD.to_owned()));
        let signed = sessions::sign(house, &passwords, &token, &session, given).await?;
        Ok::<_, Broken>(Member { account, name: name.to_owned(), signed })
    };
    Ok(Staff {
        director: hire("director", "Dr Ada Quill", Role::Director).await?,
        supervisor: hire("supervisor", "Oren Vale", Role::Supervisor).await?,
        technician: hire("technician", "Mina Hart", Role::Technician).await?,
        clerk: hire("clerk", "Jo Wick", Role::Clerk).await?,
        clinician: hire("clinician", "Dr Lev Marsh", Role::Clinician).await?,
    })
}

/// The director signs the first proposals of the catalogue into force.
async fn approved(lab: &Laboratory, staff: &Staff) -> Kept<Arc<Catalog>> {
    let proposed =
        lab.read(|s| Ok::<_, Failure>((catalog::views::proposals(s)?, catalog::views::proposed_answers(s)?)));
    let ((intervals, limits), answers) = proposed.await?;
    let Bulk { intervals, limits, answers, .. } = Bulk::first(&intervals, &limits, &answers);
    let approve = ApproveCatalog { intervals, limits, answers, signed: staff.director.signed.clone() };
    lab.submit(staff.director.actor(), None, move |tx| tx.run(approve)).await?;
    let known = lab.clone();
    Ok(lab.read(move |s| Ok::<_, Failure>(known.catalog(s)?)).await?)
}
