//! The tests of the wire: one program, because every program of tests is linked anew.
#![allow(clippy::unwrap_used)]

mod astm_captures;
mod astm_frames;
mod astm_properties;
mod astm_receiving;
mod astm_records;
mod astm_sending;
mod astm_unframed;
mod astm_without_enq;
mod support;
