//! Whatever comes in whatever order for one test on one tube, no value that differs from what is signed is out of sight, and nothing
//! is signed while one is undecided.

use std::collections::HashSet;

use proptest::{prelude::*, test_runner::TestCaseResult};
use titer_store::Timestamp;

use super::CONTRADICTIONS_MAX;
use crate::{
    Refusal, Role,
    accounts::Signed,
    results::{
        ContradictionState, State,
        commands::{
            Arrival, AskForRepeat, LetResultStand, Measurement, OnDisplay, Origin, ReportResults, VerifyResults,
        },
        views::{self, Contradiction, LabResult},
    },
    specimens::SpecimenId,
    testing::{LINK, World, code, on_display},
};

/// Values of sodium: in and out of the interval, critical on both sides, with a comparator, no number.
const VALUES: [&str; 7] = ["140", "140.0", "150", "172", "118", "<118", "haemolysed"];

#[derive(Clone, Debug)]
struct Value {
    value: usize,
    /// When it was measured, in seconds of the day: the same number is the same measurement if link and value are the same. None: no time.
    at: Option<i64>,
    other_unit: bool,
    marked: bool,
    unfit: bool,
}

#[derive(Clone, Debug)]
enum Step {
    /// A message, by one of two links.
    Message(i64, Vec<Value>),
    /// The content of an earlier message.
    Again(usize, Arrival),
    Sign,
    Dismiss,
    Repeat,
}

fn value() -> impl Strategy<Value = Value> {
    let at = prop_oneof![2 => (0..4_i64).prop_map(Some), 1 => Just(None)];
    (0..VALUES.len(), at, prop::bool::weighted(0.1), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(value, at, other_unit, marked, unfit)| Value { value, at, other_unit, marked, unfit })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2_i64, prop::collection::vec(value(), 1..3)).prop_map(|(link, values)| Step::Message(link, values)),
        2 => (any::<usize>(), prop::sample::select(vec![Arrival::New, Arrival::Suspected, Arrival::Again]))
            .prop_map(|(which, arrival)| Step::Again(which, arrival)),
        3 => Just(Step::Sign),
        2 => Just(Step::Dismiss),
        1 => Just(Step::Repeat),
    ]
}

struct Bench {
    world: World,
    specimen: SpecimenId,
    signed: Signed,
    began: Timestamp,
    /// By link, what each message said; its number is its place.
    messages: Vec<(i64, Vec<Value>)>,
}

impl Bench {
    fn new() -> Self {
        let world = World::new();
        let (_, specimen) = world.received(world.patient("MRN-1"), &["sodium", "potassium"], "T1");
        let (signed, began) = (world.signed(Role::Technician), world.now());
        world.pass(60);
        Bench { world, specimen, signed, began, messages: Vec::new() }
    }

    fn measurement(&self, v: &Value, suspected: bool) -> Measurement {
        let unfit = suspected || v.unfit || v.other_unit;
        let mut m = Measurement {
            measured_at: v.at.map(|s| self.began.plus_seconds(s)),
            unfit: unfit.then(|| Refusal::new("inbox-result-preliminary")),
            ..self.world.measurement("sodium", VALUES[v.value])
        };
        if v.other_unit {
            m.unit = "mg/dL".to_owned();
        }
        m.holds.extend(v.marked.then(|| "instrument-flag:clot".to_owned()));
        m
    }

    fn arrives(&self, message: usize, arrival: Arrival) {
        let (link, values) = &self.messages[message];
        let report = ReportResults {
            link: LINK + link,
            instrument: "Analyzer".to_owned(),
            measured_by: self.world.instrument(),
            barcode: "T1".to_owned(),
            measurements: values.iter().map(|v| self.measurement(v, arrival == Arrival::Suspected)).collect(),
            tube: None,
            origin: Some(Origin { message: message as i64, arrival }),
        };
        self.world.run(crate::Actor::Link(LINK + link), report).unwrap();
    }

    fn results(&self) -> Vec<LabResult> {
        self.world.results(self.specimen)
    }

    fn standing(&self) -> Option<LabResult> {
        self.results().into_iter().find(|r| r.state != State::Repeat)
    }

    fn against(&self) -> Vec<Contradiction> {
        let specimen = self.specimen;
        self.world.read(move |s| views::contradicting(s, specimen))
    }

    fn open(&self) -> Vec<Contradiction> {
        self.against().into_iter().filter(|c| c.state == ContradictionState::Open).collect()
    }

    fn sign(&self, result: OnDisplay) -> &'static str {
        let verify = VerifyResults { results: vec![result], signed: self.signed.clone() };
        code(self.world.run(self.world.technician(), verify))
    }

    fn take(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Message(link, values) => {
                self.messages.push((link, values));
                self.arrives(self.messages.len() - 1, Arrival::New);
            }
            Step::Again(_, _) if self.messages.is_empty() => {}
            Step::Again(which, arrival) => self.arrives(which % self.messages.len(), arrival),
            Step::Sign => self.signs()?,
            Step::Dismiss => {
                let contradictions: Vec<_> = self.open().iter().map(|c| c.id).collect();
                if !contradictions.is_empty() {
                    let stands = LetResultStand { contradictions, signed: self.signed.clone() };
                    self.world.run_because(self.world.technician(), "diluted", stands).unwrap();
                }
            }
            Step::Repeat => {
                if let Some(result) = self.standing().filter(|r| r.state == State::Reported) {
                    let ask = AskForRepeat { result: on_display(&result) };
                    self.world.run_because(self.world.technician(), "a clot", ask).unwrap();
                }
            }
        }
        self.nothing_is_out_of_sight()
    }

    /// Nobody signs what stands without the reasons that contradict it.
    fn signs(&self) -> TestCaseResult {
        let Some(result) = self.standing() else { return Ok(()) };
        let held = result.holds.iter().any(|h| h.starts_with("contradicted"));
        if result.state == State::Reported {
            if held {
                prop_assert_eq!(self.sign(OnDisplay { lifts_holds: false, ..on_display(&result) }), "results-held");
            }
            prop_assert_eq!(self.sign(on_display(&result)), "done");
        } else {
            prop_assert_eq!(self.sign(on_display(&result)), "results-already-verified");
        }
        Ok(())
    }

    fn nothing_is_out_of_sight(&self) -> TestCaseResult {
        let (results, against) = (self.results(), self.against());
        let Some(stands) = self.standing() else { return Ok(()) };
        let beside: HashSet<(&str, &str)> =
            against.iter().filter(|c| c.result == stands.id).map(|c| (c.value.as_str(), c.unit.as_str())).collect();
        let more = against.iter().any(|c| c.result == stands.id && c.is_more());
        for (link, values) in &self.messages {
            for v in values {
                let m = self.measurement(v, false);
                let aside = results.iter().any(|r| {
                    let same = (r.link, &r.value, r.measured_at) == (LINK + link, &m.value, m.measured_at);
                    r.state == State::Repeat && same
                });
                let same = (m.value.as_str(), m.unit.as_str()) == (stands.value.as_str(), stands.unit.as_str());
                let seen = same || aside || more || beside.contains(&(m.value.as_str(), m.unit.as_str()));
                prop_assert!(seen, "{:?} {} is out of sight: {:?} {:?}", m.value, m.unit, stands, against);
            }
        }
        for c in against.iter().filter(|c| c.result == stands.id && !c.is_more()) {
            match (c.state, stands.state) {
                (ContradictionState::Beside, _) => {
                    let said = c.value_with_unit();
                    let held = stands.holds.iter().any(|h| h.starts_with("contradicted:") && h.contains(&said));
                    prop_assert!(held, "{said}: {:?}", stands.holds);
                    let critical = stands.holds.contains(&"contradicted-critical".to_owned());
                    prop_assert!(c.critical.is_empty() || critical, "{:?}", stands.holds);
                    // Nobody knows whether it is critical: it is no less urgent.
                    let undecided = stands.holds.contains(&"contradicted-undecided".to_owned());
                    prop_assert!(c.value.is_empty() || !c.is_undecided() || undecided, "{:?}", stands.holds);
                }
                (ContradictionState::Open | ContradictionState::Dismissed, state) => {
                    prop_assert_eq!(state, State::Verified);
                }
            }
        }
        Ok(())
    }

    /// A measurement that nobody can have seen before differs from what stands: it holds, or opens.
    fn a_new_measurement_is_seen(&mut self, n: i64) -> TestCaseResult {
        let Some(before) = self.standing() else { return Ok(()) };
        let new = Value { value: 3, at: Some(10 + n), other_unit: false, marked: false, unfit: n % 2 == 0 };
        if before.value == VALUES[new.value] {
            return Ok(());
        }
        let count = self.open().len();
        self.take(Step::Message(0, vec![new]))?;
        let after = self.standing().unwrap();
        match before.state {
            State::Verified => {
                prop_assert_eq!(after, before);
                prop_assert!(self.open().len() == count + 1 || count >= CONTRADICTIONS_MAX);
            }
            _ => prop_assert!(after.is_urgent(), "{after:?}"),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_value_is_ever_out_of_sight(steps in prop::collection::vec(step(), 1..12)) {
        let mut bench = Bench::new();
        for (n, step) in steps.into_iter().enumerate() {
            bench.take(step)?;
            bench.a_new_measurement_is_seen(n as i64)?;
        }
    }
}
