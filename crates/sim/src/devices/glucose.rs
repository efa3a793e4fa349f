//! The glucose meter of a ward: one value, with the patient's identifier that a nurse scanned, and who the nurse is.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Report, end, header, nothing};
use crate::physiology::Analyte::CapillaryGlucose;

/// The device, with glucose in mg/dL.
pub static DEVICE: Device = device(&CHANNELS);
/// The device, set up for a laboratory in SI units.
pub static IN_SI: Device = device(&CHANNELS_IN_SI);

const fn device(channels: &'static [Channel]) -> Device {
    Device {
        kind: "glucose",
        name: "Glucose meter, Ward 3",
        dialect: "titer-sim-glucose",
        channels,
        calculate: nothing,
        suspicions: &[],
        framing: Framing::Packed,
        send_text_max: 240,
        orders: None,
        write: message,
    }
}

/// Imprecision: a round figure for a strip, several times that of the laboratory's method.
const CHANNELS: [Channel; 1] = [Channel::number(CapillaryGlucose, ("GLUC", "mg/dL", 0), (0.035, 2.0), (70.0, 180.0))
    .far(50.0, 400.0)
    .measuring(10.0, 600.0)];

static CHANNELS_IN_SI: [Channel; 1] = {
    let mut channels = CHANNELS;
    channels[0] = channels[0].in_unit("mmol/L", 1, 10.0 / 180.16);
    channels
};

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "GM-2", "SN004411"], &time);
    message.record(b'P').field("1").skip(1).field(report.patient);
    message.record(b'O').field("1").field(report.barcode).skip(1).components(["", "", "", "GLUC"]).field("S").skip(1);
    message.field(&time).skip(3).field(report.action()).skip(13).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", reading.code]);
        message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F").skip(1);
        message.field(report.operator).skip(1).field(&time).field("SN004411");
    }
    end(message)
}
