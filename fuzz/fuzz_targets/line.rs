//! Two sessions and a line between them that drops and damages bytes, is slow, and has applications that decide late or say no.
//! A message whose sender was told that it arrived was stored once; none is stored that was not sent, and none out of order.
#![no_main]

use std::collections::VecDeque;
use std::sync::LazyLock;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use titer_wire::astm::{Framing, MessageId, Options, Output, Role, Session};

/// Messages that each end sends.
const MESSAGES_MAX: u8 = 4;
/// The line and the applications come to rest within so many steps.
const STEPS_MAX: usize = 10_000;

/// To see what happens on the line: TRACE=1, and one input.
static TRACE: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TRACE").is_some());

fuzz_target!(|input: &[u8]| {
    let &[setting, counts, ref trouble @ ..] = input else { return };
    let (forth, back) = trouble.split_at(trouble.len() / 2);
    let framing = [Framing::EachRecord, Framing::Chained, Framing::Packed][usize::from(setting % 3)];
    let send_text_max = if setting & 0x80 == 0 { 12 } else { 240 };
    let end = |role, trouble: &[u8]| End {
        role,
        session: Session::new(Options { role, framing, send_text_max, ..Options::default() }),
        trouble: trouble.iter().copied().collect(),
        sent: Vec::new(),
        failed: Vec::new(),
        stored: Vec::new(),
        decides_at: None,
        on_the_way: VecDeque::new(),
    };
    let mut line = Line { ends: [end(Role::Instrument, forth), end(Role::Host, back)], now: Duration::ZERO };
    let counts = [counts % (MESSAGES_MAX + 1), counts / 16 % (MESSAGES_MAX + 1)];
    for (side, count) in counts.into_iter().enumerate() {
        for n in 1..=count {
            line.ends[side].session.send(Duration::ZERO, &message(side, n)).expect("a message that can be sent");
        }
    }
    line.run();
    for (side, count) in counts.into_iter().enumerate() {
        let [from, to] = if side == 0 { [0, 1] } else { [1, 0] }.map(|end: usize| &line.ends[end]);
        let mut stored = to.stored.iter().peekable();
        for n in 1..=count {
            let (text, id) = (message(side, n), MessageId(u64::from(n)));
            let times = std::iter::from_fn(|| stored.next_if(|stored| **stored == text)).count();
            assert!(from.sent.contains(&id) != from.failed.contains(&id), "message {n} of {side} was sent or failed");
            assert!(times <= 1, "message {n} of {side} was stored {times} times");
            assert!(times == 1 || from.failed.contains(&id), "message {n} of {side} was acknowledged and not stored");
        }
        assert!(stored.next().is_none(), "only what was sent is stored, and in order: {:?}", to.stored);
    }
});

fn message(side: usize, n: u8) -> Vec<u8> {
    format!("H|\\^&||{side}\rP|1\rO|1|S-{n}\rR|1|^^^GLU|{n}.5\rL|1|N\r").into_bytes()
}

struct End {
    role: Role,
    session: Session,
    /// What goes wrong, one after another.
    trouble: VecDeque<u8>,
    sent: Vec<MessageId>,
    failed: Vec<MessageId>,
    stored: Vec<Vec<u8>>,
    /// A message is with the application, which answers then.
    decides_at: Option<(Duration, Vec<u8>, bool)>,
    /// Bursts that this end sent, and when they arrive.
    on_the_way: VecDeque<(Duration, Vec<u8>)>,
}

impl End {
    /// What an application makes of a message. Most of the trouble that there can be is none.
    fn decide(&mut self, now: Duration, text: Vec<u8>) {
        let trouble = self.trouble.pop_front().unwrap_or(0);
        let wait = match trouble & 0x70 {
            0x40 => 2,
            0x50 => 14,
            0x60 => 20,
            0x70 => 70,
            _ => 0,
        };
        self.decides_at = Some((now + Duration::from_secs(wait), text, trouble & 0x80 == 0));
    }

    /// What the line makes of a burst: of one byte nothing, or another by one bit, or the burst comes late. A burst is late by
    /// no more than a sender can wait for two of them.
    fn put(&mut self, now: Duration, mut burst: Vec<u8>) {
        let trouble = self.trouble.pop_front().unwrap_or(0);
        let at = self.trouble.front().map_or(0, |at| usize::from(*at)) % burst.len();
        let mut late = 0;
        match trouble & 0xF0 {
            0x10 | 0x20 => drop(burst.remove(at)),
            0x30..=0x50 => {
                let flipped = burst[at] ^ 1 << (trouble & 7);
                // Weaknesses of the protocol itself: what turned into ENQ between frames draws an answer that nobody asked for, and
                // what turned into ACK passes for one.
                let asks = flipped == 0x05 && !burst.contains(&0x02);
                if flipped != 0x06 && !asks {
                    burst[at] = flipped;
                }
            }
            0x60..=0x70 => late = 1 + u64::from(trouble & 3),
            _ => {}
        }
        if matches!(trouble & 0xF0, 0x10..=0x50) {
            self.trouble.pop_front();
        }
        let arrives = now + Duration::from_secs(late);
        let after = self.on_the_way.back().map_or(arrives, |(before, _)| arrives.max(*before));
        self.on_the_way.push_back((after, burst));
    }
}

struct Line {
    ends: [End; 2],
    now: Duration,
}

impl Line {
    /// Until nobody waits for anything.
    fn run(&mut self) {
        for _ in 0..STEPS_MAX {
            self.collect();
            let due = |end: &End| {
                let arrives = end.on_the_way.front().map(|(at, _)| *at);
                let decides = end.decides_at.as_ref().map(|(at, ..)| *at);
                arrives.into_iter().chain(decides).chain(end.session.next_timeout()).min()
            };
            let Some(next) = self.ends.iter().filter_map(due).min() else { return };
            self.now = self.now.max(next);
            self.happen();
        }
        panic!("the line does not come to rest");
    }

    /// The first thing that is due: bytes arrive before an application decides, and both before a timer runs out.
    fn happen(&mut self) {
        let now = self.now;
        for from in 0..2 {
            if let Some((_, burst)) = self.ends[from].on_the_way.pop_front_if(|(at, _)| *at <= now) {
                if *TRACE {
                    eprintln!("{now:>8.1?} {from} -> {}", burst.escape_ascii());
                }
                return self.ends[1 - from].session.receive(now, &burst);
            }
        }
        for end in &mut self.ends {
            if let Some((_, text, takes)) = end.decides_at.take_if(|(at, ..)| *at <= now) {
                if *TRACE {
                    eprintln!("{now:>8.1?} {:?} {}", end.role, if takes { "accepts" } else { "refuses" });
                }
                if takes {
                    end.stored.push(text);
                    end.session.accept(now);
                } else {
                    end.session.refuse(now);
                }
                return;
            }
        }
        for end in &mut self.ends {
            end.session.tick(now);
        }
    }

    fn collect(&mut self) {
        for end in &mut self.ends {
            let mut burst = Vec::new();
            while let Some(output) = end.session.poll() {
                if *TRACE && !matches!(output, Output::Send(_)) {
                    eprintln!("{:>8.1?} {:?} {output:?}", self.now, end.role);
                }
                match output {
                    Output::Send(bytes) => burst.extend(bytes),
                    Output::Message(received) => end.decide(self.now, received.text),
                    Output::Sent(id) => end.sent.push(id),
                    Output::Failed { id, .. } => end.failed.push(id),
                    Output::Incomplete { .. } | Output::Warning(_) => {}
                }
            }
            if !burst.is_empty() {
                end.put(self.now, burst);
            }
        }
    }
}
