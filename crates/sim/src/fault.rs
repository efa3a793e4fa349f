//! What may go wrong with an analyzer or its line, each to be switched on: by chance, or at a certain message. What strikes
//! follows from the seed.

use std::{fmt, str::FromStr};

use rand::RngExt;
use thiserror::Error;

use crate::chance::{Purpose, dice};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The acknowledgement of a message's last frame is lost on its way: the host has the message, the analyzer does not know.
    LostAck,
    /// The message is sent once more, though the host acknowledged it.
    Duplicate,
    /// A frame's checksum is wrong, once.
    WrongChecksum,
    /// Every write takes its time.
    Slow,
    /// Bytes trickle one by one.
    Split,
    /// Stray bytes stand before every frame.
    Noise,
    /// The analyzer was set up with other units.
    WrongUnit,
    /// The scanner read no barcode, and the analyzer made one up.
    UnknownBarcode,
    /// The analyzer's clock is a day behind.
    WrongDay,
    /// The connection ends in the middle of a frame.
    Disconnect,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::LostAck,
        Self::Duplicate,
        Self::WrongChecksum,
        Self::Slow,
        Self::Split,
        Self::Noise,
        Self::WrongUnit,
        Self::UnknownBarcode,
        Self::WrongDay,
        Self::Disconnect,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LostAck => "lost-ack",
            Self::Duplicate => "duplicate",
            Self::WrongChecksum => "wrong-checksum",
            Self::Slow => "slow",
            Self::Split => "split",
            Self::Noise => "noise",
            Self::WrongUnit => "wrong-unit",
            Self::UnknownBarcode => "unknown-barcode",
            Self::WrongDay => "wrong-day",
            Self::Disconnect => "disconnect",
        }
    }

    /// Whether it is in the message, and so in every sending of it; the others strike one sending on the line.
    fn is_in_message(self) -> bool {
        matches!(self, Self::Duplicate | Self::WrongUnit | Self::UnknownBarcode | Self::WrongDay)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// At each message, with this probability from 0 to 1.
    Chance(f64),
    /// At the first sending of this message, counted from 1.
    At(u64),
}

/// A fault that was switched on. Read from `lost-ack` (a tenth of the messages), `lost-ack=0.5` or `lost-ack@3`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    /// What.
    pub fault: Fault,
    /// When.
    pub when: When,
}

/// The chance of a fault for which none is given.
pub const CHANCE: f64 = 0.1;

/// Why a text names no fault.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FaultError {
    /// No fault of this name.
    #[error("there is no fault {0:?}; there are {all}", all = Fault::ALL.map(Fault::name).join(", "))]
    Unknown(String),
    /// What stands behind `=` is no probability.
    #[error("{0:?} is no probability; give a number from 0 to 1, as in lost-ack=0.2")]
    Chance(String),
    /// What stands behind `@` is no number of a message.
    #[error("{0:?} is no message; give its number from 1, as in lost-ack@3")]
    At(String),
}

impl FromStr for Planned {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let end = text.find(['=', '@']).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        let fault = fault.ok_or_else(|| FaultError::Unknown(name.to_owned()))?;
        let when = match (rest.get(..1), rest.get(1..).unwrap_or_default()) {
            (None, _) => When::Chance(CHANCE),
            (Some("="), text) => {
                let chance = text.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
                When::Chance(chance.ok_or_else(|| FaultError::Chance(text.to_owned()))?)
            }
            (_, text) => {
                let number = text.parse().ok().filter(|number| *number > 0);
                When::At(number.ok_or_else(|| FaultError::At(text.to_owned()))?)
            }
        };
        Ok(Self { fault, when })
    }
}

/// The faults that are switched on.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<Planned>);

impl Faults {
    /// These.
    #[must_use]
    pub fn new(planned: Vec<Planned>) -> Self {
        Self(planned)
    }

    /// What strikes message `number`, counted from 0, as it is written: what is wrong in it.
    pub(crate) fn in_message(&self, seed: u64, number: u64) -> Vec<Fault> {
        self.struck(seed, number, 0).filter(|fault| fault.is_in_message()).collect()
    }

    /// What strikes a sending of message `number` on the line; `sends` times it was sent before.
    pub(crate) fn on_line(&self, seed: u64, number: u64, sends: u32) -> Vec<Fault> {
        self.struck(seed, number, sends).filter(|fault| !fault.is_in_message()).collect()
    }

    fn struck(&self, seed: u64, number: u64, sends: u32) -> impl Iterator<Item = Fault> {
        self.0.iter().filter(move |planned| planned.strikes(seed, number, sends)).map(|planned| planned.fault)
    }
}

impl Planned {
    fn strikes(&self, seed: u64, number: u64, sends: u32) -> bool {
        match self.when {
            When::At(message) => message == number + 1 && sends == 0,
            When::Chance(chance) => {
                let mut dice = dice(seed, Purpose::Fault, number);
                dice.set_stream(self.fault as u64 + (u64::from(sends) << 8));
                dice.random_bool(chance)
            }
        }
    }
}

/// The unit that somebody set up in place of this one.
pub(crate) fn other_unit(unit: &str) -> &'static str {
    match unit {
        "mmol/L" => "mg/dL",
        "mg/dL" => "mmol/L",
        "g/L" => "g/dL",
        "10*9/L" => "10*3/uL",
        "10*12/L" => "10*6/uL",
        "pmol/L" => "ng/dL",
        "%" => "mmol/mol",
        _ => "arb. u.",
    }
}
