//! What handlers share: the laboratory's words for what its rooms say.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::response::Response;
use jiff::civil::DateTime;
use serde::Deserialize;
use titer_lab::catalog::{AnalyteId, Answer as CodedAnswer, Catalog, is_no_number};
use titer_lab::forms::Made;
use titer_lab::instruments::views as instruments;
use titer_lab::orders::Priority as Urgency;
use titer_lab::patients::views::Patient;
use titer_lab::results::entry::NO_LINK;
use titer_lab::results::views::{LabResult, Previous};
use titer_lab::results::{ResultId, State as ResultState, by_hand};
use titer_lab::specimens::{State, views::Specimen};
use titer_lab::{Actor, Failure, Systems, Timestamp, forms, sites};
use titer_link::links::{LinkId, views as links};
use titer_science::{Reported, units::in_print};
use titer_shell::address::Named;
use titer_shell::errors::{Problem, said};
use titer_shell::frame::Frame;
use titer_shell::reader::Reader;
use titer_shell::when::{self, When};
use titer_shell::words::{Arg, Words};
use titer_store::Read;

use crate::pages::results::{self, Flag, ResultLine, Value, interval};
use crate::pages::{Fact, Mistakes, PatientBanner, PatientName, Priority, Seen, Status, Tone, Tube};
use crate::paths;

pub use titer_shell::answer::{Answer, again, show};

/// A patient's name line.
pub fn name(frame: &Frame, patient: &Patient) -> PatientName {
    PatientName {
        family: patient.family.clone(),
        given: patient.given.clone(),
        sex: frame.t(&format!("sex-{}", patient.sex.code())),
        born: patient.birth_date.map_or_else(|| frame.t("unknown"), when::day),
        age: match patient.birth_date {
            Some(born) => when::age(born, frame.today(), frame.words).unwrap_or_default(),
            None => patient.age_band.map(|b| frame.t(&format!("age-band-{}", b.code()))).unwrap_or_default(),
        },
    }
}

/// A patient's banner. What is printed already may bear a former identifier, so the banner has these too.
pub fn banner(frame: &Frame, patient: &Patient, requester: &str, specimen: &str) -> PatientBanner {
    let fact = |key, text| Fact { label: frame.t(key), text };
    let mut identifiers = vec![fact("patient-identifier", patient.identifier.clone())];
    if !patient.former.is_empty() {
        identifiers.push(fact("patient-formerly", patient.former.join(", ")));
    }
    PatientBanner {
        name: name(frame, patient),
        identifiers,
        requester: requester.to_owned(),
        alerts: Vec::new(),
        specimen: specimen.to_owned(),
    }
}

/// A tube with its address.
pub fn tube(frame: &Frame, specimen: &Specimen) -> Tube {
    Tube { href: frame.to(paths::SPECIMEN.of(specimen.id)), number: specimen.barcode.clone() }
}

/// An order with its address.
pub fn order(frame: &Frame, order: titer_lab::orders::OrderId) -> Tube {
    Tube { href: frame.to(paths::ORDER.of(order)), number: order_number(order) }
}

/// An order's number, as people say it.
pub fn order_number(order: titer_lab::orders::OrderId) -> String {
    (order.0 / titer_store::PLACES).to_string()
}

/// Where a specimen stands.
pub fn specimen_status(specimen: &Specimen) -> Status {
    match specimen.state {
        State::Expected if specimen.collected_at.is_some() => Status::Collected,
        State::Expected => Status::Ordered,
        State::Received => Status::Received,
        State::Rejected => Status::Rejected,
        State::Discarded => Status::Discarded,
    }
}

/// Where a result stands. `disputed` are the verified results that a value contradicts, undecided.
pub fn result_status(result: &LabResult, disputed: &[ResultId]) -> Status {
    match result.state {
        ResultState::Verified if disputed.contains(&result.id) => Status::CorrectionOpen,
        ResultState::Verified => Status::Verified,
        ResultState::Repeat => Status::Cancelled,
        ResultState::Reported if result.holds.is_empty() => Status::Waiting,
        ResultState::Reported => Status::Held,
    }
}

/// What the laboratory's own interval and limit say of a value.
pub fn flag(result: &LabResult) -> Flag {
    judged(&result.critical, &result.flag, result.has_interval, &result.value)
}

/// The same, from the codes in the journal.
pub fn judged(critical: &str, flag: &str, has_interval: bool, value: &str) -> Flag {
    match (critical, flag) {
        ("low", _) => Flag::CriticalLow,
        ("high", _) => Flag::CriticalHigh,
        ("answer", _) => Flag::CriticalAbnormal,
        (_, "L") => Flag::Low,
        (_, "H") => Flag::High,
        (_, "A") => Flag::Abnormal,
        (_, "N") => Flag::Within,
        (_, "-") => Flag::NotJudged,
        _ if !has_interval => Flag::Unjudged,
        _ if is_no_number(value) => Flag::NoNumber,
        _ => Flag::Undecided,
    }
}

/// Why a result is held, in words; also what is said of a value that contradicts a result.
pub fn holds(words: &Words, holds: &[String]) -> Vec<String> {
    let said = |hold: &String| {
        let (code, detail) = hold.split_once(':').unwrap_or((hold, ""));
        let time = |text: &str| text.parse().ok().map(|at: DateTime| when::minute(at));
        // A time, if there is one, and a value.
        let timed = |value: &dyn Fn(&str) -> String| {
            let (at, said) = detail.split_once(' ')?;
            let said = value(said);
            Some(time(at).map_or(said.clone(), |at| format!("{said} ({at})")))
        };
        let detail = match code {
            // Its detail is a time, as the laboratory's clock showed it; another's may only look like one.
            "measured-before-receipt" | "measured-long-ago" | "time-twice" | "time-never" => time(detail),
            "contradicted" | "former-identifier" => timed(&str::to_owned),
            "former-birth-date" => timed(&|born| born.parse().map_or_else(|_| born.to_owned(), when::day)),
            "input-missing" => Some(words.t(&format!("systems-input-{detail}"))),
            "former-sex" => timed(&|sex| words.t(&format!("sex-{sex}"))),
            _ => None,
        }
        .unwrap_or_else(|| detail.to_owned());
        words.tell(&format!("hold-{code}"), &[("detail", &detail)])
    };
    holds.iter().map(said).collect()
}

/// How urgent.
pub fn priority(priority: Urgency) -> Priority {
    match priority {
        Urgency::Stat => Priority::Stat,
        Urgency::Urgent => Priority::Urgent,
        Urgency::Routine => Priority::Routine,
    }
}

/// Who did something, in words: a person's name, a link's name, the program, the command line.
///
/// # Errors
/// When the laboratory does not answer.
pub fn who(words: &Words, read: &mut dyn Read, actor: Actor) -> Result<String, Failure> {
    Ok(match actor {
        Actor::Timer => words.t("who-timer"),
        Actor::Console => words.t("who-console"),
        Actor::Link(id) => links::link(read, LinkId(id))?.map_or_else(|| words.t("who-link"), |l| l.name),
        Actor::Person(id) => {
            let name = titer_lab::people::views::name(read, id)?;
            name.unwrap_or_else(|| words.t("who-person"))
        }
    })
}

/// What a person must decide about a message, in words.
pub fn problem(words: &Words, problem: &titer_link::inbox::Problem) -> String {
    let args: Vec<(&str, &dyn Arg)> = problem.args.iter().map(|(n, v)| (n.as_str(), v as &dyn Arg)).collect();
    words.refusal(&problem.code, &args)
}

/// Notes that somebody read a patient's data, printed or exported it: by number, never by name.
pub fn accessed(reader: &Reader, what: &'static str, subject: i64) {
    tracing::info!(target: "titer::access", person = reader.session.account.0, what, subject);
}

/// The names of links.
///
/// # Errors
/// When the laboratory does not answer.
pub fn link_names(read: &mut dyn Read, ids: impl Iterator<Item = LinkId>) -> Result<HashMap<LinkId, String>, Failure> {
    let mut names = HashMap::new();
    for id in ids {
        if let Entry::Vacant(unknown) = names.entry(id) {
            unknown.insert(links::link(read, id)?.map(|l| l.name).unwrap_or_default());
        }
    }
    Ok(names)
}

/// A typed time of something that has happened; none if the field is empty. Every typed time is read here. If it is none, the answer is
/// what is wrong with it, in words.
///
/// # Errors
/// When the laboratory does not answer.
pub async fn moment(reader: &Reader, typed: &str) -> Result<Result<Option<Timestamp>, String>, Problem> {
    if typed.trim().is_empty() {
        return Ok(Ok(None));
    }
    let zone = reader.read(|s| Ok(sites::views::zone(s)?)).await?;
    Ok(reader.minute(typed, &zone).map(Some).map_err(|unclear| reader.t(unclear.key())))
}

/// The time that a refusal asks a person to confirm, as the form carries it back; empty if it asks for none.
pub fn asked(failure: &Failure) -> String {
    let Failure::Refused(refusal) = failure else { return String::new() };
    refusal.args.iter().find(|(name, _)| *name == "confirmed").map(|(_, asked)| asked.clone()).unwrap_or_default()
}

/// A box that is marked or not. Whatever else is sent is no form of these pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Marked(pub bool);

impl TryFrom<String> for Marked {
    type Error = &'static str;

    fn try_from(sent: String) -> Result<Self, Self::Error> {
        match sent.as_str() {
            "" => Ok(Marked(false)),
            "yes" => Ok(Marked(true)),
            _ => Err("a box is marked with “yes”"),
        }
    }
}

/// What a form carries that makes something new: the mark that it has already, or a new one.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn fresh(frame: &Frame, mark: i64) -> Result<Seen, Failure> {
    let version = if mark == 0 { forms::mark(Timestamp::from_micros(frame.now))? } else { mark };
    Ok(Seen { version, now: Vec::new() })
}

/// Whether a form that makes something new came a second time, or too late. It is shown again with a new mark.
pub fn is_stale(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(r) if r.code.starts_with("forms-"))
}

/// Leads to what a form made. If it was made when the form came before, the page says so.
pub fn saved(reader: &Reader, made: Made, to: &str, says: &str) -> Response {
    match made {
        Made::Now(_) => reader.done(to, Tone::Calm, reader.t(says)),
        Made::Before(_) => reader.done(to, Tone::Caution, reader.t("form-saved-before")),
    }
}

/// As [`saved`], where the page says by itself what was made.
pub fn leads_to(reader: &Reader, made: Made, to: Named) -> Response {
    match made {
        Made::Now(_) => reader.go(to),
        Made::Before(_) => saved(reader, made, &reader.to(to), ""),
    }
}

/// The field of the reason, if a refusal is about the reason; else the whole form.
pub fn at_reason(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().any(|(name, value)| *name == "field" && value == "reason");
    if about || refusal.code.ends_with("-needs-reason") { "reason" } else { "" }
}

/// What a refusal says, as a mistake in a field of a form.
///
/// # Errors
/// When the database failed, or the person may not.
pub fn mistaken(words: &Words, field: &'static str, failure: Failure) -> Result<Mistakes, Problem> {
    Ok(Mistakes::one(field, said(words, failure)?))
}

/// What a result is expected to be: the interval that judged it, or the answers that the director approved as normal.
fn reference(catalog: &Catalog, result: &LabResult) -> String {
    let [low, high] = [&result.low, &result.high].map(|limit| catalog.limit_text(result.analyte, limit));
    if result.has_interval { interval(&low, &high) } else { catalog.expected_words(result.analyte) }
}

/// An answer as whoever maps a word to it must see it: its words, its code, and its meaning, or that nobody has approved the meaning.
pub fn answer_in_full(words: &Words, answer: &CodedAnswer) -> String {
    let meaning = words.t(answer.meaning.key());
    let key = match (answer.retired, answer.approved) {
        (true, _) => "messages-answer-replaced",
        (false, true) => "messages-answer",
        (false, false) => "messages-answer-unapproved",
    };
    words.tell(key, &[("words", &answer.words), ("code", &answer.code), ("meaning", &meaning)])
}

/// What measured a result, by its name; if nobody knows what, the link that the result came by.
pub fn source<'n>(systems: &'n Systems, link: Option<&'n String>, result: &LabResult) -> &'n str {
    let instrument = result.instrument.and_then(|id| systems.instrument(id));
    instrument.map(|i| &i.name).or(link).map(String::as_str).unwrap_or_default()
}

/// The name of an analyte.
pub fn test_name(catalog: &Catalog, analyte: AnalyteId) -> String {
    catalog.analyte(analyte).map_or_else(|| "?".to_owned(), |a| a.name.clone())
}

/// A result as pages show it. `disputed` are the verified results that a value contradicts, undecided.
pub fn result_line(
    result: &LabResult,
    catalog: &Catalog,
    previous: Option<&Previous>,
    arrived: When,
    source: &str,
    disputed: &[ResultId],
    frame: &Frame,
) -> ResultLine {
    let words = catalog.words(&result.value, result.answer);
    let before = |p: &Previous| {
        let (same, value) = (p.unit == result.unit, catalog.words(&p.value, p.answer));
        results::Previous {
            value: if same { value.to_owned() } else { format!("{value} {}", in_print(&p.unit)) },
            at: frame.at(p.at),
            change: if same { change(value, words) } else { String::new() },
        }
    };
    // A word that differs in its letters' size only says nothing more.
    let differs = words.to_lowercase() != result.value.to_lowercase();
    let sent = differs.then(|| frame.tell("results-sent-as", &[("sent", &result.value)]));
    ResultLine {
        id: result.id.to_string(),
        version: result.version.to_string(),
        test: test_name(catalog, result.analyte),
        value: Value::new(words),
        unit: in_print(&result.unit),
        sent: sent.unwrap_or_default(),
        by_hand: String::new(),
        calculated: String::new(),
        comments: Vec::new(),
        flag: flag(result),
        interval: reference(catalog, result),
        previous: previous.map(before),
        arrived,
        source: source.to_owned(),
        status: result_status(result, disputed),
        reasons: if result.state == ResultState::Reported { holds(frame.words, &result.holds) } else { Vec::new() },
        urgent: result.is_urgent(),
    }
}

/// Who entered results by hand, with what, and who read them again, in words. Results that an analyzer sent are left out.
///
/// # Errors
/// When the laboratory does not answer.
pub fn said_readers<'r>(
    s: &mut dyn Read,
    frame: &Frame,
    catalog: &Catalog,
    results: impl Iterator<Item = &'r LabResult>,
) -> Result<HashMap<ResultId, String>, Failure> {
    let mut said = HashMap::new();
    for result in results.filter(|result| result.link == NO_LINK) {
        let Some(readers) = by_hand::readers(s, result.id)? else { continue };
        let by = who(frame.words, s, Actor::Person(readers.entered_by))?;
        let instrument = readers.instrument.map(|id| instruments::instrument(s, id)).transpose()?.flatten();
        let instrument = instrument.map(|i| i.name).unwrap_or_default();
        let mut text = frame.tell("results-by-hand", &[("by", &by), ("instrument", &instrument)]);
        if let Some(((account, _), (value, answer))) = readers.second.zip(readers.second_value) {
            let by = who(frame.words, s, Actor::Person(account))?;
            let value = catalog.words_with_unit(&value, answer, &result.unit);
            let same = value == catalog.words_with_unit(&result.value, result.answer, &result.unit);
            let again = if same { "results-read-again" } else { "results-read-again-differs" };
            text = format!("{text}; {}", frame.tell(again, &[("by", &by), ("value", &value)]));
        }
        said.insert(result.id, text);
    }
    Ok(said)
}

/// The difference of two plain numbers, with its sign and the finer one's decimals; nothing where either is no number.
fn change(before: &str, now: &str) -> String {
    let number = |text: &str| match Reported::parse(text) {
        Reported::Number(n) => Some(n),
        _ => None,
    };
    match (number(before), number(now)) {
        (Some(before), Some(now)) => match now - before {
            d if d.is_zero() => "±0".to_owned(),
            d if d.is_sign_negative() => d.to_string().replace('-', "−"),
            d => format!("+{d}"),
        },
        _ => String::new(),
    }
}
