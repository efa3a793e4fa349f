//! `titer link`: links to analyzers.

use titer_lab::{Actor, catalog::AnalyteId};
use titer_link::links::{
    MappingState,
    commands::{AddLink, AttachLinks, ProposeMapping, RemoveLink, WithdrawProposals},
    views::{self, Link},
};
use titer_store::Location;

use super::print_json;
use crate::{Failed, arguments::LinkCommand, place::Place};

pub async fn run(location: &Location, command: LinkCommand) -> Result<(), Failed> {
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
        LinkCommand::Map { name, code, unit, specimen, analyte } => {
            let (link, analyte) = (named(&place, name).await?.id, analyte_of(&place, analyte).await?);
            let propose = ProposeMapping { link, code, unit, specimen, analyte };
            place.lab.submit(Actor::Console, None, move |tx| tx.run(propose)).await?;
            say!(
                "Suggested. It files nothing until one person has proposed it and another approved it, on the page Links."
            );
        }
        LinkCommand::Unmap { name, code, unit, specimen, why } => {
            let link = named(&place, name).await?.id;
            let all = place.lab.read(move |s| Ok(views::mappings(s, link)?)).await?;
            let meant = all.iter().find(|m| m.means(&code, &unit, &specimen) && m.state == MappingState::Proposed);
            let mapping = meant.ok_or_else(|| Failed(format!("nothing is proposed for code {code:?} in {unit:?}")))?.id;
            let withdraw = WithdrawProposals { link, mappings: vec![mapping] };
            place.lab.submit(Actor::Console, Some(why), move |tx| tx.run(withdraw)).await?;
        }
        LinkCommand::Remove { name } => {
            let link = named(&place, name).await?.id;
            place.lab.submit(Actor::Console, None, move |tx| tx.run(RemoveLink { link })).await?;
        }
        LinkCommand::Attach => place.lab.submit(Actor::Console, None, move |tx| tx.run(AttachLinks {})).await?,
    }
    Ok(())
}

async fn named(place: &Place, name: String) -> Result<Link, Failed> {
    let asked = name.clone();
    let link = place.lab.read(move |s| Ok(views::by_name(s, &asked)?)).await?;
    link.ok_or_else(|| Failed(format!("there is no link {name:?}; `titer link list` shows them")))
}

async fn analyte_of(place: &Place, analyte: String) -> Result<AnalyteId, Failed> {
    let lab = place.lab.clone();
    let catalog = place.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
    let found = catalog.analyte_by_key(&analyte).map(|a| a.id);
    found.ok_or_else(|| {
        let mut keys: Vec<&str> = catalog.analytes().map(|a| a.key.as_str()).collect();
        keys.sort_unstable();
        Failed(format!("there is no analyte {analyte:?}; the catalog has {}", keys.join(", ")))
    })
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
                .map(|m| serde_json::json!({"code": m.code, "unit": m.unit, "specimen": m.specimen, "analyte": analyte(m.analyte), "state": m.state.code()}))
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
                say!(
                    "    {:<12} {:<10} {:<6} {:<20} {}",
                    m.code,
                    m.unit,
                    m.specimen,
                    analyte(m.analyte),
                    m.state.code()
                );
            }
        }
    }
    Ok(())
}
