//! Calls that came in: what becomes of each until somebody pays for it, and after.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::schema::greetings;
use super::{StorageError, Tx, dialect, utc, utc_option};
use crate::domain::access::greeting::Greeting;
use crate::domain::phone_number::PhoneNumber;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = greetings, treat_none_as_null = true)]
pub(super) struct GreetingRow {
    call_sid: String,
    number: String,
    caller: Option<String>,
    language: String,
    account_id: Option<String>,
    step: String,
    turn: i32,
    remark: Option<String>,
    tries: i32,
    wrong_codes: i64,
    began_at: NaiveDateTime,
    ended_at: Option<NaiveDateTime>,
    seconds: Option<i64>,
}

/// `false` if there is one of this call already.
pub fn insert(tx: &mut Tx, greeting: &Greeting) -> Result<bool, StorageError> {
    Ok(dialect::insert_greeting(tx.conn, &row(greeting))?)
}

pub fn save(tx: &mut Tx, greeting: &Greeting) -> Result<(), StorageError> {
    diesel::update(greetings::table.find(&greeting.call_sid)).set(row(greeting)).execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, call_sid: &str) -> Result<Option<Greeting>, StorageError> {
    let one = greetings::table.find(call_sid).select(GreetingRow::as_select());
    one.first(tx.conn).optional()?.map(greeting).transpose()
}

/// One message about a call at a time.
pub fn lock(tx: &mut Tx, call_sid: &str) -> Result<Option<Greeting>, StorageError> {
    dialect::lock_greeting(tx.conn, call_sid).optional()?.map(greeting).transpose()
}

/// Newest first, those after `after` in that order; of one account, or of all, strangers too.
pub fn list(tx: &mut Tx, account: Option<&str>, after: Option<&str>, most: i64) -> Result<Vec<Greeting>, StorageError> {
    let mut query = greetings::table
        .order((greetings::began_at.desc(), greetings::call_sid.desc()))
        .limit(most)
        .select(GreetingRow::as_select())
        .into_boxed();
    if let Some(account) = account {
        query = query.filter(greetings::account_id.eq(account.to_owned()));
    }
    if let Some(last) = after.map(|after| find(tx, after)).transpose()?.flatten() {
        let (began_at, call_sid) = (last.began_at.naive_utc(), last.call_sid);
        let later = greetings::began_at.eq(began_at).and(greetings::call_sid.lt(call_sid));
        query = query.filter(greetings::began_at.lt(began_at).or(later));
    }
    query.load(tx.conn)?.into_iter().map(greeting).collect()
}

/// Wrong codes that came from a phone since then.
pub fn wrong_codes_from(tx: &mut Tx, caller: &PhoneNumber, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let query = greetings::table.filter(greetings::caller.eq(caller.as_str()));
    wrong_codes(tx, query.filter(greetings::began_at.gt(since.naive_utc())).into_boxed())
}

/// Wrong codes at an access number since then.
pub fn wrong_codes_at(tx: &mut Tx, number: &PhoneNumber, since: DateTime<Utc>) -> Result<i64, StorageError> {
    let query = greetings::table.filter(greetings::number.eq(number.as_str()));
    wrong_codes(tx, query.filter(greetings::began_at.gt(since.naive_utc())).into_boxed())
}

type Chosen<'a> = greetings::BoxedQuery<'a, super::connection::AnyBackend>;

fn wrong_codes(tx: &mut Tx, of: Chosen<'_>) -> Result<i64, StorageError> {
    let each: Vec<i64> = of.filter(greetings::wrong_codes.gt(0)).select(greetings::wrong_codes).load(tx.conn)?;
    Ok(each.into_iter().sum())
}

fn row(greeting: &Greeting) -> GreetingRow {
    GreetingRow {
        call_sid: greeting.call_sid.clone(),
        number: greeting.number.to_string(),
        caller: greeting.caller.as_ref().map(ToString::to_string),
        language: greeting.language.code().to_owned(),
        account_id: greeting.account.clone(),
        step: serde_json::to_string(&greeting.step).expect("a step is plain data"),
        turn: greeting.turn,
        remark: greeting.remark.map(|sentence| sentence.code().to_owned()),
        tries: greeting.tries,
        wrong_codes: greeting.wrong_codes,
        began_at: greeting.began_at.naive_utc(),
        ended_at: greeting.ended_at.map(|at| at.naive_utc()),
        seconds: greeting.seconds,
    }
}

fn greeting(row: GreetingRow) -> Result<Greeting, StorageError> {
    let sid = row.call_sid.clone();
    let bad = |why: &dyn std::fmt::Display| StorageError::unreadable("greetings", format!("{sid}: {why}"));
    Ok(Greeting {
        number: PhoneNumber::kept(&row.number).map_err(|error| bad(&error))?,
        caller: row.caller.as_deref().map(PhoneNumber::kept).transpose().map_err(|error| bad(&error))?,
        language: row.language.parse().map_err(|error| bad(&error))?,
        step: serde_json::from_str(&row.step).map_err(|error| bad(&error))?,
        remark: row.remark.map(|code| code.parse()).transpose().map_err(|error| bad(&error))?,
        call_sid: row.call_sid,
        account: row.account_id,
        turn: row.turn,
        tries: row.tries,
        wrong_codes: row.wrong_codes,
        began_at: utc(row.began_at),
        ended_at: utc_option(row.ended_at),
        seconds: row.seconds,
    })
}
