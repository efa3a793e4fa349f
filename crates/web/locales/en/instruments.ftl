nav-instruments = Instruments
instruments-none = No instruments yet
instruments-none-next = Add each analyzer and each manual method of this laboratory.
instruments-name = Name
instruments-kind = Kind
instruments-module = Module code
instruments-module-hint = If the link carries several instruments: the code that the analyzer sends for this one
instruments-link = Link
instruments-link-none = Not connected
instruments-link-removed = { $link } (removed)
instruments-calibrated = Last calibrated
instruments-never = not noted
instruments-noted = Last note
instruments-out-of-use-why = Out of use: { $why }
instruments-kind-analyzer = Analyzer
instruments-kind-manual = Manual method
instruments-kind-module = { $kind }, module { $module }

instruments-add = Add instrument
instruments-change = Change instrument
instruments-save = Save instrument
instruments-saved = The instrument is saved.

instruments-history = History
instruments-history-none = Nothing is noted yet.
instruments-when = When
instruments-what = What
instruments-lot = Lot
instruments-text = Note
instruments-by = By
instruments-by-later = { $name }, entered { $at }
instruments-note-calibrated = Calibrated
instruments-note-reagent-lot = New lot of reagent
instruments-note-serviced = Serviced
instruments-note-repaired = Repaired
instruments-note-other = Other
instruments-note-add = Add note
instruments-note-anyway = Add note with this time
instruments-note-lead = What was done
instruments-note-happened = When it happened
instruments-note-happened-hint = 22 Nov 2026 14:05, or 14:05. Empty: now
instruments-note-done = The note is saved.

instruments-strike = Strike…
instruments-strike-this = Strike a note about { $name }
instruments-strike-means = The note stays in the history, marked as struck, with your name and the reason. It does not count any more.
instruments-strike-why = Reason to strike it
instruments-strike-do = Strike note
instruments-strike-done = The note is struck.
instruments-struck = Struck by { $name }, { $at }: { $why }

instruments-retire = Take out of use
instruments-retire-means = The instrument keeps its history and its name. Its module code may be given to another instrument.
instruments-retire-why = Reason to take it out of use
instruments-retire-done = The instrument is out of use.
instruments-return = Put into use again
instruments-return-why = Reason to put it into use again
instruments-return-done = The instrument is in use again.

action-see-instruments = See instruments and their history
action-manage-instruments = Add and change instruments, take them out of use
action-note-instruments = Note calibrations, lots, service and repairs; strike notes

event-instruments-added = Instrument { $detail } added.
event-instruments-changed = Changed to { $detail }.
event-instruments-note-struck = Note struck.
event-instruments-noted = Note saved.
event-instruments-retired = Taken out of use: { $detail }
event-instruments-returned = Put into use again: { $detail }

refused-instruments-in-use = This instrument is in use already. Open it again to see what happened.
refused-instruments-kind-unknown = Choose whether this is an analyzer or a manual method.
refused-instruments-manual-linked = A manual method has no link and no module code. Choose “Not connected” and leave the module code empty, or choose “Analyzer”.
refused-instruments-module-missing = The link also carries { $name }. Give both instruments the module codes that the analyzer sends.
refused-instruments-module-taken = On this link, module code { $module } belongs to { $name }. The codes are the same or look the same. Check the code at the analyzer.
refused-instruments-name-taken = There is the instrument { $name }. That is the same name, or it looks the same. The instrument may be out of use. Choose another name.
refused-instruments-note-in-future = This time is in the future. Note a thing after it has happened.
refused-instruments-note-long-ago = This time, { $at }, is { $days } days ago. Check the day, the month and the year. If the time is right, confirm the time.
refused-instruments-note-kind-unknown = Choose what was done.
refused-instruments-note-struck = { $who ->
    [person] This note is struck already: { $by } struck it ({ $at }). Nothing more was done.
   *[unknown] This note is struck already. Open the instrument again to see by whom.
}
refused-instruments-note-unknown = There is no such note. Find it in the history of the instrument.
refused-instruments-nothing-changed = Nothing is different from what is on record. Change what is wrong, then save.
refused-instruments-out-of-use = This instrument is out of use already. Open it again to see why.
refused-instruments-strike-needs-reason = Give a reason to strike the note. The reason is kept on record.
refused-instruments-too-many = A laboratory can have at most { $limit } instruments. Tell the system administrator.
refused-instruments-unknown = There is no such instrument. Find it in the list of instruments.
refused-instruments-use-needs-reason = Give a reason. The reason is kept on record.
refused-instruments-module-characters = Module code { $module } cannot be used: an analyzer's message cannot carry it. Use letters A to Z, digits and simple signs; not | \ ^ &.
refused-instruments-module-unlinked = A module code is sent over a link. Choose the link, or leave the module code empty.
