//! Captures of real analyzers, and fixtures of our own in their manner.
//!
//! The captures are reference data kept outside the project; where that folder is missing, the fixtures stand alone.

use std::path::PathBuf;
use std::time::Duration;

use crate::support::check;
use titer_wire::astm::{Encoding, Kind, Message, Options, Output, Session, parse};

/// The manner of a cobas c 111: a record to a frame, ETB on all but the last, reaction readings in an M record, eight
/// frames and more.
#[test]
fn a_chemistry_analyzer_that_chains_its_frames() {
    check(
        r"
        > <ENQ>
        < <ACK>
        > {1:H|\^&|||CHEM1^Maker^chem1^1.0|||||host|RSUPL^REAL|P|1|20260105103000<CR>+}
        < <ACK>
        > {2:P|1||<CR>+}
        < <ACK>
        > {3:O|1||S26-000017^^1||R||||||N||||||||||||||F<CR>+}
        < <ACK>
        > {4:R|1|^^^550|41.5|U/L||N||F||$SYS$||20260105102958<CR>+}
        < <ACK>
        > {5:C|1|I||I<CR>+}
        < <ACK>
        > {6:M|1|RR^BM^chem1^1|137|137\136\430|0.005<CR>+}
        < <ACK>
        > {7:L|1|N<CR>}
        message(7) H|\^&|||CHEM1^Maker^chem1^1.0|||||host|RSUPL^REAL|P|1|20260105103000<CR>P|1||<CR>O|1||S26-000017^^1||R||||||N||||||||||||||F<CR>R|1|^^^550|41.5|U/L||N||F||$SYS$||20260105102958<CR>C|1|I||I<CR>M|1|RR^BM^chem1^1|137|137\136\430|0.005<CR>L|1|N<CR>
        accept
        < <ACK>
        > <EOT>
        ",
    );
}

/// Plays bytes to a session that stores every message. Answers what it sent, and the messages.
fn play(bytes: &[u8], piece: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    // Captures may leave out what carries no text.
    let mut session = Session::new(Options { implicit_enq: true, ..Options::default() });
    let (mut sent, mut messages) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(piece) {
        session.receive(Duration::ZERO, piece);
        while let Some(output) = session.poll() {
            match output {
                Output::Send(bytes) => sent.extend(bytes),
                Output::Message(received) => {
                    messages.push(received.text);
                    session.accept(Duration::ZERO);
                }
                Output::Warning(titer_wire::astm::Warning::NoEnquiry) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    (sent, messages)
}

fn capture(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/wire/astm").join(name);
    std::fs::read(path).ok()
}

fn first_order<'a>(message: &Message<'a>) -> (String, Vec<[String; 3]>) {
    let patient = message.groups().next().expect("a patient");
    let order = patient.groups().next().expect("an order");
    let text = |value: titer_wire::astm::Value<'a>| value.text(Encoding::Utf8).into_owned();
    let results = order.groups().filter_map(|result| result.record());
    let results = results.map(|result| [text(result.field(3)), text(result.field(4)), text(result.field(5))]);
    (text(order.record().expect("an order record").field(4)), results.collect())
}

#[test]
fn the_capture_of_a_cobas_c_111() {
    let Some(frames) = capture("cobas_c111.bin") else { return };
    let with_enq = [b"\x05", &frames[..], b"\x04"].concat();
    for piece in [1, 7, frames.len() + 2] {
        let (sent, messages) = play(&frames, piece);
        assert_eq!(sent, [0x06; 7], "without ENQ, {piece} bytes at a time");
        let (sent_with_enq, messages_with_enq) = play(&with_enq, piece);
        assert_eq!(sent_with_enq, [0x06; 8], "with ENQ, {piece} bytes at a time");
        assert_eq!(messages, messages_with_enq);

        let message = &parse(&messages[0]).unwrap()[0];
        let kinds: Vec<Kind> = message.records().iter().map(|record| record.kind()).collect();
        use Kind::{Comment, Header, Manufacturer, Order, Patient, Result, Terminator};
        assert_eq!(kinds, [Header, Patient, Order, Result, Comment, Manufacturer, Terminator]);
        let (specimen, results) = first_order(message);
        assert_eq!(specimen, "T20-10143GA D07^^2");
        assert_eq!(results, [["^^^550", "95.2", "U/L"]]);
    }
    let (sent, messages) = play(&frames.repeat(2), 64);
    assert_eq!((sent.len(), messages.len()), (14, 2), "played twice on one connection");
}

#[test]
fn records_of_other_analyzers_as_their_middleware_kept_them() {
    // Records re-joined into one frame, so the records are real and the frame is not.
    for (name, specimen, results, first) in [
        ("cobas_c311.txt", "CL-PL-24-0370", 7, ["^^^685/", "22.4", "U/l"]),
        ("dca_vantage.txt", "660^0090", 3, ["^^^Alb", "63.7", "mg/L"]),
        ("sysmex_xp100.txt", "113^A", 20, ["^^^^WBC^1", "  5.5", "10*3/uL"]),
    ] {
        let Some(frame) = capture(name) else { continue };
        let (_, messages) = play(&[&frame[..], b"\n"].concat(), 16);
        let message = &parse(&messages[0]).unwrap()[0];
        let (order, found) = first_order(message);
        let raw_order = message.records().iter().find(|record| record.kind() == Kind::Order).unwrap();
        assert!(String::from_utf8_lossy(raw_order.raw()).contains(specimen), "{name}: {order}");
        assert_eq!(found.len(), results, "{name}");
        assert_eq!(found[0], first, "{name}");
        assert!(message.terminator().is_some(), "{name}");
    }
}
