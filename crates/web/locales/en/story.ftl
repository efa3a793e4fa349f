# What happened, for a timeline. Keys are `event-<room>-<what>`, as the journal names the event. When and by whom stand beside it.
event-accounts-opened = Account opened.
event-accounts-password-changed = Password set.
event-accounts-sign-in-refused = Sign-in refused.
event-accounts-signed-in = Signed in.
event-accounts-signed-out = Signed out.

event-catalog-approved = Intervals and limits approved and signed.
event-catalog-imported = Catalogue entries imported.

event-inbox-dismissed = Message put aside.
event-inbox-kept = Message received and kept.
event-inbox-replayed = Message read again.

event-journal-erased = Data erased, as the law asks.
event-journal-restored = Laboratory restored from a backup.

event-links-added = Link added.
event-links-attached = Links attached again, after sent and received were compared.
event-links-mapping-adopted = Mapping proposed that had been suggested.
event-links-mapping-approved = Mapping approved and signed.
event-links-mapping-confirmed = First results compared with the analyser's printout, and signed.
event-links-mapping-proposed = Mapping proposed.
event-links-orders-sent = Sent to analyser { $detail }.
event-links-paused = Link paused.
event-links-recording-begun = Recording of the link begun.
event-links-recording-ended = Recording of the link ended before its time.
event-links-mapping-withdrawn = Mapping withdrawn.
event-links-removed = Link removed.
event-links-resumed = Link resumed.
event-links-secured = TLS of the link changed.

event-orders-placed = Ordered.
event-orders-requests-cancelled = { $detail } cancelled.
event-orders-tests-added = { $detail } added.

event-patients-registered = Registered.

event-people-refused = Refused: the roles did not allow it.
event-people-roles-granted = Roles set.

event-reports-composed = Report made, version { $detail }.
event-reports-issued = Report issued.

event-results-held = Results held: the mapping that they were filed under was withdrawn.
event-results-repeat-asked = Result put aside, repeat asked for.
event-results-reported = Results reported by analyser { $detail }.
event-results-verified = Results verified and signed.

event-sites-described = Laboratory described.

event-specimens-discarded = Thrown away.
event-specimens-expected = Ordered, tube expected.
event-specimens-received = Received.
event-specimens-rejected = Rejected. { $detail }.
