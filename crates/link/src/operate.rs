//! Keeping the links open: those that the journal says there are, and no others.

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use titer_lab::{Failure, Laboratory};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    Board, astm,
    filing::Filing,
    links::{
        LinkId,
        views::{self, Link},
    },
    orders::desk::Desk,
};

/// Connections of one link at the same time.
pub const CONNECTIONS_MAX: usize = 128;
/// How long to wait before connecting, or listening, again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);
/// How long a peer may take to accept a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How often to look for changes when the journal does not grow.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Opens and closes links as the journal says, until `stop` says so. After a restore all stay closed until a person has attached
/// them again.
pub async fn operate(laboratory: Laboratory, board: Board, mut stop: watch::Receiver<bool>) {
    let mut open: HashMap<LinkId, (Link, watch::Sender<bool>, JoinHandle<()>)> = HashMap::new();
    let mut growing = laboratory.store().watch();
    while !stopped(&stop) {
        match wanted(&laboratory).await {
            Ok(wanted) => {
                let gone: Vec<LinkId> = open
                    .iter()
                    .filter(|(id, (was, _, _))| !wanted.iter().any(|w| w.id == **id && same(w, was)))
                    .map(|(id, _)| *id)
                    .collect();
                for id in gone {
                    if let Some((_, stop, task)) = open.remove(&id) {
                        close(&stop, task).await;
                    }
                }
                for link in wanted.into_iter().filter(|l| !open.contains_key(&l.id)).collect::<Vec<_>>() {
                    let (stop, stopped) = watch::channel(false);
                    let task = tokio::spawn(run(link.clone(), laboratory.clone(), board.clone(), stopped));
                    open.insert(link.id, (link, stop, task));
                }
            }
            Err(e) => tracing::warn!("the links could not be looked up: {e}"),
        }
        tokio::select! {
            _ = growing.changed() => sleep(Duration::from_millis(200)).await,
            () = sleep(LOOK_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    for (_, (_, stop, task)) in open {
        close(&stop, task).await;
    }
}

/// Whether to stop: it was said, or nobody is there any more to say it.
fn stopped(stop: &watch::Receiver<bool>) -> bool {
    stop.has_changed().is_err() || *stop.borrow()
}

async fn close(stop: &watch::Sender<bool>, task: JoinHandle<()>) {
    stop.send_replace(true);
    if let Err(e) = task.await {
        tracing::error!("a link ended badly: {e}");
    }
}

/// Whether the connections need not be opened anew: mappings may have changed, the address not.
fn same(a: &Link, b: &Link) -> bool {
    (a.listens, &a.address, &a.peers, &a.dialect) == (b.listens, &b.address, &b.peers, &b.dialect)
}

async fn wanted(laboratory: &Laboratory) -> Result<Vec<Link>, Failure> {
    laboratory.read(|s| if views::detached(s)? { Ok(Vec::new()) } else { Ok(views::links(s)?) }).await
}

async fn run(link: Link, laboratory: Laboratory, board: Board, stop: watch::Receiver<bool>) {
    let desk = Desk::new(laboratory.clone(), link.clone(), board.clone());
    let filing = Filing::new(laboratory, link.id);
    while !stopped(&stop) {
        let ended = if link.listens {
            listen(&link, &filing, &desk, &board, stop.clone()).await
        } else {
            connect(&link, &filing, &desk, &board, stop.clone()).await
        };
        if let Err(e) = ended {
            tracing::warn!(link = link.id.0, address = link.address, "{e}");
            board.trouble(link.id, format!("{}: {e}", link.address));
        }
        let mut stopped = stop.clone();
        tokio::select! {
            () = sleep(AGAIN_AFTER) => {}
            _ = stopped.wait_for(|s| *s) => {}
        }
    }
}

async fn listen(
    link: &Link,
    filing: &Filing,
    desk: &Desk,
    board: &Board,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(&link.address).await?;
    tracing::info!(link = link.id.0, address = link.address, "listening");
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|s| *s) => break,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            // Out of descriptors, say: the open connections go on.
            Err(e) => {
                board.trouble(link.id, format!("{}: {e}", link.address));
                sleep(AGAIN_AFTER).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        if !listed(link, peer.ip()) {
            tracing::warn!(link = link.id.0, peer = %peer.ip(), "refused: not a listed peer");
            board.refuse(link.id, peer.ip().to_string());
            continue;
        }
        let Ok(place) = places.clone().try_acquire_owned() else {
            board.trouble(link.id, format!("more than {CONNECTIONS_MAX} connections at once; one was refused"));
            continue;
        };
        let (filing, desk, board, id, stop) = (filing.clone(), desk.clone(), board.clone(), link.id, stop.clone());
        connections.spawn(async move {
            connected(socket, id, filing, desk, board, stop).await;
            drop(place);
        });
    }
    while connections.join_next().await.is_some() {}
    Ok(())
}

async fn connected(
    socket: TcpStream,
    link: LinkId,
    filing: Filing,
    desk: Desk,
    board: Board,
    stop: watch::Receiver<bool>,
) {
    board.note(link, |s| s.connections += 1);
    astm::serve(socket, link, filing, desk, board.clone(), stop).await;
    board.note(link, |s| s.connections = s.connections.saturating_sub(1));
}

fn listed(link: &Link, peer: IpAddr) -> bool {
    link.peers.iter().any(|p| p.parse::<IpAddr>().is_ok_and(|p| p.to_canonical() == peer.to_canonical()))
}

async fn connect(
    link: &Link,
    filing: &Filing,
    desk: &Desk,
    board: &Board,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut stopped = stop.clone();
    let socket = tokio::select! {
        connected = timeout(CONNECT_WAIT, TcpStream::connect(&link.address)) => connected??,
        _ = stopped.wait_for(|s| *s) => return Ok(()),
    };
    connected(socket, link.id, filing.clone(), desk.clone(), board.clone(), stop).await;
    Ok(())
}
