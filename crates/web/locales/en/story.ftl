# What happened, for a history. Keys are `event-<room>-<what>`, as the journal names the event. The page shows the time and the person beside it.
event-accounts-opened = Account opened.
event-accounts-password-changed = Password set.
event-accounts-sign-in-refused = Sign-in refused.
event-accounts-signed-in = Signed in.
event-accounts-signed-out = Signed out.

event-catalog-approved = Intervals, limits or meanings of answers approved and signed.
event-catalog-imported = Catalogue entries imported.

event-inbox-dismissed = Message dismissed.
event-inbox-kept = Message received and kept.
event-inbox-replayed = Message read again.

event-journal-erased = Data erased, as required by law.
event-journal-restored = Laboratory restored from a backup.

event-links-added = Link added.
event-links-attached = Links opened again after a restore. Sent and received messages were compared before.
event-links-mapping-adopted = Suggested mapping proposed.
event-links-mapping-approved = Mapping approved and signed.
event-links-mapping-confirmed = Mapping confirmed and signed: first results agree with the analyzer's printout.
event-links-mapping-proposed = Mapping proposed.
event-links-orders-sent = Sent to analyzer { $detail }.
event-links-paused = Link paused.
event-links-recording-begun = Recording of the link started.
event-links-recording-ended = Recording of the link ended early.
event-links-mapping-withdrawn = Mapping withdrawn.
event-links-removed = Link removed.
event-links-resumed = Link resumed.
event-links-secured = TLS settings of the link changed.

event-orders-placed = Order placed.
event-orders-requests-cancelled = { $detail } cancelled.
event-orders-tests-added = { $detail } added.

event-patients-corrected = Patient corrected.
event-patients-identifier-corrected = Identifier corrected.
event-patients-registered = Patient registered.

event-people-refused = Refused: the person's roles do not allow this.
event-people-roles-granted = Roles set.

event-reports-asked-anew = New version of the report requested, because a version could not be made.
event-reports-composed = Report made, version { $detail }.
event-reports-issued = Report issued.

event-results-contradicted = Values came that contradict results, and were not filed: { $detail }. Results that are not verified are held. Verified results have a correction to decide.
event-results-contradiction-dismissed = Decided and signed: { $detail } stands.
event-results-filed-otherwise = Values were converted or cut at the measuring range. The values as sent are kept beside them.
event-results-held = Results held: their mapping was withdrawn.
event-results-judged-again = Results judged again, because the patient, the catalogue, an instrument or a test system was changed. { $detail } changed.
event-results-all-judged = All results to review were judged by the changed catalogue.
event-results-repeat-asked = Result cancelled, repeat asked for.
event-results-reported = Results filed from { $detail }.
event-results-verified = Results verified and signed.

event-sites-described = Laboratory described.

event-specimens-discarded = Tube discarded.
event-specimens-expected = Ordered, tube expected.
event-specimens-received = Tube received.
event-specimens-rejected = Tube rejected. { $detail }.
