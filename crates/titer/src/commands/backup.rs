//! `titer backup` and `titer restore`.

use std::path::Path;

use titer_store::{Location, StoreError, audit::Verification, backup as store};

use super::journal::{called, print_faults, sound};
use crate::{Failed, place::Place, progress};

pub fn backup(location: &Location, file: &Path) -> Result<(), Failed> {
    tokio::task::block_in_place(|| {
        let place = Place::existing(location)?;
        let bar = progress::counter("backed up");
        let stores = [place.house.store().clone(), place.lab.store().clone()];
        let found = store::backup(&stores, file, &mut |rows| bar.set_position(rows))?;
        bar.finish_and_clear();
        say!("{} written.", file.display());
        whole(
            &found,
            "the backup holds all that is there, but the laboratory is damaged; the lines above say where. Keep an older backup",
        )
    })
}

pub fn restore(location: &Location, file: &Path) -> Result<(), Failed> {
    tokio::task::block_in_place(|| {
        let bar = progress::counter("restored");
        let restored = store::restore(location, &titer_link::schema(), file, &mut |rows| bar.set_position(rows));
        let found = restored.map_err(|e| failed(location, &e))?;
        bar.finish_and_clear();
        say!("Restored: {}.", found.iter().map(|v| called(v.lab)).collect::<Vec<_>>().join(", "));
        if sound(&found) {
            say!("Their journals are complete and unaltered, and each file that an event names is there.");
        }
        say!(
            "The links stay closed. Compare with the analyzers which messages were sent and received since the backup, then run `titer link attach`."
        );
        whole(&found, "the backup was not whole when it was made; the lines above say what is missing")
    })
}

/// Why nothing was restored, and what that means for the place, unless a laboratory stands there, another restore runs, or nobody can
/// tell.
fn failed(location: &Location, e: &StoreError) -> Failed {
    if *e == StoreError::Restoring || !store::is_unfinished(location).unwrap_or(false) {
        return Failed(e.to_string());
    }
    let place = match location {
        Location::Folder(folder) => folder.display().to_string(),
        Location::Postgres(_) => "this database".to_owned(),
    };
    Failed(format!(
        "{e}.\nNothing was restored into {place}, and no laboratory opens there until a restore succeeds. If you want a new, empty laboratory there instead, run `titer serve --new`."
    ))
}

/// Prints what is wrong; an error if anything is.
fn whole(found: &[Verification], otherwise: &str) -> Result<(), Failed> {
    if sound(found) {
        return Ok(());
    }
    for verification in found.iter().filter(|v| !v.faults.is_empty()) {
        say!("{}:", called(verification.lab));
        print_faults(&verification.faults, verification.more);
    }
    Err(Failed(otherwise.to_owned()))
}
