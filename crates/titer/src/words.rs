//! Refusals in words, for the terminal: the same sentences as on the pages.

use titer_lab::Refusal;
use titer_web::words::{Arg, Words};

/// What a refusal says.
pub fn refusal(refusal: &Refusal) -> String {
    let args: Vec<(&str, &dyn Arg)> = refusal.args.iter().map(|(n, v)| (*n, v as &dyn Arg)).collect();
    Words::english().refusal(refusal.code, &args)
}

/// What a stored code with its arguments says.
pub fn coded(code: &str, args: &[(String, String)]) -> String {
    let args: Vec<(&str, &dyn Arg)> = args.iter().map(|(n, v)| (n.as_str(), v as &dyn Arg)).collect();
    Words::english().refusal(code, &args)
}

/// What a hold says, such as `instrument-flag:A`.
pub fn hold(hold: &str) -> String {
    let (code, detail) = hold.split_once(':').unwrap_or((hold, ""));
    Words::english().tell(&format!("hold-{code}"), &[("detail", &detail)])
}

/// What happened, by the kind of the event.
pub fn event(kind: &str) -> String {
    Words::english().tell(&format!("event-{}", kind.replace('.', "-")), &[("detail", &"")])
}
