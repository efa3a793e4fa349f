# Why a result is held for a person, and what to check. Keys are `hold-<code>`; the detail is as the analyzer sent it.
hold-critical = Critical value: check it, and notify the requester without delay.
hold-instrument-comment = The analyzer sent the comment “{ $detail }”, which its dialect does not list: find its meaning at the analyzer.
hold-instrument-flag = The analyzer sent the flag “{ $detail }”, which its dialect does not list: find its meaning at the analyzer.
hold-instrument-record = The analyzer sent a record “{ $detail }” with this result, which its dialect does not list: read it in the message.
hold-mapping-unconfirmed = First results of a new mapping: compare with the analyzer's printout.
hold-mapping-withdrawn = Filed under a mapping that was withdrawn: the value may belong to another test. Compare with the analyzer's printout.
hold-measured-before-receipt = Measured { $detail }, before this tube was received: check that the result belongs to this tube.
hold-measured-long-ago = Measured { $detail }, long ago: check that the result belongs to this tube.
hold-no-interval = No approved interval fits this patient: judge the value yourself.
hold-no-time = The analyzer sent no time of measurement: check that the result belongs to this run.
hold-not-a-number = Not a number, so not judged: read the value as it was sent.
hold-status = The analyzer sent the status “{ $detail }”, which its dialect does not list: check whether the result is final.
hold-undecided-critical = No approved limit decides whether this value is critical for this patient: treat it as critical until you have judged it yourself.
hold-undecided-flag = The value may lie inside or outside the interval: judge it yourself.
hold-contradicted = Another value came for this test and tube: { $detail }. Find out which one is right. If it is the other one, ask for a repeat of this result, then read the held message again.
hold-time-never = The analyzer sent the time { $detail }, which the clocks skipped: check that the result belongs to this run, and the analyzer's clock.
hold-time-twice = The analyzer sent the time { $detail }, which the clocks showed twice: check that the result belongs to this run.
