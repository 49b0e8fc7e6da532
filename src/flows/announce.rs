//! What is said into a call is looked up in the books when it is about to be said, and noted when it was.

use chrono::{DateTime, Utc};

use super::call_changed::{self, note};
use super::{FlowError, Rules};
use crate::domain::call::announcement::{Announcement, LastMinute};
use crate::domain::call::message::Message;
use crate::domain::call::record::Record;
use crate::domain::call::sentence::Sentence;
use crate::domain::language::Language;
use crate::storage::{Tx, accounts, call_records, calls, payments, sounds};

/// What a leg is to hear, in the call's language.
#[derive(Debug, Clone)]
pub enum Said {
    Message(Message),
    Sentence {
        sentence: Sentence,
        /// For a sentence that names one, with its currency.
        amount: Option<String>,
        /// The operator's, instead of words.
        sound: Option<String>,
    },
}

pub fn announcement(tx: &mut Tx, call: &str, announcement: Announcement) -> Result<(Said, Language), FlowError> {
    let call = calls::find(tx, call)?.ok_or_else(|| FlowError::not_found("call", call))?;
    let language = call.terms.language;
    let said = match announcement {
        Announcement::TimeIsNearlyUp => sentence(tx, Sentence::TimeIsNearlyUp, None, language)?,
        Announcement::OneMinuteLeft => sentence(tx, Sentence::OneMinuteLeft, None, language)?,
        Announcement::Recording => {
            let sound = call.terms.recording_sound.clone();
            Said::Sentence { sentence: Sentence::Recording, amount: None, sound }
        }
        Announcement::ToppedUp { line } => match line_of(tx, &call.id, line)? {
            Record::Charged { amount } => {
                let unknown = || FlowError::not_found("account", &call.account);
                let currency = accounts::find(tx, &call.account)?.ok_or_else(unknown)?.currency;
                sentence(tx, Sentence::ToppedUp, Some(format!("{amount} {currency}")), language)?
            }
            _ => return Err(FlowError::not_found("announcement", &announcement.to_string())),
        },
        Announcement::Message { line } => match line_of(tx, &call.id, line)? {
            Record::Message { message, .. } => Said::Message(message),
            _ => return Err(FlowError::not_found("announcement", &announcement.to_string())),
        },
    };
    Ok((said, language))
}

fn sentence(tx: &mut Tx, sentence: Sentence, amount: Option<String>, language: Language) -> Result<Said, FlowError> {
    Ok(Said::Sentence { sentence, amount, sound: sounds::find(tx, sentence, language)? })
}

fn line_of(tx: &mut Tx, call: &str, line: i64) -> Result<Record, FlowError> {
    let found = call_records::page(tx, call, line, 1)?.pop().filter(|found| found.seq == line);
    found.map(|found| found.record).ok_or_else(|| FlowError::not_found("announcement", &line.to_string()))
}

/// It was said; or, if somebody asked for it, it was not heard.
pub fn announced(
    tx: &mut Tx,
    call: &str,
    announcement: Announcement,
    leg: Option<String>,
    heard: bool,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let record = match announcement {
        Announcement::TimeIsNearlyUp if heard => Record::Warned,
        _ if !heard && !announcement.is_asked_for() => return Ok(()),
        _ => Record::Announced { announcement, leg, heard },
    };
    note(tx, call, record, now)
}

/// The last minute of a call may have begun. Returns when to look again, if that is needed.
pub fn last_minute(
    tx: &mut Tx,
    call: &str,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, FlowError> {
    let change = call_changed::lock(tx, call)?;
    let paying = payments::open(tx, &change.call.account)?.is_some();
    match change.call.last_minute(paying, &rules.timing, now) {
        LastMinute::Nothing => Ok(None),
        LastMinute::LookAgain(at) => Ok(Some(at)),
        LastMinute::Say(command) => {
            call_changed::save(tx, change, vec![command], now)?;
            Ok(None)
        }
    }
}
