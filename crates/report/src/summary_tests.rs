//! What stands on the pages of a monthly summary.

use typst_layout::PagedDocument;

use super::tests::{assert_says, text_of, words_of};
use super::*;

fn pages(summary: &MonthlySummary) -> PagedDocument {
    typeset::lay_out(SUMMARY_TEMPLATE, summary_data(summary).unwrap()).unwrap().1
}

fn texts(summary: &MonthlySummary) -> Vec<String> {
    pages(summary).pages().iter().map(|page| text_of(&page.frame)).collect()
}

fn signed() -> MonthlySummary {
    MonthlySummary { signature: LaboratoryReport::sample().signatures.pop(), ..MonthlySummary::sample() }
}

#[test]
fn a_summary_says_everything_that_it_was_given() {
    assert_says(
        &texts(&signed()).concat(),
        &[
            "Quality control: monthly summary, November 2026",
            "Harbour Street Clinical Laboratory",
            "Potassium · Chemistry 1",
            "1-3s, 2-2s, R-4s; warning 1-2s",
            "1 4711 3.00 ± 0.12 mmol/L cumulative 86 3.02 0.11 3.6 % +0.7 % 4.1",
            "11 Nov 2026 14:00",
            "Air bubble in the",
            "T. Marsh, 11 Nov",
            "29 Nov 2026 22:06 1-3s 3 none recorded none recorded",
            "Vial of level 1 measured as level",
            "Glucose · Chemistry 1",
            "No rule was broken in this month.",
            "Dr Ingrid Solheim",
            "Reviewed and released · 22 Nov 2026 14:04",
            "Figures of 01 Dec 2026 08:10",
            "End of summary",
        ],
    );
}

#[test]
fn what_is_not_signed_is_a_draft_on_every_page() {
    let mut long = MonthlySummary::sample();
    long.systems = long.systems.iter().cycle().take(6).cloned().collect();
    for page in texts(&long) {
        // In the head, and across the page.
        assert_says(&page, &["DRAFT – NOT SIGNED", "Draft – not signed"]);
    }
    let last = texts(&long).pop().unwrap();
    assert_says(&last, &["This summary is not signed yet."]);
    for page in texts(&MonthlySummary { signature: signed().signature, ..long }) {
        assert!(!page.to_lowercase().contains("draft") && page.contains("SIGNED"), "{page}");
    }
}

#[test]
fn practice_and_demonstration_are_marked_on_every_page() {
    for page in texts(&MonthlySummary { practice: true, demo: true, ..signed() }) {
        assert_says(&page, &["PRACTICE – not of a laboratory", "DEMONSTRATION"]);
    }
}

#[test]
fn the_chart_of_the_page_is_in_the_document() {
    let of = |summary: &MonthlySummary| crate::summary(summary).unwrap();
    let with = of(&signed());
    assert!(with.starts_with(b"%PDF-") && with == of(&signed()));
    let mut without = signed();
    without.systems[0].charts.clear();
    assert!(with.len() > of(&without).len() + 5_000);
    let mut broken = signed();
    broken.systems[0].charts[0].points[0].z = Some(f64::NAN);
    let error = crate::summary(&broken).unwrap_err();
    assert!(matches!(error, RenderError::Chart(titer_chart::ChartError::NotFinite(0))), "{error}");
}

#[test]
fn difficult_names_stay_on_the_page() {
    for name in super::tests::difficult_names() {
        let mut summary = signed();
        summary.systems.truncate(1);
        summary.laboratory.name = name.clone();
        summary.systems[0].name = name.clone();
        summary.systems[0].failures[0].action = name.clone();
        summary.systems[0].charts[0].title = name.chars().take(titer_chart::TEXT_CHARS_MAX).collect();
        summary.systems[0].charts[0].levels[0] = name.chars().take(40).collect();
        for page in pages(&summary).pages() {
            for word in words_of(&page.frame) {
                let inside =
                    word.x >= 28.0 && word.x + word.width <= page.frame.width().to_pt() - 28.0 && word.y >= 12.0;
                assert!(inside, "{:?} at {:.0},{:.0} leaves the page, with {name:?}", word.text, word.x, word.y);
            }
        }
        crate::summary(&summary).unwrap();
    }
}

#[test]
fn what_a_summary_must_say_is_asked_for() {
    let refused = |change: &dyn Fn(&mut MonthlySummary)| {
        let mut summary = signed();
        change(&mut summary);
        crate::summary(&summary).unwrap_err().to_string()
    };
    assert!(refused(&|s| s.month.clear()).starts_with("month is empty"));
    assert!(refused(&|s| s.systems[0].levels[1].lot.clear()).starts_with("systems[0].levels[1].lot is empty"));
    assert!(refused(&|s| s.systems[0].failures[0].rules.clear()).starts_with("systems[0].failures[0].rules is empty"));
    assert!(
        refused(&|s| s.systems[0].exclusions[0].cause.clear()).starts_with("systems[0].exclusions[0].cause is empty")
    );
    assert!(refused(&|s| s.signature.as_mut().unwrap().at.clear()).starts_with("signature.at is empty"));
    let many = |s: &mut MonthlySummary| s.systems = s.systems.iter().cycle().take(SYSTEMS_MAX + 1).cloned().collect();
    assert!(refused(&many).starts_with("too many test systems: 401"));
}
