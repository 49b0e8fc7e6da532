//! The only home of "now". A running clock follows the machine, N times faster if asked; a stepped clock stands still
//! while anything is at work and then jumps to the next moment somebody waits for.
//!
//! The stepped clock is how stories are told in tests: whoever works holds a [`Busy`], whoever waits calls
//! [`Clock::sleep_until`] without one, and time moves only when nobody holds a `Busy`. A sleeper wakes up holding one,
//! so there is no moment between "it is time" and "I am working on it" in which time could slip away. Work handed to
//! another task takes a `Busy` along. Sleeping while holding one would stop the world: set the alarm, then drop it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::oneshot;

#[derive(Clone)]
pub struct Clock(Arc<Kind>);

enum Kind {
    Running { started: Instant, at: DateTime<Utc>, speed: u32 },
    Stepped(Mutex<Stepped>),
}

struct Stepped {
    now: DateTime<Utc>,
    /// How many [`Busy`] are held. Time stands still while it is above zero.
    busy: usize,
    /// Who waits for when. The number keeps those who wait for the same moment in the order they came.
    sleepers: BTreeMap<(DateTime<Utc>, u64), oneshot::Sender<Busy>>,
    next_number: u64,
}

enum Alarm {
    After(Duration),
    Set(oneshot::Receiver<Busy>),
}

/// "I am at work": as long as one exists a stepped clock does not move. On a running clock it means nothing.
#[must_use]
pub struct Busy(Option<Clock>);

impl Clock {
    /// The machine's time, running `speed` times as fast from now on.
    pub fn running(speed: u32) -> Self {
        Self::running_since(machine_time(), speed)
    }

    /// The machine's time, having run `speed` times as fast since `anchor`: the same in every process that is given the
    /// same two, so that a story of several processes, one of them killed and started again, has one time.
    pub fn running_since(anchor: DateTime<Utc>, speed: u32) -> Self {
        let (now, speed) = (machine_time(), speed.max(1));
        let ahead = (now - anchor) * (i32::try_from(speed).unwrap_or(i32::MAX) - 1);
        Self(Arc::new(Kind::Running { started: Instant::now(), at: now + ahead, speed }))
    }

    /// A clock that stands at `now` until all work is done; the caller's `Busy` keeps it there to begin with.
    pub fn stepped(now: DateTime<Utc>) -> (Self, Busy) {
        let stepped = Stepped { now: now.trunc_subsecs(6), busy: 0, sleepers: BTreeMap::new(), next_number: 0 };
        let clock = Self(Arc::new(Kind::Stepped(Mutex::new(stepped))));
        let busy = clock.busy();
        (clock, busy)
    }

    /// The present in whole microseconds, which every database keeps exactly.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Kind::Running { started, at, speed } => {
                let passed =
                    TimeDelta::from_std(started.elapsed() * *speed).expect("the process is younger than an age");
                (*at + passed).trunc_subsecs(6)
            }
            Kind::Stepped(stepped) => lock(stepped).now,
        }
    }

    /// How many seconds of this clock pass in one of the machine's, for browsers, which live in that.
    pub fn speed(&self) -> u32 {
        match &*self.0 {
            Kind::Running { speed, .. } => *speed,
            Kind::Stepped(_) => 1,
        }
    }

    pub fn busy(&self) -> Busy {
        match &*self.0 {
            Kind::Running { .. } => Busy(None),
            Kind::Stepped(stepped) => {
                lock(stepped).busy += 1;
                Busy(Some(self.clone()))
            }
        }
    }

    /// Wakes at `moment`, at once if it is past, and at work from the first instant. The alarm is set by the call, before
    /// anybody awaits it: so set it, then drop the `Busy` one holds, then await.
    pub fn sleep_until(&self, moment: DateTime<Utc>) -> impl Future<Output = Busy> + Send + use<> {
        let alarm = match &*self.0 {
            Kind::Running { speed, .. } => {
                let wait = (moment - self.now()).to_std().unwrap_or(Duration::ZERO);
                Alarm::After(wait / *speed)
            }
            Kind::Stepped(stepped) => Alarm::Set(self.set_alarm(stepped, moment)),
        };
        async {
            match alarm {
                Alarm::After(wait) => {
                    #[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
                    tokio::time::sleep(wait).await;
                    Busy(None)
                }
                Alarm::Set(woken) => woken.await.expect("the clock keeps every sleeper until it wakes it"),
            }
        }
    }

    fn set_alarm(&self, stepped: &Mutex<Stepped>, moment: DateTime<Utc>) -> oneshot::Receiver<Busy> {
        let (wake, woken) = oneshot::channel();
        {
            let mut stepped = lock(stepped);
            let number = stepped.next_number;
            stepped.next_number += 1;
            let moment = moment.max(stepped.now);
            stepped.sleepers.insert((moment, number), wake);
        }
        self.move_on();
        woken
    }

    pub fn sleep(&self, duration: Duration) -> impl Future<Output = Busy> + Send + use<> {
        self.sleep_until(self.now() + TimeDelta::from_std(duration).expect("nobody sleeps for an age"))
    }

    /// How long `duration` of this clock's time lasts on the machine: for time-outs of the network.
    pub fn on_machine(&self, duration: Duration) -> Duration {
        match &*self.0 {
            Kind::Running { speed, .. } => duration / *speed,
            Kind::Stepped(_) => duration,
        }
    }

    /// Wakes the next sleeper if nobody is at work. One at a time, so that what happens at one moment happens in order.
    fn move_on(&self) {
        let Kind::Stepped(stepped) = &*self.0 else { return };
        loop {
            let (wake, busy) = {
                let mut stepped = lock(stepped);
                if stepped.busy > 0 {
                    return;
                }
                let Some(((moment, _), wake)) = stepped.sleepers.pop_first() else { return };
                if wake.is_closed() {
                    continue;
                }
                stepped.now = stepped.now.max(moment);
                stepped.busy += 1;
                (wake, Busy(Some(self.clone())))
            };
            match wake.send(busy) {
                Ok(()) => return,
                // It stopped waiting in this very moment; its Busy must not wake others from inside this loop.
                Err(mut unused) => {
                    unused.0 = None;
                    lock(stepped).busy -= 1;
                }
            }
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let Some(clock) = self.0.take() else { return };
        if let Kind::Stepped(stepped) = &*clock.0 {
            lock(stepped).busy -= 1;
        }
        clock.move_on();
    }
}

fn lock(stepped: &Mutex<Stepped>) -> std::sync::MutexGuard<'_, Stepped> {
    stepped.lock().expect("nothing under this lock can panic")
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
fn machine_time() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stepped_clock_jumps_to_the_next_sleeper_and_stands_while_it_works() {
        let start = DateTime::UNIX_EPOCH;
        let (clock, busy) = Clock::stepped(start);
        let other = clock.clone();
        let sleeper = tokio::spawn(async move {
            let _busy = other.sleep_until(start + TimeDelta::seconds(60)).await;
            let woken_at = other.now();
            tokio::task::yield_now().await;
            (woken_at, other.now())
        });
        tokio::task::yield_now().await;
        assert_eq!(clock.now(), start, "time stands while somebody is at work");
        drop(busy);
        assert_eq!(sleeper.await.unwrap(), (start + TimeDelta::seconds(60), start + TimeDelta::seconds(60)));
    }

    #[tokio::test]
    async fn a_sleeper_that_gave_up_does_not_stop_the_clock() {
        let start = DateTime::UNIX_EPOCH;
        let (clock, busy) = Clock::stepped(start);
        drop(tokio::time::timeout(Duration::ZERO, clock.sleep(Duration::from_secs(5))).await);
        drop(busy);
        drop(clock.sleep(Duration::from_secs(9)).await);
        assert_eq!(clock.now(), start + TimeDelta::seconds(9));
    }
}
