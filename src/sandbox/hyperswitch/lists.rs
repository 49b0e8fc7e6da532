//! Lists as this processor gives them: newest first, within a span, in pages.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::errors::ApiError;
use super::fields::Fields;
use super::model::Model;
use crate::sandbox::cards::form;

/// Payments follow each other by name.
pub(super) fn payments(model: &Model, query: &str) -> Result<Value, ApiError> {
    let mut fields = Fields::of(form::parse(query));
    let limit = at_most(fields.text("limit")?.and_then(|limit| limit.parse().ok()), 100)?;
    let after = fields.text("starting_after")?;
    let (from, to) = (moment(&mut fields, "created.gte")?, moment(&mut fields, "created.lt")?);
    fields.done()?;
    let mut found: Vec<_> = model.payments.values().filter(|one| within(one.created, from, to)).collect();
    found.sort_by(|a, b| (b.created, &b.new.id).cmp(&(a.created, &a.new.id)));
    let past = after.and_then(|after| found.iter().position(|one| one.new.id == after)).map_or(0, |at| at + 1);
    let data: Vec<_> = found.into_iter().skip(past).take(limit).map(|one| one.json()).collect();
    Ok(json!({"size": data.len(), "data": data}))
}

/// Refunds follow each other by number.
pub(super) fn refunds(model: &Model, mut fields: Fields) -> Result<Value, ApiError> {
    let limit = at_most(fields.number("limit")?, 100)?;
    let offset = usize::try_from(fields.number("offset")?.unwrap_or(0)).unwrap_or(usize::MAX);
    let (from, to) = (moment(&mut fields, "start_time")?, moment(&mut fields, "end_time")?);
    fields.done()?;
    let mut found: Vec<_> = model.refunds.values().filter(|one| within(one.at, from, to)).collect();
    found.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let total = found.len();
    let data: Vec<_> = found.into_iter().skip(offset).take(limit).map(|one| one.json()).collect();
    Ok(json!({"count": data.len(), "total_count": total, "data": data}))
}

/// Without anything around them.
pub(super) fn disputes(model: &Model, query: &str) -> Result<Value, ApiError> {
    let mut fields = Fields::of(form::parse(query));
    let mut number = |name| Ok::<_, ApiError>(fields.text(name)?.and_then(|text| text.parse::<i64>().ok()));
    let (limit, offset) = (number("limit")?, number("offset")?.unwrap_or(0));
    let (limit, offset) = (at_most(limit, 100)?, usize::try_from(offset).unwrap_or(usize::MAX));
    let (from, to) = (moment(&mut fields, "start_time")?, moment(&mut fields, "end_time")?);
    fields.done()?;
    let mut found: Vec<_> = model.disputes.values().filter(|one| within(one.at, from, to)).collect();
    found.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    Ok(found.into_iter().skip(offset).take(limit).map(|one| one.json()).collect())
}

fn at_most(given: Option<i64>, most: usize) -> Result<usize, ApiError> {
    match given.map_or(Ok(10), usize::try_from) {
        Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
        Ok(_) | Err(_) => Err(ApiError::bad_field("limit", &format!("a number from 1 to {most}"))),
    }
}

fn moment(fields: &mut Fields, name: &str) -> Result<Option<DateTime<Utc>>, ApiError> {
    let Some(text) = fields.text(name)? else { return Ok(None) };
    let read = DateTime::parse_from_rfc3339(&text).map(|at| Some(at.to_utc()));
    read.map_err(|_| ApiError::bad_field(name, "a time of ISO 8601"))
}

fn within(at: DateTime<Utc>, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> bool {
    from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
}
