catalog-import = Starter catalogue
catalog-import-title = Add the starter catalogue
catalog-import-means = Titer adds what its starter catalogue has and this laboratory does not have: specimen types, analytes, tests, answers, reference intervals and critical limits. Nothing that the laboratory has is changed. Intervals, limits and meanings of answers are proposals until the director has signed them.
catalog-import-add = Add the starter catalogue
catalog-import-left-out = { $count ->
    [one] One entry was left out, because an entry of the laboratory does not let it in.
   *[other] { $count } entries were left out, because entries of the laboratory do not let them in. The first reasons:
}
catalog-import-done = { $count ->
    [0] Nothing was added: the catalogue has all of the starter catalogue.
    [one] One entry was added.
   *[other] { $count } entries were added.
}
catalog-units = System of units
catalog-units-si = SI units
catalog-units-conventional = Conventional units
catalog-units-si-hint = For example glucose in mmol/L, creatinine in µmol/L, haemoglobin in g/L.
catalog-units-conventional-hint = For example glucose in mg/dL, creatinine in mg/dL, haemoglobin in g/dL.
catalog-units-for-ever = A laboratory chooses its system once, because the unit of an analyte never changes. Intervals and limits that are printed in other units are converted with the molar mass. Each converted entry shows the printed figures too.
catalog-units-no-loinc = In these units, these analytes have no LOINC code: { $analytes }.
catalog-units-confirm = You chose: { $units }. This choice can never be changed. If it is right, add the starter catalogue again.
catalog-units-confirm-add = Add the starter catalogue in { $units ->
    [si] SI units
   *[conventional] conventional units
}
catalog-units-empty = The laboratory has no analytes yet. Add the starter catalogue.
catalog-units-mixed = Mixed units: no system of units was chosen for this catalogue. Each analyte keeps the unit in which it was imported.
catalog-units-of = System of units: { $units }.
catalog-converted = Converted from { $printed }, as the source prints it.
catalog-converted-count = { $count ->
    [one] The figures of one entry were converted from other units. Compare them with the printed figures beside them.
   *[other] The figures of { $count } entries were converted from other units. Compare them with the printed figures beside them.
}
event-catalog-units-chosen = System of units chosen.
