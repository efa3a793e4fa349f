//! The memory of messages that are not filed yet. Every connection may hold a little. What it holds beyond that is shared by all, so
//! that connections which begin long messages and never end them use no more together than one bound.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Bytes of unfinished messages that a connection always may hold. An ordinary message has a tenth of it.
pub const OWN_BYTES: usize = 64 * 1024;
/// Bytes of unfinished messages that all connections may hold beyond [`OWN_BYTES`] each.
pub const SHARED_BYTES_MAX: usize = 64 << 20;
/// As many of them may be on one link: the others keep room for long messages of their own.
pub const LINK_BYTES_MAX: usize = SHARED_BYTES_MAX / 2;

#[derive(Debug)]
struct Pool {
    used: AtomicUsize,
    most: usize,
}

impl Pool {
    fn of(most: usize) -> Arc<Self> {
        Arc::new(Pool { used: AtomicUsize::new(0), most })
    }

    fn take(&self, bytes: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.most);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The memory that all links share.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    all: Arc<Pool>,
    of_link: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(SHARED_BYTES_MAX, LINK_BYTES_MAX)
    }
}

impl Memory {
    /// So many bytes in all, and so many of them for one link.
    pub(crate) fn of(all: usize, of_link: usize) -> Self {
        Memory { all: Pool::of(all), of_link }
    }

    /// The share of one link.
    pub(crate) fn of_link(&self) -> LinkMemory {
        LinkMemory { all: self.all.clone(), link: Pool::of(self.of_link) }
    }
}

/// The memory that the connections of one link share.
#[derive(Clone, Debug)]
pub(crate) struct LinkMemory {
    all: Arc<Pool>,
    link: Arc<Pool>,
}

impl LinkMemory {
    /// What one connection holds.
    pub(crate) fn holding(&self) -> Holding {
        Holding { memory: self.clone(), bytes: 0 }
    }
}

/// What one connection holds of messages that are not filed yet.
#[derive(Debug)]
pub(crate) struct Holding {
    memory: LinkMemory,
    bytes: usize,
}

impl Holding {
    /// So many more bytes have come; answers whether there is room for them.
    pub(crate) fn grow(&mut self, by: usize) -> bool {
        let bytes = self.bytes + by;
        let more = shared(bytes) - shared(self.bytes);
        if !self.memory.link.take(more) {
            return false;
        }
        if !self.memory.all.take(more) {
            self.memory.link.give_back(more);
            return false;
        }
        self.bytes = bytes;
        true
    }

    /// So many bytes are still held, not more than before.
    pub(crate) fn shrink(&mut self, to: usize) {
        let to = to.min(self.bytes);
        let less = shared(self.bytes) - shared(to);
        self.memory.link.give_back(less);
        self.memory.all.give_back(less);
        self.bytes = to;
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.shrink(0);
    }
}

fn shared(bytes: usize) -> usize {
    bytes.saturating_sub(OWN_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: usize = 8 << 20;

    #[test]
    fn one_link_cannot_take_all_and_an_ordinary_message_always_finds_room() {
        let memory = Memory::default();
        let full = |link: &LinkMemory| -> Vec<Holding> {
            let one = || {
                let mut holding = link.holding();
                holding.grow(MESSAGE + OWN_BYTES).then_some(holding)
            };
            std::iter::from_fn(one).collect()
        };
        let (first, second, third) = (memory.of_link(), memory.of_link(), memory.of_link());
        let a = full(&first);
        assert_eq!(a.len() * MESSAGE, LINK_BYTES_MAX);
        let b = full(&second);
        assert_eq!((a.len() + b.len()) * MESSAGE, SHARED_BYTES_MAX);
        let mut c = third.holding();
        assert!(c.grow(OWN_BYTES) && !c.grow(1));
        drop(a);
        assert!(c.grow(MESSAGE), "what was held is given back");
        c.shrink(OWN_BYTES + 1);
        assert_eq!((third.link.used.load(Ordering::Relaxed), full(&first).len()), (1, 3));
        drop((b, c));
        assert_eq!(memory.all.used.load(Ordering::Relaxed), 0);
    }
}
