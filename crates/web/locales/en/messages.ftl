messages-title = Messages
messages-which = Which messages
messages-held = Held
messages-all = All
messages-none = Nothing is held
messages-none-next = A message that cannot be filed is kept and shown here with the reason. None is lost.
messages-arrived = Arrived
messages-link = Link
messages-specimen = Specimen as sent
messages-carries = Carries
messages-why = Why it is held
messages-held-because = Held because
messages-reasons-more = and { $count } more
messages-nothing-lost = Nothing is lost: the message is kept as it came, and can be read again once this is mended.
messages-replay = Read again
messages-unmapped = What is code { $code }?
messages-unmapped-next = You propose, another person approves. If the message holds more codes, they follow then.
messages-means = Test it means
messages-propose = Propose
messages-results = Results it carries
messages-code = Code
messages-not-mapped = not mapped
messages-value-sent = Value as sent
messages-unit-sent = Unit as sent
messages-flags-sent = Sender's flags
messages-flags-not-ours = The sender's flags are shown as sent. They are never used as this laboratory's flags.
messages-measured = Measured
messages-records = Records
messages-raw = As it came
messages-raw-more = Only the first part is shown here. Download the message for the rest.
messages-download = Download
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
messages-mappings = What its codes mean
messages-more = Only the first part is shown here. Download the message for the rest.
messages-read-filed = The message is filed: its results wait for review.
messages-read-held = The message is still held. The reasons below are new.
messages-signed = Signed. Read the message again to file its results.
messages-proposed = Proposed. Another person has to approve it; then read the message again.
messages-dismiss = Put aside
messages-dismiss-means = None of what is still held is filed. The message stays on record, with your reason.
messages-dismiss-why = Why
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
messages-no-question-mark = It asks for nothing: it is marked “{ $mark }”. It is not answered.
messages-answered = Answered
messages-answered-at = { $at }: { $said }
messages-replay-all = { $count ->
    [one] Read it again
   *[other] Read again all { $count }
}
messages-replayed = Read again: { $filed } filed, { $held } still held, { $passed } passed over.
messages-about-none = Nothing waits for this any more
messages-about-none-next = What could not be filed may wait for something else: see all that are held.
messages-every = All that are held
messages-about-mapping = Waits for what code { $code } means ({ $also })
messages-about-receipt = Waits for tube { $tube } to be received
messages-about-specimen = About tube { $tube }
messages-about-reason = Held because of { $code }
messages-others = Others wait for the same
messages-others-count = { $count ->
    [one] 1 other message
   *[other] { $count } other messages
}
messages-test-unknown = No test is called “{ $typed }”. Choose one of the names that are offered while you type.
messages-none-sent = none
messages-history = What happened to it
mappings-title = What code { $code } means
mappings-kind-sent = Kind of specimen as sent
mappings-waiting = Waiting
mappings-example = A message that brings it
mappings-example-of = Code { $code }: a message that brings it
mappings-first = First results
mappings-first-of = Code { $code }: first results
mappings-compare = Compare each value, unit, time and tube with the analyser's printout. When all agree, one signature puts the mapping into use.
mappings-held = Filed under it and waiting for review: held
mappings-verified = Filed under it and verified
mappings-verified-next = These results were reported. Compare each with the analyser's printout, and correct what was wrong by your own procedure.
mappings-more = Only the first are listed here.
mappings-withdraw = Withdraw
mappings-withdraw-means = It files nothing more. What was filed under it and waits for review is held; what was verified is listed here, to be corrected.
mappings-withdraw-proposal-means = Nothing was filed under it. The code may be given another meaning.
mappings-withdrawn = This mapping was withdrawn.
mappings-withdrawn-next = It files nothing. What was filed under it and waits for review is held.
mappings-withdrawn-by = Withdrawn
