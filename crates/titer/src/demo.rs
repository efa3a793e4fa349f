//! `titer demo`: a laboratory with a day under way. Everything in it goes the way of the real thing: orders by command, tubes by
//! scan, results by a simulated analyzer over a real socket. Only people's hands are missing; the visitor has those.

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use titer_lab::{catalog::TestId, orders::Priority, sites::events::Described};
use titer_sim::{
    analyzer::{Analyzer, Config, Tube},
    people::{Patient, People},
    physiology::{Analyte, Body},
};
use titer_store::Location;
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

use crate::{
    Failed,
    arguments::DemoOptions,
    place::Place,
    serve::Running,
    staff::{self, PASSWORD, PEOPLE, Staff},
};

/// The seed of everybody in the demonstration.
const SEED: u64 = 20_261_122;
/// Patients of the hospital.
const PATIENTS: u32 = 400;
/// Orders that the day begins with.
const ORDERS_AT_FIRST: u32 = 24;
/// The time between two orders.
const ORDER_EVERY: Duration = Duration::from_secs(20);
/// Tubes that may wait at the analyzer.
const TUBES_MAX: usize = 256;
/// What the analyzer takes for one tube.
const TIME_PER_TUBE: Duration = Duration::from_secs(4);
/// The link's name and dialect.
const DIALECT: &str = "titer-sim-chemistry";

/// Opens the demonstration and runs it until it is stopped.
pub async fn demo(data: Option<PathBuf>, options: DemoOptions) -> Result<(), Failed> {
    let location = Location::Folder(data.unwrap_or_else(|| PathBuf::from("data/demo")));
    let place = tokio::task::block_in_place(|| Place::open(&location))?;
    let new = place.is_new().await?;
    if new {
        place.set_up("Northfield General, Laboratory", None, true).await?;
        place.describe(northfield()).await?;
    }
    let running = Running::start(&place, &options.listen, false).await?;
    say!("Titer is at http://{}", options.listen);
    say!("Demonstration accounts, all with the password {PASSWORD}:");
    for (username, name, roles) in PEOPLE {
        let roles: Vec<&str> = roles.iter().map(|r| r.code()).collect();
        say!("    {username:<12} {name:<18} {}", roles.join(", "));
    }
    say!("Everybody in it is invented. Stop with Ctrl+C.");
    let (stop, stopped) = watch::channel(false);
    let day = tokio::spawn(day(place, new, options.analyzer, stopped));
    running.until_stopped().await;
    stop.send_replace(true);
    if let Ok(Err(e)) = day.await {
        return Err(e);
    }
    Ok(())
}

fn northfield() -> Described {
    Described {
        name: "Northfield General, Laboratory".to_owned(),
        address: "1 Example Road\nNorthfield".to_owned(),
        accreditation: "Demonstration, not accredited".to_owned(),
        director: "Dr Mira Halloran".to_owned(),
        zone: TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
        demonstration: true,
    }
}

/// The hospital's day: patients, orders, tubes that come and are run.
async fn day(place: Place, new: bool, address: String, stop: watch::Receiver<bool>) -> Result<(), Failed> {
    let staff = Staff::hire(&place).await?;
    if new {
        staff.approve_catalog(&place).await?;
        let link = staff::add_link(&place, "Chemistry 1 (simulated)", &address, DIALECT).await?;
        staff.approve_mappings(&place, link).await?;
        staff::confirm_mappings(&place, &staff, link).await?;
    }
    let (tubes, mut loaded) = mpsc::channel(TUBES_MAX);
    let mut analyzer = Analyzer::new(Config {
        address,
        name: "Chemistry 1".to_owned(),
        clock: Arc::new(Timestamp::now),
        zone: TimeZone::system(),
        time_per_tube: TIME_PER_TUBE,
        sends_max: 3,
        seed: SEED,
    });
    let running = stop.clone();
    let instrument = tokio::spawn(async move { analyzer.run(&mut loaded, running).await });
    let mut clinic = Clinic::open(place, staff, tubes).await?;
    let mut stop = stop;
    if new {
        for _ in 0..ORDERS_AT_FIRST {
            clinic.order().await?;
        }
    }
    while !*stop.borrow() {
        clinic.order().await?;
        tokio::select! {
            () = sleep(ORDER_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    drop(clinic);
    if let Err(e) = instrument.await {
        tracing::error!("the simulated analyzer ended badly: {e}");
    }
    Ok(())
}

/// Those who order, and the tests that they order.
struct Clinic {
    place: Place,
    staff: Staff,
    people: People,
    tests: Vec<(TestId, Vec<Analyte>)>,
    tubes: mpsc::Sender<Tube>,
    placed: u32,
}

impl Clinic {
    async fn open(place: Place, staff: Staff, tubes: mpsc::Sender<Tube>) -> Result<Self, Failed> {
        let lab = place.lab.clone();
        let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
        // Only what the analyzer measures is ordered here.
        let mut tests = Vec::new();
        for test in catalog.tests() {
            let analytes: Option<Vec<Analyte>> =
                test.analytes.iter().map(|a| catalog.analyte(*a).and_then(|a| Analyte::of_key(&a.key))).collect();
            if let Some(analytes) = analytes.filter(|a| a.len() > 1) {
                tests.push((test.id, analytes));
            }
        }
        let placed = u32::try_from(titer_store::Timestamp::now().micros() / 1_000_000 % 100_000).unwrap_or(0);
        let people = People::new(SEED, Timestamp::now().to_zoned(TimeZone::system()).date());
        Ok(Clinic { place, staff, people, tests, tubes, placed })
    }

    /// One order: of a patient, some of whose tubes come at once and are loaded, and some of which stay on their way for the
    /// visitor to receive.
    async fn order(&mut self) -> Result<(), Failed> {
        self.placed = self.placed.wrapping_add(1);
        let n = self.placed;
        let patient = self.people.patient(n.wrapping_mul(37) % PATIENTS);
        let id = self.staff.register(&self.place, &patient).await?;
        let requester = self.people.requester(&patient);
        let requester = requester.to_string();
        let chosen: Vec<&(TestId, Vec<Analyte>)> = self
            .tests
            .iter()
            .enumerate()
            .filter(|(i, _)| !(n as usize + i).is_multiple_of(3))
            .map(|(_, t)| t)
            .collect();
        let tests = chosen.iter().map(|(t, _)| *t).collect();
        let mut analytes: Vec<Analyte> = chosen.iter().flat_map(|(_, a)| a.iter().copied()).collect();
        analytes.sort_by_key(|a| a.key());
        analytes.dedup();
        let priority = match n % 9 {
            0 => Priority::Stat,
            3 | 6 => Priority::Urgent,
            _ => Priority::Routine,
        };
        let now = Timestamp::now();
        let collected = titer_store::Timestamp::from_micros(now.as_microsecond()).plus_seconds(-900);
        let barcodes = self.staff.order(&self.place, id, tests, priority, &requester, Some(collected)).await?;
        if n.is_multiple_of(4) {
            return Ok(());
        }
        for barcode in barcodes {
            self.staff.receive(&self.place, &barcode).await?;
            let tube = Tube { barcode, tests: analytes.clone(), truth: truth(&patient, now) };
            if self.tubes.send(tube).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn truth(patient: &Patient, now: Timestamp) -> titer_sim::physiology::Truth {
    Body::draw(SEED, patient, now).truth(now)
}
