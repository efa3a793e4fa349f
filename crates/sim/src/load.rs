//! Load: many analyzers at once, each sending messages of ten results as fast as they are acknowledged or at a steady rate,
//! with a real session each (ENQ, frames and their acknowledgements, EOT). What a benchmark of ingest drives.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hdrhistogram::Histogram;
use jiff::civil::{Date, DateTime};
use thiserror::Error;
use titer_wire::astm::Framing;
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use crate::{
    chance::{Purpose, dice},
    devices::{Report, chemistry},
    line::{Delivery, Line, Manner, Undelivered},
    people::People,
    physiology::Body,
};

/// Connections at most.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Results in a message.
pub const RESULTS_PER_MESSAGE: usize = 10;
/// Latencies are told apart up to so many microseconds (ten minutes); longer ones count as this.
const LATENCY_MAX_US: u64 = 600_000_000;
/// Figures that a latency keeps.
const LATENCY_FIGURES: u8 = 3;
/// Text in a frame, in bytes (LIS01-A2 §8.3.1 allows 64,000): a message goes in one.
const SEND_TEXT_MAX: usize = 64_000;
const MANNER: Manner = Manner { framing: Some(Framing::Packed), send_text_max: SEND_TEXT_MAX, listens: false };

/// What to send, and how.
#[derive(Clone, Debug)]
pub struct Load {
    /// The host's addresses (`address:port`), one a link; connections go to them in turn.
    pub addresses: Vec<String>,
    /// Connections that send at the same time.
    pub connections: usize,
    /// One message goes out for each: a specimen's barcode.
    pub barcodes: Vec<String>,
    /// Messages a second over all connections; none for as fast as they are acknowledged.
    pub messages_per_s: Option<f64>,
    /// When the measurements were completed, by the instruments' clocks.
    pub completed: DateTime,
    /// What the values follow from.
    pub seed: u64,
    /// Counts messages as they are acknowledged, for whoever shows progress.
    pub progress: Arc<AtomicUsize>,
}

/// Why no load was sent.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Too few or too many connections.
    #[error("{0} connections asked for; give 1 to {CONNECTIONS_MAX}")]
    Connections(usize),
    /// No address is given.
    #[error("there is no address to connect to")]
    Addresses,
    /// The rate is no rate.
    #[error("a rate of {0} messages a second cannot be kept; give one above 0")]
    Rate(f64),
    /// A connection was not made.
    #[error("connection {number} to {address} failed: {source}")]
    Connect {
        /// Where to.
        address: String,
        /// Counted from 1.
        number: usize,
        /// Why.
        source: io::Error,
    },
    /// A sender ended badly.
    #[error("a sender ended badly: {0}")]
    Sender(#[from] JoinError),
}

/// How long something took, over many messages.
#[derive(Clone, Debug)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        // The bounds are constants that the histogram takes: low above 0, high at least twice that, up to 5 figures.
        Self(Histogram::new_with_bounds(1, LATENCY_MAX_US, LATENCY_FIGURES).expect("constant bounds"))
    }
}

impl Latency {
    /// So long it took at most in this share of cases, from 0 to 1: 0.5 for the median.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        Duration::from_micros(self.0.value_at_quantile(share))
    }

    /// So long it took at most.
    #[must_use]
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.0.max())
    }

    /// How many were measured.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(LATENCY_MAX_US));
    }

    fn merge(&mut self, other: &Self) {
        // Both have the same bounds, so nothing is out of range.
        self.0.add(&other.0).expect("the same bounds");
    }
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Messages acknowledged.
    pub acknowledged: usize,
    /// Messages that the host refused, or that were under way when a connection ended.
    pub failed: usize,
    /// Messages not begun, because every connection had ended.
    pub unsent: usize,
    /// Why the first one failed.
    pub first_failure: Option<String>,
    /// From the first message to the last answer, connections made before.
    pub elapsed: Duration,
    /// From the first byte of a message's last frame to its acknowledgement.
    pub last_frame: Latency,
    /// From ENQ to the last acknowledgement of a message.
    pub message: Latency,
    /// How far behind its time a message began at most, at a steady rate: much of it means that the rate was not kept.
    pub behind_max: Duration,
}

impl Outcome {
    /// Results acknowledged.
    #[must_use]
    pub fn results(&self) -> usize {
        self.acknowledged * RESULTS_PER_MESSAGE
    }

    /// Results acknowledged a second.
    #[must_use]
    pub fn results_per_s(&self) -> f64 {
        self.results() as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    fn note(&mut self, delivery: &Delivery) {
        self.acknowledged += 1;
        self.last_frame.record(delivery.acked_at - delivery.last_frame_at);
        self.message.record(delivery.acked_at - delivery.enquired_at);
    }

    fn fail(&mut self, why: &Undelivered) {
        self.failed += 1;
        self.first_failure.get_or_insert_with(|| why.to_string());
    }

    fn merge(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        self.last_frame.merge(&other.last_frame);
        self.message.merge(&other.message);
        self.behind_max = self.behind_max.max(other.behind_max);
    }
}

impl Load {
    /// Makes the connections, then sends. Dropped, it ends them all.
    ///
    /// # Errors
    /// [`LoadError`], when it could not begin. What fails later is counted in the [`Outcome`].
    pub async fn run(self) -> Result<Outcome, LoadError> {
        if !(1..=CONNECTIONS_MAX).contains(&self.connections) {
            return Err(LoadError::Connections(self.connections));
        }
        if let Some(rate) = self.messages_per_s.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
            return Err(LoadError::Rate(rate));
        }
        if self.addresses.is_empty() {
            return Err(LoadError::Addresses);
        }
        let mut lines = Vec::with_capacity(self.connections);
        for (number, address) in (1..=self.connections).zip(self.addresses.iter().cycle()) {
            let line = Line::connect(address, MANNER).await;
            let refused = |source| LoadError::Connect { address: address.clone(), number, source };
            lines.push(line.map_err(refused)?);
        }

        let work = Arc::new(Work { load: self, next: AtomicUsize::new(0), began: Instant::now() });
        let mut senders: JoinSet<Outcome> = lines.into_iter().map(|line| send(line, work.clone())).collect();
        let mut outcome = Outcome::default();
        while let Some(sent) = senders.join_next().await {
            outcome.merge(sent?);
        }
        outcome.elapsed = work.began.elapsed();
        outcome.unsent = work.load.barcodes.len() - outcome.acknowledged - outcome.failed;
        Ok(outcome)
    }
}

/// What all connections share.
struct Work {
    load: Load,
    /// The next message to send.
    next: AtomicUsize,
    began: Instant,
}

impl Work {
    /// Takes the next message, if one is left.
    fn take(&self) -> Option<usize> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        (number < self.load.barcodes.len()).then_some(number)
    }

    /// When a message is to begin, at a steady rate.
    fn due(&self, number: usize) -> Option<Instant> {
        self.load.messages_per_s.map(|rate| self.began + Duration::from_secs_f64(number as f64 / rate))
    }

    /// The message for one barcode: ten values of an invented patient.
    fn message(&self, number: usize) -> Vec<u8> {
        let (seed, place) = (self.load.seed, number as u64);
        let patient = People::new(seed, Date::from(self.load.completed)).patient(number as u32);
        let now = jiff::tz::TimeZone::UTC.to_timestamp(self.load.completed).unwrap_or_default();
        let truth = Body::draw(seed, &patient, now).truth(now);
        let mut dice = dice(seed, Purpose::Measurement, place);
        let mut readings = chemistry::DEVICE.measure(&truth, &[], 0.0, &mut dice);
        readings.truncate(RESULTS_PER_MESSAGE);
        chemistry::DEVICE.message(&Report::of("LOAD", &self.load.barcodes[number], &readings, self.load.completed))
    }
}

/// Sends on one connection until no message is left or the connection ends.
async fn send(mut line: Line, work: Arc<Work>) -> Outcome {
    let mut outcome = Outcome::default();
    while let Some(number) = work.take() {
        let text = work.message(number);
        match deliver(&mut line, &text, work.due(number), &mut outcome.behind_max).await {
            Ok(delivery) => {
                outcome.note(&delivery);
                work.load.progress.fetch_add(1, Ordering::Relaxed);
            }
            Err(e) => {
                outcome.fail(&e);
                if let Undelivered::Connection(_) = e {
                    return outcome;
                }
            }
        }
    }
    // Every message was answered already, so nothing is lost if the host is gone.
    line.close().await.ok();
    outcome
}

async fn deliver(
    line: &mut Line,
    text: &[u8],
    due: Option<Instant>,
    behind_max: &mut Duration,
) -> Result<Delivery, Undelivered> {
    if let Some(due) = due {
        // The EOT of the message before does not wait for this one.
        line.flush().await?;
        sleep_until(due).await;
        *behind_max = (*behind_max).max(due.elapsed());
    }
    line.deliver(text).await
}
