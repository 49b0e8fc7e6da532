//! A plan follows the decks of another with a markup, or does so no more.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::rating::markup::{MARKUP, Markup};
use crate::domain::setting::{BadSetting, Given, apply, written};
use crate::storage::accounts::Plan;
use crate::storage::audit::{self, Change};
use crate::storage::markups::{self, Following};
use crate::storage::{Tx, accounts};

/// The name under which the followed plan is given, by its own name; empty for none. All others stand in [`MARKUP`].
pub const COST_PLAN: &str = "cost_plan";

/// A plan with what it follows, if anything.
#[derive(Debug, Clone)]
pub struct PlanMarkup {
    pub plan: Plan,
    pub cost: Option<Plan>,
    /// The usual one of a plan that follows none.
    pub markup: Markup,
}

#[derive(Debug)]
pub enum MarkupChanged {
    Now(PlanMarkup),
    /// It was all so before.
    Already(PlanMarkup),
    /// Nothing was changed.
    Bad(Vec<BadSetting>),
}

pub fn plan_markup(tx: &mut Tx, plan: &str) -> Result<PlanMarkup, FlowError> {
    let plan = accounts::plan_by_id(tx, plan)?.ok_or_else(|| FlowError::not_found("plan", plan))?;
    let (cost, markup) = match markups::find(tx, &plan.id)? {
        Some(following) => (accounts::plan_by_id(tx, &following.cost_plan)?, following.markup),
        None => (None, Markup::default()),
    };
    Ok(PlanMarkup { plan, cost, markup })
}

/// What is not given stays. Running calls keep what they began with.
pub fn change_markup(
    tx: &mut Tx,
    plan: &str,
    given: &Given,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<MarkupChanged, FlowError> {
    let before = plan_markup(tx, plan)?;
    let mut after = before.clone();
    let (costs, others): (Given, Given) = given.iter().cloned().partition(|(name, _)| name == COST_PLAN);
    let mut bad = apply(MARKUP, &mut after.markup, &others);
    for (_, wanted) in costs {
        match cost_plan(tx, plan, &wanted)? {
            Ok(cost) => after.cost = cost,
            Err(why) => bad.push(BadSetting::new(COST_PLAN, why)),
        }
    }
    if !bad.is_empty() {
        return Ok(MarkupChanged::Bad(bad));
    }
    if after.cost.is_none() {
        after.markup = Markup::default();
    }
    if all_written(&before) == all_written(&after) {
        return Ok(MarkupChanged::Already(before));
    }
    match &after.cost {
        Some(cost) => {
            markups::put(tx, plan, &Following { cost_plan: cost.id.clone(), markup: after.markup.clone() })?;
        }
        None => markups::remove(tx, plan)?,
    }
    let (old, new) = (all_written(&before), all_written(&after));
    let (old, new) = (Some(old.as_str()), Some(new.as_str()));
    let detail = &after.plan.name;
    audit::change(
        tx,
        &Change { actor, action: "change_markup", subject: plan, account: None, detail, before: old, after: new },
        now,
    )?;
    Ok(MarkupChanged::Now(after))
}

/// Nobody follows a follower, so that a price has one cost.
fn cost_plan(tx: &mut Tx, plan: &str, name: &str) -> Result<Result<Option<Plan>, &'static str>, FlowError> {
    if name.is_empty() {
        return Ok(Ok(None));
    }
    let Some(cost) = accounts::plan_by_name(tx, name)? else {
        return Ok(Err("is the name of a plan; there is none of this name"));
    };
    if cost.id == plan {
        return Ok(Err("is another plan than this one"));
    }
    if markups::find(tx, &cost.id)?.is_some() {
        return Ok(Err("is a plan with decks of its own; this one follows another"));
    }
    if markups::follower(tx, plan)?.is_some() {
        return Ok(Err("is empty for a plan that others follow"));
    }
    Ok(Ok(Some(cost)))
}

/// A plan that follows none has no markup, whatever is typed for it.
fn all_written(of: &PlanMarkup) -> String {
    match &of.cost {
        Some(cost) => format!("{COST_PLAN}={} {}", cost.name, written(MARKUP, &of.markup)),
        None => String::new(),
    }
}
