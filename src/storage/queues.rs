//! Calls that wait in a queue until somebody takes them. The calls themselves are the queue.

use diesel::prelude::*;

use super::calls::{CallRow, call_columns, with_legs};
use super::schema::{calls, holds};
use super::{StorageError, Tx};
use crate::domain::call::Call;
use crate::domain::call::transfer::QueueName;

/// More transfers than this at one time are not looked through.
const MOST: i64 = 500;

/// Who has waited longest comes first; in the queue of this name, or in any.
pub fn waiting(tx: &mut Tx, name: Option<&QueueName>) -> Result<Vec<Call>, StorageError> {
    let rows: Vec<(CallRow, i64)> = calls::table
        .inner_join(holds::table.on(holds::call_id.eq(calls::id)))
        .filter(calls::transfer.is_not_null())
        .order(calls::created_at)
        .limit(MOST)
        .select((call_columns(), holds::amount))
        .load(tx.conn)?;
    let found: Result<Vec<_>, _> = rows.into_iter().map(|(row, held)| with_legs(tx, row, held)).collect();
    let mut waiting: Vec<_> = found?
        .into_iter()
        .filter(|call| call.may_take().is_ok())
        .filter(|call| name.is_none_or(|name| call.queued().is_some_and(|queued| queued.name == *name)))
        .collect();
    waiting.sort_by_key(|call| call.queued().map(|queued| queued.since));
    Ok(waiting)
}
