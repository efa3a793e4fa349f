//! The order of a day: half hours from six in the morning to ten in the evening, and what happens in each.

use std::time::{Duration, Instant};

use jiff::{ToSpan, civil::Date};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;
use titer_lab::Timestamp;

use crate::{
    Broken, Kept,
    bench::{Outgoing, zone},
    crash::Moment,
    fault::Fault,
    holds,
    invariants::evening,
    laboratory::Place,
    staff::Display,
    truth::{Excursion, Truth},
};

/// The first day: the clocks are put a week later.
const FIRST: Date = jiff::civil::date(2027, 3, 22);
/// Half hours of a day.
const ROUNDS: usize = 32;
/// Half hours in which orders are placed.
const ORDERING: usize = 26;
/// Orders of a day.
const ORDERS: usize = 165;
/// What a day is to have at least.
const SPECIMENS_MIN: usize = 300;
const RESULTS_MIN: usize = 2_000;
const CONTROLS_MIN: usize = 20;

/// What happened on a day.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Tubes.
    pub specimens: usize,
    /// Messages that were delivered.
    pub messages: usize,
    /// Results that were signed.
    pub signed: usize,
    /// Measured results that were filed when their message came.
    pub results: usize,
    /// Levels of control material that were measured on an instrument.
    pub controls: usize,
    /// Results that had changed since they were shown to whoever signed.
    pub stale: usize,
    /// When the program ended.
    pub crashes: Vec<Moment>,
    /// How long the day took.
    pub lived: Duration,
    /// How long it took to look at the invariants.
    pub looked: Duration,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tally { specimens, messages, results, controls, signed, stale, crashes, lived, looked } = self;
        write!(f, "{specimens} specimens, {messages} messages, {results} results, {controls} levels of control, ")?;
        write!(f, "{signed} signed, {stale} changed on the screen, ended {crashes:?}; {lived:.1?} and {looked:.1?}")
    }
}

/// Days of a laboratory.
pub struct Days {
    /// The seed.
    pub seed: u64,
    /// The laboratory.
    pub place: Place,
    /// What is true.
    pub truth: Truth,
    /// Today's figures.
    pub tally: Tally,
    pub(crate) chance: ChaCha8Rng,
    /// When the first day began: what ails patients began before.
    pub(crate) began: Timestamp,
    /// Tubes that are expected.
    pub(crate) expected: Vec<usize>,
    /// Tubes that are to be measured.
    pub(crate) rack: Vec<usize>,
    /// Faults of today that are still to come.
    pub(crate) faults: Vec<Fault>,
    /// Messages that come later.
    pub(crate) late: Vec<Outgoing>,
    /// Tubes that are measured again, and where.
    pub(crate) reruns: Vec<(usize, usize)>,
    /// What somebody has on the screen.
    pub(crate) display: Option<Display>,
    /// Messages written so far.
    pub(crate) written: u64,
    /// The message of the day at which the program ends.
    pub(crate) crash_at: usize,
    /// Whether the program ends at the next signature.
    pub(crate) ends_in_review: bool,
    day: usize,
    /// Where the files are, until the days are over.
    folder: TempDir,
}

impl Days {
    /// A laboratory at the evening before its first day, with its files in a folder of its own.
    ///
    /// # Errors
    /// If it cannot be set up.
    pub async fn begin(seed: u64, folder: TempDir) -> Kept<Self> {
        let place = Place::set_up(folder.path().to_owned(), seed).await?;
        Ok(Days {
            seed,
            place,
            truth: Truth::default(),
            tally: Tally::default(),
            chance: ChaCha8Rng::seed_from_u64(seed),
            began: morning(0)?,
            expected: Vec::new(),
            rack: Vec::new(),
            faults: Vec::new(),
            late: Vec::new(),
            reruns: Vec::new(),
            display: None,
            written: 0,
            crash_at: 0,
            ends_in_review: false,
            day: 0,
            folder,
        })
    }

    /// One day, and the look at it in the evening.
    ///
    /// # Errors
    /// If something is not as it must be.
    pub async fn live(&mut self) -> Kept<Tally> {
        let began = Instant::now();
        self.tally = Tally::default();
        let day = morning(self.day)?;
        self.day += 1;
        self.place.until(day);
        self.crash_at = self.chance.random_range(20..300);
        self.plan(day);
        for round in 0..ROUNDS {
            self.place.until(day.plus_seconds(round as i64 * 1_800));
            self.round(round).await?;
        }
        self.work().await?;
        self.tally.lived = began.elapsed();
        let began = Instant::now();
        evening::look(self).await?;
        self.tally.looked = began.elapsed();
        self.is_a_day()?;
        Ok(self.tally.clone())
    }

    /// What is to go wrong today, and where a calibration is off.
    fn plan(&mut self, day: Timestamp) {
        self.faults.extend(Fault::ALL);
        // What kills must never be missed: several a day.
        self.faults.extend([Fault::Critical; 6]);
        self.faults.shuffle(&mut self.chance);
        for _ in 0..self.chance.random_range(0..3) {
            let from = day.plus_seconds(self.chance.random_range(0..8 * 3_600));
            let until = from.plus_seconds(self.chance.random_range(3_600..6 * 3_600));
            let sign = if self.chance.random_bool(0.5) { 1.0 } else { -1.0 };
            let bias = sign * self.chance.random_range(0.1..0.4);
            let bench = self.chance.random_range(0..self.place.benches.len());
            self.truth.excursions.push(Excursion { bench, from, until, bias, noted: None });
        }
    }

    async fn round(&mut self, round: usize) -> Kept {
        if round == 0 {
            let all: Vec<usize> = (0..self.place.benches.len()).collect();
            self.measure_controls(&all).await?;
        } else if round.is_multiple_of(6) {
            let some = (0..self.place.benches.len()).filter(|_| self.chance.random_bool(0.3)).collect::<Vec<_>>();
            self.measure_controls(&some).await?;
        }
        if round < ORDERING {
            for _ in 0..ORDERS.div_ceil(ORDERING) {
                self.place.pass(5);
                self.order().await?;
            }
        }
        self.too_early(round).await?;
        self.receive().await?;
        self.measure_rack().await?;
        self.what_comes_late(round).await?;
        match round % 4 {
            1 => self.look().await?,
            2 => {
                self.measure_what_is_shown().await?;
                self.correct_a_patient().await?;
                self.sign_in_haste().await?;
                self.repeat_an_input().await?;
            }
            3 => self.sign_what_was_shown().await?,
            _ => {}
        }
        if self.display.is_none() && round > 2 {
            self.review(3).await?;
        }
        if round.is_multiple_of(8) {
            self.look_at_held().await?;
            self.decide().await?;
        }
        match round {
            5 => self.draft().await?,
            8 => self.take_out_of_use().await?,
            9 => self.sign_without_right().await?,
            12 => self.ends_in_review = true,
            16 => self.return_to_use().await?,
            24 => self.calibrate().await?,
            31 => self.review(40).await?,
            _ => {}
        }
        self.work().await
    }

    /// A tube is measured before it was received, and one after it was rejected.
    async fn too_early(&mut self, round: usize) -> Kept {
        if round.is_multiple_of(8)
            && let Some(tube) = self.expected.last().copied()
        {
            for bench in self.benches_of(tube) {
                self.measure(bench, tube, Some(Fault::NotReceived)).await?;
            }
        }
        if round.is_multiple_of(8) && self.expected.len() > 2 {
            let tube = self.expected.remove(0);
            self.reject(tube).await?;
            for bench in self.benches_of(tube) {
                self.measure(bench, tube, Some(Fault::Rejected)).await?;
            }
        }
        Ok(())
    }

    async fn what_comes_late(&mut self, round: usize) -> Kept {
        let now = self.place.now();
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.late).into_iter().partition(|m| m.due <= now || round + 1 == ROUNDS);
        self.late = later;
        for message in due {
            self.deliver(message.into_sent()).await?;
        }
        if round.is_multiple_of(5) {
            for (bench, tube) in std::mem::take(&mut self.reruns) {
                self.place.pass(3);
                self.measure(bench, tube, None).await?;
            }
        }
        Ok(())
    }

    /// A day on which too little happens proves nothing.
    fn is_a_day(&self) -> Kept {
        let Tally { specimens, results, controls, .. } = self.tally;
        let enough = specimens >= SPECIMENS_MIN && results >= RESULTS_MIN && controls >= CONTROLS_MIN;
        holds(enough, || format!("too quiet a day: {:?}", self.tally))?;
        let missing = Fault::ALL.iter().find(|fault| !self.truth.faults.contains_key(fault));
        holds(self.day < 10 || missing.is_none(), || format!("in ten days never: {missing:?}"))
    }

    /// The folder of its files.
    pub fn folder(&self) -> &TempDir {
        &self.folder
    }
}

/// Six o'clock of a day, counted from 0.
fn morning(day: usize) -> Kept<Timestamp> {
    let said = |e: jiff::Error| Broken(e.to_string());
    let date = FIRST.checked_add((day as i64).days()).map_err(said)?;
    let at = date.at(6, 0, 0, 0).to_zoned(zone()?).map_err(said)?;
    Ok(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

/// The command that shows a failure again.
pub fn again(seed: u64, days: usize) -> String {
    format!("cargo run -p titer-days -- --seed {seed} --days {days}")
}

/// Lives so many days from a seed. `seen` hears of each.
///
/// # Errors
/// What is not as it must be, with seed, day and the command that shows it again.
pub fn live(seed: u64, days: usize, folder: TempDir, mut seen: impl FnMut(usize, &Tally)) -> Result<Truth, String> {
    let mut today = 0;
    let run = async {
        let mut life = Days::begin(seed, folder).await?;
        for day in 1..=days {
            today = day;
            seen(day, &life.live().await?);
        }
        Ok::<_, Broken>(std::mem::take(&mut life.truth))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let lived = runtime.map_err(Broken::from).and_then(|runtime| runtime.block_on(run));
    lived.map_err(|e| format!("seed {seed}, day {today}: {e}\n    {}", again(seed, today.max(1))))
}

/// A folder in memory, where this machine has such a place: what a power cut takes, other tests show.
///
/// # Errors
/// If none can be made.
pub fn quick_folder() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Lives days from several seeds, on as many threads as there are processors. Answers what is not as it must be.
pub fn live_all(seeds: &[u64], days: usize, seen: impl Fn(u64, usize, &Tally) + Sync) -> Vec<String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(seeds.len());
    let next = std::sync::atomic::AtomicUsize::new(0);
    let one = |seed: u64| {
        let folder = quick_folder().map_err(|e| e.to_string())?;
        live(seed, days, folder, |day, tally| seen(seed, day, tally)).map(|_| ())
    };
    let work = || {
        let seeds = std::iter::from_fn(|| seeds.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
        seeds.filter_map(|seed| one(*seed).err()).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = working.into_iter().map(|w| w.join().unwrap_or_else(|_| vec!["a thread panicked".to_owned()]));
        ended.flatten().collect()
    })
}
