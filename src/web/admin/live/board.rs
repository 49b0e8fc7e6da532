//! The calls that run, as the board shows them: facts, and what moves with the time.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::call::{Call, Leg, Role};
use crate::domain::currency::Currency;
use crate::storage::accounts::Account;
use crate::storage::{StorageError, Tx, accounts, call_lists};
use crate::web::pages::show::{duration, money, price};
use crate::web::user::call::snapshot::{burn, in_a_while, limit, millis};
use crate::web::user::call::words;

/// More than a person can watch.
pub const MOST_ROWS: usize = 200;

#[derive(Serialize, PartialEq, Debug)]
pub struct Board {
    pub rows: Vec<Row>,
    /// There are more calls than rows.
    pub more: bool,
}

#[derive(Serialize, PartialEq, Debug)]
pub struct Row {
    pub id: String,
    pub account: String,
    pub email: String,
    /// The caller's own phone first.
    pub numbers: String,
    pub state: &'static str,
    pub running: bool,
    /// Milliseconds since 1970, like all moments here.
    pub limit_at: Option<i64>,
    pub next_look_at: Option<i64>,
    pub burn: String,
    pub held: String,
}

/// What moves of a row, at one moment.
#[derive(Debug)]
pub struct Moving {
    pub left: String,
    pub next_look: String,
}

pub fn board(tx: &mut Tx, now: DateTime<Utc>) -> Result<(Board, Vec<Moving>), StorageError> {
    let asked = i64::try_from(MOST_ROWS + 1).expect("it is few");
    let mut found = call_lists::nearest_to_their_end(tx, asked)?;
    let more = found.len() > MOST_ROWS;
    found.truncate(MOST_ROWS);
    let ids: Vec<&str> = found.iter().map(|call| call.account.as_str()).collect();
    let owners = accounts::find_many(tx, &ids)?;
    let (mut rows, mut moving) = (vec![], vec![]);
    for call in &found {
        let Some(Account { email, currency, .. }) = owners.get(&call.account) else { continue };
        rows.push(row(call, email, *currency, now));
        moving.push(Moving {
            left: limit(call).map_or_else(|| "–".to_owned(), |until| duration((until - now).num_seconds())),
            next_look: next_look(call).map_or_else(|| "–".to_owned(), |at| in_a_while(at, now)),
        });
    }
    Ok((Board { rows, more }, moving))
}

fn row(call: &Call, email: &str, currency: Currency, now: DateTime<Utc>) -> Row {
    let number = |leg: &Leg| match leg.role {
        Role::Payer | Role::Other => leg.number.to_string(),
        Role::Bot => format!("{} ({})", leg.number, leg.rate.destination),
        Role::Supervisor => format!("{} (supervisor)", leg.number),
        Role::Guest => format!("{} (guest)", leg.number),
    };
    let here = call.legs.iter().filter(|leg| !leg.is_supervisor() || !leg.is_over());
    let numbers: Vec<_> = here.map(number).collect();
    Row {
        id: call.id.clone(),
        account: call.account.clone(),
        email: email.to_owned(),
        numbers: numbers.join(", "),
        state: words::phase(call),
        running: call.is_running(),
        limit_at: limit(call).map(millis),
        next_look_at: next_look(call).map(millis),
        burn: price(burn(call, now), currency),
        held: money(call.held, currency),
    }
}

fn next_look(call: &Call) -> Option<DateTime<Utc>> {
    call.checkpoint_at.filter(|_| call.is_running())
}
