//! The people of the laboratory: they review and sign, ask for repeats, decide on corrections, correct who a patient is, look at held
//! messages.

use jiff::ToSpan;
use rand::RngExt;
use titer_lab::{
    Failure, Tx,
    drafts::{Draft, Drafts, Found},
    instruments::{NoteKind, commands::NoteInstrument},
    patients::commands::Correction,
    results::{
        ResultId,
        calculated::views::from,
        commands::{AskForRepeat, LetResultStand, OnDisplay, VerifyResults},
        views::{self as results, Awaiting},
    },
    systems::{
        self,
        commands::{RetireSystem, ReturnSystem},
    },
    ways::{self, Signing},
};
use titer_link::{
    inbox::{commands::DismissMessage, views as inbox},
    replay,
};
use titer_science::Sex;

use crate::{
    Kept, broken,
    crash::{Files, Moment},
    day::Days,
    holds,
    invariants::calculated,
    laboratory::Member,
    truth::{OutOfUse, Signature},
};

/// How often a page is signed with one result fewer before the reviewer gives up for now.
const TRIES_MAX: usize = 30;

/// What a person saw on the review, and has not signed yet.
pub struct Display {
    shown: Vec<Awaiting>,
}

impl Days {
    /// The reviewer goes through pages of the review: signs most, asks for a repeat now and then, leaves some for later.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn review(&mut self, pages: usize) -> Kept {
        for _ in 0..pages {
            let shown = self.awaiting().await?;
            if shown.is_empty() {
                return Ok(());
            }
            self.place.pass(20);
            let (mut chosen, mut aside) = (Vec::new(), Vec::new());
            for one in &shown {
                let held = !one.result.holds.is_empty();
                match self.chance.random_range(0..100) {
                    0..3 if held => aside.push((one.barcode.clone(), on_display(one, false))),
                    3..8 if held => {}
                    _ => chosen.push(one.clone()),
                }
            }
            // What is calculated from a result is put aside with it.
            chosen.retain(|one| aside.iter().all(|(barcode, _)| *barcode != one.barcode));
            for (_, result) in aside {
                let ask = move |tx: &mut Tx<'_, '_>| tx.run(AskForRepeat { result });
                self.place.submit(self.place.staff.technician.actor(), Some("clotted"), ask).await?;
                self.truth.put_aside.insert(result.result);
            }
            let who = self.place.staff.technician.clone();
            if self.sign(&who, chosen).await? == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn awaiting(&self) -> Kept<Vec<Awaiting>> {
        Ok(self.place.lab.read(|s| Ok::<_, Failure>(results::awaiting(s, results::PAGE)?)).await?)
    }

    /// Signs what was shown. What is refused singly is left out, and the rest signed; answers how many were.
    async fn sign(&mut self, who: &Member, mut shown: Vec<Awaiting>) -> Kept<usize> {
        for _ in 0..TRIES_MAX {
            if shown.is_empty() {
                return Ok(0);
            }
            let asked = shown.iter().map(|one| on_display(one, true)).collect();
            let verify = VerifyResults { results: asked, signed: who.signed.clone() };
            let ends = self.ends_in_review.then(|| Files::read(self.place.folder())).transpose()?;
            let signed = self.place.submit(who.actor(), None, move |tx| ways::verify(tx, verify)).await;
            match signed {
                Ok(Signing::Signed(_)) => {
                    self.ends_in_review = false;
                    let committed = match ends {
                        None => true,
                        Some(before) => self.end(before)? == Moment::After,
                    };
                    // Whoever signed heard nothing if the program ended, and will see whether it was done.
                    if committed {
                        self.signed(who, &shown)?;
                    }
                    return Ok(shown.len());
                }
                Ok(Signing::JudgedAgain) => return Ok(0),
                Err(Failure::Refused(refusal)) => {
                    let one = refusal.args.iter().find(|(name, _)| *name == "result");
                    let one = one.and_then(|(_, id)| id.parse::<i64>().ok()).map(ResultId);
                    let known =
                        ["results-input-not-verified", "results-correction-open", "results-input-correction-open"];
                    match one.filter(|_| known.contains(&refusal.code)) {
                        Some(one) => shown.retain(|s| s.result.id != one),
                        None => return broken(format!("a signature was refused: {refusal:?}")),
                    }
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(0)
    }

    fn signed(&mut self, who: &Member, shown: &[Awaiting]) -> Kept {
        let at = self.place.now();
        for one in shown {
            let signature = Signature { value: one.result.value.clone(), by: who.name.clone(), at };
            if self.truth.signed.insert(one.result.id, signature).is_some() {
                return broken(format!("result {} was signed twice", one.result.id));
            }
            if let Some(tube) = self.truth.tube(&one.barcode) {
                self.truth.tubes[tube].touched = true;
            }
            self.tally.signed += 1;
        }
        Ok(())
    }

    /// Somebody looks at the review and is called away.
    ///
    /// # Errors
    /// If the laboratory does not answer.
    pub async fn look(&mut self) -> Kept {
        let mut shown = self.awaiting().await?;
        shown.retain(|one| self.truth.tube(&one.barcode).is_some());
        self.display = Some(Display { shown });
        Ok(())
    }

    /// While somebody is called away, a tube that is on the screen is measured again.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn measure_what_is_shown(&mut self) -> Kept {
        let Some(Display { shown }) = &self.display else { return Ok(()) };
        let measured = shown.iter().filter(|one| one.result.link != 0);
        let barcode = measured.map(|one| (one.barcode.clone(), one.result.link)).next();
        let Some((barcode, link)) = barcode else { return Ok(()) };
        let bench = self.place.benches.iter().position(|b| b.link.0 == link);
        if let Some((tube, bench)) = self.truth.tube(&barcode).zip(bench) {
            self.measure(bench, tube, Some(crate::fault::Fault::Rerun)).await?;
        }
        Ok(())
    }

    /// Whoever was called away signs what the screen still shows. Nothing that changed meanwhile may be signed.
    ///
    /// # Errors
    /// If it was.
    pub async fn sign_what_was_shown(&mut self) -> Kept {
        let Some(Display { shown }) = self.display.take() else { return Ok(()) };
        let ids: Vec<ResultId> = shown.iter().map(|one| one.result.id).collect();
        let now = self.place.lab.read(move |s| {
            let read = ids.iter().map(|id| results::result(s, *id));
            Ok::<_, Failure>(read.collect::<Result<Vec<_>, _>>()?)
        });
        let now = now.await?;
        let who = self.place.staff.supervisor.clone();
        for (one, now) in shown.into_iter().zip(now) {
            let Some((now, _)) = now else { return broken(format!("result {} is gone", one.result.id)) };
            let changed = now != one.result;
            let verify = VerifyResults { results: vec![on_display(&one, true)], signed: who.signed.clone() };
            let signed = self.place.submit(who.actor(), None, move |tx| ways::verify(tx, verify)).await;
            match signed {
                Ok(Signing::Signed(_)) if changed => {
                    return broken(format!(
                        "a signature for what was not shown: result {} was shown as {:?}, and was {:?}",
                        one.result.id, one.result, now
                    ));
                }
                Ok(Signing::Signed(_)) => self.signed(&who, &[one])?,
                Ok(Signing::JudgedAgain) | Err(Failure::Refused(_)) => {}
                Err(e) => return Err(e.into()),
            }
            if changed {
                self.tally.stale += 1;
            }
        }
        Ok(())
    }

    /// Somebody who may not sign tries to, and somebody with another's password.
    ///
    /// # Errors
    /// If that was not refused.
    pub async fn sign_without_right(&mut self) -> Kept {
        let Some(one) = self.awaiting().await?.into_iter().next() else { return Ok(()) };
        let who = self.place.staff.clinician.clone();
        let verify = VerifyResults { results: vec![on_display(&one, true)], signed: who.signed.clone() };
        match self.place.submit(who.actor(), None, move |tx| ways::verify(tx, verify)).await {
            Err(Failure::Refused(refusal)) if refusal.code == "people-not-permitted" => {}
            signed => return broken(format!("somebody who may not sign tried to, and it came to {signed:?}")),
        }
        let (who, other) = (self.place.staff.supervisor.actor(), self.place.staff.technician.signed.clone());
        let verify = VerifyResults { results: vec![on_display(&one, true)], signed: other };
        match self.place.submit(who, None, move |tx| ways::verify(tx, verify)).await {
            Err(Failure::Refused(refusal)) if refusal.code == "accounts-signed-by-another" => Ok(()),
            signed => broken(format!("somebody signed with the password of another, and it came to {signed:?}")),
        }
    }

    /// Somebody in haste signs what is calculated, and leaves what it was calculated from.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn sign_in_haste(&mut self) -> Kept {
        let mut shown = self.awaiting().await?;
        shown.retain(|one| one.result.link == 0);
        let ids: Vec<ResultId> = shown.iter().map(|one| one.result.id).collect();
        let who = self.place.staff.technician.clone();
        self.sign(&who, shown).await?;
        let signed: Vec<ResultId> = ids.into_iter().filter(|id| self.truth.signed.contains_key(id)).collect();
        let read = self.place.lab.read(move |s| {
            let of = signed.iter().map(|id| from(s, *id));
            Ok::<_, Failure>(of.collect::<Result<Vec<_>, _>>()?)
        });
        for (key, input, _) in read.await?.into_iter().flatten().flat_map(|from| from.inputs) {
            let verified = input.is_none_or(|input| self.truth.signed.contains_key(&input));
            holds(verified, || format!("nothing calculated is verified before its inputs: {key} was not"))?;
        }
        Ok(())
    }

    /// Somebody asks for a repeat of what another result was calculated from.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn repeat_an_input(&mut self) -> Kept {
        let shown = self.awaiting().await?;
        let inputs =
            ["calcium", "albumin", "creatinine"].map(|key| self.place.catalog.analyte_by_key(key).map(|a| a.id));
        let calculated = |barcode: &str| shown.iter().any(|one| one.result.link == 0 && one.barcode == barcode);
        let is = |one: &&Awaiting| inputs.contains(&Some(one.result.analyte)) && calculated(&one.barcode);
        let Some((input, tube)) = shown.iter().find(is).and_then(|one| Some((one, self.truth.tube(&one.barcode)?)))
        else {
            return Ok(());
        };
        let result = on_display(input, false);
        let ask = move |tx: &mut Tx<'_, '_>| tx.run(AskForRepeat { result });
        self.place.submit(self.place.staff.technician.actor(), Some("haemolysed"), ask).await?;
        self.truth.put_aside.insert(result.result);
        self.truth.tubes[tube].touched = true;
        calculated::after_correction(self, self.truth.tubes[tube].person).await
    }

    /// The director decides on some of what contradicts verified results.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn decide(&mut self) -> Kept {
        let (open, _) = self.place.lab.read(|s| Ok::<_, Failure>(results::corrections(s)?)).await?;
        let who = self.place.staff.director.clone();
        for correction in open {
            if self.chance.random_bool(0.5) {
                continue;
            }
            let id = correction.contradiction.id;
            let decide = LetResultStand { contradictions: vec![id], signed: who.signed.clone() };
            let stands = move |tx: &mut Tx<'_, '_>| ways::let_stand(tx, decide);
            if let Signing::Signed(_) = self.place.submit(who.actor(), Some("measured again by hand"), stands).await? {
                self.truth.decided.insert(id);
                self.touch(&correction.barcode);
            }
        }
        Ok(())
    }

    fn touch(&mut self, barcode: &str) {
        if let Some(tube) = self.truth.tube(barcode) {
            self.truth.tubes[tube].touched = true;
        }
    }

    /// A clerk learns that somebody who is on a screen is registered with the wrong sex, or anybody with the wrong date of birth or
    /// under another number.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn correct_a_patient(&mut self) -> Kept {
        if self.truth.people.is_empty() {
            return Ok(());
        }
        let shown = self.display.iter().flat_map(|display| &display.shown);
        let calculated = shown.filter(|one| one.result.link == 0).find_map(|one| self.truth.tube(&one.barcode));
        let anybody = self.chance.random_range(0..self.truth.people.len());
        let n = calculated.map_or(anybody, |tube| self.truth.tubes[tube].person);
        let person = &self.truth.people[n];
        let (mut born, mut identifier, mut sex) = (person.born, person.identifier.clone(), person.sex);
        if calculated.is_some() {
            sex = if sex == Sex::Female { Sex::Male } else { Sex::Female };
        } else if self.chance.random_bool(0.7) {
            born = born.saturating_sub(1.year());
        } else {
            identifier = format!("MRN-9{:06}", self.written + self.truth.sent.len() as u64);
        }
        let correction = Correction {
            family: person.patient.family.clone(),
            given: person.patient.given.clone(),
            sex,
            birth_date: Some(born),
            age_band: None,
        };
        let (patient, new) = (person.id, identifier.clone());
        let correct = move |tx: &mut Tx<'_, '_>| ways::correct(tx, patient, correction, new);
        self.place.submit(self.place.staff.clerk.actor(), Some("papers were shown"), correct).await?;
        let person = &mut self.truth.people[n];
        person.corrected |= (born, sex) != (person.born, person.sex);
        (person.born, person.identifier, person.sex) = (born, identifier, sex);
        for tube in self.truth.tubes.iter_mut().filter(|tube| tube.person == n) {
            tube.touched = true;
        }
        calculated::after_correction(self, n).await
    }

    /// A technician looks at held messages: reads some again, dismisses a few.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn look_at_held(&mut self) -> Kept {
        let held = self.place.lab.read(|s| Ok::<_, Failure>(inbox::held(s, None)?)).await?;
        for message in held {
            let id = message.id;
            let chance = self.chance.random_range(0..100);
            if chance < 15 {
                let read = replay::one(&self.place.lab, self.place.staff.technician.actor(), None, id).await;
                match read {
                    Ok(_) => {}
                    Err(Failure::Refused(refusal)) if refusal.code == "inbox-incomplete" => {}
                    Err(e) => return Err(e.into()),
                }
            } else if chance < 18 {
                let dismiss = move |tx: &mut Tx<'_, '_>| tx.run(DismissMessage { message: id });
                self.place.submit(self.place.staff.technician.actor(), Some("looked at"), dismiss).await?;
                self.truth.dismissed.insert(id);
            }
            for sent in self.truth.sent.iter_mut().filter(|sent| chance < 18 && sent.kept.contains(&id)) {
                sent.touched = true;
                let tube = self.truth.tubes.iter_mut().rev().find(|tube| tube.barcode == sent.barcode);
                tube.into_iter().for_each(|tube| tube.touched = true);
            }
        }
        Ok(())
    }

    /// A calibration that was off is set right, and that is noted.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn calibrate(&mut self) -> Kept {
        let now = self.place.now();
        for off in self.truth.excursions.iter_mut().filter(|off| off.until <= now && off.noted.is_none()) {
            let lab = self.place.lab.clone();
            let link = self.place.benches[off.bench].link.0;
            let found = self.place.lab.read(move |s| {
                Ok::<_, Failure>(lab.systems(s)?.instruments().iter().find(|i| i.link == Some(link)).map(|i| i.id))
            });
            let Some(instrument) = found.await? else { return broken("a bench has no instrument") };
            let kind = NoteKind::Calibrated.code().to_owned();
            let note = NoteInstrument { instrument, kind, at: None, lot: String::new(), text: String::new() };
            self.place.run(self.place.staff.technician.actor(), note).await?;
            off.noted = Some(now);
        }
        Ok(())
    }

    /// The supervisor takes a test system out of use.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn take_out_of_use(&mut self) -> Kept {
        let bench = self.chance.random_range(0..self.place.benches.len());
        let channels = self.place.benches[bench].device.channels;
        let analyte = channels[self.chance.random_range(0..channels.len())].analyte;
        let lab = self.place.lab.clone();
        let systems = self.place.lab.read(move |s| Ok::<_, Failure>(lab.systems(s)?)).await?;
        let link = self.place.benches[bench].link.0;
        let instrument = systems.instruments().iter().find(|i| i.link == Some(link)).map(|i| i.id);
        let known = self.place.catalog.analyte_by_key(analyte.key());
        let known = known.zip(instrument).and_then(|(a, i)| systems.of(a.id, a.specimen_type, i));
        let Some(system) = known.map(|known| known.id) else { return broken(format!("no system of {analyte:?}")) };
        let retire = move |tx: &mut Tx<'_, '_>| tx.run(RetireSystem { system });
        self.place.submit(self.place.staff.supervisor.actor(), Some("a lamp failed"), retire).await?;
        self.truth.out_of_use.push(OutOfUse { bench, analyte, system, now: true });
        Ok(())
    }

    /// The director signs test systems into use again.
    ///
    /// # Errors
    /// If the laboratory refuses.
    pub async fn return_to_use(&mut self) -> Kept {
        let who = self.place.staff.director.clone();
        for out in self.truth.out_of_use.iter_mut().filter(|out| out.now) {
            let (system, signed) = (out.system, who.signed.clone());
            let again = move |tx: &mut Tx<'_, '_>| {
                let version = systems::views::of_id(tx, system)?.map(|known| known.version).unwrap_or_default();
                tx.run(ReturnSystem { system, version, signed })
            };
            self.place.submit(who.actor(), Some("repaired, controls passed"), again).await?;
            out.now = false;
        }
        Ok(())
    }

    /// A form that came too late is kept for whoever sent it, and for nobody else.
    ///
    /// # Errors
    /// If it is not.
    pub async fn draft(&mut self) -> Kept {
        let drafts = Drafts::open(self.place.house()).await?;
        let fields = vec![("reason".to_owned(), format!("message {}", self.written))];
        let draft = Draft {
            address: "/review".to_owned(),
            page: "/review".to_owned(),
            stamp: self.written.to_string(),
            fields,
        };
        let (mine, other) = (self.place.staff.technician.account, self.place.staff.clerk.account);
        let id = drafts.keep(&self.place.lab, mine, &draft).await?;
        let found = drafts.of(&self.place.lab, mine, id).await?;
        if found != Found::Mine(draft) {
            return broken(format!("a draft is {found:?}"));
        }
        match drafts.of(&self.place.lab, other, id).await? {
            Found::OfAnother(author) if author == mine => Ok(()),
            found => broken(format!("the draft of another is {found:?}")),
        }
    }
}

fn on_display(one: &Awaiting, lifts_holds: bool) -> OnDisplay {
    OnDisplay { result: one.result.id, version: one.result.version, lifts_holds }
}
