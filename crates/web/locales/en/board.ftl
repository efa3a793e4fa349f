# The state of the links.
board-state = State
board-stopped = Cannot be opened
board-waiting = Waiting to reconnect
board-detached = Closed since the restore
board-draining = Closing
board-paused = Paused
board-closed = Not open in this process
board-elsewhere = Open in another process
board-listening = Listening
board-connecting = Connecting
board-connected = Connected
board-trouble-only = needs a person
board-last = Last message
board-silence = Silence
board-codes = Mappings
board-silence-unknown = Usual silence not known yet
board-silence-usual = Usual: up to { $longest }
board-silence-unusual = No message for { $silent }; usually at most { $longest }
board-silence-rule = A silence is unusual if it lasts longer than { $minutes } minutes and one and a half times the longest silence at this hour of the week in the last { $weeks } weeks. If fewer than { $least } of these weeks are on record, the usual silence is not known: check the link yourself.
board-rate = Messages (1 min / 1 h)
board-filing = Being processed
board-errors = Errors
board-errors-count = { $count ->
    [one] 1 since the program started
   *[other] { $count } since the program started
}
board-trouble-at = { $at }: { $what }
board-elsewhere-in = in { $holder }
board-since = since
board-order = Links that need a person are listed first. Connections, message counts and errors are from this process, since it started.
board-seconds = { $count } s
board-minutes = { $count } min
board-hours = { $hours } h { $minutes } min
board-days = { $count } d { $hours } h
board-pause = Pause link
board-pause-why = Reason
board-pause-means = A transfer that has begun may finish. Then the link closes. The analyzer keeps messages that were not acknowledged until the link is resumed.
board-resume = Resume link
board-paused-by = { $name } paused this link: { $why }
board-paused-done = The link is paused.
board-resumed-done = The link is resumed. It opens within seconds.
board-connections = Connections
board-connections-none = No analyzer is connected.
board-number = Number
board-peer = Address of the analyzer
board-heard = Last data received
board-never = nothing yet
board-plain = not encrypted
board-tls = TLS
board-tls-files = certificate { $certificate }; authority for the analyzer's certificate { $authority }
board-none = none
board-recording = Recording
board-recording-until = until { $at }
board-latest = Last messages
board-latest-none = No message yet.
board-shown = Message { $number }: as received, and as read
board-shown-hint = Select a field's label to mark its bytes in the message as received.
board-shown-raw = As received
board-shown-fields = As read
board-open-message = Open message
board-trace = Line trace
board-trace-as-of = The last data sent and received on this link, newest first. They are kept in memory only.
board-trace-none = No data were sent or received since the program started.
board-trace-more = { $count ->
    [one] and 1 more byte
   *[other] and { $count } more bytes
}
board-trace-in = from the analyzer
board-trace-out = to the analyzer
board-trace-note = note
board-look-again = Refresh trace
