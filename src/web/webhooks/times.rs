//! How long answering webhooks took in this process since it was last asked: by hour and sender.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::figures::{Tally, hour_of};
use crate::flows::figures::Answered;
use crate::metrics;

type ByHour = BTreeMap<(DateTime<Utc>, &'static str), Tally>;

#[derive(Default)]
pub struct Times(Mutex<ByHour>);

impl Times {
    pub fn note(&self, sender: &'static str, took: TimeDelta, now: DateTime<Utc>) {
        let micros = took.num_microseconds().unwrap_or(i64::MAX).max(0);
        metrics::webhook_took(sender, micros);
        self.lock().entry((hour_of(now), sender)).or_default().note(micros);
    }

    pub fn take(&self) -> Vec<Answered> {
        let taken = std::mem::take(&mut *self.lock());
        taken.into_iter().map(|((hour, sender), tally)| Answered { hour, sender, tally }).collect()
    }

    /// They could not be kept elsewhere.
    pub fn put_back(&self, parts: Vec<Answered>) {
        let mut times = self.lock();
        for part in parts {
            times.entry((part.hour, part.sender)).or_default().add(&part.tally);
        }
    }

    fn lock(&self) -> MutexGuard<'_, ByHour> {
        self.0.lock().expect("nothing under this lock can panic")
    }
}
