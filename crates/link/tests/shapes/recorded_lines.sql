r1 CREATE TABLE "recorded_lines" (id INTEGER PRIMARY KEY, lab INTEGER NOT NULL, until INTEGER NOT NULL, line TEXT NOT NULL) STRICT; CREATE INDEX "recorded_lines_by_until" ON "recorded_lines" (until)
