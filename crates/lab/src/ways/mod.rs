//! Ways: what takes commands of several rooms, or what only a higher room knows. Each runs in one submission, so that it is done
//! whole or not at all; the commands that it runs are for it alone.

mod add_tests;
mod cancel;
mod correct;
mod place;
mod reflex;
mod reject;
mod sign;

pub use add_tests::{add_tests, ask_again};
pub use cancel::cancel;
pub use correct::correct;
pub use place::{NewOrder, place};
pub use reflex::{add_suggested, apply_reflexes};
pub use reject::{discard, reject};
pub use sign::{Signing, let_stand, verify};
