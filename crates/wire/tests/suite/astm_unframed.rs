//! Records without frames: what makes a message, what ends one that never did, and what becomes of one that nobody could store.

use std::time::Duration;

use crate::support::check_unframed;
use titer_wire::astm::{MessageId, OFFERS_MAX, Output, SendError, Unframed};

#[track_caller]
fn check(transcript: &str) {
    check_unframed(1024, transcript);
}

#[test]
fn a_message_is_what_stands_from_h_to_l() {
    check(
        r"
        > H|\^&<CR>P|1<CR>O|1|S-17<CR>
        > R|1|^^^GLU|5.4<CR>L|1|N<CR>
        message(0) H|\^&<CR>P|1<CR>O|1|S-17<CR>R|1|^^^GLU|5.4<CR>L|1|N<CR>
        accept
        + 60s
        ",
    );
}

#[test]
fn records_end_in_cr_lf_or_both_and_empty_ones_are_none() {
    for end in ["<CR>", "<LF>", "<CR><LF>", "<LF><CR>", "<CR><CR>"] {
        check(&format!("> H|\\^&{end}P|1{end}L|1{end}\nmessage(0) H|\\^&<CR>P|1<CR>L|1<CR>\naccept\n> {end}\n+ 60s"));
    }
}

#[test]
fn messages_come_one_at_a_time() {
    check(
        r"
        > H|\^&|1<CR>L|1<CR>H|\^&|2<CR>L|1<CR>H|\^&|3<CR>
        message(0) H|\^&|1<CR>L|1<CR>
        + 60s
        accept
        message(0) H|\^&|2<CR>L|1<CR>
        accept
        accept
        > L|1<CR>
        message(0) H|\^&|3<CR>L|1<CR>
        ",
    );
}

#[test]
fn enq_and_eot_around_a_message_are_passed_over() {
    check(
        r"
        > <ENQ>H|\^&<CR>L|1|N<CR><EOT>
        message(0) H|\^&<CR>L|1|N<CR>
        accept
        > <ENQ>H|\^&<CR>L|1|N<EOT>
        message(0) H|\^&<CR>L|1|N<CR>
        accept
        + 60s
        ",
    );
}

#[test]
fn enq_or_eot_within_a_message_ends_it() {
    check(
        r"
        > H|\^&<CR>P|1<EOT>
        incomplete EndOfTransmission H|\^&<CR>P|1<CR>
        > H|\^&<CR>P|1<ENQ>
        incomplete Restarted H|\^&<CR>P|1<CR>
        > H|\^&<CR>L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_sender_that_waits_for_an_answer_is_told_of() {
    check(
        r"
        > <ENQ>
        + 15s
        > <EOT>
        warning Unanswered
        > <ENQ><CR><LF><EOT>
        warning Unanswered
        ",
    );
}

#[test]
fn answers_mean_nothing_here() {
    check(
        r"
        > H|\^&<CR><ACK>
        warning Noise { bytes: 1 }
        > L|1<NAK>
        warning Noise { bytes: 1 }
        > <CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_header_begins_anew_whatever_came_before() {
    check(
        r"
        > H|\^&|1<CR>P|1<CR>R|1|^^^GLU|5<CR>H|\^&|2<CR>
        incomplete Restarted H|\^&|1<CR>P|1<CR>R|1|^^^GLU|5<CR>
        > P|2<CR>L|1<CR>
        message(0) H|\^&|2<CR>P|2<CR>L|1<CR>
        ",
    );
}

#[test]
fn only_h_and_l_records_begin_and_end() {
    check(
        r"
        > H|\^&<CR>HX|1<CR>LX|1<CR>C|1|L<CR>C|1|H|<CR>L!1<CR>
        message(0) H|\^&<CR>HX|1<CR>LX|1<CR>C|1|L<CR>C|1|H|<CR>L!1<CR>
        ",
    );
}

#[test]
fn what_stands_before_a_header_is_handed_over_to_be_held() {
    check(
        r"
        > R|1|^^^GLU|5<CR>L|1<CR>
        message(0) R|1|^^^GLU|5<CR>L|1<CR>
        accept
        > |N<CR>H|\^&<CR>L|1<CR>
        incomplete Restarted |N<CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_message_that_does_not_go_on_for_30_seconds_is_incomplete() {
    check(
        r"
        > H|\^&<CR>
        + 29s
        > P|1
        + 29999ms
        + 1ms
        incomplete TimedOut H|\^&<CR>P|1
        + 600s
        ",
    );
}

#[test]
fn a_terminator_that_lacks_its_end_counts_after_a_second() {
    check(
        r"
        > H|\^&<CR>L|1
        + 999ms
        + 1ms
        message(0) H|\^&<CR>L|1<CR>
        accept
        > H|\^&<CR>L
        + 29999ms
        + 1ms
        incomplete TimedOut H|\^&<CR>L
        ",
    );
}

#[test]
fn a_connection_that_ends_leaves_what_had_come() {
    check(
        r"
        > H|\^&<CR>P|1
        disconnect
        incomplete Disconnected H|\^&<CR>P|1
        > H|\^&<CR>L|1
        disconnect
        message(0) H|\^&<CR>L|1<CR>
        accept
        > H|\^&|1<CR>L|1<CR>H|\^&|2<CR>L|1<CR>H|\^&|3<CR>
        message(0) H|\^&|1<CR>L|1<CR>
        disconnect
        accept
        message(0) H|\^&|2<CR>L|1<CR>
        accept
        incomplete Disconnected H|\^&|3<CR>
        > H|\^&<CR>L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_message_that_could_not_be_stored_is_offered_again_every_10_seconds() {
    check(
        r"
        > H|\^&|1<CR>L|1<CR>
        message(0) H|\^&|1<CR>L|1<CR>
        refuse
        > H|\^&|2<CR>L|1<CR>
        + 9999ms
        + 1ms
        message(0) H|\^&|1<CR>L|1<CR>
        accept
        message(0) H|\^&|2<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_message_that_could_never_be_stored_is_said_to_be_lost() {
    let again = "refuse\n+ 10s\nmessage(0) H|\\^&|1<CR>L|1<CR>\n".repeat(usize::from(OFFERS_MAX) - 1);
    check(&format!(
        "> H|\\^&|1<CR>L|1<CR>H|\\^&|2<CR>L|1<CR>\nmessage(0) H|\\^&|1<CR>L|1<CR>\n{again}refuse\nwarning Lost\nmessage(0) H|\\^&|2<CR>L|1<CR>"
    ));
}

#[test]
fn a_connection_that_ends_is_the_last_chance_of_what_was_not_stored() {
    check(
        r"
        > H|\^&|1<CR>L|1<CR>H|\^&|2<CR>L|1<CR>
        message(0) H|\^&|1<CR>L|1<CR>
        refuse
        disconnect
        message(0) H|\^&|1<CR>L|1<CR>
        refuse
        warning Lost
        message(0) H|\^&|2<CR>L|1<CR>
        accept
        + 600s
        ",
    );
}

#[test]
fn more_than_one_message_may_hold_is_reported_in_pieces_and_never_as_a_message() {
    check_unframed(
        12,
        r"
        > H|\^&<CR>P|1<CR>R|1|2<CR>H|
        incomplete Overrun H|\^&<CR>P|1<CR>R
        > \^&<CR>
        incomplete Overrun |1|2<CR>
        > L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        accept
        > C|1234567H|\^&|x<CR>L|1<CR>
        incomplete Overrun C|1234567H|
        incomplete Overrun \^&|x<CR>L|1<CR>
        > H|\^&<CR>L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

/// What stands behind the bytes that were dropped must not go on the record before them: it may be another patient's.
#[test]
fn bytes_dropped_tear_the_message_that_they_were_of() {
    check_unframed(
        20,
        r"
        > H|\^&<CR>L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        > H|\^&<CR><LF>P|1<CR><LF>O|1<CR><LF>P|2<CR><LF>
        > R|2<CR><LF>
        accept
        warning InputDropped { bytes: 7 }
        incomplete Overrun H|\^&<CR>P|1<CR>O|1<CR>P|2
        > L|1<CR>
        incomplete Overrun L|1<CR>
        > H|\^&<CR>L|1<CR>
        message(0) H|\^&<CR>L|1<CR>
        ",
    );
}

#[test]
fn a_message_is_sent_as_plain_records_whatever_comes_in() {
    check(
        r"
        > H|\^&<CR>P|
        send H|\^&<CR>O|1|S-17<CR>L|1
        < H|\^&<CR>O|1|S-17<CR>L|1<CR>
        sent 1
        > 1<CR>L|1<CR>
        message(0) H|\^&<CR>P|1<CR>L|1<CR>
        send H|\^&<CR>L|1<CR>
        < H|\^&<CR>L|1<CR>
        sent 2
        ",
    );
    let mut unframed = Unframed::new(8);
    assert_eq!(unframed.send(Duration::ZERO, b"\r"), Err(SendError::Empty));
    assert_eq!(unframed.send(Duration::ZERO, b"H|\n"), Err(SendError::ForbiddenByte { at: 2, byte: b'\n' }));
    assert_eq!(unframed.send(Duration::ZERO, b"H|\\^&\rL|1"), Err(SendError::TooLong { max: 8 }));
    assert_eq!(unframed.send(Duration::ZERO, b"L|1"), Ok(MessageId(1)));
    assert_eq!(unframed.poll(), Some(Output::Send(b"L|1\r".to_vec())));
}
