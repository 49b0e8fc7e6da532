//! A call's record in plain words.

use crate::domain::call::record::Record;
use crate::domain::call::{Call, EndReason, Leg, LegEnd, LegState, Phase, Role};
use crate::domain::currency::Currency;
use crate::web::pages::show::{duration, money};

pub fn phase(call: &Call) -> &'static str {
    match call.phase {
        Phase::Running if call.started_at.is_none() => "Ringing your phone",
        Phase::Running if !call.second_leg_answered() => "Ringing",
        Phase::Running => "Talking",
        Phase::Ending(_) => "Ending",
        Phase::Settled(reason) => end_reason(reason),
    }
}

fn end_reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::PayerNotReached => "Ended: your own phone was not reached",
        EndReason::NobodyAnswered => "Ended: nobody answered",
        EndReason::PayerLeft => "Ended: you hung up",
        EndReason::OthersLeft => "Ended: the others hung up",
        EndReason::HungUp => "Ended from this page or by your provider",
        EndReason::TimeIsUp => "Ended: the paid time was up",
    }
}

pub fn leg_state(leg: &Leg) -> &'static str {
    match leg.state {
        LegState::Planned => "waiting",
        LegState::Calling => "calling",
        LegState::Ringing => "ringing",
        LegState::Answered => "in the call",
        LegState::Over(end) => match end {
            LegEnd::Completed { .. } => "hung up",
            LegEnd::Busy => "busy",
            LegEnd::NoAnswer => "no answer",
            LegEnd::Failed => "not reached",
            LegEnd::Canceled => "cancelled",
        },
    }
}

/// What sort of line it is, for its colour, and what it says.
pub fn line(record: &Record, call: &Call, currency: Currency) -> (&'static str, String) {
    let name = |leg: &str| name(call, leg);
    match record {
        Record::Dialled { funds, seconds } => {
            let (length, held) = (duration(*seconds), money(*funds, currency));
            ("plain", format!("Dialled. The call may last {length}; {held} is held for it."))
        }
        Record::Added { leg, held } => {
            ("plain", format!("{} was added; {} more is held for it.", name(leg), money(*held, currency)))
        }
        Record::LegRinging { leg } => ("plain", format!("{} is ringing.", name(leg))),
        Record::LegEnded { leg, how } => ("plain", format!("{}: {}.", name(leg), ended_how(how))),
        Record::LimitSet { leg, seconds, .. } => {
            ("plain", format!("{} is in the call, for {} at most.", name(leg), duration(*seconds)))
        }
        Record::Checkpoint => ("plain", "The paid time is nearly used up; looking for more.".to_owned()),
        Record::Charging { amount } => ("plain", format!("Charging {} to your card.", money(*amount, currency))),
        Record::Charged { amount } => ("good", format!("Topped up {}.", money(*amount, currency))),
        Record::Declined { reason } => ("bad", format!("The card could not be charged: {}.", plain(reason))),
        Record::Extended { seconds, .. } => ("good", format!("The call may now last {}.", duration(*seconds))),
        Record::Warned => ("bad", "You were warned that the time is nearly up.".to_owned()),
        Record::Notice { leg } => ("bad", format!("{} was told that the time is up.", name(leg))),
        Record::Ended { reason } => {
            let known = EndReason::ALL.into_iter().find(|known| known.code() == reason);
            ("plain", format!("{}.", known.map_or("Ended", end_reason)))
        }
        Record::Billed { leg, seconds, billed_seconds, cost } => {
            let (talked, billed) = (duration(*seconds), duration(*billed_seconds));
            ("bill", format!("{}: {talked} talked, {billed} billed: {}.", name(leg), money(*cost, currency)))
        }
        Record::HouseTime { leg, seconds } => {
            ("plain", format!("{} stayed {seconds} s longer than paid for; nobody pays for that.", name(leg)))
        }
        Record::Released { amount } => ("bill", format!("{} is free again.", money(*amount, currency))),
    }
}

fn name(call: &Call, leg: &str) -> String {
    match call.leg(leg) {
        Some(leg) if leg.role == Role::Payer => "Your phone".to_owned(),
        Some(leg) => leg.number.to_string(),
        None => "A phone".to_owned(),
    }
}

fn ended_how(how: &str) -> String {
    match how {
        "completed" => "hung up".to_owned(),
        "failed" => "not reached".to_owned(),
        "canceled" => "cancelled".to_owned(),
        other => plain(other),
    }
}

/// A code such as `insufficient_funds`, to be read by people.
fn plain(code: &str) -> String {
    code.replace(['_', '-'], " ")
}
