reflex-title = Reflex rules
reflex-means = A reflex rule adds a test to the same tube if a verified result meets a condition. If the rule cannot add the test, a person decides.
reflex-none = No reflex rules yet
reflex-none-next = Propose one. The director approves it.
reflex-code = Code
reflex-code-hint = A letter first, then letters, digits and hyphens. If the code is in use, this becomes the next version of its rule.
reflex-version = Version
reflex-analyte = Result that the rule looks at
reflex-choose = Use this analyte
reflex-when = If
reflex-when-number = { $analyte } is { $stands } { $bound }
reflex-when-answers = { $analyte } is { $answers }
reflex-operator = The value is
reflex-operator-less = below
reflex-operator-less-or-equal = at most
reflex-operator-greater = above
reflex-operator-greater-or-equal = at least
reflex-bound = Bound
reflex-answers = The answer is one of these
reflex-adds = Test to add
reflex-hours = Stability of the test
reflex-hours-hint = For how many hours after collection the test can be measured
reflex-hours-after = { $hours } h after collection
reflex-source = Source
reflex-source-hint = The guideline or procedure that the rule comes from
reflex-by = Last change
reflex-by-at = { $by }, { $at }
reflex-proposed = Proposed
reflex-approved = Approved
reflex-ended = Ended
reflex-of = Reflex rule { $code }
reflex-replaces = If you approve this, the version in force ends: { $when }, add { $test }.
reflex-propose = Propose reflex rule
reflex-propose-done = The rule is proposed. The rule adds nothing before the director approves it.
reflex-approve = Approve reflex rule
reflex-approve-done = The rule is in force.
reflex-meaning = I approve that this rule adds this test without a person.
reflex-end = End reflex rule
reflex-dismiss-proposal = Dismiss proposal
reflex-end-why = Reason
reflex-end-done = The rule has ended. Tests that the rule added stay.
reflex-unfit-analyte = This rule does not run: the catalogue does not have its analyte.
reflex-unfit-condition = This rule does not run: results of its analyte cannot meet the condition as it stands.
reflex-unfit-test = This rule does not run: its test cannot be ordered.
reflex-unfit-unit = This rule does not run: the unit of its analyte has changed.
reflex-why-cancelled = A person has cancelled a part of this test
reflex-why-chain = Too many rules would follow each other
reflex-why-old = The tube is too old for this test, or its collection time is not known
reflex-why-test = The test cannot be ordered
reflex-why-tube = The test needs another tube, or the tube is not here
reflex-why-undecided = The value does not decide whether the rule applies
reflex-added-by = Added by rule { $rule }, version { $version }

reflex-open-title = Tests that a rule could not add
reflex-open-more = There are more than are listed here. The others appear when these are decided.
reflex-suggestion-title = Test that a rule could not add
reflex-suggestion-of = Consider { $test }
reflex-suggestion-result = Result
reflex-suggestion-rule = Rule
reflex-suggestion-why = Why the rule did not add the test
reflex-suggestion-add-means = The test is added to the order. If no tube fits, a new tube is expected.
reflex-suggestion-add = Add test
reflex-suggestion-added = The test is added to the order.
reflex-suggestion-dismiss = Dismiss
reflex-suggestion-dismissed = The suggestion is dismissed. Nothing was added.

action-apply-reflex-rules = Add the tests of reflex rules
action-approve-reflex-rules = Approve reflex rules and end them
action-decide-reflex-suggestions = Decide on tests that a reflex rule could not add
action-propose-reflex-rules = See and propose reflex rules

event-reflex-applied = A reflex rule could not add a test. A person decides: { $detail }.
event-reflex-approved = Reflex rule approved.
event-reflex-decided = { $detail ->
    [added] A person added the test that a reflex rule could not add.
   *[dismissed] A person dismissed the test that a reflex rule could not add.
}
event-reflex-ended = Reflex rule ended.
event-reflex-proposed = Reflex rule proposed.

refused-reflex-analyte = Choose an analyte from the list.
refused-reflex-bound = The bound cannot be read. Write a number, for example 4.5.
refused-reflex-circle = The rules would go round in a circle: { $test } would, by this rule or others, add the test that this rule looks at. Choose another test.
refused-reflex-code = Give a code of at most { $limit } characters: a letter first, then letters A to Z, digits and hyphens.
refused-reflex-condition = Results of this analyte cannot meet this condition. For a number, choose how the value stands to the bound. For answers, choose some of them, but not all.
refused-reflex-decided = { $who ->
    [person] This was decided already: by { $by } ({ $at }). Nothing more was done.
   *[unknown] This was decided already. Open the list again to see by whom.
}
refused-reflex-dismissal-needs-reason = Give a reason. The reason is kept on record.
refused-reflex-end-needs-reason = Give a reason. The reason is kept on record.
refused-reflex-not-as-journalled = This proposal is not what was proposed: somebody changed the database. Tell the system administrator.
refused-reflex-own-proposal = You proposed this rule. Another person proposes, and you approve; or another director approves.
refused-reflex-proposed-already = A version of { $code } is proposed already. Approve or dismiss that version first.
refused-reflex-stable-hours = Give the hours as a number from 1 to { $limit }.
refused-reflex-suggestion-unknown = There is no such suggestion. Find it in Review.
refused-reflex-test = This test cannot be ordered. Choose another test.
refused-reflex-too-many = A laboratory can have at most { $limit } versions of reflex rules, ended ones among them. Tell the system administrator.
refused-reflex-unit = The unit of the analyte has changed since this was proposed. Propose the rule again.
refused-reflex-unknown = There is no such rule. Find it in the list of reflex rules.
