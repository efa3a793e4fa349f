//! The message that is coming in: which frame is due, and where its last record ends.

use super::super::frame::{Fault, Frame, Reader};
use super::super::record::is_terminator;
use super::{CR, KEPT_BYTES, Options};

/// What a good frame is to the message under way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Next,
    Repeat,
    /// Frame 1 of a new message in a transfer that had no ENQ to say so.
    Restart,
}

#[derive(Debug)]
pub(super) struct Inbound {
    /// The transfer began without ENQ.
    pub implicit: bool,
    /// Text of the frames taken, since the last message handed over.
    text: Vec<u8>,
    /// Where the last record that is not ended begins in `text`.
    open: usize,
    frames: u32,
    expected: u8,
    /// The last frame answered with ACK.
    last_number: Option<u8>,
    last_text: Vec<u8>,
    /// `text.len()` and `open` before the frame that is not answered yet, or was refused by the application.
    undo: Option<(usize, usize)>,
}

impl Default for Inbound {
    fn default() -> Self {
        Self {
            implicit: false,
            text: Vec::new(),
            open: 0,
            frames: 0,
            expected: 1,
            last_number: None,
            last_text: Vec::new(),
            undo: None,
        }
    }
}

impl Inbound {
    pub fn begin(&mut self, implicit: bool) {
        self.implicit = implicit;
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.open = 0;
        self.frames = 0;
        self.expected = 1;
        self.last_number = None;
        self.undo = None;
    }

    /// A message has begun and is not the application's yet.
    pub fn is_under_way(&self) -> bool {
        !self.text.is_empty()
    }

    pub fn buffered(&self) -> usize {
        self.text.len() + self.last_text.len()
    }

    /// Judges a frame: its place, or the fault for which it is refused.
    pub fn place(&self, frame: &Frame, text: &[u8], options: &Options) -> Result<Place, Fault> {
        if let Some(fault) = frame.fault {
            return Err(fault);
        }
        let number = frame.number;
        let within = |kept: usize, place| match kept + text.len() < options.message_max {
            true => Ok(place),
            false => Err(Fault::MessageTooLong { max: options.message_max }),
        };
        if number == self.expected {
            return within(self.undo.map_or(self.text.len(), |(len, _)| len), Place::Next);
        }
        if self.last_number == Some(number) && self.last_text == text {
            return Ok(Place::Repeat);
        }
        if self.implicit && number == 1 && text.first() == Some(&b'H') {
            return within(0, Place::Restart);
        }
        Err(if self.last_number == Some(number) {
            Fault::NumberReused { number }
        } else {
            Fault::OutOfSequence { expected: self.expected, got: number }
        })
    }

    /// Appends the text of the frame that was due. Answers where the last message that it completes ends, if it
    /// completes one.
    ///
    /// A message is complete with its L record, whether ETB or ETX follows: neither tells reliably. Many analyzers end
    /// every frame with ETX, some all but the last with ETB, and some put records behind L in the same frame.
    pub fn take(&mut self, text: &[u8], last: bool) -> Option<usize> {
        if let Some((len, open)) = self.undo.take() {
            self.text.truncate(len);
            self.open = open;
        } else {
            self.frames += 1;
        }
        self.undo = Some((self.text.len(), self.open));
        self.text.extend_from_slice(text);
        // A record cannot go on behind ETX, so one that lacks its CR ends there all the same.
        if last && !matches!(self.text.last(), None | Some(&CR)) {
            self.text.push(CR);
        }

        let mut complete = None;
        let searched = self.undo.map_or(0, |(len, _)| len);
        let mut at = searched;
        while let Some(found) = self.text[at..].iter().position(|byte| *byte == CR) {
            let end = at + found;
            let record = &self.text[self.open..end];
            // An empty record behind L belongs to it.
            if is_terminator(record) || (record.is_empty() && complete == Some(self.open)) {
                complete = Some(end + 1);
            }
            at = end + 1;
            self.open = at;
        }
        complete
    }

    /// The message that ends at `end`, without letting go of it.
    pub fn message(&self, end: usize) -> (Vec<u8>, u32) {
        (self.text[..end].to_vec(), self.frames)
    }

    /// The frame taken is answered with ACK. Its text is kept, to know a repeat, by exchange of buffers with the
    /// reader.
    pub fn accepted(&mut self, number: u8, reader: &mut Reader) {
        self.undo = None;
        self.last_number = Some(number);
        reader.swap_text(&mut self.last_text);
        self.expected = (number + 1) % 8;
    }

    /// The message that ends at `end` is the application's now.
    pub fn let_go(&mut self, end: usize) {
        self.text.drain(..end);
        self.text.shrink_to(KEPT_BYTES);
        self.open = self.open.saturating_sub(end);
        self.frames = u32::from(!self.text.is_empty());
    }

    /// What has come of a message that will not be completed.
    pub fn take_rest(&mut self) -> Vec<u8> {
        self.open = 0;
        self.frames = 0;
        self.undo = None;
        std::mem::take(&mut self.text)
    }
}
