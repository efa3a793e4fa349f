//! How the laboratory is changed: a command reads, checks and decides; [`Tx::run`] checks the permission, journals and projects.

use std::sync::Arc;

use titer_store::{
    Actor, AnyEvent, Changes, File, Given, Projected, Read, Row, Schema, Sql, StoreError, Timestamp, Value,
};

use crate::{
    Action, Calculations, Catalog, Comments, Event, Laboratory, Quality, Reflexes, Systems, calculations, catalog,
    comments, instruments, laboratory::InForce, people, quality, reflex, systems, text,
};

/// Why a command was refused: a code that the words at the edge explain, and what they need to do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `room-what`, as the word files name it.
    pub code: &'static str,
    /// Names and values for the words.
    pub args: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal that needs no more words.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Refusal { code, args: Vec::new() }
    }

    /// Adds what the words need.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

/// Why a submission came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The laboratory's rules refuse it.
    Refused(Refusal),
    /// The database could not do it.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Failure::Store(e)
    }
}

impl From<Refusal> for Failure {
    fn from(r: Refusal) -> Self {
        Failure::Refused(r)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Refused(r) => write!(f, "refused: {} {:?}", r.code, r.args),
            Failure::Store(e) => e.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// A refusal as an error, at once.
///
/// # Errors
/// Always.
pub fn refuse<T>(code: &'static str) -> Result<T, Failure> {
    Err(Failure::Refused(Refusal::new(code)))
}

/// Who, in which laboratory, when and why: explicit at every entry.
#[derive(Clone)]
pub struct Ctx {
    /// The laboratory.
    pub lab: i64,
    /// Who.
    pub actor: Actor,
    /// When: the clock, but never before the last event.
    pub at: Timestamp,
    /// Why, in the words of who does it.
    pub why: Option<String>,
    /// The catalogue in force.
    pub catalog: Arc<Catalog>,
    /// Instruments and test systems.
    pub systems: Arc<Systems>,
    /// What is remembered of quality control.
    pub quality: Arc<Quality>,
    /// The calculations in force.
    pub calculations: Arc<Calculations>,
    /// The comments of the library.
    pub comments: Arc<Comments>,
    /// The reflex rules.
    pub reflexes: Arc<Reflexes>,
    schema: Arc<Schema>,
    next: i64,
}

impl Ctx {
    /// The number of the first event of the decision: an event type says which ids it gives out.
    pub const fn event(&self) -> i64 {
        self.next
    }

    /// The id at `place` (0 to 1023) of the first event of the decision.
    pub const fn id(&self, place: i64) -> i64 {
        titer_store::event::id(self.next, place)
    }

    /// Rows as their events give them: whoever signs for a row compares it with this, for somebody may have changed the row behind the
    /// journal.
    pub fn given(&self) -> Given<'_> {
        Given::new(&self.schema)
    }

    /// The person who acts.
    ///
    /// # Errors
    /// Refused when the actor is no person.
    pub fn person(&self) -> Result<i64, Failure> {
        match self.actor {
            Actor::Person(id) => Ok(id),
            _ => refuse("people-not-a-person"),
        }
    }

    /// Why, where a command demands a reason: not blank, and not longer than a line of text may be.
    ///
    /// # Errors
    /// Refused with `missing` when no reason is given, or as [`text::optional`] refuses.
    pub fn reason(&self, missing: &'static str) -> Result<String, Failure> {
        match self.why.as_deref().map(str::trim) {
            None | Some("") => refuse(missing),
            Some(why) => Ok(text::optional(why, "reason")?),
        }
    }
}

/// What a command decided: events, bytes to keep, working state, and an answer for the caller.
pub struct Decision<A> {
    events: Vec<Box<dyn AnyEvent>>,
    blobs: Vec<Vec<u8>>,
    attached: Option<File>,
    work: Changes,
    answer: A,
}

impl<A> Decision<A> {
    /// Nothing happened but the answer.
    #[must_use]
    pub fn nothing(answer: A) -> Self {
        Decision { events: Vec::new(), blobs: Vec::new(), attached: None, work: Changes::new(), answer }
    }

    /// This happened.
    #[must_use]
    pub fn event(event: impl Event + 'static, answer: A) -> Self {
        Decision { events: vec![Box::new(event)], ..Decision::nothing(answer) }
    }

    /// This happened as well, after what is here already.
    #[must_use]
    pub fn and(mut self, event: impl Event + 'static) -> Self {
        self.events.push(Box::new(event));
        self
    }

    /// These bytes, which its first event names, belong to it.
    #[must_use]
    pub fn attaching(mut self, file: File) -> Self {
        self.attached = Some(file);
        self
    }

    /// These bytes belong to it, under their digest.
    #[must_use]
    pub fn keeping(mut self, bytes: Vec<u8>) -> Self {
        self.blobs.push(bytes);
        self
    }

    /// This working state goes with it.
    #[must_use]
    pub fn working(mut self, work: Changes) -> Self {
        self.work = work;
        self
    }
}

/// A change that somebody asks for.
pub trait Command {
    /// What the caller is told.
    type Answer;
    /// The permission that it needs.
    const ACTION: Action;
    /// Reads, checks, decides. It never writes.
    ///
    /// # Errors
    /// Refused by a rule, or the database failed.
    fn decide(self, ctx: &Ctx, read: &mut dyn Read) -> Result<Decision<Self::Answer>, Failure>;
}

/// A submission's transaction in the laboratory.
pub struct Tx<'a, 's> {
    pub(crate) store: &'a mut titer_store::Tx<'s>,
    pub(crate) laboratory: &'a Laboratory,
    pub(crate) actor: Actor,
    pub(crate) why: Option<String>,
    pub(crate) journalled: usize,
    pub(crate) refused: Option<Action>,
    /// What is in force, once it was looked up and while nothing changes it.
    pub(crate) in_force: Option<InForce>,
}

impl Read for Tx<'_, '_> {
    fn lab(&self) -> i64 {
        self.store.lab()
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.store.query(sql, params)
    }
}

impl Tx<'_, '_> {
    /// Checks the permission, lets the command decide, journals and projects what it decided.
    ///
    /// # Errors
    /// Refused when the actor may not do this, or by the command's rules; or the database failed.
    pub fn run<C: Command>(&mut self, command: C) -> Result<C::Answer, Failure> {
        let decision = self.decide(command)?;
        self.keep(decision, None)
    }

    /// As [`Tx::run`], if what the command decides leaves this submission room to change `reserve` rows more; otherwise nothing is
    /// done, and there is no answer. Who files one thing after another in a submission so stops in time.
    ///
    /// # Errors
    /// As [`Tx::run`].
    pub fn run_within<C: Command>(&mut self, command: C, reserve: usize) -> Result<Option<C::Answer>, Failure> {
        let decision = self.decide(command)?;
        let mut projected = decision.events.iter().map(|event| self.store.project(self.actor, &**event));
        let first = projected.next();
        let events = first.iter().map(Projected::rows).sum::<usize>() + projected.map(|p| p.rows()).sum::<usize>();
        if events + decision.work.len() + reserve > self.store.rows_left() {
            return Ok(None);
        }
        self.keep(decision, first).map(Some)
    }

    fn decide<C: Command>(&mut self, command: C) -> Result<Decision<C::Answer>, Failure> {
        self.permit(C::ACTION)?;
        // Kept on record and shown, also by commands that do not ask for it.
        if let (Actor::Person(_), Some(why)) = (self.actor, &self.why) {
            text::optional(why, "reason")?;
        }
        let InForce { catalog, calculations, comments, reflexes, systems, quality } = self.in_force()?;
        let ctx = Ctx {
            lab: self.store.lab(),
            actor: self.actor,
            at: self.store.at(),
            why: self.why.clone(),
            catalog,
            calculations,
            comments,
            reflexes,
            systems,
            quality,
            schema: self.laboratory.store().schema().clone(),
            next: self.store.next_number(),
        };
        command.decide(&ctx, self.store)
    }

    /// Journals a decision, whose first event may have been projected already.
    fn keep<A>(&mut self, decision: Decision<A>, mut first: Option<Projected>) -> Result<A, Failure> {
        for bytes in &decision.blobs {
            self.store.put_blob(bytes)?;
        }
        let mut attached = decision.attached;
        for event in &decision.events {
            let projected = first.take().unwrap_or_else(|| self.store.project(self.actor, &**event));
            self.store.journal_projected(projected, self.why.as_deref(), &**event, attached.take().as_ref())?;
            self.journalled += 1;
            let parts = [
                &catalog::PART,
                &calculations::PART,
                &comments::PART,
                &reflex::PART,
                &instruments::PART,
                &systems::PART,
                &quality::PART,
            ];
            if parts.iter().flat_map(|part| part.events).any(|e| e.kind == event.kind()) {
                self.in_force = None;
            }
        }
        self.store.work(&decision.work)?;
        Ok(decision.answer)
    }

    /// The catalogue in force.
    pub fn catalog(&mut self) -> Result<Arc<Catalog>, StoreError> {
        Ok(self.in_force()?.catalog)
    }

    /// The reflex rules.
    pub fn reflexes(&mut self) -> Result<Arc<Reflexes>, StoreError> {
        Ok(self.in_force()?.reflexes)
    }

    /// What is remembered of quality control.
    pub fn quality(&mut self) -> Result<Arc<Quality>, StoreError> {
        Ok(self.in_force()?.quality)
    }

    /// Instruments and test systems.
    pub fn systems(&mut self) -> Result<Arc<Systems>, StoreError> {
        Ok(self.in_force()?.systems)
    }

    /// The calculations in force.
    pub fn calculations(&mut self) -> Result<Arc<Calculations>, StoreError> {
        Ok(self.in_force()?.calculations)
    }

    /// What is in force: looked up once for all commands of a submission, and again after an event of them that changes it.
    fn in_force(&mut self) -> Result<InForce, StoreError> {
        if let Some(in_force) = &self.in_force {
            return Ok(in_force.clone());
        }
        let in_force = self.laboratory.in_force(self.store)?;
        self.in_force = Some(in_force.clone());
        Ok(in_force)
    }

    /// How many statements this submission has read with so far.
    pub fn reads(&self) -> usize {
        self.store.reads()
    }

    /// The context of a command, for what a composite of commands must know beforehand.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.store.at()
    }

    /// Fills `bytes` with randomness.
    pub fn random(&mut self, bytes: &mut [u8]) {
        self.store.random(bytes);
    }

    pub(crate) fn permit(&mut self, action: Action) -> Result<(), Failure> {
        let granted = match self.actor {
            Actor::Person(account) => people::views::may(self.store, account, action)?,
            actor => action.is_granted_to(actor),
        };
        if granted {
            return Ok(());
        }
        self.refused = Some(action);
        Err(Refusal::new("people-not-permitted").with("action", action.code()).into())
    }
}
