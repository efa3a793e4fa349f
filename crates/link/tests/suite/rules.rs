//! The rules by which links protect patients, each with the tests that show it.

use std::{collections::BTreeMap, fs, path::Path};

/// A rule, and its tests: a file from the root of the crates, and the names of tests in it.
type Rule = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const FILING: &str = "link/tests/suite/filing.rs";
const REASONS: &str = "link/src/filing/tests.rs";
const MAPPINGS: &str = "link/src/links/tests.rs";
const BAD: &str = "link/tests/suite/bad_input.rs";
const OPERATE: &str = "link/tests/suite/operate.rs";
const MEANING: &str = "link/tests/suite/meaning.rs";
const FOLLOW: &str = "link/tests/suite/follow.rs";
const RESULTS: &str = "lab/src/results/tests.rs";
const CALCULATED: &str = "lab/src/results/calculated/tests.rs";
const ENTRY: &str = "lab/src/results/entry/tests.rs";
const BENCH: &str = "web/tests/suite/bench.rs";
const REVIEW: &str = "lab/src/results/tests/review.rs";
const INSTRUMENTS: &str = "link/tests/suite/instruments.rs";
const SYSTEMS: &str = "lab/src/systems/tests.rs";
const PEOPLE: &str = "lab/src/people/tests.rs";

/// The way of a result (1-3), then what protects the patient (by its number).
const RULES: &[Rule] = &[
    (
        "1 bytes may come split, late, damaged or in contention",
        &[(
            BAD,
            &[
                "a_damaged_frame_is_sent_again_and_counts_once",
                "a_message_may_come_in_two_parts_split_at_any_byte",
                "noise_and_a_frame_without_an_end_do_not_stop_the_next_message",
                "a_connection_that_ends_anywhere_files_once_when_it_is_sent_again",
            ],
        )],
    ),
    (
        "2 message and events commit together, and only then is the sender told",
        &[
            (FILING, &["a_message_and_all_that_follows_from_it_are_kept_together"]),
            (
                OPERATE,
                &[
                    "a_message_is_acknowledged_once_it_is_stored",
                    "what_cannot_be_stored_is_not_acknowledged_until_it_can",
                ],
            ),
        ],
    ),
    (
        "2 what cannot be understood is kept, shown and replayed",
        &[
            (
                FILING,
                &[
                    "what_is_known_is_filed_beside_what_is_not_and_replaying_files_the_rest",
                    "a_message_that_cannot_be_filed_whatever_is_tried_is_kept_and_shown",
                ],
            ),
            (
                FOLLOW,
                &["all_that_wait_for_a_code_are_read_again_each_by_itself", "a_late_tube_files_what_waited_for_it"],
            ),
            (BAD, &["what_came_of_a_message_without_an_end_is_kept_and_held"]),
        ],
    ),
    (
        "3 the same message changes nothing; a rerun is never swallowed",
        &[
            (
                FILING,
                &[
                    "the_same_message_changes_nothing_the_second_time",
                    "the_same_content_by_another_link_is_another_message",
                    "content_that_says_no_time_is_filed_with_a_hold_and_suspected_when_it_comes_again",
                    "a_rerun_of_the_same_tube_is_kept_and_held",
                ],
            ),
            (REASONS, &["a_repeat_is_filed_when_a_person_has_asked_for_it_and_held_until_then"]),
        ],
    ),
    (
        "§1 nothing verifies by itself, and control material never lands on a patient",
        &[
            // There is no autoverification: neither a link nor the program may verify.
            (MEANING, &["controls_and_other_patients_are_noticed_by_every_profile"]),
            (PEOPLE, &["each_role_may_do_what_the_table_says_and_every_other_attempt_is_journalled"]),
            (REASONS, &["each_reason_to_hold_has_a_code_of_its_own"]),
        ],
    ),
    (
        "§2 the scanned identity alone files; what contradicts it, or is too early, holds",
        &[
            (
                REASONS,
                &[
                    "each_reason_to_hold_has_a_code_of_its_own",
                    "what_is_said_of_the_patient_can_contradict_and_never_identify",
                    "a_time_from_before_the_receipt_or_of_long_ago_holds_the_result",
                ],
            ),
            (FOLLOW, &["a_tube_that_was_unknown_files_nothing_by_itself"]),
            (BAD, &["two_patients_in_one_message_do_not_mix"]),
        ],
    ),
    (
        "§3 a mapping needs two people, and its first results the printout",
        &[
            (
                MAPPINGS,
                &[
                    "a_mapping_goes_from_proposed_to_approved_to_confirmed_by_signatures",
                    "what_no_person_proposed_is_proposed_by_one_person_and_approved_by_another",
                    "a_code_in_one_unit_and_kind_of_specimen_means_one_analyte",
                    "a_mapping_is_withdrawn_with_a_reason_and_once_in_use_by_a_signature",
                ],
            ),
            (FILING, &["a_result_is_held_until_its_mapping_was_compared_with_the_printout"]),
            (REASONS, &["a_mapping_is_of_one_kind_of_specimen"]),
            (FOLLOW, &["a_withdrawn_mapping_holds_what_was_filed_under_it"]),
            (MEANING, &["units_that_differ_are_converted_as_approved_or_refused"]),
        ],
    ),
    (
        "§4 the analyzer's flag is never ours; one that is not listed holds",
        &[
            (FILING, &["what_the_dialect_does_not_explain_goes_with_the_result_as_a_hold"]),
            (REASONS, &["a_flag_and_a_status_that_are_not_listed_hold_the_result"]),
            (MEANING, &["what_waits_for_nobody_is_kept_and_nothing_else"]),
        ],
    ),
    (
        "§6 a result is of a verified test system, whose required inputs hold when missing",
        &[
            (
                INSTRUMENTS,
                &[
                    "a_result_is_held_until_the_director_has_verified_its_test_system",
                    "a_result_of_a_module_that_is_not_said_or_not_known_is_held",
                    "a_value_beyond_the_measuring_range_or_without_a_required_input_is_held",
                ],
            ),
            (SYSTEMS, &["the_gate_says_exactly_why_a_value_is_held"]),
        ],
    ),
    (
        "§9 an input that changes re-evaluates what is calculated from it in the same commit",
        &[(
            CALCULATED,
            &[
                "a_repeated_input_puts_the_value_aside_and_its_repeat_gives_another",
                "a_corrected_sex_replaces_what_waits_and_is_decided_for_what_is_verified",
                "it_is_not_verified_before_its_inputs",
                "no_number_is_invented",
            ],
        )],
    ),
    (
        "§10 what was entered by hand is never marked with the others",
        &[(BENCH, &["what_is_entered_is_filed_and_what_is_refused_stays_as_it_was_typed"])],
    ),
    (
        // That a scan leads to its row is shown in the browser.
        "§12 a scan never reaches a result cell",
        &[(ENTRY, &["what_cannot_be_read_is_refused_and_the_rest_is_filed"])],
    ),
    (
        "§14 indeterminate, invalid and error are never negative",
        &[
            (BAD, &["odd_content_is_kept_held_or_shown_and_never_guessed"]),
            (
                MEANING,
                &[
                    "a_flag_that_changes_the_value_is_part_of_it_or_nothing_is_filed",
                    "the_good_repeat_after_no_result_is_no_second_result",
                ],
            ),
        ],
    ),
    (
        "§15 two people on one result: the second is refused, with who and when",
        &[
            (REVIEW, &["who_comes_second_is_told_who_was_first_and_when"]),
            (RESULTS, &["what_was_filed_under_a_withdrawn_meaning_is_held"]),
        ],
    ),
    // Suspending all autoverification is for when there is some.
    ("§16 only listed peers reach a link", &[(OPERATE, &["a_peer_that_is_not_listed_is_refused_and_shown"])]),
];

#[test]
fn every_rule_has_tests_that_there_are() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for (rule, tests) in RULES {
        let mut shown = 0;
        for (file, names) in *tests {
            let text = texts.entry(file).or_insert_with(|| fs::read_to_string(crates.join(file)).unwrap());
            for name in *names {
                assert!(text.contains(&format!("fn {name}(")), "{rule}: there is no test {name} in {file}");
                shown += 1;
            }
        }
        assert!(shown > 0, "{rule}: nothing shows it");
    }
}
