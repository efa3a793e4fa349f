//! The grid: results of one test, entered for many tubes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::catalog::views::Test;
use titer_lab::catalog::{AnalyteId, Kind, TestId};
use titer_lab::instruments::InstrumentId;
use titer_lab::instruments::views::{self as instruments, Instrument};
use titer_lab::results::entry::{EnterResults, Entered, Entry, confirmed};
use titer_lab::specimens::{SpecimenId, views as specimens};
use titer_lab::work::bench::{self, BenchTube};
use titer_lab::{Catalog, Failure, Refusal, text};
use titer_link::Board;
use titer_link::board::Standing;
use titer_link::links::operating::{Operated, operated};
use titer_link::links::{LinkId, views as links};
use titer_science::units::in_print;
use titer_shell::errors::{Problem, said};
use titer_shell::frame::Frame;
use titer_shell::reader::Reader;
use titer_store::{Read, reading};

use super::{choice, page_of, position, written};
use crate::handlers::common::{Answer, again, asked, moment, name, priority, show, test_name, tube};
use crate::pages::bench::{Cell, Column, EntryGrid, RefusedCell, Row};
use crate::pages::{Choice, Mistake, Mistakes, Seen, Tone};
use crate::sections::BENCH;
use crate::{Web, paths};

/// Places of one grid: a page stays small, and what does not fit is on the next.
const CELLS_MAX: usize = 400;
/// Tubes of one grid.
const ROWS_MAX: usize = 40;
/// Fields that are no values.
const FIELDS_MAX: usize = 20;
/// What the name of a field begins with in which a value is typed.
const CELL: &str = "cell-";

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    test: i64,
    after: String,
    /// What was chosen before.
    instrument: String,
    /// A tube that was scanned.
    number: String,
    /// A tube that a page leads to.
    specimen: i64,
}

pub async fn grid(State(web): State<Arc<Web>>, reader: Reader, Query(asked): Query<Asked>) -> Answer {
    let typed =
        Typed { test: asked.test, after: place(&asked.after), instrument: asked.instrument, ..Typed::default() };
    let led = Led { scanned: asked.number, to: Some(SpecimenId(asked.specimen)) };
    show(filled(&reader, &web.board, typed, led, Outcome::default()).await?)
}

/// What was sent.
#[derive(Clone, Default)]
struct Typed {
    test: i64,
    after: String,
    instrument: String,
    measured: String,
    confirmed: String,
    shown: i64,
    /// Values that are not empty, in the order of the form.
    values: Vec<(SpecimenId, AnalyteId, String)>,
}

impl Typed {
    fn read(fields: Vec<(String, String)>) -> Result<Self, Problem> {
        if fields.len() > CELLS_MAX + FIELDS_MAX {
            return Err(Failure::from(Refusal::new("results-too-many").with("limit", CELLS_MAX)).into());
        }
        let mut typed = Typed::default();
        for (name, value) in fields {
            match name.as_str() {
                "test" => typed.test = number(&value)?,
                "shown" => typed.shown = number(&value)?,
                "after" => typed.after = place(&value),
                "instrument" => typed.instrument = value,
                "measured" => typed.measured = value,
                "confirmed" => typed.confirmed = value,
                _ => {
                    let Some(cell) = name.strip_prefix(CELL).filter(|_| !value.trim().is_empty()) else { continue };
                    let (specimen, analyte) = cell.split_once('-').ok_or(Problem::Unreadable)?;
                    typed.values.push((SpecimenId(number(specimen)?), AnalyteId(number(analyte)?), value));
                }
            }
        }
        Ok(typed)
    }
}

/// A place on the bench, if the text is one.
fn place(text: &str) -> String {
    position(text).map(written).unwrap_or_default()
}

/// The tube that somebody looks for.
#[derive(Default)]
struct Led {
    scanned: String,
    to: Option<SpecimenId>,
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::Unreadable)
}

fn field(specimen: SpecimenId, analyte: AnalyteId) -> String {
    format!("{CELL}{specimen}-{analyte}")
}

/// What came of what was sent.
#[derive(Default)]
struct Outcome {
    saved: usize,
    refused: Vec<((SpecimenId, AnalyteId), String)>,
    mistakes: Mistakes,
}

pub async fn save(State(web): State<Arc<Web>>, reader: Reader, Form(fields): Form<Vec<(String, String)>>) -> Answer {
    let mut typed = Typed::read(fields)?;
    let mut outcome = Outcome::default();
    let measured_at = match moment(&reader, &typed.measured).await? {
        Ok(at) => at,
        Err(why) => {
            outcome.mistakes = Mistakes::one("measured", why);
            return again(filled(&reader, &web.board, typed, Led::default(), outcome).await?);
        }
    };
    if typed.values.is_empty() {
        outcome.mistakes = Mistakes::one("", reader.t("bench-nothing-entered"));
        return again(filled(&reader, &web.board, typed, Led::default(), outcome).await?);
    }
    let instrument = instrument_of(&typed);
    let link_down = link_down(&reader, &web.board, instrument).await?;
    // Each tube by itself: one that is refused keeps nothing from the others.
    let mut pending = Vec::new();
    for (specimen, values) in by_tube(&typed.values) {
        let (shown, asked) = (typed.shown, typed.confirmed.clone());
        let analytes: Vec<AnalyteId> = values.iter().map(|v| v.analyte).collect();
        let enter = EnterResults { instrument, link_down, specimen, values, measured_at, shown };
        let submitted = reader.submit(None, move |tx| {
            let entry = tx.run(enter)?;
            let now = tx.at();
            confirmed(tx, now, measured_at, &asked)?;
            Ok(entry)
        });
        pending.push((specimen, analytes, submitted));
    }
    for (specimen, analytes, submitted) in pending {
        outcome.note(&reader, &mut typed, specimen, &analytes, submitted.await)?;
    }
    let kept: Vec<(SpecimenId, AnalyteId)> = outcome.refused.iter().map(|(cell, _)| *cell).collect();
    if kept.is_empty() && outcome.mistakes.0.is_empty() {
        let to = address(&reader.to(paths::BENCH_ENTRY), &typed, &typed.after, instrument);
        return Ok(reader.done(&to, Tone::Calm, reader.tell("bench-saved", &[("count", &outcome.saved)])));
    }
    if outcome.mistakes.0.is_empty() {
        // What is saved is done; what was refused stays as it was typed.
        typed.values.retain(|(specimen, analyte, _)| kept.contains(&(*specimen, *analyte)));
    }
    again(filled(&reader, &web.board, typed, Led::default(), outcome).await?)
}

/// The instrument that was chosen; one that does not exist if none was.
fn instrument_of(typed: &Typed) -> InstrumentId {
    InstrumentId(typed.instrument.parse().unwrap_or(0))
}

/// Where the grid goes on, with the instrument that was chosen.
fn address(grid: &str, typed: &Typed, after: &str, instrument: InstrumentId) -> String {
    format!("{grid}?test={}&after={after}&instrument={instrument}", typed.test)
}

fn by_tube(values: &[(SpecimenId, AnalyteId, String)]) -> BTreeMap<SpecimenId, Vec<Entered>> {
    let mut tubes: BTreeMap<SpecimenId, Vec<Entered>> = BTreeMap::new();
    for (specimen, analyte, value) in values {
        tubes.entry(*specimen).or_default().push(Entered { analyte: *analyte, value: value.clone() });
    }
    tubes
}

/// Refusals that are about all of a form, each with the field where it is said.
const OF_FORM: [(&str, &str); 5] = [
    ("instruments-unknown", "instrument"),
    ("results-entered-out-of-use", "instrument"),
    ("results-entered-connected", "instrument"),
    ("results-entered-in-future", "measured"),
    ("results-entered-long-ago", "measured"),
];

impl Outcome {
    /// What came of the values of one tube.
    fn note(
        &mut self,
        reader: &Reader,
        typed: &mut Typed,
        specimen: SpecimenId,
        analytes: &[AnalyteId],
        answer: Result<Entry, Failure>,
    ) -> Result<(), Problem> {
        let failure = match answer {
            Ok(entry) => {
                self.saved += entry.results.len() + entry.read_again.len() + entry.before;
                for (analyte, refusal) in entry.refused {
                    self.refused.push(((specimen, analyte), said(reader.words(), refusal.into())?));
                }
                return Ok(());
            }
            Err(failure) => failure,
        };
        let code = match &failure {
            Failure::Refused(refusal) => refusal.code,
            Failure::Store(_) => "",
        };
        let confirm = asked(&failure);
        let why = said(reader.words(), failure)?;
        match OF_FORM.iter().find(|(of_form, _)| *of_form == code) {
            Some((_, field)) => {
                if self.mistakes.of(field).is_none() {
                    typed.confirmed = confirm;
                    self.mistakes.0.push(Mistake { field, text: why });
                }
            }
            None => self.refused.extend(analytes.iter().map(|analyte| ((specimen, *analyte), why.clone()))),
        }
        Ok(())
    }
}

/// Whether the instrument has a link over which nothing comes now.
async fn link_down(reader: &Reader, board: &Board, instrument: InstrumentId) -> Result<bool, Problem> {
    let board = board.clone();
    let down = reader.read(move |s| {
        let instrument = instruments::instrument(s, instrument)?;
        let (known, detached) = (operated(s)?, links::detached(s)?);
        Ok(instrument.is_some_and(|i| is_down(&board, &known, detached, &i)))
    });
    down.await
}

fn is_down(board: &Board, known: &[Operated], detached: bool, instrument: &Instrument) -> bool {
    let Some(link) = instrument.link.map(LinkId) else { return false };
    // A link that was removed brings nothing any more.
    let Some(known) = known.iter().find(|known| known.link.id == link) else { return true };
    let standing = Standing::of(&board.status(link), known.pause.is_some(), detached);
    !matches!(standing, Standing::Connected | Standing::Elsewhere | Standing::Draining)
}

async fn filled(
    reader: &Reader,
    board: &Board,
    typed: Typed,
    led: Led,
    outcome: Outcome,
) -> Result<EntryGrid, Problem> {
    let board = board.clone();
    let page = reader.page(Some(&BENCH), move |s, frame| {
        let catalog = frame.catalog(s)?;
        let test = catalog.test(TestId(typed.test)).ok_or(Problem::Missing)?;
        let (mut tubes, _) = bench::outstanding(s)?;
        tubes.iter_mut().for_each(|tube| tube.outstanding.retain(|o| test.analytes.contains(&o.analyte)));
        tubes.retain(|tube| !tube.outstanding.is_empty());
        let here = here(s, &tubes, &led)?;
        let rows = ROWS_MAX.min(CELLS_MAX / test.analytes.len().max(1)).max(1);
        // The page begins with the tube that somebody looks for, if it would not stand on it.
        let led_to =
            tubes.iter().find(|tube| Some(tube.specimen) == here && !on_page(&tubes, &typed.after, rows, tube));
        let after = led_to.map_or_else(|| typed.after.clone(), |tube| written(tube.before()));
        let missing = if here.is_none() { led.scanned } else { String::new() };
        let (tubes, next) = page_of(tubes, &after, rows);
        let seen = Seen { version: reading::head(s)?.number, now: Vec::new() };
        let filling = Filling { typed: &typed, outcome: &outcome, test, catalog: &catalog, here };
        let mut rows = tubes.iter().map(|tube| filling.row(s, frame, tube)).collect::<Result<Vec<Row>, Problem>>()?;
        let mut cells = rows.iter_mut().flat_map(|row| &mut row.cells);
        let first_refused = cells.find(|cell| !cell.wrong.is_empty() && !cell.field.is_empty());
        let focused = first_refused.map(|cell| cell.focus = true).is_some();
        let refused = filling.refused(s, &rows)?;
        let next = match next.as_str() {
            "" => String::new(),
            next => address(&frame.to(paths::BENCH_ENTRY), &typed, next, instrument_of(&typed)),
        };
        Ok(EntryGrid {
            page: frame.page(),
            test: typed.test.to_string(),
            name: test.name.clone(),
            after,
            instruments: usable(s, &board, &typed.instrument)?,
            measured: typed.measured.clone(),
            confirmed: typed.confirmed.clone(),
            columns: test.analytes.iter().filter_map(|id| column(&catalog, *id)).collect(),
            rows,
            seen,
            saved: outcome.saved,
            refused,
            focused,
            missing,
            mistakes: outcome.mistakes,
            next,
        })
    });
    page.await
}

/// The tube that somebody looks for, if it waits here.
fn here(s: &mut dyn Read, tubes: &[BenchTube], led: &Led) -> Result<Option<SpecimenId>, Problem> {
    let found = match led.scanned.trim() {
        "" => led.to,
        scanned => specimens::by_barcode(s, scanned)?.map(|specimen| specimen.id),
    };
    Ok(found.filter(|id| tubes.iter().any(|tube| tube.specimen == *id)))
}

fn on_page(tubes: &[BenchTube], after: &str, rows: usize, tube: &BenchTube) -> bool {
    let (page, _) = page_of(tubes.to_vec(), after, rows);
    page.contains(tube)
}

/// Instruments with which results are entered by hand, by name. The only one is chosen.
fn usable(s: &mut dyn Read, board: &Board, chosen: &str) -> Result<Vec<Choice>, Problem> {
    let (known, detached) = (operated(s)?, links::detached(s)?);
    let mut usable = instruments::instruments(s)?;
    usable.retain(|i| i.out_of_use.is_none() && (i.link.is_none() || is_down(board, &known, detached, i)));
    usable.sort_by_cached_key(|i| text::key(&i.name));
    let only = usable.len() == 1;
    let offered = |i: &Instrument| {
        let choice = choice(&i.id.to_string(), i.name.clone(), chosen);
        Choice { chosen: choice.chosen || only, ..choice }
    };
    Ok(usable.iter().map(offered).collect())
}

fn column(catalog: &Catalog, id: AnalyteId) -> Option<Column> {
    let analyte = catalog.analyte(id)?;
    let coded = analyte.kind == Kind::Coded;
    Some(Column {
        id: id.to_string(),
        short: analyte.short.clone(),
        name: analyte.name.clone(),
        unit: in_print(&analyte.unit),
        answers: if coded { catalog.answers(id).iter().map(|a| a.words.clone()).collect() } else { Vec::new() },
    })
}

/// What the rows of a grid are filled from.
struct Filling<'a> {
    typed: &'a Typed,
    outcome: &'a Outcome,
    test: &'a Test,
    catalog: &'a Catalog,
    here: Option<SpecimenId>,
}

impl Filling<'_> {
    fn typed(&self, specimen: SpecimenId, analyte: AnalyteId) -> String {
        let mut values = self.typed.values.iter().rev();
        let found = values.find(|(s, a, _)| (*s, *a) == (specimen, analyte));
        found.map(|(_, _, value)| value.clone()).unwrap_or_default()
    }

    fn why(&self, specimen: SpecimenId, analyte: AnalyteId) -> String {
        let refused = self.outcome.refused.iter().find(|(cell, _)| *cell == (specimen, analyte));
        refused.map(|(_, why)| why.clone()).unwrap_or_default()
    }

    fn row(&self, s: &mut dyn Read, frame: &Frame, waiting: &BenchTube) -> Result<Row, Problem> {
        let specimen = specimens::specimen(s, waiting.specimen)?.ok_or(Problem::Missing)?;
        let analytes = self.test.analytes.iter().filter(|id| self.catalog.analyte(**id).is_some());
        Ok(Row {
            id: specimen.id.to_string(),
            tube: tube(frame, &specimen),
            patient: name(frame, &specimen.patient),
            priority: priority(waiting.priority),
            here: self.here == Some(specimen.id),
            cells: analytes.map(|analyte| self.cell(frame, waiting, *analyte)).collect(),
        })
    }

    /// What a second person reads is entered without having seen the first value: so no value is shown here.
    fn cell(&self, frame: &Frame, waiting: &BenchTube, analyte: AnalyteId) -> Cell {
        let typed = self.typed(waiting.specimen, analyte);
        let wrong = self.why(waiting.specimen, analyte);
        let outstanding = waiting.outstanding.iter().find(|o| o.analyte == analyte);
        let closed = |says: String| Cell { says, wrong: wrong.clone(), ..Cell::default() };
        match outstanding.map(|o| o.second_reading) {
            None if typed.is_empty() => closed("·".to_owned()),
            None => closed(typed),
            Some(Some((_, by))) if by == frame.reader.session.account.0 => closed(frame.t("bench-second-awaited")),
            Some(second) => {
                let field = field(waiting.specimen, analyte);
                Cell { field, typed, second: second.is_some(), wrong, ..Cell::default() }
            }
        }
    }

    /// All that was refused, also in tubes that the grid does not show any more.
    fn refused(&self, s: &mut dyn Read, rows: &[Row]) -> Result<Vec<RefusedCell>, Problem> {
        let mut all = Vec::new();
        for ((specimen, analyte), why) in &self.outcome.refused {
            let field = field(*specimen, *analyte);
            let shown = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.field == field);
            all.push(RefusedCell {
                field: if shown { field } else { String::new() },
                tube: specimens::specimen(s, *specimen)?.map(|t| t.barcode).unwrap_or_default(),
                test: test_name(self.catalog, *analyte),
                typed: self.typed(*specimen, *analyte),
                why: why.clone(),
            });
        }
        Ok(all)
    }
}
