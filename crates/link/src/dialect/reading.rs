//! Reads a message: specimens, values and queries, in the analyzer's own terms.

use jiff::civil::DateTime;
use titer_lab::Refusal;
use titer_wire::astm::{Encoding, Group, Kind, Message, Record, Value as Part, parse};

use super::{
    Dialect, FlagsSplit, OrderFormat, Place, RecordFields, Spot, StatusMeaning, Supplementary, Suspect, said::Sent,
};

/// A hold quotes at most so many characters. The message has the whole text.
const QUOTED_CHARS_MAX: usize = 80;
/// Where LIS02-A2 has marks of control material: H-12, the processing ID, and O-12, the action code.
const STANDARD_CONTROLS: &[(&str, usize)] = &[("H", 12), ("O", 12)];
/// What stands there.
const STANDARD_CONTROL: &str = "Q";
/// A query that the answer repeats has at most so many bytes. A longer one is a strange record.
const QUERY_BYTES_MAX: usize = 1_000;

impl Dialect {
    /// Reads the specimens and the queries of a message.
    ///
    /// # Errors
    /// Refused if it is no message of the standard, or has bytes outside the dialect's character set.
    pub fn read(&self, text: &[u8]) -> Result<ReadMessage, Refusal> {
        let set = self.framing.encoding;
        if !set.holds(text) {
            return Err(Refusal::new("inbox-encoding").with("encoding", set.name()));
        }
        let messages = parse(text).map_err(|e| Refusal::new("inbox-unreadable").with("error", e))?;
        let mut read = ReadMessage::default();
        for message in &messages {
            MessageReader { dialect: self, encoding: set.encoding(), header: message.header() }
                .message(message, &mut read);
        }
        Ok(read)
    }

    /// What a status means; none if the dialect does not list it.
    pub fn status(&self, code: &str) -> Option<StatusMeaning> {
        let listed = self.status.iter().find(|s| s.code == code).map(|s| s.meaning);
        listed.or_else(|| self.statuses.contains_key(code).then_some(StatusMeaning::Final))
    }

    /// The code and the unit that a result record bears. What tells several results of one code apart is a part of the code.
    pub fn code_and_unit(&self, record: &Record<'_>) -> (String, String) {
        let at = |spot: Spot| text(record, spot.field, spot.component, self.framing.encoding.encoding());
        let (places, mut code) = (&self.result, at(self.result.code));
        if let Some(sub_code) = places.sub_code.map(at).filter(|s| !s.is_empty()) {
            code = format!("{code}{SUB_CODE}{sub_code}");
        }
        (code, places.unit.map(at).unwrap_or_default())
    }
}

/// Between a code and what tells its results apart.
const SUB_CODE: char = '^';

/// What a field or component says, but for blanks around it. Where one component of several repeats is meant, nothing is
/// chosen: it is the whole field.
fn text(record: &Record<'_>, field: usize, component: Option<usize>, encoding: Encoding) -> String {
    let field = record.field(field);
    let single = component.filter(|_| field.repeats().nth(1).is_none());
    let value = single.map_or(field, |number| field.component(number));
    value.text(encoding).trim().to_owned()
}

/// Reads one message.
struct MessageReader<'d, 'a> {
    dialect: &'d Dialect,
    encoding: Encoding,
    header: Record<'a>,
}

/// The header, patient and order records that a result belongs to.
struct RecordContext<'a> {
    header: Record<'a>,
    patient: Option<Record<'a>>,
    order: Option<Record<'a>>,
}

impl<'a> RecordContext<'a> {
    fn record(&self, letter: &str) -> Option<Record<'a>> {
        match letter {
            "H" => Some(self.header),
            "P" => self.patient,
            "O" => self.order,
            _ => None,
        }
    }
}

impl<'a> MessageReader<'_, 'a> {
    fn message(&self, message: &Message<'a>, read: &mut ReadMessage) {
        // The first component of H-5 is the sender's name or ID.
        read.instrument = self.header.field(5).component(1).text(self.encoding).trim().to_owned();
        let of_message = self.behind(message.attached(), read);
        for patient in message.groups() {
            let head = patient.record();
            match head.filter(|r| r.kind() != Kind::Patient) {
                Some(query) if query.kind() == Kind::Query => self.query(&query, read),
                Some(other) if !self.uncharted(&other) => read.strange.push(letter(&other)),
                _ => {}
            }
            let of_patient = self.behind(patient.attached(), read);
            for order in patient.groups() {
                let of_order = self.behind(order.attached(), read);
                let context = RecordContext {
                    header: self.header,
                    patient: head.filter(|r| r.kind() == Kind::Patient),
                    order: order.record(),
                };
                let mut specimen = self.specimen(&context, &order);
                for value in &mut specimen.values {
                    value.unexplained.extend([&*of_message, &*of_patient, &*of_order].concat());
                }
                read.specimens.push(specimen);
            }
        }
    }

    /// What stands behind a header, a patient or an order and is not explained: it holds the message, and each result below.
    fn behind(&self, attached: &[Record<'a>], read: &mut ReadMessage) -> Vec<String> {
        let strange: Vec<_> = attached.iter().filter_map(|r| Some((letter(r), self.unexplained(r)?))).collect();
        read.strange.extend(strange.iter().map(|(letter, _)| letter.clone()));
        strange.into_iter().map(|(_, hold)| hold).collect()
    }

    /// The hold that a record behind another means, unless the dialect explains it.
    fn unexplained(&self, record: &Record<'a>) -> Option<String> {
        let letter = letter(record);
        match &self.dialect.comment {
            Some(place) if letter == place.record => {
                let code = self.text(record, place.field, place.component);
                (!self.dialect.comment_codes.contains_key(&code)).then(|| hold("instrument-comment", &code))
            }
            _ if self.uncharted(record) => None,
            _ => Some(format!("instrument-record:{letter}")),
        }
    }

    fn uncharted(&self, record: &Record<'a>) -> bool {
        self.dialect.records.uncharted.contains(&letter(record))
    }

    fn text(&self, record: &Record<'a>, field: usize, component: Option<usize>) -> String {
        text(record, field, component, self.encoding)
    }

    fn place(&self, context: &RecordContext<'a>, place: &Place) -> String {
        context.record(&place.record).map(|r| self.text(&r, place.field, place.component)).unwrap_or_default()
    }

    fn specimen(&self, context: &RecordContext<'a>, order: &Group<'_, 'a>) -> Specimen {
        let results: Vec<_> = order.groups().collect();
        let (identity, unscanned) = self.identity(context);
        let specimen_type = self.dialect.specimen_type.as_ref().map(|p| self.place(context, p)).unwrap_or_default();
        Specimen {
            role: self.role(context, &results, &identity),
            contradicts: self.contradiction(context, &identity),
            patient: self.stated_patient(context),
            values: results.iter().filter_map(|g| self.value(context, g)).collect(),
            identity,
            unscanned,
            specimen_type,
        }
    }

    /// The scanned identity, or the mark that says that it was not scanned.
    fn identity(&self, context: &RecordContext<'a>) -> (String, Option<String>) {
        let place = &self.dialect.identity;
        let Some(record) = context.record(&place.record) else { return (String::new(), None) };
        let field = record.field(place.field);
        // Two in one field contradict each other.
        if field.repeats().nth(1).is_some() {
            return (String::new(), None);
        }
        if let Some(scanned) = &place.scanned {
            let mark = self.text(&record, scanned.field, scanned.component);
            if !scanned.values.contains(&mark) {
                return (String::new(), Some(mark));
            }
        }
        let value = place.component.map_or(field, |number| field.component(number));
        let identity = value.text(self.encoding);
        (if place.trim { identity.trim() } else { &identity }.to_owned(), None)
    }

    fn contradiction(&self, context: &RecordContext<'a>, identity: &str) -> Option<Contradiction> {
        let places = self.dialect.identity.agrees.iter().map(|p| (p, self.place(context, p)));
        let mut others = places.filter(|(_, says)| !says.is_empty() && says != identity.trim());
        others.next().map(|(place, says)| Contradiction { place: place.to_string(), says })
    }

    fn role(&self, context: &RecordContext<'a>, results: &[Group<'_, 'a>], identity: &str) -> SpecimenRole {
        let material = &self.dialect.material;
        if material.control_prefix.iter().any(|p| identity.trim_start().starts_with(p.as_str())) {
            return SpecimenRole::Control;
        }
        if STANDARD_CONTROLS.iter().any(|(record, field)| self.marks_control(context, record, *field)) {
            return SpecimenRole::Control;
        }
        // Without a mark the identity tells, and it is no control's.
        let Some(place) = material.place() else { return SpecimenRole::Patient };
        let mut marks: Vec<String> = match place.record.as_str() {
            "R" => {
                results.iter().filter_map(Group::record).map(|r| self.text(&r, place.field, place.component)).collect()
            }
            _ => vec![self.place(context, &place)],
        };
        marks.dedup();
        match marks.as_slice() {
            [m] if context.record(&place.record).is_none() && place.record != "R" => SpecimenRole::Unknown(m.clone()),
            [m] if material.patient.contains(m) => SpecimenRole::Patient,
            [m] if material.control.contains(m) => SpecimenRole::Control,
            _ => SpecimenRole::Unknown(marks.join(" ")),
        }
    }

    /// Whether the standard's own mark of control material stands in a place that the profile does not read otherwise.
    fn marks_control(&self, context: &RecordContext<'a>, record: &str, field: usize) -> bool {
        let own = |place: &Place| place.record == record && place.field == field;
        let listed = self.dialect.expected.iter().filter(|e| own(&e.place()));
        let otherwise = self.dialect.material.place().is_some_and(|place| own(&place))
            || listed.flat_map(|e| &e.values).any(|value| value == STANDARD_CONTROL);
        !otherwise && context.record(record).is_some_and(|r| self.text(&r, field, None) == STANDARD_CONTROL)
    }

    fn stated_patient(&self, context: &RecordContext<'a>) -> StatedPatient {
        let places = &self.dialect.patient;
        let text = |record: &str, field, component| {
            context.record(record).map(|r| self.text(&r, field, component)).unwrap_or_default()
        };
        let birth = places.birth.as_ref().map(|b| {
            let sent = text(&b.record, b.field, b.component);
            b.format.read(&sent).map_or(sent, |date| date.to_string())
        });
        let sex = places.sex.as_ref().map(|s| match text(&s.record, s.field, s.component) {
            sent if s.female.contains(&sent) => "female".to_owned(),
            sent if s.male.contains(&sent) => "male".to_owned(),
            sent if s.unknown.contains(&sent) => String::new(),
            sent => sent,
        });
        StatedPatient {
            identifier: places.identifier.as_ref().map(|p| self.place(context, p)).unwrap_or_default(),
            birth: birth.unwrap_or_default(),
            sex: sex.unwrap_or_default(),
        }
    }

    fn value(&self, context: &RecordContext<'a>, group: &Group<'_, 'a>) -> Option<Value> {
        let (record, places) = (group.record()?, &self.dialect.result);
        let at = |spot: Spot| self.text(&record, spot.field, spot.component);
        let optional = |spot: Option<Spot>| spot.map(at).unwrap_or_default();
        let completed = &self.dialect.completed;
        let clock = if completed.record == "R" { Some(record) } else { context.record(&completed.record) };
        let completed_text = clock.map(|r| self.text(&r, completed.field, completed.component)).unwrap_or_default();
        let status_text = optional(places.status);
        let listed =
            if places.status.is_some() { self.dialect.status(&status_text) } else { Some(StatusMeaning::Final) };
        let again = !["", "1"].contains(&optional(places.replicate).as_str());
        let status = match listed {
            Some(StatusMeaning::Final) if again => Some(StatusMeaning::Repeat),
            other => other,
        };
        let flags = places.flag.map(|spot| self.flags(record.field(spot.field), spot.component)).unwrap_or_default();
        let strange = flags.iter().filter(|flag| !self.dialect.explains_flag(flag));
        let mut beside: Vec<String> = strange.map(|flag| hold("instrument-flag", flag)).collect();
        beside.extend(group.attached().iter().filter_map(|r| self.unexplained(r)));
        let mut unexplained = Vec::new();
        if listed.is_none() {
            unexplained.push(hold("status", &status_text));
        }
        unexplained.extend(beside.iter().cloned());
        unexplained.extend(self.unexpected(context, &record));
        let (code, unit) = self.dialect.code_and_unit(&record);
        let range = self.dialect.beyond.as_ref().and_then(|b| b.range);
        let said = self.dialect.said(&Sent {
            value: &at(places.value),
            finding: &optional(places.finding),
            range: &optional(range),
            flags: &flags,
        });
        let chosen = |values: &&Supplementary| {
            let looked_at = values.field.map(|field| self.text(&record, field, values.component));
            fits(values, looked_at.as_deref().unwrap_or(&code))
        };
        let supplementary = places.supplementary.iter().find(chosen);
        let empty = said.value.is_empty() && places.may_be_empty.iter().any(|values| chosen(&values));
        let aside = match places.suspect.iter().find(|suspect| unit.is_empty() && suspect.fits(&code)) {
            Some(suspect) => {
                let quiet = suspect.quiet.contains(&said.sent) && unexplained.is_empty();
                let text = [code.as_str(), &said.sent].join(" ");
                let raised = (!quiet).then(|| hold("instrument-flag", text.trim_end()));
                Some(Aside::Suspect { raised: raised.into_iter().chain(unexplained.iter().cloned()).collect() })
            }
            None if empty && !said.not_done => Some(Aside::Empty { raised: unexplained.clone() }),
            None => None,
        };
        Some(Value {
            code,
            value: said.value,
            sent: said.sent,
            refused: said.held,
            unit,
            flags: places.flag.map(|spot| self.text(&record, spot.field, None)).unwrap_or_default(),
            status: match status {
                // A correction, or a result to be passed over, says more than that there is no result.
                Some(StatusMeaning::Corrected | StatusMeaning::Ignored) => status,
                _ if said.not_done => Some(StatusMeaning::NotDone),
                _ => status,
            },
            status_text,
            module: self.module(context, &record),
            completed: completed.format.read(&completed_text),
            completed_text,
            // With a flag or a comment that is not explained it waits for a person like any other.
            supplementary: supplementary.filter(|_| beside.is_empty()).map(|s| s.why.clone()),
            aside,
            unexplained,
        })
    }

    /// The module code beside a result.
    fn module(&self, context: &RecordContext<'a>, result: &Record<'a>) -> String {
        match &self.dialect.instrument.module {
            Some(place) if place.record == "R" => self.text(result, place.field, place.component),
            Some(place) => self.place(context, place),
            None => String::new(),
        }
    }

    /// Places in which something stands that the dialect does not expect there.
    fn unexpected(&self, context: &RecordContext<'a>, result: &Record<'a>) -> Vec<String> {
        let unexpected = self.dialect.expected.iter().filter_map(|expected| {
            let record = if expected.record == "R" { Some(*result) } else { context.record(&expected.record) };
            let says = record.map(|r| self.text(&r, expected.field, expected.component)).unwrap_or_default();
            (!expected.values.contains(&says))
                .then(|| format!("{} ({})", hold("instrument-flag", &says), expected.place()))
        });
        unexpected.collect()
    }

    fn flags(&self, field: Part<'a>, component: Option<usize>) -> Vec<String> {
        let text = |value: Part<'a>| value.text(self.encoding).trim().to_owned();
        let one = |value: Part<'a>| text(component.map_or(value, |number| value.component(number)));
        match self.dialect.result.flags_split {
            FlagsSplit::Repeats => field.repeats().map(one).collect(),
            FlagsSplit::Components => field.components().map(text).collect(),
            FlagsSplit::Characters if one(field).is_empty() => vec![String::new()],
            FlagsSplit::Characters => one(field).chars().map(String::from).collect(),
            FlagsSplit::Commas => one(field).split(',').map(|flag| flag.trim().to_owned()).collect(),
        }
    }

    /// Reads a query. A query that cannot be understood is a strange record.
    fn query(&self, record: &Record<'a>, read: &mut ReadMessage) {
        let asks = self.dialect.query.iter().flat_map(|places| &places.asks);
        let mut marks = asks.map(|asks| (asks, self.text(record, asks.field, asks.component)));
        if let Some((_, mark)) = marks.find(|(asks, mark)| !asks.values.contains(mark)) {
            return read.ignored_queries.push(mark);
        }
        let echoes_query = self.dialect.order.as_ref().is_some_and(OrderFormat::echoes_query);
        let asked = self.dialect.query.as_ref().and_then(|places| {
            let repeats = record.field(places.identity.field).repeats();
            let identity = |repeat: Part<'a>| {
                let value = places.identity.component.map_or(repeat, |number| repeat.component(number));
                value.text(self.encoding).trim().to_owned()
            };
            let mut specimens: Vec<String> = repeats.map(identity).collect();
            if echoes_query && (specimens.len() > 1 || record.raw().len() > QUERY_BYTES_MAX) {
                return None;
            }
            specimens.retain(|s| !s.is_empty());
            let end = places.range_end.map(|spot| self.text(record, spot.field, spot.component)).unwrap_or_default();
            match specimens.as_slice() {
                [all] if places.all.as_ref() == Some(all) => Some(Query::All),
                [from] if !end.is_empty() => Some(Query::Range { from: from.clone(), to: end }),
                [_, ..] if end.is_empty() => Some(Query::Specimens(specimens)),
                _ => None,
            }
        });
        match asked {
            Some(query) => {
                read.queries.push(QueryRecord { query, record: echoes_query.then(|| RecordFields::of(record)) })
            }
            None => read.strange.push(letter(record)),
        }
    }
}

/// The code of a hold with what it quotes.
fn hold(code: &str, quoted: &str) -> String {
    let mut chars = quoted.chars();
    let start: String = chars.by_ref().take(QUOTED_CHARS_MAX).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    format!("{code}:{start}{more}")
}

fn fits(values: &Supplementary, text: &str) -> bool {
    values.is.iter().any(|is| is == text)
        || values.prefix.iter().any(|p| text.starts_with(p.as_str()))
        || values.suffix.iter().any(|s| text.ends_with(s.as_str()))
}

fn letter(record: &Record<'_>) -> String {
    record.raw().first().map(|b| char::from(*b).to_string()).unwrap_or_default()
}

impl Suspect {
    fn fits(&self, code: &str) -> bool {
        self.is.iter().any(|is| is == code)
            || self.prefix.iter().any(|p| code.starts_with(p.as_str()))
            || self.suffix.iter().any(|s| code.ends_with(s.as_str()))
    }
}

/// A message that was read, in the analyzer's own terms.
#[derive(Debug, Default)]
pub struct ReadMessage {
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// Specimens, in the sender's order.
    pub specimens: Vec<Specimen>,
    /// Host queries, in the sender's order.
    pub queries: Vec<QueryRecord>,
    /// Q records that ask for nothing (a cancelled query, for example), by the mark that says so.
    pub ignored_queries: Vec<String>,
    /// Kinds of records that the dialect does not explain.
    pub strange: Vec<String>,
}

/// A host query as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRecord {
    /// Which specimens it asks about.
    pub query: Query,
    /// The record itself, if the answer repeats fields of it. The query then names one specimen.
    pub record: Option<RecordFields>,
}

impl QueryRecord {
    /// The record whose fields the answer about this specimen repeats: the query that names this specimen and no other.
    pub fn echo_for(queries: &[Self], barcode: &str) -> Option<RecordFields> {
        let named = |q: &&Self| matches!(&q.query, Query::Specimens(asked) if asked == &[barcode]);
        queries.iter().find(named)?.record.clone()
    }
}

/// The specimens that a query asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Those with these barcodes. Neither the list nor a barcode is empty.
    Specimens(Vec<String>),
    /// From one to another, both included.
    Range {
        /// The first.
        from: String,
        /// The last.
        to: String,
    },
    /// All with open work.
    All,
}

/// The role of a specimen: the terms are those of HL7 (SPM-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecimenRole {
    /// A patient's specimen.
    Patient,
    /// Control material.
    Control,
    /// The dialect does not say.
    Unknown(String),
}

/// What a message says of one specimen.
#[derive(Debug)]
pub struct Specimen {
    /// The scanned barcode, from the one place that the dialect names; empty if there is none.
    pub identity: String,
    /// The mark that says that the barcode was not scanned. The identity is then empty.
    pub unscanned: Option<String>,
    /// Another place of the message that names another specimen.
    pub contradicts: Option<Contradiction>,
    /// Whether it is a patient's specimen or a control.
    pub role: SpecimenRole,
    /// The specimen type, as sent; empty when not said.
    pub specimen_type: String,
    /// What is said of the patient.
    pub patient: StatedPatient,
    /// The values.
    pub values: Vec<Value>,
}

/// A place that names another specimen than the identity does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The place, as `O-4.2`.
    pub place: String,
    /// What stands there.
    pub says: String,
}

/// What a message says of the patient. It never identifies the patient; it can only contradict the laboratory's record. A text is
/// empty if the message does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedPatient {
    /// The laboratory's identifier of the patient.
    pub identifier: String,
    /// The date of birth, as `1958-03-09`; as sent when it cannot be read.
    pub birth: String,
    /// `female` or `male`; as sent when the dialect does not list it.
    pub sex: String,
}

/// What is sent like a value and is none. What is raised holds the values of the same specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aside {
    /// Empty by design.
    Empty {
        /// Flags and the like beside it that nobody explains.
        raised: Vec<String>,
    },
    /// Something that the device suspects, or not.
    Suspect {
        /// What is suspected, with what nobody explains.
        raised: Vec<String>,
    },
}

impl Aside {
    /// What holds the values of the same specimen.
    pub fn raised(&self) -> &[String] {
        let (Aside::Empty { raised } | Aside::Suspect { raised }) = self;
        raised
    }
}

/// One value, in the analyzer's own terms.
#[derive(Debug)]
pub struct Value {
    /// The test code.
    pub code: String,
    /// The value as it is filed: as sent but for blanks around it, or the end of the measuring range where a flag says beyond it.
    pub value: String,
    /// What stands in the places of the value, as sent but for blanks around it.
    pub sent: String,
    /// Why nothing is filed of it, whatever it means.
    pub refused: Option<Refusal>,
    /// The unit; empty when none was sent.
    pub unit: String,
    /// The analyzer's own flags, exactly as sent: shown, never used as the laboratory's.
    pub flags: String,
    /// What its status means; none if the dialect does not list it.
    pub status: Option<StatusMeaning>,
    /// The status, as sent.
    pub status_text: String,
    /// Which of the link's instruments measured it, by its module code; empty if the message or the profile does not say.
    pub module: String,
    /// When it was completed, by the analyzer's clock.
    pub completed: Option<DateTime>,
    /// The time of completion, as sent.
    pub completed_text: String,
    /// Why it is kept with the message and never charted, if so.
    pub supplementary: Option<String>,
    /// What it is, if it is no value.
    pub aside: Option<Aside>,
    /// Flags, comments, statuses and records that the dialect does not explain. They hold the result.
    pub unexplained: Vec<String>,
}
