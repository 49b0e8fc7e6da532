//! Calls of the carrier's as the books know them: legs, and those who called in and were only greeted.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::calls::leg_end;
use super::schema::{bots, calls, carrier_prices, greetings, legs};
use super::{StorageError, Tx, utc, utc_option};
use crate::domain::carrier_calls::OurCall;
use crate::domain::carrier_price::CarrierPrice;
use crate::domain::money::Money;
use crate::domain::time_limit::whole_seconds;

type LegTimes = (Option<NaiveDateTime>, Option<NaiveDateTime>, Option<NaiveDateTime>, Option<NaiveDateTime>);
type Price = (Option<String>, Option<i64>, Option<String>);
type Row = (Option<String>, String, NaiveDateTime, Option<String>, Option<i64>, Option<i64>, LegTimes, Price);

/// Of calls that began from one moment to before another.
pub fn legs_between(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<OurCall>, StorageError> {
    let rows: Vec<Row> = legs::table
        .inner_join(calls::table.on(calls::id.eq(legs::call_id)))
        .left_join(carrier_prices::table.on(carrier_prices::leg_id.eq(legs::id)))
        .filter(calls::created_at.ge(from.naive_utc()))
        .filter(calls::created_at.lt(to.naive_utc()))
        .filter(legs::call_sid.is_not_null())
        .filter(legs::guest_call_id.is_null())
        .select((
            legs::call_sid,
            legs::account_id,
            calls::created_at,
            legs::ended_how,
            legs::carrier_seconds,
            legs::detection_seconds,
            (legs::added_at, legs::started_at, legs::authorised_until, legs::called_in_at),
            (
                carrier_prices::state.nullable(),
                carrier_prices::price.nullable(),
                carrier_prices::price_currency.nullable(),
            ),
        ))
        .load(tx.conn)?;
    rows.into_iter().map(leg).collect()
}

fn leg(row: Row) -> Result<OurCall, StorageError> {
    let (call_sid, account, created_at, ended_how, seconds, detection, times, (state, price, currency)) = row;
    let (added_at, started_at, authorised_until, called_in_at) = times;
    let currency = currency.map(|code| code.parse()).transpose();
    let currency = currency.map_err(|error| StorageError::unreadable("carrier_prices", error))?;
    // What was counted before the call began is not known to be bounded here.
    let authorised = started_at.zip(authorised_until).filter(|_| called_in_at.is_none());
    Ok(OurCall {
        call_sid: call_sid.expect("it was asked for"),
        account: Some(account),
        at: utc(added_at.unwrap_or(created_at)),
        end: leg_end(ended_how.as_deref(), seconds),
        authorised_seconds: authorised.map(|(from, until)| whole_seconds(until - from) + detection.unwrap_or(0)),
        price: price.zip(currency).map(|(price, currency)| CarrierPrice { price: Money::from_micros(price), currency }),
        price_is_missing: state.as_deref() == Some("missing"),
    })
}

/// Those who called in then, with a call that is a leg or without.
pub fn greeted_between(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<OurCall>, StorageError> {
    type Greeted = (String, Option<String>, NaiveDateTime, Option<NaiveDateTime>, Option<i64>);
    let rows: Vec<Greeted> = greetings::table
        .filter(greetings::began_at.ge(from.naive_utc()))
        .filter(greetings::began_at.lt(to.naive_utc()))
        .select((
            greetings::call_sid,
            greetings::account_id,
            greetings::began_at,
            greetings::ended_at,
            greetings::seconds,
        ))
        .load(tx.conn)?;
    let greeted = |(call_sid, account, began_at, ended_at, seconds): Greeted| OurCall {
        call_sid,
        account,
        at: utc(began_at),
        end: utc_option(ended_at).and(leg_end(Some("completed"), seconds)),
        authorised_seconds: None,
        price: None,
        price_is_missing: false,
    };
    Ok(rows.into_iter().map(greeted).collect())
}

/// The numbers that bots answer: what comes in there is the other end of a leg of ours.
pub fn numbers_of_bots(tx: &mut Tx) -> Result<Vec<String>, StorageError> {
    Ok(bots::table.select(bots::number).load(tx.conn)?)
}
