//! Password hashes: Argon2id on a bounded pool of its own, never inside the laboratory's lock.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use titer_store::{ColumnType, FromValue, StoreError, Type, Value};
use tokio::sync::Semaphore;

use super::strength;
use crate::{Failure, Refusal, refuse};

/// The shortest password, in characters. There are no rules of composition (NIST SP 800-63B §3.1.1.2): see `strength`.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// A one-time password ends after so long, in seconds: three days, so that one given on a Friday is good on Monday.
pub const ONE_TIME_SECONDS: i64 = 72 * 3_600;
/// Hashes computed at the same time; each takes 19 MiB (the defaults of the `argon2` crate: m = 19,456 KiB, t = 2, p = 1, as
/// OWASP recommends).
pub const HASHES_AT_ONCE: usize = 2;

/// Passwords of one queue that may wait for their turn; one more is refused as busy.
pub const HASHES_WAITING_MAX: usize = 40;

/// Who waits for a password to be checked. Strangers who sign in all at once keep nobody from signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Anybody: whoever signs in.
    Stranger,
    /// Somebody who is signed in.
    Known,
}

/// A password's hash in PHC form, as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

impl Credential {
    /// Hashes a password. Slow by design: about 50 ms.
    ///
    /// # Errors
    /// Refused when it is too short or too long.
    pub fn new(password: &str) -> Result<Self, Failure> {
        fits(password)?;
        match Argon2::default().hash_password(password.as_bytes()) {
            Ok(hash) => Ok(Credential(hash.to_string())),
            Err(_) => refuse("accounts-password-unusable"),
        }
    }

    /// Whether this is the password.
    pub fn matches(&self, password: &str) -> bool {
        PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }
}

/// Refuses a password that is too short or too long.
fn fits(password: &str) -> Result<(), Failure> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(Refusal::new("accounts-password-short").with("limit", PASSWORD_CHARS_MIN).into());
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Refusal::new("accounts-password-long").with("limit", PASSWORD_BYTES_MAX).into());
    }
    Ok(())
}

/// A hash can be tried at leisure by whoever has it: it is never printed.
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl From<Credential> for Value {
    fn from(credential: Credential) -> Self {
        Value::Text(credential.0)
    }
}

impl FromValue for Credential {
    fn from_value(value: Value) -> Option<Self> {
        String::from_value(value).map(Credential)
    }
}

impl ColumnType for Credential {
    const TYPE: Type = Type::Text;
}

/// A password for one sign-in: sixteen letters and digits that are not mistaken for one another, in groups of four.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn one_time_password() -> Result<String, Failure> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::File(format!("no randomness: {e}")))?;
    let groups =
        bytes.chunks(4).map(|g| g.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect::<String>());
    Ok(groups.collect::<Vec<_>>().join("-"))
}

/// The pool: at most [`HASHES_AT_ONCE`] at a time; of each queue [`HASHES_WAITING_MAX`] wait their turn.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
    /// Checked against when there is no such account, so that an answer takes as long.
    nobody: Credential,
}

impl Passwords {
    /// A pool.
    ///
    /// # Errors
    /// Refused when the operating system gives no randomness.
    pub fn new() -> Result<Self, Failure> {
        let nobody = Credential::new("a password that nobody has")?;
        let queue = || Arc::new(Semaphore::new(HASHES_WAITING_MAX));
        Ok(Passwords { turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)), strangers: queue(), known: queue(), nobody })
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// As [`Credential::new`]; [`StoreError::Busy`] when too many wait.
    pub async fn hash(&self, password: String) -> Result<Credential, Failure> {
        self.run(Asks::Known, move || Credential::new(&password)).await?
    }

    /// Hashes a password that a person chooses, unless it is guessed soon by whoever knows what it is `about`: the person's names and
    /// the laboratory's.
    ///
    /// # Errors
    /// As [`Credential::new`], and refused when it is common or made of these names.
    pub async fn choose(&self, password: String, about: Vec<String>) -> Result<Credential, Failure> {
        let chosen = move || {
            fits(&password)?;
            strength::judge(&password, &about)?;
            Credential::new(&password)
        };
        self.run(Asks::Known, chosen).await?
    }

    /// Whether the password is that of the credential; `None` is nobody's, and takes as long.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait.
    pub async fn matches(&self, asks: Asks, credential: Option<Credential>, password: String) -> Result<bool, Failure> {
        let known = credential.is_some();
        let credential = credential.unwrap_or_else(|| self.nobody.clone());
        Ok(known & self.run(asks, move || credential.matches(&password)).await?)
    }

    async fn run<T: Send + 'static>(
        &self,
        asks: Asks,
        f: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let queue = match asks {
            Asks::Stranger => &self.strangers,
            Asks::Known => &self.known,
        };
        let busy = |_| StoreError::Busy("too many passwords wait to be checked".to_owned());
        let waiting = queue.clone().try_acquire_owned().map_err(busy)?;
        // The semaphore is never closed; should it be, nobody signs in.
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        // Whoever asked may be gone before the hash is: the turn lasts as long as the memory that it takes.
        let hashing = move || {
            let _taken = (waiting, turn);
            f()
        };
        tokio::task::spawn_blocking(hashing).await.map_err(|_| StoreError::Panicked)
    }
}
