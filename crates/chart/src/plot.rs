//! A Levey–Jennings chart, drawn: from the ground up, so that points lie over lines.

use std::fmt::Write as _;

use crate::levey_jennings::{LeveyJennings, Line, LineKind, Outcome, Point};
use crate::pen::{EDGE, arrow, escaped, mark, n, shape, signed, width};

const WIDTH: f64 = 900.0;
/// Where the plot begins and ends across; beside it stand SDs and values.
const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 12.0;
/// With values of one level on the right.
const RIGHT_OF_VALUES: f64 = WIDTH - 84.0;
/// Two rows for the labels of lines lie above the plot.
const TOP: f64 = 40.0;
const SD: f64 = 28.0;
/// Room for what lies beyond the edge.
const BEYOND: f64 = 12.0;
const MIDDLE: f64 = TOP + BEYOND + EDGE * SD;
const FOOT: f64 = MIDDLE + EDGE * SD + BEYOND;
/// The strip under the plot for controls without z.
const STRIP: f64 = 20.0;
const TEXT: f64 = 12.0;
const SMALL: f64 = 11.0;

pub(crate) fn svg(chart: &LeveyJennings) -> String {
    Plot::new(chart).draw()
}

struct Plot<'a> {
    chart: &'a LeveyJennings,
    right: f64,
    foot: f64,
    svg: String,
}

impl<'a> Plot<'a> {
    fn new(chart: &'a LeveyJennings) -> Self {
        let right = if chart.values.is_some() { RIGHT_OF_VALUES } else { RIGHT };
        let foot = if chart.points.iter().any(|p| p.z.is_none()) { FOOT + STRIP } else { FOOT };
        Self { chart, right, foot, svg: String::with_capacity(4096 + chart.points.len() * 140) }
    }

    fn draw(mut self) -> String {
        let (legend, height) = self.legend(self.foot + 38.0);
        let (id, chart) = (&self.chart.id, self.chart);
        let _ = write!(
            self.svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lj\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\" font-family=\"Noto Sans, Liberation Sans, Arial, sans-serif\" \
             font-size=\"{TEXT}\" fill=\"currentColor\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
            n(height),
            escaped(&chart.title),
            escaped(&chart.description)
        );
        self.grid();
        self.time();
        self.lines();
        self.traces();
        self.points();
        self.svg.push_str(&legend);
        self.svg.push_str("</svg>");
        self.svg
    }

    fn x(&self, at: i64) -> f64 {
        let part = |at: i64| at as f64 - self.chart.from as f64;
        LEFT + part(at) / part(self.chart.to) * (self.right - LEFT)
    }

    /// The place of a point: at the edge if it lies beyond, in the strip if it has no z.
    fn place(&self, point: &Point) -> (f64, f64) {
        let y = point.z.map_or(FOOT + STRIP / 2.0, |z| height_of(z.clamp(-EDGE, EDGE)));
        (self.x(point.at), y)
    }

    /// The mean, and lines at 1, 2 and 3 SD, each with its own dashes.
    fn grid(&mut self) {
        let words = &self.chart.words;
        self.svg.push_str("<g class=\"grid\" stroke=\"currentColor\" fill=\"none\">");
        for sd in -3_i32..=3 {
            let style = match sd.abs() {
                0 => "stroke-width=\"1.4\"",
                1 => "stroke-opacity=\".3\" stroke-dasharray=\"1 4\"",
                2 => "stroke-opacity=\".6\" stroke-dasharray=\"6 4\"",
                _ => "stroke-opacity=\".8\"",
            };
            let y = n(height_of(f64::from(sd)));
            let _ = write!(self.svg, "<path d=\"M{LEFT} {y}H{}\" {style}/>", n(self.right));
        }
        let _ = write!(self.svg, "<path d=\"M{LEFT} {TOP}V{}\" stroke-opacity=\".6\"/>", n(self.foot));
        self.svg.push_str("</g><g class=\"axis\" text-anchor=\"end\">");
        for sd in -3_i32..=3 {
            let y = n(height_of(f64::from(sd)) + 4.0);
            let text = match sd {
                0 => escaped(&words.mean),
                1.. => format!("+{sd} {}", escaped(&words.sd)),
                _ => format!("−{} {}", -sd, escaped(&words.sd)),
            };
            let _ = write!(self.svg, "<text x=\"{}\" y=\"{y}\">{text}</text>", LEFT - 6.0);
            if let Some(values) = &self.chart.values {
                let value = escaped(&values[(sd + 3) as usize]);
                let x = n(self.right + 6.0);
                let _ = write!(self.svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"start\">{value}</text>");
            }
        }
        if self.foot > FOOT {
            let (x, y) = (LEFT - 6.0, n(FOOT + STRIP / 2.0 + 4.0));
            let _ = write!(self.svg, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(&words.no_z));
        }
        self.svg.push_str("</g>");
        if self.chart.points.is_empty() {
            let (x, y) = (n((LEFT + self.right) / 2.0), n(MIDDLE - SD / 2.0 + 4.0));
            let text = escaped(&words.empty);
            let _ = write!(self.svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>");
        }
    }

    /// The axis of time: every mark, and the texts that have room.
    fn time(&mut self) {
        let y = self.foot;
        let mut ticks: Vec<_> = self.chart.ticks.iter().map(|tick| (self.x(tick.at), &tick.text)).collect();
        ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        let _ =
            write!(self.svg, "<g class=\"axis\" text-anchor=\"middle\"><path d=\"M{LEFT} {0}H{1}", n(y), n(self.right));
        for (x, _) in &ticks {
            let _ = write!(self.svg, "M{} {}v5", n(*x), n(y));
        }
        self.svg.push_str("\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".6\"/>");
        // Each text, or every second, or every third …: what fits without one running into the next.
        let fits = |step: &usize| {
            let shown: Vec<_> = ticks.iter().step_by(*step).collect();
            shown
                .windows(2)
                .all(|two| two[1].0 - two[0].0 >= (width(two[0].1, TEXT) + width(two[1].1, TEXT)) / 2.0 + 12.0)
        };
        let step = (1..ticks.len()).find(fits).unwrap_or(ticks.len().max(1));
        for (x, text) in ticks.into_iter().step_by(step) {
            if x + width(text, TEXT) / 2.0 <= WIDTH {
                let _ = write!(self.svg, "<text x=\"{}\" y=\"{}\">{}</text>", n(x), n(y + 18.0), escaped(text));
            }
        }
        self.svg.push_str("</g>");
    }

    /// Lots, calibrations and maintenance. A label that has no room in either row is left to the line's own title.
    fn lines(&mut self) {
        let mut lines: Vec<&Line> = self.chart.lines.iter().collect();
        lines.sort_by_key(|line| line.at);
        self.svg.push_str("<g class=\"lines\">");
        let mut free = [0.0; 2];
        for line in lines {
            let (x, label) = (self.x(line.at), escaped(&line.label));
            let wide = width(&line.label, SMALL) + 12.0;
            // A label at the end of the time stands before its line.
            let start = if x + wide > WIDTH { x - wide } else { x };
            let row = free.iter().position(|free| start >= *free);
            let (top, style) = match line.kind {
                LineKind::Lot => ("l4-4 4 4-4 4z", "stroke-width=\"1.6\""),
                LineKind::Calibration => ("l4-7h-8z", "stroke-dasharray=\"8 3 2 3\""),
                LineKind::Maintenance => ("h4v-7h-8v7z", "stroke-dasharray=\"3 3\""),
            };
            let y = row.map_or(TOP, |row| TOP - 17.0 * (row as f64));
            let _ = write!(
                self.svg,
                "<g><title>{label}</title><path d=\"M{0} {1}V{2}\" fill=\"none\" stroke=\"currentColor\" \
                 stroke-opacity=\".7\" {style}/><path d=\"M{0} {1}{top}\"/>",
                n(x),
                n(y - 2.0),
                n(self.foot)
            );
            if let Some(row) = row {
                free[row] = start + wide + 6.0;
                let (x, anchor) = if start < x { (x - 7.0, " text-anchor=\"end\"") } else { (x + 7.0, "") };
                let _ = write!(
                    self.svg,
                    "<text x=\"{}\" y=\"{}\" font-size=\"{SMALL}\"{anchor}>{label}</text>",
                    n(x),
                    n(y - 4.0)
                );
            }
            self.svg.push_str("</g>");
        }
        self.svg.push_str("</g>");
    }

    /// Joins the points of each level. A gap in time, another lot, a point without z or one withdrawn ends a piece.
    fn traces(&mut self) {
        let lots: Vec<i64> =
            self.chart.lines.iter().filter(|line| line.kind == LineKind::Lot).map(|line| line.at).collect();
        for level in 0..self.chart.levels.len() {
            let mut points: Vec<&Point> =
                self.chart.points.iter().filter(|p| p.level == level && !p.excluded).collect();
            points.sort_by_key(|point| point.at);
            let mut before: Option<&Point> = None;
            let mut d = String::new();
            for point in points {
                let (x, y) = self.place(point);
                let joined = before.is_some_and(|before| {
                    before.z.is_some()
                        && point.z.is_some()
                        && point.at.saturating_sub(before.at) <= self.chart.joined_within
                        && !lots.iter().any(|lot| before.at < *lot && *lot <= point.at)
                });
                let _ = write!(d, "{}{} {}", if joined { 'L' } else { 'M' }, n(x), n(y));
                before = Some(point);
            }
            if d.contains('L') {
                let _ = write!(
                    self.svg,
                    "<path class=\"l{}\" d=\"{d}\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\".45\"/>",
                    level + 1
                );
            }
        }
    }

    /// The points, those without a mark first: what is marked lies on top.
    fn points(&mut self) {
        for level in 0..self.chart.levels.len() {
            let _ = write!(self.svg, "<g class=\"l{}\">", level + 1);
            let of_level = |p: &&Point| p.level == level;
            for point in self.chart.points.iter().filter(of_level).filter(|p| !marked(p)) {
                let (x, y) = self.place(point);
                let title = self.title(point);
                let _ = write!(self.svg, "<path d=\"{}\"><title>{title}</title></path>", shape(level, x, y));
            }
            self.svg.push_str("</g>");
        }
        let mut notable: Vec<&Point> = self.chart.points.iter().filter(|p| marked(p)).collect();
        notable.sort_by_key(|point| point.at);
        let mut notes: Vec<(f64, f64, f64)> = Vec::new();
        for point in notable {
            self.notable(point, &mut notes);
        }
    }

    /// A point with its mark, and beside it the broken rules, or the distance of what lies beyond the edge.
    fn notable(&mut self, point: &Point, notes: &mut Vec<(f64, f64, f64)>) {
        let (x, y) = self.place(point);
        let drawn = shape(point.level, x, y);
        let _ = write!(self.svg, "<g class=\"l{}\"><title>{}</title>", point.level + 1, self.title(point));
        if point.excluded {
            // Hollow and struck through.
            let (x, y) = (n(x - 7.0), n(y + 7.0));
            let _ = write!(
                self.svg,
                "<path class=\"excluded\" d=\"{drawn}M{x} {y}l14-14\" fill=\"none\" stroke=\"currentColor\"/>"
            );
        } else {
            let _ = write!(self.svg, "<path d=\"{drawn}\"/>");
        }
        if !point.excluded
            && let Some(mark) = mark(point.outcome, x, y)
        {
            self.svg.push_str(&mark);
        }
        let mut note = String::new();
        if let Some(z) = point.z.filter(|z| z.abs() > EDGE) {
            self.svg.push_str(&arrow(z > 0.0, x, y + if z > 0.0 { -8.0 } else { 8.0 }));
            note = format!("{} ({})", point.value, signed(z));
        }
        if point.outcome == Outcome::Rejected && !point.excluded && !point.rules.is_empty() {
            if !note.is_empty() {
                note.push(' ');
            }
            note.push_str(&point.rules.join(" "));
        }
        if !note.is_empty() {
            let wide = width(&note, SMALL);
            let left = if x + 10.0 + wide > WIDTH { x - 10.0 - wide } else { x + 10.0 };
            let up = point.z.is_some_and(|z| z < 0.0);
            // Towards the mean first, then away from it: where no other note stands.
            let free = |y: f64| !notes.iter().any(|(l, r, t)| left < *r && left + wide > *l && (y - t).abs() < SMALL);
            let places = if up { [y - 4.0, y + 10.0, y - 16.0] } else { [y + 10.0, y - 4.0, y + 22.0] };
            if let Some(place) = places.into_iter().find(|place| free(*place)) {
                notes.push((left, left + wide, place));
                let _ = write!(
                    self.svg,
                    "<text class=\"note\" x=\"{}\" y=\"{}\" font-size=\"{SMALL}\">{}</text>",
                    n(left),
                    n(place),
                    escaped(&note)
                );
            }
        }
        self.svg.push_str("</g>");
    }

    /// All that is known of a point, for whoever points at it.
    fn title(&self, point: &Point) -> String {
        let words = &self.chart.words;
        let mut title = format!("{} · {}", point.time, point.value);
        match point.z {
            Some(z) => {
                let _ = write!(title, " · {} {}", signed(z), words.sd);
            }
            None => {
                let _ = write!(title, " · {}", words.no_z);
            }
        }
        let outcome = match point.outcome {
            Outcome::Pass => None,
            Outcome::Warning => Some(&words.warning),
            Outcome::Rejected => Some(&words.rejected),
            Outcome::Unknown => Some(&words.unknown),
        };
        for more in outcome.into_iter().chain(&point.rules).chain(point.excluded.then_some(&words.excluded)) {
            let _ = write!(title, " · {more}");
        }
        escaped(&title)
    }

    /// What the shapes and marks mean: each level, and each mark that is drawn. Answers the legend, and where it ends.
    fn legend(&self, top: f64) -> (String, f64) {
        let (mut x, mut y, mut svg) = (LEFT, top, String::from("<g class=\"legend\">"));
        let mut entry = |class: &str, text: &str, drawn: &dyn Fn(f64, f64) -> String| {
            let wide = width(text, TEXT) + 40.0;
            if x > LEFT && x + wide > WIDTH {
                (x, y) = (LEFT, y + 20.0);
            }
            let _ = write!(svg, "<g class=\"{class}\">{}</g>", drawn(x + 6.0, y - 4.0));
            let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", n(x + 20.0), n(y), escaped(text));
            x += wide;
        };
        for (level, name) in self.chart.levels.iter().enumerate() {
            let class = format!("l{}", level + 1);
            entry(&class, name, &|x, y| format!("<path d=\"{}\"/>", shape(level, x, y)));
        }
        let words = &self.chart.words;
        let marks = [
            (Outcome::Warning, &words.warning),
            (Outcome::Rejected, &words.rejected),
            (Outcome::Unknown, &words.unknown),
        ];
        for (outcome, word) in marks {
            if self.chart.points.iter().any(|p| p.outcome == outcome && !p.excluded) {
                entry("", word, &|x, y| mark(outcome, x, y).unwrap_or_default());
            }
        }
        if self.chart.points.iter().any(|p| p.excluded) {
            entry("excluded", &words.excluded, &|x, y| {
                let (shape, x, y) = (shape(0, x, y), n(x - 7.0), n(y + 7.0));
                format!("<path d=\"{shape}M{x} {y}l14-14\" fill=\"none\" stroke=\"currentColor\"/>")
            });
        }
        svg.push_str("</g>");
        (svg, y + 10.0)
    }
}

fn height_of(z: f64) -> f64 {
    MIDDLE - z * SD
}

/// Whether a point is more than its shape.
fn marked(point: &Point) -> bool {
    point.excluded || point.outcome != Outcome::Pass || point.z.is_some_and(|z| z.abs() > EDGE)
}
