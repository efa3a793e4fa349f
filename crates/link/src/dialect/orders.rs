//! From the laboratory's work to a message that orders it, in the analyzer's own terms.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use titer_wire::astm::{Delimiters, Record, Value, Writer};

use super::{CharacterSet, Dialect, Nothing, Order, Several, Spot};

/// What an order says is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// New work.
    New,
    /// Tests added to work that the analyzer has.
    Add,
    /// Tests taken back.
    Cancel,
}

impl Doing {
    /// Its code, as the journal and the word files name it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Doing::New => "new",
            Doing::Add => "add",
            Doing::Cancel => "cancel",
        }
    }

    /// What this code says.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Doing::New, Doing::Add, Doing::Cancel].into_iter().find(|d| d.code() == code)
    }
}

/// What is said of one specimen.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// The barcode on the tube.
    pub barcode: String,
    /// What is to be done.
    pub doing: Doing,
    /// Whether it comes before the routine.
    pub urgent: bool,
    /// The analyzer's codes of the tests; none says that there is nothing to do.
    pub codes: Vec<String>,
    /// The analyzer's code of the kind of specimen; empty when none is known.
    pub specimen_type: String,
    /// Whose it is.
    pub patient: Option<Named>,
    /// The question that this answers, for a device that is given back some of it.
    pub question: Option<Fields>,
}

impl Ordered {
    /// That there is nothing to do.
    #[must_use]
    pub fn nothing(barcode: &str) -> Self {
        Ordered {
            barcode: barcode.to_owned(),
            doing: Doing::New,
            urgent: false,
            codes: Vec::new(),
            specimen_type: String::new(),
            patient: None,
            question: None,
        }
    }
}

/// A patient, as far as an analyzer may be told.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Named {
    pub identifier: String,
    pub family: String,
    pub given: String,
    pub birth_date: Option<Date>,
    /// `F`, `M` or `U`, as in LIS02-A2.
    pub sex: &'static str,
}

/// Why the message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The analyzer asked.
    Asked,
    /// Nobody asked.
    Unasked,
}

impl CharacterSet {
    /// The text in this set; none when it has a character that the set lacks.
    #[must_use]
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        text.chars().map(|c| self.character(c)).collect::<Option<Vec<_>>>().map(|all| all.concat())
    }

    fn character(self, c: char) -> Option<Vec<u8>> {
        match (self, u8::try_from(u32::from(c))) {
            (_, Ok(byte)) if byte.is_ascii() => Some(vec![byte]),
            (Self::Latin1, Ok(byte)) => Some(vec![byte]),
            (Self::Utf8, _) => Some(c.to_string().into_bytes()),
            _ => None,
        }
    }

    /// The text in this set, a question mark for each character that it lacks: for what a person reads, never for a code.
    fn readable(self, text: &str) -> Vec<u8> {
        text.chars().flat_map(|c| self.character(c).unwrap_or_else(|| vec![b'?'])).collect()
    }
}

/// A record, as it is being filled or as it came: values by field, repeat and component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    kind: u8,
    fields: BTreeMap<usize, Vec<BTreeMap<usize, Vec<u8>>>>,
}

impl Fields {
    fn new(kind: u8) -> Self {
        Fields { kind, fields: BTreeMap::new() }
    }

    /// A question as it came.
    pub(super) fn of(query: &Record<'_>) -> Self {
        let components = |repeat: Value<'_>| (1..).zip(repeat.components().map(|c| c.bytes().into_owned())).collect();
        let fields = (1..).zip(query.fields()).skip(1);
        Fields {
            kind: b'Q',
            fields: fields.map(|(number, f)| (number, f.repeats().map(components).collect())).collect(),
        }
    }

    /// Fills a field, or a component in each of its repeats. An empty field is left out.
    fn set(&mut self, spot: Spot, value: Vec<u8>) {
        match spot.component {
            None if value.is_empty() => drop(self.fields.remove(&spot.field)),
            None => drop(self.fields.insert(spot.field, vec![BTreeMap::from([(1, value)])])),
            Some(component) => {
                for repeat in self.fields.entry(spot.field).or_insert_with(|| vec![BTreeMap::new()]) {
                    repeat.insert(component, value.clone());
                }
            }
        }
    }

    fn repeats(&mut self, spot: Spot, values: Vec<Vec<u8>>) {
        let repeats = self.fields.entry(spot.field).or_default();
        for (at, value) in values.into_iter().enumerate() {
            if repeats.len() <= at {
                repeats.push(BTreeMap::new());
            }
            repeats[at].insert(spot.component.unwrap_or(1), value);
        }
    }

    fn write(&self, message: &mut Writer) {
        message.record(self.kind);
        // A header has written its delimiters as field 2.
        let first = if self.kind == b'H' { 3 } else { 2 };
        let last = self.fields.keys().next_back().copied().unwrap_or(0);
        for field in first..=last {
            let Some(repeats) = self.fields.get(&field) else {
                message.skip(1);
                continue;
            };
            let components = |repeat: &BTreeMap<usize, Vec<u8>>| {
                let last = repeat.keys().next_back().copied().unwrap_or(1);
                (1..=last).map(|c| repeat.get(&c).cloned().unwrap_or_default()).collect::<Vec<_>>()
            };
            message.repeats(repeats.iter().map(components));
        }
    }
}

const fn whole(field: usize) -> Spot {
    Spot { field, component: None }
}

impl Dialect {
    /// A message with what is ordered, as this analyzer takes it; none when its dialect takes no orders or not these, a barcode or
    /// a code has a character that it cannot be sent, or the question is missing that it is to be given back. With nothing to do
    /// in it, it says that there is nothing.
    #[must_use]
    pub fn orders(&self, now: DateTime, occasion: Occasion, specimens: &[Ordered]) -> Option<Vec<u8>> {
        let order = self.order.as_ref()?;
        let set = self.framing.encoding;
        let mut message = Writer::new(Delimiters::default());
        let mut header = Fields::new(b'H');
        header.set(whole(14), now.strftime("%Y%m%d%H%M%S").to_string().into_bytes());
        self.finish(order, header, &mut message);
        let named = |s: &&Ordered| !s.codes.is_empty() || order.nothing == Nothing::Order;
        for (number, specimen) in (1_usize..).zip(specimens.iter().filter(named)) {
            self.finish(order, patient(order, set, number, specimen), &mut message);
            let codes = specimen.codes.iter().map(|c| set.encode(c)).collect::<Option<Vec<_>>>()?;
            let each = match order.several {
                Several::Records if codes.len() > 1 => codes.into_iter().map(|c| vec![c]).collect(),
                _ => vec![codes],
            };
            for (number, codes) in (1_usize..).zip(each) {
                self.finish(order, ordered(order, set, number, specimen, codes)?, &mut message);
            }
        }
        if order.nothing == Nothing::Query {
            for specimen in specimens.iter().filter(|s| s.codes.is_empty()) {
                self.finish(order, specimen.question.clone()?, &mut message);
            }
        }
        let mut end = Fields::new(b'L');
        end.set(whole(2), b"1".to_vec());
        let nothing = specimens.iter().all(|s| s.codes.is_empty());
        match &order.end {
            Some(codes) => {
                let code = match occasion {
                    Occasion::Asked if nothing => &codes.none,
                    Occasion::Asked => &codes.answer,
                    Occasion::Unasked => &codes.unasked,
                };
                end.set(whole(codes.field), set.readable(code));
            }
            // LIS02-A2: N is the normal end, I that there is no information for the last query.
            None => end.set(whole(3), if occasion == Occasion::Asked && nothing { b"I" } else { b"N" }.to_vec()),
        }
        self.finish(order, end, &mut message);
        Some(message.finish())
    }

    /// Writes a record with the texts that always stand in it.
    fn finish(&self, order: &Order, mut record: Fields, message: &mut Writer) {
        let kind = char::from(record.kind).to_string();
        for fixed in order.fixed.iter().filter(|f| f.record == kind) {
            let spot = Spot { field: fixed.field, component: fixed.component };
            record.set(spot, self.framing.encoding.readable(&fixed.text));
        }
        record.write(message);
    }
}

fn patient(order: &Order, set: CharacterSet, number: usize, specimen: &Ordered) -> Fields {
    let mut record = Fields::new(b'P');
    record.set(whole(2), number.to_string().into_bytes());
    let (Some(fields), Some(patient)) = (&order.patient, &specimen.patient) else { return record };
    let mut put = |field: Option<usize>, component, text: &str| {
        if let Some(field) = field.filter(|_| !text.is_empty()) {
            record.set(Spot { field, component: Some(component) }, set.readable(text));
        }
    };
    put(fields.identifier, 1, &patient.identifier);
    put(fields.name, 1, &patient.family);
    put(fields.name, 2, &patient.given);
    put(fields.birth, 1, &patient.birth_date.map(|d| d.strftime("%Y%m%d").to_string()).unwrap_or_default());
    put(fields.sex, 1, patient.sex);
    record
}

fn ordered(order: &Order, set: CharacterSet, number: usize, of: &Ordered, codes: Vec<Vec<u8>>) -> Option<Fields> {
    let mut record = Fields::new(b'O');
    record.set(whole(2), number.to_string().into_bytes());
    record.set(order.identity, set.encode(&of.barcode)?);
    for echo in &order.echo {
        let first = echo.first.unwrap_or(1);
        let given = of.question.as_ref()?.fields.get(&echo.from).into_iter().flatten();
        let part = given.map(|repeat| repeat.range(first..).map(|(c, value)| (c + 1 - first, value.clone())).collect());
        record.fields.insert(echo.to, part.collect());
    }
    let nothing = codes.is_empty();
    record.repeats(order.code, codes);
    match (&order.action, of.doing) {
        (None, Doing::New) => {}
        (None, Doing::Add | Doing::Cancel) => return None,
        (Some(action), doing) => {
            let code = match doing {
                Doing::New => Some(&action.new),
                Doing::Add => action.add.as_ref(),
                Doing::Cancel => action.cancel.as_ref(),
            };
            record.set(whole(action.field), set.encode(code?)?);
        }
    }
    if let Some(priority) = &order.priority {
        record.set(whole(priority.field), set.encode(if of.urgent { &priority.stat } else { &priority.routine })?);
    }
    if let Some(spot) = order.specimen_type.filter(|_| !of.specimen_type.is_empty()) {
        record.set(spot, set.encode(&of.specimen_type)?);
    }
    if let Some(report) = &order.report_type {
        let code = report.none.as_ref().filter(|_| nothing).unwrap_or(&report.order);
        record.set(whole(report.field), set.encode(code)?);
    }
    Some(record)
}
