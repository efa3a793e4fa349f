//! The door: every text from outside passes it before any handler reads it. An address (path and query) has no control characters, also
//! not when it is decoded; a form is one, is not too long, and has no NUL; both are UTF-8. Whatever is not so is refused here, so that no
//! handler, header or statement of SQL meets it. What a field may hold beyond that, its room decides ([`titer_lab::text`]), and the person
//! reads it beside the field. Headers carry nothing but what the house signed ([`crate::sessions`]) and what the framework reads.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::uri::PathAndQuery;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode;

use crate::body::FORM_BYTES_MAX;
use crate::errors::Problem;

/// The one kind of form that pages send.
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether an address can be read: path and query, as sent.
pub fn is_address(sent: &str) -> bool {
    percent_decode(sent.as_bytes()).decode_utf8().is_ok_and(|text| !text.chars().any(char::is_control))
}

/// Whether the fields of a form can be read, as sent. Lines and tabs may stand in a field.
pub fn is_form(sent: &[u8]) -> bool {
    percent_decode(sent).decode_utf8().is_ok_and(|text| !text.contains('\0'))
}

/// The address to go on to, if it is one of this site; else the first page. Browsers drop tabs and line ends, and take `\` for `/`: only
/// what every browser reads as a path of this site is one.
pub fn here(to: &str) -> &str {
    let plain = to.bytes().all(|b| matches!(b, b'!'..=b'~') && !matches!(b, b'\\' | b'"' | b'<' | b'>'));
    let path = to.split(['?', '#']).next().unwrap_or_default();
    let down = !path.contains("//") && !path.split('/').any(|part| matches!(part, "." | ".."));
    if plain && down && path.starts_with('/') && is_address(to) { to } else { "/" }
}

/// Lets a request in that can be read.
pub(crate) async fn admit(request: Request, next: Next) -> Response {
    if !is_address(request.uri().path_and_query().map_or("/", PathAndQuery::as_str)) {
        return Problem::Unreadable.into_response();
    }
    let form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    let (parts, body) = request.into_parts();
    match to_bytes(body, FORM_BYTES_MAX).await {
        Ok(sent) if sent.is_empty() || (form && is_form(&sent)) => {
            next.run(Request::from_parts(parts, Body::from(sent))).await
        }
        _ => Problem::Unreadable.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        let stay = [
            "/",
            "/orders",
            "/find?q=a%20b&c=%25",
            "/orders/7#tubes",
            "/find?q=//elsewhere",
            "/find?q=http://elsewhere",
        ];
        for to in stay {
            assert_eq!(here(to), to);
        }
        let elsewhere = [
            "",
            "orders",
            "//elsewhere",
            "///elsewhere",
            "/\\elsewhere",
            "\\\\elsewhere",
            "/\t/elsewhere",
            "/\n/elsewhere",
            "/\r\n/elsewhere",
            "/\r\nSet-Cookie: a=b",
            "/\0",
            "/ /elsewhere",
            "/\u{85}/elsewhere",
            "/\u{2028}/elsewhere",
            "/ä",
            "/.//elsewhere",
            "/..//elsewhere",
            "/./elsewhere",
            "/orders/../..",
            "/orders//elsewhere",
            "/orders%00",
            "/orders%0d%0aSet-Cookie: a=b",
            "/find?q=%09",
            "https://elsewhere",
            "javascript:alert(1)",
            " /orders",
            "\t//elsewhere",
            "?q=1",
            "#",
        ];
        for to in elsewhere {
            assert_eq!(here(to), "/", "{to:?}");
        }
    }

    #[test]
    fn an_address_or_a_form_that_cannot_be_read_is_none() {
        for (sent, address, form) in [
            ("/find?q=a", true, true),
            ("/find?q=%C3%A4", true, true),
            ("/find?q=%00", false, false),
            ("/orders/%00", false, false),
            ("/find?q=a%0Ab", false, true),
            ("/find?q=a%0D", false, true),
            ("/find?q=%09", false, true),
            ("/find?q=%7F", false, true),
            ("/find?q=%C2%85", false, true),
            ("/find?q=%FF", false, false),
            ("/find?q=%C3", false, false),
            ("/find?q=%ZZ%", true, true),
            ("/find?%00=a", false, false),
        ] {
            assert_eq!((is_address(sent), is_form(sent.as_bytes())), (address, form), "{sent}");
        }
    }

    proptest! {
        /// As browsers read an address (the WHATWG's standard), whatever is asked for.
        #[test]
        fn every_address_to_go_on_to_is_of_this_site(to in prop_oneof![any::<String>(), "/[/\\\\a.%\t\r\n:@?#]{0,12}"]) {
            let site = url::Url::parse("http://titer.example/sign-in").unwrap();
            let there = site.join(here(&to)).unwrap();
            prop_assert_eq!(there.host_str(), Some("titer.example"), "{:?}", to);
            prop_assert!(axum::http::HeaderValue::from_str(here(&to)).is_ok());
        }
    }
}
