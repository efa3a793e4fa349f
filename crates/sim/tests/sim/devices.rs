#![allow(clippy::unwrap_used)]
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use titer_sim::{
    devices::{self, CONTROL_LEVELS, Channel, Device, Material, Reading, Report, chemistry, coagulation, haematology},
    people::People,
    physiology::{Analyte, Body, Condition, Truth},
};
use titer_wire::astm::{Encoding, Kind, Message, Record, parse};

const CATALOG: &str = include_str!("../../../../content/catalog/analytes.toml");

fn at() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn truth(condition: Condition, severity: f64) -> Truth {
    let patient = People::new(3, date(2026, 3, 2)).patient(1);
    Body::with(3, &patient, condition, severity, at()).truth(at())
}

fn dice(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The device's profile, as shipped.
fn dialect(device: &Device) -> toml::Table {
    let path = format!("{}/../../content/dialects/{}.toml", env!("CARGO_MANIFEST_DIR"), device.dialect);
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn readings(device: &Device, truth: &Truth) -> Vec<Reading> {
    device.measure(truth, &[], 0.0, &mut dice(1))
}

fn report<'a>(barcode: &'a str, readings: &'a [Reading]) -> Report<'a> {
    Report {
        operator: "N. Quill",
        patient: "MRN-0000001",
        ..Report::of("BENCH", barcode, readings, date(2026, 3, 2).at(9, 5, 7, 0))
    }
}

/// What a profile says stands at `[table] field, component`, in the first record of that kind.
fn said(dialect: &toml::Table, table: &str, message: &Message<'_>) -> Option<String> {
    let place = &dialect[table];
    let number = |key: &str| place.get(key).map_or(1, |value| usize::try_from(value.as_integer().unwrap()).unwrap());
    let letter = place["record"].as_str().unwrap().as_bytes()[0];
    let record = message.records().iter().find(|record| record.raw()[0] == letter)?;
    Some(record.field(number("field")).component(number("component")).text(Encoding::Utf8).trim().to_owned())
}

fn of_kind<'a>(message: &Message<'a>, kind: Kind) -> Vec<Record<'a>> {
    message.records().iter().copied().filter(|record| record.kind() == kind).collect()
}

fn value(readings: &[Reading], code: &str) -> f64 {
    readings.iter().find(|reading| reading.code == code).unwrap().value.parse().unwrap()
}

#[test]
fn codes_units_and_analytes_are_the_dialects() {
    for device in devices::ALL {
        let dialect = dialect(device);
        let text = |row: &toml::Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = dialect["code"].as_array().unwrap().iter();
        let theirs: Vec<_> = rows.map(|row| (text(row, "code"), text(row, "unit"), text(row, "analyte"))).collect();
        let ours = |device: &Device| -> Vec<_> {
            let code = |c: &Channel| (c.code.to_owned(), c.unit.to_owned(), c.analyte.key().to_owned());
            device.channels.iter().map(code).collect()
        };
        // Behind the codes stand those that are sent in another unit in a laboratory in SI units.
        let mut codes = ours(device);
        codes.extend(ours(device.in_si()).into_iter().filter(|code| !ours(device).contains(code)));
        assert_eq!(codes, theirs, "{}", device.dialect);
    }
}

/// The same truth, printed in two units: glucose 90 mg/dL is 5.0 mmol/L.
#[test]
fn a_device_in_si_units_prints_the_same_values_in_these() {
    let seen = truth(Condition::Infection, 1.0);
    for (device, code, factor) in [
        (&chemistry::DEVICE, "Glu", 0.055_51),
        (&chemistry::DEVICE, "TBil", 17.104),
        (&devices::immunoassay::DEVICE, "202", 0.737_8),
        (&devices::immunoassay::DEVICE, "203", 2.265_5),
        (&devices::glucose::DEVICE, "GLUC", 0.055_51),
    ] {
        let read = |device: &Device| device.measure(&seen, &[], 0.0, &mut dice(1));
        let (conventional, si) = (read(device), read(device.in_si()));
        let (one, other) = (value(&conventional, code) * factor, value(&si, code));
        assert!((one - other).abs() <= 0.02 * one + 1.0, "{code}: {one} {other}");
        let flags = |readings: &[Reading]| readings.iter().map(|r| r.flag).collect::<Vec<_>>();
        assert_eq!(flags(&conventional), flags(&si), "the instrument's own flags are the same");
    }
    assert_eq!(devices::hba1c::DEVICE.in_si().channels.len(), devices::hba1c::DEVICE.channels.len());
}

#[test]
fn what_is_measured_is_in_the_catalog_in_its_own_unit() {
    let catalog: toml::Table = CATALOG.parse().unwrap();
    // What instruments write is not always UCUM.
    let ucum = |unit: &str| match unit {
        "mIU/L" => "m[IU]/L".to_owned(),
        "INR" => "{INR}".to_owned(),
        "ug/mL FEU" => "ug/mL{FEU}".to_owned(),
        unit => unit.to_owned(),
    };
    let mut measured = 0;
    for channel in devices::ALL.iter().flat_map(|device| device.channels) {
        let rows = catalog["analyte"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"].as_str() == Some(channel.analyte.key()));
        let unit = row.unwrap_or_else(|| panic!("{:?} is not in the catalog", channel.analyte))["unit"].as_str();
        let expected = match channel.analyte {
            Analyte::UrineSolute => "{ratio}".to_owned(),
            Analyte::UrinePh => "[pH]".to_owned(),
            _ => ucum(channel.unit),
        };
        assert_eq!(unit, Some(expected.as_str()), "{}", channel.code);
        measured += 1;
    }
    assert_eq!(measured, Analyte::ALL.len(), "every analyte is measured by one device");
}

#[test]
fn a_message_says_what_the_profile_reads_in_it() {
    for device in devices::ALL {
        let (dialect, readings) = (dialect(device), readings(device, &truth(Condition::Infection, 1.0)));
        for (material, list) in [(Material::Patient, "patient"), (Material::Control(1), "control")] {
            let text = device.message(&Report { material, ..report("S2603020017", &readings) });
            let messages = parse(&text).unwrap();
            let [message] = &messages[..] else { panic!("{}: {} messages", device.kind, messages.len()) };
            assert_eq!(said(&dialect, "identity", message).as_deref(), Some("S2603020017"), "{}", device.kind);
            assert_eq!(said(&dialect, "completed", message).as_deref(), Some("20260302090507"), "{}", device.kind);
            let mark = said(&dialect, "material", message).unwrap();
            let known = dialect["material"][list].as_array().unwrap();
            assert!(known.iter().any(|value| value.as_str() == Some(&mark)), "{}: {mark:?}", device.kind);
            assert_eq!(message.header().field(5).component(1).text(Encoding::Utf8), "BENCH");
            assert_eq!(message.terminator().unwrap().field(3).text(Encoding::Utf8), "N");

            let place = |key: &str| usize::try_from(dialect["result"][key].as_integer().unwrap()).unwrap();
            let code = usize::try_from(dialect["result"]["code"]["component"].as_integer().unwrap()).unwrap();
            let results = of_kind(message, Kind::Result);
            assert_eq!(results.len(), readings.len(), "{}", device.kind);
            for (result, reading) in results.iter().zip(&readings) {
                let text = |field: usize| result.field(field).text(Encoding::Utf8).into_owned();
                assert_eq!(result.field(3).component(code).text(Encoding::Utf8), reading.code);
                assert_eq!(
                    [text(place("value")), text(place("unit"))],
                    [reading.value.clone(), reading.unit.to_owned()]
                );
                assert!(dialect["flags"].get(text(place("flag"))).is_some(), "{}: {reading:?}", device.kind);
                assert!(dialect["statuses"].get(text(place("status"))).is_some(), "{}", device.kind);
            }
            let uncharted = dialect["records"]["uncharted"].as_array().unwrap();
            let others = of_kind(message, Kind::Manufacturer);
            assert!(others.is_empty() || uncharted.iter().any(|value| value.as_str() == Some("M")), "{}", device.kind);
        }
    }
}

#[test]
fn the_chemistry_message_is_plain() {
    let reading =
        |code, value: &str, unit, flag| Reading { code, value: value.to_owned(), unit, flag, suspicion: None };
    let readings = [reading("Na", "141", "mmol/L", "N"), reading("K", "6.7", "mmol/L", "HH")];
    let report = Report::of("CHEM-1", "S2603020017", &readings, date(2026, 3, 2).at(9, 5, 7, 0));
    assert_eq!(
        String::from_utf8(chemistry::DEVICE.message(&report)).unwrap().replace('\r', "\n"),
        "H|\\^&|||CHEM-1|||||||P|LIS2-A2|20260302090507\n\
         P|1\n\
         O|1|S2603020017||^^^Na\\^^^K|||||||N||||||||||||||F\n\
         R|1|^^^Na|141|mmol/L||N||F||||20260302090507\n\
         R|2|^^^K|6.7|mmol/L||HH||F||||20260302090507\n\
         L|1|N\n"
    );
}

#[test]
fn each_device_has_its_own_habits() {
    let text = |device: &Device, truth: &Truth| {
        let readings = readings(device, truth);
        String::from_utf8(device.message(&report("S1", &readings))).unwrap()
    };
    let sick = truth(Condition::Infection, 1.0);
    let counted = text(&haematology::DEVICE, &sick);
    assert!(counted.contains("|1^1^             S1^B|"), "a padded barcode behind rack and place: {counted}");
    assert!(counted.contains("\rC|1|I|LEFT_SHIFT^Left shift?|I\r"), "{counted}");
    assert!(!text(&haematology::DEVICE, &truth(Condition::Well, 0.0)).contains("\rC|"));
    assert!(counted.contains("\rM|1|HIST^RBC|"), "{counted}");
    let clotted = text(&coagulation::DEVICE, &sick);
    assert_eq!(clotted.matches("\rO|").count(), 4, "an order record for each assay: {clotted}");
    assert!(clotted.contains("^^^PT|") && clotted.contains("|INR||"), "{clotted}");
    let metered = text(&devices::glucose::DEVICE, &sick);
    assert!(metered.contains("\rP|1||MRN-0000001\r") && metered.contains("|N. Quill|"), "{metered}");
    let dipped = text(&devices::urinalysis::DEVICE, &truth(Condition::UrinaryInfection, 1.0));
    assert!(dipped.contains("^^^NIT|pos|||A||F|") && dipped.contains("^^^LEU|3+|"), "{dipped}");
    assert!(text(&devices::hba1c::DEVICE, &sick).contains("|mmol/mol||"));
    let silent = text(&devices::immunoassay::DEVICE, &truth(Condition::Hyperthyroidism, 1.0));
    assert!(silent.contains("^^^101^1|<0.01|mIU/L||LL||"), "below the measuring range: {silent}");
}

#[test]
fn measuring_scatters_around_the_truth() {
    let truth = truth(Condition::Well, 0.0);
    let mut dice = dice(7);
    for device in devices::ALL {
        let runs: Vec<_> = (0..1_500).map(|_| device.measure(&truth, &[], 0.0, &mut dice)).collect();
        for (n, channel) in device.channels.iter().enumerate() {
            let values: Vec<f64> = runs.iter().filter_map(|run| run[n].value.parse().ok()).collect();
            if values.len() < runs.len() || channel.analyte == Analyte::UrineSolute {
                continue;
            }
            let decimals = runs[0][n].value.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            assert!(runs.iter().all(|run| run[n].value.split_once('.').map_or(0, |(_, d)| d.len()) == decimals));
            let (mean, truth) = (values.iter().sum::<f64>() / values.len() as f64, truth.of(channel.analyte));
            let step = 0.1_f64.powi(i32::try_from(decimals).unwrap());
            assert!((mean - truth).abs() < 0.012 * truth + 0.6 * step, "{}: {mean}, in truth {truth}", channel.code);
        }
    }
}

#[test]
fn flags_are_the_instruments_own() {
    let flag = |condition, severity, analyte: Analyte| {
        let device = devices::ALL.into_iter().find(|device| device.channel(analyte).is_some()).unwrap();
        let place = device.channels.iter().position(|channel| channel.analyte == analyte).unwrap();
        readings(device, &truth(condition, severity))[place].flag
    };
    for (condition, severity, analyte, expected) in [
        (Condition::Well, 0.0, Analyte::Sodium, "N"),
        (Condition::Hyponatraemia, 0.5, Analyte::Sodium, "L"),
        (Condition::Hyponatraemia, 1.0, Analyte::Sodium, "LL"),
        (Condition::Diabetes, 0.7, Analyte::Glucose, "H"),
        (Condition::ChronicKidneyDisease, 1.0, Analyte::Creatinine, "HH"),
        (Condition::IronDeficiency, 1.0, Analyte::Mcv, "L"),
        (Condition::Warfarin, 1.0, Analyte::Inr, "HH"),
        (Condition::Diabetes, 0.9, Analyte::UrineGlucose, "A"),
    ] {
        assert_eq!(flag(condition, severity, analyte), expected, "{condition:?} {analyte:?}");
    }
}

#[test]
fn a_bias_moves_patients_and_controls_alike() {
    for device in devices::ALL {
        let code = device.channels[0].code;
        for level in 1..=CONTROL_LEVELS {
            let run = |bias| device.measure_control(level, bias, &mut dice(3));
            assert_eq!(run(0.0).len(), device.channels.len());
            if let (Ok(before), Ok(after)) = (run(0.0)[0].value.parse::<f64>(), run(0.5)[0].value.parse::<f64>()) {
                assert!((after / before - 1.5).abs() < 0.1, "{code} at level {level}: {before}, {after}");
            }
        }
    }
    let levels: Vec<f64> =
        (1..=2).map(|level| value(&chemistry::DEVICE.measure_control(level, 0.0, &mut dice(1)), "K")).collect();
    assert!(levels[0] < 5.0 && levels[1] > 6.0, "{levels:?}");
    assert_eq!(chemistry::DEVICE.control(2), "QC-CHEMISTRY-2");
}

#[test]
fn a_question_has_the_barcode_where_the_device_puts_it() {
    let now = date(2026, 3, 2).at(9, 0, 0, 0);
    let text = |device: &Device| device.question("X", "S1", now).map(|text| String::from_utf8(text).unwrap());
    assert!(text(&chemistry::DEVICE).unwrap().contains("\rQ|1|^S1||ALL||||||||O\r"));
    assert!(text(&haematology::DEVICE).unwrap().contains("\rQ|1|^^S1||ALL||||||||O\r"));
    assert_eq!(text(&devices::urinalysis::DEVICE), None);
}

#[test]
fn a_device_is_found_by_its_kind_and_has_a_dialect_of_its_own() {
    for device in devices::ALL {
        assert_eq!(Device::named(device.kind).unwrap().dialect, device.dialect);
        assert_eq!(device.dialect, format!("titer-sim-{}", device.kind));
    }
    assert!(Device::named("spectrometry").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_blood_count_agrees_with_itself(
        seed in any::<u64>(),
        condition in prop::sample::select(Condition::ALL.to_vec()),
        severity in 0.0..=1.0,
    ) {
        let patient = People::new(seed, date(2026, 3, 2)).patient(1);
        let truth = Body::with(seed, &patient, condition, severity, at()).truth(at());
        let readings = haematology::DEVICE.measure(&truth, &[], 0.0, &mut dice(seed));
        let v = |code| value(&readings, code);
        let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance;
        prop_assert!(near(v("HCT"), v("RBC") * v("MCV") / 1_000.0, 0.0015 + 0.006 * v("MCV") / 100.0));
        prop_assert!(near(v("MCH"), v("HGB") / v("RBC"), 0.06 + (0.5 / v("RBC")) + 0.005 * v("MCH") / v("RBC")));
        prop_assert!(near(v("MCHC"), v("HGB") / v("HCT"), 0.6 + 0.5 / v("HCT") + 0.0006 * v("MCHC") / v("HCT")));
        let shares: f64 = ["NEUT%", "LYMPH%", "MONO%", "EO%", "BASO%"].iter().map(|code| v(code)).sum();
        prop_assert!(near(shares, 100.0, 0.001), "shares add up to {shares}");
        let counts: f64 = ["NEUT#", "LYMPH#", "MONO#", "EO#", "BASO#"].iter().map(|code| v(code)).sum();
        prop_assert!(near(counts, v("WBC"), 0.031), "counts add up to {counts} of {}", v("WBC"));
    }

    #[test]
    fn the_same_seed_measures_the_same_and_asking_for_less_changes_nothing(seed in any::<u64>()) {
        let truth = truth(Condition::Infection, 0.5);
        for device in devices::ALL {
            let texts = |codes: &[String]| -> Vec<_> {
                let measured = device.measure(&truth, codes, 0.0, &mut dice(seed));
                measured.into_iter().map(|reading| (reading.code, reading.value)).collect()
            };
            let all = texts(&[]);
            prop_assert_eq!(&all, &texts(&[]));
            let code = all.last().unwrap().0;
            let some = texts(&[code.to_owned()]);
            let expected: Vec<_> = all.iter().filter(|(of, _)| *of == code).cloned().collect();
            prop_assert_eq!(some, expected);
        }
    }
}
