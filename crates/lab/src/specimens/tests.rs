use super::{
    REJECTION_REASONS, SpecimenId, State,
    commands::{self, ExpectSpecimens},
    tube_number, views,
};
use crate::{
    Role,
    orders::{OrderId, Priority},
    testing::{World, arg, code, refusal},
    ways::{self, NewOrder},
    work,
};

fn barcode(world: &World, specimen: SpecimenId) -> String {
    world.read(move |s| views::specimen(s, specimen)).unwrap().barcode
}

#[test]
fn tubes_are_numbered_by_year_day_and_number_of_the_day() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let place = |tests: &[&str]| -> Vec<String> {
        let (_, specimens) = world.place(world.order(patient, tests), None).unwrap();
        specimens.into_iter().map(|s| barcode(&world, s)).collect()
    };
    assert_eq!(place(&["sodium"]), ["2632600001"]);
    assert_eq!(place(&["sodium", "hemoglobin"]), ["2632600002", "2632600003"]);
    // A tube came with a label that bears a number of ours.
    world.ordered(patient, &["sodium"], "2632600004");
    assert_eq!(place(&["sodium"]), ["2632600005"], "a number that is taken is passed over");
    world.pass_until("2026-11-22T22:59:59Z");
    assert_eq!(place(&["sodium"]), ["2632600006"]);
    world.pass(1);
    assert_eq!(place(&["sodium"]), ["2632700001"], "the laboratory's midnight, not universal time's");
    world.pass_until("2027-01-01T00:00:00Z");
    assert_eq!(place(&["sodium"]), ["2700100001"]);
}

/// Tubes that were numbered after the backup was made are on the benches and in no table.
#[test]
fn a_restored_laboratory_gives_no_number_of_that_day_a_second_time() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let order = || world.order(patient, &["sodium"]);
    world.place(order(), None).unwrap();
    world.pass(60);
    let lab = world.restored();
    let place = |order| {
        let placed = lab.submit(world.technician(), None, move |tx| ways::place(tx, order));
        let specimen = placed.wait().unwrap().1[0];
        lab.read(move |s| Ok(views::specimen(s, specimen)?)).wait().unwrap().unwrap().barcode
    };
    let at = lab.read(|s| Ok(titer_store::reading::head(s)?.at)).wait().unwrap();
    world.pass((at.micros() - world.now().micros()) / 1_000_000 + 1);
    let numbers = [place(order()), place(order())];
    let day = &numbers[0][..5];
    assert_eq!(numbers, [format!("{day}1000001"), format!("{day}1000002")]);
}

/// Journals a tube with a number of the test's day, as if all numbers before it had been given that day.
fn numbered(world: &World, barcode: &str, sequence: i64) {
    let patient = world.patient("MRN-9");
    let (order, _) = world.place(world.order(patient, &["sodium"]), Some(&format!("of {barcode}"))).unwrap();
    let barcode = barcode.to_owned();
    let tubes = vec![super::events::Tube { barcode, specimen_type: 1, day: 2_026_326, sequence }];
    let event = super::events::Expected { order: order.0, patient: patient.0, priority: 2, collected_at: None, tubes };
    let journalled = world.lab.store().submit(move |tx| tx.journal(crate::Actor::Console, None, &event).map(|_| ()));
    journalled.wait().unwrap();
}

#[test]
fn from_the_day_s_number_100_000_on_a_label_has_two_digits_more() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let place = || {
        let (_, specimens) = world.place(world.order(patient, &["sodium"]), None).unwrap();
        barcode(&world, specimens[0])
    };
    numbered(&world, "2632699998", 99_998);
    assert_eq!([place(), place(), place()], ["2632699999", "263260100000", "263260100001"]);
}

#[test]
fn when_the_numbers_of_a_day_are_used_up_it_says_so() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    numbered(&world, "263269999999", 9_999_999);
    assert_eq!(code(world.place(world.order(patient, &["sodium"]), None)), "specimens-numbers-used-up");
    assert_eq!(code(world.place(world.order(patient, &["sodium"]), Some("LABEL-1"))), "done");
}

#[test]
fn a_label_that_came_with_the_tube_is_taken_as_it_is_once() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.ordered(patient, &["sodium"], "T20-10143GA D07");
    let longest = "9".repeat(tube_number::CHARS_MAX);
    let too_long = "9".repeat(tube_number::CHARS_MAX + 1);
    let cases = [
        (&["sodium"][..], "", "text-missing"),
        (&["sodium"], "  ", "text-missing"),
        (&["sodium"], "T20\u{1d}10143", "text-control"),
        (&["sodium"], &too_long, "specimens-barcode-long"),
        (&["sodium"], "RÖHRE-1", "specimens-barcode-characters"),
        (&["sodium"], "T20\u{200b}10143", "text-control"),
        (&["sodium"], "T20-10143GA D07", "specimens-barcode-taken"),
        (&["sodium"], " T20-10143GA D07\r\n", "specimens-barcode-taken"),
        (&["sodium"], "t20-10143ga d07", "specimens-barcode-taken"),
        (&["sodium", "hemoglobin"], "LABEL-1", "specimens-one-label-many-tubes"),
        (&["sodium"], &longest, "done"),
    ];
    for (tests, label, expected) in cases {
        assert_eq!(code(world.place(world.order(patient, tests), Some(label))), expected, "{label:?}");
    }
}

#[test]
fn a_tube_is_its_order_s_patient_s_whatever_else_is_said() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, first) = world.ordered(patient, &["sodium"], "T1");
    let types = vec![world.read(move |s| views::specimen(s, first)).unwrap().specimen_type];
    let again = |order, collected_at| ExpectSpecimens { order, types: types.clone(), collected_at, barcode: None };
    let later = Some(world.now().plus_seconds(1));
    assert_eq!(code(world.run(world.technician(), again(OrderId(1), None))), "orders-unknown");
    assert_eq!(code(world.run(world.technician(), again(order, later))), "orders-collected-in-future");
    let unborn = Some(crate::testing::time("1971-04-01T12:00:00Z"));
    assert_eq!(code(world.run(world.technician(), again(order, unborn))), "orders-collected-before-birth");
    let second = world.run(world.technician(), again(order, None)).unwrap()[0];
    assert_eq!(world.read(move |s| views::specimen(s, second)).unwrap().patient.id, patient);
    let of_order = world.read(move |s| views::of_order(s, order));
    assert_eq!(of_order.iter().map(|s| s.id).collect::<Vec<_>>(), [first, second]);
}

/// What lists the tubes of an order lists all of them.
#[test]
fn an_order_has_no_more_tubes_than_are_listed() {
    let world = World::new();
    let (order, first) = world.ordered(world.patient("MRN-1"), &["sodium"], "T1");
    let of_type = world.read(move |s| views::specimen(s, first)).unwrap().specimen_type;
    let expect = |tubes: i64| {
        let types = vec![of_type; tubes as usize];
        code(world.run(world.technician(), ExpectSpecimens { order, types, collected_at: None, barcode: None }))
    };
    assert_eq!(expect(views::OF_ORDER_MAX), "specimens-too-many");
    assert_eq!(expect(views::OF_ORDER_MAX - 1), "done");
    assert_eq!(expect(1), "specimens-too-many");
    assert_eq!(world.read(move |s| views::of_order(s, order)).len() as i64, views::OF_ORDER_MAX);
}

#[test]
fn a_tube_is_received_once_by_its_scanned_barcode() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.ordered(patient, &["sodium"], "T1");
    let (_, other) = world.ordered(patient, &["sodium"], "T2");
    world.reject(other, "clotted").unwrap();
    world.pass(60);
    let cases = [
        ("", "text-missing"),
        ("T9", "specimens-unknown"),
        (" t1\n", "done"),
        ("T1", "specimens-already-received"),
        ("Ｔ1", "specimens-already-received"),
        ("T2", "specimens-was-rejected"),
    ];
    for (scanned, expected) in cases {
        assert_eq!(code(world.receive(scanned)), expected, "{scanned:?}");
    }
    assert_eq!(arg(&refusal(world.receive("T9")), "barcode"), "T9");
    let received = world.read(move |s| views::specimen(s, specimen)).unwrap();
    assert_eq!((received.state, received.received_at), (State::Received, Some(world.now())));
    let day = world.now().plus_seconds(-3_600);
    let shown = world.read(move |s| views::received_since(s, day));
    let shown: Vec<_> = shown.into_iter().map(|(s, by)| (s.id, by)).collect();
    assert_eq!(shown, [(specimen, Some(world.account(Role::Technician).0))]);
}

#[test]
fn a_tube_is_rejected_for_a_reason_that_there_is_before_it_has_results() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, measured) = world.received(patient, &["sodium"], "T1");
    world.filed("T1", "sodium", "140");
    let (_, received) = world.received(patient, &["sodium"], "T2");
    let (_, expected) = world.ordered(patient, &["sodium"], "T3");
    let cases = [
        (SpecimenId(1), "clotted", "specimens-gone"),
        (received, "", "specimens-reason-unknown"),
        (received, "ugly", "specimens-reason-unknown"),
        (measured, "clotted", "specimens-has-results"),
        (received, "clotted", "done"),
        (received, "clotted", "specimens-was-rejected"),
        (expected, "leaked", "done"),
    ];
    for (specimen, reason, expected) in cases {
        assert_eq!(code(world.reject(specimen, reason)), expected, "{reason:?}");
    }
    let rejected = world.read(move |s| views::specimen(s, received)).unwrap();
    assert_eq!((rejected.state, rejected.reason.as_str()), (State::Rejected, "clotted"));
    assert_eq!(REJECTION_REASONS.len(), 8);
}

#[test]
fn a_tube_that_is_here_is_thrown_away_once_and_keeps_its_results() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, expected) = world.ordered(patient, &["sodium"], "T1");
    let (_, received) = world.received(patient, &["sodium"], "T2");
    let (_, rejected) = world.received(patient, &["sodium"], "T3");
    world.filed("T2", "sodium", "140");
    world.reject(rejected, "clotted").unwrap();
    let cases = [
        (SpecimenId(1), "specimens-gone"),
        (expected, "specimens-not-received"),
        (received, "done"),
        (received, "specimens-was-discarded"),
        (rejected, "done"),
    ];
    for (specimen, answer) in cases {
        let discarded = world.lab.submit(world.technician(), None, move |tx| ways::discard(tx, specimen));
        assert_eq!(code(discarded.wait()), answer, "{specimen}");
    }
    assert_eq!(world.read(move |s| views::specimen(s, received)).unwrap().state, State::Discarded);
    assert_eq!(world.results(received).len(), 1);
    assert_eq!(code(world.receive("T2")), "specimens-was-discarded");
    assert_eq!(code(world.reject(received, "clotted")), "specimens-was-discarded");
}

#[test]
fn what_is_expected_is_listed_the_most_urgent_first_until_it_comes() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    for (label, priority) in
        [("R1", Priority::Routine), ("U1", Priority::Urgent), ("R2", Priority::Routine), ("S1", Priority::Stat)]
    {
        let order = NewOrder { priority, ..world.order(patient, &["sodium"]) };
        world.place(order, Some(label)).unwrap();
        world.pass(1);
    }
    let awaited =
        || -> Vec<String> { world.read(|s| work::views::awaited(s)).into_iter().map(|s| s.barcode).collect() };
    assert_eq!(awaited(), ["S1", "U1", "R1", "R2"]);
    world.receive("U1").unwrap();
    let r1 = world.read(|s| views::by_barcode(s, "R1")).unwrap().id;
    world.reject(r1, "leaked").unwrap();
    assert_eq!(awaited(), ["S1", "R2"]);
    assert_eq!(world.read(|s| work::views::count_awaited(s)), crate::Counted::all(2));
}

/// Journals of before may hold tubes whose numbers differ in their letters only.
#[test]
fn of_two_tubes_of_before_each_is_found_by_its_own_number_and_neither_by_another() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (order, _) = world.ordered(patient, &["sodium"], "T1");
    let tube =
        |barcode: &str| super::events::Tube { barcode: barcode.to_owned(), specimen_type: 1, day: 0, sequence: 0 };
    let tubes = vec![tube("Ab12cd"), tube("ab12CD")];
    let event = super::events::Expected { order: order.0, patient: patient.0, priority: 2, collected_at: None, tubes };
    let journalled = world.lab.store().submit(move |tx| tx.journal(crate::Actor::Console, None, &event).map(|_| ()));
    journalled.wait().unwrap();
    assert_eq!(code(world.receive("AB12CD")), "specimens-unknown");
    let first = world.receive("Ab12cd").unwrap();
    assert_eq!(barcode(&world, first), "Ab12cd");
    let second = world.receive(" ab12CD ").unwrap();
    assert_eq!(barcode(&world, second), "ab12CD");
    let order = world.order(patient, &["sodium"]);
    assert_eq!(code(world.place(order, Some("aB12cD"))), "specimens-barcode-taken");
}

/// A scan of a wristband could be taken for a scan of the tube, and a typed order number for either.
#[test]
fn no_tube_gets_a_number_that_a_patient_or_an_order_has() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    world.patient("2632600001");
    let placed = |barcode: &str| code(world.place(world.order(patient, &["sodium"]), Some(barcode)));
    for taken in ["mrn-1", " MRN-1 ", "2632600001"] {
        assert_eq!(placed(taken), "specimens-barcode-identifier", "{taken}");
    }
    let (order, made) = world.place(world.order(patient, &["sodium"]), None).unwrap();
    assert_eq!(barcode(&world, made[0]), "2632600002", "a number that a patient has is passed over");
    let number = (order.0 / titer_store::PLACES).to_string();
    assert_eq!(placed(&number), "specimens-barcode-order");
    assert_eq!(placed(&format!("0{number}")), "done", "an order's number is written without zeros before it");
}

#[test]
fn a_scan_of_a_number_that_another_patient_bears_is_confirmed() {
    let world = World::new();
    let patient = world.patient("MRN-1");
    let (_, specimen) = world.place(world.order(patient, &["sodium"]), Some("UU-2")).unwrap();
    let specimen = specimen[0];
    let meant = |confirmed: &str| {
        let confirmed = confirmed.to_owned();
        let asked = world.lab.submit(world.technician(), None, move |tx| commands::meant(tx, specimen, &confirmed));
        asked.wait()
    };
    assert_eq!(code(meant("")), "done");
    let other = world.patient("uu-2");
    let asked = refusal(meant(""));
    assert_eq!((asked.code, arg(&asked, "barcode").as_str()), ("specimens-barcode-of-patient", "UU-2"));
    assert_eq!(arg(&asked, "tube"), format!("{specimen}:{other}"));
    assert_eq!(code(meant("yes")), "specimens-barcode-of-patient");
    assert_eq!(code(meant(&arg(&asked, "tube"))), "done");
}
