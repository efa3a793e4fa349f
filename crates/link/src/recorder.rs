//! Writes the traffic of a link into rows, which whoever asked for the recording fetches. A recording never holds up the link: pieces
//! that it cannot take are counted, and the recording says how many.

use std::time::Duration;

use titer_lab::{Failure, Laboratory, Timestamp};
use titer_wire::recording::{Entry, What};
use tokio::{
    sync::mpsc,
    time::{interval, sleep_until},
};

use crate::{
    Board,
    board::{as_text, lock},
    links::operating::{self, RECORDED_AT_ONCE_MAX, RECORDED_MAX, Recording},
};

/// Entries that may wait to be written.
pub(crate) const WAITING_MAX: usize = 10_000;
/// The last line of a recording.
pub const ENDED: &str = "the recording ended";
/// How often they are written.
const EVERY: Duration = Duration::from_millis(250);

/// Records until the recording is over, or until the sender of entries is gone.
pub(crate) async fn record(
    laboratory: Laboratory,
    board: Board,
    recording: Recording,
    mut entries: mpsc::Receiver<Entry>,
) {
    let left = recording.until.micros() - laboratory.store().now().micros();
    let end = tokio::time::Instant::now() + Duration::from_micros(u64::try_from(left).unwrap_or(0));
    let asked = recording.until.plus_seconds(-operating::RECORDING_SECONDS_MAX);
    let mut writer = Writer { laboratory, recording, asked, last: 0, written: 0 };
    let mut due = vec![writer.remark("recording")];
    let mut beat = interval(EVERY);
    let mut over = false;
    while !over {
        tokio::select! {
            _ = beat.tick() => {}
            () = sleep_until(end) => entries.close(),
        }
        over = loop {
            match entries.try_recv() {
                Ok(entry) => due.push(entry),
                Err(mpsc::error::TryRecvError::Empty) => break false,
                Err(mpsc::error::TryRecvError::Disconnected) => break true,
            }
        };
        let lost = lock(&board.activity(recording.link)).lost();
        if lost > 0 {
            due.push(writer.remark(&format!("{lost} pieces were not recorded: too much at once")));
        }
        if writer.written + due.len() as i64 > RECORDED_MAX {
            due.truncate(usize::try_from(RECORDED_MAX - writer.written).unwrap_or(0));
            due.push(writer.remark("the recording is full"));
            over = true;
        }
        if over {
            due.push(writer.remark(ENDED));
        }
        for batch in due.chunks(RECORDED_AT_ONCE_MAX as usize) {
            if let Err(e) = writer.write(batch).await {
                tracing::warn!(link = recording.link.0, "{} recorded lines could not be written: {e}", batch.len());
            }
        }
        due.clear();
    }
}

struct Writer {
    laboratory: Laboratory,
    recording: Recording,
    asked: Timestamp,
    last: i64,
    written: i64,
}

impl Writer {
    fn remark(&self, text: &str) -> Entry {
        Entry { at: as_text(self.laboratory.store().now()), connection: 0, what: What::Note(text.to_owned()) }
    }

    async fn write(&mut self, entries: &[Entry]) -> Result<(), Failure> {
        if entries.is_empty() {
            return Ok(());
        }
        let elapsed = self.laboratory.store().now().micros() - self.asked.micros();
        let mut last = self.last.max(self.recording.line_at(elapsed));
        let mut lines = Vec::new();
        for entry in entries {
            last += 1;
            if self.recording.has(last) {
                lines.push((last, entry.to_string()));
            }
        }
        operating::keep(&self.laboratory, self.recording, lines).await?;
        (self.last, self.written) = (last, self.written + entries.len() as i64);
        Ok(())
    }
}
