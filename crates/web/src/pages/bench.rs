//! The bench: what is outstanding, and the grid in which results are entered by hand.

use askama::Template;

use super::{Choice, Mistakes, Page, PatientName, Priority, Seen, Tube};
use titer_shell::when::When;
use titer_shell::words::Amount;

/// What is outstanding.
#[derive(Template)]
#[template(path = "bench.html")]
pub struct Bench {
    /// The frame.
    pub page: Page,
    /// The disciplines; none chosen: all.
    pub disciplines: Vec<Choice>,
    /// The instruments; none chosen: all.
    pub instruments: Vec<Choice>,
    /// Tests with outstanding work, each with where its results are entered.
    pub tests: Vec<TestWork>,
    /// The tubes: the most urgent first, then the oldest.
    pub lines: Vec<BenchLine>,
    /// How many tubes there are.
    pub count: Amount,
    /// Where the next ones are; empty at the end.
    pub next: String,
}

/// A test with outstanding work.
pub struct TestWork {
    /// Where its results are entered.
    pub href: String,
    /// Its name.
    pub name: String,
    /// How many tubes wait for it.
    pub tubes: usize,
}

/// A tube with outstanding tests.
pub struct BenchLine {
    /// The tube.
    pub tube: Tube,
    /// Whose it is.
    pub patient: PatientName,
    /// How urgent.
    pub priority: Priority,
    /// What is outstanding, short names.
    pub outstanding: String,
    /// What a second person is to read, short names.
    pub second: String,
    /// Since when.
    pub since: When,
    /// How long that is, and the target if the laboratory has set one.
    pub age: String,
    /// Whether the target has passed.
    pub late: bool,
    /// Where its results are entered; empty if nobody enters them.
    pub enter: String,
}

/// The grid in which results of one test are entered.
#[derive(Template)]
#[template(path = "bench_entry.html")]
pub struct EntryGrid {
    /// The frame.
    pub page: Page,
    /// The test, in addresses.
    pub test: String,
    /// Its name.
    pub name: String,
    /// Behind which place the rows begin; empty: at the first.
    pub after: String,
    /// What it may have been measured with.
    pub instruments: Vec<Choice>,
    /// When it was measured, as typed.
    pub measured: String,
    /// Which time of measurement the page asks about; empty if it asks about none.
    pub confirmed: String,
    /// The analytes.
    pub columns: Vec<Column>,
    /// The tubes.
    pub rows: Vec<Row>,
    /// The number of the last event that the page shows.
    pub seen: Seen,
    /// How many values were saved before others were refused.
    pub saved: usize,
    /// Values that were refused.
    pub refused: Vec<RefusedCell>,
    /// Whether a refused cell gets the keys, rather than the list of those that were refused.
    pub focused: bool,
    /// A tube that was scanned and has no row here; empty if none was.
    pub missing: String,
    /// What else was wrong.
    pub mistakes: Mistakes,
    /// Where the next tubes are; empty at the end.
    pub next: String,
}

impl EntryGrid {
    /// Whether a cell is for a second reader.
    pub fn has_second(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.second)
    }
}

/// An analyte of the grid.
pub struct Column {
    /// The analyte.
    pub id: String,
    /// Its short name.
    pub short: String,
    /// Its name.
    pub name: String,
    /// Its unit as laboratories print it.
    pub unit: String,
    /// The words of its answers.
    pub answers: Vec<String>,
}

/// A tube of the grid.
pub struct Row {
    /// The specimen.
    pub id: String,
    /// The tube.
    pub tube: Tube,
    /// Whose it is.
    pub patient: PatientName,
    /// How urgent.
    pub priority: Priority,
    /// Whether it was scanned.
    pub here: bool,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// A place of the grid.
#[derive(Default)]
pub struct Cell {
    /// The name of its field; empty if nothing is entered here.
    pub field: String,
    /// What was typed.
    pub typed: String,
    /// Whether a second person reads here.
    pub second: bool,
    /// Why nothing is entered here, in words.
    pub says: String,
    /// Why the typed value was refused.
    pub wrong: String,
    /// Whether it gets the keys: the first one that was refused.
    pub focus: bool,
}

/// A value that was refused.
pub struct RefusedCell {
    /// The id of its field; empty if the grid does not show it any more.
    pub field: String,
    /// The tube's number.
    pub tube: String,
    /// The test.
    pub test: String,
    /// What was typed.
    pub typed: String,
    /// Why.
    pub why: String,
}

/// Turn-around targets of the tests of one discipline.
#[derive(Template)]
#[template(path = "bench_targets.html")]
pub struct Targets {
    /// The frame.
    pub page: Page,
    /// The disciplines.
    pub disciplines: Vec<Choice>,
    /// The chosen one.
    pub discipline: String,
    /// Its tests, with their targets as typed.
    pub lines: Vec<TargetLine>,
    /// Whether the reader may change them.
    pub changeable: bool,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}

/// The targets of one test, in minutes.
pub struct TargetLine {
    /// The test.
    pub id: String,
    /// Its name.
    pub name: String,
    /// For each priority its code, its name, and the minutes as typed.
    pub minutes: Vec<(&'static str, &'static str, String)>,
}

/// Of which analytes of one discipline a second person reads what is entered by hand.
#[derive(Template)]
#[template(path = "bench_readers.html")]
pub struct SecondReaders {
    /// The frame.
    pub page: Page,
    /// The disciplines.
    pub disciplines: Vec<Choice>,
    /// The chosen one.
    pub discipline: String,
    /// What was sought, as typed.
    pub text: String,
    /// Its analytes that were found.
    pub analytes: Vec<Choice>,
    /// Whether the reader may change them.
    pub changeable: bool,
    /// The version that the form shows.
    pub seen: Seen,
    /// What was wrong.
    pub mistakes: Mistakes,
}
