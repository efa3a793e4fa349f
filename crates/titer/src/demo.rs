//! `titer demo`: a laboratory with a day under way. Everything in it goes the way of the real thing: orders by command, tubes by
//! scan, results by simulated analyzers over real sockets. Only people's hands are missing; the visitor has those.

mod benches;
mod clinic;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use jiff::tz::TimeZone;
use titer_lab::sites::commands::DescribeSite;
use titer_store::Location;
use tokio::{sync::watch, time::sleep};

use crate::{
    Failed,
    arguments::DemoOptions,
    paper,
    place::Place,
    serve::Running,
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
    paper::add_fonts(&location)?;
    let new = place.is_new().await?;
    if new {
        place.set_up("Northfield General, Laboratory", None, true).await?;
        place.describe(northfield()).await?;
    }
    let running = Running::start(&place, &options.listen, false).await?;
    say!("Titer is at http://{}", options.listen);
    say!("Demonstration accounts, all with the password {PASSWORD}:");
    for (username, name, roles) in PEOPLE {
        let roles: Vec<&str> = roles.iter().map(|r| r.code()).collect();
        say!("    {username:<12} {name:<18} {}", roles.join(", "));
    }
    say!("Everybody in it is invented. Stop with Ctrl+C.");
    let (stop, stopped) = watch::channel(false);
    let day = tokio::spawn(day(place, new, options.analyzer, stopped));
    running.until_stopped().await;
    stop.send_replace(true);
    if let Ok(Err(e)) = day.await {
        return Err(e);
    }
    Ok(())
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

/// The hospital's day: patients, orders, tubes that come and are run.
async fn day(place: Place, new: bool, first: SocketAddr, mut stop: watch::Receiver<bool>) -> Result<(), Failed> {
    let staff = Staff::hire(&place).await?;
    if new {
        staff.approve_catalog(&place).await?;
        benches::link(&place, &staff, first).await?;
    }
    let benches = Benches::open(&place, first, &stop).await?;
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
