//! What a value says with its flags, its words and its unit: from the message to the result, or to the reason why there is none.

use titer_lab::{
    Actor, Failure,
    catalog::{commands::ImportCatalog, starter::Entries},
    results::views::{self as results, Awaiting},
};
use titer_link::{
    Dialect,
    dialect::names,
    filing::Outcome,
    inbox::{KeptReason, MessageId, MessageState, views as inbox},
    links::LinkId,
    trial::{Trial, Verdict},
};

use crate::common::World;

const AT: &str = "20261122085500";

/// A catalog that has what these tests measure too.
async fn world() -> World {
    let world = World::standing().await;
    let more = r#"
        [[analyte]]
        key = "hiv_load"
        name = "HIV-1 RNA of the house"
        short = "HIV RNA house"
        discipline = "molecular"
        unit = "{copies}/mL"
        decimals = 0
        specimen_type = "serum"
        [[analyte]]
        key = "hgb_us"
        name = "Haemoglobin in grams per decilitre"
        short = "Hb US"
        discipline = "haematology"
        unit = "g/dL"
        decimals = 1
        specimen_type = "serum"
        [[analyte]]
        key = "strange"
        name = "In a unit of the house"
        short = "Odd"
        discipline = "chemistry"
        unit = "109/L"
        decimals = 1
        specimen_type = "serum"
        [[test]]
        key = "hiv_load"
        name = "HIV-1 RNA of the house"
        analytes = ["hiv_load"]
        specimen_type = "serum"
        [[test]]
        key = "hgb_us"
        name = "Haemoglobin in grams per decilitre"
        analytes = ["hgb_us"]
        specimen_type = "serum"
        [[test]]
        key = "strange"
        name = "In a unit of the house"
        analytes = ["strange"]
        specimen_type = "serum"
    "#;
    let more: Entries = toml::from_str(more).unwrap();
    world.run(Actor::Console, ImportCatalog(more)).await.unwrap();
    world
}

/// A link whose code for the analyte is in use.
async fn link(world: &World, dialect: &str, port: u16, (code, unit, analyte): (&str, &str, &str)) -> LinkId {
    let link = world.link(dialect, &format!("127.0.0.1:{port}")).await;
    let mapping = world.propose(link, code, unit, analyte).await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    world.confirm(link, vec![mapping]).await.unwrap();
    link
}

struct Came {
    message: MessageId,
    filed: usize,
    /// Codes of what waits.
    problems: Vec<String>,
    kept: Vec<KeptReason>,
}

async fn came(world: &World, link: LinkId, message: &str) -> Came {
    let Outcome::Kept { message, filed, .. } = world.receive(link, message).await.unwrap() else {
        panic!("taken for the same message")
    };
    let problems = world.message(message).await.problems.into_iter().map(|p| p.code).collect();
    let kept = world.lab.read(move |s| Ok::<_, Failure>(inbox::kept_reasons(s, message)?)).await.unwrap();
    Came { message, filed, problems, kept }
}

/// What waits for review: value, unit, holds and what was sent.
async fn waiting(world: &World) -> Vec<Awaiting> {
    world.lab.read(|s| Ok::<_, Failure>(results::awaiting(s, results::PAGE)?)).await.unwrap()
}

/// A message of a GeneXpert about one load.
fn load(tube: &str, value: &str, flag: &str, log: &str) -> String {
    format!(
        "H|@^\\|X-{tube}{value}||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|{AT}\rP|1\r\
         O|1|{tube}||^^^HIVVL|R|{AT}|||||||||ORH||||||||||F\r\
         R|1|^^^HIVVL^Xpert HIV-1 Viral Load XC^3^^|{value}|copies/mL|40.00 to 10000000.00|{flag}||F||U|{AT}|{AT}|S\r\
         R|2|^^^HIVVL^Xpert HIV-1 Viral Load XC^3^^LOG|^{log}|copies/mL|1.60 to 7.00|{flag}||F||U|{AT}|{AT}|S\r\
         R|3|^^^HIVVL^^^HIV-1^Ct|^33.0|||\rL|1|N\r"
    )
}

/// Shapes of the maker's published messages (DIGI-UW/analyzer-mock-server, fixtures/genexpert/hivvl), with made-up content.
#[tokio::test]
async fn a_flag_that_changes_the_value_is_part_of_it_or_nothing_is_filed() {
    let world = world().await;
    let link = link_with_kind(&world).await;
    let patient = world.patient("MRN-1").await;
    for (i, (value, flag, log, expected)) in [
        ("^1009.64", "N", "3.00", Ok("1009.64")),
        ("^1009.64", "", "3.00", Ok("1009.64")),
        ("DETECTED^", "<", "", Ok("< 40")),
        ("DETECTED^", ">", "", Ok("> 10000000")),
        ("^", "<", "", Ok("< 40")),
        ("^25", "<", "", Ok("< 40")),
        ("^<40", "<", "", Ok("<40")),
        ("^<40", "", "", Ok("<40")),
        ("NOT DETECTED^", "", "", Ok("NOT DETECTED")),
        ("NOT DETECTED^", "<", "", Err("inbox-beyond-range")),
        ("^55", "<", "", Err("inbox-flag-contradicts")),
        ("^>10000000", "<", "", Err("inbox-flag-contradicts")),
        ("DETECTED^", "<@>", "", Err("inbox-flag-contradicts")),
        ("DETECTED^", "*<", "", Err("inbox-flag-contradicts")),
        ("^<", "", "", Err("inbox-value-comparator")),
        ("^>>", "", "", Err("inbox-value-comparator")),
        ("^40<", "", "", Err("inbox-value-unknown")),
        ("DETECTED^1009.64", "", "3.00", Err("inbox-value-several")),
        ("ERROR^", "A", "", Err("inbox-result-not-done")),
        ("ERROR^12", "", "", Err("inbox-result-not-done")),
        ("INVALID^", "A", "", Err("inbox-result-not-done")),
        ("invalid^", "", "", Err("inbox-result-not-done")),
        ("NO RESULT - REPEAT TEST^", "", "", Err("inbox-result-not-done")),
        ("NO RESULT^", "", "", Err("inbox-result-not-done")),
        ("PRESUMPTIVE POS^", "", "", Err("inbox-value-unknown")),
        ("----^", "", "", Err("inbox-value-unknown")),
        ("*****^", "", "", Err("inbox-value-unknown")),
    ]
    .into_iter()
    .enumerate()
    {
        let tube = format!("T{i}");
        let (_, specimen) = world.received(patient, &["hiv_load"], &tube).await;
        let came = came(&world, link, &load(&tube, value, flag, log)).await;
        let of_tube = world.results(specimen).await;
        match expected {
            Ok(filed) => {
                assert_eq!((came.filed, &came.problems[..]), (1, &[][..]), "{value} {flag}");
                assert_eq!(of_tube[0].value, filed, "{value} {flag}");
                assert!(!of_tube[0].holds.iter().any(|h| h.starts_with("instrument-flag")), "{:?}", of_tube[0].holds);
            }
            Err(reason) => {
                assert!(came.problems.contains(&reason.to_owned()), "{value} {flag}: {:?}", came.problems);
                assert!(came.filed == 0 && of_tube.is_empty(), "{value} {flag}");
                assert_eq!(world.message(came.message).await.state, MessageState::Held);
            }
        }
    }
    // What was sent is kept beside what is filed.
    let sent: Vec<_> = waiting(&world).await.into_iter().filter_map(|w| Some((w.result.value, w.sent?))).collect();
    assert!(sent.contains(&("< 40".to_owned(), "DETECTED copies/mL <".to_owned())), "{sent:?}");
    assert!(sent.contains(&("> 10000000".to_owned(), "DETECTED copies/mL >".to_owned())), "{sent:?}");
}

/// The GeneXpert sends a kind of specimen, so a mapping names it.
async fn link_with_kind(world: &World) -> LinkId {
    use titer_link::links::commands::{ConfirmMappings, ProposeMapping};
    let link = world.link("genexpert", "127.0.0.1:4001").await;
    let analyte = world.catalog().await.analyte_by_key("hiv_load").unwrap().id;
    let (code, unit, specimen) = ("HIVVL".to_owned(), "copies/mL".to_owned(), "ORH".to_owned());
    let propose = ProposeMapping { link, code, unit, specimen, analyte, answer: None };
    let mapping = world.run(world.technician.actor(), propose).await.unwrap();
    world.approve(link, vec![mapping], &world.director).await.unwrap();
    let signed = world.sign(&world.director).await;
    world.run(world.director.actor(), ConfirmMappings { link, mappings: vec![mapping], signed }).await.unwrap();
    link
}

#[tokio::test]
async fn the_good_repeat_after_no_result_is_no_second_result() {
    let world = world().await;
    let link = link_with_kind(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["hiv_load"], "T1").await;
    for failed in ["ERROR^", "INVALID^", "NO RESULT - REPEAT TEST^"] {
        let came = came(&world, link, &load("T1", failed, "", "")).await;
        assert!(came.problems.iter().all(|p| p == "inbox-result-not-done"), "{:?}", came.problems);
    }
    let good = came(&world, link, &load("T1", "^120", "N", "2.08")).await;
    assert_eq!((good.filed, good.problems), (1, vec![]));
    let of_tube = world.results(specimen).await;
    assert_eq!((of_tube.len(), of_tube[0].value.as_str()), (1, "120"));
    assert!(!of_tube[0].holds.iter().any(|h| h.starts_with("contradicted")), "{:?}", of_tube[0].holds);
}

/// A profile with these tables too, and the value, unit and flag of one result.
fn tried(more: &str, value: &str, flag: &str, range: &str) -> Verdict {
    let text = include_str!("../../../../content/dialects/titer-sim-chemistry.toml");
    let text = text.replace("[[code]]\ncode = \"Na\"", &format!("{more}\n[[code]]\ncode = \"Na\""));
    let dialect = Dialect::parse(&text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let message =
        format!("H|\\^&|||S\rP|1\rO|1|T1|||||||||N\rR|1|^^^Na|{value}|mmol/L|{range}|{flag}||F||||{AT}\rL|1|N\r");
    let trial = Trial::of(&dialect, message.as_bytes());
    trial.verdicts().next().unwrap().clone()
}

#[test]
fn flags_and_ranges_of_a_profile_s_own() {
    let range = "[beyond]\nbelow = [\"BL\"]\nabove = [\"AL\"]\nrange = 6";
    let value = "[beyond]\nbelow = [\"BL\", \"<\"]\nabove = [\"AL\", \">\"]\nvalue_is_end = true";
    let cases = [
        ("", "140", "<", "", "inbox-beyond-range"),
        ("", "140", ">", "", "inbox-beyond-range"),
        ("", "140", "<<", "", "inbox-beyond-range"),
        ("", "<140", "<", "", "filed, instrument-flag:<"),
        ("", "<140", "<<", "", "filed, instrument-flag:<<"),
        ("", "<140", ">", "", "inbox-flag-contradicts"),
        ("", "140", "LL", "", "filed"),
        (range, "140", "BL", "100 to 180", "inbox-flag-contradicts"),
        (range, "90", "BL", "100 to 180", "filed"),
        (range, "190", "AL", "100 TO 180", "filed"),
        (range, "90", "BL", "to 180", "inbox-beyond-range"),
        (range, "90", "BL", "180 to 100", "inbox-beyond-range"),
        (range, "90", "BL", "100-180", "inbox-beyond-range"),
        (range, "90", "BL\\AL", "100 to 180", "inbox-flag-contradicts"),
        (value, "100", "BL", "", "filed"),
        (value, "180", ">", "", "filed"),
        (value, "", ">", "", "inbox-beyond-range"),
        ("", "1,5", "", "", "inbox-value-unknown"),
        ("", "1e3", "", "", "inbox-value-unknown"),
        ("", "1:8", "", "", "inbox-value-unknown"),
        ("", "-----", "", "", "inbox-value-unknown"),
        ("", "", "", "", "inbox-text-missing"),
        ("[[word]]\nis = [\"-----\"]\nas = \"not-done\"\ntext = \"t\"", "-----", "", "", "inbox-result-not-done"),
        ("[[word]]\nis = [\"positive\"]\nas = \"answer\"\ntext = \"t\"", "positive", "", "", "filed"),
        ("[[word]]\nis = [\"positive\"]\nas = \"answer\"\ntext = \"t\"", "Positive", "", "", "inbox-value-unknown"),
    ];
    for (more, value, flag, range, expected) in cases {
        let verdict = match tried(more, value, flag, range) {
            Verdict::Filed { holds, .. } => [vec!["filed".to_owned()], holds].concat().join(", "),
            Verdict::Held(refusal) => refusal.code.to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(verdict, expected, "{value:?} {flag:?} {range:?} {more}");
    }
}

/// Units as sent, the laboratory's, and what 14.3 is filed as.
#[tokio::test]
async fn units_that_differ_are_converted_as_approved_or_refused() {
    let world = world().await;
    let link = world.link("titer-sim-chemistry", "127.0.0.1:4001").await;
    for (unit, analyte, expected) in [
        ("g/dL", "hemoglobin", Ok(("143", "10"))),
        ("g/dl", "hemoglobin", Ok(("143", "10"))),
        ("g/L", "hemoglobin", Ok(("14.3", ""))),
        ("g/dL", "hgb_us", Ok(("14.3", ""))),
        ("g/L", "hgb_us", Ok(("1.43", "0.1"))),
        ("10*3/uL", "wbc", Ok(("14.3", ""))),
        ("10^3/uL", "wbc", Ok(("14.3", ""))),
        ("10E3/uL", "wbc", Ok(("14.3", ""))),
        ("x10^9/L", "wbc", Ok(("14.3", ""))),
        ("G/L", "wbc", Ok(("14.3", ""))),
        ("K/uL", "wbc", Ok(("14.3", ""))),
        ("/uL", "wbc", Ok(("0.0143", "0.001"))),
        ("M/uL", "wbc", Ok(("14300", "1000"))),
        ("%", "hematocrit", Ok(("0.143", "0.01"))),
        ("mg/dL", "sodium", Err("links-unit-different")),
        ("mEq/L", "sodium", Err("links-unit-different")),
        ("mmol/mol", "hba1c", Err("links-unit-different")),
        ("ug/mL", "d_dimer", Err("links-unit-different")),
        ("ug/mL FEU", "d_dimer", Ok(("14.3", ""))),
        ("109/L", "wbc", Err("links-unit-unreadable")),
        ("Einheiten", "wbc", Err("links-unit-unreadable")),
        ("109/L", "strange", Ok(("14.3", ""))),
        ("10*9/L", "strange", Err("links-unit-unreadable-here")),
        ("", "wbc", Ok(("14.3", ""))),
    ] {
        // A ^ would end the code's component.
        let code = format!("{analyte} {}", unit.replace('^', "**"));
        let proposed = world.propose(link, &code, unit, analyte).await;
        let Ok((value, factor)) = expected else {
            assert_eq!(crate::common::code(proposed), expected.unwrap_err(), "{unit} {analyte}");
            continue;
        };
        let mapping = proposed.unwrap_or_else(|e| panic!("{unit} {analyte}: {e:?}"));
        world.approve(link, vec![mapping], &world.director).await.unwrap();
        world.confirm(link, vec![mapping]).await.unwrap();
        let mapped = world.mappings(link).await.into_iter().find(|m| m.id == mapping).unwrap();
        assert_eq!(mapped.factor.unwrap_or_default(), factor, "{unit} {analyte}");
        assert_eq!(filed(&world, link, &code, "14.3", unit, analyte).await, value, "{unit} {analyte}");
    }
    let (sent, other): (Vec<_>, Vec<_>) = waiting(&world).await.into_iter().partition(|w| w.sent.is_some());
    assert_eq!(sent.iter().filter(|w| w.sent.as_deref() == Some("14.3 g/dL N")).count(), 1);
    assert!(other.iter().all(|w| w.result.value == "14.3"), "only what is converted says what was sent");
}

/// What a value is filed as.
async fn filed(world: &World, link: LinkId, code: &str, value: &str, unit: &str, analyte: &str) -> String {
    static PATIENTS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = PATIENTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let patient = world.patient(&format!("MRN-{number}")).await;
    let test = world.catalog().await;
    let id = test.analyte_by_key(analyte).unwrap().id;
    let test = test.tests().iter().find(|t| t.analytes.contains(&id)).unwrap().key.clone();
    let tube = format!("T{}", patient.0);
    let (_, specimen) = world.received(patient, &[&test], &tube).await;
    let came = came(world, link, &crate::common::simulated(&tube, &[(code, value, unit, AT)])).await;
    assert_eq!(came.problems, Vec::<String>::new(), "{value} {unit}");
    world.results(specimen).await.into_iter().find(|r| r.analyte == id).unwrap().value
}

#[tokio::test]
async fn a_converted_value_is_as_fine_as_it_was_sent() {
    let world = world().await;
    let link = link(&world, "titer-sim-chemistry", 4001, ("HGB", "g/dL", "hemoglobin")).await;
    for (value, expected) in [
        ("14", "140"),
        ("14.3", "143"),
        ("14.30", "143.0"),
        ("0.5", "5"),
        ("<5.6", "< 56"),
        ("> 20.0", "> 200"),
        (">= 20.05", ">= 200.5"),
        ("-1.5", "-15"),
    ] {
        assert_eq!(filed(&world, link, "HGB", value, "g/dL", "hemoglobin").await, expected, "{value}");
    }
}

#[tokio::test]
async fn two_lines_of_one_code_in_two_units_are_two_quantities() {
    let world = world().await;
    let link = world.mapped("titer-sim-coagulation", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["pt_inr"], "T1").await;
    let message = crate::common::simulated("T1", &[("PT", "12.1", "s", AT), ("PT", "1.1", "INR", AT)]);
    let came = came(&world, link, &message).await;
    let catalog = world.catalog().await;
    let values = world.results(specimen).await;
    let of = |key: &str| {
        let id = catalog.analyte_by_key(key).unwrap().id;
        values.iter().find(|r| r.analyte == id).map(|r| r.value.as_str())
    };
    assert_eq!((of("pt"), of("inr"), came.filed), (Some("12.1"), Some("1.1"), 2));
    // What comes a second time waits under its own unit, not under that of the first line.
    let later = "20261122085600";
    let again = crate::common::simulated("T1", &[("PT", "12.1", "s", AT), ("PT", "1.2", "INR", later)]);
    let again = self::came(&world, link, &again).await;
    let problem = &world.message(again.message).await.problems[0];
    assert_eq!((problem.test.as_str(), problem.unit.as_str()), ("PT", "INR"));
}

#[tokio::test]
async fn what_waits_for_nobody_is_kept_and_nothing_else() {
    let codes: Vec<_> = KeptReason::ALL.iter().map(|r| r.code()).collect();
    assert_eq!(codes, ["exact-resend", "may-be-empty", "suspect-flag"], "the list is closed");
    let world = world().await;
    let link = link(&world, "sysmex-xn", 4001, ("HGB", "g/dL", "hemoglobin")).await;
    let patient = world.patient("MRN-1").await;
    let message = |tube: &str, rows: &[&str]| {
        let rows: String = rows.iter().map(|row| format!("R|{row}||||{AT}\r")).collect();
        format!("H|\\^&|||XN-550\rP|1\rO|1||^^  {tube}^B||||||||N\r{rows}L|1|N\r")
    };
    let hgb = "1|^^^^HGB^1|14.3|g/dL||N||F";
    let quiet = "2|^^^^Blasts/Abn_Lympho?|0|||||F";
    let raised = "2|^^^^Blasts/Abn_Lympho?|210|||||F";
    let judged = "3|^^^^Positive_Diff||||A||F";
    for (i, (rows, filed, problems, kept, holds)) in [
        (vec![hgb, quiet], 1, vec![], vec![], vec![]),
        (vec![hgb, raised], 1, vec![], vec![KeptReason::Suspect], vec!["instrument-flag:Blasts/Abn_Lympho? 210"]),
        (
            vec![hgb, judged],
            1,
            vec![],
            vec![KeptReason::Suspect],
            vec!["instrument-flag:Positive_Diff", "instrument-flag:A"],
        ),
        // Nothing was filed that could be held for it.
        (vec![raised], 0, vec!["inbox-suspect"], vec![], vec![]),
        // A value that was not filed waits, whatever stands beside it.
        (vec!["1|^^^^HGB^1|----|g/dL||N||F", raised], 0, vec!["inbox-value-unknown"], vec![], vec![]),
        (
            vec![hgb, "2|^^^^RBC^1|4.2|10*6/uL||N||F", raised],
            1,
            vec!["inbox-unmapped-code"],
            vec![],
            vec!["instrument-flag:Blasts/Abn_Lympho? 210"],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let tube = format!("T{i}");
        let (_, specimen) = world.received(patient, &["hemoglobin"], &tube).await;
        let came = came(&world, link, &message(&tube, &rows)).await;
        assert_eq!(
            (came.filed, &came.problems[..], &came.kept[..]),
            (filed, &problems.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()[..], &kept[..]),
            "{rows:?}"
        );
        let state = world.message(came.message).await.state;
        assert_eq!(state == MessageState::Held, !came.problems.is_empty());
        for result in world.results(specimen).await {
            assert_eq!(result.holds, holds, "{rows:?}");
        }
    }
    // None of what is kept has a problem, and each is found again.
    for reason in KeptReason::ALL {
        let reason = *reason;
        let found = world
            .lab
            .read(move |s| Ok::<_, Failure>((inbox::kept_for(s, reason, None)?, inbox::count_kept(s, reason)?)));
        let (found, count) = found.await.unwrap();
        assert_eq!(found.len(), count.number);
        assert!(found.iter().all(|m| m.problems.is_empty() && m.state == MessageState::Filed), "{reason:?}");
    }
}

#[tokio::test]
async fn an_exact_resend_whose_uncharted_rows_bear_no_time_is_kept_aside() {
    let world = world().await;
    let link = link_with_kind(&world).await;
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["hiv_load"], "T1").await;
    let message = load("T1", "^120", "N", "2.08");
    assert_eq!(came(&world, link, &message).await.filed, 1);
    let again = came(&world, link, &message).await;
    assert_eq!((again.filed, again.problems, again.kept), (0, vec![], vec![KeptReason::ExactResend]));
    // Sent again while the first still waits, it changes nothing: what is not filed is never kept aside.
    let early = load("T9", "^120", "N", "2.08");
    let Outcome::Kept { message: first, .. } = world.receive(link, &early).await.unwrap() else { panic!() };
    assert_eq!(world.receive(link, &early).await.unwrap(), Outcome::Same(first));
    // Without a time of a value that is charted it may have been measured twice.
    let untimed = message.replace(&format!("U|{AT}|{AT}|S"), &format!("U|{AT}||S"));
    came(&world, link, &untimed).await;
    assert_eq!(came(&world, link, &untimed).await.problems, ["inbox-suspected-duplicate"]);
    assert_eq!(world.held().await.iter().filter(|m| m.problems.is_empty()).count(), 0);
}

#[tokio::test]
async fn what_is_empty_by_design_is_kept_and_any_other_empty_value_waits() {
    let world = world().await;
    let link = world.link("genexpert", "127.0.0.1:4001").await;
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["sodium"], "T1").await;
    let message = |name: &str, flag: &str| {
        format!(
            "H|@^\\|X||GeneXpert PC^GeneXpert^6.4|||||LIS||P|1394-97|{AT}\rP|1\rO|1|T1||^^^MTB-RIF|R|||||||||||ORH||||||||||F\r\
             R|1|^MTB-RIF^^RIF^Xpert MTB-RIF Ultra^4^{name}^|^|||{flag}||F||A|{AT}|{AT}|S\rL|1|N\r"
        )
    };
    let empty = came(&world, link, &message("RIF Resistance", "")).await;
    assert_eq!((empty.problems, empty.kept), (vec![], vec![KeptReason::MayBeEmpty]));
    // A flag beside it that nobody explains is not lost.
    let flagged = came(&world, link, &message("RIF Resistance", "A")).await;
    assert_eq!((flagged.problems, flagged.kept), (vec!["inbox-suspect".to_owned()], vec![]));
    let other = came(&world, link, &message("MTB", "")).await;
    assert_eq!(other.problems, ["inbox-unmapped-code"]);
}

/// Of a flag and a number that contradict each other nothing is filed, and the number alone says what the result says.
#[tokio::test]
async fn a_flag_that_changes_a_value_of_which_nothing_is_filed_contradicts_the_result() {
    let world = world().await;
    let link = link_with_kind(&world).await;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["hiv_load"], "T1").await;
    assert_eq!(came(&world, link, &load("T1", "^120", "N", "2.08")).await.filed, 1);
    let below = came(&world, link, &load("T1", "^120", "<", "2.08")).await;
    assert_eq!(below.problems, ["inbox-flag-contradicts"]);
    let holds = world.results(specimen).await.remove(0).holds;
    assert!(holds.iter().any(|h| h.starts_with("contradicted:") && h.ends_with("120 {copies}/mL [<]")), "{holds:?}");
}

/// The standard's marks of control material count whatever place the profile looks at; a patient who is another holds.
#[tokio::test]
async fn controls_and_other_patients_are_noticed_by_every_profile() {
    let world = world().await;
    let link = link(&world, "pentra", 4001, ("HGB", "", "hemoglobin")).await;
    let patient = world.patient("MRN-1").await;
    let message = |born: &str, sex: &str, action: &str, processing: &str| {
        format!(
            "H|\\^&|||ABX|||||||{processing}|E1394-97|{AT}\rP|1||||Quill^Ada||{born}|{sex}\rO|1|T1^00^00||^^^DIF|||||||{action}\r\
             R|1|^^^HGB^717-9^1|140|||||F||U||{AT}\rL|1|N\r"
        )
    };
    let (_, specimen) = world.received(patient, &["hemoglobin"], "T1").await;
    for (born, sex, action, processing, expected) in [
        ("19770402", "F", "", "P", "inbox-other-birth-date"),
        ("19710402", "M", "", "P", "inbox-other-sex"),
        ("19770402120000", "", "", "P", "inbox-other-birth-date"),
        ("19710402", "F", "Q", "P", "inbox-control"),
        ("", "", "", "Q", "inbox-control"),
        ("", "", "", "D", "inbox-material"),
    ] {
        let came = came(&world, link, &message(born, sex, action, processing)).await;
        assert_eq!(came.problems, [expected], "{born} {sex} {action} {processing}");
    }
    assert!(world.results(specimen).await.is_empty());
    assert_eq!(came(&world, link, &message("19710402", "F", "", "P")).await.filed, 1);
    // H-12 where a profile only expects P.
    let architect = Dialect::named("architect").unwrap();
    let control = format!(
        "H|\\^&|||ARCHITECT|||||||Q\rP|1\rO|1|T1|T1||R||||||||||||||||||||F\r\
         R|1|^^^241^X^UNDILUTED^P^^^^F|140|mmol/L||||F||||{AT}\rL|1\r"
    );
    let trial = Trial::of(&architect, control.as_bytes());
    assert!(matches!(trial.verdicts().next(), Some(Verdict::Held(refusal)) if refusal.code == "inbox-control"));
}

/// Which shipped profiles do not say what a control bears. A new one must be looked at for both.
#[test]
fn each_profile_names_the_patient_and_says_if_it_does_not_know_controls() {
    let dialects: Vec<_> = names().map(|name| (name, Dialect::named(name).unwrap())).collect();
    let without_patient: Vec<_> = dialects.iter().filter(|(_, d)| !d.compares_patient()).map(|(n, _)| *n).collect();
    assert_eq!(without_patient, Vec::<&str>::new());
    let without_controls: Vec<_> = dialects.iter().filter(|(_, d)| !d.knows_controls()).map(|(n, _)| *n).collect();
    assert_eq!(without_controls, ["alinity", "beckman-access", "genexpert", "immulite", "sysmex-cs"]);
}
