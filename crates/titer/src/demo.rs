//! `titer demo`: a laboratory with a day under way. Everything in it goes the way of the real thing: orders by command, tubes by
//! scan, results by simulated analyzers over real sockets. Only people's hands are missing; the visitor has those.

mod benches;
mod clinic;
mod controls;

use std::{path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use titer_lab::{catalog::UnitSystem, sites::commands::DescribeSite};
use titer_link::Board;
use titer_store::Location;
use tokio::{sync::watch, time::sleep};

use crate::{
    Failed,
    arguments::DemoOptions,
    listening, paper,
    place::Place,
    serve::{Running, asked_to_stop},
    staff::{PASSWORD, PEOPLE, Staff},
};
use benches::Benches;
use clinic::Clinic;

/// The seed of everybody in the demonstration.
const SEED: u64 = 20_261_122;
/// Orders that the day begins with.
const ORDERS_AT_FIRST: u32 = 24;
/// The time between two orders.
const ORDER_EVERY: Duration = Duration::from_secs(20);

/// Opens the demonstration and runs it until it is stopped.
pub async fn demo(data: Option<PathBuf>, options: DemoOptions) -> Result<(), Failed> {
    let location = Location::Folder(data.unwrap_or_else(|| PathBuf::from("data/demo")));
    let place = tokio::task::block_in_place(|| Place::open(&location))?;
    paper::add_fonts(&location, options.pages.fonts.as_deref())?;
    let new = place.is_new().await?;
    let addresses = benches::addresses(&place, options.analyzer).await?;
    listening::are_free(addresses.iter().map(String::as_str)).map_err(benches::taken)?;
    if new {
        place.set_up("Northfield General, Laboratory", None, true, Some(UnitSystem::Si)).await?;
        place.describe(northfield()).await?;
    }
    let running = Running::start(&place, &options.pages).await?;
    say!("Titer is at {}", options.pages.address());
    say!("Demonstration accounts, all with the password {PASSWORD}:");
    for (username, name, roles) in PEOPLE {
        let roles: Vec<&str> = roles.iter().map(|r| r.code()).collect();
        say!("    {username:<12} {name:<18} {}", roles.join(", "));
    }
    say!("Everybody in it is invented. Stop with Ctrl+C.");
    let (stop, stopped) = watch::channel(false);
    let links = new.then_some(addresses);
    let mut day = tokio::spawn(day(place, links, running.board.clone(), stopped));
    let ended = tokio::select! {
        () = asked_to_stop() => None,
        ended = &mut day => Some(ended),
    };
    stop.send_replace(true);
    running.stop().await;
    let ended = match ended {
        Some(ended) => ended,
        None => day.await,
    };
    ended.map_err(|e| Failed(format!("the demonstration ended badly: {e}")))?
}

fn northfield() -> DescribeSite {
    DescribeSite {
        name: "Northfield General, Laboratory".to_owned(),
        address: "1 Example Road\nNorthfield".to_owned(),
        accreditation: "Demonstration, not accredited".to_owned(),
        director: "Dr Mira Halloran".to_owned(),
        zone: TimeZone::system().iana_name().unwrap_or("UTC").to_owned(),
        demonstration: true,
    }
}

/// The hospital's day: patients, orders, tubes that come and are run. In a new laboratory, links are added at these addresses.
async fn day(
    place: Place,
    links: Option<Vec<String>>,
    board: Board,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failed> {
    let staff = Staff::hire(&place).await?;
    let new = links.is_some();
    if let Some(addresses) = links {
        staff.approve_catalog(&place).await?;
        benches::link(&place, &staff, &addresses).await?;
    }
    tokio::select! {
        listening = benches::listen(&place, &board) => listening?,
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
    }
    let benches = Benches::open(&place, &board, &stop).await?;
    let mut clinic = Clinic::open(place, staff, benches).await?;
    if new {
        for _ in 0..ORDERS_AT_FIRST {
            clinic.order().await?;
        }
    }
    while !*stop.borrow() {
        clinic.order().await?;
        tokio::select! {
            () = sleep(ORDER_EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    clinic.close().await;
    Ok(())
}
