//! `titer journal`: prove, rebuild and anchor the journal.

use std::path::{Path, PathBuf};

use serde::Serialize;
use titer_lab::{HOUSE, LABORATORY};
use titer_store::{
    Checkpoint, Location, SigningKey, Store,
    audit::{self, Asked, Fault, Rebuilt, Verification},
};

use super::print_json;
use crate::{Failed, arguments::JournalCommand, place::Place, progress};

pub fn run(location: &Location, command: JournalCommand) -> Result<(), Failed> {
    tokio::task::block_in_place(|| match command {
        JournalCommand::Verify { checkpoints, quick, scratch, json } => {
            verify(location, &checkpoints, Asked { checkpoints: Vec::new(), quick, scratch }, json)
        }
        JournalCommand::Rebuild { json } => rebuild(&Place::existing(location)?, location, json),
        JournalCommand::Prepare => prepare(location),
        JournalCommand::Checkpoint { file, key } => checkpoint(&Place::existing(location)?, location, &file, key),
    })
}

/// Opens no laboratory: that could change what is to be verified, and a read-only copy cannot be opened so.
fn verify(location: &Location, files: &[PathBuf], mut asked: Asked, json: bool) -> Result<(), Failed> {
    Place::must_exist(location)?;
    for file in files {
        asked.checkpoints.extend(read_checkpoints(file)?);
    }
    let mut verified = Vec::new();
    for lab in [HOUSE, LABORATORY] {
        let bar = progress::bar("verifying");
        let verification = audit::verify(location, lab, &titer_link::schema(), &asked, &mut |done, of| {
            bar.set_length(of.unsigned_abs());
            bar.set_position(done.unsigned_abs());
        })?;
        bar.finish_and_clear();
        if json {
            print_json(&verification)?;
        } else {
            print_verification(&verification);
        }
        verified.push(verification);
    }
    if sound(&verified) {
        Ok(())
    } else {
        Err(Failed("the laboratory is not as its journal says; the lines above say where".to_owned()))
    }
}

/// What people call the laboratory with this number: the first holds the accounts.
pub fn called(lab: i64) -> String {
    if lab == HOUSE { "Accounts".to_owned() } else { format!("Laboratory {lab}") }
}

/// Whether nothing is wrong.
pub fn sound(verified: &[Verification]) -> bool {
    verified.iter().all(|v| v.faults.is_empty())
}

fn print_verification(verification: &Verification) {
    let Verification { lab, events, blobs, last, hash, .. } = verification;
    let name = called(*lab);
    say!("{name}: {events} events and {blobs} files read, the last event is {last}, its hash {hash}");
    match verification.rows {
        Some(rows) => say!("    {rows} rows compared with the journal"),
        None => say!("    tables not compared with the journal"),
    }
    print_faults(&verification.faults, verification.more);
}

/// One line for each fault.
pub fn print_faults(faults: &[Fault], more: u64) {
    for fault in faults {
        say!("    {fault}");
    }
    if more > 0 {
        say!("    and {more} more");
    }
}

/// What a rebuild changed, and what it could not put right.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    rebuilt: Rebuilt,
    /// What is wrong with the files that events name.
    faults: Vec<Fault>,
    more_faults: u64,
}

/// Rebuilds both, or neither: before the laboratory is rebuilt, the journal of the house is checked as well. Files that are gone keep no
/// table from being rebuilt. They are looked for afterwards, so that nobody takes a rebuilt laboratory for a whole one.
fn rebuild(place: &Place, location: &Location, json: bool) -> Result<(), Failed> {
    place.house.store().refuse_damaged_journal()?;
    let mut whole = true;
    for laboratory in [&place.lab, &place.house] {
        let bar = progress::bar("rebuilding");
        let rebuilt = laboratory.store().rebuild(&mut |done, of| {
            bar.set_length(of.unsigned_abs());
            bar.set_position(done.unsigned_abs());
        })?;
        bar.finish_and_clear();
        let quick = Asked { quick: true, ..Asked::default() };
        let found = audit::verify(location, rebuilt.lab, &titer_link::schema(), &quick, &mut |_, _| {})?;
        whole &= found.faults.is_empty();
        let told = Told { rebuilt, faults: found.faults, more_faults: found.more };
        if json { print_json(&told)? } else { print_rebuilt(&told) }
    }
    match whole {
        true => Ok(()),
        false => Err(Failed(
            "the tables are rebuilt, but the laboratory is not whole; the lines above say which files are missing or altered: restore a backup that has them".to_owned(),
        )),
    }
}

fn print_rebuilt(Told { rebuilt, faults, more_faults }: &Told) {
    let (name, rows, differed) = (called(rebuilt.lab), rebuilt.rows, rebuilt.differed.len() as u64 + rebuilt.more);
    say!("{name}: every table was rebuilt from the journal. Of {rows} rows before, {differed} differed.");
    print_faults(&rebuilt.differed, rebuilt.more);
    if !faults.is_empty() {
        say!("{name}: not put right by a rebuild:");
        print_faults(faults, *more_faults);
    }
}

/// Opens nothing: that would be the update itself.
fn prepare(location: &Location) -> Result<(), Failed> {
    Place::must_exist(location)?;
    for lab in [HOUSE, LABORATORY] {
        let bar = progress::bar("preparing");
        Store::prepare(location, lab, &titer_link::schema(), &mut |done, of| {
            bar.set_length(of.unsigned_abs());
            bar.set_position(done.unsigned_abs());
        })?;
        bar.finish_and_clear();
    }
    say!("What the update rebuilds is built. Start the new program in the place of the old one.");
    Ok(())
}

fn checkpoint(place: &Place, location: &Location, file: &Path, key: Option<PathBuf>) -> Result<(), Failed> {
    let key = signing_key(location, key)?;
    let mut signed = Vec::new();
    for laboratory in [&place.house, &place.lab] {
        signed.push(laboratory.store().checkpoint(&key)?);
    }
    let text = serde_json::to_string_pretty(&signed).map_err(|e| Failed(e.to_string()))?;
    let mut options = std::fs::OpenOptions::new();
    let mut out =
        options.write(true).create_new(true).open(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    std::io::Write::write_all(&mut out, text.as_bytes())?;
    out.sync_all()?;
    say!("{} written. Keep it where people who can change the database cannot change it.", file.display());
    Ok(())
}

fn read_checkpoints(file: &Path) -> Result<Vec<Checkpoint>, Failed> {
    let text = std::fs::read_to_string(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    serde_json::from_str(&text).map_err(|e| Failed(format!("{} is not a checkpoint: {e}", file.display())))
}

/// The key that signs checkpoints: 32 bytes in hexadecimal, readable by its owner only; made on first use.
fn signing_key(location: &Location, file: Option<PathBuf>) -> Result<SigningKey, Failed> {
    let beside = |folder: &PathBuf| folder.join("checkpoint.key");
    let file = match (file, location) {
        (Some(file), _) => file,
        (None, Location::Folder(folder)) => beside(folder),
        (None, Location::Postgres(_)) => {
            return Err(Failed("name the file of the signing key with --key".to_owned()));
        }
    };
    if !file.exists() {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|e| Failed(format!("the operating system gives no randomness: {e}")))?;
        write_secret(&file, &hex::encode(secret))?;
    }
    let text = std::fs::read_to_string(&file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    let secret = hex::decode(text.trim()).ok().and_then(|s| <[u8; 32]>::try_from(s).ok());
    let secret = secret.ok_or_else(|| Failed(format!("{} holds no signing key", file.display())))?;
    Ok(SigningKey::from_bytes(&secret))
}

fn write_secret(file: &Path, text: &str) -> Result<(), Failed> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file).map_err(|e| Failed(format!("{}: {e}", file.display())))?;
    std::io::Write::write_all(&mut out, text.as_bytes())?;
    Ok(out.sync_all()?)
}
