//! Any bytes at any time into a session in either role: it stands, holds no more than it may, and how the bytes were split
//! changes nothing. What it hands over is within the limits, and complete.
#![no_main]

use libfuzzer_sys::fuzz_target;
use titer_fuzz::{Step, options, play, steps};
use titer_wire::astm::{HELD_INPUT_MAX, Output, Session, parse};

fuzz_target!(|input: &[u8]| {
    let Some((&setting, input)) = input.split_last() else { return };
    let (options, at_once) = options(setting);
    let steps = steps(input);
    // The frame under way, the message, and the last frame, kept to know a repeat.
    let held_max = 2 * options.accept_text_max + options.message_max + 1 + HELD_INPUT_MAX;
    let play = |piece| play(&mut Session::new(options.clone()), &steps, at_once, piece, held_max);
    let whole = play(usize::MAX);
    // What answers a message sent must come after it, so there the pieces matter.
    if !steps.iter().any(|step| matches!(step, Step::Send)) {
        assert_eq!(whole, play(1), "byte by byte");
    }

    for output in &whole {
        let Output::Message(received) = output else { continue };
        assert!(received.text.len() <= options.message_max && received.frames > 0, "{received:?}");
        assert_eq!(received.text.last(), Some(&b'\r'));
        if let Ok(messages) = parse(&received.text) {
            // By its letter: what a header declares is for the reader of records.
            let last = messages.last().and_then(|message| message.records().last());
            assert!(last.is_some_and(|record| matches!(record.raw()[0], b'L' | b'l')), "{received:?}");
        }
    }
});
