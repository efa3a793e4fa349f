//! Lines over a stream in memory, with a clock that stands still until all wait.

use std::time::Duration;

use titer_wire::astm::{FailReason, Framing, REPLY_WAIT};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, timeout},
};

use super::{Line, Manner, NOISE, SLOW_WAIT, Undelivered};
use crate::fault::Fault;

const MESSAGE: &[u8] = b"H|\\^&|||X\rO|1|S1\rR|1|^^^Na|141\rL|1|N\r";
const ENQ: u8 = 0x05;
const ACK: u8 = 0x06;
const NAK: u8 = 0x15;
const EOT: u8 = 0x04;
const LF: u8 = 0x0A;

fn line(framing: Option<Framing>) -> (Line, DuplexStream) {
    let (ours, theirs) = duplex(64 * 1024);
    (Line::over(ours, Manner { framing, send_text_max: 240, listens: true }), theirs)
}

/// A host that answers ENQ and each frame with ACK, one whose checksum is wrong with NAK; until the analyzer is gone. Answers
/// what came, and when each frame did.
async fn host(mut socket: DuplexStream) -> (Vec<u8>, Vec<Instant>) {
    let (mut all, mut frame, mut times) = (Vec::new(), Vec::new(), Vec::new());
    while let Ok(byte) = socket.read_u8().await {
        all.push(byte);
        frame.push(byte);
        match byte {
            ENQ => socket.write_all(&[ACK]).await.unwrap(),
            LF => {
                times.push(Instant::now());
                let from = frame.iter().position(|byte| *byte == 0x02).unwrap();
                let sum: u8 = frame[from + 1..frame.len() - 4].iter().fold(0, |sum, byte| sum.wrapping_add(*byte));
                let good = format!("{sum:02X}").as_bytes() == &frame[frame.len() - 4..frame.len() - 2];
                socket.write_all(&[if good { ACK } else { NAK }]).await.unwrap();
                frame.clear();
            }
            _ => {}
        }
    }
    (all, times)
}

/// Delivers the message under a fault, and once more without.
async fn under(fault: Fault) -> (Result<(), Undelivered>, Vec<u8>, Vec<Instant>, Duration) {
    let (mut line, theirs) = line(Some(Framing::EachRecord));
    let hosting = tokio::spawn(host(theirs));
    let began = Instant::now();
    line.suffer(vec![fault]);
    let first = line.deliver(MESSAGE).await;
    line.suffer(Vec::new());
    if !matches!(first, Err(Undelivered::Connection(_))) {
        line.deliver(MESSAGE).await.unwrap();
    }
    let took = began.elapsed();
    drop(line);
    let (bytes, times) = hosting.await.unwrap();
    (first.map(drop), bytes, times, took)
}

fn count(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

#[tokio::test(start_paused = true)]
async fn in_good_order_a_message_goes_out_once() {
    let (mut line, theirs) = line(Some(Framing::EachRecord));
    let hosting = tokio::spawn(host(theirs));
    line.deliver(MESSAGE).await.unwrap();
    line.close().await.unwrap();
    let (bytes, times) = hosting.await.unwrap();
    assert_eq!((bytes[0], bytes.last(), times.len()), (ENQ, Some(&EOT), 4));
    assert_eq!(count(&bytes, b"L|1|N"), 1);
}

#[tokio::test(start_paused = true)]
async fn when_the_last_acknowledgement_is_lost_the_message_is_sent_again() {
    let (first, bytes, times, took) = under(Fault::LostAck).await;
    assert!(matches!(first, Err(Undelivered::GivenUp(FailReason::NoReply))), "{first:?}");
    assert!(took >= REPLY_WAIT, "{took:?}");
    assert_eq!((count(&bytes, b"L|1|N"), times.len()), (2, 8), "the host has it twice");
}

#[tokio::test(start_paused = true)]
async fn a_frame_with_a_wrong_checksum_is_refused_and_sent_again() {
    let (first, bytes, times, _) = under(Fault::WrongChecksum).await;
    assert!(first.is_ok(), "{first:?}");
    assert_eq!((count(&bytes, b"H|\\^&|||X"), count(&bytes, b"L|1|N"), times.len()), (3, 2, 9));
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_waits_before_every_write() {
    let (first, _, times, took) = under(Fault::Slow).await;
    assert!(first.is_ok());
    assert!(took >= 5 * SLOW_WAIT, "{took:?}");
    assert!(times[1] - times[0] >= SLOW_WAIT && times[5] - times[4] < SLOW_WAIT, "only the first message is slow");
}

#[tokio::test(start_paused = true)]
async fn bytes_that_trickle_come_one_by_one() {
    let (mut line, mut theirs) = line(None);
    line.suffer(vec![Fault::Split]);
    let reading = tokio::spawn(async move {
        let mut pieces = Vec::new();
        let mut buffer = [0; 64];
        while let Ok(read @ 1..) = theirs.read(&mut buffer).await {
            pieces.push(buffer[..read].to_vec());
        }
        pieces
    });
    line.deliver(MESSAGE).await.unwrap();
    drop(line);
    let pieces = reading.await.unwrap();
    assert!(pieces.iter().all(|piece| piece.len() == 1));
    assert_eq!(pieces.concat(), MESSAGE);
}

#[tokio::test(start_paused = true)]
async fn noise_stands_before_every_frame_and_in_none() {
    let (first, bytes, times, _) = under(Fault::Noise).await;
    assert!(first.is_ok());
    assert_eq!((count(&bytes, NOISE), times.len()), (4, 8), "each frame was taken as it came");
}

#[tokio::test(start_paused = true)]
async fn a_pulled_cable_ends_the_connection_in_the_middle_of_a_frame() {
    for framing in [Some(Framing::EachRecord), Some(Framing::Packed), None] {
        let (mut line, theirs) = line(framing);
        let hosting = tokio::spawn(host(theirs));
        line.suffer(vec![Fault::Disconnect]);
        let ended = line.deliver(MESSAGE).await;
        assert!(matches!(ended, Err(Undelivered::Connection(_))), "{framing:?}: {ended:?}");
        drop(line);
        let (bytes, _) = hosting.await.unwrap();
        assert!(count(&bytes, b"H|") == 1 && count(&bytes, b"L|1|N") == 0, "{framing:?}: {bytes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_frames_messages_of_the_host_are_heard_however_they_are_cut() {
    let (mut line, mut theirs) = line(None);
    let talking = tokio::spawn(async move {
        for piece in [&b"H|\\^&\r\nO|1|S"[..], b"1||^^^Na\r\nL|1", b"|F\r\nH|\\^&\rL|1|I\r"] {
            theirs.write_all(piece).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        theirs
    });
    let heard = [line.hear().await.unwrap(), line.hear().await.unwrap()];
    assert!(heard[0].ends_with(b"L|1|F\r") && heard[0].starts_with(b"H|\\^&\r"));
    assert!(heard[1].ends_with(b"L|1|I\r"));
    let _theirs = talking.await.unwrap();
    assert!(timeout(Duration::from_secs(1), line.hear()).await.is_err());
}
