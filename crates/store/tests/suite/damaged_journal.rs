//! A journal that `verify` refuses is never believed: no table is made from it.

use crate::{
    common::{self, attach, count, open, open_counter},
    dump::{engines, everything, execute},
};
use titer_store::{Store, StoreError};

fn story(store: &Store) {
    for name in ["a", "b"] {
        store.submit(move |tx| open_counter(tx, name)).wait().unwrap();
    }
    for _ in 0..3 {
        store.submit(|tx| count(tx, "a")).wait().unwrap();
    }
}

/// What somebody changes in the journal, and what is said of it.
const DAMAGES: [(&str, &str); 9] = [
    (
        "UPDATE journal SET body = (SELECT body FROM journal WHERE number = 1) WHERE number = 2",
        "event 2: the event was",
    ),
    (
        "UPDATE journal SET salt = (SELECT salt FROM journal WHERE number = 1) WHERE number = 2",
        "event 2: the event was",
    ),
    ("UPDATE journal SET at = at + 1 WHERE number = 3", "event 3: the event was altered"),
    ("UPDATE journal SET why = 'another reason' WHERE number = 1", "event 1: the event was altered"),
    ("UPDATE journal SET actor = 43 WHERE number = 5", "event 5: the event was altered"),
    ("DELETE FROM journal WHERE number = 3", "event 3: events 3 to 3 are missing, and 1 more"),
    ("DELETE FROM journal WHERE number = 5", "event 5: events 5 to 5 are missing at the end"),
    ("UPDATE journal_head SET number = 4 WHERE number = 5", "event 5: the journal's stored end is not this event"),
    (
        "UPDATE journal_head SET hash = (SELECT hash FROM journal WHERE number = 1) WHERE number = 5",
        "event 5: the journal's stored end is not this event",
    ),
];

#[test]
fn a_damaged_journal_is_not_rebuilt_and_nothing_changes() {
    for (damage, expected) in DAMAGES {
        for (_dir, location) in engines() {
            let store = open(&location, 1);
            story(&store);
            // What a rebuild would mend.
            execute(&location, "UPDATE counters SET count = 999 WHERE name = 'b'");
            execute(&location, damage);
            let before = everything(&location);
            assert_ne!(store.verify(&[], &mut |_, _| {}).unwrap().faults, vec![], "{damage}");
            let refused = store.rebuild(&mut |_, _| {}).unwrap_err().to_string();
            assert!(refused.contains(expected), "{damage}: {refused}");
            assert!(refused.contains("nothing was rebuilt") && refused.contains("restore a backup"), "{refused}");
            assert_eq!(store.refuse_damaged_journal().unwrap_err().to_string(), refused);
            assert_eq!(everything(&location), before, "{damage}");
        }
    }
}

#[test]
fn an_erasure_without_a_record_is_not_rebuilt() {
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        store.erase(common::NURSE, "the law asks it", vec![2], vec![]).unwrap();
        store.rebuild(&mut |_, _| {}).expect("this one has a record");
        execute(&location, "UPDATE journal SET why = NULL, salt = NULL, body = NULL, digest = hash WHERE number = 1");
        assert!(matches!(store.rebuild(&mut |_, _| {}), Err(StoreError::Corrupt(_))));
    }
}

/// They change no row.
#[test]
fn files_that_are_gone_and_a_wrong_list_of_kinds_keep_no_table_from_being_rebuilt() {
    for (_dir, location) in engines() {
        let store = open(&location, 1);
        story(&store);
        store.submit(|tx| attach(tx, b"a letter", true)).wait().unwrap();
        execute(&location, "DELETE FROM event_files; DELETE FROM journal_kinds");
        execute(&location, "UPDATE counters SET count = 999 WHERE name = 'b'");
        assert_eq!(store.rebuild(&mut |_, _| {}).unwrap().differed.len(), 1);
    }
}
