//! The coagulation analyzer: an order record for each assay, and one assay, PT, that reports under one code in seconds and as
//! INR.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Orders, Report, end, header};
use crate::physiology::{
    Analyte::{Aptt, DDimer, Fibrinogen, Inr, ProthrombinTime},
    Truth, clotting,
};

/// The device.
pub static DEVICE: Device = Device {
    kind: "coagulation",
    name: "Coagulation 1",
    dialect: "titer-sim-coagulation",
    channels: &CHANNELS,
    calculate: ratio,
    suspicions: &[],
    framing: Framing::EachRecord,
    send_text_max: 240,
    orders: Some(Orders { identity: 2, code: 4 }),
    write: message,
};

/// Imprecision: round figures, well within what CLIA allows (15 % of the times, 20 % of fibrinogen).
static CHANNELS: [Channel; 5] = [
    Channel::number(ProthrombinTime, ("PT", "s", 1), (0.015, 0.0), (11.0, 17.0)).far(8.0, 40.0).measuring(7.0, 150.0),
    Channel::number(Inr, ("PT", "INR", 1), (0.0, 0.0), (0.8, 1.2)).far(0.5, 5.0).measuring(0.5, 12.0),
    Channel::number(Aptt, ("APTT", "s", 1), (0.018, 0.0), (24.8, 37.4)).far(15.0, 85.0).measuring(15.0, 180.0),
    Channel::number(Fibrinogen, ("FIB", "g/L", 2), (0.035, 0.02), (1.8, 4.5)).far(0.6, 10.0).measuring(0.5, 12.0),
    Channel::number(DDimer, ("DD", "ug/mL FEU", 2), (0.05, 0.02), (0.0, 0.5)).measuring(0.19, 35.0),
];

/// The INR is calculated from the time.
fn ratio(seen: &mut Truth) {
    seen.set(Inr, clotting::inr(seen.of(ProthrombinTime)));
}

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "2.0"], &time);
    message.record(b'P').field("1");
    let assays = report.readings.chunk_by(|one, next| one.code == next.code);
    for (readings, number) in assays.zip(1..) {
        message.record(b'O').field(number.to_string()).field(report.barcode).skip(1);
        message.components(["", "", "", readings[0].code]).skip(6).field(report.action()).skip(13).field("F");
        for (reading, number) in readings.iter().zip(1..) {
            message.record(b'R').field(number.to_string()).components(["", "", "", reading.code]);
            message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F");
            message.skip(3).field(&time);
        }
    }
    end(message)
}
