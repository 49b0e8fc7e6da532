//! Profiles of rooms: made, and changed for the calls that begin from then on.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::room_profile::{RoomProfile, SETTINGS};
use crate::domain::setting::{BadSetting, Given, written};
use crate::ids;
use crate::storage::Tx;
use crate::storage::audit::{self, Change};
use crate::storage::room_profiles::{self, NamedProfile};

const LONGEST_NAME: usize = 60;

#[derive(Debug)]
pub enum ProfileKept {
    Now(NamedProfile),
    /// It was all so before.
    Already(NamedProfile),
    NameTaken,
    /// Nothing was kept.
    Bad(Vec<BadSetting>),
}

/// What is not given is as in the smallest room.
pub fn make_room_profile(
    tx: &mut Tx,
    name: &str,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<ProfileKept, FlowError> {
    let mut profile = RoomProfile::default();
    let mut bad = profile.apply(given);
    if !is_name(name) {
        bad.insert(0, BadSetting::new("name", format!("has 1 to {LONGEST_NAME} letters")));
    }
    if !bad.is_empty() {
        return Ok(ProfileKept::Bad(bad));
    }
    if room_profiles::by_name(tx, name)?.is_some() {
        return Ok(ProfileKept::NameTaken);
    }
    let made = NamedProfile { id: ids::new("room"), name: name.to_owned(), profile };
    match room_profiles::insert(tx, &made, now) {
        Err(error) if error.is_duplicate() => return Ok(ProfileKept::NameTaken),
        inserted => inserted?,
    }
    note(tx, "make_room_profile", &made, None, actor, now)?;
    Ok(ProfileKept::Now(made))
}

/// What is not given stays. Running calls keep what they began with.
pub fn change_room_profile(
    tx: &mut Tx,
    id: &str,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<ProfileKept, FlowError> {
    let before = room_profiles::find(tx, id)?.ok_or_else(|| FlowError::not_found("room profile", id))?;
    let mut after = before.clone();
    let bad = after.profile.apply(given);
    if !bad.is_empty() {
        return Ok(ProfileKept::Bad(bad));
    }
    if after == before {
        return Ok(ProfileKept::Already(after));
    }
    room_profiles::save(tx, &after)?;
    note(tx, "change_room_profile", &after, Some(&written(SETTINGS, &before.profile)), actor, now)?;
    Ok(ProfileKept::Now(after))
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

fn note(
    tx: &mut Tx,
    action: &str,
    profile: &NamedProfile,
    before: Option<&str>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let after = written(SETTINGS, &profile.profile);
    let (subject, detail, after) = (profile.id.as_str(), profile.name.as_str(), Some(after.as_str()));
    Ok(audit::change(tx, &Change { actor, action, subject, account: None, detail, before, after }, now)?)
}
