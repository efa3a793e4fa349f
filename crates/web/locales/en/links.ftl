links-title = Links
links-none = No links yet
links-none-next = A link connects an analyzer. Links are added on the server, not on these pages. The person who runs the server uses this command:
links-none-here = After that, the link is listed here, and its codes are mapped on its page. For a manual method or an analyzer that does not send, add an instrument, then enter the results on the bench.
links-name = Name
links-protocol = Protocol
links-dialect = Dialect
links-address = Address
links-listens = listens on { $address }
links-connects = connects to { $address }
links-peers = May connect
links-refused = { $count ->
    [one] { $peer } may not connect and was refused
   *[other] { $peer } may not connect and was refused { $count } times
}
links-detached = The links are closed.
links-detached-means = The laboratory was restored from a backup. Compare with the analyzers which messages were sent and received since the backup. Then open the links.
links-attach = I have compared them: open the links
links-mappings = Mappings
links-mappings-none = No mappings yet
links-mappings-none-next = A message with an unmapped code is held. Open the held message to propose a mapping.
links-mappings-mean = One person proposes a mapping and another person approves it. Its results are held until a person has compared the first results with the analyzer's printout.
links-unsettled = { $count } to sign
links-settled = none to sign
links-by = By
links-proposed = proposed by { $name }
links-suggested = suggested by { $name }, not yet proposed by a person
links-adopt = Propose as mine
links-adopt-means = A dialect or the command line only suggests a mapping. One person must propose it, and another person must approve it.
links-approved = approved by { $name }
links-confirmed = confirmed by { $name }
links-mark-all = Mark all mappings that you may sign
links-mark = Mark code { $code }
links-sign-title = Sign mappings of { $link }
links-sign-none = No mapping is marked that can be signed. Mark the mappings to sign, then try again.
links-left-out = { $count ->
    [one] One mapping is left out:
   *[other] { $count } mappings are left out:
}
links-to-approve = Mappings to approve
links-approve-means = Each code means this test. Each unit is the laboratory's own, or is brought into it by the conversion shown.
links-patient-unnamed = This dialect does not say where a message names the patient. So name, date of birth and sex in a message are not compared with the patient of the tube. A wrong tube number is not noticed that way.
links-controls-unnamed = This dialect names no mark of control material. Only the standard's marks (Q in H-12 or O-12) are known. Give control material numbers that no tube can have.
links-to-confirm = Mappings to confirm
links-confirm-means = The first results of each code were compared with the analyzer's printout, and they agree.
links-sign-meaning = I have checked the mappings listed here, and sign for them.
links-sign = Sign mappings
links-sign-one = Sign mapping…
links-signed = The mappings are signed.
links-orders = Orders
links-orders-when-asked = This analyzer sends host queries. It gets its orders in the answer.
links-orders-when-received = This analyzer holds a worklist. Each tube is sent when it is received, and again when its tests change.
links-orders-waiting = Orders to send
links-orders-none = No order to send.
links-orders-more = There are more orders than are listed here.
links-orders-failed = Orders that the analyzer did not acknowledge
links-orders-at = When
links-trouble = Error
links-orders-next = Next
links-orders-next-at = sent again at { $at }
links-orders-next-person = not sent again by itself: check the analyzer, then press Send again
links-orders-next-asked = sent when the analyzer queries again
links-orders-again = Send again
links-orders-sent = Orders last acknowledged
links-orders-query = Answer to query
links-orders-unasked = no query
links-orders-said = Orders
links-orders-new = { $tube }: { $tests }
links-orders-add = { $tube }: { $tests } added
links-orders-cancel = { $tube }: { $tests } cancelled
links-orders-nothing = { $tube }: no tests. { $why }
links-orders-left = { $count } more tubes did not fit into one answer.

# Why the answer to an analyzer's host query held no tests.
nothing-specimens-unknown = No order has this tube number.
nothing-specimens-not-received = The tube was not received.
nothing-specimens-was-rejected = The tube was rejected.
nothing-specimens-was-discarded = The tube was discarded.
nothing-orders-nothing-open = No test of this tube is outstanding.
nothing-orders-nothing-mapped = This link has no approved mapping for the outstanding tests.
nothing-text-missing = The query holds no tube number.
nothing-text-too-long = This is too long for a tube number.
nothing-text-control = The number holds a hidden character.
