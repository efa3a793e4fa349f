//! A form that changes a thing carries the version of the thing that the form showed: the number of the last event that had changed
//! the thing. If another event came since, nobody has seen what they would undo, so the change is refused with who and when.

use titer_store::{Read, reading};

use crate::{Actor, Failure, Header, Refusal, people, sites};

/// Refuses a change of a thing whose last event is `last`, asked for by somebody who saw the thing as event `seen` had left it.
///
/// # Errors
/// Refused with `versions-changed`, who and when.
pub fn unchanged(read: &mut dyn Read, seen: i64, last: i64) -> Result<(), Failure> {
    if seen == last {
        return Ok(());
    }
    let header = reading::headers(read, last - 1, 1)?.pop().filter(|h| h.number == last);
    let (who, by, at) = match header {
        None => ("unknown", String::new(), String::new()),
        Some(Header { actor, at, .. }) => {
            let by = match actor {
                Actor::Person(account) => people::views::name(read, account)?,
                _ => None,
            };
            let at = sites::views::local(at, &sites::views::zone(read)?).strftime("%d %b %Y %H:%M").to_string();
            (if by.is_some() { "person" } else { "program" }, by.unwrap_or_default(), at)
        }
    };
    Err(Refusal::new("versions-changed").with("who", who).with("by", by).with("at", at).into())
}

#[cfg(test)]
mod tests;
