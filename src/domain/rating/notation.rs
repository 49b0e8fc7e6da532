//! How prices, tiers and a maximum are written in a deck, and read again.
//!
//! ```text
//! tiers         60@0.30/30+0.02; 120@0.10/10     the first 60 s at 0.30 a minute, in steps of 30 s, 0.02 for reaching
//!                                                them; then 120 s at 0.10 in steps of 10 s; then the row's own price
//! maximum_cost  5.00 free                        free beyond 5.00 (`free` may be left out)
//! maximum_cost  5.00 end                         the time of the call ends at 5.00
//! ```

use std::fmt::Write;

use rust_decimal::Decimal;

use super::{HIGHEST_PRICE, Maximum, PRICE_DIGITS, Then, Tier};
use crate::domain::money::{BadAmount, MICROS, Money};

/// No call lasts longer than a day.
const LONGEST_TIER: i64 = 86_400;
const MOST_TIERS: usize = 20;

pub fn price(text: &str) -> Result<Decimal, String> {
    let price = Decimal::from_str_exact(text)
        .map_err(|_| format!("{text:?} is not a decimal number such as 0.015"))?
        .normalize();
    if price.is_sign_negative() && !price.is_zero() {
        return Err(format!("{text} is below zero"));
    }
    if price > Decimal::from(HIGHEST_PRICE) || price.scale() > PRICE_DIGITS {
        return Err(format!("{text} is above {HIGHEST_PRICE} or has more than {PRICE_DIGITS} digits after the point"));
    }
    Ok(price)
}

pub fn fee(text: &str) -> Result<Money, String> {
    let fee: Money = text.parse().map_err(|error: BadAmount| error.to_string())?;
    if fee < Money::ZERO || fee > Money::from_micros(HIGHEST_PRICE * MICROS) {
        return Err(format!("{text} is not between 0 and {HIGHEST_PRICE}"));
    }
    Ok(fee)
}

pub fn whole_seconds(text: &str, least: i64) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(seconds) if (least..=LONGEST_TIER).contains(&seconds) => Ok(seconds),
        Ok(_) | Err(_) => Err(format!("{text:?} is not a whole number of seconds from {least} to {LONGEST_TIER}")),
    }
}

/// `0.30+0.02`: a price and what is paid once, if anything.
pub fn price_and_fee(text: &str) -> Result<(Decimal, Option<Money>), String> {
    match text.split_once('+') {
        Some((before, after)) => Ok((price(before.trim())?, Some(fee(after.trim())?))),
        None => Ok((price(text.trim())?, None)),
    }
}

pub fn read_tiers(text: &str) -> Result<Vec<Tier>, String> {
    let tiers: Vec<Tier> =
        text.split(';').map(str::trim).filter(|tier| !tier.is_empty()).map(read_tier).collect::<Result<_, _>>()?;
    if tiers.len() > MOST_TIERS {
        return Err(format!("has more than {MOST_TIERS} tiers"));
    }
    Ok(tiers)
}

fn read_tier(text: &str) -> Result<Tier, String> {
    let unreadable = || format!("{text:?} is not a tier such as 60@0.30/30 or 60@0.30/30+0.02");
    let (seconds, rest) = text.split_once('@').ok_or_else(unreadable)?;
    let (rest, fee) = match rest.split_once('+') {
        Some((rest, after)) => (rest, fee(after.trim())?),
        None => (rest, Money::ZERO),
    };
    let (per_minute, increment) = rest.split_once('/').unwrap_or((rest, "1"));
    Ok(Tier {
        seconds: whole_seconds(seconds.trim(), 1)?,
        price_per_minute: price(per_minute.trim())?,
        increment_seconds: whole_seconds(increment.trim(), 1)?,
        fee,
    })
}

pub fn write_tiers(tiers: &[Tier]) -> String {
    let mut written = String::new();
    for tier in tiers {
        let separator = if written.is_empty() { "" } else { "; " };
        let (price, increment) = (tier.price_per_minute, tier.increment_seconds);
        write!(written, "{separator}{}@{price}/{increment}", tier.seconds).expect("a string takes everything");
        if tier.fee.is_positive() {
            write!(written, "+{}", tier.fee).expect("a string takes everything");
        }
    }
    written
}

pub fn read_maximum(text: &str) -> Result<Maximum, String> {
    let mut words = text.split_whitespace();
    let cost = fee(words.next().unwrap_or_default())?;
    let then = match (words.next(), words.next()) {
        (None | Some("free"), None) => Then::Free,
        (Some("end"), None) => Then::End,
        (_, _) => return Err(format!("{text:?} is not an amount, or an amount with \"free\" or \"end\"")),
    };
    Ok(Maximum { cost, then })
}

pub fn write_maximum(maximum: &Maximum) -> String {
    let then = match maximum.then {
        Then::Free => "free",
        Then::End => "end",
    };
    format!("{} {then}", maximum.cost)
}
