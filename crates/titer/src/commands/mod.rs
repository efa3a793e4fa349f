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
    // The same JSON, in which no terminal finds a command.
    let mut units = [0; 2];
    let safe = |c: char| match titer_lab::text::is_hidden(c) {
        true => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        false => c.to_string(),
    };
    say!("{}", text.chars().map(safe).collect::<String>());
    Ok(())
}
