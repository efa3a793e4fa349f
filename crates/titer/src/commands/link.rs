//! `titer link`: links to analyzers.

use std::path::PathBuf;

use titer_lab::{
    Actor, Timestamp,
    catalog::{AnalyteId, AnswerId},
};
use titer_link::{
    links::{
        MappingState,
        commands::{AddLink, AttachLinks, ProposeMapping, RemoveLink, WithdrawProposals},
        operating::{self, PauseLink, ResumeLink, SecureLink, Tls},
        views::{self, Link},
    },
    worklists::{entries, scan, views as worklists},
};
use titer_store::Location;

use super::{print_json, recording};
use crate::{
    Failed,
    arguments::{LinkCommand, TlsOptions},
    place::Place,
};

pub async fn run(location: &Location, command: LinkCommand) -> Result<(), Failed> {
    let command = match command {
        // None of these needs a laboratory.
        LinkCommand::Try { dialect, file, json } => return super::trial::run(&dialect, &file, json),
        LinkCommand::Tap { listen, to, file } => return recording::tap(&listen, &to, &file).await,
        LinkCommand::Play { file, to, listen, connection } => {
            return recording::play(&file, to, listen, connection).await;
        }
        command => command,
    };
    let place = Place::existing(location)?;
    match command {
        LinkCommand::Add { name, protocol, listen, connect, peers, dialect, tls } => {
            let listens = listen.is_some();
            let address = listen.or(connect).unwrap_or_default();
            let add = AddLink { name: name.clone(), protocol, listens, address: address.clone(), peers, dialect };
            let tls = files(tls)?;
            let add = move |tx: &mut titer_lab::Tx<'_, '_>| {
                let link = tx.run(add)?;
                if tls == Tls::default() { Ok(()) } else { tx.run(SecureLink { link, tls }) }
            };
            place.lab.submit(Actor::Console, None, add).await?;
            let does = if listens { "listens on" } else { "connects to" };
            say!("The link {name} {does} {address} while `titer serve` runs.");
            say!("No result is filed until a person has approved the mappings of its codes: on the page Links.");
        }
        LinkCommand::List { json } => list(&place, json).await?,
        LinkCommand::Orders { name, json } => orders(&place, name, json).await?,
        LinkCommand::Map { name, code, unit, specimen, analyte, word, answer } => {
            let (link, analyte) = (named(&place, name).await?.id, analyte_of(&place, analyte).await?);
            let answer = match word.zip(answer) {
                Some((word, code)) => Some((word, answer_of(&place, analyte, code).await?)),
                None => None,
            };
            let propose = ProposeMapping { link, code, unit, specimen, analyte, answer };
            place.lab.submit(Actor::Console, None, move |tx| tx.run(propose)).await?;
            say!(
                "The mapping is suggested. One person must propose it and another must approve it, on the page Links."
            );
        }
        LinkCommand::Unmap { name, code, unit, specimen, word, why } => {
            let link = named(&place, name).await?.id;
            let all = place.lab.read(move |s| Ok(views::mappings(s, link)?)).await?;
            let meant = all
                .iter()
                .find(|m| m.means(&code, &unit, &specimen) && m.is_about(&word) && m.state == MappingState::Proposed);
            let mapping =
                meant.ok_or_else(|| Failed(format!("there is no proposed mapping for code {code:?} in {unit:?}")))?.id;
            let withdraw = WithdrawProposals { link, mappings: vec![mapping] };
            place.lab.submit(Actor::Console, Some(why), move |tx| tx.run(withdraw)).await?;
        }
        LinkCommand::Remove { name } => {
            let link = named(&place, name).await?.id;
            place.lab.submit(Actor::Console, None, move |tx| tx.run(RemoveLink { link })).await?;
        }
        LinkCommand::Attach => place.lab.submit(Actor::Console, None, move |tx| tx.run(AttachLinks {})).await?,
        LinkCommand::Pause { name, why } => {
            let link = named(&place, name.clone()).await?.id;
            place.lab.submit(Actor::Console, Some(why), move |tx| tx.run(PauseLink { link })).await?;
            say!(
                "The link is paused. A transfer that has begun may finish. The analyzer keeps other messages until `titer link resume {name}`."
            );
        }
        LinkCommand::Resume { name } => {
            let link = named(&place, name).await?.id;
            place.lab.submit(Actor::Console, None, move |tx| tx.run(ResumeLink { link })).await?;
        }
        LinkCommand::Tls { name, tls, off } => {
            let (link, tls) = (named(&place, name).await?.id, files(tls)?);
            if tls == Tls::default() && !off {
                return Err(Failed("name the certificate files, or give --off".to_owned()));
            }
            place.lab.submit(Actor::Console, None, move |tx| tx.run(SecureLink { link, tls })).await?;
        }
        LinkCommand::Record { name, file, seconds } => {
            let link = named(&place, name).await?;
            recording::record(&place, &link, &file, seconds).await?;
        }
        // They were done above.
        LinkCommand::Try { .. } | LinkCommand::Tap { .. } | LinkCommand::Play { .. } => {}
    }
    Ok(())
}

/// The files by their full names: `titer serve` may run elsewhere.
fn files(tls: TlsOptions) -> Result<Tls, Failed> {
    let full = |file: Option<PathBuf>| -> Result<String, Failed> {
        let Some(file) = file else { return Ok(String::new()) };
        let full = std::path::absolute(&file)?;
        let name = full.to_str().map(str::to_owned);
        name.ok_or_else(|| Failed(format!("{}: the name of this file is not UTF-8", full.display())))
    };
    let (certificate, key) = (full(tls.tls_certificate)?, full(tls.tls_key)?);
    Ok(Tls { certificate, key, authority: full(tls.tls_authority)? })
}

async fn named(place: &Place, name: String) -> Result<Link, Failed> {
    let asked = name.clone();
    let link = place.lab.read(move |s| Ok(views::by_name(s, &asked)?)).await?;
    link.ok_or_else(|| Failed(format!("there is no link {name:?}; `titer link list` shows all links")))
}

/// Messages listed that the analyzer took.
const TAKEN_SHOWN_MAX: i64 = 50;

async fn orders(place: &Place, name: String, json: bool) -> Result<(), Failed> {
    let link = named(place, name.clone()).await?;
    let of = link.clone();
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let takes = entries::test_menu(s, &of)?.is_some();
        Ok((
            takes,
            scan::pending(s, &of)?,
            worklists::undelivered(s, of.id)?,
            worklists::of_link(s, of.id, TAKEN_SHOWN_MAX)?,
        ))
    };
    let (takes, (waiting, more), failed, taken) = place.lab.read(read).await?;
    if !takes {
        return Err(Failed(format!("no orders are sent on {name}: its dialect {} has no [order] part", link.dialect)));
    }
    for entry in &waiting {
        let codes: Vec<&str> = entry.tests.iter().map(|c| c.code.as_str()).collect();
        line(json, "waits", &entry.barcode, entry.action.code(), &codes, "", None)?;
    }
    if more {
        eprintln!("There are more orders to send than are listed here.");
    }
    for f in &failed {
        let next = f.next_at.map_or_else(
            || "not sent again by itself: check the analyzer".to_owned(),
            |at| format!("again at {}", utc(at)),
        );
        line(json, "failed", &f.barcode, "", &[], &format!("{} ({next})", f.failure), Some(f.at))?;
    }
    for message in &taken {
        for entry in &message.entries {
            let codes: Vec<&str> = entry.codes.iter().map(String::as_str).collect();
            line(json, "taken", &entry.barcode, entry.action.code(), &codes, "", Some(message.at))?;
        }
        for no_order in &message.no_orders {
            line(json, "nothing", &no_order.barcode, "", &[], no_order.reason.code(), Some(message.at))?;
        }
    }
    Ok(())
}

fn utc(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.micros()).map(|t| t.to_string()).unwrap_or_default()
}

fn line(
    json: bool,
    state: &str,
    barcode: &str,
    action: &str,
    codes: &[&str],
    why: &str,
    at: Option<Timestamp>,
) -> Result<(), Failed> {
    let at = at.map(utc).unwrap_or_default();
    if json {
        return print_json(&serde_json::json!({
            "state": state, "specimen": barcode, "action": action, "codes": codes, "why": why, "at": at,
        }));
    }
    say!("{state:<8} {barcode:<20} {action:<7} {:<30} {at:<28} {why}", codes.join(" "));
    Ok(())
}

async fn analyte_of(place: &Place, analyte: String) -> Result<AnalyteId, Failed> {
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let found = catalog.analyte_by_key(&analyte).map(|a| a.id);
    found.ok_or_else(|| {
        let mut keys: Vec<&str> = catalog.analytes().map(|a| a.key.as_str()).collect();
        keys.sort_unstable();
        Failed(format!("there is no analyte {analyte:?}; the catalogue has {}", keys.join(", ")))
    })
}

async fn answer_of(place: &Place, analyte: AnalyteId, code: String) -> Result<AnswerId, Failed> {
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let answers = catalog.answers(analyte);
    let found = answers.iter().find(|a| a.code == code).map(|a| a.id);
    found.ok_or_else(|| {
        let codes: Vec<&str> = answers.iter().map(|a| a.code.as_str()).collect();
        Failed(match codes.is_empty() {
            true => "this analyte has no answers; leave out --word and --answer".to_owned(),
            false => format!("there is no answer {code:?}; this analyte has {}", codes.join(", ")),
        })
    })
}

/// How far a mapping is, in the words of the pages. The JSON has the codes.
fn stands(mapping: &views::Mapping) -> &'static str {
    match mapping.state {
        MappingState::Proposed if matches!(mapping.proposer, Actor::Person(_)) => "proposed",
        MappingState::Proposed => "suggested",
        MappingState::Approved => "approved",
        MappingState::Confirmed => "in use",
        MappingState::Withdrawn => "withdrawn",
    }
}

async fn list(place: &Place, json: bool) -> Result<(), Failed> {
    let lab = place.lab.clone();
    let (links, catalog, detached) = place
        .lab
        .read(move |s| {
            let mut links = Vec::new();
            for operated in operating::operated(s)? {
                let mappings = views::mappings(s, operated.link.id)?;
                links.push((operated, mappings));
            }
            Ok((links, lab.catalog(s)?, views::detached(s)?))
        })
        .await?;
    if detached {
        eprintln!("The laboratory was restored. Its links stay closed until you run `titer link attach`.");
    }
    for (operated, mappings) in links {
        let (link, pause, tls) = (operated.link, operated.pause, operated.tls);
        let mode = if link.listens { "listen" } else { "connect" };
        let analyte = |id| catalog.analyte(id).map_or("?", |a| a.key.as_str()).to_owned();
        let answer = |m: &views::Mapping| m.answer.as_ref().and_then(|(_, id)| Some(catalog.answer(*id)?.code.clone()));
        if json {
            let mappings: Vec<_> = mappings
                .iter()
                .map(|m| serde_json::json!({"code": m.code, "unit": m.unit, "specimen": m.specimen, "analyte": analyte(m.analyte), "word": m.answer.as_ref().map(|(word, _)| word), "answer": answer(m), "state": m.state.code()}))
                .collect();
            print_json(&serde_json::json!({
                "name": link.name, "protocol": link.protocol.code(), "mode": mode, "address": link.address,
                "peers": link.peers, "dialect": link.dialect, "mappings": mappings,
                "paused": pause.map(|p| serde_json::json!({"at_us": p.at.micros(), "why": p.why})),
                "tls": tls.map(|t| serde_json::json!({"certificate": t.certificate, "key": t.key, "authority": t.authority})),
            }))?;
        } else {
            say!(
                "{:<20} {} {mode} {} {} (peers {})",
                link.name,
                link.protocol.code(),
                link.address,
                link.dialect,
                link.peers.join(", ")
            );
            if let Some(pause) = pause {
                say!("    paused: {}", pause.why);
            }
            if let Some(Tls { certificate, authority, .. }) = tls {
                let named = [("certificate", certificate), ("authority", authority)];
                let named: Vec<String> =
                    named.into_iter().filter(|(_, f)| !f.is_empty()).map(|(n, f)| format!("{n} {f}")).collect();
                say!("    TLS: {}", named.join(", "));
            }
            for m in mappings {
                let means = match m.answer.as_ref().zip(answer(&m)) {
                    Some(((word, _), answer)) => format!("{} ({word} = {answer})", analyte(m.analyte)),
                    None => analyte(m.analyte),
                };
                say!("    {:<12} {:<10} {:<6} {means:<20} {}", m.code, m.unit, m.specimen, stands(&m));
            }
        }
    }
    Ok(())
}
