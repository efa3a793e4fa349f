//! The pages of instruments.

use titer_shell::when::When;
use titer_web::pages::instruments::{
    HistoryLine, Instrument, InstrumentForm, InstrumentLine, Instruments, Noting, Strike,
};
use titer_web::pages::{Choice, Mistake, Mistakes, Page, Seen};

use super::{at, choice, fact, on, s};

fn line(name: &str, kind: &str, link: &str, calibrated: When, noted: (&str, When), out_of_use: &str) -> InstrumentLine {
    InstrumentLine {
        href: s("instrument.html"),
        name: s(name),
        kind: s(kind),
        link: s(link),
        calibrated,
        noted: s(noted.0),
        noted_at: noted.1,
        out_of_use: s(out_of_use),
    }
}

pub fn list(page: Page) -> Instruments {
    let never = When::default;
    let lines = vec![
        line(
            "cobas 1",
            "Analyzer, module c501",
            "cobas gateway",
            at("07:10"),
            ("New lot of reagent 4711-A", at("13:40")),
            "",
        ),
        line("cobas 2", "Analyzer, module e601", "cobas gateway", on("20 Nov"), ("Calibrated", on("20 Nov")), ""),
        line("Osmometer", "Analyzer", "Not connected", on("12 Nov"), ("Serviced", on("18 Nov")), ""),
        line("Urine microscopy", "Manual method", "", never(), ("", never()), ""),
        line("XN-1000", "Analyzer", "XN (removed)", on("02 Nov"), ("Repaired", on("03 Nov")), "Replaced by XN-2000"),
    ];
    Instruments { page, lines, addable: true }
}

pub fn none(page: Page) -> Instruments {
    Instruments { page, lines: vec![], addable: false }
}

fn kinds(chosen: &str) -> Vec<Choice> {
    let kinds = [
        ("calibrated", "Calibrated"),
        ("reagent-lot", "New lot of reagent"),
        ("serviced", "Serviced"),
        ("repaired", "Repaired"),
        ("other", "Other"),
    ];
    kinds.into_iter().map(|(value, label)| choice(value, label, "", value == chosen)).collect()
}

fn entry(at: When, what: &str, lot: &str, text: &str, by: &str) -> HistoryLine {
    HistoryLine {
        at,
        what: s(what),
        lot: s(lot),
        text: s(text),
        by: s(by),
        struck: String::new(),
        strike: if what.ends_with('.') { String::new() } else { s("instrument_strike.html") },
    }
}

pub fn one(page: Page, out_of_use: bool) -> Instrument {
    let mut history = vec![
        entry(at("13:40"), "New lot of reagent", "4711-A", "", "Imani Castellanos"),
        HistoryLine {
            struck: s("Struck by Imani Castellanos, 22 Nov 2026 13:38: the lot of the other instrument"),
            strike: String::new(),
            ..entry(at("13:36"), "New lot of reagent", "0815-B", "second bottle", "Imani Castellanos")
        },
        entry(at("07:10"), "Calibrated", "C-22", "", "Rafael Brandt, entered 22 Nov 2026 09:02"),
        entry(on("20 Nov"), "Serviced", "", "Yearly service; lamp and both syringes changed", "Rafael Brandt"),
        entry(on("19 Nov"), "Instrument cobas 1 added.", "", "", "Dr Jana Novak"),
    ];
    let broken = "The sample pump leaks";
    if out_of_use {
        history.insert(0, entry(at("14:01"), "Taken out of use: The sample pump leaks.", "", "", "Rafael Brandt"));
    }
    let mistake = Mistake {
        field: "happened",
        text: s("This time cannot be read. Write it as 22 Nov 2026 14:05, or as 14:05 if it was today."),
    };
    Instrument {
        page,
        id: s("7"),
        name: s("cobas 1"),
        facts: vec![
            fact("Kind", "Analyzer, module c501"),
            fact("Link", "cobas gateway"),
            fact("Last calibrated", "22 Nov 2026 07:10"),
        ],
        out_of_use: if out_of_use { s(broken) } else { String::new() },
        history,
        older: s("/instruments/7?before=4096"),
        noting: Some(Noting {
            kinds: kinds(if out_of_use { "repaired" } else { "" }),
            lot: String::new(),
            text: String::new(),
            happened: if out_of_use { s("2 pm") } else { String::new() },
            confirmed: String::new(),
            seen: Seen { version: 1, now: vec![] },
        }),
        changeable: true,
        systems: s("systems.html"),
        describe: s("systems_describe.html"),
        verify: s("systems_verify.html"),
        reason: String::new(),
        seen: Seen { version: 9, now: vec![] },
        mistakes: if out_of_use { Mistakes(vec![mistake]) } else { Mistakes::default() },
    }
}

pub fn form(page: Page, id: &str) -> InstrumentForm {
    let new = id.is_empty();
    let taken = Mistake {
        field: "module",
        text: s("Module code c501 of this link belongs to cobas 1. Check the code at the analyzer."),
    };
    InstrumentForm {
        page,
        id: s(id),
        name: if new { String::new() } else { s("cobas 2") },
        kinds: vec![choice("analyzer", "Analyzer", "", true), choice("manual", "Manual method", "", false)],
        links: vec![choice("3", "cobas gateway", "", !new), choice("4", "XN", "", false)],
        module: if new { String::new() } else { s("c501") },
        seen: Seen { version: 9, now: if new { vec![] } else { vec![fact("Name", "cobas e 601")] } },
        mistakes: if new { Mistakes::default() } else { Mistakes(vec![taken]) },
    }
}

pub fn strike(page: Page) -> Strike {
    Strike {
        page,
        id: s("12"),
        instrument: s("7"),
        name: s("cobas 1"),
        facts: vec![
            fact("What", "New lot of reagent"),
            fact("When", "22 Nov 2026 13:36"),
            fact("Lot", "0815-B"),
            fact("Note", "second bottle"),
            fact("By", "Imani Castellanos"),
        ],
        reason: String::new(),
        mistakes: Mistakes::default(),
    }
}
