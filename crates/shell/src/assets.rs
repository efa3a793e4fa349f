//! Styles and scripts, part of the program. Their address carries a hash of all of them, so browsers may keep them for ever and still see
//! every change at once.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::errors::Problem;

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        Asset { name: $name, kind: $kind, text: include_str!(concat!("../assets/", $name)) }
    };
}

const ASSETS: &[Asset] = &[
    asset!("style.css", "text/css; charset=utf-8"),
    asset!("titer.svg", "image/svg+xml"),
    asset!("forms.js", SCRIPT),
    asset!("grid.js", SCRIPT),
    asset!("keys.js", SCRIPT),
    asset!("live.js", SCRIPT),
    asset!("main.js", SCRIPT),
    asset!("marks.js", SCRIPT),
    asset!("scan.js", SCRIPT),
    asset!("swap.js", SCRIPT),
    asset!("theme.js", SCRIPT),
];

/// Half a SHA-256 is plenty to tell versions of our own files apart.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.name);
        hash.update(asset.text);
    }
    hex::encode(&hash.finalize()[..8])
});

static BASE: LazyLock<String> = LazyLock::new(|| format!("/assets/{}", *VERSION));

/// Where a page finds them: `/assets/<hash>`.
pub fn base() -> &'static str {
    &BASE
}

/// Answers one of them. An address of another version (a page from before an upgrade) gets today's file, not to be kept.
pub async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Problem::Missing.into_response();
    };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{}\"", *VERSION);
    let known = headers.get(IF_NONE_MATCH).is_some_and(|asked| asked.as_bytes() == tag.as_bytes());
    let about = [(CONTENT_TYPE, asset.kind.to_owned()), (CACHE_CONTROL, keep.to_owned()), (ETAG, tag)];
    if known { (StatusCode::NOT_MODIFIED, about).into_response() } else { (about, asset.text).into_response() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;

    #[test]
    fn every_file_in_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");
        let mut found: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut served: Vec<_> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
        found.sort();
        served.sort();
        assert_eq!(found, served);
    }

    #[test]
    fn scripts_stay_small() {
        let lines: usize =
            ASSETS.iter().filter(|asset| asset.kind == SCRIPT).map(|asset| asset.text.lines().count()).sum();
        assert!(lines <= 1500, "{lines} lines of script");
    }

    /// WCAG 2.2, 1.4.3 and 1.4.11: the colours of the style sheet against the grounds that they stand on, in both lights.
    #[test]
    fn colours_stand_out_enough() {
        let style = ASSETS[0].text;
        let mut colours = BTreeMap::new();
        for line in style.lines() {
            let Some((name, pair)) = line.trim().split_once(": light-dark(") else {
                continue;
            };
            let (light, dark) = pair.trim_end_matches(");").split_once(", ").unwrap();
            colours.insert(name, [luminance(light), luminance(dark)]);
        }
        let grounds = ["--ground", "--sheet", "--raised", "--accent-wash"];
        let mut pairs = vec![
            ("--accent-ink", "--accent", 4.5),
            ("--danger-ink", "--danger-fill", 4.5),
            ("--danger", "--danger-wash", 4.5),
            ("--ink", "--danger-wash", 4.5),
            ("--ink", "--caution-wash", 4.5),
            ("--muted", "--caution-wash", 4.5),
            ("--caution", "--caution-wash", 4.5),
            ("--edge", "--sheet", 3.0),
            ("--edge", "--ground", 3.0),
        ];
        for ground in grounds {
            for text in ["--ink", "--muted", "--accent", "--caution", "--danger"] {
                pairs.push((text, ground, 4.5));
            }
        }
        for (front, back, least) in pairs {
            for light in [0, 1] {
                let (a, b) = (colours[front][light], colours[back][light]);
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{front} on {back}: {contrast:.2}");
            }
        }
    }

    /// Relative luminance of `#rrggbb`, WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }
}
