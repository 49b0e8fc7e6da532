//! What the carrier asks for legs, beside what was charged for them.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::carrier_prices;
use super::{StorageError, Tx, utc};
use crate::domain::carrier_price::{BilledLeg, CarrierPrice, Standing};
use crate::domain::currency::Currency;
use crate::domain::margin_report::Group;
use crate::domain::money::Money;

/// One that is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub leg: String,
    pub call_sid: String,
    pub settled_at: DateTime<Utc>,
}

pub fn insert(tx: &mut Tx, legs: &[BilledLeg]) -> Result<(), StorageError> {
    for leg in legs {
        diesel::insert_into(carrier_prices::table)
            .values((
                carrier_prices::leg_id.eq(&leg.leg),
                carrier_prices::account_id.eq(&leg.account),
                carrier_prices::call_id.eq(&leg.call),
                carrier_prices::call_sid.eq(&leg.call_sid),
                carrier_prices::destination.eq(&leg.destination),
                carrier_prices::settled_at.eq(leg.settled_at.naive_utc()),
                carrier_prices::seconds.eq(leg.seconds),
                carrier_prices::minutes.eq(leg.minutes),
                carrier_prices::revenue.eq(leg.revenue.micros()),
                carrier_prices::currency.eq(leg.currency.code()),
                carrier_prices::state.eq("waiting"),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

pub fn has_call(tx: &mut Tx, call: &str) -> Result<bool, StorageError> {
    let query = carrier_prices::table.filter(carrier_prices::call_id.eq(call));
    Ok(diesel::select(diesel::dsl::exists(query)).get_result(tx.conn)?)
}

pub fn waiting(tx: &mut Tx, call: &str) -> Result<Vec<Waiting>, StorageError> {
    let rows: Vec<(String, String, NaiveDateTime)> = carrier_prices::table
        .filter(carrier_prices::call_id.eq(call))
        .filter(carrier_prices::state.eq("waiting"))
        .order(carrier_prices::leg_id)
        .select((carrier_prices::leg_id, carrier_prices::call_sid, carrier_prices::settled_at))
        .load(tx.conn)?;
    Ok(rows.into_iter().map(|(leg, call_sid, at)| Waiting { leg, call_sid, settled_at: utc(at) }).collect())
}

/// A price that is known or missing stays so.
pub fn set(tx: &mut Tx, leg: &str, standing: Standing, now: DateTime<Utc>) -> Result<(), StorageError> {
    let (state, price) = match standing {
        Standing::Waiting => ("waiting", None),
        Standing::Known(price) => ("known", Some(price)),
        Standing::Missing => ("missing", None),
    };
    diesel::update(carrier_prices::table.find(leg))
        .filter(carrier_prices::state.eq("waiting"))
        .set((
            carrier_prices::state.eq(state),
            carrier_prices::price.eq(price.map(|CarrierPrice { price, .. }| price.micros())),
            carrier_prices::price_currency.eq(price.map(|CarrierPrice { currency, .. }| currency.code())),
            carrier_prices::looked_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Destination, currency, state, the price's currency; legs, minutes, revenue, price.
type GroupRow = (String, String, String, Option<String>, i64, i64, i64, i64);

/// Legs to one destination that were settled in a span, alike in their currencies and in whether their price is known.
pub fn by_destination(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Group>, StorageError> {
    let sum = |what: &str| sql::<BigInt>(&format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)"));
    let rows: Vec<GroupRow> = carrier_prices::table
        .filter(carrier_prices::settled_at.ge(from.naive_utc()))
        .filter(carrier_prices::settled_at.lt(to.naive_utc()))
        .group_by((
            carrier_prices::destination,
            carrier_prices::currency,
            carrier_prices::state,
            carrier_prices::price_currency,
        ))
        .select((
            carrier_prices::destination,
            carrier_prices::currency,
            carrier_prices::state,
            carrier_prices::price_currency,
            count_star(),
            sum("minutes"),
            sum("revenue"),
            sum("price"),
        ))
        .load(tx.conn)?;
    let currency =
        |code: &str| code.parse::<Currency>().map_err(|error| StorageError::unreadable("carrier_prices", error));
    let group = |row: (String, String, String, Option<String>, i64, i64, i64, i64)| {
        let (destination, its_currency, _, price_currency, calls, minutes, revenue, cost) = row;
        Ok(Group {
            destination,
            currency: currency(&its_currency)?,
            cost_currency: price_currency.as_deref().map(currency).transpose()?,
            calls,
            minutes,
            revenue: Money::from_micros(revenue),
            cost: Money::from_micros(cost),
        })
    };
    rows.into_iter().map(group).collect()
}
