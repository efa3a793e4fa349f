# What a printed report says beside the fixed words of its template.
paper-unknown = not known
paper-outstanding = Not yet reported
paper-not-judged = Not judged: the value may lie inside or outside the interval.
paper-verified = verified
discipline-chemistry = Clinical chemistry
discipline-coagulation = Coagulation
discipline-haematology = Haematology
discipline-immunology = Immunology
discipline-point-of-care = Point of care
discipline-urinalysis = Urinalysis
paper-no-number = Not judged: the value is not a number.
paper-not-measured = Not measured
paper-not-measured-value = not measured
paper-not-measured-tube = Not measured: { $why } (tube { $tube })
