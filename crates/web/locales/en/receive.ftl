receive-scan = Scan a tube
receive-collected = Collected, if the order does not say so
receive-collected-hint = 22 Nov 2026 14:05, or 14:05
receive-do = Receive tube
receive-expected = { $count ->
    [0] No specimens to receive
    [one] 1 specimen to receive
   *[other] { $count } specimens to receive
}
receive-done = Received
receive-refused = Not received
receive-anyway = Receive with this time
receive-this-tube = Receive this tube
receive-lately = Received recently
receive-none = No tube received yet today
receive-none-next = Scan a tube while this page is open. The scan receives it.
receive-at = Time
receive-by = By
