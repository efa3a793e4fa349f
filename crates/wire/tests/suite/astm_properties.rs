//! What must hold for any bytes, any split and any faults on the line.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use titer_wire::astm::{
    Delimiters, Endpoint, Framing, HELD_INPUT_MAX, MessageId, Options, Output, Role, Session, Unframed, Value, Writer,
    parse, write_frame,
};

/// A piece of traffic: mostly what an analyzer sends, some of it damaged.
fn traffic() -> impl Strategy<Value = Vec<u8>> {
    let record = prop_oneof![
        Just("H|\\^&\r"),
        Just("R|1|^^^GLU|5.4\r"),
        Just("L|1|N\r"),
        Just("L|1\rH|\\^&\rP|1"),
        Just("O|1|S-17"),
    ];
    let frame = (0u8..8, record, any::<bool>()).prop_map(|(number, text, last)| {
        let mut out = Vec::new();
        write_frame(&mut out, number, text.as_bytes(), last);
        out
    });
    let control = prop::sample::select(vec![0x02u8, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0D, 0x15, 0x17]);
    let damaged = (frame.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut frame, at, byte)| {
        let at = at.index(frame.len());
        frame[at] = byte;
        frame
    });
    prop_oneof![
        4 => frame,
        2 => damaged,
        2 => control.prop_map(|byte| vec![byte]),
        1 => Just(b"\x05\x021H|\\^&\rL|1\r\x038A\r\n".to_vec()),
        1 => vec(any::<u8>(), 0..12),
    ]
}

/// Outputs with adjacent sends joined, for how bytes are grouped does not matter.
fn joined(outputs: Vec<Output>) -> Vec<Output> {
    let mut all: Vec<Output> = Vec::new();
    for output in outputs {
        match (all.last_mut(), output) {
            (Some(Output::Send(before)), Output::Send(bytes)) => before.extend(bytes),
            (_, output) => all.push(output),
        }
    }
    all
}

fn feed(pieces: &[&[u8]], verdicts: &[bool]) -> Vec<Output> {
    let mut session = Session::new(Options::default());
    let mut verdicts = verdicts.iter().cycle();
    let mut outputs = Vec::new();
    let now = Duration::from_secs(5);
    for piece in pieces {
        session.receive(now, piece);
        while let Some(output) = session.poll() {
            let decide = matches!(output, Output::Message(_));
            outputs.push(output);
            if decide && *verdicts.next().unwrap_or(&true) {
                session.accept(now);
            } else if decide {
                session.refuse(now);
            }
        }
    }
    session.disconnect();
    outputs.extend(std::iter::from_fn(|| session.poll()));
    joined(outputs)
}

#[derive(Clone, Debug)]
enum Step {
    Bytes(Vec<u8>),
    Wait(u64),
    Accept,
    Refuse,
    Send(Vec<u8>),
    Disconnect,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => traffic().prop_map(Step::Bytes),
        2 => vec(any::<u8>(), 0..80).prop_map(Step::Bytes),
        2 => (0u64..40_000).prop_map(Step::Wait),
        2 => Just(Step::Accept),
        1 => Just(Step::Refuse),
        1 => vec(any::<u8>(), 0..20).prop_map(Step::Send),
        1 => Just(Step::Disconnect),
    ]
}

fn delimiters() -> impl Strategy<Value = Delimiters> {
    let punctuation: Vec<u8> = (b'!'..=b'~').filter(u8::is_ascii_punctuation).collect();
    prop::sample::subsequence(punctuation, 4).prop_shuffle().prop_map(|chosen| Delimiters {
        field: chosen[0],
        repeat: chosen[1],
        component: chosen[2],
        escape: chosen[3],
    })
}

/// Accepts every message.
fn decide(session: &mut Session, now: Duration, outputs: &mut Vec<Output>) {
    while let Some(output) = session.poll() {
        let message = matches!(output, Output::Message(_));
        outputs.push(output);
        if message {
            session.accept(now);
        }
    }
}

/// Accepts every message; appends what comes out, and counts the messages.
fn take(unframed: &mut Unframed, texts: &mut Vec<u8>) -> usize {
    let mut messages = 0;
    while let Some(output) = unframed.poll() {
        match output {
            Output::Message(received) => {
                texts.extend(received.text);
                messages += 1;
                unframed.accept(Duration::ZERO);
            }
            Output::Incomplete { text, .. } => texts.extend(text),
            other => panic!("{other:?}"),
        }
    }
    messages
}

/// Every fault of one byte, exhaustively: what is acknowledged and handed over is what was sent, whole.
#[test]
fn one_byte_changed_dropped_or_doubled_never_changes_a_message() {
    let records = ["H|\\^&|||a\r", "P|1\r", "O|1|S-17\r", "R|1|^^^GLU|5.4\r", "L|1|N\r"];
    let text = records.concat().into_bytes();
    let mut sent = vec![0x05];
    for (record, number) in records.iter().zip(1u8..) {
        write_frame(&mut sent, number, record.as_bytes(), usize::from(number) == records.len());
    }
    sent.push(0x04);
    let delivered = |bytes: &[u8]| {
        let mut session = Session::new(Options::default());
        let mut outputs = Vec::new();
        session.receive(Duration::ZERO, bytes);
        decide(&mut session, Duration::ZERO, &mut outputs);
        let message = |output| if let Output::Message(received) = output { Some(received.text) } else { None };
        outputs.into_iter().filter_map(message).collect::<Vec<_>>()
    };
    assert_eq!(delivered(&sent), std::slice::from_ref(&text));
    for at in 0..sent.len() {
        let (before, after) = (&sent[..at], &sent[at + 1..]);
        let changed = (0..=u8::MAX).map(|byte| [before, &[byte], after].concat());
        let others = [[before, after].concat(), [before, &[sent[at]], &sent[at..]].concat()];
        for bytes in changed.chain(others) {
            for message in delivered(&bytes) {
                assert_eq!(message, text, "{}", bytes.escape_ascii());
            }
        }
    }
}

proptest! {
    #[test]
    fn split_anywhere_the_outputs_are_the_same(
        stream in vec(traffic(), 0..30),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
        verdicts in vec(any::<bool>(), 1..4),
    ) {
        let stream = stream.concat();
        let cuts = cuts.iter().map(|cut| cut.index(stream.len() + 1));
        let mut cuts: Vec<usize> = cuts.chain([0, stream.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect();
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        let whole = feed(&[&stream], &verdicts);
        prop_assert_eq!(&feed(&pieces, &verdicts), &whole);
        prop_assert_eq!(&feed(&bytes, &verdicts), &whole);
    }

    #[test]
    fn no_input_panics_or_outgrows_the_limits(steps in vec(step(), 0..60)) {
        let options = Options { accept_text_max: 64, message_max: 256, send_text_max: 7, ..Options::default() };
        let limit = options.message_max + 2 * options.accept_text_max + HELD_INPUT_MAX;
        let mut session = Session::new(options);
        let mut now = Duration::ZERO;
        for step in steps {
            let decided = matches!(step, Step::Accept | Step::Refuse | Step::Disconnect);
            let awaited = session.awaits_verdict();
            match step {
                Step::Bytes(bytes) => session.receive(now, &bytes),
                Step::Wait(ms) => {
                    now += Duration::from_millis(ms);
                    session.tick(now);
                    prop_assert!(session.next_timeout().is_none_or(|due| due > now), "a tick leaves nothing due");
                }
                Step::Accept => session.accept(now),
                Step::Refuse => session.refuse(now),
                Step::Send(text) => { let _refused = session.send(now, &text); }
                Step::Disconnect => session.disconnect(),
            }
            prop_assert!(session.buffered() <= limit);
            while let Some(output) = session.poll() {
                prop_assert!(!awaited || decided, "{:?} before the verdict", output);
                if let Output::Message(received) = output {
                    prop_assert!(received.text.len() <= 256);
                }
            }
        }
    }

    #[test]
    fn looking_at_the_clock_often_changes_nothing(
        pieces in vec((traffic(), 0u64..40_000), 0..10),
        looks in vec(0.0f64..1.0, 0..12),
        sends in 0usize..3,
    ) {
        let play = |looks: &[f64]| {
            let mut session = Session::new(Options::default());
            let mut outputs = Vec::new();
            let mut now = Duration::ZERO;
            for _ in 0..sends {
                session.send(now, b"H|\\^&\rL|1\r").unwrap();
            }
            for (piece, wait) in &pieces {
                let until = now + Duration::from_millis(*wait);
                let mut times: Vec<Duration> = looks.iter().map(|look| now + (until - now).mul_f64(*look)).collect();
                times.sort_unstable();
                // What is due is done when it is due, however often somebody looks before.
                while let Some(next) = session.next_timeout().into_iter().chain(times.first().copied()).min()
                    && next <= until
                {
                    now = now.max(next);
                    session.tick(now);
                    times.retain(|time| *time > next);
                    decide(&mut session, now, &mut outputs);
                }
                now = until;
                session.receive(now, piece);
                decide(&mut session, now, &mut outputs);
            }
            joined(outputs)
        };
        prop_assert_eq!(play(&[]), play(&looks));
    }

    #[test]
    fn times_in_any_order_do_no_harm(pieces in vec((traffic(), 0u64..100_000), 0..20)) {
        let mut ends: [Box<dyn Endpoint>; 2] = [Box::new(Session::new(Options::default())), Box::new(Unframed::new(256))];
        for end in &mut ends {
            for (piece, at) in &pieces {
                let at = Duration::from_millis(*at);
                end.receive(at, piece);
                end.tick(at / 2);
                let _queued = end.send(at, b"L|1");
                while let Some(output) = end.poll() {
                    if let Output::Message(_) = output {
                        end.accept(at / 3);
                    }
                }
            }
        }
    }

    #[test]
    fn without_frames_every_record_comes_out_once_and_in_order_however_it_was_split(
        records in vec(prop::sample::select(vec!["H|\\^&", "P|1", "O|1|S-17", "R|1|^^^GLU|5.4", "L|1|N", "Z"]), 0..30),
        ends in vec(prop::sample::select(vec!["\r", "\n", "\r\n", "\n\n"]), 1..4),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes: Vec<u8> =
            records.iter().zip(ends.iter().cycle()).flat_map(|(record, end)| [*record, *end].concat().into_bytes()).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut unframed = Unframed::new(4096);
        let (mut texts, mut messages) = (Vec::new(), 0);
        for cut in cuts.windows(2) {
            unframed.receive(Duration::ZERO, &bytes[cut[0]..cut[1]]);
            messages += take(&mut unframed, &mut texts);
        }
        unframed.disconnect();
        messages += take(&mut unframed, &mut texts);
        let sent: String = records.iter().map(|record| format!("{record}\r")).collect();
        prop_assert_eq!(String::from_utf8(texts).unwrap(), sent);
        prop_assert_eq!(messages, records.iter().filter(|record| record.starts_with('L')).count());
    }

    #[test]
    fn what_is_written_is_read_back(
        delimiters in delimiters(),
        records in vec((b'A'..=b'Z', vec(vec(vec(vec(any::<u8>(), 0..6), 1..4), 1..3), 0..6)), 0..8),
    ) {
        let mut writer = Writer::new(delimiters);
        writer.record(b'H');
        let records: Vec<_> = records.into_iter().filter(|(kind, _)| !matches!(kind, b'H' | b'L')).collect();
        for (kind, fields) in &records {
            writer.record(*kind);
            for repeats in fields {
                writer.repeats(repeats);
            }
        }
        let text = writer.finish();
        let message = &parse(&text).unwrap()[0];
        prop_assert_eq!(message.records().len(), records.len() + 1);
        for (record, (kind, fields)) in message.records()[1..].iter().zip(&records) {
            prop_assert_eq!(record.field(1).raw(), &[*kind][..]);
            let values = |repeat: Value<'_>| repeat.components().map(|value| value.bytes().into_owned()).collect();
            let repeats = |field: Value<'_>| field.repeats().map(values).collect();
            let read: Vec<Vec<Vec<Vec<u8>>>> = record.fields().skip(1).map(repeats).collect();
            prop_assert_eq!(&read, fields);
        }
    }

    #[test]
    fn reading_never_panics_and_drops_no_record(text in prop_oneof![
        vec(any::<u8>(), 0..200),
        vec(traffic(), 0..10).prop_map(|pieces| pieces.concat()),
        "H\\|\\\\\\^&(\r[HPORCMQSLZ]\\|[a-z&^|]{0,8}){0,12}\r?".prop_map(String::into_bytes),
    ]) {
        if let Ok(messages) = parse(&text) {
            let read: Vec<&[u8]> =
                messages.iter().flat_map(|message| message.records()).map(|record| record.raw()).collect();
            let sent: Vec<&[u8]> =
                text.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|record| !record.is_empty()).collect();
            prop_assert_eq!(read, sent);
            for message in &messages {
                let mut grouped = 1 + message.attached().len() + usize::from(message.terminator().is_some());
                let mut groups: Vec<_> = message.groups().collect();
                while let Some(group) = groups.pop() {
                    grouped += usize::from(group.record().is_some()) + group.attached().len();
                    groups.extend(group.groups());
                }
                prop_assert_eq!(grouped, message.records().len(), "every record stands in one group");
            }
        }
    }

    #[test]
    fn over_a_line_with_faults_a_message_arrives_once_or_its_sender_knows(
        forth in vec(fault(), 0..40),
        back in vec(fault(), 0..40),
        verdicts in vec(prop::bool::weighted(0.8), 1..12),
        framing in prop_oneof![Just(Framing::EachRecord), Just(Framing::Chained), Just(Framing::Packed)],
    ) {
        let analyzer = Options { role: Role::Instrument, framing, send_text_max: 12, ..Options::default() };
        let mut line = Line::new(analyzer, forth, back, verdicts);
        let texts: Vec<Vec<u8>> = (1..=4).map(|n| format!("H|\\^&\rP|1\rO|1|S-{n}\rL|1|N\r").into_bytes()).collect();
        for text in &texts {
            line.ends[0].session.send(line.now, text).unwrap();
        }
        line.run();
        let [analyzer, host] = &line.ends;
        for (text, id) in texts.iter().zip(1..) {
            let stored = host.stored.iter().filter(|stored| *stored == text).count();
            let sent = analyzer.sent.contains(&MessageId(id));
            let failed = analyzer.failed.contains(&MessageId(id));
            prop_assert!(sent != failed, "message {} sent: {}, failed: {}", id, sent, failed);
            prop_assert!(stored == 1 || (failed && stored == 0), "message {} stored {} times", id, stored);
        }
        prop_assert!(host.stored.iter().all(|stored| texts.contains(stored)), "only whole messages are stored");
    }

    #[test]
    fn when_both_sides_send_everything_arrives(ours in 0u64..6, theirs in 0u64..6) {
        let analyzer = Options { role: Role::Instrument, ..Options::default() };
        let mut line = Line::new(analyzer, vec![], vec![], vec![true]);
        let text = |side: usize, n: u64| format!("H|\\^&||{side}\rP|{n}\rL|1|N\r").into_bytes();
        for (side, count) in [ours, theirs].into_iter().enumerate() {
            for n in 0..count {
                line.ends[side].session.send(line.now, &text(side, n)).unwrap();
            }
        }
        line.run();
        let expected = |side: usize, count: u64| (0..count).map(|n| text(side, n)).collect::<Vec<_>>();
        prop_assert_eq!(&line.ends[1].stored, &expected(0, ours));
        prop_assert_eq!(&line.ends[0].stored, &expected(1, theirs));
    }
}

/// What the line does to one burst of bytes.
#[derive(Clone, Copy, Debug)]
enum LineFault {
    Drop(usize),
    /// One bit of one byte.
    Flip(usize, u8),
}

fn fault() -> impl Strategy<Value = Option<LineFault>> {
    prop_oneof![
        2 => Just(None),
        1 => (0usize..30).prop_map(|at| Some(LineFault::Drop(at))),
        1 => (0usize..30, 0u8..8).prop_map(|(at, bit)| Some(LineFault::Flip(at, bit))),
    ]
}

fn damage(bytes: &mut Vec<u8>, fault: LineFault) {
    match fault {
        LineFault::Drop(at) => {
            let at = at % bytes.len();
            bytes.remove(at);
        }
        LineFault::Flip(at, bit) => {
            let at = at % bytes.len();
            let flipped = bytes[at] ^ (1 << bit);
            // EOT turned into the ENQ that follows it anyway draws two answers: a weakness of the protocol itself.
            if (bytes[at], flipped) != (0x04, 0x05) {
                bytes[at] = flipped;
            }
        }
    }
}

struct End {
    session: Session,
    stored: Vec<Vec<u8>>,
    sent: Vec<MessageId>,
    failed: Vec<MessageId>,
    /// What the line does to the bursts that this end sends.
    faults: VecDeque<Option<LineFault>>,
}

/// Two sessions and the line between them.
struct Line {
    ends: [End; 2],
    now: Duration,
    verdicts: VecDeque<bool>,
}

impl Line {
    fn new(
        analyzer: Options,
        forth: Vec<Option<LineFault>>,
        back: Vec<Option<LineFault>>,
        verdicts: Vec<bool>,
    ) -> Self {
        let end = |options, faults: Vec<_>| End {
            session: Session::new(options),
            stored: Vec::new(),
            sent: Vec::new(),
            failed: Vec::new(),
            faults: faults.into(),
        };
        Self {
            ends: [end(analyzer, forth), end(Options::default(), back)],
            now: Duration::ZERO,
            verdicts: verdicts.into(),
        }
    }

    /// Lets time pass until neither end waits for anything.
    fn run(&mut self) {
        for _ in 0..10_000 {
            if self.deliver() {
                continue;
            }
            let Some(due) = self.ends.iter().filter_map(|end| end.session.next_timeout()).min() else { return };
            self.now = self.now.max(due);
            for end in &mut self.ends {
                end.session.tick(self.now);
            }
        }
        panic!("the line does not come to rest");
    }

    /// Carries what both ends have to say. False when they say nothing.
    fn deliver(&mut self) -> bool {
        let mut bursts = [Vec::new(), Vec::new()];
        let mut said = false;
        for (end, burst) in self.ends.iter_mut().zip(&mut bursts) {
            while let Some(output) = end.session.poll() {
                said = true;
                match output {
                    Output::Send(bytes) => burst.extend(bytes),
                    Output::Message(received) => {
                        if self.verdicts.pop_front().unwrap_or(true) {
                            end.stored.push(received.text);
                            end.session.accept(self.now);
                        } else {
                            end.session.refuse(self.now);
                        }
                    }
                    Output::Sent(id) => end.sent.push(id),
                    Output::Failed { id, .. } => end.failed.push(id),
                    Output::Incomplete { .. } | Output::Warning(_) => {}
                }
            }
        }
        for (from, mut burst) in bursts.into_iter().enumerate() {
            if let Some(fault) = (!burst.is_empty()).then(|| self.ends[from].faults.pop_front().flatten()).flatten() {
                damage(&mut burst, fault);
            }
            self.ends[1 - from].session.receive(self.now, &burst);
        }
        said
    }
}
