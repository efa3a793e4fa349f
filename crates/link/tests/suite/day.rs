//! Days from a seed: orders, tubes, results, duplicates, reruns, controls, signatures, rejections, and the program ending at any
//! moment. After each day the journal is whole, rebuilding it gives the same tables, nothing that was acknowledged is lost or
//! doubled, and every result waits, is verified, or was put aside.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{World, simulated};
use crate::tables;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use titer_lab::{
    Failure, Timestamp,
    accounts::Signed,
    orders::OrderId,
    patients::PatientId,
    reports::views as reports,
    results::{
        State,
        commands::{AskForRepeat, OnDisplay, VerifyResults},
        views::{self as results, LabResult},
    },
    specimens::{SpecimenId, commands::ReceiveSpecimen},
};
use titer_link::{
    filing::{Filing, Outcome},
    inbox::{self, MessageId, commands::DismissMessage, views as messages},
    links::LinkId,
};

const SEEDS: u64 = 6;
const STEPS: usize = 160;

/// Code, test and unit; the analyzer's last code has no mapping.
const CODES: [(&str, &str, &str); 5] = [
    ("Na", "sodium", "mmol/L"),
    ("K", "potassium", "mmol/L"),
    ("Creat", "creatinine", "umol/L"),
    ("CRP", "crp", "mg/L"),
    ("New", "", "U/L"),
];

struct Tube {
    barcode: String,
    specimen: SpecimenId,
    order: OrderId,
}

/// One measurement that the analyzer was told is kept: the tube, the code, the value, and when.
type Measured = (String, &'static str, String, Option<Timestamp>);

struct Day {
    world: World,
    link: LinkId,
    signed: Signed,
    patients: Vec<PatientId>,
    tubes: Vec<Tube>,
    /// Messages that were acknowledged, with what they say and where they are kept.
    sent: Vec<(String, Vec<Measured>, BTreeSet<MessageId>)>,
    chance: ChaCha8Rng,
    number: usize,
}

impl Day {
    async fn new(seed: u64) -> Self {
        let world = World::standing().await;
        let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
        let signed = world.sign(&world.technician).await;
        let chance = ChaCha8Rng::seed_from_u64(seed);
        Day { world, link, signed, patients: vec![], tubes: vec![], sent: vec![], chance, number: 0 }
    }

    fn below(&mut self, end: usize) -> usize {
        self.chance.random_range(0..end.max(1))
    }

    fn next(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    async fn step(&mut self) {
        let pause = self.chance.random_range(1..600);
        self.world.pass(pause);
        match self.below(24) {
            0..=3 => self.order().await,
            4..=9 => self.receive_tube().await,
            10 => self.reject().await,
            11..=16 => self.measure().await,
            17 => self.send_again().await,
            18 => self.lose_the_answer().await,
            19 => self.verify().await,
            20 => self.ask_for_repeat().await,
            21 => self.replay().await,
            22 => self.dismiss().await,
            _ => self.world.reopen(),
        }
    }

    async fn order(&mut self) {
        if self.patients.is_empty() || self.below(3) == 0 {
            let identifier = format!("MRN-{}", self.next());
            self.patients.push(self.world.patient(&identifier).await);
        }
        let i = self.below(self.patients.len());
        let patient = self.patients[i];
        let tests: Vec<&str> =
            CODES[..4].iter().map(|(_, test, _)| *test).filter(|_| self.chance.random_bool(0.6)).collect();
        let tests = if tests.is_empty() { vec!["sodium"] } else { tests };
        let barcode = format!("D{}", self.next());
        let (order, specimen) = self.world.ordered(patient, &tests, &barcode).await;
        self.tubes.push(Tube { barcode, specimen, order });
    }

    /// A tube, or none when there is none yet.
    fn tube(&mut self) -> Option<usize> {
        (!self.tubes.is_empty()).then(|| self.below(self.tubes.len()))
    }

    async fn receive_tube(&mut self) {
        let Some(i) = self.tube() else { return };
        let barcode = self.tubes[i].barcode.clone();
        allowed(
            self.world.run(self.world.technician.actor(), ReceiveSpecimen { barcode, collected_at: None }).await,
            &["specimens-already-received", "specimens-was-rejected"],
        );
    }

    async fn reject(&mut self) {
        let Some(i) = self.tube() else { return };
        let rejected = self.world.reject(self.tubes[i].specimen).await;
        allowed(rejected, &["specimens-was-rejected", "specimens-has-results"]);
    }

    /// What the analyzer says of a tube: any of its codes, on a patient's tube, a control, or a tube that nobody knows.
    fn message(&mut self) -> (String, Vec<Measured>) {
        let known = self.tube().filter(|_| self.chance.random_bool(0.9));
        let barcode = known.map_or_else(|| format!("X{}", self.number), |i| self.tubes[i].barcode.clone());
        let at = self.world.now();
        let timed = self.chance.random_bool(0.9);
        let clock = jiff::Timestamp::from_microsecond(at.micros()).unwrap().strftime("%Y%m%d%H%M%S").to_string();
        let (mut said, mut lines) = (Vec::new(), Vec::new());
        for (code, test, unit) in CODES {
            if self.chance.random_bool(if test.is_empty() { 0.1 } else { 0.6 }) {
                let value = format!("{}.{}", self.below(160), self.below(10));
                // The analyzer's clock shows whole seconds.
                let measured = timed.then(|| Timestamp::from_micros(at.micros() / 1_000_000 * 1_000_000));
                said.push((barcode.clone(), code, value.clone(), measured));
                lines.push((code, value, unit, if timed { clock.clone() } else { String::new() }));
            }
        }
        let lines: Vec<_> = lines.iter().map(|(c, v, u, t)| (*c, v.as_str(), *u, t.as_str())).collect();
        let text = simulated(&barcode, &lines);
        if self.below(12) == 0 { (text.replacen("|N\rR", "|Q\rR", 1), vec![]) } else { (text, said) }
    }

    async fn measure(&mut self) {
        let (text, said) = self.message();
        let outcome = self.world.receive(self.link, &text).await.unwrap();
        self.acknowledged(text, said, outcome);
    }

    fn acknowledged(&mut self, text: String, said: Vec<Measured>, outcome: Outcome) {
        let (Outcome::Kept { message, .. } | Outcome::Same(message)) = outcome;
        match self.sent.iter_mut().find(|(t, _, _)| *t == text) {
            Some((_, _, kept)) => {
                kept.insert(message);
            }
            None => self.sent.push((text, said, BTreeSet::from([message]))),
        }
    }

    async fn send_again(&mut self) {
        if self.sent.is_empty() {
            return;
        }
        let i = self.below(self.sent.len());
        let (text, said, _) = self.sent[i].clone();
        let outcome = self.world.receive(self.link, &text).await.unwrap();
        self.acknowledged(text, said, outcome);
    }

    /// The message is stored or not; the analyzer does not hear of it, and sends it again to a program that has begun anew.
    async fn lose_the_answer(&mut self) {
        let (text, said) = self.message();
        {
            let filing = Filing::new(self.world.lab.clone(), self.link);
            tokio::select! {
                biased;
                _ = filing.receive(text.clone().into_bytes()) => {}
                () = std::future::ready(()) => {}
            }
        }
        self.world.reopen();
        let outcome = self.world.receive(self.link, &text).await.unwrap();
        self.acknowledged(text, said, outcome);
    }

    async fn awaiting(&self) -> Vec<results::Awaiting> {
        self.world.lab.read(|s| Ok(results::awaiting(s, results::PAGE)?)).await.unwrap()
    }

    async fn verify(&mut self) {
        let awaiting = self.awaiting().await;
        let chosen: Vec<OnDisplay> = awaiting
            .iter()
            .filter(|_| self.chance.random_bool(0.5))
            .map(|a| OnDisplay { result: a.result.id, version: a.result.version, lifts_holds: true })
            .collect();
        let command = VerifyResults { results: chosen, signed: self.signed.clone() };
        let verified = self.world.run(self.world.technician.actor(), command).await;
        allowed(verified, &["results-nothing-chosen"]);
    }

    async fn ask_for_repeat(&mut self) {
        let awaiting = self.awaiting().await;
        if awaiting.is_empty() {
            return;
        }
        let result = &awaiting[self.below(awaiting.len())].result;
        let result = OnDisplay { result: result.id, version: result.version, lifts_holds: false };
        let ask = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(AskForRepeat { result });
        self.world.lab.submit(self.world.technician.actor(), Some("a clot".to_owned()), ask).await.unwrap();
    }

    async fn a_held_message(&mut self) -> Option<MessageId> {
        let held = self.world.held().await;
        (!held.is_empty()).then(|| held[self.below(held.len())].id)
    }

    async fn replay(&mut self) {
        let Some(message) = self.a_held_message().await else { return };
        titer_link::replay::one(&self.world.lab, self.world.technician.actor(), None, message).await.unwrap();
    }

    async fn dismiss(&mut self) {
        let Some(message) = self.a_held_message().await else { return };
        let dismiss = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(DismissMessage { message });
        self.world.lab.submit(self.world.technician.actor(), Some("a test".to_owned()), dismiss).await.unwrap();
    }

    // What must be so

    async fn check(&mut self) {
        self.world.compose_due().await;
        let before = tables::projected(self.world.lab.store());
        self.world.reopen();
        assert_eq!(tables::projected(self.world.lab.store()), before, "what was stored is there");
        let verification = self.world.lab.store().verify(&[], &mut |_, _| {}).unwrap();
        assert_eq!(verification.faults, vec![]);
        self.world.lab.store().rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(tables::projected(self.world.lab.store()), before, "rebuilt from the journal");

        let catalog = self.world.catalog().await;
        let code_of = |r: &LabResult| {
            let key = &catalog.analyte(r.analyte).unwrap().key;
            CODES.iter().find(|(_, test, _)| test == key).unwrap().0
        };
        let mut filed: BTreeMap<Measured, usize> = BTreeMap::new();
        for tube in &self.tubes {
            let all = self.world.results(tube.specimen).await;
            let mut live = BTreeSet::new();
            for r in &all {
                *filed.entry((tube.barcode.clone(), code_of(r), r.value.clone(), r.measured_at)).or_default() += 1;
                assert!(r.state == State::Repeat || live.insert(r.analyte), "one result of each analyte: {all:?}");
                let waits = before.contains_key(&("results_awaiting_review".to_owned(), r.id.to_string()));
                assert_eq!(waits, r.state == State::Reported, "{r:?}");
                assert_eq!(r.signed.is_some(), r.state == State::Verified, "{r:?}");
            }
            self.check_report(tube, &all).await;
        }
        self.check_messages(&filed).await;
    }

    /// The last report of a tube's order says what is verified, and nothing else.
    async fn check_report(&self, tube: &Tube, all: &[LabResult]) {
        let order = tube.order;
        let last = self.world.lab.read(move |s| {
            let last = reports::of_order(s, order)?.into_iter().next();
            Ok::<_, Failure>(last.map(|r| reports::document(s, r.id)).transpose()?)
        });
        let said = last.await.unwrap().map(|said| said.results).unwrap_or_default();
        let said: BTreeSet<String> = said.into_iter().map(|line| line.value).collect();
        let verified = all.iter().filter(|r| r.state == State::Verified).map(|r| r.value.clone());
        assert_eq!(said, verified.collect(), "order {order}");
    }

    /// Each measurement of each acknowledged message is a result, once, or its message says why it is not.
    async fn check_messages(&self, filed: &BTreeMap<Measured, usize>) {
        let mut all_said = BTreeSet::new();
        for (text, said, kept) in &self.sent {
            let mut explained = BTreeSet::new();
            let mut dismissed = false;
            for id in kept {
                let message = self.world.message(*id).await;
                dismissed |= message.state == inbox::MessageState::Dismissed;
                explained.extend(message.problems.iter().map(|p| (p.code.clone(), p.test.clone())));
                let bytes = self.world.lab.read(move |s| Ok(messages::bytes(s, &message)?)).await.unwrap();
                assert_eq!(String::from_utf8(bytes).unwrap(), *text, "as it came");
            }
            for measured in said {
                let times = filed.get(measured).copied().unwrap_or(0);
                let of_whole_tube = explained.iter().any(|(_, test)| test.is_empty());
                let of_it = explained.iter().any(|(_, test)| test == measured.1);
                assert!(times <= 1 || measured.3.is_none(), "doubled: {measured:?}");
                assert!(times > 0 || of_whole_tube || of_it || dismissed, "lost: {measured:?}");
                all_said.insert(measured.clone());
            }
        }
        let invented: Vec<_> = filed.keys().filter(|f| !all_said.contains(f)).collect();
        assert!(invented.is_empty(), "nobody said {invented:?}");
    }
}

/// Done, or refused for one of these reasons.
fn allowed<T>(result: Result<T, Failure>, codes: &[&str]) {
    match result {
        Ok(_) => {}
        Err(Failure::Refused(r)) => assert!(codes.contains(&r.code), "{}", r.code),
        Err(Failure::Store(e)) => panic!("{e}"),
    }
}

async fn live(seed: u64) {
    let mut day = Day::new(seed).await;
    for _ in 0..STEPS {
        day.step().await;
    }
    day.check().await;
    let mut results = 0;
    for tube in &day.tubes {
        results += day.world.results(tube.specimen).await.len();
    }
    assert!(results > 10 && day.sent.len() > 20, "a day on which something happens: {results} results");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_in_a_day_nothing_is_lost_doubled_or_invented() {
    let days: Vec<_> = (0..SEEDS).map(|seed| (seed, tokio::spawn(live(seed)))).collect();
    for (seed, day) in days {
        day.await.unwrap_or_else(|e| panic!("day {seed}: {e}"));
    }
}
