//! Links without frames, over real sockets: nobody is told that a message was stored, so whatever can be done is done here.
#![allow(clippy::unwrap_used)]

use std::{sync::mpsc, time::Duration};

use titer_lab::{Failure, results::views as results, specimens::views as specimens};
use titer_store::SUBMISSIONS_MAX;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    inbox::MessageState,
    links::LinkId,
    testing::{
        World, simulated,
        socket::{Operating, SOON, connect, free, operate, until},
    },
};

/// A link without frames, with these tubes to be measured, and a connection to it.
async fn with_tubes(barcodes: &[&str]) -> (World, LinkId, Operating, TcpStream) {
    let (world, address) = (World::standing().await, free());
    let link = world.mapped("unframed", &address).await;
    let patient = world.patient("MRN-1").await;
    for barcode in barcodes {
        world.received(patient, &["sodium"], barcode).await;
    }
    let operating = operate(&world.lab);
    let socket = connect(&address).await;
    (world, link, operating, socket)
}

fn sodium(barcode: &str) -> String {
    simulated(barcode, &[("Na", "140", "mmol/L", "20261122085500")])
}

async fn filed(world: &World, barcode: &str) -> usize {
    let barcode = barcode.to_owned();
    let of = move |s: &mut titer_store::Snapshot<'_>| {
        let specimen = specimens::by_barcode(s, &barcode)?.unwrap().id;
        Ok::<_, Failure>(results::of_specimen(s, specimen)?.len())
    };
    world.lab.read(of).await.unwrap()
}

/// Lets nothing be stored until what it answers is dropped.
async fn busy(world: &World) -> impl Sized {
    let (release, held) = mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let store = world.lab.store().clone();
    let wait = move |_: &mut titer_store::Tx<'_>| {
        let _ = began.send(());
        let _ = held.recv();
        Ok::<_, Failure>(())
    };
    let first = store.submit(wait);
    begun.await.unwrap();
    // As many wait behind it as may; more are refused.
    let waiting: Vec<_> = (0..2 * SUBMISSIONS_MAX).map(|_| store.submit(|_| Ok::<_, Failure>(()))).collect();
    (release, first, waiting)
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_records_are_filed_and_nothing_is_answered() {
    let (world, link, operating, mut socket) = with_tubes(&["T1", "T2"]).await;
    let both = sodium("T1") + &sodium("T2");
    let (first, rest) = both.split_at(41);
    socket.write_all(first.replace('\r', "\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    socket.write_all(rest.replace('\r', "\r\n").as_bytes()).await.unwrap();
    until(async || filed(&world, "T1").await + filed(&world, "T2").await == 2).await;
    assert_eq!(operating.board.status(link).trouble, None);
    socket.shutdown().await.unwrap();
    let answer = timeout(SOON, socket.read_u8()).await.expect("it closes too");
    assert!(answer.is_err(), "not a byte: {answer:?}");
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_broke_off_is_kept_and_held() {
    let (world, _, operating, mut socket) = with_tubes(&["T1"]).await;
    let message = sodium("T1");
    socket.write_all(&message.as_bytes()[..message.len() - 6]).await.unwrap();
    socket.shutdown().await.unwrap();
    until(async || !world.held().await.is_empty()).await;
    let held = world.held().await;
    assert_eq!((held.len(), held[0].state, filed(&world, "T1").await), (1, MessageState::Held, 0));
    assert_eq!(held[0].problems[0].code, "inbox-incomplete");
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_stored_now_is_stored_when_the_connection_ends() {
    let (world, link, operating, mut socket) = with_tubes(&["T1"]).await;
    let busy = busy(&world).await;
    socket.write_all(sodium("T1").as_bytes()).await.unwrap();
    until(async || operating.board.status(link).trouble.is_some()).await;
    drop(busy);
    until(async || world.lab.submit(titer_lab::Actor::Console, None, |_| Ok(())).await.is_ok()).await;
    socket.shutdown().await.unwrap();
    until(async || filed(&world, "T1").await == 1).await;
    operating.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_lost_is_said_to_be_lost() {
    let (world, link, operating, mut socket) = with_tubes(&["T1"]).await;
    let busy = busy(&world).await;
    socket.write_all(sodium("T1").as_bytes()).await.unwrap();
    until(async || operating.board.status(link).trouble.is_some()).await;
    socket.shutdown().await.unwrap();
    until(async || operating.board.status(link).trouble.is_some_and(|(_, words)| words.contains("lost"))).await;
    drop(busy);
    operating.end().await;
}
