//! No SQL text of the program looks through a table.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/plans.rs"]
mod plans;

use common::open;
use plans::{faults, faults_of_all};
use titer_store::{Location, sql, table::Dialect};

#[test]
fn every_registered_statement_finds_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&Location::Folder(dir.path().to_owned()), 1);
    assert_eq!(faults_of_all(&store), Vec::<String>::new());
    let places: Vec<&str> = sql::all().map(|s| s.place()).collect();
    for file in ["reading.rs", "migrate/notes.rs", "audit/mod.rs", "common/mod.rs"] {
        assert!(places.iter().any(|p| p.contains(file)), "{file} registers nothing: {places:?}");
    }
}

fn judge(dialect: Dialect, plan: &str) -> usize {
    faults(dialect, &plan.lines().map(str::to_owned).collect::<Vec<_>>()).len()
}

#[test]
fn a_plan_of_sqlite_is_judged() {
    let cases = [
        (0, "SEARCH counters USING INDEX counters_by_name (name=?)"),
        (0, "SEARCH journal USING INTEGER PRIMARY KEY (rowid>?)"),
        (0, "SEARCH results USING INDEX results_by_specimen (specimen=?)\nUSE TEMP B-TREE FOR ORDER BY"),
        (0, "SCAN CONSTANT ROW"),
        (1, "SCAN counters"),
        (1, "SCAN counters USING INDEX counters_by_name"),
        (1, "SCAN c USING COVERING INDEX counters_by_name"),
        (1, "SEARCH d USING INDEX due_by_at (at<?)\nUSE TEMP B-TREE FOR ORDER BY"),
        (2, "SCAN d\nSEARCH t USING AUTOMATIC COVERING INDEX (id=?)"),
    ];
    for (count, plan) in cases {
        assert_eq!(judge(Dialect::Sqlite, plan), count, "{plan}");
    }
}

/// The judge is put to the test with statements that are wrong.
#[test]
fn sqlite_itself_words_a_bad_plan_so_that_it_is_found() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); CREATE INDEX t_by_a ON t (a)").unwrap();
    let plan = |sql: &str| -> Vec<String> {
        let mut rows = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        rows.query_map([], |r| r.get(3)).unwrap().map(Result::unwrap).collect()
    };
    for (count, sql) in [
        (0, "SELECT b FROM t WHERE a = 'x' ORDER BY b"),
        (0, "SELECT b FROM t WHERE a > 'x' ORDER BY a LIMIT 5"),
        (1, "SELECT a FROM t WHERE b = 'x'"),
        (1, "SELECT a FROM t ORDER BY a"),
        (1, "SELECT b FROM t WHERE a > 'x' ORDER BY b LIMIT 5"),
        (1, "SELECT count(*) FROM t"),
    ] {
        assert_eq!(faults(Dialect::Sqlite, &plan(sql)).len(), count, "{sql}: {:?}", plan(sql));
    }
}

#[test]
fn a_plan_of_postgresql_is_judged() {
    let cases = [
        (0, "Index Scan using counters_by_name on counters\n  Index Cond: ((lab = $1) AND (name = $2))"),
        (
            0,
            "Limit\n  ->  Index Scan using journal_pk on journal j\n        Index Cond: ((j.lab = '1'::bigint) AND (j.number > '5'::bigint))",
        ),
        (
            0,
            "Bitmap Heap Scan on t\n  Recheck Cond: ((lab = $1) AND (a = $2))\n  ->  Bitmap Index Scan on t_by_a\n        Index Cond: ((lab = $1) AND (a = $2))",
        ),
        (0, "Index Only Scan using t_by_a on t\n  Index Cond: ((lab = 1) AND (a = ANY ('{1,2}'::bigint[])))"),
        (0, "Index Scan using t_by_a on t\n  Index Cond: (ROW(lab, at) > ROW($1, $2))\n  Filter: (b = 1)"),
        (1, "Seq Scan on counters\n  Filter: (lab = $1)"),
        (1, "Index Scan using counters_pk on counters\n  Index Cond: (lab = $1)\n  Filter: (name = $2)"),
        (1, "Index Scan using counters_pk on counters\n  Filter: (name = $2)"),
        (1, "Bitmap Heap Scan on t\n  ->  Bitmap Index Scan on t_by_a\n        Index Cond: (lab = '1'::bigint)"),
        (
            2,
            "Nested Loop\n  ->  Parallel Seq Scan on a\n  ->  Index Only Scan using b_pk on b\n        Index Cond: (b.lab = a.lab)",
        ),
    ];
    for (count, plan) in cases {
        assert_eq!(judge(Dialect::Postgres, plan), count, "{plan}");
    }
}
