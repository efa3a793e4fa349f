//! What [`Session`] and [`Unframed`] have in common, for whoever owns the socket.

use std::time::Duration;

use super::{MessageId, Output, SendError, Session, Unframed};

/// One end of a connection that carries messages of LIS02-A2, with frames ([`Session`]) or without ([`Unframed`]).
///
/// After every call, take [`Endpoint::poll`] until it answers `None`, then wait for bytes or for
/// [`Endpoint::next_timeout`].
pub trait Endpoint: Send {
    /// Takes bytes that came from the line.
    fn receive(&mut self, now: Duration, bytes: &[u8]);
    /// Does what is due by `now`. Calling it early or often changes nothing.
    fn tick(&mut self, now: Duration);
    /// When [`Endpoint::tick`] is next due, if nothing comes before.
    fn next_timeout(&self) -> Option<Duration>;
    /// The next thing to do or to know.
    fn poll(&mut self) -> Option<Output>;
    /// Queues a message: records, each ended by CR (the last CR may be missing).
    ///
    /// # Errors
    /// [`SendError`] says what is wrong with the text, or that too many messages wait.
    fn send(&mut self, now: Duration, text: &[u8]) -> Result<MessageId, SendError>;
    /// Takes back a message that waits, so that another can be sent in its place. False when it is under way, or gone.
    fn withdraw(&mut self, id: MessageId) -> bool;
    /// The message last output is stored.
    fn accept(&mut self, now: Duration);
    /// The message last output could not be stored: it comes again, from the sender or from here.
    fn refuse(&mut self, now: Duration);
    /// True while a message waits for [`Endpoint::accept`] or [`Endpoint::refuse`].
    fn awaits_verdict(&self) -> bool;
    /// Bytes of the other side held in memory.
    fn buffered(&self) -> usize;
    /// The connection ended.
    fn disconnect(&mut self);
}

/// Both have these methods themselves, so that the trait need not be in scope.
macro_rules! endpoint {
    ($($end:ty),+) => {$(
        impl Endpoint for $end {
            fn receive(&mut self, now: Duration, bytes: &[u8]) {
                Self::receive(self, now, bytes);
            }
            fn tick(&mut self, now: Duration) {
                Self::tick(self, now);
            }
            fn next_timeout(&self) -> Option<Duration> {
                Self::next_timeout(self)
            }
            fn poll(&mut self) -> Option<Output> {
                Self::poll(self)
            }
            fn send(&mut self, now: Duration, text: &[u8]) -> Result<MessageId, SendError> {
                Self::send(self, now, text)
            }
            fn withdraw(&mut self, id: MessageId) -> bool {
                Self::withdraw(self, id)
            }
            fn accept(&mut self, now: Duration) {
                Self::accept(self, now);
            }
            fn refuse(&mut self, now: Duration) {
                Self::refuse(self, now);
            }
            fn awaits_verdict(&self) -> bool {
                Self::awaits_verdict(self)
            }
            fn buffered(&self) -> usize {
                Self::buffered(self)
            }
            fn disconnect(&mut self) {
                Self::disconnect(self);
            }
        }
    )+};
}

endpoint!(Session, Unframed);
