//! Intervals and limits that are proposed on a page, for all instruments or for one; and of several sources, the most cautious limit.

use super::{bulk, import};
use crate::{
    Actor, Failure, Role,
    catalog::{
        AnalyteId, IntervalId, LimitId,
        bulk::LeftOut,
        commands::{AddToCatalog, ApproveCatalog},
        propose::{CorrectProposal, Propose, Proposed, Waiting, WithdrawProposal},
        starter, views,
    },
    instruments::{InstrumentId, commands::RetireInstrument},
    testing::{World, code},
};

fn interval(low: &str, high: &str) -> starter::Interval {
    starter::Interval {
        sex: "any".to_owned(),
        age_low: "18 a".to_owned(),
        low: low.to_owned(),
        high: high.to_owned(),
        kind: "reference".to_owned(),
        source: "Own study".to_owned(),
        confidence: "B".to_owned(),
        ..starter::Interval::default()
    }
}

fn limit(low: &str, high: &str) -> starter::Limit {
    starter::Limit {
        low: low.to_owned(),
        low_op: if low.is_empty() { "" } else { "<=" }.to_owned(),
        high: high.to_owned(),
        high_op: if high.is_empty() { "" } else { ">=" }.to_owned(),
        source: "Own study".to_owned(),
        ..starter::Limit::default()
    }
}

fn propose(
    world: &World,
    analyte: AnalyteId,
    instrument: Option<InstrumentId>,
    proposed: Proposed,
) -> Result<(), Failure> {
    world.run(world.actor(Role::Supervisor), Propose { analyte, instrument, proposed })
}

fn correct(world: &World, waiting: Waiting, proposed: Proposed) -> Result<(), Failure> {
    world.run(world.actor(Role::Supervisor), CorrectProposal { waiting, instrument: None, proposed })
}

fn approve(world: &World, intervals: Vec<IntervalId>, limits: Vec<LimitId>) -> Result<(), Failure> {
    let signed = world.signed(Role::Director);
    world.run(world.actor(Role::Director), ApproveCatalog { intervals, limits, answers: vec![], signed })
}

#[test]
fn an_interval_of_one_instrument_judges_its_results_alone_and_replaces_none_of_all() {
    let world = World::new();
    let (sodium, measured_by) = (world.analyte("sodium"), world.instrument());
    propose(&world, sodium, measured_by, Proposed::Interval(interval("130", "150"))).unwrap();
    propose(&world, sodium, measured_by, Proposed::Limit(limit("125", "155"))).unwrap();
    let (intervals, limits) = world.read(|s| views::proposals(s));
    assert_eq!((intervals[0].instrument, intervals[0].unit.as_str()), (measured_by, "mmol/L"));
    assert_eq!((limits[0].instrument, limits[0].population.as_str()), (measured_by, "any"));
    let chosen = bulk(&world);
    assert_eq!((chosen.count(), &*chosen.left_out), (0, &[(sodium, LeftOut::Instrument)][..]), "signed singly");
    let patient = world.patient("MRN-1");
    world.received(patient, &["sodium"], "T1");
    assert_eq!(world.filed("T1", "sodium", "148").flag, "H", "a proposal judges nothing");
    approve(&world, vec![intervals[0].id], vec![limits[0].id]).unwrap();
    world.judge();
    for (tube, value, flag, critical) in [("T2", "148", "N", ""), ("T3", "155", "H", "high")] {
        world.received(patient, &["sodium"], tube);
        let result = world.filed(tube, "sodium", value);
        assert_eq!((result.flag.as_str(), result.critical.as_str()), (flag, critical), "{value}");
    }
    let catalog = world.catalog();
    assert!(catalog.interval(sodium, None, &super::woman_of_55()).is_some(), "that of all stays");
    assert!(!catalog.limits(sodium, None).is_empty());
    // The same figures for all instruments are another proposal.
    propose(&world, sodium, None, Proposed::Interval(interval("130", "150"))).unwrap();
    assert_eq!(
        code(propose(&world, sodium, measured_by, Proposed::Interval(interval("130", "150")))),
        "catalog-proposed-already"
    );
}

#[test]
fn what_nobody_could_be_judged_by_is_refused() {
    let world = World::new();
    let (sodium, of) = (world.analyte("sodium"), interval("130", "150"));
    let with = |change: fn(&mut starter::Interval)| {
        let mut changed = of.clone();
        change(&mut changed);
        Proposed::Interval(changed)
    };
    let cases: [(Proposed, &str); 12] = [
        (with(|i| (i.low, i.high) = Default::default()), "catalog-no-bounds"),
        (with(|i| i.low = "151".to_owned()), "catalog-limits-inverted"),
        (with(|i| i.low = "1,5".to_owned()), "catalog-number"),
        (with(|i| i.age_low = "18 years".to_owned()), "catalog-age"),
        (with(|i| i.age_high = "17 a".to_owned()), "catalog-ages-inverted"),
        (with(|i| i.age_high = "18 a".to_owned()), "catalog-ages-inverted"),
        (with(|i| i.sex = "women".to_owned()), "catalog-sex"),
        (with(|i| i.kind = "guess".to_owned()), "catalog-unknown"),
        (with(|i| i.confidence = "D".to_owned()), "catalog-unknown"),
        (with(|i| i.source = " ".to_owned()), "text-missing"),
        (Proposed::Limit(limit("", "")), "catalog-no-bounds"),
        (Proposed::Limit(starter::Limit { low_op: ">".to_owned(), ..limit("120", "") }), "catalog-operator"),
    ];
    for (proposed, expected) in cases {
        let said = format!("{proposed:?}");
        assert_eq!(code(propose(&world, sodium, None, proposed)), expected, "{said}");
    }
    let of = || Proposed::Interval(interval("130", "150"));
    assert_eq!(code(propose(&world, AnalyteId(0), None, of())), "catalog-analyte-gone");
    assert_eq!(code(propose(&world, sodium, Some(InstrumentId(7)), of())), "instruments-unknown");
    let instrument = world.instrument().unwrap();
    let retire = move |tx: &mut crate::Tx<'_, '_>| tx.run(RetireInstrument { instrument });
    world.lab.submit(Actor::Console, Some("worn out".to_owned()), retire).wait().unwrap();
    assert_eq!(code(propose(&world, sodium, Some(instrument), of())), "catalog-instrument-out-of-use");
}

#[test]
fn a_proposal_is_corrected_or_withdrawn_until_it_is_signed_and_an_addition_does_not_bring_it_back() {
    let world = World::new();
    let sodium = world.analyte("sodium");
    let own = r#"interval = [{ analyte = "sodium", sex = "any", low = "133", high = "146", unit = "mmol/L", type = "reference", source = "Own study", rank = 2, note = "Two methods", warns = false }]"#;
    import(&world, own).unwrap();
    let waiting = || world.read(|s| views::proposals(s)).0;
    let first = Waiting::Interval(waiting()[0].id);
    let same = starter::Interval {
        note: "Two methods".to_owned(),
        confidence: String::new(),
        age_low: String::new(),
        ..interval("133", "146")
    };
    assert_eq!(code(correct(&world, first, Proposed::Interval(same.clone()))), "catalog-nothing-changed");
    assert_eq!(code(correct(&world, first, Proposed::Limit(limit("120", "160")))), "catalog-proposal-gone");
    let graded = starter::Interval { confidence: "A".to_owned(), ..same };
    correct(&world, first, Proposed::Interval(graded)).unwrap();
    let second = waiting().pop().unwrap();
    assert_eq!((second.confidence.as_str(), second.rank, second.warns), ("A", 2, false), "what nobody typed stays");
    assert_eq!(waiting().len(), 1, "one stands in the place of the other");
    assert_eq!(code(correct(&world, first, Proposed::Interval(interval("134", "146")))), "catalog-proposal-gone");
    correct(&world, Waiting::Interval(second.id), Proposed::Interval(interval("134", "146"))).unwrap();
    let third = waiting().pop().unwrap();
    assert!(third.note.is_empty() && !third.warns && third.low == "134", "{third:?}");

    let withdraw = |of: Waiting, why: Option<&str>| {
        let run = move |tx: &mut crate::Tx<'_, '_>| tx.run(WithdrawProposal(of));
        code(world.lab.submit(world.actor(Role::Supervisor), why.map(str::to_owned), run).wait())
    };
    let third = Waiting::Interval(third.id);
    assert_eq!(withdraw(third, None), "catalog-withdraw-needs-reason");
    assert_eq!(withdraw(third, Some("another method")), "done");
    assert_eq!((withdraw(third, Some("again")), waiting().len()), ("catalog-proposal-gone", 0));
    world.run(Actor::Console, AddToCatalog(starter::parse(own).unwrap())).unwrap();
    assert!(waiting().is_empty(), "what was withdrawn is not added again");

    propose(&world, sodium, None, Proposed::Limit(limit("", "170"))).unwrap();
    let limits = || world.read(|s| views::proposals(s)).1;
    let of_all = Waiting::Limit(limits()[0].id);
    correct(&world, of_all, Proposed::Limit(starter::Limit { low_op: "<".to_owned(), ..limit("118", "170") })).unwrap();
    assert_eq!(limits()[0].text, "< 118 or ≥ 170");
    let signed = limits()[0].id;
    approve(&world, vec![], vec![signed]).unwrap();
    assert_eq!(withdraw(Waiting::Limit(signed), Some("late")), "catalog-proposal-gone", "what is in force stays");
}

/// A row of critical limits: ages, bounds and rank.
type Row = (&'static str, &'static str, &'static str, &'static str, i64);

fn limits(rows: &[Row]) -> String {
    let row = |(ages, source, low, high, rank): &Row| {
        let bound = |side: &str, op: &str, value: &str| match value {
            "" => String::new(),
            value => format!(r#"{side} = "{value}", {side}_op = "{op}", "#),
        };
        let (low, high) = (bound("low", "<=", low), bound("high", ">=", high));
        format!(
            r#"{{ analyte = "crp", population = "any", age_low = "{ages}", {low}{high}unit = "mg/L", source = "{source}", rank = {rank} }}"#
        )
    };
    format!("limit = [{}]", rows.iter().map(row).collect::<Vec<_>>().join(", "))
}

#[test]
fn of_critical_limits_from_several_sources_the_most_cautious_is_signed_with_the_others() {
    let cases: &[(&[Row], Result<&str, LeftOut>)] = &[
        (&[("", "s", "5", "324", 1), ("", "t", "5", "299", 2)], Ok("≤ 5 or ≥ 299")),
        (&[("", "s", "5", "324", 1), ("", "t", "7", "299", 2), ("", "u", "6", "310", 3)], Ok("≤ 7 or ≥ 299")),
        (&[("", "s", "", "324", 1), ("", "t", "5", "324", 2)], Ok("≤ 5 or ≥ 324")),
        (&[("", "s", "5", "324", 1), ("", "t", "5", "324", 2)], Ok("≤ 5 or ≥ 324")),
        // Either is the more cautious one at one end.
        (&[("", "s", "7", "324", 1), ("", "t", "5", "299", 2)], Err(LeftOut::Rivals)),
        (&[("", "s", "5", "", 1), ("", "t", "", "299", 2)], Err(LeftOut::Rivals)),
        // The more cautious one is for some of the people only.
        (&[("", "s", "5", "324", 1), ("60 a", "t", "5", "299", 2)], Err(LeftOut::Rivals)),
        (&[("", "s", "5", "299", 1), ("60 a", "t", "5", "324", 2)], Ok("≤ 5 or ≥ 299")),
        (&[("", "s", "5", "324", 1), ("", "t", "5", "299", 1)], Err(LeftOut::Overlap)),
    ];
    for (rows, expected) in cases {
        let world = World::new();
        import(&world, &limits(rows)).unwrap();
        let chosen = bulk(&world);
        let (_, proposed) = world.read(|s| views::proposals(s));
        let signed: Vec<_> = proposed.iter().filter(|l| chosen.limits.contains(&l.id)).map(|l| &*l.text).collect();
        match expected {
            Ok(text) => assert_eq!(signed, [*text], "{rows:?}: {chosen:?}"),
            Err(why) => {
                assert!(signed.is_empty(), "{rows:?}: {signed:?}");
                assert_eq!(chosen.left_out, [(world.analyte("crp"), *why)], "{rows:?}");
            }
        }
    }
}

#[test]
fn a_choice_of_one_source_does_not_pass_over_a_more_cautious_limit_of_another() {
    let world = World::new();
    import(&world, &limits(&[("", "s", "5", "324", 1), ("", "t", "5", "299", 2)])).unwrap();
    let ((intervals, limits), answers) = world.read(|s| Ok((views::all(s)?, views::all_answers(s)?)));
    let of = |source: &'static str| super::Bulk::of(&intervals, &limits, &answers, |w| w.source == source);
    assert_eq!(of("s").left_out, [(world.analyte("crp"), LeftOut::Rivals)]);
    assert_eq!(of("t").limits.len(), 1);
}

#[test]
fn of_intervals_that_differ_none_is_signed_with_the_others() {
    let text = |source: &str, low: &str, rank: i64| {
        format!(
            r#"{{ analyte = "lipase", sex = "any", low = "{low}", high = "60", unit = "U/L", type = "reference", source = "{source}", rank = {rank} }}"#
        )
    };
    for (other, expected) in [("13", 1), ("15", 0)] {
        let world = World::new();
        import(&world, &format!("interval = [{}, {}]", text("s", "13", 1), text("t", other, 2))).unwrap();
        let chosen = bulk(&world);
        assert_eq!(chosen.intervals.len(), expected, "{other}: {chosen:?}");
        let left_out: &[_] = if expected == 0 { &[(world.analyte("lipase"), LeftOut::Rivals)] } else { &[] };
        assert_eq!(chosen.left_out, left_out);
    }
}
