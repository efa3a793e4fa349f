//! Which events belong to the story of an order, a specimen or a patient: the timeline that a page shows.

use titer_store::{Changes, Header, Part, Read, StoreError, sql, table, values};

table! {
    /// Event by subject.
    pub static STORIES = projected "stories";
    /// An entry in the story of a subject, with a detail for the words.
    struct StoryRow {
        key id: i64,
        subject: i64,
        number: i64,
        detail: String,
    }
    index (subject, number);
}

/// What this room contributes.
pub const PART: Part = Part { tables: &[&STORIES], events: &[] };

/// The first place of an event that stories use for their rows, above those of entities.
const FIRST_PLACE: i64 = 512;
/// The most subjects whose story one event can enter.
const SUBJECTS_MAX: usize = 512;
/// The most events of one room in one story: nobody changes a patient, an order or a tube so often.
const OF_ROOM_MAX: i64 = 1_000;
/// The most events shown of one story.
pub const SHOWN_MAX: i64 = 200;

sql! {
    STORY: (j: Header, "s.detail": String) = "FROM stories s JOIN journal j ON j.lab = s.lab AND j.number = s.number \
        WHERE s.lab = $1 AND s.subject = $2 ORDER BY s.number LIMIT $3";
    AFTER: ("s.id": i64, "s.subject": i64, "j.kind": String) = "FROM stories s \
        JOIN journal j ON j.lab = s.lab AND j.number = s.number \
        WHERE s.lab = $1 AND s.id > $2 ORDER BY s.id LIMIT $3";
    LAST_OF: ("s.number": i64) = "FROM stories s JOIN journal j ON j.lab = s.lab AND j.number = s.number \
        WHERE s.lab = $1 AND s.subject = $2 AND j.kind > $3 AND j.kind < $4 ORDER BY s.number DESC LIMIT 1";
    OF_ROOM: ("s.number": i64) = "FROM stories s JOIN journal j ON j.lab = s.lab AND j.number = s.number \
        WHERE s.lab = $1 AND s.subject = $2 AND j.kind > $3 AND j.kind < $4 ORDER BY s.number LIMIT $5";
    LAST: ("id": i64) = "FROM stories WHERE lab = $1 AND id > $2 ORDER BY id DESC LIMIT 1";
}

/// Enters the event into the story of each subject, with a detail for the words (a reason, a count).
pub fn enter(changes: &mut Changes, header: &Header, subjects: &[i64], detail: &str) {
    if subjects.len() > SUBJECTS_MAX {
        changes.exceed("the number of stories that one event enters", SUBJECTS_MAX);
    }
    for (place, subject) in (FIRST_PLACE..).zip(subjects.iter().take(SUBJECTS_MAX)) {
        let (id, detail) = (header.id(place), detail.to_owned());
        changes.put(StoryRow { id, subject: *subject, number: header.number, detail });
    }
}

/// That an event entered the story of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// Its place in the order of all such, in all stories.
    pub place: i64,
    /// Whose story.
    pub subject: i64,
    /// What happened.
    pub kind: String,
}

/// What was entered into any story behind `place`, in order: so work that changed is found without looking for it.
pub fn entered(read: &mut dyn Read, place: i64, limit: i64) -> Result<Vec<Entered>, StoreError> {
    let rows = AFTER.all(read, &values![place, limit])?;
    Ok(rows.into_iter().map(|(place, subject, kind)| Entered { place, subject, kind }).collect())
}

/// The place of what was entered last; 0 when nothing was.
pub fn last_entered(read: &mut dyn Read) -> Result<i64, StoreError> {
    Ok(LAST.one(read, &values![0_i64])?.unwrap_or(0))
}

/// The number of the last event of one room in the story of a subject: the version of what the room keeps of the subject. 0 if the
/// story has none.
pub fn last_of(read: &mut dyn Read, subject: i64, room: &str) -> Result<i64, StoreError> {
    let (above, below) = kinds(room);
    Ok(LAST_OF.one(read, &values![subject, above, below])?.unwrap_or(0))
}

/// The numbers of the events of one room in the story of a subject, in order: those that have made what the room keeps of the subject.
pub fn of_room(read: &mut dyn Read, subject: i64, room: &str) -> Result<Vec<i64>, StoreError> {
    let (above, below) = kinds(room);
    OF_ROOM.all(read, &values![subject, above, below, OF_ROOM_MAX])
}

/// Between which texts the kinds of a room's events stand. A slash follows the full stop in the order of characters.
fn kinds(room: &str) -> (String, String) {
    (format!("{room}."), format!("{room}/"))
}

/// One event of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryEntry {
    /// The event.
    pub header: Header,
    /// What the words need: a reason, a count.
    pub detail: String,
}

/// The story of a subject, oldest first.
pub fn story(read: &mut dyn Read, subject: i64) -> Result<Vec<StoryEntry>, StoreError> {
    let entries = STORY.all(read, &values![subject, SHOWN_MAX])?;
    Ok(entries.into_iter().map(|(header, detail)| StoryEntry { header, detail }).collect())
}

#[cfg(test)]
mod tests;
