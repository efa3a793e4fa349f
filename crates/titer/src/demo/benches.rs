//! The benches of the demonstration: a link, an analyzer and a rack each.

use std::{net::SocketAddr, time::Duration};

use titer_lab::catalog::{UnitSystem, unit_systems};
use titer_link::{
    Board,
    links::{
        LinkId, operating,
        views::{self as links, Link},
    },
};
use titer_sim::{
    analyzer::{Analyzer, Config, Host, Tube},
    devices::{Device, chemistry, coagulation, glucose, haematology, hba1c, immunoassay, urinalysis},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{SEED, controls};
use crate::{
    Failed, listening,
    place::Place,
    staff::{self, Staff},
};

/// Tubes that may wait at an analyzer.
const TUBES_MAX: usize = 256;
/// Control material is measured before the first tube and after so many.
const CONTROLS_EVERY: u64 = 40;
/// How often a message is sent that is not acknowledged.
const SENDS_MAX: u32 = 3;

/// An analyzer of the demonstration.
struct Bench {
    device: &'static Device,
    /// The link's name.
    link: &'static str,
    /// What it takes for one tube.
    time_per_tube: Duration,
    /// Whether it measures control material, and its controls are kept here.
    controls: bool,
    /// Whether it asks what to measure.
    asks: bool,
}

const fn bench(device: &'static Device, link: &'static str, seconds: u64) -> Bench {
    Bench { device, link, time_per_tube: Duration::from_secs(seconds), controls: false, asks: false }
}

static BENCHES: [Bench; 7] = [
    Bench { controls: true, ..bench(&chemistry::DEVICE, "Chemistry 1 (simulated)", 4) },
    Bench { asks: true, ..bench(&haematology::DEVICE, "Haematology 1 (simulated)", 4) },
    Bench { asks: true, ..bench(&immunoassay::DEVICE, "Immunoassay 1 (simulated)", 9) },
    Bench { controls: true, ..bench(&coagulation::DEVICE, "Coagulation 1 (simulated)", 6) },
    bench(&urinalysis::DEVICE, "Urinalysis 1 (simulated)", 5),
    Bench { controls: true, ..bench(&hba1c::DEVICE, "HbA1c 1 (simulated)", 7) },
    bench(&glucose::DEVICE, "Glucose meter, Ward 3 (simulated)", 2),
];

/// What the verification records of the demonstration say.
const NOT_VERIFIED: &str = "This is a demonstration: the analyzer is simulated, and nothing was verified";

/// Where the links of the benches listen. In a new laboratory: from the first address on, one port after the other.
pub async fn addresses(place: &Place, first: SocketAddr) -> Result<Vec<String>, Failed> {
    let standing = standing(place).await?;
    if !standing.is_empty() {
        return Ok(standing.into_iter().map(|(_, link)| link.address).collect());
    }
    let port = |n: usize| u16::try_from(n).ok().and_then(|n| first.port().checked_add(n));
    let ports: Option<Vec<u16>> = (0..BENCHES.len()).map(port).collect();
    let ports = ports.ok_or_else(|| {
        Failed(format!("{} simulated analyzers need as many ports from {first} on; give a lower one", BENCHES.len()))
    })?;
    Ok(ports.into_iter().map(|port| SocketAddr::new(first.ip(), port).to_string()).collect())
}

/// The benches whose link is there.
async fn standing(place: &Place) -> Result<Vec<(&'static Bench, Link)>, Failed> {
    let links = place.lab.read(|s| Ok(links::links(s)?)).await?;
    let found = |bench: &'static Bench| Some((bench, links.iter().find(|link| link.name == bench.link)?.clone()));
    Ok(BENCHES.iter().filter_map(found).collect())
}

/// What to do if another program has the addresses.
pub fn taken(Failed(why): Failed) -> Failed {
    Failed(format!(
        "{why}. The simulated analyzers would send to whoever listens there. Stop that program (it may be another demonstration), or start this one in another folder and on other ports: titer demo --data DIR --analyzer ADDR; {} ports from ADDR on must be free",
        BENCHES.len()
    ))
}

/// Adds the links of a new laboratory; the director approves what their codes mean.
pub async fn link(place: &Place, staff: &Staff, addresses: &[String]) -> Result<(), Failed> {
    for (bench, address) in BENCHES.iter().zip(addresses) {
        let link = staff::add_link(place, bench.link, address, bench.device.dialect).await?;
        staff.approve_mappings(place, link).await?;
        staff::confirm_mappings(place, staff, link).await?;
        let name = bench.link.trim_end_matches(" (simulated)");
        staff::measure(place, staff, link, name, NOT_VERIFIED).await?;
        if bench.controls {
            controls::keep(place, staff, bench.device, link).await?;
        }
    }
    Ok(())
}

/// Waits until the links listen here, but for those that are to stay closed.
pub async fn listen(place: &Place, board: &Board) -> Result<(), Failed> {
    let (paused, detached) = place.lab.read(|s| Ok((operating::pauses(s)?, links::detached(s)?))).await?;
    let open = |link: &LinkId| !detached && paused.iter().all(|pause| pause.link != *link);
    let links: Vec<LinkId> = standing(place).await?.iter().map(|(_, link)| link.id).filter(open).collect();
    listening::all(board, &links).await.map_err(taken)
}

/// The benches at work.
pub struct Benches {
    racks: Vec<(&'static Device, mpsc::Sender<Tube>)>,
    working: Vec<JoinHandle<()>>,
}

impl Benches {
    /// Switches the analyzers on: those whose link is there.
    pub async fn open(place: &Place, board: &Board, stop: &watch::Receiver<bool>) -> Result<Self, Failed> {
        let mut benches = Self { racks: Vec::new(), working: Vec::new() };
        let units = place.lab.read(|s| Ok(unit_systems::chosen(s)?)).await?;
        for (bench, link) in standing(place).await? {
            let (rack, tubes) = mpsc::channel(TUBES_MAX);
            // The demonstration of an older release has each analyte in the unit in which it was imported.
            let device = if units == Some(UnitSystem::Si) { bench.device.in_si() } else { bench.device };
            let analyzer = Analyzer::new(Config {
                time_per_tube: bench.time_per_tube,
                sends_max: SENDS_MAX,
                controls_every: bench.controls.then_some(CONTROLS_EVERY),
                asks: bench.asks,
                seed: SEED,
                ..Config::new(device, Host::At(link.address))
            });
            benches.racks.push((device, rack));
            benches.working.push(tokio::spawn(work(analyzer, tubes, board.clone(), link.id, stop.clone())));
        }
        Ok(benches)
    }

    /// Puts a tube into the rack of each analyzer that measures any of its tests. A full rack takes no more: the tube stays
    /// received, for the visitor.
    pub fn load(&self, tube: &Tube) {
        for (device, rack) in &self.racks {
            let tests: Vec<_> = tube.tests.iter().copied().filter(|test| device.channel(*test).is_some()).collect();
            if !tests.is_empty() && rack.try_send(Tube { tests, ..tube.clone() }).is_err() {
                tracing::debug!("the simulated {} takes no more tubes", device.kind);
            }
        }
    }

    /// Waits until all analyzers have stopped.
    pub async fn close(self) {
        drop(self.racks);
        for analyzer in self.working {
            if let Err(e) = analyzer.await {
                tracing::error!("a simulated analyzer ended badly: {e}");
            }
        }
    }
}

/// Runs an analyzer while its own link listens: on a link that is paused, another program may listen in its place.
async fn work(
    mut analyzer: Analyzer,
    mut tubes: mpsc::Receiver<Tube>,
    board: Board,
    link: LinkId,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            () = listening::until(&board, link, true) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            () = analyzer.run(&mut tubes, stop.clone()) => return,
            () = listening::until(&board, link, false) => {}
        }
    }
}
