//! A settled call computed anew: every leg from its frozen rate and its recorded seconds, beside what is booked.

use std::process::ExitCode;

use serde::Serialize;

use super::{CommandError, output};
use crate::domain::call::Leg;
use crate::domain::money::Money;
use crate::flows::explained::Explained;
use crate::flows::itemise::{BillLine, itemise};
use crate::storage::Db;

#[derive(Serialize)]
struct Rerated {
    leg: String,
    number: String,
    destination: String,
    minimum_seconds: i64,
    increment_seconds: i64,
    grace_seconds: i64,
    #[serde(flatten)]
    explained: Explained,
    booked: Money,
    booked_tax: Money,
    booked_promo: Money,
    agrees: bool,
}

pub async fn run(db: &Db, call: &str, json: bool) -> Result<ExitCode, CommandError> {
    let id = call.to_owned();
    let bill = db.read(move |tx| itemise(tx, &id)).await?;
    if !bill.is_settled() {
        return Err(CommandError::Said(format!("{call} is not over, so nothing is booked for it yet")));
    }
    let legs: Vec<_> = bill.call.legs.iter().zip(&bill.lines).map(|(leg, line)| rerated(leg, line)).collect();
    if json {
        output::json(&legs);
    } else {
        legs.iter().for_each(|leg| print!("{}", said(leg, bill.currency.code())));
    }
    Ok(if bill.agrees_with_the_ledger() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn rerated(leg: &Leg, line: &BillLine) -> Rerated {
    Rerated {
        leg: leg.id.clone(),
        number: leg.number.to_string(),
        destination: leg.rate.destination.clone(),
        minimum_seconds: leg.rate.minimum_seconds,
        increment_seconds: leg.rate.increment_seconds,
        grace_seconds: leg.rate.grace_seconds,
        explained: Explained::of(&leg.rate, &line.explanation),
        booked: line.booked,
        booked_tax: line.booked_tax,
        booked_promo: line.booked_promo,
        agrees: line.agrees(),
    }
}

fn said(leg: &Rerated, currency: &str) -> String {
    let how = &leg.explained;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let (deck, prefix, origination) = (or_none(&how.deck), or_none(&how.prefix), or_none(&how.origination));
    let mut lines = vec![
        format!("{} {} {}", leg.leg, leg.number, leg.destination),
        format!("  deck {deck}, prefix {prefix}, origination {origination}"),
        format!(
            "  {} s from {}, billed {} s (at least {} s, in steps of {} s, free below {} s)",
            how.seconds, how.start, how.billed_seconds, leg.minimum_seconds, leg.increment_seconds, leg.grace_seconds
        ),
        format!("  {} to connect", how.connection_fee),
    ];
    lines.extend(how.markup.iter().map(|markup| format!("  made of {}", markup.says)));
    let from_bundles = how.from_bundles.iter();
    lines.extend(from_bundles.map(|used| format!("  {} s from bundle {} {}", used.seconds, used.bundle, used.name)));
    lines.extend(how.pieces.iter().map(|piece| {
        let (seconds, price, fee, amount) = (piece.seconds, &piece.price_per_minute, piece.fee, &piece.exact_amount);
        format!("  {seconds} s from {} at {price} a minute, and {fee} for reaching them: {amount}", piece.from)
    }));
    lines.extend(how.capped_at.map(|most| format!("  at most {most}")));
    lines.extend(how.tax.as_ref().map(|tax| {
        let included = if tax.included { "included in" } else { "added to" };
        format!("  net {}, tax {} ({} {} %, {included} the prices)", how.net, tax.amount, tax.country, tax.percent)
    }));
    let verdict = if leg.agrees { "as booked".to_owned() } else { format!("but {} is booked", leg.booked) };
    if leg.booked_promo.is_positive() {
        lines.push(format!("  {} of it was promotional credit", leg.booked_promo));
    }
    lines.push(format!("  {} {currency}, rounded up once at the millionth, {verdict}", how.gross));
    lines.join("\n") + "\n"
}
