review-waiting = { $count ->
    [one] 1 result to review
   *[other] { $count } results to review
}
review-critical = { $count ->
    [one] 1 critical
   *[other] { $count } critical
}
review-held = { $count } held
review-none = No results to review
review-none-next = Results appear here when they arrive, critical results first.
review-mark-column = Mark
review-mark = Mark { $test }, tube { $tube }
review-mark-all = Mark all results that are neither held nor critical nor entered by hand
review-mark-tube = Mark all results of tube { $tube } that are neither held nor critical nor entered by hand
review-alone = Held and critical results, and results by hand, are marked one by one.
review-sign = Sign marked…
review-shows-first = The next page shows what you sign.
review-marked-none = No results marked
review-marked = { $count ->
    [one] 1 result marked
   *[other] { $count } results marked
}
review-sign-title = Sign
review-sign-count = { $count ->
    [one] You are about to sign one result
   *[other] You are about to sign { $count } results
}
review-sign-none = No results to sign
review-sign-none-next = Mark the results that you have reviewed, then sign.
review-left-out = { $count ->
    [one] One marked result is left out:
   *[other] { $count } marked results are left out:
}
review-meaning = { $count ->
    [one] I have reviewed this result against its specimen, its history and its flags, and verify it for reporting.
   *[other] I have reviewed these { $count } results against their specimens, their history and their flags, and verify them for reporting.
}
review-verify = Sign and verify
review-lifts = { $count ->
    [one] One result is held. Its reasons are beside it. Your signature says that you have resolved them.
   *[other] { $count } results are held. Their reasons are beside them. Your signature says that you have resolved them.
}
review-left-verified = { $by } verified it on { $at }.
review-left-repeat = It was cancelled and a repeat was asked for: { $by }, { $at }.
review-left-changed = It changed after you opened the page. Check it again before you sign.
review-judged-again = An interval, a limit, an answer, an instrument or a test system was changed after these results were judged. They were judged again now. Nothing was signed: look at the results again, then sign.
review-changed = Some results changed while the page was open, so nothing was signed. The results that can still be signed are listed below.
review-all-verified = All marked results are verified already. Nothing more was signed.
review-verified = { $count ->
    [one] One result is verified. Its report is being made.
   *[other] { $count } results are verified. Their reports are being made.
}
review-repeat = Repeat…
review-repeat-title = Ask for a repeat
review-repeat-means = This result is cancelled. It stays on record and is not reported.
review-repeat-why = Reason
review-repeat-why-hint = For example: haemolysed, wrong dilution, does not fit earlier results
review-repeat-do = Cancel result and ask for a repeat
review-repeat-done = The result is cancelled. Measure the specimen again; the new result appears here.
corrections-title = Corrections to decide
corrections-decide = Correction to decide
corrections-means = A later value contradicts this verified result. Until somebody has decided, no other result of this test and tube can be verified. If the value is measured again after the decision, a new correction opens.
corrections-stands = Verified result
corrections-contradicts = Contradicting value
corrections-critical-value = Critical
corrections-undecided-value = Treat as critical
corrections-others = { $count ->
    [one] and 1 more value
   *[other] and { $count } more values
}
corrections-owner = Owner
corrections-since = Waiting since
corrections-more = There are more corrections than are listed here. The others appear when these are decided.
corrections-why = Why the verified result stands
corrections-why-hint = For example: the second measurement was of a diluted specimen
corrections-otherwise = If the verified result is wrong, do not sign. Correct the result by your own procedure, and tell the requester. Titer cannot correct results yet, so this correction stays open.
corrections-meaning = I have compared the verified result { $value } with the values that contradict it, and decide that it stands.
corrections-stand = Sign: the result stands
corrections-decided = The verified result stands. Your reason is on record.
corrections-decided-left = { $count ->
    [one] Your decision is on record, but one more value contradicts this result. It came after you had opened the page. Decide on this value too.
   *[other] Your decision is on record, but { $count } more values contradict this result. They came after you had opened the page. Decide on these values too.
}
corrections-closed = Correction decided
corrections-closed-means = No value that contradicts this result is to be decided. If the test is measured again, and the value contradicts this result, a new correction opens.
corrections-decision = { $by } decided on { $at } that the verified result stands. Reason: { $why }
corrections-no-value = no value
corrections-critical = A contradicting value is critical. Check the value, and notify the requester without delay.
corrections-undecided = No approved limit decides whether a contradicting value is critical for this patient. Treat it as critical: check the value, and notify the requester without delay.
corrections-dismissed = Values decided earlier
corrections-message = Message
corrections-said = Reasons
corrections-more-values = more values
corrections-contradicted-critical = Contradicted by the critical value { $value }. Notify the requester without delay. { $owner } is to decide whether this result is corrected: see Corrections to decide in Review.
corrections-contradicted-critical-seen = Contradicted by the critical value { $value }. { $owner } is to decide whether this result is corrected: see Corrections to decide in Review.
corrections-contradicted-undecided = Contradicted by { $value }, which is to be treated as critical: no approved limit decides it. Notify the requester without delay. { $owner } is to decide whether this result is corrected: see Corrections to decide in Review.
corrections-contradicted-undecided-seen = Contradicted by { $value }, which is to be treated as critical: no approved limit decides it. { $owner } is to decide whether this result is corrected: see Corrections to decide in Review.
corrections-contradicted = Contradicted by { $value }. { $owner } is to decide whether this result is corrected: see Corrections to decide in Review.
