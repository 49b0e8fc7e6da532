//! `talktime rates margin`: what is left of a plan's prices after the carrier's bill.

use std::process::ExitCode;

use super::{CommandError, output};
use crate::domain::currency::Currency;
use crate::flows::check_margin::{LosingLine, MarginQuestion, MarginReport, SHOWN_LINES, check_margin};
use crate::storage::Db;

pub async fn run(db: &Db, asked: MarginQuestion, json: bool) -> Result<ExitCode, CommandError> {
    let found = db.read(move |tx| check_margin(tx, &asked)).await?;
    let report = found.map_err(|why| CommandError::Said(why.to_string()))?;
    if json {
        output::json(&report);
    } else {
        show(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(report: &MarginReport) {
    let MarginReport { compared, losing, without_cost, currency, .. } = report;
    report.worst.iter().for_each(|line| println!("{}", said(line, *currency)));
    if *losing > SHOWN_LINES {
        println!("and {} more", losing - SHOWN_LINES);
    }
    println!("{losing} of {compared} rates lose money at some duration; of {without_cost} the cost is not known");
}

fn said(line: &LosingLine, currency: Currency) -> String {
    let LosingLine { prefix, destination, price_per_minute, cost_per_minute, worst, loses, .. } = line;
    format!(
        "{prefix} {destination}: {price_per_minute} a minute costs {cost_per_minute}; loses at {loses}; \
         most at {} s: {} {currency}",
        worst.seconds, worst.margin
    )
}
