//! Samples of the pages of analytes and tests.

use titer_web::pages::catalog::{Covered, LimitKind, LimitLine};
use titer_web::pages::entries::{Entries, Entry, EntryLine, Judged, Measured};
use titer_web::pages::proposals::{ProposalForm, Typed};
use titer_web::pages::{Fact, Mistake, Mistakes, Page, Seen};

use titer_shell::when::When;

use super::admin::tabs;
use super::choice;

fn s(text: &str) -> String {
    text.to_owned()
}

fn line(name: &str, what: &str, key: &str, measured: &str, out_of_use: &str) -> EntryLine {
    EntryLine {
        href: s("/admin/catalog/analytes/1025"),
        name: s(name),
        what: s(what),
        key: s(key),
        measured: s(measured),
        specimen: s("Serum"),
        out_of_use: s(out_of_use),
    }
}

pub fn list(page: Page) -> Entries {
    let lines = vec![
        line("Electrolytes", "Test", "electrolytes", "Na, K, Cl, Bicarb", ""),
        line("Nitrite, urine, dipstick", "Analyte", "ua_nitrite", "Answer of a list", "no strips"),
        line("Sodium", "Analyte", "sodium", "mmol/L", ""),
    ];
    Entries { page, tabs: tabs("/admin/catalog"), text: s(""), lines, next: s("/admin/catalog/entries?text=&from=60") }
}

pub fn none(page: Page) -> Entries {
    Entries { lines: Vec::new(), next: String::new(), text: s("gold"), ..list(page) }
}

pub fn analyte(page: Page) -> Entry {
    Entry {
        page,
        tabs: tabs("/admin/catalog"),
        href: s("/admin/catalog/analytes/1025"),
        use_href: s("/admin/catalog/analytes/1025/use"),
        title: s("Spot test"),
        key: s("spot"),
        name: s("Spot test"),
        analyte: Some(Measured {
            short: s("Spot"),
            loinc: String::new(),
            decimals: vec![choice("0", "0", "", true), choice("1", "1", "", false)],
            unit: s("potato"),
            kinds: vec![choice("numeric", "Number", "", true), choice("coded", "Answer of a list", "", false)],
            specimens: vec![choice("serum", "Serum", "", true)],
        }),
        judged: Some(judged()),
        out_of_use: String::new(),
        reason: String::new(),
        use_seen: Seen::default(),
        seen: Seen { version: 7, now: vec![Fact { label: s("Name"), text: s("Spot") }] },
        mistakes: Mistakes(vec![Mistake { field: "unit", text: s("“potato” is not a UCUM unit.") }]),
    }
}

fn judged() -> Judged {
    let line = LimitLine {
        id: s("2049"),
        analyte: s("Spot test"),
        instrument: String::new(),
        href: s("/admin/catalog/proposals/2049"),
        kind: LimitKind::Reference,
        population: s("everybody, from 18 y"),
        limits: s("2.0-4.0"),
        unit: s("g/L"),
        source: s("Own study of 120 people"),
        confidence: s("B"),
        converted: None,
        note: String::new(),
        marked: false,
        approved: When::default(),
        by: String::new(),
        changes: Vec::new(),
    };
    let own = LimitLine {
        id: s("2050"),
        instrument: s("Chemistry 2"),
        limits: s("2.2-4.1"),
        changes: vec![s("The other proposal 2.1-4.1 (everybody; Package insert) will be removed.")],
        ..line.clone()
    };
    let covered = |instrument: &str, less: &str| Covered {
        analyte: s("Spot test"),
        kind: s("Reference interval"),
        people: vec![s("Female, from 18 y"), s("Male, from 18 y")],
        gaps: false,
        instrument: s(instrument),
        less: s(less),
    };
    Judged {
        interval_href: s("/admin/catalog/analytes/1025/intervals"),
        limit_href: s("/admin/catalog/analytes/1025/limits"),
        lacks: vec![s("No critical limit of this analyte is in force. None of its results is called critical.")],
        proposed: vec![own],
        covered: vec![covered("", "")],
        covered_after: vec![covered("Chemistry 2", "The entries for all instruments cover more people.")],
        in_force: vec![LimitLine { href: s("/admin/catalog/analytes/1025"), by: s("Dr Ada Quill"), ..line }],
    }
}

/// A new interval, or a limit that is corrected.
pub fn proposal(page: Page, limit: bool) -> ProposalForm {
    ProposalForm {
        page,
        tabs: tabs("/admin/catalog"),
        title: s(if limit { "Critical limit of Spot test" } else { "Reference interval of Spot test" }),
        unit: s("g/L"),
        limit,
        href: s(if limit { "/admin/catalog/proposals/2050" } else { "/admin/catalog/analytes/1025/intervals" }),
        withdraw_href: s(if limit { "/admin/catalog/proposals/2050/withdraw" } else { "" }),
        back: s("/admin/catalog/analytes/1025"),
        kinds: vec![
            choice("reference", "Reference interval", "", true),
            choice("decision", "Decision limit", "", false),
        ],
        sexes: vec![choice("any", "everybody", "", true), choice("female", "Female", "", false)],
        low_units: vec![choice("d", "days", "", false), choice("a", "years", "", true)],
        high_units: vec![choice("d", "days", "", false), choice("a", "years", "", true)],
        low_ops: vec![choice("<=", "≤ at most", "", true), choice("<", "< less than", "", false)],
        high_ops: vec![choice(">=", "≥ at least", "", true), choice(">", "> more than", "", false)],
        instruments: vec![
            choice("", "Results of all instruments", "", true),
            choice("7", "Only results of Chemistry 2", "", false),
        ],
        grades: vec![choice("", "Not graded", "", true), choice("A", "A", "", false)],
        seen: Seen { version: 7, now: Vec::new() },
        withdraw_seen: Seen { version: 7, now: Vec::new() },
        typed: Typed {
            population: String::new(),
            age_low: s("18"),
            age_high: String::new(),
            low: s("4.5"),
            high: s("4.0"),
            source: s("Own study of 120 people"),
            note: String::new(),
            reason: String::new(),
        },
        mistakes: Mistakes(vec![Mistake {
            field: "low",
            text: s("The lower limit 4.5 is above the upper limit 4.0."),
        }]),
    }
}

pub fn test(page: Page) -> Entry {
    Entry {
        href: s("/admin/catalog/tests/1026"),
        use_href: s("/admin/catalog/tests/1026/use"),
        title: s("Salts"),
        key: s("salts"),
        name: s("Salts"),
        analyte: None,
        judged: None,
        out_of_use: s("no reagent"),
        seen: Seen { version: 7, now: Vec::new() },
        mistakes: Mistakes::default(),
        ..analyte(page)
    }
}
