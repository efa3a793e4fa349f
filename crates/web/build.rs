//! Lists the files of sentences, so that a new one has to be named nowhere.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("locales/en");
    let files = fs::read_dir(folder)?.map(|file| Ok(file?.path()));
    let mut files = files.collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
    files.sort();
    let list: String = files.iter().map(|path| format!("({path:?}, include_str!({path:?})),")).collect();
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), format!("&[{list}]"))?)
}
