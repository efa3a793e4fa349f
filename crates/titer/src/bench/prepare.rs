//! A laboratory to measure: links whose codes are mapped, patients, results that are stored before, and received tubes.

use std::{future::Future, sync::Arc};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use titer_lab::{
    catalog::{TestId, starter},
    patients::{PatientId, views as patients},
    sites::views as sites,
};
use titer_link::{
    filing::Filing,
    links::{LinkId, views as links},
};
use titer_sim::{
    devices::{Report, chemistry},
    people::{Patient, People},
    physiology::{Analyte, Body},
};
use tokio::task::JoinSet;

use super::{RESULTS_A_MESSAGE, SEED};
use crate::{
    Failed,
    arguments::BenchOptions,
    place::Place,
    progress,
    staff::{Staff, add_link, confirm_mappings, measure},
};

/// The name of the bench's laboratory: only one of this name is used again.
const NAME: &str = "Titer bench: nobody is real";
/// Tubes, or patients with all their tubes, that are prepared at the same time.
const AT_ONCE: usize = 64;
/// Tubes of one patient.
const TUBES_A_PATIENT: usize = 20;
/// Results of one patient.
const RESULTS_A_PATIENT: usize = TUBES_A_PATIENT * RESULTS_A_MESSAGE;
/// The next tube is of the patient so many further on, so that patients come in no order. It is a prime number.
const PATIENT_STEP: usize = 7_919;

/// What is measured with.
pub struct Prepared {
    /// Each link with the address on which it listens.
    pub links: Vec<(LinkId, String)>,
    /// The received tubes, a message each.
    pub barcodes: Vec<String>,
    /// Results that are stored already.
    pub stored: usize,
}

/// Stores results beforehand, and receives so many tubes.
pub async fn prepare(place: &Place, tubes: usize, options: &BenchOptions) -> Result<Prepared, Failed> {
    let staff = set_up(place, options.keep).await?;
    let links = standing_links(place, &staff, options.links).await?;
    let clinic = Clinic { place: place.clone(), staff, tests: ten_tests(place).await?.into() };
    let filled = clinic.registered().await?;
    let wanted = options.stored.div_ceil(RESULTS_A_PATIENT);
    if filled < wanted {
        let filing = Filing::new(place.lab.clone(), links.first().map_or(LinkId(0), |(link, _)| *link));
        let fill = (filled..wanted).map(|number| {
            let (clinic, filing) = (clinic.clone(), filing.clone());
            async move { clinic.fill(number, &filing).await }
        });
        at_once("storing", wanted - filled, fill).await?;
    }
    let people = filled.max(wanted).max((tubes / TUBES_A_PATIENT).max(1));
    let receive = (0..tubes).map(|tube| {
        let clinic = clinic.clone();
        async move { clinic.receive((tube * PATIENT_STEP) % people).await }
    });
    let barcodes = at_once("receiving tubes", tubes, receive).await?;
    Ok(Prepared { links, barcodes, stored: filled.max(wanted) * RESULTS_A_PATIENT })
}

/// A new laboratory, or the one that a bench has kept.
async fn set_up(place: &Place, keep: bool) -> Result<Staff, Failed> {
    if place.is_new().await? {
        // In the units that the load has.
        place.add(starter::starter()?).await?;
        place.set_up(NAME, Some("UTC".to_owned()), false, None).await?;
        let staff = Staff::hire(place).await?;
        staff.approve_catalog(place).await?;
        return Ok(staff);
    }
    let site = place.lab.read(|s| Ok(sites::site(s)?)).await?;
    if keep && site.is_some_and(|s| s.name == NAME) {
        return Staff::hire(place).await;
    }
    let what = if keep { "a laboratory that no bench has made" } else { "a laboratory" };
    Err(Failed(format!("this database holds {what}; give the bench an empty one")))
}

/// The links that are there, and as many more as are wanted.
async fn standing_links(place: &Place, staff: &Staff, wanted: u16) -> Result<Vec<(LinkId, String)>, Failed> {
    let there = place.lab.read(|s| Ok(links::links(s)?)).await?;
    let mut all: Vec<_> = there.into_iter().map(|l| (l.id, l.address)).take(wanted.into()).collect();
    let missing = usize::from(wanted) - all.len();
    for (number, address) in (all.len() + 1..).zip(free_addresses(missing)?) {
        let link = add_link(place, &format!("bench {number}"), &address, "titer-sim-chemistry").await?;
        staff.approve_mappings(place, link).await?;
        confirm_mappings(place, staff, link).await?;
        measure(place, staff, link, &format!("Bench {number}"), "Nothing was verified: this is a measurement of Titer")
            .await?;
        all.push((link, address));
    }
    Ok(all)
}

/// Addresses on which nobody listens, each another: all are held until the last is found.
fn free_addresses(count: usize) -> Result<Vec<String>, Failed> {
    let bind = |_| std::net::TcpListener::bind("127.0.0.1:0");
    let held: Vec<_> = (0..count).map(bind).collect::<Result<_, _>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.to_string())).collect()
}

/// The tests of the first ten codes that the simulated analyzer sends.
async fn ten_tests(place: &Place) -> Result<Vec<TestId>, Failed> {
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let keys = Analyte::ALL.iter().take(RESULTS_A_MESSAGE).map(|a| a.key());
    let test = |key: &str| catalog.tests().iter().find(|t| t.key == key).map(|t| t.id);
    Ok(keys.filter_map(test).collect())
}

/// Whoever registers, orders and receives.
#[derive(Clone)]
struct Clinic {
    place: Place,
    staff: Staff,
    tests: Arc<[TestId]>,
}

impl Clinic {
    fn person(number: usize) -> Result<Patient, Failed> {
        let number = u32::try_from(number + 1).map_err(|_| Failed("there are not so many patients".to_owned()))?;
        Ok(People::new(SEED, today()).patient(number))
    }

    async fn is_registered(&self, number: usize) -> Result<bool, Failed> {
        let identifier = Self::person(number)?.identifier;
        let known = self.place.lab.read(move |s| Ok(patients::by_identifier(s, &identifier)?));
        Ok(known.await?.is_some())
    }

    /// How many patients are registered. They are registered one after another, so the last is found by halves.
    async fn registered(&self) -> Result<usize, Failed> {
        let mut above = 1;
        while self.is_registered(above - 1).await? {
            above *= 2;
        }
        let mut registered = above / 2;
        while registered + 1 < above {
            let middle = registered.midpoint(above);
            if self.is_registered(middle - 1).await? {
                registered = middle;
            } else {
                above = middle;
            }
        }
        Ok(registered)
    }

    async fn patient(&self, number: usize) -> Result<PatientId, Failed> {
        self.staff.register(&self.place, &Self::person(number)?).await
    }

    /// A received tube of a patient.
    async fn receive(&self, number: usize) -> Result<String, Failed> {
        let patient = self.patient(number).await?;
        self.staff.receive_new(&self.place, patient, self.tests.to_vec()).await
    }

    /// All tubes of a patient, and their results.
    async fn fill(&self, number: usize, filing: &Filing) -> Result<(), Failed> {
        let patient = self.patient(number).await?;
        for _ in 0..TUBES_A_PATIENT {
            let barcode = self.staff.receive_new(&self.place, patient, self.tests.to_vec()).await?;
            let completed = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
            filing.receive(message(&barcode, completed)).await?;
        }
        Ok(())
    }
}

/// Does what is to be done, so many at the same time, and shows how far it is.
async fn at_once<T, F>(what: &'static str, count: usize, all: impl Iterator<Item = F>) -> Result<Vec<T>, Failed>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failed>> + Send + 'static,
{
    eprintln!("{what}: {count}");
    let bar = progress::bar(what);
    bar.set_length(count as u64);
    let mut done = Vec::with_capacity(count);
    let mut under_way: JoinSet<Result<T, Failed>> = JoinSet::new();
    for next in all {
        if under_way.len() >= AT_ONCE {
            done.extend(one(&mut under_way).await?);
            bar.inc(1);
        }
        under_way.spawn(next);
    }
    while let Some(last) = one(&mut under_way).await? {
        done.push(last);
    }
    bar.finish_and_clear();
    Ok(done)
}

async fn one<T: 'static>(under_way: &mut JoinSet<Result<T, Failed>>) -> Result<Option<T>, Failed> {
    match under_way.join_next().await {
        None => Ok(None),
        Some(Ok(done)) => done.map(Some),
        Some(Err(e)) => Err(Failed(e.to_string())),
    }
}

/// A message of ten results, as the simulated analyzer sends it.
pub fn message(barcode: &str, completed: DateTime) -> Vec<u8> {
    let patient = People::new(SEED, completed.date()).patient(1);
    let truth = Body::draw(SEED, &patient, Timestamp::UNIX_EPOCH).truth(Timestamp::UNIX_EPOCH);
    let mut readings = chemistry::DEVICE.measure(&truth, &[], 0.0, &mut ChaCha8Rng::seed_from_u64(SEED));
    readings.truncate(RESULTS_A_MESSAGE);
    chemistry::DEVICE.message(&Report::of("Bench", barcode, &readings, completed))
}

fn today() -> jiff::civil::Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
