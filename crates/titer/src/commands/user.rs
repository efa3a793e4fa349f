//! `titer user`: accounts and roles.

use titer_lab::{
    Actor, Role,
    accounts::{
        Credential,
        commands::ResetPassword,
        passwords::{ONE_TIME_SECONDS, one_time_password},
        views as accounts,
    },
    people::views as people,
};
use titer_store::Location;

use super::print_json;
use crate::{Failed, arguments::UserCommand, place::Place};

pub async fn run(location: &Location, command: UserCommand) -> Result<(), Failed> {
    let place = Place::existing(location)?;
    match command {
        UserCommand::Add { username, name, roles } => add(&place, &username, &name, &roles).await,
        UserCommand::List { json } => list(&place, json).await,
        UserCommand::Reset { username } => reset(&place, username).await,
    }
}

async fn add(place: &Place, username: &str, name: &str, codes: &[String]) -> Result<(), Failed> {
    let known = || Role::ALL.iter().map(|r| r.code()).collect::<Vec<_>>().join(", ");
    let role = |code: &String| {
        Role::from_code(code).ok_or_else(|| Failed(format!("there is no role {code:?}; the roles are {}", known())))
    };
    let roles = codes.iter().map(role).collect::<Result<Vec<_>, _>>()?;
    let password = one_time_password()?;
    place.add_person(username, name, &password, true, &roles).await?;
    say_once(username, &password);
    Ok(())
}

fn say_once(username: &str, password: &str) {
    let hours = ONE_TIME_SECONDS / 3_600;
    say!("{username} signs in with the password {password} within {hours} hours and then chooses another.");
}

async fn list(place: &Place, json: bool) -> Result<(), Failed> {
    let accounts = place.house.read(|s| Ok(accounts::accounts(s)?)).await?;
    let staff = place.lab.read(|s| Ok(people::staff(s)?)).await?;
    for account in accounts {
        let roles: Vec<&str> =
            staff.iter().filter(|m| m.account == account.id).flat_map(|m| m.roles.iter().map(|r| r.code())).collect();
        if json {
            print_json(&serde_json::json!({"username": account.username, "name": account.name, "roles": roles}))?;
        } else {
            say!("{:<20} {:<30} {}", account.username, account.name, roles.join(", "));
        }
    }
    Ok(())
}

async fn reset(place: &Place, username: String) -> Result<(), Failed> {
    let asked = username.clone();
    let account = place.house.read(move |s| Ok(accounts::by_username(s, &asked)?)).await?;
    let account = account
        .ok_or_else(|| Failed(format!("there is no account {username:?}; `titer user list` shows all accounts")))?;
    let password = one_time_password()?;
    let reset = ResetPassword { account: account.id, credential: Credential::new(&password)? };
    place.house.submit(Actor::Console, None, move |tx| tx.run(reset)).await?;
    say_once(&username, &password);
    Ok(())
}
