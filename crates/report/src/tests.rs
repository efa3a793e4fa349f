//! What stands on the page: read back from the laid-out pages, so that nothing needs to be installed.

use typst::layout::{Abs, Frame, FrameItem};
use typst_layout::PagedDocument;

use super::*;

/// A piece of text and where its baseline starts, in points from the page's top left.
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
}

pub(crate) fn words_of(frame: &Frame) -> Vec<Word> {
    fn collect(frame: &Frame, x: Abs, y: Abs, words: &mut Vec<Word>) {
        for (place, item) in frame.items() {
            match item {
                FrameItem::Group(group) => collect(&group.frame, x + place.x, y + place.y, words),
                FrameItem::Text(text) => words.push(Word {
                    text: text.text.to_string(),
                    x: (x + place.x).to_pt(),
                    y: (y + place.y).to_pt(),
                    width: text.width().to_pt(),
                }),
                _ => {}
            }
        }
    }
    let mut words = Vec::new();
    collect(frame, Abs::zero(), Abs::zero(), &mut words);
    words
}

/// The text of a page, line by line, without spaces and invisible characters, which typesetting may move.
pub(crate) fn text_of(frame: &Frame) -> String {
    let mut words = words_of(frame);
    let line = |word: &Word| (word.y * 2.0).round();
    words.sort_by(|a, b| line(a).total_cmp(&line(b)).then(a.x.total_cmp(&b.x)));
    squeezed(&words.into_iter().map(|word| word.text).collect::<String>())
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{2068}' | '\u{2069}')).collect()
}

fn lay_out(report: &LaboratoryReport) -> (typeset::Desk, PagedDocument) {
    check::report(report).unwrap();
    typeset::lay_out(LABORATORY_TEMPLATE, data(report).unwrap()).unwrap()
}

fn pages(report: &LaboratoryReport) -> PagedDocument {
    lay_out(report).1
}

fn texts(report: &LaboratoryReport) -> Vec<String> {
    pages(report).pages().iter().map(|page| text_of(&page.frame)).collect()
}

pub(crate) fn assert_says(page: &str, expected: &[&str]) {
    for text in expected {
        assert!(page.contains(&squeezed(text)), "{text:?} is not on the page: {page}");
    }
}

fn long() -> LaboratoryReport {
    let mut report = LaboratoryReport::sample();
    report.sections = report.sections.iter().cycle().take(12).cloned().collect();
    report
}

#[test]
fn a_report_says_everything_that_it_was_given() {
    let pages = texts(&LaboratoryReport::sample());
    assert_eq!(pages.len(), 1);
    assert_says(
        &pages[0],
        &[
            "Harbour Street Clinical Laboratory",
            "CLIA 00D0000000",
            "Laboratory director: Dr Ingrid Solheim",
            "OKONKWO-LINDQVIST, Marguerite Adaeze",
            "Sex Born Age MRN National number",
            "Female 04 Mar 1961 65 years 00418823 999 000 0018",
            "Requested by Dr Ifeoma Abara",
            "Clinic 4, chair 2",
            "Urgent",
            "R-26-004711, version 1",
            "Issued 22 Nov 2026 14:05",
            "FINAL",
            "2600012346 EDTA whole blood 22 Nov 2026 09:40 22 Nov 2026 10:12",
            "slightly haemolysed (index 1+)",
            "Clinical chemistry Serum · 2600012345 · collected 22 Nov 2026 09:40",
            "Potassium HH 6.3 mmol/L 3.5–5.1",
            "4.9 12 Oct 2026 09:12",
            "Slight haemolysis: up to 0.3 mmol/L",
            "eGFR (CKD-EPI 2021) 21 mL/min/1.73 m² no approved interval",
            "C-reactive protein <0.6 mg/L",
            "Film A Anisocytosis 1+, burr cells seen",
            "Urine culture No growth after 48 hours at 35 °C Boric acid container.",
            "Glucose, strip not done Not enough specimen.",
            "telephoned to Dr I. Abara",
            "2 Women 18 years and over; manufacturer’s interval",
            "Performed at B Northern Reference Laboratory · 1 College Road",
            "Prof. Tomasz Wróbel",
            "Thandiwe Marsh, Biomedical Scientist Verified: Clinical chemistry, Haematology 22 Nov 2026 13:58",
            "Dr Ingrid Solheim, Consultant Reviewed and released 22 Nov 2026 14:04",
            "End of report",
            "Page 1 of 1",
        ],
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let first = render(&LaboratoryReport::sample()).unwrap();
    assert!(first.starts_with(b"%PDF-"));
    let elsewhere = std::thread::spawn(|| render(&LaboratoryReport::sample()).unwrap()).join().unwrap();
    assert!(first == elsewhere, "two renderings differ");
    let mut other = LaboratoryReport::sample();
    other.version = 2;
    assert!(first != render(&other).unwrap(), "a different report has the same bytes");
}

#[test]
fn every_page_names_the_patient_the_report_and_its_place() {
    let pages = texts(&long());
    assert!(pages.len() > 2);
    for (n, page) in pages.iter().enumerate() {
        assert_says(
            page,
            &[
                "OKONKWO-LINDQVIST, Marguerite Adaeze",
                "04 Mar 1961",
                "00418823",
                "Harbour Street Clinical Laboratory",
                "R-26-004711, version 1",
                "22 Nov 2026 14:05",
                "FINAL",
                &format!("Page {} of {}", n + 1, pages.len()),
            ],
        );
        // No column of results without its heading.
        assert!(
            !page.contains("mmol/L") || page.contains("Referenceinterval"),
            "page {} has no column headings",
            n + 1
        );
    }
    let ends = pages.iter().filter(|page| page.contains("Endofreport")).count();
    assert_eq!((ends, pages.last().unwrap().contains("Endofreport")), (1, true));
}

#[test]
fn practice_and_demonstration_are_marked_on_every_page() {
    let marks = |report: LaboratoryReport| {
        let count = |page: &String, word: &str| page.matches(&squeezed(word)).count();
        let pages = texts(&report);
        let marks = pages.iter().map(|p| (count(p, "PRACTICE – not a patient’s report"), count(p, "DEMONSTRATION")));
        marks.collect::<Vec<_>>()
    };
    let sample = LaboratoryReport::sample;
    // Once in the band at the top, once across the page.
    let both = marks(LaboratoryReport { practice: true, demo: true, ..long() });
    assert!(both.len() > 2 && both.iter().all(|&n| n == (2, 2)), "{both:?}");
    assert_eq!(marks(LaboratoryReport { practice: true, ..sample() }), [(2, 0)]);
    assert_eq!(marks(LaboratoryReport { demo: true, ..sample() }), [(0, 2)]);
    assert_eq!(marks(sample()), [(0, 0)]);
}

#[test]
fn preliminary_and_corrected_say_so_and_why() {
    let mut report = LaboratoryReport::sample();
    report.status = Status::Preliminary;
    report.sections[0].results[0].standing = Standing::Preliminary;
    let pending = &mut report.sections[2].results[0];
    pending.value.clear();
    pending.standing = Standing::Pending;
    let page = texts(&report).concat();
    assert_says(
        &page,
        &["PRELIMINARY", "results may change", "131 mmol/L 136–145", "preliminary", "Urine culture to follow"],
    );
    assert!(!page.contains("FINAL"));

    let mut report = LaboratoryReport::sample();
    report.version = 2;
    report.status = Status::Corrected { replaces: "version 1, issued 22 Nov 2026 14:05".to_owned() };
    report.sections[0].results[0].standing =
        Standing::Corrected { was: "113 mmol/L LL".to_owned(), reported_at: "22 Nov 2026 14:05".to_owned() };
    let page = texts(&report).concat();
    assert_says(
        &page,
        &[
            "CORRECTED",
            "It takes the place of: version 1, issued 22 Nov 2026 14:05",
            "version 2",
            "Corrected. Reported before as 113 mmol/L LL, 22 Nov 2026 14:05.",
        ],
    );
    assert!(!page.contains("FINAL"));
}

#[test]
fn values_stand_on_the_decimal_point() {
    let document = pages(&LaboratoryReport::sample());
    let words = words_of(&document.pages()[0].frame);
    let at = |text: &str| words.iter().find(|word| word.text == text).unwrap();
    // The whole part ends where the fraction starts; both at one place down the page.
    let point = at(".31").x;
    for fraction in [".4", ".72", ".6", ".84"] {
        assert!((at(fraction).x - point).abs() < 0.01, "{fraction} starts at {}, not {point}", at(fraction).x);
    }
    for whole in ["131", "99", "214", "312"] {
        let word = at(whole);
        assert!((word.x + word.width - point).abs() < 0.6, "{whole} ends at {}, not {point}", word.x + word.width);
    }
}

/// Names as people have them, and as tests of input validation have them.
pub(crate) fn difficult_names() -> [String; 6] {
    [
        "Wolfeschlegelsteinhausenbergerdorff".repeat(9).chars().take(300).collect(),
        "van der Merwe ".repeat(22).chars().take(300).collect(),
        "عبد الرحمن بن محمد الخوارزمي".to_owned(),
        "בן־דוד".to_owned(),
        "Ångström 👩🏽‍⚕️😀 山本".to_owned(),
        "#let x = 1; *bold* $sum$ \\ \"quotes\" <label> @ref // \u{202E}reversed\u{0007}".to_owned(),
    ]
}

#[test]
pub(crate) fn difficult_names_stay_on_the_page_whole_and_the_results_with_them() {
    for name in difficult_names() {
        let mut report = LaboratoryReport::sample();
        report.patient.family = name.clone();
        report.laboratory.name = name.clone();
        report.requester.name = name.clone();
        report.sections[0].title = name.clone();
        report.sections[0].results[0].name = name.clone();
        report.sections[0].results[1].unit = name.clone();
        report.sections[0].results[2].value = name.clone();
        report.signatures[0].name = name.clone();
        let (desk, document) = lay_out(&report);
        for page in document.pages() {
            let (width, height) = (page.frame.width().to_pt(), page.frame.height().to_pt());
            for word in words_of(&page.frame) {
                let inside =
                    word.x >= 28.0 && word.x + word.width <= width - 28.0 && word.y >= 20.0 && word.y <= height - 20.0;
                assert!(inside, "{:?} at {:.0},{:.0} leaves the page, with {name:?}", word.text, word.x, word.y);
            }
        }
        let text: String = document.pages().iter().map(|page| text_of(&page.frame)).collect();
        assert_says(&text, &["Haemoglobin LL 68 g/L 120–150", "End of report"]);
        typeset::export(&desk, &document).unwrap();
    }
}

#[test]
fn names_that_leave_no_room_for_results_are_refused() {
    let mut report = LaboratoryReport::sample();
    let identifier = Identifier { label: "山".repeat(LINE_CHARS_MAX), value: "山".repeat(LINE_CHARS_MAX) };
    report.patient.identifiers = vec![identifier; IDENTIFIERS_MAX];
    let error = render(&report).unwrap_err().to_string();
    assert!(error.contains("leave no room for results; shorten them"), "{error}");
}

#[test]
fn nothing_in_a_name_disappears() {
    let mut report = LaboratoryReport::sample();
    report.patient.family = "山o\u{202E}\u{E000}x\u{20DD}\u{0007}".to_owned();
    assert_says(&texts(&report)[0], &["⟨U+5C71⟩O⟨U+202E⟩⟨U+E000⟩X⟨U+20DD⟩⟨U+0007⟩, Marguerite"]);
}

#[test]
fn text_is_never_markup() {
    let mut report = LaboratoryReport::sample();
    report.comments = vec!["#panic() *not bold* $x^2$ #read(\"/etc/passwd\")".to_owned()];
    assert_says(&texts(&report)[0], &["#panic() *not bold* $x^2$ #read(\"/etc/passwd\")"]);
}

#[test]
fn the_sheet_is_the_laboratorys() {
    let size = |paper| {
        let document = pages(&LaboratoryReport { paper, ..LaboratoryReport::sample() });
        let frame = &document.pages()[0].frame;
        (frame.width().to_mm().round(), frame.height().to_mm().round())
    };
    assert_eq!(size(Paper::A4), (210.0, 297.0));
    assert_eq!(size(Paper::UsLetter), (216.0, 279.0));
}

#[test]
fn words_come_from_the_caller() {
    let mut report = LaboratoryReport::sample();
    report.language = "de".to_owned();
    report.labels.title = "Laborbefund".to_owned();
    report.labels.page = "Seite {page} von {pages}".to_owned();
    assert_says(&texts(&report)[0], &["Laborbefund", "Seite 1 von 1"]);
}

#[test]
fn a_template_sees_its_data_and_nothing_else() {
    let sample = LaboratoryReport::sample();
    let refused = |template: &str, why: &str| {
        let error = render_with(template, &sample).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused("#read(\"/etc/passwd\")", "access denied");
    refused("#read(\"../report.json\")", "");
    refused("#import \"@preview/cetz:0.4.2\"", "access denied");
    refused("#include \"other.typ\"", "access denied");
    refused("#datetime.today()", "unable to get the current date");
    refused("= Title\n\n#let x = nothing-of-the-kind", "failed on line 3: unknown variable");
    assert!(render_with("#set document(title: [x])\n#json(\"/report.json\").number", &sample).is_ok());
}

#[test]
fn limits_are_named() {
    let refused = |change: &dyn Fn(&mut LaboratoryReport), why: &str| {
        let mut report = LaboratoryReport::sample();
        change(&mut report);
        assert_eq!(render(&report).unwrap_err().to_string(), why);
    };
    refused(
        &|r| r.sections[0].results = r.sections[0].results.iter().cycle().take(RESULTS_MAX).cloned().collect(),
        "too many results: 1007, and one report holds 1000; divide the report",
    );
    refused(
        &|r| r.specimens = r.specimens.iter().cycle().take(LIST_MAX + 1).cloned().collect(),
        "too many specimens: 51, and one report holds 50; divide the report",
    );
    refused(
        &|r| r.patient.given = "x".repeat(NAME_CHARS_MAX + 1),
        "patient.given has 401 characters, and its place holds 400; shorten it",
    );
    refused(
        &|r| r.sections[1].results[2].comments = vec!["x".repeat(PROSE_CHARS_MAX + 1)],
        "sections[1].results[2].comments[0] has 4001 characters, and its place holds 4000; shorten it",
    );
    refused(
        &|r| r.sections[0].results[1].value = " ".to_owned(),
        "sections[0].results[1].value is empty; a report or label cannot be issued without it",
    );
    refused(
        &|r| r.status = Status::Corrected { replaces: String::new() },
        "status.replaces is empty; a report or label cannot be issued without it",
    );
    refused(
        &|r| r.patient.identifiers.clear(),
        "patient.identifiers is empty; a report or label cannot be issued without it",
    );
    refused(
        &|r| r.sections[0].results[1].standing = Standing::Pending,
        "sections[0].results[1].value holds a value, and the result is marked as pending or cancelled; remove one of the two",
    );
    refused(
        &|r| r.sections[2].specimen = Some("2600099999".to_owned()),
        "sections[2].specimen names \"2600099999\", which the report does not list; add it or correct the name",
    );
    refused(
        &|r| r.sections[0].results[0].performed_by = Some("Z".to_owned()),
        "sections[0].results[0].performed_by names \"Z\", which the report does not list; add it or correct the name",
    );
    refused(
        &|r| r.language = "English".to_owned(),
        "language \"English\" is not a code of two or three small letters (ISO 639), such as \"en\"",
    );
    let long_template = " ".repeat(TEMPLATE_BYTES_MAX + 1);
    assert!(matches!(
        render_with(&long_template, &LaboratoryReport::sample()),
        Err(RenderError::TemplateTooLarge { .. })
    ));
    assert!(matches!(
        render_with("#for _ in range(501) { pagebreak() }", &LaboratoryReport::sample()),
        Err(RenderError::TooManyPages { found: 502, max: PAGES_MAX })
    ));
}

#[test]
fn a_report_as_long_as_allowed_is_made() {
    let mut report = LaboratoryReport::sample();
    let results = report.sections[0].results.iter().cycle().take(RESULTS_MAX - 7).cloned().collect();
    report.sections[0].results = results;
    let pages = texts(&report);
    assert!((10..=PAGES_MAX).contains(&pages.len()), "{} pages", pages.len());
}

fn tube() -> TubeLabel {
    TubeLabel {
        language: "en".to_owned(),
        family: "Okonkwo-Lindqvist".to_owned(),
        given: "Marguerite".to_owned(),
        born: "04 Mar 1961".to_owned(),
        sex: "F".to_owned(),
        identifier: "MRN 00418823".to_owned(),
        specimen_number: "2600012345".to_owned(),
        kind: "Serum, gel".to_owned(),
        collected_at: "22 Nov 2026 09:40".to_owned(),
        mark: String::new(),
    }
}

fn label_pages(label: &TubeLabel) -> PagedDocument {
    let mut data = data(label).unwrap();
    data["barcode"] = serde_json::to_value(label::barcode(&label.specimen_number).unwrap()).unwrap();
    typeset::lay_out(LABEL_TEMPLATE, data).unwrap().1
}

#[test]
fn a_label_identifies_patient_and_specimen() {
    let document = label_pages(&TubeLabel { mark: "PRACTICE".to_owned(), ..tube() });
    let frame = &document.pages()[0].frame;
    assert_eq!((frame.width().to_mm().round(), frame.height().to_mm().round()), (50.0, 25.0));
    assert_says(
        &text_of(frame),
        &[
            "OKONKWO-LINDQVIST, Marguerite",
            "04 Mar 1961 F MRN 00418823",
            "PRACTICE",
            "2600012345",
            "Serum, gel",
            "22 Nov 2026 09:40",
        ],
    );
    assert!(crate::label(&tube()).unwrap() == crate::label(&tube()).unwrap());
}

#[test]
fn a_label_holds_any_name() {
    for name in difficult_names() {
        let label = TubeLabel { family: name.clone(), kind: name.clone(), identifier: name.clone(), ..tube() };
        let document = label_pages(&label);
        assert_eq!(document.pages().len(), 1);
        for word in words_of(&document.pages()[0].frame) {
            let inside = word.x >= 2.8 && word.x + word.width <= 139.0 && word.y <= 70.9;
            assert!(inside, "{:?} at {:.0},{:.0} leaves the label, with {name:?}", word.text, word.x, word.y);
        }
        crate::label(&label).unwrap();
    }
}

/// The barcode as modules, 1 for a bar, from its first bar to its last.
fn modules_of(number: &str) -> String {
    let bars = label::barcode(number).unwrap().bars;
    let narrowest = bars.iter().map(|(left, right)| right - left).fold(f64::MAX, f64::min);
    let count = |from: f64, to: f64| ((to - from) / narrowest).round() as usize;
    let mut modules = String::new();
    let mut end = bars[0].0;
    for (left, right) in bars {
        modules += &"0".repeat(count(end, left));
        modules += &"1".repeat(count(left, right));
        end = right;
    }
    modules
}

#[test]
fn the_barcode_is_code_128() {
    // Symbols and check character from the table of ISO/IEC 15417: start B, P J J 1 2 3 C, check 55, stop.
    assert_eq!(
        modules_of("PJJ123C"),
        [
            "11010010000",
            "11101110110",
            "10110111000",
            "10110111000",
            "10011100110",
            "11001110010",
            "11001011100",
            "10001000110",
            "11101000110",
            "1100011101011",
        ]
        .concat()
    );
    // Start C, 12 34, check (105 + 12 + 2 × 34) mod 103 = 82, stop.
    assert_eq!(
        modules_of("1234"),
        ["11010011100", "10110011100", "10001011000", "10010011110", "1100011101011"].concat()
    );
}

#[test]
fn the_barcode_keeps_its_quiet_zones_and_ends_on_printer_dots() {
    let (common, fine) = ((0.249, 8.0), (0.169, 300.0 / 25.4));
    for (number, (least, dots_per_mm)) in [
        ("1", common),
        ("26-S-0012345", common),
        ("ABCDEFGHIJKLM", common),
        ("12345678901234567890123456", common),
        ("S26000012345", common),
        ("ABCDEFGHIJKLMN", fine),
        ("T20-10143GA D07", fine),
        ("ABCDEFGHIJKLMNOPQRSTU", fine),
    ] {
        let bars = label::barcode(number).unwrap().bars;
        let narrowest = bars.iter().map(|(left, right)| right - left).fold(f64::MAX, f64::min);
        let (first, last) = (bars[0].0, bars[bars.len() - 1].1);
        assert!(
            narrowest > least && first >= 10.0 * narrowest - 1e-9 && last <= 50.0 - 10.0 * narrowest + 1e-9,
            "{number}"
        );
        for (left, right) in bars {
            let dots = |mm: f64| (mm * dots_per_mm - (mm * dots_per_mm).round()).abs();
            assert!(dots(left) < 1e-6 && dots(right) < 1e-6, "{number}: {left}–{right} mm");
        }
    }
}

#[test]
fn a_number_that_cannot_be_scanned_is_refused() {
    for number in ["ABCDEFGHIJKLMNOPQRSTUV", "123456789012345678901234567", "26Ć1", "26\t1", "é"] {
        let error = crate::label(&TubeLabel { specimen_number: number.to_owned(), ..tube() }).unwrap_err();
        assert!(matches!(error, RenderError::Barcode { .. }), "{number:?}: {error}");
    }
    let nameless = TubeLabel { family: String::new(), ..tube() };
    assert!(matches!(crate::label(&nameless), Err(RenderError::Missing { .. })));
}
