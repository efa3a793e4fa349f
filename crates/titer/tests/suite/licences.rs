//! Every dependency may be used under a permissive licence, or one that asks only for its own files (MPL-2.0).

use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Licences that we accept. No GPL, LGPL or AGPL: where one is offered beside another, the other must be here.
const ACCEPTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OFL-1.1",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// An exception only adds permission to the licence it stands beside.
fn may_use(licence: &str) -> bool {
    Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|term| term.license.id().is_some_and(|id| ACCEPTED.contains(&id.name)))
    })
}

/// What Cargo knows of the whole dependency tree, on all platforms: without the network where the crates are at hand.
fn metadata() -> Value {
    let mut complaint = String::new();
    for network in [&["--offline"][..], &[]] {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(network)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo starts");
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
        }
        complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    panic!("cargo metadata: {complaint}");
}

#[test]
fn every_dependency_has_a_licence_we_accept() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 50, "only {} packages seen", packages.len());
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(may_use))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "\n{}\n", refused.join("\n"));
}

#[test]
fn licence_expressions_are_weighed() {
    for (licence, expected) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT OR LGPL-2.1-or-later", true),
        ("GPL-3.0-only", false),
        ("AGPL-3.0-or-later", false),
        ("LGPL-2.1-only", false),
        ("MIT AND GPL-2.0-only", false),
        ("GPL-2.0-only WITH Classpath-exception-2.0", false),
        ("of its own kind", false),
    ] {
        assert_eq!(may_use(licence), expected, "{licence}");
    }
}
