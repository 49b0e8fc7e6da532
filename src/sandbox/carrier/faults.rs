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
    waiting: Vec<Fault>,
    /// Moves on with every throw, so that one seed always tells the same story.
    dice: u64,
}

impl Faults {
    pub fn new(seed: u64) -> Self {
        Self { waiting: Vec::new(), dice: seed | 1 }
    }

    pub fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub fn seed(&mut self, seed: u64) {
        self.dice = seed | 1;
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    pub fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    pub fn strike_request(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.strike(method, path, |kind| !kind.is_of_webhooks())
    }

    pub fn strike_webhook(&mut self, method: &str, url: &str) -> Option<Fault> {
        self.strike(method, url, FaultKind::is_of_webhooks)
    }

    fn strike(&mut self, method: &str, path: &str, is_kind: impl Fn(FaultKind) -> bool) -> Option<Fault> {
        let at = (0..self.waiting.len()).find(|at| {
            let fault = &self.waiting[*at];
            let matches = (fault.method.is_empty() || fault.method.eq_ignore_ascii_case(method))
                && path.contains(&fault.path)
                && is_kind(fault.kind);
            let percent = fault.percent;
            matches && (percent >= 100 || self.throw() < percent)
        })?;
        let fault = self.waiting[at].clone();
        match self.waiting[at].times {
            0 => {}
            1 => drop(self.waiting.remove(at)),
            _ => self.waiting[at].times -= 1,
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
        assert_eq!(faults.strike_request("GET", "/Calls.json"), None);
        assert_eq!(faults.strike_webhook("POST", "http://a.test/Calls"), None, "it is none of webhooks");
        assert_eq!(faults.strike_request("POST", "/Calls.json").unwrap().kind, FaultKind::LostAfter);
        assert_eq!(faults.strike_request("POST", "/Calls.json"), None);
    }

    #[test]
    fn the_same_seed_strikes_the_same_requests() {
        let story = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(Fault { times: 0, percent: 30, ..Fault::next(FaultKind::ServerError, "", "") });
            (0..50).map(|_| faults.strike_request("GET", "/").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(story(42), story(42));
        assert!((5..25).contains(&story(42).into_iter().filter(|struck| *struck).count()));
    }
}
