//! The receiving side of the link layer: messages, verdicts and time (LIS01-A2 §8.3 and §8.5).

use crate::support::{check, check_with};
use std::time::Duration;
use titer_wire::astm::{HELD_INPUT_MAX, Options, Output, Session, write_frame};

#[test]
fn the_last_frame_is_acknowledged_only_when_the_message_is_stored() {
    check(
        r"
        > <ENQ>
        < <ACK>
        > {1:H|\^&<CR>+}
        < <ACK>
        > {2:P|1<CR>+}
        < <ACK>
        > {3:L|1|N<CR>}
        message(3) H|\^&<CR>P|1<CR>L|1|N<CR>
        accept
        < <ACK>
        > <EOT>
        ",
    );
}

#[test]
fn a_transmission_sent_without_waiting_is_acknowledged_frame_by_frame() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>+}{2:L|1<CR>}<EOT>
        < <ACK><ACK>
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        ",
    );
}

#[test]
fn every_record_may_end_its_frame_with_etx() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>}{2:R|1<CR>}
        < <ACK><ACK><ACK>
        > {3:L|1<CR>}
        message(3) H|\^&<CR>R|1<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_record_that_lacks_its_cr_ends_at_etx_but_not_at_etb() {
    check(
        r"
        > <ENQ>{1:H|\^&}{2:R|1|^^^GL+}{3:U|5.4}{4:L|1}
        < <ACK><ACK><ACK><ACK>
        message(4) H|\^&<CR>R|1|^^^GLU|5.4<CR>L|1<CR>
        ",
    );
}

#[test]
fn several_records_share_a_frame() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>P|1<CR>O|1<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>P|1<CR>O|1<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_terminator_split_over_frames_completes_with_its_cr() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L+}{2:|1|+}{3:N<CR>+}
        < <ACK><ACK><ACK>
        message(3) H|\^&<CR>L|1|N<CR>
        accept
        < <ACK>
        ",
    );
}

#[test]
fn only_an_l_record_ends_a_message() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>LX|1<CR>}{2:C|1|L<CR>}
        < <ACK><ACK><ACK>
        > {3:L<CR>}
        message(3) H|\^&<CR>LX|1<CR>C|1|L<CR>L<CR>
        ",
    );
}

#[test]
fn a_transfer_may_hold_several_messages() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > {2:H|\^&<CR>+}
        < <ACK>
        > {3:L|1<CR>}
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>
        ",
    );
}

#[test]
fn what_stands_behind_a_terminator_in_its_frame_begins_the_next_message() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>H|\^&<CR>P|+}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > {2:2<CR>L|1<CR>}
        message(2) H|\^&<CR>P|2<CR>L|1<CR>
        accept
        < <ACK>
        ",
    );
}

#[test]
fn messages_that_end_in_one_frame_come_together() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>H|\^&<CR>L|1<CR><CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>H|\^&<CR>L|1<CR><CR>
        ",
    );
}

#[test]
fn a_refused_message_comes_again_with_the_repeated_frame() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>+}{2:L|1<CR>}
        < <ACK><ACK>
        message(2) H|\^&<CR>L|1<CR>
        refuse
        < <NAK>
        > {2:L|1<CR>}
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > {2:L|1<CR>}
        warning Repeated { number: 2 }
        < <ACK>
        > <EOT>
        ",
    );
}

#[test]
fn a_refused_frame_does_not_count_twice_against_the_limit() {
    let options = Options { message_max: 12, ..Options::default() };
    check_with(
        options,
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        refuse
        < <NAK>
        > {1:H|\^&<CR>L|1<CR>}
        message(1) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_refused_message_whose_frame_is_not_repeated_is_kept_as_incomplete() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        refuse
        < <NAK>
        > <EOT>
        incomplete EndOfTransmission H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn verdicts_that_nobody_asked_for_do_nothing() {
    check(
        r"
        accept
        refuse
        > <ENQ>
        < <ACK>
        accept
        refuse
        ",
    );
}

#[test]
fn enq_and_eot_alone_are_a_sign_of_life() {
    check(
        r"
        > <ENQ><EOT>
        < <ACK>
        > <ENQ><ENQ><EOT><EOT>
        < <ACK><ACK>
        + 60s
        ",
    );
}

#[test]
fn a_message_that_never_ends_is_reported_with_what_had_come() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>+}<EOT>
        < <ACK><ACK>
        incomplete EndOfTransmission H|\^&<CR>
        > <ENQ>{1:H|\^&<CR>+}<ENQ>
        < <ACK><ACK>
        + 999ms
        + 1ms
        incomplete Restarted H|\^&<CR>
        < <ACK>
        > {1:H|\^&<CR>P+}
        < <ACK>
        + 29999ms
        + 1ms
        incomplete TimedOut H|\^&<CR>P
        > <ENQ>{1:H|\^&<CR>}<STX>2P|1
        < <ACK><ACK>
        disconnect
        warning FrameCut { bytes: 5 }
        incomplete Disconnected H|\^&<CR>
        ",
    );
}

#[test]
fn enq_between_messages_begins_a_new_transfer_at_once() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn the_receiver_waits_30_seconds_from_the_last_sign_of_a_frame() {
    check(
        r"
        > <ENQ>
        < <ACK>
        + 29s
        > {1:H|\^&<CR>+}
        < <ACK>
        + 29s
        > <STX>2P|
        + 29s
        > 1
        + 29999ms
        + 1ms
        warning FrameCut { bytes: 5 }
        incomplete TimedOut H|\^&<CR>
        > <ENQ>
        < <ACK>
        + 30s
        warning SenderSilent
        ",
    );
}

#[test]
fn what_is_another_protocol_is_called_by_its_name() {
    check(
        r"
        > MSH|^~\&|LIS|<CR>PID|1<CR>
        warning Foreign(Hl7)
        > OBX|1<CR>
        > <ENQ>
        < <ACK>
        > <EOT>
        > H|\^&<CR>L|1<CR>
        warning Foreign(Unframed)
        disconnect
        > GET / HTTP/1.1
        warning Foreign(Http)
        disconnect
        > <SYN>
        disconnect
        warning Noise { bytes: 1 }
        > xMSH|
        disconnect
        warning Noise { bytes: 5 }
        ",
    );
    for (bytes, name) in
        [(&b"\x0bMSH|^~\\&|LIS\r"[..], "HL7"), (b"\r\n<?xml version=\"1.0\"?>", "POCT1-A"), (b"\x16\x03\x01", "TLS")]
    {
        let mut session = Session::new(Options::default());
        session.receive(Duration::ZERO, bytes);
        let Some(Output::Warning(warning)) = session.poll() else { panic!("{name}") };
        assert!(warning.to_string().contains(name) && !warning.to_string().contains("parity"), "{warning}");
    }
}

#[test]
fn bytes_that_come_before_the_verdict_wait_for_it() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}{2:H|\^&<CR>+}{3:L|1<CR>}<EOT>
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 500ms
        accept
        < <ACK><ACK>
        message(2) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        ",
    );
}

#[test]
fn bytes_beyond_the_limit_are_dropped_unacknowledged() {
    let mut flood = Vec::new();
    write_frame(&mut flood, 2, &vec![b'x'; HELD_INPUT_MAX], true);
    let over = flood.len() - HELD_INPUT_MAX;
    let flood = String::from_utf8(flood[6..].to_vec()).unwrap();
    let flood = flood.replace('\x03', "<ETX>").replace('\r', "<CR>").replace('\n', "<LF>");
    let dropped = over + 1 - 6;
    check(&format!(
        r"
        > <ENQ>{{1:H|\^&<CR>L|1<CR>}}?{flood}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        warning InputDropped {{ bytes: {dropped} }}
        {}
        ",
        "warning Noise { bytes: 4096 }\n".repeat(HELD_INPUT_MAX / 4096),
    ));
}

#[test]
fn a_late_acknowledgement_is_not_sent_after_the_sender_gave_up() {
    // After EOT and ENQ it would pass for the answer to ENQ, and every answer after it for the one before.
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 15s
        > <EOT>
        + 10s
        > <ENQ>
        accept
        warning LateVerdict
        < <ACK>
        > {1:H|\^&<CR>L|1<CR>}
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        > <EOT>
        ",
    );
}

#[test]
fn a_verdict_that_took_as_long_as_a_sender_waits_is_not_told() {
    // Its EOT may have come damaged, or be on the way: the answer would meet the next ENQ.
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 14999ms
        accept
        < <ACK>
        > {2:H|\^&<CR>L|2<CR>}
        message(1) H|\^&<CR>L|2<CR>
        + 15s
        > $
        + 5s
        accept
        warning LateVerdict
        > <ENQ>
        warning Noise { bytes: 1 }
        < <ACK>
        ",
    );
}

#[test]
fn an_enq_that_waited_as_long_as_a_sender_waits_is_not_answered() {
    // The EOT with which its sender gave it up came damaged.
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 15s
        > <EOT>
        + 10s
        > <ENQ>
        + 15s
        > $
        accept
        warning LateVerdict
        + 10s
        > <ENQ>
        warning Noise { bytes: 1 }
        < <ACK>
        ",
    );
}

#[test]
fn a_sender_that_gave_up_and_fell_silent_is_not_answered_at_all() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 15s
        > <EOT>
        + 10s
        > <ENQ>
        + 15s
        > <EOT>
        refuse
        warning LateVerdict
        incomplete EndOfTransmission H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_frame_repeated_while_the_verdict_is_awaited_is_answered_once() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 5s
        > {1:H|\^&<CR>L|1<CR>}
        + 5s
        > {1:H|\^&<CR>L|1<CR>}
        accept
        warning LateVerdict
        warning Repeated { number: 1 }
        warning Repeated { number: 1 }
        < <ACK>
        ",
    );
}

#[test]
fn a_frame_repeated_while_the_verdict_is_awaited_and_then_refused_delivers_again() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        + 5s
        > {1:H|\^&<CR>L|1<CR>}
        refuse
        warning LateVerdict
        message(1) H|\^&<CR>L|1<CR>
        accept
        < <ACK>
        ",
    );
}

#[test]
fn a_connection_that_ends_before_the_verdict_reports_what_came_behind_the_message() {
    check(
        r"
        > <ENQ>{1:H|\^&<CR>L|1<CR>H|\^&<CR>}{2:P|1<CR>}
        < <ACK>
        message(1) H|\^&<CR>L|1<CR>
        disconnect
        warning InputDropped { bytes: 11 }
        incomplete Disconnected H|\^&<CR>
        accept
        > <ENQ>
        < <ACK>
        ",
    );
}
