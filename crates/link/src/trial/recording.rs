//! Reads a recording in any of the forms in which people keep one: the bytes of the line, the records alone, or either as text.

use std::{collections::BTreeMap, time::Duration};

use titer_wire::{
    astm::{Options, Output, Session, Warning},
    recording::CONTROL_NAMES,
};

const STX: u8 = 0x02;
const ACK: u8 = 0x06;
const NAK: u8 = 0x15;
/// Bytes handed to the session at once; it holds a bounded number until a message is answered.
const PIECE_BYTES: usize = 1024;
/// After this time nothing is waited for any more.
const LONG: Duration = Duration::from_secs(60);

/// What was heard on the line.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Messages, each with why it is not whole.
    pub messages: Vec<(Vec<u8>, Option<String>)>,
    /// What was out of order.
    pub warnings: Vec<String>,
}

impl Heard {
    pub(super) fn of(file: &[u8]) -> Self {
        let mut heard = Heard::default();
        for sent in connections(file) {
            if sent.contains(&STX) {
                heard.frames(&sent);
            } else {
                heard.records(&sent);
            }
        }
        heard
    }

    /// Plays the bytes to a session, as the analyzer would.
    fn frames(&mut self, bytes: &[u8]) {
        let mut session = Session::new(Options { implicit_enq: true, ..Options::default() });
        for piece in bytes.chunks(PIECE_BYTES) {
            session.receive(Duration::ZERO, piece);
            self.drain(&mut session);
        }
        session.tick(LONG);
        self.drain(&mut session);
        session.disconnect();
        self.drain(&mut session);
    }

    fn drain(&mut self, session: &mut Session) {
        while let Some(output) = session.poll() {
            match output {
                Output::Message(received) => {
                    self.records(&received.text);
                    session.accept(Duration::ZERO);
                }
                Output::Incomplete { text, reason } => self.messages.push((text, Some(reason.to_string()))),
                // Recordings often leave out what does not carry text.
                Output::Warning(Warning::NoEnquiry | Warning::NoFrameEnd | Warning::SenderSilent) => {}
                Output::Warning(warning) => self.warnings.push(warning.to_string()),
                Output::Send(_) | Output::Sent(_) | Output::Failed { .. } => {}
            }
        }
    }

    /// Cuts records into messages at their headers.
    fn records(&mut self, text: &[u8]) {
        let records = text.split(|b| matches!(b, b'\r' | b'\n')).map(without_control).filter(|r| !r.is_empty());
        let (mut messages, mut strays) = (Vec::<Vec<u8>>::new(), 0);
        for record in records {
            if begins(&record, b'H') {
                messages.push(Vec::new());
            }
            match messages.last_mut() {
                Some(message) => {
                    message.extend_from_slice(&record);
                    message.push(b'\r');
                }
                None => strays += 1,
            }
        }
        if strays > 0 {
            self.warnings.push(format!("{strays} lines before the first header record (H) were passed over"));
        }
        for message in messages {
            let ended = message.split(|b| *b == b'\r').any(|record| begins(record, b'L'));
            let why = (!ended).then(|| "the terminator record (L) is missing".to_owned());
            self.messages.push((message, why));
        }
    }
}

/// Whether a record is of this type: its letter, and no further letter or digit.
fn begins(record: &[u8], letter: u8) -> bool {
    record.first().is_some_and(|b| b.eq_ignore_ascii_case(&letter))
        && !record.get(1).is_some_and(u8::is_ascii_alphanumeric)
}

/// A line without the control characters that some senders put around bare records.
fn without_control(line: &[u8]) -> Vec<u8> {
    line.iter().copied().filter(|b| *b >= b' ').collect()
}

/// What the analyzer sent on each connection of the recording.
fn connections(file: &[u8]) -> Vec<Vec<u8>> {
    if file.contains(&STX) {
        return vec![file.to_vec()];
    }
    if let Some(bytes) = from_hex(file) {
        return vec![bytes];
    }
    match std::str::from_utf8(file) {
        Ok(text) if text.lines().any(|line| entry(line).is_some()) => entries(text),
        Ok(text) if CONTROL_NAMES[1..].iter().any(|name| text.contains(&format!("<{name}>"))) => {
            vec![text.lines().flat_map(unescaped).collect()]
        }
        _ => vec![file.to_vec()],
    }
}

/// Bytes written as pairs of hexadecimal digits, blanks between them or not.
fn from_hex(file: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = file.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    (!digits.is_empty()).then(|| digits.chunks(2).map(byte).collect())?
}

/// The connection and the bytes of a recorded line, `TIME CONNECTION < BYTES`; no bytes when it is one of the host or a remark.
fn entry(line: &str) -> Option<(u64, Option<&str>)> {
    let mut parts = line.splitn(4, ' ');
    parts.next().filter(|at| at.starts_with(|c: char| c.is_ascii_digit()))?;
    let connection = parts.next()?.parse().ok()?;
    match parts.next()? {
        "<" => Some((connection, Some(parts.next().unwrap_or_default()))),
        ">" | "-" => Some((connection, None)),
        _ => None,
    }
}

fn entries(text: &str) -> Vec<Vec<u8>> {
    let mut connections: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    for (connection, bytes) in text.lines().filter_map(entry) {
        let bytes = bytes.map(unescaped).unwrap_or_default();
        // An answer to what the host sent, which is not read here.
        if !matches!(bytes[..], [ACK | NAK]) {
            connections.entry(connection).or_default().extend(bytes);
        }
    }
    connections.into_values().collect()
}

/// A text in which bytes are written as `<STX>` or `<02>`; anything else between `<` and `>` is as it stands.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        let named = rest[1..].split_once('>').and_then(|(name, after)| {
            let control = CONTROL_NAMES.iter().position(|n| *n == name).and_then(|at| u8::try_from(at).ok());
            let hex = || from_hex(name.as_bytes()).and_then(|b| <[u8; 1]>::try_from(b).ok()).map(|[b]| b);
            Some((control.or_else(hex)?, after))
        });
        match named {
            Some((byte, after)) => {
                bytes.push(byte);
                rest = after;
            }
            None => {
                bytes.push(b'<');
                rest = &rest[1..];
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
