//! `titer import`: from files.

use std::path::Path;

use titer_lab::{
    Actor,
    catalog::{
        UnitSystem,
        commands::{Added, ImportCatalog},
        starter,
    },
};
use titer_store::Location;

use crate::{Failed, arguments::ImportCommand, place::Place, words};

pub async fn run(location: &Location, command: ImportCommand) -> Result<(), Failed> {
    let place = Place::existing(location)?;
    match command {
        ImportCommand::Catalog { file, units, .. } => {
            let Added { count, left_out } = match file {
                Some(file) => Added { count: from_file(&place, &file).await?, left_out: Vec::new() },
                None => place.add_starter(UnitSystem::asked(units.as_deref().unwrap_or_default())?).await?,
            };
            for refusal in left_out {
                say!("Left out: {}", words::refusal(&refusal));
            }
            say!(
                "{count} entries imported. Intervals, limits and meanings of answers are proposals until the director approves them."
            );
        }
    }
    Ok(())
}

async fn from_file(place: &Place, file: &Path) -> Result<usize, Failed> {
    let text = std::fs::read_to_string(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    let entries = starter::parse(&text)?;
    Ok(place.lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(entries))).await?)
}
