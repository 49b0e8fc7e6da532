//! Faults somebody switched on: which request or webhook is hit next, and by what.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The connection drops before anything is done.
    LostBefore,
    /// Everything is done and then the connection drops.
    LostAfter,
    TooManyRequests,
    ServerError,
    WebhookTwice,
    /// Others overtake it.
    WebhookLate,
    WebhookLost,
    WrongSignature,
}

/// One fault. Empty `method` and `path` match everything; a path matches as a part of the request's path, or of the
/// webhook's whole address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub kind: FaultKind,
    #[serde(default)]
    pub method: String,
    #[serde(default)]
    pub path: String,
    /// How often it strikes before it is spent; 0 means for ever.
    #[serde(default = "once")]
    pub times: u32,
    #[serde(default = "always")]
    pub percent: u8,
    /// How late a [`FaultKind::WebhookLate`] is.
    #[serde(default = "late")]
    pub seconds: u32,
}

fn once() -> u32 {
    1
}

fn always() -> u8 {
    100
}

fn late() -> u32 {
    5
}

impl Fault {
    /// Strikes the next request or webhook whose method and path match.
    pub fn next(kind: FaultKind, method: &str, path: &str) -> Self {
        Self { kind, method: method.to_owned(), path: path.to_owned(), times: 1, percent: 100, seconds: late() }
    }
}

#[derive(Debug)]
pub struct Faults {
    waiting: Vec<Waiting>,
    /// Moves on with every throw, so that one seed always tells the same story.
    dice: u64,
}

#[derive(Debug)]
struct Waiting {
    /// Only what is about a call to a number that begins so.
    number: String,
    fault: Fault,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self { waiting: Vec::new(), dice: seed | 1 }
    }

    pub fn add(&mut self, fault: Fault) {
        self.add_of("", fault);
    }

    /// Strikes only what is about a call to a number that begins so.
    pub fn add_of(&mut self, number: &str, fault: Fault) {
        self.waiting.push(Waiting { number: number.to_owned(), fault });
    }

    /// Those that were to strike calls to this number alone.
    pub fn forget_of(&mut self, number: &str) {
        self.waiting.retain(|waiting| waiting.number != number);
    }

    pub fn seed(&mut self, seed: u64) {
        self.dice = seed | 1;
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    pub fn waiting(&self) -> Vec<&Fault> {
        self.waiting.iter().map(|waiting| &waiting.fault).collect()
    }

    /// `number`: that of the call it is about.
    pub fn strike_request(&mut self, method: &str, path: &str, number: &str) -> Option<Fault> {
        self.strike(method, path, number, |kind| !kind.is_of_webhooks())
    }

    pub fn strike_webhook(&mut self, method: &str, url: &str, number: &str) -> Option<Fault> {
        self.strike(method, url, number, FaultKind::is_of_webhooks)
    }

    fn strike(&mut self, method: &str, path: &str, number: &str, is_kind: impl Fn(FaultKind) -> bool) -> Option<Fault> {
        let at = (0..self.waiting.len()).find(|at| {
            let Waiting { number: only, fault } = &self.waiting[*at];
            let matches = (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
                && path.contains(&fault.path)
                && number.starts_with(only)
                && is_kind(fault.kind);
            let percent = fault.percent;
            matches && (percent >= 100 || self.throw() < percent)
        })?;
        let fault = self.waiting[at].fault.clone();
        match fault.times {
            0 => {}
            1 => drop(self.waiting.remove(at)),
            _ => self.waiting[at].fault.times -= 1,
        }
        Some(fault)
    }

    /// A number from 0 to 99, from a xorshift generator.
    fn throw(&mut self) -> u8 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        u8::try_from(self.dice % 100).expect("below a hundred")
    }
}

impl FaultKind {
    fn is_of_webhooks(self) -> bool {
        match self {
            Self::LostBefore | Self::LostAfter | Self::TooManyRequests | Self::ServerError => false,
            Self::WebhookTwice | Self::WebhookLate | Self::WebhookLost | Self::WrongSignature => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_the_next_match_and_is_spent() {
        let mut faults = Faults::new(7);
        faults.add(Fault::next(FaultKind::LostAfter, "POST", "/Calls"));
        assert_eq!(faults.strike_request("GET", "/Calls.json", ""), None);
        assert_eq!(faults.strike_webhook("POST", "http://a.test/Calls", ""), None, "it is none of webhooks");
        assert_eq!(faults.strike_request("POST", "/Calls.json", "").unwrap().kind, FaultKind::LostAfter);
        assert_eq!(faults.strike_request("POST", "/Calls.json", ""), None);
    }

    #[test]
    fn a_fault_of_one_number_spares_the_others() {
        let mut faults = Faults::new(7);
        faults.add_of("+1415555", Fault { times: 2, ..Fault::next(FaultKind::LostAfter, "", "") });
        assert_eq!(faults.strike_request("POST", "/Calls.json", "+14165550101"), None);
        assert!(faults.strike_request("POST", "/Calls.json", "+14155550101").is_some());
        faults.forget_of("+1415555");
        assert_eq!(faults.strike_request("POST", "/Calls.json", "+14155550101"), None);
    }

    #[test]
    fn the_same_seed_strikes_the_same_requests() {
        let story = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(Fault { times: 0, percent: 30, ..Fault::next(FaultKind::ServerError, "", "") });
            (0..50).map(|_| faults.strike_request("GET", "/", "").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(story(42), story(42));
        assert!((5..25).contains(&story(42).into_iter().filter(|struck| *struck).count()));
    }
}
