//! What whoever operates the links may ask, and see, beside their mappings: pause and resume, TLS, recording.

use std::path::Path;

use titer_lab::{Action, Actor, Command, Ctx, Decision, Failure, Laboratory, Refusal, Timestamp, refuse, text};
use titer_store::{Changes, Read, Row, StoreError, sql, values};

use super::{
    LinkId,
    commands::existing,
    events::{Paused, RecordingBegun, RecordingEnded, Resumed, Secured},
    tables::RECORDED,
    views::{self, LINKS_MAX, Link},
};

/// The longest recording, in seconds.
pub const RECORDING_SECONDS_MAX: i64 = 3_600;
/// Recorded lines fetched, written or swept away at once.
pub const RECORDED_AT_ONCE_MAX: i64 = 500;
/// Recorded lines of one recording at most.
pub const RECORDED_MAX: i64 = 100_000;
/// Lines of a recording that nobody fetched are swept away so long after its end, in seconds.
pub const RECORDED_KEPT_SECONDS: i64 = 60;
/// A recording has ids for so many lines.
const LINES: i64 = 1 << 32;

sql! {
    PAUSES = "SELECT id, at, why, actor_kind, actor FROM link_pauses WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    SECURED = "SELECT id, certificate, key, authority FROM link_tls WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    RECORDINGS = "SELECT id, recording, until FROM link_recordings WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    LINES_OF = "SELECT id, line FROM recorded_lines WHERE lab = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4";
    OVERDUE = "SELECT id FROM recorded_lines WHERE lab = $1 AND until < $2 ORDER BY until LIMIT $3";
}

/// Pause a link: a transfer that has begun may end, then it is closed until somebody resumes it. What was not acknowledged stays
/// with the analyzer. The reason is the submission's.
pub struct PauseLink {
    /// Which.
    pub link: LinkId,
}

impl Command for PauseLink {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        existing(read, self.link)?;
        let why = text::optional(ctx.why.as_deref().unwrap_or_default(), "reason")?;
        if why.is_empty() {
            return refuse("links-pause-needs-reason");
        }
        if pauses(read)?.iter().any(|p| p.link == self.link) {
            return refuse("links-paused");
        }
        Ok(Decision::event(Paused { link: self.link.0, why }, ()))
    }
}

/// Open a paused link again.
pub struct ResumeLink {
    /// Which.
    pub link: LinkId,
}

impl Command for ResumeLink {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        existing(read, self.link)?;
        if pauses(read)?.iter().all(|p| p.link != self.link) {
            return refuse("links-not-paused");
        }
        Ok(Decision::event(Resumed { link: self.link.0 }, ()))
    }
}

/// Say whether a link speaks TLS, and with which files. The files are read when a connection opens, so a renewed certificate holds
/// from the next connection on. A link that listens shows its certificate, and with an authority asks the peer for one that it
/// vouches for. A link that connects lets in only what the authority vouches for, and shows a certificate if it has one.
pub struct SecureLink {
    /// Which.
    pub link: LinkId,
    /// The files.
    pub tls: Tls,
}

impl Command for SecureLink {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let link = existing(read, self.link)?;
        let Tls { certificate, key, authority } = self.tls;
        let off = certificate.is_empty() && key.is_empty() && authority.is_empty();
        for path in [&certificate, &key, &authority].into_iter().filter(|p| !p.is_empty()) {
            text::optional(path, "file")?;
            if !Path::new(path).is_absolute() {
                return Err(Refusal::new("links-tls-path").with("path", path).into());
            }
        }
        if certificate.is_empty() != key.is_empty() || (link.listens && !off && certificate.is_empty()) {
            return refuse("links-tls-certificate");
        }
        if !link.listens && !off && authority.is_empty() {
            return refuse("links-tls-authority");
        }
        Ok(Decision::event(Secured { link: self.link.0, certificate, key, authority }, ()))
    }
}

/// Record what goes over a link, for whoever fetches it ([`recorded`]).
pub struct RecordLink {
    /// Which.
    pub link: LinkId,
    /// For how long: up to [`RECORDING_SECONDS_MAX`].
    pub seconds: i64,
}

impl Command for RecordLink {
    type Answer = Recording;
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Recording>, Failure> {
        existing(read, self.link)?;
        if !(1..=RECORDING_SECONDS_MAX).contains(&self.seconds) {
            return Err(Refusal::new("links-recording-length").with("limit", RECORDING_SECONDS_MAX / 60).into());
        }
        if recordings(read)?.iter().any(|r| r.link == self.link && ctx.at < r.until) {
            return refuse("links-recording");
        }
        let until = ctx.at.plus_seconds(self.seconds);
        let recording = Recording { link: self.link, number: ctx.id(0) / titer_store::PLACES, until };
        Ok(Decision::event(RecordingBegun { link: self.link.0, until }, recording))
    }
}

/// End a recording before its time.
pub struct EndRecording {
    /// Of which link.
    pub link: LinkId,
}

impl Command for EndRecording {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        if recordings(read)?.iter().all(|r| r.link != self.link) {
            return refuse("links-not-recorded");
        }
        Ok(Decision::event(RecordingEnded { link: self.link.0 }, ()))
    }
}

/// That a link is paused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Which.
    pub link: LinkId,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// Who did it.
    pub by: Actor,
}

/// The links that are paused.
///
/// # Errors
/// What the database says.
pub fn pauses(read: &mut dyn Read) -> Result<Vec<Pause>, StoreError> {
    let pause = |r: &Row| {
        let by = Actor::from_code(r.get(3)?, r.get(4)?);
        let by = by.ok_or_else(|| StoreError::Corrupt("a link was paused by an unknown kind of actor".to_owned()))?;
        Ok(Pause { link: r.get(0)?, at: r.get(1)?, why: r.get(2)?, by })
    };
    read.query(&PAUSES, &values![0_i64, LINKS_MAX])?.iter().map(pause).collect()
}

/// The files with which a link speaks TLS; an empty name is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Its own certificate, PEM.
    pub certificate: String,
    /// Its private key, PEM.
    pub key: String,
    /// Who vouches for the peer, PEM.
    pub authority: String,
}

fn secured(read: &mut dyn Read) -> Result<Vec<(LinkId, Tls)>, StoreError> {
    let of = |r: &Row| Ok((r.get(0)?, Tls { certificate: r.get(1)?, key: r.get(2)?, authority: r.get(3)? }));
    read.query(&SECURED, &values![0_i64, LINKS_MAX])?.iter().map(of).collect()
}

/// A recording that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Of which link.
    pub link: LinkId,
    /// The number of the event that asked for it.
    pub number: i64,
    /// Until when.
    pub until: Timestamp,
}

/// The recordings that were asked for and not ended; some may be over.
///
/// # Errors
/// What the database says.
pub fn recordings(read: &mut dyn Read) -> Result<Vec<Recording>, StoreError> {
    let of = |r: &Row| Ok(Recording { link: r.get(0)?, number: r.get(1)?, until: r.get(2)? });
    read.query(&RECORDINGS, &values![0_i64, LINKS_MAX])?.iter().map(of).collect()
}

/// A link with all that operating it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operated {
    /// The link.
    pub link: Link,
    /// That it is paused, if it is.
    pub pause: Option<Pause>,
    /// With which files it speaks TLS, if it does.
    pub tls: Option<Tls>,
    /// What is to be recorded of it, if anything is. It may be over.
    pub recording: Option<Recording>,
}

/// The links that were not removed, with all that operating them takes.
///
/// # Errors
/// What the database says.
pub fn operated(read: &mut dyn Read) -> Result<Vec<Operated>, StoreError> {
    let (links, pauses, tls, recordings) = (views::links(read)?, pauses(read)?, secured(read)?, recordings(read)?);
    let of = |link: Link| Operated {
        pause: pauses.iter().find(|p| p.link == link.id).cloned(),
        tls: tls.iter().find(|(id, _)| *id == link.id).map(|(_, tls)| tls.clone()),
        recording: recordings.iter().find(|r| r.link == link.id).copied(),
        link,
    };
    Ok(links.into_iter().map(of).collect())
}

impl Recording {
    /// The id of the line that came so many microseconds after the recording was asked for: a later one's is greater, also after
    /// the program that writes them was started again.
    pub(crate) fn line_at(&self, micros: i64) -> i64 {
        self.number * LINES + (micros / 10).clamp(0, LINES - 1)
    }

    /// Whether `id` is one of its lines'.
    pub(crate) fn has(&self, id: i64) -> bool {
        id / LINES == self.number
    }
}

/// Fetches lines of a recording, the oldest first; what was fetched is gone.
///
/// # Errors
/// What the database says.
pub async fn recorded(laboratory: &Laboratory, recording: Recording) -> Result<Vec<String>, Failure> {
    let (after, before) = (recording.number * LINES - 1, (recording.number + 1) * LINES);
    let rows = laboratory.read(move |s| Ok(s.query(&LINES_OF, &values![after, before, RECORDED_AT_ONCE_MAX])?)).await?;
    let (mut lines, mut work) = (Vec::new(), Changes::new());
    for row in &rows {
        work.drop_key(&RECORDED, row.get::<i64>(0)?);
        lines.push(row.get(1)?);
    }
    if !lines.is_empty() {
        laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await?;
    }
    Ok(lines)
}

/// Sweeps away recorded lines that nobody fetched.
///
/// # Errors
/// What the database says.
pub(crate) async fn sweep(laboratory: &Laboratory) -> Result<(), Failure> {
    let before = laboratory.store().now().plus_seconds(-RECORDED_KEPT_SECONDS);
    let rows = laboratory.read(move |s| Ok(s.query(&OVERDUE, &values![before, RECORDED_AT_ONCE_MAX])?)).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut work = Changes::new();
    for row in &rows {
        work.drop_key(&RECORDED, row.get::<i64>(0)?);
    }
    laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await
}
