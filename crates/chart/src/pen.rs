//! What every picture is drawn with: numbers, texts, the shapes of levels and the marks of outcomes.

use crate::Outcome;

/// SDs from the middle to the edge. What lies beyond is drawn at the edge, with an arrow and its distance.
pub(crate) const EDGE: f64 = 4.0;

/// Text as XML shows it. A character that XML 1.0 forbids becomes U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => safe.push('\u{FFFD}'),
            c => safe.push(c),
        }
    }
    safe
}

/// A coordinate, to a tenth.
pub(crate) fn n(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    if tenth == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{tenth}") }
}

/// A z as people read it: `+1.25`, `−3.10`.
pub(crate) fn signed(z: f64) -> String {
    let sign = if z < 0.0 { '−' } else { '+' };
    if z.abs() >= 1000.0 { format!("{sign}>999") } else { format!("{sign}{:.2}", z.abs()) }
}

/// About how wide a text is at this size: pages and paper have different fonts.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| if u32::from(c) < 0x1100 { 0.58 } else { 1.0 }).sum::<f64>() * size
}

/// The shape of a level around a place.
pub(crate) fn shape(level: usize, x: f64, y: f64) -> String {
    let at = |dx: f64, dy: f64| format!("M{} {}", n(x + dx), n(y + dy));
    match level {
        0 => format!("{}a3 3 0 1 0 6 0a3 3 0 1 0-6 0", at(-3.0, 0.0)),
        1 => format!("{}h5.4v5.4h-5.4z", at(-2.7, -2.7)),
        2 => format!("{}l3.7 6.4h-7.4z", at(0.0, -3.9)),
        3 => format!("{}l4 4-4 4-4-4z", at(0.0, -4.0)),
        4 => format!("{}l3.7-6.4h-7.4z", at(0.0, 3.9)),
        5 => format!("{}h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z", at(-1.2, -4.0)),
        6 => format!("{}h3v8h-3z", at(-1.5, -4.0)),
        _ => format!("{}h8v3h-8z", at(-4.0, -1.5)),
    }
}

/// The mark around a point: a ring for a warning, a crossed box for a rejection, a broken ring for what was not judged.
pub(crate) fn mark(outcome: Outcome, x: f64, y: f64) -> Option<String> {
    let ring = |dash: &str, class: &str| {
        format!("<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"6.2\"{LINE}{dash}/>", n(x), n(y))
    };
    match outcome {
        Outcome::Pass => None,
        Outcome::Warning => Some(ring("", "warning")),
        Outcome::Unknown => Some(ring(" stroke-dasharray=\"2 2\"", "unknown")),
        Outcome::Rejected => Some(format!(
            "<path class=\"rejected\" d=\"M{0} {1}h14v14h-14zl4 4m6 6l4 4m0-14l-4 4m-6 6l-4 4\"{LINE}/>",
            n(x - 7.0),
            n(y - 7.0)
        )),
    }
}

const LINE: &str = " fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"";

/// An arrow to the side on which a point lies beyond the edge, from a place.
pub(crate) fn arrow(up: bool, x: f64, y: f64) -> String {
    let d = if up { "v-7m-3 3l3-3 3 3" } else { "v7m-3-3l3 3 3-3" };
    format!("<path d=\"M{} {}{d}\"{LINE}/>", n(x), n(y))
}
