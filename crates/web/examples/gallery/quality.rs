//! The pages of quality control.

use titer_chart::{Outcome, z_line};
use titer_web::pages::quality::{Board, Control, Decided, Level, Standing, System};
use titer_web::pages::{Mistake, Mistakes, Page};

use super::{at, choice, on, s};

fn level(number: u8, z: f64, value: &str, failing: bool) -> Level {
    let name = format!("Level {number}");
    let outcome = if failing { Outcome::Rejected } else { Outcome::Pass };
    Level {
        picture: z_line(Some(z), outcome, &format!("{name}: {value}")).unwrap_or_default(),
        name,
        state: s(if failing { "Failing" } else { "Passing" }),
        passing: !failing,
        detail: s(if failing { "rule 1-3s, since 22 Nov 2026 07:12, cause and action are not named" } else { "" }),
        value: s(value),
        at: at("07:12"),
    }
}

fn standing(analyte: &str, state: &str, passing: bool, levels: Vec<Level>) -> Standing {
    let instrument = s("cobas 1");
    let until = if passing { s("until 14:05") } else { String::new() };
    Standing {
        href: s("quality_system.html"),
        analyte: s(analyte),
        instrument,
        state: s(state),
        until,
        passing,
        levels,
    }
}

fn failing() -> Standing {
    let levels = vec![level(1, 3.4, "4.31 mmol/L", true), level(2, -0.4, "6.88 mmol/L", false)];
    standing("Potassium", "Failing", false, levels)
}

pub fn board(page: Page) -> Board {
    let passing = vec![level(1, 0.3, "141 mmol/L", false), level(2, -1.2, "119 mmol/L", false)];
    Board {
        page,
        lines: vec![
            failing(),
            standing("Urea", "No plan", false, vec![]),
            standing("Sodium", "Passing", true, passing),
            standing("Lead", "Kept elsewhere", true, vec![]),
        ],
        count: 54,
        stopped: 2,
        unplanned: 1,
        instruments: vec![choice("7", "cobas 1", "", true)],
        disciplines: vec![choice("chemistry", "Clinical chemistry", "", false)],
        next: s("/quality?from=50"),
    }
}

pub fn none(page: Page) -> Board {
    Board { lines: vec![], count: 0, stopped: 0, unplanned: 0, next: String::new(), ..board(page) }
}

pub fn one(page: Page, wrong: bool) -> System {
    let control = |z: f64, value: &str, outcome: &str, bad| Control {
        at: at("07:12"),
        level: s("Level 1"),
        lot: s("4711"),
        value: s(value),
        z: format!("{z:+.2}"),
        outcome: s(outcome),
        bad,
        by: s("cobas 1"),
    };
    let mistake = Mistake { field: "text", text: s("Say what was found and done.") };
    System {
        page,
        id: s("9"),
        name: s("Controls: Potassium, cobas 1"),
        standing: failing(),
        plan: s("A control that passes supports results for 24 hours."),
        chart: String::new(),
        controls: vec![
            control(3.4, "4.31 mmol/L", "Rejected: 1-3s", true),
            control(0.6, "4.05 mmol/L", "Passed", false),
        ],
        decisions: vec![Decided {
            at: on("20 Nov"),
            what: s("Cause and action named · Reagent · Reagent replaced"),
            text: s("Air in the line. New bottle."),
            by: s("Petra Malá"),
        }],
        causes: vec![choice("reagent", "Reagent", "", true)],
        corrections: vec![choice("reagent-replaced", "Reagent replaced", "", true)],
        nameable: true,
        stoppable: !wrong,
        releasable: wrong,
        text: String::new(),
        reason: String::new(),
        mistakes: Mistakes(if wrong { vec![mistake] } else { vec![] }),
    }
}
