messages-title = Messages
messages-which = Which messages
messages-held = Held
messages-kept = Kept
messages-kept-none = No kept messages
messages-kept-next = This list holds messages that need nobody: a message that was sent again, a value that is empty by design, or a suspect flag that already holds its results. No value of a patient is missing because of them.
messages-kept-for = { $reason }: { $count }
kept-exact-resend = Sent again, nothing changed
kept-may-be-empty = A value that is empty by design
kept-suspect-flag = A suspect flag that already holds its results
messages-kept-because = Kept because
messages-means-unsent = { $meaning }. The analyzer sends no unit: whoever approves signs that the values are in this unit.
messages-answer = { $words } (code { $code }, { $meaning })
messages-answer-unapproved = { $words } (code { $code }, { $meaning }; the director has not approved this meaning)
messages-answer-replaced = { $words } (code { $code }, { $meaning }; replaced: no new result gets this answer)
messages-means-answer = “{ $word }” means { $test }: { $answer }
messages-means-times = { $meaning }, each value × { $factor }
messages-all = All
messages-none = No held messages
messages-none-next = A message that cannot be filed is kept and listed here with the reason. No message is lost.
messages-arrived = Arrived
messages-link = Link
messages-specimen = Specimen as sent
messages-carries = Contents
messages-why = Why it is held
messages-held-because = Held because
messages-reasons-more = and { $count } more
messages-nothing-lost = No value is lost: the message is kept as received. Resolve the reason, then read the message again.
messages-replay = Read message again
messages-unmapped = Propose a mapping for code { $code }
messages-unmapped-next = You propose the mapping, another person approves it.
messages-means = Laboratory test
messages-propose = Propose mapping
messages-results = Results in this message
messages-code = Code
messages-not-mapped = not mapped
messages-value-sent = Value as sent
messages-unit-sent = Unit as sent
messages-flags-sent = Analyzer's flags
messages-flags-not-ours = The analyzer's flags are shown as sent. They are never used as this laboratory's flags.
messages-measured = Measured
messages-records = Records
messages-raw = As received
messages-raw-more = Only the first part is shown here. Download the message for the rest.
messages-download = Download message
messages-sender = Sender
messages-size = Size
messages-bytes = { $count ->
    [one] 1 byte
   *[other] { $count } bytes
}
messages-filed = { $count ->
    [one] 1 result filed
   *[other] { $count } results filed
}
messages-codes = codes { $codes }
messages-mappings = Mappings
messages-more = Only the first part is shown here. Download the message for the rest.
messages-read-filed = The message is filed. Its results are in Review.
messages-read-held = The message is still held. Its reasons are listed below.
messages-signed = The mapping is signed. Read the message again to file its results.
messages-proposed = The mapping is proposed. After another person has approved it, read the message again.
messages-dismiss = Dismiss message
messages-dismiss-means = If you dismiss the message, no more of its results are filed. The message stays on record, with your reason.
messages-dismiss-why = Reason
record-header = Header
record-patient = Patient
record-order = Order
record-result = Result
record-comment = Comment
record-manufacturer = Manufacturer's own
record-query = Query
record-scientific = Scientific
record-terminator = End
record-other = Unknown
messages-no-question = Query
messages-no-question-mark = This query has the mark “{ $mark }” and asks for no tube. It is not answered.
messages-answered = Answered
messages-answered-at = { $at }: { $said }
messages-replay-all = { $count ->
    [one] Read 1 message again
   *[other] Read { $count } messages again
}
messages-replayed = Messages read again: { $filed } filed, { $held } still held, { $passed } not read because they can no longer be read again.
messages-about-none = No message is held for this any more
messages-about-none-next = Messages may still be held for another reason: see all held messages.
messages-every = All held messages
messages-about-mapping = Messages held because code { $code } ({ $also }) has no approved mapping
messages-about-receipt = Messages held because tube { $tube } is not received
messages-about-specimen = Held messages about tube { $tube }
messages-about-reason = Messages held because of { $code }
messages-others = Other messages held for the same reason
messages-others-count = { $count ->
    [one] 1 other message
   *[other] { $count } other messages
}
messages-test-unknown = There is no test with the name “{ $typed }”. Choose one of the names that appear while you type.
messages-none-sent = none
messages-history = History
mappings-title = Mapping of code { $code }
mappings-kind-sent = Specimen type as sent
mappings-waiting = Held messages
mappings-example = A message with this code
mappings-example-of = Code { $code }: a message with this code
mappings-first = First results
mappings-first-of = Code { $code }: first results
mappings-compare = Compare each value, unit, time and tube with the analyzer's printout. If all agree, one signature puts the mapping into use.
mappings-held = Results filed under this mapping, waiting for review: held
mappings-verified = Results filed under this mapping and verified
mappings-verified-next = These results are verified. Compare each with the analyzer's printout, and correct wrong ones by your own procedure.
mappings-more = Only the first results are listed here.
mappings-withdraw = Withdraw mapping
mappings-withdraw-means = If you withdraw the mapping, no more results are filed under it. Its results that wait for review are held. Its verified results are listed here, to be corrected.
mappings-withdraw-proposal-means = No result was filed under this mapping. Another mapping can be proposed for the code.
mappings-withdrawn = This mapping was withdrawn.
mappings-withdrawn-next = No more results are filed under it. Its results that wait for review are held.
mappings-withdrawn-by = Withdrawn
messages-replay-some = Read { $count } of { $all } messages again
messages-mapping-approved = Code { $code } is mapped now. Read the message again.
messages-mapping-proposed = { $by } proposed a mapping of code { $code }. Another person must approve it; then read the message again.
messages-mapping-suggested = The dialect suggests a mapping of code { $code }. Check it and propose it below; another person approves it.
