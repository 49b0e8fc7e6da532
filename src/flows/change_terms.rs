//! What a plan settles for its calls: changed by name, and frozen for each call when it is dialled.

use chrono::{DateTime, Utc};

use super::FlowError;
use crate::domain::call::Timing;
use crate::domain::call::terms::{CallTerms, TERMS, least_slice};
use crate::domain::setting::{BadSetting, Given, apply, written};
use crate::storage::accounts::Plan;
use crate::storage::audit::{self, Change};
use crate::storage::room_profiles::{self, NamedProfile};
use crate::storage::{StorageError, Tx, accounts};

/// The name under which a profile is given, by its own name. All others stand in [`TERMS`].
pub const ROOM_PROFILE: &str = "room_profile";

/// A plan with the profile of its room.
#[derive(Debug, Clone)]
pub struct PlanTerms {
    pub plan: Plan,
    pub room: NamedProfile,
}

#[derive(Debug)]
pub enum TermsChanged {
    Now(PlanTerms),
    /// It was all so before.
    Already(PlanTerms),
    /// Nothing was changed.
    Bad(Vec<BadSetting>),
}

/// What is not given stays. Running calls keep what they began with.
pub fn change_terms(
    tx: &mut Tx,
    plan: &str,
    given: &Given,
    actor: &str,
    timing: &Timing,
    now: DateTime<Utc>,
) -> Result<TermsChanged, FlowError> {
    let mut changed = plan_terms(tx, plan)?;
    let before = all_written(&changed);
    let (rooms, others): (Given, Given) = given.iter().cloned().partition(|(name, _)| name == ROOM_PROFILE);
    let mut bad = apply(TERMS, &mut changed.plan.terms, &others);
    for (name, wanted) in rooms {
        match room_profiles::by_name(tx, &wanted)? {
            Some(found) => changed.room = found,
            None => bad.push(BadSetting::new(&name, "is the name of a profile; there is none of this name")),
        }
    }
    let (granted, least) = (i64::from(changed.plan.terms.grant_seconds), least_slice(timing));
    if (1..least).contains(&granted) {
        let why = format!("is 0 or at least {least}, twice the time before its end at which more is looked for");
        bad.push(BadSetting::new("grant_seconds", why));
    }
    if !bad.is_empty() {
        return Ok(TermsChanged::Bad(bad));
    }
    changed.plan.room_profile.clone_from(&changed.room.id);
    let after = all_written(&changed);
    if after == before {
        return Ok(TermsChanged::Already(changed));
    }
    accounts::save_terms(tx, &changed.plan)?;
    let (before, after) = (Some(before.as_str()), Some(after.as_str()));
    let detail = &changed.plan.name;
    audit::change(
        tx,
        &Change { actor, action: "change_terms", subject: plan, account: None, detail, before, after },
        now,
    )?;
    Ok(TermsChanged::Now(changed))
}

fn all_written(terms: &PlanTerms) -> String {
    let room = format!("{ROOM_PROFILE}={}", terms.room.name);
    [room, written(TERMS, &terms.plan.terms)].join(" ").trim_end().to_owned()
}

pub fn plan_terms(tx: &mut Tx, plan: &str) -> Result<PlanTerms, FlowError> {
    let plan = accounts::plan_by_id(tx, plan)?.ok_or_else(|| FlowError::not_found("plan", plan))?;
    let room = room_of(tx, &plan)?;
    Ok(PlanTerms { plan, room })
}

fn room_of(tx: &mut Tx, plan: &Plan) -> Result<NamedProfile, FlowError> {
    let missing = || StorageError::unreadable("plans", format!("{}: no profile {}", plan.id, plan.room_profile));
    Ok(room_profiles::find(tx, &plan.room_profile)?.ok_or_else(missing)?)
}

/// What a call of this account would be settled by.
pub fn terms_of_account(tx: &mut Tx, account: &str) -> Result<CallTerms, FlowError> {
    let found = accounts::find_with_plan(tx, account)?;
    let (_, plan) = found.ok_or_else(|| FlowError::not_found("account", account))?;
    terms_of(tx, &plan)
}

/// As a call that is dialled now has them.
pub(super) fn terms_of(tx: &mut Tx, plan: &Plan) -> Result<CallTerms, FlowError> {
    Ok(CallTerms { room: room_of(tx, plan)?.profile, ..plan.terms.clone() })
}
