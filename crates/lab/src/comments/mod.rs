//! The library of comments: what the laboratory says beside a result, each under a short code. A comment is a proposal until the
//! director has signed it, and another person proposed it. Its words never change: who corrects a comment proposes its next version.
//!
//! This room knows no result. [`crate::results::commented`] puts comments on results.

pub mod commands;
mod events;
mod tables;
#[cfg(test)]
mod tests;
pub mod views;

pub use views::{Comment, Comments};

use titer_store::{EventType, Part};

crate::ids! {
    /// One version of a comment: the number of the event that proposed it is in its id.
    CommentId,
}

crate::actions::actions! {
    /// See the library of comments, and propose comments.
    ProposeComments = "propose-comments" for [Administrator, Director, Supervisor];
    /// Sign comments into force, and retire them.
    ApproveComments = "approve-comments" for [Director];
}

/// What this room contributes.
pub const PART: Part = Part {
    tables: &[&tables::COMMENTS],
    events: &[
        EventType::of::<events::Proposed>(),
        EventType::of::<events::Approved>(),
        EventType::of::<events::Retired>(),
    ],
};
