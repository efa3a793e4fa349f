//! One file a subcommand.

pub mod backup;
pub mod import;
pub mod inbox;
pub mod journal;
pub mod link;
pub mod recording;
pub mod sim;
pub mod trial;
pub mod user;

use crate::Failed;

/// Prints a value as one line of JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failed> {
    let text = serde_json::to_string(value).map_err(|e| Failed(e.to_string()))?;
    say!("{text}");
    Ok(())
}
