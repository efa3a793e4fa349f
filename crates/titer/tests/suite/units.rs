//! The system of units of the starter catalogue, as it is chosen at the command line.

use std::{path::Path, process::Command};

use titer_lab::{LABORATORY, Laboratory, catalog::UnitSystem};
use titer_store::{Location, Options};

fn import(folder: &Path, words: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_titer"));
    command.args(["import", "catalog"]).args(words).arg("--data").arg(folder);
    let output = command.env("TMPDIR", env!("CARGO_TARGET_TMPDIR")).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (output.status.success(), said.concat())
}

#[test]
fn the_starter_catalogue_is_added_in_a_system_of_units_that_somebody_names_and_in_no_other_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let location = Location::Folder(dir.path().to_owned());
    let open = |lab| Laboratory::open(&location, lab, titer_link::schema(), Options::default()).unwrap();
    drop((open(titer_lab::HOUSE), open(LABORATORY)));

    let (well, said) = import(dir.path(), &["--starter"]);
    assert!(!well && said.contains("--units"), "{said}");
    let (well, said) = import(dir.path(), &["--starter", "--units", "metric"]);
    assert!(!well && said.contains("conventional"), "{said}");
    let (well, said) = import(dir.path(), &["--starter", "--units", "si"]);
    assert!(well && said.contains("entries imported"), "{said}");
    let (well, said) = import(dir.path(), &["--starter", "--units", "conventional"]);
    assert!(!well && said.contains("The catalogue is in SI units"), "{said}");
    let (well, said) = import(dir.path(), &["--starter", "--units", "si"]);
    assert!(well && said.starts_with("0 entries"), "{said}");

    let lab = open(LABORATORY);
    let known = lab.clone().read(move |s| Ok(lab.catalog(s)?)).wait().unwrap();
    assert_eq!(known.units, Some(UnitSystem::Si));
    assert_eq!(known.analyte_by_key("glucose").unwrap().unit, "mmol/L");
}
