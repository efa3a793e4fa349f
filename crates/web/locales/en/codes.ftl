# The meaning of codes that the laboratory stores: roles, permissions, reasons. Keys are `<what>-<code>`.
role-administrator = Administrator
role-director = Director
role-supervisor = Supervisor
role-technician = Technician
role-clerk = Clerk
role-clinician = Clinician

# What a role allows.
action-own-account = Sign in, and change one's own password
action-keep-sessions = Keep sessions
action-see-work = See work to do
action-see-patients = See patients, orders, specimens and results
action-see-administration = See the administration pages
action-manage-staff = Open and reset accounts, set roles
action-manage-site = Describe the laboratory
action-propose-catalog = Import catalogue entries
action-approve-catalog = Approve intervals and limits
action-register-patients = Register patients
action-correct-patients = Correct a patient's name, sex or date of birth
action-place-orders = Place orders
action-receive-specimens = Receive and reject specimens
action-report-results = File results
action-verify-results = Review, verify and sign results
action-compose-reports = Compose reports, after results were signed
action-see-reports = See and print reports
action-issue-reports = Issue reports
action-manage-links = Add and remove links
action-replay-messages = Read held messages again
action-judge-results = Judge results to review again
action-hold-results = Hold results of a withdrawn mapping
action-receive-messages = Receive messages
action-send-orders = Send orders to analyzers
action-resolve-messages = Resolve held messages, propose mappings
action-approve-mappings = Approve and confirm mappings
action-check-mappings = Withdraw mappings that take one unit for another
action-read-journal = Read and verify the journal

sex-female = Female
sex-male = Male
sex-other = Other
sex-unknown = Unknown

# Why a specimen was rejected: to choose from, in the specimen's history and on the report.
reject-unlabelled = No label on the tube
reject-mislabelled = Label and request differ
reject-wrong-container = Wrong container
reject-insufficient = Not enough specimen
reject-clotted = Clotted
reject-haemolysed = Haemolysed
reject-leaked = Leaked
reject-too-old = Too old on arrival

# Who did something, if there is no person's name.
who-timer = Titer
who-console = Command line
who-link = A removed link
who-person = A person who is not in the staff list

# Why a test could not be measured, in a sentence: on reports.
not-measured-unlabelled = no label on the tube
not-measured-mislabelled = label and request differ
not-measured-wrong-container = wrong container
not-measured-insufficient = not enough specimen
not-measured-clotted = specimen clotted
not-measured-haemolysed = specimen haemolysed
not-measured-leaked = specimen leaked
not-measured-too-old = specimen too old on arrival
not-measured-discarded = specimen discarded
