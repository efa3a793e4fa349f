//! Scans for changes of a link's worklist.
//!
//! A link does not search for work. Story entries name the specimens whose outstanding tests may have changed, and the link walks
//! along these entries. After its mappings changed it also walks once along all specimens with outstanding tests.

use std::collections::HashSet;

use titer_lab::{Failure, specimens::SpecimenId, stories, work::views as work};
use titer_store::{Read, StoreError};

use super::{
    entries::{TestMenu, WorklistEntry, pending_entry, test_menu},
    views::{self, ScanCursor},
};
use crate::links::{LinkId, views::Link};

/// Story entries that are scanned at once.
const ENTRIES_MAX: i64 = 200;
/// The rooms whose events may change the outstanding tests of a specimen.
const ROOMS: &[&str] = &["orders.", "specimens.", "results."];

/// What a link found.
#[derive(Debug)]
pub struct Scan {
    /// What is to be sent, each with the place that the scan had reached.
    pub(crate) entries: Vec<(WorklistEntry, ScanCursor)>,
    /// The place up to which nothing is to be sent.
    pub(crate) cursor: ScanCursor,
    /// Whether there is more to scan.
    pub more: bool,
}

/// Where a link continues. A link that has never scanned begins with all specimens that have outstanding tests.
pub(crate) fn start(read: &mut dyn Read, link: LinkId) -> Result<ScanCursor, StoreError> {
    if let Some(cursor) = views::cursor(read, link)? {
        return Ok(cursor);
    }
    Ok(ScanCursor { entry: stories::last_entered(read)?, version: 0, specimen: None })
}

/// Scans from `cursor` on, until `limit` specimens are found for which something is to be sent.
pub(crate) fn scan_changes(
    read: &mut dyn Read,
    menu: &TestMenu,
    cursor: ScanCursor,
    limit: usize,
) -> Result<Scan, StoreError> {
    let mut scan = Scan { entries: Vec::new(), cursor, more: false };
    if scan.cursor.version != menu.version {
        scan.cursor = ScanCursor { version: menu.version, specimen: Some(SpecimenId(0)), ..cursor };
    }
    let (mut scanned, mut at) = (HashSet::new(), scan.cursor);
    let entries = stories::entered(read, at.entry, ENTRIES_MAX)?;
    scan.more = entries.len() as i64 == ENTRIES_MAX;
    for entry in entries {
        at.entry = entry.place;
        let subject = SpecimenId(entry.subject);
        let changed = ROOMS.iter().any(|room| entry.kind.starts_with(room)) && !scanned.contains(&subject);
        // If the analyzer did not acknowledge the specimen's orders, only a later change matters. Retries have their own time.
        let news = changed && views::attempts(read, menu.link, subject)?.is_none_or(|(_, seen)| seen < entry.place);
        let pending = if news && scanned.insert(subject) { pending_entry(read, menu, subject)? } else { None };
        scan.reached(at, pending);
        if scan.entries.len() >= limit {
            scan.more = true;
            return Ok(scan);
        }
    }
    if scan.more {
        return Ok(scan);
    }
    if let Some(after) = at.specimen {
        let (page, next) = work::after(read, Some(after))?;
        for work in page {
            at.specimen = Some(work.specimen);
            let pending = if scanned.insert(work.specimen) { pending_entry(read, menu, work.specimen)? } else { None };
            scan.reached(at, pending);
            if scan.entries.len() >= limit {
                scan.more = true;
                return Ok(scan);
            }
        }
        at.specimen = next;
        scan.reached(at, None);
        scan.more = next.is_some();
    }
    Ok(scan)
}

impl Scan {
    /// Notes the place that the scan has reached, and what is to be sent from there.
    fn reached(&mut self, at: ScanCursor, pending: Option<WorklistEntry>) {
        match pending {
            Some(entry) => self.entries.push((entry, at)),
            None if self.entries.is_empty() => self.cursor = at,
            None => {}
        }
    }
}

/// The most specimens that [`pending`] lists.
pub const PENDING_MAX: usize = 100;

/// The orders that wait to be sent to an analyzer without a query, up to [`PENDING_MAX`], and whether there are more. Orders that the
/// analyzer did not acknowledge are in [`views::undelivered`].
///
/// # Errors
/// Refused if this build does not know the dialect.
pub fn pending(read: &mut dyn Read, link: &Link) -> Result<(Vec<WorklistEntry>, bool), Failure> {
    let Some(menu) = test_menu(read, link)?.filter(TestMenu::broadcasts) else { return Ok((Vec::new(), false)) };
    let undelivered: HashSet<SpecimenId> = views::undelivered(read, link.id)?.into_iter().map(|u| u.specimen).collect();
    let cursor = start(read, link.id)?;
    let scan = scan_changes(read, &menu, cursor, PENDING_MAX)?;
    let entries = scan.entries.into_iter().map(|(entry, _)| entry);
    Ok((entries.filter(|e| !undelivered.contains(&e.specimen)).collect(), scan.more))
}
