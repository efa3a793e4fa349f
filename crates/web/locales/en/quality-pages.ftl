# Pages of quality control.
nav-quality = Quality
quality-means = Results are released only while the controls of their test system pass. The worst stands first.
quality-instrument = Instrument
quality-discipline = Discipline
quality-all = All
quality-narrow = Show
quality-none = No test systems here
quality-none-next = Choose another instrument or discipline. Test systems are described under Instruments.
quality-unplanned = { $count ->
    [one] One test system has no control plan. Its results cannot be signed before the director has signed a control plan.
   *[other] { $count } test systems have no control plan. Their results cannot be signed before the director has signed their control plans.
  }
quality-count = { $count ->
    [one] One test system
   *[other] { $count } test systems
  }, { $stopped } of them not passing
quality-analyte = Analyte
quality-state = State
quality-levels = Levels
quality-level = Level
quality-level-number = Level { $level }
quality-unplanned-state = No plan
quality-since = since { $at }
quality-until = until { $at }
quality-rule = rule { $rule }
quality-repeats = { $count } passed since, but cause and action are not named
quality-action-missing = cause and action are not named
quality-action-waits = cause and action are named: the next control that passes reopens release
quality-system-of = Controls: { $analyte }, { $instrument }
quality-to-system = Test system
quality-plan-hours = A control that passes supports results for { $hours } hours.
quality-plan-place = { $place }, { $procedure }
quality-chart = Levey–Jennings chart of 30 days
quality-chart-describes = { $count } control results of the last 30 days. The table below lists them.
quality-controls = Control results of the last 30 days
quality-controls-none = No controls in the last 30 days
quality-controls-none-next = Measure the controls of the plan.
quality-when = Measured
quality-lot = Lot
quality-value = Value
quality-z = z (SD)
quality-outcome = Judged
quality-by = Recorded by
quality-outcome-pass = Passed
quality-outcome-warning = Warning: { $rules }
quality-outcome-rejected = Rejected: { $rules }
quality-outcome-unexpected = Not as expected
quality-decisions = Decisions
quality-name = Name cause and action
quality-name-means = Controls that pass reopen release only after cause and action are named.
quality-named-done = Cause and action are named. Measure the controls again.
quality-cause = Cause
quality-action = Action
quality-text = What was found and done
quality-reason = Why
quality-stop = Stop this test system
quality-stop-means = Nothing that it measures from now on is released.
quality-stop-done = The test system is stopped.
quality-release = Take the stop back
quality-release-means = Results are released again once the controls pass.
quality-release-done = The stop is taken back.
quality-word-sd = SD
quality-word-mean = mean
quality-word-warning = warning
quality-word-rejected = rejected
quality-word-unknown = not judged
quality-word-excluded = excluded
quality-word-no-z = no z
quality-word-empty = No controls in this time
