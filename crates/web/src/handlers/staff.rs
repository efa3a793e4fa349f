//! Who works here: opening an account, changing what somebody may do, a new one-time password.

use std::sync::Arc;

use axum::extract::Path;
use axum_extra::extract::Form;
use serde::Deserialize;
use titer_lab::accounts::commands::{OpenAccount, ResetPassword};
use titer_lab::accounts::passwords::one_time_password;
use titer_lab::accounts::{AccountId, views as accounts};
use titer_lab::forms::{self, Made};
use titer_lab::people::{commands::change, commands::grant, views as people};
use titer_lab::{Action, Failure, Role, Tx};
use titer_shell::errors::Problem;
use titer_shell::frame;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;
use titer_shell::words::Words;

use super::admin::tabs;
use super::common::{Answer, again, fresh, is_stale, mistaken, show};
use crate::pages::admin::{OneTime, Staff, StaffLine, StaffRoles};
use crate::pages::{Choice, Fact, Mistakes, Seen, Status, Tone};
use crate::sections::ADMIN;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::ManageStaff);
    routes
        .get(paths::STAFF, NEED, page)
        .post(paths::STAFF, NEED, open)
        .get(paths::STAFF_MEMBER, NEED, roles)
        .post(paths::STAFF_MEMBER, NEED, changed)
        .post(paths::STAFF_RESET, NEED, reset)
}

/// A new person, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    name: String,
    login: String,
    role: Vec<String>,
    shown: i64,
}

async fn page(reader: Reader) -> Answer {
    show(staff(&reader, Given::default(), None, Mistakes::default()).await?)
}

async fn staff(reader: &Reader, given: Given, issued: Option<OneTime>, mistakes: Mistakes) -> Result<Staff, Problem> {
    let accounts = reader.house().read(|s| Ok(accounts::accounts(s)?)).await?;
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let members = people::staff(s)?;
        let line = |account: accounts::Account| {
            let member = members.iter().find(|m| m.account == account.id);
            let roles = member.map(|m| m.roles.as_slice()).unwrap_or_default();
            StaffLine {
                id: account.id.to_string(),
                name: account.name,
                login: account.username,
                roles: frame::roles(frame.words, roles),
                status: if roles.is_empty() { Status::Suspended } else { Status::Active },
            }
        };
        Ok(Staff {
            page: frame.page(),
            tabs: tabs(frame, paths::STAFF),
            lines: accounts.into_iter().map(line).collect(),
            issued,
            name: given.name,
            login: given.login,
            roles: choices(frame.words, &read(&given.role).unwrap_or_default()),
            seen: fresh(frame, given.shown)?,
            mistakes,
        })
    });
    page.await
}

fn choices(words: &Words, chosen: &[Role]) -> Vec<Choice> {
    let choice = |role: &Role| Choice {
        value: role.code().to_owned(),
        label: words.t(&format!("role-{}", role.code())),
        hint: words.t(may(*role)),
        chosen: chosen.contains(role),
    };
    Role::ALL.iter().map(choice).collect()
}

/// The key of what a role does, in short.
fn may(role: Role) -> &'static str {
    match role {
        Role::Administrator => "staff-may-administrator",
        Role::Director => "staff-may-director",
        Role::Supervisor => "staff-may-supervisor",
        Role::Technician => "staff-may-technician",
        Role::Clerk => "staff-may-clerk",
        Role::Clinician => "staff-may-clinician",
    }
}

/// The roles with these codes; none if the program does not know one of them.
fn read(codes: &[String]) -> Option<Vec<Role>> {
    codes.iter().map(|code| Role::from_code(code)).collect()
}

async fn open(reader: Reader, Form(given): Form<Given>) -> Answer {
    let wrong = |field, key: &str| Mistakes::one(field, reader.t(key));
    let roles = match read(&given.role) {
        None => return again(staff(&reader, given, None, wrong("role", "staff-role-unreadable")).await?),
        Some(roles) if roles.is_empty() => {
            return again(staff(&reader, given, None, wrong("role", "staff-role-missing")).await?);
        }
        Some(roles) => roles,
    };
    match opened(&reader, &given, &roles).await {
        Ok(Some(password)) => {
            let issued = OneTime { login: given.login, password };
            show(staff(&reader, Given::default(), Some(issued), Mistakes::default()).await?)
        }
        Ok(None) => again(staff(&reader, Given::default(), None, wrong("", "staff-opened-before")).await?),
        Err(failure) => {
            let stale = is_stale(&failure);
            let mistakes = mistaken(reader.words(), field(&failure), failure)?;
            let shown = if stale { 0 } else { given.shown };
            again(staff(&reader, Given { shown, ..given }, None, mistakes).await?)
        }
    }
}

/// The field of the form that a refusal is about.
fn field(failure: &Failure) -> &'static str {
    let Failure::Refused(refusal) = failure else { return "" };
    let about = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match (refusal.code, about) {
        ("accounts-name-alike", _) | (_, Some("name")) => "name",
        (code, _) if code.starts_with("accounts-username-") => "login",
        (_, Some("username")) => "login",
        _ => "",
    }
}

/// Opens the account; answers its one-time password, unless this form has opened it before.
async fn opened(reader: &Reader, given: &Given, roles: &[Role]) -> Result<Option<String>, Failure> {
    let password = one_time_password()?;
    let open = OpenAccount {
        username: given.login.clone(),
        name: given.name.clone(),
        credential: reader.passwords().hash(password.clone()).await?,
        one_time: true,
    };
    let (house, actor, mark) = (reader.house(), reader.actor(), given.shown);
    let said = format!("{:?}", Given { shown: 0, ..given.clone() });
    let made =
        house.submit(actor, None, move |tx| forms::once(tx, mark, "account", &said, |tx| Ok(tx.run(open)?.0))).await?;
    let Made::Now(account) = made else { return Ok(None) };
    grant(house, reader.journal(), actor, AccountId(account), &given.name, roles).await?;
    Ok(Some(password))
}

async fn account(reader: &Reader, id: AccountId) -> Result<accounts::Account, Problem> {
    let found = reader.house().read(move |s| Ok(accounts::account(s, id)?)).await?;
    found.ok_or(Problem::Missing)
}

async fn roles(reader: Reader, Path(id): Path<i64>) -> Answer {
    show(role_page(&reader, AccountId(id), None, Mistakes::default()).await?)
}

/// What one person may do: as it was marked, or as it is.
async fn role_page(
    reader: &Reader,
    id: AccountId,
    marked: Option<(Vec<Role>, i64)>,
    mistakes: Mistakes,
) -> Result<StaffRoles, Problem> {
    let account = account(reader, id).await?;
    let page = reader.page(Some(&ADMIN), move |s, frame| {
        let (roles, version) = (people::roles(s, id.0)?, people::version(s, id)?);
        let stands = || Fact { label: frame.t("staff-roles"), text: frame::roles(frame.words, &roles) };
        let now = marked.as_ref().filter(|(_, shown)| *shown != version).map(|_| stands());
        let chosen = marked.map_or(roles.clone(), |(marked, _)| marked);
        Ok(StaffRoles {
            page: frame.page(),
            tabs: tabs(frame, paths::STAFF),
            id: id.to_string(),
            name: account.name,
            login: account.username,
            roles: choices(frame.words, &chosen),
            seen: Seen { version, now: now.into_iter().collect() },
            mistakes,
        })
    });
    page.await
}

async fn changed(reader: Reader, Path(id): Path<i64>, Form(given): Form<Given>) -> Answer {
    let id = AccountId(id);
    let account = account(&reader, id).await?;
    let Some(roles) = read(&given.role) else {
        let mistakes = Mistakes::one("role", reader.t("staff-role-unreadable"));
        return again(role_page(&reader, id, None, mistakes).await?);
    };
    match change(reader.house(), reader.journal(), reader.actor(), id, &account.name, &roles, given.shown).await {
        Ok(()) => Ok(reader.go(paths::STAFF)),
        Err(failure) => {
            let mistakes = mistaken(reader.words(), "role", failure)?;
            again(role_page(&reader, id, Some((roles, given.shown)), mistakes).await?)
        }
    }
}

async fn reset(reader: Reader, Path(id): Path<i64>) -> Answer {
    let account = account(&reader, AccountId(id)).await?;
    let password = one_time_password()?;
    let credential = reader.passwords().hash(password.clone()).await?;
    let (reset, mark) = (ResetPassword { account: account.id, credential }, reader.mark());
    let reset = move |tx: &mut Tx<'_, '_>| {
        forms::once(tx, mark, "password", &id.to_string(), |tx| {
            tx.run(reset)?;
            Ok(id)
        })
    };
    let made = match reader.house().submit(reader.actor(), None, reset).await {
        Err(failure) if !is_stale(&failure) => return Err(failure.into()),
        made => made.ok(),
    };
    // The page with the password, loaded again: the password on that page would not hold any more if there were a newer one.
    if !matches!(made, Some(Made::Now(_))) {
        return Ok(reader.done(&reader.to(paths::STAFF), Tone::Caution, reader.t("staff-reset-before")));
    }
    let issued = OneTime { login: account.username, password };
    show(staff(&reader, Given::default(), Some(issued), Mistakes::default()).await?)
}
