//! Haemolysis, icterus and lipaemia.

use rust_decimal::Decimal;
use titer_science::interference::{Highest, HoldReason, Index, IndexLimit, Interference, Measured, interference};

fn number(index: Index, highest: i64, required: bool) -> IndexLimit {
    IndexLimit { index, highest: Highest::Number(Decimal::from(highest)), required }
}

fn grade(index: Index, highest: &str, required: bool) -> IndexLimit {
    let of = ["0", "+", "++", "+++", "++++"].map(str::to_owned).to_vec();
    IndexLimit { index, highest: Highest::Grade { of, highest: highest.to_owned() }, required }
}

fn measured<'a>(values: &[(Index, &'a str)]) -> Vec<Measured<'a>> {
    values.iter().map(|(index, value)| Measured { index: *index, value }).collect()
}

/// What holds, each reason in its words.
fn held(limits: &[IndexLimit], values: &[(Index, &str)]) -> Vec<String> {
    match interference(limits, &measured(values)) {
        Interference::Hold(reasons) => reasons.iter().map(ToString::to_string).collect(),
        Interference::Pass => vec!["pass".to_owned()],
        Interference::NotApplicable => vec!["not applicable".to_owned()],
    }
}

#[test]
fn an_index_above_its_limit_holds() {
    use Index::{Haemolysis, Icterus, Lipaemia};
    let limits = [number(Haemolysis, 90, true), number(Icterus, 20, true), number(Lipaemia, 500, false)];
    for (values, expected) in [
        (&[(Haemolysis, "90"), (Icterus, "1"), (Lipaemia, "10")][..], &["pass"][..]),
        (&[(Haemolysis, "90.1"), (Icterus, "1")], &["Haemolysis is 90.1, above the limit 90"]),
        (
            &[(Haemolysis, ">1000"), (Icterus, "21")],
            &["Haemolysis is >1000, above the limit 90", "Icterus is 21, above the limit 20"],
        ),
        (&[(Haemolysis, "<5"), (Icterus, "<2")], &["pass"]),
        // May be above the limit or not.
        (&[(Haemolysis, "<100"), (Icterus, "1")], &["Haemolysis is <100, which cannot be compared with its limit"]),
        (&[(Haemolysis, "++"), (Icterus, "1")], &["Haemolysis is ++, which cannot be compared with its limit"]),
        (&[(Haemolysis, ""), (Icterus, "1")], &["Haemolysis is , which cannot be compared with its limit"]),
        // Lipaemia is not required.
        (&[(Haemolysis, "1"), (Icterus, "1")], &["pass"]),
        (&[(Icterus, "1")], &["Haemolysis was not measured, and is required"]),
        (&[], &["Haemolysis was not measured, and is required", "Icterus was not measured, and is required"]),
        // Measured twice: the higher one counts.
        (&[(Haemolysis, "1"), (Haemolysis, "95"), (Icterus, "1")], &["Haemolysis is 95, above the limit 90"]),
    ] {
        assert_eq!(held(&limits, values), expected, "{values:?}");
    }
}

#[test]
fn grades_are_compared_by_their_place() {
    use Index::Haemolysis;
    for (found, expected) in [
        ("0", "pass"),
        ("+", "pass"),
        (" + ", "pass"),
        ("++", "Haemolysis is ++, above the limit +"),
        ("++++", "Haemolysis is ++++, above the limit +"),
        ("+++++", "Haemolysis is +++++, which cannot be compared with its limit"),
        ("2", "Haemolysis is 2, which cannot be compared with its limit"),
    ] {
        assert_eq!(held(&[grade(Haemolysis, "+", true)], &[(Haemolysis, found)]), [expected], "{found}");
    }
}

#[test]
fn an_empty_index_is_never_at_or_below_its_limit() {
    let mut with_empty = grade(Index::Icterus, "+", false);
    if let Highest::Grade { of, .. } = &mut with_empty.highest {
        of.insert(0, String::new());
    }
    for limit in [with_empty, grade(Index::Icterus, "+", false), number(Index::Icterus, 20, false)] {
        for found in ["", "  "] {
            let expected = HoldReason::Unreadable { index: Index::Icterus, found: found.to_owned() };
            let answer = interference(std::slice::from_ref(&limit), &measured(&[(Index::Icterus, found)]));
            assert_eq!(answer, Interference::Hold(vec![expected]), "{limit:?}");
        }
    }
}

#[test]
fn an_unsound_limit_holds() {
    let unknown = grade(Index::Icterus, "gross", false);
    let mut twice = grade(Index::Icterus, "+", false);
    if let Highest::Grade { of, .. } = &mut twice.highest {
        of.push("+".to_owned());
    }
    for limit in [unknown, twice] {
        let answer = interference(&[limit], &measured(&[(Index::Icterus, "0")]));
        assert_eq!(answer, Interference::Hold(vec![HoldReason::Limit(Index::Icterus)]));
    }
}

#[test]
fn without_limits_there_is_nothing_to_judge() {
    assert_eq!(held(&[], &[(Index::Haemolysis, "1000")]), ["not applicable"]);
    assert_eq!(held(&[number(Index::Lipaemia, 100, false)], &[]), ["not applicable"]);
    assert_eq!(held(&[number(Index::Lipaemia, 100, false)], &[(Index::Haemolysis, "1000")]), ["not applicable"]);
}

#[test]
fn limits_are_data() {
    for (limit, text) in [
        (number(Index::Haemolysis, 90, true), r#"{"index":"haemolysis","highest":{"number":"90"},"required":true}"#),
        (
            grade(Index::Lipaemia, "++", false),
            r#"{"index":"lipaemia","highest":{"grade":{"of":["0","+","++","+++","++++"],"highest":"++"}},"required":false}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&limit).unwrap(), text);
        assert_eq!(serde_json::from_str::<IndexLimit>(text).unwrap(), limit);
        assert!(serde_json::from_str::<IndexLimit>(&text.replace("required", "needed")).is_err());
    }
}
