# Pages of control plans.
quality-plans = Control plans
quality-plans-one = Control plan
quality-controls-of = Controls
quality-plans-means = A control plan says where the controls of a test system are kept, and by which rules. One person proposes it, and the director signs it. Until then all results of the test system are held.
quality-plans-state = Plan
quality-plans-state-unplanned = No plan in force
quality-plans-state-proposed = Proposed
quality-plans-state-in-force = In force
quality-plans-specimen = Specimen type
quality-plans-in-force = Plan in force
quality-plans-proposal = Proposal
quality-plans-systems = Test systems
quality-plans-count = { $count ->
    [one] One test system
   *[other] { $count } test systems
  }, those without a plan first
quality-plans-none-next = Choose another instrument or plan. Test systems are described under Instruments.
quality-plans-waiting = { $count ->
    [one] One proposal waits for the signature of the director.
   *[other] { $count } proposals wait for the signature of the director.
  }
quality-plans-propose-here = Propose: kept here
quality-plans-propose-elsewhere = Propose: kept elsewhere
quality-plans-propose-here-of = Propose for { $instrument }: controls are kept here
quality-plans-propose-elsewhere-of = Propose for { $instrument }: controls are kept elsewhere
quality-plans-to-here = Controls are kept here
quality-plans-to-elsewhere = Controls are kept elsewhere
quality-plans-here-means = Mark test systems. The plan is proposed for each of them. Once the director has signed it, results are released only while these controls pass. Each lot needs its targets too.
quality-plans-elsewhere-means = Mark test systems whose controls another system keeps. Once the director has signed the plan, no result of these test systems is held for its controls: this laboratory answers for them.
quality-plans-left-out = { $count ->
    [one] One more test system of this instrument follows once these have a proposal.
   *[other] { $count } more test systems of this instrument follow once these have a proposal.
  }
quality-plans-barred = Text and counted ranges cannot be judged by controls here.
quality-plans-levels = Levels of control material
quality-plans-levels-hint = Mark each level that a run measures. The plan numbers the levels in the order of this list.
quality-plans-no-material = No control material is on record. Add the control material first.
quality-plans-material = { $material }, level { $level }
quality-plans-rules = Rules for numbers
quality-plans-rules-hint = Each rule rejects. Answers and titres need no rules: they are as expected or not. A new lot of control, a calibration, and cause and action of a failure begin the rules anew.
quality-plans-rules-levels = These rules are for two or three levels. Mark two or three levels, or choose 1-3s alone.
quality-plans-three = with three levels: { $rules }
quality-plans-controls = Controls of each level in a run
quality-plans-controls-hint = A run with fewer controls is incomplete and reopens nothing.
quality-plans-window = Minutes of a run
quality-plans-window-hint = Controls that are measured within so many minutes belong to one run.
quality-plans-hours = Hours
quality-plans-hours-hint = For so many hours a run that passed supports results.
quality-plans-times = Times of day
quality-plans-times-hint = When controls are due each day, for example 07:00, 15:00. Leave empty if only the hours count.
quality-plans-individualised-hint = Needed only if the plan asks for less than the regulation below. Name the individualised plan that the director signed.
quality-plans-place-hint = For example the control software of the analyzer
quality-plans-procedure-hint = Number or title of the procedure, so that an inspector finds it
quality-plans-reason-hint = Needed if a marked test system has a plan in force.
quality-plans-propose-marked = Propose for the marked test systems
quality-plans-proposed-done = The plans are proposed. The director signs them.
quality-plans-to-sign = Sign control plans
quality-plans-sign-means = Read what each proposal says, then mark those that you sign. Somebody else proposed them.
quality-plans-sign-none = No proposal waits
quality-plans-sign-none-next = Propose plans in the list of control plans.
quality-plans-sign-left-out = { $count ->
    [one] One more proposal follows once these are signed.
   *[other] { $count } more proposals follow once these are signed.
  }
quality-plans-own = You proposed this. Another person signs it.
quality-plans-sign-meaning = As director I approve the marked control plans. From now on they decide which results may be released.
quality-plans-sign = Sign the marked plans
quality-plans-signed-done = The control plans are signed and in force.
quality-plans-signed-by = Signed by { $name }, { $at }
quality-plans-proposed-by = Proposed by { $name }, { $at }
quality-plans-cause = Why: { $cause }
quality-plans-level = level { $number }: { $material }, level { $level }
quality-plans-says-here = Kept here: { $levels }.
quality-plans-says-elsewhere = Kept elsewhere: { $place }. Procedure: { $procedure }.
quality-plans-says-rules = Rejected by: { $rules }.
quality-plans-says-warnings = Warned by: { $rules }.
quality-plans-says-no-rules = As expected, or not.
quality-plans-says-controls = { $count ->
    [one] One control of each level within { $minutes } minutes.
   *[other] { $count } controls of each level within { $minutes } minutes.
  }
quality-plans-says-hours = { $hours ->
    [one] Supports results for one hour.
   *[other] Supports results for { $hours } hours.
  }
quality-plans-says-times = Due each day at { $times }.
quality-plans-says-individualised = By the individualised plan: { $plan }.
