//! A new password: by oneself, or by somebody entitled. It ends the sessions that the old one opened. Passwords come as
//! hashes, and neither they nor the words stand in the audit.

use chrono::{DateTime, Utc};

use super::FlowError;
use super::people::administrator;
use crate::ids;
use crate::storage::accounts::Account;
use crate::storage::audit::Change;
use crate::storage::users::User;
use crate::storage::{Tx, accounts, audit, sessions, users};

#[derive(Debug)]
pub enum PasswordSet {
    /// Whose it is now.
    Of(User),
    /// The account had nobody who signs in, and an administrator or another account's caller has its address.
    EmailTaken,
}

/// Of the caller who signs in to an account; if nobody does, its address does from now on. Where several do, `user`
/// says whose.
pub fn set_callers_password(
    tx: &mut Tx,
    account: &str,
    user: Option<&str>,
    password_hash: String,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PasswordSet, FlowError> {
    let unknown = || FlowError::not_found("account", account);
    // Two who make the first caller at the same moment wait for each other here.
    accounts::lock_wallet(tx, account)?.ok_or_else(unknown)?;
    let found = accounts::find(tx, account)?.ok_or_else(unknown)?;
    let callers = users::of_account(tx, account)?;
    let chosen = match user {
        Some(id) => {
            Some(callers.into_iter().find(|caller| caller.id == id).ok_or_else(|| FlowError::not_found("user", id))?)
        }
        None => callers.into_iter().next(),
    };
    match chosen {
        Some(caller) => {
            replace(tx, &caller, &password_hash, None, actor, "reset_password", now)?;
            Ok(PasswordSet::Of(caller))
        }
        None => first_caller(tx, &found, password_hash, actor, now),
    }
}

fn first_caller(
    tx: &mut Tx,
    account: &Account,
    password_hash: String,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<PasswordSet, FlowError> {
    if users::by_email(tx, &account.email)?.is_some() {
        return Ok(PasswordSet::EmailTaken);
    }
    let user = User {
        id: ids::new("usr"),
        email: account.email.clone(),
        password_hash,
        role: "caller".to_owned(),
        account: Some(account.id.clone()),
    };
    match users::insert(tx, &user, now) {
        Err(error) if error.is_duplicate() => return Ok(PasswordSet::EmailTaken),
        inserted => inserted?,
    }
    let change = Change {
        actor,
        action: "add_user",
        subject: &user.id,
        account: Some(&account.id),
        detail: &user.email,
        before: None,
        after: Some("caller"),
    };
    audit::change(tx, &change, now)?;
    Ok(PasswordSet::Of(user))
}

pub fn set_administrators_password(
    tx: &mut Tx,
    id: &str,
    password_hash: &str,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<User, FlowError> {
    let user = administrator(tx, id)?;
    replace(tx, &user, password_hash, None, actor, "reset_password", now)?;
    Ok(user)
}

/// By oneself, in the browser whose session is `staying`. `was` is the hash that the old password fitted: `false` if it
/// is not the present one any more.
pub fn change_own_password(
    tx: &mut Tx,
    user: &User,
    was: &str,
    password_hash: &str,
    staying: &str,
    now: DateTime<Utc>,
) -> Result<bool, FlowError> {
    if users::lock(tx, &user.id)?.as_deref() != Some(was) {
        return Ok(false);
    }
    replace(tx, user, password_hash, Some(staying), &user.email, "change_password", now)?;
    Ok(true)
}

fn replace(
    tx: &mut Tx,
    user: &User,
    password_hash: &str,
    staying: Option<&str>,
    actor: &str,
    action: &str,
    now: DateTime<Utc>,
) -> Result<(), FlowError> {
    // First the row: whoever is just signing in holds it, and is seen among the sessions afterwards.
    users::set_password(tx, &user.id, password_hash)?;
    let ended = sessions::delete_of_user(tx, &user.id, staying)?;
    let detail = format!("{}; {ended} sessions ended", user.email);
    let account = user.account.as_deref();
    let change = Change { actor, action, subject: &user.id, account, detail: &detail, before: None, after: None };
    Ok(audit::change(tx, &change, now)?)
}
