//! The pages of the laboratory: what people see and press. Nothing is decided here: a page shows what the laboratory's rooms say, and
//! hands them what a person wants. They stand in the shell (`titer_shell`), which knows none of them.
//!
//! | module | what it does |
//! |---|---|
//! | [`sections`] | what the shell has to know of these pages: one row for each noun |
//! | [`paths`] | every address |
//! | [`pages`] | what each page shows: one struct for each template in `templates/` |
//! | `handlers` | fills them, and hands on what is pressed |
//! | [`printer`] | what is printed, without a typesetter |

mod handlers;
pub mod pages;
pub mod paths;
pub mod printer;
pub mod sections;

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use titer_link::Board;
use titer_shell::Shell;
use titer_shell::live::Change;
use titer_shell::permit::Routes;
use titer_shell::words::Files;

use crate::printer::Printer;
use crate::sections::{ALARMS, BOARD};

/// The sentences of these pages.
pub const ENGLISH: Files = include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// What these pages share beside the shell.
pub struct Web {
    /// How the links are doing.
    pub board: Board,
    /// Typesets labels.
    pub printer: Box<dyn Printer>,
}

/// Every address of these pages, with what it takes to open it.
pub fn routes() -> Routes<Arc<Web>> {
    handlers::add(Routes::new())
}

/// The whole of the pages as one service. Begins to tell open pages how the links are doing.
pub fn router(shell: Arc<Shell>, web: Web) -> Router {
    tokio::spawn(follow_board(web.board.clone(), Arc::downgrade(&shell)));
    titer_shell::router(shell, routes().with_state(Arc::new(web)))
}

/// How often at most the board's changes are told: traffic is told of, not every frame.
const BOARD_EVERY: Duration = Duration::from_secs(1);
/// How often the board is told although nothing changed: silence grows, and rates fall.
const BOARD_AT_LEAST: Duration = Duration::from_secs(30);

/// Tells open pages how the links are doing, as long as there are pages.
async fn follow_board(board: Board, shell: Weak<Shell>) {
    let mut told = board.watch();
    let mut alarms = told.borrow_and_update().alarms;
    loop {
        let changed = tokio::time::timeout(BOARD_AT_LEAST, told.changed()).await;
        let Some(shell) = shell.upgrade() else { return };
        let now = *told.borrow_and_update();
        let mut topics = vec![BOARD];
        if now.alarms != alarms || changed.is_err() {
            alarms = now.alarms;
            topics.push(ALARMS);
        }
        shell.live.tell(Change { number: None, topics: topics.into_iter().collect() });
        drop(shell);
        tokio::time::sleep(BOARD_EVERY).await;
    }
}
