use super::{
    CommentId,
    commands::{ApproveComment, ProposeComment, RetireComment},
    views,
};
use crate::{
    Role,
    catalog::AnalyteId,
    testing::{World, arg, code, refusal},
    text,
};

fn proposal(code: &str, words: &str) -> ProposeComment {
    ProposeComment { code: code.to_owned(), words: words.to_owned(), analyte: None }
}

fn propose(world: &World, code: &str, words: &str) -> CommentId {
    world.run(world.actor(Role::Supervisor), proposal(code, words)).unwrap()
}

fn approve(world: &World, comment: CommentId) -> &'static str {
    let approve = ApproveComment { comment, signed: world.signed(Role::Director) };
    code(world.run(world.actor(Role::Director), approve))
}

fn retire(world: &World, comment: CommentId) -> &'static str {
    code(world.run_because(world.actor(Role::Director), "nobody needs it", RetireComment { comment }))
}

/// The version and the words of a comment that is in force.
fn in_force(world: &World, code: &'static str) -> Option<(i64, String)> {
    let lab = world.lab.clone();
    world.read(move |s| lab.in_force(s)).comments.of(code).map(|c| (c.version, c.words.clone()))
}

#[test]
fn a_comment_is_in_force_once_the_director_has_signed_what_another_proposed() {
    let world = World::new();
    let first = propose(&world, " hem ", "Haemolysed.");
    assert_eq!(in_force(&world, "HEM"), None, "a proposal is on no result");
    assert_eq!(approve(&world, first), "done");
    assert_eq!(in_force(&world, "hem"), Some((1, "Haemolysed.".to_owned())), "letters may be small");
    assert_eq!(approve(&world, first), "comments-decided");
    let second = propose(&world, "HEM", "The specimen is haemolysed.");
    assert_eq!(in_force(&world, "HEM"), Some((1, "Haemolysed.".to_owned())));
    assert_eq!(approve(&world, second), "done");
    assert_eq!(world.last_body()["replaces"], first.0);
    assert_eq!(in_force(&world, "HEM"), Some((2, "The specimen is haemolysed.".to_owned())));
    let lab = world.lab.clone();
    let comments = world.read(move |s| lab.in_force(s)).comments;
    assert_eq!(comments.signed(first).unwrap().words, "Haemolysed.", "what results name stays");
    assert!(!comments.signed(first).unwrap().is_in_force());
}

#[test]
fn nobody_signs_their_own_proposal() {
    let world = World::new();
    let comment = world.run(world.actor(Role::Director), proposal("HEM", "Haemolysed.")).unwrap();
    assert_eq!(approve(&world, comment), "comments-own-proposal");
    assert_eq!(in_force(&world, "HEM"), None);
}

#[test]
fn what_could_not_be_used_is_not_proposed() {
    let world = World::new();
    let long = "x".repeat(text::CHARS_MAX + 1);
    let cases = [
        ("HEM", "Haemolysed.", "done"),
        ("HEM", "Another.", "comments-proposed-already"),
        ("", "Haemolysed.", "comments-code"),
        ("1HEM", "Haemolysed.", "comments-code"),
        ("HE M", "Haemolysed.", "comments-code"),
        ("ΗEM", "Haemolysed.", "comments-code"),
        ("ABCDEFGHIJKL", "Twelve.", "done"),
        ("ABCDEFGHIJKLM", "Thirteen.", "comments-code"),
        ("LIP", "", "text-missing"),
        ("LIP", long.as_str(), "text-too-long"),
        ("LIP", "Lipaemic.\u{202e}", "text-control"),
    ];
    assert_eq!(text::CODE_CHARS_MAX, 12);
    for (code_, words, expected) in cases {
        let refused = code(world.run(world.actor(Role::Supervisor), proposal(code_, words)));
        assert_eq!(refused, expected, "{code_:?} {words:?}");
    }
    let unknown = ProposeComment { analyte: Some(AnalyteId(7)), ..proposal("LIP", "Lipaemic.") };
    assert_eq!(code(world.run(world.actor(Role::Supervisor), unknown)), "comments-analyte-unknown");
    let all = world.read(|s| views::all(s));
    assert_eq!(approve(&world, all[0].id), "done");
    let again = code(world.run(world.actor(Role::Supervisor), proposal("HEM", "Haemolysed.")));
    assert_eq!(again, "comments-there-already");
}

#[test]
fn a_comment_is_retired_with_a_reason_and_comes_back_as_its_next_version() {
    let world = World::new();
    let first = propose(&world, "HEM", "Haemolysed.");
    assert_eq!(approve(&world, first), "done");
    let without = world.run(world.actor(Role::Director), RetireComment { comment: first });
    assert_eq!(code(without), "comments-retire-needs-reason");
    assert_eq!(retire(&world, first), "done");
    assert_eq!(in_force(&world, "HEM"), None);
    let refused = refusal(world.run_because(world.actor(Role::Director), "x", RetireComment { comment: first }));
    assert_eq!((refused.code, arg(&refused, "by")), ("comments-decided", "director of the test".to_owned()));
    let dismissed = propose(&world, "HEM", "Haemolysed, strongly.");
    assert_eq!(retire(&world, dismissed), "done");
    assert_eq!(approve(&world, dismissed), "comments-decided");
    let back = propose(&world, "HEM", "Haemolysed.");
    assert_eq!(approve(&world, back), "done");
    assert_eq!(in_force(&world, "HEM"), Some((3, "Haemolysed.".to_owned())), "no version is given twice");
    assert_eq!(approve(&world, CommentId(1)), "comments-unknown");
}

#[test]
fn a_proposal_that_was_changed_behind_the_journal_is_not_signed() {
    let world = World::new();
    let comment = propose(&world, "HEM", "Haemolysed.");
    assert_eq!(world.tamper("UPDATE comments SET words = 'All is well.'"), 1);
    assert_eq!(approve(&world, comment), "comments-not-as-journalled");
}

#[test]
fn the_library_is_bounded() {
    let world = World::new();
    propose(&world, "HEM", "Haemolysed.");
    let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
        INSERT INTO comments SELECT id + i, lab, 'C' || i, version, words, analyte, approved_at, approved_by, ended, changed \
        FROM comments, n";
    assert_eq!(world.tamper(copies), 2000);
    let one_more = world.run(world.actor(Role::Supervisor), proposal("LIP", "Lipaemic."));
    assert_eq!(code(one_more), "comments-too-many");
}
