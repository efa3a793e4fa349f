//! Simulated analyzers as instruments: what each measures and how precisely, what it calls it, and how it says it. Each has its
//! own habits on the wire, as real makes do, and a dialect of its own (`titer-sim-…`) that tells Titer of them. None is an image
//! of a real one.

mod channel;
pub mod chemistry;
pub mod coagulation;
pub mod glucose;
pub mod haematology;
pub mod hba1c;
pub mod immunoassay;
pub mod urinalysis;

use jiff::civil::DateTime;
use rand::Rng;
use titer_wire::astm::{Delimiters, Framing, Writer};

pub use channel::{Channel, Reading};

use crate::{
    chance::{Purpose, dice},
    physiology::{Analyte, Truth},
};

/// All devices.
pub static ALL: [&Device; 7] = [
    &chemistry::DEVICE,
    &haematology::DEVICE,
    &immunoassay::DEVICE,
    &coagulation::DEVICE,
    &urinalysis::DEVICE,
    &glucose::DEVICE,
    &hba1c::DEVICE,
];

/// Levels of control material that a device has on board.
pub const CONTROL_LEVELS: u8 = 2;
/// Tubes in a rack.
const PLACES_PER_RACK: u64 = 10;

/// A make of analyzer.
#[derive(Debug)]
pub struct Device {
    /// Its kind, in one word: `haematology`.
    pub kind: &'static str,
    /// The name that it sends if it is given none.
    pub name: &'static str,
    /// The dialect that describes it.
    pub dialect: &'static str,
    /// Its tests.
    pub channels: &'static [Channel],
    /// What it does not measure but calculates from what it measured.
    calculate: fn(&mut Truth),
    /// What it suspects, and says in a comment behind the result.
    pub suspicions: &'static [Suspicion],
    /// How its messages are cut into frames.
    pub framing: Framing,
    /// Text in a frame that it sends, in bytes.
    pub send_text_max: usize,
    /// Where it looks in an order that the host sends, and how it asks for one; none if it takes no orders.
    pub orders: Option<Orders>,
    /// Writes a message.
    write: fn(&Report<'_>) -> Vec<u8>,
}

/// What an analyzer suspects of a specimen, by the looks of it.
#[derive(Debug)]
pub struct Suspicion {
    /// The result that it is said of.
    pub of: Analyte,
    /// When.
    when: fn(&Truth) -> bool,
    /// The comment's code.
    pub code: &'static str,
    /// The comment's words.
    pub text: &'static str,
}

/// Where orders carry what a device needs. Fields and components count from 1, the record type being field 1.
#[derive(Clone, Copy, Debug)]
pub struct Orders {
    /// Component of O-3, and of Q-3, with the specimen's identity.
    pub identity: usize,
    /// Component of O-5 with the code of a test.
    pub code: usize,
}

/// What is in a tube, or whatever stands in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    /// A patient's.
    Patient,
    /// Control material of a level from 1 to [`CONTROL_LEVELS`].
    Control(u8),
}

/// What a message tells of one tube.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The instrument's name.
    pub instrument: &'a str,
    /// The barcode, as scanned; for control material its own name.
    pub barcode: &'a str,
    /// Whose it is.
    pub material: Material,
    /// The patient's identifier, where the instrument was told.
    pub patient: &'a str,
    /// Who worked at the instrument, where it was told.
    pub operator: &'a str,
    /// The readings.
    pub readings: &'a [Reading],
    /// When the measurement was completed, by the instrument's own clock.
    pub completed: DateTime,
    /// Tubes measured before.
    pub number: u64,
}

impl<'a> Report<'a> {
    /// A report of a patient's tube, and nothing said but what must be.
    #[must_use]
    pub fn of(instrument: &'a str, barcode: &'a str, readings: &'a [Reading], completed: DateTime) -> Self {
        Self {
            instrument,
            barcode,
            material: Material::Patient,
            patient: "",
            operator: "",
            readings,
            completed,
            number: 0,
        }
    }

    /// The time as most analyzers write it.
    fn time(&self) -> String {
        self.completed.strftime("%Y%m%d%H%M%S").to_string()
    }

    /// `N` for a patient's specimen, `Q` for control material: LIS02-A2's action code in O-12.
    fn action(&self) -> &'static str {
        match self.material {
            Material::Patient => "N",
            Material::Control(_) => "Q",
        }
    }

    /// Rack and place in it, from 1.
    fn place(&self) -> (String, String) {
        ((self.number / PLACES_PER_RACK + 1).to_string(), (self.number % PLACES_PER_RACK + 1).to_string())
    }
}

impl Device {
    /// The device of this kind.
    #[must_use]
    pub fn named(kind: &str) -> Option<&'static Self> {
        ALL.into_iter().find(|device| device.kind == kind)
    }

    /// The device as a laboratory in SI units has set it up.
    #[must_use]
    pub fn in_si(&'static self) -> &'static Self {
        match self.kind {
            "chemistry" => &chemistry::IN_SI,
            "immunoassay" => &immunoassay::IN_SI,
            "glucose" => &glucose::IN_SI,
            _ => self,
        }
    }

    /// Its test of this analyte.
    #[must_use]
    pub fn channel(&self, analyte: Analyte) -> Option<&'static Channel> {
        self.channels.iter().find(|channel| channel.analyte == analyte)
    }

    /// Whether one of its tests bears this code.
    #[must_use]
    pub fn measures(&self, code: &str) -> bool {
        self.channels.iter().any(|channel| channel.code == code)
    }

    /// Measures, and tells what bears one of these codes; everything, if there are none. `bias` is how far its calibration is
    /// off, as a fraction. The same dice see the same, whatever is told.
    pub fn measure(&self, truth: &Truth, codes: &[String], bias: f64, dice: &mut impl Rng) -> Vec<Reading> {
        let seen = self.see(|channel| truth.of(channel.analyte), bias, dice);
        let wanted = |channel: &&Channel| codes.is_empty() || codes.iter().any(|code| code == channel.code);
        let read = |channel: &Channel| {
            let mut suspicions = self.suspicions.iter().filter(|s| s.of == channel.analyte && (s.when)(truth));
            Reading { suspicion: suspicions.next(), ..channel.read(seen.of(channel.analyte)) }
        };
        self.channels.iter().filter(wanted).map(read).collect()
    }

    /// Measures control material of a level.
    pub fn measure_control(&self, level: u8, bias: f64, dice: &mut impl Rng) -> Vec<Reading> {
        let seen = self.see(|channel| channel.target(level), bias, dice);
        self.channels.iter().map(|channel| channel.read(seen.of(channel.analyte))).collect()
    }

    /// Measures control material of a level so many times, one after the other, in good order: what a laboratory does before it has targets.
    #[must_use]
    pub fn measure_controls(&self, level: u8, times: u64, seed: u64) -> Vec<Vec<Reading>> {
        (0..times).map(|n| self.measure_control(level, 0.0, &mut dice(seed, Purpose::Target, n))).collect()
    }

    fn see(&self, holds: impl Fn(&Channel) -> f64, bias: f64, dice: &mut impl Rng) -> Truth {
        let mut seen = Truth::default();
        for channel in self.channels {
            seen.set(channel.analyte, channel.see(holds(channel), bias, dice));
        }
        (self.calculate)(&mut seen);
        seen
    }

    /// What it calls control material of a level, where the barcode stands.
    #[must_use]
    pub fn control(&self, level: u8) -> String {
        format!("QC-{}-{level}", self.kind.to_uppercase())
    }

    /// The message of a report, from H to L.
    #[must_use]
    pub fn message(&self, report: &Report<'_>) -> Vec<u8> {
        (self.write)(report)
    }

    /// The message that asks the host what is ordered for a specimen: H, Q, L. None of a device that takes no orders.
    #[must_use]
    pub fn question(&self, instrument: &str, barcode: &str, now: DateTime) -> Option<Vec<u8>> {
        let identity = self.orders?.identity;
        let mut message = Writer::new(Delimiters::default());
        header(&mut message, [instrument], &now.strftime("%Y%m%d%H%M%S").to_string());
        let asked: Vec<&str> = (1..=identity).map(|n| if n == identity { barcode } else { "" }).collect();
        message.record(b'Q').field("1").components(asked).skip(1).field("ALL").skip(7).field("O");
        message.record(b'L').field("1").field("N");
        Some(message.finish())
    }
}

/// H-5 of these components, and the fields that all of them fill: H-12 production, H-13 version, H-14 time.
fn header<'v>(message: &mut Writer, sender: impl IntoIterator<Item = &'v str>, time: &str) {
    message.record(b'H').skip(2).components(sender).skip(6).field("P").field("LIS2-A2").field(time);
}

/// A comment record of the instrument (C-3 and C-5 `I`) with code and words in C-4, if there is something to say.
fn comment(message: &mut Writer, suspicion: Option<&Suspicion>) {
    if let Some(Suspicion { code, text, .. }) = suspicion {
        message.record(b'C').field("1").field("I").components([*code, *text]).field("I");
    }
}

/// The `calculate` of a device that calculates nothing.
fn nothing(_: &mut Truth) {}

fn end(mut message: Writer) -> Vec<u8> {
    message.record(b'L').field("1").field("N");
    message.finish()
}
