//! What contradicts a result: a value of the same specimen and analyte that came and was not filed.

use titer_store::Timestamp;

use super::{
    ContradictionState, ResultId, State,
    commands::Measurement,
    events::{CRITICAL_BESIDE, Contradicting, HeldResult, Measured, Reported, SentValue, UNDECIDED, UNDECIDED_BESIDE},
    judge::{self, Judge},
    tube::{Before, Known},
};
use crate::{
    catalog::{AnalyteId, AnswerId},
    instruments::InstrumentId,
    sites, text,
};

/// Undecided contradictions of one result that are kept with their values. If there are more, one row says so, and no value more is
/// kept: the held messages have them.
pub const CONTRADICTIONS_MAX: usize = 20;

/// Of a value that came before any result of its analyte, or that another measurement said again: nothing contradicts it until that
/// result is put aside and another comes.
const NO_RESULT: ResultId = ResultId(0);
/// What is said of a contradiction that stands for all those beyond [`CONTRADICTIONS_MAX`]. It has no value.
pub(super) const MORE: &str = "more";
/// Why a result is held that more values contradict than are kept.
const MORE_BESIDE: &str = "contradicted-more";
/// What is said of a value in another unit than that of its analyte.
pub(super) const OTHER_UNIT: &str = "other-unit";
/// Holds that say nothing about a value: what is missing is its time, its instrument, or a comparison of its mapping with a printout.
const OF_NO_VALUE: &[&str] =
    &["no-time", "time-twice", "time-never", "mapping-unconfirmed", "module-unsaid", "module-unknown"];
/// Holds that are found again if a value is judged again.
const FOUND_AGAIN: &[&str] = &["measured-before-receipt", "measured-long-ago", OTHER_UNIT];

/// A message from which values are filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What the message is known by: the same if it is read again, and of another message with the same content.
    pub message: i64,
    /// How it comes to be filed.
    pub arrival: Arrival,
}

/// How a message comes to be filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It came.
    New,
    /// It came, and may be one that came before, sent again.
    Suspected,
    /// It came before and is read again.
    Again,
}

/// A value that was not filed.
pub(super) struct Unfiled {
    analyte: AnalyteId,
    value: String,
    unit: String,
    measured_at: Option<Timestamp>,
    link: i64,
    /// What measured it, if that is known.
    instrument: Option<InstrumentId>,
    origin: Option<Origin>,
    /// What the link says of it, as codes with an argument after a colon.
    holds: Vec<String>,
    /// Whether it is kept although no result stands yet: it was asked for, and another value may come and be filed.
    kept: bool,
    /// If it came before this message: whether it was critical.
    before: Option<String>,
    /// The answer that it means, if the analyte has answers and a mapping says which.
    answer: Option<AnswerId>,
}

impl Unfiled {
    /// By this link, and measured by this instrument if it is known which.
    pub(super) fn new(
        m: Measurement,
        (link, instrument): (i64, Option<InstrumentId>),
        origin: Option<Origin>,
        asked: bool,
    ) -> Self {
        let value = printable(&m.value);
        Unfiled {
            analyte: m.analyte,
            kept: asked && !value.is_empty(),
            value,
            unit: printable(&m.unit),
            measured_at: m.measured_at,
            link,
            instrument,
            origin,
            holds: m.holds.iter().map(|h| printable(h)).collect(),
            before: None,
            answer: m.answer,
        }
    }

    /// One that came before, when no result stood or another.
    fn earlier(known: &Known) -> Self {
        let found = |h: &&str| judge::HOLDS.contains(h) || FOUND_AGAIN.contains(&code(h));
        Unfiled {
            analyte: known.analyte,
            value: known.value.clone(),
            unit: known.unit.clone(),
            measured_at: known.measured_at,
            link: known.link,
            instrument: known.instrument,
            origin: known.message.map(|message| Origin { message, arrival: Arrival::Again }),
            holds: known.holds.lines().filter(|h| !found(h)).map(str::to_owned).collect(),
            kept: false,
            before: Some(known.critical.clone()),
            answer: known.answer,
        }
    }

    /// Whether it says something else than a result: another value, another unit, another answer whatever word is sent for it, or a mark
    /// that the result does not bear.
    fn contradicts(&self, value: &str, unit: &str, answer: Option<AnswerId>, bears: impl Fn(&str) -> bool) -> bool {
        let other_value = match self.answer.zip(answer) {
            Some((one, other)) => one != other,
            None => self.value != value.trim() || self.unit != unit.trim(),
        };
        other_value || marks(self.holds.iter().map(String::as_str)).any(|mark| !bears(mark))
    }

    fn contradicts_result(&self, b: &Before) -> bool {
        self.contradicts(&b.value, &b.unit, b.answer, |mark| b.holds.lines().any(|h| h == mark))
    }

    /// Whether it is the measurement that a person has put aside. Without a time nobody can tell.
    fn was_put_aside(&self, b: &Before) -> bool {
        let same = (self.link, self.measured_at) == (b.link, b.measured_at);
        b.state == State::Repeat && self.measured_at.is_some() && same && !self.contradicts_result(b)
    }

    /// Whether it says again what a result says, and is another measurement as far as anybody can tell. If that result is put aside, this
    /// one was not, and stands beside the result that follows.
    fn confirms(&self, link: i64, measured_at: Option<Timestamp>) -> bool {
        let is_new = self.origin.is_none_or(|o| o.arrival == Arrival::New);
        let another = (self.link, self.measured_at) != (link, measured_at) || self.measured_at.is_none() && is_new;
        self.before.is_none() && !self.value.is_empty() && another
    }

    /// Whether it came before in the message that the result came in, and says the same or what was `sent` in its place: it was read
    /// again, and filed now.
    fn became(&self, result: &Measured, sent: Option<&SentValue>, origin: Option<Origin>) -> bool {
        let says = |value: &str, unit: &str| self.value == value.trim() && self.unit == unit.trim();
        let same = says(&result.value, &result.unit) || sent.is_some_and(|s| says(&s.value, &s.unit));
        self.before.is_some() && origin.is_some() && self.message() == origin.map(|o| o.message) && same
    }

    fn message(&self) -> Option<i64> {
        self.origin.map(|o| o.message)
    }

    /// Whether it is a known contradiction of the same result, come again. With a time it is the same measurement: it was seen if the
    /// result was signed, or decided, or still is to be. Without a time it may be another: it is known only as long as it is not
    /// decided, or if its message is read again. A message that may have been sent again opens once what was signed over, and nothing
    /// that was dismissed: a person must say whether it was measured again.
    fn is_known(&self, known: &Known, wanted: ContradictionState) -> bool {
        let alike = (known.link, known.value.as_str(), known.unit.as_str(), known.measured_at, known.answer)
            == (self.link, self.value.as_str(), self.unit.as_str(), self.measured_at, self.answer);
        let same_marks = || marks(known.holds.lines()).eq(marks(self.holds.iter().map(String::as_str)));
        let same_message = || known.message.is_some() && known.message == self.message();
        let decided = known.state == ContradictionState::Dismissed;
        let come_again = match self.origin.map(|o| o.arrival) {
            Some(Arrival::Again) => true,
            Some(Arrival::Suspected) => decided,
            Some(Arrival::New) | None => false,
        };
        alike && same_marks() && (self.measured_at.is_some() || known.state == wanted || come_again && same_message())
    }

    /// Set against a result, and judged.
    pub(super) fn against(&self, result: ResultId, verified_by: &str, judge: &Judge<'_>) -> Contradicting {
        let mut contradicting = Contradicting {
            result: result.0,
            analyte: self.analyte.0,
            value: self.value.clone(),
            unit: self.unit.clone(),
            measured_at: self.measured_at.map(Timestamp::micros),
            link: self.link,
            verified_by: verified_by.to_owned(),
            flag: String::new(),
            critical: self.before.clone().unwrap_or_default(),
            limit: None,
            holds: self.holds.clone(),
            message: self.message(),
            answer: self.answer.map(|answer| answer.0),
            instrument: self.instrument.map(|instrument| instrument.0),
        };
        if !is_more(&contradicting) {
            let judged = judge.contradicting(self);
            contradicting.flag = judged.flag;
            contradicting.critical = judged.critical;
            contradicting.limit = judged.limit;
            contradicting.holds = judged.holds;
        }
        contradicting
    }
}

impl Judge<'_> {
    /// Judges a value as if it were filed. One in another unit is judged by nothing.
    fn contradicting(&self, value: &Unfiled) -> judge::Judged {
        let mut holds = value.holds.clone();
        holds.extend(self.early(value.measured_at));
        if self.ctx.catalog.analyte(value.analyte).is_some_and(|a| a.unit.trim() == value.unit) {
            return judge::judge(
                &self.ctx.catalog,
                (value.analyte, value.instrument),
                (&value.value, value.answer),
                &self.subject(value.measured_at),
                holds,
            );
        }
        holds.push("other-unit".to_owned());
        holds.push("undecided-critical".to_owned());
        judge::Judged { holds, ..judge::Judged::default() }
    }
}

/// What is set against the results of one specimen.
pub(super) struct Contradictions {
    pub(super) values: Vec<Contradicting>,
    pub(super) held: Vec<HeldResult>,
}

/// The result that stands of those of one analyte on a tube. Journals from before may hold several: the verified one comes first.
fn standing<'b>(of_analyte: impl Iterator<Item = &'b Before>) -> Option<&'b Before> {
    of_analyte.filter(|b| b.state != State::Repeat).max_by_key(|b| b.state == State::Verified)
}

/// Sets what was not filed against the results that stand, those of the tube `before` and the `new` ones of this event with what was
/// `sent` in their place, and holds those that nobody has verified. What a person has put aside contradicts nothing.
pub(super) fn found(
    before: &[Before],
    known: &[Known],
    (new, sent): (&mut [Measured], &[SentValue]),
    (judge, origin): (&Judge<'_>, Option<Origin>),
    mut unfiled: Vec<Unfiled>,
) -> Contradictions {
    let mut all = Contradictions { values: Vec::new(), held: Vec::new() };
    unfiled.extend(known.iter().filter(|k| new.iter().any(|n| n.analyte == k.analyte.0)).map(Unfiled::earlier));
    for value in unfiled {
        let of_analyte = || before.iter().filter(|b| b.analyte == value.analyte);
        if of_analyte().any(|b| value.was_put_aside(b)) {
            continue;
        }
        if let Some((place, result)) = new.iter_mut().enumerate().find(|(_, n)| n.analyte == value.analyte.0) {
            let contradicts = value.contradicts(&result.value, &result.unit, result.answer.map(AnswerId), |mark| {
                result.holds.iter().any(|h| h == mark)
            });
            let id = Reported::result(judge.ctx.event(), place);
            let as_sent = sent.iter().find(|s| s.result == id.0);
            if !contradicts {
                if value.confirms(value.link, result.measured_at.map(Timestamp::from_micros)) {
                    add(&mut all.values, NO_RESULT, known, &value, "", judge);
                }
            } else if !value.became(result, as_sent, origin)
                && let Some(added) = add(&mut all.values, id, known, &value, "", judge)
            {
                hold(&mut result.holds, added, judge);
            }
        } else if let Some(result) = standing(of_analyte()) {
            let by = match result.state {
                State::Verified => result.signed_by.as_deref().unwrap_or("?"),
                State::Reported | State::Repeat => "",
            };
            if !value.contradicts_result(result) {
                // What is verified is never put aside.
                if by.is_empty() && value.confirms(result.link, result.measured_at) {
                    add(&mut all.values, NO_RESULT, known, &value, "", judge);
                }
            } else if let Some(added) = add(&mut all.values, result.id, known, &value, by, judge)
                && by.is_empty()
            {
                hold(&mut held(&mut all.held, result).holds, added, judge);
            }
        } else if value.kept {
            add(&mut all.values, NO_RESULT, known, &value, "", judge);
        }
    }
    all
}

/// The result among those that are held now.
fn held<'h>(all: &'h mut Vec<HeldResult>, result: &Before) -> &'h mut HeldResult {
    let place = all.iter().position(|h| h.result == result.id.0).unwrap_or_else(|| {
        let holds = result.holds.lines().map(str::to_owned).collect();
        let (result, version, critical) = (result.id.0, result.version, result.critical);
        all.push(HeldResult { result, version, critical, holds });
        all.len() - 1
    });
    &mut all[place]
}

/// Adds a value that is set against a result, unless it is set against that already. If enough others are, a row says that there are
/// more.
fn add<'v>(
    values: &'v mut Vec<Contradicting>,
    result: ResultId,
    known: &[Known],
    value: &Unfiled,
    verified_by: &str,
    judge: &Judge<'_>,
) -> Option<&'v Contradicting> {
    let wanted = if verified_by.is_empty() { ContradictionState::Beside } else { ContradictionState::Open };
    let of_result = || known.iter().filter(|k| (k.result, k.analyte) == (result, value.analyte));
    let mine = || values.iter().filter(|v| (v.result, v.analyte) == (result.0, value.analyte.0));
    let mut contradicting = value.against(result, verified_by, judge);
    if of_result().any(|k| value.is_known(k, wanted)) || mine().any(|v| is_same(v, &contradicting)) {
        return None;
    }
    let (more, kept): (Vec<&Known>, Vec<&Known>) =
        of_result().filter(|k| k.state == wanted).partition(|k| k.holds == MORE);
    if !is_more(&contradicting) && kept.len() + mine().filter(|v| !is_more(v)).count() >= CONTRADICTIONS_MAX {
        contradicting.beyond();
    }
    if is_more(&contradicting) {
        let said = more.iter().map(|k| &k.critical).chain(mine().filter(|v| is_more(v)).map(|v| &v.critical));
        if said.into_iter().any(|critical| critical.is_empty() == contradicting.critical.is_empty()) {
            return None;
        }
    }
    values.push(contradicting);
    values.last()
}

impl Contradicting {
    /// Makes it stand for all those beyond [`CONTRADICTIONS_MAX`].
    fn beyond(&mut self) {
        self.value.clear();
        self.unit.clear();
        self.answer = None;
        self.instrument = None;
        self.measured_at = None;
        self.flag.clear();
        self.holds.clear();
        self.holds.push("more".to_owned());
    }
}

fn is_more(value: &Contradicting) -> bool {
    value.holds == [MORE]
}

/// Whether one measurement is said twice: with a time, also in two messages.
fn is_same(a: &Contradicting, b: &Contradicting) -> bool {
    let when = |c: &Contradicting| (c.link, c.measured_at, c.message.filter(|_| c.measured_at.is_none()));
    when(a) == when(b) && (&a.value, &a.unit, a.answer, &a.holds) == (&b.value, &b.unit, b.answer, &b.holds)
}

/// Holds a result for one more reason, and if that is a critical value, for that first.
fn hold(holds: &mut Vec<String>, value: &Contradicting, judge: &Judge<'_>) {
    if !value.critical.is_empty() && !holds.iter().any(|h| h == CRITICAL_BESIDE) {
        holds.insert(0, "contradicted-critical".to_owned());
    }
    // Where no value came, there is none to judge.
    let undecided = !value.value.is_empty() && value.holds.iter().any(|h| h == UNDECIDED);
    if undecided && !holds.iter().any(|h| h == UNDECIDED_BESIDE) {
        holds.insert(0, "contradicted-undecided".to_owned());
        if holds.get(1).is_some_and(|second| second == CRITICAL_BESIDE) {
            holds.swap(0, 1);
        }
    }
    if !is_more(value) {
        let why = format!("contradicted:{}", said(value, judge));
        let known = holds.contains(&why);
        holds.extend(Some(why).filter(|_| !known));
    } else if !holds.iter().any(|h| h == MORE_BESIDE) {
        holds.push("contradicted-more".to_owned());
    }
}

/// When it was measured by the laboratory's clock, `-` if nobody said, what, and the analyzer's marks: `2026-11-30T06:43 172 mmol/L`.
fn said(value: &Contradicting, judge: &Judge<'_>) -> String {
    let at = value.measured_at.map(|at| sites::views::local(Timestamp::from_micros(at), &judge.zone));
    let at = at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M").to_string());
    let mut said = [at.as_str(), &value.value, &value.unit].join(" ").trim_end().to_owned();
    for mark in marks(value.holds.iter().map(String::as_str)) {
        said += &format!(" [{}]", mark.split_once(':').map_or(mark, |(_, detail)| detail));
    }
    said
}

fn code(hold: &str) -> &str {
    hold.split(':').next().unwrap_or(hold)
}

/// Whether a measurement bears a mark that the result of the same value does not.
pub(super) fn says_more(m: &Measurement, b: &Before) -> bool {
    marks(m.holds.iter().map(String::as_str)).any(|mark| !b.holds.lines().any(|h| h == mark))
}

/// What the analyzer says of a value beside it.
fn marks<'h>(holds: impl Iterator<Item = &'h str>) -> impl Iterator<Item = &'h str> {
    let silent =
        |code: &str| OF_NO_VALUE.contains(&code) || FOUND_AGAIN.contains(&code) || judge::HOLDS.contains(&code);
    holds.filter(move |h| !silent(code(h)))
}

/// A text as every page and every line of holds can carry it.
pub(super) fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| !text::is_hidden(*c)).take(text::CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;
