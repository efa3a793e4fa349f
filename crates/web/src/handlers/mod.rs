//! What happens when a page is asked for or a form is sent: one module a noun, as in [`crate::pages`]. A handler reads through the
//! rooms' views, fills a page, or hands a room the command that a person gave.

mod admin;
mod bench;
mod calculations;
mod catalog;
mod comments;
mod common;
mod corrections;
mod find;
mod home;
mod instruments;
mod links;
mod mappings;
mod messages;
mod orders;
mod patients;
mod quality;
mod receive;
mod reflex;
mod reports;
mod result_comments;
mod review;
mod site;
mod specimens;
mod staff;
mod steps;
mod systems;
mod worklists;

use std::sync::Arc;

use titer_shell::permit::Routes;

use crate::Web;

/// Every page's addresses.
pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let rooms = [
        home::add,
        find::add,
        orders::add,
        patients::add,
        receive::add,
        bench::add,
        specimens::add,
        review::add,
        result_comments::add,
        corrections::add,
        reports::add,
        messages::add,
        mappings::add,
        instruments::add,
        systems::add,
        quality::add,
        admin::add,
        staff::add,
        catalog::add,
        calculations::add,
        comments::add,
        reflex::add,
        links::add,
        worklists::add,
        site::add,
    ];
    rooms.into_iter().fold(routes, |routes, add| add(routes))
}
