//! People who sign in.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::users;
use super::{StorageError, Tx, dialect};

#[derive(Debug, Clone, Queryable)]
pub struct User {
    pub id: String,
    pub email: String,
    pub password_hash: String,
    /// `caller`, or an administrator's: `owner`, `finance`, `support`, `viewer`.
    pub role: String,
    /// Callers have one, administrators none.
    pub account: Option<String>,
}

type Columns = (users::id, users::email, users::password_hash, users::role, users::account_id);
const COLUMNS: Columns = (users::id, users::email, users::password_hash, users::role, users::account_id);

pub fn insert(tx: &mut Tx, user: &User, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(users::table)
        .values((
            users::id.eq(&user.id),
            users::email.eq(&user.email),
            users::password_hash.eq(&user.password_hash),
            users::role.eq(&user.role),
            users::account_id.eq(&user.account),
            users::created_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// E-mail addresses are kept in lower case.
pub fn by_email(tx: &mut Tx, email: &str) -> Result<Option<User>, StorageError> {
    let email = email.trim().to_lowercase();
    Ok(users::table.filter(users::email.eq(email)).select(COLUMNS).first(tx.conn).optional()?)
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<User>, StorageError> {
    Ok(users::table.find(id).select(COLUMNS).first(tx.conn).optional()?)
}

pub fn set_password(tx: &mut Tx, id: &str, password_hash: &str) -> Result<(), StorageError> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(password_hash)).execute(tx.conn)?;
    Ok(())
}

/// The present password's hash; it stays that until the transaction ends.
pub fn lock(tx: &mut Tx, id: &str) -> Result<Option<String>, StorageError> {
    Ok(dialect::lock_user(tx.conn, id).optional()?)
}

/// Who signs in to an account.
pub fn of_account(tx: &mut Tx, account: &str) -> Result<Vec<User>, StorageError> {
    Ok(users::table.filter(users::account_id.eq(account)).order(users::id).select(COLUMNS).load(tx.conn)?)
}

/// All who administer, by address. They are few.
pub fn administrators(tx: &mut Tx) -> Result<Vec<User>, StorageError> {
    let roles = ["owner", "finance", "support", "viewer"];
    Ok(users::table.filter(users::role.eq_any(roles)).order(users::email).select(COLUMNS).load(tx.conn)?)
}

/// Ids of the owners; nobody else changes any of them until the transaction ends.
pub fn lock_owners(tx: &mut Tx) -> Result<Vec<String>, StorageError> {
    Ok(dialect::lock_owners(tx.conn)?)
}

pub fn set_role(tx: &mut Tx, id: &str, role: &str) -> Result<(), StorageError> {
    diesel::update(users::table.find(id)).set(users::role.eq(role)).execute(tx.conn)?;
    Ok(())
}

pub fn delete(tx: &mut Tx, id: &str) -> Result<(), StorageError> {
    diesel::delete(users::table.find(id)).execute(tx.conn)?;
    Ok(())
}
