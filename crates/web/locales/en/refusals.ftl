# Why the laboratory refuses something, or holds a message or a part of it: what is wrong, and what to do.
# Keys are `refused-<room>-<code>`.
refused = This was refused ({ $code }). Nothing was changed.

refused-accounts-name-alike = The account { $username } has a name that looks the same. Write this person's name so that nobody takes one for the other.
refused-accounts-password-ended = This one-time password has ended. Ask an administrator for another.
refused-accounts-password-guessable = This password is guessed soon. Do not use a common password, your own name or the laboratory's. Three or four words that do not belong together are good.
refused-accounts-password-long = This password is too long. Choose a password of at most { $limit } letters and digits.
refused-accounts-password-needed = Type your password to sign.
refused-accounts-password-one-time = Another person knows this one-time password. Choose your own password, then sign.
refused-accounts-password-short = This password is too short. Choose one of at least { $limit } characters; a short sentence is good.
refused-accounts-password-unusable = This password could not be set. Try again, or choose another.
refused-accounts-password-wrong = This is not your password. Type it again. After many wrong passwords you have to wait.
refused-accounts-session-ended = Your session ended. Sign in again, then repeat your last step.
refused-accounts-session-gone = This session has ended already.
refused-accounts-sign-in = The sign-in name or the password is wrong. Check both and try again. In the password, capital letters count.
refused-accounts-signed-by-another = Another person gave this signature. Sign with your own password.
refused-accounts-unknown = There is no such account. Find the person in the staff list.
refused-accounts-username-blank = A sign-in name has no spaces. Leave them out, or write a full stop instead.
refused-accounts-username-sign = A sign-in name has letters, digits, and the signs . _ - @ + ' only. Leave out the other signs.
refused-accounts-username-taken = The sign-in name { $username } is taken. Choose another.
refused-accounts-wait = There were too many wrong passwords. Try again in { $seconds } s.

refused-catalog-age = “{ $age }” is not an age. Write a whole number, one space and a unit (h, d, wk, mo or a), for example 14 d or 18 a.
refused-catalog-analyte-gone = This analyte is not in the catalogue. Import it, then try again.
refused-catalog-alike = “{ $name }” looks like “{ $other }”, which the catalogue has for another entry. Choose a name, short name and key that nobody takes for those of another entry.
refused-catalog-answer-alike = The answer “{ $words }” with the code “{ $code }” looks like the answer “{ $other_words }” with the code “{ $other_code }”. Choose a code and words that nobody takes for those of another answer.
refused-catalog-answer-twice = Two answers of one list have the code “{ $code }”. Give each answer a code of its own.
refused-catalog-answers-not-coded = { $key } names a list of answers, but is not coded. Write kind = "coded", or remove the list.
refused-catalog-file = The catalogue file cannot be read. Correct this error, then import the file again: { $error }
refused-catalog-key = “{ $key }” cannot be a key. Use lower-case letters, digits and underscores.
refused-catalog-key-taken = The catalogue has the key “{ $key }” already. Choose another key.
refused-catalog-kind-in-use = { $key } has intervals, limits or answers, or a test asks for it. Its kind of result cannot change any more. Add an analyte with another key.
refused-catalog-limits-inverted = The lower limit { $low } is above the upper limit { $high }. Check both in the source.
refused-catalog-loinc = “{ $code }” is not a LOINC code: its check digit is wrong. Check the code of { $key }, then import the file again.
refused-catalog-member-twice = The test names { $analyte } twice. Name each analyte once.
refused-catalog-meaning = The answer “{ $code }” has no meaning that Titer knows: “{ $meaning }”. Choose normal, abnormal, critical, indeterminate, invalid or unjudged.
refused-catalog-no-limits = Results of { $key } are not numbers. No interval or limit can judge them: remove the interval or limit.
refused-catalog-not-as-journalled = An interval, a limit or an answer in the database is not what the journal says. Nothing was signed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-catalog-not-proposed = { $who ->
    [person] { $by } approved marked entries already ({ $at }); they do not need approval any more. Nothing more was signed. Check the list, then sign the entries that are still listed.
   *[unknown] Some marked entries do not need approval any more. Load the list again, then sign the entries that are still listed.
}
refused-catalog-nothing-chosen = Nothing is marked. Mark the entries that you approve, then sign.
refused-catalog-number = “{ $number }” is not a number. Write the limit as its source prints it, for example 3.5.
refused-catalog-other-specimen-type = The test { $test } needs “{ $wanted }”, but { $analyte } is measured in “{ $own }”. Name analytes of one specimen type in a test.
refused-catalog-overlap = Two marked entries of { $analyte } apply to the same people. Mark one of the two.
refused-catalog-operator = The comparison “{ $operator }” does not fit its limit. Write < or <= with a lower limit and > or >= with an upper limit. If there is no limit, write no comparison.
refused-catalog-result-kind = “{ $kind }” is not a kind of result. Write numeric, coded, titre, bin or text as the kind of { $key }.
refused-catalog-sex = “{ $sex }” is not a sex that an interval can apply to. Write any, female or male.
refused-catalog-specimen-type-fixed = { $key } is measured in “{ $own }”, and that cannot change: orders, tubes and results depend on it. Add an analyte with another key for another specimen type.
refused-catalog-too-many = The file has more than { $limit } entries. Import it in smaller parts.
refused-catalog-twice = The file has { $key } twice. Remove one of the two.
refused-catalog-unit = The entry for { $key } has the unit “{ $unit }”, but this laboratory reports in “{ $own }”. Write the entry in the laboratory's unit; Titer converts no unit.
refused-catalog-units-none = No system of units is chosen. Choose SI units or conventional units.
refused-catalog-units-other = The catalogue is in { $own ->
    [si] SI units
   *[other] conventional units
}. The unit of an analyte never changes, so nothing in another system can be added. Choose { $own ->
    [si] SI units
   *[other] conventional units
}.
refused-catalog-unknown = There is no { $what } “{ $key }” in the catalogue or in the file. Correct the name, or add the entry.

refused-inbox-beyond-range = The analyzer's flag “{ $flag }” says that the value lies beyond the measuring range, and the message does not say where the range ends. “{ $value }” is not the result. Nothing is filed. Read the result at the analyzer, dilute or repeat, then dismiss the message.
refused-inbox-control = This is control material and is never filed to a patient. Its identity stands in no register of control barcodes: register it for its lot, under Quality, then read the message again. If its controls are kept elsewhere, dismiss the message.
refused-inbox-dismissal-needs-reason = Give a reason to dismiss the message. The reason is kept on record.
refused-inbox-encoding = The message has characters outside the agreed character set ({ $encoding }). Set the analyzer to this character set, then send the results again.
refused-inbox-flag-contradicts = The value “{ $value }” and the analyzer's flag “{ $flag }” cannot both be true. Nothing is filed. Read the result at the analyzer, then measure the tube again.
refused-inbox-identity-contradicts = The message also names “{ $other }” ({ $place }), which is not this tube. Nothing is filed. Find the tube at the analyzer and measure it again.
refused-inbox-identity-not-scanned = The analyzer marks this tube number “{ $mark }”: the number was not scanned. Find the tube, then scan and measure it again at the analyzer.
refused-inbox-incomplete = This message ended too early. Send the results again from the analyzer, then dismiss this message.
refused-inbox-mapping-unapproved = The mapping of code { $code } is not approved yet. After another person has approved it, read the message again.
refused-inbox-material = The analyzer sent the mark “{ $mark }”. It does not say whether this is a patient's specimen or a control. Check at the analyzer what was measured.
refused-inbox-more-to-file = The message has more than { $limit } results. Read the message again to file the rest.
refused-inbox-no-identity = The analyzer sent no scanned tube number. Find the tube, then scan and measure it again at the analyzer.
refused-inbox-not-held = This message is not held any more. Its history says who did what, and when.
refused-inbox-other-birth-date = The analyzer sent the date of birth { $said }. This tube's patient has another. Nothing is filed. Find out whose tube was measured.
refused-inbox-other-patient = The analyzer sent the patient identifier { $said }. This tube belongs to another patient. Nothing is filed. Find out whose tube was measured. If it was the right tube, correct the identifier of its patient, then read the message again; or measure the tube again and dismiss this message.
refused-inbox-other-sex = The analyzer sent the sex “{ $said }”. This tube's patient has another. Nothing is filed. Find out whose tube was measured.
refused-inbox-result-corrected = The analyzer sent this as a correction of an earlier result. Nothing is filed. Compare it with the earlier result, then decide.
refused-inbox-result-ignored = The analyzer marked this result to be ignored. Nothing is filed. Check the reason at the analyzer.
refused-inbox-result-not-done = Repeat asked for: the analyzer has no result of this test. Measure the tube again. A good result is then filed by itself; dismiss this message.
refused-inbox-result-preliminary = The analyzer marked this result as preliminary. Nothing is filed until the analyzer sends the final result.
refused-inbox-strange-record = The message has a record “{ $record }” that the dialect does not list. Find its meaning before you verify the results in the same message, then dismiss the message.
refused-inbox-text-control = “{ $field }” has a character that no report can print. Check the value at the analyzer, then measure the tube again.
refused-inbox-text-missing = The analyzer sent no “{ $field }”. Check at the analyzer why, then measure the tube again.
refused-inbox-text-too-long = The analyzer sent a “{ $field }” of more than { $limit } characters. Check the value at the analyzer, and the dialect of the link.
refused-inbox-suspect = The analyzer suspects something ({ $said }), and this message filed no result that could be held for it. Look at the tube and at its results, then dismiss the message.
refused-inbox-suspected-duplicate = A message with the same content came before, without a time of measurement. Check at the analyzer. If it was measured twice, read the message again. If it was only sent twice, dismiss the message.
refused-inbox-time = “{ $time }” cannot be read as a time. Set the analyzer's date and time format, then send the results again.
refused-inbox-unfileable = The message is kept, but it cannot be filed: { $error }. Tell the system administrator.
refused-inbox-unknown = There is no such message. Find it in the list of messages.
refused-inbox-unmapped-code = Code { $code } had no approved mapping. If nobody has proposed one, propose a mapping. After another person has approved it, read the message again.
refused-inbox-unmapped-specimen = Code { $code } came with the specimen type “{ $specimen }”, which has no approved mapping. Check what was measured. If it is right, propose a mapping; another person approves it.
refused-inbox-unmapped-word = Code { $code } came with “{ $word }”, which has no approved mapping. Read the result at the analyzer. Then propose which answer the word means; another person approves it.
refused-inbox-unmapped-unit = Code { $code } came in “{ $unit }”, a unit without an approved mapping. Check the unit set at the analyzer. If it is right, propose a mapping; another person approves it.
refused-inbox-unreadable = The message cannot be read: { $error }. Check that the link has the protocol and dialect of the analyzer, then send the results again.

refused-links-address = “{ $address }” is not an address to listen on. Write an IP address and a port, for example 192.0.2.10:4000.
refused-links-address-taken = Another link listens on { $address } already. Choose another port.
refused-links-dialect-unknown = There is no dialect “{ $dialect }”. Choose one of these: { $known }.
refused-links-dialect-unreadable = The dialect “{ $dialect }” cannot be read. Choose another, and tell the system administrator: { $error }
refused-inbox-value-comparator = The analyzer sent “{ $value }” without a number. Nothing is filed. Read the result at the analyzer, then measure the tube again.
refused-inbox-value-several = The analyzer sent “{ $other }” and “{ $value }” in one result, and the dialect does not say which of them is the value. Nothing is filed. Read the result at the analyzer.
refused-inbox-value-unknown = “{ $value }” is neither a number nor a word that the dialect lists, so it may mean that there is no result. Nothing is filed. Read the result at the analyzer. If it is a result, the dialect must list it.
refused-links-unit-different = { $unit } cannot be brought into { $wanted }, the laboratory's unit. Choose the test that has this unit in the catalog, or set the analyzer to { $wanted }.
refused-links-unit-equated = The mapping takes { $unit } for { $wanted }, and no conversion was approved. Nothing is filed under it. Withdraw the mapping and propose it again.
refused-links-unit-unreadable = Nobody can say for certain what the unit “{ $unit }” means, so its values cannot be filed in { $wanted }. Set another unit at the analyzer, or map to a test that has exactly this unit in the catalog.
refused-links-unit-unreadable-here = The laboratory's unit “{ $wanted }” cannot be read as a unit, and the analyzer sends “{ $unit }”. Map to a test that has exactly this unit in the catalog.
refused-links-unit-value = “{ $value }” has too many digits to be brought into the laboratory's unit. Nothing is filed. Check the value at the analyzer.
refused-links-mapping-changed = { $state ->
    [proposed] { $by } proposed this mapping already. Nothing more was done.
    [approved] { $by } approved this mapping already. Nothing more was signed.
    [confirmed] { $by } confirmed this mapping already: it is in use. Nothing more was signed.
    [withdrawn] { $by } withdrew this mapping ({ $at }). It stays withdrawn; nothing more was done.
   *[unknown] These mappings changed after you opened the page, or none is marked. Check them again, then sign.
}
refused-links-mapping-nobodys = Only a dialect or the command line suggested this mapping. One person must propose it; then another person can approve it.
refused-inbox-more-problems = This message has more problems than can be listed. Read it again yourself.
refused-links-mapping-not-as-journalled = A mapping in the database is not what the journal says. Nothing was signed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-links-mapping-nothing-filed = No result was filed under this mapping yet, so there is nothing to compare with the printout. Send a result from the analyzer.
refused-links-mapping-without-answer = { $test } has answers, and nobody said which answer this value means. Propose a mapping that names the answer.
refused-links-mapping-own = You proposed this mapping yourself. Ask another person to approve it.
refused-links-mapping-other-analyte = Other words of code { $code } mean another test. One code can mean only one test: check the mappings of this link first.
refused-links-mapping-other-answer = This is not an answer of { $test } in the catalog, or no longer one. Choose an answer that the catalog has.
refused-links-mapping-taken = Code { $code } in “{ $unit }” has a mapping already. Check the mappings of this link first.
refused-links-name-taken = Another link is called { $name }. That is the same name, or it looks the same. Choose another name.
refused-links-not-detached = The links are open already. There is nothing more to do.
refused-links-not-paused = This link is not paused. There is nothing to resume.
refused-links-not-recorded = This link is not being recorded.
refused-links-pause-needs-reason = Give a reason to pause the link, so that other people know.
refused-links-paused = { $who ->
    [person] This link is paused already: { $by } paused it ({ $at }). It stays paused.
   *[unknown] This link is paused already.
}
refused-links-peer = “{ $peer }” is not an IP address. Give the IP address of each device that may connect, for example 192.0.2.17.
refused-links-protocol-unknown = Titer does not support the protocol “{ $protocol }”. Use astm.
refused-links-recording = This link is being recorded already. Wait until that recording ends, or end it.
refused-links-recording-length = A recording takes from one second to { $limit } minutes. Choose a time in this range.
refused-links-tls-authority = A link that connects needs the certificate file of the authority that signed the analyzer's certificate. Name the file.
refused-links-tls-certificate = A certificate needs its key, and a link that listens needs both. Name both files.
refused-links-tls-path = “{ $path }” is not a full path. Write the path from the root of the file system, for example /etc/titer/link.crt.
refused-links-unknown = There is no such link, or it was removed. Find it in the list of links.
refused-links-withdrawal-needs-reason = Give a reason to withdraw the mapping. The reason is kept on record.

refused-forms-not-shown = This form is more than two days old, or was not opened on this page. Your entries are in the form again. Check the entries, then send the form.
refused-forms-taken = { $what ->
    [order] This form was sent before, with other entries, and order { $number } was placed from it. If you want one more order, check the entries and send the form again.
    [patient] This form was sent before, with other entries, and a patient was registered from it. If you want to register one more patient, check the entries and send the form again.
    [instrument] This form was sent before, with other entries, and an instrument was added from it. If you want to add one more instrument, check the entries and send the form again.
    [note] This form was sent before, with other entries, and a note was made from it. If you want to make one more note, check the entries and send the form again.
    [calculation] This form was sent before, with other entries, and a calculation was proposed from it. If you want to propose one more, check the entries and send the form again.
    [comment] This form was sent before, with other entries, and a comment was proposed from it. If you want to propose one more, check the entries and send the form again.
    [reflex-rule] This form was sent before, with other entries, and a reflex rule was proposed from it. If you want to propose one more, check the entries and send the form again.
    [catalog] This form was sent before, with other entries, and a catalogue entry was made from it. If you want one more entry, check the entries and send the form again.
   *[account] This form was sent before, with other entries, and an account was made from it. If you want one more account, check the entries and send the form again.
}

refused-orders-cancellation-needs-reason = Give a reason to cancel. The reason is kept on record.
refused-orders-collected-before-birth = The collection time is before the patient was born. Check the time, the date of birth, and that this is the right patient.
refused-orders-collected-in-future = The collection time is in the future. Check it against the request and the clock, then try again.
refused-orders-collected-long-ago = The collection time { $at } is { $days } days ago. Check the day, the month and the year. If the time is right, confirm the time.
refused-orders-has-result = { $test } has a result, so it cannot be cancelled. If the result must not be reported, ask for a repeat in Review first.
refused-orders-no-tests = No test is chosen. Choose at least one.
refused-orders-not-failed = The orders of this tube were acknowledged, or not sent yet. There is nothing to send again.
refused-orders-not-as-journalled = The order in the database is not what the journal says. Nothing was printed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-orders-nothing-added = All chosen tests are in the order already, or no test is chosen. Choose a test that the order does not have.
refused-orders-requests-changed = Nothing is marked, or marked tests changed after you opened the page. Check the order again.
refused-orders-test-incomplete = { $test } cannot be ordered yet: { $analyte } has no answers. Add the answers in *Admin*, *Catalogue*, then order the test.
refused-orders-test-unknown = One of these tests is not in the catalogue any more. Choose the tests again.
refused-orders-too-many-tests = One order can have at most { $limit } analytes. Place a second order for the rest.
refused-orders-unknown = There is no such order. Find it by its number, its tube or its patient.

refused-patients-age-band-both = { patients-age-band-both }
refused-patients-alike = Somebody who could be the same person is registered already. Look at the registered patients first.
refused-patients-birth-date = This date of birth is in the future or too far back. Check the year.
refused-patients-identifier-taken = Identifier { $identifier } belongs to a registered patient. Open that patient first. If it is a different person, check the identifier.
refused-patients-correction-needs-reason = Give a reason for the correction. The reason is kept on record.
refused-patients-not-as-journalled = The patient in the database is not who the journal says. Nothing was printed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-patients-nothing-corrected = Nothing is different from what is on record. Change what is wrong, then save.
refused-patients-unknown = There is no such patient. Find the patient by family name or identifier.

refused-people-not-a-person = Only a person who has signed in may do this. Sign in, and use the pages.
refused-people-not-permitted = Your roles do not allow this. If you need this permission, ask an administrator of this laboratory.

refused-reports-issued = This report is issued already. There is nothing to try again.
refused-reports-not-as-journalled = The report in the database is not what the journal says. Do not use this report. Ask an administrator to run "titer journal verify" on the laboratory.
refused-reports-not-failed = This version has not failed, or a newer version was asked for already. Open the report again to see its state.
refused-reports-unknown = There is no such report. Find it by its order.

refused-results-answer-replaced = The director has replaced the answer that this result has. Nothing was signed. Ask for a repeat of the result, map the word to the answer of now, then read the message again.
refused-results-already-verified = { $by } has verified this result already ({ $when }). It stays verified; nothing more was done.
refused-results-contradiction-decided = { $who ->
    [person] { $by } decided this already ({ $at }), and signed that the verified result stands. Nothing more was signed.
   *[unknown] Somebody has decided this already. Open the correction again.
}
refused-results-contradiction-not-as-journalled = A value in the database that contradicts this result is not what the journal says. Nothing was signed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-results-contradiction-unknown = The page showed no value that contradicts this result. Open the correction again.
refused-results-correction-open = Another value contradicts a verified result of this test and tube. First decide whether the verified result stands: see Corrections to decide in Review.
refused-results-decision-needs-reason = Give a reason why the result stands. The reason is kept on record.
refused-results-changed-meanwhile = { $state ->
    [repeat] { $by } cancelled this result already ({ $when }) and asked for a repeat. It stays cancelled; nothing more was done.
   *[reported] { $by } changed this result ({ $when }) after you opened the page. Check it again, then decide.
}
refused-results-held = This result is held. Resolve the reasons beside it, then sign.
refused-results-judged-otherwise = An interval, a limit or an answer was changed after this was judged. Nothing was signed. The program judges it again within seconds: look at it again, then sign.
refused-results-measured-before-collection = This was measured before the specimen was collected. Check both times, and that this is the right tube. Then measure it again.
refused-results-measured-before-birth = This was measured before the patient was born. Check the analyzer's clock, the date of birth, and that this is the right tube. Then measure it again.
refused-results-measured-in-future = The time of measurement is in the future. Set the analyzer's clock, then measure the specimen again.
refused-results-not-as-journalled = The stored result { $result } is not what the journal says. Do not use this result. Ask an administrator to run "titer journal verify" on the laboratory.
refused-results-not-ordered = This test is not ordered on this tube. Check the tube against its request. If the test is wanted, add it to the order, then read the message again.
refused-results-nothing-chosen = Nothing is marked. Mark the results that you have reviewed, then sign.
refused-results-repeat-needs-reason = Give a reason for the repeat. The reason is kept on record.
refused-results-request-cancelled = This test was cancelled before its result came. If the test is still wanted, add it to the order again, then read the message again.
refused-results-second-to-verified = This tube already has a verified result of this test. If this value differs, a correction to decide is open in Review. Decide it there, then dismiss the message.
refused-results-second-result = This tube already has a result of this test. Compare the two. To use the new one, ask for a repeat of the first in Review, then read the message again.
refused-results-too-many = There are more than { $limit } results at once. Take them in smaller parts.
refused-results-unknown = There is no such result. Find it by its tube.

refused-sites-address-too-long = The head of a report has room for { $limit } lines of address. Put the rest into these lines.
refused-sites-demonstration-stays = This laboratory is a demonstration and cannot become a real one. Open a new laboratory for real work.
refused-sites-not-as-journalled = The laboratory's description in the database is not what the journal says. Nothing was printed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-sites-not-described = The laboratory's name and address are missing, and every report prints them. An administrator or the director enters them under Admin, Laboratory. Then try again.
refused-sites-zone-unknown = “{ $zone }” is not a time zone. Use a name such as Europe/London.

refused-specimens-already-received = Tube { $barcode } was received before. Open it to see when and by whom. If two tubes have this number, set both aside.
refused-specimens-barcode-identifier = Number { $barcode } is the identifier of a patient, or was until a correction. A scan of the wristband could be taken for a scan of the tube. Put a new label on the tube, and leave the field empty.
refused-specimens-barcode-of-patient = { $barcode } is the number of a tube of { $patient }, and also the identifier of another patient, { $other }. If you scanned a wristband, scan the label of the tube. If you scanned the tube and its label names { $patient }, confirm the tube.
refused-specimens-barcode-order = Number { $barcode } is the number of an order. Put a new label on the tube, and leave the field empty.
refused-specimens-barcode-characters = Tube number { $barcode } cannot be used: an analyzer or a label cannot carry it. Use letters A to Z, digits, spaces and simple signs; not | \ ^ & and not the word ALL. Put a new label on the tube, and leave the field empty.
refused-specimens-barcode-long = This tube number is too long for a label: it has room for { $limit } characters, or { $digits } if most of them are digits. Put a new label on the tube, and leave the field empty.
refused-specimens-barcode-taken = Number { $barcode } belongs to another tube. Check the scanned label. To make a new number, leave the field empty.
refused-specimens-gone = There is no such specimen. Scan the tube again, or find it by its order.
refused-specimens-has-results = This specimen has results, so it cannot be rejected any more. Ask for repeats in Review of the results that must not be reported, and ask for a new specimen.
refused-specimens-not-as-journalled = The tube in the database is not what the journal says. Nothing was printed. Ask an administrator to run "titer journal verify" on the laboratory.
refused-specimens-not-received = Tube { $barcode } is not received. Receive it, then read the message again.
refused-specimens-numbers-used-up = All tube numbers of today are used. Use labels with printed numbers, and scan them.
refused-specimens-one-label-many-tubes = This order needs several tubes, and one number cannot be used for all. Leave the number empty: each tube gets its own.
refused-specimens-reason-unknown = Choose a reason from the list.
refused-specimens-too-many = One order can have at most { $limit } tubes. Place a second order for the rest.
refused-specimens-unknown = No order has tube number { $barcode }. Set the tube aside and find its request. Do not relabel it.
refused-specimens-was-discarded = Tube { $barcode } was discarded. Check at the analyzer which tube was measured. You may need a new order with a new tube.
refused-specimens-was-rejected = Tube { $barcode } was rejected. Do not use it; ask for a new specimen.

refused-versions-changed = { $who ->
    [person] { $by } changed this ({ $at }) after you opened the page. Nothing was saved. Check what stands now, then decide.
    [program] Titer changed this ({ $at }) after you opened the page. Nothing was saved. Check what stands now, then decide.
   *[unknown] This changed after you opened the page. Nothing was saved. Check what stands now, then decide.
}

refused-text-control = “{ $field }” has a line break, a tab or another hidden character. Type it again without this character.
refused-text-missing = “{ $field }” is empty. Fill it in.
refused-text-mixed = “{ $field }” has letters of two alphabets in one word. Some of them look the same. Type the word again in one alphabet.
refused-text-signs-only = “{ $field }” has no letter and no digit, so nobody finds it. Type a letter or a digit, or leave the field empty.
refused-text-too-long = “{ $field }” is too long. Shorten it to { $limit } characters.

# The fields that a refusal can be about, as their labels say them. Keys are `field-<code>`.
field-accreditation = { site-accreditation }
field-address = { site-address }
field-analytes = Analytes
field-barcode = { orders-tube }
field-code = { messages-code }
field-container = { specimen-container }
field-director = { site-director }
field-discipline = Discipline
field-family-name = { patients-family }
field-file = File
field-given-name = { patients-given }
field-identifier = { patient-identifier }
field-instrument = Instrument
field-laboratory = { site-name }
field-lot = { instruments-lot }
field-module-code = { instruments-module }
field-name = { staff-name }
field-note = { instruments-text }
field-population = { catalog-group }
field-reason = Reason
field-requester = { orders-requester }
field-short-name = Short name
field-source = { catalog-source }
field-specimen = { specimen-kind }
field-unit = Unit
field-username = { sign-in-name }
field-value = Value
field-word = Value sent
field-words = Words
refused-catalog-ages-inverted = The first age { $low } is not below the second age { $high }, so the entry applies to nobody. Check both ages.
refused-catalog-analyte-in-panel = The panel { $test } names this analyte with its specimen type. The specimen type stays.
refused-catalog-analyte-used = This analyte was ordered, or a mapping, a test system or a calculation names it. Its unit, kind of result and specimen type stay. Add another analyte, and take this one out of use.
refused-catalog-instrument-out-of-use = The instrument { $name } is out of use. Choose an instrument that is in use, or all instruments.
refused-catalog-no-bounds = Both limits are empty. Type a lower limit, an upper limit, or both.
refused-catalog-in-use = This entry is in use. Nothing was changed.
refused-catalog-nothing-changed = Nothing is different from what is saved.
refused-catalog-out-of-use = This entry is out of use already.
refused-catalog-proposal-gone = This proposal was approved, replaced or withdrawn. Nothing was changed.
refused-catalog-proposed-already = The same entry is proposed or in force already. Nothing was saved.
refused-catalog-test-gone = This test is not in the catalogue.
refused-catalog-unit-unreadable = “{ $unit }” is not a UCUM unit. Write a unit of UCUM, for example mmol/L, 10*9/L, [IU]/mL, [pH] or {"{ratio}"}.
refused-catalog-use-needs-reason = Type a reason.
refused-orders-test-retired = { $test } cannot be ordered: { $name } is out of use. Choose another test.
refused-catalog-withdraw-needs-reason = Type a reason.
refused-catalog-approve-too-many = At most { $limit } entries can be approved with one signature. Go back to the list and narrow it by discipline, source or name. Then approve the entries in parts.
