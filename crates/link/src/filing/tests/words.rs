//! Words in the place of a value: each is an answer only if two persons have said which.

use titer_lab::{
    Actor,
    catalog::{
        commands::{ApproveCatalog, ImportCatalog},
        starter, views as catalog,
    },
};

use super::{Bench, RIGHT};
use crate::{
    links::{MappingId, commands::ProposeMapping},
    testing::code,
};

const CATALOG: &str = r#"
analyte = [
    { key = "hiv", name = "HIV", short = "HIV", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" },
    { key = "hbsag_house", name = "HBsAg of the house", short = "HBsAg-H", discipline = "immunology", unit = "", decimals = 0, specimen_type = "serum", kind = "coded", answers = "reactive" },
    { key = "ana_house", name = "ANA of the house", short = "ANA-H", discipline = "immunology", unit = "{titer}", decimals = 0, specimen_type = "serum", kind = "titre" },
    { key = "leucocytes", name = "Leucocytes", short = "Leu", discipline = "urinalysis", unit = "/[HPF]", decimals = 0, specimen_type = "serum", kind = "bin" },
    { key = "smear", name = "Smear", short = "Smear", discipline = "haematology", unit = "", decimals = 0, specimen_type = "serum", kind = "text" },
]
answers = [{ key = "reactive", answer = [
    { code = "N", words = "Non-reactive", meaning = "normal", source = "s" },
    { code = "R", words = "Reactive", meaning = "critical", source = "s" },
] }]
test = [
    { key = "hiv", name = "HIV", analytes = ["hiv"], specimen_type = "serum" },
    { key = "ana_house", name = "ANA of the house", analytes = ["ana_house"], specimen_type = "serum" },
    { key = "leucocytes", name = "Leucocytes", analytes = ["leucocytes"], specimen_type = "serum" },
    { key = "smear", name = "Smear", analytes = ["smear"], specimen_type = "serum" },
]
"#;

impl Bench {
    async fn of_kinds() -> Self {
        let bench = Bench::new().await;
        let world = &bench.world;
        world.run(Actor::Console, ImportCatalog(starter::parse(CATALOG).unwrap())).await.unwrap();
        let answers = world.lab.read(|s| Ok(catalog::proposed_answers(s)?)).await.unwrap();
        let answers = answers.iter().map(|a| a.id).collect();
        let signed = world.sign(&world.director).await;
        let approve = ApproveCatalog { intervals: vec![], limits: vec![], answers, signed };
        world.run(world.director.actor(), approve).await.unwrap();
        world.verified(world.instrument(bench.link).await.unwrap()).await;
        bench
    }

    async fn propose(&self, code: &str, test: &str, word: &str, answer: &str) -> Result<MappingId, titer_lab::Failure> {
        let catalog = self.world.catalog().await;
        let analyte = catalog.analyte_by_key(test).unwrap().id;
        let answer = catalog.answers(analyte).iter().find(|a| a.words == answer).map(|a| (word.to_owned(), a.id));
        let (code, unit, specimen) = (code.to_owned(), String::new(), "SER".to_owned());
        let propose = ProposeMapping { link: self.link, code, unit, specimen, analyte, answer };
        self.world.run(self.world.technician.actor(), propose).await
    }

    async fn in_use(&self, code: &str, test: &str, word: &str, answer: &str) -> MappingId {
        let mapping = self.propose(code, test, word, answer).await.unwrap();
        self.world.approve(self.link, vec![mapping], &self.world.director).await.unwrap();
        mapping
    }
}

/// A message of one value, of its own time.
fn sent(barcode: &str, code: &str, value: &str, minute: usize) -> String {
    let message = RIGHT.replace("|T1|T1|", &format!("|{barcode}|{barcode}|"));
    message.replace("^^^Na|140|mmol/L", &format!("^^^{code}|{value}|")).replace("085500", &format!("09{minute:02}00"))
}

#[tokio::test]
async fn a_word_is_filed_as_the_answer_that_two_persons_said_and_no_other_word_is() {
    let bench = Bench::of_kinds().await;
    let patient = bench.world.patient("MRN-1").await;
    let (_, specimen) = bench.world.received(patient, &["hiv"], "T1").await;
    bench.world.received(patient, &["hiv"], "T0").await;
    assert_eq!(bench.codes(&sent("T0", "HIV", "NR", 1)).await, (0, vec!["inbox-unmapped-code".to_owned()]));
    let mapping = bench.propose("HIV", "hiv", "NR", "Non-reactive").await.unwrap();
    assert_eq!(bench.codes(&sent("T0", "HIV", "NR", 2)).await, (0, vec!["inbox-mapping-unapproved".to_owned()]));
    bench.world.approve(bench.link, vec![mapping], &bench.world.director).await.unwrap();
    let (_, other) = bench.world.received(patient, &["hiv"], "T2").await;
    for word in ["REACT", "nr", "N R", "NR.", "0.1", "NR NR", "-"] {
        let (filed, problems) = bench.kept(&sent("T2", "HIV", word, 3)).await;
        assert_eq!((filed, problems[0].code.as_str()), (0, "inbox-unmapped-word"), "{word}");
        assert!(problems[0].args.contains(&("word".to_owned(), word.to_owned())), "{problems:?}");
    }
    assert!(bench.world.results(other).await.is_empty());
    assert_eq!(bench.codes(&sent("T1", "HIV", " NR ", 4)).await, (1, vec![]));
    let result = bench.world.results(specimen).await.remove(0);
    let catalog = bench.world.catalog().await;
    assert_eq!(catalog.words(&result.value, result.answer), "Non-reactive");
    assert_eq!((&*result.flag, result.holds), ("N", vec!["mapping-unconfirmed".to_owned()]));
    // A word that nobody has mapped contradicts it.
    bench.kept(&sent("T1", "HIV", "REACTIVE", 5)).await;
    let holds = bench.world.results(specimen).await.remove(0).holds;
    assert!(holds.iter().any(|h| h.starts_with("contradicted:") && h.ends_with("REACTIVE")), "{holds:?}");
}

#[tokio::test]
async fn a_normal_answer_of_a_mapping_that_was_compared_is_held_by_nothing() {
    let bench = Bench::of_kinds().await;
    let patient = bench.world.patient("MRN-1").await;
    let mapping = bench.in_use("HIV", "hiv", "NR", "Non-reactive").await;
    bench.world.received(patient, &["hiv"], "T1").await;
    bench.codes(&sent("T1", "HIV", "NR", 1)).await;
    bench.world.confirm(bench.link, vec![mapping]).await.unwrap();
    let (_, specimen) = bench.world.received(patient, &["hiv"], "T2").await;
    assert_eq!(bench.codes(&sent("T2", "HIV", "NR", 2)).await, (1, vec![]));
    assert_eq!(bench.world.results(specimen).await[0].holds, [] as [&str; 0]);
}

#[tokio::test]
async fn each_word_of_a_code_is_one_answer_of_one_analyte() {
    let bench = Bench::of_kinds().await;
    bench.in_use("HIV", "hiv", "NR", "Non-reactive").await;
    let cases = [
        ("HIV", "hiv", "R", "Reactive", "done"),
        ("HIV", "hiv", "NR", "Reactive", "links-mapping-taken"),
        ("HIV", "hiv", "R", "Non-reactive", "links-mapping-taken"),
        ("HIV", "hiv", " ", "Reactive", "text-missing"),
        ("HIV", "ana_house", "", "", "links-mapping-taken"),
        ("HIV", "hbsag_house", "WR", "Reactive", "links-mapping-other-analyte"),
        ("OTHER", "hiv", "", "", "links-mapping-without-answer"),
        ("ANA", "ana_house", "", "", "done"),
        ("ANA", "hiv", "R", "Reactive", "links-mapping-taken"),
    ];
    for (sent, test, word, answer, expected) in cases {
        assert_eq!(code(bench.propose(sent, test, word, answer).await), expected, "{sent} {test} {word:?}");
    }
    // An answer of another analyte is none.
    let catalog = bench.world.catalog().await;
    let (hiv, ana) = (catalog.analyte_by_key("hiv").unwrap().id, catalog.analyte_by_key("ana_house").unwrap().id);
    let reactive = catalog.answers(hiv)[1].id;
    let propose = ProposeMapping {
        link: bench.link,
        code: "A".to_owned(),
        unit: String::new(),
        specimen: String::new(),
        analyte: ana,
        answer: Some(("R".to_owned(), reactive)),
    };
    let refused = bench.world.run(bench.world.technician.actor(), propose).await;
    assert_eq!(code(refused), "links-mapping-other-answer");
}

/// What the profile says is no result stays none, whatever anybody maps.
#[tokio::test]
async fn a_word_that_means_not_done_is_never_an_answer() {
    let bench = Bench::of_kinds().await;
    let patient = bench.world.patient("MRN-1").await;
    bench.world.received(patient, &["hiv"], "T1").await;
    bench.in_use("HIV", "hiv", "NR", "Non-reactive").await;
    let not_done = |word: &str, minute| sent("T1", "HIV", word, minute).replace("||N||F|", "||N||X|");
    assert_eq!(bench.codes(&not_done("ERROR", 1)).await, (0, vec!["inbox-result-not-done".to_owned()]));
    assert_eq!(bench.codes(&not_done("NR", 2)).await, (0, vec!["inbox-result-not-done".to_owned()]));
}

#[tokio::test]
async fn a_titre_a_bin_and_a_text_are_filed_as_sent_and_what_their_kind_does_not_read_is_held() {
    let bench = Bench::of_kinds().await;
    let patient = bench.world.patient("MRN-1").await;
    for (sent, test) in [("ANA", "ana_house"), ("LEU", "leucocytes"), ("SM", "smear")] {
        bench.in_use(sent, test, "", "").await;
    }
    let cases = [
        ("ANA", "ana_house", "1:160", true),
        ("ANA", "ana_house", "<1:40", true),
        ("ANA", "ana_house", "positive", false),
        ("ANA", "ana_house", "2-5", false),
        ("LEU", "leucocytes", "2-5", true),
        ("LEU", "leucocytes", ">50", true),
        ("LEU", "leucocytes", "many", false),
        ("LEU", "leucocytes", "1:40", false),
        ("SM", "smear", "Toxic granulation", true),
    ];
    for (place, (sent_code, test, value, filed)) in cases.into_iter().enumerate() {
        let barcode = format!("K{place}");
        let (_, specimen) = bench.world.received(patient, &[test], &barcode).await;
        let (count, problems) = bench.codes(&sent(&barcode, sent_code, value, place)).await;
        assert_eq!((count == 1, problems.is_empty()), (filed, filed), "{sent_code} {value}: {problems:?}");
        let values: Vec<String> = bench.world.results(specimen).await.into_iter().map(|r| r.value).collect();
        assert_eq!(values, if filed { vec![value.to_owned()] } else { vec![] });
    }
}
