//! What a dialect takes from a message, and what it holds because the dialect does not explain it.

use titer_link::{
    Dialect,
    dialect::{ReadMessage, SpecimenRole, Value, names},
};

/// A dialect with something of everything.
const DIALECT: &str = r#"
identity = { record = "O", field = 4, component = 2, trim = true }
material = { record = "O", field = 12, patient = ["N"], control = ["Q"] }
completed = { record = "R", field = 13, format = "YYYYMMDDhhmmss", zone = "instrument" }
result = { record = "R", code = { field = 3, component = 4 }, value = 4, unit = 5, flag = 7, status = 9 }
statuses = { F = "Final" }
flags = { "" = "Not flagged", N = "Normal", H = "High" }
comment = { record = "C", field = 4, component = 1 }
comment_codes = { "" = "No text", 7 = "Diluted" }
records = { uncharted = ["M"] }
code = []

[device]
name = "Analyzer"
maker = "Titer"
version = "1"
provenance = "untested"

[framing]
protocol = "astm"
encoding = "us-ascii"
"#;

const RESULT: &str = "R|1|^^^550|95.2|U/L||N||F||||20261122080000";

fn read(dialect: &str, records: &[&str]) -> ReadMessage {
    let dialect = Dialect::parse(dialect).unwrap();
    let text: String = records.iter().map(|r| format!("{r}\r")).collect();
    dialect.read(text.as_bytes()).unwrap()
}

/// What is said of one tube with these records behind its order.
fn of_tube(behind: &[&str]) -> ReadMessage {
    let mut records = vec!["H|\\^&|||C111^Roche^c111", "P|1", "O|1|1|1^T20-1^2||R||||||N"];
    records.extend(behind);
    records.push("L|1|N");
    read(DIALECT, &records)
}

fn value(behind: &[&str]) -> Value {
    of_tube(behind).specimens.remove(0).values.remove(0)
}

#[test]
fn a_dialect_that_there_is_not_is_refused_with_those_that_there_are() {
    let refused = Dialect::named("cobas-c112").unwrap_err();
    assert_eq!(refused.code, "links-dialect-unknown");
    let known = &refused.args.iter().find(|(n, _)| *n == "known").unwrap().1;
    assert!(names().all(|name| known.contains(name)), "{known}");
}

#[test]
fn a_result_is_taken_from_the_places_that_the_dialect_names() {
    let said = of_tube(&[RESULT]);
    assert_eq!(said.instrument, "C111");
    assert_eq!(said.strange, Vec::<String>::new());
    let tube = &said.specimens[0];
    assert_eq!((tube.identity.as_str(), &tube.role), ("T20-1", &SpecimenRole::Patient));
    let value = &tube.values[0];
    assert_eq!((value.code.as_str(), value.value.as_str(), value.unit.as_str()), ("550", "95.2", "U/L"));
    assert_eq!(value.completed.unwrap().to_string(), "2026-11-22T08:00:00");
    assert_eq!(value.unexplained, Vec::<String>::new());
}

/// The patient's name and number, the sequence number, the other specimen field and the rack position are full of likely identities.
#[test]
fn the_identity_is_that_of_one_place_and_never_another_s() {
    let full = "P|1|T20-2|T20-3|T20-4|T20-5^T20-6";
    let cases = [
        ("O|1|1|1^T20-1^2||R||||||N", "T20-1"),
        ("O|1|1|1^ T20-1 ^2||R||||||N", "T20-1"),
        ("O|1|T20-7|1^^2||R||||||N", ""),
        ("O|1|T20-7|T20-8||R||||||N", ""),
        ("O|1|T20-7|||R||||||N", ""),
        ("O|1|T20-7|^^T20-9||R||||||N", ""),
        ("O|T20-7|||||||||||N", ""),
        ("O|1|1|1^T20&S&1^2||R||||||N", "T20^1"),
        // Between two in one field nothing is chosen.
        ("O|1|1|1^T20-1\\1^T20-2||R||||||N", ""),
    ];
    for (order, identity) in cases {
        let said = read(DIALECT, &["H|\\^&|||C111", full, order, RESULT, "L|1|N"]);
        assert_eq!(said.specimens[0].identity, identity, "{order}");
    }
    let untrimmed = DIALECT.replacen(", trim = true", "", 1);
    let said = read(&untrimmed, &["H|\\^&", "P|1", "O|1|1|1^ T20-1||R||||||N", RESULT, "L|1|N"]);
    assert_eq!(said.specimens[0].identity, " T20-1");
}

#[test]
fn material_is_a_patient_s_only_where_the_dialect_says_so() {
    let cases = [
        ("N", SpecimenRole::Patient),
        ("Q", SpecimenRole::Control),
        ("", SpecimenRole::Unknown(String::new())),
        ("n", SpecimenRole::Unknown("n".to_owned())),
        ("A", SpecimenRole::Unknown("A".to_owned())),
        ("N\\Q", SpecimenRole::Unknown("N\\Q".to_owned())),
    ];
    for (mark, expected) in cases {
        let order = format!("O|1|1|1^T20-1||R||||||{mark}");
        let said = read(DIALECT, &["H|\\^&", "P|1", &order, RESULT, "L|1|N"]);
        assert_eq!(said.specimens[0].role, expected, "{mark:?}");
    }
    let said = read(DIALECT, &["H|\\^&", "P|1", RESULT, "L|1|N"]);
    assert_eq!(
        (said.specimens[0].identity.as_str(), &said.specimens[0].role),
        ("", &SpecimenRole::Unknown(String::new()))
    );
}

/// The record of the result, the records behind it, and the holds.
#[test]
fn what_the_dialect_does_not_list_holds_the_result() {
    let with = |flag: &str, status: &str| format!("R|1|^^^550|95.2|U/L||{flag}||{status}||||20261122080000");
    let cases: &[(String, &[&str], &[&str])] = &[
        (with("N", "F"), &[], &[]),
        (with("", "F"), &[], &[]),
        (with(" H ", " F "), &[], &[]),
        (with("N\\H", "F"), &[], &[]),
        (with("A", "F"), &[], &["instrument-flag:A"]),
        (with("n", "F"), &[], &["instrument-flag:n"]),
        (with("N\\>T\\A", "F"), &[], &["instrument-flag:>T", "instrument-flag:A"]),
        (with("N^H", "F"), &[], &["instrument-flag:N^H"]),
        (with("N", "C"), &[], &["status:C"]),
        (with("N", ""), &[], &["status:"]),
        (with("A", "X"), &[], &["status:X", "instrument-flag:A"]),
        (with("N", "F"), &["C|1|I||I"], &[]),
        (with("N", "F"), &["C|1|I|7^Diluted|I"], &[]),
        (with("N", "F"), &["C|1|I|111^? QC|I"], &["instrument-comment:111"]),
        (with("N", "F"), &["C|1|I||I", "C|2|I|9|I"], &["instrument-comment:9"]),
        (with("N", "F"), &["M|1|RR|137|136"], &[]),
        (with("N", "F"), &["Z|1|new"], &["instrument-record:Z"]),
        (with("N", "F"), &["c|1|I||I"], &["instrument-record:c"]),
    ];
    for (result, behind, holds) in cases {
        let records: Vec<&str> = std::iter::once(result.as_str()).chain(behind.iter().copied()).collect();
        assert_eq!(value(&records).unexplained, *holds, "{records:?}");
    }
}

/// A clot is told of the tube, not of each of its results.
#[test]
fn what_is_said_of_the_message_the_patient_or_the_order_holds_each_result_below() {
    let clot = "C|1|I|clot^Clot in the tube|I";
    let order = "O|1|1|1^T20-1||R||||||N";
    let second = "O|2|1|1^T20-2||R||||||N";
    let held = &["instrument-comment:clot"][..];
    // The records, and the holds of the first tube's and the second tube's result.
    let cases: [(&[&str], &[&str], &[&str]); 6] = [
        (&["H|\\^&", clot, "P|1", order, RESULT, second, RESULT], held, held),
        (&["H|\\^&", "P|1", clot, order, RESULT, "P|2", second, RESULT], held, &[]),
        (&["H|\\^&", "P|1", order, clot, RESULT, second, RESULT], held, &[]),
        (&["H|\\^&", "P|1", order, RESULT, clot, second, RESULT], held, &[]),
        (&["H|\\^&", "P|1", order, RESULT, second, "Z|1", RESULT], &[], &["instrument-record:Z"]),
        (&["H|\\^&", "C|1|I||I", "M|1", "P|1", "M|1", order, "M|1", RESULT, second, RESULT], &[], &[]),
    ];
    for (records, first, second) in cases {
        let said = read(DIALECT, &[records, &["L|1|N"]].concat());
        let holds: Vec<_> = said.specimens.iter().map(|s| s.values[0].unexplained.clone()).collect();
        assert_eq!(holds, [first, second], "{records:?}");
    }
}

#[test]
fn records_that_nothing_files_are_named() {
    let order = "O|1|1|1^T20-1||R||||||N";
    let cases: [(&[&str], &[&str]); 5] = [
        (&["H|\\^&", "Q|1|^T20-1||ALL"], &["Q"]),
        (&["H|\\^&", "S|1", "P|1", order, RESULT], &["S"]),
        (&["H|\\^&", "Z|1", "P|1", order, RESULT], &["Z"]),
        (&["H|\\^&", "P|1", "C|1|I|clot|I"], &["C"]),
        (&["H|\\^&", "M|1", "P|1", "C|1|I||I", order, RESULT], &[]),
    ];
    for (records, strange) in cases {
        assert_eq!(read(DIALECT, &[records, &["L|1|N"]].concat()).strange, *strange, "{records:?}");
    }
}

#[test]
fn a_time_is_fourteen_digits_that_are_a_time() {
    let cases = [
        ("20261122080000", Some("2026-11-22T08:00:00")),
        (" 20261122080000 ", Some("2026-11-22T08:00:00")),
        ("20240229235959", Some("2024-02-29T23:59:59")),
        ("", None),
        ("20261122", None),
        ("202611220800", None),
        ("20260229080000", None),
        ("20261322080000", None),
        ("20261122240000", None),
        ("2026112208000", None),
        ("20261122080000+0100", None),
        ("+0261122080000", None),
        ("-0261122080000", None),
        ("2026-11-22T08:0", None),
    ];
    for (sent, expected) in cases {
        let value = value(&[&format!("R|1|^^^550|95.2|U/L||N||F||||{sent}")]);
        assert_eq!(value.completed.map(|t| t.to_string()).as_deref(), expected, "{sent:?}");
        assert_eq!(value.completed_text, sent.trim());
    }
    let minutes = DIALECT.replacen("YYYYMMDDhhmmss", "YYYYMMDDhhmm", 1);
    for (sent, expected) in [("202611220800", Some("2026-11-22T08:00:00")), ("20261122080000", None)] {
        let result = RESULT.replacen("20261122080000", sent, 1);
        let said = read(&minutes, &["H|\\^&", "P|1", "O|1|1|1^T20-1||R||||||N", &result, "L|1|N"]);
        let completed = said.specimens[0].values[0].completed;
        assert_eq!(completed.map(|t| t.to_string()).as_deref(), expected, "{sent}");
    }
}

#[test]
fn a_value_is_as_it_was_sent() {
    for sent in ["95.2", "<0.6", "-----", "1,5", "", "NEG^1", "9&F&5"] {
        let value = value(&[&format!("R|1|^^^550| {sent} |U/L||N||F||||20261122080000")]);
        assert_eq!(value.value, sent.replace("&F&", "|"));
    }
}

#[test]
fn what_is_no_message_or_is_written_otherwise_is_refused() {
    let dialect = Dialect::parse(DIALECT).unwrap();
    let cases: [(&[u8], &str); 6] = [
        (b"", "inbox-unreadable"),
        (b"MSH|^~\\&|LAB\r", "inbox-unreadable"),
        (b"O|1|\rH|\\^&\r", "inbox-unreadable"),
        (b"H|||\rL|1|N\r", "inbox-unreadable"),
        (b"H|\\^&\rL|1|N\rR|1|\r", "inbox-unreadable"),
        (b"H|\\^&|||M\xfcller\rL|1|N\r", "inbox-encoding"),
    ];
    for (text, expected) in cases {
        assert_eq!(dialect.read(text).unwrap_err().code, expected, "{:?}", String::from_utf8_lossy(text));
    }
}

#[test]
fn characters_are_those_of_the_dialect_s_encoding() {
    let cases: [(&str, &[u8], &str); 3] = [
        ("latin-1", b"H|\\^&|||M\xfcller\rL|1|N\r", "Müller"),
        ("utf-8", "H|\\^&|||Müller\rL|1|N\r".as_bytes(), "Müller"),
        ("latin-1", "H|\\^&|||Müller\rL|1|N\r".as_bytes(), "MÃ¼ller"),
    ];
    for (encoding, text, instrument) in cases {
        let dialect = Dialect::parse(&DIALECT.replacen("us-ascii", encoding, 1)).unwrap();
        assert_eq!(dialect.read(text).unwrap().instrument, instrument, "{encoding}");
    }
}

#[test]
fn the_sender_s_delimiters_are_the_header_s() {
    let records = [
        "H!~*$!!!C111*Roche",
        "P!1",
        "O!1!1!1*T20-1*2!!R!!!!!!N",
        "R!1!***550!95.2!U/L!!N~H!!F!!!!20261122080000",
        "L!1!N",
    ];
    let said = read(DIALECT, &records);
    assert_eq!((said.instrument.as_str(), said.specimens[0].identity.as_str()), ("C111", "T20-1"));
    assert_eq!(said.specimens[0].values[0].code, "550");
    assert_eq!(said.specimens[0].values[0].unexplained, Vec::<String>::new());
}

#[test]
fn several_patients_and_tubes_in_one_message_stay_apart() {
    let order = |identity: &str| format!("O|1|1|1^{identity}||R||||||N");
    let (a, b, c) = (order("A"), order("B"), order("C"));
    let records =
        ["H|\\^&", "P|1", &a, RESULT, RESULT, &b, "P|2", &c, RESULT, "L|1|N", "H|\\^&", "P|1", &a, RESULT, "L|1|N"];
    let said = read(DIALECT, &records);
    let found: Vec<_> = said.specimens.iter().map(|s| (s.identity.as_str(), s.values.len())).collect();
    assert_eq!(found, [("A", 2), ("B", 0), ("C", 1), ("A", 1)]);
}
