//! The pages of the bench.

use titer_web::pages::bench::{
    Bench, BenchLine, Cell, Column, EntryGrid, RefusedCell, Row, SecondReaders, TargetLine, Targets, TestWork,
};
use titer_web::pages::{Choice, Mistakes, Page, PatientName, Priority, Seen, Tube};

use super::{at, choice, people, s};

/// Tubes of a full grid.
const TUBES: usize = 40;

fn tube(number: usize) -> Tube {
    Tube { href: s("specimen.html"), number: format!("T20-101{number:02}") }
}

fn disciplines(chosen: &str) -> Vec<Choice> {
    let all = [("chemistry", "Clinical chemistry"), ("haematology", "Haematology"), ("urinalysis", "Urinalysis")];
    all.into_iter().map(|(code, label)| choice(code, label, "", code == chosen)).collect()
}

fn instruments() -> Vec<Choice> {
    vec![choice("7", "Urine strips, by eye", "", true), choice("9", "Osmometer", "", false)]
}

fn who(number: usize) -> PatientName {
    people()[number % 4].clone()
}

pub fn list(page: Page, waiting: bool) -> Bench {
    let line = |number: usize, priority, outstanding: &str, second: &str, age: &str, late| BenchLine {
        tube: tube(number),
        patient: who(number),
        priority,
        outstanding: s(outstanding),
        second: s(second),
        since: at("13:05"),
        age: s(age),
        late,
        enter: s("bench_entry.html"),
    };
    let test = |name: &str, tubes| TestWork { href: s("bench_entry.html"), name: s(name), tubes };
    let lines = vec![
        line(1, Priority::Stat, "K, Na", "", "62 of 60 min", true),
        line(2, Priority::Urgent, "Osmo", "", "35 of 90 min", false),
        line(3, Priority::Routine, "Glucose, Ketones, Protein, pH", "Blood", "75 min", false),
    ];
    Bench {
        page,
        disciplines: disciplines(""),
        instruments: instruments(),
        tests: if waiting { vec![test("Urine strip", 40), test("Osmolality", 3)] } else { vec![] },
        lines: if waiting { lines } else { vec![] },
        count: if waiting { 43.into() } else { 0.into() },
        next: if waiting { s("/bench?after=2-1-1") } else { String::new() },
    }
}

fn column(id: usize, short: &str, name: &str, unit: &str) -> Column {
    let answers = ["Negative", "Trace", "1+", "2+", "3+"];
    Column {
        id: (1_048_576 + id).to_string(),
        short: s(short),
        name: s(name),
        unit: s(unit),
        answers: if unit.is_empty() { answers.map(s).to_vec() } else { vec![] },
    }
}

const STRIP: [(&str, &str); 8] = [
    ("Glu", "Glucose, urine"),
    ("Bil", "Bilirubin, urine"),
    ("Ket", "Ketones, urine"),
    ("Blo", "Blood, urine"),
    ("Pro", "Protein, urine"),
    ("Nit", "Nitrite, urine"),
    ("Leu", "Leucocyte esterase"),
    ("Uro", "Urobilinogen, urine"),
];

fn row(number: usize, columns: &[Column]) -> Row {
    let id = (5_120_000_000 + number).to_string();
    let cell = |column: &Column| Cell { field: format!("cell-{id}-{}", column.id), ..Cell::default() };
    Row {
        tube: tube(number),
        patient: who(number),
        priority: if number == 1 { Priority::Stat } else { Priority::Routine },
        here: false,
        cells: columns.iter().map(cell).collect(),
        id,
    }
}

/// The largest grid that there is.
pub fn grid(page: Page) -> EntryGrid {
    let mut columns: Vec<Column> =
        STRIP.into_iter().enumerate().map(|(id, (short, name))| column(id, short, name, "")).collect();
    columns.push(column(8, "SG", "Specific gravity, urine", "{ratio}"));
    columns.push(column(9, "pH", "pH, urine", "[pH]"));
    EntryGrid {
        page,
        test: s("2048"),
        name: s("Urine strip"),
        after: String::new(),
        instruments: instruments(),
        measured: String::new(),
        confirmed: String::new(),
        rows: (1..=TUBES).map(|number| row(number, &columns)).collect(),
        columns,
        seen: Seen { version: 4096, now: vec![] },
        saved: 0,
        refused: vec![],
        focused: false,
        missing: String::new(),
        mistakes: Mistakes::default(),
        next: s("/bench/entry?test=2048&after=2-1-1"),
    }
}

/// A grid of which some values were refused.
pub fn refused(page: Page) -> EntryGrid {
    let mut grid = grid(page);
    let no_answer = "“neagtive” is not an answer of this test. Enter one of the answers below the grid.";
    let meanwhile = "Rafael Brandt filed a result of this test and tube on 22 Nov 2026 13:58. Your value is not filed.";
    grid.rows.truncate(3);
    grid.rows[0].here = true;
    grid.rows[0].cells[0].typed = s("neagtive");
    grid.rows[0].cells[0].wrong = s(no_answer);
    grid.rows[0].cells[0].focus = true;
    grid.focused = true;
    grid.rows[1].cells[1] = Cell { says: s("Trace"), wrong: s(meanwhile), ..Cell::default() };
    grid.rows[1].cells[2] = Cell { says: s("second reader awaited"), ..Cell::default() };
    grid.rows[2].cells[3].second = true;
    grid.rows[2].cells[4] = Cell { says: s("·"), ..Cell::default() };
    let field = grid.rows[0].cells[0].field.clone();
    let (one, two) = (tube(1).number, tube(2).number);
    grid.refused = vec![
        RefusedCell { field, tube: one, test: s("Glucose, urine"), typed: s("neagtive"), why: s(no_answer) },
        RefusedCell { field: String::new(), tube: two, test: s("Bilirubin"), typed: s("Trace"), why: s(meanwhile) },
    ];
    EntryGrid { saved: 26, measured: s("13:40"), missing: s("T20-99999"), next: String::new(), ..grid }
}

pub fn none(page: Page) -> EntryGrid {
    EntryGrid { rows: vec![], next: String::new(), ..grid(page) }
}

pub fn targets(page: Page) -> Targets {
    let line = |id: &str, name: &str, minutes: [&str; 3]| TargetLine {
        id: s(id),
        name: s(name),
        minutes: vec![
            ("stat", "priority-stat", s(minutes[0])),
            ("urgent", "priority-urgent", s(minutes[1])),
            ("routine", "priority-routine", s(minutes[2])),
        ],
    };
    Targets {
        page,
        disciplines: disciplines("chemistry"),
        discipline: s("chemistry"),
        lines: vec![line("2048", "Potassium", ["60", "90", "240"]), line("2049", "Sodium", ["60", "", ""])],
        changeable: true,
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::one("", s("“soon” is not a number of minutes.")),
    }
}

pub fn readers(page: Page) -> SecondReaders {
    SecondReaders {
        page,
        disciplines: disciplines("urinalysis"),
        discipline: s("urinalysis"),
        text: String::new(),
        analytes: vec![
            choice("1048576", "Blood, urine", "", true),
            choice("1048577", "Casts", "", true),
            choice("1048578", "Glucose, urine", "", false),
        ],
        changeable: true,
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::default(),
    }
}
