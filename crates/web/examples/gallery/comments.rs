//! The pages of comments.

use titer_web::pages::comments::{Comment, CommentForm, CommentLine, Comments, ResultComments};
use titer_web::pages::results::ResultLine;
use titer_web::pages::{Choice, Mistake, Mistakes, Page, Seen, Status};

use super::{banner, choice, fact, s, tabs};

const WORDS: &str = "The specimen is haemolysed. Potassium, LDH and AST may be too high.";

fn line(code: &str, version: &str, words: &str, test: &str, status: Status) -> CommentLine {
    CommentLine {
        href: s("comment.html"),
        code: s(code),
        version: s(version),
        words: s(words),
        test: s(test),
        status,
        by: s("Dr Jana Novak, 02 Nov 2026 09:12"),
    }
}

pub fn list(page: Page) -> Comments {
    let lines = vec![
        line("HEM", "2", WORDS, "All tests", Status::Proposed),
        line("HEM", "1", "The specimen is haemolysed.", "All tests", Status::Approved),
        line("TROP-LATE", "1", "Repeat after three hours.", "Troponin T, high sensitivity", Status::Approved),
        line("LIP", "1", "The specimen is lipaemic.", "All tests", Status::Withdrawn),
    ];
    Comments { page, tabs: tabs("/comments"), lines }
}

pub fn none(page: Page) -> Comments {
    Comments { page, tabs: tabs("/comments"), lines: vec![] }
}

pub fn one(page: Page, status: Status) -> Comment {
    let proposed = status == Status::Proposed;
    let mut facts =
        vec![fact("Version", "2"), fact("Test", "All tests"), fact("Proposed", "Imani Castellanos, 22 Nov 2026 13:40")];
    if !proposed {
        facts.push(fact("Approved", "Dr Jana Novak, 22 Nov 2026 13:52"));
    }
    if status == Status::Withdrawn {
        facts.push(fact("Ended", "Dr Jana Novak, 22 Nov 2026 14:01"));
    }
    Comment {
        page,
        tabs: tabs("/comments"),
        id: s("7"),
        code: s("HEM"),
        words: s(WORDS),
        status,
        facts,
        replaces: if proposed {
            s("If you approve this, the version in force ends: “…”.")
        } else {
            String::new()
        },
        signing: proposed,
        ending: status != Status::Withdrawn,
        correct: if status == Status::Approved { s("comment_new.html") } else { String::new() },
        reason: String::new(),
        password: true,
        back: s("comments.html"),
        seen: Seen { version: 9, now: vec![] },
        mistakes: Mistakes::default(),
    }
}

pub fn form(page: Page) -> CommentForm {
    CommentForm {
        page,
        tabs: tabs("/comments"),
        code: s("1HEM"),
        words: s(WORDS),
        analytes: vec![choice("1", "Potassium", "", false), choice("2", "Sodium", "", false)],
        seen: Seen { version: 1, now: vec![] },
        mistakes: Mistakes(vec![Mistake { field: "code", text: s("Give a code of at most 12 characters.") }]),
    }
}

pub fn on_result(page: Page, line: ResultLine) -> ResultComments {
    let line = ResultLine { comments: vec![format!("HEM: {WORDS}"), s("LIP: The specimen is lipaemic.")], ..line };
    ResultComments {
        page,
        patient: banner("26-004417"),
        line,
        standing: vec![
            choice("1024", "HEM", WORDS, true),
            Choice { chosen: false, ..choice("2048", "LIP", "The specimen is lipaemic.", false) },
        ],
        library: vec![choice("DIL", "Measured after dilution.", "", false)],
        code: s("XYZ"),
        mistakes: Mistakes(vec![Mistake { field: "code", text: s("No comment in force has the code “XYZ”.") }]),
    }
}

pub fn nothing(page: Page, line: ResultLine) -> ResultComments {
    ResultComments {
        page,
        patient: banner("26-004417"),
        line,
        standing: vec![],
        library: vec![],
        code: String::new(),
        mistakes: Mistakes::default(),
    }
}
