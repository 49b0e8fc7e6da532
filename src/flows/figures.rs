//! Figures by the hour. An hour that is over is counted from the books, however late and however often; what happens
//! in an hour and leaves no trace in the books is added to it as it happens.

use std::iter::successors;

use chrono::{DateTime, TimeDelta, Utc};

use super::FlowError;
use crate::domain::figures::{Figure, Measure, Period, Point, Tally, day_of, hour_of};
use crate::storage::figures::{self, Merge};
use crate::storage::{Tx, accounts, calls};

/// A transaction that began in an hour may end a little after it.
const CLOSES_AFTER: TimeDelta = TimeDelta::minutes(2);
/// In one transaction: after a long time off the rest comes with the next.
const MOST_AT_ONCE: usize = 12;
/// Hours not counted yet that a page counts by itself: the present one, and the last while it is being counted.
const MOST_OPEN: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    All,
    /// There are more hours to count.
    More,
}

/// Counts the hours that are over and not counted yet, and again those with payments that were open then.
pub fn close_hours(tx: &mut Tx, now: DateTime<Utc>) -> Result<Counted, FlowError> {
    let most = i64::try_from(MOST_AT_ONCE).expect("it is small");
    let again = figures::unfinished(tx, most)?;
    let Some(next) = next_open(tx)? else { return Ok(Counted::All) };
    let over: Vec<_> =
        hours(next).take_while(|hour| *hour + TimeDelta::hours(1) + CLOSES_AFTER <= now).take(MOST_AT_ONCE).collect();
    for hour in again.iter().chain(&over) {
        figures::forget_books(tx, *hour)?;
        let mut counted = figures::of_books(tx, *hour)?;
        counted.push(Figure { at: *hour, measure: Measure::Closed, label: String::new(), value: 1 });
        figures::keep(tx, &counted, Merge::Replace)?;
    }
    Ok(if over.len() == MOST_AT_ONCE { Counted::More } else { Counted::All })
}

/// The first hour that is not counted: before the first account nothing happened.
fn next_open(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, FlowError> {
    Ok(match figures::last_closed(tx)? {
        Some(last) => Some(last + TimeDelta::hours(1)),
        None => accounts::first_opened_at(tx)?.map(hour_of),
    })
}

fn hours(from: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    successors(Some(from), |hour| Some(*hour + TimeDelta::hours(1)))
}

/// Looks how many calls there are at this moment.
pub fn look_at_live_calls(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), FlowError> {
    let value = calls::count_all_live(tx)?;
    let peak = Figure { at: hour_of(now), measure: Measure::LiveCallsPeak, label: String::new(), value };
    Ok(figures::keep(tx, &[peak], Merge::Raise)?)
}

/// Webhooks answered in an hour by one sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub hour: DateTime<Utc>,
    pub sender: &'static str,
    pub tally: Tally,
}

pub fn add_webhooks(tx: &mut Tx, answered: &[Answered]) -> Result<(), FlowError> {
    let figures: Vec<_> = answered.iter().flat_map(|part| part.tally.figures(part.sender, part.hour)).collect();
    Ok(figures::keep(tx, &figures, Merge::Add)?)
}

/// The hours or days of a period up to now. What is not counted yet is counted here, as far as it is recent.
pub fn of_period(tx: &mut Tx, period: Period, now: DateTime<Utc>) -> Result<Vec<Point>, FlowError> {
    let mut points = period.points(now);
    let mut kept = match period {
        Period::Today => figures::of_day(tx, period.begins(now))?,
        Period::Week | Period::Month => figures::by_day(tx, period.begins(now))?,
    };
    let present = hour_of(now);
    let recent = present - TimeDelta::hours(i64::try_from(MOST_OPEN - 1).expect("it is small"));
    let open = figures::last_closed(tx)?.map_or(recent, |last| recent.max(last + TimeDelta::hours(1)));
    for hour in hours(open).take_while(|hour| *hour <= present) {
        kept.extend(figures::of_books(tx, hour)?);
    }
    for figure in kept {
        let place = match period {
            Period::Today => figure.at,
            Period::Week | Period::Month => day_of(figure.at),
        };
        if let Some(point) = points.iter_mut().find(|point| point.at == place) {
            point.add(figure.measure, &figure.label, figure.value);
        }
    }
    Ok(points)
}
