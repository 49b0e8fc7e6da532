//! The automatic recharge in plain words: how it stands, and what it will do at the end of the paid time.

use crate::domain::currency::Currency;
use crate::domain::recharge::WhyNot;
use crate::domain::recharge::pause::PauseReason;
use crate::flows::recharge_outlook::Outlook;
use crate::web::pages::show::money;

pub struct Words {
    /// `on`, `off` or `paused`.
    pub kind: &'static str,
    pub text: String,
}

pub fn state(outlook: &Outlook, currency: Currency) -> Words {
    let (kind, text) = match outlook {
        Outlook::Charge { amount, card } => {
            ("on", format!("on: {} from {card} when a call needs it", money(*amount, currency)))
        }
        Outlook::Underway => ("on", "on: your card is being charged now".to_owned()),
        Outlook::Off => ("off", "off: a call ends when the balance is used up".to_owned()),
        Outlook::Rests { why_not, paused_because, until: _ } => {
            ("paused", format!("paused because {}", why(*why_not, *paused_because)))
        }
    };
    Words { kind, text }
}

/// What follows when the balance is used up: the second half of a sentence.
pub fn at_the_end(outlook: &Outlook, currency: Currency) -> String {
    match outlook {
        Outlook::Charge { amount, card } => {
            format!("then {} is charged to {card} and the call goes on", money(*amount, currency))
        }
        Outlook::Underway => "then the call goes on if the payment that is under way has come".to_owned(),
        Outlook::Off => "then the call ends".to_owned(),
        Outlook::Rests { why_not, paused_because, until: _ } => {
            let why = why(*why_not, *paused_because);
            format!("then the call ends, since the automatic recharge is paused because {why}")
        }
    }
}

fn why(why_not: WhyNot, paused_because: Option<PauseReason>) -> &'static str {
    match why_not {
        WhyNot::Paused => paused_because.map_or("a payment needs your attention", paused),
        WhyNot::NoCard => "no saved card can be charged",
        WhyNot::CardsRest => "your bank has declined your card in the last 24 hours",
        WhyNot::TriedEnough => "your bank has declined twice in this call",
        WhyNot::TooSoon => "your card was charged in the last five minutes",
        WhyNot::Stopped => "we charge no cards by ourselves at the moment",
        WhyNot::ProcessorDown => "the card processor does not answer at the moment",
        WhyNot::DailyLimit => "the most payments a day that you allowed were made",
        WhyNot::MonthlyLimit => "the most payments a month that you allowed were made",
        WhyNot::DailyCap => "it would pass the most money a day that you allowed",
        WhyNot::MonthlyCap => "it would pass the most money a month that you allowed",
        WhyNot::SpendCap => "your account may spend no more for now",
        WhyNot::Frozen => "your account is on hold",
        WhyNot::AmountTooSmall => "its amount is smaller than can be charged",
        WhyNot::NotAgreed => "you have not agreed to it",
        WhyNot::NobodyAnswered => "nobody has answered yet",
        WhyNot::CallAtItsLongest => "the call is as long as a call may be",
    }
}

/// In a few words; the page of automatic recharge has the sentence.
fn paused(because: PauseReason) -> &'static str {
    match because {
        PauseReason::CustomerNeeded => "your bank wants you to confirm the payment",
        PauseReason::CardDeclined => "your bank has declined your card for good",
        PauseReason::DeclinedRepeatedly => "your bank has declined three times in a row",
        PauseReason::Disputed => "a charge is disputed at your bank",
        PauseReason::FraudWarning => "your bank says that a charge may not have been yours",
        PauseReason::CardChanged => "a saved card of yours was changed",
    }
}
