//! A call's record in plain words.

use serde::Serialize;

use crate::domain::call::addition::{AddRefusal, Addition};
use crate::domain::call::announcement::Announcement;
use crate::domain::call::machine::AnsweredBy;
use crate::domain::call::message::Message;
use crate::domain::call::record::{Record, RecordingStep};
use crate::domain::call::supervision::Mode;
use crate::domain::call::{Call, EndReason, Leg, LegEnd, LegState, Phase, Role, Whereabouts};
use crate::domain::currency::Currency;
use crate::domain::setting::Choice;
use crate::web::pages::show::{duration, money, price};

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
        EndReason::MessageLeft => "Ended: a message was left",
        EndReason::NobodyTook => "Ended: nobody took the waiting call",
        EndReason::HungUp => "Ended from this page or by your provider",
        EndReason::TimeIsUp => "Ended: the paid time was up",
        EndReason::HostEnded => "Ended: the call you were a guest in is over",
        EndReason::Removed => "Ended: you were removed from the call you were a guest in",
    }
}

pub fn leg_state(leg: &Leg) -> &'static str {
    match leg.state {
        LegState::Planned => "waiting",
        LegState::Calling => "calling",
        LegState::Ringing => "ringing",
        LegState::Answered if leg.is_supervisor() => match leg.mode() {
            Some(Mode::Monitor) | None => "listens",
            Some(Mode::Whisper { .. }) => "whispers to one",
            Some(Mode::Barge) => "speaks to all",
        },
        LegState::Answered if leg.is_listened_to() => "a person or a machine?",
        LegState::Answered => match (&leg.whereabouts, leg.stance.hold, leg.stance.muted) {
            (Whereabouts::Music, ..) => "parked",
            (Whereabouts::Dropped, ..) => "is being hung up",
            (Whereabouts::Queue, ..) => "waits in a queue",
            (Whereabouts::Bridge { .. }, ..) => "in the call",
            (Whereabouts::Whisper | Whereabouts::RecordingNotice, ..) => "hears a word first",
            (Whereabouts::Leaving(_), ..) if leg.is_machine() => "a machine, is left a message",
            (Whereabouts::Leaving(_), ..) => "hears a last word",
            (Whereabouts::Room, true, _) => "on hold",
            (Whereabouts::Room, false, true) => "muted",
            (Whereabouts::Room, false, false) => "in the call",
        },
        LegState::Over(_) if leg.is_machine() => match leg.answered_by() {
            Some(AnsweredBy::Fax) => "a fax machine",
            _ => "an answering machine",
        },
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
        Record::Operated { operation, leg } => ("plain", operated(operation, leg.as_deref().map(name))),
        Record::Transfer { step, leg } => {
            ("plain", transferred(step, &leg.as_deref().map_or("A phone".to_owned(), name)))
        }
        Record::AnsweredBy { leg, by, outcome } => ("plain", answered_by(&name(leg), by, outcome)),
        Record::VoicemailDropped { leg, message } => {
            ("plain", format!("{} is left a message and hung up: {}", name(leg), message_text(message)))
        }
        Record::Message { leg, message } => {
            let who = leg.as_deref().map_or_else(|| "Everybody".to_owned(), name);
            ("plain", format!("{who} is to hear: {}", message_text(message)))
        }
        Record::Announced { announcement, leg, heard } => {
            let who = leg.as_deref().map_or_else(|| "Everybody".to_owned(), name);
            let what = announced(*announcement);
            ("plain", if *heard { format!("{who} heard {what}.") } else { format!("{who} did not hear {what}.") })
        }
        Record::Recording { step } => ("plain", recorded(*step).to_owned()),
        Record::GaveBack { amount } => {
            ("plain", format!("{} is not needed any more and is free again.", money(*amount, currency)))
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
        Record::FromBundle { leg, bundle, seconds } => {
            ("bill", format!("{}: {} from bundle {bundle}.", name(leg), duration(*seconds)))
        }
        Record::Greeted { leg, seconds } => {
            ("plain", format!("{} called in; nobody pays for the {seconds} s before the call.", name(leg)))
        }
        Record::HouseTime { leg, seconds } => {
            ("plain", format!("{} stayed {seconds} s longer than paid for; nobody pays for that.", name(leg)))
        }
        Record::Released { amount } => ("bill", format!("{} is free again.", money(*amount, currency))),
    }
}

fn recorded(step: RecordingStep) -> &'static str {
    match step {
        RecordingStep::Started => "The recording has begun.",
        RecordingStep::Paused => "The recording pauses.",
        RecordingStep::Resumed => "The recording goes on.",
        RecordingStep::Stopped => "The recording has ended.",
        RecordingStep::Refused => "The call could not be recorded, or not so that everybody knows: it is not recorded.",
    }
}

fn message_text(message: &Message) -> String {
    match message {
        Message::Words(words) => format!("“{words}”"),
        Message::Sound(address) => format!("the sound {address}"),
    }
}

fn answered_by(name: &str, by: &str, outcome: &str) -> String {
    let who = AnsweredBy::read(by).map_or_else(|_| plain(by), |by| by.label().to_owned());
    let then = match outcome {
        "connected" => "it is let in",
        "message" => "it is left the message and hung up",
        _ => "it is hung up",
    };
    format!("{name} was answered by {who}; {then}.")
}

fn announced(announcement: Announcement) -> &'static str {
    match announcement {
        Announcement::TimeIsNearlyUp => "that the time is nearly up",
        Announcement::OneMinuteLeft => "that one minute is left",
        Announcement::ToppedUp { .. } => "that the balance was topped up",
        Announcement::Recording => "that the call is being recorded",
        Announcement::Message { .. } => "the message",
    }
}

/// What somebody did, by its word.
fn operated(operation: &str, name: Option<String>) -> String {
    let name = name.unwrap_or_else(|| "The call".to_owned());
    match operation {
        "hold" => format!("{name} is on hold and hears music; its time is still paid for."),
        "unhold" => format!("{name} is off hold."),
        "mute" => format!("{name} is muted."),
        "unmute" => format!("{name} can be heard again."),
        "remove" => format!("{name} is being hung up."),
        "park" => format!("{name} waits outside the call with music; its time is still paid for."),
        "enqueue" => {
            format!("{name} waits in a queue with music, and the other phone with it; both are still paid for.")
        }
        "dequeue" => format!("{name} is taken out of the queue; both talk again."),
        "unpark" => format!("{name} is being brought back."),
        "seat_guest" => format!("{name} was let in as a guest; another account pays for it."),
        "supervise" => format!("{name} was let in as a supervisor; it costs nothing."),
        "monitor" => format!("{name} listens and is heard by nobody."),
        "whisper" => format!("{name} listens and is heard by one phone."),
        "barge" => format!("{name} listens and is heard by all."),
        "announce_recording" => format!("{name} is to hear that the call is being recorded."),
        "start_recording" => "The call is to be recorded.".to_owned(),
        "pause_recording" => "The recording is to pause.".to_owned(),
        "resume_recording" => "The recording is to go on.".to_owned(),
        "stop_recording" => "The recording is to end.".to_owned(),
        "dismiss" => format!("{name} hears a message and is hung up."),
        "connect" => "The others are being connected.".to_owned(),
        "take_back" => "The transfer was taken back.".to_owned(),
        other => format!("{name}: {}.", plain(other)),
    }
}

/// How a transfer went on, by its word.
fn transferred(step: &str, name: &str) -> String {
    match step {
        "cold" => format!("{name} hands the call over and leaves when the other answers."),
        "warm" => format!("{name} asks somebody to take the call; the others are on hold."),
        "queued" => format!("{name} leaves; the others wait with music until somebody takes the call."),
        "taken" => format!("{name} takes the waiting call."),
        "failed" => format!("{name} did not take the call over."),
        "done" => format!("{name} has taken the call over."),
        other => format!("{name}: {}.", plain(other)),
    }
}

/// Something the payer should know now.
#[derive(Serialize, PartialEq, Debug)]
pub struct Notice {
    pub text: String,
}

/// What came of the money last, and what threatens: from the record of a call that is running.
pub fn notices(records: &[&Record], currency: Currency) -> (Option<Notice>, Vec<Notice>) {
    let (mut charged, mut extended, mut declined, mut warned) = (None, None, None, false);
    for record in records {
        match record {
            Record::Charging { .. } => declined = None,
            Record::Charged { amount } => (charged, extended, declined) = (Some(*amount), None, None),
            Record::Declined { reason } => declined = Some(reason),
            // Money without a charge came from elsewhere: an earlier charge has nothing to do with a second extension.
            Record::Extended { seconds, .. } => {
                charged = charged.filter(|_| extended.is_none());
                (extended, declined, warned) = (Some(*seconds), None, false);
            }
            Record::Warned => warned = true,
            Record::Dialled { .. }
            | Record::Added { .. }
            | Record::Operated { .. }
            | Record::Transfer { .. }
            | Record::AnsweredBy { .. }
            | Record::VoicemailDropped { .. }
            | Record::Message { .. }
            | Record::Announced { .. }
            | Record::Recording { .. }
            | Record::GaveBack { .. }
            | Record::LegRinging { .. }
            | Record::LegEnded { .. }
            | Record::LimitSet { .. }
            | Record::Checkpoint
            | Record::Notice { .. }
            | Record::Ended { .. }
            | Record::Billed { .. }
            | Record::FromBundle { .. }
            | Record::Greeted { .. }
            | Record::HouseTime { .. }
            | Record::Released { .. } => {}
        }
    }
    let may_last = |seconds: i64| format!("the call may now last {}.", duration(seconds));
    let good = match (charged, extended) {
        (Some(amount), Some(seconds)) => Some(format!("Topped up {}; {}", money(amount, currency), may_last(seconds))),
        (Some(amount), None) => Some(format!("Topped up {}; the call is being made longer.", money(amount, currency))),
        (None, Some(seconds)) => Some(format!("There is more money; {}", may_last(seconds))),
        (None, None) => None,
    };
    let declined = declined.map(|reason| format!("Your card could not be charged: {}.", plain(reason)));
    let warned = warned.then(|| "Without more money the call ends when the time is up.".to_owned());
    let notice = |text| Notice { text };
    (good.map(notice), declined.into_iter().chain(warned).map(notice).collect())
}

/// What a leg is called.
pub fn name(call: &Call, leg: &str) -> String {
    match call.leg(leg) {
        Some(leg) if leg.role == Role::Payer => "Your phone".to_owned(),
        Some(leg) if leg.is_bot() => format!("The {}", leg.rate.destination),
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

/// What adding a number would take.
pub fn addition(addition: &Addition, currency: Currency) -> String {
    let rate = &addition.rate;
    let fee = match rate.connection_fee.is_positive() {
        true => format!(" and {} to connect", money(rate.connection_fee, currency)),
        false => String::new(),
    };
    format!(
        "{}, {}: {} a minute{fee}. {} more would be held; the call may go on for {} as before.",
        addition.number,
        rate.destination,
        price(rate.price_per_minute, currency),
        money(addition.more, currency),
        duration(addition.seconds_left),
    )
}

/// Why a number was not added.
pub fn add_refusal(refusal: &AddRefusal, currency: Currency) -> String {
    match refusal {
        AddRefusal::NotEnoughCredit { number, price_per_minute, seconds_left } => format!(
            "{number} costs {} a minute. With it the call could go on for only {}, so it was not added and nothing was \
             shortened. Top up first.",
            price(*price_per_minute, currency),
            duration(*seconds_left),
        ),
        AddRefusal::AccountNotOpen
        | AddRefusal::AccountFrozen
        | AddRefusal::CallIsOver
        | AddRefusal::InAnothersRoom
        | AddRefusal::InTheCall { .. }
        | AddRefusal::TooManyNumbers { .. }
        | AddRefusal::NoRate { .. }
        | AddRefusal::DestinationBlocked { .. }
        | AddRefusal::EndsSooner { .. }
        | AddRefusal::SpendCap { .. }
        | AddRefusal::TooLittleTime { .. } => refusal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(records: &[Record]) -> (Option<String>, Vec<String>) {
        let (good, bad) = notices(&records.iter().collect::<Vec<_>>(), "USD".parse().unwrap());
        (good.map(|notice| notice.text), bad.into_iter().map(|notice| notice.text).collect())
    }

    #[test]
    fn a_top_up_is_told_with_what_it_did_and_clears_the_warnings_before_it() {
        let amount = "10".parse().unwrap();
        let declined = Record::Declined { reason: "insufficient_funds".to_owned() };
        let mut records = vec![Record::Checkpoint, Record::Charging { amount }, declined, Record::Warned];
        let (good, bad) = told(&records);
        assert_eq!(good, None);
        assert!(bad.len() == 2 && bad[0].contains("insufficient funds"), "{bad:?}");
        records.extend([Record::Charging { amount }, Record::Charged { amount }]);
        assert_eq!(told(&records).0.unwrap(), "Topped up 10.00 USD; the call is being made longer.");
        records.push(Record::Extended { seconds: 850, funds: amount });
        assert_eq!(told(&records), (Some("Topped up 10.00 USD; the call may now last 14:10.".to_owned()), vec![]));
        records.push(Record::Extended { seconds: 900, funds: amount });
        assert_eq!(told(&records).0.unwrap(), "There is more money; the call may now last 15:00.");
    }
}
