//! Numbers that callers ring to call on from there.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::access_numbers;
use super::{StorageError, Tx};
use crate::domain::access::{AccessNumber, AccessSettings, Asks};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::setting::Choice;

type Row = (String, String, String, String, String, bool);
type Columns = (
    access_numbers::id,
    access_numbers::number,
    access_numbers::label,
    access_numbers::language,
    access_numbers::asks,
    access_numbers::closed,
);
const COLUMNS: Columns = (
    access_numbers::id,
    access_numbers::number,
    access_numbers::label,
    access_numbers::language,
    access_numbers::asks,
    access_numbers::closed,
);

pub fn insert(tx: &mut Tx, one: &AccessNumber, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(access_numbers::table)
        .values((
            access_numbers::id.eq(&one.id),
            access_numbers::number.eq(one.number.as_str()),
            settings(&one.settings),
            access_numbers::created_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, one: &AccessNumber) -> Result<(), StorageError> {
    diesel::update(access_numbers::table.find(&one.id)).set(settings(&one.settings)).execute(tx.conn)?;
    Ok(())
}

pub fn delete(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::delete(access_numbers::table.find(id)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<AccessNumber>, StorageError> {
    access_numbers::table.find(id).select(COLUMNS).first(tx.conn).optional()?.map(number).transpose()
}

pub fn by_number(tx: &mut Tx, wanted: &PhoneNumber) -> Result<Option<AccessNumber>, StorageError> {
    let query = access_numbers::table.filter(access_numbers::number.eq(wanted.as_str()));
    query.select(COLUMNS).first(tx.conn).optional()?.map(number).transpose()
}

/// Newest first; those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<AccessNumber>, StorageError> {
    let mut query = access_numbers::table.order(access_numbers::id.desc()).limit(most).select(COLUMNS).into_boxed();
    if let Some(after) = after {
        query = query.filter(access_numbers::id.lt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(number).collect()
}

/// Those that are not closed, by label.
pub fn open(tx: &mut Tx, most: i64) -> Result<Vec<AccessNumber>, StorageError> {
    let query = access_numbers::table.filter(access_numbers::closed.eq(false)).limit(most).select(COLUMNS);
    query.order((access_numbers::label, access_numbers::number)).load(tx.conn)?.into_iter().map(number).collect()
}

type Settings<'a> = (
    diesel::dsl::Eq<access_numbers::label, &'a str>,
    diesel::dsl::Eq<access_numbers::language, &'static str>,
    diesel::dsl::Eq<access_numbers::asks, &'static str>,
    diesel::dsl::Eq<access_numbers::closed, bool>,
);

fn settings(of: &AccessSettings) -> Settings<'_> {
    (
        access_numbers::label.eq(of.label.as_str()),
        access_numbers::language.eq(of.language.code()),
        access_numbers::asks.eq(of.asks.code()),
        access_numbers::closed.eq(of.closed),
    )
}

fn number((id, number, label, language, asks, closed): Row) -> Result<AccessNumber, StorageError> {
    let bad = |why: String| StorageError::unreadable("access_numbers", format!("{id}: {why}"));
    let settings = AccessSettings {
        label,
        language: language.parse().map_err(|error| bad(format!("{error}")))?,
        asks: Asks::read(&asks).map_err(&bad)?,
        closed,
    };
    Ok(AccessNumber {
        number: PhoneNumber::kept(&number).map_err(|error| bad(format!("{error}")))?,
        settings,
        id: id.clone(),
    })
}
