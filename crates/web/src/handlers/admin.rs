//! The pages of administration: which of them a reader may open.

use std::sync::Arc;

use titer_lab::Action;
use titer_shell::address::Address;
use titer_shell::errors::Problem;
use titer_shell::frame::Frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::common::Answer;
use crate::pages::admin::Tab;
use crate::{Web, paths};

/// Every page: its address, the key of its name, and what it takes to open it.
const PAGES: [(Address, &str, Action); 7] = [
    (paths::STAFF, "staff-title", Action::ManageStaff),
    (paths::CATALOG, "catalog-title", Action::SeeAdministration),
    (paths::CALCULATIONS, "calculations-title", Action::ProposeCalculations),
    (paths::COMMENTS, "comments-title", Action::ProposeComments),
    (paths::REFLEX, "reflex-title", Action::ProposeRules),
    (paths::LINKS, "links-title", Action::SeeAdministration),
    (paths::SITE, "site-title", Action::ManageSite),
];

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    routes.get(paths::ADMIN, Need::May(Action::SeeAdministration), first)
}

/// Sends the reader to the first page that they may open.
async fn first(reader: Reader) -> Answer {
    let (first, _, _) = PAGES.into_iter().find(|(_, _, takes)| reader.may(*takes)).ok_or(Problem::Forbidden)?;
    Ok(reader.go(first))
}

/// The pages that the reader may open, the reader being on `here`.
pub fn tabs(frame: &Frame, here: Address) -> Vec<Tab> {
    let open = PAGES.into_iter().filter(|(_, _, takes)| frame.may(*takes));
    open.map(|(address, key, _)| Tab { href: frame.to(address), key, here: address == here }).collect()
}
