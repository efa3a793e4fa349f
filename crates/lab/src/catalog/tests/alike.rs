//! Nothing in the catalogue is taken for another entry by its look.

use super::{import, presence};
use crate::{
    Actor,
    catalog::{
        commands::{MakeOwn, ProposeAnswers},
        starter,
    },
    testing::{World, arg, code, refusal},
};

fn analyte(key: &str, name: &str, short: &str) -> String {
    format!(
        r#"analyte = [{{ key = "{key}", name = "{name}", short = "{short}", discipline = "c", unit = "", decimals = 0, specimen_type = "serum" }}]"#
    )
}

#[test]
fn two_answers_of_an_analyte_are_told_apart_by_code_and_by_words() {
    let right = [("neg", "Negative", "normal"), ("pos", "Positive", "abnormal")];
    // What is put in place of the second answer.
    let alike = [
        ("NEG", "Positive"),
        ("neg.", "Positive"),
        ("nеg", "Positive"),
        ("pos", "negative"),
        ("pos", "Negativе"),
        ("pos", "Negative."),
        ("pos", "Neg ative"),
        ("pos", "neg"),
        ("Negative", "Positive"),
        ("NEGATIVE", "Positive"),
    ];
    for (code_of, words) in alike {
        let world = World::new();
        let text = presence("hbsag", &[right[0], (code_of, words, "abnormal")]);
        let refused = refusal(import(&world, &text));
        assert_eq!(refused.code, "catalog-answer-alike", "{code_of} {words}");
        assert!(!arg(&refused, "other_words").is_empty());
    }
    let apart = [("+", "-"), ("1+", "2+"), ("1:4", "1:40"), ("< 10", "> 10"), ("A+", "A-"), ("O", "A")];
    for (one, other) in apart {
        let world = World::new();
        let text = presence("hbsag", &[("x", one, "normal"), ("y", other, "abnormal")]);
        assert_eq!(code(import(&world, &text)), "done", "{one} {other}");
    }
}

#[test]
fn a_new_answer_is_told_apart_from_one_in_force_that_stays() {
    let world = World::new();
    import(&world, &presence("hbsag", &[("neg", "Negative", "normal"), ("pos", "Positive", "abnormal")])).unwrap();
    let id = world.analyte("hbsag");
    let answers: Vec<_> = world.catalog().answers(id).iter().map(|a| a.id).collect();
    super::approve_answers(&world, &answers).unwrap();
    let propose = |code_of: &str, words: &str| {
        let answer = starter::Answer {
            code: code_of.to_owned(),
            words: words.to_owned(),
            meaning: "abnormal".to_owned(),
            source: "s".to_owned(),
            confidence: String::new(),
            note: String::new(),
        };
        code(world.run(Actor::Console, ProposeAnswers { analyte: id, answers: vec![answer] }))
    };
    assert_eq!(propose("n", "Negatіve"), "catalog-answer-alike", "the one in force is not in the list, and stays");
    assert_eq!(propose("NEG", "Not found"), "catalog-answer-alike");
    assert_eq!(propose("neg", "Negative?"), "done", "the same code: the answer is to be replaced");
}

#[test]
fn an_analyte_a_test_and_a_specimen_type_are_told_apart_by_key_name_and_short_name() {
    let world = World::new();
    let cases = [
        (analyte("natrium", "Sodium", "Nat"), "catalog-alike"),
        (analyte("natrium", "SODIUM", "Nat"), "catalog-alike"),
        (analyte("natrium", "Sоdium", "Nat"), "catalog-alike"),
        (analyte("natrium", "So-dium", "Nat"), "catalog-alike"),
        (analyte("natrium", "Natrium", "na"), "catalog-alike"),
        (analyte("natrium", "Natrium", "Nа"), "catalog-alike"),
        (analyte("natrium", "Natrium", "Sodium"), "catalog-alike"),
        (analyte("sodlum", "Natrium", "Nat"), "catalog-alike"),
        (analyte("na", "Natrium", "Nat"), "catalog-alike"),
        (analyte("natrium", "Sodium, urine", "U-Na"), "done"),
        // It is called as before, or otherwise.
        (analyte("natrium", "Sodium, urine", "U-Na"), "done"),
        (analyte("natrium", "Sodium (urine)", "UNa"), "done"),
        (
            r#"test = [{ key = "salts", name = "Electrolytes", analytes = ["sodium"], specimen_type = "serum" }]"#
                .to_owned(),
            "catalog-alike",
        ),
        (
            r#"test = [{ key = "salts", name = "E1ectrolytes", analytes = ["sodium"], specimen_type = "serum" }]"#
                .to_owned(),
            "catalog-alike",
        ),
        (
            r#"test = [{ key = "salts", name = "Salts", analytes = ["sodium"], specimen_type = "serum" }]"#.to_owned(),
            "done",
        ),
        (r#"specimen_type = [{ key = "plain", name = "serum", container = "Tube" }]"#.to_owned(), "catalog-alike"),
        (r#"specimen_type = [{ key = "plain", name = "Plasma", container = "Tube" }]"#.to_owned(), "done"),
    ];
    for (text, expected) in cases {
        assert_eq!(code(import(&world, &text)), expected, "{text}");
    }
    // Both in one file.
    let twins = r#"analyte = [
        { key = "b12", name = "Vitamin Bl2", short = "VB", discipline = "c", unit = "", decimals = 0, specimen_type = "serum" },
        { key = "cobalamin", name = "Vitamin B12", short = "Cob", discipline = "c", unit = "", decimals = 0, specimen_type = "serum" }]"#;
    let refused = refusal(import(&world, twins));
    assert_eq!((refused.code, arg(&refused, "other")), ("catalog-alike", "Vitamin Bl2".to_owned()));
    let own = starter::parse(&analyte("mine", "Potasslum", "Mine")).unwrap();
    assert_eq!(code(world.run(Actor::Console, MakeOwn(own))), "catalog-alike");
}
