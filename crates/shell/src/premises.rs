//! A place as it runs: its journal, and what every page shows of it, kept by the number of the journal's last event.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use titer_lab::sites::views::{self as sites, Site};
use titer_lab::{Failure, Laboratory, Role, people};
use titer_store::{Read, Row, Sql, StoreError, Value, reading};

use crate::errors::Problem;
use crate::page::Mode;
use crate::section::{Count, Section};

/// A place and its journal.
pub struct Premises {
    /// Its journal.
    pub journal: Laboratory,
    /// What its addresses begin with.
    pub base: Arc<str>,
    /// What its pages are.
    pub sections: &'static [&'static Section],
    known: Mutex<Known>,
    /// Whether it was a demonstration when its description was last read.
    demonstration: AtomicBool,
    asked: Arc<Asked>,
}

/// What is the same on every page until the journal grows: any number of open pages ask for it once.
#[derive(Clone, Default)]
struct Known {
    /// The last event that it was read after.
    number: i64,
    shown: Option<Shown>,
    /// What people are here, by account.
    roles: HashMap<i64, Vec<Role>>,
    /// The same, as it was last read, whatever has happened since.
    lately: HashMap<i64, Vec<Role>>,
}

/// What every page shows of a place.
#[derive(Clone)]
pub struct Shown {
    /// The laboratory, once it is described.
    pub site: Option<Site>,
    /// What waits in each section.
    pub counts: Vec<(&'static Section, Count)>,
}

/// How much the pages have asked of the database.
#[derive(Default)]
pub struct Asked {
    snapshots: AtomicU64,
    statements: AtomicU64,
}

impl Asked {
    /// Snapshots that were read.
    pub fn snapshots(&self) -> u64 {
        self.snapshots.load(Ordering::Relaxed)
    }

    /// Statements in all of them.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

impl Premises {
    /// A place with this journal.
    pub fn new(journal: Laboratory, base: &str, sections: &'static [&'static Section]) -> Self {
        Premises {
            journal,
            base: base.into(),
            sections,
            known: Mutex::default(),
            demonstration: AtomicBool::new(false),
            asked: Arc::default(),
        }
    }

    /// How much its pages have asked of the database so far.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Reads from one snapshot, and counts what is asked of it.
    ///
    /// # Errors
    /// What `f` says, or the database.
    pub async fn read<T, F>(&self, f: F) -> Result<T, Problem>
    where
        F: FnOnce(&mut dyn Read) -> Result<T, Problem> + Send + 'static,
        T: Send + 'static,
    {
        let asked = self.asked.clone();
        let read = self.journal.store().read(move |s| {
            asked.snapshots.fetch_add(1, Ordering::Relaxed);
            f(&mut Counting { read: s, asked: &asked })
        });
        read.await
    }

    /// What the person was here when it was last read. Whatever is shown on the strength of it is read in a snapshot that decides again.
    pub(crate) fn roles_lately(&self, account: i64) -> Option<Vec<Role>> {
        self.known().lately.get(&account).cloned()
    }

    /// What the person is here. Asks the database only when the journal has grown since somebody asked.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub(crate) async fn roles(self: &Arc<Self>, account: i64) -> Result<Vec<Role>, Problem> {
        let newest = self.at(*self.journal.store().watch().borrow());
        if let Some(roles) = newest.roles.get(&account) {
            return Ok(roles.clone());
        }
        let here = self.clone();
        self.read(move |s| Ok(here.roles_in(s, account)?)).await
    }

    /// The same, as this snapshot has it.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn roles_in(&self, s: &mut dyn Read, account: i64) -> Result<Vec<Role>, Failure> {
        let number = reading::head(s)?.number;
        if let Some(roles) = self.at(number).roles.remove(&account) {
            return Ok(roles);
        }
        let roles = people::views::roles(s, account)?;
        self.keep(number, account, &roles, None);
        Ok(roles)
    }

    /// What every page shows and what the person is here, as this snapshot has it.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn shown_in(&self, s: &mut dyn Read, account: i64) -> Result<(Shown, Vec<Role>), Failure> {
        let number = reading::head(s)?.number;
        let mut known = self.at(number);
        let shown = match known.shown.take() {
            Some(shown) => shown,
            None => {
                let mut counts = Vec::new();
                for section in self.sections {
                    counts.push((*section, section.counts.map(|count| count(s)).transpose()?.unwrap_or_default()));
                }
                Shown { site: self.site_in(s)?, counts }
            }
        };
        let roles = match known.roles.remove(&account) {
            Some(roles) => roles,
            None => people::views::roles(s, account)?,
        };
        self.keep(number, account, &roles, Some(&shown));
        Ok((shown, roles))
    }

    /// The description of the laboratory, as this snapshot has it.
    ///
    /// # Errors
    /// What the database says.
    pub(crate) fn site_in(&self, s: &mut dyn Read) -> Result<Option<Site>, StoreError> {
        let site = sites::site(s)?;
        self.demonstration.store(site.as_ref().is_some_and(|site| site.demonstration), Ordering::Relaxed);
        Ok(site)
    }

    /// What the pages stand on: a real laboratory or a demonstration, as it was last read. A page about a problem asks nothing.
    pub(crate) fn mode_lately(&self) -> Mode {
        if self.demonstration.load(Ordering::Relaxed) { Mode::Demo } else { Mode::Real }
    }

    /// What is known as of this event; nothing when that is another.
    fn at(&self, number: i64) -> Known {
        let known = self.known();
        if known.number != number {
            return Known { number, ..Known::default() };
        }
        Known { lately: HashMap::new(), ..known.clone() }
    }

    /// Notes what was read after this event, unless somebody has already read after a later one.
    fn keep(&self, number: i64, account: i64, roles: &[Role], shown: Option<&Shown>) {
        let mut known = self.known();
        if known.number > number {
            return;
        }
        if known.number < number {
            *known = Known { number, lately: std::mem::take(&mut known.lately), ..Known::default() };
        }
        known.roles.insert(account, roles.to_vec());
        known.lately.insert(account, roles.to_vec());
        if shown.is_some() {
            known.shown = shown.cloned();
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A panic elsewhere cannot leave half of it here: what is read is put in whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the statements that pass through.
struct Counting<'a> {
    read: &'a mut dyn Read,
    asked: &'a Asked,
}

impl Read for Counting<'_> {
    fn lab(&self) -> i64 {
        self.read.lab()
    }

    fn query(&mut self, sql: &'static Sql, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.asked.statements.fetch_add(1, Ordering::Relaxed);
        self.read.query(sql, params)
    }
}
