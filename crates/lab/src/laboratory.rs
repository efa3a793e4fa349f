//! The handle on one laboratory: its store, and what is in force.

use std::sync::{Arc, Mutex};

use titer_store::{Actor, Location, Options, Pending, Plan, Read, Schema, Snapshot, Store, StoreError};

use crate::{
    Action, Calculations, Catalog, Comments, Failure, Quality, Reflexes, Systems, Tx, calculations, catalog, comments,
    people, quality, reflex, systems,
};

/// Laboratory 0: accounts and credentials.
pub const HOUSE: i64 = 0;
/// The laboratory that a new database begins with.
pub const LABORATORY: i64 = 1;

/// One laboratory, or the house. Cheap to clone.
#[derive(Clone)]
pub struct Laboratory {
    store: Store,
    in_force: Arc<Mutex<InForce>>,
}

/// What is in force, as it stands in memory. The version of the catalog counts for the calculations, the
/// comments and the reflex rules too.
#[derive(Clone, Default)]
pub struct InForce {
    /// The catalogue.
    pub catalog: Arc<Catalog>,
    /// The calculations.
    pub calculations: Arc<Calculations>,
    /// The comments of the library.
    pub comments: Arc<Comments>,
    /// The reflex rules.
    pub reflexes: Arc<Reflexes>,
    /// Instruments and test systems.
    pub systems: Arc<Systems>,
    /// What is remembered of quality control.
    pub quality: Arc<Quality>,
}

impl Laboratory {
    /// Opens a laboratory.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(location: &Location, lab: i64, schema: Arc<Schema>, options: Options) -> Result<Self, StoreError> {
        let store = Store::open(location, lab, schema, options)?;
        Ok(Laboratory { store, in_force: Arc::default() })
    }

    /// The store below.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Runs `f` under the laboratory's lock. What it ran is committed before the answer comes; if it fails, nothing of it is
    /// kept, but an attempt at what the actor may not do is journalled.
    pub fn submit<F, R>(&self, actor: Actor, why: Option<String>, f: F) -> Pending<Result<R, Failure>>
    where
        F: FnOnce(&mut Tx<'_, '_>) -> Result<R, Failure> + Send + 'static,
        R: Send + 'static,
    {
        self.submit_planned(None, actor, why, f)
    }

    /// As [`Laboratory::submit`], naming beforehand what will be read.
    pub fn submit_planned<F, R>(
        &self,
        plan: Option<Plan>,
        actor: Actor,
        why: Option<String>,
        f: F,
    ) -> Pending<Result<R, Failure>>
    where
        F: FnOnce(&mut Tx<'_, '_>) -> Result<R, Failure> + Send + 'static,
        R: Send + 'static,
    {
        let laboratory = self.clone();
        let decide = move |store: &mut titer_store::Tx<'_>| {
            let mut tx =
                Tx { store, laboratory: &laboratory, actor, why, journalled: 0, refused: None, in_force: None };
            let result = f(&mut tx);
            let kept = match (&result, tx.refused.take(), tx.journalled) {
                (Ok(_), _, _) => true,
                // Kept, so that the attempt stands in the journal; the caller hears of the refusal all the same.
                (Err(_), Some(action), 0) => tx.store.journal(actor, None, &people::refused(action)).is_ok(),
                (Err(_), _, _) => false,
            };
            (kept, result)
        };
        self.store.submit_deciding(plan, decide, |e| Err(e.into()))
    }

    /// Notes in the journal that somebody tried what they may not do, where no command was asked for yet: a page, a button. The
    /// answer is the refusal.
    pub fn attempted(&self, actor: Actor, action: Action) -> Pending<Result<(), Failure>> {
        self.submit(actor, None, move |tx| tx.permit(action))
    }

    /// Reads from a snapshot.
    pub fn read<F, R>(&self, f: F) -> Pending<Result<R, Failure>>
    where
        F: FnOnce(&mut Snapshot<'_>) -> Result<R, Failure> + Send + 'static,
        R: Send + 'static,
    {
        self.store.read(f)
    }

    /// The catalogue in force, as `read` sees it.
    pub fn catalog(&self, read: &mut dyn Read) -> Result<Arc<Catalog>, StoreError> {
        Ok(self.in_force(read)?.catalog)
    }

    /// Instruments and test systems, as `read` sees them.
    pub fn systems(&self, read: &mut dyn Read) -> Result<Arc<Systems>, StoreError> {
        Ok(self.in_force(read)?.systems)
    }

    /// What is remembered of quality control, as `read` sees it.
    pub fn quality(&self, read: &mut dyn Read) -> Result<Arc<Quality>, StoreError> {
        Ok(self.in_force(read)?.quality)
    }

    /// What is in force, as `read` sees it. Each is kept in memory and loaded anew when its version has changed.
    /// What is not committed yet is not kept: if it is taken back, another event will bear its number.
    pub fn in_force(&self, read: &mut dyn Read) -> Result<InForce, StoreError> {
        let (catalog, systems, quality) = quality::views::versions(read)?;
        let mut known = self.lock().clone();
        if known.catalog.version != catalog {
            known.catalog = Arc::new(catalog::views::load(read, catalog)?);
            known.calculations = Arc::new(calculations::views::load(read)?);
            known.comments = Arc::new(comments::views::load(read)?);
            known.reflexes = Arc::new(reflex::views::load(read, &known.catalog)?);
            if self.committed(catalog) {
                let mut kept = self.lock();
                (kept.catalog, kept.calculations) = (known.catalog.clone(), known.calculations.clone());
                (kept.comments, kept.reflexes) = (known.comments.clone(), known.reflexes.clone());
            }
        }
        if known.systems.version != systems {
            known.systems = Arc::new(systems::views::load(read, systems)?);
            if self.committed(systems) {
                self.lock().systems = known.systems.clone();
            }
        }
        if known.quality.versions != quality {
            known.quality = Arc::new(known.quality.brought_to(read, quality)?);
            if self.committed(quality.last()) {
                let mut kept = self.lock();
                // A page that reads an older snapshot does not take back what controls have brought since.
                if kept.quality.versions.last() < quality.last() {
                    kept.quality = known.quality.clone();
                }
            }
        }
        Ok(known)
    }

    /// Whether the event of this number is committed for certain: what was read of it may be remembered by its number.
    pub fn committed(&self, number: i64) -> bool {
        number <= *self.store.watch().borrow()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, InForce> {
        // A panic elsewhere cannot leave half of it here: it is swapped whole.
        self.in_force.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
