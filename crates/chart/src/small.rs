//! Pictures the size of a word, for a cell of a board.

use std::fmt::Write as _;

use crate::levey_jennings::{Outcome, short};
use crate::pen::{EDGE, arrow, escaped, mark, n, shape};
use crate::{ChartError, POINTS_MAX};

/// Height of both, in pixels; the middle lies at half of it.
const HEIGHT: f64 = 20.0;
/// Pixels of one SD along the line, and of its middle.
const SD: f64 = 11.0;
const MIDDLE: f64 = 62.0;

/// The last control as a place on a line from −4 to +4 SD, with marks at ±2 and ±3. Without z the line has no point, only a broken
/// ring over the mean.
///
/// # Errors
/// z is not finite, or the label is too long.
pub fn z_line(z: Option<f64>, outcome: Outcome, label: &str) -> Result<String, ChartError> {
    short(label)?;
    if z.is_some_and(|z| !z.is_finite()) {
        return Err(ChartError::NotFinite(0));
    }
    let (mut svg, y) = (head("zline", 2.0 * MIDDLE, label), HEIGHT / 2.0);
    let at = |sd: f64| n(MIDDLE + sd * SD);
    let _ = write!(
        svg,
        "<path d=\"M{} {y}H{}M{MIDDLE} 5v10M{3} 7v6M{4} 7v6M{2} 4v12M{5} 4v12\" fill=\"none\" stroke=\"currentColor\" \
         stroke-opacity=\".6\"/>",
        at(-EDGE),
        at(EDGE),
        at(-3.0),
        at(-2.0),
        at(2.0),
        at(3.0)
    );
    let outcome = if z.is_none() { Outcome::Unknown } else { outcome };
    let x = MIDDLE + z.unwrap_or_default().clamp(-EDGE, EDGE) * SD;
    if z.is_some() {
        let _ = write!(svg, "<path d=\"{}\"/>", shape(0, x, y));
    }
    if let Some(z) = z.filter(|z| z.abs() > EDGE) {
        // The arrow of a chart, turned to the side.
        let turn = if z > 0.0 { 90 } else { -90 };
        let _ = write!(svg, "<g transform=\"rotate({turn} {} {y})\">{}</g>", n(x), arrow(true, x, y - 8.0));
    }
    svg.push_str(&mark(outcome, x, y).unwrap_or_default());
    svg.push_str("</svg>");
    Ok(svg)
}

/// The last few points of a level, oldest first, by z, with lines at ±2 SD. A point without z is a gap.
///
/// # Errors
/// A z is not finite, there are too many, or the label is too long.
pub fn sparkline(points: &[(Option<f64>, Outcome)], label: &str) -> Result<String, ChartError> {
    short(label)?;
    if points.len() > POINTS_MAX {
        return Err(ChartError::TooMany { what: "points", found: points.len(), max: POINTS_MAX });
    }
    if let Some(index) = points.iter().position(|(z, _)| z.is_some_and(|z| !z.is_finite())) {
        return Err(ChartError::NotFinite(index));
    }
    let across = 90.0;
    let step = (across - 16.0) / (points.len().max(2) - 1) as f64;
    let (scale, middle) = (2.0, HEIGHT / 2.0);
    let place = |i: usize, z: f64| (8.0 + i as f64 * step, middle - z.clamp(-EDGE, EDGE) * scale);
    let mut d = String::new();
    let mut joined = false;
    for (i, (z, _)) in points.iter().enumerate() {
        if let Some(z) = z {
            let (x, y) = place(i, *z);
            let _ = write!(d, "{}{} {}", if joined { 'L' } else { 'M' }, n(x), n(y));
            if !joined {
                // A point between two gaps is seen too.
                d.push_str("h.1");
            }
        }
        joined = z.is_some();
    }
    let mut svg = head("spark", across, label);
    let _ = write!(
        svg,
        "<path d=\"M2 {}H88M2 {}H88\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".4\" stroke-dasharray=\"3 2\"/>",
        n(middle - 2.0 * scale),
        n(middle + 2.0 * scale)
    );
    if !d.is_empty() {
        let _ = write!(svg, "<path d=\"{d}\" fill=\"none\" stroke=\"currentColor\" stroke-linecap=\"round\"/>");
    }
    if let Some((z, outcome)) = points.last() {
        let (x, y) = place(points.len() - 1, z.unwrap_or_default());
        if z.is_some() {
            let _ = write!(svg, "<circle cx=\"{}\" cy=\"{}\" r=\"2.2\"/>", n(x), n(y));
        }
        let outcome = if z.is_none() { Outcome::Unknown } else { *outcome };
        svg.push_str(&mark(outcome, x, y.clamp(7.0, HEIGHT - 7.0)).unwrap_or_default());
    }
    svg.push_str("</svg>");
    Ok(svg)
}

fn head(class: &str, across: f64, label: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" width=\"{across}\" height=\"{HEIGHT}\" \
         viewBox=\"0 0 {across} {HEIGHT}\" role=\"img\" aria-label=\"{}\" fill=\"currentColor\">",
        escaped(label)
    )
}
