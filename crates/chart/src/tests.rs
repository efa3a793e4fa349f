//! What is drawn, read back as XML.

use proptest::prelude::*;

use super::*;

fn parsed(svg: &str) -> roxmltree::Document<'_> {
    assert!(!svg.contains("NaN") && !svg.contains("inf\"") && !svg.contains("inf "), "{svg}");
    roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"))
}

fn texts(svg: &str, tag: &str) -> Vec<String> {
    let document = parsed(svg);
    let of_tag = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", tag)));
    of_tag.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

/// A chart of one point.
fn one(z: Option<f64>, outcome: Outcome) -> LeveyJennings {
    let mut chart = LeveyJennings::sample_of_one_level();
    let point =
        Point { z, outcome, rules: vec![], excluded: false, value: "9.9 mmol/L".to_owned(), ..chart.points[0].clone() };
    chart.points = vec![point];
    chart.lines.clear();
    chart
}

#[test]
fn a_month_of_three_levels_is_whole_and_small() {
    let chart = LeveyJennings::sample();
    let svg = chart.svg().unwrap();
    assert!(chart.points.len() > 250 && svg.len() < 40_000, "{} points, {} bytes", chart.points.len(), svg.len());
    let titles = texts(&svg, "title");
    for point in &chart.points {
        let begins = format!("{} · {}", point.time, point.value);
        assert!(titles.iter().any(|title| title.starts_with(&begins)), "{begins} is not in the picture");
    }
    for line in &chart.lines {
        assert!(titles.contains(&line.label), "{line:?}");
    }
    let words = texts(&svg, "text");
    for word in [
        "+3 SD",
        "−2 SD",
        "mean",
        "rejected",
        "warning",
        "excluded",
        "not judged",
        "no z",
        "1 Nov",
        "Level 3, lot 4713",
    ] {
        assert!(words.iter().any(|w| w == word), "{word} is not written");
    }
}

#[test]
fn the_picture_has_a_name_and_a_description() {
    let svg = LeveyJennings::sample().svg().unwrap();
    let document = parsed(&svg);
    let root = document.root_element();
    assert_eq!(
        (root.attribute("role"), root.attribute("aria-labelledby")),
        (Some("img"), Some("potassium-t potassium-d"))
    );
    for id in ["potassium-t", "potassium-d"] {
        let named = document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
        assert!(!named.text().unwrap().is_empty());
    }
}

#[test]
fn levels_and_outcomes_differ_without_colour() {
    let shapes: Vec<String> = (0..LEVELS_MAX).map(|level| pen::shape(level, 50.0, 50.0)).collect();
    for (i, shape) in shapes.iter().enumerate() {
        assert!(!shapes[..i].contains(shape), "level {i} looks like another");
    }
    let drawn = [Outcome::Pass, Outcome::Warning, Outcome::Rejected, Outcome::Unknown]
        .map(|outcome| one(Some(1.0), outcome).svg().unwrap());
    // Only the marks: the words in titles and legend are taken out.
    let marks = drawn.map(|svg| {
        let document = parsed(&svg);
        let drawn = document.descendants().filter(|n| n.has_attribute("r") || n.attribute("class") == Some("rejected"));
        drawn.map(|n| format!("{:?}{:?}", n.attribute("d"), n.attribute("stroke-dasharray"))).collect::<Vec<_>>()
    });
    for (i, mark) in marks.iter().enumerate() {
        assert!(!marks[..i].contains(mark), "outcome {i} looks like another: {mark:?}");
    }
}

#[test]
fn what_lies_beyond_the_edge_is_drawn_at_the_edge_with_its_value() {
    let svg = one(Some(7.25), Outcome::Rejected).svg().unwrap();
    assert!(texts(&svg, "text").contains(&"9.9 mmol/L (+7.25)".to_owned()), "{svg}");
    let edge = one(Some(4.0), Outcome::Pass).svg().unwrap();
    assert!(!texts(&edge, "text").iter().any(|text| text.contains("9.9")));
    let top = |svg: &str| {
        let from = svg.find("a3 3 0").unwrap();
        let before = svg[..from].rfind("M").unwrap();
        svg[before..from].to_owned()
    };
    assert_eq!(top(&svg), top(&edge));
}

#[test]
fn a_control_without_z_stands_under_the_plot_and_never_on_the_mean() {
    let unknown = one(None, Outcome::Unknown).svg().unwrap();
    let mean = one(Some(0.0), Outcome::Pass).svg().unwrap();
    let circle = "a3 3 0 1 0 6 0a3 3 0 1 0-6 0\"><title>";
    assert!(mean.contains(circle) && !unknown.contains(circle));
    assert!(texts(&unknown, "text").contains(&"no z".to_owned()));
    assert!(!texts(&mean, "text").contains(&"no z".to_owned()));
}

/// How many pieces the trace of the first level has.
fn pieces(chart: &LeveyJennings) -> usize {
    let svg = chart.svg().unwrap();
    let document = parsed(&svg);
    let trace =
        document.descendants().find(|n| n.attribute("class") == Some("l1") && n.has_attribute("stroke-opacity"));
    trace.map_or(0, |node| node.attribute("d").unwrap().matches('M').count())
}

#[test]
fn gaps_other_lots_and_unjudged_points_are_not_joined() {
    let mut chart = LeveyJennings::sample_of_one_level();
    chart.lines.clear();
    chart.points.retain(|point| point.at < chart.to / 3);
    assert_eq!(pieces(&chart), 1);
    let middle = chart.points[10].at + 1;
    let line = |kind| Line { at: middle, kind, label: "Lot 2".to_owned() };
    chart.lines = vec![line(LineKind::Calibration)];
    assert_eq!(pieces(&chart), 1);
    chart.lines = vec![line(LineKind::Lot)];
    assert_eq!(pieces(&chart), 2);
    chart.lines.clear();
    chart.points.drain(10..16);
    assert_eq!(pieces(&chart), 2);
    chart.joined_within *= 10;
    assert_eq!(pieces(&chart), 1);
    chart.points[3].excluded = true;
    assert_eq!(pieces(&chart), 1);
    chart.points[5].z = None;
    assert_eq!(pieces(&chart), 3);
}

#[test]
fn an_empty_chart_says_so() {
    let mut chart = LeveyJennings::sample();
    chart.points.clear();
    assert!(texts(&chart.svg().unwrap(), "text").contains(&"no controls in this time".to_owned()));
}

#[test]
fn what_would_mislead_is_refused() {
    let refused = |change: &dyn Fn(&mut LeveyJennings)| {
        let mut chart = LeveyJennings::sample();
        change(&mut chart);
        chart.svg().unwrap_err()
    };
    assert_eq!(refused(&|c| c.points[3].z = Some(f64::NAN)), ChartError::NotFinite(3));
    assert_eq!(refused(&|c| c.points[3].z = Some(f64::NEG_INFINITY)), ChartError::NotFinite(3));
    assert_eq!(refused(&|c| c.to = c.from), ChartError::Range);
    assert_eq!(refused(&|c| c.points[0].at = -1), ChartError::Outside { what: "point", index: 0 });
    assert_eq!(refused(&|c| c.lines[1].at = i64::MAX), ChartError::Outside { what: "line", index: 1 });
    assert_eq!(refused(&|c| c.ticks[0].at = -1), ChartError::Outside { what: "mark of time", index: 0 });
    assert_eq!(refused(&|c| c.points[7].level = 3), ChartError::Level(7));
    assert_eq!(refused(&|c| c.levels.clear()), ChartError::NoLevel);
    assert_eq!(refused(&|c| c.id = "a\" onload=\"b".to_owned()), ChartError::Id("a\" onload=\"b".to_owned()));
    assert_eq!(refused(&|c| c.title = "x".repeat(201)), ChartError::TooLong { found: 201 });
    let many = refused(&|c| c.points = c.points.iter().cycle().take(POINTS_MAX + 1).cloned().collect());
    assert_eq!(many, ChartError::TooMany { what: "points", found: 4001, max: 4000 });
    assert_eq!(z_line(Some(f64::INFINITY), Outcome::Pass, ""), Err(ChartError::NotFinite(0)));
    assert_eq!(sparkline(&[(None, Outcome::Pass), (Some(f64::NAN), Outcome::Pass)], ""), Err(ChartError::NotFinite(1)));
}

#[test]
fn a_small_picture_is_small_and_never_shows_unknown_as_a_point() {
    for (z, outcome) in [(Some(0.1), Outcome::Pass), (Some(-44.0), Outcome::Rejected), (None, Outcome::Pass)] {
        let svg = z_line(z, outcome, "−44.00 SD, rejected").unwrap();
        assert!(svg.len() <= 700, "{} bytes: {svg}", svg.len());
        assert_eq!(svg.contains("a3 3 0"), z.is_some());
        assert_eq!(svg.contains("class=\"unknown\""), z.is_none());
        assert_eq!(parsed(&svg).root_element().attribute("aria-label"), Some("−44.00 SD, rejected"));
    }
    let gap = sparkline(&[(Some(1.0), Outcome::Pass), (None, Outcome::Pass)], "two").unwrap();
    assert!(gap.contains("class=\"unknown\"") && !gap.contains("r=\"2.2\""), "{gap}");
    assert_eq!(parsed(&sparkline(&[], "none").unwrap()).root_element().attribute("aria-label"), Some("none"));
}

proptest! {
    #[test]
    fn whatever_is_given_the_picture_is_well_formed_or_refused(
        text in any::<String>(),
        places in prop::collection::vec((any::<i64>(), prop::option::of(any::<f64>()), 0..4_usize, any::<bool>()), 0..20),
        from in any::<i64>(),
        to in any::<i64>(),
        values in any::<bool>(),
    ) {
        let mut chart = LeveyJennings::sample();
        let outcomes = [Outcome::Pass, Outcome::Warning, Outcome::Rejected, Outcome::Unknown];
        (chart.from, chart.to) = (from.min(to), from.max(to).max(from.min(to).saturating_add(1)));
        let inside = |at: i64| at.clamp(chart.from, chart.to);
        let text: String = text.chars().take(TEXT_CHARS_MAX).collect();
        chart.points = places.iter().map(|(at, z, i, excluded)| Point {
            level: i % 3, at: inside(*at), time: text.clone(), z: *z, value: text.clone(),
            outcome: outcomes[*i], rules: vec![text.clone()], excluded: *excluded,
        }).collect();
        chart.lines = places.iter().map(|(at, ..)| Line { at: inside(*at), kind: LineKind::Lot, label: text.clone() }).collect();
        chart.ticks = places.iter().map(|(at, ..)| Tick { at: inside(*at), text: text.clone() }).collect();
        chart.values = values.then(|| std::array::from_fn(|_| text.clone()));
        (chart.title, chart.levels[0], chart.words.sd) = (text.clone(), text.clone(), text.clone());
        let finite = places.iter().all(|(_, z, ..)| z.is_none_or(f64::is_finite));
        match chart.svg() {
            Ok(svg) => {
                prop_assert!(finite);
                let document = parsed(&svg);
                // No text became an element or an attribute.
                let known = ["svg", "title", "desc", "g", "path", "circle", "text"];
                prop_assert!(document.descendants().filter(|n| n.is_element()).all(|n| known.contains(&n.tag_name().name())));
            }
            Err(error) => prop_assert!(!finite, "{}", error),
        }
        let label = chart.title;
        for (_, z, i, _) in &places {
            match z_line(*z, outcomes[*i], &label) {
                Ok(svg) => { parsed(&svg); }
                Err(error) => prop_assert!(z.is_some_and(|z| !z.is_finite()), "{}", error),
            }
        }
        let last: Vec<_> = places.iter().map(|(_, z, i, _)| (*z, outcomes[*i])).collect();
        match sparkline(&last, &label) {
            Ok(svg) => { parsed(&svg); }
            Err(error) => prop_assert!(!finite, "{}", error),
        }
    }
}
