//! One connection, as the board shows it.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use titer_lab::{Failure, Laboratory, Timestamp};

use crate::{
    Board,
    board::{LinkActivity, lock},
    filing::Outcome,
    links::LinkId,
};

/// That a link is to end, and how long transfers that have begun may go on.
pub(crate) type Ending = Option<Duration>;

/// One connection. It is open as long as this lives.
pub(crate) struct Line {
    board: Board,
    activity: Arc<Mutex<LinkActivity>>,
    laboratory: Laboratory,
    link: LinkId,
    name: Arc<str>,
    number: u64,
}

impl Line {
    /// Tells the board of a connection that opened.
    pub(crate) fn open(
        board: Board,
        laboratory: Laboratory,
        link: (LinkId, Arc<str>),
        peer: IpAddr,
        tls: bool,
    ) -> Self {
        let activity = board.activity(link.0);
        let number = lock(&activity).connect(peer, laboratory.store().now(), tls);
        let line = Line { board, activity, laboratory, link: link.0, name: link.1, number };
        line.remark(format!("connected: {peer}{}", if tls { ", TLS" } else { "" }));
        line.board.notify(true);
        line
    }

    fn now(&self) -> Timestamp {
        self.laboratory.store().now()
    }

    /// The peer sent this.
    pub(crate) fn received(&self, bytes: &[u8]) {
        lock(&self.activity).bytes(self.now(), self.number, false, bytes);
        self.board.notify(false);
    }

    /// This was sent to the peer.
    pub(crate) fn sent(&self, bytes: &[u8]) {
        lock(&self.activity).bytes(self.now(), self.number, true, bytes);
    }

    /// Adds a remark to the line trace.
    pub(crate) fn remark(&self, text: String) {
        lock(&self.activity).remark(self.now(), self.number, text);
    }

    /// Something went wrong.
    pub(crate) fn trouble(&self, what: String) {
        self.remark(what.clone());
        metrics::counter!("titer_link_errors_total", "link" => self.name.to_string()).increment(1);
        self.board.trouble(self.link, self.now(), what);
    }

    /// A message could not be kept, and was not acknowledged.
    pub(crate) fn unkept(&self, e: &Failure) {
        tracing::warn!(link = self.link.0, "a message could not be kept and was not acknowledged: {e}");
        self.trouble(e.to_string());
    }

    /// Filing of a message begins or ends.
    pub(crate) fn filing(&self, is: bool) {
        let filing = &mut lock(&self.activity).status.filing;
        *filing = if is { *filing + 1 } else { filing.saturating_sub(1) };
    }

    /// A message was kept.
    pub(crate) fn message(&self, outcome: &Outcome) {
        let (message, held) = match outcome {
            Outcome::Kept { message, problems, .. } => (*message, if *problems > 0 { "held" } else { "filed" }),
            Outcome::Same(message) => (*message, "same"),
        };
        metrics::counter!("titer_messages_total", "outcome" => held).increment(1);
        metrics::counter!("titer_link_messages_total", "link" => self.name.to_string()).increment(1);
        lock(&self.activity).message(message, self.now());
        self.board.notify(false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.remark("closed".to_owned());
        lock(&self.activity).disconnect(self.number);
        self.board.notify(true);
    }
}
