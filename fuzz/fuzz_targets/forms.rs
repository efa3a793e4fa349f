//! Any form: what passes the door has no NUL, whatever a room keeps of a text it keeps again, and what a page writes has no markup and
//! nothing that nobody sees.
#![no_main]

use axum::extract::Query;
use axum::http::Uri;
use libfuzzer_sys::fuzz_target;
use titer_lab::specimens::tube_number::carried;
use titer_lab::text::{identifier, is_hidden, key, name, optional, username};
use titer_shell::door::is_form;
use titer_shell::escape::visible;

fuzz_target!(|input: &[u8]| {
    if !is_form(input) {
        return;
    }
    // A form is written as a query is.
    let Ok(uri) = Uri::try_from([b"/?", input].concat()) else { return };
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(&uri) else { return };
    for (field, text) in pairs {
        assert!(!field.contains('\0') && !text.contains('\0'));
        assert_eq!(key(&key(&text)), key(&text), "{text:?}");
        if let Ok(kept) = optional(&text, "text") {
            assert!(!kept.chars().any(is_hidden), "{text:?}");
        }
        if let Ok(kept) = name(&text, "name") {
            assert_eq!(name(&kept, "name").ok().as_ref(), Some(&kept), "{text:?}");
        }
        if let Ok(kept) = identifier(&text, "identifier") {
            assert_eq!(identifier(&kept, "identifier").ok().as_ref(), Some(&kept), "{text:?}");
        }
        if let Ok(kept) = username(&text) {
            assert_eq!(username(&kept).ok().as_ref(), Some(&kept), "{text:?}");
        }
        if let Ok(number) = carried(&text) {
            assert!(number.is_ascii() && number.len() <= 26, "{text:?}");
        }
        let written = visible(&text);
        assert!(!written.contains(['<', '>', '"', '\'']), "{text:?}");
        assert!(!written.chars().any(|c| is_hidden(c) && !"\t\n\r".contains(c)), "{text:?}");
    }
});
