//! Every page, rendered with the gallery's data, keeps what all pages promise.

use std::collections::BTreeSet;

use crate::samples;

/// DESIGN: pages stay small, styles and scripts apart.
const PAGE_BYTES_MAX: usize = 60 * 1024;

#[test]
fn every_page_is_small_whole_and_in_words() {
    for (name, html) in samples::all("/assets/0") {
        assert!(html.len() < PAGE_BYTES_MAX, "{name}: {} bytes", html.len());
        assert!(html.starts_with("<!doctype html>"), "{name}");
        assert!(html.trim_end().ends_with("</html>"), "{name}");
        assert!(!html.contains('⟪'), "{name} lacks words: {html}");
        assert!(!html.contains("{$"), "{name} lacks an argument: {html}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
    }
}

/// The content security policy forbids them, so they would do nothing.
#[test]
fn no_page_carries_a_script_or_a_style_inside() {
    for (name, html) in samples::all("/assets/0") {
        assert!(!html.contains(" style=\"") && !html.contains("<style"), "{name}");
        for script in html.split("<script").skip(1) {
            let tag = script.split("</script>").next().unwrap_or_default();
            assert!(tag.contains("src=\"") && tag.ends_with('>'), "{name}: {tag}");
        }
        for handler in [" onclick=", " onload=", " onchange=", "javascript:"] {
            assert!(!html.contains(handler), "{name}");
        }
    }
}

#[test]
fn ids_are_unique_and_labels_lead_somewhere() {
    for (name, html) in samples::all("/assets/0") {
        let ids: Vec<_> = attributes(&html, " id=\"");
        let unique: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{name}: {ids:?}");
        let references = attributes(&html, " for=\"")
            .into_iter()
            .chain(attributes(&html, "aria-describedby=\""))
            .chain(attributes(&html, "aria-labelledby=\""))
            .chain(attributes(&html, " href=\"#"));
        // An attribute may name several.
        for reference in references.flat_map(|named| named.split(' ').map(str::to_owned).collect::<Vec<_>>()) {
            assert!(unique.contains(&reference), "{name}: #{reference} is nowhere");
        }
    }
}

#[test]
fn whatever_is_not_real_says_so_on_every_page() {
    for (name, html) in samples::all("/assets/0") {
        assert!(html.contains("DEMO"), "{name}");
    }
}

#[test]
fn a_critical_result_is_told_by_letters_shape_and_name() {
    let pages = samples::all("/assets/0");
    let (_, review) = pages.iter().find(|(name, _)| *name == "review").unwrap();
    for part in ["<tr class=\"critical\">", ">HH</span>", "▲", "critical, high"] {
        assert!(review.contains(part), "{part}");
    }
}

fn attributes(html: &str, start: &str) -> Vec<String> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}
