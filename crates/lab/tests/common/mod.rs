//! A small laboratory with a catalog of its own and a clock that stands until it is moved.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::Path,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use jiff::civil::Date;
use titer_lab::{
    Actor, Catalog, Command, Failure, HOUSE, LABORATORY, Laboratory, PARTS, Refusal, Role, Timestamp,
    accounts::{
        AccountId, Credential, Factor, Passwords, Session, SessionToken, SignIn, Signed, commands::OpenAccount,
        sessions,
    },
    catalog::{
        self, AnalyteId, JUDGE,
        commands::{ApproveCatalog, ImportCatalog},
    },
    instruments::{
        InstrumentId, InstrumentKind,
        commands::{AddInstrument, Description},
    },
    jobs,
    orders::{OrderId, Priority},
    patients::{PatientId, commands::RegisterPatient},
    people::commands::GrantRoles,
    quality::{
        PlanId,
        plans::{PlanText, ProposePlans, SignPlans},
        targets::AT_ONCE_MAX,
    },
    reports::{COMPOSE, commands::ComposeReport},
    results::{
        commands::{Filed, Measurement, OnDisplay, Origin, ReportResults, RunDetails, VerifyResults},
        judged_now::{JudgeWaiting, JudgedUpTo, SayAllJudged},
        views::LabResult,
    },
    sites::commands::DescribeSite,
    specimens::{SpecimenId, commands::ReceiveSpecimen},
    systems::{
        self, RecordText, Said, SystemId,
        commands::{ChangeSystem, DescribeSystems, VerifySystems},
    },
    ways::{self, NewOrder},
};
use titer_science::Sex;
use titer_store::{Clock, Location, Options, PLACES, Schema, Snapshot, StoreError, backup, reading};

pub const PASSWORD: &str = "correct horse battery";
/// The link that measurements come by.
pub const LINK: i64 = 77;

/// Intervals and limits are invented; LOINC codes are those of the analytes.
pub const CATALOG: &str = r#"
specimen_type = [
    { key = "serum", name = "Serum", container = "Gel tube", cap_us = "gold" },
    { key = "blood", name = "Whole blood", container = "EDTA tube", cap_uk = "lavender" },
]
analyte = [
    { key = "sodium", name = "Sodium", short = "Na", discipline = "chemistry", loinc = "2951-2", unit = "mmol/L", decimals = 0, specimen_type = "serum" },
    { key = "potassium", name = "Potassium", short = "K", discipline = "chemistry", loinc = "2823-3", unit = "mmol/L", decimals = 1, specimen_type = "serum" },
    { key = "creatinine", name = "Creatinine", short = "Creat", discipline = "chemistry", loinc = "14682-9", unit = "umol/L", decimals = 0, specimen_type = "serum" },
    { key = "crp", name = "C-reactive protein", short = "CRP", discipline = "immunology", loinc = "1988-5", unit = "mg/L", decimals = 1, specimen_type = "serum" },
    { key = "lipase", name = "Lipase", short = "Lip", discipline = "chemistry", loinc = "3040-3", unit = "U/L", decimals = 0, specimen_type = "serum" },
    { key = "hemoglobin", name = "Haemoglobin", short = "Hb", discipline = "haematology", loinc = "718-7", unit = "g/L", decimals = 0, specimen_type = "blood" },
]
test = [
    { key = "sodium", name = "Sodium", analytes = ["sodium"], specimen_type = "serum" },
    { key = "potassium", name = "Potassium", analytes = ["potassium"], specimen_type = "serum" },
    { key = "creatinine", name = "Creatinine", analytes = ["creatinine"], specimen_type = "serum" },
    { key = "crp", name = "C-reactive protein", analytes = ["crp"], specimen_type = "serum" },
    { key = "lipase", name = "Lipase", analytes = ["lipase"], specimen_type = "serum" },
    { key = "hemoglobin", name = "Haemoglobin", analytes = ["hemoglobin"], specimen_type = "blood" },
    { key = "electrolytes", name = "Electrolytes", analytes = ["sodium", "potassium"], specimen_type = "serum" },
]
interval = [
    { analyte = "sodium", sex = "any", low = "136", high = "145", unit = "mmol/L", type = "reference", source = "the test" },
    { analyte = "potassium", sex = "any", low = "3.5", high = "5.1", unit = "mmol/L", type = "reference", source = "the test" },
    { analyte = "creatinine", sex = "female", age_low = "18 a", low = "45", high = "84", unit = "umol/L", type = "reference", source = "the test" },
    { analyte = "creatinine", sex = "male", age_low = "18 a", low = "59", high = "104", unit = "umol/L", type = "reference", source = "the test" },
    { analyte = "crp", sex = "any", high = "5.0", unit = "mg/L", type = "reference", source = "the test" },
    { analyte = "hemoglobin", sex = "any", low = "120", high = "160", unit = "g/L", type = "reference", source = "the test" },
]
limit = [
    { analyte = "sodium", population = "everybody", low_op = "<=", low = "120", high_op = ">=", high = "160", unit = "mmol/L", source = "the test" },
    { analyte = "potassium", population = "adult", age_low = "16 a", low_op = "<", low = "2.5", high_op = ">", high = "6.5", unit = "mmol/L", source = "the test" },
    { analyte = "hemoglobin", population = "adult", age_low = "16 a", low_op = "<", low = "70", unit = "g/L", source = "the test" },
    { analyte = "lipase", population = "child", age_high = "16 a", high_op = ">", high = "200", unit = "U/L", source = "the test" },
    { analyte = "lipase", population = "adult", age_low = "16 a", unit = "U/L", source = "the test" },
    { analyte = "potassium", population = "child", age_high = "16 a", low_op = "<", low = "2.8", high_op = ">", high = "6.2", unit = "mmol/L", source = "the test" },
]
"#;

/// One hash for everybody: it takes long, and each test has people of its own.
static CREDENTIAL: LazyLock<Credential> = LazyLock::new(|| Credential::new(PASSWORD).unwrap());
static PASSWORDS: LazyLock<Passwords> = LazyLock::new(|| Passwords::new().unwrap());

pub fn passwords() -> &'static Passwords {
    &PASSWORDS
}

pub fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(1, PARTS))
}

/// Waits for what is async, in a test that is not.
pub fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The code of a refusal; `done` where there was none.
pub fn code<T>(result: Result<T, Failure>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Failure::Refused(r)) => r.code,
        Err(Failure::Store(e)) => panic!("{e}"),
    }
}

pub fn refusal<T>(result: Result<T, Failure>) -> Refusal {
    match result {
        Ok(_) => panic!("not refused"),
        Err(Failure::Refused(r)) => r,
        Err(Failure::Store(e)) => panic!("{e}"),
    }
}

/// What the words of a refusal are given under a name.
pub fn arg(refusal: &Refusal, name: &str) -> String {
    refusal.args.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone()).unwrap_or_default()
}

/// A point in time, as `2026-11-22T09:00:00Z`.
pub fn time(text: &str) -> Timestamp {
    Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

pub fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[derive(Clone)]
pub struct Person {
    pub account: AccountId,
    pub token: SessionToken,
    pub session: Session,
}

/// A world as tests find it. Its tables, catalog and passwords take longer than most tests, so it is made once and copied.
struct Made {
    files: Vec<(OsString, Vec<u8>)>,
    accounts: HashMap<Role, AccountId>,
}

impl Made {
    fn of(World { house, lab, accounts, folder, .. }: World) -> Self {
        // Closed, the files are whole.
        drop((house, lab));
        let files = fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap());
        let files = files.map(|f| (f.file_name(), fs::read(f.path()).unwrap())).collect();
        Made { files, accounts: accounts.into_inner().unwrap() }
    }
}

pub struct World {
    pub house: Laboratory,
    pub lab: Laboratory,
    clock: Arc<AtomicI64>,
    accounts: Mutex<HashMap<Role, AccountId>>,
    folder: tempfile::TempDir,
}

impl World {
    /// A laboratory in which nothing has happened, at nine o'clock.
    pub fn empty() -> Self {
        static EMPTY: LazyLock<Made> =
            LazyLock::new(|| Made::of(World::on(&Made { files: Vec::new(), accounts: HashMap::new() }, 6)));
        Self::on(&EMPTY, 7)
    }

    /// A laboratory in Berlin whose catalog the director has signed into force.
    pub fn new() -> Self {
        static NEW: LazyLock<Made> = LazyLock::new(|| Made::of(World::made()));
        Self::on(&NEW, 8)
    }

    fn made() -> Self {
        let world = Self::empty();
        world.run(Actor::Console, described()).unwrap();
        world.run(Actor::Console, ImportCatalog(catalog::starter::parse(CATALOG).unwrap())).unwrap();
        let (intervals, limits) = world.read(|s| catalog::views::proposals(s));
        let intervals = intervals.iter().map(|i| i.id).collect();
        let limits = limits.iter().map(|l| l.id).collect();
        let answers = world.read(|s| catalog::views::proposed_answers(s)).iter().map(|a| a.id).collect();
        let signed = world.signed(Role::Director);
        world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers, signed }).unwrap();
        let (kind, link) = (InstrumentKind::Analyzer.code().to_owned(), Some(LINK));
        let add = AddInstrument(Description { name: "Analyzer 1".to_owned(), kind, module: String::new(), link });
        world.run(Actor::Console, add).unwrap();
        world.verify_systems();
        world.judge();
        world
    }

    /// The instrument of [`LINK`].
    pub fn instrument(&self) -> Option<InstrumentId> {
        let lab = self.lab.clone();
        self.read(move |s| lab.systems(s)).measuring(LINK, "").instrument()
    }

    /// Puts test systems of all analytes that have none on the instrument of [`LINK`] into use.
    pub fn verify_systems(&self) {
        self.verify_systems_of(self.instrument().unwrap());
    }

    /// As [`World::verify_systems`], of another instrument.
    pub fn verify_systems_of(&self, instrument: InstrumentId) {
        let (catalog, lab) = (self.catalog(), self.lab.clone());
        let known = self.read(move |s| lab.systems(s));
        let mut analytes: Vec<_> = catalog.analytes().collect();
        analytes.retain(|a| known.of(a.id, a.specimen_type, instrument).is_none());
        analytes.sort_by_key(|a| a.id);
        let described = analytes.into_iter().map(|analyte| systems::commands::Description {
            analyte: analyte.id,
            specimen_type: analyte.specimen_type,
            instrument,
            method: "of the test".to_owned(),
            low: String::new(),
            high: String::new(),
            dilution: String::new(),
            decimals: None,
            inputs: Vec::new(),
        });
        let described = self.run(Actor::Console, DescribeSystems(described.collect())).unwrap();
        let systems = described.iter().copied().map(|id| (id, id.0 / PLACES)).collect();
        let none = || Said { text: "a test".to_owned(), not_applicable: true };
        let record = RecordText {
            accuracy: none(),
            precision: none(),
            reportable_range: none(),
            reference_interval: none(),
            performed_on: Some(date("2026-11-20")),
            performed_by: "the test".to_owned(),
        };
        let verify = VerifySystems { systems, record, file: None, signed: self.signed(Role::Director) };
        self.run(self.actor(Role::Director), verify).unwrap();
        self.control_elsewhere(&described);
    }

    /// Says that the controls of test systems are kept elsewhere.
    pub fn control_elsewhere(&self, systems: &[SystemId]) {
        for some in systems.chunks(AT_ONCE_MAX) {
            let plans = some.iter().map(|id| PlanText::elsewhere(*id, "the test", "that of the test")).collect();
            let proposed = self.run(Actor::Console, ProposePlans(plans)).unwrap();
            self.sign_plans(proposed);
        }
    }

    /// The director signs control plans as they were proposed.
    pub fn sign_plans(&self, proposed: Vec<PlanId>) {
        let plans = proposed.into_iter().map(|id| (id, id.0 / PLACES)).collect();
        let sign = SignPlans { plans, signed: self.signed(Role::Director) };
        self.run(self.actor(Role::Director), sign).unwrap();
    }

    /// A test system reports so many decimals from now on.
    pub fn reports_decimals(&self, analyte: &str, instrument: InstrumentId, decimals: i64) {
        let (catalog, lab) = (self.catalog(), self.lab.clone());
        let analyte = catalog.analyte_by_key(analyte).unwrap();
        let system =
            self.read(move |s| lab.systems(s)).of(analyte.id, analyte.specimen_type, instrument).unwrap().clone();
        let description = systems::commands::Description {
            analyte: system.analyte,
            specimen_type: system.specimen_type,
            instrument,
            method: system.method,
            low: system.low,
            high: system.high,
            dilution: system.dilution,
            decimals: Some(decimals),
            inputs: Vec::new(),
        };
        self.run(Actor::Console, ChangeSystem { system: system.id, description }).unwrap();
    }

    /// A copy. Its seed is another than that with which it was made, so that it draws what was not drawn before.
    fn on(made: &Made, seed: u64) -> Self {
        let clock = Arc::new(AtomicI64::new(time("2026-11-22T09:00:00Z").micros()));
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in &made.files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let open = |lab| Self::open(folder.path(), lab, &clock, seed);
        let accounts = Mutex::new(made.accounts.clone());
        World { house: open(HOUSE), lab: open(LABORATORY), clock, accounts, folder }
    }

    fn open(folder: &Path, lab: i64, clock: &Arc<AtomicI64>, seed: u64) -> Laboratory {
        let clock = clock.clone();
        let clock = Clock::of(move || Timestamp::from_micros(clock.load(Ordering::Relaxed)));
        let options = Options { clock, seed: Some(seed) };
        Laboratory::open(&Location::Folder(folder.to_owned()), lab, schema(), options).unwrap()
    }

    /// Changes tables behind the journal, as somebody who may write to the file can.
    pub fn tamper(&self, sql: &str) -> usize {
        rusqlite::Connection::open(self.folder.path().join("lab-1.sqlite")).unwrap().execute(sql, []).unwrap()
    }

    /// The same laboratory, as another process has it open.
    pub fn beside(&self) -> Laboratory {
        Self::open(self.folder.path(), LABORATORY, &self.clock, 9)
    }

    /// The laboratory as it is now, restored from a backup into an empty database.
    pub fn restored(&self) -> Laboratory {
        let (file, folder) = (self.folder.path().join("backup"), self.folder.path().join("restored"));
        backup::backup(&[self.lab.store().clone()], &file, &mut |_| {}).unwrap();
        backup::restore(&Location::Folder(folder.clone()), &schema(), &file, &mut |_| {}).unwrap();
        Self::open(&folder, LABORATORY, &self.clock, 9)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.load(Ordering::Relaxed))
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    pub fn pass_until(&self, text: &str) {
        self.clock.store(time(text).micros(), Ordering::Relaxed);
    }

    // People

    /// Somebody in this role; the same person each time.
    pub fn actor(&self, role: Role) -> Actor {
        Actor::Person(self.account(role).0)
    }

    pub fn technician(&self) -> Actor {
        self.actor(Role::Technician)
    }

    pub fn account(&self, role: Role) -> AccountId {
        let mut accounts = self.accounts.lock().unwrap();
        *accounts.entry(role).or_insert_with(|| self.hire(role.code(), &[role]))
    }

    pub fn hire(&self, username: &str, roles: &[Role]) -> AccountId {
        let account = self.open_account(username, false);
        let grant = GrantRoles { account, name: format!("{username} of the test"), roles: roles.to_vec() };
        self.run(Actor::Console, grant).unwrap();
        account
    }

    pub fn open_account(&self, username: &str, one_time: bool) -> AccountId {
        let (username, name) = (username.to_owned(), format!("{username} of the test"));
        let open = OpenAccount { username, name, credential: CREDENTIAL.clone(), one_time };
        self.house.submit(Actor::Console, None, move |tx| tx.run(open)).wait().unwrap()
    }

    pub fn sign_in(&self, username: &str, password: &str) -> Result<Person, Failure> {
        wait(async {
            let token = sessions::sign_in(&self.house, passwords(), SignIn::new(username, password)).await?.token;
            let session = sessions::session(&self.house, &token).await?.unwrap();
            Ok(Person { account: session.account, token, session })
        })
    }

    pub fn sign(&self, who: &Person, password: Option<&str>) -> Result<Signed, Failure> {
        let given = Factor::password(password.map(str::to_owned));
        wait(sessions::sign(&self.house, passwords(), &who.token, &who.session, given))
    }

    pub fn signed(&self, role: Role) -> Signed {
        self.account(role);
        self.sign(&self.sign_in(role.code(), PASSWORD).unwrap(), Some(PASSWORD)).unwrap()
    }

    // The laboratory

    pub fn run<C>(&self, who: Actor, command: C) -> Result<C::Answer, Failure>
    where
        C: Command + Send + 'static,
        C::Answer: Send + 'static,
    {
        self.lab.submit(who, None, move |tx| tx.run(command)).wait()
    }

    pub fn run_because<C>(&self, who: Actor, why: &str, command: C) -> Result<C::Answer, Failure>
    where
        C: Command + Send + 'static,
        C::Answer: Send + 'static,
    {
        self.lab.submit(who, Some(why.to_owned()), move |tx| tx.run(command)).wait()
    }

    pub fn read<R: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Snapshot<'_>) -> Result<R, StoreError> + Send + 'static,
    ) -> R {
        self.lab.read(|s| Ok(f(s)?)).wait().unwrap()
    }

    pub fn catalog(&self) -> Arc<Catalog> {
        let lab = self.lab.clone();
        self.read(move |s| lab.catalog(s))
    }

    pub fn analyte(&self, key: &str) -> AnalyteId {
        self.catalog().analyte_by_key(key).unwrap().id
    }

    /// A woman of 55.
    pub fn patient(&self, identifier: &str) -> PatientId {
        self.registered(identifier, Sex::Female, Some("1971-04-02"))
    }

    pub fn registered(&self, identifier: &str, sex: Sex, birth: Option<&str>) -> PatientId {
        let register = RegisterPatient {
            identifier: identifier.to_owned(),
            family: "Okafor-Lindqvist".to_owned(),
            given: "Nneka".to_owned(),
            sex,
            birth_date: birth.map(date),
        };
        self.run(self.technician(), register).unwrap()
    }

    pub fn order(&self, patient: PatientId, tests: &[&str]) -> NewOrder {
        let catalog = self.catalog();
        let find = |key: &&str| catalog.tests().iter().find(|t| t.key == *key).unwrap().id;
        NewOrder {
            patient,
            tests: tests.iter().map(find).collect(),
            priority: Priority::Routine,
            requester: "Ward 4".to_owned(),
            collected_at: None,
            barcode: None,
        }
    }

    pub fn place(&self, order: NewOrder, barcode: Option<&str>) -> Result<(OrderId, Vec<SpecimenId>), Failure> {
        let barcode = barcode.map(str::to_owned);
        self.lab.submit(self.technician(), None, move |tx| ways::place(tx, NewOrder { barcode, ..order })).wait()
    }

    /// An order on one tube that bears `barcode`.
    pub fn ordered(&self, patient: PatientId, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
        let (order, specimens) = self.place(self.order(patient, tests), Some(barcode)).unwrap();
        (order, specimens[0])
    }

    pub fn receive(&self, barcode: &str) -> Result<SpecimenId, Failure> {
        self.receive_as(self.technician(), barcode)
    }

    pub fn receive_as(&self, who: Actor, barcode: &str) -> Result<SpecimenId, Failure> {
        self.run(who, ReceiveSpecimen { barcode: barcode.to_owned(), collected_at: None })
    }

    pub fn received(&self, patient: PatientId, tests: &[&str], barcode: &str) -> (OrderId, SpecimenId) {
        let placed = self.ordered(patient, tests, barcode);
        self.receive(barcode).unwrap();
        placed
    }

    pub fn reject(&self, specimen: SpecimenId, reason: &str) -> Result<(), Failure> {
        let reason = reason.to_owned();
        self.lab.submit(self.technician(), None, move |tx| ways::reject(tx, specimen, reason)).wait()
    }

    pub fn measurement(&self, analyte: &str, value: &str) -> Measurement {
        let catalog = self.catalog();
        let analyte = catalog.analyte_by_key(analyte).unwrap();
        let answer = catalog.answers(analyte.id).iter().find(|a| a.words == value).map(|a| a.id);
        Measurement {
            sent: None,
            answer,
            analyte: analyte.id,
            code: analyte.short.clone(),
            value: value.to_owned(),
            unit: analyte.unit.clone(),
            measured_at: Some(self.now()),
            holds: Vec::new(),
            mapping: None,
            unfit: None,
            run: RunDetails::default(),
        }
    }

    pub fn report(&self, barcode: &str, measurements: Vec<Measurement>) -> Result<Filed, Failure> {
        self.report_from(None, barcode, measurements)
    }

    pub fn report_from(
        &self,
        origin: Option<Origin>,
        barcode: &str,
        measurements: Vec<Measurement>,
    ) -> Result<Filed, Failure> {
        let report = ReportResults {
            link: LINK,
            instrument: "Analyzer 1".to_owned(),
            measured_by: self.instrument(),
            barcode: barcode.to_owned(),
            measurements,
            tube: None,
            origin,
        };
        self.run(Actor::Link(LINK), report)
    }

    /// One value, filed.
    pub fn filed(&self, barcode: &str, analyte: &str, value: &str) -> LabResult {
        let filed = self.report(barcode, vec![self.measurement(analyte, value)]).unwrap();
        self.result(filed.results[0])
    }

    pub fn result(&self, id: titer_lab::results::ResultId) -> LabResult {
        self.read(move |s| titer_lab::results::views::result(s, id)).unwrap().0
    }

    pub fn results(&self, specimen: SpecimenId) -> Vec<LabResult> {
        self.read(move |s| titer_lab::results::views::of_specimen(s, specimen))
    }

    /// The technician verifies results as they stand, lifts their holds, and the reports are composed.
    pub fn verified(&self, results: &[&LabResult]) -> Vec<OrderId> {
        let results = results.iter().map(|r| on_display(r)).collect();
        let command = VerifyResults { results, signed: self.signed(Role::Technician) };
        let orders = self.run(self.technician(), command).unwrap();
        self.compose_due();
        orders
    }

    /// Composes the reports that are due, as the program does.
    pub fn compose_due(&self) {
        loop {
            let mut due = wait(jobs::due(&self.lab)).unwrap();
            due.retain(|job| job.kind == COMPOSE);
            if due.is_empty() {
                return;
            }
            for job in due {
                self.run(Actor::Timer, ComposeReport { order: OrderId(job.subject) }).unwrap();
            }
        }
    }

    /// Judges again what waits, as the program does after a change of the catalogue.
    pub fn judge(&self) {
        for job in wait(jobs::due(&self.lab)).unwrap().into_iter().filter(|job| job.kind == JUDGE) {
            let mut after = Some(JudgedUpTo::START);
            while let Some(judged) = after {
                after = self.run(Actor::Timer, JudgeWaiting { after: judged }).unwrap();
            }
            self.run(Actor::Timer, SayAllJudged { catalog: job.subject }).unwrap();
        }
    }

    // The journal

    /// The number of the last event.
    pub fn head(&self) -> i64 {
        self.read(|s| reading::head(s)).number
    }

    /// The kinds of the laboratory's events after `number`.
    pub fn kinds_after(&self, number: i64) -> Vec<String> {
        self.read(move |s| reading::headers(s, number, 1_000)).into_iter().map(|h| h.kind).collect()
    }

    /// The body of the last event.
    pub fn last_body(&self) -> serde_json::Value {
        last_body(&self.lab)
    }
}

pub fn last_body(lab: &Laboratory) -> serde_json::Value {
    let read = lab.read(|s| {
        let head = reading::head(s)?;
        Ok(reading::entries(s, head.number - 1, 1)?.remove(0).body.unwrap())
    });
    serde_json::from_slice(&read.wait().unwrap()).unwrap()
}

pub fn described() -> DescribeSite {
    DescribeSite {
        name: "Test Laboratory".to_owned(),
        address: "1 Test Street\nTestville".to_owned(),
        accreditation: "M-0001".to_owned(),
        director: "Dr Ada Quill".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        demonstration: false,
    }
}

/// A result as a person sees it who lifts its holds.
pub fn on_display(result: &LabResult) -> OnDisplay {
    OnDisplay { result: result.id, version: result.version, lifts_holds: true }
}
