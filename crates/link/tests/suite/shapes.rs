//! The shape of every table, as SQLite makes it, beside its file in `tests/shapes`. A table that changes its shape is rebuilt or
//! altered in every laboratory at the next start, so nobody changes one unseen.

use std::{collections::BTreeMap, env, fs, path::Path};

use titer_store::table::Dialect;

/// Set to write the files anew; the change is then read like any other.
const WRITE: &str = "TITER_WRITE_SHAPES";

#[test]
fn no_table_changes_its_shape_unseen() {
    let schema = titer_link::schema();
    let shape =
        |t: &&'static titer_store::Table| (format!("{}.sql", t.name), format!("{}\n", t.fingerprint(Dialect::Sqlite)));
    let now: BTreeMap<String, String> = schema.tables().iter().map(shape).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes");
    if env::var_os(WRITE).is_some() {
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        for (name, shape) in &now {
            fs::write(folder.join(name), shape).unwrap();
        }
    }
    let file = |file: std::io::Result<fs::DirEntry>| {
        let file = file.unwrap();
        (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap())
    };
    let known: BTreeMap<String, String> = fs::read_dir(&folder).unwrap().map(file).collect();
    for (name, shape) in &now {
        assert_eq!(Some(shape), known.get(name), "{name}: if this is meant: {WRITE}=1 cargo test -p titer-link shapes");
    }
    assert!(known.keys().all(|name| now.contains_key(name)), "a file in {} is of no table", folder.display());
}
