//! Opening the house and the laboratory, and setting a new laboratory up.

use titer_lab::{
    Actor, HOUSE, LABORATORY, Laboratory, Role,
    accounts::{AccountId, Credential, commands::OpenAccount, passwords::one_time_password, views as accounts},
    catalog::{self, commands::ImportCatalog},
    people::commands as people,
    sites::commands::DescribeSite,
};
use titer_store::{Location, Options, reading};

use crate::Failed;

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
        {
            return Err(Failed(format!(
                "there is no laboratory in {}; make one with `titer serve --data {0}`, or name another with --data or --database",
                folder.display()
            )));
        }
        Ok(())
    }

    /// Whether nothing has happened here yet.
    pub async fn is_new(&self) -> Result<bool, Failed> {
        Ok(self.lab.read(|s| Ok(reading::head(s)?)).await?.number == 0)
    }

    /// Describes a new laboratory and imports the starter catalog, as proposals.
    pub async fn set_up(&self, name: &str, zone: Option<String>, demonstration: bool) -> Result<(), Failed> {
        let zone = zone.or_else(|| jiff::tz::TimeZone::system().iana_name().map(str::to_owned));
        let described = DescribeSite {
            name: name.to_owned(),
            address: String::new(),
            accreditation: String::new(),
            director: String::new(),
            zone: zone.unwrap_or_else(|| "UTC".to_owned()),
            demonstration,
        };
        self.describe(described).await?;
        let starter = catalog::starter::starter()?;
        self.lab.submit(Actor::Console, None, move |tx| tx.run(ImportCatalog(starter))).await?;
        Ok(())
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

    /// Opens the first administrator's account if nobody has one yet; answers the one-time password.
    pub async fn first_administrator(&self) -> Result<Option<String>, Failed> {
        if !self.house.read(|s| Ok(accounts::accounts(s)?)).await?.is_empty() {
            return Ok(None);
        }
        let password = one_time_password()?;
        let roles = [Role::Administrator, Role::Director];
        self.add_person("admin", "First Administrator", &password, true, &roles).await?;
        Ok(Some(password))
    }
}
