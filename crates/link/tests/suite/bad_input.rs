//! Bad input, over a real socket and as messages: after each nothing is lost, nothing is doubled, and the next good message files.

use crate::common::{
    World, simulated,
    socket::{ACK, ENQ, EOT, Operating, SOON, connect, frames, free, operate, say, send, until},
};
use titer_link::{
    filing::{Filing, Outcome},
    inbox::{MessageState, views as inbox},
};
use titer_wire::astm::write_frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const NAK: u8 = 0x15;
const AT: &str = "20261122085500";

/// A link that is open, and a patient whose tubes are received one after another.
struct Bench {
    world: World,
    address: String,
    patient: titer_lab::patients::PatientId,
    operating: Operating,
    tubes: usize,
}

impl Bench {
    async fn new() -> Self {
        let (world, address) = (World::standing().await, free());
        world.mapped("titer-sim-chemistry", &address).await;
        let patient = world.patient("MRN-1").await;
        let operating = operate(&world.lab);
        Bench { world, address, patient, operating, tubes: 0 }
    }

    /// A message of a new tube that is here.
    async fn good(&mut self) -> String {
        self.tubes += 1;
        let tube = format!("T{}", self.tubes);
        self.world.received(self.patient, &["sodium"], &tube).await;
        simulated(&tube, &[("Na", "140", "mmol/L", AT)])
    }

    /// How many messages there are, and how many results of all tubes.
    async fn stands(&self) -> (usize, usize) {
        let tubes = self.tubes;
        let count = move |s: &mut titer_store::Snapshot<'_>| {
            let mut results = 0;
            for tube in 1..=tubes {
                let specimen = titer_lab::specimens::views::by_barcode(s, &format!("T{tube}"))?.unwrap().id;
                results += titer_lab::results::views::of_specimen(s, specimen)?.len();
            }
            Ok::<_, titer_lab::Failure>((inbox::messages(s, None)?.len(), results))
        };
        self.world.lab.read(count).await.unwrap()
    }

    /// The next good message on this connection files once.
    async fn goes_on(&mut self, socket: &mut TcpStream, after: &str) {
        let (messages, results) = self.stands().await;
        let good = self.good().await;
        assert_eq!(send(socket, &good).await, ACK, "{after}");
        assert_eq!(self.stands().await, (messages + 1, results + 1), "{after}");
    }
}

async fn answer(socket: &mut TcpStream) -> Option<u8> {
    timeout(SOON, socket.read_u8()).await.expect("an answer").ok()
}

/// What is done to a frame, and its name.
type Damage = (&'static str, fn(&mut Vec<u8>));

/// A frame that was damaged on the way is asked for again, and comes again: the message is there once.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_frame_is_sent_again_and_counts_once() {
    let mut bench = Bench::new().await;
    let mut socket = connect(&bench.address).await;
    // The number of the frame, its text, its checksum, its end.
    let damages: [Damage; 5] = [
        ("a wrong checksum", |frame| {
            let at = frame.len() - 3;
            frame[at] = if frame[at] == b'0' { b'1' } else { b'0' };
        }),
        ("a flipped bit", |frame| frame[5] ^= 1),
        ("no checksum", |frame| {
            let at = frame.len() - 4;
            frame[at..at + 2].copy_from_slice(b"zz");
        }),
        ("a frame out of sequence", |frame| {
            let text = frame[2..frame.len() - 5].to_vec();
            frame.clear();
            write_frame(frame, 6, &text, false);
        }),
        ("a byte that is not of ASCII", |frame| frame[4] = 0xff),
    ];
    for (name, damage) in damages {
        let (before, good) = (bench.stands().await, bench.good().await);
        assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
        for (n, frame) in frames(&good).into_iter().enumerate() {
            if n == 1 {
                let mut damaged = frame.clone();
                damage(&mut damaged);
                assert_eq!(say(&mut socket, &damaged).await, NAK, "{name}");
                assert_eq!(bench.stands().await, before, "{name}: nothing is kept of half a message");
            }
            assert_eq!(say(&mut socket, &frame).await, ACK, "{name}");
        }
        socket.write_all(&[EOT]).await.unwrap();
        assert_eq!(bench.stands().await, (before.0 + 1, before.1 + 1), "{name}");
        bench.goes_on(&mut socket, name).await;
    }
    bench.operating.end().await;
}

/// What a network cuts in two is put together, wherever it is cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_may_come_in_two_parts_split_at_any_byte() {
    let mut bench = Bench::new().await;
    let mut socket = connect(&bench.address).await;
    let length = {
        let good = simulated("T1", &[("Na", "140", "mmol/L", AT)]);
        frames(&good).concat().len()
    };
    // A step that shares no factor with the length of a frame meets every kind of place.
    for at in (1..length).step_by(7) {
        let (before, good) = (bench.stands().await, bench.good().await);
        assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
        let mut left = at;
        for frame in frames(&good) {
            if (1..frame.len()).contains(&left) {
                socket.write_all(&frame[..left]).await.unwrap();
                tokio::task::yield_now().await;
                assert_eq!(say(&mut socket, &frame[left..]).await, ACK, "split at {at}");
            } else {
                assert_eq!(say(&mut socket, &frame).await, ACK);
            }
            left = left.saturating_sub(frame.len());
        }
        socket.write_all(&[EOT]).await.unwrap();
        assert_eq!(bench.stands().await, (before.0 + 1, before.1 + 1), "split at {at}");
    }
    bench.operating.end().await;
}

/// Whatever is said before and between, the next transfer is heard.
#[tokio::test(flavor = "multi_thread")]
async fn noise_and_a_frame_without_an_end_do_not_stop_the_next_message() {
    let mut bench = Bench::new().await;
    let endless = [&[0x02][..], b"1", &vec![b'x'; 200_000]].concat();
    let noise: Vec<u8> =
        (0..4_096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).filter(|b| *b != ENQ).collect();
    let zeros = vec![0; 4_096];
    let http = b"GET / HTTP/1.1\r\nHost: laboratory\r\n\r\n".to_vec();
    for (name, bytes) in [("an endless frame", endless), ("noise", noise), ("zeros", zeros), ("a browser", http)] {
        for begun in [false, true] {
            let mut socket = connect(&bench.address).await;
            if begun {
                assert_eq!(say(&mut socket, &[ENQ]).await, ACK, "{name}");
            }
            socket.write_all(&bytes).await.unwrap();
            drop(socket);
            let mut socket = connect(&bench.address).await;
            bench.goes_on(&mut socket, name).await;
        }
    }
    bench.operating.end().await;
}

/// A connection may end anywhere: before the last frame was acknowledged the analyzer sends all again, and it is filed once.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ends_anywhere_files_once_when_it_is_sent_again() {
    let mut bench = Bench::new().await;
    for after in 0..5 {
        let good = bench.good().await;
        let (_, results) = bench.stands().await;
        let mut socket = connect(&bench.address).await;
        assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
        for frame in frames(&good).iter().take(after) {
            assert_eq!(say(&mut socket, frame).await, ACK);
        }
        // Half of the next one, if there is one.
        if let Some(next) = frames(&good).get(after) {
            socket.write_all(&next[..next.len() / 2]).await.unwrap();
        }
        drop(socket);
        let mut socket = connect(&bench.address).await;
        assert_eq!(send(&mut socket, &good).await, ACK, "after {after} frames");
        assert_eq!(bench.stands().await.1, results + 1, "after {after} frames");
        assert_eq!(send(&mut socket, &good).await, ACK, "and once more");
        assert_eq!(bench.stands().await.1, results + 1, "after {after} frames, sent three times");
        bench.goes_on(&mut socket, "a connection that ended").await;
    }
    until(async || bench.world.held().await.iter().all(|m| m.problems.iter().all(|p| p.code == "inbox-incomplete")))
        .await;
    bench.operating.end().await;
}

/// The sender asked and is told nothing until what it sent is kept; the pieces are kept and held.
#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_message_without_an_end_is_kept_and_held() {
    let mut bench = Bench::new().await;
    let good = bench.good().await;
    let mut socket = connect(&bench.address).await;
    assert_eq!(say(&mut socket, &[ENQ]).await, ACK);
    for frame in frames(&good).iter().take(4) {
        assert_eq!(say(&mut socket, frame).await, ACK);
    }
    socket.write_all(&[EOT]).await.unwrap();
    until(async || !bench.world.held().await.is_empty()).await;
    let held = bench.world.held().await.remove(0);
    assert_eq!(held.problems[0].code, "inbox-incomplete");
    assert_eq!(bench.stands().await, (1, 0), "a result record was whole, and the message was not");
    bench.goes_on(&mut socket, "an end that came too early").await;
    assert!(answer_is_none(&mut socket).await);
    bench.operating.end().await;
}

async fn answer_is_none(socket: &mut TcpStream) -> bool {
    timeout(std::time::Duration::from_millis(50), answer(socket)).await.is_err()
}

/// One change of a right message: new results, whether the message is held, and the holds of the new result.
type Case<'a> = (&'a str, &'a str, usize, bool, &'a [&'a str]);

/// What stands in a message is kept as it came; what cannot be judged is held, and the next good message files.
#[tokio::test]
async fn odd_content_is_kept_held_or_shown_and_never_guessed() {
    let world = World::standing().await;
    let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let long = "9".repeat(300);
    let too_long = "9".repeat(301);
    let cases: Vec<Case<'_>> = vec![
        ("|140|", "|<136|", 1, false, &["undecided-flag", "undecided-critical"]),
        ("|140|", "|>145|", 1, false, &["undecided-critical"]),
        ("|140|", "|<150|", 1, false, &["undecided-flag", "undecided-critical"]),
        ("|140|", "|---|", 0, true, &[]),
        ("|140|", "|****|", 0, true, &[]),
        ("|140|", "|<|", 0, true, &[]),
        ("|140|", "|Positive|", 0, true, &[]),
        ("|140|", "|Indeterminate|", 0, true, &[]),
        ("|140|", "|Invalid|", 0, true, &[]),
        ("|140|", "|ERROR|", 0, true, &[]),
        ("|140|", "|1,40|", 0, true, &[]),
        ("|140|", "|1e3|", 0, true, &[]),
        ("|140|", "|NaN|", 0, true, &[]),
        ("|140|", "|inf|", 0, true, &[]),
        ("|140|", "|0x8C|", 0, true, &[]),
        ("|140|", "|'; DROP TABLE results; --|", 0, true, &[]),
        ("|140|", "|<script>alert(1)</script>|", 0, true, &[]),
        ("|140|", "|140 |", 1, false, &[]),
        ("|140|", "|&X31&40|", 1, false, &[]),
        ("|140|", "|14\u{0}0|", 0, true, &[]),
        ("|140|", "|14\u{1b}[2J0|", 0, true, &[]),
        ("|140|", &long, 0, true, &[]),
        ("|140|", &too_long, 0, true, &[]),
        ("mmol/L", "mg/dL", 0, true, &[]),
        ("^Na|", "^Na\u{0}|", 0, true, &[]),
        ("|T1|", "|T\u{0}1|", 0, true, &[]),
        ("P|1\r", "P|1|||\"O'Brien\"\r", 1, false, &[]),
    ];
    for (n, (from, to, new, held, holds)) in cases.into_iter().enumerate() {
        let tube = format!("A{n}");
        let (_, specimen) = world.received(patient, &["sodium"], &tube).await;
        // A long value stands between its bars; the others bring their own.
        let to = if to.starts_with('9') { format!("|{to}|") } else { to.to_owned() };
        let text = simulated("T1", &[("Na", "140", "mmol/L", AT)])
            .replacen(from, &to, 1)
            .replace("|T1|", &format!("|{tube}|"));
        let before = world.held().await.len();
        let outcome = Filing::new(world.lab.clone(), link).receive(text.clone().into_bytes()).await.unwrap();
        let Outcome::Kept { message, filed, .. } = outcome else { panic!("{to:?}") };
        assert_eq!(filed, new, "{to:?}: what is no number, and no word that the dialect lists, is not filed");
        assert_eq!(world.held().await.len() - before, usize::from(held), "{to:?}");
        let kept = world.message(message).await;
        let bytes = world.lab.read(move |s| Ok(inbox::bytes(s, &kept)?)).await.unwrap();
        assert_eq!(bytes, text.as_bytes(), "{to:?}: kept as it came");
        let results = world.results(specimen).await;
        assert_eq!(results.len(), new, "{to:?}");
        if let Some(result) = results.first() {
            assert_eq!(result.holds, holds, "{to:?}");
            assert_eq!(result.critical, "", "{to:?}");
        }
        let next = format!("G{n}");
        let (_, good) = world.received(patient, &["sodium"], &next).await;
        world.receive(link, &simulated(&next, &[("Na", "140", "mmol/L", AT)])).await.unwrap();
        assert_eq!(world.results(good).await.len(), 1, "after {to:?}");
        assert_eq!(world.results(good).await[0].flag, "N");
    }
}

/// Two patients in one message: each result lands on its own tube's, and what belongs to none is held beside them.
#[tokio::test]
async fn two_patients_in_one_message_do_not_mix() {
    let world = World::standing().await;
    let link = world.mapped("titer-sim-chemistry", "127.0.0.1:4001").await;
    let mut tubes = Vec::new();
    for (identifier, tube) in [("MRN-1", "T1"), ("MRN-2", "T2")] {
        let patient = world.patient(identifier).await;
        tubes.push(world.received(patient, &["sodium"], tube).await.1);
    }
    let part = |tube: &str, value: &str| {
        let whole = simulated(tube, &[("Na", value, "mmol/L", AT)]);
        whole[whole.find("P|1").unwrap()..whole.find("L|1").unwrap()].to_owned()
    };
    let text = format!("H|\\^&|||SIM-1\r{}{}{}L|1|N\r", part("T2", "142"), part("NOBODYS", "99"), part("T1", "141"));
    let outcome = world.receive(link, &text).await.unwrap();
    let Outcome::Kept { message, filed, problems } = outcome else { panic!("{outcome:?}") };
    assert_eq!((filed, problems), (2, 1));
    assert_eq!(world.message(message).await.problems[0].barcode, "NOBODYS");
    for (tube, value) in tubes.into_iter().zip(["141", "142"]) {
        let results = world.results(tube).await;
        assert_eq!((results.len(), results[0].value.as_str()), (1, value));
    }
    assert_eq!(world.message(message).await.state, MessageState::Held);
}
