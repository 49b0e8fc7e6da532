//! The transfers of one account in one month, oldest first, and their sums: what its statement is made of.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{legs, transfers};
use super::statements::{COLUMNS, Entry, Row, entry};
use super::{StorageError, Tx};
use crate::domain::ledger::places_of;
use crate::domain::money::Money;
use crate::domain::rating::Rate;
use crate::domain::statement::{Kind, Month, Sides, Sum};

/// A place in the order of an account's transfers.
type Position = (NaiveDateTime, String);

/// What came of all transfers before that moment.
pub fn net_before(tx: &mut Tx, account: &str, moment: DateTime<Utc>) -> Result<Money, StorageError> {
    let mut net = Money::ZERO;
    for (place, sign) in places_of(account).iter().flat_map(|place| [(place.clone(), 1), (place.clone(), -1)]) {
        let mut those = transfers::table
            .filter(transfers::account_id.eq(account.to_owned()))
            .filter(transfers::at.lt(moment.naive_utc()))
            .select(sql::<BigInt>("CAST(COALESCE(SUM(amount), 0) AS BIGINT)"))
            .into_boxed();
        // Concatenated, so that SQLite keeps to the index of the account.
        those = if sign > 0 {
            those.filter(transfers::credit.concat("").eq(place))
        } else {
            those.filter(transfers::debit.concat("").eq(place))
        };
        net += Money::from_micros(sign * those.first::<i64>(tx.conn)?);
    }
    Ok(net)
}

/// What came of all transfers up to that one, and of it.
pub fn net_through(tx: &mut Tx, account: &str, transfer: &str) -> Result<Money, StorageError> {
    let known = transfers::table.find(transfer).filter(transfers::account_id.eq(account)).select(transfers::at);
    let Some(at) = known.first::<NaiveDateTime>(tx.conn).optional()? else { return Ok(Money::ZERO) };
    let same_moment: Vec<Row> = transfers::table
        .filter(transfers::account_id.eq(account))
        .filter(transfers::at.eq(at))
        .filter(transfers::id.le(transfer))
        .select(COLUMNS)
        .load(tx.conn)?;
    let own = places_of(account);
    let signed = |row: Row| {
        let entry = entry(row);
        Sides { debit: &entry.debit, credit: &entry.credit, fact_key: "" }.signed(entry.amount, &own)
    };
    Ok(net_before(tx, account, at.and_utc())? + same_moment.into_iter().map(signed).sum::<Money>())
}

/// By what they were; what moved with a processor, and why, stands in the fact alone.
pub fn sums(tx: &mut Tx, account: &str, month: Month) -> Result<Vec<Sum>, StorageError> {
    let own = places_of(account);
    let mut sums = vec![];
    for fact in [Fact::RefundFailed, Fact::Refund, Fact::Dispute, Fact::Any] {
        let mut query = transfers::table
            .group_by((transfers::debit, transfers::credit))
            .select((transfers::debit, transfers::credit, sql::<BigInt>("CAST(SUM(amount) AS BIGINT)"), count_star()))
            .filter(transfers::account_id.eq(account.to_owned()))
            .filter(transfers::at.ge(month.begin().naive_utc()))
            .filter(transfers::at.lt(month.end().naive_utc()))
            .into_boxed();
        query = match fact {
            Fact::RefundFailed => query.filter(transfers::fact_key.like("%refund\\_failed:%").escape('\\')),
            Fact::Refund => query
                .filter(transfers::fact_key.like("%refund:%"))
                .filter(transfers::fact_key.not_like("%refund\\_failed:%").escape('\\')),
            Fact::Dispute => query
                .filter(transfers::fact_key.like("%dispute%"))
                .filter(transfers::fact_key.not_like("%refund:%"))
                .filter(transfers::fact_key.not_like("%refund\\_failed:%").escape('\\')),
            Fact::Any => query
                .filter(transfers::fact_key.not_like("%refund\\_failed:%").escape('\\'))
                .filter(transfers::fact_key.not_like("%refund:%"))
                .filter(transfers::fact_key.not_like("%dispute%")),
        };
        let groups: Vec<(String, String, i64, i64)> = query.load(tx.conn)?;
        for (debit, credit, amount, count) in groups {
            let sides = Sides { debit: &debit, credit: &credit, fact_key: fact.example() };
            if !own.contains(&debit) && !own.contains(&credit) {
                continue;
            }
            let kind = sides.kind(&own);
            let country = (kind == Kind::Tax).then(|| sides.country().map(str::to_owned)).flatten();
            let amount = sides.signed(Money::from_micros(amount), &own);
            sums.push(Sum { kind, country, amount, count });
        }
    }
    Ok(sums)
}

#[derive(Clone, Copy)]
enum Fact {
    RefundFailed,
    Refund,
    Dispute,
    Any,
}

impl Fact {
    fn example(self) -> &'static str {
        match self {
            Self::RefundFailed => "refund_failed:",
            Self::Refund => "refund:",
            Self::Dispute => "dispute:",
            Self::Any => "",
        }
    }
}

/// Oldest first, those after the transfer `after` in that order.
pub fn page(
    tx: &mut Tx,
    account: &str,
    month: Month,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Entry>, StorageError> {
    let own = places_of(account);
    let mut query = transfers::table
        .filter(transfers::account_id.eq(account.to_owned()))
        .filter(transfers::at.ge(month.begin().naive_utc()))
        .filter(transfers::at.lt(month.end().naive_utc()))
        .filter(transfers::debit.concat("").eq_any(own.clone()).or(transfers::credit.concat("").eq_any(own)))
        .order((transfers::at, transfers::id))
        .limit(most)
        .select(COLUMNS)
        .into_boxed();
    if let Some(after) = after {
        let known = transfers::table.find(after).filter(transfers::account_id.eq(account));
        let Some((at, id)): Option<Position> =
            known.select((transfers::at, transfers::id)).first(tx.conn).optional()?
        else {
            return Ok(vec![]);
        };
        query = query.filter(transfers::at.ge(at)).filter(transfers::at.gt(at).or(transfers::id.gt(id)));
    }
    let rows: Vec<Row> = query.load(tx.conn)?;
    Ok(rows.into_iter().map(entry).collect())
}

/// The leg that a charge was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargedLeg {
    pub call: String,
    pub number: String,
    pub destination: String,
    pub billed_seconds: i64,
}

const LEGS_AT_ONCE: usize = 500;

pub fn charged_legs(tx: &mut Tx, wanted: &[&str]) -> Result<HashMap<String, ChargedLeg>, StorageError> {
    let mut found = HashMap::new();
    for some in wanted.chunks(LEGS_AT_ONCE) {
        let rows: Vec<(String, String, String, String, Option<i64>)> = legs::table
            .filter(legs::id.eq_any(some))
            .select((legs::id, legs::call_id, legs::number, legs::rate, legs::billed_seconds))
            .load(tx.conn)?;
        for (id, call, number, rate, seconds) in rows {
            let rate: Rate = serde_json::from_str(&rate)
                .map_err(|error| StorageError::unreadable("legs", format!("{id}: {error}")))?;
            let leg =
                ChargedLeg { call, number, destination: rate.destination, billed_seconds: seconds.unwrap_or_default() };
            found.insert(id, leg);
        }
    }
    Ok(found)
}
