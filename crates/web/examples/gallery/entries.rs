//! Samples of the pages of analytes and tests.

use titer_web::pages::entries::{Entries, Entry, EntryLine, Measured};
use titer_web::pages::{Fact, Mistake, Mistakes, Page, Seen};

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
        out_of_use: String::new(),
        reason: String::new(),
        use_seen: Seen::default(),
        seen: Seen { version: 7, now: vec![Fact { label: s("Name"), text: s("Spot") }] },
        mistakes: Mistakes(vec![Mistake { field: "unit", text: s("“potato” is not a UCUM unit.") }]),
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
        out_of_use: s("no reagent"),
        seen: Seen { version: 7, now: Vec::new() },
        mistakes: Mistakes::default(),
        ..analyte(page)
    }
}
