//! Writes a page with every picture, in the styles of the program: `gallery gallery.html`; `--dark` in the dark.

use std::process::ExitCode;

use titer_chart::{ChartError, LeveyJennings, Outcome, sparkline, z_line};

const STYLE: &str = include_str!("../../shell/assets/style.css");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = arguments.iter().find(|a| !a.starts_with("--")) else {
        eprintln!("name the file to write, such as gallery.html");
        return ExitCode::FAILURE;
    };
    let theme = if arguments.iter().any(|a| a == "--dark") { "dark" } else { "light" };
    let written =
        page(theme).map_err(|e| e.to_string()).and_then(|page| std::fs::write(path, page).map_err(|e| e.to_string()));
    if let Err(why) = written {
        eprintln!("{path}: {why}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn page(theme: &str) -> Result<String, ChartError> {
    let mut empty = LeveyJennings::sample();
    empty.id = "none".to_owned();
    empty.points.clear();
    let charts = [LeveyJennings::sample(), LeveyJennings::sample_of_one_level(), empty];
    let mut page = format!(
        "<!doctype html><html lang=\"en\" data-theme=\"{theme}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Charts</title><style>{STYLE}</style><main>"
    );
    for chart in charts {
        page += &format!("<h2>{}</h2><div class=\"scroll chart\">{}</div>", chart.title, chart.svg()?);
    }
    page += "<h2>Board</h2><table><tr><th>z</th><th>Line</th><th>Last points</th></tr>";
    let cells = [
        (Some(0.4), Outcome::Pass),
        (Some(-2.3), Outcome::Warning),
        (Some(3.2), Outcome::Rejected),
        (Some(-9.0), Outcome::Rejected),
        (None, Outcome::Unknown),
    ];
    for (z, outcome) in cells {
        let last = [0.2, -0.9, 1.1, 0.4, 1.8, 1.2, 0.3, -0.4, 0.9].map(|z| (Some(z), Outcome::Pass));
        let last: Vec<_> = last.into_iter().chain([(z, outcome)]).collect();
        let text = z.map_or("no z".to_owned(), |z| format!("{z:+.1}"));
        let (line, spark) = (z_line(z, outcome, &text)?, sparkline(&last, "the last ten points")?);
        page += &format!("<tr><td>{text}</td><td>{line}</td><td>{spark}</td></tr>");
    }
    Ok(page + "</table></main></html>")
}
