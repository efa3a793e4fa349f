//! The pages of test systems.

use titer_web::pages::systems::{
    AspectField, DescribeMany, Described, HistoryLine, ManyRow, Record, RecordFacts, System, SystemForm, SystemLine,
    Systems, Verify, VerifyRow,
};
use titer_web::pages::{Choice, Fact, Mistake, Mistakes, Page, Seen};

use super::{at, choice, fact, on, s};

fn line(analyte: &str, instrument: &str, method: &str, range: &str, state: &str) -> SystemLine {
    SystemLine {
        href: s("system.html"),
        analyte: s(analyte),
        specimen: s("Serum"),
        instrument: s(instrument),
        method: s(method),
        range: s(range),
        state: s(state),
        holds: state != "In use",
    }
}

fn lines() -> Vec<SystemLine> {
    let photometry = "Photometry, Jaffé, compensated, rate blanked, traceable to IDMS";
    vec![
        line("Creatinine", "cobas 1", photometry, "5–2700 µmol/L", "In use"),
        line("Potassium", "cobas 1", "Ion-selective electrode, indirect", "1.5–10.0 mmol/L", "Out of use"),
        line("Sodium", "cobas 1", "Ion-selective electrode, indirect", "80–180 mmol/L", "In use"),
        line("Thyrotropin", "cobas 2", "Electrochemiluminescence", "", "Not verified"),
    ]
}

fn instruments() -> Vec<Choice> {
    vec![choice("7", "cobas 1", "", true), choice("8", "cobas 2", "", false)]
}

pub fn list(page: Page) -> Systems {
    let states = [("described", "Not verified"), ("in-use", "In use"), ("out-of-use", "Out of use")];
    Systems {
        page,
        lines: lines(),
        count: 104,
        instruments: instruments(),
        disciplines: vec![choice("chemistry", "Clinical chemistry", "", false)],
        states: states.into_iter().map(|(value, label)| choice(value, label, "", false)).collect(),
        describable: true,
        next: s("/systems?from=100"),
    }
}

pub fn none(page: Page) -> Systems {
    Systems { lines: vec![], count: 0, describable: false, next: String::new(), ..list(page) }
}

fn facts(state: &str) -> Vec<Fact> {
    vec![
        fact("Analyte", "Potassium"),
        fact("Specimen type", "Serum"),
        fact("Instrument", "cobas 1"),
        fact("Method", "Ion-selective electrode, indirect"),
        fact("State", state),
        fact("Measuring range", "1.5–10.0 mmol/L"),
        fact("Largest dilution allowed", "None"),
        fact("Decimals", "1"),
        fact("Required inputs", "Collection time, Age"),
        fact("Intervals and limits", "Those of the analyte"),
    ]
}

pub fn one(page: Page, out_of_use: bool) -> System {
    let entry =
        |at, what: &str, by: &str, record: &str| HistoryLine { at, what: s(what), by: s(by), record: s(record) };
    let mut history = vec![
        entry(
            on("20 Nov"),
            "Verification record signed by Dr Jana Novak: in use.",
            "Dr Jana Novak",
            "system_record.html",
        ),
        entry(on("19 Nov"), "Test system described: Ion-selective electrode, indirect", "Rafael Brandt", ""),
    ];
    if out_of_use {
        history
            .insert(0, entry(at("13:40"), "Test system taken out of use: The electrode drifts.", "Rafael Brandt", ""));
    }
    let mistake = Mistake { field: "reason", text: s("Give a reason. The reason is kept on record.") };
    System {
        page,
        id: s("9"),
        name: s("Potassium, cobas 1"),
        facts: facts(if out_of_use { "Out of use" } else { "In use" }),
        held: if out_of_use { s("Out of use: The electrode drifts. Results are held.") } else { String::new() },
        record: Some(RecordFacts { href: s("system_record.html"), by: s("Dr Jana Novak"), at: on("20 Nov") }),
        history,
        change: s("system_change.html"),
        verify: s("systems_verify.html"),
        instrument: s("instrument.html"),
        retirable: !out_of_use,
        returnable: out_of_use,
        password: true,
        reason: String::new(),
        seen: Seen { version: 9, now: if out_of_use { facts("Out of use") } else { vec![] } },
        mistakes: if out_of_use { Mistakes(vec![mistake]) } else { Mistakes::default() },
    }
}

fn typed(low: &str, high: &str) -> Described {
    let inputs =
        [("collected", "Collection time"), ("measured", "Time of measurement"), ("age", "Age"), ("sex", "Sex")];
    Described {
        method: s("Ion-selective electrode, indirect"),
        low: s(low),
        high: s(high),
        dilution: String::new(),
        decimals: s("1"),
        inputs: inputs.into_iter().map(|(value, label)| choice(value, label, "", value == "age")).collect(),
    }
}

pub fn form(page: Page, id: &str) -> SystemForm {
    let new = id.is_empty();
    let order = Mistake {
        field: "low",
        text: s("Potassium: the measuring range cannot go from 10.0 to 1.5. The second number must be the larger one."),
    };
    SystemForm {
        page,
        id: s(id),
        facts: if new { vec![] } else { facts("In use").into_iter().take(3).collect() },
        analytes: vec![choice("1", "Potassium", "", false), choice("2", "Sodium", "", true)],
        specimens: vec![choice("1", "Serum", "", true), choice("2", "Heparin plasma", "", false)],
        instruments: instruments(),
        typed: if new { typed("1.5", "10.0") } else { typed("10.0", "1.5") },
        verified: !new,
        seen: Seen { version: 9, now: vec![] },
        mistakes: if new { Mistakes::default() } else { Mistakes(vec![order]) },
    }
}

pub fn many(page: Page, rows: usize) -> DescribeMany {
    let row = |id: &str, analyte: &str, unit: &str, ranged| ManyRow {
        id: s(id),
        analyte: s(analyte),
        specimen: s("Serum"),
        unit: s(unit),
        ranged,
        low: String::new(),
        high: if ranged { s("180") } else { String::new() },
        marked: true,
    };
    let all = vec![
        row("1", "Chloride", "mmol/L", true),
        row("2", "Hepatitis B surface antigen", "", false),
        row("3", "Sodium", "mmol/L", true),
    ];
    DescribeMany {
        page,
        id: s("7"),
        name: s("cobas 1"),
        rows: all.into_iter().take(rows).collect(),
        typed: typed("", ""),
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::default(),
    }
}

pub fn verify(page: Page, wrong: bool) -> Verify {
    let field = |code, name: &str, text: &str| AspectField {
        code,
        name: s(name),
        text: s(text),
        not_applicable: code == "reference-interval",
    };
    let rows = lines().into_iter().zip(["9:1", "10:4", "11:4", "12:8"]);
    let pdf = Mistake { field: "file", text: s("This file is not a PDF. Choose a PDF, or leave the file out.") };
    Verify {
        page,
        id: s("7"),
        name: s("cobas 1"),
        rows: rows.map(|(line, value)| VerifyRow { value: s(value), marked: line.holds, line }).collect(),
        aspects: vec![
            field("accuracy", "Accuracy", "40 specimens against the old analyzer: mean bias 0.4 %"),
            field("precision", "Precision", "20 runs at 2 levels: CV 0.6 % and 0.5 %"),
            field("reportable-range", "Reportable range", "5 levels, 3 times each: linear within 2 %"),
            field("reference-interval", "Reference intervals", "the intervals of the old analyzer stay"),
        ],
        performed_on: s("20 Nov 2026"),
        performed_by: s("Imani Castellanos"),
        password: true,
        mistakes: if wrong { Mistakes(vec![pdf]) } else { Mistakes::default() },
    }
}

pub fn record(page: Page) -> Record {
    Record {
        page,
        instrument: s("cobas 1"),
        instrument_href: s("instrument.html"),
        facts: vec![
            fact("Accuracy", "40 specimens against the old analyzer: mean bias 0.4 %"),
            fact("Precision", "20 runs at 2 levels: CV 0.6 % and 0.5 %"),
            fact("Reportable range", "5 levels, 3 times each: linear within 2 %"),
            fact("Reference intervals", "Does not apply: the intervals of the old analyzer stay"),
            fact("Finished on", "20 Nov 2026"),
            fact("Done by", "Imani Castellanos"),
            fact("Signed", "Dr Jana Novak, 20 Nov 2026 16:20"),
        ],
        file: s("/systems/records/7/file"),
        file_name: s(
            "verification-cobas-1.pdf, SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ),
        lines: lines().into_iter().filter(|line| !line.holds).collect(),
        signed_for: 3,
    }
}
