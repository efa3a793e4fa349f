//! What only one process does at a time: a row says who, and until when. Whoever holds it renews it; when that process dies, another
//! takes over once the time is up. The clocks of the machines must agree within seconds.

use titer_store::{Changes, Timestamp, sql, tables::LEASES, values};

use crate::{Failure, Laboratory};

/// How long a lease lasts without being renewed, in seconds.
pub const LEASE_SECONDS: i64 = 10;
/// Leases of a laboratory at most: one a link, and the jobs'.
pub const LEASES_MAX: i64 = 600;

sql! {
    ALL = "SELECT name, holder, until FROM leases WHERE lab = $1 AND name > $2 ORDER BY name LIMIT $3";
}

/// Takes or renews leases, all in one submission; answers for each by whom else it is held, if it is.
///
/// # Errors
/// What the database says: none was taken then, and those held before last as long as they did.
pub async fn take(laboratory: &Laboratory, names: Vec<String>, holder: &str) -> Result<Vec<Option<String>>, Failure> {
    let holder = holder.to_owned();
    let take = move |tx: &mut titer_store::Tx<'_>| {
        let standing = standing(tx)?;
        let (now, until) = (tx.at(), tx.at().plus_seconds(LEASE_SECONDS));
        let (mut work, mut answers) = (Changes::new(), Vec::new());
        for name in names {
            let other = standing.iter().find(|(n, other, until)| *n == name && *other != holder && now < *until);
            answers.push(other.map(|(_, other, _)| other.clone()));
            if other.is_none() {
                work.put_values(&LEASES, name.as_str(), values![holder.as_str(), until]);
            }
        }
        tx.work(&work)?;
        Ok(answers)
    };
    laboratory.store().submit(take).await
}

/// Gives leases back, so that another process need not wait.
///
/// # Errors
/// What the database says: they end by themselves then.
pub async fn release(laboratory: &Laboratory, names: Vec<String>, holder: &str) -> Result<(), Failure> {
    let holder = holder.to_owned();
    let release = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        for (name, other, _) in standing(tx)? {
            if other == holder && names.contains(&name) {
                work.drop_key(&LEASES, name.as_str());
            }
        }
        Ok(tx.work(&work)?)
    };
    laboratory.store().submit(release).await
}

fn standing(tx: &mut titer_store::Tx<'_>) -> Result<Vec<(String, String, Timestamp)>, Failure> {
    use titer_store::Read;
    let rows = tx.query(&ALL, &values!["", LEASES_MAX])?;
    rows.iter().map(|r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).collect()
}
