//! One's own sessions: which are open, from where, and ending those that should not be.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use serde::Deserialize;
use titer_lab::accounts::sessions;
use titer_store::Sha256;

use crate::answer::{Answer, again, show};
use crate::errors::{Problem, said};
use crate::page::{Mistakes, Tone};
use crate::permit::{Need, Routes};
use crate::reader::Reader;
use crate::sign_in_page::{SessionLine, Sessions};
use crate::{Shell, paths};

pub(crate) fn add(routes: Routes<Arc<Shell>>) -> Routes<Arc<Shell>> {
    routes.get(paths::SESSIONS, Need::SignedIn, page).post(paths::SESSION_END, Need::SignedIn, end).post(
        paths::SESSIONS_END_OTHERS,
        Need::SignedIn,
        end_others,
    )
}

async fn page(reader: Reader) -> Answer {
    show(list(&reader, Mistakes::default()).await?)
}

async fn list(reader: &Reader, mistakes: Mistakes) -> Result<Sessions, Problem> {
    let (account, token, now) = (reader.session.account, reader.token.clone(), reader.house().store().now());
    let open = reader.house().read(move |s| Ok(sessions::open_sessions(s, account, &token, now)?)).await?;
    let page = reader.page(None, move |_, frame| {
        let line = |session: sessions::OpenSession| SessionLine {
            key: session.key.to_string(),
            opened: frame.at(session.opened_at),
            seen: frame.at(session.seen_at),
            source: session.source,
            own: session.own,
        };
        Ok(Sessions { page: frame.page(), lines: open.into_iter().map(line).collect(), mistakes })
    });
    page.await
}

#[derive(Deserialize)]
struct Which {
    key: String,
}

async fn end(State(shell): State<Arc<Shell>>, reader: Reader, Form(which): Form<Which>) -> Answer {
    let key = Sha256::from_hex(&which.key).ok_or(Problem::Unreadable)?;
    match sessions::end(&shell.house, reader.session.account, key).await {
        Ok(()) => Ok(done(&reader)),
        Err(failure) => {
            let mistakes = Mistakes::one("", said(shell.words, failure)?);
            again(list(&reader, mistakes).await?)
        }
    }
}

async fn end_others(State(shell): State<Arc<Shell>>, reader: Reader) -> Answer {
    sessions::end_others(&shell.house, reader.session.account, &reader.token).await?;
    Ok(done(&reader))
}

fn done(reader: &Reader) -> axum::response::Response {
    reader.done(&reader.to(paths::SESSIONS), Tone::Calm, reader.t("sessions-ended"))
}
