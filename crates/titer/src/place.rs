//! Opening the house and the laboratory, and setting a new laboratory up.

use titer_lab::{
    Actor, HOUSE, LABORATORY, Laboratory, Role,
    accounts::{
        AccountId, Credential,
        commands::{OpenAccount, ResetPassword},
        passwords::one_time_password,
        views as accounts,
    },
    catalog::{
        UnitSystem,
        commands::{AddToCatalog, Added},
        starter,
    },
    people::{commands as people, views as people_views},
    sites::{commands::DescribeSite, views as sites},
};
use titer_store::{Location, Options, backup};

use crate::Failed;

/// The first administrator's sign-in name.
const FIRST: &str = "admin";
/// The first administrator's name, until somebody is called otherwise.
const FIRST_NAME: &str = "First Administrator";

/// A laboratory and the house that its people live in.
#[derive(Clone)]
pub struct Place {
    /// Accounts and credentials.
    pub house: Laboratory,
    /// The laboratory.
    pub lab: Laboratory,
}

impl Place {
    /// Opens both, making them if they are not there.
    pub fn open(location: &Location) -> Result<Self, Failed> {
        let schema = titer_link::schema();
        let house = Laboratory::open(location, HOUSE, schema.clone(), Options::default())?;
        let lab = Laboratory::open(location, LABORATORY, schema, Options::default())?;
        Ok(Place { house, lab })
    }

    /// Opens what must be there already.
    pub fn existing(location: &Location) -> Result<Self, Failed> {
        Self::must_exist(location)?;
        Self::open(location)
    }

    /// Refuses a folder without a laboratory.
    pub fn must_exist(location: &Location) -> Result<(), Failed> {
        if let Location::Folder(folder) = location
            && !folder.join("house.sqlite").exists()
            // Whoever opens it is told so.
            && !backup::is_unfinished(location)?
        {
            return Err(Failed(format!(
                "there is no laboratory in {}; make one with `titer serve --data {0}`, or name another with --data or --database",
                folder.display()
            )));
        }
        Ok(())
    }

    /// Whether the laboratory is not set up yet.
    pub async fn is_new(&self) -> Result<bool, Failed> {
        Ok(self.lab.read(|s| Ok(sites::site(s)?)).await?.is_none())
    }

    /// Adds what the starter catalog has in this system of units and the laboratory's own does not, as proposals. Answers how many
    /// entries that was, and which were left out.
    pub async fn add_starter(&self, units: UnitSystem) -> Result<Added, Failed> {
        let lab = self.lab.clone();
        let known = self.lab.read(move |s| Ok(lab.catalog(s)?)).await?;
        self.add(starter::starter_in(units, &known)?).await
    }

    /// Adds the entries that the laboratory does not have.
    pub async fn add(&self, entries: starter::Entries) -> Result<Added, Failed> {
        let mut all = Added::default();
        for part in entries.parts() {
            let added = self.lab.submit(Actor::Console, None, move |tx| tx.run(AddToCatalog(part))).await?;
            all.count += added.count;
            all.left_out.extend(added.left_out);
        }
        Ok(all)
    }

    /// Describes a new laboratory, and imports the starter catalog, as proposals, if its system of units is chosen. The description comes
    /// last: if the program is stopped before, the next start does what is missing.
    pub async fn set_up(
        &self,
        name: &str,
        zone: Option<String>,
        demonstration: bool,
        units: Option<UnitSystem>,
    ) -> Result<(), Failed> {
        let zone = zone.or_else(|| jiff::tz::TimeZone::system().iana_name().map(str::to_owned));
        let described = DescribeSite {
            name: name.to_owned(),
            address: String::new(),
            accreditation: String::new(),
            director: String::new(),
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            demonstration,
        };
        if let Some(units) = units {
            self.add_starter(units).await?;
        }
        self.describe(described).await
    }

    /// Describes the laboratory.
    pub async fn describe(&self, described: DescribeSite) -> Result<(), Failed> {
        Ok(self.lab.submit(Actor::Console, None, move |tx| tx.run(described)).await?)
    }

    /// Opens an account, or finds it, and grants its roles here and, to administrators, in the house.
    pub async fn add_person(
        &self,
        username: &str,
        name: &str,
        password: &str,
        one_time: bool,
        roles: &[Role],
    ) -> Result<AccountId, Failed> {
        let open = OpenAccount {
            username: username.to_owned(),
            name: name.to_owned(),
            credential: Credential::new(password)?,
            one_time,
        };
        let account = self.house.submit(Actor::Console, None, move |tx| tx.run(open)).await?;
        people::grant(&self.house, &self.lab, Actor::Console, account, name, roles).await?;
        Ok(account)
    }

    /// Opens the first administrator's account if nobody has one yet; answers the one-time password. Account and roles are two
    /// steps: if a start was cut off between them, the only account has no role in the house, and gets the roles now.
    pub async fn first_administrator(&self) -> Result<Option<String>, Failed> {
        let known = self.house.read(|s| {
            let mut known = Vec::new();
            for account in accounts::accounts(s)? {
                let cut_off = account.username == FIRST && people_views::roles(s, account.id.0)?.is_empty();
                known.push((account.id, cut_off));
            }
            Ok(known)
        });
        let (password, roles) = (one_time_password()?, [Role::Administrator, Role::Director]);
        match known.await?[..] {
            [] => {
                self.add_person(FIRST, FIRST_NAME, &password, true, &roles).await?;
            }
            [(account, true)] => {
                let reset = ResetPassword { account, credential: Credential::new(&password)? };
                self.house.submit(Actor::Console, None, move |tx| tx.run(reset)).await?;
                people::grant(&self.house, &self.lab, Actor::Console, account, FIRST_NAME, &roles).await?;
            }
            _ => return Ok(None),
        }
        Ok(Some(password))
    }
}
