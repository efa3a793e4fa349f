//! Forms with a file (`multipart/form-data`, RFC 7578). Such a form is turned into an ordinary one before anybody looks at it, so that every
//! door of the shell stands: the stamp, the draft, the handlers. Its files go beside it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use form_urlencoded::Serializer;
use multer::{Constraints, Multipart, SizeLimit};

use crate::body::FORM_BYTES_MAX;

/// The longest form with a file, in bytes.
pub const FILE_FORM_BYTES_MAX: usize = 24 << 20;
/// The most parts of such a form.
const PARTS_MAX: usize = 2_000;
const ORDINARY: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// A file that a form brought.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The field of the form.
    pub field: String,
    /// The name of the file.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The files of a form; none if the form is an ordinary one.
#[derive(Clone, Debug, Default)]
pub struct Uploads(Arc<Vec<Upload>>);

impl Uploads {
    /// The file of a field, if one was chosen.
    pub fn of(&self, field: &str) -> Option<&Upload> {
        self.0.iter().find(|upload| upload.field == field)
    }
}

impl<S: Sync> FromRequestParts<S> for Uploads {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Uploads>().cloned().unwrap_or_default())
    }
}

/// The boundary between the parts, if a request carries a form with a file.
pub(crate) fn boundary(request: &Request) -> Option<String> {
    multer::parse_boundary(request.headers().get(CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// The request with an ordinary form in the place of one with files; none if the form cannot be read, or brings two files for one field.
/// Files that nobody will look at are read and not kept.
pub(crate) async fn ordinary(mut parts: Parts, body: Body, boundary: String, keeps_files: bool) -> Option<Request> {
    let limit = SizeLimit::new().whole_stream(FILE_FORM_BYTES_MAX as u64);
    let limits = Constraints::new().size_limit(limit);
    let mut sent = Multipart::with_constraints(body.into_data_stream(), boundary, limits);
    let (mut texts, mut files, mut length) = (Vec::new(), Vec::<Upload>::new(), 0);
    while let Some(mut part) = sent.next_field().await.ok()? {
        if part.index() == PARTS_MAX {
            return None;
        }
        let field = part.name()?.to_owned();
        // Browsers write a quotation mark in a name as %22.
        let file = part.file_name().map(|name| name.replace("%22", "\""));
        let Some(name) = file else {
            let text = String::from_utf8(part.bytes().await.ok()?.into()).ok()?;
            length += field.len() + text.len();
            texts.push((field, text));
            continue;
        };
        if !keeps_files {
            while part.chunk().await.ok()?.is_some() {}
            continue;
        }
        let bytes = part.bytes().await.ok()?;
        // A field without a chosen file comes with an empty name.
        if name.is_empty() && bytes.is_empty() {
            continue;
        }
        if files.iter().any(|known| known.field == field) {
            return None;
        }
        files.push(Upload { field, name, bytes });
    }
    if length > FORM_BYTES_MAX / 3 {
        return None;
    }
    let form = Serializer::new(String::new()).extend_pairs(texts).finish();
    parts.extensions.insert(Uploads(Arc::new(files)));
    parts.headers.insert(CONTENT_TYPE, ORDINARY);
    parts.headers.remove(CONTENT_LENGTH);
    Some(Request::from_parts(parts, Body::from(form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: impl Into<Body>, keeps_files: bool) -> Option<Request> {
        let request =
            Request::builder().header(CONTENT_TYPE, "multipart/form-data; boundary=XyZ").body(Body::empty()).unwrap();
        let boundary = boundary(&request).unwrap();
        ordinary(request.into_parts().0, body.into(), boundary, keeps_files).await
    }

    const BODY: &str = "--XyZ\r\nContent-Disposition: form-data; name=\"stamp\"\r\n\r\na=b&c\r\n\
        --XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
        %PDF-1.7\r\n--Xy\r\n\r\n\r\n--XyZ\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n\
        --XyZ\r\nContent-Disposition: form-data; name=\"behind\"\r\n\r\nthe file\r\n--XyZ--\r\n";

    #[tokio::test]
    async fn a_form_with_a_file_becomes_an_ordinary_one_with_the_file_beside_it() {
        let (mut parts, form) = read(BODY, true).await.unwrap().into_parts();
        let form = axum::body::to_bytes(form, 1_000).await.unwrap();
        assert_eq!(form, "stamp=a%3Db%26c&behind=the+file");
        assert_eq!(parts.headers[CONTENT_TYPE], ORDINARY);
        let uploads = Uploads::from_request_parts(&mut parts, &()).await.unwrap();
        let file = uploads.of("file").unwrap();
        assert_eq!((file.name.as_str(), &*file.bytes), ("a\"b.pdf", &b"%PDF-1.7\r\n--Xy\r\n\r\n"[..]));
        assert!(uploads.of("none").is_none() && uploads.of("stamp").is_none());
    }

    /// In whatever pieces it comes.
    #[tokio::test]
    async fn the_pieces_of_a_form_change_nothing() {
        for length in [1, 2, 7, 64] {
            let pieces: Vec<_> =
                BODY.as_bytes().chunks(length).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
            let body = Body::from_stream(futures_util::stream::iter(pieces));
            let (mut parts, form) = read(body, true).await.unwrap().into_parts();
            assert_eq!(axum::body::to_bytes(form, 1_000).await.unwrap(), "stamp=a%3Db%26c&behind=the+file");
            let uploads = Uploads::from_request_parts(&mut parts, &()).await.unwrap();
            assert_eq!(&*uploads.of("file").unwrap().bytes, b"%PDF-1.7\r\n--Xy\r\n\r\n");
        }
    }

    #[tokio::test]
    async fn of_who_may_send_no_file_the_texts_are_kept() {
        let (mut parts, form) = read(BODY, false).await.unwrap().into_parts();
        assert_eq!(axum::body::to_bytes(form, 1_000).await.unwrap(), "stamp=a%3Db%26c&behind=the+file");
        let uploads = Uploads::from_request_parts(&mut parts, &()).await.unwrap();
        assert!(uploads.of("file").is_none());
    }

    #[tokio::test]
    async fn a_form_that_is_not_whole_is_none() {
        for body in [
            "",
            "--XyZ",
            "--XyZ\r\n",
            "--Other\r\n\r\n--Other--",
            "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--XyZ",
            "--XyZ\r\nContent-Disposition: form-data\r\n\r\nb\r\n--XyZ--",
            "--XyZ\r\n\r\nb\r\n--XyZ--",
        ] {
            assert!(read(body, true).await.is_none(), "{body:?}");
        }
        assert!(read("--XyZ--\r\n", true).await.is_some());
        for end in 1..BODY.len() - 4 {
            assert!(read(&BODY[..end], true).await.is_none() && read(&BODY[..end], false).await.is_none(), "{end}");
        }
    }

    #[tokio::test]
    async fn two_files_for_one_field_and_a_text_that_is_none_are_refused() {
        let file = "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n";
        assert!(read(format!("{file}--XyZ--\r\n"), true).await.is_some());
        assert!(read(format!("{file}{file}--XyZ--\r\n"), true).await.is_none());
        let text =
            [b"--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff", &b"\r\n--XyZ--\r\n"[..]].concat();
        assert!(read(text, true).await.is_none());
    }

    #[tokio::test]
    async fn texts_and_the_whole_form_have_an_end() {
        let of = |head: &str, bytes: usize| {
            let head = format!("--XyZ\r\nContent-Disposition: form-data; {head}\r\n\r\n");
            [head.into_bytes(), vec![b'a'; bytes], b"\r\n--XyZ--\r\n".to_vec()].concat()
        };
        let file = "name=\"file\"; filename=\"a.pdf\"";
        assert!(read(of("name=\"a\"", FORM_BYTES_MAX / 3 - 1), true).await.is_some());
        assert!(read(of("name=\"a\"", FORM_BYTES_MAX / 3), true).await.is_none());
        for keeps_files in [true, false] {
            assert!(read(of(file, FILE_FORM_BYTES_MAX - 200), keeps_files).await.is_some());
            assert!(read(of(file, FILE_FORM_BYTES_MAX), keeps_files).await.is_none());
        }
        let many = "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
        assert!(read(many.repeat(PARTS_MAX) + "--XyZ--", true).await.is_some());
        assert!(read(many.repeat(PARTS_MAX + 1) + "--XyZ--", true).await.is_none());
    }

    #[test]
    fn only_a_form_with_a_file_has_a_boundary() {
        for (kind, expected) in [
            ("application/x-www-form-urlencoded", None),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=a", None),
            ("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", Some("a b")),
        ] {
            let request = Request::builder().header(CONTENT_TYPE, kind).body(Body::empty()).unwrap();
            assert_eq!(boundary(&request).as_deref(), expected, "{kind}");
        }
    }
}
