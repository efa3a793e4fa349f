//! The HbA1c analyzer (HPLC): one measurement under one code in both units, records chained with ETB, the chromatogram's peaks in
//! M records, and a comment when there is too little haemoglobin to look at.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Orders, Report, Suspicion, comment, end, header};
use crate::physiology::{
    Analyte::{self, Haemoglobin},
    Truth, glycaemia,
};

/// The device.
pub static DEVICE: Device = Device {
    kind: "hba1c",
    name: "HbA1c 1",
    dialect: "titer-sim-hba1c",
    channels: &CHANNELS,
    calculate: both_units,
    suspicions: &[Suspicion { of: Analyte::HbA1c, when: little, code: "AREA_LOW", text: "Total area low" }],
    framing: Framing::Chained,
    send_text_max: 240,
    orders: Some(Orders { identity: 2, code: 4 }),
    write: message,
};

/// Imprecision: a round figure, well within what CLIA allows (8 %). The second is calculated from the first.
static CHANNELS: [Channel; 2] = [
    Channel::number(Analyte::HbA1c, ("A1C", "%", 1), (0.009, 0.0), (4.0, 5.6)).far(3.0, 14.0).measuring(3.0, 19.0),
    Channel::number(Analyte::HbA1cIfcc, ("A1C", "mmol/mol", 0), (0.0, 0.0), (20.0, 38.0)).far(9.0, 130.0),
];

fn little(truth: &Truth) -> bool {
    truth.of(Haemoglobin) < 75.0
}

/// The IFCC's number is calculated from the NGSP's.
fn both_units(seen: &mut Truth) {
    seen.set(Analyte::HbA1cIfcc, glycaemia::ifcc(seen.of(Analyte::HbA1c)).max(0.0));
}

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "5.24"], &time);
    message.record(b'P').field("1");
    let (rack, place) = report.place();
    message.record(b'O').field("1").field(report.barcode).components([rack.as_str(), &place]);
    message.components(["", "", "", "A1C"]).skip(6).field(report.action()).skip(13).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", reading.code]);
        message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F");
        message.skip(3).field(&time);
        comment(&mut message, reading.suspicion);
    }
    let glycated: f64 = report.readings.first().and_then(|reading| reading.value.parse().ok()).unwrap_or_default();
    for (peak, (name, area)) in
        [("A1a", 0.7), ("A1b", 0.9), ("F", 0.6), ("A1c", glycated), ("A0", 97.8 - glycated)].iter().enumerate()
    {
        message.record(b'M').field((peak + 1).to_string()).field("PEAK").components([*name, &format!("{area:.1}")]);
    }
    end(message)
}
