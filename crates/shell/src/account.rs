//! Signing in and out, and one's own password.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use titer_lab::accounts::passwords::PASSWORD_CHARS_MIN;
use titer_lab::accounts::{commands::ChangePassword, sessions, views as accounts};
use titer_lab::{people, sites};

use crate::answer::{Answer, again, show};
use crate::errors::{Problem, said};
use crate::page::{Mistake, Mistakes, Mode, Page};
use crate::permit::{Need, Routes};
use crate::reader::Reader;
use crate::sign_in_page::{DemoAccount, Password, SignIn};
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

async fn form(shell: &Shell, name: String, back: String, mistakes: Mistakes) -> Result<SignIn, Problem> {
    let read = shell.laboratory.read(|s| Ok((sites::views::site(s)?, people::views::staff(s)?)));
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
    let draft = back.parse::<Uri>().is_ok_and(|uri| drafts::named(&uri).is_some());
    Ok(SignIn { page, name, back, draft, mistakes, accounts: shown.into_iter().map(account).collect() })
}

#[derive(Deserialize)]
struct Given {
    name: String,
    password: String,
    #[serde(default)]
    back: String,
}

async fn sign_in(State(shell): State<Arc<Shell>>, Form(given): Form<Given>) -> Answer {
    match sessions::sign_in(&shell.house, &shell.passwords, &given.name, given.password).await {
        Ok((token, one_time)) => {
            let to = if one_time { paths::PASSWORD.pattern } else { here(&given.back) };
            Ok(([(SET_COOKIE, shell.cookies.give(&token))], Redirect::to(to)).into_response())
        }
        Err(failure) => {
            let mistakes = Mistakes::one("password", said(shell.words, failure)?);
            again(form(&shell, given.name, given.back, mistakes).await?)
        }
    }
}

/// A path of this site, or the first page: nobody is sent elsewhere by a link that was made up.
pub fn here(back: &str) -> &str {
    if back.starts_with('/') && !back.starts_with("//") && !back.contains('\\') { back } else { "/" }
}

async fn sign_out(State(shell): State<Arc<Shell>>, reader: Reader) -> Answer {
    sessions::sign_out(&shell.house, &reader.token, &reader.session).await?;
    Ok(([(SET_COOKIE, shell.cookies.take())], Redirect::to(paths::SIGN_IN.pattern)).into_response())
}

async fn password(reader: Reader) -> Answer {
    show(password_form(&reader, Mistakes::default()).await?)
}

async fn password_form(reader: &Reader, mistakes: Mistakes) -> Result<Password, Problem> {
    let first = reader.session.must_change_password;
    let fill = move |page| Password { page, first, least: PASSWORD_CHARS_MIN, mistakes };
    reader.page(None, move |_, frame| Ok(fill(frame.page()))).await
}

#[derive(Deserialize)]
struct NewPassword {
    old: String,
    new: String,
    again: String,
}

async fn change(State(shell): State<Arc<Shell>>, reader: Reader, Form(given): Form<NewPassword>) -> Answer {
    match changed(&shell, &reader, given).await? {
        None => Ok(reader.go(paths::HOME)),
        Some(mistake) => again(password_form(&reader, Mistakes(vec![mistake])).await?),
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
    let credential = match shell.passwords.hash(given.new).await {
        Ok(credential) => credential,
        Err(failure) => return mistake("new", said(shell.words, failure)?),
    };
    let change = ChangePassword { credential, session: reader.token.clone() };
    reader.submit(None, move |tx| tx.run(change)).await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::here;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (back, to) in
            [("/orders", "/orders"), ("", "/"), ("//evil.example", "/"), ("/\\evil", "/"), ("https://e", "/")]
        {
            assert_eq!(here(back), to);
        }
    }
}
