//! The laboratory of an older program (`tests/older`), opened by this one: nothing is lost, and nothing that waits leaves without its
//! instrument.

use std::{fs, io::Read, path::Path};

use crate::{
    common::{World, instrument, simulated, time},
    tables,
};
use titer_lab::{
    Actor,
    instruments::commands::AddInstrument,
    orders::OrderId,
    reports::views as reports,
    results::{
        commands::{OnDisplay, VerifyResults},
        views::{self as results, Awaiting},
    },
    specimens::views as specimens,
    ways::{self, Signing},
};
use titer_link::links::{LinkId, MappingState, views as links};

/// Both files, unpacked.
fn unpacked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/older");
    for name in ["house.sqlite", "lab-1.sqlite"] {
        let packed = fs::File::open(older.join(format!("{name}.gz"))).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// An hour after the older program ended.
async fn opened() -> World {
    World::of(unpacked(), time("2026-12-01T12:36:00Z")).await
}

impl World {
    async fn awaiting(&self) -> Vec<Awaiting> {
        self.lab.read(|s| Ok(results::awaiting(s, 100)?)).await.unwrap()
    }

    async fn link_named(&self, name: &'static str) -> LinkId {
        let all = self.lab.read(|s| Ok(links::links(s)?)).await.unwrap();
        all.into_iter().find(|link| link.name == name).unwrap().id
    }

    async fn holds(&self) -> Vec<Vec<String>> {
        self.awaiting().await.into_iter().map(|a| a.result.holds).collect()
    }

    /// Signs for all that waits, as it is shown, and lifts its holds.
    async fn verified_all(&self) -> Signing<Vec<OrderId>> {
        let shown = self.awaiting().await.into_iter().map(|a| OnDisplay {
            result: a.result.id,
            version: a.result.version,
            lifts_holds: true,
        });
        let verify = VerifyResults { results: shown.collect(), signed: self.sign(&self.technician).await };
        self.lab.submit(self.technician.actor(), None, move |tx| ways::verify(tx, verify)).await.unwrap()
    }
}

#[tokio::test]
async fn its_journal_is_whole_and_its_tables_are_those_of_its_journal() {
    let mut world = opened().await;
    let migrated = tables::projected(world.lab.store());
    for lab in [&world.house, &world.lab] {
        assert_eq!(lab.store().verify(&[], &mut |_, _| {}).unwrap().faults, vec![]);
    }
    world.lab.store().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(tables::projected(world.lab.store()), migrated, "migrated equals rebuilt");
    world.reopen();
    assert_eq!(tables::projected(world.lab.store()), migrated, "and nothing is migrated twice");
}

#[tokio::test]
async fn its_results_reports_mappings_and_intervals_are_read() {
    let world = opened().await;
    let tube = world.lab.read(|s| Ok(specimens::by_barcode(s, "T1")?)).await.unwrap().unwrap();
    let verified = world.results(tube.id).await;
    let of: Vec<_> = verified.iter().map(|r| (&*r.value, &*r.unit, &*r.flag, r.instrument)).collect();
    assert_eq!(of, [("140", "mmol/L", "N", None), ("4.1", "mmol/L", "N", None), ("80", "umol/L", "N", None)]);
    assert!(verified.iter().all(|r| r.signed.as_ref().is_some_and(|(_, by)| by == "technician of the test")));
    let order = tube.order;
    let issued = world.lab.read(move |s| Ok(reports::of_order(s, order)?)).await.unwrap();
    assert!(issued.len() == 1 && issued[0].issued.is_some(), "{issued:?}");

    let chemistry = world.link_named("titer-sim-chemistry").await;
    assert!(world.states(chemistry).await.iter().all(|state| *state == MappingState::Confirmed));
    let haematology = world.link_named("titer-sim-haematology").await;
    assert!(world.states(haematology).await.iter().all(|state| *state == MappingState::Proposed));
    assert_eq!(world.held().await.len(), 1, "the message with the code that no mapping has");
    let catalog = world.catalog().await;
    let sodium = catalog.analyte_by_key("sodium").unwrap().id;
    assert!(catalog.anything_in_force() && !catalog.limits(sodium, None).is_empty());
}

#[tokio::test]
async fn what_waits_is_held_for_its_instrument_before_anybody_signs() {
    let world = opened().await;
    assert_eq!(world.holds().await, [vec!["critical"], vec![], vec![]], "as the older program left them");
    assert_eq!(world.verified_all().await, Signing::JudgedAgain, "nobody has seen that the instrument is unknown");
    let held: [&[&str]; 3] = [
        &["critical", "no-instrument", "judged-again"],
        &["no-instrument", "judged-again"],
        &["no-instrument", "judged-again"],
    ];
    assert_eq!(world.holds().await, held);

    // The instrument is added and verified: what comes from now on names it, and is not held for it.
    let link = world.link_named("titer-sim-chemistry").await;
    let add = AddInstrument(instrument("Chemistry", link, ""));
    let measured_by = world.run(Actor::Console, add).await.unwrap();
    let message = |tube: &str| simulated(tube, &[("Creat", "70", "umol/L", "20261201123600")]);
    world.verified(measured_by).await;
    world.receive(link, &message("T2")).await.unwrap();
    let new = world.awaiting().await.into_iter().find(|a| a.result.value == "70").unwrap().result;
    assert_eq!((new.instrument, new.holds), (Some(measured_by), Vec::<String>::new()));

    // What waited is signed by a person who has seen why it is held.
    assert!(matches!(world.verified_all().await, Signing::Signed(orders) if orders.len() == 2));
    assert!(world.awaiting().await.is_empty());
    let tube = world.lab.read(|s| Ok(specimens::by_barcode(s, "T3")?)).await.unwrap().unwrap();
    let signed = world.results(tube.id).await;
    assert!(signed.len() == 1 && signed[0].signed.is_some() && signed[0].instrument.is_none(), "{signed:?}");
}
