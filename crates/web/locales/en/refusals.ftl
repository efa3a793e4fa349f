# What a room of the laboratory refuses, and why a message or a part of it is held: what is wrong, and what to do then.
# Keys are `refused-<room>-<code>`.
refused = This was refused ({ $code }). Nothing was changed.

refused-accounts-locked = This account is locked after too many wrong passwords. Try again in { $minutes } min, or ask whoever administers this laboratory for a new password.
refused-accounts-password-long = This password is too long. Choose a shorter one: { $limit } plain letters and digits are the most.
refused-accounts-password-needed = Give your password to sign.
refused-accounts-password-one-time = This password was given to you, so somebody else knows it too. Choose your own, then sign.
refused-accounts-password-short = This password is too short. Choose one of at least { $limit } characters; a short sentence is good.
refused-accounts-password-unusable = This password could not be set. Try again, or choose another.
refused-accounts-password-wrong = This is not your password. Type it again; after several wrong tries the account is locked for a while.
refused-accounts-session-ended = You were signed out meanwhile. Sign in again, then repeat your last step.
refused-accounts-sign-in = Name and password do not fit together. Check both and try again; in the password, capital letters count.
refused-accounts-signed-by-another = This was signed by somebody else. Sign with your own password.
refused-accounts-unknown = There is no such account. Look it up in the list of staff.
refused-accounts-username-blank = A sign-in name has no spaces. Leave them out, or write a full stop instead.
refused-accounts-username-taken = The sign-in name { $username } is taken. Choose another.

refused-catalog-age = “{ $age }” is not an age. Write a whole number, one space and a unit (h, d, wk, mo or a), for example 14 d or 18 a.
refused-catalog-analyte-gone = This analyte is not in the catalogue. Have it imported, then try again.
refused-catalog-file = The catalogue file cannot be read. Mend what is named here, then import it again: { $error }
refused-catalog-key = “{ $key }” cannot be a key. Use lower-case letters, digits and underscores.
refused-catalog-limits-inverted = The lower limit { $low } is above the upper limit { $high }. Look both up in the source, then import the file again.
refused-catalog-loinc = “{ $code }” is no LOINC code: its check digit does not fit. Look up the code of { $key }, then import the file again.
refused-catalog-not-proposed = Some of what is marked no longer waits for approval. Look at the list again, then sign what still waits.
refused-catalog-nothing-chosen = Nothing is marked. Mark what you approve, then sign.
refused-catalog-number = “{ $number }” is not a number. Write the limit as its source prints it, for example 3.5.
refused-catalog-operator = The comparison “{ $operator }” does not fit its limit. Write < or <= with a lower limit, > or >= with an upper one, and nothing where there is no limit.
refused-catalog-sex = “{ $sex }” cannot stand for whom an interval holds. Write any, female or male.
refused-catalog-too-many = The file has more than { $limit } entries. Import it in smaller parts.
refused-catalog-unit = { $key } is given here in “{ $unit }”, but this laboratory reports it in “{ $own }”. Write the entry in the laboratory's unit; none is converted.
refused-catalog-unknown = There is no { $what } “{ $key }” in the catalogue or in the file. Mend the name, or add the entry.

refused-inbox-control = This is control material and is never filed to a patient. Take its value to your quality control, then put the message aside.
refused-inbox-dismissal-needs-reason = Say why the message is put aside. The reason stays with it.
refused-inbox-encoding = The message holds characters outside the agreed character set ({ $encoding }). Set the analyser to that set, then have it send the results again.
refused-inbox-identity-contradicts = Another place in the message ({ $place }) names “{ $other }”, not this tube. Nothing is filed. Find the tube at the analyser and have it measured again.
refused-inbox-identity-not-scanned = The analyser says “{ $mark }” of this tube number: it was not scanned. Find the tube, and have the analyser scan and measure it again.
refused-inbox-incomplete = This message broke off before its end. Have the analyser send its results again, then put this one aside.
refused-inbox-mapping-unapproved = What code { $code } means is proposed, but not approved. Another person approves it; then read the message again.
refused-inbox-material = The analyser marked this “{ $mark }”, which does not say whether it is a patient's specimen or a control. Check at the analyser what was measured.
refused-inbox-more-to-file = More than { $limit } results came in one message. Read it again to file the rest.
refused-inbox-no-identity = The analyser sent no scanned tube number. Find the tube, and have the analyser scan and measure it again.
refused-inbox-not-held = This message is not held any more; somebody has dealt with it. Look at it again.
refused-inbox-other-birth-date = The analyser sent the date of birth { $said }, which is not that of this tube's patient. Nothing is filed. Find out whose tube was measured.
refused-inbox-other-patient = The analyser sent the patient { $said }, who is not this tube's patient. Nothing is filed. Find out whose tube was measured.
refused-inbox-other-sex = The analyser sent the sex “{ $said }”, which is not that of this tube's patient. Nothing is filed. Find out whose tube was measured.
refused-inbox-result-corrected = The analyser sends this as a correction of a result that it sent before. Nothing is filed. Compare it with the result that stands, and decide there.
refused-inbox-result-ignored = The analyser says that this result is to be passed over. Nothing is filed. Look at the analyser why.
refused-inbox-result-not-done = The analyser could not complete this measurement. There is no result to file. Have the tube measured again.
refused-inbox-result-preliminary = The analyser calls this result preliminary. Nothing is filed until it sends the final one.
refused-inbox-strange-record = The message holds a record “{ $record }” that is not known here. Look it up before you verify the results beside it, then put the message aside.
refused-inbox-suspected-duplicate = The same content came before, and nothing says when it was measured. Check at the analyser: if it was measured twice, read the message again; if it was only sent twice, put the message aside.
refused-inbox-time = “{ $time }” is not a time that can be read. Set the analyser's date and time format, then have it send the results again.
refused-inbox-unfileable = The message is kept, but it cannot be filed: { $error }. Tell whoever runs this laboratory.
refused-inbox-unknown = There is no such message. Look it up in the list of messages.
refused-inbox-unmapped-code = Code { $code } means nothing here yet. Propose what it is; another person approves it; then read the message again.
refused-inbox-unmapped-specimen = Code { $code } came of a kind of specimen “{ $specimen }” that nobody has approved for it. Check what was measured; if it is right, propose it, and another person approves it.
refused-inbox-unmapped-unit = Code { $code } came in “{ $unit }”, a unit that nobody has approved for it. Check the unit that is set at the analyser; if it is right, propose it, and another person approves it.
refused-inbox-unreadable = The message cannot be read: { $error }. Check that the link speaks the analyser's protocol and dialect, then have it send the results again.

refused-links-address = “{ $address }” is no address to listen on. Write an IP address and a port, for example 192.0.2.10:4000.
refused-links-address-taken = Another link listens on { $address } already. Choose another port.
refused-links-dialect-unknown = There is no dialect “{ $dialect }”. Choose one of these: { $known }.
refused-links-dialect-unreadable = The dialect “{ $dialect }” cannot be read. Choose another, and tell whoever runs this laboratory: { $error }
refused-links-mapping-changed = These mappings changed while they were on your screen, or none is marked. Look at them again, then sign.
refused-links-mapping-nobodys = No person has proposed this mapping: a dialect or the command line suggested it. Somebody proposes it, then another person approves it.
refused-inbox-more-problems = More was wrong with this message than was noted. A person reads it again.
refused-links-mapping-nothing-filed = No result was filed under this mapping yet, so there is nothing to compare with the printout. Have the analyser send one.
refused-links-mapping-own = You proposed this mapping yourself. Ask somebody else to approve it.
refused-links-mapping-taken = For code { $code } in “{ $unit }” a mapping is there already. Look at the mappings of this link first.
refused-links-name-taken = Another link is called { $name }. Choose another name.
refused-links-not-detached = The links are attached already. There is nothing more to do.
refused-links-not-paused = This link is not paused. There is nothing to resume.
refused-links-not-recorded = This link is not being recorded.
refused-links-pause-needs-reason = Say why the link is paused, so that whoever comes next knows.
refused-links-paused = This link is paused already.
refused-links-peer = “{ $peer }” is no IP address. Name each machine that may connect by its IP address, for example 192.0.2.17.
refused-links-protocol-unknown = The protocol “{ $protocol }” is not spoken here. Use astm.
refused-links-recording = This link is being recorded already. Wait until that recording ends, or end it.
refused-links-recording-length = A recording takes between one second and { $limit } minutes. Choose a time between them.
refused-links-tls-authority = A link that connects needs the file of the authority that vouches for the analyser. Name it.
refused-links-tls-certificate = A certificate and its key go together, and a link that listens needs both. Name both files.
refused-links-tls-path = “{ $path }” is no full path. Write it from the root of the file system, for example /etc/titer/link.crt.
refused-links-unknown = There is no such link, or it was removed. Look it up in the list of links.
refused-links-withdrawal-needs-reason = Say why the mapping is withdrawn. The reason stays with it.

refused-orders-cancellation-needs-reason = Say why this is cancelled. The reason stays with it.
refused-orders-collected-in-future = The collection time lies in the future. Check it against the request and the clock, then try again.
refused-orders-has-result = { $test } has a result, so it cannot be cancelled. If the result must not go out, ask in Review for a repeat first.
refused-orders-no-tests = No test is chosen. Choose at least one.
refused-orders-not-failed = The analyser took what it was told of this tube, or was not told yet. There is nothing to send again.
refused-orders-nothing-added = All of this is asked for already, or no test is chosen. Choose a test that the order does not have.
refused-orders-requests-changed = Nothing is marked, or what is marked changed while it was on your screen. Look at the order again.
refused-orders-test-unknown = One of these tests is not in the catalogue any more. Choose the tests again.
refused-orders-too-many-tests = One order holds at most { $limit } analytes. Place a second order for the rest.
refused-orders-unknown = There is no such order. Look it up by its number, its tube or its patient.

refused-patients-birth-date = This date of birth lies in the future or too far back. Check the year, or leave the field empty if the date is not known.
refused-patients-identifier-taken = Identifier { $identifier } belongs to a patient who is registered already. Look at that patient first; if it is somebody else, check the identifier.
refused-patients-unknown = There is no such patient. Find them by family name or identifier.

refused-people-not-a-person = This is done by a person who has signed in. Sign in, and do it on the pages.
refused-people-not-permitted = Your roles do not allow this. If it should be yours, ask whoever administers this laboratory.

refused-reports-issued = This report is issued already. There is nothing to try again.
refused-reports-unknown = There is no such report. Look it up by its order.

refused-results-already-verified = { $by } has verified this result already. Look at it again before you go on.
refused-results-changed-meanwhile = { $by } changed this result while it was on your screen. Look at it again, then decide.
refused-results-held = This result is held. Deal with the reasons that stand beside it, then sign.
refused-results-measured-before-collection = This was measured before the specimen was collected. Check both times, and that the tube is the right one; then measure it again.
refused-results-measured-in-future = By the analyser's clock, this was measured later than now. Set that clock, then measure the specimen again.
refused-results-not-ordered = This test is not ordered on this tube. Check the tube against its request; if the test is wanted, ask for an order.
refused-results-nothing-chosen = Nothing is marked. Mark the results you have reviewed, then sign.
refused-results-repeat-needs-reason = Say why the result is to be repeated. The reason stays with it.
refused-results-request-cancelled = This test was cancelled before its result came. If it is wanted after all, add it to the order again, then read the message again.
refused-results-second-result = This tube has a result of this test already. Compare the two; if the new one is to stand, ask in Review for a repeat of the first, then read the message again.
refused-results-too-many = These are more than { $limit } results at once. Take them in smaller parts.
refused-results-unknown = There is no such result. Look it up by its tube.

refused-sites-demonstration-stays = This laboratory is a demonstration and stays one. Open a laboratory of its own for real work.
refused-sites-not-described = The laboratory's name and address are missing, and every report prints them. Have them entered, then try again.
refused-sites-zone-unknown = “{ $zone }” is no time zone. Use a name such as Europe/London.

refused-specimens-already-received = Tube { $barcode } was received before. Open it to see when and by whom; if two tubes bear this number, put both aside.
refused-specimens-barcode-taken = Number { $barcode } belongs to another tube. Check what was scanned; leave the field empty to have a new number made.
refused-specimens-gone = There is no such specimen. Scan the tube again, or look it up by its order.
refused-specimens-has-results = This specimen has results, so it can no longer be rejected. Ask in Review for a repeat of those that must not go out, and ask for a new specimen.
refused-specimens-not-received = Tube { $barcode } has not been received. Receive it, then read the message again.
refused-specimens-numbers-used-up = All tube numbers of today are used. Take labels that bear a number already, and scan them.
refused-specimens-one-label-many-tubes = This order needs several tubes, and one number cannot name them all. Leave the number empty: each tube gets its own.
refused-specimens-reason-unknown = Choose a reason from the list.
refused-specimens-unknown = No order names tube { $barcode }. Put it aside and find its request; do not relabel it.
refused-specimens-was-discarded = The tube { $barcode } was thrown away. Check at the analyser which tube was measured; a new order with a new tube may be needed.
refused-specimens-was-rejected = Tube { $barcode } was rejected. Do not use it; ask for a new specimen.

refused-text-control = A line break, a tab or another hidden character stands in “{ $field }”. Type it again without.
refused-text-missing = Nothing is entered for “{ $field }”. Fill it in.
refused-text-too-long = What is entered for “{ $field }” is too long. Shorten it to { $limit } characters.
