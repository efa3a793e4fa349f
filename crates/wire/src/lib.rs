//! Formats and sessions on the wire between a laboratory and its analyzers.
//!
//! This crate does no I/O and reads no clock: it has no sockets, threads or async code. It is handed bytes and the
//! time, and answers with messages, bytes to send and the time at which it wants to be asked again. So split reads,
//! time-outs, contention and damaged frames are plain unit tests. No input makes it panic, and every buffer has a
//! limit.
//!
//! [`astm`] is the protocol of LIS01-A2 (E1381) and LIS02-A2 (E1394), in both roles:
//!
//! ```
//! use std::time::Duration;
//! use titer_wire::astm::{Encoding, Kind, Options, Output, Session, parse};
//!
//! let mut session = Session::new(Options::default());
//! let now = Duration::from_secs(60); // monotonic, from any fixed moment
//! session.receive(now, b"\x05"); // ENQ
//! session.receive(now, b"\x021H|\\^&\rP|1\rO|1|S-17\rR|1|^^^GLU|5.4|mmol/L\rL|1|N\r\x0375\r\n");
//!
//! let mut replies = Vec::new();
//! while let Some(output) = session.poll() {
//!     match output {
//!         Output::Send(bytes) => replies.extend(bytes),
//!         Output::Message(received) => {
//!             for message in parse(&received.text)? {
//!                 for patient in message.groups() {
//!                     for order in patient.groups() {
//!                         let specimen = order.record().map(|order| order.field(3).text(Encoding::Utf8));
//!                         assert_eq!(specimen.as_deref(), Some("S-17"));
//!                         for result in order.groups().filter_map(|result| result.record()) {
//!                             assert_eq!(result.kind(), Kind::Result);
//!                             assert_eq!(result.field(3).component(4).raw(), b"GLU");
//!                         }
//!                     }
//!                 }
//!             }
//!             // Only when the message is stored durably:
//!             session.accept(now);
//!         }
//!         other => println!("{other:?}"),
//!     }
//! }
//! assert_eq!(replies, b"\x06\x06"); // ACK to ENQ, ACK to the frame
//! # Ok::<(), titer_wire::astm::ParseError>(())
//! ```

pub mod astm;
pub mod recording;
