//! A small laboratory with staff, a catalog in force, a patient, an order and a link, on the machine's clock or on one that stands.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

pub mod socket;

use std::{
    ffi::OsString,
    fs,
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI64, Ordering},
    },
};

use titer_lab::{
    Actor, Command, Failure, HOUSE, LABORATORY, Laboratory, Role, Timestamp,
    accounts::{
        AccountId, Credential, Factor, Passwords, Session, SessionToken, SignIn, Signed, commands::OpenAccount,
        sessions,
    },
    catalog::{self, bulk::Bulk, commands::ApproveCatalog, commands::ImportCatalog, views::Analyte},
    instruments::{
        InstrumentId, InstrumentKind,
        commands::{AddInstrument, Description},
    },
    jobs,
    orders::{OrderId, Priority},
    patients::{PatientId, commands::RegisterPatient},
    people::commands::GrantRoles,
    quality::{
        plans::{PlanText, ProposePlans, SignPlans},
        targets::AT_ONCE_MAX,
    },
    reports::{COMPOSE, commands::ComposeReport},
    results::{
        judged_now::{JudgeWaiting, JudgedUpTo, SayAllJudged},
        views::{self as results, LabResult},
    },
    sites::commands::DescribeSite,
    specimens::{SpecimenId, commands::ReceiveSpecimen},
    systems::{
        self, RecordText, Said, SystemId,
        commands::{DescribeSystems, VerifySystems},
    },
    ways::{self, NewOrder},
};
use titer_link::{
    filing::{Filing, Outcome},
    inbox::{MessageId, views as inbox},
    links::{LinkId, MappingId, MappingState, commands as links, views},
};
use titer_science::Sex;
use titer_store::{Clock, Location, Options, PLACES};
use tokio::sync::OnceCell;

pub const PASSWORD: &str = "correct horse battery";
/// One hash for everybody: it takes long.
static CREDENTIAL: LazyLock<Credential> = LazyLock::new(|| Credential::new(PASSWORD).unwrap());

#[derive(Clone)]
pub struct Person {
    pub account: AccountId,
    pub token: SessionToken,
    pub session: Session,
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor::Person(self.account.0)
    }
}

/// A world as every test finds it. Its tables, catalog and passwords take most of a second, so they are made once and copied.
struct Made {
    files: Vec<(OsString, Vec<u8>)>,
    passwords: Passwords,
    director: Person,
    technician: Person,
}

impl Made {
    async fn new(clock: Option<Arc<AtomicI64>>) -> Self {
        let World { house, lab, passwords, director, technician, folder, .. } =
            World::made(tempfile::tempdir().unwrap(), clock).await;
        // Closed, the files are whole.
        drop((house, lab));
        Made { files: contents(folder.path()), passwords, director, technician }
    }
}

/// The files of a folder.
pub fn contents(folder: &Path) -> Vec<(OsString, Vec<u8>)> {
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap());
    files.map(|f| (f.file_name(), fs::read(f.path()).unwrap())).collect()
}

pub struct World {
    pub house: Laboratory,
    pub lab: Laboratory,
    pub passwords: Passwords,
    pub director: Person,
    pub technician: Person,
    pub folder: tempfile::TempDir,
    clock: Option<Arc<AtomicI64>>,
}

/// An analyzer on a link.
pub fn instrument(name: &str, link: LinkId, module: &str) -> Description {
    let kind = InstrumentKind::Analyzer.code().to_owned();
    Description { name: name.to_owned(), kind, module: module.to_owned(), link: Some(link.0) }
}

/// A test system of an analyte in its own specimen type, without a measuring range.
pub fn system(analyte: &Analyte, instrument: InstrumentId) -> systems::commands::Description {
    systems::commands::Description {
        analyte: analyte.id,
        specimen_type: analyte.specimen_type,
        instrument,
        method: "of the test".to_owned(),
        low: String::new(),
        high: String::new(),
        dilution: String::new(),
        decimals: None,
        inputs: Vec::new(),
    }
}

/// A verification record of which nothing applies.
pub fn record() -> RecordText {
    let none = || Said { text: "a test".to_owned(), not_applicable: true };
    RecordText {
        accuracy: none(),
        precision: none(),
        reportable_range: none(),
        reference_interval: none(),
        performed_on: Some(jiff::civil::date(2020, 1, 2)),
        performed_by: "the test".to_owned(),
    }
}

/// A point in time, as `2026-11-22T09:00:00Z`.
pub fn time(text: &str) -> Timestamp {
    Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

/// The code of a refusal; `done` where there was none.
pub fn code<T>(result: Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Failure::Refused(r)) => r.code,
        Err(Failure::Store(e)) => panic!("{e}"),
    }
}

impl World {
    pub async fn new() -> Self {
        Self::on(None).await
    }

    /// In a folder of the caller's, who may watch every file of it from its beginning.
    pub async fn inside(folder: tempfile::TempDir) -> Self {
        Self::made(folder, None).await
    }

    /// It is nine o'clock until [`World::pass`] says otherwise.
    pub async fn standing() -> Self {
        Self::on(Some(Arc::new(AtomicI64::new(time("2026-11-22T09:00:00Z").micros())))).await
    }

    async fn on(clock: Option<Arc<AtomicI64>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // For the machine's clock, and for the one that stands.
        static MADE: [OnceCell<Made>; 2] = [const { OnceCell::const_new() }; 2];
        let made = MADE[usize::from(clock.is_some())].get_or_init(|| Made::new(clock.clone())).await;
        for (name, bytes) in &made.files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let open = |lab| open(folder.path(), lab, options(&clock, 8));
        World {
            house: open(HOUSE),
            lab: open(LABORATORY),
            passwords: made.passwords.clone(),
            director: made.director.clone(),
            technician: made.technician.clone(),
            folder,
            clock,
        }
    }

    /// The laboratory in this folder, which has the people of the tests, at this time.
    pub async fn of(folder: tempfile::TempDir, at: Timestamp) -> Self {
        let clock = Some(Arc::new(AtomicI64::new(at.micros())));
        let open = |lab| open(folder.path(), lab, options(&clock, 8));
        let (house, lab, passwords) = (open(HOUSE), open(LABORATORY), Passwords::new().unwrap());
        let director = signed_in(&house, &passwords, "director").await;
        let technician = signed_in(&house, &passwords, "technician").await;
        World { house, lab, passwords, director, technician, folder, clock }
    }

    async fn made(folder: tempfile::TempDir, clock: Option<Arc<AtomicI64>>) -> Self {
        let open = |lab| open(folder.path(), lab, options(&clock, 7));
        let (house, lab) = (open(HOUSE), open(LABORATORY));
        let passwords = Passwords::new().unwrap();
        let described = DescribeSite {
            name: "Test Laboratory".to_owned(),
            address: String::new(),
            accreditation: String::new(),
            director: "Dr Ada Quill".to_owned(),
            zone: "UTC".to_owned(),
            demonstration: false,
        };
        lab.submit(Actor::Console, None, move |tx| tx.run(described)).await.unwrap();
        let starter = catalog::starter::starter().unwrap();
        for part in starter.parts() {
            lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(part))).await.unwrap();
        }
        let director = person(&house, &lab, &passwords, "director", Role::Director).await;
        let technician = person(&house, &lab, &passwords, "technician", Role::Technician).await;
        let world = World { house, lab, passwords, director, technician, folder, clock };
        world.approve_catalog().await;
        world
    }

    pub fn now(&self) -> Timestamp {
        self.lab.store().now()
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.as_ref().unwrap().fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Lets go of the laboratory, as when the program ends, and opens what is stored.
    pub fn reopen(&mut self) {
        self.lab = self.house.clone();
        self.lab = open(self.folder.path(), LABORATORY, options(&self.clock, 8));
    }

    /// The same laboratory, as another process has it open.
    pub fn beside(&self) -> Laboratory {
        open(self.folder.path(), LABORATORY, options(&self.clock, 9))
    }

    pub async fn run<C>(&self, who: Actor, command: C) -> Result<C::Answer, Failure>
    where
        C: Command + Send + 'static,
        C::Answer: Send + 'static,
    {
        self.lab.submit(who, None, move |tx| tx.run(command)).await
    }

    pub async fn sign(&self, who: &Person) -> Signed {
        let given = Some(Factor::Password(PASSWORD.to_owned()));
        sessions::sign(&self.house, &self.passwords, &who.token, &who.session, given).await.unwrap()
    }

    async fn approve_catalog(&self) {
        let read = self.lab.read(|s| Ok((catalog::views::proposals(s)?, catalog::views::proposed_answers(s)?)));
        let ((intervals, limits), answers) = read.await.unwrap();
        let signed = self.sign(&self.director).await;
        let Bulk { intervals, limits, answers, .. } = Bulk::first(&intervals, &limits, &answers);
        let approve = ApproveCatalog { intervals, limits, answers, signed };
        self.lab.submit(self.director.actor(), None, move |tx| tx.run(approve)).await.unwrap();
        self.judge().await;
    }

    /// Judges again what waits, as the worker of due jobs does after an approval.
    pub async fn judge(&self) {
        for job in jobs::due(&self.lab).await.unwrap().into_iter().filter(|job| job.kind == catalog::JUDGE) {
            let mut after = Some(JudgedUpTo::START);
            while let Some(judged) = after {
                after = self.run(Actor::Timer, JudgeWaiting { after: judged }).await.unwrap();
            }
            self.run(Actor::Timer, SayAllJudged { catalog: job.subject }).await.unwrap();
        }
    }

    pub async fn patient(&self, identifier: &str) -> PatientId {
        let register = RegisterPatient {
            identifier: identifier.to_owned(),
            family: "Okafor-Lindqvist".to_owned(),
            given: "Nneka".to_owned(),
            sex: Sex::Female,
            birth_date: Some(jiff::civil::date(1971, 4, 2)),
        };
        self.lab.submit(self.technician.actor(), None, move |tx| tx.run(register)).await.unwrap()
    }

    /// An order for these tests on a tube that bears `barcode`, received.
    pub async fn received(&self, patient: PatientId, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
        let placed = self.ordered(patient, tests, barcode).await;
        let barcode = barcode.to_owned();
        let receive = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(ReceiveSpecimen { barcode, collected_at: None });
        self.lab.submit(self.technician.actor(), None, receive).await.unwrap();
        placed
    }

    pub async fn ordered(&self, patient: PatientId, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
        let catalog = self.catalog().await;
        let tests = tests.iter().map(|k| catalog.tests().iter().find(|t| t.key == *k).unwrap().id).collect();
        let order = NewOrder {
            patient,
            tests,
            priority: Priority::Routine,
            requester: "Ward 4".to_owned(),
            collected_at: None,
            barcode: Some(barcode.to_owned()),
        };
        let place = move |tx: &mut titer_lab::Tx<'_, '_>| ways::place(tx, order);
        let (order, specimens) = self.lab.submit(self.technician.actor(), None, place).await.unwrap();
        (order, specimens[0])
    }

    pub async fn reject(&self, specimen: SpecimenId) -> Result<(), Failure> {
        let reject = move |tx: &mut titer_lab::Tx<'_, '_>| ways::reject(tx, specimen, "clotted".to_owned());
        self.lab.submit(self.technician.actor(), None, reject).await
    }

    /// Composes the reports that are due, as the program does.
    pub async fn compose_due(&self) {
        loop {
            let mut due = jobs::due(&self.lab).await.unwrap();
            due.retain(|job| job.kind == COMPOSE);
            if due.is_empty() {
                return;
            }
            for job in due {
                self.run(Actor::Timer, ComposeReport { order: OrderId(job.subject) }).await.unwrap();
            }
        }
    }

    pub async fn catalog(&self) -> std::sync::Arc<titer_lab::Catalog> {
        let lab = self.lab.clone();
        self.lab.read(move |s| Ok(lab.catalog(s)?)).await.unwrap()
    }

    /// A link with an instrument, whose test systems of all analytes are in use.
    pub async fn link(&self, dialect: &str, address: &str) -> LinkId {
        let link = self.unmeasured(dialect, address).await;
        let name = format!("Analyzer {link}");
        let instrument = AddInstrument(instrument(&name, link, ""));
        let instrument = self.run(Actor::Console, instrument).await.unwrap();
        self.verified(instrument).await;
        link
    }

    /// A link that carries no instrument.
    pub async fn unmeasured(&self, dialect: &str, address: &str) -> LinkId {
        self.run(Actor::Console, add_link(dialect, address)).await.unwrap()
    }

    /// The instrument of a link, if it carries one.
    pub async fn instrument(&self, link: LinkId) -> Option<InstrumentId> {
        let lab = self.lab.clone();
        self.lab.read(move |s| Ok(lab.systems(s)?.measuring(link.0, "").instrument())).await.unwrap()
    }

    /// Puts test systems of all analytes that have none on the instrument into use.
    pub async fn verified(&self, instrument: InstrumentId) {
        let (catalog, lab) = (self.catalog().await, self.lab.clone());
        let systems = self.lab.read(move |s| Ok(lab.systems(s)?)).await.unwrap();
        let mut analytes: Vec<_> = catalog.analytes().collect();
        analytes.retain(|a| systems.of(a.id, a.specimen_type, instrument).is_none());
        analytes.sort_by_key(|a| a.id);
        for some in analytes.chunks(250) {
            let describe = DescribeSystems(some.iter().map(|a| system(a, instrument)).collect());
            let described = self.run(Actor::Console, describe).await.unwrap();
            let systems = described.iter().copied().map(|id| (id, id.0 / PLACES)).collect();
            let signed = self.sign(&self.director).await;
            let verify = VerifySystems { systems, record: record(), file: None, signed };
            self.run(self.director.actor(), verify).await.unwrap();
            self.control_elsewhere(&described).await;
        }
    }

    /// Says that the controls of test systems are kept elsewhere.
    pub async fn control_elsewhere(&self, systems: &[SystemId]) {
        for some in systems.chunks(AT_ONCE_MAX) {
            let plans = some.iter().map(|id| PlanText::elsewhere(*id, "the test", "that of the test")).collect();
            let proposed = self.run(Actor::Console, ProposePlans(plans)).await.unwrap();
            let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
            let signed = self.sign(&self.director).await;
            self.run(self.director.actor(), SignPlans { plans, signed }).await.unwrap();
        }
    }

    /// A link whose mappings, all that its dialect proposes, are proposed by the technician, approved and confirmed.
    pub async fn mapped(&self, dialect: &str, address: &str) -> LinkId {
        let link = self.link(dialect, address).await;
        self.put_into_use(link).await;
        link
    }

    /// Proposes, approves and confirms all mappings of a link.
    pub async fn put_into_use(&self, link: LinkId) {
        let mappings = self.adopted(link).await;
        self.approve(link, mappings.clone(), &self.director).await.unwrap();
        self.confirm(link, mappings).await.unwrap();
    }

    /// The mappings of a link, which the technician has proposed as their own.
    pub async fn adopted(&self, link: LinkId) -> Vec<MappingId> {
        let mappings: Vec<MappingId> = self.mappings(link).await.iter().map(|m| m.id).collect();
        let adopt = links::AdoptMappings { link, mappings: mappings.clone() };
        self.run(self.technician.actor(), adopt).await.unwrap();
        mappings
    }

    pub async fn mappings(&self, link: LinkId) -> Vec<views::Mapping> {
        self.lab.read(move |s| Ok(views::mappings(s, link)?)).await.unwrap()
    }

    pub async fn states(&self, link: LinkId) -> Vec<MappingState> {
        self.mappings(link).await.into_iter().map(|m| m.state).collect()
    }

    pub async fn confirm(&self, link: LinkId, mappings: Vec<MappingId>) -> Result<(), Failure> {
        let signed = self.sign(&self.director).await;
        self.run(self.director.actor(), links::ConfirmMappings { link, mappings, signed }).await
    }

    pub async fn receive(&self, link: LinkId, message: &str) -> Result<Outcome, Failure> {
        Filing::new(self.lab.clone(), link).receive(message.as_bytes().to_vec()).await
    }

    pub async fn held(&self) -> Vec<inbox::Message> {
        self.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap()
    }

    pub async fn message(&self, id: MessageId) -> inbox::Message {
        self.lab.read(move |s| Ok(inbox::message(s, id)?)).await.unwrap().unwrap()
    }

    pub async fn results(&self, specimen: SpecimenId) -> Vec<LabResult> {
        self.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap()
    }

    pub async fn propose(&self, link: LinkId, code: &str, unit: &str, analyte: &str) -> Result<MappingId, Failure> {
        let analyte = self.catalog().await.analyte_by_key(analyte).unwrap().id;
        let (code, unit, specimen) = (code.to_owned(), unit.to_owned(), String::new());
        self.run(self.technician.actor(), links::ProposeMapping { link, code, unit, specimen, analyte, answer: None })
            .await
    }

    pub async fn approve(&self, link: LinkId, mappings: Vec<MappingId>, by: &Person) -> Result<(), Failure> {
        let approve = links::ApproveMappings { link, mappings, signed: self.sign(by).await };
        self.lab.submit(by.actor(), None, move |tx| tx.run(approve)).await
    }
}

/// The clock stands, and a chemistry link whose mappings are in use listens; these tubes are received.
pub async fn with_tubes(barcodes: &[&str]) -> (World, String, LinkId) {
    let (world, address) = (World::standing().await, socket::free());
    let link = world.mapped("titer-sim-chemistry", &address).await;
    let patient = world.patient("MRN-1").await;
    for barcode in barcodes {
        world.received(patient, &["sodium"], barcode).await;
    }
    (world, address, link)
}

/// A message that brings the sodium of this tube.
pub fn sodium(barcode: &str) -> String {
    simulated(barcode, &[("Na", "140", "mmol/L", "20261122085500")])
}

/// How many results each of these tubes has.
pub async fn filed(world: &World, barcodes: &[&str]) -> Vec<usize> {
    let mut filed = Vec::new();
    for barcode in barcodes {
        let barcode = (*barcode).to_owned();
        let of = move |s: &mut titer_store::Snapshot<'_>| {
            let specimen = titer_lab::specimens::views::by_barcode(s, &barcode)?.unwrap().id;
            Ok::<_, Failure>(results::of_specimen(s, specimen)?.len())
        };
        filed.push(world.lab.read(of).await.unwrap());
    }
    filed
}

/// Somebody with this role, signed in.
pub async fn person(house: &Laboratory, lab: &Laboratory, passwords: &Passwords, username: &str, role: Role) -> Person {
    let open = OpenAccount {
        username: username.to_owned(),
        name: format!("{username} of the test"),
        credential: CREDENTIAL.clone(),
        one_time: false,
    };
    let account = house.submit(Actor::Console, None, move |tx| tx.run(open)).await.unwrap();
    let grant = GrantRoles { account, name: format!("{username} of the test"), roles: vec![role] };
    lab.submit(Actor::Console, None, move |tx| tx.run(grant)).await.unwrap();
    signed_in(house, passwords, username).await
}

async fn signed_in(house: &Laboratory, passwords: &Passwords, username: &str) -> Person {
    let token = sessions::sign_in(house, passwords, SignIn::new(username, PASSWORD)).await.unwrap().token;
    let session = sessions::session(house, &token).await.unwrap().unwrap();
    Person { account: session.account, token, session }
}

fn open(folder: &Path, lab: i64, options: Options) -> Laboratory {
    Laboratory::open(&Location::Folder(folder.to_owned()), lab, titer_link::schema(), options).unwrap()
}

/// A seed of its own for the copies: what they draw was not drawn when the files were made.
fn options(clock: &Option<Arc<AtomicI64>>, seed: u64) -> Options {
    let Some(clock) = clock.clone() else { return Options::default() };
    Options { clock: Clock::of(move || Timestamp::from_micros(clock.load(Ordering::Relaxed))), seed: Some(seed) }
}

/// A link that listens at `address`, named like its dialect.
pub fn add_link(dialect: &str, address: &str) -> links::AddLink {
    links::AddLink {
        name: dialect.to_owned(),
        protocol: "astm".to_owned(),
        listens: true,
        address: address.to_owned(),
        peers: Vec::new(),
        dialect: dialect.to_owned(),
    }
}

/// A message of the simulated chemistry analyzer: the tube, and code, value, unit and time of completion of each result.
pub fn simulated(barcode: &str, results: &[(&str, &str, &str, &str)]) -> String {
    let mut message = format!("H|\\^&|||SIM-1^Titer\rP|1\rO|1|{barcode}|||||||||N\r");
    for (i, (code, value, unit, completed)) in (1..).zip(results) {
        message.push_str(&format!("R|{i}|^^^{code}|{value}|{unit}||N||F||||{completed}\r"));
    }
    message.push_str("L|1|N\r");
    message
}
