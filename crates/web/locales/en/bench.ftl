nav-bench = Bench
bench-count = { $count ->
    [0] No outstanding tubes
    [one] 1 outstanding tube
   *[other] { $count } outstanding tubes
}
bench-discipline = Discipline
bench-instrument = Instrument
bench-all = All
bench-show = Show
bench-none = No outstanding tests
bench-none-next = A received tube is listed here until each of its tests has a result.
bench-outstanding = Outstanding
bench-second = second reading: { $tests }
bench-age = Age
bench-minutes = { $minutes } min
bench-minutes-of = { $minutes } of { $target } min
bench-enter = Enter results
bench-enter-lead = Enter results of

bench-entry-title = Enter results: { $test }
bench-entry-none = This test is outstanding for no tube
bench-entry-none-next = Choose another test on the bench.
bench-scan = Scan a tube to go to its row
bench-scan-do = Go to row
bench-scan-missing = is not on this list. Nothing of this test is outstanding for this tube, or the tube is not received.
bench-measured-with = Measured with
bench-measured = Measured at
bench-measured-hint = 22 Nov 2026 14:05, or 14:05. Empty: now
bench-keys = Arrow keys move between cells. Enter moves down. Esc undoes the cell. Ctrl+Enter saves. The first letters choose an answer.
bench-restored = Cells with a dashed edge hold what you typed here before. These values are not saved. Read them again before you save.
bench-several = This text has several lines or columns. Nothing was put into the cell: Titer cannot know to which tubes the values belong. Put one value into each cell.
bench-second-means = Another person has read this specimen already. You are the second reader: enter the value that you read. The first value is shown after you save.
bench-second-awaited = second reader awaited
bench-save = Save results
bench-save-anyway = Save results with this time
bench-saved = { $count ->
    [one] One value is saved.
   *[other] { $count } values are saved.
}
bench-nothing-entered = Nothing is entered. Enter at least one value, then save.
bench-refused = { $count ->
    [one] One value is not saved:
   *[other] { $count } values are not saved:
}

bench-targets = Turn-around targets
bench-targets-means = Minutes from receipt to the result, by priority. If a field is empty, the bench shows only the age. Titer ships no targets: they are the laboratory's own.
bench-targets-save = Save targets
bench-targets-no-number = “{ $value }” is not a number of minutes. Write whole minutes, or leave the field empty.
bench-targets-saved = The targets are saved.
bench-readers = Second readers
bench-readers-means = A result of a marked analyte that is entered by hand is held until another person has read it without seeing the first value. Nobody can lift this hold. The rule counts for results that are entered from now on.
bench-readers-find = Find an analyte
bench-readers-none = No analyte found
bench-readers-none-next = Type a part of another name, or choose All.
bench-readers-lead = A second person reads
bench-readers-save = Save second readers
bench-readers-saved = The rule of second readers is saved.

results-by-hand = entered by { $by } with { $instrument }
results-read-again = read again by { $by }
results-read-again-differs = { $by } read { $value }

action-enter-results = Enter results by hand
action-require-second-readers = Say which results by hand a second person reads
action-set-targets = Set turn-around targets

event-results-entered-by-hand = Entered by hand.
event-results-read-again = Read by a second person: { $detail }.
event-results-second-readers-required = Second readers changed.
event-work-targets-set = Turn-around targets changed.

hold-second-reading-awaited = Entered by hand, and a second reader is awaited: another person reads, and enters the value on the bench. Nobody can sign before that.
hold-second-reading-differs = The second reader read { $detail }: find out who is right. If this value is wrong, ask for a repeat. Neither of the two readers can sign this result.

refused-results-analyte-unknown = There is no such analyte in the catalogue. Open the page again.
refused-results-entered-connected = { $name } is connected: its results come over the link. If the analyzer cannot send, pause its link, then enter the results.
refused-results-entered-in-future = The time of measurement is in the future. Enter the time at which it was measured, or leave the field empty.
refused-results-entered-long-ago = You entered { $at } as the time of measurement. That is { $days } days ago. If the time is right, save again.
refused-results-entered-meanwhile = { $who ->
    [person] { $by } filed a result of this test and tube on { $at }. Your value is not filed. If it differs, it stands beside that result, and a person decides in Review.
   *[other] A result of this test and tube was filed on { $at }. Your value is not filed. If it differs, it stands beside that result, and a person decides in Review.
}
refused-results-entered-no-answer = “{ $value }” is not an answer of this test. Enter one of the answers below the grid, by its words or its code.
refused-results-entered-finer = “{ $value }” has more decimals than this test reports ({ $reported }). Read the value again, and enter it as the test reports it.
refused-results-entered-no-bin = “{ $value }” is not a range that can be read. Write, for example, 2-5 or > 50.
refused-results-entered-no-number = “{ $value }” is not a number that can be read. Write, for example, 4.2 or < 0.5, with a decimal point, without a unit and without leading zeros.
refused-results-entered-no-titre = “{ $value }” is not a titre that can be read. Write, for example, 1:40 or < 1:20.
refused-results-entered-no-tube = There is no such tube. Open the bench again.
refused-results-entered-out-of-use = { $name } is out of use: { $why }. Choose another instrument.
refused-results-entered-put-aside = { $who ->
    [person] { $by } put a result of this test and tube aside on { $at }, after you had opened this page. If you have measured again since, save again.
   *[other] A result of this test and tube was put aside on { $at }, after you had opened this page. If you have measured again since, save again.
}
refused-results-entered-tube-number = “{ $value }” is the number of a tube, not a result. Scan the tube outside the grid.
refused-results-entered-twice = This value is twice in the form. Open the page again, and enter the value once.
refused-results-second-reader-same = You read this result first. Another person has to read it.
refused-results-second-reading-awaited = A result among these awaits a second reader. Nothing was signed. Another person reads it on the bench; or ask for a repeat.
refused-results-second-reading-own = Two people read a result among these differently, and you are one of them. Nothing was signed. Another person signs it; or ask for a repeat.
refused-work-target-out-of-range = A target is at least 1 minute and at most { $limit } minutes.
refused-work-test-unknown = There is no such test in the catalogue. Open the page again.
