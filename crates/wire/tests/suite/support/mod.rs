//! Sessions as transcripts: what is done to a session and everything that it answers, line by line.
//!
//! ```text
//! > <ENQ>                     these bytes come from the line
//! < <ACK>                     the session sends these
//! > {1:H|\^&<CR>+}            a frame, here number 1 ended by ETB; without + by ETX
//! message(2) H|\^&<CR>…       a message came in, in so many frames
//! accept | refuse             the application's verdict
//! + 15s                       time passes; ticks come when they are due
//! send H|\^&<CR>L|1<CR>       the application sends
//! sent 1 | failed 1 Busy      what became of it
//! incomplete Restarted P|1    a message that never ended
//! warning Noise { bytes: 3 }
//! disconnect
//! ```
//!
//! Lines without a leading `>`, `+`, `accept`, `refuse`, `send` or `disconnect` are expected, and nothing else may come
//! out.

#![allow(dead_code)] // No file of tests needs all of it.

use std::time::Duration;

use titer_wire::astm::{Endpoint, Options, Output, Role, Session, Unframed, write_frame};

const NAMES: [(&str, u8); 16] = [
    ("NUL", 0x00),
    ("SOH", 0x01),
    ("STX", 0x02),
    ("ETX", 0x03),
    ("EOT", 0x04),
    ("ENQ", 0x05),
    ("ACK", 0x06),
    ("TAB", 0x09),
    ("LF", 0x0A),
    ("CR", 0x0D),
    ("DLE", 0x10),
    ("DC1", 0x11),
    ("NAK", 0x15),
    ("SYN", 0x16),
    ("ETB", 0x17),
    ("FF", 0xFF),
];

/// Plays a transcript against a session with these options, and compares.
#[track_caller]
pub fn check_with(options: Options, transcript: &str) {
    check_end(&|| Box::new(Session::new(options.clone())), transcript);
}

/// Plays a transcript against a session with the default options, in both roles.
#[track_caller]
pub fn check(transcript: &str) {
    for role in [Role::Host, Role::Instrument] {
        check_with(Options { role, ..Options::default() }, transcript);
    }
}

/// Plays a transcript against an end without frames that takes messages of so many bytes.
#[track_caller]
pub fn check_unframed(message_max: usize, transcript: &str) {
    check_end(&|| Box::new(Unframed::new(message_max)), transcript);
}

/// Whole and byte by byte.
#[track_caller]
fn check_end(end: &dyn Fn() -> Box<dyn Endpoint>, transcript: &str) {
    let lines: Vec<&str> = transcript.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let expected: Vec<String> = lines.iter().map(|line| canonical(line)).collect();
    for piece in [usize::MAX, 1] {
        let mut player = Player::new(end(), piece);
        for line in &lines {
            player.play(line);
        }
        assert_eq!(player.seen.join("\n"), expected.join("\n"), "fed {piece} bytes at a time");
    }
}

struct Player {
    session: Box<dyn Endpoint>,
    now: Duration,
    piece: usize,
    seen: Vec<String>,
}

impl Player {
    fn new(session: Box<dyn Endpoint>, piece: usize) -> Self {
        Self { session, now: Duration::from_secs(1000), piece, seen: Vec::new() }
    }

    fn play(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !["+", ">", "accept", "refuse", "send", "disconnect"].contains(&word) {
            return;
        }
        self.seen.push(canonical(line));
        match word {
            "+" => self.wait(rest),
            ">" => {
                for piece in bytes(rest).chunks(self.piece) {
                    self.session.receive(self.now, piece);
                }
            }
            "accept" => self.session.accept(self.now),
            "refuse" => self.session.refuse(self.now),
            "send" => {
                self.session.send(self.now, &bytes(rest)).expect("a message that can be sent");
            }
            _ => self.session.disconnect(),
        }
        self.collect();
    }

    fn wait(&mut self, duration: &str) {
        let until = self.now + seconds(duration);
        while let Some(due) = self.session.next_timeout().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.session.tick(self.now);
            let still_due = self.session.next_timeout() == Some(due);
            assert!(!still_due, "a tick that was due did nothing");
        }
        self.now = until;
        self.session.tick(until);
    }

    fn collect(&mut self) {
        let mut sent: Vec<u8> = Vec::new();
        while let Some(output) = self.session.poll() {
            if let Output::Send(bytes) = output {
                sent.extend(bytes);
                continue;
            }
            self.flush(&mut sent);
            self.seen.push(match output {
                Output::Send(_) => continue,
                Output::Message(received) => format!("message({}) {}", received.frames, show(&received.text)),
                Output::Incomplete { text, reason } => format!("incomplete {reason:?} {}", show(&text)),
                Output::Sent(id) => format!("sent {}", id.0),
                Output::Failed { id, reason } => format!("failed {} {reason:?}", id.0),
                Output::Warning(warning) => format!("warning {warning:?}"),
            });
        }
        self.flush(&mut sent);
    }

    fn flush(&mut self, sent: &mut Vec<u8>) {
        if !sent.is_empty() {
            self.seen.push(format!("< {}", show(sent)));
            sent.clear();
        }
    }
}

fn seconds(text: &str) -> Duration {
    let number = |text: &str| text.parse().expect("a number of s or ms");
    match text.strip_suffix("ms") {
        Some(text) => Duration::from_millis(number(text)),
        None => Duration::from_secs(number(text.trim_end_matches('s'))),
    }
}

/// The bytes that a piece of transcript stands for.
pub fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix('<') {
            let (name, after) = inner.split_once('>').expect("a name between < and >");
            out.push(byte_named(name));
            rest = after;
        } else if let Some(inner) = rest.strip_prefix('{') {
            let (frame, after) = inner.split_once('}').expect("a frame between { and }");
            let (number, text) = frame.split_once(':').expect("a number and a colon");
            let (text, last) = text.strip_suffix('+').map_or((text, true), |text| (text, false));
            write_frame(&mut out, number.parse().expect("a frame number"), &bytes(text), last);
            rest = after;
        } else {
            let (char, after) = rest.split_at(first.len_utf8());
            out.extend_from_slice(char.as_bytes());
            rest = after;
        }
    }
    out
}

fn byte_named(name: &str) -> u8 {
    let found = NAMES.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no byte is named {name}")).1
}

fn show(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match NAMES.iter().find(|(_, known)| known == byte) {
            Some((name, _)) => format!("<{name}>"),
            None => char::from(*byte).to_string(),
        })
        .collect()
}

/// A line with its frames written out.
fn canonical(line: &str) -> String {
    match line.split_once(' ') {
        Some((word @ ("<" | ">" | "send"), rest)) => format!("{word} {}", show(&bytes(rest))),
        _ => line.to_owned(),
    }
}
