links-title = Links
links-none = No links yet
links-none-next = An analyser or a clinical system is connected from the command line:
links-name = Name
links-protocol = Protocol
links-dialect = Dialect
links-address = Address
links-last = Last message
links-never = never
links-connections = Connections
links-messages = Messages
links-trouble = Trouble
links-since = Connections, messages and troubles are those since this program started.
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
links-signed = Signed.
