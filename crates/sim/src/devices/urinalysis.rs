//! The urine strip reader: grades and words where others have numbers, no units, and nothing that it could be asked.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Report, end, header, nothing};
use crate::physiology::Analyte::{
    UrineBilirubin, UrineBlood, UrineColour, UrineGlucose, UrineKetones, UrineLeukocytes, UrineNitrite, UrinePh,
    UrineProtein, UrineSolute, UrineTurbidity, UrineUrobilinogen,
};

/// The device.
pub static DEVICE: Device = Device {
    kind: "urinalysis",
    name: "Urinalysis 1",
    dialect: "titer-sim-urinalysis",
    channels: &CHANNELS,
    calculate: nothing,
    suspicions: &[],
    framing: Framing::Packed,
    send_text_max: 240,
    orders: None,
    write: message,
};

/// Grades are those of strips in common use: the concentrations at which each begins are round figures.
static CHANNELS: [Channel; 12] = [
    Channel::grades(
        UrineColour,
        "COL",
        0.05,
        &[(0.0, "pale yellow"), (0.7, "yellow"), (1.7, "dark yellow"), (2.6, "amber"), (4.0, "red-brown")],
    ),
    Channel::grades(
        UrineTurbidity,
        "CLA",
        0.10,
        &[(0.0, "clear"), (1.0, "slightly cloudy"), (4.0, "cloudy"), (12.0, "turbid")],
    ),
    Channel::number(UrineSolute, ("SG", "", 3), (0.04, 0.5), (5.0, 30.0)).in_steps(1.0, 1.0, 0.005),
    Channel::number(UrinePh, ("PH", "", 1), (0.02, 0.0), (5.0, 8.0)).in_steps(0.0, 1_000.0, 0.5),
    Channel::grades(
        UrineGlucose,
        "GLU",
        0.12,
        &[(0.0, "neg"), (50.0, "trace"), (100.0, "1+"), (250.0, "2+"), (500.0, "3+"), (1_000.0, "4+")],
    ),
    Channel::grades(
        UrineProtein,
        "PRO",
        0.12,
        &[(0.0, "neg"), (15.0, "trace"), (30.0, "1+"), (100.0, "2+"), (300.0, "3+")],
    ),
    Channel::grades(
        UrineKetones,
        "KET",
        0.12,
        &[(0.0, "neg"), (5.0, "trace"), (15.0, "1+"), (40.0, "2+"), (80.0, "3+")],
    ),
    Channel::grades(
        UrineBlood,
        "BLD",
        0.15,
        &[(0.0, "neg"), (8.0, "trace"), (25.0, "1+"), (80.0, "2+"), (200.0, "3+")],
    ),
    Channel::grades(UrineBilirubin, "BIL", 0.12, &[(0.0, "neg"), (0.5, "1+"), (1.0, "2+"), (3.0, "3+")]),
    Channel::grades(UrineUrobilinogen, "URO", 0.12, &[(0.0, "normal"), (1.5, "1+"), (3.0, "2+"), (6.0, "3+")]),
    Channel::grades(UrineNitrite, "NIT", 0.10, &[(0.0, "neg"), (1.0, "pos")]),
    Channel::grades(
        UrineLeukocytes,
        "LEU",
        0.15,
        &[(0.0, "neg"), (15.0, "trace"), (70.0, "1+"), (125.0, "2+"), (500.0, "3+")],
    ),
];

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "UR-500"], &time);
    message.record(b'P').field("1");
    message.record(b'O').field("1").field(report.barcode).skip(1).components(["", "", "", "UA12"]).skip(6);
    message.field(report.action()).skip(13).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", reading.code]);
        message
            .field(&reading.value)
            .skip(2)
            .field(reading.flag)
            .skip(1)
            .field("F")
            .skip(1)
            .field(report.operator)
            .skip(1);
        message.field(&time);
    }
    end(message)
}
