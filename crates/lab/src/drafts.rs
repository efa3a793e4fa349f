//! Drafts: what somebody sent in a form after their session had ended. A draft is given back to the same account once it has signed in
//! again. Drafts are working state: never evidence, never in the journal. They are sealed at rest, because they may name patients, with
//! a key that the house keeps; and they are erased after a day.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use titer_store::{Changes, Part, Sha256, StoreError, Timestamp, sql, table, values};

use crate::{
    Failure, Laboratory,
    accounts::{AccountId, sessions},
};

/// How long a draft is kept, in seconds.
pub const KEPT_SECONDS: i64 = 24 * 3_600;
/// Drafts of one account at most; the oldest gives way.
pub const OF_ACCOUNT_MAX: i64 = 50;
/// Drafts erased at once.
const ERASED_AT_ONCE_MAX: i64 = 200;

table! {
    /// Drafts, each under the digest of its author, address, page and stamp.
    static DRAFTS = working "drafts";
    /// A draft. `sealed` is a nonce and what only the house's key opens.
    struct DraftRow {
        key id: Sha256,
        author: AccountId,
        kept_at: Timestamp,
        sealed: Vec<u8>,
    }
    index (author, kept_at);
    index (kept_at);
}

/// What this room contributes.
pub const PART: Part = Part { tables: &[&DRAFTS], events: &[] };

sql! {
    BY_ID: (drafts: DraftRow) = "FROM drafts WHERE lab = $1 AND id = $2";
    OF_AUTHOR: ("id": Sha256) = "FROM drafts WHERE lab = $1 AND author = $2 ORDER BY kept_at LIMIT $3";
    OVERDUE: ("id": Sha256) = "FROM drafts WHERE lab = $1 AND kept_at < $2 ORDER BY kept_at LIMIT $3";
}

/// A form that was sent too late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Where the form was sent to.
    pub address: String,
    /// The page that it stood on.
    pub page: String,
    /// What tells the form from every other one that was shown: of two tabs with the same page, each has its own. Empty if the form
    /// carried none.
    #[serde(default)]
    pub stamp: String,
    /// What was typed and chosen, by field, in the order of the form.
    pub fields: Vec<(String, String)>,
}

impl Draft {
    fn id(&self, author: AccountId) -> Sha256 {
        Sha256::of(format!("{author}\n{}\n{}\n{}", self.address, self.page, self.stamp).as_bytes())
    }
}

/// What the name of a draft leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A draft of whoever asks.
    Mine(Draft),
    /// A draft of this account, which alone is shown it.
    OfAnother(AccountId),
    /// No draft any more: the form was sent after all, or a day is over.
    Gone,
}

/// Seals and opens drafts.
pub struct Drafts {
    key: LessSafeKey,
}

impl Drafts {
    /// With the house's key for drafts.
    ///
    /// # Errors
    /// When the house does not answer.
    pub async fn open(house: &Laboratory) -> Result<Self, Failure> {
        let key = sessions::secret(house, "drafts").await?;
        // The cipher takes keys of 32 bytes, which this is.
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).unwrap_or_else(|_| unreachable!());
        Ok(Drafts { key: LessSafeKey::new(key) })
    }

    /// Keeps a draft of this account; answers its name. A draft of the same form gives way.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub async fn keep(&self, lab: &Laboratory, author: AccountId, draft: &Draft) -> Result<Sha256, Failure> {
        let (id, sealed) = (draft.id(author), self.seal(author, draft)?);
        let keep = move |tx: &mut titer_store::Tx<'_>| {
            let mut work = Changes::new();
            let mine = OF_AUTHOR.all(tx, &values![author, OF_ACCOUNT_MAX])?;
            if mine.len() as i64 == OF_ACCOUNT_MAX && !mine.contains(&id) {
                work.drop::<DraftRow>(mine[0]);
            }
            work.put(DraftRow { id, author, kept_at: tx.at(), sealed });
            tx.work(&work)
        };
        lab.store().submit(keep).await?;
        Ok(id)
    }

    /// The draft of this name, for this account.
    ///
    /// # Errors
    /// When the laboratory does not answer.
    pub async fn of(&self, lab: &Laboratory, author: AccountId, id: Sha256) -> Result<Found, Failure> {
        let overdue = lab.store().now().plus_seconds(-KEPT_SECONDS);
        let row = lab.read(move |s| Ok(BY_ID.one(s, &values![id])?)).await?;
        Ok(match row.filter(|r| r.kept_at >= overdue) {
            Some(row) if row.author != author => Found::OfAnother(row.author),
            row => row.and_then(|r| self.unseal(author, r.sealed)).map_or(Found::Gone, Found::Mine),
        })
    }

    fn seal(&self, author: AccountId, draft: &Draft) -> Result<Vec<u8>, StoreError> {
        let failed = |what: &str| StoreError::File(format!("a draft was not sealed: {what}"));
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|e| failed(&format!("no randomness: {e}")))?;
        let mut sealed = serde_json::to_vec(draft).map_err(|e| failed(&e.to_string()))?;
        let aad = Aad::from(author.0.to_be_bytes());
        let nonce_of = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce_of, aad, &mut sealed).map_err(|_| failed("it is too long"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// The draft, unless it was sealed with another key or for another account, or is damaged: then nobody gets it.
    fn unseal(&self, author: AccountId, sealed: Vec<u8>) -> Option<Draft> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let (mut sealed, aad) = (sealed.to_vec(), Aad::from(author.0.to_be_bytes()));
        let opened = self.key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

/// Erases a draft: the form was sent after all.
///
/// # Errors
/// When the laboratory does not answer.
pub async fn erase(lab: &Laboratory, author: AccountId, id: Sha256) -> Result<(), Failure> {
    let erase = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        if BY_ID.one(tx, &values![id])?.is_some_and(|row| row.author == author) {
            work.drop::<DraftRow>(id);
        }
        tx.work(&work)
    };
    Ok(lab.store().submit(erase).await?)
}

/// Erases the drafts that are older than a day.
///
/// # Errors
/// When the laboratory does not answer.
pub async fn erase_overdue(lab: &Laboratory) -> Result<(), Failure> {
    let erase = move |tx: &mut titer_store::Tx<'_>| {
        let mut work = Changes::new();
        let overdue = tx.at().plus_seconds(-KEPT_SECONDS);
        for id in OVERDUE.all(tx, &values![overdue, ERASED_AT_ONCE_MAX])? {
            work.drop::<DraftRow>(id);
        }
        tx.work(&work)
    };
    Ok(lab.store().submit(erase).await?)
}

#[cfg(test)]
mod tests {
    use super::{Draft, DraftRow, Drafts, Found, KEPT_SECONDS, OF_ACCOUNT_MAX, erase, erase_overdue};
    use crate::{
        Role,
        testing::{World, wait},
    };
    use titer_store::{sql, values};

    sql! {
        ALL: (drafts: DraftRow) = "FROM drafts WHERE lab = $1 AND kept_at >= $2 ORDER BY kept_at LIMIT $3";
    }

    fn draft(page: &str) -> Draft {
        Draft {
            address: "/patients/new".to_owned(),
            page: page.to_owned(),
            stamp: "1".to_owned(),
            fields: vec![("family".to_owned(), "Okafor-Lindqvist".to_owned())],
        }
    }

    fn kept(world: &World) -> Vec<DraftRow> {
        world.read(|s| ALL.all(s, &values![0_i64, 1_000_i64]))
    }

    #[test]
    fn a_draft_is_sealed_and_goes_back_to_its_author_alone_for_a_day() {
        let world = World::new();
        let (mine, other) = (world.account(Role::Technician), world.account(Role::Clerk));
        let drafts = wait(Drafts::open(&world.house)).unwrap();
        let before = world.head();
        let id = wait(drafts.keep(&world.lab, mine, &draft("/patients/new"))).unwrap();
        assert_eq!(world.head(), before, "nothing of it is in the journal");
        let rows = kept(&world);
        assert_eq!(rows.len(), 1);
        assert!(!rows[0].sealed.windows(6).any(|bytes| bytes == b"Okafor"));
        // Another process opens it with the same key.
        let elsewhere = wait(Drafts::open(&world.house)).unwrap();
        assert_eq!(wait(elsewhere.of(&world.lab, mine, id)).unwrap(), Found::Mine(draft("/patients/new")));
        assert_eq!(wait(drafts.of(&world.lab, other, id)).unwrap(), Found::OfAnother(mine));
        wait(erase(&world.lab, other, id)).unwrap();
        world.pass(KEPT_SECONDS);
        assert!(matches!(wait(drafts.of(&world.lab, mine, id)).unwrap(), Found::Mine(_)));
        world.pass(1);
        for anybody in [mine, other] {
            assert_eq!(wait(drafts.of(&world.lab, anybody, id)).unwrap(), Found::Gone);
        }
        wait(erase_overdue(&world.lab)).unwrap();
        assert_eq!(kept(&world).len(), 0);
    }

    #[test]
    fn one_account_keeps_so_many_drafts_and_one_of_each_form() {
        let world = World::new();
        let mine = world.account(Role::Technician);
        let drafts = wait(Drafts::open(&world.house)).unwrap();
        let keep = |page: &str| wait(drafts.keep(&world.lab, mine, &draft(page))).unwrap();
        let first = keep("/0");
        assert_eq!(keep("/0"), first);
        let other = Draft { stamp: "2".to_owned(), ..draft("/0") };
        let second = wait(drafts.keep(&world.lab, mine, &other)).unwrap();
        assert_eq!(wait(drafts.of(&world.lab, mine, second)).unwrap(), Found::Mine(other), "in another tab");
        assert_eq!(wait(drafts.of(&world.lab, mine, first)).unwrap(), Found::Mine(draft("/0")));
        for page in 1..=OF_ACCOUNT_MAX {
            world.pass(1);
            keep(&format!("/{page}"));
        }
        assert_eq!(kept(&world).len() as i64, OF_ACCOUNT_MAX);
        assert_eq!(wait(drafts.of(&world.lab, mine, first)).unwrap(), Found::Gone, "the oldest gave way");
    }
}
