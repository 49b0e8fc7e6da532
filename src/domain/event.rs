//! What integrators are told: the kinds of events, the body that is sent, and when a delivery is tried again.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::alert::Alert;
use super::bundle::Bundle;
use super::call::{Call, Phase};
use super::currency::Currency;
use super::dispute::Dispute;
use super::money::Money;
use super::recharge::pause::PauseReason;
use super::setting::Choice;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The payer has answered, and the first limit is set.
    CallStarted,
    /// More money is held, and the call may last longer.
    CallExtended,
    /// The call is over and charged.
    CallEnded,
    RechargeSucceeded,
    RechargeFailed,
    /// Nothing is charged automatically until the owner acts.
    RechargePaused,
    RechargeResumed,
    /// A cardholder takes a charge back, or the card's network fears it.
    DisputeOpened,
    /// It is decided.
    DisputeClosed,
    /// The card processor does not answer, and nothing new is begun with it.
    ProcessorUnavailable,
    ProcessorAvailable,
    /// A charge took the free balance below the operator's mark.
    BalanceLow,
    /// Something about the account is to be looked at.
    AlertRaised,
    /// An account has a new bundle, bought or granted.
    BundleBought,
    /// Nothing is left of a bundle.
    BundleUsedUp,
}

impl Kind {
    pub const ALL: [Self; 15] = [
        Self::CallStarted,
        Self::CallExtended,
        Self::CallEnded,
        Self::RechargeSucceeded,
        Self::RechargeFailed,
        Self::RechargePaused,
        Self::RechargeResumed,
        Self::DisputeOpened,
        Self::DisputeClosed,
        Self::ProcessorUnavailable,
        Self::ProcessorAvailable,
        Self::BalanceLow,
        Self::AlertRaised,
        Self::BundleBought,
        Self::BundleUsedUp,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::CallStarted => "call.started",
            Self::CallExtended => "call.extended",
            Self::CallEnded => "call.ended",
            Self::RechargeSucceeded => "recharge.succeeded",
            Self::RechargeFailed => "recharge.failed",
            Self::RechargePaused => "recharge.paused",
            Self::RechargeResumed => "recharge.resumed",
            Self::DisputeOpened => "dispute.opened",
            Self::DisputeClosed => "dispute.closed",
            Self::ProcessorUnavailable => "processor.unavailable",
            Self::ProcessorAvailable => "processor.available",
            Self::BalanceLow => "balance.low",
            Self::AlertRaised => "alert.raised",
            Self::BundleBought => "bundle.bought",
            Self::BundleUsedUp => "bundle.used_up",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is no kind of event; there are call.started, call.extended, call.ended, recharge.succeeded, recharge.failed, recharge.paused, recharge.resumed, dispute.opened, dispute.closed, processor.unavailable, processor.available, balance.low, alert.raised, bundle.bought and bundle.used_up"
)]
pub struct UnknownKind(String);

/// Something that happened to an account.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub kind: Kind,
    pub data: Value,
}

impl Event {
    pub fn call_started(call: &Call, currency: Currency) -> Self {
        Self { kind: Kind::CallStarted, data: call_data(call, currency) }
    }

    pub fn call_extended(call: &Call, currency: Currency) -> Self {
        Self { kind: Kind::CallExtended, data: call_data(call, currency) }
    }

    pub fn call_ended(call: &Call, cost: Money, currency: Currency) -> Self {
        let mut data = call_data(call, currency);
        data["cost"] = json!(cost.to_string());
        data["reason"] = json!(end_reason(call));
        Self { kind: Kind::CallEnded, data }
    }

    pub fn recharge(succeeded: bool, payment: &str, amount: Money, currency: Currency, reason: Option<&str>) -> Self {
        let kind = if succeeded { Kind::RechargeSucceeded } else { Kind::RechargeFailed };
        let (amount, currency) = (amount.to_string(), currency.code());
        Self { kind, data: json!({ "payment": payment, "amount": amount, "currency": currency, "reason": reason }) }
    }

    pub fn dispute(opened: bool, dispute: &Dispute) -> Self {
        let kind = if opened { Kind::DisputeOpened } else { Kind::DisputeClosed };
        let (amount, currency) = (dispute.amount.to_string(), dispute.currency.code());
        let data = json!({
            "dispute": dispute.id, "charge": dispute.charge, "amount": amount, "currency": currency,
            "phase": dispute.phase.code(), "reason": dispute.reason,
            "due_by": dispute.due_by.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        });
        Self { kind, data }
    }

    pub fn recharge_paused(because: PauseReason) -> Self {
        Self { kind: Kind::RechargePaused, data: json!({ "reason": because.code(), "sentence": because.sentence() }) }
    }

    /// `was`: why it was paused.
    pub fn recharge_resumed(was: PauseReason) -> Self {
        Self { kind: Kind::RechargeResumed, data: json!({ "reason": was.code() }) }
    }

    /// About the account whose payment has shown it, though it concerns all.
    pub fn processor(processor: &str, available: bool) -> Self {
        let kind = if available { Kind::ProcessorAvailable } else { Kind::ProcessorUnavailable };
        Self { kind, data: json!({ "processor": processor }) }
    }

    pub fn balance_low(available: Money, mark: Money, currency: Currency) -> Self {
        let (available, mark) = (available.to_string(), mark.to_string());
        let data = json!({ "available": available, "mark": mark, "currency": currency.code() });
        Self { kind: Kind::BalanceLow, data }
    }

    pub fn alert_raised(alert: &Alert) -> Self {
        let data =
            json!({ "alert": alert.id, "kind": alert.kind.code(), "subject": alert.subject, "seen": alert.seen });
        Self { kind: Kind::AlertRaised, data }
    }

    pub fn bundle_bought(bundle: &Bundle, currency: Currency) -> Self {
        let mut data = bundle_data(bundle);
        data["price"] = json!(bundle.price.to_string());
        data["currency"] = json!(currency.code());
        Self { kind: Kind::BundleBought, data }
    }

    pub fn bundle_used_up(bundle: &Bundle) -> Self {
        Self { kind: Kind::BundleUsedUp, data: bundle_data(bundle) }
    }

    /// What is sent, and signed, byte for byte.
    pub fn body(&self, id: &str, account: &str, at: DateTime<Utc>) -> String {
        let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
        json!({ "id": id, "type": self.kind.code(), "at": at, "account": account, "data": self.data }).to_string()
    }
}

fn end_reason(call: &Call) -> Option<&'static str> {
    match call.phase {
        Phase::Running => None,
        Phase::Ending(reason) | Phase::Settled(reason) => Some(reason.code()),
    }
}

fn bundle_data(bundle: &Bundle) -> Value {
    let expires_at = bundle.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    json!({ "bundle": bundle.id, "name": bundle.name, "seconds": bundle.seconds, "expires_at": expires_at })
}

fn call_data(call: &Call, currency: Currency) -> Value {
    let numbers: Vec<_> = call.others().map(|leg| leg.number.to_string()).collect();
    let deadline = call.deadline.map(|deadline| deadline.to_rfc3339_opts(SecondsFormat::Secs, true));
    json!({
        "call": call.id, "numbers": numbers, "deadline": deadline, "held": call.held.to_string(),
        "extension": call.extension, "currency": currency.code(),
    })
}

/// Did a charge take what is free from the mark or above it to below?
pub fn falls_below(before: Money, after: Money, mark: Money) -> bool {
    before >= mark && after < mark
}

/// Seconds between one try and the next: three days in all, so that a weekend's outage loses nothing.
const PAUSES: [i64; 14] = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800, 43200, 43200, 43200, 46800];

/// When to try again after so many tries have failed; `None`: it is given up.
pub fn next_try(tries: i64, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let pause = usize::try_from(tries - 1).ok().and_then(|past| PAUSES.get(past))?;
    Some(now + TimeDelta::seconds(*pause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.code().parse(), Ok(kind));
        }
        assert!("call.burnt".parse::<Kind>().is_err());
    }

    #[test]
    fn tries_end_after_three_days() {
        let (mut at, mut tries) = (DateTime::UNIX_EPOCH, 0);
        while let Some(next) = next_try(tries + 1, at) {
            assert!(next > at);
            (at, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 14);
        assert!((at - DateTime::UNIX_EPOCH) >= TimeDelta::days(3));
    }

    #[test]
    fn a_balance_is_low_once_not_with_every_charge() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert!(falls_below(money("1"), money("0.99"), money("1")));
        assert!(!falls_below(money("0.99"), money("0.5"), money("1")));
        assert!(!falls_below(money("3"), money("1"), money("1")));
    }

    /// There a mark was not seen to be passed when all was used up, or when the balance came to lie exactly on it.
    #[test]
    fn openmeter_4162_and_4270_marks_that_were_reckoned_wrongly_at_their_edges() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert!(falls_below(money("0.30"), money("0"), money("0.30")), "from the mark to nothing");
        assert!(falls_below(money("0.000001"), money("0"), money("0.000001")), "the smallest there is");
        assert!(!falls_below(money("0.30"), money("0.30"), money("0.30")), "on the mark is not below it");
        assert!(!falls_below(money("0"), money("0"), money("0.30")), "who had nothing has not become poor");
        assert!(!falls_below(money("5"), money("0"), money("0")), "a mark of nothing is none");
    }
}
