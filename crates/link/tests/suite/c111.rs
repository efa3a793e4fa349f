//! One analyzer over a real socket: acknowledged frame by frame, filed on the tube, once; held when anything is unknown.

use crate::common::World;
use titer_lab::results::views as results;
use titer_link::{Board, inbox::views as inbox};
use titer_wire::astm::write_frame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

const ENQ: u8 = 0x05;
const ACK: u8 = 0x06;

/// Frames as the cobas c 111 sends them: one record a frame, ETB after each but the last.
fn frames(barcode: &str, value: &str, completed: &str) -> Vec<Vec<u8>> {
    let records = [
        "H|\\^&|||C111^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^REAL|P|1|20260727162028\r".to_owned(),
        "P|1||\r".to_owned(),
        format!("O|1||{barcode}^^2||R||||||N||||||||||||{completed}|||F\r"),
        format!("R|1|^^^550|{value}|U/L||N||F||$SYS$||{completed}\r"),
        "C|1|I||I\r".to_owned(),
        "M|1|RR^BM^c111^1|137|137\\136|0.005564\r".to_owned(),
        "L|1|N\r".to_owned(),
    ];
    let last = records.len() - 1;
    let frame = |(i, record): (usize, &String)| {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, ((i + 1) % 8) as u8, record.as_bytes(), i == last);
        bytes
    };
    records.iter().enumerate().map(frame).collect()
}

async fn play(address: &str, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(&[ENQ]).await.unwrap();
    assert_eq!(socket.read_u8().await.unwrap(), ACK);
    let mut answers = Vec::new();
    for frame in frames {
        socket.write_all(frame).await.unwrap();
        answers.push(socket.read_u8().await.unwrap());
    }
    answers
}

async fn open(world: &World) -> (titer_link::links::LinkId, String, watch::Sender<bool>) {
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().to_string()
    };
    let link = world.link("cobas-c111", &address).await;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(titer_link::operate(world.lab.clone(), Board::default(), stopped));
    for _ in 0..100 {
        if TcpStream::connect(&address).await.is_ok() {
            return (link, address, stop);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the link did not open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_acknowledged_filed_once_and_held_until_the_mapping_is_confirmed() {
    let world = World::standing().await;
    let (link, address, _stop) = open(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["alp"], "T20-10143GA D07").await;

    let message = frames("T20-10143GA D07", "95.2", "20260727162028");
    assert_eq!(play(&address, &message).await, [ACK; 7], "kept, though its code is unmapped");
    let held = world.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap();
    assert_eq!((held.len(), held[0].problems[0].code.as_str()), (1, "inbox-unmapped-code"));
    assert_eq!(play(&address, &message).await, [ACK; 7], "the same message again is taken");
    assert_eq!(world.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap().len(), 1, "and changes nothing");

    let mapping = world.propose(link, "550", "U/L", "alp").await.unwrap();
    let replay = || titer_link::replay::one(&world.lab, world.technician.actor(), None, held[0].id);
    assert_eq!(replay().await.unwrap(), titer_link::inbox::MessageState::Held, "a proposal files nothing");
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    assert_eq!(replay().await.unwrap(), titer_link::inbox::MessageState::Filed);

    let filed = world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
    assert_eq!(filed.len(), 1);
    assert_eq!((filed[0].value.as_str(), filed[0].unit.as_str()), ("95.2", "U/L"));
    assert!(filed[0].holds.contains(&"mapping-unconfirmed".to_owned()));
    assert_eq!(play(&address, &message).await, [ACK; 7]);
    let again = world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
    assert_eq!(again, filed, "played again, nothing doubles");

    let second = frames("T20-10143GA D07", "96.0", "20260727170000");
    assert_eq!(play(&address, &second).await, [ACK; 7]);
    let held = world.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap();
    assert_eq!(held[0].problems[0].code, "results-second-result", "a genuine rerun is kept and held");
    let stands = world.lab.read(move |s| Ok(results::of_specimen(s, specimen)?)).await.unwrap();
    assert_eq!((stands.len(), stands[0].value.as_str(), stands[0].version), (1, "95.2", filed[0].version + 1));
    let hold = stands[0].holds.last().unwrap();
    assert!(hold.starts_with("contradicted:") && hold.ends_with("96.0 U/L"), "and stands beside the first: {hold}");

    let verification = world.lab.store().verify(&[], &mut |_, _| {}).unwrap();
    assert_eq!(verification.faults, vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_belong_to_a_received_tube_is_held_with_the_reason() {
    let world = World::standing().await;
    let (link, address, _stop) = open(&world).await;
    let mapping = world.propose(link, "550", "U/L", "alp").await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    let patient = world.patient("MRN-1").await;
    world.ordered(patient, &["alp"], "EXPECTED-1").await;
    world.received(patient, &["sodium"], "SODIUM-1").await;
    world.received(patient, &["alp"], "FUTURE-1").await;
    let cases = [
        ("NOBODYS", "20260727162028", "specimens-unknown"),
        ("EXPECTED-1", "20260727162028", "specimens-not-received"),
        ("SODIUM-1", "20260727162028", "results-not-ordered"),
        ("FUTURE-1", "20990101000000", "results-measured-in-future"),
        ("FUTURE-1", "20269999999999", "inbox-time"),
        ("", "20260727162028", "inbox-no-identity"),
    ];
    for (barcode, completed, reason) in cases {
        assert_eq!(play(&address, &frames(barcode, "95.2", completed)).await, [ACK; 7]);
        let held = world.lab.read(|s| Ok(inbox::held(s, None)?)).await.unwrap();
        assert_eq!(held[0].problems[0].code, reason, "{barcode} {completed}");
    }
}
