//! Frames that come without ENQ: a recording may leave the ENQ out, a line may not (LIS01-A2 §8.2).

use crate::support::{check, check_with};
use titer_wire::astm::Options;

/// A recording may leave out what carries no text.
fn of_recording() -> Options {
    Options { implicit_enq: true, ..Options::default() }
}

#[test]
fn in_a_recording_frames_without_enq_are_a_transfer_of_their_own() {
    check_with(
        of_recording(),
        r"
        > {1:H|\^&<CR>+}
        warning NoEnquiry
        < <ACK>
        > {2:L|1<CR>}
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        + 30s
        > {1:H|\^&<CR>L|1<CR>}
        warning NoEnquiry
        message(1) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn without_enq_frame_1_begins_the_next_message() {
    check_with(
        of_recording(),
        r"
        > {1:H|\^&<CR>+}{2:L|1<CR>}
        warning NoEnquiry
        < <ACK>
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > {1:H|\^&<CR>+}
        < <ACK>
        > {2:P|1<CR>+}{1:H|\^&|new<CR>+}
        < <ACK>
        incomplete Restarted H|\^&<CR>P|1<CR>
        < <ACK>
        > {2:L|1<CR>}
        message(2) H|\^&|new<CR>L|1<CR>
        accept
        < <ACK>
        > {2:L|1<CR>}
        warning Repeated { number: 2 }
        < <ACK>
        ",
    );
}

#[test]
fn without_enq_a_new_message_is_no_longer_than_others() {
    let options = Options { message_max: 16, ..of_recording() };
    check_with(
        options,
        r"
        > {1:H|\^&<CR>+}{1:H|\^&|123456789<CR>+}
        warning NoEnquiry
        < <ACK>
        warning FrameRefused(MessageTooLong { max: 16 })
        < <NAK>
        > {2:L|1<CR>}
        message(2) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn without_enq_only_a_header_begins_anew() {
    check_with(
        of_recording(),
        r"
        > {1:H|\^&<CR>+}{2:P|1<CR>+}
        warning NoEnquiry
        < <ACK><ACK>
        > {1:P|2<CR>+}
        warning FrameRefused(OutOfSequence { expected: 3, got: 1 })
        < <NAK>
        ",
    );
}

#[test]
fn without_enq_a_new_message_of_one_frame_is_no_repeat() {
    check_with(
        of_recording(),
        r"
        > {1:H|\^&<CR>L|1<CR>}
        warning NoEnquiry
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > {1:H|\^&|other<CR>L|1<CR>}
        message(1) H|\^&|other<CR>L|1<CR>
        accept
        < <ACK>
        > {1:H|\^&|other<CR>L|1<CR>}
        warning Repeated { number: 1 }
        < <ACK>
        ",
    );
}

/// Acknowledged, the sender would believe that it is done: refused, it begins again with ENQ.
#[test]
fn frames_without_enq_are_refused_in_every_state() {
    // Never asked.
    check(
        r"
        > {1:H|\^&<CR>L|1<CR>}
        warning NoEnquiry
        < <NAK>
        > {1:H|\^&<CR>L|1<CR>}
        < <NAK>
        > <EOT><ENQ>
        < <ACK>
        > {1:H|\^&<CR>L|1<CR>}
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>
        ",
    );
    // A stray EOT before frame 1, and one in the middle.
    check(
        r"
        > <ENQ><EOT>
        < <ACK>
        > {1:H|\^&<CR>+}
        warning NoEnquiry
        < <NAK>
        > {2:L|1<CR>}
        < <NAK>
        > <ENQ>{1:H|\^&<CR>+}
        < <ACK><ACK>
        > <EOT>
        incomplete EndOfTransmission H|\^&<CR>
        > {2:P|1<CR>}
        warning NoEnquiry
        < <NAK>
        > {1:L|1<CR>}
        < <NAK>
        ",
    );
    // After a message, and after a silence.
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>{2:H|\^&<CR>L|1<CR>}
        warning NoEnquiry
        < <NAK>
        + 29999ms
        > <ENQ>{1:H|\^&<CR>+}
        < <ACK><ACK>
        + 30s
        incomplete TimedOut H|\^&<CR>
        > {2:L|1<CR>}
        warning NoEnquiry
        < <NAK>
        ",
    );
    // While a verdict is awaited.
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        > <EOT>{1:H|\^&<CR>L|1<CR>}
        accept
        < <ACK>
        warning NoEnquiry
        < <NAK>
        ",
    );
    // Damaged, cut off, and without its end.
    check(
        r"
        > <STX>1H|<ETX>00<CR><LF>
        warning NoEnquiry
        < <NAK>
        > <STX>1H|
        > <EOT>
        warning FrameCut { bytes: 4 }
        > <STX>1H|<ETX>00
        warning NoEnquiry
        + 1s
        < <NAK>
        > <STX>1
        + 30s
        warning FrameCut { bytes: 2 }
        ",
    );
}

/// While this side asks, or sends, such a frame is not acknowledged either.
#[test]
fn frames_that_come_while_this_side_sends_are_acknowledged_by_nobody() {
    check_with(
        Options::default(),
        r"
        send H|\^&<CR>L|1<CR>
        < <ENQ>
        > {1:H|\^&<CR>L|1<CR>}
        > <ACK>
        < {1:H|\^&<CR>}
        > {1:H|\^&<CR>L|1<CR>}
        warning Noise { bytes: 17 }
        > <ACK>
        < {2:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        + 1s
        > <ENQ>
        warning Noise { bytes: 17 }
        < <ACK>
        ",
    );
}
