//! The chemistry analyzer: barcode in O-3, one O for all tests, flags and nothing else.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Orders, Report, end, header, nothing};
use crate::physiology::Analyte::{
    Albumin, Alp, Alt, Ast, Bilirubin, Calcium, Chloride, Creatinine, Crp, Ggt, Glucose, Potassium, Sodium, Urea,
};

/// The device, with glucose and bilirubin in mg/dL.
pub static DEVICE: Device = device(&CHANNELS);
/// The device, set up for a laboratory in SI units: glucose in mmol/L, bilirubin in µmol/L.
pub static IN_SI: Device = device(&CHANNELS_IN_SI);

const fn device(channels: &'static [Channel]) -> Device {
    Device {
        kind: "chemistry",
        name: "Chemistry 1",
        dialect: "titer-sim-chemistry",
        channels,
        calculate: nothing,
        suspicions: &[],
        framing: Framing::EachRecord,
        send_text_max: 240,
        orders: Some(Orders { identity: 2, code: 4 }),
        write: message,
    }
}

/// Imprecision: round figures, well within what CLIA allows (sodium 4 mmol/L, glucose 8 %, creatinine 10 % and so on).
const CHANNELS: [Channel; 14] = [
    Channel::number(Sodium, ("Na", "mmol/L", 0), (0.006, 0.0), (135.0, 145.0)).far(120.0, 160.0),
    Channel::number(Potassium, ("K", "mmol/L", 1), (0.012, 0.0), (3.5, 5.2)).far(2.5, 6.5),
    Channel::number(Chloride, ("Cl", "mmol/L", 0), (0.008, 0.0), (95.0, 110.0)).far(75.0, 121.0),
    Channel::number(Creatinine, ("Creat", "umol/L", 0), (0.02, 1.5), (45.0, 110.0)).far(0.0, 500.0),
    Channel::number(Urea, ("Urea", "mmol/L", 1), (0.02, 0.08), (3.2, 7.7)).far(0.0, 35.0),
    Channel::number(Glucose, ("Glu", "mg/dL", 0), (0.012, 0.8), (70.0, 140.0)).far(45.0, 450.0),
    Channel::number(Calcium, ("Ca", "mmol/L", 2), (0.012, 0.0), (2.10, 2.60)).far(1.75, 3.25),
    Channel::number(Albumin, ("Alb", "g/L", 0), (0.018, 0.3), (35.0, 50.0)).far(15.0, 60.0),
    Channel::number(Bilirubin, ("TBil", "mg/dL", 1), (0.025, 0.03), (0.1, 1.2)).far(0.0, 15.0),
    Channel::number(Alt, ("ALT", "U/L", 0), (0.025, 0.8), (0.0, 41.0)).far(0.0, 1_000.0),
    Channel::number(Ast, ("AST", "U/L", 0), (0.025, 0.8), (0.0, 38.0)).far(0.0, 1_000.0),
    Channel::number(Alp, ("ALP", "U/L", 0), (0.02, 1.2), (38.0, 126.0)).far(0.0, 1_000.0),
    Channel::number(Ggt, ("GGT", "U/L", 0), (0.02, 0.8), (0.0, 51.0)).far(0.0, 1_000.0),
    Channel::number(Crp, ("CRP", "mg/L", 1), (0.03, 0.12), (0.0, 5.0)).far(0.0, 300.0),
];

static CHANNELS_IN_SI: [Channel; 14] = {
    let mut channels = CHANNELS;
    channels[5] = channels[5].in_unit("mmol/L", 1, 10.0 / 180.16);
    channels[8] = channels[8].in_unit("umol/L", 0, 10_000.0 / 584.66);
    channels
};

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument], &time);
    message.record(b'P').field("1");
    let tests = report.readings.iter().map(|reading| ["", "", "", reading.code]);
    message.record(b'O').field("1").field(report.barcode).skip(1).repeats(tests).skip(6).field(report.action());
    message.skip(13).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", reading.code]);
        message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F");
        message.skip(3).field(&time);
    }
    end(message)
}
