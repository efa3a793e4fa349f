//! Forms that make something new: each is taken once. Such a form carries a mark that is made when the form is shown. Beside the mark
//! stands what the form made, in the same commit. If the form comes a second time (a second click, *Back*, a draft that is given back),
//! nothing more is made. This is working state, never evidence: it is erased after two days, and an older form is shown again.

use titer_store::{Changes, Part, Sha256, StoreError, Timestamp, sql, table, values};

use crate::{Failure, Refusal, Tx, drafts, refuse};

/// How long what a form made is known, and how old a form may be that is taken: as long as a draft is given back, on the first day and
/// after.
pub const KEPT_SECONDS: i64 = 2 * drafts::KEPT_SECONDS;
/// Forms that are erased when another one is taken.
const ERASED_AT_ONCE_MAX: i64 = 20;
/// Low bits of a mark that are random; the seconds stand above them.
const RANDOM_BITS: u32 = 31;

table! {
    /// Forms that made something, each under the digest of who sent it and its mark.
    static FORMS = working "forms";
    /// A form. `said` is the digest of what was typed and chosen, `made` the id of what was made.
    struct FormRow {
        key id: Sha256,
        taken_at: Timestamp,
        said: Sha256,
        made: i64,
    }
    index (taken_at);
}

/// What this room contributes.
pub const PART: Part = Part { tables: &[&FORMS], events: &[] };

sql! {
    BY_ID: (forms: FormRow) = "FROM forms WHERE lab = $1 AND id = $2";
    OVERDUE: ("id": Sha256) = "FROM forms WHERE lab = $1 AND taken_at < $2 ORDER BY taken_at LIMIT $3";
}

/// The mark of a form that is shown at this time.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn mark(now: Timestamp) -> Result<i64, StoreError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|e| StoreError::File(format!("no randomness for a form: {e}")))?;
    let random = i64::from(u32::from_le_bytes(random) >> (u32::BITS - RANDOM_BITS));
    Ok(seconds(now) << RANDOM_BITS | random)
}

/// When the form with this mark was shown, to the second.
pub const fn shown_at(mark: i64) -> Timestamp {
    Timestamp::from_micros((mark >> RANDOM_BITS) * 1_000_000)
}

const fn seconds(at: Timestamp) -> i64 {
    at.micros() / 1_000_000
}

/// What a form made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Now.
    Now(i64),
    /// When it came before.
    Before(i64),
}

impl Made {
    /// The id of what was made.
    pub const fn id(self) -> i64 {
        match self {
            Made::Now(id) | Made::Before(id) => id,
        }
    }
}

/// Makes what a form asks for, unless the form with this mark has made it already. `what` is the kind of thing that the form makes, and
/// `said` is all that was typed and chosen.
///
/// # Errors
/// Refused with `forms-not-shown` if the mark is none or too old, and with `forms-taken` if the form came before and said something else;
/// or as `make` refuses.
pub fn once(
    tx: &mut Tx<'_, '_>,
    mark: i64,
    what: &'static str,
    said: &str,
    make: impl FnOnce(&mut Tx<'_, '_>) -> Result<i64, Failure>,
) -> Result<Made, Failure> {
    let age = seconds(tx.at()) - (mark >> RANDOM_BITS);
    if age.abs() > KEPT_SECONDS {
        return refuse("forms-not-shown");
    }
    let id = Sha256::of(format!("{:?}\n{mark}", tx.actor).as_bytes());
    let said = Sha256::of(said.as_bytes());
    match BY_ID.one(tx, &values![id])? {
        Some(form) if form.said == said => return Ok(Made::Before(form.made)),
        Some(form) => {
            let number = form.made / titer_store::PLACES;
            return Err(Refusal::new("forms-taken").with("what", what).with("number", number).into());
        }
        None => {}
    }
    let made = make(tx)?;
    let (mut work, taken_at) = (Changes::new(), tx.at());
    for overdue in OVERDUE.all(tx, &values![taken_at.plus_seconds(-KEPT_SECONDS), ERASED_AT_ONCE_MAX])? {
        work.drop::<FormRow>(overdue);
    }
    work.put(FormRow { id, taken_at, said, made });
    tx.store.work(&work)?;
    Ok(Made::Now(made))
}

#[cfg(test)]
mod tests;
