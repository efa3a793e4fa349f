//! `titer link`: links to analyzers.

use titer_lab::{Actor, Timestamp};
use titer_link::{
    links::{
        commands::{AddLink, AttachLinks, ProposeMapping, RemoveLink},
        views::{self, Link},
    },
    orders::{due, views as told},
};
use titer_store::Location;

use super::print_json;
use crate::{Failed, arguments::LinkCommand, place::Place};

pub async fn run(location: &Location, command: LinkCommand) -> Result<(), Failed> {
    if let LinkCommand::Try { dialect, file, json } = command {
        return super::trial::run(&dialect, &file, json);
    }
    let place = Place::existing(location)?;
    match command {
        LinkCommand::Add { name, protocol, listen, connect, peers, dialect } => {
            let listens = listen.is_some();
            let address = listen.or(connect).unwrap_or_default();
            let add = AddLink { name: name.clone(), protocol, listens, address: address.clone(), peers, dialect };
            place.lab.submit(Actor::Console, None, move |tx| tx.run(add)).await?;
            let does = if listens { "listens on" } else { "connects to" };
            say!("The link {name} {does} {address} while `titer serve` runs.");
            say!("Its codes file nothing until a person has approved what they mean, on the page Links.");
        }
        LinkCommand::List { json } => list(&place, json).await?,
        LinkCommand::Map { name, code, unit, analyte } => map(&place, name, code, unit, analyte).await?,
        LinkCommand::Orders { name, json } => orders(&place, name, json).await?,
        LinkCommand::Remove { name } => {
            let link = named(&place, name).await?.id;
            place.lab.submit(Actor::Console, None, move |tx| tx.run(RemoveLink { link })).await?;
        }
        // It was done above, without a database.
        LinkCommand::Try { .. } => {}
        LinkCommand::Attach => place.lab.submit(Actor::Console, None, move |tx| tx.run(AttachLinks {})).await?,
    }
    Ok(())
}

async fn named(place: &Place, name: String) -> Result<Link, Failed> {
    let asked = name.clone();
    let link = place.lab.read(move |s| Ok(views::by_name(s, &asked)?)).await?;
    link.ok_or_else(|| Failed(format!("there is no link {name:?}; `titer link list` shows them")))
}

/// Messages listed that the analyzer took.
const TAKEN_SHOWN_MAX: i64 = 50;

async fn orders(place: &Place, name: String, json: bool) -> Result<(), Failed> {
    let link = named(place, name.clone()).await?;
    let of = link.clone();
    let read = move |s: &mut titer_store::Snapshot<'_>| {
        let takes = due::terms(s, &of)?.is_some();
        Ok((takes, due::waiting(s, &of)?, told::failed(s, of.id)?, told::of_link(s, of.id, TAKEN_SHOWN_MAX)?))
    };
    let (takes, (waiting, more), failed, taken) = place.lab.read(read).await?;
    if !takes {
        return Err(Failed(format!("{name} takes no orders: its dialect {} does not say how", link.dialect)));
    }
    for say in &waiting {
        let codes: Vec<&str> = say.tests.iter().map(|c| c.code.as_str()).collect();
        line(json, "waits", &say.barcode, say.doing.code(), &codes, "", None)?;
    }
    if more {
        eprintln!("More waits than is listed here.");
    }
    for f in &failed {
        let next = f.next_at.map_or_else(|| "a person must look".to_owned(), |at| format!("again at {}", utc(at)));
        line(json, "failed", &f.barcode, "", &[], &format!("{} ({next})", f.failure), Some(f.at))?;
    }
    for message in &taken {
        for sent in &message.sent {
            let codes: Vec<&str> = sent.tests.iter().map(|t| t.code.as_str()).collect();
            line(json, "taken", &sent.barcode, &sent.action, &codes, "", Some(message.at))?;
        }
        for nothing in &message.nothing {
            line(json, "nothing", &nothing.barcode, "", &[], &nothing.code, Some(message.at))?;
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

async fn map(place: &Place, name: String, code: String, unit: String, analyte: String) -> Result<(), Failed> {
    let link = named(place, name).await?.id;
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let found = catalog.analyte_by_key(&analyte).map(|a| a.id);
    let analyte = found.ok_or_else(|| {
        let mut keys: Vec<&str> = catalog.analytes().map(|a| a.key.as_str()).collect();
        keys.sort_unstable();
        Failed(format!("there is no analyte {analyte:?}; the catalog has {}", keys.join(", ")))
    })?;
    let propose = ProposeMapping { link, code, unit, analyte };
    place.lab.submit(Actor::Console, None, move |tx| tx.run(propose)).await?;
    say!("Proposed. It files nothing until a person has approved it, on the page Links.");
    Ok(())
}

async fn list(place: &Place, json: bool) -> Result<(), Failed> {
    let lab = place.lab.clone();
    let (links, catalog, detached) = place
        .lab
        .read(move |s| {
            let mut links = Vec::new();
            for link in views::links(s)? {
                let mappings = views::mappings(s, link.id)?;
                links.push((link, mappings));
            }
            Ok((links, lab.catalog(s)?, views::detached(s)?))
        })
        .await?;
    if detached {
        eprintln!("The laboratory was restored: its links stay closed until `titer link attach`.");
    }
    for (link, mappings) in links {
        let mode = if link.listens { "listen" } else { "connect" };
        let analyte = |id| catalog.analyte(id).map_or("?", |a| a.key.as_str()).to_owned();
        if json {
            let mappings: Vec<_> = mappings
                .iter()
                .map(|m| serde_json::json!({"code": m.code, "unit": m.unit, "analyte": analyte(m.analyte), "state": m.state.code()}))
                .collect();
            print_json(&serde_json::json!({
                "name": link.name, "protocol": link.protocol, "mode": mode, "address": link.address,
                "peers": link.peers, "dialect": link.dialect, "mappings": mappings,
            }))?;
        } else {
            say!(
                "{:<20} {} {mode} {} {} (peers {})",
                link.name,
                link.protocol,
                link.address,
                link.dialect,
                link.peers.join(", ")
            );
            for m in mappings {
                say!("    {:<12} {:<10} {:<20} {}", m.code, m.unit, analyte(m.analyte), m.state.code());
            }
        }
    }
    Ok(())
}
