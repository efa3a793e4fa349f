calculations-title = Calculations
calculations-means = A calculation gives the result of a test from other results of the same tube. If the analyzer reports the analyte, Titer does not calculate it.
calculations-none = No calculations yet
calculations-none-next = Propose one. The director approves it.
calculations-analyte = Calculated test
calculations-expression = Formula
calculations-formula = Published formula
calculations-formula-gone = This program does not have the formula that was proposed.
calculations-inputs = Inputs
calculations-input = Input
calculations-taken = Taken from
calculations-person = The patient
calculations-age = Age
calculations-sex = Sex
calculations-holds = Formula holds for
calculations-holds-for = The formula holds for values { $range }.
calculations-source = Source
calculations-decimals = Decimals
calculations-by = Last change
calculations-by-at = { $by }, { $at }
calculations-proposed = Proposed
calculations-approved = Approved
calculations-ended = Ended
calculations-of = Calculation of { $analyte }
calculations-converted = { $from }, converted to { $to }
calculations-converted-mass = { $from }, converted to { $to } with { $mass } g/mol
calculations-replaces = If you approve this, the calculation in force ends: { $expression }

calculations-range-any = of any size
calculations-range-not-negative = from 0 { $unit }
calculations-range-positive = above 0 { $unit }
calculations-range-at-least = from { $limit } { $unit }
calculations-range-positive-below = above 0 and below { $limit } { $unit }
calculations-range-positive-to = above 0 and up to { $limit } { $unit }
calculations-range-to = from 0 to { $limit } { $unit }
calculations-range-sex = female or male
calculations-years = years

calculations-propose = Propose calculation
calculations-propose-done = The calculation is proposed. Nothing is calculated before the director approves it.
calculations-choose = Use this formula
calculations-mass = Molar mass in g/mol
calculations-mass-hint = Only if one unit is a mass and the other an amount of substance
calculations-approve = Approve calculation
calculations-approve-done = The calculation is in force.
calculations-meaning = I approve this formula, its inputs, their conversion and the decimals for this laboratory.
calculations-end = End calculation
calculations-dismiss = Dismiss proposal
calculations-end-why = Reason
calculations-end-done = The calculation has ended.

calculated-from = Calculated from { $inputs }
not-calculated-age = Not calculated: the patient’s date of birth is not known.
not-calculated-censored = Not calculated: { $input } is beyond its measuring range.
not-calculated-formula = Not calculated: this program does not have the formula that was approved. Propose the calculation again.
not-calculated-impossible = Not calculated: the inputs give an impossible value. Check the inputs.
not-calculated-input-unit = Not calculated: the unit of { $input } is not the one that was approved.
not-calculated-later = Not calculated: the calculation was approved after these results. The next result of this tube starts it.
not-calculated-missing = Not calculated: there is no result for { $input }.
not-calculated-outside = Not calculated: the formula holds for { $input } { $range }.
not-calculated-put-aside = Not calculated again: a person asked for a repeat of the value that these inputs give. Repeat an input, or cancel the test.
not-calculated-sex = Not calculated: the formula needs the sex, female or male.
not-calculated-text = Not calculated: { $input } is not one number.
not-calculated-unit = Not calculated: the unit of the test is not the one that was approved.

hold-calculated-again = Calculated again because the patient’s sex or date of birth was corrected
hold-input-held = An input of this calculation is held
hold-not-calculable = It can no longer be calculated: the patient’s sex or date of birth was corrected

action-approve-calculations = Approve calculations and end them
action-propose-calculations = See and propose calculations

event-calculations-approved = Calculation approved.
event-calculations-ended = Calculation ended.
event-calculations-proposed = Calculation proposed.
event-results-calculated = Calculated results: { $detail } (+ calculated, − put aside).

refused-calculations-analyte-unknown = Choose an analyte from the list.
refused-calculations-circular = { $analyte } is calculated from this test. Choose another analyte.
refused-calculations-decided = { $who ->
    [person] This was decided already: by { $by } ({ $at }). Nothing more was done.
   *[unknown] This was decided already. Open the list again to see by whom.
}
refused-calculations-decimals = Give the decimals as a number from 0 to { $limit }.
refused-calculations-end-needs-reason = Give a reason. The reason is kept on record.
refused-calculations-formula-unknown = This program has no such formula, or has another version of it. Choose a formula from the list.
refused-calculations-input-missing = Choose one analyte for each input of the formula.
refused-calculations-input-twice = { $analyte } is chosen for two inputs. Choose another analyte for one of them.
refused-calculations-input-unknown = The formula does not have this input. Choose the formula again.
refused-calculations-molar-mass = The molar mass for { $analyte } cannot be read. Write a number above 0, for example 113.12.
refused-calculations-molar-mass-needed = { $analyte } is measured in { $unit }, the formula takes { $wanted }. Give the molar mass.
refused-calculations-molar-mass-of = The molar mass for { $analyte } must be { $wanted } g/mol.
refused-calculations-not-as-journalled = This proposal is not what was proposed: somebody changed the database. Tell the system administrator.
refused-calculations-not-numeric = Results of { $analyte } are not numbers. Choose another analyte.
refused-calculations-other-specimen = { $analyte } is measured in another specimen type than the calculated test. Choose another analyte.
refused-calculations-result-unit = The formula gives { $wanted }, and { $analyte } has the unit { $unit }. Choose a formula or a test with the same unit.
refused-calculations-own = You proposed this calculation yourself. Ask another director to approve it.
refused-calculations-there-already = The same calculation is proposed or in force already.
refused-calculations-too-many = A laboratory can have at most { $limit } calculations, ended ones among them. Tell the system administrator.
refused-calculations-unit = { $analyte } is measured in { $unit }, and the formula takes { $wanted }. These units do not convert. Choose another formula or analyte.
refused-calculations-unit-changed = The unit of { $analyte } has changed since this was proposed. Propose the calculation again.
refused-calculations-unknown = There is no such calculation. Find it in the list of calculations.
refused-results-input-not-verified = This result is calculated from { $input }, which is not verified. Verify both together, or { $input } first.
refused-results-input-correction-open = This result is calculated from { $input }, about which a correction is to be decided. Decide that first.
