catalog-title = Catalogue
catalog-waiting = Intervals and limits to approve
catalog-waiting-means = No result is judged by an interval or a limit until the director has signed it.
catalog-none = No interval or limit to approve
catalog-none-next = Proposed intervals and limits appear here.
catalog-analyte = Analyte
catalog-kind = Kind
catalog-reference = Reference interval
catalog-critical = Critical limit
catalog-population = Applies to
catalog-limit-none = none
catalog-limits = Limits
catalog-confidence = Evidence
catalog-confidence-means = Evidence: A, the same in at least two independent sources; B, in one source; C, in no source that could be read.
catalog-source = Source
catalog-mark-all = Mark all entries on this page
catalog-mark = { $analyte }, { $population }
catalog-meaning = As director I approve the marked entries for use in this laboratory, with its methods and its patients.
catalog-approve = Sign and approve
catalog-director = Only the director can approve these entries.
catalog-decision = Decision limit
catalog-in-force = Intervals and limits in force
catalog-approved = Signed by
catalog-anybody = everybody
catalog-from = { $whom }, from { $low }
catalog-below = { $whom }, below { $high }
catalog-between = { $whom }, from { $low } to below { $high }
catalog-done = { $count ->
    [one] One entry is approved and in force.
   *[other] { $count } entries are approved and in force.
}
