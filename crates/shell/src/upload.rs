//! Forms with a file (`multipart/form-data`, RFC 7578). Such a form is turned into an ordinary one before anybody looks at it, so that every
//! door of the shell stands: the stamp, the draft, the handlers. Its files go beside it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::http::request::Parts;
use form_urlencoded::Serializer;

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
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|p| p.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    (1..=70).contains(&boundary.len()).then(|| boundary.to_owned())
}

/// The request with an ordinary form in the place of one with files; none if the form cannot be read.
pub(crate) fn ordinary(mut parts: Parts, body: &Bytes, boundary: &str) -> Option<Request> {
    let (mut form, mut files, mut texts) = (Serializer::new(String::new()), Vec::new(), 0);
    for part in split(body, boundary)? {
        let Part { field, file, bytes } = part;
        match file {
            // A field without a chosen file comes with an empty name.
            Some(name) if name.is_empty() && bytes.is_empty() => {}
            Some(name) => files.push(Upload { field, name, bytes }),
            None => {
                texts += field.len() + bytes.len();
                form.append_pair(&field, std::str::from_utf8(&bytes).ok()?);
            }
        }
    }
    if texts > FORM_BYTES_MAX / 3 {
        return None;
    }
    parts.extensions.insert(Uploads(Arc::new(files)));
    parts.headers.insert(CONTENT_TYPE, ORDINARY);
    parts.headers.remove(CONTENT_LENGTH);
    Some(Request::from_parts(parts, Body::from(form.finish())))
}

struct Part {
    field: String,
    file: Option<String>,
    bytes: Bytes,
}

/// The parts of a form; none if it is not whole.
fn split(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let (begin, between) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
    let mut at = begin.len();
    if !body.starts_with(begin.as_bytes()) {
        return None;
    }
    let mut parts = Vec::new();
    loop {
        match body.get(at..at + 2)? {
            b"--" => return Some(parts),
            b"\r\n" => at += 2,
            _ => return None,
        }
        let head = at + find(&body[at..], b"\r\n\r\n")?;
        let content = head + 4;
        let end = content + find(body.get(content..)?, between.as_bytes())?;
        if parts.len() == PARTS_MAX {
            return None;
        }
        let (field, file) = disposition(std::str::from_utf8(&body[at..head]).ok()?)?;
        parts.push(Part { field, file, bytes: body.slice(content..end) });
        at = end + between.len();
    }
}

/// The name of the field, and that of the file if the part is one.
fn disposition(head: &str) -> Option<(String, Option<String>)> {
    let line = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let parameter = |name: &str| {
        let (_, rest) = line.split_once(&format!("; {name}=\""))?;
        // Browsers write a quotation mark in a name as %22.
        rest.split_once('"').map(|(value, _)| value.replace("%22", "\""))
    };
    Some((parameter("name")?, parameter("filename")))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|b| b == first) {
        at += found;
        if bytes[at + 1..].starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> Option<Request> {
        let request =
            Request::builder().header(CONTENT_TYPE, "multipart/form-data; boundary=XyZ").body(Body::empty()).unwrap();
        let boundary = boundary(&request).unwrap();
        ordinary(request.into_parts().0, &Bytes::copy_from_slice(body.as_bytes()), &boundary)
    }

    #[tokio::test]
    async fn a_form_with_a_file_becomes_an_ordinary_one_with_the_file_beside_it() {
        let body = "--XyZ\r\nContent-Disposition: form-data; name=\"stamp\"\r\n\r\na=b&c\r\n\
            --XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\
            %PDF-1.7\r\n--Xy\r\n\r\n\r\n--XyZ\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n--XyZ--\r\n";
        let (mut parts, form) = request(body).unwrap().into_parts();
        let form = axum::body::to_bytes(form, 1_000).await.unwrap();
        assert_eq!(form, "stamp=a%3Db%26c");
        assert_eq!(parts.headers[CONTENT_TYPE], ORDINARY);
        let uploads = Uploads::from_request_parts(&mut parts, &()).await.unwrap();
        let file = uploads.of("file").unwrap();
        assert_eq!((file.name.as_str(), &*file.bytes), ("a\"b.pdf", &b"%PDF-1.7\r\n--Xy\r\n\r\n"[..]));
        assert!(uploads.of("none").is_none() && uploads.of("stamp").is_none());
    }

    #[test]
    fn a_form_that_is_not_whole_is_none() {
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
            assert!(request(body).is_none(), "{body:?}");
        }
        assert!(request("--XyZ--\r\n").is_some());
    }

    #[test]
    fn only_a_form_with_a_file_has_a_boundary() {
        for (kind, expected) in [
            ("application/x-www-form-urlencoded", None),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=a", None),
            ("Multipart/Form-Data; charset=utf-8; boundary=\"a b\"", Some("a b")),
        ] {
            let request = Request::builder().header(CONTENT_TYPE, kind).body(Body::empty()).unwrap();
            assert_eq!(boundary(&request).as_deref(), expected, "{kind}");
        }
    }
}
