//! From a message to what it says, in the analyzer's own terms.

use jiff::civil::DateTime;
use titer_lab::Refusal;
use titer_wire::astm::{Encoding, Group, Kind, Message, Record, Value as Part, parse};

use super::{Dialect, Fields, FlagsSplit, Order, Place, Spot, StatusMeaning, Supplementary};

/// Characters of what a hold quotes; the message itself has it all.
const QUOTED_CHARS_MAX: usize = 80;
/// Bytes of a question that is given back; a longer one is a strange record.
const QUESTION_BYTES_MAX: usize = 1_000;

impl Dialect {
    /// What a message says of each specimen, and what it asks, in its own terms.
    ///
    /// # Errors
    /// Refused when it is no message of this standard, or holds bytes outside the dialect's character set.
    pub fn read(&self, text: &[u8]) -> Result<Said, Refusal> {
        let set = self.framing.encoding;
        if !set.holds(text) {
            return Err(Refusal::new("inbox-encoding").with("encoding", set.name()));
        }
        let messages = parse(text).map_err(|e| Refusal::new("inbox-unreadable").with("error", e))?;
        let mut said = Said::default();
        for message in &messages {
            Reading { dialect: self, encoding: set.encoding(), header: message.header() }.message(message, &mut said);
        }
        Ok(said)
    }

    /// What a status means; none when the dialect does not list it.
    #[must_use]
    pub fn status(&self, code: &str) -> Option<StatusMeaning> {
        let listed = self.status.iter().find(|s| s.code == code).map(|s| s.meaning);
        listed.or_else(|| self.statuses.contains_key(code).then_some(StatusMeaning::Final))
    }
}

/// One message being read.
struct Reading<'d, 'a> {
    dialect: &'d Dialect,
    encoding: Encoding,
    header: Record<'a>,
}

/// An order's record, and the patient's and results' that belong to it.
struct Around<'a> {
    header: Record<'a>,
    patient: Option<Record<'a>>,
    order: Option<Record<'a>>,
}

impl<'a> Around<'a> {
    fn record(&self, letter: &str) -> Option<Record<'a>> {
        match letter {
            "H" => Some(self.header),
            "P" => self.patient,
            "O" => self.order,
            _ => None,
        }
    }
}

impl<'a> Reading<'_, 'a> {
    fn message(&self, message: &Message<'a>, said: &mut Said) {
        // The first component of H-5 is the sender's name or ID.
        said.instrument = self.header.field(5).component(1).text(self.encoding).trim().to_owned();
        let of_message = self.behind(message.attached(), said);
        for patient in message.groups() {
            let head = patient.record();
            match head.filter(|r| r.kind() != Kind::Patient) {
                Some(query) if query.kind() == Kind::Query => self.query(&query, said),
                Some(other) if !self.uncharted(&other) => said.strange.push(letter(&other)),
                _ => {}
            }
            let of_patient = self.behind(patient.attached(), said);
            for order in patient.groups() {
                let of_order = self.behind(order.attached(), said);
                let around = Around {
                    header: self.header,
                    patient: head.filter(|r| r.kind() == Kind::Patient),
                    order: order.record(),
                };
                let mut specimen = self.specimen(&around, &order);
                for value in &mut specimen.values {
                    value.unexplained.extend([&*of_message, &*of_patient, &*of_order].concat());
                }
                said.specimens.push(specimen);
            }
        }
    }

    /// What stands behind a header, a patient or an order and is not explained: it holds the message, and each result below.
    fn behind(&self, attached: &[Record<'a>], said: &mut Said) -> Vec<String> {
        let strange: Vec<_> = attached.iter().filter_map(|r| Some((letter(r), self.unexplained(r)?))).collect();
        said.strange.extend(strange.iter().map(|(letter, _)| letter.clone()));
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

    /// What a field or component says, but for blanks around it. Where one component of several repeats is meant, nothing is
    /// chosen: it is the whole field.
    fn text(&self, record: &Record<'a>, field: usize, component: Option<usize>) -> String {
        let field = record.field(field);
        let single = component.filter(|_| field.repeats().nth(1).is_none());
        let value = single.map_or(field, |number| field.component(number));
        value.text(self.encoding).trim().to_owned()
    }

    fn place(&self, around: &Around<'a>, place: &Place) -> String {
        around.record(&place.record).map(|r| self.text(&r, place.field, place.component)).unwrap_or_default()
    }

    fn specimen(&self, around: &Around<'a>, order: &Group<'_, 'a>) -> Specimen {
        let results: Vec<_> = order.groups().collect();
        let (identity, unscanned) = self.identity(around);
        let specimen_type = self.dialect.specimen_type.as_ref().map(|p| self.place(around, p)).unwrap_or_default();
        Specimen {
            material: self.material(around, &results, &identity),
            contradicts: self.contradiction(around, &identity),
            patient: self.claimed(around),
            values: results.iter().filter_map(|g| self.value(around, g)).collect(),
            identity,
            unscanned,
            specimen_type,
        }
    }

    /// The scanned identity, or the mark that says that it was not scanned.
    fn identity(&self, around: &Around<'a>) -> (String, Option<String>) {
        let place = &self.dialect.identity;
        let Some(record) = around.record(&place.record) else { return (String::new(), None) };
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

    fn contradiction(&self, around: &Around<'a>, identity: &str) -> Option<Contradiction> {
        let places = self.dialect.identity.agrees.iter().map(|p| (p, self.place(around, p)));
        let mut others = places.filter(|(_, says)| !says.is_empty() && says != identity.trim());
        others.next().map(|(place, says)| Contradiction { place: place.to_string(), says })
    }

    fn material(&self, around: &Around<'a>, results: &[Group<'_, 'a>], identity: &str) -> Sort {
        let material = &self.dialect.material;
        if material.control_prefix.iter().any(|p| identity.trim_start().starts_with(p.as_str())) {
            return Sort::Control;
        }
        // Without a mark the identity tells, and it is no control's.
        let Some(place) = material.place() else { return Sort::Patient };
        let mut marks: Vec<String> = match place.record.as_str() {
            "R" => {
                results.iter().filter_map(Group::record).map(|r| self.text(&r, place.field, place.component)).collect()
            }
            _ => vec![self.place(around, &place)],
        };
        marks.dedup();
        match marks.as_slice() {
            [m] if around.record(&place.record).is_none() && place.record != "R" => Sort::Unknown(m.clone()),
            [m] if material.patient.contains(m) => Sort::Patient,
            [m] if material.control.contains(m) => Sort::Control,
            _ => Sort::Unknown(marks.join(" ")),
        }
    }

    fn claimed(&self, around: &Around<'a>) -> Claimed {
        let places = &self.dialect.patient;
        let text = |record: &str, field, component| {
            around.record(record).map(|r| self.text(&r, field, component)).unwrap_or_default()
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
        Claimed {
            identifier: places.identifier.as_ref().map(|p| self.place(around, p)).unwrap_or_default(),
            birth: birth.unwrap_or_default(),
            sex: sex.unwrap_or_default(),
        }
    }

    fn value(&self, around: &Around<'a>, group: &Group<'_, 'a>) -> Option<Value> {
        let (record, places) = (group.record()?, &self.dialect.result);
        let at = |spot: Spot| self.text(&record, spot.field, spot.component);
        let optional = |spot: Option<Spot>| spot.map(at).unwrap_or_default();
        let completed = &self.dialect.completed;
        let clock = if completed.record == "R" { Some(record) } else { around.record(&completed.record) };
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
        let strange = flags.iter().filter(|flag| !self.dialect.flags.contains_key(*flag));
        let mut said_beside: Vec<String> = strange.map(|flag| hold("instrument-flag", flag)).collect();
        said_beside.extend(group.attached().iter().filter_map(|r| self.unexplained(r)));
        let mut unexplained = Vec::new();
        if listed.is_none() {
            unexplained.push(hold("status", &status_text));
        }
        unexplained.extend(said_beside.iter().cloned());
        unexplained.extend(self.unexpected(around, &record));
        let code = at(places.code);
        let supplementary = places.supplementary.iter().find(|s| {
            let looked_at = s.field.map(|field| self.text(&record, field, s.component));
            fits(s, looked_at.as_deref().unwrap_or(&code))
        });
        Some(Value {
            code,
            value: at(places.value),
            unit: optional(places.unit),
            flags: places.flag.map(|spot| self.text(&record, spot.field, None)).unwrap_or_default(),
            status,
            status_text,
            completed: completed.format.read(&completed_text),
            completed_text,
            // With a flag or a comment that is not explained it waits for a person like any other.
            supplementary: supplementary.filter(|_| said_beside.is_empty()).map(|s| s.why.clone()),
            unexplained,
        })
    }

    /// Places in which something stands that the dialect does not expect there.
    fn unexpected(&self, around: &Around<'a>, result: &Record<'a>) -> Vec<String> {
        let unexpected = self.dialect.expected.iter().filter_map(|expected| {
            let record = if expected.record == "R" { Some(*result) } else { around.record(&expected.record) };
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

    /// What is asked for; a record that asks for nothing that can be told is a strange one.
    fn query(&self, record: &Record<'a>, said: &mut Said) {
        let asks = self.dialect.query.iter().flat_map(|places| &places.asks);
        let mut marks = asks.map(|asks| (asks, self.text(record, asks.field, asks.component)));
        if let Some((_, mark)) = marks.find(|(asks, mark)| !asks.values.contains(mark)) {
            return said.no_question.push(mark);
        }
        let gives_back = self.dialect.order.as_ref().is_some_and(Order::gives_back);
        let asked = self.dialect.query.as_ref().and_then(|places| {
            let repeats = record.field(places.identity.field).repeats();
            let identity = |repeat: Part<'a>| {
                let value = places.identity.component.map_or(repeat, |number| repeat.component(number));
                value.text(self.encoding).trim().to_owned()
            };
            let mut specimens: Vec<String> = repeats.map(identity).collect();
            if gives_back && (specimens.len() > 1 || record.raw().len() > QUESTION_BYTES_MAX) {
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
            Some(query) => said.queries.push(Question { query, record: gives_back.then(|| Fields::of(record)) }),
            None => said.strange.push(letter(record)),
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

/// What a message says, in the analyzer's own terms.
#[derive(Debug, Default)]
pub struct Said {
    /// The analyzer, as it names itself.
    pub instrument: String,
    /// Specimens, in the sender's order.
    pub specimens: Vec<Specimen>,
    /// What is asked for, in the sender's order.
    pub queries: Vec<Question>,
    /// Queries that ask for nothing, by the mark that says so.
    pub no_question: Vec<String>,
    /// Kinds of records that the dialect does not explain.
    pub strange: Vec<String>,
}

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What it asks for.
    pub query: Query,
    /// Itself, for a device that is given back some of it: then it names one specimen.
    pub record: Option<Fields>,
}

impl Question {
    /// What the answer about this specimen may give back: the question that named it, and it alone.
    #[must_use]
    pub fn given_back(questions: &[Self], barcode: &str) -> Option<Fields> {
        let named = |q: &&Self| matches!(&q.query, Query::Specimens(asked) if asked == &[barcode]);
        questions.iter().find(named)?.record.clone()
    }
}

/// What a query asks for: the work of these specimens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// These; never empty, none of them empty.
    Specimens(Vec<String>),
    /// From one to another, both included.
    Range {
        /// The first.
        from: String,
        /// The last.
        to: String,
    },
    /// All that waits.
    All,
}

/// Whose material it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A patient's.
    Patient,
    /// Control material.
    Control,
    /// The dialect does not say.
    Unknown(String),
}

/// What is said of one specimen.
#[derive(Debug)]
pub struct Specimen {
    /// The scanned identity, from the one place that the dialect names; empty when there is none.
    pub identity: String,
    /// The mark that says that the identity there was not scanned; then there is none.
    pub unscanned: Option<String>,
    /// Another place that names another specimen.
    pub contradicts: Option<Contradiction>,
    /// Whose material it is.
    pub material: Sort,
    /// The kind of specimen, as sent; empty when not said.
    pub specimen_type: String,
    /// What is said of the patient.
    pub patient: Claimed,
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

/// What a message says of a patient. It identifies nobody: it can only contradict. Empty is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The laboratory's identifier of the patient.
    pub identifier: String,
    /// The date of birth, as `1958-03-09`; as sent when it cannot be read.
    pub birth: String,
    /// `female` or `male`; as sent when the dialect does not list it.
    pub sex: String,
}

/// One value, in the analyzer's own terms.
#[derive(Debug)]
pub struct Value {
    /// The test code.
    pub code: String,
    /// The value, exactly as sent but for blanks around it.
    pub value: String,
    /// The unit; empty when none was sent.
    pub unit: String,
    /// The analyzer's own flags, exactly as sent: shown, never used as the laboratory's.
    pub flags: String,
    /// What its status means; none when the dialect does not list it.
    pub status: Option<StatusMeaning>,
    /// The status, as sent.
    pub status_text: String,
    /// When it was completed, by the analyzer's clock.
    pub completed: Option<DateTime>,
    /// The same, as sent.
    pub completed_text: String,
    /// What it is, when it is kept and never charted.
    pub supplementary: Option<String>,
    /// Flags, comments, statuses and records that the dialect does not explain: they hold the result.
    pub unexplained: Vec<String>,
}
