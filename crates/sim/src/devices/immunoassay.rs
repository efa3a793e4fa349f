//! The immunoassay analyzer: numbered assays, the kind of specimen in O-16 tells controls, operator and start in each result,
//! and raw light counts in M records.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Material, Orders, Report, end, header, nothing};
use crate::physiology::Analyte::{Cortisol, Ferritin, Folate, FreeT4, TroponinI, Tsh, VitaminB12};

/// The device, with vitamin B12 in ng/L and folate in µg/L.
pub static DEVICE: Device = device(&CHANNELS);
/// The device, set up for a laboratory in SI units: vitamin B12 in pmol/L, folate in nmol/L.
pub static IN_SI: Device = device(&CHANNELS_IN_SI);

const fn device(channels: &'static [Channel]) -> Device {
    Device {
        kind: "immunoassay",
        name: "Immunoassay 1",
        dialect: "titer-sim-immunoassay",
        channels,
        calculate: nothing,
        suspicions: &[],
        framing: Framing::EachRecord,
        send_text_max: 240,
        orders: Some(Orders { identity: 2, code: 4 }),
        write: message,
    }
}

/// What an assay takes, in minutes.
const ASSAY_MINUTES: i64 = 18;

/// Imprecision: of the size that the studies of biological variation name for their own assays (free T4 3.6 %, ferritin 2.3 %,
/// folate 4.7 %, B12 6.1 %); the others round figures.
const CHANNELS: [Channel; 7] = [
    Channel::number(Tsh, ("101", "mIU/L", 2), (0.025, 0.002), (0.3, 4.2)).far(0.1, 10.0).measuring(0.01, 100.0),
    Channel::number(FreeT4, ("102", "pmol/L", 1), (0.036, 0.1), (12.0, 22.0)).far(6.0, 45.0).measuring(3.0, 100.0),
    Channel::number(Ferritin, ("201", "ug/L", 0), (0.023, 0.4), (20.0, 400.0)).measuring(1.0, 2_000.0),
    Channel::number(VitaminB12, ("202", "ng/L", 0), (0.061, 5.0), (211.0, 911.0)).measuring(50.0, 2_000.0),
    Channel::number(Folate, ("203", "ug/L", 1), (0.047, 0.1), (3.1, 20.5)).measuring(0.6, 20.0),
    Channel::number(TroponinI, ("301", "ng/L", 0), (0.045, 0.5), (0.0, 34.2)).far(0.0, 100.0).measuring(2.0, 25_000.0),
    Channel::number(Cortisol, ("401", "nmol/L", 0), (0.04, 3.0), (100.0, 540.0))
        .far(50.0, 1_200.0)
        .measuring(10.0, 1_700.0),
];

static CHANNELS_IN_SI: [Channel; 7] = {
    let mut channels = CHANNELS;
    channels[3] = channels[3].in_unit("pmol/L", 0, 1_000.0 / 1_355.37);
    channels[4] = channels[4].in_unit("nmol/L", 1, 1_000.0 / 441.40);
    channels
};

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let started = report.completed.saturating_sub(jiff::Span::new().minutes(ASSAY_MINUTES));
    let started = started.strftime("%Y%m%d%H%M%S").to_string();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "Titer", "3.2", "IA-22017"], &time);
    message.record(b'P').field("1");
    let (rack, place) = report.place();
    let tests = report.readings.iter().map(|reading| ["", "", "", reading.code]);
    let kind = match report.material {
        Material::Patient => "S",
        Material::Control(_) => "QC",
    };
    message.record(b'O').field("1").field(report.barcode).components([rack.as_str(), &place]).repeats(tests).field("R");
    message.skip(9).field(kind).skip(9).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", reading.code, "1"]);
        message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F").skip(1);
        message.field(report.operator).field(&started).field(&time).field("IA-22017");
        message.record(b'M').field("1").field("RLU").field(reading.code).field(light(&reading.value));
    }
    end(message)
}

/// Light counted, for a value: more of it, more light.
fn light(value: &str) -> String {
    let value: f64 = value.trim_start_matches(['<', '>']).parse().unwrap_or_default();
    format!("{:.0}", 1_200.0 + 8_400.0 * value.sqrt())
}
