//! Any bytes at any time into a session without frames: it stands, holds no more than it may, how the bytes were split changes
//! nothing, and every record comes out once, in order, unless it is said to be lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use titer_fuzz::{Step, options, play, steps};
use titer_wire::astm::{Output, Unframed, Warning};

fuzz_target!(|input: &[u8]| {
    let Some((&setting, input)) = input.split_last() else { return };
    let (options, at_once) = options(setting);
    let message_max = options.message_max;
    let steps = steps(input);
    let play = |piece| play(&mut Unframed::new(message_max), &steps, at_once, piece, 3 * message_max);
    let whole = play(usize::MAX);
    let told = |warning: fn(&Warning) -> bool| {
        whole.iter().any(|output| matches!(output, Output::Warning(told) if warning(told)))
    };
    let lost = told(|warning| matches!(warning, Warning::InputDropped { .. } | Warning::Lost));
    // Stray answers are counted together, and what is dropped when it is too much depends on how it comes.
    if !lost && !told(|warning| matches!(warning, Warning::Noise { .. })) {
        assert_eq!(whole, play(1), "byte by byte");
    }

    let mut came: Vec<u8> = Vec::new();
    for output in &whole {
        let text = match output {
            Output::Message(received) => {
                assert!(received.text.len() <= message_max && received.text.last() == Some(&b'\r'), "{received:?}");
                &received.text
            }
            Output::Incomplete { text, .. } => text,
            _ => continue,
        };
        // A message that was refused comes again.
        if at_once || !came.ends_with(text) {
            came.extend(text);
        }
    }
    if at_once && !lost {
        // An end of a connection or a silence ends a record as well, so ends do not count.
        let sent: Vec<u8> =
            steps.iter().flat_map(|step| if let Step::Bytes(bytes) = step { *bytes } else { &[] }).copied().collect();
        let text = |bytes: Vec<u8>| {
            bytes.into_iter().filter(|b| !matches!(b, 4 | 5 | 6 | 0x15 | b'\r' | b'\n')).collect::<Vec<u8>>()
        };
        assert_eq!(text(came), text(sent));
    }
});
