use titer_store::DueJob;

use super::{TRIES_MAX, due, failed, failures, lease};
use crate::leases::LEASE_SECONDS;
use crate::testing::{World, wait};

/// A laboratory with one job due: a report to typeset.
fn with_a_job() -> (World, DueJob) {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    let sodium = world.filed("T1", "sodium", "140");
    world.verified(&[&sodium]);
    let job = wait(due(&world.lab)).unwrap().remove(0);
    (world, job)
}

#[test]
fn a_job_that_fails_is_tried_five_times_ever_more_rarely_and_then_left_to_a_person() {
    let (world, job) = with_a_job();
    assert_eq!(job.tries, 0);
    // Seconds from each failure to the next try.
    for (tries, pause) in [(1, 1), (2, 5), (3, 30), (4, 120)] {
        let last = wait(due(&world.lab)).unwrap().remove(0);
        wait(failed(&world.lab, &last, &format!("no font, try {tries}"))).unwrap();
        world.pass(pause - 1);
        assert_eq!(wait(due(&world.lab)).unwrap(), [], "after try {tries}");
        world.pass(1);
        assert_eq!(wait(due(&world.lab)).unwrap()[0].tries, tries);
    }
    let last = wait(due(&world.lab)).unwrap().remove(0);
    assert_eq!(last.tries + 1, TRIES_MAX);
    wait(failed(&world.lab, &last, "no font\nat all")).unwrap();
    world.pass(365 * 24 * 3_600);
    assert_eq!(wait(due(&world.lab)).unwrap(), []);
    let shown = world.read(|s| failures(s)).0;
    let shown: Vec<_> = shown.iter().map(|f| (f.kind.as_str(), f.subject, f.failure.as_str())).collect();
    assert_eq!(shown, [("reports.render", job.subject, "no fontat all")]);
    assert_eq!(world.read(move |s| super::failure(s, job.id)).as_deref(), Some("no fontat all"));
}

/// What falls due is projected, and its tries are not: a replay fires nothing and forgets no failure.
#[test]
fn a_rebuild_neither_repeats_nor_forgets_a_job() {
    let (world, job) = with_a_job();
    wait(failed(&world.lab, &job, "no font")).unwrap();
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(wait(due(&world.lab)).unwrap(), []);
    world.pass(1);
    assert_eq!(wait(due(&world.lab)).unwrap(), [DueJob { tries: 1, ..job }]);
}

#[test]
fn one_process_at_a_time_does_the_jobs() {
    let world = World::new();
    let may = |holder| wait(lease(&world.lab, holder)).unwrap();
    assert_eq!([may("one"), may("two"), may("one")], [true, false, true]);
    world.pass(LEASE_SECONDS - 1);
    assert!(may("one"), "renewed");
    world.pass(LEASE_SECONDS - 1);
    assert!(!may("two"));
    world.pass(1);
    assert!(may("two"), "the one is gone");
    assert!(!may("one"));
}
