mod words;

use std::sync::Arc;

use titer_lab::{
    Role, Timestamp,
    orders::Priority,
    patients::commands::Correction,
    results::commands::{AskForRepeat, OnDisplay},
    specimens::commands::ReceiveSpecimen,
    ways::{self, NewOrder},
};

use titer_science::Sex;

use super::{Filing, Known, Outcome};
use crate::{
    Dialect,
    filing::links,
    inbox::Problem,
    links::{LinkId, commands::ProposeMapping},
    testing::{World, code, person},
};

/// A dialect that says all that a dialect can say about whose a result is.
const DIALECT: &str = r#"
identity = { record = "O", field = 3, component = 1, trim = true, scanned = { field = 5, values = ["S"] }, agrees = [{ record = "O", field = 4 }] }
material = { record = "O", field = 12, patient = ["N"], control = ["Q"] }
specimen_type = { record = "O", field = 16 }
completed = { record = "R", field = 13, format = "YYYYMMDDhhmmss", zone = "instrument" }
result = { record = "R", code = { field = 3, component = 4 }, value = 4, unit = 5, flag = 7, status = 9 }
statuses = { F = "Final" }
flags = { "" = "Not flagged", N = "Normal" }
records = { uncharted = ["M"] }

[device]
name = "Analyzer"
maker = "Titer"
version = "1"
provenance = "untested"

[framing]
protocol = "astm"
encoding = "utf-8"

[patient]
identifier = { record = "P", field = 4 }
birth = { record = "P", field = 8, format = "YYYYMMDD" }
sex = { record = "P", field = 9, female = ["F"], male = ["M"], unknown = ["U"] }

[[status]]
code = "P"
as = "preliminary"
text = "Preliminary"

[[status]]
code = "X"
as = "not-done"
text = "Could not be done"

[[status]]
code = "C"
as = "corrected"
text = "Correction of a result sent before"

[[status]]
code = "I"
as = "ignored"
text = "To be passed over"

[[status]]
code = "R"
as = "repeat"
text = "A repeat"
"#;

/// What a right message says of tube T1: the patient, the tube twice and scanned, the kind of material and of specimen, sodium.
const RIGHT: &str = "H|\\^&|||SIM\rP|1||MRN-1||||19710402|F\rO|1|T1|T1|S|||||||N||||SER\r\
    R|1|^^^Na|140|mmol/L||N||F||||20261122085500\rL|1|N\r";

struct Bench {
    world: World,
    filing: Filing,
    link: LinkId,
}

impl Bench {
    async fn new() -> Self {
        let world = World::standing().await;
        let link = world.link("cobas-c111", "127.0.0.1:4001").await;
        let bench = Bench { filing: Filing::new(world.lab.clone(), link), world, link };
        let sodium = bench.mapping("Na", "SER", "sodium").await;
        bench.world.approve(link, vec![sodium], &bench.world.director).await.unwrap();
        bench.world.confirm(link, vec![sodium]).await.unwrap();
        bench.mapping("K", "SER", "potassium").await;
        bench
    }

    async fn mapping(&self, code: &str, specimen: &str, analyte: &str) -> crate::links::MappingId {
        let analyte = self.world.catalog().await.analyte_by_key(analyte).unwrap().id;
        let (code, unit, specimen) = (code.to_owned(), "mmol/L".to_owned(), specimen.to_owned());
        let propose = ProposeMapping { link: self.link, code, unit, specimen, analyte, answer: None };
        self.world.run(self.world.technician.actor(), propose).await.unwrap()
    }

    /// Receives a message as the link would, read by [`DIALECT`]; answers new results and problems.
    async fn kept(&self, message: &str) -> (usize, Vec<Problem>) {
        let (link, mappings) = (self.link, self.world.mappings(self.link).await);
        let version = self.world.lab.read(move |s| Ok(links::link(s, link)?)).await.unwrap().unwrap().version;
        let dialect = Arc::new(Dialect::parse(DIALECT).unwrap());
        *self.filing.lock() = Some(Known::new(version, dialect, mappings));
        match self.filing.receive(message.as_bytes().to_vec()).await.unwrap() {
            Outcome::Kept { message, filed, .. } => (filed, self.world.message(message).await.problems),
            Outcome::Same(_) => panic!("taken for the same message"),
        }
    }

    async fn codes(&self, message: &str) -> (usize, Vec<String>) {
        let (filed, problems) = self.kept(message).await;
        (filed, problems.into_iter().map(|p| p.code).collect())
    }

    async fn collected(&self, barcode: &str, at: Timestamp) {
        let patient = self.world.patient(&format!("of {barcode}")).await;
        let tests = self.world.catalog().await.tests().iter().filter(|t| t.key == "sodium").map(|t| t.id).collect();
        let label = barcode.to_owned();
        let order = NewOrder {
            patient,
            tests,
            priority: Priority::Routine,
            requester: "Ward 4".to_owned(),
            collected_at: Some(at),
            barcode: Some(label.clone()),
        };
        let place = move |tx: &mut titer_lab::Tx<'_, '_>| {
            ways::place(tx, order)?;
            tx.run(ReceiveSpecimen { barcode: label, collected_at: None })
        };
        self.world.lab.submit(self.world.technician.actor(), None, place).await.unwrap();
    }
}

/// One right message, and what each change of it comes to.
#[tokio::test]
async fn each_reason_to_hold_has_a_code_of_its_own() {
    let bench = Bench::new().await;
    let (world, technician) = (&bench.world, bench.world.technician.actor());
    let patient = world.patient("MRN-1").await;
    world.received(patient, &["sodium", "potassium"], "T1").await;
    world.ordered(patient, &["sodium"], "EXPECTED").await;
    let (_, rejected) = world.received(patient, &["sodium"], "REJECTED").await;
    world.reject(rejected).await.unwrap();
    let (_, discarded) = world.received(patient, &["sodium"], "DISCARDED").await;
    world.lab.submit(technician, None, move |tx| ways::discard(tx, discarded)).await.unwrap();
    bench.collected("COLLECTED", world.now().plus_seconds(-60)).await;
    let tube = |barcode: &str| format!("|{barcode}|{barcode}|");
    let of = |barcode: &str| (tube("T1"), tube(barcode));
    let to = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let cases = [
        (of("NOBODYS"), "specimens-unknown"),
        (of("EXPECTED"), "specimens-not-received"),
        (of("REJECTED"), "specimens-was-rejected"),
        (of("DISCARDED"), "specimens-was-discarded"),
        (to("|T1|T1|", "||T1|"), "inbox-no-identity"),
        (to("|T1|S|", "|T1|T|"), "inbox-identity-not-scanned"),
        (to("|T1|S|", "|T2|S|"), "inbox-identity-contradicts"),
        (to("MRN-1", "MRN-2"), "inbox-other-patient"),
        (to("19710402", "19710204"), "inbox-other-birth-date"),
        (to("19710402", "2.4.1971"), "inbox-other-birth-date"),
        (to("|F\r", "|M\r"), "inbox-other-sex"),
        (to("|F\r", "|X\r"), "inbox-other-sex"),
        (to("^Na|", "^NA|"), "inbox-unmapped-code"),
        (to("mmol/L", "mEq/L"), "inbox-unmapped-unit"),
        (to("mmol/L", ""), "inbox-unmapped-unit"),
        (to("SER", "URI"), "inbox-unmapped-specimen"),
        (to("SER", ""), "inbox-unmapped-specimen"),
        (to("^Na|", "^K|"), "inbox-mapping-unapproved"),
        (to("||N||||SER", "||Q||||SER"), "inbox-control"),
        (to("||N||||SER", "||?||||SER"), "inbox-material"),
        (to("|F||||2026", "|P||||2026"), "inbox-result-preliminary"),
        (to("|F||||2026", "|X||||2026"), "inbox-result-not-done"),
        (to("|F||||2026", "|C||||2026"), "inbox-result-corrected"),
        (to("|F||||2026", "|I||||2026"), "inbox-result-ignored"),
        (to("20261122085500", "20261122091001"), "results-measured-in-future"),
        (to("20261122085500", "20260230085500"), "inbox-time"),
        (to("20261122085500", "yesterday"), "inbox-time"),
        (to("|140|", "||"), "inbox-text-missing"),
    ];
    for ((from, to), expected) in cases {
        let message = RIGHT.replacen(&from, &to, 1);
        assert_ne!(message, RIGHT, "{from:?}");
        assert_eq!(bench.codes(&message).await, (0, vec![expected.to_owned()]), "{from:?} to {to:?}");
    }
    let early = RIGHT.replace(&tube("T1"), &tube("COLLECTED")).replace("MRN-1", "of COLLECTED");
    let early = early.replace("20261122085500", "20261122085859");
    assert_eq!(bench.codes(&early).await, (0, vec!["results-measured-before-collection".to_owned()]));

    assert_eq!(bench.codes(RIGHT).await, (1, vec![]), "and without any of these it is filed");
    assert_eq!(bench.codes(&RIGHT.replace("|140|", "|141|")).await, (0, vec!["results-second-result".to_owned()]));
}

/// What is not said of the patient, or not known of them here, contradicts nothing; and nothing said of them files a result.
#[tokio::test]
async fn what_is_said_of_the_patient_can_contradict_and_never_identify() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    for (n, said) in ["P|1", "P|1||||||||U", "P|1||MRN-1", "P|1||||||19710402|F"].into_iter().enumerate() {
        let tube = format!("B{n}");
        bench.world.received(patient, &["sodium"], &tube).await;
        let message = RIGHT.replace("P|1||MRN-1||||19710402|F", said).replace("|T1|T1|", &format!("|{tube}|{tube}|"));
        assert_eq!(bench.codes(&message).await, (1, vec![]), "{said}");
    }
    let unknown = RIGHT.replace("|T1|T1|", "|NOBODYS|NOBODYS|");
    assert_eq!(bench.codes(&unknown).await, (0, vec!["specimens-unknown".to_owned()]), "the right patient alone");
}

/// An analyzer that had its orders before a correction names the patient as known then. What was the patient's and is nobody else's files
/// the result with a hold; what is, or was, another patient's files nothing.
#[tokio::test]
async fn what_was_the_patient_s_until_a_correction_holds_the_result_and_another_s_files_nothing() {
    let bench = Bench::new().await;
    let world = &bench.world;
    let patient = world.patient("MRN-1").await;
    let mut tubes = Vec::new();
    for tube in ["T1", "T2", "T3", "T4", "T5"] {
        tubes.push(world.received(patient, &["sodium"], tube).await.1);
    }
    let correct = |patient, sex, born: &'static str, identifier: &'static str| {
        let correction = Correction {
            family: "Okafor-Lindqvist".to_owned(),
            given: "Nneka".to_owned(),
            sex,
            birth_date: Some(born.parse().unwrap()),
            age_band: None,
        };
        let why = Some("misread".to_owned());
        let correct = move |tx: &mut titer_lab::Tx<'_, '_>| {
            ways::correct(tx, patient, correction, identifier.to_owned()).map(|_| ())
        };
        world.lab.submit(world.technician.actor(), why, correct)
    };
    correct(patient, Sex::Female, "1971-04-02", "MRN-2").await.unwrap();
    let of = |tube: &str| RIGHT.replace("|T1|T1|", &format!("|{tube}|{tube}|"));
    assert_eq!(bench.codes(&of("T1")).await, (1, vec![]));
    let holds = world.results(tubes[0]).await.remove(0).holds;
    assert_eq!(holds, ["former-identifier:2026-11-22T09:00 MRN-1"]);
    assert_eq!(bench.codes(&of("T2").replace("MRN-1", "mrn-2")).await, (1, vec![]));
    assert_eq!(world.results(tubes[1]).await.remove(0).holds, Vec::<String>::new());

    correct(patient, Sex::Male, "1971-02-04", "MRN-2").await.unwrap();
    assert_eq!(bench.codes(&of("T3")).await, (1, vec![]));
    let holds = world.results(tubes[2]).await.remove(0).holds;
    let expected = [
        "former-identifier:2026-11-22T09:00 MRN-1",
        "former-birth-date:2026-11-22T09:00 1971-04-02",
        "former-sex:2026-11-22T09:00 female",
    ];
    assert_eq!(holds, expected);
    let never = of("T4").replace("19710402", "19710403");
    assert_eq!(bench.codes(&never).await, (0, vec!["inbox-other-birth-date".to_owned()]));

    // Now the identifier is somebody else's.
    world.patient("MRN-1").await;
    assert_eq!(bench.codes(&of("T4")).await, (0, vec!["inbox-other-patient".to_owned()]));
    // It was only a slip that another patient ever bore it: nobody knows any more whose it is.
    let other = world.patient("MRN-9").await;
    correct(other, Sex::Female, "1971-04-02", "MRN-10").await.unwrap();
    correct(patient, Sex::Male, "1971-02-04", "MRN-9").await.unwrap();
    correct(patient, Sex::Male, "1971-02-04", "MRN-2").await.unwrap();
    let shared = of("T5").replace("MRN-1", "MRN-9");
    assert_eq!(bench.codes(&shared).await, (0, vec!["inbox-other-patient".to_owned()]));
}

/// A flag or status that the dialect does not list goes with the result, whoever asks for it to be verified.
#[tokio::test]
async fn a_flag_and_a_status_that_are_not_listed_hold_the_result() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    let (_, specimen) = bench.world.received(patient, &["sodium"], "T1").await;
    let message = RIGHT.replace("||N||F||", "||?||Z||");
    assert_eq!(bench.codes(&message).await, (1, vec![]));
    assert_eq!(bench.world.results(specimen).await[0].holds, ["status:Z", "instrument-flag:?"]);
}

/// A repeat is a second result, which no program chooses between: a person puts the first aside.
#[tokio::test]
async fn a_repeat_is_filed_when_a_person_has_asked_for_it_and_held_until_then() {
    let bench = Bench::new().await;
    let world = &bench.world;
    let patient = world.patient("MRN-1").await;
    let (_, specimen) = world.received(patient, &["sodium"], "T1").await;
    assert_eq!(bench.codes(RIGHT).await, (1, vec![]));
    let repeat = RIGHT.replace("|140|mmol/L||N||F||||20261122085500", "|141|mmol/L||N||R||||20261122085800");
    assert_eq!(bench.codes(&repeat).await, (0, vec!["results-second-result".to_owned()]));
    let first = world.results(specimen).await.remove(0);
    let result = OnDisplay { result: first.id, version: first.version, lifts_holds: false };
    let ask = move |tx: &mut titer_lab::Tx<'_, '_>| tx.run(AskForRepeat { result });
    world.lab.submit(world.technician.actor(), Some("a clot".to_owned()), ask).await.unwrap();
    let later = repeat.replace("20261122085800", "20261122085900");
    assert_eq!(bench.codes(&later).await, (1, vec![]));
    let values: Vec<_> = world.results(specimen).await.into_iter().map(|r| r.value).collect();
    assert_eq!(values, ["140", "141"]);
}

/// A value that the analyzer marks is never filed. It speaks against the one that is, whichever came first; what could not be done
/// says no value.
#[tokio::test]
async fn a_value_that_the_analyzer_marks_stands_beside_the_one_that_is_filed() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    let marked = |status: &str| {
        RIGHT.replace("|140|mmol/L||N||F||||20261122085500", &format!("|172|mmol/L||N||{status}||||20261122085800"))
    };
    let cases = [("C", 1), ("I", 1), ("P", 1), ("X", 0)];
    for (n, (status, holds)) in cases.into_iter().enumerate() {
        for first in [true, false] {
            let tube = format!("T{n}{first}");
            let of = |message: &str| message.replace("|T1|T1|", &format!("|{tube}|{tube}|"));
            let (_, specimen) = bench.world.received(patient, &["sodium"], &tube).await;
            let (filed, other) = (of(RIGHT), of(&marked(status)));
            let messages = if first { [&other, &filed] } else { [&filed, &other] };
            for message in messages {
                bench.codes(message).await;
            }
            let results = bench.world.results(specimen).await;
            assert_eq!(results.len(), 1, "{status}");
            let found = results[0].holds.iter().filter(|h| h.starts_with("contradicted:")).count();
            assert_eq!((found, results[0].value.as_str()), (holds, "140"), "{status}, before: {first}");
        }
    }
    // The same value that is corrected to itself is not stood by.
    let (_, specimen) = bench.world.received(patient, &["sodium"], "T9").await;
    let of = |message: &str| message.replace("|T1|T1|", "|T9|T9|");
    bench.codes(&of(RIGHT)).await;
    bench.codes(&of(&marked("I").replace("|172|", "|140|"))).await;
    assert_eq!(bench.world.results(specimen).await[0].holds.len(), 1);
}

/// Nothing else of a time can be doubted by itself: the laboratory knows when the tube came.
#[tokio::test]
async fn a_time_from_before_the_receipt_or_of_long_ago_holds_the_result() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    let (_, early) = bench.world.received(patient, &["sodium"], "T1").await;
    let (_, old) = bench.world.received(patient, &["sodium"], "T2").await;
    assert_eq!(bench.codes(&RIGHT.replace("20261122085500", "20261122084959")).await, (1, vec![]));
    assert_eq!(bench.world.results(early).await[0].holds, ["measured-before-receipt:2026-11-22T08:49"]);
    bench.world.pass(31 * 24 * 3_600);
    assert_eq!(bench.codes(&RIGHT.replace("|T1|T1|", "|T2|T2|")).await, (1, vec![]));
    assert_eq!(bench.world.results(old).await[0].holds, ["measured-long-ago:2026-11-22T08:55"]);
}

/// The same code of serum and of urine are two analytes, and one of them says nothing of the other.
#[tokio::test]
async fn a_mapping_is_of_one_kind_of_specimen() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    bench.world.received(patient, &["sodium"], "T1").await;
    let urine = RIGHT.replace("SER", "URI");
    let (_, problems) = bench.kept(&urine).await;
    let about = (problems[0].test.as_str(), problems[0].unit.as_str(), problems[0].specimen_type.as_str());
    assert_eq!(about, ("Na", "mmol/L", "URI"));
    let mapping = bench.mapping("Na", "URI", "sodium").await;
    assert_eq!(bench.codes(&urine.replace("140", "141")).await.1, ["inbox-mapping-unapproved"]);
    let supervisor = {
        let world = &bench.world;
        person(&world.house, &world.lab, &world.passwords, "supervisor", Role::Supervisor).await
    };
    assert_eq!(code(bench.world.approve(bench.link, vec![mapping], &supervisor).await), "done");
    assert_eq!(bench.codes(&urine.replace("140", "142")).await, (1, vec![]));
}

/// How many statements a planned message reads with: the link with the site, the same message, the catalogue's version, the tube,
/// and what is ordered and measured on it.
#[tokio::test]
async fn a_message_is_read_for_with_five_statements_and_parsed_outside_the_lock() {
    let bench = Bench::new().await;
    let patient = bench.world.patient("MRN-1").await;
    for (tube, planned) in [("T1", false), ("T2", true)] {
        bench.world.received(patient, &["sodium", "potassium"], tube).await;
        let (link, mappings) = (bench.link, bench.world.mappings(bench.link).await);
        let version = bench.world.lab.read(move |s| Ok(links::link(s, link)?)).await.unwrap().unwrap().version;
        let dialect = Arc::new(Dialect::parse(DIALECT).unwrap());
        *bench.filing.lock() = Some(Known::new(version, dialect, mappings));
        let message = RIGHT.replace("|T1|T1|", &format!("|{tube}|{tube}|")).into_bytes();
        let read = bench.filing.read_before(&message).filter(|_| planned);
        let (filing, mark) = (bench.filing.clone(), super::fingerprint(&message));
        let take = move |tx: &mut titer_lab::Tx<'_, '_>| {
            let taken = filing.taken(tx, titer_store::File::new(message), mark, read)?;
            Ok((taken.0, tx.reads()))
        };
        let actor = titer_lab::Actor::Link(bench.link.0);
        let (outcome, reads) = bench.world.lab.submit(actor, None, take).await.unwrap();
        println!("a message of one tube reads with {reads} statements");
        assert!(matches!(outcome, Outcome::Kept { filed: 1, problems: 0, .. }), "{outcome:?}");
        assert_eq!(reads, 5);
    }
}
