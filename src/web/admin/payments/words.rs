//! States and verdicts in words for people who answer callers.

use crate::domain::payment::{DeclineClass, State, Verdict};
use crate::domain::refund;

pub fn state(state: State) -> &'static str {
    match state {
        State::Planned => "decided, the processor does not know it yet",
        State::Begun => "the processor waits to be told to charge",
        State::Executing => "the processor was told to charge",
        State::Unknown => "told to charge, no answer yet: being looked up",
        State::Processing => "the processor itself waits for the bank",
        State::Fencing => "being made impossible",
        State::Credited => "charged and credited",
        State::Failed => "failed, nothing was charged",
        State::Canceled => "cancelled, nothing was charged",
        State::Quarantined => "does not fit our record: somebody must look",
    }
}

pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Declined(decline) => format!("declined ({}): {}", decline.code, class(decline.class)),
        Verdict::NeedsCustomer => "the bank wants the card's owner to confirm it".to_owned(),
        Verdict::Rejected(code) => format!("refused as a request ({code}): a setting or some data is wrong"),
        Verdict::TooLate => "it would have come too late for its purpose".to_owned(),
    }
}

fn class(class: DeclineClass) -> &'static str {
    match class {
        DeclineClass::Hard => "the card will not work again, and is no longer asked",
        DeclineClass::Funds => "not enough money, or over a limit of the card",
        DeclineClass::Transient => "a passing trouble of the bank",
        DeclineClass::Vague => "the bank gives no reason",
        DeclineClass::CustomerNeeded => "only the card's owner can help; the agreement is paused",
    }
}

pub fn refund(state: refund::State) -> &'static str {
    match state {
        refund::State::Asking => "the processor is being asked",
        refund::State::Unknown => "asked, no answer yet: being looked up",
        refund::State::Searching => "perhaps done: being searched for at the processor",
        refund::State::Pending => "on its way at the processor",
        refund::State::Succeeded => "given back",
        refund::State::Failed => "failed, the money is back in the balance",
    }
}
