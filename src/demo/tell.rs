//! Tells what happens, in plain words or as one JSON object a line.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::people::{People, Person};
use crate::domain::call::record::Record;
use crate::domain::call::{Call, Role};
use crate::storage::call_records::Line;

pub struct Teller {
    pub json: bool,
}

impl Teller {
    /// Where to look, and how to sign in.
    pub fn welcome(&self, people: &People, pages: &[(&str, String)]) {
        if self.json {
            return;
        }
        for (what, url) in pages {
            println!("{what:<28} {url}");
        }
        for (who, person) in [
            ("administrator", &people.administrator),
            ("Alice, whose card is good", &people.alice),
            ("Bob, whose card is not", &people.bob),
        ] {
            let Person { email, password, .. } = person;
            println!("{who:<28} {email}  password {password}");
        }
        println!();
    }

    pub fn line(&self, call: &Call, line: &Line) {
        // Programs that follow the story know its events; what else was said in the call stands on its page.
        if matches!(line.record, Record::Announced { .. } | Record::Message { .. }) {
            return;
        }
        if self.json {
            let mut object = serde_json::to_value(&line.record).expect("a record is plain data");
            object["at"] = json!(line.at);
            object["call"] = json!(call.id);
            if let Some(leg) = object["leg"].as_str().and_then(|leg| call.leg(leg)) {
                object["role"] = json!(if leg.role == Role::Payer { "payer" } else { "other" });
            }
            println!("{object}");
        } else if let Some(words) = words(call, &line.record) {
            println!("{}  {}  {words}", line.at.format("%H:%M:%S"), call.payer().number);
        }
    }

    pub fn books(&self, broken: &[String], now: DateTime<Utc>) {
        if self.json {
            println!("{}", json!({ "event": "books", "at": now, "call": Value::Null, "ok": broken.is_empty() }));
            return;
        }
        broken.iter().for_each(|row| println!("{row}"));
        println!(
            "{}  {}",
            now.format("%H:%M:%S"),
            if broken.is_empty() { "The books balance." } else { "The books do NOT balance." }
        );
    }
}

fn words(call: &Call, record: &Record) -> Option<String> {
    let who = |leg: &str| call.leg(leg).map(|leg| leg.number.to_string()).unwrap_or_default();
    Some(match record {
        Record::Dialled { funds, seconds } => format!("dials; {funds} is held, enough for {seconds} s"),
        Record::Added { leg, held } => format!("adds {}; {held} more is held", who(leg)),
        Record::LimitSet { leg, seconds, .. } => format!("{} is in, for at most {seconds} s", who(leg)),
        Record::Checkpoint => "checkpoint: is there money for more?".to_owned(),
        Record::Charging { amount } => format!("charging the saved card {amount}"),
        Record::Charged { amount } => format!("charged {amount}"),
        Record::Declined { reason } => format!("the card was declined: {reason}"),
        Record::Extended { seconds, .. } => format!("rejoined; the call may now last {seconds} s"),
        Record::Warned => "hears a warning: the time is nearly up".to_owned(),
        Record::Notice { leg } => format!("{} hears the notice that the time is up", who(leg)),
        Record::Ended { reason } => format!("the call ends: {reason}"),
        Record::Billed { leg, billed_seconds, cost, .. } => format!("{}: {billed_seconds} s cost {cost}", who(leg)),
        Record::FromBundle { leg, bundle, seconds } => format!("{}: {seconds} s from bundle {bundle}", who(leg)),
        Record::Released { amount } => format!("{amount} of the hold is free again"),
        Record::GaveBack { amount } => format!("{amount} is not needed any more and is free again"),
        Record::Transfer { step, leg } => format!("transfer {step} {}", leg.as_deref().map(who).unwrap_or_default()),
        Record::Operated { operation, leg } => format!("{operation} {}", leg.as_deref().map(who).unwrap_or_default()),
        Record::Recording { step } => format!("recording: {step:?}").to_lowercase(),
        Record::AnsweredBy { leg, by, outcome } => format!("{} was answered by: {by}; {outcome}", who(leg)),
        Record::VoicemailDropped { leg, .. } => format!("{} is left a message", who(leg)),
        Record::Message { .. }
        | Record::Announced { .. }
        | Record::LegRinging { .. }
        | Record::LegEnded { .. }
        | Record::Greeted { .. }
        | Record::HouseTime { .. } => return None,
    })
}
