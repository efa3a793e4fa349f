//! The shape of every table, as SQLite makes it, beside the file `tests/shapes.sql`. A table that changes its shape is rebuilt or
//! altered in every laboratory at the next start, so nobody changes one unseen.

use std::{env, fs, path::Path};

use titer_store::table::Dialect;

/// Set to write the file anew; the change is then read like any other.
const WRITE: &str = "TITER_WRITE_SHAPES";

#[test]
fn no_table_changes_its_shape_unseen() {
    let schema = titer_link::schema();
    let mut shapes: Vec<String> = schema.tables().iter().map(|t| t.fingerprint(Dialect::Sqlite)).collect();
    shapes.sort();
    let now = format!("{}\n", shapes.join("\n"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shapes.sql");
    if env::var_os(WRITE).is_some() {
        fs::write(&file, &now).unwrap();
    }
    let known = fs::read_to_string(&file).unwrap();
    for (known, now) in known.lines().zip(now.lines()) {
        assert_eq!(now, known, "if this is meant: {WRITE}=1 cargo test -p titer-link shapes");
    }
    assert_eq!(now, known);
}
