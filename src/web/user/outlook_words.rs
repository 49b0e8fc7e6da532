//! The automatic recharge in plain words: how it stands, and what it will do at the end of the paid time.

use crate::domain::currency::Currency;
use crate::domain::recharge::WhyNot;
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
        Outlook::Rests { why_not, paused_because } => {
            ("paused", format!("paused because {}", why(*why_not, paused_because.as_deref())))
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
        Outlook::Rests { why_not, paused_because } => {
            let why = why(*why_not, paused_because.as_deref());
            format!("then the call ends, since the automatic recharge is paused because {why}")
        }
    }
}

fn why(why_not: WhyNot, paused_because: Option<&str>) -> String {
    match (why_not, paused_because) {
        (WhyNot::Paused, Some("authentication_required")) => "your bank wants you to confirm the payment".to_owned(),
        (WhyNot::Paused, Some(code)) => format!("of this: {}", code.replace(['_', '-'], " ")),
        (WhyNot::Paused, None) => "a payment needs your attention".to_owned(),
        (WhyNot::NoCard, _) => "no saved card can be charged".to_owned(),
        (WhyNot::DailyLimit, _) => "the most payments a day that you allowed were made".to_owned(),
        (WhyNot::MonthlyLimit, _) => "the most payments a month that you allowed were made".to_owned(),
        (WhyNot::DailyCap, _) => "it would pass the most money a day that you allowed".to_owned(),
        (WhyNot::MonthlyCap, _) => "it would pass the most money a month that you allowed".to_owned(),
        (WhyNot::Frozen, _) => "your account is on hold".to_owned(),
        (WhyNot::SpendCap, _) => "your account may spend no more for now".to_owned(),
        (WhyNot::AmountTooSmall, _) => "its amount is smaller than can be charged".to_owned(),
        (WhyNot::NotAgreed, _) => "you have not agreed to it".to_owned(),
        (WhyNot::NobodyAnswered, _) => "nobody has answered yet".to_owned(),
        (WhyNot::CallAtItsLongest, _) => "the call is as long as a call may be".to_owned(),
    }
}
