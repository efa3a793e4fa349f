//! The addresses of the shell itself.

use crate::address::Address;

/// What needs me now: the first page after signing in. The pages of the laboratory answer it.
pub const HOME: Address = Address::laboratory("/");
/// Styles and scripts.
pub const ASSETS: Address = Address::house("/assets/{version}/{name}");
/// Whether the process is alive.
pub const LIVEZ: Address = Address::house("/livez");
/// Whether it can work.
pub const READYZ: Address = Address::house("/readyz");
/// What it has done.
pub const METRICS: Address = Address::house("/metrics");
/// The stream of what changes.
pub const LIVE: Address = Address::laboratory("/live");
/// Signing in.
pub const SIGN_IN: Address = Address::house("/sign-in");
/// Signing out.
pub const SIGN_OUT: Address = Address::house("/sign-out");
/// One's own sessions.
pub const SESSIONS: Address = Address::house("/sessions");
/// Ending one of them.
pub const SESSION_END: Address = Address::house("/sessions/end");
/// Ending all of them but this.
pub const SESSIONS_END_OTHERS: Address = Address::house("/sessions/end-others");
/// One's own password.
pub const PASSWORD: Address = Address::house("/password");
