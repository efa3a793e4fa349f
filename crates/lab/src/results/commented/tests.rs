use super::{ON_RESULT_MAX, PutComment, TakeCommentOff};
use crate::{
    Failure, Role,
    catalog::AnalyteId,
    comments::{
        CommentId,
        commands::{ApproveComment, ProposeComment, RetireComment},
    },
    reports::{self, document},
    results::{commands::VerifyResults, views::LabResult},
    testing::{World, arg, code, on_display, refusal},
};

fn in_force(world: &World, code: &str, words: &str, analyte: Option<AnalyteId>) -> CommentId {
    let propose = ProposeComment { code: code.to_owned(), words: words.to_owned(), analyte };
    let comment = world.run(world.actor(Role::Supervisor), propose).unwrap();
    let approve = ApproveComment { comment, signed: world.signed(Role::Director) };
    world.run(world.actor(Role::Director), approve).unwrap();
    comment
}

fn put(world: &World, result: &LabResult, code: &str) -> Result<(), Failure> {
    let put = PutComment { result: result.id, version: result.version, code: code.to_owned() };
    world.run(world.technician(), put)
}

fn take_off(world: &World, result: &LabResult, comment: CommentId) -> Result<(), Failure> {
    world.run(world.technician(), TakeCommentOff { result: result.id, version: result.version, comment })
}

fn verify(world: &World, result: &LabResult) -> Result<(), Failure> {
    let command = VerifyResults { results: vec![on_display(result)], signed: world.signed(Role::Technician) };
    world.run(world.technician(), command).map(|_| ())
}

fn filed(world: &World) -> LabResult {
    world.received(world.patient("MRN-1"), &["sodium"], "T1");
    world.filed("T1", "sodium", "140")
}

#[test]
fn comments_stand_on_a_result_in_order_and_are_taken_off_before_it_is_verified() {
    let world = World::new();
    let result = filed(&world);
    let [hem, lip] = [("HEM", "Haemolysed."), ("LIP", "Lipaemic.")].map(|(c, w)| in_force(&world, c, w, None));
    assert_eq!(code(put(&world, &result, " lip")), "done");
    let body = world.last_body();
    assert_eq!(body["comments"], serde_json::json!([lip.0]), "the journal holds no words");
    assert!(!body.to_string().contains("Lipaemic"));
    let now = world.result(result.id);
    assert_eq!((now.version, &now.comments), (2, &vec![lip]));
    assert_eq!(code(put(&world, &now, "HEM")), "done");
    let now = world.result(result.id);
    assert_eq!((now.version, &now.comments), (3, &vec![lip, hem]));
    assert_eq!(code(take_off(&world, &now, lip)), "done");
    let now = world.result(result.id);
    assert_eq!(now.comments, vec![hem]);
    assert_eq!(code(take_off(&world, &now, lip)), "results-comment-not-there");
    assert_eq!((now.value, now.state, now.holds), (result.value, result.state, result.holds));
}

#[test]
fn only_what_the_library_has_for_this_test_is_put() {
    let world = World::new();
    let result = filed(&world);
    in_force(&world, "HEM", "Haemolysed.", None);
    in_force(&world, "POT", "Of potassium alone.", Some(world.analyte("potassium")));
    in_force(&world, "SOD", "Of sodium alone.", Some(world.analyte("sodium")));
    let proposed = ProposeComment { code: "NEW".to_owned(), words: "Not signed yet.".to_owned(), analyte: None };
    world.run(world.actor(Role::Supervisor), proposed).unwrap();
    for (typed, expected) in [
        ("NONE", "results-comment-unknown"),
        ("", "results-comment-unknown"),
        ("NEW", "results-comment-unknown"),
        ("POT", "results-comment-other-test"),
        ("SOD", "done"),
        ("SOD", "results-comment-twice"),
    ] {
        assert_eq!(code(put(&world, &world.result(result.id), typed)), expected, "{typed}");
    }
    for n in 1..ON_RESULT_MAX {
        let more = format!("C{n}");
        in_force(&world, &more, "More.", None);
        assert_eq!(code(put(&world, &world.result(result.id), &more)), "done");
    }
    assert_eq!(code(put(&world, &world.result(result.id), "HEM")), "results-comments-too-many");
}

#[test]
fn nobody_signs_a_result_whose_comments_are_not_those_on_display() {
    let world = World::new();
    let shown = filed(&world);
    let hem = in_force(&world, "HEM", "Haemolysed.", None);
    put(&world, &shown, "HEM").unwrap();
    let refused = refusal(verify(&world, &shown));
    assert_eq!((refused.code, arg(&refused, "by")), ("results-changed-meanwhile", "technician of the test".to_owned()));
    assert_eq!(code(put(&world, &shown, "HEM")), "results-changed-meanwhile", "nor puts a second one unseen");
    let shown = world.result(shown.id);
    take_off(&world, &shown, hem).unwrap();
    assert_eq!(code(verify(&world, &shown)), "results-changed-meanwhile");
    let shown = world.result(shown.id);
    put(&world, &shown, "HEM").unwrap();
    assert_eq!(code(verify(&world, &world.result(shown.id))), "done");
    assert_eq!(world.last_body()["results"][0]["signed"]["comments"], serde_json::json!([hem.0]));
}

#[test]
fn comments_of_a_verified_result_stay_as_they_were_signed() {
    let world = World::new();
    let result = filed(&world);
    let hem = in_force(&world, "HEM", "Haemolysed.", None);
    put(&world, &result, "HEM").unwrap();
    verify(&world, &world.result(result.id)).unwrap();
    let verified = world.result(result.id);
    for refused in [put(&world, &verified, "HEM"), take_off(&world, &verified, hem)] {
        let refused = refusal(refused);
        assert_eq!(
            (refused.code, arg(&refused, "by")),
            ("results-comment-verified", "technician of the test".to_owned())
        );
    }
    assert_eq!(world.result(result.id), verified);
}

#[test]
fn a_comment_that_was_replaced_or_retired_since_is_not_signed() {
    let world = World::new();
    let result = filed(&world);
    let hem = in_force(&world, "HEM", "Haemolysed.", None);
    put(&world, &result, "HEM").unwrap();
    let next = in_force(&world, "HEM", "The specimen is haemolysed.", None);
    let now = world.result(result.id);
    assert_eq!(now.comments, vec![hem], "nobody changed the words on the result");
    let refused = refusal(verify(&world, &now));
    assert_eq!((refused.code, arg(&refused, "code")), ("results-comment-ended", "HEM".to_owned()));
    take_off(&world, &now, hem).unwrap();
    put(&world, &world.result(result.id), "HEM").unwrap();
    assert_eq!(world.result(result.id).comments, vec![next]);
    let retire = RetireComment { comment: next };
    world.run_because(world.actor(Role::Director), "nobody needs it", retire).unwrap();
    assert_eq!(code(verify(&world, &world.result(result.id))), "results-comment-ended");
    take_off(&world, &world.result(result.id), next).unwrap();
    assert_eq!(code(verify(&world, &world.result(result.id))), "done");
}

#[test]
fn a_report_holds_the_words_of_the_day_it_was_composed() {
    let world = World::new();
    let result = filed(&world);
    in_force(&world, "HEM", "Haemolysed.", None);
    in_force(&world, "LIP", "Lipaemic.", None);
    for comment in ["LIP", "HEM"] {
        put(&world, &world.result(result.id), comment).unwrap();
    }
    let orders = world.verified(&[&world.result(result.id)]);
    world.compose_due();
    in_force(&world, "HEM", "Other words.", None);
    let order = orders[0];
    let said = world.read(move |s| {
        let last = reports::views::of_order(s, order)?.remove(0).id;
        reports::views::document(s, last)
    });
    let comment =
        |code: &str, words: &str| document::Comment { code: code.to_owned(), version: 1, words: words.to_owned() };
    assert_eq!(said.results[0].comments, [comment("LIP", "Lipaemic."), comment("HEM", "Haemolysed.")]);
}

#[test]
fn a_comment_that_was_changed_behind_the_journal_is_neither_signed_nor_kept() {
    let world = World::new();
    let result = filed(&world);
    let [hem, lip] = [("HEM", "Haemolysed."), ("LIP", "Lipaemic.")].map(|(c, w)| in_force(&world, c, w, None));
    put(&world, &result, "HEM").unwrap();
    let shown = world.result(result.id);
    assert_eq!(world.tamper(&format!("UPDATE results SET comments = '{lip}'")), 1);
    assert_eq!(code(verify(&world, &shown)), "results-not-as-journalled");
    assert_eq!(code(put(&world, &shown, "HEM")), "results-not-as-journalled");
    assert_eq!(code(take_off(&world, &shown, hem)), "results-not-as-journalled");
}
