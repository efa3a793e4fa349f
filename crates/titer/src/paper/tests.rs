//! What a laboratory can order and sign can be printed.

use titer_lab::{
    Timestamp,
    orders::{OrderId, commands::REQUESTS_MAX},
    reports::{
        ReportId,
        document::{self, Comment, Document, Line, NotMeasured},
        views::Report,
    },
    sites::commands::ADDRESS_LINES_MAX,
    specimens::{REJECTION_REASONS, commands::BARCODE_CHARS_MAX, views::OF_ORDER_MAX},
    text::CHARS_MAX,
};
use titer_report::LaboratoryReport;

use super::*;
use crate::words::ENGLISH;

const BEGAN: i64 = 1_790_000_000_000_000;

/// A report as small as one can be.
fn small() -> Document {
    let s = str::to_owned;
    Document {
        order: 6 * titer_store::PLACES,
        version: 1,
        complete: true,
        laboratory: document::Laboratory { name: s("Test Laboratory"), zone: s("UTC"), ..Default::default() },
        patient: document::Patient {
            family: s("Okafor"),
            given: s("Grace"),
            sex: s("female"),
            birth_date: s("1971-03-14"),
            identifier: s("MRN-1"),
        },
        requester: s("Ward 4"),
        priority: s("routine"),
        specimens: Vec::new(),
        results: Vec::new(),
        outstanding: Vec::new(),
        not_measured: Vec::new(),
    }
}

fn line(name: &str, value: &str, signed: (&str, i64)) -> Line {
    Line {
        discipline: "haematology".to_owned(),
        name: name.to_owned(),
        loinc: "718-7".to_owned(),
        value: value.to_owned(),
        unit: "g/L".to_owned(),
        flag: "N".to_owned(),
        critical: String::new(),
        low: "120".to_owned(),
        high: "160".to_owned(),
        has_interval: true,
        previous: None,
        verified_by: signed.0.to_owned(),
        verified_at: BEGAN + signed.1 * 60_000_000,
        words: String::new(),
        expected: String::new(),
        instrument: String::new(),
        comments: Vec::new(),
    }
}

fn printed(said: &Document) -> LaboratoryReport {
    let composed_at = Timestamp::from_micros(BEGAN + 3_600_000_000);
    let (id, order) = (ReportId(7 * titer_store::PLACES), OrderId(said.order));
    let version = Report { id, order, version: said.version, complete: said.complete, composed_at, issued: None };
    report(&version, said, &ENGLISH)
}

fn prints(said: &Document) {
    let report = printed(said);
    match titer_report::render(&report) {
        Ok(bytes) => assert!(bytes.starts_with(b"%PDF-")),
        Err(e) => panic!("{e}"),
    }
}

/// As long as a text of the laboratory may be, in words of a length that a line holds.
fn long(word: &str) -> String {
    word.chars().cycle().take(CHARS_MAX - 1).chain(['x']).collect()
}

/// A full blood count of twenty results, signed in two signings, as everybody does if the platelets are critical.
#[test]
fn a_full_blood_count_in_two_signings_is_printed() {
    let names = [
        "Leukocytes",
        "Erythrocytes",
        "Haemoglobin",
        "Haematocrit",
        "Mean corpuscular volume",
        "Mean corpuscular haemoglobin",
        "Mean corpuscular haemoglobin concentration",
        "Red cell distribution width",
        "Mean platelet volume",
        "Neutrophils, absolute count",
        "Lymphocytes, absolute count",
        "Monocytes, absolute count",
        "Eosinophils, absolute count",
        "Basophils, absolute count",
        "Neutrophils, fraction of leukocytes",
        "Lymphocytes, fraction of leukocytes",
        "Monocytes, fraction of leukocytes",
        "Eosinophils, fraction of leukocytes",
        "Basophils, fraction of leukocytes",
    ];
    let mut said = small();
    said.results = names.iter().map(|name| line(name, "1.0", ("Ada Quill", 0))).collect();
    said.results.push(line("Platelets", "8", ("Ada Quill", 1)));
    let report = printed(&said);
    assert_eq!(report.signatures.iter().map(|s| s.covers.len()).collect::<Vec<_>>(), [19, 1]);
    prints(&said);
    // And each by itself.
    for (minute, line) in (0..).zip(&mut said.results) {
        line.verified_at = BEGAN + minute * 60_000_000;
    }
    assert_eq!(printed(&said).signatures.len(), 20);
    prints(&said);
}

/// Every list and every text as long as the laboratory lets it be. The names at the head of the page are in ordinary letters: were all of
/// them the widest that there are, the head would leave no room, and the error says so.
fn largest(word: &str, signings: i64) -> Document {
    let (text, order, head) = (long(word), small(), long("Haemoglobin of fetal red cells "));
    let specimen = |n: i64| document::Specimen {
        barcode: format!("{n:0>width$}", width = BARCODE_CHARS_MAX),
        name: text.clone(),
        collected_at: Some(BEGAN),
        received_at: Some(BEGAN),
        rejected: REJECTION_REASONS[0].to_owned(),
    };
    let result = |n: i64| Line {
        unit: text.clone(),
        previous: Some((format!("{text} {text}"), BEGAN)),
        flag: String::new(),
        // Of benches that nobody has named, each of its own.
        discipline: format!("bench-{n}"),
        ..line(&text, &text, (&text, n % signings))
    };
    Document {
        laboratory: document::Laboratory {
            name: head.clone(),
            address: vec![head.clone(); ADDRESS_LINES_MAX],
            accreditation: head.clone(),
            director: head.clone(),
            zone: "UTC".to_owned(),
            demonstration: true,
        },
        patient: document::Patient {
            family: head.clone(),
            given: head.clone(),
            identifier: head.clone(),
            ..order.patient
        },
        requester: text.clone(),
        specimens: (0..OF_ORDER_MAX).map(specimen).collect(),
        results: (0..REQUESTS_MAX as i64).map(result).collect(),
        ..order
    }
}

#[test]
fn the_largest_order_signed_one_by_one_is_printed() {
    let said = largest("Haemoglobin of fetal red cells ", REQUESTS_MAX as i64);
    assert_eq!(printed(&said).signatures.len(), REQUESTS_MAX);
    prints(&said);
}

#[test]
fn the_largest_order_in_two_signings_is_printed_whatever_its_letters() {
    prints(&largest("W", 2));
}

#[test]
fn the_largest_order_of_which_nothing_was_measured_is_printed() {
    let mut said = largest("Haemoglobin of fetal red cells ", 1);
    let lost = |line: &Line| NotMeasured {
        name: line.name.clone(),
        reason: REJECTION_REASONS[0].to_owned(),
        barcode: "0".repeat(BARCODE_CHARS_MAX),
    };
    said.not_measured = said.results.iter().map(lost).collect();
    said.results.clear();
    prints(&said);
}

#[test]
fn a_test_that_was_not_measured_says_so_and_why() {
    let mut said = small();
    let reasons = REJECTION_REASONS.iter().chain([&titer_lab::reports::outcome::DISCARDED]);
    said.not_measured = reasons
        .map(|reason| NotMeasured {
            name: "Haemoglobin".to_owned(),
            reason: (*reason).to_owned(),
            barcode: "2632600001".to_owned(),
        })
        .collect();
    let report = printed(&said);
    assert_eq!((report.status.clone(), report.labels.cancelled.as_str()), (Status::Final, "not measured"));
    let results = &report.sections[0].results;
    let why: Vec<&str> = results
        .iter()
        .map(|r| match &r.standing {
            Standing::Cancelled { reason } => reason.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(why[4], "Not measured: specimen clotted (tube 2632600001)");
    assert!(why.iter().all(|w| !w.contains('⟪')), "{why:?}");
    prints(&said);
}

#[test]
fn a_value_that_is_no_number_stands_beside_its_interval_and_says_that() {
    for (value, says) in [("positive", "not a number"), ("<140", "inside or outside"), ("140", "")] {
        let mut said = small();
        let flag = if says.is_empty() { "N" } else { "" };
        said.results = vec![Line { flag: flag.to_owned(), ..line("Haemoglobin", value, ("Ada Quill", 0)) }];
        let report = printed(&said);
        let result = &report.sections[0].results[0];
        assert!(matches!(&result.interval, ReferenceInterval::Approved { text, .. } if text == "120–160"), "{value}");
        assert!(result.comments.concat().contains(says) && result.comments.len() <= 1, "{:?}", result.comments);
        assert_eq!(result.comments.is_empty(), says.is_empty());
    }
}

#[test]
fn comments_stand_under_their_result_in_order_and_in_the_words_of_then() {
    let comment = |code: &str, words: &str| Comment { code: code.to_owned(), version: 1, words: words.to_owned() };
    let comments = vec![comment("LIP", "Lipaemic."), comment("HEM", "The specimen is haemolysed.")];
    let mut said = small();
    said.results = vec![Line { comments, ..line("Potassium", "4.0", ("Ada Quill", 0)) }];
    let report = printed(&said);
    assert_eq!(report.sections[0].results[0].comments, ["Lipaemic.", "The specimen is haemolysed."]);
    prints(&said);
}

#[test]
fn a_label_is_typeset() {
    let s = str::to_owned;
    let label = Label {
        family: s("Okafor"),
        given: s("Grace"),
        born: s("14 Mar 1971"),
        sex: s("Female"),
        identifier: s("MRN-1"),
        number: s("T20-10143"),
        kind: s("Serum"),
        collected: s("22 Nov 2026 14:05"),
        mark: String::new(),
    };
    assert!(Typesetter.label(label).unwrap().starts_with(b"%PDF-"));
}
