//! Signing in and out, and one's own password.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Uri};
use axum::response::{AppendHeaders, IntoResponse, Redirect};
use axum::{Extension, Form};
use serde::Deserialize;
use titer_lab::accounts::passwords::PASSWORD_CHARS_MIN;
use titer_lab::accounts::{SignIn, commands::ChangePassword, sessions, views as accounts};
use titer_lab::{people, sites};

use crate::answer::{Answer, again, show};
use crate::door::here;
use crate::errors::{Problem, leading_back, said, wait_seconds, waiting};
use crate::page::{Mistake, Mistakes, Mode, Page};
use crate::permit::{Need, Routes};
use crate::reader::{Asking, Reader};
use crate::sign_in_page::{self, DemoAccount, Password};
use crate::{Shell, drafts, frame, paths};

/// The password of a demonstration's accounts: its laboratory holds nobody real, and the sign-in page shows it.
pub const DEMONSTRATION_PASSWORD: &str = "demonstration";

pub(crate) fn add(routes: Routes<Arc<Shell>>) -> Routes<Arc<Shell>> {
    routes
        .get(paths::SIGN_IN, Need::Open, page)
        .post(paths::SIGN_IN, Need::Open, sign_in)
        .post(paths::SIGN_OUT, Need::SignedIn, sign_out)
        .get(paths::PASSWORD, Need::SignedIn, password)
        .post(paths::PASSWORD, Need::SignedIn, change)
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    back: String,
}

async fn page(State(shell): State<Arc<Shell>>, Query(asked): Query<Asked>) -> Answer {
    show(form(&shell, String::new(), asked.back, Mistakes::default()).await?)
}

async fn form(shell: &Shell, name: String, back: String, mistakes: Mistakes) -> Result<sign_in_page::SignIn, Problem> {
    let laboratory = shell.laboratory.clone();
    let read = shell.laboratory.read(move |s| Ok((laboratory.site_in(s)?, people::views::staff(s)?)));
    let (site, staff) = read.await?;
    let demo = site.as_ref().is_some_and(|s| s.demonstration);
    let laboratory = site.map(|s| s.name).unwrap_or_default();
    let mode = if demo { Mode::Demo } else { Mode::Real };
    let page = Page { mode, site: laboratory.clone(), laboratory, ..shell.bare() };
    let roles = |id| staff.iter().find(|m| m.account == id).map(|m| m.roles.clone()).unwrap_or_default();
    let account = |a: accounts::Account| DemoAccount {
        role: frame::roles(shell.words, &roles(a.id)),
        name: a.username,
        password: DEMONSTRATION_PASSWORD.to_owned(),
    };
    let shown = if demo { shell.house.read(|s| Ok(accounts::accounts(s)?)).await? } else { Vec::new() };
    let uri = back.parse::<Uri>().unwrap_or_default();
    let (draft, lost) = (drafts::named(&uri).is_some(), drafts::is_lost(&uri));
    let accounts = shown.into_iter().map(account).collect();
    Ok(sign_in_page::SignIn { page, name, back, draft, lost, mistakes, accounts })
}

#[derive(Deserialize)]
struct Given {
    name: String,
    password: String,
    #[serde(default)]
    back: String,
}

async fn sign_in(
    State(shell): State<Arc<Shell>>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    before: Option<Extension<Asking>>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Answer {
    let asked = SignIn {
        username: given.name.clone(),
        password: given.password,
        source: from.map_or_else(String::new, |Extension(ConnectInfo(peer))| source(peer.ip())),
        device: shell.cookies.device(&headers),
    };
    match sessions::sign_in(&shell.house, &shell.passwords, asked).await {
        Ok(opened) => {
            // A browser has one session: nobody would find the one before again to end it.
            if let Some(Extension(before)) = before {
                sessions::sign_out(&shell.house, &before.token, &before.session).await?;
            }
            let back = here(&given.back);
            let to = if opened.one_time { leading_back(paths::PASSWORD, Some(back)) } else { back.to_owned() };
            let cookies = [shell.cookies.give(&opened.token), shell.cookies.remember(&opened.device)];
            Ok((AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie))), Redirect::to(&to)).into_response())
        }
        Err(failure) => {
            let wait = wait_seconds(&failure);
            let mistakes = Mistakes::one("password", said(shell.words, failure)?);
            Ok(waiting(wait, again(form(&shell, given.name, given.back, mistakes).await?)?))
        }
    }
}

/// Where somebody comes from: of an IPv6 address, the network of 64 bits in which a machine chooses its own.
fn source(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

async fn sign_out(State(shell): State<Arc<Shell>>, reader: Reader) -> Answer {
    sessions::sign_out(&shell.house, &reader.token, &reader.session).await?;
    let cookies = shell.cookies.take(&reader.token).map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies), Redirect::to(paths::SIGN_IN.pattern)).into_response())
}

async fn password(reader: Reader, Query(asked): Query<Asked>) -> Answer {
    show(password_form(&reader, asked.back, Mistakes::default()).await?)
}

async fn password_form(reader: &Reader, back: String, mistakes: Mistakes) -> Result<Password, Problem> {
    let first = reader.session.must_change_password;
    let fill = move |page| Password { page, first, back, least: PASSWORD_CHARS_MIN, mistakes };
    reader.page(None, move |_, frame| Ok(fill(frame.page()))).await
}

#[derive(Deserialize)]
struct NewPassword {
    old: String,
    new: String,
    again: String,
    #[serde(default)]
    back: String,
}

async fn change(State(shell): State<Arc<Shell>>, reader: Reader, Form(given): Form<NewPassword>) -> Answer {
    let back = given.back.clone();
    match changed(&shell, &reader, given).await? {
        None => Ok(Redirect::to(here(&back)).into_response()),
        Some(mistake) => again(password_form(&reader, back, Mistakes(vec![mistake])).await?),
    }
}

async fn changed(shell: &Shell, reader: &Reader, given: NewPassword) -> Result<Option<Mistake>, Problem> {
    let mistake = |field, text| Ok(Some(Mistake { field, text }));
    if given.new != given.again {
        return mistake("again", reader.t("password-differs"));
    }
    if given.new == given.old {
        return mistake("new", reader.t("password-same"));
    }
    if let Err(failure) = reader.sign(Some(given.old)).await {
        return mistake("old", said(shell.words, failure)?);
    }
    let site = shell.laboratory.read(|s| Ok(sites::views::site(s)?)).await?;
    let about = [reader.session.username.clone(), reader.session.name.clone()];
    let about = about.into_iter().chain(site.map(|site| site.name)).collect();
    let credential = match shell.passwords.choose(given.new, about).await {
        Ok(credential) => credential,
        Err(failure) => return mistake("new", said(shell.words, failure)?),
    };
    let change = ChangePassword { credential, session: reader.token.clone() };
    reader.submit(None, move |tx| tx.run(change)).await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn a_machine_that_chooses_its_own_address_is_one_source() {
        for (address, is) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            assert_eq!(source(address.parse().unwrap()), is);
        }
    }
}
