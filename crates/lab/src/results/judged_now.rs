//! Results that wait for review, and values that contradict results, judged again by what the director has in force now: after an
//! approval by a due job, and before a signature.

use jiff::tz::TimeZone;
use titer_store::{PLACES, Read, StoreError, Timestamp, event::id, sql, values};

use super::{
    ContradictionId, ContradictionState, ResultId,
    events::{AllJudged, JudgedAgain, NewUrgency},
    judged_again::{Against, JUDGED_MAX, WaitingResult, bounded, inputs, of_patient},
    tables::{ContradictionRow, ResultRow},
    views::{Contradiction, LabResult},
};
use crate::{
    Action, Command, Ctx, Decision, Failure,
    catalog::JUDGE,
    refuse, sites,
    specimens::{self, SpecimenId, views::Specimen},
};

/// The most that wait of which one step looks up the tubes.
const LOOKED_AT_MAX: i64 = 200;
/// Changed rows after which a step takes no further tube.
const CHANGED_MAX: usize = 300;
/// A result or a contradiction that was judged by what is not in force any more is not signed.
pub const JUDGED_OTHERWISE: &str = "results-judged-otherwise";

sql! {
    WAITING_ON: (r: ResultRow, "w.arrived_at": Timestamp) = "FROM results r \
        JOIN results_awaiting_review w ON w.lab = r.lab AND w.id = r.id \
        WHERE r.lab = $1 AND r.specimen = $2 ORDER BY r.id LIMIT $3";
    UNDECIDED_ON: (c: ContradictionRow) = "FROM contradictions c JOIN results r ON r.lab = c.lab AND r.id = c.result \
        WHERE c.lab = $1 AND c.specimen = $2 AND (c.state = 'open' OR (c.state = 'beside' AND r.state = 'reported')) \
        ORDER BY c.id LIMIT $3";
    NEXT_WAITING: ("w.id": ResultId, "r.specimen": SpecimenId) = "FROM results_awaiting_review w \
        JOIN results r ON r.lab = w.lab AND r.id = w.id WHERE w.lab = $1 AND w.id > $2 ORDER BY w.id LIMIT $3";
    NEXT_OPEN: ("rank": i64, "id": ContradictionId, "specimen": SpecimenId) = "FROM contradictions \
        WHERE lab = $1 AND state = $2 AND (rank, id) > ($3, $4) ORDER BY rank, id LIMIT $5";
    TUBE_OF: ("specimen": SpecimenId) = "FROM contradictions WHERE lab = $1 AND id = $2";
    JOB: ("kind": String) = "FROM due WHERE lab = $1 AND id = $2";
}

/// What judging a tube again changes; none if nothing changes.
fn of_tube(ctx: &Ctx, read: &mut dyn Read, zone: &TimeZone, id: SpecimenId) -> Result<Option<JudgedAgain>, Failure> {
    let Some(tube) = specimens::views::specimen(read, id)? else { return Ok(None) };
    let (waiting, against) = (waiting_on(read, &tube)?, undecided_on(read, &tube)?);
    bounded(&waiting, &against)?;
    let inputs = inputs(read, &waiting)?;
    let (results, contradictions) = of_patient(ctx, zone, &tube.patient, (waiting, &inputs), against);
    if results.is_empty() && contradictions.is_empty() {
        return Ok(None);
    }
    Ok(Some(JudgedAgain { patient: tube.patient.id.0, specimens: vec![id.0], results, contradictions }))
}

fn waiting_on(read: &mut dyn Read, tube: &Specimen) -> Result<Vec<WaitingResult>, StoreError> {
    let rows = WAITING_ON.all(read, &values![tube.id, JUDGED_MAX as i64 + 1])?;
    let waiting = |(row, arrived_at): (ResultRow, Timestamp)| {
        WaitingResult::new(row, tube.collected_at, tube.specimen_type, arrived_at)
    };
    rows.into_iter().map(waiting).collect()
}

fn undecided_on(read: &mut dyn Read, tube: &Specimen) -> Result<Vec<Against>, StoreError> {
    let rows = UNDECIDED_ON.all(read, &values![tube.id, JUDGED_MAX as i64 + 1])?;
    let (specimen, collected_at) = (tube.id, tube.collected_at);
    let against = |row| Against { contradiction: Contradiction::read(row), specimen, collected_at };
    Ok(rows.into_iter().map(against).collect())
}

/// The tube whose result a value contradicts.
pub(crate) fn tube_of(read: &mut dyn Read, id: ContradictionId) -> Result<Option<SpecimenId>, StoreError> {
    TUBE_OF.one(read, &values![id])
}

/// How far a walk over all that waits is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JudgedUpTo {
    /// Results that wait for review, up to this one.
    Waiting(ResultId),
    /// All of them, and the open contradictions up to this one, by rank.
    Open(i64, ContradictionId),
}

impl JudgedUpTo {
    /// Before all of them.
    pub const START: Self = JudgedUpTo::Waiting(ResultId(0));

    /// What comes next, each with its tube, in the order of the walk.
    fn next(self, read: &mut dyn Read) -> Result<Vec<(Self, SpecimenId)>, StoreError> {
        let mut next: Vec<(Self, SpecimenId)> = Vec::new();
        let (mut rank, mut contradiction) = (-1, ContradictionId(0));
        match self {
            JudgedUpTo::Waiting(after) => {
                let rows = NEXT_WAITING.all(read, &values![after, LOOKED_AT_MAX])?;
                next.extend(rows.into_iter().map(|(id, tube)| (JudgedUpTo::Waiting(id), tube)));
            }
            JudgedUpTo::Open(last_rank, last) => (rank, contradiction) = (last_rank, last),
        }
        if next.is_empty() {
            let after = values![ContradictionState::Open, rank, contradiction, LOOKED_AT_MAX];
            let rows = NEXT_OPEN.all(read, &after)?;
            next.extend(rows.into_iter().map(|(rank, id, tube)| (JudgedUpTo::Open(rank, id), tube)));
        }
        Ok(next)
    }
}

/// Judge again some of what waits for review, and of what contradicts verified results and is not decided.
pub struct JudgeWaiting {
    /// How far the walk is.
    pub after: JudgedUpTo,
}

impl Command for JudgeWaiting {
    /// How far it is now; none if all was judged.
    type Answer = Option<JudgedUpTo>;
    const ACTION: Action = Action::JudgeResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure> {
        let next = self.after.next(read)?;
        let zone = sites::views::zone(read)?;
        let (mut seen, mut events, mut changed, mut last) = (Vec::new(), Vec::new(), 0, None);
        for (at, tube) in next {
            if !seen.contains(&tube) {
                if changed > CHANGED_MAX {
                    break;
                }
                seen.push(tube);
                let again = of_tube(ctx, read, &zone, tube)?;
                changed += again.iter().map(|a| 2 * a.results.len() + a.contradictions.len() + 1).sum::<usize>();
                events.extend(again);
            }
            last = Some(at);
        }
        Ok(events.into_iter().fold(Decision::nothing(last), Decision::and))
    }
}

/// Say that everything that waits was judged by what an event left in force: its job is done.
pub struct SayAllJudged {
    /// The number of the event.
    pub catalog: i64,
}

impl Command for SayAllJudged {
    type Answer = ();
    const ACTION: Action = Action::JudgeResults;

    fn decide(self, _: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let job = id(self.catalog, PLACES - 1);
        if JOB.one(read, &values![job])?.is_none_or(|kind| kind != JUDGE) {
            return Ok(Decision::nothing(()));
        }
        Ok(Decision::event(AllJudged { job }, ()))
    }
}

/// Judge again what waits of tubes, and what contradicts their results.
pub(crate) struct JudgeTubes(pub Vec<SpecimenId>);

impl Command for JudgeTubes {
    type Answer = ();
    const ACTION: Action = Action::JudgeResults;

    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<()>, Failure> {
        let zone = sites::views::zone(read)?;
        let mut decision = Decision::nothing(());
        let (mut seen, mut changed) = (Vec::new(), 0);
        for tube in self.0 {
            // The tubes that are left are judged by the job, or at the next signature.
            if changed > CHANGED_MAX || seen.contains(&tube) {
                continue;
            }
            seen.push(tube);
            if let Some(again) = of_tube(ctx, read, &zone, tube)? {
                changed += 2 * again.results.len() + again.contradictions.len() + 1;
                decision = decision.and(again);
            }
        }
        Ok(decision)
    }
}

/// What a signature looks up: what would be judged otherwise today, of each tube once.
#[derive(Default)]
pub(super) struct Otherwise {
    zone: Option<TimeZone>,
    tubes: Vec<(SpecimenId, Option<JudgedAgain>)>,
}

impl Otherwise {
    /// Refuses a result that was judged by what is not in force any more: the person has seen the old judgement.
    pub fn result(&mut self, ctx: &Ctx, read: &mut dyn Read, result: &LabResult) -> Result<(), Failure> {
        let again = self.of(ctx, read, result.specimen)?;
        match again.is_some_and(|again| again.results.iter().any(|new| new.result == result.id.0)) {
            true => refuse(JUDGED_OTHERWISE),
            false => Ok(()),
        }
    }

    /// As [`Otherwise::result`], of values that contradict a result of this tube.
    pub fn contradictions(
        &mut self,
        ctx: &Ctx,
        read: &mut dyn Read,
        tube: SpecimenId,
        shown: &[i64],
    ) -> Result<(), Failure> {
        let again = self.of(ctx, read, tube)?;
        let is_shown = |new: &NewUrgency| shown.contains(&new.contradiction);
        match again.is_some_and(|again| again.contradictions.iter().any(is_shown)) {
            true => refuse(JUDGED_OTHERWISE),
            false => Ok(()),
        }
    }

    fn of(&mut self, ctx: &Ctx, read: &mut dyn Read, tube: SpecimenId) -> Result<Option<&JudgedAgain>, Failure> {
        let place = match self.tubes.iter().position(|(known, _)| *known == tube) {
            Some(place) => place,
            None => {
                let zone = match self.zone.take() {
                    Some(zone) => zone,
                    None => sites::views::zone(read)?,
                };
                self.tubes.push((tube, of_tube(ctx, read, &zone, tube)?));
                self.zone = Some(zone);
                self.tubes.len() - 1
            }
        };
        Ok(self.tubes[place].1.as_ref())
    }
}
