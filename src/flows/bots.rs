//! Bots: made, changed and taken away by operators. What a bot says is looked up whenever it is to say something, so a
//! change is heard at once, in calls that run, too.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::bot::{Bot, SETTINGS, is_name};
use crate::domain::setting::{BadSetting, Given, written};
use crate::storage::audit::{self, Change};
use crate::storage::bots::{self, NamedBot};
use crate::storage::{StorageError, Tx};

#[derive(Debug)]
pub enum BotKept {
    Now(NamedBot),
    /// It was all so before.
    Already(NamedBot),
    /// Another bot has this name.
    NameTaken,
    /// Another bot has this number.
    NumberTaken,
    /// Nothing was kept.
    Bad(Vec<BadSetting>),
}

pub fn make_bot(tx: &mut Tx, name: &str, given: &Given, actor: &str, now: DateTime<Utc>) -> Result<BotKept, FlowError> {
    let mut bot = Bot::default();
    let mut bad = bot.apply(given);
    if !is_name(name) {
        bad.insert(0, BadSetting::new("name", "has 1 to 40 letters a-z, digits and hyphens"));
    }
    if !bad.is_empty() {
        return Ok(BotKept::Bad(bad));
    }
    if bots::find(tx, name)?.is_some() {
        return Ok(BotKept::NameTaken);
    }
    let made = NamedBot { name: name.to_owned(), bot };
    if number_is_taken(tx, &made)? {
        return Ok(BotKept::NumberTaken);
    }
    match bots::insert(tx, &made, now) {
        // Made at the same moment by somebody else.
        Err(error) if error.is_duplicate() => return Ok(BotKept::NameTaken),
        inserted => inserted?,
    }
    note(tx, "make_bot", name, None, Some(&made.bot), actor, now)?;
    Ok(BotKept::Now(made))
}

/// What is not given stays.
pub fn change_bot(
    tx: &mut Tx,
    name: &str,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<BotKept, FlowError> {
    let before = bots::find(tx, name)?.ok_or_else(|| FlowError::not_found("bot", name))?;
    let mut after = before.clone();
    let bad = after.bot.apply(given);
    if !bad.is_empty() {
        return Ok(BotKept::Bad(bad));
    }
    if after == before {
        return Ok(BotKept::Already(after));
    }
    if number_is_taken(tx, &after)? {
        return Ok(BotKept::NumberTaken);
    }
    match bots::save(tx, &after) {
        Err(error) if error.is_duplicate() => return Ok(BotKept::NumberTaken),
        saved => saved?,
    }
    note(tx, "change_bot", name, Some(&before.bot), Some(&after.bot), actor, now)?;
    Ok(BotKept::Now(after))
}

/// Its number is answered no more; a bot in a call leaves it at the next key, or when it would greet again.
pub fn remove_bot(tx: &mut Tx, name: &str, actor: &str, now: DateTime<Utc>) -> Result<(), FlowError> {
    let before = bots::find(tx, name)?.ok_or_else(|| FlowError::not_found("bot", name))?;
    bots::delete(tx, name)?;
    note(tx, "remove_bot", name, Some(&before.bot), None, actor, now)
}

fn number_is_taken(tx: &mut Tx, wanted: &NamedBot) -> Result<bool, StorageError> {
    let number: Vec<_> = wanted.bot.number.iter().collect();
    Ok(bots::of_numbers(tx, &number)?.iter().any(|other| other.name != wanted.name))
}

fn note(
    tx: &mut Tx,
    action: &str,
    subject: &str,
    before: Option<&Bot>,
    after: Option<&Bot>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let (before, after) = (before.map(|bot| written(SETTINGS, bot)), after.map(|bot| written(SETTINGS, bot)));
    let (before, after) = (before.as_deref(), after.as_deref());
    Ok(audit::change(tx, &Change { actor, action, subject, account: None, detail: "", before, after }, now)?)
}
