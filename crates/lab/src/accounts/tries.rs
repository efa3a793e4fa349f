//! Wrong passwords are counted, and whoever gives many of them has to wait. Each counter delays only those whom it counts: a stranger who
//! tries an account's name delays neither its person's own devices, nor an open session.
//!
//! A sign-in is counted by the address that it comes from and by the name that is tried, whether or not an account has the name, so
//! that nobody learns which names there are. A device that has signed in to the account before is counted by itself instead.

use titer_store::{Changes, Read, Sha256, StoreError, Timestamp, sql, values};

use super::{AccountId, tables::TryRow};
use crate::text;

/// Wrong passwords of one source, one device or one session before it has to wait.
pub const FREE_TRIES: i64 = 10;
/// Wrong passwords for one name before devices that are not known have to wait.
pub const FREE_TRIES_OF_NAME: i64 = 20;
/// The longest wait of a source, in seconds: others may share its address.
pub const SOURCE_WAIT_SECONDS_MAX: i64 = 60;
/// The longest wait otherwise, in seconds. So one account can be tried about a hundred times a day (NIST SP 800-63B, section 3.2.2).
pub const WAIT_SECONDS_MAX: i64 = 15 * 60;
/// A counter begins anew after so long without a wrong password, in seconds.
pub const FORGOTTEN_SECONDS: i64 = 24 * 3_600;
/// Counters that are forgotten with one try, at most.
const FORGOTTEN_AT_ONCE: i64 = 20;
/// Accounts that one device remembers at most: it is a bench's, which many people share.
pub const ACCOUNTS_OF_DEVICE_MAX: usize = 32;

sql! {
    TRIES: (tries: TryRow) = "FROM sign_in_tries tries WHERE tries.lab = $1 AND tries.counter = $2";
    FORGOTTEN: ("counter": Sha256) = "FROM sign_in_tries WHERE lab = $1 AND last_at < $2 ORDER BY last_at LIMIT $3";
}

/// A browser that has signed in before: a random number, and the accounts that it signed in to, the latest first. The browser keeps it
/// under the house's signature. It opens nothing: it only has its wrong passwords counted by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    number: [u8; 16],
    accounts: Vec<AccountId>,
}

impl Device {
    /// One that has signed in nowhere yet.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub(super) fn new() -> Result<Self, StoreError> {
        let mut number = [0; 16];
        getrandom::fill(&mut number).map_err(|e| StoreError::File(format!("no randomness: {e}")))?;
        Ok(Device { number, accounts: Vec::new() })
    }

    /// From what the browser keeps.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, accounts) = bytes.split_first_chunk::<16>()?;
        let (accounts, rest) = accounts.as_chunks::<8>();
        let fits = rest.is_empty() && accounts.len() <= ACCOUNTS_OF_DEVICE_MAX;
        let accounts = accounts.iter().map(|id| AccountId(i64::from_be_bytes(*id))).collect();
        fits.then_some(Device { number: *number, accounts })
    }

    /// For the browser.
    pub fn to_bytes(&self) -> Vec<u8> {
        let accounts = self.accounts.iter().flat_map(|id| id.0.to_be_bytes());
        self.number.iter().copied().chain(accounts).collect()
    }

    /// The same, after it has signed in to this account.
    pub(super) fn with(mut self, account: AccountId) -> Self {
        self.accounts.retain(|id| *id != account);
        self.accounts.insert(0, account);
        self.accounts.truncate(ACCOUNTS_OF_DEVICE_MAX);
        self
    }

    pub(super) fn knows(&self, account: AccountId) -> bool {
        self.accounts.contains(&account)
    }
}

/// What wrong passwords are counted by.
#[derive(Clone, Debug)]
pub(super) enum Counter {
    /// Where a sign-in comes from.
    Source(String),
    /// The name that is tried, from a device that is not known.
    Name(String),
    /// A device that has signed in to this account before.
    Device(Device, AccountId),
    /// The session in which somebody signs.
    Session(Sha256),
}

impl Counter {
    /// The counters of a sign-in.
    pub(super) fn of_sign_in(
        source: &str,
        username: &str,
        device: Option<&Device>,
        account: Option<AccountId>,
    ) -> Vec<Self> {
        match (device, account) {
            (Some(device), Some(account)) if device.knows(account) => vec![Counter::Device(device.clone(), account)],
            _ => vec![Counter::Source(source.to_owned()), Counter::of_name(username)],
        }
    }

    pub(super) fn of_name(username: &str) -> Self {
        Counter::Name(text::key(username))
    }

    fn key(&self) -> Sha256 {
        match self {
            Counter::Source(source) => Sha256::of(format!("source {source}").as_bytes()),
            Counter::Name(name) => Sha256::of(format!("name {name}").as_bytes()),
            Counter::Device(device, account) => {
                Sha256::of(&[b"device ", &device.number[..], &account.0.to_be_bytes()].concat())
            }
            Counter::Session(token) => Sha256::of(&[b"session ", &token.0[..]].concat()),
        }
    }

    /// How long to wait after so many wrong passwords: twice as long after each, beginning with two seconds.
    fn wait_seconds(&self, failures: i64) -> i64 {
        let (free, longest) = match self {
            Counter::Source(_) => (FREE_TRIES, SOURCE_WAIT_SECONDS_MAX),
            Counter::Name(_) => (FREE_TRIES_OF_NAME, WAIT_SECONDS_MAX),
            Counter::Device(..) | Counter::Session(_) => (FREE_TRIES, WAIT_SECONDS_MAX),
        };
        if failures < free { 0 } else { (2_i64 << (failures - free).min(20)).min(longest) }
    }

    /// What it has counted, if that is not forgotten.
    fn row(&self, read: &mut dyn Read, now: Timestamp) -> Result<Option<TryRow>, StoreError> {
        let row = TRIES.one(read, &values![self.key()])?;
        Ok(row.filter(|row| now < row.last_at.plus_seconds(FORGOTTEN_SECONDS)))
    }
}

/// How many seconds whoever is counted by these has to wait; none if the next password is looked at.
pub(super) fn waiting(read: &mut dyn Read, counters: &[Counter], now: Timestamp) -> Result<Option<i64>, StoreError> {
    let mut longest = None;
    for counter in counters {
        let until = counter.row(read, now)?.and_then(|row| row.wait_until).filter(|until| now < *until);
        longest = longest.max(until);
    }
    Ok(longest.map(|until| (until.micros() - now.micros() + 999_999) / 1_000_000))
}

/// Counts a wrong password; answers whether there is a wait now.
pub(super) fn failed(
    read: &mut dyn Read,
    counters: &[Counter],
    now: Timestamp,
    work: &mut Changes,
) -> Result<bool, StoreError> {
    let mut waits = false;
    for counter in counters {
        let failures = counter.row(read, now)?.map_or(0, |row| row.failures) + 1;
        let wait = counter.wait_seconds(failures);
        let wait_until = (wait > 0).then(|| now.plus_seconds(wait));
        waits |= wait_until.is_some();
        work.put(TryRow { counter: counter.key(), failures, last_at: now, wait_until });
    }
    let counted: Vec<Sha256> = counters.iter().map(Counter::key).collect();
    let forgotten = FORGOTTEN.all(read, &values![now.plus_seconds(-FORGOTTEN_SECONDS), FORGOTTEN_AT_ONCE])?;
    for counter in forgotten.into_iter().filter(|counter| !counted.contains(counter)) {
        work.drop::<TryRow>(counter);
    }
    Ok(waits)
}

/// Begins the counters anew after a right password; not that of the source, which could be begun anew with an account of one's own.
pub(super) fn succeeded(counters: &[Counter], work: &mut Changes) {
    for counter in counters.iter().filter(|counter| !matches!(counter, Counter::Source(_))) {
        work.drop::<TryRow>(counter.key());
    }
}
