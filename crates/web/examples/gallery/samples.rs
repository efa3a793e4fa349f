//! Every page, filled with invented patients on an invented day.

#[path = "admin.rs"]
mod admin;
#[path = "bench.rs"]
mod bench;
#[path = "board.rs"]
mod board;
#[path = "calculations.rs"]
mod calculations;
#[path = "comments.rs"]
mod comments;
#[path = "entries.rs"]
mod entries;
#[path = "instruments.rs"]
mod instruments;
#[path = "quality.rs"]
mod quality;
#[path = "quality_plans.rs"]
mod quality_plans;
#[path = "reflex.rs"]
mod reflex;
#[path = "systems.rs"]
mod systems;

use std::sync::LazyLock;

use admin::{
    catalog, catalog_analyte, catalog_answers, catalog_import, catalog_sign, catalog_test, mapping, mapping_sign,
    one_mapping, pointed, site, staff, staff_roles, tabs,
};
use askama::Template;
use board::{link, links};
use titer_lab::Counted;
use titer_shell::errors::Problem;
use titer_shell::section::{Count, Section};
use titer_shell::sign_in_page::{DemoAccount, Password, SessionLine, Sessions, SignIn};
use titer_shell::when::When;
use titer_shell::words::Words;
use titer_web::pages::find::{Find, Hit, HitKind};
use titer_web::pages::home::{Home, Need, NeedRow, Step};
use titer_web::pages::links::Links;
use titer_web::pages::messages::{Message, MessageLine, Messages, Others, Record, SentResult, Unmapped};
use titer_web::pages::orders::{AddTests, Match, NewOrder, Offer, Order, OrderLine, OrderPatient, OrderedTest, Orders};
use titer_web::pages::patients::{
    CorrectPatient, Doubts, NewPatient, OfPatient, Patient, PatientReport, PatientResult, Who,
};
use titer_web::pages::receive::{Confirm, Outcome, Receive, Received};
use titer_web::pages::reports::{FailedReport, OpenCorrection, Report, ReportLine, Reports, Signature, Version};
use titer_web::pages::results::{Flag, Group, Previous, ResultLine, Value};
use titer_web::pages::review::{Against, Correction, CorrectionLine, LeftOut, Repeat, Review, Signing, Urgency};
use titer_web::pages::specimens::{Discard, Moment, Specimen};
use titer_web::pages::{
    Choice, Fact, Mistake, Mistakes, Mode, Notice, Page, PatientBanner, PatientName, Person, Priority, Seen, Status,
    Tone, Tube, Way, raw,
};
use titer_web::sections::{ADMIN, BENCH, HELD, HOME, INSTRUMENTS, ORDERS, QUALITY, RECEIVE, REPORTS, REVIEW, SECTIONS};

/// The sentences, as the program puts them together.
static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| Words::of("en-GB", &[titer_shell::words::ENGLISH, titer_web::ENGLISH]));

/// Every page by name; `assets` is where styles and scripts are.
pub fn all(assets: &'static str) -> Vec<(&'static str, String)> {
    let page = |section| frame(assets, section);
    vec![
        ("sign_in", html(sign_in(bare(assets), true))),
        ("sign_in_wrong", html(sign_in(bare(assets), false))),
        ("password", html(password(bare(assets)))),
        ("sessions", html(sessions(page(&HOME)))),
        ("home", html(home(page(&HOME)))),
        ("home_nothing", html(Home { page: page(&HOME), needs: vec![], steps: first_steps() })),
        (
            "find_nothing",
            html(Find {
                page: page(&HOME),
                asked: "T20-10143".into(),
                several: false,
                patients: vec![],
                hits: vec![],
                more: false,
            }),
        ),
        ("find", html(find(page(&HOME)))),
        ("orders", html(orders(page(&ORDERS)))),
        ("orders_none", html(Orders { page: page(&ORDERS), placeable: true, lines: vec![], older: String::new() })),
        ("order_patient", html(order_patient(page(&ORDERS)))),
        ("patient_new", html(patient_new(page(&ORDERS)))),
        ("patient", html(patient(page(&ORDERS)))),
        ("patient_correct", html(patient_correct(page(&ORDERS)))),
        ("order_new", html(order_new(page(&ORDERS)))),
        ("order", html(order(page(&ORDERS)))),
        ("order_add", html(order_add(page(&ORDERS)))),
        ("receive", html(receive(page(&RECEIVE), true))),
        ("receive_refused", html(receive(page(&RECEIVE), false))),
        (
            "receive_none",
            html(Receive {
                page: page(&RECEIVE),
                collected: String::new(),
                outcome: None,
                lines: vec![],
                expected: 0.into(),
            }),
        ),
        ("bench", html(bench::list(page(&BENCH), true))),
        ("bench_none", html(bench::list(page(&BENCH), false))),
        ("bench_entry", html(bench::grid(page(&BENCH)))),
        ("bench_entry_refused", html(bench::refused(page(&BENCH)))),
        ("bench_entry_none", html(bench::none(page(&BENCH)))),
        ("bench_targets", html(bench::targets(page(&BENCH)))),
        ("bench_readers", html(bench::readers(page(&BENCH)))),
        ("specimen", html(specimen(page(&REVIEW)))),
        ("specimen_discard", html(discard(page(&REVIEW)))),
        ("review", html(review(page(&REVIEW)))),
        (
            "review_none",
            html(Review {
                page: page(&REVIEW),
                groups: vec![],
                waiting: 0.into(),
                critical: 0.into(),
                held: 0.into(),
                corrections: vec![],
                corrections_more: false,
                suggestions: vec![],
                suggestions_more: false,
                next: String::new(),
            }),
        ),
        ("review_sign", html(signing(page(&REVIEW)))),
        ("review_sign_none", html(signing_nothing(page(&REVIEW)))),
        ("repeat", html(repeat(page(&REVIEW)))),
        ("result_comments", html(comments::on_result(page(&REVIEW), chemistry(Status::Waiting).remove(0)))),
        ("result_comments_none", html(comments::nothing(page(&REVIEW), chemistry(Status::Waiting).remove(1)))),
        ("correction", html(correction(page(&REVIEW)))),
        ("reports", html(reports(page(&REPORTS)))),
        ("report", html(report(page(&REPORTS)))),
        ("messages", html(messages(page(&HELD)))),
        ("messages_none", html(Messages { lines: vec![], ..messages(page(&HELD)) })),
        (
            "messages_about",
            html(Messages {
                about: s("Messages held because code 550 (U/L) has no approved mapping"),
                replay: s("/messages/replay?for=mapping"),
                replay_words: s("Read 12 messages again"),
                ..messages(page(&HELD))
            }),
        ),
        ("message", html(message(page(&HELD)))),
        ("mapping_proposed", html(one_mapping(page(&HELD), Status::Proposed))),
        ("mapping", html(one_mapping(page(&HELD), Status::Approved))),
        ("mapping_withdrawn", html(one_mapping(page(&HELD), Status::Withdrawn))),
        ("calculations", html(calculations::list(page(&ADMIN)))),
        ("calculations_none", html(calculations::none(page(&ADMIN)))),
        ("calculation", html(calculations::one(page(&ADMIN), true))),
        ("calculation_ended", html(calculations::one(page(&ADMIN), false))),
        ("calculation_new", html(calculations::choosing(page(&ADMIN)))),
        ("calculation_formula", html(calculations::form(page(&ADMIN)))),
        ("comments", html(comments::list(page(&ADMIN)))),
        ("comments_none", html(comments::none(page(&ADMIN)))),
        ("comment", html(comments::one(page(&ADMIN), Status::Proposed))),
        ("comment_approved", html(comments::one(page(&ADMIN), Status::Approved))),
        ("comment_ended", html(comments::one(page(&ADMIN), Status::Withdrawn))),
        ("comment_new", html(comments::form(page(&ADMIN)))),
        ("reflex", html(reflex::list(page(&ADMIN)))),
        ("reflex_none", html(reflex::none(page(&ADMIN)))),
        ("reflex_rule", html(reflex::one(page(&ADMIN), Status::Proposed))),
        ("reflex_rule_approved", html(reflex::one(page(&ADMIN), Status::Approved))),
        ("reflex_choosing", html(reflex::choosing(page(&ADMIN)))),
        ("reflex_number", html(reflex::form(page(&ADMIN), true))),
        ("reflex_answers", html(reflex::form(page(&ADMIN), false))),
        ("reflex_suggestion", html(reflex::suggestion(page(&REVIEW)))),
        ("instruments", html(instruments::list(page(&INSTRUMENTS)))),
        ("instruments_none", html(instruments::none(page(&INSTRUMENTS)))),
        ("instrument", html(instruments::one(page(&INSTRUMENTS), false))),
        ("instrument_out_of_use", html(instruments::one(page(&INSTRUMENTS), true))),
        ("instrument_new", html(instruments::form(page(&INSTRUMENTS), ""))),
        ("instrument_change", html(instruments::form(page(&INSTRUMENTS), "7"))),
        ("instrument_strike", html(instruments::strike(page(&INSTRUMENTS)))),
        ("quality", html(quality::board(page(&QUALITY)))),
        ("quality_none", html(quality::none(page(&QUALITY)))),
        ("quality_system", html(quality::one(page(&QUALITY), false))),
        ("quality_system_wrong", html(quality::one(page(&QUALITY), true))),
        ("quality_plans", html(quality_plans::list(page(&QUALITY)))),
        ("quality_plans_none", html(quality_plans::none(page(&QUALITY)))),
        ("quality_plans_here", html(quality_plans::form(page(&QUALITY), true, 3))),
        ("quality_plans_elsewhere", html(quality_plans::form(page(&QUALITY), false, 3))),
        ("quality_plans_nothing", html(quality_plans::form(page(&QUALITY), true, 0))),
        ("quality_plans_sign", html(quality_plans::sign(page(&QUALITY), 3))),
        ("quality_plans_sign_none", html(quality_plans::sign(page(&QUALITY), 0))),
        ("systems", html(systems::list(page(&INSTRUMENTS)))),
        ("systems_none", html(systems::none(page(&INSTRUMENTS)))),
        ("system", html(systems::one(page(&INSTRUMENTS), false))),
        ("system_out_of_use", html(systems::one(page(&INSTRUMENTS), true))),
        ("system_new", html(systems::form(page(&INSTRUMENTS), ""))),
        ("system_change", html(systems::form(page(&INSTRUMENTS), "9"))),
        ("systems_describe", html(systems::many(page(&INSTRUMENTS), 3))),
        ("systems_describe_none", html(systems::many(page(&INSTRUMENTS), 0))),
        ("systems_verify", html(systems::verify(page(&INSTRUMENTS), false))),
        ("systems_verify_wrong", html(systems::verify(page(&INSTRUMENTS), true))),
        ("system_record", html(systems::record(page(&INSTRUMENTS)))),
        ("staff", html(staff(page(&ADMIN)))),
        ("catalog", html(catalog(page(&ADMIN)))),
        ("catalog_analyte", html(catalog_analyte(page(&ADMIN)))),
        ("catalog_answers", html(catalog_answers(page(&ADMIN)))),
        ("catalog_import", html(catalog_import(page(&ADMIN)))),
        ("catalog_test", html(catalog_test(page(&ADMIN)))),
        ("catalog_entries", html(entries::list(page(&ADMIN)))),
        ("catalog_entries_none", html(entries::none(page(&ADMIN)))),
        ("catalog_entry_analyte", html(entries::analyte(page(&ADMIN)))),
        ("catalog_entry_test", html(entries::test(page(&ADMIN)))),
        ("catalog_proposal_interval", html(entries::proposal(page(&ADMIN), false))),
        ("catalog_proposal_limit", html(entries::proposal(page(&ADMIN), true))),
        ("catalog_sign", html(catalog_sign(page(&ADMIN)))),
        ("links", html(links(page(&ADMIN)))),
        (
            "links_none",
            html(Links {
                page: page(&ADMIN),
                tabs: tabs("/admin/links"),
                detached: false,
                attachable: false,
                lines: vec![],
                rule: String::new(),
            }),
        ),
        ("link", html(link(page(&ADMIN), false))),
        ("link_paused", html(link(page(&ADMIN), true))),
        ("mapping_sign", html(mapping_sign(page(&ADMIN)))),
        ("staff_roles", html(staff_roles(page(&ADMIN)))),
        ("site", html(site(page(&ADMIN)))),
        ("problem_missing", html(Problem::Missing.page(page(&HOME), ""))),
        ("problem_forbidden", html(Problem::Forbidden.page(page(&HOME), ""))),
        (
            "problem_broken",
            html(Problem::Broken(String::new()).page(bare(assets), "6b1f6c1e-7f0a-4ad7-9c02-6f5f1f6f4b11")),
        ),
        ("problem_busy", html(Problem::Busy.page(page(&HOME), "6b1f6c1e-7f0a-4ad7-9c02-6f5f1f6f4b11"))),
        ("problem_elsewhere", html(Problem::Elsewhere.page(page(&HOME), ""))),
        (
            "problem_misdirected",
            html(Problem::Misdirected(Some("https://titer.example".to_owned())).page(bare(assets), "")),
        ),
        ("problem_misdirected_machine", html(Problem::Misdirected(None).page(bare(assets), ""))),
    ]
}

fn html(page: impl Template) -> String {
    page.render().expect("a page of plain structs renders")
}

fn s(text: &str) -> String {
    text.to_owned()
}

fn at(time: &str) -> When {
    When { iso: format!("2026-11-22T{time}:00+00:00"), words: format!("22 Nov 2026 {time}"), short: s(time) }
}

fn on(day: &str) -> When {
    When { iso: s("2026-11-20T09:12:00+00:00"), words: format!("{day} 2026 09:12"), short: format!("{day} 2026 09:12") }
}

fn bare(assets: &'static str) -> Page {
    Page {
        words: &ENGLISH,
        assets,
        base: "".into(),
        mode: Mode::Demo,
        laboratory: s("Northfield Pathology"),
        site: s("Main laboratory"),
        now: at("14:05"),
        person: None,
        here: None,
        nav: vec![],
        find: titer_web::paths::FIND,
        notice: None,
    }
}

fn frame(assets: &'static str, here: &'static Section) -> Page {
    let count = |section: &Section| match section.key {
        "nav-receive" => Count { all: Counted::all(6), ..Count::default() },
        "nav-review" => Count { all: Counted::all(23), critical: Counted::all(2), ..Count::default() },
        "nav-held" => Count { all: Counted { number: 1_000, more: true }, ..Count::default() },
        _ => Count::default(),
    };
    Page {
        person: Some(Person {
            account: s("2048"),
            name: s("Imani Castellanos"),
            initials: s("IC"),
            roles: s("Technician, verifier"),
            signing_until: Some(at("14:32")),
        }),
        here: Some(here),
        nav: SECTIONS.iter().map(|section| Way { section, count: count(section) }).collect(),
        ..bare(assets)
    }
}

fn name(family: &str, given: &str, sex: &str, born: &str, age: &str) -> PatientName {
    PatientName { family: s(family), given: s(given), sex: s(sex), born: s(born), age: s(age) }
}

fn okafor() -> PatientName {
    name("Okafor", "Grace Adaeze", "Female", "14 Mar 1971", "55 y")
}

fn lindqvist() -> PatientName {
    name("Lindqvist", "Bertil", "Male", "02 Jan 1948", "78 y")
}

fn haddad() -> PatientName {
    name("Al-Haddad", "Yusuf", "Male", "30 Oct 2026", "23 d")
}

fn unknown() -> PatientName {
    name("Unknown", "Trauma Delta", "Unknown", "not known", "")
}

fn people() -> [PatientName; 4] {
    [okafor(), lindqvist(), haddad(), unknown()]
}

fn banner(specimen: &str) -> PatientBanner {
    PatientBanner {
        name: okafor(),
        identifiers: vec![fact("Northfield no.", "4471 902"), fact("NHS no.", "999 123 4567")],
        requester: s("Dr Sofia Lindqvist, Ward 6B"),
        alerts: vec![],
        specimen: s(specimen),
    }
}

fn fact(label: &str, text: &str) -> Fact {
    Fact { label: s(label), text: s(text) }
}

fn tube(number: &str) -> Tube {
    Tube { href: s("specimen.html"), number: s(number) }
}

fn choice(value: &str, label: &str, hint: &str, chosen: bool) -> Choice {
    Choice { value: s(value), label: s(label), hint: s(hint), chosen }
}

struct Sample(&'static str, &'static str, &'static str, Flag, &'static str, Option<(&'static str, &'static str)>);

fn line(sample: Sample, status: Status, reasons: &[&str]) -> ResultLine {
    let Sample(test, value, unit, flag, interval, previous) = sample;
    ResultLine {
        id: format!("{}", test.len() * 1024 + value.len()),
        version: s("1"),
        test: s(test),
        value: Value::new(value),
        unit: s(unit),
        sent: String::new(),
        by_hand: String::new(),
        calculated: String::new(),
        comments: Vec::new(),
        flag,
        interval: s(interval),
        previous: previous.map(|(value, change)| Previous { value: s(value), at: on("20 Nov"), change: s(change) }),
        arrived: at("13:41"),
        source: s("chem-1"),
        status,
        reasons: reasons.iter().map(|reason| s(reason)).collect(),
        urgent: flag.critical(),
    }
}

fn chemistry(status: Status) -> Vec<ResultLine> {
    let held: &[&str] = if status == Status::Waiting {
        &["Haemolysis index 3+: potassium is not reliable", "Changed by +1.6 mmol/L since 20 Nov 2026"]
    } else {
        &[]
    };
    let potassium = if status == Status::Waiting { Status::Held } else { status };
    vec![
        line(
            Sample("Potassium", "6.8", "mmol/L", Flag::CriticalHigh, "3.5 – 5.2", Some(("5.2", "+1.6"))),
            potassium,
            held,
        ),
        line(Sample("Sodium", "138", "mmol/L", Flag::Within, "135 – 145", Some(("140", "−2"))), status, &[]),
        line(Sample("Creatinine", "142", "µmol/L", Flag::High, "45 – 90", Some(("118", "+24"))), status, &[]),
        line(Sample("Albumin", "31.4", "g/L", Flag::Low, "35.0 – 50.0", None), status, &[]),
        line(Sample("CRP", "<0.6", "mg/L", Flag::Within, "< 5.0", None), status, &[]),
        line(Sample("Bilirubin, conjugated", "7", "µmol/L", Flag::Unjudged, "", None), status, &[]),
    ]
}

fn group(number: &str, patient: PatientName, priority: Priority, lines: Vec<ResultLine>) -> Group {
    Group {
        id: number.bytes().map(usize::from).sum::<usize>().to_string(),
        tube: tube(number),
        patient,
        identifier: s("4471 902"),
        requester: s("Ward 6B"),
        priority,
        collected: at("12:58"),
        lines,
    }
}

fn sign_in(page: Page, fresh: bool) -> SignIn {
    let accounts = [
        ("imani", "Technician: receives, reviews, signs"),
        ("rafael", "Senior: approves mappings"),
        ("dr.novak", "Director: approves intervals and limits"),
        ("admin", "Administrator: staff and links"),
    ];
    SignIn {
        page,
        name: if fresh { String::new() } else { s("imani") },
        back: s("/"),
        draft: fresh,
        lost: !fresh,
        mistakes: if fresh {
            Mistakes::default()
        } else {
            Mistakes(vec![Mistake { field: "", text: s("There were too many wrong passwords. Try again in 16 s.") }])
        },
        accounts: if fresh {
            accounts
                .iter()
                .map(|(name, role)| DemoAccount { name: s(name), password: s("practice makes"), role: s(role) })
                .collect()
        } else {
            vec![]
        },
    }
}

fn password(page: Page) -> Password {
    Password {
        page,
        first: true,
        back: s(""),
        least: 12,
        mistakes: Mistakes(vec![Mistake {
            field: "again",
            text: s("The two are not the same. Type the new password twice."),
        }]),
    }
}

fn sessions(page: Page) -> Sessions {
    let line = |opened: &str, source: &str, own| SessionLine {
        key: s("5f"),
        opened: at(opened),
        seen: at("14:02"),
        source: s(source),
        own,
    };
    let lines = vec![line("09:40", "192.0.2.17", true), line("08:05", "2001:db8:4:7::/64", false)];
    Sessions { page, lines, mistakes: Mistakes::default() }
}

fn first_steps() -> Vec<Step> {
    let step = |href: &str, text: &str| Step { href: s(href), text: s(text) };
    vec![step("/admin/site", "Describe the laboratory"), step("/instruments/new", "Add an instrument")]
}

fn home(page: Page) -> Home {
    let row = |lead: &str, patient: Option<PatientName>, what: &str, since: &str, danger| NeedRow {
        href: s("specimen.html"),
        lead: s(lead),
        patient,
        what: s(what),
        since: at(since),
        danger,
    };
    let need = |topic, title: &str, count: usize, tone, rows| Need {
        topic,
        title: s(title),
        count: count.into(),
        tone,
        href: s("review.html"),
        rows,
    };
    Home {
        page,
        steps: Vec::new(),
        needs: vec![
            need(
                "critical",
                "Critical results",
                2,
                Tone::Danger,
                vec![
                    row("26-004417", Some(okafor()), "Potassium 6.8 mmol/L, held", "13:41", true),
                    row("26-004409", Some(unknown()), "Haemoglobin 54 g/L", "13:52", true),
                ],
            ),
            need(
                "review",
                "Results to review",
                21,
                Tone::Calm,
                vec![
                    row("26-004417", Some(okafor()), "5 results", "13:41", false),
                    row("26-004402", Some(lindqvist()), "14 results", "13:47", false),
                    row("26-004412", Some(haddad()), "Bilirubin, total", "13:58", false),
                ],
            ),
            need(
                "receipt",
                "Specimens to receive",
                6,
                Tone::Calm,
                vec![
                    row("26-004421", Some(haddad()), "Blood gas, STAT, collected", "13:55", false),
                    row("26-004422", Some(lindqvist()), "Serum, collected", "13:20", false),
                ],
            ),
            need(
                "held",
                "Held messages",
                2,
                Tone::Caution,
                vec![
                    row("M-000318", None, "cobas c 111: tube T20-10143GA D07 is not known here", "13:44", false),
                    row("M-000311", None, "cobas c 111: code 550 is not mapped", "11:02", false),
                ],
            ),
        ],
    }
}

fn hit_of_tube() -> Hit {
    Hit {
        href: s("specimen.html"),
        kind: HitKind::Specimen,
        number: s("26-004417"),
        patient: okafor(),
        status: Status::Waiting,
    }
}

fn find(page: Page) -> Find {
    Find {
        page,
        patients: vec![found()],
        asked: s("okaf"),
        several: true,
        hits: vec![
            hit_of_tube(),
            Hit {
                href: s("order.html"),
                kind: HitKind::Order,
                number: s("O-002210"),
                patient: okafor(),
                status: Status::InProgress,
            },
        ],
        more: true,
    }
}

fn orders(page: Page) -> Orders {
    let tests = ["Na, K, Crea, Alb, CRP", "CBC, Diff", "Bili total", "CBC, Na, K, Glu, Lactate, PT, aPTT"];
    let status =
        [Status::InProgress, Status::Received, Status::Ordered, Status::Final, Status::Cancelled, Status::Held];
    let priority = [Priority::Routine, Priority::Urgent, Priority::Routine, Priority::Stat];
    Orders {
        page: Page {
            notice: Some(Notice { tone: Tone::Calm, text: s("Order O-002214 is placed. Its tube is 26-004423.") }),
            ..page
        },
        placeable: true,
        lines: (0..14)
            .map(|n| OrderLine {
                href: s("order.html"),
                number: format!("O-{:06}", 2214 - n),
                patient: people()[n % 4].clone(),
                tests: s(tests[n % 4]),
                priority: priority[n % 4],
                tubes: vec![tube(&format!("26-{:06}", 4423 - n))],
                requester: s(
                    ["Dr A. Renard, Ward 6B", "Emergency department", "Dr P. Oyelaran, Hill Street surgery"][n % 3]
                ),
                placed: if n < 9 { at(&format!("13:{:02}", 55 - n * 4)) } else { on("21 Nov") },
                status: status[n % 6],
            })
            .collect(),
        older: s("orders.html"),
    }
}

fn order_patient(page: Page) -> OrderPatient {
    OrderPatient {
        page,
        asked: s("okaf"),
        matches: vec![
            Match { href: s("order_new.html"), name: okafor(), identifier: s("Northfield 4471 902") },
            Match {
                href: s("order_new.html"),
                name: name("Okafor", "Grace", "Female", "14 Mar 1974", "52 y"),
                identifier: s("Northfield 3310 077"),
            },
        ],
        more: false,
    }
}

fn found() -> Match {
    Match { href: s("order_new.html"), name: okafor(), identifier: s("Northfield 4471 902") }
}

fn who(no_born: bool) -> Who {
    Who {
        family: s("Okafor"),
        given: s("Grace"),
        born: if no_born { s("14/3/71") } else { s("14 Mar 1971") },
        no_born,
        bands: vec![choice("adult", "estimated: adult, 18 to 64 years", "", no_born)],
        sexes: vec![choice("f", "Female", "", true), choice("m", "Male", "", false), choice("u", "Unknown", "", false)],
    }
}

fn patient(page: Page) -> Patient {
    let mut lines = chemistry(Status::Verified);
    lines.truncate(3);
    Patient {
        page,
        patient: banner(""),
        id: s("17"),
        orderable: true,
        correctable: true,
        orders: vec![OfPatient {
            order: Tube { href: s("order.html"), number: s("O-002210") },
            priority: Priority::Urgent,
            requester: s("Dr A. Renard, Ward 6B"),
            placed: at("12:40"),
        }],
        results: lines.into_iter().map(|line| PatientResult { line, tube: tube("26-004417"), old: true }).collect(),
        reports: vec![PatientReport {
            order: Tube { href: s("report.html"), number: s("O-002210") },
            version: s("1"),
            status: Status::Final,
            composed: at("14:02"),
            old: true,
        }],
        unprintable: String::new(),
    }
}

fn patient_correct(page: Page) -> CorrectPatient {
    CorrectPatient {
        page,
        patient: banner(""),
        id: s("17"),
        who: who(false),
        identifier: s("Northfield 4471 902"),
        reason: String::new(),
        doubts: Doubts {
            early: vec![s("Tube 26-004417 was collected at 22 Nov 2026 12:58, before this date of birth.")],
            tubes: s("2049"),
            ..Doubts::default()
        },
        seen: Seen { version: 9, now: vec![fact("Family name", "Okafor-Lindqvist")] },
        mistakes: Mistakes::default(),
    }
}

fn patient_new(page: Page) -> NewPatient {
    NewPatient {
        page,
        who: who(true),
        identifier: String::new(),
        no_name: false,
        no_identifier: false,
        doubts: Doubts {
            similar: vec![found()],
            more: true,
            different: s("ab12"),
            unprintable: s("山"),
            numbered: vec![hit_of_tube()],
            numbers: s("2049"),
            known: Some(found()),
            ..Doubts::default()
        },
        seen: Seen::default(),
        mistakes: Mistakes(vec![
            Mistake {
                field: "born",
                text: s("“14/3/71” can be read in two ways. Write the month as a word: 14 Mar 1971."),
            },
            Mistake { field: "identifier", text: s("An identifier is missing.") },
        ]),
    }
}

fn order_new(page: Page) -> NewOrder {
    let tests = |names: &[(&str, &str)]| {
        names.iter().map(|(short, label)| choice(short, label, short, *short == "K" || *short == "Crea")).collect()
    };
    NewOrder {
        page,
        patient: banner(""),
        patient_id: s("17"),
        find: String::new(),
        offers: vec![
            Offer {
                specimen: s("Serum or plasma, gold or light green"),
                tests: tests(&[
                    ("Na", "Sodium"),
                    ("K", "Potassium"),
                    ("Crea", "Creatinine"),
                    ("Alb", "Albumin"),
                    ("ALT", "Alanine aminotransferase"),
                    ("CRP", "C-reactive protein"),
                    ("Glu", "Glucose"),
                    ("Ca", "Calcium"),
                ]),
            },
            Offer {
                specimen: s("Whole blood, EDTA, lavender"),
                tests: tests(&[("Hb", "Haemoglobin"), ("WBC", "Leukocytes"), ("PLT", "Platelets")]),
            },
        ],
        priorities: vec![
            choice("r", "Routine", "", true),
            choice("u", "Urgent", "", false),
            choice("s", "STAT", "", false),
        ],
        collected: s("22 Nov 2026 14:05"),
        tube: String::new(),
        requester: s("Dr A. Renard, Ward 6B"),
        confirmed: String::new(),
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

fn order(page: Page) -> Order {
    let test = |name: &str, received: Option<&str>, status| OrderedTest {
        name: s(name),
        tube: tube(if received.is_some() { "26-004417" } else { "26-004418" }),
        specimen: s(if received.is_some() { "Serum" } else { "Whole blood, EDTA" }),
        collected: at("12:58"),
        received: received.map(at).unwrap_or_default(),
        status,
        mark: if received.is_none() { s("2049") } else { String::new() },
        cancelled: String::new(),
        sent: received.map(|_| s("chem-1, 22 Nov 2026 13:11")).into_iter().collect(),
        by_rule: if received.is_none() { s("Added by rule NA-K, version 1") } else { String::new() },
    };
    let cancelled = OrderedTest {
        cancelled: s("Cancelled by Imani Castellanos, 22 Nov 2026 13:02: ordered twice"),
        mark: String::new(),
        ..test("Platelets", None, Status::Cancelled)
    };
    Order {
        page,
        patient: banner(""),
        number: s("O-002210"),
        priority: Priority::Urgent,
        status: Status::InProgress,
        requester: s("Dr A. Renard, Ward 6B"),
        placed: at("12:40"),
        placed_by: s("Imani Castellanos"),
        tests: vec![
            test("Potassium", Some("13:10"), Status::Held),
            test("Sodium", Some("13:10"), Status::Waiting),
            test("Creatinine", Some("13:10"), Status::Verified),
            test("Haemoglobin", None, Status::Collected),
            cancelled,
        ],
        report: s("report.html"),
        id: s("2210"),
        addable: true,
        again: true,
        failure: s("The report could not be composed and is tried again by itself: the disk is full."),
        reason: String::new(),
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

fn order_add(page: Page) -> AddTests {
    let NewOrder { page, patient, find, offers, mistakes, .. } = order_new(page);
    AddTests { page, patient, id: s("2210"), number: s("O-002210"), find, offers, seen: Seen::default(), mistakes }
}

fn received(number: &str, n: usize) -> Received {
    Received {
        tube: tube(number),
        patient: people()[n % 4].clone(),
        specimen: s(["Serum", "Whole blood, EDTA", "Plasma, citrate"][n % 3]),
        tests: s(["Na, K, Crea, Alb, CRP", "CBC, Diff", "PT, aPTT"][n % 3]),
        priority: if n % 4 == 3 { Priority::Stat } else { Priority::Routine },
        at: at(&format!("14:{:02}", 4 - n.min(4))),
        by: s("Imani Castellanos"),
    }
}

fn receive(page: Page, done: bool) -> Receive {
    let outcome = if done {
        Outcome::Received(Box::new(received("26-004421", 0)))
    } else {
        let number = s("T20-10143GA D07");
        let why = page.words.refusal("specimens-unknown", &[("barcode", &number)]);
        let confirm = Confirm { time: s("1790000000000000"), tube: String::new(), label: "receive-anyway" };
        Outcome::Refused { why, scanned: number, confirm }
    };
    Receive {
        page,
        collected: String::new(),
        outcome: Some(outcome),
        lines: (0..9).map(|n| received(&format!("26-{:06}", 4421 - n), n)).collect(),
        expected: 5.into(),
    }
}

fn moment(time: &str, who: &str, what: &str, detail: &str, caution: bool) -> Moment {
    Moment { at: at(time), who: s(who), what: s(what), detail: s(detail), caution }
}

fn specimen(page: Page) -> Specimen {
    Specimen {
        page,
        patient: PatientBanner { alerts: vec![s("Warfarin")], ..banner("26-004417") },
        status: Status::InProgress,
        facts: vec![
            fact("Type", "Serum"),
            fact("Container", "Clot activator and gel, gold"),
            fact("Collected", "22 Nov 2026 12:58"),
            fact("Received", "22 Nov 2026 13:10"),
        ],
        order: Tube { href: s("order.html"), number: s("O-002210") },
        report: String::new(),
        lines: chemistry(Status::Waiting),
        suggestions: reflex::open(),
        outstanding: vec![
            (s("Lipase"), s("Chemistry 1 has not sent a result yet")),
            (s("Magnesium"), s("There is no result yet")),
            (
                s("LDL cholesterol"),
                s("Not calculated: the formula holds for Triglycerides above 0 and up to 4.5 mmol/L."),
            ),
        ],
        story: vec![
            moment(
                "12:40",
                "Imani Castellanos",
                "Ordered: Na, K, Crea, Alb, CRP, conjugated bilirubin",
                "Urgent, for Dr A. Renard, Ward 6B",
                false,
            ),
            moment("12:58", "Ward 6B", "Collected", "", false),
            moment("13:10", "Imani Castellanos", "Received", "Bench 1", false),
            moment("13:41", "chem-1", "Six results reported", "Message M-000317", false),
            moment("13:41", "Titer", "Potassium held", "Haemolysis index 3+; changed by +1.6 mmol/L", true),
        ],
        id: s("17"),
        rejections: vec![choice("clotted", "Clotted", "", false), choice("haemolysed", "Haemolysed", "", false)],
        discardable: true,
        seen: Seen::default(),
        mistakes: Mistakes::default(),
        held: s("messages_about.html"),
        held_count: 1.into(),
        labelled: true,
    }
}

fn discard(page: Page) -> Discard {
    Discard {
        page,
        patient: banner("26-004417"),
        id: s("17"),
        status: Status::Received,
        outstanding: vec![s("Potassium"), s("Sodium")],
        seen: Seen { version: 4, now: Vec::new() },
        mistakes: Mistakes::default(),
    }
}

fn review(page: Page) -> Review {
    let cbc = || {
        vec![
            line(Sample("Haemoglobin", "54", "g/L", Flag::CriticalLow, "130 – 175", None), Status::Waiting, &[]),
            line(Sample("Leukocytes", "11.82", "10⁹/L", Flag::High, "4.00 – 11.00", None), Status::Waiting, &[]),
            line(Sample("Platelets", "203", "10⁹/L", Flag::Within, "150 – 450", None), Status::Waiting, &[]),
            line(Sample("MCV", "88.1", "fL", Flag::Within, "80.0 – 100.0", None), Status::Waiting, &[]),
        ]
    };
    Review {
        page,
        groups: vec![
            group("26-004409", unknown(), Priority::Stat, cbc()),
            group("26-004417", okafor(), Priority::Urgent, chemistry(Status::Waiting)),
            group(
                "26-004402",
                lindqvist(),
                Priority::Routine,
                vec![
                    line(
                        Sample(
                            "HBs antigen",
                            "Reactive",
                            "",
                            Flag::Abnormal,
                            "Non-reactive",
                            Some(("Non-reactive", "")),
                        ),
                        Status::Held,
                        &["First results of a new mapping: compare with the analyzer's printout"],
                    ),
                    line(
                        Sample("ALT", "95.2", "U/L", Flag::High, "< 50.0", Some(("61.0", "+34.2"))),
                        Status::Waiting,
                        &[],
                    ),
                ],
            ),
            group(
                "26-004412",
                haddad(),
                Priority::Routine,
                vec![line(Sample("Bilirubin, total", "212", "µmol/L", Flag::High, "< 21", None), Status::Waiting, &[])],
            ),
        ],
        waiting: 23.into(),
        critical: 2.into(),
        held: 2.into(),
        corrections: vec![CorrectionLine {
            href: s("correction.html"),
            tube: s("26-004398"),
            patient: okafor(),
            identifier: s("MRN-0441207"),
            priority: Priority::Stat,
            test: s("Sodium"),
            stands: s("140 mmol/L"),
            contradicts: s("172 mmol/L"),
            flag: Flag::CriticalHigh,
            urgency: Urgency::Critical,
            others: 1,
            owner: s("Imani Castellanos"),
            since: at("13:12"),
            age: s("53 min"),
        }],
        corrections_more: false,
        suggestions: reflex::open(),
        suggestions_more: true,
        next: s("review.html"),
    }
}

fn signing(page: Page) -> Signing {
    let mut lines = chemistry(Status::Waiting);
    lines.remove(0);
    Signing {
        page,
        groups: vec![group("26-004417", okafor(), Priority::Urgent, lines)],
        count: 5,
        lifts: 0,
        left_out: vec![LeftOut {
            verified: false,
            tube: s("26-004402"),
            test: s("ALT"),
            why: s("Rafael Brandt corrected it at 14:03, after you opened the page. Check it again before you sign."),
        }],
        password: true,
        mistakes: Mistakes::default(),
    }
}

fn signing_nothing(page: Page) -> Signing {
    Signing {
        page,
        groups: vec![],
        count: 0,
        lifts: 0,
        left_out: vec![],
        password: true,
        mistakes: Mistakes::default(),
    }
}

fn reports(page: Page) -> Reports {
    let status = [Status::Final, Status::Preliminary, Status::Working, Status::Corrected, Status::Failed];
    Reports {
        page,
        failed: vec![FailedReport {
            href: s("report.html"),
            what: s("Order 2206"),
            why: s("laboratory.address[0] has 301 characters, and its place holds 300; shorten it"),
        }],
        failed_count: 1.into(),
        lines: (0..10)
            .map(|n| ReportLine {
                href: s("report.html"),
                order: format!("O-{:06}", 2210 - n),
                patient: people()[n % 4].clone(),
                version: if n % 5 == 3 { 2 } else { 1 },
                status: status[n % 5],
                issued: if matches!(n % 5, 2 | 4) { When::default() } else { at(&format!("13:{:02}", 50 - n)) },
                pdf: if matches!(n % 5, 2 | 4) { String::new() } else { s("report.pdf") },
            })
            .collect(),
        older: String::new(),
    }
}

fn report(page: Page) -> Report {
    let version = |number, status, digest: &str, failure: &str| Version {
        number,
        status,
        composed: at("14:01"),
        issued: if failure.is_empty() { at("14:02") } else { When::default() },
        pdf: if failure.is_empty() { s("report.pdf") } else { String::new() },
        digest: s(digest),
        failure: s(failure),
        retry: if failure.is_empty() { String::new() } else { s("/reports/1/retry") },
        anew: if failure.is_empty() { String::new() } else { s("/reports/1/anew") },
    };
    Report {
        page,
        patient: banner(""),
        order: Tube { href: s("order.html"), number: s("O-002210") },
        status: Status::Corrected,
        versions: vec![
            version(
                3,
                Status::Failed,
                "",
                "The document could not be made: no space is left on the disk. Make room, then try again.",
            ),
            version(2, Status::Corrected, "9c1185a5c5e9fc54", ""),
            version(1, Status::Final, "2ca5e1b09f7741d0", ""),
        ],
        lines: chemistry(Status::Verified),
        not_measured: vec![s("Haemoglobin was not measured: specimen clotted (tube 26-004418).")],
        outstanding: vec![s("C-reactive protein")],
        corrections: vec![OpenCorrection { test: s("Potassium"), href: s("correction.html") }],
        follows: true,
        named: s("This version names Okafor, Nneka (female, born 02 Apr 1971), identifier MRN-1."),
        signatures: vec![Signature {
            name: s("Imani Castellanos"),
            at: at("14:01"),
            meaning: s("verified"),
            covers: s("Potassium, Sodium, Creatinine, Albumin, CRP"),
        }],
    }
}

fn messages(page: Page) -> Messages {
    let message = |number: &str, specimen: &str, summary: &str, reasons: &[&str], status| MessageLine {
        href: s("message.html"),
        number: s(number),
        arrived: at("13:44"),
        link: s("cobas c 111"),
        specimen: s(specimen),
        summary: s(summary),
        reasons: reasons.iter().map(|reason| s(reason)).collect(),
        status,
    };
    Messages {
        page,
        about: String::new(),
        replay: String::new(),
        replay_words: String::new(),
        all: false,
        kept: false,
        kept_counts: vec![],
        lines: vec![
            message(
                "M-000318",
                "T20-10143GA D07",
                "1 result",
                &["Tube T20-10143GA D07 is not known here", "Code 550 is not mapped"],
                Status::Held,
            ),
            message("M-000311", "26-004398", "1 result", &["Code 550 is not mapped"], Status::Held),
        ],
        older: String::new(),
    }
}

fn message(page: Page) -> Message {
    let bytes = b"\x021H|\\^&|||C111^Maker^c111^4.2.2||||||host|RSUPL^REAL|P|1|20261122134402\r\x178A\r\n\x022P|1||\r\x174B\r\n\x023O|1||26-004398^^2||R||||||N||||||||||||||20261122134402|||F\r\x17C0\r\n\x024R|1|^^^550|95.2|U/L||N||F||$SYS$||20261122134402\r\x17A2\r\n\x025L|1|N\r\x0308\r\n\x04";
    Message {
        page,
        number: s("M-000318"),
        id: s("318"),
        status: Status::Held,
        facts: vec![
            fact("Link", "cobas c 111"),
            fact("Address of the analyzer", "10.20.4.17"),
            fact("Protocol", "ASTM E1381, E1394"),
            fact("Dialect", "cobas c 111"),
            fact("Arrived", "22 Nov 2026 13:44"),
            fact("Size", "441 bytes"),
        ],
        reasons: vec![
            s(
                "Code 550 is not mapped. Propose a mapping. After another person has approved it, read the message again.",
            ),
            s("Its results are held until a person has compared the first results with the analyzer's printout."),
        ],
        results: vec![SentResult {
            specimen: s("26-004398"),
            code: s("550"),
            test: String::new(),
            value: s("95.2"),
            unit: s("U/L"),
            flags: s("N"),
            measured: s("20261122134402"),
            why: vec![s("Code 550 is not mapped")],
        }],
        records: vec![
            Record {
                name: s("H"),
                kind: s("Header"),
                fields: vec![
                    fact("H-5", "C111^Maker^c111^4.2.2"),
                    fact("H-10", "host"),
                    fact("H-12", "P"),
                    fact("H-14", "20261122134402"),
                ],
            },
            Record { name: s("P 1"), kind: s("Patient"), fields: vec![] },
            Record {
                name: s("O 1"),
                kind: s("Order"),
                fields: vec![fact("O-3", "26-004398^^2"), fact("O-6", "R"), fact("O-26", "F")],
            },
            Record {
                name: s("R 1"),
                kind: s("Result"),
                fields: vec![
                    fact("R-3", "^^^550"),
                    fact("R-4", "95.2"),
                    fact("R-5", "U/L"),
                    fact("R-7", "N"),
                    fact("R-9", "F"),
                    fact("R-13", "20261122134402"),
                ],
            },
            Record { name: s("L 1"), kind: s("End"), fields: vec![fact("L-3", "N")] },
        ],
        raw: raw::visible(bytes),
        raw_more: false,
        more: false,
        link: s("7"),
        mappings: vec![mapping("690", "Alanine aminotransferase (U/L)", Status::Proposed, true)],
        unmapped: vec![Unmapped {
            word: "2.4".to_owned(),
            test: String::new(),
            code: s("690"),
            unit: s("U/L"),
            specimen: String::new(),
            records: pointed(),
            why: s(
                "Code 690 is not mapped. Propose a mapping. After another person has approved it, read the message again.",
            ),
        }],
        tests: vec![s("Alanine aminotransferase (U/L)"), s("Aspartate aminotransferase (U/L)")],
        others: vec![Others {
            what: s("Messages held because code 690 (U/L) has no approved mapping"),
            count: 11.into(),
            href: s("messages_about.html"),
        }],
        history: vec![
            moment("13:44", "cobas c 111", "Message received and kept.", "", false),
            moment("13:58", "Imani Castellanos", "Message read again.", "", false),
        ],
        waits: true,
        reason: String::new(),
        seen: Seen::default(),
        mistakes: Mistakes::default(),
    }
}

fn correction(page: Page) -> Correction {
    Correction {
        page,
        patient: banner("26-004398"),
        priority: Priority::Stat,
        id: s("1"),
        line: chemistry(Status::Verified).remove(1),
        signed: s("Imani Castellanos verified it on 22 Nov 2026 12:58."),
        against: vec![Against {
            mark: s("1"),
            value: s("172 mmol/L"),
            flag: Flag::CriticalHigh,
            urgency: Urgency::Critical,
            decision: String::new(),
            reasons: vec![s("Critical value: check it, and notify the requester without delay.")],
            message: s("message.html"),
            measured: at("13:05"),
            arrived: at("13:12"),
            source: s("cobas c 111"),
        }],
        dismissed: vec![],
        urgency: Urgency::Critical,
        reason: String::new(),
        password: true,
        mistakes: Mistakes::default(),
    }
}

fn repeat(page: Page) -> Repeat {
    Repeat {
        page,
        patient: banner("26-004417"),
        line: chemistry(Status::Waiting).remove(0),
        reason: String::new(),
        mistakes: Mistakes(vec![Mistake {
            field: "reason",
            text: s("Give a reason for the repeat. The reason is kept on record."),
        }]),
    }
}
