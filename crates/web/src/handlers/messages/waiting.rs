//! Held messages that wait for, or are about, the same: which they are, and reading all of them again.

use std::sync::Arc;

use axum::extract::Query;
use serde::Deserialize;
use titer_lab::{Action, Counted, Failure};
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::{UNMAPPED, Wait, meaning, meaning_of};
use titer_link::inbox::{MessageId, MessageState};
use titer_link::links::LinkId;
use titer_link::replay;
use titer_shell::address::escaped;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::words::Arg;
use titer_store::Read;

use super::super::common::Answer;
use crate::pages::Tone;
use crate::{Web, paths};

/// Things for which others wait as well that one page counts.
const OTHERS_SHOWN_MAX: usize = 8;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.post(paths::MESSAGES_REPLAY, Need::May(Action::ReplayMessages), replay_all)
}

/// Which messages are listed, or read again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Which {
    pub show: String,
    pub before: Option<i64>,
    #[serde(rename = "for")]
    pub kind: String,
    pub key: String,
    pub link: Option<i64>,
    pub after: Option<i64>,
}

impl Which {
    /// What the messages wait for or are about, if it is asked for.
    pub fn about(&self) -> Option<About> {
        // What is kept waits for nothing.
        let kind = Wait::from_code(&self.kind).filter(|kind| *kind != Wait::Kept)?;
        Some(About::exactly(kind, &self.key, self.link.map(LinkId)))
    }

    /// Where the page begins.
    pub fn after(&self) -> Option<(String, MessageId)> {
        let key = Wait::from_code(&self.kind).map_or_else(String::new, |kind| kind.key(&self.key));
        Some((key, MessageId(self.after?)))
    }
}

/// The address of the list of messages about the same, behind one of them.
pub fn about_href(frame: &Frame, about: &About, after: Option<MessageId>) -> String {
    href(frame.to(paths::MESSAGES), about, after)
}

/// Where reading all of them again is asked for.
pub fn replay_href(frame: &Frame, about: &About, after: Option<MessageId>) -> String {
    href(frame.to(paths::MESSAGES_REPLAY), about, after)
}

fn href(mut href: String, about: &About, after: Option<MessageId>) -> String {
    href += &format!("?for={}&key={}", about.kind.code(), escaped(&about.asked));
    href.extend(about.link.map(|link| format!("&link={link}")));
    href.extend(after.map(|message| format!("&after={message}")));
    href
}

/// What reading all of them again is called: one request reads some, and more may wait than were counted.
pub fn replay_words(frame: &Frame, found: Counted) -> String {
    if !found.more && found.number <= replay::AT_ONCE_MAX {
        return frame.tell("messages-replay-all", &[("count", &found.number)]);
    }
    let all = frame.words.amount(found);
    frame.tell("messages-replay-some", &[("count", &replay::AT_ONCE_MAX), ("all", &all)])
}

/// What messages wait for or are about, in words.
pub fn about_words(frame: &Frame, about: &About) -> String {
    let key = &about.asked;
    match about.kind {
        Wait::Receipt => frame.tell("messages-about-receipt", &[("tube", key)]),
        Wait::Specimen => frame.tell("messages-about-specimen", &[("tube", key)]),
        Wait::Reason | Wait::Kept => frame.tell("messages-about-reason", &[("code", key)]),
        Wait::Mapping => {
            let [code, unit, specimen] = meaning_of(key).unwrap_or_default();
            let also: Vec<String> = [unit, specimen].into_iter().filter(|text| !text.is_empty()).collect();
            frame.tell("messages-about-mapping", &[("code", &code), ("also", &also.join(", "))])
        }
    }
}

/// The first messages about the same behind a place, and how many there are, up to a limit.
pub fn of(
    s: &mut dyn Read,
    about: &About,
    after: Option<&(String, MessageId)>,
) -> Result<(Vec<inbox::Message>, usize), Failure> {
    let found = inbox::about(s, about, after)?;
    let mut messages = Vec::new();
    for (_, id) in found.iter().take(inbox::PAGE as usize) {
        messages.extend(inbox::message(s, *id)?);
    }
    Ok((messages, found.len()))
}

/// What a held message waits for or is about, each with how many other messages there are.
pub fn others(s: &mut dyn Read, message: &inbox::Message) -> Result<Vec<(About, Counted)>, Failure> {
    if message.state != MessageState::Held {
        return Ok(Vec::new());
    }
    let mut all: Vec<(About, Counted)> = Vec::new();
    for p in &message.problems {
        let about = if UNMAPPED.contains(&p.code.as_str()) {
            About::exactly(Wait::Mapping, &meaning(&p.test, &p.unit, &p.specimen_type), Some(message.link))
        } else {
            About::exactly(Wait::Specimen, p.barcode.trim(), None)
        };
        // What cannot be stored cannot be asked for.
        let asked = all.iter().any(|(a, _)| *a == about) || about.keys.0.is_empty() || about.keys.0.contains('\0');
        if !asked && all.len() < OTHERS_SHOWN_MAX {
            let count = inbox::count_about(s, &about, Some(message.id))?;
            all.push((about, count));
        }
    }
    Ok(all)
}

/// Reads again all that wait for the same, as many as one request may.
async fn replay_all(reader: Reader, Query(which): Query<Which>) -> Answer {
    let about = which.about().ok_or(Problem::Missing)?;
    let (asked, after) = (about.clone(), which.after());
    let found = reader.read(move |s| Ok(inbox::about(s, &asked, after.as_ref())?)).await?;
    let messages: Vec<MessageId> = found.iter().take(replay::AT_ONCE_MAX).map(|(_, id)| *id).collect();
    let came = replay::several(reader.journal(), reader.actor(), None, &messages, |_, _| {}).await?;
    let next = messages.last().filter(|_| found.len() > messages.len()).copied();
    let told = [("filed", &came.filed as &dyn Arg), ("held", &came.held), ("passed", &came.passed)];
    let tone = if came.held + came.passed > 0 { Tone::Caution } else { Tone::Calm };
    let to = href(reader.to(paths::MESSAGES), &about, next);
    Ok(reader.done(&to, tone, reader.tell("messages-replayed", &told)))
}
