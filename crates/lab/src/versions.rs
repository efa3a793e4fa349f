//! A form that changes a thing carries the version of the thing that the form showed: the number of the last event that had changed
//! the thing. If another event came since, nobody has seen what they would undo, so the change is refused with who and when.

use titer_store::{Read, StoreError, Timestamp, reading};

use crate::{Actor, Failure, Refusal, people, sites};

/// Who did something and when, as a refusal says it to whoever comes second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `person`, `program` or `unknown`.
    pub who: &'static str,
    /// The person's name; empty if it was no person.
    pub by: String,
    /// When, by the laboratory's clock.
    pub at: String,
}

impl Told {
    /// Nobody knows.
    pub const UNKNOWN: Told = Told { who: "unknown", by: String::new(), at: String::new() };

    /// Of something that somebody did.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(read: &mut dyn Read, actor: Actor, at: Timestamp) -> Result<Self, StoreError> {
        let by = match actor {
            Actor::Person(account) => people::views::name(read, account)?,
            _ => None,
        };
        let who = if by.is_some() { "person" } else { "program" };
        Ok(Told { who, by: by.unwrap_or_default(), at: moment(read, at)? })
    }

    /// Of the event with this number.
    ///
    /// # Errors
    /// What the database says.
    pub fn of_event(read: &mut dyn Read, number: i64) -> Result<Self, StoreError> {
        match reading::headers(read, number - 1, 1)?.pop().filter(|h| h.number == number) {
            Some(header) => Told::of(read, header.actor, header.at),
            None => Ok(Told::UNKNOWN),
        }
    }
}

/// A moment as the laboratory's clock shows it.
///
/// # Errors
/// What the database says.
pub fn moment(read: &mut dyn Read, at: Timestamp) -> Result<String, StoreError> {
    Ok(sites::views::local(at, &sites::views::zone(read)?).strftime("%d %b %Y %H:%M").to_string())
}

/// Refuses a change of a thing whose last event is `last`, asked for by somebody who saw the thing as event `seen` had left it.
///
/// # Errors
/// Refused with `versions-changed`, who and when.
pub fn unchanged(read: &mut dyn Read, seen: i64, last: i64) -> Result<(), Failure> {
    if seen == last {
        return Ok(());
    }
    let Told { who, by, at } = Told::of_event(read, last)?;
    Err(Refusal::new("versions-changed").with("who", who).with("by", by).with("at", at).into())
}

#[cfg(test)]
mod tests;
