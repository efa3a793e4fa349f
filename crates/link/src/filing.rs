//! From a message to results: the dialect says what stands where, the mappings say what it means here, the laboratory decides.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{civil::DateTime, tz::TimeZone};
use known::{Known, Meaning};
use measured::{Groups, as_reported};
use titer_lab::{
    Actor, Catalog, Failure, Laboratory, Refusal, Tx,
    instruments::InstrumentId,
    quality,
    results::{
        commands::{Arrival, Filed, MEASUREMENTS_MAX, Measurement, Origin, RunDetails, SentOtherwise},
        tube::Tube,
    },
    sites::{self, views::LocalTime},
    specimens, text,
};
use titer_store::{File, Plan, Read, Sha256, Timestamp, sql, values};

use crate::{
    Dialect,
    dialect::{Aside, QueryRecord, ReadMessage, Specimen, SpecimenRole, StatusMeaning, Value},
    inbox::{
        KeptReason, MessageId, MessageState, Problem,
        commands::KeepMessage,
        unfileable,
        views::{self as inbox, Message},
    },
    links::{LinkId, MappingState, commands::says_an_answer, views as links},
};

mod controls;
mod known;
mod measured;
mod patient;

/// The most problems noted of one message; the message itself has them all.
pub const PROBLEMS_MAX: usize = 50;
/// The most results filed at once: what one submission can change. The rest of a longer message is filed when it is read again.
pub const RESULTS_MAX: usize = MEASUREMENTS_MAX;
/// Rows that are kept free for what is noted of the message itself: the message, and what waits in it.
const NOTED_ROWS_MAX: usize = 150;
/// The problem of a message that may be one that came before, sent again.
const SUSPECTED: &str = "inbox-suspected-duplicate";
/// The refusal of a word that no mapping of its code names.
pub(crate) const UNMAPPED_WORD: &str = "inbox-unmapped-word";
/// The refusal of a text that no profile lists. What two persons have mapped, or the kind of result reads, is filed.
pub(crate) const UNREAD: &str = "inbox-value-unknown";
/// The problem of a message that never ended.
pub(crate) const INCOMPLETE: &str = "inbox-incomplete";

/// How a hold writes a time of the laboratory's clock.
const CLOCK: &str = "%Y-%m-%dT%H:%M";

sql! {
    STANDING: ("l.version": i64, "s.zone": Option<String>) = "FROM links l \
        LEFT JOIN sites s ON s.lab = l.lab AND s.id = $3 WHERE l.lab = $1 AND l.id = $2";
}

/// What a message came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Kept; so many results are new, so many things wait for a person.
    Kept {
        /// The message.
        message: MessageId,
        /// New results.
        filed: usize,
        /// Things that wait for a person.
        problems: usize,
    },
    /// The same message had come before: nothing changed.
    Same(MessageId),
}

/// Files what one link brings. It remembers the link's mappings until the link changes.
#[derive(Clone)]
pub struct Filing {
    laboratory: Laboratory,
    link: LinkId,
    known: Arc<std::sync::Mutex<Option<Known>>>,
}

/// A message that was read before the laboratory's lock was taken.
struct ReadBefore {
    /// The version of the dialect and mappings by which it was read.
    version: i64,
    said: Result<ReadMessage, Refusal>,
}

/// What came of a message.
#[derive(Debug, Default)]
pub(crate) struct Came {
    /// How many results are new.
    pub(crate) filed: usize,
    /// What waits for a person.
    pub(crate) problems: Vec<Problem>,
    /// Why some of it is kept and waits for nobody.
    pub(crate) kept: BTreeSet<KeptReason>,
}

impl Came {
    fn waiting(refusal: &Refusal) -> Self {
        Came { problems: vec![problem(refusal)], ..Came::default() }
    }
}

/// What stands while a message is filed.
struct Standing {
    known: Known,
    zone: TimeZone,
}

impl Filing {
    /// For one link.
    #[must_use]
    pub fn new(laboratory: Laboratory, link: LinkId) -> Self {
        Filing { laboratory, link, known: Arc::default() }
    }

    /// Keeps a message and files what it brings, in one commit. Answers after the commit. What cannot be filed whatever is
    /// tried is kept and held: refused, it would come again for ever.
    ///
    /// # Errors
    /// When the database could not keep it: the sender must not be told that it was taken.
    pub async fn receive(&self, bytes: Vec<u8>) -> Result<Outcome, Failure> {
        self.take(bytes).await.map(|(outcome, _)| outcome)
    }

    /// As [`Filing::receive`], with what the message asks for.
    ///
    /// # Errors
    /// As [`Filing::receive`].
    pub async fn take(&self, bytes: Vec<u8>) -> Result<(Outcome, Vec<QueryRecord>), Failure> {
        let mark = fingerprint(&bytes);
        let read = self.read_before(&bytes);
        let plan = read.as_ref().and_then(|r| Some(self.plan(r.said.as_ref().ok()?, mark)));
        let message = File::new(bytes);
        let (filing, taken) = (self.clone(), message.clone());
        let receive = move |tx: &mut Tx<'_, '_>| filing.taken(tx, taken, mark, read);
        match self.laboratory.submit_planned(plan, Actor::Link(self.link.0), None, receive).await {
            Err(failure) => Ok((self.keep_unfiled(message, mark, unfileable(failure)?).await?, Vec::new())),
            Ok((outcome, asked)) => {
                if let Outcome::Kept { filed, .. } = outcome {
                    count_posted(filed);
                }
                Ok((outcome, asked))
            }
        }
    }

    /// Reads a message by what is remembered of the link, without the laboratory's lock.
    fn read_before(&self, bytes: &[u8]) -> Option<ReadBefore> {
        let known = self.lock().clone()?;
        Some(ReadBefore { version: known.version, said: known.dialect.read(bytes) })
    }

    /// Keeps a message and files what it brings, unless it is here already; answers what it asks for.
    fn taken(
        &self,
        tx: &mut Tx<'_, '_>,
        message: File,
        mark: i64,
        read: Option<ReadBefore>,
    ) -> Result<(Outcome, Vec<QueryRecord>), Failure> {
        let standing = self.standing(tx)?;
        let said = match read.filter(|r| r.version == standing.known.version) {
            Some(read) => read.said,
            None => standing.known.dialect.read(message.bytes()),
        };
        let asked = said.as_ref().map(|said| said.queries.clone()).unwrap_or_default();
        if let Some(same) = inbox::same(tx, self.link, mark)? {
            // Who asks again asks anew, and nothing is doubled.
            if !asked.is_empty() && said.as_ref().is_ok_and(brings_nothing) {
                return Ok((self.keep(tx, message, mark, Came::default())?, asked));
            }
            let came = match said.as_ref().map_or(SaysWhen::Always, says_when) {
                SaysWhen::Always => return Ok((Outcome::Same(same), asked)),
                // What nobody has filed yet is waiting already, and is not to be kept aside.
                SaysWhen::OfResults if inbox::message(tx, same)?.is_some_and(|m| m.state == MessageState::Held) => {
                    return Ok((Outcome::Same(same), asked));
                }
                SaysWhen::OfResults => Came { kept: BTreeSet::from([KeptReason::ExactResend]), ..Came::default() },
                SaysWhen::Never => {
                    // Whether it was measured twice is for a person to say. Until then what it says stands beside what it contradicts.
                    if let Ok(said) = &said {
                        let origin = Origin { message: mark, arrival: Arrival::Suspected };
                        self.file_said(tx, &standing, (said, origin), None, false)?;
                    }
                    Came::waiting(&Refusal::new(SUSPECTED))
                }
            };
            return Ok((self.keep(tx, message, mark, came)?, asked));
        }
        let came = match said {
            Ok(said) => {
                let origin = Origin { message: mark, arrival: Arrival::New };
                self.file_said(tx, &standing, (&said, origin), None, false)?
            }
            Err(refusal) => Came::waiting(&refusal),
        };
        Ok((self.keep(tx, message, mark, came)?, asked))
    }

    /// Keeps what came of a message that never ended.
    ///
    /// # Errors
    /// When the database could not keep it.
    pub async fn receive_incomplete(&self, bytes: Vec<u8>, reason: String) -> Result<Outcome, Failure> {
        // Not the fingerprint of the same text as a whole message: that is still to come.
        let mark = !fingerprint(&bytes);
        self.keep_unfiled(File::new(bytes), mark, Refusal::new(INCOMPLETE).with("reason", reason)).await
    }

    async fn keep_unfiled(&self, message: File, mark: i64, why: Refusal) -> Result<Outcome, Failure> {
        let filing = self.clone();
        let keep = move |tx: &mut Tx<'_, '_>| match inbox::same(tx, filing.link, mark)? {
            Some(same) => Ok(Outcome::Same(same)),
            None => filing.keep(tx, message, mark, Came::waiting(&why)),
        };
        self.laboratory.submit(Actor::Link(self.link.0), None, keep).await
    }

    /// What a message will read.
    fn plan(&self, said: &ReadMessage, mark: i64) -> Plan {
        let mut plan = Plan::default();
        plan.reads.push((STANDING.sql(), values![self.link, sites::views::FIRST_SITE]));
        inbox::plan(&mut plan, mark);
        quality::views::plan_versions(&mut plan);
        for specimen in &said.specimens {
            Tube::plan(&mut plan, specimen.identity.trim());
        }
        plan
    }

    fn keep(
        &self,
        tx: &mut Tx<'_, '_>,
        bytes: File,
        fingerprint: i64,
        Came { filed, mut problems, kept }: Came,
    ) -> Result<Outcome, Failure> {
        problems.truncate(PROBLEMS_MAX);
        let count = problems.len();
        let message = tx.run(KeepMessage { link: self.link, bytes, fingerprint, filed, problems, kept })?;
        Ok(Outcome::Kept { message, filed, problems: count })
    }

    /// Files what a held message says, of one tube `only` or of all.
    pub(crate) fn file(
        &self,
        tx: &mut Tx<'_, '_>,
        bytes: &[u8],
        only: Option<&str>,
        held: &Message,
    ) -> Result<Came, Failure> {
        let standing = self.standing(tx)?;
        // Whoever reads it again says that it is another than the one that came before with the same content.
        let apart = held.problems.iter().any(|p| p.code == SUSPECTED);
        let message = if apart { held.id.0 } else { fingerprint(bytes) };
        let origin = Origin { message, arrival: Arrival::Again };
        match standing.known.dialect.read(bytes) {
            Ok(said) => self.file_said(tx, &standing, (&said, origin), only, held.filed > 0),
            Err(refusal) => Ok(Came::waiting(&refusal)),
        }
    }

    /// `again` says that the message has brought results before.
    fn file_said(
        &self,
        tx: &mut Tx<'_, '_>,
        standing: &Standing,
        (said, origin): (&ReadMessage, Origin),
        only: Option<&str>,
        again: bool,
    ) -> Result<Came, Failure> {
        let catalog = tx.catalog()?;
        let strange = said.strange.iter().map(|l| problem(&Refusal::new("inbox-strange-record").with("record", l)));
        let mut came = Came { problems: strange.collect(), ..Came::default() };
        let wanted = |s: &&Specimen| only.is_none_or(|barcode| text::key(&s.identity) == text::key(barcode));
        for specimen in said.specimens.iter().filter(wanted) {
            let fits = came.filed == 0 || came.filed + specimen.values.len() <= RESULTS_MAX;
            let done = if fits { self.specimen(tx, standing, &catalog, (said, origin), specimen)? } else { None };
            let Some((new, mut more)) = done else {
                let more = problem(&Refusal::new("inbox-more-to-file").with("limit", RESULTS_MAX));
                came.problems.push(Problem { barcode: specimen.identity.clone(), ..more });
                continue;
            };
            came.filed += new.results.len();
            let seen = !new.results.is_empty() || (again && new.repeated > 0);
            came.kept.extend(set_aside(specimen, seen, &mut more));
            came.problems.extend(more);
        }
        Ok(came)
    }

    /// Files what is said of one specimen; nothing if this submission has no room for it.
    fn specimen(
        &self,
        tx: &mut Tx<'_, '_>,
        standing: &Standing,
        catalog: &Catalog,
        (said, origin): (&ReadMessage, Origin),
        specimen: &Specimen,
    ) -> Result<Option<(Filed, Vec<Problem>)>, Failure> {
        let whole = |r: Refusal| {
            Ok(Some((Filed::default(), vec![Problem { barcode: specimen.identity.clone(), ..problem(&r) }])))
        };
        // The register comes first: what it knows is control material, whatever the analyzer calls it.
        let vial = tx.quality()?.lot_of_barcode(&specimen.identity).map(|lot| lot.id);
        if let Some(lot) = vial {
            if let Some(refusal) = unidentified(specimen) {
                return whole(refusal);
            }
            let recorded = self.controls(tx, (standing, catalog), origin, specimen, lot)?;
            return Ok(recorded.map(|problems| (Filed::default(), problems)));
        }
        let Standing { known, zone } = standing;
        if let Some(refusal) = unfit(specimen) {
            return whole(refusal);
        }
        // A barcode that no tube can bear is refused below, for what is wrong with it.
        let tube = match specimens::commands::barcode(&specimen.identity) {
            Ok(barcode) => Tube::find(tx, &barcode, zone.clone())?,
            Err(_) => None,
        };
        let stated = tube.as_ref().map(|t| patient::stated(tx, &t.specimen.patient, &specimen.patient, zone));
        let former = match stated.transpose()? {
            Some(Err(refusal)) => return whole(refusal),
            Some(Ok(holds)) => holds,
            None => Vec::new(),
        };
        let received = tube.as_ref().is_some_and(|t| t.specimen.state != specimens::State::Expected);
        let suspected = || (origin.arrival == Arrival::Suspected).then(|| Refusal::new(SUSPECTED));
        let mut problems = Vec::new();
        let mut groups = Groups::default();
        let systems = tx.systems()?;
        let system = |analyte, instrument: Option<InstrumentId>| {
            systems.of(analyte, tube.as_ref()?.specimen.specimen_type, instrument?)
        };
        for value in charted(specimen) {
            let measuring = systems.measuring(self.link.0, &value.module);
            match measurement(known, catalog, value, &specimen.specimen_type, zone) {
                Ok(m) => {
                    let system = system(m.analyte, measuring.instrument());
                    let mut m = as_reported(m, system, value);
                    m.holds.extend(measuring.hold());
                    let unfit = m.unfit.clone().or_else(suspected);
                    if let Some(refusal) = unfit.as_ref().filter(|_| !received) {
                        problems.push(of_value(specimen, value, refusal));
                        continue;
                    }
                    groups.add(measuring.instrument(), Measurement { unfit, ..m }, Some(value));
                }
                Err(refusal) => {
                    problems.push(of_value(specimen, value, &refusal));
                    let other = in_other_unit(known, refusal, value, &specimen.specimen_type, zone);
                    if let Some(m) = other.filter(|_| received) {
                        groups.add(measuring.instrument(), m, None);
                    }
                }
            }
        }
        let raised: Vec<&String> = asides(specimen).flat_map(Aside::raised).collect();
        for m in groups.0.iter_mut().flat_map(|group| &mut group.measurements) {
            m.holds.extend(former.iter().chain(raised.iter().copied()).cloned());
        }
        self.measured(tx, (said, origin), specimen, (groups.0, tube), problems)
    }

    fn standing(&self, read: &mut dyn Read) -> Result<Standing, Failure> {
        let found = STANDING.one(read, &values![self.link, sites::views::FIRST_SITE])?;
        let (version, zone) = found.ok_or_else(|| Refusal::new("links-unknown"))?;
        let zone = zone.map_or(Ok(TimeZone::UTC), |zone| sites::views::time_zone(&zone))?;
        // A statement of its own: in the `match` the lock would be held while the link is learned.
        let remembered = self.lock().clone().filter(|k| k.version == version);
        let known = match remembered {
            Some(known) => known,
            None => self.learn(read)?,
        };
        Ok(Standing { known, zone })
    }

    fn learn(&self, read: &mut dyn Read) -> Result<Known, Failure> {
        let link = links::link(read, self.link)?.ok_or_else(|| Refusal::new("links-unknown"))?;
        let dialect = Arc::new(Dialect::named(&link.dialect)?);
        let known = Known::new(link.version, dialect, links::mappings(read, self.link)?);
        // Mappings that are not committed yet may be taken back, and another event then bears their number.
        if self.laboratory.committed(link.version) {
            *self.lock() = Some(known.clone());
        }
        Ok(known)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Known>> {
        // What is remembered is replaced whole, so a panic elsewhere leaves nothing half done.
        self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Whether a message brings nothing.
fn brings_nothing(said: &ReadMessage) -> bool {
    said.specimens.is_empty() && said.strange.is_empty()
}

/// Whether the values of a message say when they were measured.
enum SaysWhen {
    /// All of them: then the same content is the same message.
    Always,
    /// All that can become results: then it was sent twice.
    OfResults,
    /// Not all of these: then it may have been measured twice.
    Never,
}

fn says_when(said: &ReadMessage) -> SaysWhen {
    let timed = |v: &Value| v.completed.is_some();
    if said.specimens.iter().flat_map(|s| &s.values).all(timed) {
        SaysWhen::Always
    } else if said.specimens.iter().flat_map(charted).all(timed) {
        SaysWhen::OfResults
    } else {
        SaysWhen::Never
    }
}

/// What can become results.
fn charted(specimen: &Specimen) -> impl Iterator<Item = &Value> {
    specimen.values.iter().filter(|v| v.supplementary.is_none() && v.aside.is_none())
}

/// What is sent like a value and is none.
fn asides(specimen: &Specimen) -> impl Iterator<Item = &Aside> {
    specimen.values.iter().filter(|v| v.supplementary.is_none()).filter_map(|v| v.aside.as_ref())
}

/// Why some of a specimen is kept and waits for nobody. What is raised must have been `seen`: it holds results. If nothing holds, it waits.
fn set_aside(specimen: &Specimen, seen: bool, problems: &mut Vec<Problem>) -> BTreeSet<KeptReason> {
    let mut kept = BTreeSet::new();
    let mut unseen = Vec::new();
    for aside in asides(specimen) {
        match aside {
            Aside::Suspect { raised } if raised.is_empty() => {}
            aside if !aside.raised().is_empty() && !seen => unseen.extend_from_slice(aside.raised()),
            Aside::Empty { .. } => kept.extend([KeptReason::MayBeEmpty]),
            Aside::Suspect { .. } => kept.extend([KeptReason::Suspect]),
        }
    }
    if !unseen.is_empty() && problems.is_empty() {
        let said = unseen.iter().map(|raised| raised.split_once(':').map_or(&**raised, |(_, what)| what));
        let refusal = Refusal::new("inbox-suspect").with("said", said.collect::<Vec<_>>().join(", "));
        problems.push(Problem { barcode: specimen.identity.clone(), ..problem(&refusal) });
    }
    kept
}

/// Why nothing of a specimen is filed, whatever its values and whatever the laboratory knows.
pub(crate) fn unfit(specimen: &Specimen) -> Option<Refusal> {
    match &specimen.role {
        SpecimenRole::Patient => {}
        // A control result never lands on a patient.
        SpecimenRole::Control => return Some(Refusal::new("inbox-control")),
        SpecimenRole::Unknown(mark) => return Some(Refusal::new("inbox-material").with("mark", mark)),
    }
    unidentified(specimen)
}

/// Why nobody knows what was measured.
fn unidentified(specimen: &Specimen) -> Option<Refusal> {
    if let Some(mark) = &specimen.unscanned {
        return Some(Refusal::new("inbox-identity-not-scanned").with("mark", mark));
    }
    if specimen.identity.is_empty() {
        return Some(Refusal::new("inbox-no-identity"));
    }
    let other = specimen.contradicts.as_ref()?;
    Some(Refusal::new("inbox-identity-contradicts").with("place", &other.place).with("other", &other.says))
}

/// Why a value is not filed, whatever it means.
pub(crate) fn unfit_value(value: &Value) -> Option<Refusal> {
    match value.status {
        // One that is not listed holds the result.
        None | Some(StatusMeaning::Final | StatusMeaning::Repeat) => {}
        Some(StatusMeaning::Preliminary) => return Some(Refusal::new("inbox-result-preliminary")),
        Some(StatusMeaning::NotDone) => return Some(Refusal::new("inbox-result-not-done")),
        Some(StatusMeaning::Corrected) => return Some(Refusal::new("inbox-result-corrected")),
        Some(StatusMeaning::Ignored) => return Some(Refusal::new("inbox-result-ignored")),
    }
    if value.refused.is_some() {
        return value.refused.clone();
    }
    let unreadable = value.completed.is_none() && !value.completed_text.is_empty();
    unreadable.then(|| Refusal::new("inbox-time").with("time", &value.completed_text))
}

/// A value in the laboratory's terms, if an approved mapping says what it is.
fn measurement(
    known: &Known,
    catalog: &Catalog,
    value: &Value,
    specimen_type: &str,
    zone: &TimeZone,
) -> Result<Measurement, Refusal> {
    let not_done = value.status == Some(StatusMeaning::NotDone);
    let meaning = match known.meaning(value, specimen_type) {
        Err(refusal) if refusal.code == UNMAPPED_WORD && not_done => {
            return Err(unfit_value(value).unwrap_or(refusal));
        }
        meaning => meaning?,
    };
    meant(meaning, catalog, value, zone)
}

/// A value as a mapping says what it is.
fn meant(meaning: &Meaning, catalog: &Catalog, value: &Value, zone: &TimeZone) -> Result<Measurement, Refusal> {
    let not_done = value.status == Some(StatusMeaning::NotDone);
    let mapping = &meaning.mapping;
    let analyte = catalog.analyte(mapping.analyte).ok_or_else(|| Refusal::new("catalog-analyte-gone"))?;
    let answer = mapping.answer.as_ref().map(|(_, answer)| *answer);
    let is_read = answer.is_some() || analyte.kind.reads(&value.value);
    let unfit = unfit_value(value).filter(|refusal| !(is_read && refusal.code == UNREAD));
    if let Some(refusal) = unfit.as_ref().filter(|_| not_done) {
        // It says no value, so it contradicts none.
        return Err(refusal.clone());
    }
    let mut holds: Vec<String> = value.unexplained.iter().cloned().chain(beyond(value)).collect();
    // What is preliminary may come again as it is. Any other mark says that the analyzer does not stand by a value.
    if matches!(value.status, Some(StatusMeaning::Corrected | StatusMeaning::Ignored)) && value.completed.is_some() {
        let status = &value.status_text;
        holds.extend([format!("status:{status}")]);
    }
    match (mapping.state, unfit.clone()) {
        (MappingState::Proposed | MappingState::Withdrawn, Some(refusal)) => return Err(refusal),
        (MappingState::Proposed | MappingState::Withdrawn, None) => {
            return Err(Refusal::new("inbox-mapping-unapproved").with("code", &value.code));
        }
        (MappingState::Approved, _) => holds.push("mapping-unconfirmed".to_owned()),
        (MappingState::Confirmed, _) => {}
    }
    says_an_answer(catalog, analyte, answer)?;
    let filed_as = meaning.filed_as(analyte)?;
    let filed = filed_as.value(&value.value)?;
    let factor = if filed == value.value { "" } else { filed_as.factor() };
    let sent = (filed != value.sent || !filed_as.factor().is_empty()).then(|| SentOtherwise {
        value: value.sent.clone(),
        unit: value.unit.clone(),
        flags: value.flags.clone(),
        factor: factor.to_owned(),
    });
    let (measured_at, hold) = measured_at(value.completed, zone);
    holds.extend(hold);
    Ok(Measurement {
        analyte: mapping.analyte,
        code: value.code.clone(),
        value: filed,
        unit: analyte.unit.clone(),
        answer,
        sent,
        measured_at,
        holds,
        mapping: Some(mapping.id.0),
        unfit,
        run: RunDetails::default(),
    })
}

/// A value whose code means one analyte, but not in the unit that was sent, or by no conversion that two persons approved: `refusal` says
/// why it cannot be filed. It can contradict a result.
fn in_other_unit(
    known: &Known,
    refusal: Refusal,
    value: &Value,
    specimen_type: &str,
    zone: &TimeZone,
) -> Option<Measurement> {
    let analyte = known.in_any_unit(value, specimen_type).filter(|_| value.status != Some(StatusMeaning::NotDone))?;
    let (measured_at, hold) = measured_at(value.completed, zone);
    Some(Measurement {
        analyte,
        code: value.code.clone(),
        value: value.value.clone(),
        unit: value.unit.clone(),
        answer: None,
        sent: None,
        measured_at,
        holds: value.unexplained.iter().cloned().chain(beyond(value)).chain(hold).collect(),
        mapping: None,
        unfit: Some(refusal),
        run: RunDetails::default(),
    })
}

/// A flag that changes a value of which nothing is filed: the number alone is not what was said.
fn beyond(value: &Value) -> Option<String> {
    let changes = |refusal: &Refusal| matches!(refusal.code, "inbox-flag-contradicts" | "inbox-beyond-range");
    value.refused.as_ref().filter(|refusal| changes(refusal)).map(|_| format!("instrument-flag:{}", value.flags))
}

/// When a value was measured; or why nobody can say. A time that the clock showed twice, or never, is not guessed.
fn measured_at(completed: Option<DateTime>, zone: &TimeZone) -> (Option<Timestamp>, Option<String>) {
    let Some(at) = completed else { return (None, Some("no-time".to_owned())) };
    let clock = at.strftime(CLOCK);
    match sites::views::from_local(at, zone) {
        LocalTime::Once(at) => (Some(at), None),
        LocalTime::Twice(..) => (None, Some(format!("time-twice:{clock}"))),
        LocalTime::Never => (None, Some(format!("time-never:{clock}"))),
    }
}

/// A refusal in the words of a message: what a person would be told to type, the analyzer must send.
pub(crate) fn of_analyzer(refusal: Refusal) -> Refusal {
    let arg = |name| refusal.args.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
    match refusal.code {
        "text-missing" => Refusal::new("inbox-text-missing").with("field", arg("field")),
        "text-too-long" => Refusal::new("inbox-text-too-long").with("field", arg("field")).with("limit", arg("limit")),
        "text-control" => Refusal::new("inbox-text-control").with("field", arg("field")),
        _ => refusal,
    }
}

/// A refusal as a problem of a message.
pub(crate) fn problem(refusal: &Refusal) -> Problem {
    let refusal = of_analyzer(refusal.clone());
    Problem {
        code: refusal.code.to_owned(),
        args: refusal.args.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect(),
        barcode: String::new(),
        test: String::new(),
        unit: String::new(),
        specimen_type: String::new(),
    }
}

fn of_value(specimen: &Specimen, value: &Value, refusal: &Refusal) -> Problem {
    Problem {
        barcode: specimen.identity.clone(),
        test: value.code.clone(),
        unit: value.unit.clone(),
        specimen_type: specimen.specimen_type.clone(),
        ..problem(refusal)
    }
}

/// The first eight bytes of the SHA-256 of a message, but for what changes when it is sent again: H-3 and H-14, the sender's number
/// and time of the message.
fn fingerprint(text: &[u8]) -> i64 {
    let mut content = Vec::with_capacity(text.len());
    for record in text.split(|b| *b == b'\r').filter(|r| !r.is_empty()) {
        if let [b'H', delimiter, ..] = record {
            let fields = (1..).zip(record.split(|b| b == delimiter)).filter(|(number, _)| ![3, 14].contains(number));
            content.extend(fields.flat_map(|(_, field)| field.iter().chain([delimiter])));
        } else {
            content.extend_from_slice(record);
        }
        content.push(b'\r');
    }
    let [a, b, c, d, e, f, g, h, ..] = Sha256::of(&content).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// What was filed and committed, for whoever watches the program.
pub(crate) fn count_posted(results: usize) {
    metrics::counter!("titer_results_posted_total").increment(results as u64);
}

#[cfg(test)]
mod tests;
