//! What fills a page has at hand: the frame of the page, the laboratory's clock and zone, and the reader.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use titer_lab::{Action, Catalog, Failure, InForce, Laboratory, Role, Systems, Timestamp, sites};
use titer_store::Read;

use crate::address::Leads;
use crate::assets;
use crate::page::{Mode, Page, Person, Way};
use crate::premises::Shown;
use crate::reader::Reader;
use crate::section::{Count, Section};
use crate::when::When;
use crate::words::{Arg, Words};

/// A page that is being filled, read from one snapshot.
pub struct Frame {
    /// Who reads, with the roles that the snapshot says.
    pub reader: Reader,
    /// The sentences.
    pub words: &'static Words,
    /// Now, in microseconds.
    pub now: i64,
    /// The laboratory's zone.
    pub zone: TimeZone,
    /// Whether the laboratory has said all that its reports must print of it.
    pub described: bool,
    page: Page,
    counts: Vec<(&'static Section, Count)>,
    in_force: OnceCell<InForce>,
}

impl Frame {
    pub(crate) fn new(reader: Reader, here: Option<&'static Section>, shown: Shown) -> Self {
        let (shell, premises) = (&reader.shell, reader.premises());
        let (words, now) = (shell.words, premises.journal.store().now().micros());
        let zone = shown.site.as_ref().map_or(TimeZone::UTC, |s| s.zone.clone());
        let demo = shown.site.as_ref().is_some_and(|s| s.demonstration);
        // A name alone is no head of a report.
        let is_described =
            |s: &sites::views::Site| !s.name.is_empty() && !s.address.is_empty() && !s.director.is_empty();
        let described = shown.site.as_ref().is_some_and(is_described);
        let name = shown.site.map(|s| s.name).unwrap_or_default();
        let open = reader.session.signing_until.filter(|u| u.micros() > now);
        let may = shown.counts.iter().filter(|(section, _)| reader.may(section.takes));
        let page = Page {
            words,
            assets: assets::base(),
            base: premises.base.clone(),
            mode: if demo { Mode::Demo } else { Mode::Real },
            site: name.clone(),
            laboratory: name,
            now: When::at(now, now, &zone),
            person: Some(Person {
                account: reader.session.account.to_string(),
                name: reader.session.name.clone(),
                initials: initials(&reader.session.name),
                roles: roles(words, &reader.roles),
                signing_until: open.map(|u| When::at(u.micros(), now, &zone)),
            }),
            here,
            nav: may.map(|(section, count)| Way { section, count: *count }).collect(),
            find: shell.find,
            notice: reader.notice.clone(),
        };
        Frame { words, now, zone, described, page, counts: shown.counts, in_force: OnceCell::new(), reader }
    }

    /// The frame, for the page that is filled.
    pub fn page(&self) -> Page {
        self.page.clone()
    }

    /// What waits in a section, as the navigation says it.
    pub fn count(&self, section: &'static Section) -> Count {
        self.counts.iter().find(|(s, _)| *s == section).map(|(_, count)| *count).unwrap_or_default()
    }

    /// Whether the reader's roles grant this.
    pub fn may(&self, action: Action) -> bool {
        self.reader.may(action)
    }

    /// The journal that the page is about.
    pub fn journal(&self) -> &Laboratory {
        self.reader.journal()
    }

    /// What is in force, asked for once a page.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn in_force(&self, s: &mut dyn Read) -> Result<&InForce, Failure> {
        if let Some(in_force) = self.in_force.get() {
            return Ok(in_force);
        }
        let in_force = self.journal().in_force(s)?;
        Ok(self.in_force.get_or_init(|| in_force))
    }

    /// The catalogue in force.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn catalog(&self, s: &mut dyn Read) -> Result<Arc<Catalog>, Failure> {
        Ok(self.in_force(s)?.catalog.clone())
    }

    /// Instruments and test systems.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub fn systems(&self, s: &mut dyn Read) -> Result<Arc<Systems>, Failure> {
        Ok(self.in_force(s)?.systems.clone())
    }

    /// The sentence of a key.
    pub fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// The sentence of a key, with arguments.
    pub fn tell(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.words.tell(key, args)
    }

    /// An address as the page leads to it.
    pub fn to(&self, address: impl Leads) -> String {
        self.page.to(address)
    }

    /// A moment on a page.
    pub fn at(&self, at: Timestamp) -> When {
        When::at(at.micros(), self.now, &self.zone)
    }

    /// A moment that may not be known.
    pub fn maybe(&self, at: Option<Timestamp>) -> When {
        at.map(|at| self.at(at)).unwrap_or_default()
    }

    /// The time of day of a moment, to the millisecond.
    pub fn exactly(&self, at: Timestamp) -> String {
        sites::views::local(at, &self.zone).strftime("%H:%M:%S%.3f").to_string()
    }

    /// The day that it is in the laboratory.
    pub fn today(&self) -> Date {
        sites::views::local(Timestamp::from_micros(self.now), &self.zone).date()
    }
}

/// Roles in words.
pub fn roles(words: &Words, roles: &[Role]) -> String {
    roles.iter().map(|r| words.t(&format!("role-{}", r.code()))).collect::<Vec<_>>().join(", ")
}

fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().filter(|w| !w.ends_with('.') && *w != "Dr").collect();
    let ends = [words.first(), words.last().filter(|_| words.len() > 1)];
    ends.into_iter().flatten().filter_map(|w| w.chars().next()).collect()
}
