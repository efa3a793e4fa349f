//! `titer inbox`: what came in, what is held and why, and what is done about it.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use titer_lab::{Actor, Timestamp, sites};
use titer_link::{
    Dialect,
    inbox::{
        MessageId, Problem,
        commands::DismissMessage,
        views::{self, About, ListPlace, Message},
        waits::{Wait, meaning_begins},
    },
    links::{LinkId, views as links},
    replay,
};
use titer_store::{Location, PLACES};

use super::print_json;
use crate::{
    Failed,
    arguments::{InboxCommand, Replay},
    place::Place,
    progress, words,
};

pub async fn run(location: &Location, command: InboxCommand) -> Result<(), Failed> {
    let place = Place::existing(location)?;
    match command {
        InboxCommand::List { held, link, reason, specimen, since, limit, json } => {
            let link = match link {
                Some(name) => Some(named(&place, name).await?),
                None => None,
            };
            let since = match since {
                Some(text) => Some(time(&place, &text).await?),
                None => None,
            };
            let held = held || reason.is_some() || specimen.is_some();
            list(&place, Wanted { held, link, reason, specimen, since, limit }, json).await
        }
        InboxCommand::Show { message, json } => show(&place, id(message), json).await,
        InboxCommand::Replay(which) => read_again(&place, which).await,
        InboxCommand::Dismiss { messages, why } => {
            for number in messages {
                let dismiss = DismissMessage { message: id(number) };
                place.lab.submit(Actor::Console, Some(why.clone()), move |tx| tx.run(dismiss)).await?;
                say!("message {number} dismissed");
            }
            Ok(())
        }
    }
}

/// The message of this number, as pages show it.
fn id(number: i64) -> MessageId {
    MessageId(number.saturating_mul(PLACES))
}

fn number(id: MessageId) -> i64 {
    id.0 / PLACES
}

async fn named(place: &Place, name: String) -> Result<LinkId, Failed> {
    let asked = name.clone();
    let link = place.lab.read(move |s| Ok(links::by_name(s, &asked)?)).await?;
    Ok(link.ok_or_else(|| Failed(format!("there is no link {name:?}; `titer link list` shows all links")))?.id)
}

/// A time of the laboratory's clock.
async fn time(place: &Place, text: &str) -> Result<Timestamp, Failed> {
    let wrong = || Failed(format!("{text:?} is not a time; write 2026-11-22 or 2026-11-22T09:00"));
    let zone = zone(place).await?;
    if let Ok(day) = jiff::civil::Date::strptime("%Y-%m-%d", text) {
        return Ok(sites::views::start_of_day(day, &zone));
    }
    let local = text.parse::<jiff::civil::DateTime>().map_err(|_| wrong())?;
    let unclear = || Failed(format!("the clocks skipped or repeated {text}; write a time an hour earlier or later"));
    sites::views::from_local(local, &zone).once().ok_or_else(unclear)
}

/// The laboratory's zone.
async fn zone(place: &Place) -> Result<TimeZone, Failed> {
    Ok(place.lab.read(|s| Ok(sites::views::zone(s)?)).await?)
}

/// A time as the laboratory's clock showed it.
fn clock(at: Timestamp, zone: &TimeZone) -> String {
    sites::views::local(at, zone).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Which messages are listed.
struct Wanted {
    held: bool,
    link: Option<LinkId>,
    reason: Option<String>,
    specimen: Option<String>,
    since: Option<Timestamp>,
    limit: usize,
}

impl Wanted {
    fn fits(&self, message: &Message) -> bool {
        let any = |asked: &Option<String>, of: fn(&Problem) -> &str| {
            asked.as_ref().is_none_or(|asked| message.problems.iter().any(|p| of(p).trim() == asked))
        };
        self.link.is_none_or(|link| message.link == link)
            && any(&self.reason, |p| &p.code)
            && any(&self.specimen, |p| &p.barcode)
    }
}

async fn list(place: &Place, wanted: Wanted, json: bool) -> Result<(), Failed> {
    let zone = zone(place).await?;
    let (mut before, mut listed) = (None, 0);
    loop {
        let held = wanted.held;
        let read = move |s: &mut titer_store::Snapshot<'_>| {
            Ok(if held { views::held(s, before)? } else { views::messages(s, before)? })
        };
        let page = place.lab.read(read).await?;
        for message in &page {
            if listed == wanted.limit || wanted.since.is_some_and(|since| message.received_at < since) {
                return Ok(());
            }
            if wanted.fits(message) {
                print(message, &zone, json)?;
                listed += 1;
            }
        }
        before = page.last().map(|m| m.id);
        if (page.len() as i64) < views::PAGE {
            return Ok(());
        }
    }
}

async fn read_again(place: &Place, which: Replay) -> Result<(), Failed> {
    let link = match which.link.clone() {
        Some(name) => Some(named(place, name).await?),
        None => None,
    };
    let found = if !which.messages.is_empty() {
        which.messages.iter().map(|n| id(*n)).collect()
    } else if let Some(waited_for) = &which.waiting_for {
        let (code, unit) = waited_for.split_once(':').map_or((&**waited_for, None), |(code, unit)| (code, Some(unit)));
        waiting(place, About::beginning(Wait::Mapping, &meaning_begins(code, unit), link)).await?
    } else if let Some(barcode) = &which.specimen {
        waiting(place, About::exactly(Wait::Specimen, barcode.trim(), link)).await?
    } else {
        between(place, &which, link).await?
    };
    let bar = progress::bar("reading messages again");
    bar.set_length(found.len() as u64);
    let came = replay::several(&place.lab, Actor::Console, None, &found, |_, _| bar.inc(1)).await?;
    bar.finish_and_clear();
    say!(
        "{} filed, {} still held, {} left out because they can no longer be read again",
        came.filed,
        came.held,
        came.passed
    );
    Ok(())
}

/// All that wait for the same.
async fn waiting(place: &Place, about: About) -> Result<Vec<MessageId>, Failed> {
    let (mut found, mut after): (Vec<MessageId>, Option<ListPlace>) = (Vec::new(), None);
    loop {
        let (asked, behind) = (about.clone(), after.clone());
        let page = place.lab.read(move |s| Ok(views::about(s, &asked, behind.as_ref())?)).await?;
        let whole = page.len() as i64 == views::FOUND_MAX;
        after = page.last().cloned();
        found.extend(page.into_iter().map(|(_, message)| message));
        if !whole {
            let mut seen = HashSet::new();
            found.retain(|message| seen.insert(*message));
            return Ok(found);
        }
    }
}

/// All held messages from a number or time to another.
async fn between(place: &Place, which: &Replay, link: Option<LinkId>) -> Result<Vec<MessageId>, Failed> {
    let (from, to) = (End::read(place, &which.from).await?, End::read(place, &which.to).await?);
    let mut found = Vec::new();
    let mut next = match from {
        Some(End::Number(first)) => first,
        _ => MessageId(0),
    };
    loop {
        let page = place.lab.read(move |s| Ok(views::held_from(s, next)?)).await?;
        for (message, at) in &page {
            let early = matches!(from, Some(End::Time(first)) if *at < first);
            let late = match to {
                Some(End::Number(last)) => *message > last,
                Some(End::Time(last)) => *at > last,
                None => false,
            };
            if !early && !late {
                found.push(*message);
            }
        }
        let Some((last, _)) = page.last().filter(|_| page.len() as i64 == views::FOUND_MAX) else { break };
        next = MessageId(last.0 + 1);
    }
    let Some(link) = link else { return Ok(found) };
    let of_link = move |s: &mut titer_store::Snapshot<'_>| {
        let mut kept = Vec::new();
        for message in found {
            if views::message(s, message)?.is_some_and(|m| m.link == link) {
                kept.push(message);
            }
        }
        Ok(kept)
    };
    Ok(place.lab.read(of_link).await?)
}

/// Where a range begins or ends.
enum End {
    Number(MessageId),
    Time(Timestamp),
}

impl End {
    async fn read(place: &Place, text: &Option<String>) -> Result<Option<Self>, Failed> {
        Ok(match text {
            None => None,
            Some(text) => Some(match text.parse() {
                Ok(number) => End::Number(id(number)),
                Err(_) => End::Time(time(place, text).await?),
            }),
        })
    }
}

async fn show(place: &Place, id: MessageId, json: bool) -> Result<(), Failed> {
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let Some(message) = views::message(s, id)? else { return Ok(None) };
        let bytes = views::bytes(s, &message)?;
        let link = links::link(s, message.link)?;
        let history = views::history(s, id)?;
        Ok(Some((message, bytes, link, history)))
    };
    let found = place.lab.read(read).await?;
    let (message, bytes, link, history) = found
        .ok_or_else(|| Failed(format!("there is no message {}; `titer inbox list` shows all messages", number(id))))?;
    let said = link.as_ref().and_then(|l| Dialect::named(&l.dialect).ok()).and_then(|d| d.read(&bytes).ok());
    let values: Vec<_> = said
        .iter()
        .flat_map(|said| &said.specimens)
        .flat_map(|specimen| specimen.values.iter().map(move |value| (specimen, value)))
        .collect();
    let zone = zone(place).await?;
    let happened: Vec<(String, String, String)> = history
        .into_iter()
        .map(|h| {
            let event = words::event(&h.kind);
            (clock(h.at, &zone), event, h.why.unwrap_or_default())
        })
        .collect();
    if json {
        let values: Vec<_> = values
            .iter()
            .map(|(specimen, v)| {
                serde_json::json!({
                    "specimen": specimen.identity, "specimen_type": specimen.specimen_type, "code": v.code, "value": v.value,
                    "unit": v.unit, "flags": v.flags, "status": v.status_text, "completed": v.completed_text,
                })
            })
            .collect();
        let history: Vec<_> =
            happened.iter().map(|(at, what, why)| serde_json::json!({"at": at, "what": what, "why": why})).collect();
        let mut object = object(&message);
        object["text"] = visible(&bytes).into();
        object["says"] = values.into();
        object["history"] = history.into();
        return print_json(&object);
    }
    print(&message, &zone, false)?;
    if !values.is_empty() {
        say!("\nResults in this message:");
    }
    for (specimen, v) in values {
        say!(
            "    {:<20} {:<10} {:>12} {:<10} {:<6} {}",
            shown(&specimen.identity),
            shown(&v.code),
            shown(&v.value),
            shown(&v.unit),
            shown(&v.flags),
            shown(&v.completed_text)
        );
    }
    say!("\nAs received:\n{}", visible(&bytes));
    say!("History:");
    for (at, what, why) in happened {
        say!("    {at} {what} {why}");
    }
    Ok(())
}

fn object(message: &Message) -> serde_json::Value {
    let reasons: Vec<String> = message.problems.iter().map(reason).collect();
    serde_json::json!({
        "id": number(message.id), "link": message.link.0,
        "received_at_us": message.received_at.micros(), "state": message.state.code(), "results": message.filed,
        "problems": message.problems, "reasons": reasons,
    })
}

fn print(message: &Message, zone: &TimeZone, json: bool) -> Result<(), Failed> {
    if json {
        return print_json(&object(message));
    }
    say!(
        "{} {} {} ({} results)",
        number(message.id),
        clock(message.received_at, zone),
        message.state.code(),
        message.filed
    );
    for problem in &message.problems {
        let of = [&problem.barcode, &problem.test].into_iter().filter(|s| !s.is_empty());
        say!("    {}: {}", of.map(|text| shown(text)).collect::<Vec<_>>().join(" "), shown(&reason(problem)));
    }
    Ok(())
}

fn reason(problem: &Problem) -> String {
    words::coded(&problem.code, &problem.args)
}

/// A text that a sender made, without what would move the cursor or colour the terminal.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Control characters as their Unicode pictures, a line a record.
fn visible(bytes: &[u8]) -> String {
    let picture = |b: &u8| match *b {
        b'\r' => "␍\n".to_owned(),
        b @ 0..=31 => char::from_u32(0x2400 + u32::from(b)).map(String::from).unwrap_or_default(),
        127 => "␡".to_owned(),
        b @ 128.. => format!("\\x{b:02X}"),
        b => char::from(b).to_string(),
    };
    bytes.iter().map(picture).collect()
}
