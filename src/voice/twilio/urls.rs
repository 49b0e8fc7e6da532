//! The URLs Twilio is given, and what they mean when they come back.

use crate::voice::{Announcement, Place};

/// Twilio repeats a request only if no connection could be made. Status reports are safe to repeat, so ask for more.
const RETRIES: &str = "#rc=3&rp=5xx,ct,rt";

pub fn url(public_url: &str, place: &Place) -> String {
    let base = format!("{public_url}/webhooks/twilio");
    match place {
        Place::Document { leg, turn } => format!("{base}/legs/{leg}/document?n={turn}"),
        Place::After { leg } => format!("{base}/legs/{leg}/after"),
        Place::LegStatus { leg } => format!("{base}/legs/{leg}/status{RETRIES}"),
        Place::Conference { call } => format!("{base}/calls/{call}/conference{RETRIES}"),
        Place::HoldMusic { call } => format!("{base}/calls/{call}/hold-music"),
        Place::Recording { call } => format!("{base}/calls/{call}/recording{RETRIES}"),
        Place::QueueMusic { leg } => format!("{base}/legs/{leg}/queue-music"),
        Place::AfterQueue { leg } => format!("{base}/legs/{leg}/after-queue"),
        Place::Bot { bot, round: 0 } => format!("{base}/bots/{bot}"),
        Place::Bot { bot, round } => format!("{base}/bots/{bot}/round/{round}"),
        Place::Announcement { call, announcement } => format!("{base}/calls/{call}/announcements/{announcement}"),
    }
}

/// What a path below our public address is for.
#[derive(Debug, PartialEq, Eq)]
pub enum Visited {
    Document { leg: String },
    After { leg: String },
    LegStatus { leg: String },
    Conference { call: String },
    Announcement { call: String, announcement: Announcement },
    HoldMusic,
    Recording { call: String },
    QueueMusic { leg: String },
    AfterQueue { leg: String },
    Bot { bot: String, round: u16 },
}

pub fn visited(path: &str) -> Option<Visited> {
    let parts: Vec<&str> = path.strip_prefix("/webhooks/twilio/")?.split('/').collect();
    match parts[..] {
        ["legs", leg, "document"] => Some(Visited::Document { leg: leg.to_owned() }),
        ["legs", leg, "after"] => Some(Visited::After { leg: leg.to_owned() }),
        ["legs", leg, "status"] => Some(Visited::LegStatus { leg: leg.to_owned() }),
        ["legs", leg, "queue-music"] => Some(Visited::QueueMusic { leg: leg.to_owned() }),
        ["legs", leg, "after-queue"] => Some(Visited::AfterQueue { leg: leg.to_owned() }),
        ["calls", call, "conference"] => Some(Visited::Conference { call: call.to_owned() }),
        ["calls", call, "announcements", word] => {
            Some(Visited::Announcement { call: call.to_owned(), announcement: word.parse().ok()? })
        }
        ["calls", call, "recording"] => Some(Visited::Recording { call: call.to_owned() }),
        ["calls", _, "hold-music"] => Some(Visited::HoldMusic),
        ["bots", bot] => Some(Visited::Bot { bot: bot.to_owned(), round: 0 }),
        ["bots", bot, "round", round] => Some(Visited::Bot { bot: bot.to_owned(), round: round.parse().ok()? }),
        _ => None,
    }
}
