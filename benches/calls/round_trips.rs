//! Counts how often the database is asked something. Diesel waits for each answer before it asks again, and keeps its
//! statements prepared, so that after some warming up a query is a round trip.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

static ASKED: AtomicUsize = AtomicUsize::new(0);

/// For the connections that are made from now on.
pub fn count() {
    set_default_instrumentation(|| Some(Box::new(note) as Box<dyn Instrumentation>)).expect("nobody else sets it");
}

/// All since the start, BEGIN and COMMIT included.
pub fn so_far() -> usize {
    ASKED.load(Ordering::SeqCst)
}

fn note(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { .. } = event {
        ASKED.fetch_add(1, Ordering::SeqCst);
    }
}
