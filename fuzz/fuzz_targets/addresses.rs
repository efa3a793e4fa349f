//! Any address: what passes the door has no control characters however it is decoded, and nobody is sent to another site, as browsers read
//! addresses.
#![no_main]

use axum::extract::Query;
use axum::http::{HeaderValue, Uri};
use libfuzzer_sys::fuzz_target;
use titer_shell::address::escaped;
use titer_shell::door::{here, is_address};
use url::Url;

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let to = here(&text);
    let site = Url::parse("http://titer.example/sign-in").expect("an address");
    let there = site.join(to).expect("an address of this site");
    assert_eq!(there.host_str(), Some("titer.example"), "{text:?}");
    assert!(HeaderValue::from_str(to).is_ok(), "{text:?}");
    assert!(is_address(&format!("/sign-in?back={}", escaped(to))), "{text:?}");
    if let Ok(uri) = Uri::try_from(input)
        && is_address(uri.path_and_query().map_or("/", |sent| sent.as_str()))
        && let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(&uri)
    {
        assert!(pairs.iter().all(|(name, value)| !name.chars().chain(value.chars()).any(char::is_control)), "{uri}");
    }
});
