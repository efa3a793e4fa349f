//! The blood counter: rack, place and padded barcode together in O-4, codes in component 5, what it suspects of the cells in
//! comments, and a histogram in M records. All tests of a tube come together: one aspiration counts them all.

use titer_wire::astm::{Delimiters, Framing, Writer};

use super::{Channel, Device, Orders, Report, Suspicion, comment, end, header};
use crate::physiology::{
    Analyte::{
        BasophilShare, Basophils, EosinophilShare, Eosinophils, Erythrocytes, Haematocrit, Haemoglobin, Leukocytes,
        LymphocyteShare, Lymphocytes, Mch, Mchc, Mcv, MonocyteShare, Monocytes, Mpv, NeutrophilShare, Neutrophils,
        Platelets, Rdw,
    },
    Truth,
};

/// The device.
pub static DEVICE: Device = Device {
    kind: "haematology",
    name: "Haematology 1",
    dialect: "titer-sim-haematology",
    channels: &CHANNELS,
    calculate: indices,
    suspicions: &SUSPICIONS,
    framing: Framing::Packed,
    send_text_max: 240,
    orders: Some(Orders { identity: 3, code: 5 }),
    write: message,
};

/// Characters that the barcode is padded to, from the left.
const BARCODE_WIDTH: usize = 15;

/// Imprecision: round figures, well within what CLIA allows (haemoglobin and red cells 4 %, white cells 10 %, platelets 25 %).
static CHANNELS: [Channel; 20] = [
    Channel::number(Leukocytes, ("WBC", "10*9/L", 2), (0.018, 0.03), (4.0, 10.0)).far(1.0, 50.0),
    Channel::number(Erythrocytes, ("RBC", "10*12/L", 2), (0.008, 0.0), (3.8, 5.5)).far(2.0, 7.5),
    Channel::number(Haemoglobin, ("HGB", "g/L", 0), (0.006, 0.4), (120.0, 170.0)).far(60.0, 200.0),
    Channel::number(Haematocrit, ("HCT", "L/L", 3), (0.0, 0.0), (0.36, 0.50)).far(0.18, 0.60),
    Channel::number(Mcv, ("MCV", "fL", 1), (0.005, 0.0), (83.0, 101.0)),
    Channel::number(Mch, ("MCH", "pg", 1), (0.0, 0.0), (27.0, 32.0)),
    Channel::number(Mchc, ("MCHC", "g/L", 0), (0.0, 0.0), (315.0, 345.0)),
    Channel::number(Rdw, ("RDW-CV", "%", 1), (0.010, 0.0), (11.5, 15.7)),
    Channel::number(Platelets, ("PLT", "10*9/L", 0), (0.028, 1.5), (150.0, 410.0)).far(40.0, 1_000.0),
    Channel::number(Mpv, ("MPV", "fL", 1), (0.018, 0.0), (8.0, 12.5)),
    Channel::number(Neutrophils, ("NEUT#", "10*9/L", 2), (0.03, 0.03), (2.0, 7.0)).far(0.5, 30.0),
    Channel::number(Lymphocytes, ("LYMPH#", "10*9/L", 2), (0.04, 0.03), (1.0, 3.0)),
    Channel::number(Monocytes, ("MONO#", "10*9/L", 2), (0.06, 0.02), (0.2, 1.0)),
    Channel::number(Eosinophils, ("EO#", "10*9/L", 2), (0.08, 0.01), (0.02, 0.5)),
    Channel::number(Basophils, ("BASO#", "10*9/L", 2), (0.10, 0.005), (0.02, 0.1)),
    Channel::number(NeutrophilShare, ("NEUT%", "%", 1), (0.0, 0.0), (40.0, 80.0)),
    Channel::number(LymphocyteShare, ("LYMPH%", "%", 1), (0.0, 0.0), (20.0, 40.0)),
    Channel::number(MonocyteShare, ("MONO%", "%", 1), (0.0, 0.0), (2.0, 10.0)),
    Channel::number(EosinophilShare, ("EO%", "%", 1), (0.0, 0.0), (1.0, 6.0)),
    Channel::number(BasophilShare, ("BASO%", "%", 1), (0.0, 0.0), (0.0, 2.0)),
];

static SUSPICIONS: [Suspicion; 3] = [
    Suspicion { of: Leukocytes, when: left_shift, code: "LEFT_SHIFT", text: "Left shift?" },
    Suspicion { of: Platelets, when: few_platelets, code: "PLT_CLUMPS", text: "PLT clumps?" },
    Suspicion { of: Erythrocytes, when: fragments, code: "FRAGMENTS", text: "Fragments?" },
];

fn left_shift(truth: &Truth) -> bool {
    truth.of(Neutrophils) > 14.0
}

fn few_platelets(truth: &Truth) -> bool {
    truth.of(Platelets) < 70.0
}

fn fragments(truth: &Truth) -> bool {
    truth.of(Mcv) < 70.0 && truth.of(Rdw) > 17.0
}

/// What is counted is red cells, their volume and haemoglobin, white cells and how they divide; the rest is arithmetic. Shares
/// are printed with one decimal, and neutrophils are what the others leave of 100.
fn indices(seen: &mut Truth) {
    let (erythrocytes, haemoglobin) = (seen.of(Erythrocytes), seen.of(Haemoglobin));
    let haematocrit = erythrocytes * seen.of(Mcv) / 1_000.0;
    seen.set(Haematocrit, haematocrit);
    seen.set(Mch, haemoglobin / erythrocytes);
    seen.set(Mchc, haemoglobin / haematocrit);
    let kinds = [
        (Lymphocytes, LymphocyteShare),
        (Monocytes, MonocyteShare),
        (Eosinophils, EosinophilShare),
        (Basophils, BasophilShare),
    ];
    let all = kinds.iter().fold(seen.of(Neutrophils), |sum, (kind, _)| sum + seen.of(*kind));
    let mut left = 100.0;
    for (kind, share) in kinds {
        let percent = (1_000.0 * seen.of(kind) / all).round() / 10.0;
        left -= percent;
        seen.set(share, percent);
        seen.set(kind, seen.of(Leukocytes) * percent / 100.0);
    }
    seen.set(NeutrophilShare, left.max(0.0));
    seen.set(Neutrophils, seen.of(Leukocytes) * left.max(0.0) / 100.0);
}

fn message(report: &Report<'_>) -> Vec<u8> {
    let time = report.time();
    let mut message = Writer::new(Delimiters::default());
    header(&mut message, [report.instrument, "1.4", "BC-20417"], &time);
    message.record(b'P').field("1");
    let (rack, place) = report.place();
    let padded = format!("{:>BARCODE_WIDTH$}", report.barcode);
    let tests = report.readings.iter().map(|reading| ["", "", "", "", reading.code]);
    message.record(b'O').field("1").skip(1).components([rack.as_str(), &place, &padded, "B"]).repeats(tests);
    message.skip(6).field(report.action()).skip(13).field("F");
    for (reading, number) in report.readings.iter().zip(1..) {
        message.record(b'R').field(number.to_string()).components(["", "", "", "", reading.code, "1"]);
        message.field(&reading.value).field(reading.unit).skip(1).field(reading.flag).skip(1).field("F");
        message.skip(3).field(&time);
        comment(&mut message, reading.suspicion);
    }
    if let Some(volume) = report.readings.iter().find(|reading| reading.code == "MCV") {
        message.record(b'M').field("1").components(["HIST", "RBC"]).repeats([histogram(&volume.value)]);
    }
    end(message)
}

/// How many cells there are at each volume, in steps of 20 fL: a bell around the mean, 100 at its top.
fn histogram(mean: &str) -> Vec<String> {
    let mean: f64 = mean.parse().unwrap_or(90.0);
    let at = |n: i32| 100.0 * (-0.5 * ((f64::from(20 * n) - mean) / 13.0).powi(2)).exp();
    (0..=10).map(|n| format!("{:.0}", at(n))).collect()
}
