//! Recordings in the forms in which people keep them.

use titer_link::{
    Dialect,
    dialect::names,
    trial::{Trial, Verdict},
};
use titer_wire::astm::write_frame;

const RECORDS: [&str; 5] =
    [r"H|\^&|||SIM-1^Titer", "P|1", "O|1|T1|||||||||N", "R|1|^^^Na|<140|mmol/L||N||F||||20261122085500", "L|1|N"];

fn dialect() -> Dialect {
    Dialect::named("titer-sim-chemistry").unwrap()
}

fn records(end: &str) -> String {
    RECORDS.iter().map(|r| format!("{r}{end}")).collect()
}

/// A record a frame.
fn frames() -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, record) in (1..).zip(RECORDS) {
        write_frame(&mut bytes, number, format!("{record}\r").as_bytes(), number == 5);
    }
    bytes
}

/// The bytes as text, with names for control characters.
fn named(bytes: &[u8]) -> String {
    let name = |byte: &u8| match byte {
        2 => "<STX>".to_owned(),
        3 => "<ETX>".to_owned(),
        4 => "<EOT>".to_owned(),
        5 => "<ENQ>".to_owned(),
        6 => "<ACK>".to_owned(),
        10 => "<LF>".to_owned(),
        13 => "<CR>".to_owned(),
        23 => "<17>".to_owned(),
        b'<' => "<3C>".to_owned(),
        byte => char::from(*byte).to_string(),
    };
    bytes.iter().map(name).collect()
}

#[test]
fn a_recording_is_read_in_each_form_in_which_it_is_kept() {
    let hex: String = frames().iter().map(|b| format!("{b:02x} ")).collect();
    let lines: Vec<String> = frames().split_inclusive(|b| *b == b'\n').map(named).collect();
    let recorded: String =
        lines.iter().map(|line| format!("2026-11-22T08:00:00Z 1 < {line}\n2026-11-22T08:00:00Z 1 > <ACK>\n")).collect();
    let answered = "2026-11-22T07:59:00Z 1 > <ENQ>\n2026-11-22T07:59:00Z 1 < <ACK>\n2026-11-22T07:59:01Z 1 > <EOT>\n";
    let forms: [(&str, Vec<u8>); 12] = [
        ("records, CR", records("\r").into()),
        ("records, LF", records("\n").into()),
        ("records, CRLF", records("\r\n").into()),
        ("records between ENQ and EOT", format!("\u{5}{}\u{4}", records("\r")).into()),
        ("frames", frames()),
        ("frames in a transfer", [&[5], &*frames(), &[4]].concat()),
        ("hexadecimal", hex.clone().into()),
        ("hexadecimal without blanks", hex.replace(' ', "").into()),
        ("frames as text", lines.join("\n").into()),
        // The sign of a value is no name.
        ("frames as text, careless", lines.join("\n").replace("<3C>", "<").into()),
        ("a recording that begins with orders of the host", format!("{answered}{recorded}").into()),
        ("a recording of both directions", format!("# sim\n2026-11-22T08:00:00Z 1 - connected\n{recorded}").into()),
    ];
    for (form, bytes) in forms {
        let trial = Trial::of(&dialect(), &bytes);
        assert_eq!(trial.warnings, Vec::<String>::new(), "{form}");
        assert_eq!(trial.messages.len(), 1, "{form}");
        let message = &trial.messages[0];
        assert_eq!((message.records, message.refused.is_none()), (5, true), "{form}: {message:?}");
        let specimen = &message.specimens[0];
        assert_eq!((specimen.said.identity.as_str(), specimen.said.values[0].value.as_str()), ("T1", "<140"), "{form}");
        let verdict = Verdict::Filed { analyte: Some("sodium".to_owned()), holds: vec![] };
        assert_eq!(specimen.verdicts, [verdict], "{form}");
    }
}

#[test]
fn messages_of_a_session_and_of_several_connections_stay_apart() {
    let two = format!("{}{}", records("\r"), records("\r").replace("|T1|", "|T2|"));
    let identities = |file: &str| -> Vec<String> {
        let trial = Trial::of(&dialect(), file.as_bytes());
        trial.messages.iter().flat_map(|m| &m.specimens).map(|s| s.said.identity.clone()).collect()
    };
    assert_eq!(identities(&two), ["T1", "T2"]);
    // Two analyzers at once: their records alternate in the recording.
    let mixed: String =
        RECORDS.iter().map(|r| format!("2026 1 < {r}<CR>\n2026 2 < {}<CR>\n", r.replace("|T1|", "|T2|"))).collect();
    assert_eq!(identities(&mixed), ["T1", "T2"]);
}

#[test]
fn what_is_not_whole_or_no_message_is_told() {
    let codes = |file: &[u8]| -> (Vec<&'static str>, usize) {
        let trial = Trial::of(&dialect(), file);
        let refused = trial.messages.iter().map(|m| m.refused.as_ref().map_or("", |r| r.code)).collect();
        (refused, trial.warnings.len())
    };
    let whole = records("\r");
    assert_eq!(codes(b""), (vec![], 0));
    assert_eq!(codes(b"what is this?\nnobody knows\n"), (vec![], 1), "lines without a header");
    assert_eq!(codes(whole.replace("L|1|N\r", "").as_bytes()), (vec!["inbox-incomplete"], 0));
    assert_eq!(codes(whole.replace(r"H|\^&", "H|||").as_bytes()), (vec!["inbox-unreadable"], 0));
    assert_eq!(codes(whole.replace("SIM-1", "S\u{ef}M-1").as_bytes()), (vec!["inbox-encoding"], 0));
    let mut wrong = frames();
    let at = wrong.iter().position(|b| *b == b'<').unwrap();
    wrong[at] = b'>';
    let (refused, warnings) = codes(&wrong);
    assert_eq!(refused, ["inbox-incomplete"], "a frame whose sum is wrong is not read");
    assert!(warnings > 0);
}

/// What waits for a person whatever the laboratory maps.
#[test]
fn each_reason_that_a_message_alone_can_tell_is_told() {
    let of = |from: &str, to: &str| {
        let text = records("\r").replace(from, to);
        assert_ne!(text, records("\r"), "{from}");
        Trial::of(&dialect(), text.as_bytes()).verdicts().next().unwrap().clone()
    };
    let held = |verdict: Verdict| match verdict {
        Verdict::Held(refusal) => refusal.code,
        other => panic!("{other:?}"),
    };
    let cases = [
        ("||N\r", "||Q\r", "inbox-control"),
        ("||N\r", "||\r", "inbox-material"),
        ("|T1|", "||", "inbox-no-identity"),
        ("20261122085500", "20261199", "inbox-time"),
        ("<140", "", "inbox-text-missing"),
        ("<140", "1&X00&", "inbox-text-control"),
    ];
    for (from, to, expected) in cases {
        assert_eq!(held(of(from, to)), expected, "{to:?}");
    }
    let filed = |analyte: Option<&str>, holds: &[&str]| Verdict::Filed {
        analyte: analyte.map(str::to_owned),
        holds: holds.iter().map(|h| (*h).to_owned()).collect(),
    };
    assert_eq!(of("^Na|", "^K2|"), filed(None, &[]));
    assert_eq!(of("|mmol/L|", "|mEq/L|"), filed(None, &[]));
    assert_eq!(of("|N||F|", "|X||P|"), filed(Some("sodium"), &["status:P", "instrument-flag:X"]));
    assert_eq!(of("20261122085500", ""), filed(Some("sodium"), &["no-time"]));
}

/// Whatever comes, in whatever form: it is read or told, and nothing panics.
#[test]
fn nothing_that_comes_makes_a_dialect_panic() {
    let text = [records("\r").into_bytes(), b"H|@^\\|\rQ|1|^A@^B|^C\rP|1|&X&\rR|\rC||||\rM\rO\rL\r".to_vec()].concat();
    for name in names() {
        let dialect = Dialect::named(name).unwrap();
        for at in 0..text.len() {
            let _ = Trial::of(&dialect, &text[..at]);
            for byte in [0, 2, b'\r', b'|', b'\\', b'^', b'&', b'H', 0xff] {
                let mut other = text.clone();
                other[at] = byte;
                let _ = dialect.read(&other);
            }
        }
    }
}

#[test]
fn a_number_that_was_not_scanned_is_held_as_it_is_when_it_comes_over_a_link() {
    let of = |origin: &str| {
        let tube = format!("O|1||^^T1^{origin}|^^^^WBC|||||||N\r");
        let sent = format!("H|\\^&\rP|1\r{tube}R|1|^^^^WBC^26|7.8|10*3/uL||N||||||20261122085500\rL|1|N\r");
        Trial::of(&Dialect::named("sysmex-xp").unwrap(), sent.as_bytes()).messages.remove(0).specimens.remove(0)
    };
    assert_eq!(of("B").held, None);
    assert_eq!(of("A").held.map(|refusal| refusal.code), Some("inbox-identity-not-scanned"));
}
