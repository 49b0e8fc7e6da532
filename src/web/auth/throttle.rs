//! How often somebody may try to sign in: by address of the account, so that guessing one password is slow, and by
//! address on the network, so that guessing many is.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Past so many remembered names the ones that have their tries back are forgotten.
const REMEMBER: usize = 10_000;

pub struct Throttle {
    by_email: DefaultKeyedRateLimiter<String>,
    by_network: DefaultKeyedRateLimiter<String>,
}

impl Throttle {
    /// Five quick tries for one e-mail address, then one every ten seconds. People behind one network address share
    /// it, so that has more.
    pub fn new() -> Self {
        Self { by_email: limiter(Duration::from_secs(10), 5), by_network: limiter(Duration::from_secs(1), 30) }
    }

    /// Counts a try. If it is one too many: how many seconds to wait.
    pub fn must_wait(&self, email: &str, from: Option<IpAddr>) -> Option<u64> {
        wait(&self.by_network, network(from)).or_else(|| wait(&self.by_email, email.trim().to_lowercase()))
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

fn limiter(every: Duration, at_once: u32) -> DefaultKeyedRateLimiter<String> {
    let at_once = NonZeroU32::new(at_once).expect("a burst is not empty");
    RateLimiter::keyed(Quota::with_period(every).expect("a period is not zero").allow_burst(at_once))
}

fn wait(limiter: &DefaultKeyedRateLimiter<String>, key: String) -> Option<u64> {
    if limiter.len() > REMEMBER {
        limiter.retain_recent();
    }
    let too_many = limiter.check_key(&key).err()?;
    Some(too_many.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
}

/// One customer has a whole /64 of IPv6 addresses.
pub fn network(from: Option<IpAddr>) -> String {
    match from {
        Some(IpAddr::V6(address)) => format!("{:x}", address.to_bits() >> 64),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_quick_try_for_one_address_waits_and_another_address_does_not() {
        let throttle = Throttle::new();
        let tries: Vec<_> = (0..6).map(|_| throttle.must_wait("Ann@example.org", None).is_some()).collect();
        assert_eq!(tries, [false, false, false, false, false, true]);
        assert!(throttle.must_wait(" ann@EXAMPLE.org", None).is_some_and(|seconds| (1..=10).contains(&seconds)));
        assert_eq!(throttle.must_wait("bob@example.org", None), None);
    }

    #[test]
    fn one_network_address_cannot_try_many_accounts() {
        let throttle = Throttle::new();
        let from = "2001:db8::1".parse().ok();
        assert!((0..30).all(|n| throttle.must_wait(&format!("{n}@example.org"), from).is_none()));
        let neighbour = "2001:db8::2".parse().ok();
        assert!(throttle.must_wait("new@example.org", neighbour).is_some());
    }
}
