//! How the links are doing, and what may be done to them: pause, resume, attach again after a restore.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::{Action, Failure, Timestamp};
use titer_link::board::{self, Standing};
use titer_link::inbox::{MessageId, views as inbox};
use titer_link::links::commands::AttachLinks;
use titer_link::links::operating::{self, Operated, PauseLink, ResumeLink};
use titer_link::links::{LinkId, views as links};
use titer_link::silence::{self, Silence};
use titer_link::{Dialect, Status};
use titer_store::Read;
use titer_wire::astm::Encoding;
use titer_wire::recording::{What, escaped};

use super::admin::tabs;
use super::common::{Answer, Clock, accessed, again, mistaken, show, who};
use super::links::{HERE, mapped};
use super::messages;
use super::told::LinkTold;
use crate::Web;
use crate::errors::Problem;
use crate::pages::beside::beside;
use crate::pages::board::{ConnectionLine, Link, LinkLine, Links, Quiet, Shown, Stands, TraceLine};
use crate::pages::home::{Need as Waiting, NeedRow};
use crate::pages::{Fact, Mistakes, Section, Tone};
use crate::permit::{Need, Routes};
use crate::reader::{Reader, notice};

/// Pieces of the wire that a link's page shows.
const TRACE_SHOWN_MAX: usize = 60;
/// Characters that are shown of each.
const TRACE_CHARS_MAX: usize = 160;
/// A link that could not connect for so many seconds needs a person.
const WAITING_SECONDS: i64 = 60;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes
        .get("/admin/links", Need::May(Action::SeeAdministration), list)
        .post("/admin/links/attach", Need::May(Action::ManageLinks), attach)
        .get("/admin/links/{id}", Need::May(Action::SeeAdministration), page)
        .post("/admin/links/{id}/pause", Need::May(Action::ManageLinks), pause)
        .post("/admin/links/{id}/resume", Need::May(Action::ManageLinks), resume)
}

/// A link with all that its line says.
struct Seen {
    operated: Operated,
    status: Status,
    standing: Standing,
    silence: Silence,
    /// Who paused it.
    pauser: String,
    unsettled: usize,
}

impl Seen {
    fn new(web: &Web, read: &mut dyn Read, operated: Operated, detached: bool) -> Result<Self, Failure> {
        let (link, now) = (operated.link.id, web.lab.store().now());
        let status = web.board.status_at(link, now);
        let mappings = links::mappings(read, link)?;
        Ok(Seen {
            standing: Standing::of(&status, operated.pause.is_some(), detached),
            silence: web.board.silence(link, now),
            pauser: operated.pause.as_ref().map(|p| who(read, p.by)).transpose()?.unwrap_or_default(),
            unsettled: mappings.iter().filter(|m| m.state.is_unsettled()).count(),
            status,
            operated,
        })
    }

    /// Since when a person has had to look, and why; nothing when nobody has to.
    fn alarm(&self, web: &Web, now: i64) -> Option<(Timestamp, String)> {
        let (status, beginning) = (&self.status, Timestamp::default());
        let trouble = || status.trouble.as_ref().map(|(_, what)| what.clone());
        let seconds = |since: Timestamp| (now - since.micros()) / 1_000_000;
        let since = status.since.unwrap_or(beginning);
        let stands = web.words.t(Stands(self.standing).key());
        match (self.standing, &status.trouble) {
            (Standing::Waiting, _) if seconds(since) < WAITING_SECONDS => None,
            (standing, _) if standing.is_trouble() => Some((since, trouble().unwrap_or(stands))),
            (Standing::Paused | Standing::Draining | Standing::Elsewhere, _) => None,
            (_, Some((at, what))) if seconds(*at) < board::FRESH_SECONDS => Some((*at, what.clone())),
            _ => match self.silence {
                Silence::Unusual { .. } => {
                    Some((status.last_message_at.unwrap_or(beginning), quiet(web, self.silence).words))
                }
                _ => None,
            },
        }
    }
}

async fn seen(web: &Arc<Web>, only: Option<LinkId>) -> Result<(Vec<Seen>, bool), Problem> {
    let of = web.clone();
    let read = web.lab.read(move |s| {
        let (operated, detached) = (operating::operated(s)?, links::detached(s)?);
        let operated = operated.into_iter().filter(|o| only.is_none_or(|id| o.link.id == id));
        let seen: Result<Vec<Seen>, Failure> = operated.map(|o| Seen::new(&of, s, o, detached)).collect();
        Ok((seen?, detached))
    });
    Ok(read.await?)
}

async fn list(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    let (mut seen, detached) = seen(&web, None).await?;
    let clock = Clock::of(&web).await?;
    seen.sort_by_key(|s| (s.alarm(&web, clock.now).is_none(), s.standing, s.operated.link.name.to_lowercase()));
    show(Links {
        page: reader.page(&web, Some(Section::Admin)).await?,
        tabs: tabs(&reader, HERE),
        detached,
        attachable: reader.may(Action::ManageLinks),
        lines: seen.iter().map(|s| line(&web, s, &clock)).collect(),
        rule: rule(&web),
    })
}

/// By what rule silence is unusual.
fn rule(web: &Web) -> String {
    let count = |n: i64| usize::try_from(n).unwrap_or_default();
    let (weeks, minutes) = (count(silence::WEEKS), count(silence::SILENCE_SECONDS_MIN / 60));
    let args: [(&str, &dyn crate::words::Arg); 3] =
        [("weeks", &weeks), ("least", &silence::WEEKS_MIN), ("minutes", &minutes)];
    web.words.tell("board-silence-rule", &args)
}

fn line(web: &Web, seen: &Seen, clock: &Clock) -> LinkLine {
    let Seen { operated: Operated { link, pause, .. }, status, standing, .. } = seen;
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let refused =
        |(peer, times): &(String, u64)| web.words.tell("links-refused", &[("peer", peer), ("count", &count(*times))]);
    let told = |(at, what): &(Timestamp, String)| {
        web.words.tell("board-trouble-at", &[("at", &clock.at(*at).short), ("what", what)])
    };
    let detail = match (pause, standing) {
        (Some(pause), _) => web.words.tell("board-paused-by", &[("name", &seen.pauser), ("why", &pause.why)]),
        (None, Standing::Elsewhere) => web.words.tell("board-elsewhere-in", &[("holder", &status.elsewhere)]),
        _ => String::new(),
    };
    let errors = count(status.errors);
    LinkLine {
        href: format!("{HERE}/{}", link.id),
        name: link.name.clone(),
        speaks: format!("{} · {}", link.protocol.code().to_uppercase(), link.dialect),
        address: address(web, link),
        stands: Stands(*standing),
        since: clock.maybe(match (pause, standing) {
            (Some(pause), _) => Some(pause.at),
            (None, Standing::Connected) => status.connected.iter().map(|c| c.since).min(),
            _ => status.since,
        }),
        detail,
        connections: status.connections,
        last: clock.maybe(status.last_message_at),
        quiet: quiet(web, seen.silence),
        rate: format!("{} / {}", status.last_minute, status.last_hour),
        filing: status.filing,
        errors: if errors > 0 { web.words.tell("board-errors-count", &[("count", &errors)]) } else { String::new() },
        troubles: status.trouble.iter().map(told).chain(status.refused.iter().map(refused)).collect(),
        unsettled: seen.unsettled,
        alarm: seen.alarm(web, clock.now).is_some(),
    }
}

fn address(web: &Web, link: &links::Link) -> String {
    let key = if link.listens { "links-listens" } else { "links-connects" };
    web.words.tell(key, &[("address", &link.address)])
}

fn quiet(web: &Web, silence: Silence) -> Quiet {
    let words = match silence {
        Silence::Unknown => web.words.t("board-silence-unknown"),
        Silence::Usual { longest } => web.words.tell("board-silence-usual", &[("longest", &time(web, longest))]),
        Silence::Unusual { longest, silent } => {
            let times = [("longest", time(web, longest)), ("silent", time(web, silent))];
            web.words.tell("board-silence-unusual", &[(times[0].0, &times[0].1), (times[1].0, &times[1].1)])
        }
    };
    Quiet { words, unusual: matches!(silence, Silence::Unusual { .. }) }
}

/// A stretch of time in the unit that matters.
fn time(web: &Web, seconds: i64) -> String {
    let seconds = usize::try_from(seconds).unwrap_or_default();
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match seconds {
        0..120 => web.words.tell("board-seconds", &[("count", &seconds)]),
        120..7_200 => web.words.tell("board-minutes", &[("count", &minutes)]),
        7_200..172_800 => web.words.tell("board-hours", &[("hours", &hours), ("minutes", &(minutes % 60))]),
        _ => web.words.tell("board-days", &[("count", &(hours / 24)), ("hours", &(hours % 24))]),
    }
}

async fn attach(State(web): State<Arc<Web>>, reader: Reader) -> Answer {
    web.lab.submit(reader.actor(), None, |tx| tx.run(AttachLinks {})).await?;
    Ok(Redirect::to(HERE).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    signed: usize,
    proposed: usize,
    done: String,
    message: Option<i64>,
}

async fn page(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Query(asked): Query<Asked>) -> Answer {
    let mut shown = shown(&web, &reader, LinkId(id), asked.message, String::new(), Mistakes::default()).await?;
    let told = match (asked.signed, asked.done.as_str()) {
        (1.., _) => Some("links-signed"),
        _ if asked.proposed > 0 => Some("messages-proposed"),
        (_, "paused") => Some("board-paused-done"),
        (_, "resumed") => Some("board-resumed-done"),
        _ => None,
    };
    shown.page.notice = told.and_then(|key| notice(Tone::Calm, web.words.t(key)));
    show(shown)
}

async fn shown(
    web: &Arc<Web>,
    reader: &Reader,
    id: LinkId,
    message: Option<i64>,
    reason: String,
    mistakes: Mistakes,
) -> Result<Link, Problem> {
    let mapped = mapped(web, id).await?;
    let (seen, _) = seen(web, Some(id)).await?;
    let seen = seen.into_iter().next().ok_or(Problem::Missing)?;
    let clock = Clock::of(web).await?;
    // What went over a link is about patients: whoever may read messages may read it.
    let reads = reader.may(Action::ResolveMessages);
    let latest = if reads { web.board.latest(id) } else { Vec::new() };
    let chosen = latest.iter().copied().find(|m| message.is_none_or(|asked| m.0 == asked));
    let (latest, beside) = messages_of(web, id, latest, chosen, &mapped.link.dialect, &clock).await?;
    let trace = if reads { web.board.trace(id) } else { Vec::new() };
    if reads {
        accessed(reader, "link-messages", id.0);
    }
    let told = {
        let link = mapped.link.clone();
        web.lab.read(move |s| LinkTold::read(s, &link)).await?
    };
    let connection = |c: &board::Connection| ConnectionLine {
        number: c.number.to_string(),
        peer: c.peer.to_string(),
        tls: c.tls,
        since: clock.at(c.since),
        heard: clock.maybe(c.heard_at),
    };
    Ok(Link {
        page: reader.page(web, Some(Section::Admin)).await?,
        tabs: tabs(reader, HERE),
        id: id.to_string(),
        operable: reader.may(Action::ManageLinks),
        paused: seen.operated.pause.is_some(),
        reason,
        facts: facts(web, &seen.operated, &clock),
        connections: seen.status.connected.iter().map(connection).collect(),
        latest,
        shown: beside,
        trace: trace.iter().take(TRACE_SHOWN_MAX).map(|t| traced(web, t, &clock)).collect(),
        mappings: mapped.mappings.iter().map(|m| mapped.line(web, reader, m)).collect(),
        orders: told.map(|t| t.shown(reader, &clock)),
        line: line(web, &seen, &clock),
        mistakes,
    })
}

fn facts(web: &Web, operated: &Operated, clock: &Clock) -> Vec<Fact> {
    let (link, words) = (&operated.link, web.words);
    let named = |file: &String| if file.is_empty() { words.t("board-none") } else { file.clone() };
    let tls = operated.tls.as_ref().map_or_else(
        || words.t("board-plain"),
        |tls| {
            let (certificate, authority) = (named(&tls.certificate), named(&tls.authority));
            words.tell("board-tls-files", &[("certificate", &certificate), ("authority", &authority)])
        },
    );
    let recorded = operated.recording.filter(|r| clock.now < r.until.micros());
    let until = |r: operating::Recording| words.tell("board-recording-until", &[("at", &clock.at(r.until).short)]);
    let facts = [
        ("links-protocol", link.protocol.code().to_uppercase()),
        ("links-dialect", link.dialect.clone()),
        ("links-address", address(web, link)),
        ("links-peers", if link.listens { link.peers.join(", ") } else { String::new() }),
        ("board-tls", tls),
        ("board-recording", recorded.map(until).unwrap_or_default()),
    ];
    let known = facts.into_iter().filter(|(_, text)| !text.is_empty());
    known.map(|(key, text)| Fact { label: words.t(key), text }).collect()
}

/// The last messages of a link, and one of them byte by byte.
async fn messages_of(
    web: &Arc<Web>,
    link: LinkId,
    latest: Vec<MessageId>,
    chosen: Option<MessageId>,
    dialect: &str,
    clock: &Clock,
) -> Result<(Vec<crate::pages::messages::MessageLine>, Option<Shown>), Problem> {
    let read = web.lab.read(move |s| {
        let (mut messages, mut bytes) = (Vec::new(), None);
        for id in latest {
            let Some(message) = inbox::message(s, id)? else { continue };
            if chosen == Some(id) {
                bytes = Some(inbox::bytes(s, &message)?);
            }
            messages.push(message);
        }
        Ok((messages, bytes))
    });
    let (messages, bytes) = read.await?;
    let encoding = Dialect::named(dialect).map_or(Encoding::Utf8, |d| d.framing.encoding.encoding());
    let shown = chosen.zip(bytes).map(|(id, bytes)| Shown {
        number: messages::number(id),
        href: format!("/messages/{id}"),
        beside: beside(&bytes, encoding),
    });
    let line = |m: &inbox::Message| crate::pages::messages::MessageLine {
        href: format!("{HERE}/{link}?message={}#shown", m.id),
        ..messages::line(web, m, String::new(), clock)
    };
    Ok((messages.iter().map(line).collect(), shown))
}

fn traced(web: &Web, traced: &board::TraceEntry, clock: &Clock) -> TraceLine {
    let (direction, sign, text) = match &traced.what {
        What::Received(bytes) => ("board-trace-in", "<", escaped(bytes)),
        What::Sent(bytes) => ("board-trace-out", ">", escaped(bytes)),
        What::Note(text) => ("board-trace-note", "·", text.clone()),
    };
    let short: String = text.chars().take(TRACE_CHARS_MAX).collect();
    let more = traced.more + text.chars().count() - short.chars().count();
    TraceLine {
        at: clock.exactly(traced.at),
        connection: traced.connection.to_string(),
        direction,
        sign,
        text: short,
        more: if more > 0 { web.words.tell("board-trace-more", &[("count", &more)]) } else { String::new() },
    }
}

#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn pause(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>, Form(given): Form<Why>) -> Answer {
    let (link, why) = (LinkId(id), Some(given.reason.clone()));
    match web.lab.submit(reader.actor(), why, move |tx| tx.run(PauseLink { link })).await {
        Ok(()) => Ok(Redirect::to(&format!("{HERE}/{id}?done=paused")).into_response()),
        Err(failure) => {
            let mistakes = mistaken("reason", failure)?;
            again(shown(&web, &reader, link, None, given.reason, mistakes).await?)
        }
    }
}

async fn resume(State(web): State<Arc<Web>>, reader: Reader, Path(id): Path<i64>) -> Answer {
    let link = LinkId(id);
    web.lab.submit(reader.actor(), None, move |tx| tx.run(ResumeLink { link })).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}?done=resumed")).into_response())
}

/// The links that need somebody, for the page of what needs one now.
pub async fn needs(web: &Arc<Web>, clock: &Clock, rows_max: usize) -> Result<Option<Waiting>, Problem> {
    let (seen, _) = seen(web, None).await?;
    let alarms = seen.iter().filter_map(|s| s.alarm(web, clock.now).map(|(at, why)| (s, at, why)));
    let rows: Vec<NeedRow> = alarms
        .map(|(s, at, what)| NeedRow {
            href: format!("{HERE}/{}", s.operated.link.id),
            lead: s.operated.link.name.clone(),
            patient: None,
            what,
            since: if at == Timestamp::default() { crate::when::When::default() } else { clock.at(at) },
            danger: false,
        })
        .collect();
    Ok((!rows.is_empty()).then(|| Waiting {
        topic: "links",
        title: web.words.t("home-links"),
        count: rows.len(),
        tone: Tone::Caution,
        href: HERE.to_owned(),
        rows: rows.into_iter().take(rows_max).collect(),
    }))
}
