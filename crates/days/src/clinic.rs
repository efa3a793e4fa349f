//! Those who order: patients come, their tubes follow.

use jiff::civil::date;
use rand::RngExt;
use titer_lab::{
    Failure, Tx,
    catalog::TestId,
    orders::Priority,
    patients::{PatientId, commands::RegisterPatient},
    specimens::{
        commands::ReceiveSpecimen,
        views::{self as specimens},
    },
    ways::{self, NewOrder},
};
use titer_science::Sex;
use titer_sim::{people::People, physiology::Analyte};

use crate::{
    Broken, Kept,
    day::Days,
    truth::{Person, Tube},
};

/// Patients of the hospital: some come again.
const PATIENTS: u32 = 600;
/// What is ordered together, by the catalogue's keys of tests.
const QUESTIONS: [&[&str]; 8] = [
    &["renal", "liver", "crp", "egfr_ckdepi2021", "calcium_corrected", "cbc"],
    &["electrolytes", "cbc", "coag_screen"],
    &["renal", "egfr_ckdepi2021", "hba1c"],
    &["thyroid", "haematinics", "cbc"],
    &["electrolytes", "troponin_i_hs", "d_dimer"],
    &["ua_dipstick", "crp", "cbc_diff"],
    &["glucose_capillary"],
    &["cortisol", "tsh", "renal", "calcium_corrected"],
];
/// What is calculated, by its key in the catalogue.
pub const CALCULATED: [&str; 2] = ["calcium_corrected", "egfr_ckdepi2021"];

impl Days {
    /// Somebody orders for a patient, who may be new.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn order(&mut self) -> Kept {
        let number = self.chance.random_range(1..PATIENTS);
        let person = match self.truth.people.iter().position(|p| p.patient.number == number) {
            Some(known) => known,
            None => self.register(number).await?,
        };
        let question = QUESTIONS[self.chance.random_range(0..QUESTIONS.len())];
        let catalog = self.place.catalog.clone();
        let find = |key: &&str| catalog.tests().iter().find(|test| test.key == *key);
        let tests: Vec<_> = question.iter().filter_map(find).collect();
        let ids: Vec<TestId> = tests.iter().map(|test| test.id).collect();
        let collected = self.place.now().plus_seconds(-self.chance.random_range(300..1_800));
        let patient = self.truth.people[person].id;
        let order = NewOrder {
            patient,
            tests: ids,
            priority: [Priority::Stat, Priority::Urgent, Priority::Routine][self.chance.random_range(0..3)],
            requester: "Ward 5".to_owned(),
            collected_at: Some(collected),
            barcode: None,
        };
        let place = move |tx: &mut Tx<'_, '_>| {
            let (order, tubes) = ways::place(tx, order)?;
            let mut made = Vec::new();
            for tube in tubes {
                made.extend(specimens::specimen(tx, tube)?);
            }
            Ok((order, made))
        };
        let (order, made) = self.place.submit(self.place.staff.clerk.actor(), None, place).await?;
        for specimen in made {
            let of_type = tests.iter().filter(|test| test.specimen_type == specimen.specimen_type);
            let keys: Vec<String> = of_type
                .flat_map(|test| &test.analytes)
                .filter_map(|id| catalog.analyte(*id))
                .map(|a| a.key.clone())
                .collect();
            let mut analytes: Vec<Analyte> = keys.iter().filter_map(|key| Analyte::of_key(key)).collect();
            analytes.sort_unstable();
            analytes.dedup();
            let tube = self.truth.add(Tube {
                barcode: specimen.barcode,
                specimen: specimen.id,
                order,
                person,
                analytes,
                calculated: CALCULATED.into_iter().filter(|c| keys.iter().any(|key| key == c)).collect(),
                collected,
                received: false,
                rejected: false,
                touched: true,
            });
            self.expected.push(tube);
            self.tally.specimens += 1;
        }
        Ok(())
    }

    async fn register(&mut self, number: u32) -> Kept<usize> {
        // As old as on the first of the days: nobody is born later.
        let patient = People::new(self.seed, date(2027, 3, 1)).patient(number);
        let sex = Sex::from_code(patient.sex.as_str()).ok_or_else(|| Broken("no such sex".to_owned()))?;
        let register = RegisterPatient {
            identifier: patient.identifier.clone(),
            family: patient.family.clone(),
            given: patient.given.clone(),
            sex,
            birth_date: Some(patient.birth_date),
        };
        let id: PatientId = self.place.run(self.place.staff.clerk.actor(), register).await?;
        let (identifier, born) = (patient.identifier.clone(), patient.birth_date);
        self.truth.people.push(Person { id, patient, identifier, sex, born, corrected: false });
        Ok(self.truth.people.len() - 1)
    }

    /// Tubes come: most are received, one now and then is rejected, and some are still on their way.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn receive(&mut self) -> Kept {
        for tube in std::mem::take(&mut self.expected) {
            if self.chance.random_bool(0.15) {
                self.expected.push(tube);
                continue;
            }
            self.place.pass(2);
            if self.chance.random_bool(0.01) {
                self.reject(tube).await?;
            } else {
                self.receive_one(tube).await?;
                self.rack.push(tube);
            }
        }
        Ok(())
    }

    /// A tube is received.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn receive_one(&mut self, tube: usize) -> Kept {
        let receive = ReceiveSpecimen { barcode: self.truth.tubes[tube].barcode.clone(), collected_at: None };
        self.place.run(self.place.staff.clerk.actor(), receive).await?;
        (self.truth.tubes[tube].received, self.truth.tubes[tube].touched) = (true, true);
        Ok(())
    }

    /// A tube is rejected.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn reject(&mut self, tube: usize) -> Kept {
        let specimen = self.truth.tubes[tube].specimen;
        let reject = move |tx: &mut Tx<'_, '_>| ways::reject(tx, specimen, "clotted".to_owned());
        let rejected: Result<(), Failure> = self.place.submit(self.place.staff.technician.actor(), None, reject).await;
        rejected?;
        (self.truth.tubes[tube].rejected, self.truth.tubes[tube].touched) = (true, true);
        Ok(())
    }
}
