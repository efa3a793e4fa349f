//! What must be so: at once, when a message was acknowledged; and in the evening.
//!
//! Each invariant is a function whose name says what must be so. Whoever adds a room adds a file here and calls its functions in
//! [`evening::look`]: those of quality control compare the state of control with [`crate::truth::Truth::controls`] and
//! [`crate::truth::Truth::excursions`].

pub mod at_once;
pub mod calculated;
pub mod evening;
mod messages;
mod reported;
mod signed;
