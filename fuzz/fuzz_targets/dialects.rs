//! Any message through every profile that comes with the program: reading never panics, and whatever identity it answers stands
//! in the one place that the profile names.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use titer_link::{Dialect, dialect};
use titer_wire::astm::{Encoding, Options, Output, Session, parse};

static DIALECTS: LazyLock<Vec<Dialect>> =
    LazyLock::new(|| dialect::names().map(|name| Dialect::named(name).expect("a profile that can be read")).collect());

fuzz_target!(|input: &[u8]| {
    for text in texts(input) {
        for dialect in &*DIALECTS {
            let Ok(said) = dialect.read(&text) else { continue };
            let named = identities(dialect, &text);
            for specimen in said.specimens.iter().filter(|specimen| !specimen.identity.is_empty()) {
                assert!(named.contains(&specimen.identity.trim().to_owned()), "{}: {specimen:?}", dialect.device.name);
            }
        }
    }
});

/// A recording of frames is taken out of them first, whether it came whole or not.
fn texts(input: &[u8]) -> Vec<Vec<u8>> {
    if !input.contains(&2) {
        return vec![input.to_vec()];
    }
    let mut session = Session::new(Options::default());
    let mut texts = Vec::new();
    session.receive(Duration::ZERO, input);
    loop {
        match session.poll() {
            Some(Output::Message(received)) => {
                texts.push(received.text);
                session.accept(Duration::ZERO);
            }
            Some(Output::Incomplete { text, .. }) => texts.push(text),
            Some(_) => {}
            None => return texts,
        }
    }
}

/// What stands in the place of the identity in any record of that kind.
fn identities(dialect: &Dialect, text: &[u8]) -> Vec<String> {
    let place = &dialect.identity;
    let messages = parse(text).unwrap_or_default();
    let records = messages.iter().flat_map(|message| message.records());
    let named = records.filter(|record| record.raw()[..1].eq_ignore_ascii_case(place.record.as_bytes()));
    let fields = named.map(|record| record.field(place.field));
    let values = fields.map(|field| place.component.map_or(field, |number| field.component(number)));
    let texts = values.flat_map(|value| [Encoding::Utf8, Encoding::Latin1].map(|encoding| value.text(encoding)));
    texts.map(|text| text.trim().to_owned()).collect()
}
