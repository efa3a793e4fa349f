//! Held messages that wait for, or are about, the same: which they are, and reading all of them again.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::{Action, Failure};
use titer_link::inbox::views::{self as inbox, About};
use titer_link::inbox::waits::{UNMAPPED, Wait, meaning, meaning_of};
use titer_link::inbox::{MessageId, MessageState};
use titer_link::links::LinkId;
use titer_link::replay;
use titer_store::Read;

use super::common::Answer;
use crate::Web;
use crate::errors::Problem;
use crate::permit::{Need, Routes};
use crate::reader::Reader;

/// Things for which others wait as well that one page counts.
const OTHERS_SHOWN_MAX: usize = 8;

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.post("/messages/replay", Need::May(Action::ReplayMessages), replay_all)
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
    /// What came of reading all again.
    pub filed: Option<usize>,
    pub still: Option<usize>,
    pub passed: Option<usize>,
}

impl Which {
    /// What the messages wait for or are about, if it is asked for.
    pub fn about(&self) -> Option<About> {
        // What cannot be stored cannot be asked for.
        let kind = Wait::from_code(&self.kind).filter(|_| !self.key.contains('\0'))?;
        Some(About::exactly(kind, &self.key, self.link.map(LinkId)))
    }

    /// Where the page begins.
    pub fn after(&self) -> Option<(String, MessageId)> {
        Some((self.key.clone(), MessageId(self.after?)))
    }
}

/// The address of the list of messages about the same, behind one of them.
pub fn about_href(about: &About, after: Option<MessageId>) -> String {
    format!("/messages?{}", query(about, after))
}

/// Where reading all of them again is asked for.
pub fn replay_href(about: &About, after: Option<MessageId>) -> String {
    format!("/messages/replay?{}", query(about, after))
}

fn query(about: &About, after: Option<MessageId>) -> String {
    let mut query = format!("for={}&key={}", about.kind.code(), escaped(&about.keys.0));
    query.extend(about.link.map(|link| format!("&link={link}")));
    query.extend(after.map(|message| format!("&after={message}")));
    query
}

/// A text as a part of an address: RFC 3986, section 2.3.
fn escaped(text: &str) -> String {
    let byte = |b: u8| match b {
        b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
        b => format!("%{b:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// What messages wait for or are about, in words.
pub fn about_words(web: &Web, about: &About) -> String {
    let key = &about.keys.0;
    match about.kind {
        Wait::Receipt => web.words.tell("messages-about-receipt", &[("tube", key)]),
        Wait::Specimen => web.words.tell("messages-about-specimen", &[("tube", key)]),
        Wait::Reason => web.words.tell("messages-about-reason", &[("code", key)]),
        Wait::Mapping => {
            let [code, unit, specimen] = meaning_of(key).unwrap_or_default();
            let also: Vec<String> = [unit, specimen].into_iter().filter(|text| !text.is_empty()).collect();
            web.words.tell("messages-about-mapping", &[("code", &code), ("also", &also.join(", "))])
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
pub fn others(s: &mut dyn Read, message: &inbox::Message) -> Result<Vec<(About, usize)>, Failure> {
    if message.state != MessageState::Held {
        return Ok(Vec::new());
    }
    let mut all: Vec<(About, usize)> = Vec::new();
    for p in &message.problems {
        let about = if UNMAPPED.contains(&p.code.as_str()) {
            About::exactly(Wait::Mapping, &meaning(&p.test, &p.unit, &p.specimen_type), Some(message.link))
        } else {
            About::exactly(Wait::Specimen, p.barcode.trim(), None)
        };
        // What cannot be stored cannot be asked for.
        let asked = all.iter().any(|(a, _)| *a == about) || about.keys.0.is_empty() || about.keys.0.contains('\0');
        if !asked && all.len() < OTHERS_SHOWN_MAX {
            let count = inbox::about(s, &about, None)?.iter().filter(|(_, id)| *id != message.id).count();
            all.push((about, count));
        }
    }
    Ok(all)
}

/// Reads again all that wait for the same, as many as one request may.
async fn replay_all(State(web): State<Arc<Web>>, reader: Reader, Query(which): Query<Which>) -> Answer {
    let about = which.about().ok_or(Problem::Missing)?;
    let (asked, after) = (about.clone(), which.after());
    let found = web.lab.read(move |s| Ok(inbox::about(s, &asked, after.as_ref())?)).await?;
    let messages: Vec<MessageId> = found.iter().take(replay::AT_ONCE_MAX).map(|(_, id)| *id).collect();
    let came = replay::several(&web.lab, reader.actor(), None, &messages, |_, _| {}).await?;
    let next = messages.last().filter(|_| found.len() > messages.len()).copied();
    let done = format!("&filed={}&still={}&passed={}", came.filed, came.held, came.passed);
    Ok(Redirect::to(&(about_href(&about, next) + &done)).into_response())
}
