//! Those who order in the demonstration, and who receives the tubes.

use std::{collections::HashSet, sync::Arc};

use jiff::{Timestamp, tz::TimeZone};
use titer_lab::{Catalog, catalog::TestId, orders::Priority, specimens::views::Specimen};
use titer_sim::{
    analyzer::Tube,
    people::{Patient, People},
    physiology::{Analyte, Body},
};

use super::{SEED, benches::Benches};
use crate::{Failed, place::Place, staff::Staff};

/// Patients of the hospital.
const PATIENTS: u32 = 400;
/// Who measures glucose on the ward.
const NURSE: &str = "Nurse L. Amberly";
/// How long ago a tube was collected when it comes, in seconds.
const UNDER_WAY_SECONDS: i64 = 900;

/// What is ordered together, by the catalog's keys of tests: the questions of a day, on all benches.
const QUESTIONS: [&[&str]; 10] = [
    &["renal", "liver", "crp", "cbc_diff"],
    &["electrolytes", "cbc", "coag_screen"],
    &["renal", "hba1c"],
    &["thyroid", "haematinics", "cbc"],
    &["glucose_capillary"],
    &["electrolytes", "troponin_i_hs", "d_dimer", "cbc"],
    &["ua_dipstick", "crp", "cbc_diff"],
    &["liver", "pt_inr"],
    &["electrolytes", "glucose_capillary", "hba1c"],
    &["cortisol", "tsh", "renal"],
];

/// Those who order, and the tests that they order.
pub struct Clinic {
    place: Place,
    staff: Staff,
    people: People,
    /// When the first of today's patients came: what ails them began before.
    began: Timestamp,
    catalog: Arc<Catalog>,
    benches: Benches,
    placed: u32,
}

impl Clinic {
    pub async fn open(place: Place, staff: Staff, benches: Benches) -> Result<Self, Failed> {
        let lab = place.lab.clone();
        let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
        let began = Timestamp::now();
        let placed = u32::try_from(began.as_second() % 100_000).unwrap_or(0);
        let people = People::new(SEED, began.to_zoned(TimeZone::system()).date());
        Ok(Clinic { place, staff, people, began, catalog, benches, placed })
    }

    /// One order: of a patient, some of whose tubes come at once and are loaded, and some of which stay on their way for the
    /// visitor to receive.
    pub async fn order(&mut self) -> Result<(), Failed> {
        self.placed = self.placed.wrapping_add(1);
        let n = self.placed;
        let patient = self.people.patient(n.wrapping_mul(37) % PATIENTS);
        let id = self.staff.register(&self.place, &patient).await?;
        let requester = self.people.requester(&patient).to_string();
        let tests = self.tests(QUESTIONS[n as usize % QUESTIONS.len()]);
        if tests.is_empty() {
            return Ok(());
        }
        let priority = match n % 9 {
            0 => Priority::Stat,
            3 | 6 => Priority::Urgent,
            _ => Priority::Routine,
        };
        let now = Timestamp::now();
        let collected = titer_store::Timestamp::from_micros(now.as_microsecond()).plus_seconds(-UNDER_WAY_SECONDS);
        let tubes = self.staff.order(&self.place, id, tests.clone(), priority, &requester, Some(collected)).await?;
        if n.is_multiple_of(4) {
            return Ok(());
        }
        for specimen in tubes {
            self.staff.receive(&self.place, &specimen.barcode).await?;
            self.benches.load(&self.tube(specimen, &tests, &patient, now));
        }
        Ok(())
    }

    /// Ends with the analyzers.
    pub async fn close(self) {
        self.benches.close().await;
    }

    /// Tests of the catalog, by key; a laboratory of an older release may lack some.
    fn tests(&self, keys: &[&str]) -> Vec<TestId> {
        let find = |key: &&str| self.catalog.tests().iter().find(|test| test.key == *key).map(|test| test.id);
        keys.iter().filter_map(find).collect()
    }

    fn tube(&self, specimen: Specimen, tests: &[TestId], patient: &Patient, now: Timestamp) -> Tube {
        let ordered = tests.iter().filter_map(|id| self.catalog.test(*id));
        let in_it = ordered.filter(|test| test.specimen_type == specimen.specimen_type);
        let mut seen = HashSet::new();
        let analytes = in_it.flat_map(|test| &test.analytes).filter_map(|id| self.catalog.analyte(*id));
        let tests =
            analytes.filter_map(|analyte| Analyte::of_key(&analyte.key)).filter(|test| seen.insert(*test)).collect();
        let truth = Body::draw(SEED, patient, self.began).in_zone(TimeZone::system()).truth(now);
        let (patient, operator) = (patient.identifier.clone(), NURSE.to_owned());
        Tube { barcode: specimen.barcode, tests, truth, patient, operator }
    }
}
