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
pub(in crate::sandbox) struct Faults(Vec<Fault>);

impl Faults {
    pub(in crate::sandbox) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
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
        self.0.clear();
    }

    /// What becomes of the refund that `request` makes.
    pub(in crate::sandbox) fn of_refund(&mut self, request: &str) -> Option<FaultKind> {
        self.take(request, About::Refunds)
    }

    /// One at a time, in the order they were asked for.
    fn take(&mut self, text: &str, about: About) -> Option<FaultKind> {
        self.0.retain(|fault| fault.times > 0);
        let fault = self.0.iter_mut().find(|fault| fault.kind.about() == about && text.contains(&fault.matching))?;
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
}
