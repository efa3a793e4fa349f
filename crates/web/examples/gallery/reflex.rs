//! The pages of reflex rules.

use titer_web::pages::reflex::{Rule, RuleForm, RuleLine, Rules, Suggestion, SuggestionLine};
use titer_web::pages::{Mistake, Mistakes, Page, Seen, Status};

use super::{at, banner, choice, fact, okafor, s, tabs, tube};

const UNIT: &str = "This rule does not run: the unit of its analyte has changed.";

fn line(code: &str, version: &str, when: &str, adds: &str, status: Status) -> RuleLine {
    RuleLine {
        href: s("reflex_rule.html"),
        code: s(code),
        version: s(version),
        when: s(when),
        adds: s(adds),
        status,
        unfit: if code == "BILI" { s(UNIT) } else { String::new() },
        by: s("Dr Jana Novak, 02 Nov 2026 09:12"),
    }
}

pub fn list(page: Page) -> Rules {
    let lines = vec![
        line("TSH-LOW", "2", "TSH is below 0.3 mIU/L", "Free T4", Status::Proposed),
        line("TSH-LOW", "1", "TSH is below 0.4 mIU/L", "Free T4", Status::Approved),
        line("BILI", "1", "Bilirubin, total is above 25 µmol/L", "Bilirubin, direct", Status::Approved),
        line("HBS", "1", "HBsAg is Reactive, Indeterminate", "HBsAg, confirmation", Status::Withdrawn),
    ];
    Rules { page, tabs: tabs("/reflex"), lines }
}

pub fn none(page: Page) -> Rules {
    Rules { page, tabs: tabs("/reflex"), lines: vec![] }
}

pub fn one(page: Page, status: Status) -> Rule {
    let proposed = status == Status::Proposed;
    Rule {
        page,
        tabs: tabs("/reflex"),
        id: s("7"),
        code: s("TSH-LOW"),
        status,
        facts: vec![
            fact("If", "TSH is below 0.3 mIU/L"),
            fact("Test to add", "Free T4"),
            fact("Stability of the test", "72 h after collection"),
            fact("Source", "Procedure CHEM-12 of the laboratory"),
            fact("Version", "2"),
            fact("Proposed", "Imani Castellanos, 22 Nov 2026 13:40"),
        ],
        unfit: if proposed { String::new() } else { s(UNIT) },
        replaces: if proposed {
            s("If you approve this, the version in force ends: TSH is below 0.4 mIU/L, add Free T4.")
        } else {
            String::new()
        },
        signing: proposed,
        ending: true,
        reason: String::new(),
        password: true,
        back: s("reflex.html"),
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::default(),
    }
}

pub fn choosing(page: Page) -> RuleForm {
    RuleForm {
        analyte: String::new(),
        operators: vec![],
        answers: vec![],
        mistakes: Mistakes::default(),
        ..form(page, true)
    }
}

pub fn form(page: Page, number: bool) -> RuleForm {
    let wrong = Mistake { field: "bound", text: s("The bound cannot be read. Write a number, for example 4.5.") };
    RuleForm {
        page,
        tabs: tabs("/reflex"),
        analytes: vec![choice("1", "HBsAg", "", !number), choice("2", "TSH", "", number)],
        analyte: s("2"),
        code: s("TSH-LOW"),
        operators: if number {
            vec![choice("less", "below", "", true), choice("greater", "above", "", false)]
        } else {
            vec![]
        },
        bound: s("low"),
        unit: s("mIU/L"),
        answers: if number {
            vec![]
        } else {
            vec![choice("8", "Reactive", "", true), choice("9", "Non-reactive", "", false)]
        },
        tests: vec![choice("3", "Free T4", "", true), choice("4", "HBsAg, confirmation", "", false)],
        hours: s("72"),
        source: s("Procedure CHEM-12 of the laboratory"),
        seen: Seen { version: 1, now: vec![] },
        mistakes: Mistakes(if number { vec![wrong] } else { vec![] }),
    }
}

pub fn open() -> Vec<SuggestionLine> {
    vec![SuggestionLine {
        href: s("reflex_suggestion.html"),
        tube: tube("26-004417"),
        patient: okafor(),
        identifier: s("4471 902"),
        rule: s("TSH-LOW"),
        test: s("Free T4"),
        why: s("The tube is too old for this test, or its collection time is not known"),
        since: at("13:52"),
    }]
}

pub fn suggestion(page: Page) -> Suggestion {
    Suggestion {
        page,
        patient: banner("26-004417"),
        id: s("7"),
        test: s("Free T4"),
        facts: vec![
            fact("Result", "TSH 0.1 mIU/L"),
            fact("Rule", "TSH-LOW (TSH is below 0.3 mIU/L)"),
            fact(
                "Why the rule did not add the test",
                "The tube is too old for this test, or its collection time is not known",
            ),
        ],
        reason: String::new(),
        back: s("specimen.html"),
        mistakes: Mistakes::default(),
    }
}
