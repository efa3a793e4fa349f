//! What happens when a page is asked for or a form is sent: one module a noun, as in [`crate::pages`]. A handler reads through the
//! rooms' views, fills a page, or hands a room the command that a person gave.

mod account;
mod admin;
mod board;
mod catalog;
mod common;
mod find;
mod home;
mod links;
mod mappings;
mod messages;
mod orders;
mod patients;
mod pointing;
mod receive;
mod reports;
mod requests;
mod review;
mod site;
mod specimens;
mod staff;
mod told;
mod waiting;

use std::sync::Arc;

use crate::Web;
use crate::permit::Routes;

/// Every page's addresses.
pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    let rooms = [
        account::add,
        home::add,
        find::add,
        orders::add,
        requests::add,
        patients::add,
        receive::add,
        specimens::add,
        review::add,
        reports::add,
        messages::add,
        waiting::add,
        mappings::add,
        admin::add,
        staff::add,
        catalog::add,
        board::add,
        links::add,
        told::add,
        site::add,
    ];
    rooms.into_iter().fold(routes, |routes, add| add(routes))
}
