//! Records of LIS02-A2: reading without loss, the hierarchy, and writing.

use titer_wire::astm::{Delimiters, Encoding, Group, Kind, Message, ParseError, RECORDS_MAX, Record, Writer, parse};

fn one(text: &str) -> Message<'_> {
    let mut messages = parse(text.as_bytes()).expect("a text that can be read");
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn raw(record: Record<'_>) -> &str {
    std::str::from_utf8(record.raw()).expect("ASCII")
}

/// The hierarchy as text: head[attached](groups).
fn outline(group: Group<'_, '_>) -> String {
    let head = group.record().map_or("-", raw);
    let attached: Vec<&str> = group.attached().iter().map(|record| raw(*record)).collect();
    let groups: Vec<String> = group.groups().map(outline).collect();
    let attached = if attached.is_empty() { String::new() } else { format!("[{}]", attached.join(" ")) };
    let groups = if groups.is_empty() { String::new() } else { format!("({})", groups.join(" ")) };
    format!("{head}{attached}{groups}")
}

fn outlines(text: &str) -> String {
    one(text).groups().map(outline).collect::<Vec<_>>().join(" ")
}

#[test]
fn records_keep_their_order_and_their_bytes() {
    let message = one("H|\\^&|||x\rP|1|| \rZ|own\rL|1|N\r");
    let records: Vec<&str> = message.records().iter().map(|record| raw(*record)).collect();
    assert_eq!(records, ["H|\\^&|||x", "P|1|| ", "Z|own", "L|1|N"]);
    let kinds: Vec<Kind> = message.records().iter().map(Record::kind).collect();
    assert_eq!(kinds, [Kind::Header, Kind::Patient, Kind::Other, Kind::Terminator]);
}

#[test]
fn records_may_end_in_cr_lf_or_nothing() {
    for text in ["H|\\^&\rP|1\rL|1\r", "H|\\^&\r\nP|1\r\nL|1", "H|\\^&\nP|1\nL|1\n\n"] {
        let records: Vec<Kind> = one(text).records().iter().map(Record::kind).collect();
        assert_eq!(records, [Kind::Header, Kind::Patient, Kind::Terminator], "{text:?}");
    }
}

#[test]
fn the_kind_is_one_letter_of_either_case() {
    let message = one("H|\\^&\rr|1\rRX|1\rC\r|x\rQ|1\rM|1\rS|1\rO|1\r");
    let kinds: Vec<Kind> = message.records()[1..].iter().map(Record::kind).collect();
    use Kind::{Comment, Manufacturer, Order, Other, Query, Result, Scientific};
    assert_eq!(kinds, [Result, Other, Comment, Other, Query, Manufacturer, Scientific, Order]);
}

#[test]
fn fields_are_counted_from_1_with_the_record_type_first() {
    let message = one("H|\\^&|||Analyzer^v2|||||host\rR|1|^^^GLU\\^^^LAC|5.4\r");
    let header = message.header();
    assert_eq!(header.field(1).raw(), b"H");
    assert_eq!(header.field(2).raw(), b"\\^&");
    assert_eq!(header.field(5).component(2).raw(), b"v2");
    assert_eq!(header.field(10).raw(), b"host");
    let result = message.records()[1];
    assert_eq!(result.field(4).raw(), b"5.4");
    assert!(result.field(0).is_empty() && result.field(5).is_empty() && result.field(400).is_empty());
    assert_eq!(result.fields().count(), 4);
    assert_eq!(result.field(3).repeats().map(|test| test.component(4).raw()).collect::<Vec<_>>(), [b"GLU", b"LAC"]);
    assert_eq!(result.field(3).component(4).raw(), b"GLU");
    assert_eq!(result.field(4).components().count(), 1);
}

#[test]
fn every_header_declares_its_own_delimiters() {
    let messages = parse(b"H|@^\\|a\rR|1|x@y\rL|1\rH!\\$*!b\rR!1!x\\y$z\rL!1\r").unwrap();
    assert_eq!(messages.len(), 2);
    let [first, second] = &messages[..] else { unreachable!() };
    assert_eq!(first.delimiters(), Delimiters { field: b'|', repeat: b'@', component: b'^', escape: b'\\' });
    assert_eq!(first.records()[1].field(3).repeats().count(), 2);
    assert_eq!(second.delimiters(), Delimiters { field: b'!', repeat: b'\\', component: b'$', escape: b'*' });
    assert_eq!(second.records()[1].field(3).repeats().nth(1).unwrap().component(2).raw(), b"z");
    assert_eq!(second.terminator().map(raw), Some("L!1"));
}

#[test]
fn the_header_of_a_genexpert_declares_at_caret_backslash() {
    let message = one(
        "H|@^\\|GX-1||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|20260105103000\rO|1|S-17@S-18||^^^MTB|R\rL|1|N\r",
    );
    assert_eq!(message.header().field(5).component(2).raw(), b"GeneXpert");
    let order = message.records()[1];
    assert_eq!(order.field(3).repeats().map(|s| s.raw()).collect::<Vec<_>>(), [b"S-17", b"S-18"]);
    assert_eq!(order.field(5).component(4).raw(), b"MTB");
}

#[test]
fn empty_repeats_and_components_keep_their_place() {
    let message = one("H|\\^&\rR|1|^^^GLU^|\\^\\|\r");
    let result = message.records()[1];
    let parts = |field: usize| -> Vec<Vec<&[u8]>> {
        result.field(field).repeats().map(|repeat| repeat.components().map(|part| part.raw()).collect()).collect()
    };
    assert_eq!(parts(3), [[&b""[..], b"", b"", b"GLU", b""]]);
    assert_eq!(parts(4), [vec![&b""[..]], vec![b"", b""], vec![b""]]);
    assert_eq!(parts(5), [[b""]]);
    assert_eq!(result.fields().count(), 5);
    assert!(result.field(3).component(6).is_empty() && result.field(3).component(0).is_empty());
}

#[test]
fn a_cr_inside_a_field_makes_two_records_and_neither_is_dropped() {
    assert_eq!(
        outlines("H|\\^&\rP|1\rO|1|S-17\rR|1|^^^GLU|5.4\rC|1|I|first line\rsecond line|G\rR|2|^^^K|4\rL|1\r"),
        "P|1(O|1|S-17(R|1|^^^GLU|5.4[C|1|I|first line second line|G] R|2|^^^K|4))"
    );
}

#[test]
fn what_would_have_to_be_guessed_is_refused() {
    let cases: [(&str, ParseError); 10] = [
        ("", ParseError::Empty),
        ("\r\r\n", ParseError::Empty),
        ("P|1\rH|\\^&\r", ParseError::NoHeader),
        ("HL7|x\r", ParseError::NoHeader),
        ("H", ParseError::BadDelimiters { record: 1 }),
        ("H|\\^|x\r", ParseError::BadDelimiters { record: 1 }),
        ("H|\\^&&|x\r", ParseError::BadDelimiters { record: 1 }),
        ("H|\\\\&|x\r", ParseError::BadDelimiters { record: 1 }),
        ("H|\\^&\rL|1\rH|abc\r", ParseError::BadDelimiters { record: 3 }),
        ("H|\\^&\rL|1\rC|1|late\r", ParseError::AfterTerminator { record: 3 }),
    ];
    for (text, error) in cases {
        assert_eq!(parse(text.as_bytes()), Err(error), "{text:?}");
    }
    let endless = format!("H|\\^&\r{}", "R\r".repeat(RECORDS_MAX));
    assert_eq!(parse(endless.as_bytes()), Err(ParseError::TooManyRecords));
}

#[test]
fn a_message_without_terminator_says_so() {
    assert_eq!(one("H|\\^&\rP|1\r").terminator(), None);
    assert_eq!(one("H|\\^&\rP|1\rL|1|N\r").terminator().map(raw), Some("L|1|N"));
}

#[test]
fn patients_hold_orders_and_orders_hold_results() {
    assert_eq!(
        outlines("H|\\^&\rP|1\rO|1\rR|1\rR|2\rO|2\rR|3\rP|2\rO|3\rL|1\r"),
        "P|1(O|1(R|1 R|2) O|2(R|3)) P|2(O|3)"
    );
}

#[test]
fn comments_and_manufacturers_records_belong_to_what_they_follow() {
    let message = one("H|\\^&\rC|0\rP|1\rC|1\rO|1\rM|1\rC|2\rR|1\rC|3\rM|2\rZ|1\rR|2\rL|1\r");
    assert_eq!(message.attached().iter().map(|record| raw(*record)).collect::<Vec<_>>(), ["C|0"]);
    let outline: Vec<String> = message.groups().map(outline).collect();
    assert_eq!(outline, ["P|1[C|1](O|1[M|1 C|2](R|1[C|3 M|2 Z|1] R|2))"]);
}

#[test]
fn a_level_that_was_left_out_is_not_made_up() {
    assert_eq!(outlines("H|\\^&\rO|1\rR|1\rP|1\rR|2\rL|1\r"), "-(O|1(R|1)) P|1(-(R|2))");
    assert_eq!(outlines("H|\\^&\rR|1\rL|1\r"), "-(-(R|1))");
    assert_eq!(outlines("H|\\^&\rL|1\r"), "");
    assert_eq!(outlines("H|\\^&\r"), "");
}

#[test]
fn a_query_stands_beside_the_patients() {
    let message = one("H|\\^&\rQ|1|^S-17||ALL\rL|1\r");
    let kinds: Vec<Option<Kind>> = message.groups().map(|group| group.record().map(|record| record.kind())).collect();
    assert_eq!(kinds, [Some(Kind::Query)]);
}

#[test]
fn escape_sequences_are_resolved_and_all_else_stays_as_sent() {
    let cases: [(&str, &[u8]); 16] = [
        ("&F&S&R&E&", b"|S\\E&"),
        ("&X4142&&X&&X4&", b"AB&X&&X4&"),
        ("&H&bold&N&", b"&H&bold&N&"),
        ("R&D Q&A &F", b"R&D Q&A &F"),
        ("a&F&b&R&c&S&d&E&e", b"a|b\\c^d&e"),
        ("&X0D0a&", b"\r\n"),
        ("salt & pepper", b"salt & pepper"),
        ("a & b &F& c", b"a & b | c"),
        ("&&F&&", b"&|&"),
        ("&", b"&"),
        ("&F", b"&F"),
        ("&Q&", b"&Q&"),
        ("&f&", b"&f&"),
        ("&X&", b"&X&"),
        ("&X0&", b"&X0&"),
        ("&X0G&", b"&X0G&"),
    ];
    for (sent, meant) in cases {
        let text = format!("H|\\^&\rC|1|{sent}\r");
        let value = one(&text).records()[1].field(3);
        assert_eq!(value.bytes().as_ref(), meant, "{sent}");
        assert_eq!(value.raw(), sent.as_bytes());
    }
}

#[test]
fn text_is_read_in_the_encoding_that_the_dialect_declares() {
    let utf8 = "5 \u{b5}mol/L".as_bytes();
    let latin1 = b"5 \xb5mol/L";
    assert_eq!(Encoding::Utf8.decode(utf8), "5 \u{b5}mol/L");
    assert_eq!(Encoding::Utf8.decode(latin1), "5 \u{b5}mol/L");
    assert_eq!(Encoding::Latin1.decode(latin1), "5 \u{b5}mol/L");
    assert_eq!(Encoding::Latin1.decode(utf8), "5 \u{c2}\u{b5}mol/L");
    let text = [b"H|\\^&\rR|1||&F&|".as_slice(), latin1].concat();
    let result = parse(&text).unwrap()[0].records()[1];
    assert_eq!(result.field(5).text(Encoding::Latin1), "5 \u{b5}mol/L");
    assert_eq!(result.field(4).text(Encoding::Latin1), "|");
}

#[test]
fn a_written_message_escapes_what_would_be_read_as_structure() {
    let mut message = Writer::new(Delimiters { field: b'|', repeat: b'@', component: b'^', escape: b'\\' });
    message.record(b'H').skip(2).field("a|b");
    message.record(b'O').field("1").repeats([vec!["x^y", "@"], vec!["\\"]]).skip(1).field("line\r\nend\x7f");
    message.record(b'L');
    assert_eq!(
        String::from_utf8(message.finish()).unwrap(),
        "H|@^\\|||a\\F\\b\rO|1|x\\S\\y^\\R\\@\\E\\||line\\X0D\\\\X0A\\end\x7f\rL\r"
    );
}
