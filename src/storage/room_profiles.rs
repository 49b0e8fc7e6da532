//! Profiles of rooms, which plans name.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::{plans, room_profiles};
use super::{StorageError, Tx};
use crate::domain::room_profile::RoomProfile;

/// The profile of plans for which none was chosen; the migration makes it.
pub const MINIMAL: &str = "room_minimal";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedProfile {
    pub id: String,
    pub name: String,
    pub profile: RoomProfile,
}

type Columns = (room_profiles::id, room_profiles::name, room_profiles::settings);
const COLUMNS: Columns = (room_profiles::id, room_profiles::name, room_profiles::settings);

fn named((id, name, settings): (String, String, String)) -> Result<NamedProfile, StorageError> {
    let profile = serde_json::from_str(&settings)
        .map_err(|error| StorageError::unreadable("room_profiles", format!("{id}: {error}")))?;
    Ok(NamedProfile { id, name, profile })
}

fn settings(profile: &RoomProfile) -> String {
    serde_json::to_string(profile).expect("a profile is plain data")
}

pub fn insert(tx: &mut Tx, profile: &NamedProfile, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(room_profiles::table)
        .values((
            room_profiles::id.eq(&profile.id),
            room_profiles::name.eq(&profile.name),
            room_profiles::settings.eq(settings(&profile.profile)),
            room_profiles::created_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn save(tx: &mut Tx, profile: &NamedProfile) -> Result<(), StorageError> {
    diesel::update(room_profiles::table.find(&profile.id))
        .set(room_profiles::settings.eq(settings(&profile.profile)))
        .execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<NamedProfile>, StorageError> {
    room_profiles::table.find(id).select(COLUMNS).first(tx.conn).optional()?.map(named).transpose()
}

pub fn by_name(tx: &mut Tx, name: &str) -> Result<Option<NamedProfile>, StorageError> {
    let named_so = room_profiles::table.filter(room_profiles::name.eq(name));
    named_so.select(COLUMNS).first(tx.conn).optional()?.map(named).transpose()
}

/// Newest first after those that are always there; those after `after` in that order.
pub fn list(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<NamedProfile>, StorageError> {
    let mut query = room_profiles::table.order(room_profiles::id.desc()).limit(most).select(COLUMNS).into_boxed();
    if let Some(after) = after {
        query = query.filter(room_profiles::id.lt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(named).collect()
}

/// Names of the plans that have it, by name.
pub fn plans_with(tx: &mut Tx, id: &str, most: i64) -> Result<Vec<String>, StorageError> {
    let with = plans::table.filter(plans::room_profile.eq(id));
    Ok(with.order(plans::name).limit(most).select(plans::name).load(tx.conn)?)
}
