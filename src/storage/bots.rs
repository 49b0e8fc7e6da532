//! Bots by their names. They are few.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::bots;
use super::{StorageError, Tx};
use crate::domain::bot::Bot;
use crate::domain::phone_number::PhoneNumber;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBot {
    pub name: String,
    pub bot: Bot,
}

type Columns = (bots::name, bots::script);
const COLUMNS: Columns = (bots::name, bots::script);

fn named((name, script): (String, String)) -> Result<NamedBot, StorageError> {
    let bot =
        serde_json::from_str(&script).map_err(|error| StorageError::unreadable("bots", format!("{name}: {error}")))?;
    Ok(NamedBot { name, bot })
}

fn number(bot: &Bot) -> &str {
    bot.number.as_ref().expect("no bot is kept without a number").as_str()
}

fn script(bot: &Bot) -> String {
    serde_json::to_string(bot).expect("a script is plain data")
}

/// A name or a number that another bot has is a duplicate.
pub fn insert(tx: &mut Tx, NamedBot { name, bot }: &NamedBot, now: DateTime<Utc>) -> Result<(), StorageError> {
    let row = (bots::name.eq(name), bots::number.eq(number(bot)), bots::script.eq(script(bot)));
    diesel::insert_into(bots::table).values((row, bots::created_at.eq(now.naive_utc()))).execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, NamedBot { name, bot }: &NamedBot) -> Result<(), StorageError> {
    let row = (bots::number.eq(number(bot)), bots::script.eq(script(bot)));
    diesel::update(bots::table.find(name)).set(row).execute(tx.conn)?;
    Ok(())
}

pub fn delete(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    diesel::delete(bots::table.find(name)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, name: &str) -> Result<Option<NamedBot>, StorageError> {
    bots::table.find(name).select(COLUMNS).first(tx.conn).optional()?.map(named).transpose()
}

/// Those that have one of these numbers.
pub fn of_numbers(tx: &mut Tx, numbers: &[&PhoneNumber]) -> Result<Vec<NamedBot>, StorageError> {
    let numbers = numbers.iter().map(|number| number.as_str());
    let rows: Vec<_> = bots::table.filter(bots::number.eq_any(numbers)).select(COLUMNS).load(tx.conn)?;
    rows.into_iter().map(named).collect()
}

/// By name; those after `after`.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<NamedBot>, StorageError> {
    let mut query = bots::table.order(bots::name).limit(most).select(COLUMNS).into_boxed();
    if let Some(after) = after {
        query = query.filter(bots::name.gt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(named).collect()
}
