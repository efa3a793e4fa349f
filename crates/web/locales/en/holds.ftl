# Why a result is held for a person, and what to look at. Keys are `hold-<code>`; the detail is as the analyser sent it.
hold-critical = Critical value: check it, and tell the requester without delay.
hold-instrument-comment = The analyser's comment “{ $detail }” is not known here: look it up at the analyser.
hold-instrument-flag = The analyser's flag “{ $detail }” is not known here: look it up at the analyser.
hold-instrument-record = The analyser sent a record “{ $detail }” with it that is not known here: read it in the message.
hold-mapping-unconfirmed = First results of a new mapping: compare with the analyser's printout.
hold-mapping-withdrawn = Filed under a mapping that was withdrawn: it may be another test. Compare with the analyser's printout.
hold-measured-before-receipt = Measured { $detail }, before this tube was received: check that it is this tube's.
hold-measured-long-ago = Measured { $detail }, long ago: check that it is this tube's.
hold-no-interval = No approved interval fits this patient: judge the value yourself.
hold-no-time = The analyser did not say when it was measured: check that it is of this run.
hold-not-a-number = Not a number, so not judged: read it as it was sent.
hold-status = The analyser's status “{ $detail }” is not known here: check whether the result is final.
hold-undecided-critical = No approved limit tells whether this is critical for this patient: judge it yourself, and treat it as critical until then.
hold-undecided-flag = The value does not say on which side of the interval it lies: judge it yourself.
