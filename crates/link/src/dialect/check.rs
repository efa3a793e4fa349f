//! Reads a profile and names its mistakes: where, and what to do.

use std::{collections::BTreeSet, fmt};

use titer_science::Reported;
use toml::de::{DeTable, DeValue};

use super::{
    Dialect, NoOrderReply, OrderFormat, OrderMode, Place, Provenance, QueryPlaces, Spot, Supplementary, WordMeaning,
};

/// The longest frame that the standard allows, in bytes of text.
const SEND_TEXT_MAX: usize = 63_993;

/// A mistake in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Dialect {
    /// Reads a profile.
    ///
    /// # Errors
    /// Its mistakes, in the order of the text: only the first if the text does not have the format, otherwise all.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let dialect: Dialect = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| line(text, span.start));
            vec![Mistake { line, what: e.message().trim().to_owned() }]
        })?;
        let mut faults = Faults::default();
        faults.of(&dialect);
        if faults.0.is_empty() {
            return Ok(dialect);
        }
        let root = DeTable::parse(text).ok();
        let at = |path: &str| root.as_ref().map_or(1, |root| line(text, place(root.get_ref(), path)));
        let mut mistakes: Vec<_> =
            faults.0.iter().map(|(path, what)| Mistake { line: at(path), what: format!("{path}: {what}") }).collect();
        mistakes.sort_by_key(|m| m.line);
        Err(mistakes)
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

/// Where the value of a path such as `code.2.unit` begins; the last part of the path that there is.
fn place(root: &DeTable<'_>, path: &str) -> usize {
    let mut parts = path.split('.');
    let Some(mut at) = parts.next().and_then(|first| root.get(first)) else { return 0 };
    for part in parts {
        let next = match at.get_ref() {
            DeValue::Table(table) => table.get(part),
            DeValue::Array(array) => part.parse::<usize>().ok().and_then(|number| array.get(number.checked_sub(1)?)),
            _ => None,
        };
        let Some(next) = next else { break };
        at = next;
    }
    at.span().start
}

/// Paths with what is wrong there.
#[derive(Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn at(&mut self, path: impl Into<String>, what: impl Into<String>) {
        self.0.push((path.into(), what.into()));
    }

    fn of(&mut self, dialect: &Dialect) {
        self.device(dialect);
        self.identity(dialect);
        self.material(dialect);
        self.expected(dialect);
        self.patient(dialect);
        self.result(dialect);
        self.values(dialect);
        self.lists(dialect);
        self.codes(dialect);
        self.exchange(dialect);
    }

    fn device(&mut self, dialect: &Dialect) {
        let device = &dialect.device;
        for (key, text) in [("name", &device.name), ("maker", &device.maker), ("version", &device.version)] {
            self.filled(&format!("device.{key}"), text);
        }
        let read = matches!(device.provenance, Provenance::Capture | Provenance::Documents);
        if read && device.sources.is_empty() {
            self.at("device.provenance", "say in sources what was captured or read, with version and date");
        }
        let max = dialect.framing.send_text_max;
        if !(1..=SEND_TEXT_MAX).contains(&max) {
            self.at("framing.send_text_max", format!("a frame holds 1 to {SEND_TEXT_MAX} bytes of text"));
        }
    }

    fn identity(&mut self, dialect: &Dialect) {
        let identity = &dialect.identity;
        self.record("identity", &identity.record, &["O"]);
        self.numbers("identity", identity.field, identity.component);
        if let Some(scanned) = &identity.scanned {
            self.numbers("identity.scanned", scanned.field, scanned.component);
            if scanned.values.is_empty() {
                self.at("identity.scanned.values", "name the values that say that the identity was scanned");
            }
        }
        for (number, place) in (1..).zip(&identity.agrees) {
            self.place(&format!("identity.agrees.{number}"), place, &["H", "P", "O"]);
        }
        if let Some(place) = &dialect.instrument.module {
            self.place("instrument.module", place, &["H", "P", "O", "R"]);
        }
        if let Some(place) = &dialect.specimen_type {
            self.place("specimen_type", place, &["O", "P"]);
        }
    }

    fn material(&mut self, dialect: &Dialect) {
        let material = &dialect.material;
        match (&material.record, material.field) {
            (Some(record), Some(field)) => {
                self.record("material", record, &["H", "P", "O", "R"]);
                self.numbers("material", field, material.component);
                if material.patient.is_empty() {
                    self.at("material.patient", "name the marks of a patient's specimen; without one nothing files");
                }
            }
            (None, None) if material.control_prefix.is_empty() => {
                self.at("material", "name the record and field of the mark, or the control_prefix of identities");
            }
            (None, None) if !material.patient.is_empty() || !material.control.is_empty() => {
                self.at("material", "name the record and field in which these marks stand");
            }
            (None, None) => {}
            _ => self.at("material", "a mark stands in a record and a field: name both"),
        }
        if let Some(both) = material.patient.iter().find(|m| material.control.contains(m)) {
            self.at("material.control", format!("{both:?} cannot mark both patients' specimens and controls"));
        }
        if material.control_prefix.iter().any(String::is_empty) {
            self.at("material.control_prefix", "every identity begins with nothing: name a beginning");
        }
    }

    fn expected(&mut self, dialect: &Dialect) {
        for (number, expected) in (1..).zip(&dialect.expected) {
            let path = format!("expected.{number}");
            self.place(&path, &expected.place(), &["H", "P", "O", "R"]);
            self.filled(&format!("{path}.why"), &expected.why);
            if expected.values.is_empty() {
                self.at(format!("{path}.values"), "name the values that are understood; without one nothing files");
            }
        }
    }

    fn patient(&mut self, dialect: &Dialect) {
        let places = &dialect.patient;
        let records = &["P", "O"];
        if let Some(place) = &places.identifier {
            self.place("patient.identifier", place, records);
        }
        if let Some(birth) = &places.birth {
            self.record("patient.birth", &birth.record, records);
            self.numbers("patient.birth", birth.field, birth.component);
        }
        if let Some(sex) = &places.sex {
            self.record("patient.sex", &sex.record, records);
            self.numbers("patient.sex", sex.field, sex.component);
            self.once("patient.sex", sex.female.iter().chain(&sex.male).chain(&sex.unknown));
        }
    }

    fn result(&mut self, dialect: &Dialect) {
        let completed = &dialect.completed;
        self.record("completed", &completed.record, &["R", "O", "H"]);
        self.numbers("completed", completed.field, completed.component);
        let result = &dialect.result;
        self.record("result", &result.record, &["R"]);
        let spots = [
            ("code", Some(result.code)),
            ("sub_code", result.sub_code),
            ("value", Some(result.value)),
            ("finding", result.finding),
            ("unit", result.unit),
            ("flag", result.flag),
            ("status", result.status),
            ("replicate", result.replicate),
        ];
        for (key, spot) in spots {
            self.spot(&format!("result.{key}"), spot);
        }
        self.chosen("supplementary", &result.supplementary);
        self.chosen("may_be_empty", &result.may_be_empty);
        for (number, suspect) in (1..).zip(&result.suspect) {
            let path = format!("result.suspect.{number}");
            self.named(&path, &suspect.is, suspect.prefix.iter().chain(&suspect.suffix));
            self.filled(&format!("{path}.why"), &suspect.why);
        }
    }

    /// Checks values that are chosen by their code or by what stands in a place.
    fn chosen(&mut self, key: &str, all: &[Supplementary]) {
        for (number, values) in (1..).zip(all) {
            let path = format!("result.{key}.{number}");
            match (values.field, values.component) {
                (None, Some(_)) => self.at(&*path, "a component stands in a field: name it too"),
                (Some(field), component) => self.numbers(&path, field, component),
                (None, None) => {}
            }
            self.named(&path, &values.is, values.prefix.iter().chain(&values.suffix));
            self.filled(&format!("{path}.why"), &values.why);
        }
    }

    fn named<'t>(&mut self, path: &str, is: &[String], ends: impl Iterator<Item = &'t String> + Clone) {
        if (is.is_empty() && ends.clone().next().is_none()) || ends.into_iter().any(String::is_empty) {
            self.at(path, "say what stands there, in is, prefix or suffix; an empty prefix or suffix fits every value");
        }
    }

    /// Checks what is said of values that are no numbers, or not the number that stands there.
    fn values(&mut self, dialect: &Dialect) {
        for (number, word) in (1..).zip(&dialect.word) {
            let path = format!("word.{number}");
            let all: Vec<_> = word.is.iter().chain(&word.prefix).collect();
            if all.is_empty() || all.iter().any(|text| text.trim().is_empty()) {
                self.at(&*path, "name the words, in is or prefix; an empty value is no word: see result.may_be_empty");
            }
            if word.meaning == WordMeaning::Answer && !word.prefix.is_empty() {
                self.at(format!("{path}.prefix"), "an answer is a whole text: name it in is");
            }
            self.filled(&format!("{path}.text"), &word.text);
        }
        let answers = dialect.word.iter().filter(|w| w.meaning == WordMeaning::Answer).flat_map(|w| &w.is);
        let numbers: Vec<&String> = answers.clone().filter(|w| Reported::parse(w) != Reported::Text).collect();
        if let Some(number) = numbers.first() {
            self.at("word", format!("{number:?} is a number, and no word"));
        }
        self.once("word", answers);
        let comparator = |flag: &&String| flag.contains(['<', '>', '≤', '≥']);
        if let Some(flag) = dialect.flags.keys().find(comparator) {
            self.at("flags", format!("{flag:?} changes the value: name it in [beyond], or leave it out"));
        }
        let Some(beyond) = &dialect.beyond else { return };
        if dialect.result.flag.is_none() {
            self.at("beyond", "flags are listed: name the field flag in [result] in which they stand");
        }
        self.spot("beyond.range", beyond.range);
        self.once("beyond", beyond.below.iter().chain(&beyond.above).chain(dialect.flags.keys()));
        if beyond.below.iter().chain(&beyond.above).any(|flag| flag.is_empty()) {
            self.at("beyond", "an empty field is no flag: take it out");
        }
        if beyond.range.is_some() && beyond.value_is_end {
            self.at("beyond.value_is_end", "the range says where its ends are: take one of the two out");
        }
        if let Some(word) = beyond.words.iter().find(|w| !dialect.word.iter().any(|known| known.is.contains(w))) {
            self.at("beyond.words", format!("{word:?} is no [[word]]: name it there too, as an answer"));
        }
    }

    fn lists(&mut self, dialect: &Dialect) {
        let result = &dialect.result;
        if result.status.is_none() && !(dialect.statuses.is_empty() && dialect.status.is_empty()) {
            self.at("result", "statuses are listed: name the field status in which they stand");
        }
        if result.flag.is_none() && !dialect.flags.is_empty() {
            self.at("result", "flags are listed: name the field flag in which they stand");
        }
        let statuses = dialect.statuses.keys().chain(dialect.status.iter().map(|s| &s.code));
        self.once("status", statuses);
        match &dialect.comment {
            Some(place) => {
                self.record("comment", &place.record, &["C", "M"]);
                self.numbers("comment", place.field, place.component);
                if dialect.records.uncharted.contains(&place.record) {
                    self.at("records.uncharted", format!("{} records are read as comments: take it out", place.record));
                }
            }
            None if !dialect.comment_codes.is_empty() => {
                self.at("comment_codes", "name in [comment] the record and field in which these codes stand");
            }
            None => {}
        }
        for (number, letter) in (1..).zip(&dialect.records.uncharted) {
            let path = format!("records.uncharted.{number}");
            let one = letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_uppercase());
            if !one || ["H", "P", "O", "R", "Q", "L"].contains(&letter.as_str()) {
                self.at(path, "the letter of a record that says nothing of a result, such as \"M\"");
            }
        }
    }

    fn codes(&mut self, dialect: &Dialect) {
        let mut seen = BTreeSet::new();
        for (number, code) in (1..).zip(&dialect.code) {
            let path = format!("code.{number}");
            self.filled(&format!("{path}.code"), &code.code);
            self.filled(&format!("{path}.analyte"), &code.analyte);
            for (word, answer) in &code.words {
                self.filled(&format!("{path}.words"), answer);
                if word.trim().is_empty() || word.trim() != word {
                    self.at(format!("{path}.words"), "a word here is empty, or begins or ends with a blank");
                }
            }
            if !seen.insert((&code.code, &code.unit, &code.specimen)) {
                self.at(&*path, "this code, unit and specimen stand here twice: take one out");
            }
            if !code.specimen.is_empty() && dialect.specimen_type.is_none() {
                self.at(format!("{path}.specimen"), "name in [specimen_type] where the device says it");
            }
        }
    }

    /// Checks the host query and the orders.
    fn exchange(&mut self, dialect: &Dialect) {
        if let Some(query) = &dialect.query {
            self.spot("query.identity", Some(query.identity));
            self.spot("query.range_end", query.range_end);
            if query.all.as_deref() == Some("") {
                self.at("query.all", "name the text that asks for all; an empty place asks for nothing");
            }
            for (number, asks) in (1..).zip(&query.asks) {
                let path = format!("query.asks.{number}");
                self.numbers(&path, asks.field, asks.component);
                if asks.values.is_empty() {
                    self.at(format!("{path}.values"), "name the values of a question; without one none is answered");
                }
            }
        }
        if let Some(order) = &dialect.order {
            if order.when == OrderMode::Query && dialect.query.is_none() {
                self.at("order.when", "a device that asks has a [query]: add it, or write \"received\"");
            }
            if dialect.result.sub_code.is_some() && order.code_until.is_none() {
                self.at(
                    "order.code_until",
                    "a code with a sub-code is not ordered so: name the text that ends the code",
                );
            }
            self.order(order);
            self.echoed(order, dialect.query.as_ref());
        }
    }

    fn order(&mut self, order: &OrderFormat) {
        for (key, spot) in
            [("identity", Some(order.identity)), ("code", Some(order.code)), ("specimen_type", order.specimen_type)]
        {
            self.spot(&format!("order.{key}"), spot);
        }
        let patient = order.patient.as_ref();
        let fields = [
            ("action", order.action.as_ref().map(|a| a.field)),
            ("priority", order.priority.as_ref().map(|p| p.field)),
            ("report_type", order.report_type.as_ref().map(|r| r.field)),
            ("end", order.end.as_ref().map(|e| e.field)),
            ("patient.identifier", patient.and_then(|p| p.identifier)),
            ("patient.name", patient.and_then(|p| p.name)),
            ("patient.birth", patient.and_then(|p| p.birth)),
            ("patient.sex", patient.and_then(|p| p.sex)),
        ];
        // Field 1 is the type of the record, field 2 its number.
        for (key, _) in fields.iter().filter(|(_, field)| field.is_some_and(|f| f < 3)) {
            self.at(format!("order.{key}"), "field 1 is the record's type and 2 its number: name another");
        }
        if order.code_until.as_deref() == Some("") {
            self.at("order.code_until", "is empty, so nothing is left of a code: name the text that ends it");
        }
        if order.nothing != NoOrderReply::Order && order.report_type.as_ref().is_some_and(|r| r.none.is_some()) {
            self.at("order.report_type.none", "stands in an order without tests: write nothing = \"order\" too");
        }
        for (number, fixed) in (1..).zip(&order.fixed) {
            let path = format!("order.fixed.{number}");
            let records: &[_] =
                if order.nothing == NoOrderReply::Query { &["H", "P", "O", "Q", "L"] } else { &["H", "P", "O", "L"] };
            self.record(&path, &fixed.record, records);
            self.numbers(&path, fixed.field, fixed.component);
            if fixed.field < 3 {
                self.at(path, "field 1 is the record's type, and 2 its number or the delimiters: name another");
            }
        }
    }

    /// Checks the fields of a query that its answer repeats.
    fn echoed(&mut self, order: &OrderFormat, query: Option<&QueryPlaces>) {
        if !order.echo.is_empty() && order.when == OrderMode::Broadcast {
            self.at("order.echo", "an order that nobody asked for has nothing to give back: write when = \"asked\"");
        }
        for (number, echo) in (1..).zip(&order.echo) {
            let path = format!("order.echo.{number}");
            self.numbers(&format!("{path}.from"), echo.from, echo.first);
            if echo.to < 3 || echo.to == order.code.field {
                self.at(format!("{path}.to"), "another field of O than 1, 2 and that of the code");
            }
        }
        if order.nothing == NoOrderReply::Query {
            if query.is_none() {
                self.at("order.nothing", "there is no [query] to give back: add it");
            }
            if !order.fixed.iter().any(|f| f.record == "Q") {
                self.at("order.nothing", "the question as it came says nothing: name in fixed what stands in Q then");
            }
        }
        let several = query.map(|q| [("all", q.all.is_some()), ("range_end", q.range_end.is_some())]);
        for (key, _) in several.into_iter().flatten().filter(|(_, there)| *there && order.echoes_query()) {
            self.at(format!("query.{key}"), "a question that is given back names one specimen: take it out");
        }
    }

    fn place(&mut self, path: &str, place: &Place, records: &[&str]) {
        self.record(path, &place.record, records);
        self.numbers(path, place.field, place.component);
    }

    fn record(&mut self, path: &str, record: &str, possible: &[&str]) {
        if !possible.contains(&record) {
            self.at(
                format!("{path}.record"),
                format!("{record:?} is not read for this: write {}", possible.join(" or ")),
            );
        }
    }

    fn spot(&mut self, path: &str, spot: Option<Spot>) {
        if let Some(spot) = spot {
            self.numbers(path, spot.field, spot.component);
        }
    }

    fn numbers(&mut self, path: &str, field: usize, component: Option<usize>) {
        if field < 2 {
            self.at(path, "fields count from 1, and field 1 is the record's type: name another");
        }
        if component == Some(0) {
            self.at(path, "components count from 1");
        }
    }

    fn filled(&mut self, path: &str, text: &str) {
        if text.trim().is_empty() {
            self.at(path, "is empty: fill it in");
        }
    }

    fn once<'t>(&mut self, path: &str, codes: impl Iterator<Item = &'t String>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            if !seen.insert(code) {
                self.at(path, format!("{code:?} stands here twice, so its meaning is undecided: take one out"));
            }
        }
    }
}
