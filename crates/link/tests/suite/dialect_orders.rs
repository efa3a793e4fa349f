//! What is sent to an analyzer, field by field, as its profile says.

use std::collections::BTreeSet;

use jiff::civil::date;
use titer_link::{
    Dialect,
    dialect::{
        CharacterSet, Occasion, OrderAction, OrderMode, OrderPatient, Query, QueryRecord, ReadMessage, SpecimenOrder,
        names,
    },
};

/// The simulated analyzer's profile, up to what its query says beyond the specimen, with another `[order]`.
fn profile(order: &str) -> String {
    let profile = include_str!("../../../../content/dialects/titer-sim-worklist.toml");
    let (before, rest) = profile.split_once("range_end").unwrap();
    let (_, codes) = rest.split_once("[[code]]").unwrap();
    format!("{before}{order}\n[[code]]{codes}")
}

fn dialect(order: &str) -> Dialect {
    Dialect::parse(&profile(order)).unwrap()
}

const LEAST: &str = r#"
[order]
when = "asked"
identity = { field = 3 }
code = { field = 5, component = 4 }
several = "repeats"
"#;

fn ordered(codes: &[&str]) -> SpecimenOrder {
    SpecimenOrder {
        barcode: "T1".to_owned(),
        action: OrderAction::New,
        urgent: false,
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
        specimen_type: "S".to_owned(),
        patient: Some(OrderPatient {
            identifier: "MRN|1".to_owned(),
            family: "Żółć".to_owned(),
            given: "Zoë".to_owned(),
            birth_date: Some(date(1971, 4, 2)),
            sex: "F",
        }),
        query: None,
    }
}

/// The message behind its header.
fn sent(order: &str, occasion: Occasion, specimens: &[SpecimenOrder]) -> String {
    let text = dialect(order).orders(date(2026, 11, 22).at(9, 0, 0, 0), occasion, specimens).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.strip_prefix("H|\\^&||||||||||||20261122090000\r").unwrap_or(&text).to_owned()
}

#[test]
fn a_profile_that_says_the_least_gives_what_the_standard_asks() {
    let cases = [
        (Occasion::Query, vec![ordered(&["Na", "K"])], "P|1\rO|1|T1||^^^Na\\^^^K\rL|1|N\r"),
        (Occasion::Broadcast, vec![ordered(&["Na"])], "P|1\rO|1|T1||^^^Na\rL|1|N\r"),
        (Occasion::Query, vec![], "L|1|I\r"),
        (Occasion::Query, vec![SpecimenOrder::nothing("T9")], "L|1|I\r"),
        (
            Occasion::Query,
            vec![SpecimenOrder::nothing("T9"), ordered(&["Na"]), ordered(&["K"])],
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
        // A component stands in each repeat of its field; without a text the field is left out.
        (
            "fixed = [{ record = \"O\", field = 5, component = 5, text = \"\" }, { record = \"L\", field = 3, text = \"\" }]",
            "P|1\rO|1|T1||^^^Na^\rO|2|T1||^^^K^\rL|1\r",
        ),
        (
            "fixed = [{ record = \"P\", field = 3, text = \"x\" }, { record = \"L\", field = 4, component = 2, text = \"y\" }]",
            "P|1|x\rO|1|T1||^^^Na\rO|2|T1||^^^K\rL|1|N|^y\r",
        ),
    ];
    for (key, expected) in cases {
        assert_eq!(sent(&format!("{base}{key}\n"), Occasion::Query, &[ordered(&["Na", "K"])]), expected, "{key}");
    }
}

#[test]
fn what_is_added_taken_back_urgent_or_nothing_is_said_by_its_code() {
    let order = format!(
        "{LEAST}action = {{ field = 6, new = \"N\", add = \"A\", cancel = \"C\" }}\n\
         priority = {{ field = 7, routine = \"R\", stat = \"S\" }}\nreport_type = {{ field = 8, order = \"O\", none = \"Y\" }}\n\
         nothing = \"order\"\nend = {{ field = 3, answer = \"F\", none = \"I\", unasked = \"U\" }}\n"
    );
    let of = |action, urgent| SpecimenOrder { action, urgent, ..ordered(&["Na"]) };
    let cases = [
        (Occasion::Broadcast, of(OrderAction::Add, true), "O|1|T1||^^^Na|A|S|O\rL|1|U\r"),
        (Occasion::Broadcast, of(OrderAction::Cancel, false), "O|1|T1||^^^Na|C|R|O\rL|1|U\r"),
        (Occasion::Query, of(OrderAction::New, false), "O|1|T1||^^^Na|N|R|O\rL|1|F\r"),
        (Occasion::Query, SpecimenOrder::nothing("T9"), "O|1|T9|||N|R|Y\rL|1|I\r"),
    ];
    for (occasion, specimen, expected) in cases {
        assert_eq!(sent(&order, occasion, &[specimen]), format!("P|1\r{expected}"));
    }
    let only_new = format!("{LEAST}action = {{ field = 6, new = \"N\" }}\n");
    for order in [LEAST, &only_new] {
        for action in [OrderAction::Add, OrderAction::Cancel] {
            let text =
                dialect(order).orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Broadcast, &[of(action, false)]);
            assert_eq!(text, None, "{action:?} has no code");
        }
    }
}

#[test]
fn what_the_character_set_lacks_is_never_sent_as_another() {
    let strange = SpecimenOrder { barcode: "Tß1".to_owned(), ..ordered(&["Na"]) };
    let at = date(2026, 11, 22).at(9, 0, 0, 0);
    assert_eq!(dialect(LEAST).orders(at, Occasion::Query, &[strange]), None);
    assert_eq!(dialect(LEAST).orders(at, Occasion::Query, &[ordered(&["Nä"])]), None);
    let sets = [
        (CharacterSet::Ascii, None, Some(b"K".to_vec())),
        (CharacterSet::Latin1, Some(vec![0xE4]), Some(b"K".to_vec())),
        (CharacterSet::Utf8, Some("ä".as_bytes().to_vec()), Some(b"K".to_vec())),
    ];
    for (set, umlaut, plain) in sets {
        assert_eq!((set.encode("ä"), set.encode("K")), (umlaut, plain));
        assert_eq!(set.encode("Ż").is_some(), set == CharacterSet::Utf8);
    }
    for action in [OrderAction::New, OrderAction::Add, OrderAction::Cancel] {
        assert_eq!(OrderAction::from_code(action.code()), Some(action));
    }
    assert_eq!(OrderAction::from_code("other"), None);
}

/// What a message of an analyzer says.
fn said(dialect: &Dialect, records: &str) -> ReadMessage {
    dialect.read(format!("{}\rL|1|N\r", records.replace('/', "\r")).as_bytes()).unwrap()
}

/// The answer to a message, with these codes open of the tube T1 and nothing of any other.
fn answer(dialect: &Dialect, records: &str, codes: &[&str]) -> Option<String> {
    let questions = said(dialect, records).queries;
    let asked = questions.iter().map(|q| match &q.query {
        Query::Specimens(specimens) => specimens.clone(),
        other => panic!("{other:?}"),
    });
    let of = |barcode: String| {
        let codes = if barcode == "T1" { codes } else { &[] };
        let query = QueryRecord::echo_for(&questions, &barcode);
        SpecimenOrder { barcode, patient: None, query, ..ordered(codes) }
    };
    let specimens: Vec<SpecimenOrder> = asked.flatten().map(of).collect();
    let text = dialect.orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Query, &specimens)?;
    Some(String::from_utf8(text).unwrap())
}

const ASKING: &str = r"H|\^&|||SIM-1";

/// The answer behind its header.
fn answered(order: &str, records: &str) -> String {
    let text = answer(&dialect(order), records, &["Na", "K"]).unwrap();
    text.strip_prefix("H|\\^&||||||||||||20261122090000\r").unwrap().to_owned()
}

#[test]
fn what_is_given_back_stands_as_it_came() {
    let from_third = "echo = [{ from = 3, first = 3, to = 4 }]";
    let cases = [
        (from_third, "Q|1|^T1^40^0^5^^S1^SC||ALL", "O|1|T1|40^0^5^^S1^SC|^^^Na\\^^^K"),
        (from_third, "Q|1|^T1^7^^", "O|1|T1|7^^|^^^Na\\^^^K"),
        (from_third, "Q|1|^T1^ a&S&b&F& ^0007", "O|1|T1| a&S&b&F& ^0007|^^^Na\\^^^K"),
        (from_third, "Q|1|^T1", "O|1|T1||^^^Na\\^^^K"),
        ("echo = [{ from = 3, to = 4 }]", "Q|1|2^   T1^B", "O|1|T1|2^   T1^B|^^^Na\\^^^K"),
        // In the place of the specimen: the number that was asked for, blanks and all.
        ("echo = [{ from = 3, to = 3 }]", "Q|1|2^   T1^B", "O|1|2^   T1^B||^^^Na\\^^^K"),
        (
            "echo = [{ from = 3, first = 3, to = 4 }, { from = 5, to = 16 }]",
            "Q|1|^T1^40||ALL",
            "O|1|T1|40|^^^Na\\^^^K|||||||||||ALL",
        ),
    ];
    for (keys, query, expected) in cases {
        let message = answered(&format!("{LEAST}{keys}\n"), &format!("{ASKING}/{query}"));
        assert_eq!(message, format!("P|1\r{expected}\rL|1|N\r"), "{keys} {query}");
    }
    // Delimiters are those of each message's header.
    let order = format!("{LEAST}{from_third}\n");
    assert_eq!(answered(&order, r"H|@!\|||SIM-1/Q|1|!T1!a^b!c"), "P|1\rO|1|T1|a&S&b^c|^^^Na\\^^^K\rL|1|N\r");
    // Each specimen of several questions is given back its own.
    let both = answered(&format!("{order}nothing = \"order\"\n"), &format!("{ASKING}/Q|1|^T2^41^6/Q|2|^T1^40^5"));
    assert_eq!(both, "P|1\rO|1|T2|41^6|\rP|2\rO|1|T1|40^5|^^^Na\\^^^K\rL|1|N\r");
    let dialect = dialect(&order);
    let unasked = dialect.orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Query, &[ordered(&["Na"])]);
    assert_eq!(unasked, None, "nothing is made up for a question that there is not");
}

#[test]
fn that_there_is_nothing_is_said_by_the_end_an_order_or_the_question() {
    let echo = "echo = [{ from = 3, first = 3, to = 4 }]\n";
    let marked = "nothing = \"query\"\nfixed = [{ record = \"Q\", field = 13, text = \"X\" }]\n";
    let open = r"O|1|T1||^^^Na\^^^K";
    let cases = [
        ("", "Q|1|^T9^7", "L|1|I".to_owned()),
        ("nothing = \"end\"\n", "Q|1|^T9^7", "L|1|I".to_owned()),
        ("nothing = \"order\"\n", "Q|1|^T9^7", "P|1/O|1|T9||/L|1|I".to_owned()),
        (
            "nothing = \"order\"\necho = [{ from = 3, first = 3, to = 4 }]\n",
            "Q|1|^T9^7^8",
            "P|1/O|1|T9|7^8|/L|1|I".to_owned(),
        ),
        (echo, "Q|1|^T9^7", "L|1|I".to_owned()),
        (marked, "Q|1|^T9||^^^ALL||||||||O", "Q|1|^T9||^^^ALL||||||||X/L|1|I".to_owned()),
        (marked, "Q|1|^T9", "Q|1|^T9||||||||||X/L|1|I".to_owned()),
        (marked, "Q|1|^  T9^^a&S&b|||||||||||||", "Q|1|^  T9^^a&S&b||||||||||X|||/L|1|I".to_owned()),
        (marked, "Q|1|^T1||^^^ALL||||||||O", format!("P|1/{open}/L|1|N")),
        (marked, "Q|1|^T9||||||||||O/Q|2|^T1||||||||||O", format!("P|1/{open}/Q|1|^T9||||||||||X/L|1|N")),
    ];
    for (keys, query, expected) in cases {
        let message = answered(&format!("{LEAST}{keys}"), &format!("{ASKING}/{query}"));
        assert_eq!(message, format!("{}\r", expected.replace('/', "\r")), "{keys} {query}");
    }
    let text = dialect(&format!("{LEAST}{marked}")).orders(
        date(2026, 11, 22).at(9, 0, 0, 0),
        Occasion::Query,
        &[SpecimenOrder::nothing("T9")],
    );
    assert_eq!(text, None, "nothing is made up for a question that there is not");
}

#[test]
fn what_is_given_back_is_of_a_question_that_names_one_specimen() {
    let long = format!("Q|1|^T1^{}", "7".repeat(1_000));
    let keeps = format!("{LEAST}echo = [{{ from = 3, first = 3, to = 4 }}]\n");
    let cases = [
        (LEAST, r"Q|1|^T1^7\^T2^8", 1),
        (&keeps, "Q|1|^T1^7", 1),
        (&keeps, r"Q|1|^T1^7\^T2^8", 0),
        (&keeps, r"Q|1|^T1^7\^^8", 0),
        (LEAST, &long, 1),
        (&keeps, &long, 0),
    ];
    for (order, query, questions) in cases {
        let said = said(&dialect(order), &format!("{ASKING}/{query}"));
        assert_eq!((said.queries.len(), said.strange.len()), (questions, 1 - questions), "{query}");
    }
}

#[test]
fn only_what_is_marked_as_a_question_is_one() {
    let asks = "asks = [{ field = 13, values = [\"O\", \"\"] }, { field = 3, component = 3, values = [\"S1\"] }]\n";
    let dialect = dialect(&format!("{asks}{LEAST}"));
    let cases: [(&str, &[&str]); 6] = [
        ("Q|1|^T1^S1||ALL||||||||O", &[]),
        ("Q|1|^T1^S1||ALL", &[]),
        ("Q|1|^T1^S1||ALL||||||||A", &["A"]),
        ("Q|1|^T1^S2||ALL||||||||O", &["S2"]),
        ("Q|1|^T1", &[""]),
        ("Q|1|||||||||||A", &["A"]),
    ];
    for (query, marks) in cases {
        let said = said(&dialect, &format!("{ASKING}/{query}"));
        assert_eq!(said.ignored_queries, marks, "{query}");
        assert_eq!((said.queries.len(), said.strange.len()), (usize::from(marks.is_empty()), 0), "{query}");
    }
}

#[test]
fn a_code_is_ordered_up_to_the_text_that_ends_it() {
    let order = dialect(&format!("{LEAST}code_until = \"/\"\n")).order.unwrap();
    let cases = [
        ("10//not", Some("10")),
        ("900/1/not", Some("900")),
        ("685/", Some("685")),
        ("685", Some("685")),
        ("/not", None),
        ("", None),
    ];
    for (code, sent) in cases {
        assert_eq!(order.order_code(code), sent, "{code}");
    }
    assert_eq!(dialect(LEAST).order.unwrap().order_code("10//not"), Some("10//not"));
}

#[test]
fn the_mistakes_in_what_is_asked_and_given_back_are_named() {
    let echo = "echo = [{ from = 3, to = 4 }]\n";
    let back = "nothing = \"query\"\nfixed = [{ record = \"Q\", field = 13, text = \"X\" }]\n";
    // In [query] behind its identity, the [order], its last line, the mistake's line from that identity on.
    let cases = [
        ("asks = [{ field = 13, values = [] }]\n", LEAST, "", 1, "query.asks.1.values: name the values of a question"),
        ("asks = [{ field = 1, values = [\"O\"] }]\n", LEAST, "", 1, "query.asks.1: fields count from 1"),
        ("all = \"ALL\"\n", LEAST, echo, 1, "query.all: a question that is given back names one specimen"),
        ("range_end = 4\n", LEAST, back, 1, "query.range_end: a question that is given back names one specimen"),
        ("", LEAST, "code_until = \"\"\n", 7, "order.code_until: is empty"),
        ("", LEAST, "nothing = \"query\"\n", 7, "order.nothing: the question as it came says nothing"),
        ("", LEAST, "nothing = \"none\"\n", 7, "unknown variant `none`, expected one of `end`, `order`, `query`"),
        (
            "",
            LEAST,
            "fixed = [{ record = \"Q\", field = 13, text = \"X\" }]\n",
            7,
            "order.fixed.1.record: \"Q\" is not read",
        ),
        (
            "",
            LEAST,
            "report_type = { field = 26, order = \"O\", none = \"Y\" }\n",
            7,
            "order.report_type.none: stands in",
        ),
        ("", LEAST, "echo = [{ from = 1, to = 4 }]\n", 7, "order.echo.1.from: fields count from 1"),
        ("", LEAST, "echo = [{ from = 3, first = 0, to = 4 }]\n", 7, "order.echo.1.from: components count from 1"),
        ("", LEAST, "echo = [{ from = 3, to = 2 }]\n", 7, "order.echo.1.to: another field of O"),
        ("", LEAST, "echo = [{ from = 3, to = 5 }]\n", 7, "order.echo.1.to: another field of O"),
        ("", LEAST, "echo = [{ from = 3, component = 4, to = 5 }]\n", 7, "unknown field `component`"),
    ];
    let plain = profile("");
    let line = 1 + plain.lines().position(|l| l.starts_with("identity = { field = 3, component = 2 }")).unwrap();
    let named = |profile: &str| -> Vec<String> {
        Dialect::parse(profile).unwrap_err().iter().map(ToString::to_string).collect()
    };
    for (query, order, keys, behind, expected) in cases {
        let mistakes = named(&profile(&format!("{query}{order}{keys}")));
        assert_eq!(mistakes.len(), 1, "{query}{keys}: {mistakes:?}");
        let expected = format!("line {}: {expected}", line + behind);
        assert!(mistakes[0].starts_with(&expected), "{}\n  {expected}", mistakes[0]);
    }
    let received = LEAST.replace("asked", "received");
    let mistakes = named(&profile(&format!("{received}{echo}")));
    assert!(
        mistakes[0].contains("order.echo: an order that nobody asked for has nothing to give back"),
        "{mistakes:?}"
    );
    let unasking =
        profile(&format!("{received}{back}")).replace("[query]\nidentity = { field = 3, component = 2 }\n", "");
    let mistakes = named(&unasking);
    assert!(mistakes[0].contains("order.nothing: there is no [query] to give back"), "{mistakes:?}");
}

/// Of the profiles of real devices that say how orders are sent: the query, and the answer, byte by byte.
#[test]
fn a_device_that_asks_is_answered_as_its_documents_say() {
    let immulite = r"H|\^&|||DPC|||||LIS||P|1|20261122085900/Q|1|^T1||ALL||||||||O/L|1";
    let to_immulite = r"H|\^&|||LIS||||N81|IMMULITE||P|1|20261122090000";
    let e411 = r"H|\^&|||cobas-e411^1|||||host|TSREQ^REAL|P|1/Q|1|^^T1^40^0^5^^S1^SC||ALL||||||||O/L|1|N";
    let to_e411 = r"H|\^&|||host^1|||||cobas-e411|TSDWN^REPLY|P|1";
    let architect = r"H|\^&|||ARCHITECT^7.01|||||||P|1|20261122085900/Q|1|^T1||^^^ALL||||||||O/L|1";
    let to_architect = r"H|\^&||||||||||P|1";
    // A question about the tube T1, or another; the codes of what is open, as results bear them; the answer.
    let cases: &[(&str, &str, &str, &[&str], &str)] = &[
        (
            "immulite",
            immulite,
            "T1",
            &["TT4", "FER"],
            "P|1|MRN&F&1|||????^Zo?||19710402|F/O|1|T1||^^^TT4/O|2|T1||^^^FER/L|1|F",
        ),
        ("immulite", immulite, "T1", &["TSH"], "P|1|MRN&F&1|||????^Zo?||19710402|F/O|1|T1||^^^TSH/L|1|F"),
        ("immulite", immulite, "T9", &[], "L|1|I"),
        (
            "cobas-e411",
            e411,
            "000004",
            &["10//not", "30/2/not", "40//not"],
            r"P|1/O|1|000004|40^0^5^^S1^SC|^^^10^\^^^30^\^^^40^|R||||||A||||1||||||||||O/L|1|N",
        ),
        ("cobas-e411", e411, "000004", &[], "P|1/O|1|000004|40^0^5^^S1^SC||R||||||A||||1||||||||||O/L|1|N"),
        ("cobas-e411", e411, "@40", &[], "P|1/O|1|@40|40^0^5^^S1^SC||R||||||A||||1||||||||||O/L|1|N"),
        ("architect", architect, "T1", &["16", "606"], r"P|1/O|1|T1||^^^16\^^^606|||||||N||||||||||||||Q/L|1"),
        ("architect", architect, "0000040735", &[], "Q|1|^0000040735||^^^ALL||||||||X/L|1"),
    ];
    let told: BTreeSet<&str> = cases.iter().map(|(name, ..)| *name).collect();
    let real = names().filter(|name| !name.starts_with("titer-sim"));
    let takes: BTreeSet<&str> = real.filter(|name| Dialect::named(name).unwrap().order.is_some()).collect();
    assert_eq!(told, takes, "each profile of a real device that takes orders has an example");
    for (name, question, tube, codes, answer) in cases {
        let dialect = Dialect::named(name).unwrap();
        let order = dialect.order.as_ref().unwrap();
        let query = question.replace("^T1", &format!("^{tube}")).replace('/', "\r");
        let questions = dialect.read(query.as_bytes()).unwrap().queries;
        assert_eq!(questions[0].query, Query::Specimens(vec![(*tube).to_owned()]), "{name}");
        let codes: Vec<&str> = codes.iter().map(|code| order.order_code(code).unwrap()).collect();
        let specimen = match codes.is_empty() {
            true => SpecimenOrder::nothing(tube),
            false => SpecimenOrder { barcode: (*tube).to_owned(), ..ordered(&codes) },
        };
        let specimen = SpecimenOrder { query: QueryRecord::echo_for(&questions, tube), ..specimen };
        let text = dialect.orders(date(2026, 11, 22).at(9, 0, 0, 0), Occasion::Query, &[specimen]).unwrap();
        let header = match *name {
            "immulite" => to_immulite,
            "cobas-e411" => to_e411,
            _ => to_architect,
        };
        let answer = format!("{header}/{answer}/").replace('/', "\r");
        assert_eq!(String::from_utf8(text).unwrap(), answer, "{name}");
    }
}

/// None has codes for it, and each is told only when it asks.
#[test]
fn from_those_that_ask_nothing_is_taken_back() {
    for name in ["immulite", "cobas-e411", "architect"] {
        let order = Dialect::named(name).unwrap().order.unwrap();
        assert_eq!(order.when, OrderMode::Query, "{name}");
        assert!(order.action.is_none_or(|a| a.add.is_none() && a.cancel.is_none()), "{name}");
    }
}
