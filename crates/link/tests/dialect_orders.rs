//! What is sent to an analyzer, field by field, as its profile says.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use jiff::civil::date;
use titer_link::{
    Dialect,
    dialect::{CharacterSet, Doing, Named, Occasion, Ordered, Query, When, names},
    trial::Trial,
};

/// The simulated analyzer's profile with another `[order]`.
fn dialect(order: &str) -> Dialect {
    let profile = include_str!("../../../content/dialects/titer-sim-worklist.toml");
    let (before, rest) = profile.split_once("[order]").unwrap();
    let (_, codes) = rest.split_once("[[code]]").unwrap();
    Dialect::parse(&format!("{before}{order}\n[[code]]{codes}")).unwrap()
}

const LEAST: &str = r#"
[order]
when = "asked"
identity = { field = 3 }
code = { field = 5, component = 4 }
several = "repeats"
"#;

fn ordered(codes: &[&str]) -> Ordered {
    Ordered {
        barcode: "T1".to_owned(),
        doing: Doing::New,
        urgent: false,
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
        specimen_type: "S".to_owned(),
        patient: Some(Named {
            identifier: "MRN|1".to_owned(),
            family: "Żółć".to_owned(),
            given: "Zoë".to_owned(),
            birth_date: Some(date(1971, 4, 2)),
            sex: "F",
        }),
    }
}

/// The message behind its header.
fn sent(order: &str, occasion: Occasion, specimens: &[Ordered]) -> String {
    let text = dialect(order).orders(date(2026, 11, 22).at(9, 0, 0, 0), occasion, specimens).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.strip_prefix("H|\\^&||||||||||||20261122090000\r").unwrap_or(&text).to_owned()
}

#[test]
fn a_profile_that_says_the_least_gives_what_the_standard_asks() {
    let cases = [
        (Occasion::Asked, vec![ordered(&["Na", "K"])], "P|1\rO|1|T1||^^^Na\\^^^K\rL|1|N\r"),
        (Occasion::Unasked, vec![ordered(&["Na"])], "P|1\rO|1|T1||^^^Na\rL|1|N\r"),
        (Occasion::Asked, vec![], "L|1|I\r"),
        (Occasion::Asked, vec![Ordered::nothing("T9")], "L|1|I\r"),
        (
            Occasion::Asked,
            vec![Ordered::nothing("T9"), ordered(&["Na"]), ordered(&["K"])],
            "P|1\rO|1|T1||^^^Na\rP|2\rO|1|T1||^^^K\rL|1|N\r",
        ),
    ];
    for (occasion, specimens, expected) in cases {
        assert_eq!(sent(LEAST, occasion, &specimens), expected);
    }
}

#[test]
fn each_key_of_a_profile_fills_its_field() {
    let base = LEAST.replace("repeats", "records");
    let cases = [
        ("", "P|1\rO|1|T1||^^^Na\rO|2|T1||^^^K\rL|1|N\r"),
        ("action = { field = 12, new = \"N\" }", "P|1\rO|1|T1||^^^Na|||||||N\rO|2|T1||^^^K|||||||N\rL|1|N\r"),
        ("priority = { field = 6, routine = \"R\", stat = \"S\" }", "P|1\rO|1|T1||^^^Na|R\rO|2|T1||^^^K|R\rL|1|N\r"),
        (
            "specimen_type = { field = 16, component = 2 }",
            "P|1\rO|1|T1||^^^Na|||||||||||^S\rO|2|T1||^^^K|||||||||||^S\rL|1|N\r",
        ),
        (
            "end = { field = 3, answer = \"F\", none = \"Q\", unasked = \"U\" }",
            "P|1\rO|1|T1||^^^Na\rO|2|T1||^^^K\rL|1|F\r",
        ),
        // A name loses what the character set lacks; the identifier keeps its delimiter, escaped.
        (
            "patient = { identifier = 4, name = 6, birth = 8, sex = 9 }",
            "P|1||MRN&F&1||????^Zo?||19710402|F\rO|1|T1||^^^Na\rO|2|T1||^^^K\rL|1|N\r",
        ),
        (
            "fixed = [{ record = \"P\", field = 3, text = \"x\" }, { record = \"L\", field = 4, component = 2, text = \"y\" }]",
            "P|1|x\rO|1|T1||^^^Na\rO|2|T1||^^^K\rL|1|N|^y\r",
        ),
    ];
    for (key, expected) in cases {
        assert_eq!(sent(&format!("{base}{key}\n"), Occasion::Asked, &[ordered(&["Na", "K"])]), expected, "{key}");
    }
}

#[test]
fn what_is_added_taken_back_urgent_or_nothing_is_said_by_its_code() {
    let order = format!(
        "{LEAST}action = {{ field = 6, new = \"N\", add = \"A\", cancel = \"C\" }}\n\
         priority = {{ field = 7, routine = \"R\", stat = \"S\" }}\nreport_type = {{ field = 8, order = \"O\", none = \"Y\" }}\n\
         end = {{ field = 3, answer = \"F\", none = \"I\", unasked = \"U\" }}\n"
    );
    let of = |doing, urgent| Ordered { doing, urgent, ..ordered(&["Na"]) };
    let cases = [
        (Occasion::Unasked, of(Doing::Add, true), "O|1|T1||^^^Na|A|S|O\rL|1|U\r"),
        (Occasion::Unasked, of(Doing::Cancel, false), "O|1|T1||^^^Na|C|R|O\rL|1|U\r"),
        (Occasion::Asked, of(Doing::New, false), "O|1|T1||^^^Na|N|R|O\rL|1|F\r"),
        (Occasion::Asked, Ordered::nothing("T9"), "O|1|T9|||||Y\rL|1|I\r"),
    ];
    for (occasion, specimen, expected) in cases {
        assert_eq!(sent(&order, occasion, &[specimen]), format!("P|1\r{expected}"));
    }
    let only_new = format!("{LEAST}action = {{ field = 6, new = \"N\" }}\n");
    for doing in [Doing::Add, Doing::Cancel] {
        let text = dialect(&only_new).orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Unasked, &[of(doing, false)]);
        assert_eq!(text, None, "{doing:?} has no code");
    }
}

#[test]
fn what_the_character_set_lacks_is_never_sent_as_another() {
    let strange = Ordered { barcode: "Tß1".to_owned(), ..ordered(&["Na"]) };
    let at = date(2026, 11, 22).at(9, 0, 0, 0);
    assert_eq!(dialect(LEAST).orders(at, Occasion::Asked, &[strange]), None);
    assert_eq!(dialect(LEAST).orders(at, Occasion::Asked, &[ordered(&["Nä"])]), None);
    let sets = [
        (CharacterSet::Ascii, None, Some(b"K".to_vec())),
        (CharacterSet::Latin1, Some(vec![0xE4]), Some(b"K".to_vec())),
        (CharacterSet::Utf8, Some("ä".as_bytes().to_vec()), Some(b"K".to_vec())),
    ];
    for (set, umlaut, plain) in sets {
        assert_eq!((set.encode("ä"), set.encode("K")), (umlaut, plain));
        assert_eq!(set.encode("Ż").is_some(), set == CharacterSet::Utf8);
    }
    for doing in [Doing::New, Doing::Add, Doing::Cancel] {
        assert_eq!(Doing::from_code(doing.code()), Some(doing));
    }
    assert_eq!(Doing::from_code("other"), None);
}

/// Of the profiles of real devices that say how orders are sent: the question, and the answer, byte by byte.
#[test]
fn a_device_that_asks_is_answered_as_its_documents_say() {
    // A question; the tube it is about; the codes of what is open; the answer.
    let cases: &[(&str, &str, &str, &[&str], &str)] = &[
        (
            "immulite",
            "H|\\^&|||DPC|||||LIS||P|1|20261122085900\rQ|1|^T1||ALL||||||||O\rL|1\r",
            "T1",
            &["TT4", "FER"],
            "H|\\^&|||LIS||||N81|IMMULITE||P|1|20261122090000\rP|1|MRN&F&1|||????^Zo?||19710402|F\r\
             O|1|T1||^^^TT4\rO|2|T1||^^^FER\rL|1|F\r",
        ),
        (
            "immulite",
            "H|\\^&|||DPC|||||LIS||P|1|20261122085900\rQ|1|^T1||ALL||||||||O\rL|1\r",
            "T1",
            &["TSH"],
            "H|\\^&|||LIS||||N81|IMMULITE||P|1|20261122090000\rP|1|MRN&F&1|||????^Zo?||19710402|F\r\
             O|1|T1||^^^TSH\rL|1|F\r",
        ),
        (
            "immulite",
            "H|\\^&|||DPC|||||LIS||P|1|20261122085900\rQ|1|^T9||ALL||||||||O\rL|1\r",
            "T9",
            &[],
            "H|\\^&|||LIS||||N81|IMMULITE||P|1|20261122090000\rL|1|I\r",
        ),
    ];
    let told: BTreeSet<&str> = cases.iter().map(|(name, ..)| *name).collect();
    let real = names().filter(|name| !name.starts_with("titer-sim"));
    let takes: BTreeSet<&str> = real.filter(|name| Dialect::named(name).unwrap().order.is_some()).collect();
    assert_eq!(told, takes, "each profile of a real device that takes orders has an example");
    for (name, question, tube, codes, answer) in cases {
        let dialect = Dialect::named(name).unwrap();
        let trial = Trial::of(&dialect, question.as_bytes());
        let queries: Vec<Query> = trial.messages.into_iter().flat_map(|m| m.queries).collect();
        assert_eq!(queries, [Query::Specimens(vec![(*tube).to_owned()])], "{name}");
        let specimen = match codes.is_empty() {
            true => Ordered::nothing(tube),
            false => Ordered { barcode: (*tube).to_owned(), ..ordered(codes) },
        };
        let text = dialect.orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Asked, &[specimen]).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), *answer, "{name}");
    }
}

/// It has no action code, and is told only when it asks.
#[test]
fn from_an_immulite_nothing_is_taken_back() {
    let order = Dialect::named("immulite").unwrap().order.unwrap();
    assert_eq!(order.when, When::Asked);
    assert!(order.action.is_none());
}
