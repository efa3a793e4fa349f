# How the links are doing.
board-state = State
board-stopped = Cannot be opened
board-waiting = Waiting to reconnect
board-detached = Closed since the restore
board-draining = Closing
board-paused = Paused
board-closed = Not open here
board-elsewhere = In another process
board-listening = Listening
board-connecting = Connecting
board-connected = Connected
board-trouble-only = needs a person
board-last = Last message
board-silence = Silence
board-codes = Codes
board-silence-unknown = Habit not known
board-silence-usual = as usual: up to { $longest }
board-silence-unusual = Silent for { $silent }, usually { $longest } at most
board-silence-rule = Silence is unusual when it lasts half as long again as the longest pause at this hour of the week in the last { $weeks } weeks, and more than { $minutes } minutes. With fewer than { $least } such weeks the habit is not known: look for yourself.
board-rate = Last minute / hour
board-filing = Being filed
board-errors = Troubles
board-errors-count = { $count ->
    [one] 1 since the program started
   *[other] { $count } since the program started
}
board-trouble-at = { $at }: { $what }
board-elsewhere-in = in { $holder }
board-since = since
board-order = Links that need a person stand first. Connections, rates and troubles are those of this process since it started; the last message is also from before.
board-seconds = { $count } s
board-minutes = { $count } min
board-hours = { $hours } h { $minutes } min
board-days = { $days } d { $hours } h
board-pause = Pause
board-pause-why = Why
board-pause-means = A transfer that has begun may end, then the link closes. What was not acknowledged stays with the analyser until the link is resumed.
board-resume = Resume
board-paused-by = { $name } paused this link: { $why }
board-paused-done = Paused.
board-resumed-done = Resumed. It opens within seconds.
board-connections = Connections
board-connections-none = Nobody is connected.
board-number = Number
board-peer = Peer
board-heard = Last heard
board-never = nothing yet
board-plain = in the clear
board-tls = TLS
board-tls-files = certificate { $certificate }; authority for the peer { $authority }
board-none = none
board-recording = Being recorded
board-recording-until = until { $at }
board-latest = Last messages
board-latest-none = No message yet.
board-shown = Message { $number }, as it came and as it is understood
board-shown-hint = Each number leads to its bytes, and marks them.
board-shown-raw = As it came
board-shown-fields = As understood
board-open-message = Open the message
board-trace = On the wire
board-trace-as-of = The last pieces that went over it, the latest first. Kept in memory only.
board-trace-none = Nothing has gone over it since the program started.
board-trace-more = { $count ->
    [one] and 1 more byte
   *[other] and { $count } more bytes
}
board-trace-in = from the analyser
board-trace-out = to the analyser
board-trace-note = remark
board-look-again = Look again
