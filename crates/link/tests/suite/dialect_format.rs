//! What a profile can say beyond the plain case, and its mistakes.

use titer_link::{
    Dialect,
    dialect::{Query, ReadMessage, SpecimenRole, StatedPatient, StatusMeaning},
};

const DIALECT: &str = r#"
[device]
name = "Analyzer"
maker = "Titer"
version = "1"
provenance = "untested"

[framing]
protocol = "astm"
encoding = "us-ascii"

[identity]
record = "O"
field = 3

[material]
record = "O"
field = 12
patient = ["N"]
control = ["Q"]

[completed]
record = "R"
field = 13
format = "YYYYMMDDhhmmss"
zone = "instrument"

[result]
record = "R"
code = { field = 3, component = 4 }
value = 4
unit = 5
flag = 7
status = 9

[statuses]
F = "Final"

[flags]
"" = "Not flagged"
H = "High"
"#;

fn profile(changes: &[(&str, &str)]) -> String {
    let mut text = DIALECT.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

fn read(changes: &[(&str, &str)], records: &[&str]) -> ReadMessage {
    let dialect = Dialect::parse(&profile(changes)).unwrap();
    dialect.read(records.join("\r").as_bytes()).unwrap()
}

const HEADER: &str = r"H|\^&|||X|||||||P";
const ORDER: &str = "O|1|T1|T1^7||||||||N";
const RESULT: &str = "R|1|^^^Na|140|mmol/L||||F||||20261122080000";

#[test]
fn a_place_that_names_another_specimen_contradicts() {
    let agrees = "[[identity.agrees]]\nrecord = \"O\"\nfield = 4\ncomponent = 1\n\
                  [[identity.agrees]]\nrecord = \"P\"\nfield = 4\n\n[material]";
    let contradicts = |patient: &str, order: &str| {
        let said = read(&[("[material]", agrees)], &[HEADER, patient, order, "L|1"]);
        said.specimens[0].contradicts.as_ref().map(|c| format!("{} {}", c.place, c.says))
    };
    assert_eq!(contradicts("P|1", ORDER), None);
    assert_eq!(contradicts("P|1||T1", "O|1| T1 | T1 ^7||||||||N"), None, "blanks are no contradiction");
    assert_eq!(contradicts("P|1", "O|1|T1|^7||||||||N"), None, "an empty place says nothing");
    assert_eq!(contradicts("P|1", "O|1|T1|T2^7||||||||N").as_deref(), Some("O-4.1 T2"));
    assert_eq!(contradicts("P|1||T3", ORDER).as_deref(), Some("P-4 T3"));
    assert_eq!(contradicts("P|1", r"O|1|T1|T1\T2||||||||N").as_deref(), Some(r"O-4.1 T1\T2"), "two in one place");
}

#[test]
fn an_identity_counts_only_as_scanned_where_the_device_says_how_it_came() {
    let scanned = "field = 3\nscanned = { field = 4, component = 2, values = [\"B\"] }\n\n[material]";
    let identity = |order: &str| {
        let said = read(&[("field = 3\n\n[material]", scanned)], &[HEADER, "P|1", order, "L|1"]);
        (said.specimens[0].identity.clone(), said.specimens[0].unscanned.clone())
    };
    assert_eq!(identity("O|1|T1|1^B||||||||N"), ("T1".to_owned(), None));
    for mark in ["A", "M", "", "b"] {
        assert_eq!(identity(&format!("O|1|T1|1^{mark}||||||||N")), (String::new(), Some(mark.to_owned())), "{mark}");
    }
}

#[test]
fn material_is_told_by_the_header_the_results_or_the_number() {
    let sorts = |changes: &[(&str, &str)], records: &[&str]| -> Vec<SpecimenRole> {
        read(changes, records).specimens.into_iter().map(|s| s.role).collect()
    };
    let header = [("record = \"O\"\nfield = 12\npatient = [\"N\"]", "record = \"H\"\nfield = 12\npatient = [\"P\"]")];
    assert_eq!(sorts(&header, &[HEADER, "P|1", "O|1|T1", "L|1"]), [SpecimenRole::Patient]);
    assert_eq!(sorts(&header, &[r"H|\^&|||X|||||||Q", "P|1", "O|1|T1", "L|1"]), [SpecimenRole::Control]);
    assert_eq!(
        sorts(&header, &[r"H|\^&|||X|||||||D", "P|1", "O|1|T1", "L|1"]),
        [SpecimenRole::Unknown("D".to_owned())]
    );

    let results = [("record = \"O\"\nfield = 12\n", "record = \"R\"\nfield = 14\n")];
    let result = |mark: &str| format!("{RESULT}|{mark}");
    let of = |marks: &[&str]| {
        let results_of: Vec<String> = marks.iter().map(|m| result(m)).collect();
        let mut records = vec![HEADER, "P|1", ORDER];
        records.extend(results_of.iter().map(String::as_str));
        sorts(&results, &records).remove(0)
    };
    assert_eq!(of(&["N", "N"]), SpecimenRole::Patient);
    assert_eq!(of(&["Q", "Q"]), SpecimenRole::Control);
    assert_eq!(of(&["N", "Q", "N"]), SpecimenRole::Unknown("N Q N".to_owned()), "results that disagree");
    assert_eq!(of(&[]), SpecimenRole::Unknown(String::new()));

    let number = [("record = \"O\"\nfield = 12\npatient = [\"N\"]\ncontrol = [\"Q\"]", "control_prefix = [\"QC\"]")];
    let orders = &[HEADER, "P|1", "O|1|T1", "O|2|QC-1", "O|3| QC2", "O|4|1QC", "L|1"];
    assert_eq!(
        sorts(&number, orders),
        [SpecimenRole::Patient, SpecimenRole::Control, SpecimenRole::Control, SpecimenRole::Patient]
    );
    // With a mark as well, both have to be a patient's.
    let both = [("control = [\"Q\"]", "control = [\"Q\"]\ncontrol_prefix = [\"QC\"]")];
    let orders = &[HEADER, "P|1", "O|1|QC1|||||||||N", "O|2|T1|||||||||Q", "O|3|T1|||||||||", "L|1"];
    assert_eq!(
        sorts(&both, orders),
        [SpecimenRole::Control, SpecimenRole::Control, SpecimenRole::Unknown(String::new())]
    );
}

#[test]
fn what_is_said_of_the_patient_and_the_specimen_is_read_and_names_nobody() {
    let more = "[specimen_type]\nrecord = \"O\"\nfield = 16\ncomponent = 1\n\
                [patient]\nidentifier = { record = \"P\", field = 3 }\n\
                birth = { record = \"P\", field = 8, format = \"YYYYMMDD\" }\n\
                sex = { record = \"P\", field = 9, female = [\"F\"], male = [\"M\"], unknown = [\"U\"] }\n\n[material]";
    let said = |patient: &str| {
        let order = format!("{ORDER}||||SER^venous");
        let mut said = read(&[("[material]", more)], &[HEADER, patient, &order, "L|1"]);
        let specimen = said.specimens.remove(0);
        assert_eq!(specimen.specimen_type, "SER");
        let StatedPatient { identifier, birth, sex } = specimen.patient;
        [identifier, birth, sex]
    };
    assert_eq!(said("P|1|MRN-1|||Quill^Ada||19710402|F"), ["MRN-1", "1971-04-02", "female"]);
    assert_eq!(said("P|1|||||| 19710402 |M"), ["", "1971-04-02", "male"]);
    assert_eq!(said("P|1|||||||U"), ["", "", ""]);
    assert_eq!(said("P|1|||||19710402||x"), ["", "", "x"], "as sent when it is not listed");
    assert_eq!(said("P|1||||||19710231"), ["", "19710231", ""], "as sent when it is no date");
    assert_eq!(said("P|1"), ["", "", ""]);
}

#[test]
fn the_time_may_stand_in_the_order_or_the_header() {
    let at = |changes: &[(&str, &str)], header: &str, order: &str| {
        let said = read(changes, &[header, "P|1", order, RESULT, "L|1"]);
        said.specimens[0].values[0].completed.map(|t| t.to_string())
    };
    let completed = "[completed]\nrecord = \"R\"\nfield = 13";
    let order = format!("{ORDER}|||||||||||20261122090000");
    let found = at(&[(completed, "[completed]\nrecord = \"O\"\nfield = 23")], HEADER, &order);
    assert_eq!(found.as_deref(), Some("2026-11-22T09:00:00"));
    let found =
        at(&[(completed, "[completed]\nrecord = \"H\"\nfield = 14")], r"H|\^&|||X|||||||P||20261122100000", ORDER);
    assert_eq!(found.as_deref(), Some("2026-11-22T10:00:00"));
}

#[test]
fn flags_stand_together_as_the_profile_says() {
    let holds = |split: &str, flags: &str| {
        let split = format!("flag = 7\nflags_split = \"{split}\"");
        let result = format!("R|1|^^^Na|140|mmol/L||{flags}||F||||20261122080000");
        read(&[("flag = 7", &split)], &[HEADER, "P|1", ORDER, &result]).specimens[0].values[0].unexplained.clone()
    };
    assert_eq!(holds("repeats", r"H\X"), ["instrument-flag:X"]);
    assert_eq!(holds("components", "H^X^Y"), ["instrument-flag:X", "instrument-flag:Y"]);
    assert_eq!(holds("characters", "HXH"), ["instrument-flag:X"]);
    assert_eq!(holds("commas", "H, X"), ["instrument-flag:X"]);
    for split in ["repeats", "components", "characters", "commas"] {
        assert_eq!(holds(split, ""), Vec::<String>::new(), "{split}: none at all is listed");
    }
}

#[test]
fn a_status_means_what_the_profile_says() {
    let listed: String =
        [("P", "preliminary"), ("X", "not-done"), ("R", "repeat"), ("C", "corrected"), ("I", "ignored")]
            .map(|(code, meaning)| format!("[[status]]\ncode = \"{code}\"\nas = \"{meaning}\"\ntext = \"…\"\n"))
            .concat();
    let listed = format!("{listed}\n[flags]");
    let replicate = ("flag = 7", "flag = 7\nreplicate = { field = 3, component = 5 }");
    let status = |code: &str, replicate_number: &str| {
        let result = format!("R|1|^^^Na^{replicate_number}|140|mmol/L||||{code}||||20261122080000");
        let said = read(&[("[flags]", &listed), replicate], &[HEADER, "P|1", ORDER, &result]);
        let value = &said.specimens[0].values[0];
        (value.status, value.unexplained.clone())
    };
    let cases = [
        ("F", StatusMeaning::Final),
        ("P", StatusMeaning::Preliminary),
        ("X", StatusMeaning::NotDone),
        ("R", StatusMeaning::Repeat),
        ("C", StatusMeaning::Corrected),
        ("I", StatusMeaning::Ignored),
    ];
    for (code, meaning) in cases {
        assert_eq!(status(code, ""), (Some(meaning), vec![]), "{code}");
    }
    assert_eq!(status("V", ""), (None, vec!["status:V".to_owned()]));
    assert_eq!(status("F", "1").0, Some(StatusMeaning::Final));
    assert_eq!(status("F", "2").0, Some(StatusMeaning::Repeat), "a second replicate is a repeat");
    assert_eq!(status("P", "2").0, Some(StatusMeaning::Preliminary));
}

#[test]
fn what_is_not_charted_is_told_by_its_code_or_another_place_unless_something_is_said_beside_it() {
    let listed = "[[result.supplementary]]\nprefix = [\"IMG_\"]\nsuffix = [\"-raw\"]\nis = [\"DIST\"]\nwhy = \"A picture\"\n\
                  [[result.supplementary]]\nfield = 3\ncomponent = 5\nis = [\"P\"]\nwhy = \"A raw reading\"\n\n[statuses]";
    let why = |test: &str, flags: &str, behind: &[&str]| {
        let result = format!("R|1|^^^{test}|140|mmol/L||{flags}||Z||||20261122080000");
        let records: Vec<&str> = [&[HEADER, "P|1", ORDER, &result], behind].concat();
        read(&[("[statuses]", listed)], &records).specimens[0].values[0].supplementary.clone()
    };
    for test in ["IMG_1", "WBC-raw", "DIST"] {
        assert_eq!(why(test, "", &[]).as_deref(), Some("A picture"), "{test}");
    }
    assert_eq!(why("Na^P", "", &[]).as_deref(), Some("A raw reading"));
    assert_eq!(why("Na^F", "", &[]), None);
    assert_eq!(why("IMG_1", "X", &[]), None, "a flag nobody knows");
    assert_eq!(why("IMG_1", "", &["C|1|I|clot"]), None, "a comment nobody knows");
}

#[test]
fn where_something_is_expected_anything_else_holds() {
    let expected = "[[expected]]\nrecord = \"H\"\nfield = 12\nvalues = [\"P\"]\nwhy = \"…\"\n\
                    [[expected]]\nrecord = \"R\"\nfield = 3\ncomponent = 5\nvalues = [\"1\", \"\"]\nwhy = \"…\"\n\n[flags]";
    let holds = |header: &str, test: &str| {
        let result = format!("R|1|^^^{test}|140|mmol/L||||F||||20261122080000");
        read(&[("[flags]", expected)], &[header, "P|1", ORDER, &result]).specimens[0].values[0].unexplained.clone()
    };
    assert_eq!(holds(HEADER, "Na"), Vec::<String>::new());
    assert_eq!(holds(HEADER, "Na^1"), Vec::<String>::new());
    assert_eq!(holds(HEADER, "Na^5"), ["instrument-flag:5 (R-3.5)"]);
    assert_eq!(holds(r"H|\^&|||X|||||||T", "Na"), ["instrument-flag:T (H-12)"]);
}

#[test]
fn a_query_asks_for_specimens_a_range_or_all() {
    let query = "[query]\nidentity = { field = 3, component = 2 }\nall = \"ALL\"\nrange_end = { field = 4, component = 2 }\n\n[material]";
    let asked = |record: &str| {
        let said = read(&[("[material]", query)], &[HEADER, record, "L|1"]);
        (said.queries.into_iter().map(|q| q.query).collect::<Vec<_>>(), said.strange)
    };
    let specimens = |of: &[&str]| Query::Specimens(of.iter().map(|s| (*s).to_owned()).collect());
    let strange = vec!["Q".to_owned()];
    let cases = [
        ("Q|1|^T1||ALL", (vec![specimens(&["T1"])], vec![])),
        ("Q|1|^   T1  ^3||ALL", (vec![specimens(&["T1"])], vec![])),
        (r"Q|1|^T1\^T2\^||ALL", (vec![specimens(&["T1", "T2"])], vec![])),
        ("Q|1|^T1|^T9|ALL", (vec![Query::Range { from: "T1".to_owned(), to: "T9".to_owned() }], vec![])),
        ("Q|1|^ALL", (vec![Query::All], vec![])),
        // Nothing that can be told.
        ("Q|1|", (vec![], strange.clone())),
        ("Q|1|T1", (vec![], strange.clone())),
        (r"Q|1|^T1\^T2|^T9", (vec![], strange.clone())),
        ("Q", (vec![], strange)),
    ];
    for (record, expected) in cases {
        assert_eq!(asked(record), expected, "{record}");
    }
    let several = read(&[("[material]", query)], &[HEADER, "Q|1|^T1", "Q|2|^T2", "L|1"]);
    assert_eq!(several.queries.len(), 2);
}

/// Delimiters are those of each header; an escape character that begins nothing stays; nothing is too long to be held.
#[test]
fn what_real_senders_do_is_read() {
    let long = format!("C|1|I|{}", "x".repeat(100_000));
    let said = read(
        &[],
        &[
            HEADER,
            RESULT,
            "P|1",
            "O|1|A&B|||||||||N",
            RESULT,
            &long,
            "L|1",
            r"H|@^\|||Y",
            "P|1",
            r"O|1|T2\S\1|||||||||N",
            "R|1|^^^Na| 140 |",
            "P|2",
            "O|1|T3|||||||||N",
            "R",
        ],
    );
    let found: Vec<_> = said.specimens.iter().map(|s| (s.identity.as_str(), s.values.len())).collect();
    assert_eq!(found, [("", 1), ("A&B", 1), ("T2^1", 1), ("T3", 1)], "a result without an order names nobody");
    let held = &said.specimens[1].values[0].unexplained;
    assert_eq!(held, &["instrument-record:C"], "without a [comment] each comment is a strange record");
    assert_eq!(said.specimens[2].values[0].value, "140");
    assert_eq!(said.specimens[2].values[0].unexplained, ["status:"]);
    let commented = ("[flags]", "[comment]\nrecord = \"C\"\nfield = 4\n\n[flags]");
    let said = read(&[commented], &[HEADER, "P|1", ORDER, RESULT, &long]);
    let quoted = format!("instrument-comment:{}…", "x".repeat(80));
    assert_eq!(said.specimens[0].values[0].unexplained, [quoted]);
}

/// Each mistake is told with its line and what to do; several at once.
#[test]
fn the_mistakes_of_a_profile_are_named() {
    assert!(Dialect::parse(DIALECT).is_ok());
    let of = |changes: &[(&str, &str)]| -> Vec<String> {
        Dialect::parse(&profile(changes)).unwrap_err().iter().map(ToString::to_string).collect()
    };
    let cases: [(&str, &str, &str); 33] = [
        ("name = \"Analyzer\"", "name = \" \"", "line 3: device.name: is empty: fill it in"),
        ("\"untested\"", "\"from a capture\"", "line 6: device.provenance: say in sources what was captured or read"),
        ("\"untested\"", "\"from a friend\"", "line 6: unknown variant `from a friend`"),
        (
            "\"us-ascii\"",
            "\"ascii\"",
            "line 10: unknown variant `ascii`, expected one of `us-ascii`, `latin-1`, `utf-8`",
        ),
        ("\"us-ascii\"", "\"us-ascii\"\nsend_text_max = 0", "line 11: framing.send_text_max: a frame holds 1 to 63993"),
        ("\"astm\"", "\"hl7\"", "line 9: unknown variant `hl7`"),
        (
            "record = \"O\"\nfield = 3",
            "record = \"P\"\nfield = 3",
            "line 13: identity.record: \"P\" is not read for this: write O",
        ),
        ("field = 3\n", "field = 0\n", "line 12: identity: fields count from 1"),
        ("field = 3\n", "field = 3\ncomponent = 0\n", "line 12: identity: components count from 1"),
        ("field = 3\n", "field = 3\nplace = 3\n", "line 15: unknown field `place`"),
        ("field = 3\n", "field = -3\n", "line 14: invalid value"),
        (
            "field = 3\n",
            "field = 3\nscanned = { field = 4, values = [] }\n",
            "line 15: identity.scanned.values: name the values",
        ),
        (
            "[material]",
            "[[identity.agrees]]\nrecord = \"R\"\nfield = 4\n[material]",
            "line 17: identity.agrees.1.record: \"R\"",
        ),
        ("field = 12\n", "", "line 16: material: a mark stands in a record and a field: name both"),
        (
            "record = \"O\"\nfield = 12\npatient = [\"N\"]\ncontrol = [\"Q\"]",
            "",
            "line 16: material: name the record and field of the mark",
        ),
        ("patient = [\"N\"]", "patient = []", "line 19: material.patient: name the marks of a patient's specimen"),
        ("control = [\"Q\"]", "control = [\"N\"]", "line 20: material.control: \"N\" cannot mark both"),
        (
            "control = [\"Q\"]",
            "control_prefix = [\"\"]",
            "line 20: material.control_prefix: every identity begins with nothing",
        ),
        (
            "record = \"R\"\nfield = 13",
            "record = \"C\"\nfield = 13",
            "line 23: completed.record: \"C\" is not read for this: write R or O or H",
        ),
        ("YYYYMMDDhhmmss", "YYMMDD", "line 25: unknown variant `YYMMDD`, expected `YYYYMMDDhhmmss` or `YYYYMMDDhhmm`"),
        ("record = \"R\"\ncode", "record = \"O\"\ncode", "line 29: result.record: \"O\" is not read for this: write R"),
        ("value = 4", "value = 1", "line 31: result.value: fields count from 1, and field 1 is the record's type"),
        ("value = 4", "value = \"4\"", "line 31: invalid type: string \"4\", expected a field's number, or { field"),
        ("status = 9\n", "", "line 28: result: statuses are listed: name the field status"),
        ("flag = 7\n", "", "line 28: result: flags are listed: name the field flag"),
        (
            "[statuses]",
            "[[result.supplementary]]\nwhy = \"x\"\n[statuses]",
            "line 36: result.supplementary.1: say what stands there",
        ),
        (
            "[flags]",
            "[[status]]\ncode = \"F\"\nas = \"repeat\"\ntext = \"x\"\n[flags]",
            "line 39: status: \"F\" stands here twice",
        ),
        ("[flags]", "[comment_codes]\n1 = \"x\"\n[flags]", "line 39: comment_codes: name in [comment]"),
        (
            "[flags]",
            "[records]\nuncharted = [\"M\", \"R\"]\n[flags]",
            "line 40: records.uncharted.2: the letter of a record",
        ),
        (
            "[flags]",
            "[[expected]]\nrecord = \"C\"\nfield = 4\nvalues = [\"\"]\nwhy = \"x\"\n[flags]",
            "line 40: expected.1.record: \"C\"",
        ),
        (
            "[flags]",
            "[[code]]\ncode = \"a\"\nunit = \"\"\nanalyte = \"k\"\n[[code]]\ncode = \"a\"\nunit = \"\"\nanalyte = \"n\"\n[flags]",
            "line 43: code.2: this code, unit and specimen stand here twice",
        ),
        (
            "[flags]",
            "[order]\nwhen = \"asked\"\nidentity = 3\ncode = { field = 5, component = 4 }\nseveral = \"repeats\"\n[flags]",
            "line 40: order.when: a device that asks has a [query]",
        ),
        (
            "[flags]",
            "[order]\nwhen = \"received\"\nidentity = 3\ncode = 5\nseveral = \"records\"\npatient = { name = 2 }\n[flags]",
            "line 44: order.patient.name: field 1 is the record's type and 2 its number",
        ),
    ];
    for (from, to, expected) in cases {
        let mistakes = of(&[(from, to)]);
        assert_eq!(mistakes.len(), 1, "{to}: {mistakes:?}");
        assert!(mistakes[0].starts_with(expected), "{to}:\n  {}\n  {expected}", mistakes[0]);
    }
    let several =
        of(&[("field = 3\n", "field = 1\n"), ("name = \"Analyzer\"", "name = \"\""), ("value = 4", "value = 0")]);
    let lines: Vec<&str> = several.iter().map(|m| m.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["line 3", "line 12", "line 31"]);
}

/// How orders are sent is read by others; here it is that the format holds all of it.
#[test]
fn all_of_query_and_order_can_be_said() {
    let text = format!(
        "{DIALECT}
[query]
identity = {{ field = 3, component = 2 }}
all = \"ALL\"
range_end = {{ field = 4, component = 2 }}

[order]
when = \"asked\"
identity = {{ field = 3, component = 1 }}
code = {{ field = 5, component = 4 }}
several = \"repeats\"
action = {{ field = 12, new = \"N\", add = \"A\", cancel = \"C\" }}
priority = {{ field = 6, routine = \"R\", stat = \"S\" }}
specimen_type = {{ field = 16 }}
code_until = \"/\"
report_type = {{ field = 26, order = \"O\", none = \"Y\" }}
nothing = \"order\"
end = {{ field = 3, answer = \"F\", none = \"I\", unasked = \"N\" }}
patient = {{ identifier = 3, name = 6, birth = 8, sex = 9 }}
fixed = [ {{ record = \"H\", field = 5, text = \"Titer\" }} ]
"
    );
    let order = Dialect::parse(&text).unwrap().order.unwrap();
    assert_eq!((order.identity.component, order.code.field), (Some(1), 5));
    assert_eq!(order.action.unwrap().cancel.as_deref(), Some("C"));
}
