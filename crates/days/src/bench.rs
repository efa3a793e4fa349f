//! The analyzers: they measure what is in the rack and control material, and send it, with all that goes wrong.

use std::{collections::BTreeSet, time::Duration};

use jiff::{Timestamp as Instant, ToSpan, tz::TimeZone};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use titer_lab::Timestamp;
use titer_link::filing::Outcome;
use titer_sim::{
    devices::{CONTROL_LEVELS, Channel, Device, Material, Reading, Report},
    physiology::{Analyte, Body},
};
use titer_wire::astm::{Options, Output, Session, write_frame};

use crate::{
    Broken, Kept, crash,
    day::Days,
    fault::Fault,
    invariants::at_once,
    laboratory::{MODULE, ZONE},
    truth::{Content, Control, Sent, Truth, Value},
};

/// Values far beyond every critical limit that the starter catalogue has for them.
const KILLS: [(Analyte, &str); 5] = [
    (Analyte::Potassium, "8.4"),
    (Analyte::Sodium, "99"),
    (Analyte::Glucose, "0.9"),
    (Analyte::Haemoglobin, "31"),
    (Analyte::Platelets, "4"),
];

/// A message that is on its way.
#[derive(Clone)]
pub struct Outgoing {
    sent: Sent,
    /// Not before.
    pub due: Timestamp,
}

impl Days {
    /// Each tube in the rack is measured by a bench of each kind that measures any of its tests.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn measure_rack(&mut self) -> Kept {
        for tube in std::mem::take(&mut self.rack) {
            for bench in self.benches_of(tube) {
                self.place.pass(3);
                let fault = self.next_fault(bench, tube);
                self.measure(bench, tube, fault).await?;
            }
        }
        Ok(())
    }

    /// One bench of each kind that measures something of the tube.
    pub fn benches_of(&mut self, tube: usize) -> Vec<usize> {
        let analytes = &self.truth.tubes[tube].analytes;
        let measures = |n: &usize| analytes.iter().any(|a| self.place.benches[*n].device.channel(*a).is_some());
        let able: Vec<usize> = (0..self.place.benches.len()).filter(measures).collect();
        let mut chosen: Vec<usize> = Vec::new();
        for bench in able {
            let kind = self.place.benches[bench].device.kind;
            match chosen.iter().position(|other| self.place.benches[*other].device.kind == kind) {
                Some(twin) if self.chance.random_bool(0.5) => chosen[twin] = bench,
                Some(_) => {}
                None => chosen.push(bench),
            }
        }
        chosen
    }

    /// The next of today's faults that can happen here.
    fn next_fault(&mut self, bench: usize, tube: usize) -> Option<Fault> {
        let analytes = &self.truth.tubes[tube].analytes;
        let can = |fault: &Fault| match fault {
            Fault::StrangeModule => self.place.benches[bench].device.kind == "glucose",
            Fault::StrangeFlag | Fault::StrangeUnit | Fault::NoValue => {
                self.place.benches[bench].device.kind != "urinalysis"
            }
            Fault::Critical => KILLS
                .iter()
                .any(|(a, _)| analytes.contains(a) && self.place.benches[bench].device.channel(*a).is_some()),
            Fault::Mislabelled | Fault::OtherPatient => self.place.benches[bench].device.kind != "glucose",
            // These are no faults of a tube in the rack.
            Fault::NotReceived | Fault::Rejected => false,
            _ => true,
        };
        let at = self.faults.iter().rposition(can)?;
        self.chance.random_bool(0.25).then(|| self.faults.remove(at))
    }

    /// A bench measures a tube and sends what it found.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn measure(&mut self, bench: usize, tube: usize, fault: Option<Fault>) -> Kept {
        if let Some(fault) = fault {
            *self.truth.faults.entry(fault).or_default() += 1;
        }
        let own = self.truth.tubes[tube].person;
        let other = (0..self.truth.people.len()).find(|p| {
            let (a, b) = (&self.truth.people[*p], &self.truth.people[own]);
            a.born != b.born && a.patient.birth_date != b.patient.birth_date
        });
        let (content, states) = match (fault, other) {
            (Some(Fault::Mislabelled), Some(other)) => (Content::Of(other), Some(other)),
            (Some(Fault::OtherPatient), Some(other)) => (Content::Of(own), Some(other)),
            (Some(Fault::ControlOnTube), _) => (Content::Control, None),
            _ => (Content::Of(own), None),
        };
        let sent = self.message(bench, tube, content, states, fault)?;
        let due = match fault {
            Some(Fault::Late) => self.place.now().plus_seconds(self.chance.random_range(1..6) * 3_600),
            _ => self.place.now(),
        };
        match fault {
            Some(Fault::Late) => self.late.push(Outgoing { sent, due }),
            Some(Fault::Duplicate) => {
                self.deliver(sent.clone()).await?;
                self.deliver(sent).await?;
            }
            Some(Fault::Resent) => {
                self.deliver(sent).await?;
                let before = self.truth.sent[self.chance.random_range(0..self.truth.sent.len())].clone();
                self.deliver(before).await?;
            }
            Some(Fault::Cut) => {
                let end = self.chance.random_range(1..sent.text.len() - 1);
                let (text, link) = (sent.text[..end].to_vec(), self.place.filing(bench).clone());
                link.receive_incomplete(text, "the connection ended".to_owned()).await?;
                self.deliver(sent).await?;
            }
            Some(Fault::StrayFrames) => {
                let heard = through_frames(&sent.text);
                if heard.as_deref() != Some(&sent.text[..]) {
                    return Err(Broken(format!("the frames of a message gave another text: {heard:?}")));
                }
                self.deliver(sent).await?;
            }
            Some(Fault::Rerun) => {
                self.deliver(sent).await?;
                self.reruns.push((bench, tube));
            }
            _ => self.deliver(sent).await?,
        }
        Ok(())
    }

    /// What a bench writes of a tube.
    fn message(
        &mut self,
        bench: usize,
        tube: usize,
        content: Content,
        states: Option<usize>,
        fault: Option<Fault>,
    ) -> Kept<Sent> {
        let now = self.place.now();
        let bias = self.truth.bias(bench, now);
        let device = self.place.benches[bench].device;
        let mut dice = ChaCha8Rng::seed_from_u64(self.chance.random());
        let mut readings = match content {
            Content::Control => device.measure_control(1, bias, &mut dice),
            Content::Of(person) => {
                let patient = &self.truth.people[person].patient;
                let truth = Body::draw(self.seed, patient, instant(self.began)).truth(instant(now));
                let channels = self.truth.tubes[tube].analytes.iter().filter_map(|a| device.channel(*a));
                let codes: Vec<String> = channels.map(|channel| channel.code.to_owned()).collect();
                device.measure(&truth, &codes, bias, &mut dice)
            }
        };
        let analytes: Vec<Analyte> = readings.iter().filter_map(|r| analyte(device, r)).collect();
        let barcode = match fault {
            Some(Fault::UnknownBarcode) => format!("NOREAD{:06}", self.truth.sent.len()),
            _ => self.truth.tubes[tube].barcode.clone(),
        };
        if let Some(first) = readings.first_mut() {
            match fault {
                Some(Fault::StrangeFlag) => first.flag = "ZZ",
                Some(Fault::StrangeUnit) => first.unit = "arb. u.",
                Some(Fault::NoValue) => first.value = "ERROR".to_owned(),
                _ => {}
            }
        }
        let kills = |analyte| KILLS.iter().find(|(a, _)| *a == analyte).map(|(_, value)| *value);
        let deadly = fault == Some(Fault::Critical);
        for (reading, analyte) in readings.iter_mut().zip(&analytes).filter(|_| deadly) {
            reading.value = kills(*analyte).map_or_else(|| reading.value.clone(), str::to_owned);
        }
        let measured = Timestamp::from_micros(now.micros() / 1_000_000 * 1_000_000);
        let measured = if fault == Some(Fault::WrongDay) { day_before(measured)? } else { measured };
        let material = if content == Content::Control { Material::Control(1) } else { Material::Patient };
        let text = device.message(&Report {
            instrument: self.place.benches[bench].name,
            barcode: &barcode,
            material,
            patient: "",
            operator: "",
            readings: &readings,
            completed: local(measured)?,
            number: self.number(),
        });
        let mut text = String::from_utf8(text).map_err(|e| Broken(e.to_string()))?;
        if let Some(person) = states {
            let person = &self.truth.people[person];
            let sex = if person.sex == titer_science::Sex::Female { "F" } else { "M" };
            let stated = format!("\rP|1||||||{}|{sex}\r", person.born.strftime("%Y%m%d"));
            text = text.replacen("\rP|1\r", &stated, 1);
        }
        if fault == Some(Fault::StrangeModule) {
            text = text.replace(MODULE, "SN999999");
        }
        let timed = fault != Some(Fault::Untimed);
        if !timed {
            text = without_times(&text, &local(measured)?.strftime("%Y%m%d%H%M%S").to_string());
        }
        let value = |(r, analyte): (&Reading, &Analyte)| {
            let kills = deadly && kills(*analyte).is_some();
            Value { analyte: *analyte, code: r.code, text: r.value.clone(), kills }
        };
        Ok(Sent {
            bench,
            values: readings.iter().zip(&analytes).map(value).collect(),
            text: text.into_bytes(),
            barcode,
            content,
            states,
            measured: timed.then_some(measured),
            fault,
            kept: BTreeSet::new(),
            acknowledged: now,
            touched: true,
        })
    }

    fn number(&mut self) -> u64 {
        self.written += 1;
        self.written
    }

    /// Every bench measures each level of its control material.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn measure_controls(&mut self, benches: &[usize]) -> Kept {
        for bench in benches {
            for level in 1..=CONTROL_LEVELS {
                self.place.pass(2);
                let (now, device) = (self.place.now(), self.place.benches[*bench].device);
                let measured = Timestamp::from_micros(now.micros() / 1_000_000 * 1_000_000);
                let bias = self.truth.bias(*bench, measured);
                let mut dice = ChaCha8Rng::seed_from_u64(self.chance.random());
                let readings = device.measure_control(level, bias, &mut dice);
                let barcode = device.control(level);
                let text = device.message(&Report {
                    instrument: self.place.benches[*bench].name,
                    barcode: &barcode,
                    material: Material::Control(level),
                    patient: "",
                    operator: "",
                    readings: &readings,
                    completed: local(measured)?,
                    number: self.number(),
                });
                let value = |r: &Reading| {
                    let analyte = analyte(device, r)?;
                    Some(Value { analyte, code: r.code, text: r.value.clone(), kills: false })
                };
                let sent = Sent {
                    bench: *bench,
                    text,
                    barcode,
                    content: Content::Control,
                    states: None,
                    values: readings.iter().filter_map(value).collect(),
                    measured: Some(measured),
                    fault: None,
                    kept: BTreeSet::new(),
                    acknowledged: now,
                    touched: true,
                };
                let sent = self.deliver_at(sent).await?;
                self.truth.controls.push(Control { bench: *bench, level, measured, bias, sent });
                self.tally.controls += 1;
            }
        }
        Ok(())
    }

    /// Hands a message to the laboratory until it is acknowledged, and looks at once at what came of it.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn deliver(&mut self, sent: Sent) -> Kept {
        self.deliver_at(sent).await.map(|_| ())
    }

    async fn deliver_at(&mut self, mut sent: Sent) -> Kept<usize> {
        self.tally.messages += 1;
        self.place.pass(1);
        sent.acknowledged = self.place.now();
        sent.touched = true;
        if self.crash_at == self.tally.messages {
            self.crash(&sent).await?;
        }
        let outcome = self.place.filing(sent.bench).receive(sent.text.clone()).await?;
        if let Outcome::Kept { filed, .. } = outcome {
            self.tally.results += filed;
        }
        let (Outcome::Kept { message, .. } | Outcome::Same(message)) = outcome;
        sent.kept.insert(message);
        at_once::look(&self.place, &self.truth, &sent).await?;
        Ok(self.truth.acknowledged(sent))
    }

    /// The program ends while it files a message. The analyzer hears nothing, and will send the message again.
    async fn crash(&mut self, sent: &Sent) -> Kept {
        let before = crash::Files::read(self.place.folder())?;
        self.place.filing(sent.bench).receive(sent.text.clone()).await?;
        self.end(before).map(|_| ())
    }

    /// Ends the program between these files and those of now, and begins it anew.
    ///
    /// # Errors
    /// If the laboratory does not open.
    pub fn end(&mut self, before: crash::Files) -> Kept<crash::Moment> {
        let after = crash::Files::read(self.place.folder())?;
        let (files, moment) = crash::between(before, after, self.chance.random());
        self.tally.crashes.push(moment);
        crash::restart(&mut self.place, &files)?;
        Ok(moment)
    }
}

impl Outgoing {
    /// The message.
    pub fn into_sent(self) -> Sent {
        self.sent
    }
}

/// What a reading is of. One code may stand for two units.
fn analyte(device: &Device, reading: &Reading) -> Option<Analyte> {
    let is = |c: &&Channel| (c.code, c.unit) == (reading.code, reading.unit);
    device.channels.iter().find(is).map(|channel| channel.analyte)
}

/// A time as `jiff` has it.
pub fn instant(at: Timestamp) -> Instant {
    Instant::from_microsecond(at.micros()).unwrap_or_default()
}

/// The laboratory's zone.
///
/// # Errors
/// If this machine does not know it.
pub fn zone() -> Kept<TimeZone> {
    TimeZone::get(ZONE).map_err(|e| Broken(e.to_string()))
}

/// What the analyzers' clocks show.
fn local(at: Timestamp) -> Kept<jiff::civil::DateTime> {
    Ok(instant(at).to_zoned(zone()?).datetime())
}

fn day_before(at: Timestamp) -> Kept<Timestamp> {
    let before = instant(at).to_zoned(zone()?).checked_sub(1.day()).map_err(|e| Broken(e.to_string()))?;
    Ok(Timestamp::from_micros(before.timestamp().as_microsecond()))
}

/// The message without the times in its results; that in its header stays.
fn without_times(text: &str, time: &str) -> String {
    let records = text.split('\r').map(|r| if r.starts_with("R|") { r.replace(time, "") } else { r.to_owned() });
    records.collect::<Vec<_>>().join("\r")
}

/// The text that a host hears of a message on a bad line: stray bytes before it and in it, one frame damaged, and sent again.
fn through_frames(text: &[u8]) -> Option<Vec<u8>> {
    let mut session = Session::new(Options::default());
    let now = Duration::from_secs(1);
    session.receive(now, b"\x00stray\x05");
    let records: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\r').collect();
    for (number, record) in (1_u8..).zip(records) {
        let mut frame = Vec::new();
        write_frame(&mut frame, number, record, false);
        // The last byte of a frame's text is changed, so that its checksum is wrong.
        let mut damaged = frame.clone();
        damaged[2] ^= 1;
        if number == 2 {
            session.receive(now, &damaged);
        }
        session.receive(now, &frame);
        if number == 1 {
            session.receive(now, b"??");
        }
    }
    std::iter::from_fn(|| session.poll()).find_map(|output| match output {
        Output::Message(received) => Some(received.text),
        _ => None,
    })
}

/// Which tubes a message may be about.
pub fn about(truth: &Truth, sent: &Sent) -> Option<usize> {
    truth.tube(&sent.barcode)
}
