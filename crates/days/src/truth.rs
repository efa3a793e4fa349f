//! What the harness alone knows, and holds the laboratory to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use titer_lab::{
    Timestamp,
    orders::OrderId,
    patients::PatientId,
    reports::ReportId,
    results::{ContradictionId, ResultId},
    specimens::SpecimenId,
    systems::SystemId,
};
use titer_link::inbox::MessageId;
use titer_science::Sex;
use titer_sim::{people::Patient, physiology::Analyte};
use titer_store::Sha256;

use crate::fault::Fault;

/// A patient, as the laboratory is to know him or her.
#[derive(Clone, Debug)]
pub struct Person {
    /// The laboratory's number.
    pub id: PatientId,
    /// As drawn.
    pub patient: Patient,
    /// Identifier in force.
    pub identifier: String,
    /// Sex in force.
    pub sex: Sex,
    /// Date of birth in force.
    pub born: Date,
    /// Whether sex or date of birth was ever corrected.
    pub corrected: bool,
}

/// A tube.
#[derive(Clone, Debug)]
pub struct Tube {
    /// Its label.
    pub barcode: String,
    /// The laboratory's number.
    pub specimen: SpecimenId,
    /// Its order.
    pub order: OrderId,
    /// Whose label it is: a place in [`Truth::people`].
    pub person: usize,
    /// What is to be measured on it.
    pub analytes: Vec<Analyte>,
    /// Keys of the analytes that are to be calculated.
    pub calculated: Vec<&'static str>,
    /// When it was collected.
    pub collected: Timestamp,
    /// Whether it was received.
    pub received: bool,
    /// Whether it was rejected.
    pub rejected: bool,
    /// Something happened to it since the invariants were last looked at.
    pub touched: bool,
}

/// What is in the tube, or whatever stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Blood of this one of [`Truth::people`].
    Of(usize),
    /// Control material.
    Control,
}

/// A value in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What was measured.
    pub analyte: Analyte,
    /// The analyzer's code.
    pub code: &'static str,
    /// As printed.
    pub text: String,
    /// Whether the value is one that kills.
    pub kills: bool,
}

/// A message that the laboratory acknowledged.
#[derive(Clone, Debug)]
pub struct Sent {
    /// By which bench.
    pub bench: usize,
    /// Its bytes.
    pub text: Vec<u8>,
    /// The barcode that it bears.
    pub barcode: String,
    /// What was measured.
    pub content: Content,
    /// Whom it states, if it states anybody.
    pub states: Option<usize>,
    /// What it says.
    pub values: Vec<Value>,
    /// When that was measured, in whole seconds as the analyzer's clock shows; none if it does not say.
    pub measured: Option<Timestamp>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// Where the laboratory keeps it.
    pub kept: BTreeSet<MessageId>,
    /// When it was acknowledged first.
    pub acknowledged: Timestamp,
    /// It was sent since the invariants were last looked at.
    pub touched: bool,
}

/// A signature that a person of the harness gave.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The value that was shown.
    pub value: String,
    /// Who signed.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A calibration that is off: both patients and controls measured in this time are.
#[derive(Clone, Debug)]
pub struct Excursion {
    /// Which bench.
    pub bench: usize,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// By which fraction.
    pub bias: f64,
    /// When somebody noted that it was set right.
    pub noted: Option<Timestamp>,
}

/// A measurement of control material.
#[derive(Clone, Debug)]
pub struct Control {
    /// Which bench.
    pub bench: usize,
    /// Which level, from 1.
    pub level: u8,
    /// When.
    pub measured: Timestamp,
    /// How far the calibration was off, in truth.
    pub bias: f64,
    /// The message.
    pub sent: usize,
}

/// A test system that is out of use: of an analyte on a bench.
#[derive(Clone, Debug)]
pub struct OutOfUse {
    /// Which bench.
    pub bench: usize,
    /// Of what.
    pub analyte: Analyte,
    /// The laboratory's number.
    pub system: SystemId,
    /// Whether it is out of use now.
    pub now: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Truth {
    /// Patients.
    pub people: Vec<Person>,
    /// Tubes.
    pub tubes: Vec<Tube>,
    /// Acknowledged messages.
    pub sent: Vec<Sent>,
    /// Signed results.
    pub signed: BTreeMap<ResultId, Signature>,
    /// Values against verified results on which a person decided.
    pub decided: BTreeSet<ContradictionId>,
    /// Results that a person put aside.
    pub put_aside: BTreeSet<ResultId>,
    /// Messages that a person dismissed.
    pub dismissed: BTreeSet<MessageId>,
    /// Issued reports: the digest and the bytes.
    pub issued: BTreeMap<ReportId, (Sha256, Vec<u8>)>,
    /// When which calibration was off.
    pub excursions: Vec<Excursion>,
    /// Measured controls.
    pub controls: Vec<Control>,
    /// Test systems that are or were out of use.
    pub out_of_use: Vec<OutOfUse>,
    /// Tubes by their labels.
    by_barcode: HashMap<String, usize>,
    /// How often each fault happened.
    pub faults: BTreeMap<Fault, usize>,
}

impl Truth {
    /// The tube that bears this label.
    pub fn tube(&self, barcode: &str) -> Option<usize> {
        self.by_barcode.get(barcode).copied()
    }

    /// Remembers a tube; answers its place.
    pub fn add(&mut self, tube: Tube) -> usize {
        self.by_barcode.insert(tube.barcode.clone(), self.tubes.len());
        self.tubes.push(tube);
        self.tubes.len() - 1
    }

    /// How far the calibration of a bench is off.
    pub fn bias(&self, bench: usize, at: Timestamp) -> f64 {
        let now = self.excursions.iter().rev().find(|e| e.bench == bench && e.from <= at && at < e.until);
        now.map_or(0.0, |e| e.bias)
    }

    /// Remembers what the laboratory acknowledged; a message that came before is the same one.
    pub fn acknowledged(&mut self, sent: Sent) -> usize {
        if let Some(tube) = self.tube(&sent.barcode) {
            self.tubes[tube].touched = true;
        }
        match self.sent.iter().rposition(|s| s.bench == sent.bench && s.text == sent.text) {
            Some(known) => {
                self.sent[known].kept.extend(sent.kept);
                self.sent[known].touched = true;
                known
            }
            None => {
                self.sent.push(sent);
                self.sent.len() - 1
            }
        }
    }
}
