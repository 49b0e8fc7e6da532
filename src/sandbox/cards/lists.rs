//! Lists as the processor gives them: newest first, filtered, in pages.

use serde_json::{Value, json};

use super::errors::ApiError;
use super::model::Model;
use super::params::Params;

/// Things on a page at most.
const LONGEST: usize = 100;

pub(super) fn list_sessions(model: &Model, path: &str, mut params: Params) -> Result<Value, ApiError> {
    let status = params.one_of("status", &["open", "complete", "expired"])?;
    let wanted = model.sessions.values().filter(|it| status.as_ref().is_none_or(|word| it.stage.word() == word));
    list(wanted.map(|it| it.json()).collect(), path, params)
}

pub(super) fn list_events(model: &Model, path: &str, mut params: Params) -> Result<Value, ApiError> {
    let mut types = params.texts("types")?;
    types.extend(params.text("type")?);
    params.ignore(&["delivery_success"]);
    let (from, to) = created(&mut params)?;
    let after = params.text("starting_after")?;
    // They are many, and in the order in which they were told: only those of a page are copied.
    let first = model.events.partition_point(|event| event["created"].as_i64() < Some(from));
    let is_wanted = |event: &&Value| {
        event["created"].as_i64() <= Some(to) && (types.is_empty() || types.iter().any(|it| event["type"] == **it))
    };
    let newest = model.events[first..].iter().rev().filter(is_wanted);
    let page = newest.skip_while(|event| after.as_ref().is_some_and(|after| event["id"].as_str() >= Some(after)));
    let mut page: Vec<Value> = page.take(LONGEST + 1).cloned().collect();
    page.reverse();
    list(page, path, params)
}

pub(super) fn list_transactions(model: &Model, path: &str, mut params: Params) -> Result<Value, ApiError> {
    let whole = params.texts("expand")?.iter().any(|name| name == "data.source");
    let (from, to) = created(&mut params)?;
    let wanted = model.transactions.values().filter(|it| (from..=to).contains(&it.created));
    list(wanted.map(|it| it.json(model, whole)).collect(), path, params)
}

/// Newest first. `objects` come in the order of their ids, which is that of their creation.
pub(super) fn list(objects: Vec<Value>, path: &str, mut params: Params) -> Result<Value, ApiError> {
    let limit = match params.number("limit")? {
        None => 10,
        Some(limit @ 1..=100) => usize::try_from(limit).expect("it is between 1 and 100"),
        Some(_) => return Err(ApiError::about("limit", "", "limit has to be between 1 and 100.")),
    };
    let after = params.text("starting_after")?;
    let wanted = [
        ("customer", params.text("customer")?),
        ("payment_intent", params.text("payment_intent")?),
        ("type", params.text("type")?),
    ];
    let (from, to) = created(&mut params)?;
    params.ignore(&["expand"]);
    params.done()?;
    let mut found: Vec<Value> = objects
        .into_iter()
        .rev()
        .filter(|object| wanted.iter().all(|(name, text)| text.as_ref().is_none_or(|text| object[*name] == **text)))
        .filter(|object| object["created"].as_i64().is_some_and(|at| (from..=to).contains(&at)))
        .skip_while(|object| after.as_ref().is_some_and(|after| object["id"].as_str() >= Some(after)))
        .collect();
    let has_more = found.len() > limit;
    found.truncate(limit);
    Ok(json!({"object": "list", "url": format!("/v1/{path}"), "has_more": has_more, "data": found}))
}

/// The first and the last second that are asked for.
fn created(params: &mut Params) -> Result<(i64, i64), ApiError> {
    let mut bounds = Params::new(params.object("created")?);
    let from = bounds.number("gte")?.max(bounds.number("gt")?.map(|after| after.saturating_add(1)));
    let to = [bounds.number("lte")?, bounds.number("lt")?.map(|before| before.saturating_sub(1))];
    bounds.done()?;
    Ok((from.unwrap_or(i64::MIN), to.into_iter().flatten().min().unwrap_or(i64::MAX)))
}
