//! Values and statuses by which the shipped profiles know that there is no result: each in a message in the manner of its device.

use std::collections::BTreeSet;

use titer_link::{
    Dialect,
    dialect::{StatusMeaning, WordMeaning, names},
    trial::{Trial, Verdict},
};

/// Profile, records, and the value or status in them that means *not done*.
const NOT_DONE: &[(&str, &[&str], &str)] = &[
    (
        "cobas-c111",
        &[
            "H|\\^&|||C111^Roche^c111",
            "P|1||",
            "O|1||T1^^2||R||||||N",
            "R|1|^^^550||U/L||N||X||||20261122080000",
            "L|1|N",
        ],
        "X",
    ),
    (
        "afinion-2",
        &[
            "H|\\^&|||Afinion 2 Analyzer^^AF1|||||||P|1|20261122080000",
            "P|1||3643|||||U",
            "O|1|T1|5|^^^HbA1c|||||||N||||^V||||||||^10228413||F",
            "R|1|^^^HbA1c|---|%||||F||3643||20261122080000",
            "L|1|N",
        ],
        "---",
    ),
    ("pentra", PENTRA, "-----"),
    ("pentra", PENTRA, "X"),
    ("yumizen", YUMIZEN, "-----"),
    ("yumizen", YUMIZEN, "X"),
    (
        "genexpert",
        &[
            GENEXPERT,
            "P|1",
            XPERT,
            "R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|ERROR^|||||F||A|20261122080000|20261122080000|S",
            "L|1|N",
        ],
        "ERROR",
    ),
    (
        "genexpert",
        &[
            GENEXPERT,
            "P|1",
            XPERT,
            "R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|INVALID^|||||F||A|20261122080000|20261122080000|S",
            "L|1|N",
        ],
        "INVALID",
    ),
    (
        "genexpert",
        &[
            GENEXPERT,
            "P|1",
            XPERT,
            "R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|NO RESULT^|||||F||A|20261122080000|20261122080000|S",
            "L|1|N",
        ],
        "NO RESULT",
    ),
    (
        "genexpert",
        &[
            GENEXPERT,
            "P|1",
            XPERT,
            "R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|NO RESULT - REPEAT TEST^|||||F||A|20261122080000|20261122080000|S",
            "L|1|N",
        ],
        "NO RESULT - REPEAT TEST",
    ),
    (
        "genexpert",
        &[
            GENEXPERT,
            "P|1",
            XPERT,
            "R|1|^MTB-RIF^^Xpert^Xpert MTB-RIF Ultra^4^MTB^|NOT DETECTED^|||||X||A|20261122080000|20261122080000|S",
            "L|1|N",
        ],
        "X",
    ),
];

const PENTRA: &[&str] = &[
    "H|\\^&|||ABX|||||||P|E1394-97|20261122080000",
    "P|1",
    "O|1|T1^00^00||^^^DIF|||||||||||Standard||||||||||F",
    "R|1|^^^BAS#^704-7^1|-----|1||HH||X||U||20261122080000",
    "R|2|^^^RBC^789-9^1|-----|1||||F||U||20261122080000",
    "R|3|^^^PLT^777-3^1|234|1||||X||U||20261122080000",
    "L|1|N",
];

const YUMIZEN: &[&str] = &[
    "H|\\^&|||H550^909^1.2.1.4|||||||P|LIS2-A2|20261122080000",
    "P|1",
    "O|1|T1^^013148^6||^^^DIF|R|20261122080000|||||||||BLOOD||||||||||F",
    "R|1|^^^MCV^787-2|-----|um3||N||X||U^^USER|20261122080000",
    "R|2|^^^WBC^6690-2|-----|10E3/uL||N||F||U^^USER|20261122080000",
    "R|3|^^^PLT^777-3|234|10E3/uL||N||X||U^^USER|20261122080000",
    "L|1|N",
];

const GENEXPERT: &str = "H|@^\\|X-1||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|20261122080000";
const XPERT: &str = "O|1|T1||^^^MTB-RIF|R|20261122080000|||||||||ORH||||||||||F";

#[test]
fn every_value_that_means_not_done_in_a_shipped_profile_files_nothing_and_asks_for_the_repeat() {
    let mut shown = BTreeSet::new();
    for (name, records, value) in NOT_DONE {
        let trial = Trial::of(&Dialect::named(name).unwrap(), records.join("\r").as_bytes());
        let verdicts = trial.messages.iter().flat_map(|m| &m.specimens).flat_map(|s| &s.verdicts);
        let mut count = 0;
        for verdict in verdicts {
            let Verdict::Held(why) = verdict else { panic!("{name}, {value}: a verdict that is not held") };
            assert_eq!(why.code, "inbox-result-not-done", "{name}, {value}");
            count += 1;
        }
        assert!(count > 0 && records.iter().any(|record| record.contains(value)), "{name}, {value}");
        shown.insert(((*name).to_owned(), (*value).to_owned()));
    }
    for name in names() {
        let dialect = Dialect::named(name).unwrap();
        let words = dialect.word.iter().filter(|word| word.meaning == WordMeaning::NotDone).flat_map(|word| &word.is);
        let statuses = dialect.status.iter().filter(|s| s.meaning == StatusMeaning::NotDone).map(|s| &s.code);
        for value in words.chain(statuses) {
            assert!(shown.contains(&(name.to_owned(), value.clone())), "{name}: {value:?} stands in no message here");
        }
    }
}
