specimens-no-results = No results yet
specimens-no-results-next = They show here as soon as an analyser sends them.
specimens-story = Its story
specimens-label = Label
specimens-reject = Reject
specimens-reject-why = Reason to reject it
specimen-kind = Specimen type
specimen-container = Container
specimen-collected = Collected
specimen-received = Received
specimen-rejected = Rejected
specimen-sent = Sent to { $link }
specimen-sent-what = { $tests } ({ $at })
specimens-discard = Throw away
specimens-discard-means = The tube is thrown away. What was measured on it stays; what comes later is held.
specimens-held = { $count ->
    [one] 1 held message is about this tube
   *[other] { $count } held messages are about this tube
}
