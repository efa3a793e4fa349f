//! Rooms have floors: a room uses those below it, in Rust and in SQL, and none above it but by that room's `face`.
#![allow(dead_code, missing_docs)]

use titer_store::{Part, Table, sql};

/// A room: its folder, or its file without `.rs`, from the folder of the crates; and its tables.
pub struct Room {
    pub folder: String,
    pub tables: &'static [&'static Table],
}

pub fn room(folder: &str, part: &Part) -> Room {
    Room { folder: folder.to_owned(), tables: part.tables }
}

/// The rooms of `lab`, the lowest first.
pub fn lab() -> Vec<Room> {
    let module = |folder| Room { folder: format!("lab/src/{folder}"), tables: &[] };
    let rooms = titer_lab::ROOMS.iter().zip(titer_lab::PARTS);
    let rooms = rooms.map(|(name, part)| room(&format!("lab/src/{name}"), part));
    ["leases", "jobs"].map(module).into_iter().chain(rooms).chain([module("ways")]).collect()
}

/// The floor of the room that a file belongs to.
pub fn floor(rooms: &[Room], path: &str) -> Option<usize> {
    rooms.iter().position(|room| {
        let rest = path.split_once(&room.folder).map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.starts_with(['/', '.']))
    })
}

/// Statements of a room that read the table of a higher one. Tables that belong to no room are the store's: below all of them.
pub fn sql_faults(rooms: &[Room]) -> Vec<String> {
    let mut faults = Vec::new();
    for sql in sql::all() {
        let Some(own) = floor(rooms, sql.place()) else { continue };
        for table in tables(sql.text()) {
            if rooms[own + 1..].iter().any(|room| room.tables.iter().any(|t| t.name == table)) {
                faults.push(format!("{}: {table}", sql.place()));
            }
        }
    }
    faults
}

/// The tables that a statement reads.
pub fn tables(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let named = words.windows(2).filter(|pair| ["FROM", "JOIN"].contains(&pair[0]));
    named.map(|pair| pair[1].trim_matches(['(', ')', ','])).collect()
}

/// Rooms above `own` that the code of a room uses in another way than by their `face`.
pub fn upward(rooms: &[Room], own: usize, code: &str) -> Vec<String> {
    let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut used = Vec::new();
    // From a file of a room, `super::super` is the crate.
    for root in ["crate::", "titer_lab::", "super::super::"] {
        for (at, _) in code.match_indices(root) {
            paths(&code[at + root.len()..], &mut used);
        }
    }
    let above = |path: &&String| {
        let (first, second) = path.split_once("::").unwrap_or((path, ""));
        rooms[own + 1..].iter().any(|room| room.folder.rsplit('/').next() == Some(first)) && second != "face"
    };
    used.iter().filter(above).cloned().collect()
}

/// The first two names of each path that begins here: `a::b` of `a::b::C`, `a::{b, c}` and `{a::b, …}`. Answers what is behind.
fn paths<'c>(code: &'c str, found: &mut Vec<String>) -> &'c str {
    let code = code.trim_start();
    if let Some(group) = code.strip_prefix('{') {
        return each(group, |item| paths(item, found));
    }
    let (first, rest) = ident(code);
    let Some(rest) = rest.strip_prefix("::") else {
        found.push(first.to_owned());
        return rest;
    };
    let mut second = |code: &'c str| {
        let (second, rest) = ident(code.trim_start());
        found.push(format!("{first}::{second}"));
        match rest.strip_prefix("::") {
            Some(rest) => skip(rest),
            None => rest,
        }
    };
    match rest.strip_prefix('{') {
        Some(group) => each(group, second),
        None => second(rest),
    }
}

/// Takes each item of a group off, up to the brace that closes it.
fn each<'c>(group: &'c str, mut item: impl FnMut(&'c str) -> &'c str) -> &'c str {
    let mut rest = group.trim_start();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            return rest;
        }
        let after = item(rest);
        // What follows a name is a comma, a brace, or `as another`.
        let Some(at) = after.find([',', '}']) else { return "" };
        rest = after[at..].trim_start_matches(',').trim_start();
        if rest.is_empty() {
            return "";
        }
    }
}

/// What is behind a path or a group whose names do not matter.
fn skip(code: &str) -> &str {
    let code = code.trim_start();
    match code.strip_prefix('{') {
        Some(group) => each(group, |item| match ident(item).1.strip_prefix("::") {
            Some(rest) => skip(rest),
            None => ident(item).1,
        }),
        None => match ident(code).1.strip_prefix("::") {
            Some(rest) => skip(rest),
            None => ident(code).1,
        },
    }
}

fn ident(code: &str) -> (&str, &str) {
    code.split_at(code.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(code.len()))
}
