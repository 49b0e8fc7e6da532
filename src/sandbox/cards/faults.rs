//! What goes wrong on purpose, and for which of the next requests and webhooks. Making it go wrong is for `rest.rs` and
//! `webhooks.rs`.

use serde::{Deserialize, Serialize};

/// For the next `times` requests or webhooks that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A part of `POST /v1/payment_intents/pi_1/confirm`, or for faults of webhooks of the event's type. An empty one
    /// matches everything.
    #[serde(default)]
    pub matching: String,
    pub kind: FaultKind,
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// No answer, and nothing was done.
    LostBefore,
    /// No answer, although it was done.
    LostAfter,
    /// Nothing was done. The key keeps this answer, so it never will be.
    Error500Before,
    /// It was done, but the key keeps answering 500.
    Error500After,
    /// As if the first request with this key were still running. Nothing was done.
    Conflict409,
    /// Nothing was done.
    TooMany429,
    /// It was done, and the answer says 200 but cannot be read.
    Garbled200,
    /// More is taken from the card than was asked for.
    OtherAmount,
    /// Another currency is taken than was asked for.
    OtherCurrency,
    /// Somebody else's money is taken.
    OtherCustomer,
    /// Delivered twice.
    DuplicateWebhook,
    DelayWebhook {
        seconds: u32,
    },
    /// Never delivered.
    DropWebhook,
    /// A copy signed by somebody else arrives before the genuine one.
    ForgeWebhook,
    /// A new refund is pending until the sandbox's page, or `Cards::end_refund`, ends it.
    PendingRefund,
    /// A new refund succeeds, and is undone a minute later.
    FailingRefund,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Requests,
    Charges,
    Webhooks,
    Refunds,
}

impl FaultKind {
    fn about(self) -> About {
        match self {
            Self::LostBefore
            | Self::LostAfter
            | Self::Error500Before
            | Self::Error500After
            | Self::Conflict409
            | Self::TooMany429
            | Self::Garbled200 => About::Requests,
            Self::OtherAmount | Self::OtherCurrency | Self::OtherCustomer => About::Charges,
            Self::DuplicateWebhook | Self::DelayWebhook { .. } | Self::DropWebhook | Self::ForgeWebhook => {
                About::Webhooks
            }
            Self::PendingRefund | Self::FailingRefund => About::Refunds,
        }
    }
}

#[derive(Default)]
pub(in crate::sandbox) struct Faults {
    waiting: Vec<Waiting>,
    /// What the request or event that is looked at speaks of.
    spoken_of: String,
}

struct Waiting {
    /// Only what speaks of this; empty, whatever there is.
    of: String,
    fault: Fault,
}

impl Faults {
    pub(in crate::sandbox) fn add(&mut self, fault: Fault) {
        self.add_of("", fault);
    }

    /// Only for what speaks of this, such as the name of an account in the metadata.
    pub(in crate::sandbox) fn add_of(&mut self, of: &str, fault: Fault) {
        self.waiting.push(Waiting { of: of.to_owned(), fault });
    }

    /// Nothing goes wrong any more of what was to go wrong for this alone.
    pub(in crate::sandbox) fn forget_of(&mut self, of: &str) {
        self.waiting.retain(|waiting| waiting.of != of);
    }

    /// What follows is about a request or an event that speaks of this; put together only if somebody wants to know.
    pub(in crate::sandbox) fn now_about(&mut self, what: impl FnOnce() -> String) {
        let is_wanted = self.waiting.iter().any(|waiting| !waiting.of.is_empty());
        self.spoken_of = if is_wanted { what() } else { String::new() };
    }

    /// `request` is `METHOD path`.
    pub(in crate::sandbox) fn of_request(&mut self, request: &str) -> Option<FaultKind> {
        self.take(request, About::Requests)
    }

    pub(in crate::sandbox) fn of_webhook(&mut self, event_type: &str) -> Option<FaultKind> {
        self.take(event_type, About::Webhooks)
    }

    /// What is wrong with the money that `request` moves.
    pub(in crate::sandbox) fn of_charge(&mut self, request: &str) -> Option<FaultKind> {
        self.take(request, About::Charges)
    }

    /// Nothing goes wrong from now on.
    pub(in crate::sandbox) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// What becomes of the refund that `request` makes.
    pub(in crate::sandbox) fn of_refund(&mut self, request: &str) -> Option<FaultKind> {
        self.take(request, About::Refunds)
    }

    /// One at a time, in the order they were asked for.
    fn take(&mut self, text: &str, about: About) -> Option<FaultKind> {
        self.waiting.retain(|waiting| waiting.fault.times > 0);
        let is_meant = |Waiting { of, fault }: &Waiting| {
            fault.kind.about() == about && text.contains(&fault.matching) && self.spoken_of.contains(of)
        };
        let at = self.waiting.iter().position(is_meant)?;
        let fault = &mut self.waiting[at].fault;
        fault.times -= 1;
        Some(fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_as_often_as_asked_and_only_what_matches() {
        let mut faults = Faults::default();
        faults.add(Fault { matching: "confirm".to_owned(), kind: FaultKind::LostAfter, times: 2 });
        faults.add(serde_json::from_str(r#"{"kind": {"delay_webhook": {"seconds": 30}}}"#).unwrap());
        assert_eq!(faults.of_request("POST /v1/customers"), None);
        assert_eq!(faults.of_request("POST /v1/payment_intents/pi_1/confirm"), Some(FaultKind::LostAfter));
        assert_eq!(faults.of_request("POST /v1/payment_intents/pi_1/confirm"), Some(FaultKind::LostAfter));
        assert_eq!(faults.of_request("POST /v1/payment_intents/pi_1/confirm"), None);
        assert_eq!(faults.of_webhook("charge.refunded"), Some(FaultKind::DelayWebhook { seconds: 30 }));
        assert_eq!(faults.of_webhook("charge.refunded"), None);
    }

    #[test]
    fn a_fault_of_one_account_spares_the_others_until_it_is_forgotten() {
        let mut faults = Faults::default();
        let fault = Fault { matching: String::new(), kind: FaultKind::LostAfter, times: 2 };
        faults.add_of("acc_1", fault);
        faults.now_about(|| "metadata[wallet]=acc_2".to_owned());
        assert_eq!(faults.of_request("POST /v1/payment_intents"), None);
        faults.now_about(|| "metadata[wallet]=acc_1".to_owned());
        assert_eq!(faults.of_request("POST /v1/payment_intents"), Some(FaultKind::LostAfter));
        faults.forget_of("acc_1");
        assert_eq!(faults.of_request("POST /v1/payment_intents"), None);
    }
}
