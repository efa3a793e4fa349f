//! Any header of cookies: nothing is read from it that was not made here.
#![no_main]

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use titer_shell::sessions::Cookies;

fuzz_target!(|input: &[u8]| {
    let Ok(sent) = HeaderValue::from_bytes(input) else { return };
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, sent.clone());
    headers.append(COOKIE, sent);
    for tls in [false, true] {
        let cookies = Cookies::new(&[7; 32], tls);
        assert!(cookies.read(&headers).is_none() && cookies.device(&headers).is_none(), "{headers:?}");
        assert!(cookies.heard(&headers, "/").is_none(), "{headers:?}");
    }
});
