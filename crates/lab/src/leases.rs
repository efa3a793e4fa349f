//! What only one process does at a time: a row says who, and until when. Whoever holds it renews it; when that process dies, another
//! takes over once the time is up. The clocks of the machines must agree within seconds.

use titer_store::{Changes, sql, tables::LeaseRow, values};

use crate::{Failure, Laboratory};

/// How long a lease lasts without being renewed, in seconds.
pub const LEASE_SECONDS: i64 = 10;
/// Leases of a laboratory at most: one a link, and the jobs'.
pub const LEASES_MAX: i64 = 600;

sql! {
    ALL: (leases: LeaseRow) = "FROM leases WHERE lab = $1 AND name > $2 ORDER BY name LIMIT $3";
}

/// Takes or renews leases, all in one submission; answers for each by whom else it is held, if it is.
///
/// # Errors
/// What the database says: none was taken then, and those held before last as long as they did.
pub async fn take(laboratory: &Laboratory, names: Vec<String>, holder: &str) -> Result<Vec<Option<String>>, Failure> {
    let holder = holder.to_owned();
    let take = move |tx: &mut titer_store::Tx<'_>| {
        let standing = ALL.all(tx, &values!["", LEASES_MAX])?;
        let (now, until) = (tx.at(), tx.at().plus_seconds(LEASE_SECONDS));
        let (mut work, mut answers) = (Changes::new(), Vec::new());
        for name in names {
            let other = standing.iter().find(|l| l.name == name && l.holder != holder && now < l.until);
            answers.push(other.map(|l| l.holder.clone()));
            if other.is_none() {
                work.put(LeaseRow { name, holder: holder.clone(), until });
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
        for lease in ALL.all(tx, &values!["", LEASES_MAX])? {
            if lease.holder == holder && names.contains(&lease.name) {
                work.drop::<LeaseRow>(lease.name);
            }
        }
        Ok(tx.work(&work)?)
    };
    laboratory.store().submit(release).await
}
