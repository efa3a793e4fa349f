//! The pages of calculations.

use titer_web::pages::calculations::{
    Calculation, CalculationForm, CalculationLine, Calculations, InputField, InputLine,
};
use titer_web::pages::{Choice, Mistake, Mistakes, Page, Seen, Status};

use super::{choice, fact, s, tabs};

fn line(analyte: &str, expression: &str, inputs: &str, status: Status, by: &str) -> CalculationLine {
    let (analyte, expression, inputs, by) = (s(analyte), s(expression), s(inputs), s(by));
    CalculationLine { href: s("calculation.html"), analyte, expression, inputs, status, by }
}

pub fn list(page: Page) -> Calculations {
    let lines = vec![
        line(
            "LDL cholesterol",
            "cholesterol − HDL cholesterol − triglycerides / 2.2",
            "Cholesterol, HDL cholesterol, Triglycerides",
            Status::Proposed,
            "Imani Castellanos, 22 Nov 2026 13:40",
        ),
        line(
            "Anion gap",
            "sodium − chloride − bicarbonate",
            "Sodium, Chloride, Bicarbonate",
            Status::Approved,
            "Dr Jana Novak, 02 Nov 2026 09:12",
        ),
        line(
            "Anion gap",
            "sodium + potassium − chloride − bicarbonate",
            "Sodium, Potassium, Chloride, Bicarbonate",
            Status::Withdrawn,
            "Dr Jana Novak, 02 Nov 2026 09:12",
        ),
    ];
    Calculations { page, tabs: tabs("/calculations"), lines }
}

pub fn none(page: Page) -> Calculations {
    Calculations { page, tabs: tabs("/calculations"), lines: vec![] }
}

fn input(input: &str, analyte: &str, unit: &str, holds: &str) -> InputLine {
    InputLine { input: s(input), analyte: s(analyte), unit: s(unit), holds: s(holds) }
}

pub fn one(page: Page, proposed: bool) -> Calculation {
    let mut facts = vec![
        fact("Published formula", "Glomerular filtration rate, estimated from creatinine (CKD-EPI 2021)"),
        fact("Formula", "142 × min(Scr/κ, 1)^α × max(Scr/κ, 1)^−1.200 × 0.9938^age × 1.012 (female)"),
        fact("Source", "Inker et al., N Engl J Med 2021;385:1737. Adults; creatinine traceable to IDMS."),
        fact("Unit", "mL/min/1.73 m²"),
        fact("Decimals", "0"),
        fact("Proposed", "Imani Castellanos, 22 Nov 2026 13:40"),
    ];
    if !proposed {
        facts.push(fact("Approved", "Dr Jana Novak, 22 Nov 2026 13:52"));
        facts.push(fact("Ended", "Dr Jana Novak, 22 Nov 2026 14:01"));
    }
    Calculation {
        page,
        tabs: tabs("/calculations"),
        id: s("7"),
        analyte: s("eGFR"),
        status: if proposed { Status::Proposed } else { Status::Withdrawn },
        facts,
        inputs: vec![
            input("creatinine", "Creatinine", "µmol/L, converted to mg/dL with 113.12 g/mol", "above 0 mg/dL"),
            input("Age", "The patient", "", "from 18 years"),
            input("Sex", "The patient", "", "female or male"),
        ],
        replaces: if proposed {
            s("If you approve this, the calculation in force ends: 133 × …")
        } else {
            String::new()
        },
        signing: proposed,
        own: String::new(),
        ending: proposed,
        reason: String::new(),
        password: true,
        back: s("calculations.html"),
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::default(),
    }
}

fn formulas(chosen: &str) -> Vec<Choice> {
    let formulas =
        [("anion-gap", "Anion gap"), ("ldl-cholesterol-friedewald-si", "LDL cholesterol (Friedewald, SI units)")];
    formulas.into_iter().map(|(key, name)| choice(key, name, "", key == chosen)).collect()
}

pub fn choosing(page: Page) -> CalculationForm {
    CalculationForm {
        page,
        tabs: tabs("/calculations"),
        formulas: formulas(""),
        formula: String::new(),
        facts: vec![],
        analytes: vec![],
        inputs: vec![],
        decimals: String::new(),
        seen: Seen { version: 1, now: vec![] },
        mistakes: Mistakes::default(),
    }
}

pub fn form(page: Page) -> CalculationForm {
    let analytes = |chosen: &str| {
        let all = [("1", "Bicarbonate (mmol/L)"), ("2", "Chloride (mmol/L)"), ("3", "Sodium (mmol/L)")];
        all.into_iter().map(|(id, label)| choice(id, label, "", id == chosen)).collect()
    };
    let field = |id: &str, label: &str, chosen: &str| InputField {
        id: s(id),
        label: s(label),
        hint: s("The formula holds for values above 0 mmol/L."),
        analytes: analytes(chosen),
        mass: String::new(),
    };
    CalculationForm {
        page,
        tabs: tabs("/calculations"),
        formulas: formulas("anion-gap"),
        formula: s("anion-gap"),
        facts: vec![
            fact("Formula", "sodium − chloride − bicarbonate"),
            fact("Source", "Standard arithmetic of the field; no single publication."),
        ],
        analytes: analytes(""),
        inputs: vec![field("0", "sodium", "3"), field("1", "chloride", "2"), field("2", "bicarbonate", "")],
        decimals: s("x"),
        seen: Seen { version: 1, now: vec![] },
        mistakes: Mistakes(vec![Mistake { field: "decimals", text: s("Give the decimals as a number from 0 to 6.") }]),
    }
}
