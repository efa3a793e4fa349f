reports-none = No reports yet
reports-none-next = A report is made when results of an order are verified.
reports-version = Version
reports-versions = Versions
reports-composed = Composed
reports-issued = Issued
reports-not-issued = not yet
reports-document = Document
reports-pdf = PDF
reports-open = Open PDF
reports-retry = Make report again
reports-signed = Signed by
reports-unsigned = Nobody has signed yet.
reports-failure = The document could not be made: { $why }
reports-failed = { $count ->
    [one] One report could not be made
   *[other] { $count } reports could not be made
}
reports-anew = Compose a new version
reports-anew-means = Correct the cause first, for example a name or an address. A new version then prints the correction. This version is never issued.
reports-anew-done = A new version of the report is being made.
reports-not-measured = { $test } was not measured: { $why } (tube { $tube }).
reports-outstanding = To follow: { $tests }
reports-correction-open = A value contradicts a verified result of this report. Nobody has decided yet whether to correct the result:
reports-judging = Results to review could not be judged again after a change of the catalogue, an instrument or a test system
reports-follows = After this version was composed, tests were ordered or results were verified. The order is preliminary until the next version is composed.
reports-corrected-since = The patient was corrected after this version. This version names { $name } ({ $sex }, { $born }), identifier { $identifier }, and stays as it was issued.
