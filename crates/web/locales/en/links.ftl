links-title = Links
links-none = No links yet
links-none-next = An analyser or a clinical system is connected from the command line:
links-name = Name
links-protocol = Protocol
links-dialect = Dialect
links-address = Address
links-listens = listens on { $address }
links-connects = connects to { $address }
links-peers = May connect
links-refused = { $count ->
    [one] { $peer } is not listed and was refused
   *[other] { $peer } is not listed and was refused { $count } times
}
links-detached = The links are closed.
links-detached-means = The laboratory was restored from a backup. Compare what was sent and received since with the analysers, then open the links again.
links-attach = I have compared it: open the links
links-mappings = What its codes mean
links-mappings-none = No code has a meaning yet
links-mappings-none-next = A code that nobody has explained holds its message. Propose its meaning there.
links-mappings-mean = One person proposes a meaning and another approves it. Its results stay held until somebody has compared the first of them with the analyser's printout.
links-unsettled = { $count } to sign
links-settled = settled
links-by = By
links-proposed = proposed by { $name }
links-suggested = suggested by { $name }, proposed by nobody yet
links-adopt = Propose as mine
links-adopt-means = A dialect or the command line is no person: somebody proposes what it suggests, and another person approves it.
links-approved = approved by { $name }
links-confirmed = confirmed by { $name }
links-mark-all = All that you may sign
links-mark = Code { $code }
links-sign-title = Mappings of { $link }
links-sign-none = Nothing can be signed. Mark what you want to sign, then try again.
links-left-out = { $count ->
    [one] One is left out:
   *[other] { $count } are left out:
}
links-to-approve = To approve
links-approve-means = Each code means this test, in this unit, which is the laboratory's own.
links-to-confirm = To confirm
links-confirm-means = The first results of each code were compared with the instrument's printout, and they agree.
links-sign-meaning = I have checked what is listed here, and sign for it.
links-sign = Sign
links-sign-one = Sign…
links-signed = Signed.
links-orders = Orders
links-orders-when-asked = This analyser asks for its work and is told then.
links-orders-when-received = This analyser is told of a tube as soon as it is received, and of what is added or cancelled later.
links-orders-waiting = Waits to be sent
links-orders-none = Nothing waits to be sent.
links-orders-more = There is more than is shown here.
links-orders-failed = Not taken by the analyser
links-orders-at = When
links-trouble = What went wrong
links-orders-next = What happens next
links-orders-next-at = sent again { $at }
links-orders-next-person = Nothing more is tried: look at the analyser, then send it again
links-orders-next-asked = It is told when it asks again
links-orders-again = Send again
links-orders-sent = Taken last
links-orders-query = Asked in message
links-orders-unasked = unasked
links-orders-said = What it was told
links-orders-new = { $tube }: { $tests }
links-orders-add = { $tube }: { $tests } added
links-orders-cancel = { $tube }: { $tests } taken back
links-orders-nothing = { $tube }: nothing. { $why }
links-orders-left = { $count } more were asked for than one answer holds.

# Why an analyser that asked was told that there is nothing.
nothing-specimens-unknown = No order names this tube.
nothing-specimens-not-received = The tube was not received.
nothing-specimens-was-rejected = The tube was rejected.
nothing-specimens-was-discarded = The tube was thrown away.
nothing-orders-nothing-open = Nothing is left to measure of it.
nothing-orders-nothing-mapped = No approved code of this link stands for what is asked of it.
nothing-text-missing = No number was asked for.
nothing-text-too-long = This is too long for a tube's number.
nothing-text-control = The number holds a hidden character.
