//! What operators of links may ask and see, beside mappings: pause and resume, TLS, recording.

use std::path::Path;

use titer_lab::{
    Action, Actor, Command, Ctx, Decision, Failure, Laboratory, Refusal, Timestamp, refuse, text, versions::Told,
};
use titer_store::{Changes, Read, StoreError, sql, values};

use super::{
    LinkId,
    commands::existing,
    events::{Paused, RecordingBegun, RecordingEnded, Resumed, Secured},
    tables::{PauseRow, RecordedLineRow, RecordingRow, TlsRow},
    views::{self, LINKS_MAX, Link},
};

/// The longest recording, in seconds.
pub const RECORDING_SECONDS_MAX: i64 = 3_600;
/// Recorded lines fetched, written or removed at once.
pub const RECORDED_AT_ONCE_MAX: i64 = 500;
/// Recorded lines of one recording at most.
pub const RECORDED_MAX: i64 = 100_000;
/// Recorded lines that nobody fetched are removed so many seconds after the end of the recording.
pub const RECORDED_KEPT_SECONDS: i64 = 60;
/// A recording has ids for so many lines.
const LINES: i64 = 1 << 32;

sql! {
    PAUSES: (link_pauses: PauseRow) = "FROM link_pauses WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    TLS_FILES: (link_tls: TlsRow) = "FROM link_tls WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    RECORDINGS: (link_recordings: RecordingRow) = "FROM link_recordings WHERE lab = $1 AND id > $2 ORDER BY id LIMIT $3";
    LINES_OF: ("id": i64, "line": String) = "FROM recorded_lines WHERE lab = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4";
    OVERDUE: ("id": i64) = "FROM recorded_lines WHERE lab = $1 AND until < $2 ORDER BY until LIMIT $3";
}

/// Pause a link. A transfer that has begun may end; then the link is closed until somebody resumes it. The analyzer keeps messages
/// that were not acknowledged. The reason is the submission's.
pub struct PauseLink {
    /// The link.
    pub link: LinkId,
}

impl Command for PauseLink {
    type Answer = ();
    const ACTION: Action = Action::ManageLinks;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        existing(read, self.link)?;
        let why = ctx.reason("links-pause-needs-reason")?;
        if let Some(pause) = pauses(read)?.into_iter().find(|p| p.link == self.link) {
            let Told { who, by, at } = Told::of(read, pause.by, pause.at)?;
            return Err(Refusal::new("links-paused").with("who", who).with("by", by).with("at", at).into());
        }
        Ok(Decision::event(Paused { link: self.link.0, why }, ()))
    }
}

/// Open a paused link again.
pub struct ResumeLink {
    /// The link.
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

/// Switch TLS of a link on, with these files, or off. The files are read when a connection opens, so a renewed certificate is used
/// from the next connection on. A link that listens shows its certificate; if it has an authority, the peer must show a certificate
/// that the authority vouches for. A link that connects accepts only a peer that the authority vouches for, and shows its own
/// certificate if it has one.
pub struct SecureLink {
    /// The link.
    pub link: LinkId,
    /// The files; all empty switches TLS off.
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

/// Record the traffic of a link. [`recorded`] fetches it.
pub struct RecordLink {
    /// The link.
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
        let recording = Recording { link: self.link, number: ctx.event(), until };
        Ok(Decision::event(RecordingBegun { link: self.link.0, until }, recording))
    }
}

/// End a recording before its time.
pub struct EndRecording {
    /// The link.
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

/// A paused link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The link.
    pub link: LinkId,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// Who did it.
    pub by: Actor,
}

/// The links that are paused.
pub fn pauses(read: &mut dyn Read) -> Result<Vec<Pause>, StoreError> {
    let pause = |row: PauseRow| {
        let by = views::actor(row.actor_kind, row.actor)?;
        Ok(Pause { link: row.id, at: row.at, why: row.why, by })
    };
    PAUSES.all(read, &values![0_i64, LINKS_MAX])?.into_iter().map(pause).collect()
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
    let of = |row: TlsRow| (row.id, Tls { certificate: row.certificate, key: row.key, authority: row.authority });
    Ok(TLS_FILES.all(read, &values![0_i64, LINKS_MAX])?.into_iter().map(of).collect())
}

/// A recording that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The link.
    pub link: LinkId,
    /// The number of the event that asked for it.
    pub number: i64,
    /// Until when.
    pub until: Timestamp,
}

/// The recordings that nobody has ended. The time of some may be over.
pub fn recordings(read: &mut dyn Read) -> Result<Vec<Recording>, StoreError> {
    let of = |row: RecordingRow| Recording { link: row.id, number: row.recording, until: row.until };
    Ok(RECORDINGS.all(read, &values![0_i64, LINKS_MAX])?.into_iter().map(of).collect())
}

/// A link with everything that is needed to operate it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operated {
    /// The link.
    pub link: Link,
    /// Its pause, if it is paused.
    pub pause: Option<Pause>,
    /// Its TLS files, if it speaks TLS.
    pub tls: Option<Tls>,
    /// The recording that was asked for, if any. It may be over.
    pub recording: Option<Recording>,
}

/// The links that were not removed, with everything that is needed to operate them.
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
    /// The id of a line recorded so many microseconds after the recording was asked for. A later line has a greater id, even if the
    /// program was restarted in between.
    pub(crate) fn line_at(&self, micros: i64) -> i64 {
        self.number * LINES + (micros / 10).clamp(0, LINES - 1)
    }

    /// Whether `id` is the id of one of its lines.
    pub(crate) fn has(&self, id: i64) -> bool {
        id / LINES == self.number
    }
}

/// Fetches lines of a recording, the oldest first. Lines that were fetched are removed.
pub async fn recorded(laboratory: &Laboratory, recording: Recording) -> Result<Vec<String>, Failure> {
    let (after, before) = (recording.number * LINES - 1, (recording.number + 1) * LINES);
    let read =
        move |s: &mut titer_store::Snapshot<'_>| Ok(LINES_OF.all(s, &values![after, before, RECORDED_AT_ONCE_MAX])?);
    let (ids, lines) = laboratory.read(read).await?.into_iter().unzip();
    remove(laboratory, ids).await?;
    Ok(lines)
}

/// Removes recorded lines that nobody fetched in time.
pub(crate) async fn sweep(laboratory: &Laboratory) -> Result<(), Failure> {
    let before = laboratory.store().now().plus_seconds(-RECORDED_KEPT_SECONDS);
    let overdue = laboratory.read(move |s| Ok(OVERDUE.all(s, &values![before, RECORDED_AT_ONCE_MAX])?)).await?;
    remove(laboratory, overdue).await
}

async fn remove(laboratory: &Laboratory, lines: Vec<i64>) -> Result<(), Failure> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut work = Changes::new();
    for line in lines {
        work.drop::<RecordedLineRow>(line);
    }
    laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await
}

/// Writes recorded lines, each with the id that the recording gives it.
pub(crate) async fn keep(
    laboratory: &Laboratory,
    recording: Recording,
    lines: Vec<(i64, String)>,
) -> Result<(), Failure> {
    let mut work = Changes::new();
    for (id, line) in lines {
        work.put(RecordedLineRow { id, until: recording.until, line });
    }
    laboratory.store().submit(move |tx| tx.work(&work).map_err(Failure::from)).await
}
