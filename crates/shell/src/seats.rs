//! Connections of pages at the same time: how many there are, and which of them may be closed for a new one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// All seats. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Seats {
    most: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    seats: usize,
    numbers: u64,
    /// The seats that serve nobody who is signed in; who has sat longest is first.
    strangers: BTreeMap<u64, Arc<Notify>>,
}

impl Seats {
    /// So many.
    pub(crate) fn new(most: usize) -> Self {
        Seats { most, taken: Arc::default() }
    }

    /// A seat. If all are taken, the stranger who has sat longest is asked to leave; none if there are no strangers.
    pub(crate) fn take(&self) -> Option<Seat> {
        let mut taken = self.lock();
        if taken.seats >= self.most {
            taken.strangers.pop_first()?.1.notify_one();
        }
        taken.seats += 1;
        let leave = Arc::new(Notify::new());
        let number = taken.seat(leave.clone());
        Some(Seat { seats: self.clone(), number: Mutex::new(number), leave })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Counts and numbers; none is half changed by a panic.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn seat(&mut self, leave: Arc<Notify>) -> u64 {
        self.numbers += 1;
        self.strangers.insert(self.numbers, leave);
        self.numbers
    }
}

/// The seat of one connection, for as long as this lives.
pub(crate) struct Seat {
    seats: Seats,
    number: Mutex<u64>,
    leave: Arc<Notify>,
}

impl Seat {
    /// Waits until the seat is wanted for somebody else.
    pub(crate) async fn wanted(&self) {
        self.leave.notified().await;
    }

    fn number(&self) -> MutexGuard<'_, u64> {
        self.number.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let number = *self.number();
        let mut taken = self.seats.lock();
        taken.strangers.remove(&number);
        taken.seats -= 1;
    }
}

/// One request, until the last byte of its answer is written.
#[derive(Clone)]
pub(crate) struct Turn(Arc<Request>);

struct Request {
    seat: Arc<Seat>,
    known: AtomicBool,
}

impl Turn {
    pub(crate) fn new(seat: Arc<Seat>) -> Self {
        Turn(Arc::new(Request { seat, known: AtomicBool::new(false) }))
    }

    /// The request is of somebody who is signed in: the seat is kept until it is answered.
    pub(crate) fn keep(&self) {
        if !self.0.known.swap(true, Ordering::Relaxed) {
            let number = *self.0.seat.number();
            self.0.seat.seats.lock().strangers.remove(&number);
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.known.load(Ordering::Relaxed) {
            let mut number = self.seat.number();
            *number = self.seat.seats.lock().seat(self.seat.leave.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn must_leave(seat: &Seat) -> bool {
        seat.wanted().now_or_never().is_some()
    }

    #[test]
    fn a_new_connection_takes_the_place_of_the_stranger_who_has_sat_longest() {
        let seats = Seats::new(3);
        let [a, b, c] = [(); 3].map(|()| Arc::new(seats.take().unwrap()));
        let asks = Turn::new(a.clone());
        asks.keep();
        let d = seats.take().unwrap();
        assert_eq!([&a, &b, &c].map(|s| must_leave(s)), [false, true, false], "b sat longest of the strangers");
        drop(b);
        // Answered: from now on it is a stranger again, the latest.
        drop(asks);
        let e = seats.take().unwrap();
        assert_eq!([&a, &c].map(|s| must_leave(s)), [false, true]);
        drop((c, d, e));
        assert_eq!(seats.lock().seats, 1);
    }

    #[test]
    fn nobody_who_is_being_answered_gives_way() {
        let seats = Seats::new(2);
        let [a, b] = [(); 2].map(|()| Arc::new(seats.take().unwrap()));
        let turns = [&a, &b].map(|seat| Turn::new(seat.clone()));
        turns.iter().for_each(Turn::keep);
        assert!(seats.take().is_none());
        drop(turns);
        assert!(seats.take().is_some());
    }
}
