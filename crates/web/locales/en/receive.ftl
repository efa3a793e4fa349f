receive-scan = Scan a tube
receive-do = Receive tube
receive-expected = { $count ->
    [0] All collected specimens are received.
    [one] One collected specimen is not received yet.
   *[other] { $count } collected specimens are not received yet.
}
receive-done = Received
receive-refused = Not received
receive-lately = Received recently
receive-none = No tube received yet today
receive-none-next = Scan a tube while this page is open. The scan receives it.
receive-at = Time
receive-by = By
