//! Administrators come, get other roles, and go. There is always an owner: who demotes or removes one holds all owners
//! meanwhile, so that two who do it to each other at the same moment leave one.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::open_account::is_email;
use crate::ids;
use crate::storage::audit::{self, Change};
use crate::storage::users::User;
use crate::storage::{Tx, sessions, users};

const OWNER: &str = "owner";

#[derive(Debug)]
pub enum Added {
    Person(User),
    /// Somebody signs in with this address.
    EmailTaken,
    BadEmail,
}

/// `role` is one of an administrator's.
pub fn add_administrator(
    tx: &mut Tx,
    email: &str,
    role: &str,
    password_hash: String,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Added, FlowError> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Ok(Added::BadEmail);
    }
    if users::by_email(tx, &email)?.is_some() {
        return Ok(Added::EmailTaken);
    }
    let user = User { id: ids::new("usr"), email, password_hash, role: role.to_owned(), account: None };
    match users::insert(tx, &user, now) {
        Err(error) if error.is_duplicate() => return Ok(Added::EmailTaken),
        inserted => inserted?,
    }
    note(tx, actor, "add_administrator", &user, None, Some(role), now)?;
    Ok(Added::Person(user))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonChanged {
    Now,
    Already,
    /// Somebody must be left who may let others in.
    LastOwner,
}

/// Counts from the next request on: a role is looked up at each.
pub fn change_role(
    tx: &mut Tx,
    id: &str,
    role: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PersonChanged, FlowError> {
    let owners = users::lock_owners(tx)?;
    let user = administrator(tx, id)?;
    if user.role == role {
        return Ok(PersonChanged::Already);
    }
    if is_last(&owners, &user) {
        return Ok(PersonChanged::LastOwner);
    }
    users::set_role(tx, id, role)?;
    note(tx, actor, "change_role", &user, Some(&user.role), Some(role), now)?;
    Ok(PersonChanged::Now)
}

/// Their sessions end with them; what they did stays in the audit under their address.
pub fn remove_administrator(
    tx: &mut Tx,
    id: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PersonChanged, FlowError> {
    let owners = users::lock_owners(tx)?;
    let user = administrator(tx, id)?;
    if is_last(&owners, &user) {
        return Ok(PersonChanged::LastOwner);
    }
    users::delete(tx, id)?;
    sessions::delete_of_user(tx, id, None)?;
    note(tx, actor, "remove_administrator", &user, Some(&user.role), None, now)?;
    Ok(PersonChanged::Now)
}

fn is_last(owners: &[String], user: &User) -> bool {
    user.role == OWNER && owners.iter().all(|owner| *owner == user.id)
}

/// A caller is none, and is changed by their account.
pub(super) fn administrator(tx: &mut Tx, id: &str) -> Result<User, FlowError> {
    users::find(tx, id)?.filter(|user| user.account.is_none()).ok_or_else(|| FlowError::not_found("administrator", id))
}

fn note(
    tx: &mut Tx,
    actor: &str,
    action: &str,
    user: &User,
    before: Option<&str>,
    after: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    let change = Change { actor, action, subject: &user.id, account: None, detail: &user.email, before, after };
    Ok(audit::change(tx, &change, now)?)
}
