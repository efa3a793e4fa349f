//! Comments on a result that waits for review: put by their codes, and taken off.

use std::sync::Arc;

use axum::Form;
use axum::extract::Path;
use serde::Deserialize;
use titer_lab::comments::{Comment, CommentId, Comments};
use titer_lab::results::ResultId;
use titer_lab::results::commands::still_waits;
use titer_lab::results::commented::{PutComment, TakeCommentOff, said};
use titer_lab::results::views::{self as results, LabResult};
use titer_lab::{Action, Failure};
use titer_shell::errors::Problem;
use titer_shell::permit::{Need, Routes};
use titer_shell::reader::Reader;

use super::common::{Answer, accessed, again, banner, mistaken, show};
use super::review::Waiting;
use crate::pages::comments::ResultComments;
use crate::pages::{Choice, Mistakes, Tone};
use crate::sections::REVIEW;
use crate::{Web, paths};

pub fn add(routes: Routes<Arc<Web>>) -> Routes<Arc<Web>> {
    const NEED: Need = Need::May(Action::CommentResults);
    routes
        .get(paths::RESULT_COMMENTS, NEED, page)
        .post(paths::RESULT_COMMENTS, NEED, put)
        // After a refusal the page stands at this address.
        .get(paths::RESULT_COMMENTS_OFF, NEED, page)
        .post(paths::RESULT_COMMENTS_OFF, NEED, taken_off)
}

/// What is said beside a result, as pages show it: code and words of each comment.
pub fn shown_beside(library: &Comments, result: &LabResult) -> Vec<String> {
    // A comment that is not in the library is damage. A page that shows a result still shows it; nobody can sign the result.
    let gone = |id: &CommentId| format!("{id}?");
    result.comments.iter().map(|id| library.signed(*id).map_or_else(|| gone(id), in_full)).collect()
}

fn in_full(comment: &Comment) -> String {
    format!("{}: {}", comment.code, comment.words)
}

async fn page(reader: Reader, Path(id): Path<i64>) -> Answer {
    accessed(&reader, "comments", id);
    show(shown(&reader, ResultId(id), String::new(), Mistakes::default()).await?)
}

async fn shown(reader: &Reader, id: ResultId, code: String, mistakes: Mistakes) -> Result<ResultComments, Problem> {
    let page = reader.page(Some(&REVIEW), move |s, frame| {
        let Some(row) = results::awaiting_one(s, id)? else {
            results::result(s, id)?.ok_or(Problem::Missing)?;
            // Somebody has decided on it: that is said in place of the form.
            still_waits(s, id)?;
            return Err(Problem::Missing);
        };
        let library = frame.in_force(s)?.comments.clone();
        let waiting = Waiting::read(s, frame, vec![row])?;
        let row = &waiting.rows[0];
        let standing = said(&library, &row.result)?.into_iter().map(|comment| Choice {
            value: comment.id.to_string(),
            label: comment.code.clone(),
            hint: comment.words.clone(),
            chosen: comment.is_in_force(),
        });
        let others = library.for_analyte(row.result.analyte).filter(|c| !row.result.comments.contains(&c.id));
        let choice =
            |c: &Comment| Choice { value: c.code.clone(), label: c.words.clone(), hint: String::new(), chosen: false };
        Ok(ResultComments {
            page: frame.page(),
            patient: banner(frame, &row.patient, &row.requester, &row.barcode),
            line: waiting.line(row, frame),
            standing: standing.collect(),
            library: others.map(choice).collect(),
            code,
            mistakes,
        })
    });
    page.await
}

#[derive(Deserialize)]
struct Putting {
    version: i64,
    code: String,
}

async fn put(reader: Reader, Path(id): Path<i64>, Form(given): Form<Putting>) -> Answer {
    let put = PutComment { result: ResultId(id), version: given.version, code: given.code.clone() };
    let submitted = reader.submit(None, move |tx| tx.run(put)).await;
    answer(&reader, id, submitted.map(|()| "result-comments-put"), given.code).await
}

#[derive(Deserialize)]
struct TakingOff {
    version: i64,
    comment: i64,
}

async fn taken_off(reader: Reader, Path(id): Path<i64>, Form(given): Form<TakingOff>) -> Answer {
    let off = TakeCommentOff { result: ResultId(id), version: given.version, comment: CommentId(given.comment) };
    let submitted = reader.submit(None, move |tx| tx.run(off)).await;
    answer(&reader, id, submitted.map(|()| "result-comments-off"), String::new()).await
}

async fn answer(reader: &Reader, id: i64, done: Result<&'static str, Failure>, code: String) -> Answer {
    match done {
        Ok(said) => Ok(reader.done(&reader.to(paths::RESULT_COMMENTS.of(ResultId(id))), Tone::Calm, reader.t(said))),
        Err(failure) => {
            let about_code = matches!(&failure, Failure::Refused(r) if r.args.iter().any(|(name, _)| *name == "code"));
            let mistakes = mistaken(reader.words(), if about_code { "code" } else { "" }, failure)?;
            again(shown(reader, ResultId(id), code, mistakes).await?)
        }
    }
}
