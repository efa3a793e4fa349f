//! Renders every page with invented data into a folder, beside the styles and scripts, to be looked at in a browser:
//!
//!     cargo run -p titer-web --example gallery
//!
//! The same pages are checked by `tests/suite/pages.rs`.

mod samples;

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = crate_folder.join("../../target/gallery");
    fs::create_dir_all(out.join("assets"))?;
    for file in fs::read_dir(crate_folder.join("../shell/assets"))? {
        let file = file?;
        fs::copy(file.path(), out.join("assets").join(file.file_name()))?;
    }
    for (name, html) in samples::all("assets") {
        fs::write(out.join(format!("{name}.html")), html)?;
        println!("target/gallery/{name}.html");
    }
    Ok(())
}
