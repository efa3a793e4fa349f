//! Whether the links of a laboratory listen here. A simulated analyzer sends to nobody else: another laboratory that listens on the same
//! address would file what it sends.

use std::{net::TcpListener, time::Duration};

use titer_link::{Board, board::SocketState, links::LinkId};
use tokio::time::timeout;

use crate::Failed;

/// How long links may take to listen. After a crash the links of the process that is gone are free again in half of this time.
const LISTEN_WAIT: Duration = Duration::from_secs(40);

fn is_here(board: &Board, link: LinkId) -> bool {
    board.status(link).state == SocketState::Listening
}

/// Waits until this process listens for the link, or until it no longer does.
pub async fn until(board: &Board, link: LinkId, listens: bool) {
    let mut changes = board.watch();
    while is_here(board, link) != listens && changes.changed().await.is_ok() {}
}

/// Waits until this process listens for all of these links.
///
/// # Errors
/// If a link cannot listen, or another process listens for it.
pub async fn all(board: &Board, links: &[LinkId]) -> Result<(), Failed> {
    let each = async {
        for link in links {
            let mut changes = board.watch();
            while !is_here(board, *link) {
                let status = board.status(*link);
                if let (SocketState::Stopped, Some((_, why))) = (status.state, status.trouble) {
                    return Err(Failed(format!("a link cannot listen: {why}")));
                }
                if changes.changed().await.is_err() {
                    return Err(Failed("the links have ended".to_owned()));
                }
            }
        }
        Ok(())
    };
    let late =
        |_| Err(Failed("the links of this laboratory do not listen; another process may have them open".to_owned()));
    timeout(LISTEN_WAIT, each).await.unwrap_or_else(late)
}

/// Makes sure that nobody listens on these addresses.
///
/// # Errors
/// If somebody does, or the system does not allow an address.
pub fn are_free<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Result<(), Failed> {
    let taken = |address: &str| TcpListener::bind(address).err().map(|e| format!("{address} ({e})"));
    let taken: Vec<String> = addresses.into_iter().filter_map(taken).collect();
    if taken.is_empty() { Ok(()) } else { Err(Failed(taken.join(", "))) }
}
