//! A session played from the bytes of one input, for the targets that feed one.
//!
//! An input is what comes from the line, so that a capture is an input as it is. Bytes from `0xF0` on are not fed but say what
//! happens: time passes, a verdict is given, a message is sent, the connection ends. `0xFC` feeds the byte behind it, whatever
//! it is. The last byte sets the options.

use std::time::Duration;

use titer_wire::astm::{Endpoint, Framing, Options, Output, Role};

/// How long `0xF0` to `0xF7` let pass, in ms: on both sides of what the timers wait for.
const WAITS: [u64; 8] = [1, 499, 1_000, 5_000, 9_999, 15_000, 30_000, 600_000];
/// What `0xFA` sends.
const SENT: &[u8] = b"H|\\^&\rP|1\rO|1|S-17||^^^GLU\rL|1|N";

/// One thing that happens to a session.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    Bytes(&'a [u8]),
    Wait(Duration),
    Accept,
    Refuse,
    Send,
    Disconnect,
}

/// What happens, in order.
pub fn steps(input: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = input;
    while let Some((&first, after)) = rest.split_first() {
        if first < 0xF0 {
            let run = rest.iter().position(|byte| *byte >= 0xF0).unwrap_or(rest.len());
            steps.push(Step::Bytes(&rest[..run]));
            rest = &rest[run..];
            continue;
        }
        rest = after;
        steps.push(match first {
            0xF0..=0xF7 => Step::Wait(Duration::from_millis(WAITS[usize::from(first & 7)])),
            0xF8 => Step::Accept,
            0xF9 => Step::Refuse,
            0xFA => Step::Send,
            0xFB => Step::Disconnect,
            _ => {
                let (one, after) = rest.split_at(rest.len().min(1));
                rest = after;
                Step::Bytes(one)
            }
        });
    }
    steps
}

/// How a session behaves, by the last byte of the input. Whether verdicts follow at once, or where the input says.
pub fn options(setting: u8) -> (Options, bool) {
    let bit = |n: u8| setting & 1 << n != 0;
    let options = Options {
        role: if bit(0) { Role::Instrument } else { Role::Host },
        implicit_enq: !bit(1),
        framing: if bit(2) { Framing::Packed } else { Framing::EachRecord },
        send_text_max: if bit(3) { 7 } else { 240 },
        accept_text_max: if bit(4) { 16 } else { 64_000 },
        message_max: if bit(5) { 64 } else { 8 * 1024 * 1024 },
    };
    (options, !bit(6))
}

/// Plays the steps, bytes in pieces of so many, and answers all that came out, adjacent sends joined: how bytes are grouped
/// must not matter. Checks on the way what must hold at any moment.
pub fn play(end: &mut dyn Endpoint, steps: &[Step<'_>], at_once: bool, piece: usize, held_max: usize) -> Vec<Output> {
    let mut outputs = Vec::new();
    let mut now = Duration::from_secs(5);
    for step in steps.iter().chain([&Step::Disconnect]) {
        match *step {
            Step::Bytes(bytes) => {
                for bytes in bytes.chunks(piece) {
                    end.receive(now, bytes);
                    assert!(end.buffered() <= held_max, "{} bytes held", end.buffered());
                    collect(end, now, at_once, &mut outputs);
                }
            }
            Step::Wait(time) => {
                let until = now + time;
                // As whoever owns the socket does: not before it is due, and not late.
                while let Some(due) = end.next_timeout().filter(|due| *due <= until) {
                    now = now.max(due);
                    end.tick(now);
                    collect(end, now, at_once, &mut outputs);
                    assert!(end.next_timeout().is_none_or(|due| due > now), "a tick leaves nothing due");
                }
                now = until;
                end.tick(now);
            }
            Step::Accept => end.accept(now),
            Step::Refuse => end.refuse(now),
            Step::Send => {
                let _refused_when_many_wait = end.send(now, SENT);
            }
            Step::Disconnect => end.disconnect(),
        }
        collect(end, now, at_once, &mut outputs);
    }
    outputs
}

fn collect(end: &mut dyn Endpoint, now: Duration, at_once: bool, outputs: &mut Vec<Output>) {
    while let Some(output) = end.poll() {
        let decide = at_once && matches!(output, Output::Message(_));
        match (outputs.last_mut(), output) {
            (Some(Output::Send(before)), Output::Send(bytes)) => before.extend(bytes),
            (_, output) => outputs.push(output),
        }
        if decide {
            assert!(end.awaits_verdict(), "a message awaits its verdict");
            end.accept(now);
        }
    }
}
