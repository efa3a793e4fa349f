//! The pages of administration.

use titer_shell::when::When;
use titer_web::pages::admin::{MappingLine, MappingSigning, OneTime, Site, Staff, StaffLine, StaffRoles, Tab};
use titer_web::pages::catalog::{
    AnalyteForm, AnswerRow, AnswersForm, Catalog, CatalogImport, CatalogSigning, Covered, LeftOutLine, LimitKind,
    LimitLine, Narrowed, TestForm,
};
use titer_web::pages::mappings::{Evidence, FiledResult, Mapping, Pointed};
use titer_web::pages::{Fact, Mistake, Mistakes, Page, Seen, Status};

use super::{choice, fact, s};

pub fn mapping(code: &str, test: &str, status: Status, markable: bool) -> MappingLine {
    let mut by = vec![s("proposed by Rafael Brandt")];
    if status != Status::Proposed {
        by.push(s("approved by Dr Jana Novak"));
    }
    MappingLine {
        mark: format!("{code}:proposed"),
        code: s(code),
        unit: s("U/L"),
        specimen: String::new(),
        href: s("mapping.html"),
        test: s(test),
        status,
        by,
        markable,
        adoptable: false,
        waiting: if status == Status::Approved { s("Read 12 messages again") } else { String::new() },
        replay: s("/messages/replay?for=mapping&key=%5B%22550%22%2C%22U%2FL%22%2C%22%22%5D&link=7"),
    }
}

pub fn tabs(here: &str) -> Vec<Tab> {
    let all = [
        ("/admin/staff", "staff-title"),
        ("/admin/catalog", "catalog-title"),
        ("/calculations", "calculations-title"),
        ("/admin/links", "links-title"),
        ("/admin/site", "site-title"),
    ];
    all.into_iter().map(|(href, key)| Tab { href: s(href), key, here: href == here }).collect()
}

pub fn mapping_sign(page: Page) -> MappingSigning {
    MappingSigning {
        page,
        tabs: tabs("/admin/links"),
        id: s("7"),
        unnamed: vec![s("This dialect names no place of the patient.")],
        name: s("cobas c 111"),
        approve: vec![(mapping("690", "Alanine aminotransferase (U/L)", Status::Proposed, true), evidence(true))],
        confirm: vec![(mapping("550", "Alkaline phosphatase (U/L)", Status::Approved, true), evidence(false))],
        left_out: vec![fact("418", "You proposed this mapping yourself. Ask another person to approve it.")],
        back: s("/admin/links/7"),
        password: true,
        mistakes: Mistakes(vec![Mistake { field: "password", text: s("This is not your password. Type it again.") }]),
    }
}

pub fn staff_roles(page: Page) -> StaffRoles {
    StaffRoles {
        page,
        tabs: tabs("/admin/staff"),
        id: s("5"),
        name: s("Wren Abara"),
        login: s("wren"),
        roles: vec![
            choice("t", "Technician", "receives specimens; reviews and verifies results", true),
            choice("d", "Director", "signs intervals, limits and mappings", false),
        ],
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

pub fn site(page: Page) -> Site {
    Site {
        page,
        tabs: tabs("/admin/site"),
        name: s("Northfield Pathology"),
        address: s("1 Infirmary Way\nNorthfield NF1 2AB"),
        accreditation: s("UKAS 99999"),
        director: s("Dr Jana Novak"),
        zone: s("Europe/Londn"),
        seen: Seen { version: 7, now: vec![Fact { label: s("Director"), text: s("Dr Ada Quill") }] },
        mistakes: Mistakes(vec![Mistake {
            field: "zone",
            text: s("“Europe/Londn” is not a time zone. Use a name such as Europe/London."),
        }]),
    }
}

pub fn staff(page: Page) -> Staff {
    let person = |name: &str, login: &str, roles: &str, status| StaffLine {
        id: s(login),
        name: s(name),
        login: s(login),
        roles: s(roles),
        status,
    };
    Staff {
        page,
        tabs: tabs("/admin/staff"),
        lines: vec![
            person("Imani Castellanos", "imani", "Technician", Status::Active),
            person("Rafael Brandt", "rafael", "Senior", Status::Active),
            person("Dr Jana Novak", "dr.novak", "Director", Status::Active),
            person("Wren Abara", "wren", "", Status::Suspended),
        ],
        issued: Some(OneTime { login: s("wren"), password: s("tidal-copper-97-lantern") }),
        name: String::new(),
        login: String::new(),
        roles: vec![
            choice("t", "Technician", "receives, reviews, signs", true),
            choice("s", "Senior", "approves mappings", false),
            choice("d", "Director", "approves intervals and limits", false),
            choice("a", "Administrator", "staff and links", false),
        ],
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

pub fn catalog(page: Page) -> Catalog {
    let limit =
        |id: &str, analyte: &str, kind, population: &str, limits: &str, unit: &str, source: &str, confidence: &str| {
            LimitLine {
                id: s(id),
                analyte: s(analyte),
                instrument: String::new(),
                href: String::new(),
                kind,
                population: s(population),
                limits: s(limits),
                unit: s(unit),
                source: s(source),
                confidence: s(confidence),
                converted: None,
                note: String::new(),
                marked: false,
                approved: When::default(),
                by: String::new(),
                changes: Vec::new(),
            }
        };
    use LimitKind::{Critical, Reference};
    Catalog {
        page,
        tabs: tabs("/admin/catalog"),
        in_force: false,
        from: 0,
        count: 7,
        incomplete: Vec::new(),
        show: String::new(),
        narrowed: Narrowed {
            text: String::new(),
            shown: vec![choice("", "Proposals", "", true), choice("in-force", "In force", "", false)],
            disciplines: vec![choice("chemistry", "Clinical chemistry", "", false)],
            sources: vec![choice("s", "Two published lists of telephone limits", "", false)],
            discipline: String::new(),
            source: String::new(),
        },
        lines: vec![
            limit(
                "1",
                "Sodium",
                Reference,
                "any sex, from 16 y",
                "135 – 145",
                "mmol/L",
                "Harmonised intervals, EJIFCC 2016;27:48",
                "A",
            ),
            limit(
                "2",
                "Sodium",
                Critical,
                "adults",
                "≤ 120 or ≥ 160",
                "mmol/L",
                "Two published lists of telephone limits",
                "A",
            ),
            limit(
                "3",
                "Potassium",
                Reference,
                "any sex, from 16 y",
                "3.5 – 5.2",
                "mmol/L",
                "Harmonised intervals, EJIFCC 2016;27:48",
                "B",
            ),
            limit(
                "4",
                "Potassium",
                Critical,
                "adults",
                "≤ 2.5 or ≥ 6.5",
                "mmol/L",
                "Two published lists of telephone limits",
                "A",
            ),
            limit(
                "5",
                "Creatinine",
                Reference,
                "female, from 18 y",
                "45 – 90",
                "µmol/L",
                "Harmonised intervals, EJIFCC 2016;27:48",
                "B",
            ),
            limit(
                "6",
                "Creatinine",
                Reference,
                "male, from 18 y",
                "60 – 110",
                "µmol/L",
                "Harmonised intervals, EJIFCC 2016;27:48",
                "B",
            ),
        ],
        units: s("System of units: SI units."),
        makes: true,
        signable: true,
        next: String::new(),
        mistakes: Mistakes::default(),
    }
}

fn answer_rows() -> Vec<AnswerRow> {
    let row = |number, code: &str, words: &str| AnswerRow {
        number,
        code: s(code),
        words: s(words),
        meanings: vec![choice("normal", "normal", "", number == 1), choice("abnormal", "abnormal", "", number == 2)],
    };
    vec![row(1, "neg", "Negative"), row(2, "pos", "Positive"), row(3, "", "")]
}

pub fn catalog_analyte(page: Page) -> AnalyteForm {
    AnalyteForm {
        page,
        tabs: tabs("/admin/catalog"),
        name: s("Spot test"),
        short: s("Spot"),
        key: s("Spot test"),
        loinc: String::new(),
        unit: String::new(),
        decimals: vec![choice("0", "0", "", true)],
        disciplines: vec![choice("chemistry", "Clinical chemistry", "", true)],
        kinds: vec![choice("numeric", "Number", "", false), choice("coded", "Answer of a list", "", true)],
        specimens: vec![choice("serum", "Serum", "", true)],
        rows: answer_rows(),
        alone: true,
        seen: Seen::default(),
        mistakes: Mistakes(vec![Mistake { field: "key", text: s("This key has a blank.") }]),
    }
}

pub fn catalog_answers(page: Page) -> AnswersForm {
    AnswersForm {
        page,
        tabs: tabs("/admin/catalog"),
        id: s("7"),
        name: s("Nitrite"),
        rows: answer_rows(),
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

pub fn catalog_import(page: Page) -> CatalogImport {
    CatalogImport {
        page,
        tabs: tabs("/admin/catalog"),
        systems: vec![
            choice(
                "si",
                "SI units",
                "For example glucose in mmol/L. In these units, these analytes have no LOINC code: Phenytoin.",
                false,
            ),
            choice("conventional", "Conventional units", "For example glucose in mg/dL.", false),
        ],
        own: s("The laboratory has no analytes yet. Add the starter catalogue."),
        confirmed: s("si"),
        mistakes: Mistakes(vec![Mistake {
            field: "units",
            text: s(
                "You chose: SI units. This choice can never be changed. If it is right, add the starter catalogue again.",
            ),
        }]),
    }
}

pub fn catalog_test(page: Page) -> TestForm {
    TestForm {
        page,
        tabs: tabs("/admin/catalog"),
        name: s("Salts"),
        key: s("salts"),
        members: s("Sodium\nPotassium"),
        specimens: vec![choice("serum", "Serum", "", true)],
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

pub fn catalog_sign(page: Page) -> CatalogSigning {
    let mut lines = catalog(page.clone()).lines;
    lines.truncate(1);
    lines[0].converted = Some(s("3.0 – 3.3 g/L"));
    lines[0].changes = vec![s("Replaces 136 – 145 (everybody; the textbook), which is in force.")];
    CatalogSigning {
        page,
        tabs: tabs("/admin/catalog"),
        converted: 1,
        lines,
        count: 1,
        limit: 900,
        left_out: vec![LeftOutLine {
            why: s("The entry has a note with a warning"),
            analytes: vec![s("Potassium"), s("Zinc")],
        }],
        covered: vec![Covered {
            analyte: s("Sodium"),
            kind: s("Reference interval"),
            people: vec![s("Female, from 16 y"), s("Male, from 16 y")],
            gaps: true,
            instrument: String::new(),
            less: String::new(),
        }],
        password: true,
        seen: Seen::default(),
        back: s("/admin/catalog"),
        mistakes: Mistakes::default(),
    }
}

/// A record with code and unit marked.
pub fn pointed() -> Vec<Vec<Pointed>> {
    let run = |text: &str, marked| Pointed { text: s(text), marked };
    vec![vec![
        run("R|1|", false),
        run("^^^690", true),
        run("|31.4|", false),
        run("U/L", true),
        run("||N||F||$SYS$||20261122134402", false),
    ]]
}

fn evidence(example: bool) -> Evidence {
    let result = |tube: &str, value: &str, measured: &str| FiledResult {
        tube: s(tube),
        href: s("specimen.html"),
        value: s(value),
        unit: s("U/L"),
        filed: String::new(),
        measured: s(measured),
        test: s("Alkaline phosphatase"),
        status: Status::Held,
    };
    if example {
        return Evidence { example: pointed(), message: s("message.html"), results: vec![] };
    }
    let results = vec![
        result("26-004398", "95.2", "22 Nov 2026 13:44"),
        result("26-004401", "102", "22 Nov 2026 13:46"),
        result("26-004402", "<5", "22 Nov 2026 13:51"),
    ];
    Evidence { example: vec![], message: String::new(), results }
}

/// One mapping: proposed, approved or withdrawn.
pub fn one_mapping(page: Page, status: Status) -> Mapping {
    let by = match status {
        Status::Withdrawn => "Dr Ada Quill, 22 Nov 2026 14:02: the code is that of the other phosphatase",
        _ => "",
    };
    let facts = [
        ("Link", "cobas c 111"),
        ("Code", "550"),
        ("Unit as sent", "U/L"),
        ("Laboratory test", "Alkaline phosphatase (U/L)"),
        ("By", "proposed by Imani Castellanos"),
        ("Withdrawn", by),
    ];
    Mapping {
        page,
        id: s("550"),
        link: s("7"),
        line: mapping("550", "Alkaline phosphatase (U/L)", status, status != Status::Withdrawn),
        facts: facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| fact(label, text)).collect(),
        evidence: evidence(status == Status::Proposed),
        verified: if status == Status::Withdrawn { evidence(false).results } else { vec![] },
        more: false,
        withdrawable: status != Status::Withdrawn,
        signs: status == Status::Approved,
        password: true,
        reason: String::new(),
        mistakes: Mistakes::default(),
    }
}
