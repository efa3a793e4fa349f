#![allow(clippy::unwrap_used)]
use titer_sim::play::{Answer, Capture, CaptureError, Ending, Part, play};
use titer_wire::{
    astm::write_frame,
    recording::{Entry, What},
};
use tokio::net::{TcpListener, TcpStream};

use crate::host::{Host, Verdict};

const RECORDS: [&[u8]; 4] =
    [b"H|\\^&|||made up\r", b"O|1|S-17\r", b"R|1|^^^Na|141|mmol/L||N||F||||20260302090507\r", b"L|1|N\r"];

/// A capture of one message, a record a frame as the cobas c 111 sends it: ETB, and ETX at the end.
fn capture(around: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    if around {
        bytes.push(0x05);
    }
    for (record, number) in RECORDS.iter().zip(1..) {
        write_frame(&mut bytes, number, record, usize::from(number) == RECORDS.len());
    }
    if around {
        bytes.push(0x04);
    }
    bytes
}

async fn play_to(host: &Host, bytes: &[u8]) -> titer_sim::play::Transcript {
    let mut socket = TcpStream::connect(&host.address).await.unwrap();
    play(&mut socket, &Capture::read(bytes).unwrap()).await
}

#[tokio::test]
async fn frames_are_sent_one_by_one_between_enq_and_eot() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let transcript = play_to(&host, &capture(true)).await;
    assert!(transcript.is_complete(), "{transcript:?}");
    assert_eq!((transcript.frames_acknowledged(), transcript.frames_refused()), (4, 0));
    let parts: Vec<_> = transcript.sent.iter().map(|sent| sent.part).collect();
    let frames: Vec<_> = (1..=4).map(|number| Part::Frame(Some(number))).collect();
    assert_eq!(parts, [&[Part::Enquiry][..], &frames, &[Part::End]].concat());
    assert!(transcript.sent.is_sorted_by_key(|sent| sent.at));
    assert_eq!(host.next().await, RECORDS.concat());
}

/// The host takes no frame from a sender that did not ask.
#[tokio::test]
async fn frames_of_a_capture_without_enq_are_sent_as_they_are_and_refused() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let transcript = play_to(&host, &capture(false)).await;
    assert!(matches!(transcript.ending, Ending::Refused), "{transcript:?}");
    assert_eq!(transcript.sent[0].part, Part::Frame(Some(1)));
    assert_eq!((transcript.frames_acknowledged(), transcript.frames_refused()), (0, 6));
    assert!(host.rest().is_empty());
}

#[tokio::test]
async fn the_same_connection_takes_a_capture_twice() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut socket = TcpStream::connect(&host.address).await.unwrap();
    for _ in 0..2 {
        assert!(play(&mut socket, &Capture::read(&capture(true)).unwrap()).await.is_complete());
        assert_eq!(host.next().await, RECORDS.concat());
    }
}

#[tokio::test]
async fn a_damaged_frame_is_sent_six_times_and_the_transfer_ended() {
    let mut host = Host::start(|_| Verdict::Accept).await;
    let mut bytes = capture(true);
    let place = bytes.windows(4).position(|window| window == b"S-17").unwrap();
    bytes[place] = b'T';
    let transcript = play_to(&host, &bytes).await;
    assert!(matches!(transcript.ending, Ending::Refused), "{transcript:?}");
    assert_eq!((transcript.frames_acknowledged(), transcript.frames_refused()), (1, 6));
    assert_eq!(transcript.sent.last().unwrap().part, Part::End);
    assert!(host.rest().is_empty());
}

#[tokio::test]
async fn a_frame_refused_and_then_taken_is_in_the_transcript_twice() {
    let mut host = Host::start(|n| if n == 0 { Verdict::Refuse } else { Verdict::Accept }).await;
    let transcript = play_to(&host, &capture(true)).await;
    assert!(transcript.is_complete());
    assert_eq!((transcript.frames_acknowledged(), transcript.frames_refused()), (4, 1));
    let answers: Vec<_> = transcript.sent.iter().filter_map(|sent| sent.answer).map(|(answer, _)| answer).collect();
    assert_eq!(answers[4..], [Answer::Refused, Answer::Acknowledged]);
    assert_eq!(host.next().await, RECORDS.concat());
}

#[tokio::test]
async fn a_connection_that_ends_is_told_with_what_had_been_answered() {
    let host = Host::start(|_| Verdict::HangUp).await;
    let transcript = play_to(&host, &capture(true)).await;
    assert!(matches!(transcript.ending, Ending::Disconnected(_)), "{transcript:?}");
    assert_eq!(transcript.frames_acknowledged(), 3);
    assert_eq!(transcript.sent.last().unwrap().answer, None);
}

#[tokio::test]
async fn the_bytes_arrive_exactly_as_captured() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bytes = capture(true);
    let length = bytes.len();
    let receiving = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut received = Vec::new();
        while received.len() < length {
            received.push(socket.read_u8().await.unwrap());
            // ENQ, and the LF that ends a frame.
            if matches!(received.last(), Some(0x05 | 0x0A)) {
                socket.write_all(&[0x06]).await.unwrap();
            }
        }
        received
    });
    let mut socket = TcpStream::connect(address).await.unwrap();
    assert!(play(&mut socket, &Capture::read(&bytes).unwrap()).await.is_complete());
    assert_eq!(receiving.await.unwrap(), bytes);
}

#[test]
fn only_one_side_of_a_transfer_is_a_capture() {
    for (bytes, error) in [
        (&b""[..], CaptureError::Empty),
        (b"\x05\x06", CaptureError::OutsideFrame { at: 1, byte: 0x06 }),
        (b"H|\\^&\r", CaptureError::OutsideFrame { at: 0, byte: b'H' }),
        (b"\x021H\r\x03AB\r\n\x06", CaptureError::OutsideFrame { at: 9, byte: 0x06 }),
    ] {
        assert_eq!(Capture::read(bytes).unwrap_err(), error);
    }
    // A frame without its end is a frame all the same, and ends where the next part begins.
    assert_eq!(Capture::read(b"\x021H\r\x022P\r\x03AB\r\n\x04").unwrap().frames(), 2);
    assert_eq!(Capture::read(b"\x02").unwrap().frames(), 1);
}

/// A recording has both sides, and what the analyzer answered to what the host sent it.
#[test]
fn of_a_recording_the_analyzer_s_own_transfers_are_played() {
    let entry = |connection, what| Entry { at: "2026-11-22T22:20:04Z".to_owned(), connection, what };
    let mut entries = vec![entry(1, What::Note("connected".to_owned())), entry(2, What::Received(b"\x05".to_vec()))];
    // The host asks and sends a frame; the analyzer takes both, and then sends its message, in pieces.
    entries.push(entry(1, What::Sent(b"\x05".to_vec())));
    entries.push(entry(1, What::Received(b"\x06".to_vec())));
    entries.push(entry(1, What::Sent(b"\x021H|\\^&\r\x03E5\r\n\x04".to_vec())));
    let said = [b"\x06", capture(true).as_slice()].concat();
    entries.extend(said.chunks(7).map(|piece| entry(1, What::Received(piece.to_vec()))));
    let played = Capture::of_recording(&entries, 1).unwrap();
    let bytes: Vec<u8> = played.parts().flat_map(|(_, bytes)| bytes.to_vec()).collect();
    assert_eq!(bytes, capture(true));
    assert_eq!(Capture::of_recording(&entries, 3).unwrap_err(), CaptureError::Empty);
}
