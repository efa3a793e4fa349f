//! The first steps of a new laboratory: each is shown until it is done, to whoever may do it.

use titer_lab::systems::State;
use titer_lab::{Action, Failure, people};
use titer_link::links::views as links;
use titer_shell::frame::Frame;
use titer_store::Read;

use crate::pages::home::Step;
use crate::paths;

/// What is still to be done, in the order in which it is done best. `proposals`: whether entries of the catalogue wait for the director.
///
/// # Errors
/// When the laboratory does not answer.
pub fn steps(s: &mut dyn Read, frame: &Frame, proposals: bool) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    let mut step = |action, done: &mut dyn FnMut() -> Result<bool, Failure>, says, path| {
        if frame.may(action) && !done()? {
            steps.push(Step { href: frame.to(path), text: frame.t(says) });
        }
        Ok::<_, Failure>(())
    };
    step(Action::ManageSite, &mut || Ok(frame.described), "home-step-site", paths::SITE)?;
    let known = frame.catalog(s)?;
    let empty = known.analytes().next().is_none();
    step(Action::ProposeCatalog, &mut || Ok(!empty), "home-step-catalog", paths::CATALOG)?;
    let systems = frame.systems(s)?;
    let in_use = systems.all().iter().any(|system| system.state == State::InUse);
    // One signature is not all of it. What still waits when the laboratory works is work, and Home counts it below.
    let set_up = known.anything_in_force() && in_use;
    step(Action::ApproveCatalog, &mut || Ok(set_up || !proposals), "home-step-approve", paths::CATALOG)?;
    let instruments = systems.instruments();
    let nothing_measures = instruments.is_empty();
    step(Action::ManageInstruments, &mut || Ok(!nothing_measures), "home-step-instrument", paths::INSTRUMENT_NEW)?;
    // Only links that no instrument names are asked for.
    let mut linked = || Ok(instruments.iter().any(|i| i.link.is_some()) || !links::links(s)?.is_empty());
    step(Action::ManageLinks, &mut linked, "home-step-link", paths::LINKS)?;
    step(Action::VerifySystems, &mut || Ok(nothing_measures || in_use), "home-step-systems", paths::SYSTEMS)?;
    // No test system is in use before the director has signed, so a laboratory with one has staff.
    let mut staffed = || Ok(in_use || people::views::staff(s)?.len() > 1);
    step(Action::ManageStaff, &mut staffed, "home-step-staff", paths::STAFF)?;
    Ok(steps)
}
