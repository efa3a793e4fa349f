# The laboratory as its reports print it.
site-title = Laboratory
site-means = Every new report prints these details. Issued reports do not change.
site-name = Name
site-address = Address
site-accreditation = CLIA or accreditation number
site-accreditation-hint = Leave empty if there is none
site-director = Director
site-director-hint = The name as reports print it
site-zone = Time zone
site-zone-hint = For example Europe/London
site-save = Save details
site-saved = The details are saved.
