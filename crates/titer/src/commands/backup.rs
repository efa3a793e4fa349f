//! `titer backup` and `titer restore`.

use std::path::Path;

use titer_store::{Location, backup as store};

use crate::{Failed, place::Place, progress};

pub fn backup(location: &Location, file: &Path) -> Result<(), Failed> {
    tokio::task::block_in_place(|| {
        let place = Place::existing(location)?;
        let bar = progress::counter("backed up");
        let stores = [place.house.store().clone(), place.lab.store().clone()];
        store::backup(&stores, file, &mut |rows| bar.set_position(rows))?;
        bar.finish_and_clear();
        say!("{} written.", file.display());
        Ok(())
    })
}

pub fn restore(location: &Location, file: &Path) -> Result<(), Failed> {
    tokio::task::block_in_place(|| {
        let bar = progress::counter("restored");
        let labs = store::restore(location, &titer_link::schema(), file, &mut |rows| bar.set_position(rows))?;
        bar.finish_and_clear();
        say!("{} laboratories restored; their journals are complete and unaltered.", labs.len());
        say!(
            "The links stay closed. Compare with the analyzers which messages were sent and received since the backup, then run `titer link attach`."
        );
        Ok(())
    })
}
