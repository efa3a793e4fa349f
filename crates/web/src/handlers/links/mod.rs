//! How the links are doing, and what may be done to them: pause, resume, attach again after a restore.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use titer_lab::{Action, Failure, Timestamp};
use titer_link::board::{self, Standing};
use titer_link::inbox::{MessageId, views as inbox};
use titer_link::links::commands::AttachLinks;
use titer_link::links::operating::{self, Operated, PauseLink, ResumeLink};
use titer_link::links::{LinkId, views as links};
use titer_link::silence::{self, Silence};
use titer_link::{Dialect, Status};
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::when::When;
use titer_shell::words::Arg;
use titer_store::Read;
use titer_wire::astm::Encoding;
use titer_wire::recording::{What, escaped};

use super::admin::tabs;
use super::common::{Answer, accessed, again, at_reason, mistaken, show, who};
use super::mappings::signing::{self, mapped};
use super::messages;
use super::systems;
use super::worklists::Worklist;
use crate::pages::beside::beside;
use crate::pages::home::{Need as Waiting, NeedRow};
use crate::pages::links::{ConnectionLine, Link, LinkLine, Links, Quiet, Shown, Stands, TraceLine};
use crate::pages::messages::MessageLine;
use crate::pages::{Fact, Mistakes, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

/// Pieces of the wire that a link's page shows.
const TRACE_SHOWN_MAX: usize = 60;
/// Characters that are shown of each.
const TRACE_CHARS_MAX: usize = 160;
/// A link that could not connect for so many seconds needs a person.
const WAITING_SECONDS: i64 = 60;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let routes = routes
        .get(paths::LINKS, Need::May(Action::SeeAdministration), list)
        .post(paths::LINKS_ATTACH, Need::May(Action::ManageLinks), attach)
        .get(paths::LINK, Need::May(Action::SeeAdministration), page)
        .post(paths::LINK_PAUSE, Need::May(Action::ManageLinks), pause)
        .post(paths::LINK_RESUME, Need::May(Action::ManageLinks), resume);
    signing::add(routes)
}

/// A link with all that its line says.
struct Seen {
    operated: Operated,
    status: Status,
    standing: Standing,
    silence: Silence,
    /// Who paused it.
    pauser: String,
}

impl Seen {
    fn new(web: &Web, read: &mut dyn Read, frame: &Frame, operated: Operated, detached: bool) -> Result<Self, Failure> {
        let (link, now) = (operated.link.id, Timestamp::from_micros(frame.now));
        let status = web.board.status_at(link, now);
        Ok(Seen {
            standing: Standing::of(&status, operated.pause.is_some(), detached),
            silence: web.board.silence(link, now),
            pauser: operated.pause.as_ref().map(|p| who(frame.words, read, p.by)).transpose()?.unwrap_or_default(),
            status,
            operated,
        })
    }

    /// Since when a person has had to look, and why; nothing when nobody has to.
    fn alarm(&self, frame: &Frame) -> Option<(Timestamp, String)> {
        let (status, beginning) = (&self.status, Timestamp::default());
        let trouble = || status.trouble.as_ref().map(|(_, what)| what.clone());
        let seconds = |since: Timestamp| (frame.now - since.micros()) / 1_000_000;
        let since = status.since.unwrap_or(beginning);
        let stands = frame.t(Stands(self.standing).key());
        match (self.standing, &status.trouble) {
            (Standing::Waiting, _) if seconds(since) < WAITING_SECONDS => None,
            (standing, _) if standing.is_trouble() => Some((since, trouble().unwrap_or(stands))),
            (Standing::Paused | Standing::Draining | Standing::Elsewhere, _) => None,
            (_, Some((at, what))) if seconds(*at) < board::FRESH_SECONDS => Some((*at, what.clone())),
            _ => match self.silence {
                Silence::Unusual { .. } => {
                    Some((status.last_message_at.unwrap_or(beginning), quiet(frame, self.silence).words))
                }
                _ => None,
            },
        }
    }
}

/// All links, or one; and whether all are closed.
fn seen(web: &Web, s: &mut dyn Read, frame: &Frame, only: Option<LinkId>) -> Result<(Vec<Seen>, bool), Failure> {
    let (operated, detached) = (operating::operated(s)?, links::detached(s)?);
    let operated = operated.into_iter().filter(|o| only.is_none_or(|id| o.link.id == id));
    let seen: Result<Vec<Seen>, Failure> = operated.map(|o| Seen::new(web, s, frame, o, detached)).collect();
    Ok((seen?, detached))
}

async fn list(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (mut seen, detached) = seen(&web, s, frame, None)?;
        seen.sort_by_key(|s| (s.alarm(frame).is_none(), s.standing, s.operated.link.name.to_lowercase()));
        let mut lines = Vec::new();
        for link in &seen {
            let mappings = links::mappings(s, link.operated.link.id)?;
            lines.push(line(frame, link, mappings.iter().filter(|m| m.state.is_unsettled()).count()));
        }
        Ok(Links {
            page: frame.page(),
            tabs: tabs(frame, paths::LINKS),
            detached,
            attachable: frame.may(Action::ManageLinks),
            lines,
            rule: rule(frame),
        })
    });
    show(page.await?)
}

/// By what rule silence is unusual.
fn rule(frame: &Frame) -> String {
    let count = |n: i64| usize::try_from(n).unwrap_or_default();
    let (weeks, minutes) = (count(silence::WEEKS), count(silence::SILENCE_SECONDS_MIN / 60));
    let args: [(&str, &dyn Arg); 3] = [("weeks", &weeks), ("least", &silence::WEEKS_MIN), ("minutes", &minutes)];
    frame.tell("board-silence-rule", &args)
}

fn line(frame: &Frame, seen: &Seen, unsettled: usize) -> LinkLine {
    let Seen { operated: Operated { link, pause, .. }, status, standing, .. } = seen;
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let refused =
        |(peer, times): &(String, u64)| frame.tell("links-refused", &[("peer", peer), ("count", &count(*times))]);
    let told = |(at, what): &(Timestamp, String)| {
        frame.tell("board-trouble-at", &[("at", &frame.at(*at).short), ("what", what)])
    };
    let detail = match (pause, standing) {
        (Some(pause), _) => frame.tell("board-paused-by", &[("name", &seen.pauser), ("why", &pause.why)]),
        (None, Standing::Elsewhere) => frame.tell("board-elsewhere-in", &[("holder", &status.elsewhere)]),
        _ => String::new(),
    };
    let errors = count(status.errors);
    LinkLine {
        href: frame.to(paths::LINK.of(link.id)),
        name: link.name.clone(),
        speaks: format!("{} · {}", link.protocol.code().to_uppercase(), link.dialect),
        address: address(frame, link),
        stands: Stands(*standing),
        since: frame.maybe(match (pause, standing) {
            (Some(pause), _) => Some(pause.at),
            (None, Standing::Connected) => status.connected.iter().map(|c| c.since).min(),
            _ => status.since,
        }),
        detail,
        connections: status.connections,
        last: frame.maybe(status.last_message_at),
        quiet: quiet(frame, seen.silence),
        rate: format!("{} / {}", status.last_minute, status.last_hour),
        filing: status.filing,
        errors: if errors > 0 { frame.tell("board-errors-count", &[("count", &errors)]) } else { String::new() },
        troubles: status.trouble.iter().map(told).chain(status.refused.iter().map(refused)).collect(),
        unsettled,
        alarm: seen.alarm(frame).is_some(),
    }
}

fn address(frame: &Frame, link: &links::Link) -> String {
    let key = if link.listens { "links-listens" } else { "links-connects" };
    frame.tell(key, &[("address", &link.address)])
}

fn quiet(frame: &Frame, silence: Silence) -> Quiet {
    let words = match silence {
        Silence::Unknown => frame.t("board-silence-unknown"),
        Silence::Usual { longest } => frame.tell("board-silence-usual", &[("longest", &duration(frame, longest))]),
        Silence::Unusual { longest, silent } => {
            let times = [("longest", duration(frame, longest)), ("silent", duration(frame, silent))];
            frame.tell("board-silence-unusual", &[(times[0].0, &times[0].1), (times[1].0, &times[1].1)])
        }
    };
    Quiet { words, unusual: matches!(silence, Silence::Unusual { .. }) }
}

/// A stretch of time in the unit that matters.
pub fn duration(frame: &Frame, seconds: i64) -> String {
    let seconds = usize::try_from(seconds).unwrap_or_default();
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match seconds {
        0..120 => frame.tell("board-seconds", &[("count", &seconds)]),
        120..7_200 => frame.tell("board-minutes", &[("count", &minutes)]),
        7_200..172_800 => frame.tell("board-hours", &[("hours", &hours), ("minutes", &(minutes % 60))]),
        _ => frame.tell("board-days", &[("count", &(hours / 24)), ("hours", &(hours % 24))]),
    }
}

async fn attach(reader: Reader) -> Answer {
    reader.submit(None, |tx| tx.run(AttachLinks {})).await?;
    Ok(reader.go(paths::LINKS))
}

#[derive(Deserialize)]
struct Asked {
    message: Option<i64>,
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Answer {
    show(shown(&web, &reader, LinkId(id), asked.message, String::new(), Mistakes::default()).await?)
}

async fn shown(
    web: &Arc<Web>,
    reader: &Reader,
    id: LinkId,
    message: Option<i64>,
    reason: String,
    mistakes: Mistakes,
) -> Result<Link, Problem> {
    let web = web.clone();
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let mapped = mapped(s, frame, id)?;
        let (seen, _) = seen(&web, s, frame, Some(id))?;
        let seen = seen.into_iter().next().ok_or(Problem::Missing)?;
        // What went over a link is about patients: whoever may read messages may read it.
        let reads = frame.may(Action::ResolveMessages);
        let (latest, trace) = if reads { (web.board.latest(id), web.board.trace(id)) } else { Default::default() };
        if reads {
            accessed(&frame.reader, "link-messages", id.0);
        }
        let chosen = latest.iter().copied().find(|m| message.is_none_or(|asked| m.0 == asked));
        let (latest, shown) = messages_of(s, frame, &mapped.link, &latest, chosen)?;
        let unsettled = mapped.mappings.iter().filter(|m| m.mapping.state.is_unsettled()).count();
        let connection = |c: &board::Connection| ConnectionLine {
            number: c.number.to_string(),
            peer: c.peer.to_string(),
            tls: c.tls,
            since: frame.at(c.since),
            heard: frame.maybe(c.heard_at),
        };
        Ok(Link {
            page: frame.page(),
            tabs: tabs(frame, paths::LINKS),
            id: id.to_string(),
            operable: frame.may(Action::ManageLinks),
            paused: seen.operated.pause.is_some(),
            reason,
            facts: facts(frame, &seen.operated),
            unnamed: signing::unnamed(frame, &mapped.link)
                .into_iter()
                .chain(systems::of_link(s, frame, &mapped.link)?)
                .collect(),
            connections: seen.status.connected.iter().map(connection).collect(),
            latest,
            shown,
            trace: trace.iter().take(TRACE_SHOWN_MAX).map(|t| traced(frame, t)).collect(),
            mappings: mapped.mappings.iter().map(|m| mapped.line(frame, m)).collect(),
            orders: Worklist::read(s, &mapped.link)?.map(|w| w.shown(frame)),
            line: line(frame, &seen, unsettled),
            mistakes,
        })
    });
    page.await
}

fn facts(frame: &Frame, operated: &Operated) -> Vec<Fact> {
    let link = &operated.link;
    let named = |file: &String| if file.is_empty() { frame.t("board-none") } else { file.clone() };
    let tls = operated.tls.as_ref().map_or_else(
        || frame.t("board-plain"),
        |tls| {
            let (certificate, authority) = (named(&tls.certificate), named(&tls.authority));
            frame.tell("board-tls-files", &[("certificate", &certificate), ("authority", &authority)])
        },
    );
    let recorded = operated.recording.filter(|r| frame.now < r.until.micros());
    let until = |r: operating::Recording| frame.tell("board-recording-until", &[("at", &frame.at(r.until).short)]);
    let facts = [
        ("links-protocol", link.protocol.code().to_uppercase()),
        ("links-dialect", link.dialect.clone()),
        ("links-address", address(frame, link)),
        ("links-peers", if link.listens { link.peers.join(", ") } else { String::new() }),
        ("board-tls", tls),
        ("board-recording", recorded.map(until).unwrap_or_default()),
    ];
    let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(key, text)| Fact { label: frame.t(key), text }).collect()
}

/// The last messages of a link, and one of them byte by byte.
fn messages_of(
    s: &mut dyn Read,
    frame: &Frame,
    link: &links::Link,
    latest: &[MessageId],
    chosen: Option<MessageId>,
) -> Result<(Vec<MessageLine>, Option<Shown>), Failure> {
    let encoding = Dialect::named(&link.dialect).map_or(Encoding::Utf8, |d| d.framing.encoding.encoding());
    let (mut lines, mut shown) = (Vec::new(), None);
    for id in latest {
        let Some(message) = inbox::message(s, *id)? else { continue };
        if chosen == Some(*id) {
            shown = Some(Shown {
                number: messages::number(*id),
                href: frame.to(paths::MESSAGE.of(id)),
                beside: beside(&inbox::bytes(s, &message)?, encoding),
            });
        }
        lines.push(MessageLine {
            href: format!("{}?message={id}#shown", frame.to(paths::LINK.of(link.id))),
            ..messages::line(frame, &message, String::new())
        });
    }
    Ok((lines, shown))
}

fn traced(frame: &Frame, traced: &board::TraceEntry) -> TraceLine {
    let (direction, sign, text) = match &traced.what {
        What::Received(bytes) => ("board-trace-in", "<", escaped(bytes)),
        What::Sent(bytes) => ("board-trace-out", ">", escaped(bytes)),
        What::Note(text) => ("board-trace-note", "·", text.clone()),
    };
    let short: String = text.chars().take(TRACE_CHARS_MAX).collect();
    let more = traced.more + text.chars().count() - short.chars().count();
    TraceLine {
        at: frame.exactly(traced.at),
        connection: traced.connection.to_string(),
        direction,
        sign,
        text: short,
        more: if more > 0 { frame.tell("board-trace-more", &[("count", &more)]) } else { String::new() },
    }
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn pause(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(given): Form<Why>) -> Answer {
    let (link, why) = (LinkId(id), Some(given.reason.clone()));
    match reader.submit(why, move |tx| tx.run(PauseLink { link })).await {
        Ok(()) => Ok(reader.done(&reader.to(paths::LINK.of(id)), Tone::Calm, reader.t("board-paused-done"))),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), at_reason(&failure), failure)?;
            again(shown(&web, &reader, link, None, given.reason, mistakes).await?)
        }
    }
}

async fn resume(reader: Reader, Path(id): Path<i64>) -> Answer {
    let link = LinkId(id);
    reader.submit(None, move |tx| tx.run(ResumeLink { link })).await?;
    Ok(reader.done(&reader.to(paths::LINK.of(id)), Tone::Calm, reader.t("board-resumed-done")))
}

/// The links that need somebody, for the page of what needs one now.
pub fn needs(web: &Web, s: &mut dyn Read, frame: &Frame, rows_max: usize) -> Result<Option<Waiting>, Problem> {
    let (seen, _) = seen(web, s, frame, None)?;
    let alarms = seen.iter().filter_map(|s| s.alarm(frame).map(|(at, why)| (s, at, why)));
    let rows: Vec<NeedRow> = alarms
        .map(|(s, at, what)| NeedRow {
            href: frame.to(paths::LINK.of(s.operated.link.id)),
            lead: s.operated.link.name.clone(),
            patient: None,
            what,
            since: if at == Timestamp::default() { When::default() } else { frame.at(at) },
            danger: false,
        })
        .collect();
    Ok((!rows.is_empty()).then(|| Waiting {
        topic: "links",
        title: frame.t("home-links"),
        count: rows.len().into(),
        tone: Tone::Caution,
        href: frame.to(paths::LINKS),
        rows: rows.into_iter().take(rows_max).collect(),
    }))
}
