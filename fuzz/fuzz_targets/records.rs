//! Any text as records: reading never panics and drops nothing, and what is written from what was read reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use titer_wire::astm::{Encoding, Group, Kind, Message, Record, Value, Writer, parse};

fuzz_target!(|text: &[u8]| {
    let Ok(messages) = parse(text) else { return };
    let read: Vec<&[u8]> = messages.iter().flat_map(Message::records).map(Record::raw).collect();
    let sent: Vec<&[u8]> =
        text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|record| !record.is_empty()).collect();
    assert_eq!(read, sent);
    for message in &messages {
        let attached = message.attached().len() + usize::from(message.terminator().is_some());
        let grouped = 1 + attached + message.groups().map(records_of).sum::<usize>();
        assert_eq!(grouped, message.records().len(), "every record stands in one group");
        for record in message.records() {
            for value in record.fields().flat_map(|field| field.repeats()).flat_map(|repeat| repeat.components()) {
                let _latin = value.text(Encoding::Latin1);
                assert!(
                    value.is_empty() == value.raw().is_empty()
                        && value.text(Encoding::Utf8).len() <= 2 * value.raw().len()
                );
            }
            assert_eq!(record.field(3).raw(), record.fields().nth(2).map_or(&b""[..], |field| field.raw()));
        }
        write_and_read(message);
    }
});

fn records_of(group: Group<'_, '_>) -> usize {
    usize::from(group.record().is_some()) + group.attached().len() + group.groups().map(records_of).sum::<usize>()
}

/// Field by field, repeat by repeat, component by component, escape sequences resolved.
fn said(record: &Record<'_>) -> Vec<Vec<Vec<Vec<u8>>>> {
    let skipped = if record.kind() == Kind::Header { 2 } else { 1 };
    let values = |repeat: Value<'_>| repeat.components().map(|value| value.bytes().into_owned()).collect();
    record.fields().skip(skipped).map(|field| field.repeats().map(values).collect()).collect()
}

fn write_and_read(message: &Message<'_>) {
    let mut writer = Writer::new(message.delimiters());
    let mut written = Vec::new();
    for record in message.records() {
        // The writer names a record by one letter.
        let &[kind] = record.field(1).raw() else { continue };
        if record.kind() == Kind::Other && kind < b' ' {
            continue;
        }
        writer.record(kind.to_ascii_uppercase());
        for field in said(record) {
            writer.repeats(&field);
        }
        written.push(record);
    }
    let text = writer.finish();
    let messages = parse(&text).expect("what was written can be read");
    let [again] = &messages[..] else { panic!("one message") };
    assert_eq!(again.records().len(), written.len());
    for (again, record) in again.records().iter().zip(written) {
        assert_eq!((again.kind(), said(again)), (record.kind(), said(record)));
    }
}
