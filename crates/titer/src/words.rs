//! The sentences of the program, put together from the crates that bring them; and refusals in words, for the terminal: the same
//! sentences as on the pages.

use std::sync::LazyLock;

use titer_lab::Refusal;
use titer_shell::words::{Arg, Words};

/// English, the only language so far.
pub static ENGLISH: LazyLock<Words> =
    LazyLock::new(|| Words::of("en-GB", &[titer_shell::words::ENGLISH, titer_web::ENGLISH]));

/// What a refusal says.
pub fn refusal(refusal: &Refusal) -> String {
    titer_shell::errors::refusal(&ENGLISH, refusal)
}

/// What a stored code with its arguments says.
pub fn coded(code: &str, args: &[(String, String)]) -> String {
    let args: Vec<(&str, &dyn Arg)> = args.iter().map(|(n, v)| (n.as_str(), v as &dyn Arg)).collect();
    ENGLISH.refusal(code, &args)
}

/// What a hold says, such as `instrument-flag:A`.
pub fn hold(hold: &str) -> String {
    let (code, detail) = hold.split_once(':').unwrap_or((hold, ""));
    ENGLISH.tell(&format!("hold-{code}"), &[("detail", &detail)])
}

/// What happened, by the kind of the event.
pub fn event(kind: &str) -> String {
    ENGLISH.tell(&format!("event-{}", kind.replace('.', "-")), &[("detail", &"")])
}
