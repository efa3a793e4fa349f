//! Writes orders as a message in the analyzer's dialect.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use titer_wire::astm::{Delimiters, Record, Value, Writer};

use super::{CharacterSet, Dialect, MultipleTests, NoOrderReply, OrderFormat, Spot};

titer_lab::codes! {
    /// What an analyzer does with an order.
    pub enum OrderAction {
        /// A new order.
        New = "new",
        /// Tests are added to an order that the analyzer has.
        Add = "add",
        /// Tests are cancelled.
        Cancel = "cancel",
    }
}

/// What is ordered of one specimen, in the analyzer's codes.
#[derive(Clone, Debug)]
pub struct SpecimenOrder {
    /// The barcode on the tube.
    pub barcode: String,
    /// What is to be done with it.
    pub action: OrderAction,
    /// Whether it comes before the routine.
    pub urgent: bool,
    /// The analyzer's codes of the tests; empty if there is no order.
    pub codes: Vec<String>,
    /// The analyzer's code of the specimen type; empty if none is known.
    pub specimen_type: String,
    /// The patient.
    pub patient: Option<OrderPatient>,
    /// The query that this answers, for an analyzer that expects fields of it in the answer.
    pub query: Option<RecordFields>,
}

impl SpecimenOrder {
    /// Says that there is no order for this specimen.
    pub fn nothing(barcode: &str) -> Self {
        SpecimenOrder {
            barcode: barcode.to_owned(),
            action: OrderAction::New,
            urgent: false,
            codes: Vec::new(),
            specimen_type: String::new(),
            patient: None,
            query: None,
        }
    }
}

/// What an analyzer may know of a patient.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct OrderPatient {
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
    /// The analyzer sent a query.
    Query,
    /// Nobody sent a query.
    Broadcast,
}

impl CharacterSet {
    /// The text in this set; none if it has a character that the set lacks.
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

    /// The text in this set, with a question mark for each character that the set lacks. For texts that people read, never for codes.
    fn readable(self, text: &str) -> Vec<u8> {
        text.chars().flat_map(|c| self.character(c).unwrap_or_else(|| vec![b'?'])).collect()
    }
}

/// The values of a record by field, repeat and component: of one that is being written, or of one that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFields {
    kind: u8,
    fields: BTreeMap<usize, Vec<BTreeMap<usize, Vec<u8>>>>,
}

impl RecordFields {
    fn new(kind: u8) -> Self {
        RecordFields { kind, fields: BTreeMap::new() }
    }

    /// The fields of a query as received.
    pub(super) fn of(query: &Record<'_>) -> Self {
        let components = |repeat: Value<'_>| (1..).zip(repeat.components().map(|c| c.bytes().into_owned())).collect();
        let fields = (1..).zip(query.fields()).skip(1);
        RecordFields {
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
    /// A message with these orders, as this analyzer takes it. If no order has a test, the message says that there is no order.
    ///
    /// None if the dialect takes no orders, or not this action; if a barcode or a code has a character that cannot be sent; or if
    /// the analyzer expects fields of a query that is missing.
    pub fn orders(&self, now: DateTime, occasion: Occasion, specimens: &[SpecimenOrder]) -> Option<Vec<u8>> {
        let order = self.order.as_ref()?;
        let set = self.framing.encoding;
        let mut message = Writer::new(Delimiters::default());
        let mut header = RecordFields::new(b'H');
        header.set(whole(14), now.strftime("%Y%m%d%H%M%S").to_string().into_bytes());
        self.finish(order, header, &mut message);
        let named = |s: &&SpecimenOrder| !s.codes.is_empty() || order.nothing == NoOrderReply::Order;
        for (number, specimen) in (1_usize..).zip(specimens.iter().filter(named)) {
            self.finish(order, patient_record(order, set, number, specimen), &mut message);
            let codes = specimen.codes.iter().map(|c| set.encode(c)).collect::<Option<Vec<_>>>()?;
            let each = match order.several {
                MultipleTests::Records if codes.len() > 1 => codes.into_iter().map(|c| vec![c]).collect(),
                _ => vec![codes],
            };
            for (number, codes) in (1_usize..).zip(each) {
                self.finish(order, order_record(order, set, number, specimen, codes)?, &mut message);
            }
        }
        if order.nothing == NoOrderReply::Query {
            for specimen in specimens.iter().filter(|s| s.codes.is_empty()) {
                self.finish(order, specimen.query.clone()?, &mut message);
            }
        }
        let mut end = RecordFields::new(b'L');
        end.set(whole(2), b"1".to_vec());
        let nothing = specimens.iter().all(|s| s.codes.is_empty());
        match &order.end {
            Some(codes) => {
                let code = match occasion {
                    Occasion::Query if nothing => &codes.none,
                    Occasion::Query => &codes.answer,
                    Occasion::Broadcast => &codes.unasked,
                };
                end.set(whole(codes.field), set.readable(code));
            }
            // LIS02-A2: N is the normal end, I that there is no information for the last query.
            None => end.set(whole(3), if occasion == Occasion::Query && nothing { b"I" } else { b"N" }.to_vec()),
        }
        self.finish(order, end, &mut message);
        Some(message.finish())
    }

    /// Writes a record with the texts that always stand in it.
    fn finish(&self, order: &OrderFormat, mut record: RecordFields, message: &mut Writer) {
        let kind = char::from(record.kind).to_string();
        for fixed in order.fixed.iter().filter(|f| f.record == kind) {
            let spot = Spot { field: fixed.field, component: fixed.component };
            record.set(spot, self.framing.encoding.readable(&fixed.text));
        }
        record.write(message);
    }
}

fn patient_record(order: &OrderFormat, set: CharacterSet, number: usize, specimen: &SpecimenOrder) -> RecordFields {
    let mut record = RecordFields::new(b'P');
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

fn order_record(
    order: &OrderFormat,
    set: CharacterSet,
    number: usize,
    of: &SpecimenOrder,
    codes: Vec<Vec<u8>>,
) -> Option<RecordFields> {
    let mut record = RecordFields::new(b'O');
    record.set(whole(2), number.to_string().into_bytes());
    record.set(order.identity, set.encode(&of.barcode)?);
    for echo in &order.echo {
        let first = echo.first.unwrap_or(1);
        let given = of.query.as_ref()?.fields.get(&echo.from).into_iter().flatten();
        let part = given.map(|repeat| repeat.range(first..).map(|(c, value)| (c + 1 - first, value.clone())).collect());
        record.fields.insert(echo.to, part.collect());
    }
    let nothing = codes.is_empty();
    record.repeats(order.code, codes);
    match (&order.action, of.action) {
        (None, OrderAction::New) => {}
        (None, OrderAction::Add | OrderAction::Cancel) => return None,
        (Some(codes), action) => {
            let code = match action {
                OrderAction::New => Some(&codes.new),
                OrderAction::Add => codes.add.as_ref(),
                OrderAction::Cancel => codes.cancel.as_ref(),
            };
            record.set(whole(codes.field), set.encode(code?)?);
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
