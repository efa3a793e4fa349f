//! ASTM: the link layer of LIS01-A2 (formerly E1381) in [`Session`], and the records of LIS02-A2 (formerly E1394) in
//! [`parse`] and [`Writer`]. The two meet only in the text of a message. [`Unframed`] is for senders that leave the link
//! layer out.

mod endpoint;
mod foreign;
mod frame;
mod link;
mod record;
mod unframed;

pub use endpoint::Endpoint;
pub use foreign::Foreign;
pub use frame::{Fault, is_forbidden, write_frame};
pub use link::{
    BUSY_WAIT, CONTENTION_WAIT_HOST, CONTENTION_WAIT_INSTRUMENT, FailReason, Framing, HELD_INPUT_MAX, INTERRUPT_WAIT,
    IncompleteReason, MessageId, Options, Output, PATIENCE, RECEIVE_WAIT, REPLY_WAIT, Received, Role, SEND_QUEUE_MAX,
    SETTLE_WAIT, SendError, Session, TRIES_MAX, TURN_WAIT, Warning,
};
pub use record::{Delimiters, Encoding, Group, Kind, Message, ParseError, RECORDS_MAX, Record, Value, Writer, parse};
pub use unframed::{OFFER_WAIT, OFFERS_MAX, Unframed};
