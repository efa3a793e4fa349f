//! A simulated analyzer at its laboratory: it keeps a connection to the host, takes tubes, is told or asks what to measure,
//! measures them one after the other, and sends a message for each until the host has acknowledged it.

mod order;

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use jiff::{Span, Timestamp, civil::DateTime, tz::TimeZone};
use tokio::{
    net::TcpListener,
    select,
    sync::{broadcast, mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

pub use crate::line::Undelivered;
use crate::{
    chance::{Purpose, dice},
    devices::{CONTROL_LEVELS, Device, Material, Report},
    fault::{Fault, Faults, other_unit},
    line::{Line, Manner},
    physiology::{Analyte, Truth},
};

/// After a connection failed, the analyzer waits so long before the next one, and twice as long each time.
pub const RECONNECT_WAIT_FIRST: Duration = Duration::from_millis(250);
/// It waits no longer than this.
pub const RECONNECT_WAIT_MAX: Duration = Duration::from_secs(15);
/// When told to stop, a transfer that has begun may take so long to end.
pub const STOP_WAIT: Duration = Duration::from_secs(5);
/// How long it waits for the host's answer to a query.
pub const ORDER_WAIT: Duration = Duration::from_secs(20);
/// How often it asks before it gives a tube up.
pub const QUERIES_MAX: u32 = 3;
/// Tubes whose orders it remembers, at most.
pub const WORKLIST_MAX: usize = 10_000;
/// Events kept for a watcher that is slow; it misses the oldest of more.
pub const EVENTS_KEPT: usize = 1_024;

/// What shows the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Where the host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// It listens at `address:port`.
    At(String),
    /// It connects to the analyzer, which listens at `address:port`.
    Calls(String),
}

/// How far a calibration goes off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    /// By this fraction with every hundred tubes.
    pub drift: f64,
    /// At once by this fraction, from tube `shift_from` on, counted from 1.
    pub shift: f64,
    /// See `shift`.
    pub shift_from: u64,
}

impl Calibration {
    /// How far off it is when so many tubes were measured.
    fn bias(&self, tubes: u64) -> f64 {
        let shift = if tubes + 1 >= self.shift_from { self.shift } else { 0.0 };
        self.drift * tubes as f64 / 100.0 + shift
    }
}

/// How an analyzer is set up.
#[derive(Clone)]
pub struct Config {
    /// Its host.
    pub host: Host,
    /// What it is.
    pub device: &'static Device,
    /// The name it sends in its header (H-5).
    pub name: String,
    /// What its clock shows.
    pub clock: Clock,
    /// The zone its clock is set to: it sends local times, without a zone.
    pub zone: TimeZone,
    /// How long it takes to measure a tube.
    pub time_per_tube: Duration,
    /// How often it sends a message that the host does not acknowledge, at least once.
    pub sends_max: u32,
    /// Whether it speaks in frames (LIS01-A2); in bare records otherwise.
    pub framed: bool,
    /// Whether it takes orders that the host sends.
    pub takes_orders: bool,
    /// Whether it asks the host what to measure.
    pub asks: bool,
    /// It measures control material before its first tube and after so many.
    pub controls_every: Option<u64>,
    /// How its calibration goes off.
    pub calibration: Calibration,
    /// What goes wrong.
    pub faults: Faults,
    /// What its imprecision, and what goes wrong, follow from.
    pub seed: u64,
}

impl Config {
    /// A device in good order, which is told what to measure and takes no orders.
    #[must_use]
    pub fn new(device: &'static Device, host: Host) -> Self {
        Self {
            host,
            device,
            name: device.name.to_owned(),
            clock: Arc::new(Timestamp::now),
            zone: TimeZone::system(),
            time_per_tube: Duration::from_secs(1),
            sends_max: 3,
            framed: true,
            takes_orders: false,
            asks: false,
            controls_every: None,
            calibration: Calibration::default(),
            faults: Faults::default(),
            seed: 1,
        }
    }
}

/// A tube in the rack.
#[derive(Clone, Debug)]
pub struct Tube {
    /// The barcode, as the scanner reads it.
    pub barcode: String,
    /// What to measure; what the host has ordered, or else everything, if empty.
    pub tests: Vec<Analyte>,
    /// What is true of the patient.
    pub truth: Truth,
    /// The patient's identifier, where the instrument is told; or empty.
    pub patient: String,
    /// Who works at the instrument, where it is told; or empty.
    pub operator: String,
}

/// What happens at an analyzer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Event {
    /// It is connected to the host.
    Connected,
    /// The connection could not be made, or ended. It tries again by itself.
    Disconnected { reason: String },
    /// It asked the host what to measure.
    Asked { barcode: String },
    /// The host ordered so many tests, asked or unasked.
    Ordered { barcode: String, tests: usize },
    /// The host, asked, says that nothing is ordered: the tube is put aside.
    NotOrdered { barcode: String },
    /// A fault struck a message.
    Struck { barcode: String, fault: Fault },
    /// The host acknowledged the results of a tube; `took` is from asking to send (ENQ) to the last acknowledgement.
    Acknowledged { barcode: String, results: usize, took: Duration },
    /// The host did not acknowledge the results of a tube. They will be sent again.
    Delayed { barcode: String, reason: String },
    /// A tube was given up.
    Failed { barcode: String, reason: String },
}

/// What is measured next.
struct Job {
    tube: Tube,
    material: Material,
    codes: Vec<String>,
}

/// The tube in hand.
enum Stage {
    Empty,
    Asking { tube: Box<Tube>, queries: u32, until: Option<Instant> },
    Measuring { job: Box<Job>, until: Instant },
    Sending(Outgoing),
}

/// A message that is to be acknowledged.
struct Outgoing {
    barcode: String,
    text: Vec<u8>,
    results: usize,
    number: u64,
    sends: u32,
    /// To be sent once more when it was acknowledged.
    twice: bool,
}

/// An analyzer.
pub struct Analyzer {
    config: Config,
    events: broadcast::Sender<Event>,
    stage: Stage,
    /// What the host has ordered for tubes that are still to come.
    worklist: HashMap<String, Vec<String>>,
    /// Messages written so far.
    written: u64,
    /// Patients' tubes measured so far.
    tubes: u64,
    /// The control to measure next, and after how many tubes.
    control: (u8, u64),
    /// Where it listens, once it does.
    listener: Option<TcpListener>,
}

impl Analyzer {
    /// An analyzer that is switched off.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            events: broadcast::Sender::new(EVENTS_KEPT),
            stage: Stage::Empty,
            worklist: HashMap::new(),
            written: 0,
            tubes: 0,
            control: (1, 0),
            listener: None,
        }
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Works until there are no more tubes (their channel is closed and the last was acknowledged or given up), or
    /// until `stop` turns true or its sender is gone: a transfer that has begun may then end, within [`STOP_WAIT`].
    ///
    /// It may be stopped or dropped at any time and run again: the tube in hand stays in hand, and its message is sent
    /// again as it was, with the same time of completion.
    pub async fn run(&mut self, tubes: &mut mpsc::Receiver<Tube>, mut stop: watch::Receiver<bool>) {
        let mut wait = RECONNECT_WAIT_FIRST;
        while !self.has_finished(tubes) {
            let connected = select! {
                connected = self.connect() => connected,
                () = stopped(&mut stop) => return,
            };
            let ended = match connected {
                Ok(line) => self.serve(line, tubes, &mut stop, &mut wait).await,
                Err(e) => Err(e),
            };
            let Err(e) = ended else { return };
            self.tell(Event::Disconnected { reason: e.to_string() });
            select! {
                () = sleep(wait) => wait = (wait * 2).min(RECONNECT_WAIT_MAX),
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn connect(&mut self) -> io::Result<Line> {
        let Config { device, framed, takes_orders, asks, .. } = &self.config;
        let manner = Manner {
            framing: framed.then_some(device.framing),
            send_text_max: device.send_text_max,
            listens: device.orders.is_some() && (*takes_orders || *asks),
        };
        match &self.config.host {
            Host::At(address) => Line::connect(address, manner).await,
            Host::Calls(address) => {
                let listener = match self.listener.take() {
                    Some(listener) => listener,
                    None => TcpListener::bind(address).await?,
                };
                let listener = self.listener.insert(listener);
                let (socket, _) = listener.accept().await?;
                Line::on(socket, manner)
            }
        }
    }

    /// Works on one connection until it fails, or there is nothing more to do.
    async fn serve(
        &mut self,
        mut line: Line,
        tubes: &mut mpsc::Receiver<Tube>,
        stop: &mut watch::Receiver<bool>,
        wait: &mut Duration,
    ) -> io::Result<()> {
        self.tell(Event::Connected);
        if let Stage::Asking { until, .. } = &mut self.stage {
            // Nobody answers on this connection what was asked on the one before.
            *until = None;
        }
        loop {
            match &self.stage {
                Stage::Empty if self.control_is_due() => self.take_control(),
                Stage::Empty => {
                    let tube = select! {
                        biased;
                        () = stopped(stop) => None,
                        heard = line.hear() => { self.heed(&heard?); continue }
                        tube = tubes.recv() => tube,
                    };
                    let Some(tube) = tube else { return line.close().await };
                    self.take(tube);
                }
                Stage::Asking { until: None, .. } => {
                    if self.ask(&mut line, stop).await? {
                        return Ok(());
                    }
                }
                Stage::Asking { until: Some(until), .. } => {
                    let until = *until;
                    select! {
                        biased;
                        () = stopped(stop) => return line.close().await,
                        heard = line.hear() => self.heed(&heard?),
                        () = sleep_until(until) => self.unanswered("the host did not answer the query"),
                    }
                }
                Stage::Measuring { until, .. } => {
                    let until = *until;
                    select! {
                        biased;
                        () = stopped(stop) => return line.close().await,
                        () = sleep_until(until) => self.report(),
                        heard = line.hear() => self.heed(&heard?),
                    }
                }
                Stage::Sending(outgoing) => {
                    let faults = self.config.faults.on_line(self.config.seed, outgoing.number, outgoing.sends);
                    for fault in &faults {
                        self.tell(Event::Struck { barcode: outgoing.barcode.clone(), fault: *fault });
                    }
                    line.suffer(faults);
                    let delivered = select! {
                        delivered = line.deliver(&outgoing.text) => delivered,
                        () = async { stopped(stop).await; sleep(STOP_WAIT).await } => return Ok(()),
                    };
                    line.suffer(Vec::new());
                    match delivered {
                        Ok(delivery) => {
                            *wait = RECONNECT_WAIT_FIRST;
                            self.acknowledged(delivery.acked_at - delivery.enquired_at);
                        }
                        Err(e) => {
                            self.refused(&e);
                            if let Undelivered::Connection(e) = e {
                                return Err(e);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Takes a tube: asks what to measure, or knows.
    fn take(&mut self, tube: Tube) {
        if self.config.asks && self.config.device.orders.is_some() {
            self.stage = Stage::Asking { tube: Box::new(tube), queries: 0, until: None };
            return;
        }
        let mut codes = self.worklist.remove(&tube.barcode).unwrap_or_default();
        let told = tube.tests.iter().filter_map(|test| self.config.device.channel(*test)).map(|channel| channel.code);
        codes.extend(told.map(str::to_owned));
        self.measure(Job { tube, material: Material::Patient, codes });
    }

    fn measure(&mut self, job: Job) {
        self.stage = Stage::Measuring { job: Box::new(job), until: Instant::now() + self.config.time_per_tube };
    }

    fn control_is_due(&self) -> bool {
        self.config.controls_every.is_some() && self.control.1 <= self.tubes
    }

    /// Takes control material of the level whose turn it is.
    fn take_control(&mut self) {
        let (level, due) = self.control;
        let every = self.config.controls_every.unwrap_or_default().max(1);
        self.control = if level < CONTROL_LEVELS { (level + 1, due) } else { (1, self.tubes + every) };
        let tube = Tube {
            barcode: self.config.device.control(level),
            tests: Vec::new(),
            truth: Truth::default(),
            patient: String::new(),
            operator: String::new(),
        };
        self.measure(Job { tube, material: Material::Control(level), codes: Vec::new() });
    }

    /// Sends the query for the tube in hand. Answers whether it is to stop.
    async fn ask(&mut self, line: &mut Line, stop: &mut watch::Receiver<bool>) -> io::Result<bool> {
        let now = self.now();
        let Stage::Asking { tube, queries, .. } = &mut self.stage else { return Ok(false) };
        *queries += 1;
        let question = self.config.device.question(&self.config.name, &tube.barcode, now);
        let Some(question) = question else { return Ok(false) };
        let delivered = select! {
            delivered = line.deliver(&question) => delivered,
            () = async { stopped(stop).await; sleep(STOP_WAIT).await } => return Ok(true),
        };
        match delivered {
            Ok(_) => {
                let Stage::Asking { tube, until, .. } = &mut self.stage else { return Ok(false) };
                *until = Some(Instant::now() + ORDER_WAIT);
                let barcode = tube.barcode.clone();
                self.tell(Event::Asked { barcode });
                // The EOT ends the transfer: only then may the host answer.
                line.flush().await?;
                Ok(false)
            }
            Err(Undelivered::Connection(e)) => Err(e),
            Err(e) => {
                self.unanswered(&e.to_string());
                Ok(false)
            }
        }
    }

    /// A query was not answered, or not taken: it is asked again, or the tube given up.
    fn unanswered(&mut self, reason: &str) {
        let Stage::Asking { tube, queries, until } = &mut self.stage else { return };
        let barcode = tube.barcode.clone();
        *until = None;
        let event = if *queries >= QUERIES_MAX {
            self.stage = Stage::Empty;
            Event::Failed { barcode, reason: reason.to_owned() }
        } else {
            Event::Delayed { barcode, reason: reason.to_owned() }
        };
        self.tell(event);
    }

    /// Heeds what the host says: orders go to the worklist; what was asked for is measured.
    fn heed(&mut self, text: &[u8]) {
        let Some(places) = self.config.device.orders else { return };
        let said = order::read(text, places);
        let asked = match &self.stage {
            Stage::Asking { tube, until: Some(_), .. } => Some(tube.barcode.clone()),
            _ => None,
        };
        let mut nothing = said.nothing;
        for order in said.orders {
            match order.action {
                order::Action::Nothing => nothing |= Some(&order.barcode) == asked.as_ref(),
                order::Action::Cancel => self.cancel(&order),
                order::Action::Measure => self.add(order),
            }
        }
        let Some(barcode) = asked else { return };
        let codes = self.worklist.remove(&barcode);
        let known = codes.map(|codes| codes.into_iter().filter(|code| self.config.device.measures(code)).collect());
        match known {
            Some(codes) if !Vec::is_empty(&codes) => {
                if let Stage::Asking { tube, .. } = std::mem::replace(&mut self.stage, Stage::Empty) {
                    self.measure(Job { tube: *tube, material: Material::Patient, codes });
                }
            }
            // Ordered, but nothing that this device can measure.
            Some(_) => self.put_aside(barcode),
            None if nothing => self.put_aside(barcode),
            None => {}
        }
    }

    fn put_aside(&mut self, barcode: String) {
        self.stage = Stage::Empty;
        self.tell(Event::NotOrdered { barcode });
    }

    fn add(&mut self, order: order::Order) {
        if self.worklist.len() >= WORKLIST_MAX && !self.worklist.contains_key(&order.barcode) {
            return;
        }
        self.tell(Event::Ordered { barcode: order.barcode.clone(), tests: order.codes.len() });
        let codes = self.worklist.entry(order.barcode).or_default();
        for code in order.codes {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }

    fn cancel(&mut self, order: &order::Order) {
        if let Some(codes) = self.worklist.get_mut(&order.barcode) {
            codes.retain(|code| !order.codes.contains(code));
            if codes.is_empty() {
                self.worklist.remove(&order.barcode);
            }
        }
    }

    /// The tube in hand was measured: its message is written.
    fn report(&mut self) {
        let Stage::Measuring { job, .. } = std::mem::replace(&mut self.stage, Stage::Empty) else { return };
        let Job { tube, material, codes } = *job;
        let Config { device, seed, calibration, .. } = &self.config;
        let number = self.written;
        let mut dice = dice(*seed, Purpose::Measurement, number);
        let bias = calibration.bias(self.tubes);
        let mut readings = match material {
            Material::Patient => device.measure(&tube.truth, &codes, bias, &mut dice),
            Material::Control(level) => device.measure_control(level, bias, &mut dice),
        };
        let mut completed = self.now();
        let mut barcode = tube.barcode;
        let struck = self.config.faults.in_message(*seed, number);
        for fault in &struck {
            self.tell(Event::Struck { barcode: barcode.clone(), fault: *fault });
            match fault {
                Fault::WrongUnit => readings.iter_mut().for_each(|reading| reading.unit = other_unit(reading.unit)),
                Fault::UnknownBarcode => barcode = format!("NOREAD{number:06}"),
                Fault::WrongDay => completed = completed.saturating_sub(Span::new().days(1)),
                _ => {}
            }
        }
        let text = device.message(&Report {
            instrument: &self.config.name,
            barcode: &barcode,
            material,
            patient: &tube.patient,
            operator: &tube.operator,
            readings: &readings,
            completed,
            number,
        });
        self.written += 1;
        self.tubes += u64::from(material == Material::Patient);
        let twice = struck.contains(&Fault::Duplicate);
        self.stage = Stage::Sending(Outgoing { barcode, text, results: readings.len(), number, sends: 0, twice });
    }

    fn acknowledged(&mut self, took: Duration) {
        let Stage::Sending(mut outgoing) = std::mem::replace(&mut self.stage, Stage::Empty) else { return };
        self.tell(Event::Acknowledged { barcode: outgoing.barcode.clone(), results: outgoing.results, took });
        if std::mem::take(&mut outgoing.twice) {
            outgoing.sends += 1;
            self.stage = Stage::Sending(outgoing);
        }
    }

    /// The message in hand was not acknowledged: it is kept to be sent again, or given up.
    fn refused(&mut self, why: &Undelivered) {
        let Stage::Sending(outgoing) = &mut self.stage else { return };
        outgoing.sends += 1;
        let (barcode, reason) = (outgoing.barcode.clone(), why.to_string());
        let hopeless = matches!(why, Undelivered::Unsendable(_));
        if hopeless || outgoing.sends >= self.config.sends_max {
            self.stage = Stage::Empty;
            self.tell(Event::Failed { barcode, reason });
        } else {
            self.tell(Event::Delayed { barcode, reason });
        }
    }

    /// What its clock shows.
    fn now(&self) -> DateTime {
        (self.config.clock)().to_zoned(self.config.zone.clone()).datetime()
    }

    fn has_finished(&self, tubes: &mpsc::Receiver<Tube>) -> bool {
        matches!(self.stage, Stage::Empty) && tubes.is_closed() && tubes.is_empty()
    }

    fn tell(&self, event: Event) {
        // Nobody needs to be watching.
        self.events.send(event).ok();
    }
}

/// Waits until told to stop. A stop that nobody can give any more counts as given.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    stop.wait_for(|stop| *stop).await.ok();
}
