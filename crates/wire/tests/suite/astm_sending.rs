//! The sending side of the link layer, rule by rule (LIS01-A2 §8.2 to §8.5).

use std::time::Duration;

use crate::support::{bytes, check, check_with};
use titer_wire::astm::{Framing, Options, Output, Role, SEND_QUEUE_MAX, SendError, Session, Warning, is_forbidden};

fn instrument() -> Options {
    Options { role: Role::Instrument, ..Options::default() }
}

fn framing(framing: Framing, send_text_max: usize) -> Options {
    Options { framing, send_text_max, ..Options::default() }
}

#[test]
fn a_message_goes_out_record_by_record() {
    check(
        r"
        send H|\^&<CR>P|1<CR>L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:H|\^&<CR>}
        > <ACK>
        < {2:P|1<CR>}
        > <ACK>
        < {3:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn a_missing_last_cr_is_added() {
    check(
        r"
        send L|1
        < <ENQ>
        > <ACK>
        < {1:L|1<CR>}
        ",
    );
}

#[test]
fn a_record_longer_than_a_frame_goes_over_several() {
    check_with(
        framing(Framing::EachRecord, 5),
        r"
        send H|\^&|||x<CR>L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:H|\^&+}
        > <ACK>
        < {2:|||x<CR>}
        > <ACK>
        < {3:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn chained_frames_end_in_etb_but_for_the_last() {
    check_with(
        framing(Framing::Chained, 240),
        r"
        send H|\^&<CR>L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:H|\^&<CR>+}
        > <ACK>
        < {2:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn packed_frames_are_filled() {
    check_with(
        framing(Framing::Packed, 8),
        r"
        send H|\^&<CR>L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:H|\^&<CR>L|+}
        > <ACK>
        < {2:1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn a_frame_text_of_no_bytes_is_taken_for_one() {
    check_with(
        framing(Framing::Packed, 0),
        r"
        send L<CR>
        < <ENQ>
        > <ACK>
        < {1:L+}
        > <ACK>
        < {2:<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn sent_frame_numbers_run_from_7_on_to_0() {
    check_with(
        framing(Framing::Packed, 1),
        r"
        send 12345678<CR>
        < <ENQ>
        > <ACK>
        < {1:1+}
        > <ACK><ACK><ACK><ACK><ACK><ACK>
        < {2:2+}{3:3+}{4:4+}{5:5+}{6:6+}{7:7+}
        > <ACK>
        < {0:8+}
        > <NAK>
        warning Refused { number: 0 }
        < {0:8+}
        > <ACK>
        < {1:<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn a_refused_frame_is_repeated_and_given_up_after_six_tries() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < {1:L|1<CR>}
        > <NAK>
        warning Refused { number: 1 }
        < <EOT>
        failed 1 Rejected
        ",
    );
}

#[test]
fn the_tries_are_counted_frame_by_frame() {
    check(
        r"
        send H|\^&<CR>L|1<CR>
        < <ENQ>
        > <ACK>
        < {1:H|\^&<CR>}
        > <NAK><NAK><NAK>
        warning Refused { number: 1 }
        < {1:H|\^&<CR>}
        warning Refused { number: 1 }
        < {1:H|\^&<CR>}
        warning Refused { number: 1 }
        < {1:H|\^&<CR>}
        > <ACK>
        < {2:L|1<CR>}
        > <NAK><NAK><NAK>
        warning Refused { number: 2 }
        < {2:L|1<CR>}
        warning Refused { number: 2 }
        < {2:L|1<CR>}
        warning Refused { number: 2 }
        < {2:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        ",
    );
}

#[test]
fn a_frame_unanswered_for_15_seconds_ends_the_transfer() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        + 14999ms
        + 1ms
        < <EOT>
        failed 1 NoReply
        > <ACK>
        + 9999ms
        + 1ms
        < <ENQ>
        > <ACK>
        < {1:L|2<CR>}
        > <ACK>
        < <EOT>
        sent 2
        ",
    );
}

#[test]
fn enq_unanswered_is_tried_six_times() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        + 14999ms
        + 1ms
        warning NoReply
        < <EOT>
        + 10s
        < <ENQ>
        + 15s
        warning NoReply
        < <EOT>
        + 10s
        < <ENQ>
        + 15s
        warning NoReply
        < <EOT>
        + 10s
        < <ENQ>
        + 15s
        warning NoReply
        < <EOT>
        + 10s
        < <ENQ>
        + 15s
        warning NoReply
        < <EOT>
        + 10s
        < <ENQ>
        + 15s
        warning NoReply
        < <EOT>
        failed 1 NoReply
        + 600s
        ",
    );
}

#[test]
fn a_busy_receiver_is_asked_again_after_10_seconds_and_six_times_at_most() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        > <NAK>
        warning Busy
        + 9999ms
        + 1ms
        < <ENQ>
        > <NAK>
        warning Busy
        + 10s
        < <ENQ>
        > <NAK>
        warning Busy
        + 10s
        < <ENQ>
        > <NAK>
        warning Busy
        + 10s
        < <ENQ>
        > <NAK>
        warning Busy
        + 10s
        < <ENQ>
        > <NAK>
        warning Busy
        failed 1 Busy
        + 600s
        ",
    );
}

#[test]
fn when_both_ask_the_host_listens_for_20_seconds() {
    check_with(
        Options::default(),
        r"
        send L|1<CR>
        < <ENQ>
        > <ENQ>
        warning Contention
        + 1s
        > <ENQ>
        < <ACK>
        > {1:H|\^&<CR>L|1<CR>}
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>
        < <ENQ>
        > <ENQ>
        warning Contention
        + 19999ms
        + 1ms
        < <ENQ>
        > <ACK>
        < {1:L|1<CR>}
        ",
    );
}

#[test]
fn when_both_ask_the_instrument_asks_again_after_a_second() {
    check_with(
        instrument(),
        r"
        send L|1<CR>
        < <ENQ>
        > <ENQ>
        warning Contention
        + 999ms
        + 1ms
        < <ENQ>
        > <ACK>
        < {1:L|1<CR>}
        ",
    );
}

#[test]
fn an_interrupt_request_is_an_acknowledgement_and_honoured_after_the_message() {
    check(
        r"
        send H|\^&<CR>L|1<CR>
        < <ENQ>
        send H|\^&<CR>L|2<CR>
        > <ACK>
        < {1:H|\^&<CR>}
        > <EOT>
        warning Interrupt
        < {2:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        + 14999ms
        + 1ms
        < <ENQ>
        ",
    );
}

#[test]
fn an_interrupt_request_lets_the_other_side_send_at_once() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        > <EOT>
        warning Interrupt
        < <EOT>
        sent 1
        + 2s
        > <ENQ><EOT>
        < <ACK><ENQ>
        ",
    );
}

#[test]
fn stray_bytes_are_no_answers() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        > ?<CR><LF><STX><ACK>
        warning Noise { bytes: 3 }
        < {1:L|1<CR>}
        > !<ENQ><ACK>
        warning Noise { bytes: 2 }
        < <EOT>
        sent 1
        > <ENQ>
        warning Noise { bytes: 1 }
        < <ACK>
        ",
    );
}

#[test]
fn a_message_waits_for_the_end_of_what_comes_in() {
    check(
        r"
        > <ENQ>
        < <ACK>
        send L|1<CR>
        > {1:H|\^&<CR>L|1<CR>}
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>
        < <ENQ>
        ",
    );
}

#[test]
fn a_message_waits_for_a_sender_that_fell_silent() {
    check(
        r"
        > <ENQ>
        < <ACK>
        send L|1<CR>
        + 30s
        warning SenderSilent
        < <ENQ>
        ",
    );
}

#[test]
fn messages_go_out_in_order() {
    check_with(
        instrument(),
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        < <ENQ>
        > <ACK>
        < {1:L|2<CR>}
        > <ACK>
        < <EOT>
        sent 2
        ",
    );
}

#[test]
fn between_two_messages_the_host_leaves_the_line_to_the_instrument() {
    check_with(
        Options::default(),
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        + 499ms
        > <ENQ>
        < <ACK>
        + 100ms
        > <EOT>
        < <ENQ>
        ",
    );
}

#[test]
fn an_acknowledgement_of_eot_is_no_answer_to_the_next_enq() {
    // Taken for one, it would put every answer one frame ahead, and the last frame would count as acknowledged unheard.
    check_with(
        Options::default(),
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        > <ACK>
        < <EOT>
        sent 1
        > <ACK>
        + 499ms
        + 1ms
        < <ENQ>
        + 14999ms
        > <NAK>
        warning Busy
        ",
    );
}

#[test]
fn answers_that_come_when_nothing_was_asked_are_stray_bytes() {
    check(
        r"
        > <ACK><NAK><EOT><ENQ>
        warning Noise { bytes: 2 }
        < <ACK>
        > <ACK><NAK>{1:H|\^&<CR>+}
        warning Noise { bytes: 2 }
        < <ACK>
        ",
    );
}

#[test]
fn a_frame_holds_240_characters_of_text_and_no_more() {
    for (record, frames) in [(240, 1), (241, 2), (480, 2), (481, 3)] {
        let text = "x".repeat(record - 1);
        let pieces: Vec<String> = format!("{text}<CR>")
            .replace("<CR>", "\r")
            .as_bytes()
            .chunks(240)
            .map(|piece| String::from_utf8_lossy(piece).replace('\r', "<CR>"))
            .collect();
        assert_eq!(pieces.len(), frames);
        let mut transcript = format!("send {text}<CR>\n< <ENQ>\n");
        for (piece, number) in pieces.iter().zip(1..) {
            let etb = if number == frames { "" } else { "+" };
            transcript += &format!("> <ACK>\n< {{{number}:{piece}{etb}}}\n");
            assert!(bytes(&format!("{{{number}:{piece}{etb}}}")).len() <= 247, "STX, number, ETX, checksum, CR and LF");
        }
        check(&(transcript + "> <ACK>\n< <EOT>\nsent 1"));
    }
}

#[test]
fn a_frame_of_64000_characters_can_be_sent() {
    let text = "x".repeat(63_992);
    check_with(
        framing(Framing::EachRecord, 63_993),
        &format!("send {text}<CR>\n< <ENQ>\n> <ACK>\n< {{1:{text}<CR>}}\n> <ACK>\n< <EOT>\nsent 1"),
    );
}

#[test]
fn a_connection_that_ends_fails_what_was_to_be_sent() {
    check(
        r"
        send L|1<CR>
        < <ENQ>
        send L|2<CR>
        > <ACK>
        < {1:L|1<CR>}
        disconnect
        failed 1 Disconnected
        failed 2 Disconnected
        + 600s
        send L|3<CR>
        < <ENQ>
        ",
    );
}

#[test]
fn what_cannot_be_sent_is_refused_with_the_reason() {
    let options = Options { message_max: 8, ..Options::default() };
    let mut session = Session::new(options);
    let now = Duration::ZERO;
    assert_eq!(session.send(now, b""), Err(SendError::Empty));
    assert_eq!(session.send(now, b"\r\r"), Err(SendError::Empty));
    assert_eq!(session.send(now, b"L|1\n"), Err(SendError::ForbiddenByte { at: 3, byte: b'\n' }));
    assert_eq!(session.send(now, b"L|1234567"), Err(SendError::TooLong { max: 8 }));
    for byte in (0..=u8::MAX).filter(|byte| is_forbidden(*byte)) {
        assert_eq!(session.send(now, &[b'L', byte]), Err(SendError::ForbiddenByte { at: 1, byte }));
    }
    for _ in 0..SEND_QUEUE_MAX {
        session.send(now, b"L|1\r").unwrap();
    }
    assert_eq!(session.send(now, b"L|1\r"), Err(SendError::QueueFull));
}

#[test]
fn a_message_that_waits_is_taken_back_and_one_that_is_under_way_is_not() {
    let mut session = Session::new(Options::default());
    let now = Duration::ZERO;
    let (first, second) = (session.send(now, b"L|1\r").unwrap(), session.send(now, b"L|2\r").unwrap());
    assert!(!session.withdraw(first), "its ENQ is sent");
    assert!(session.withdraw(second) && !session.withdraw(second));
    // The other side asks as well: this one listens first, and may think again.
    session.receive(now, &[0x05]);
    assert!(session.withdraw(first));
    let outputs: Vec<Output> = std::iter::from_fn(|| session.poll()).collect();
    assert_eq!(outputs, [Output::Send(vec![0x05]), Output::Warning(Warning::Contention)]);
    assert_eq!(session.next_timeout(), None, "nothing is left to send");
}
