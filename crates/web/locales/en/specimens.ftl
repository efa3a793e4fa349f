specimens-no-results = No results yet
specimens-no-results-next = Results appear here when an analyzer sends them.
specimens-story = History
specimens-label = Print label
specimens-reject = Reject specimen
specimens-reject-why = Reason to reject it
specimen-kind = Specimen type
specimen-container = Container
specimen-collected = Collected
specimen-received = Received
specimen-rejected = Rejected
specimen-sent = Sent to { $link }
specimen-sent-what = { $tests } ({ $at })
specimens-discard = Discard tube
specimens-discard-ask = Discard tube…
specimens-discard-this = Discard tube { $tube }?
specimens-discard-outstanding = { $count ->
    [one] 1 test of this tube has no result. The test cannot be measured from this tube afterwards:
   *[other] { $count } tests of this tube have no result. They cannot be measured from this tube afterwards:
}
specimens-discard-means = This records the tube as discarded. Its results stay; results that arrive later are held.
specimens-held = { $count ->
    [one] 1 held message is about this tube
   *[other] { $count } held messages are about this tube
}
specimens-waits-receipt = The specimen is not received yet
specimens-waits-result = There is no result yet
specimens-waits-link = { $link } has not sent a result yet
specimens-waits-repeat = The repeat has no result yet
specimens-not-measured-rejected = Not measured: the specimen was rejected
specimens-not-measured-discarded = Not measured: the tube was discarded
