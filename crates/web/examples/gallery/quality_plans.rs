//! The pages of control plans.

use titer_web::pages::quality_plans::{Form, Group, Line, Plans, Row, Said, SignRow, Signing};
use titer_web::pages::{Mistake, Mistakes, Page, Seen};

use super::{choice, s};

fn elsewhere(by: &str) -> Said {
    let says = vec![s("Kept elsewhere: Control software of the analyzer. Procedure: SOP 12.")];
    Said { says, by: s(by), cause: String::new() }
}

fn here(cause: &str) -> Said {
    let says = [
        "Kept here: level 1: Multichem S, level 1; level 2: Multichem S, level 2.",
        "Rejected by: 1-3s 2-2s R-4s.",
        "One control of each level within 120 minutes.",
        "Supports results for 24 hours.",
        "Due each day at 07:00, 15:00.",
    ];
    Said { says: says.map(s).to_vec(), by: s("Proposed by Rafael Brandt, 22 Nov 2026 13:40"), cause: s(cause) }
}

fn line(analyte: &str, in_force: Option<Said>, proposed: Option<Said>) -> Line {
    Line {
        href: s("quality_system.html"),
        analyte: s(analyte),
        specimen: s("Serum"),
        instrument: s("cobas 1"),
        planned: in_force.is_some(),
        in_force,
        proposed,
    }
}

fn lines() -> Vec<Line> {
    let signed = || Some(elsewhere("Signed by Dr Jana Novak, 20 Nov 2026 09:12"));
    vec![
        line("Urea", None, None),
        line("Creatinine", None, Some(here(""))),
        line("Potassium", signed(), Some(here("The controls moved here"))),
        line("Sodium", signed(), None),
    ]
}

pub fn list(page: Page) -> Plans {
    Plans {
        page,
        groups: vec![Group {
            name: s("cobas 1"),
            lines: lines(),
            here: s("quality_plans_here.html"),
            elsewhere: s("quality_plans_elsewhere.html"),
        }],
        count: 204,
        unplanned: 2,
        proposed: 2,
        signs: true,
        instruments: vec![choice("7", "cobas 1", "", true)],
        states: vec![choice("unplanned", "No plan in force", "", false)],
        next: s("/quality/plans?from=200"),
    }
}

pub fn none(page: Page) -> Plans {
    Plans { groups: vec![], count: 0, unplanned: 0, proposed: 0, signs: false, next: String::new(), ..list(page) }
}

pub fn form(page: Page, here: bool, rows: usize) -> Form {
    let row = |line: Line| Row { value: s("9"), marked: !here, barred: String::new(), line };
    let mut all: Vec<Row> = lines().into_iter().map(row).take(rows).collect();
    if let Some(last) = all.last_mut().filter(|_| here) {
        last.barred = s("Text and counted ranges cannot be judged by controls here.");
    }
    let mistake = Mistake { field: "hours", text: s("Give from 1 to 744 hours.") };
    Form {
        page,
        here,
        id: s("7"),
        name: s("cobas 1"),
        rows: all,
        left_out: usize::from(here),
        levels: vec![
            choice("8:1", "Multichem S, level 1", "Technopath", true),
            choice("8:2", "Multichem S, level 2", "Technopath", true),
        ],
        rules: vec![
            choice("single", "1-3s", "", false),
            choice("multi", "1-3s 2-2s R-4s", "with three levels: 1-3s 2of3-2s R-4s", true),
            choice("full", "1-3s 2-2s R-4s 4-1s 8x", "with three levels: 1-3s 2of3-2s R-4s 3-1s 6x", false),
        ],
        floors: vec![s("42 CFR 493.1256(d)(3): two control materials each day of testing")],
        place: s("Control software of the analyzer"),
        procedure: s("SOP 12"),
        controls_per_level: s("1"),
        hours: s("0"),
        times: s("07:00, 15:00"),
        window_minutes: s("120"),
        individualised: String::new(),
        reason: String::new(),
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes(if here && rows > 0 { vec![mistake] } else { vec![] }),
    }
}

pub fn sign(page: Page, rows: usize) -> Signing {
    let proposed = lines().into_iter().filter(|line| line.proposed.is_some());
    let rows = proposed.take(rows).enumerate();
    let rows = rows.map(|(at, line)| SignRow { value: s("8:2"), marked: false, own: at == 1, line });
    Signing { page, rows: rows.collect(), left_out: 1, password: true, mistakes: Mistakes::default() }
}
