//! Links that start calls in the made-up books, one that does and many that did, and an invitation into a live call.

use chrono::TimeDelta;

use super::people::OWNER;
use super::{CALL_LINK, INVITATION, Seed};
use crate::domain::call_link::CallLink;
use crate::domain::invitation::Invitation;
use crate::flows::FlowError;
use crate::flows::api_tokens::{hash, parts};
use crate::storage::{Tx, audit, call_links, calls, invitations};

/// Of the first caller, who has far more of everything than others.
const USED_UP: i64 = 60;
const MOST_CALLS: i64 = 5;

impl Seed {
    pub(super) fn make_call_links(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let (id, secret) = parts(CALL_LINK).expect("it looks like one of ours");
        self.make_call_link(tx, id.to_owned(), secret, 0, 0)?;
        for day in (1..=USED_UP).rev() {
            let id = self.id("clk", self.now - TimeDelta::days(day));
            self.make_call_link(tx, id, "nobody knows", MOST_CALLS, day)?;
        }
        Ok(())
    }

    pub(super) fn make_invitation(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let account = self.callers[0].account.clone();
        let Some(call) = calls::live(tx, &account)?.into_iter().next() else { return Ok(()) };
        let (id, secret) = parts(INVITATION).expect("it looks like one of ours");
        let invitation = Invitation {
            id: id.to_owned(),
            account,
            call,
            made_by: OWNER.to_owned(),
            created_at: self.now,
            expires_at: self.now + TimeDelta::days(30),
            used_by: None,
            revoked_at: None,
        };
        Ok(invitations::insert(tx, &invitation, &hash(secret), "req_invitation")?)
    }

    fn make_call_link(
        &mut self,
        tx: &mut Tx,
        id: String,
        secret: &str,
        calls_made: i64,
        days_ago: i64,
    ) -> Result<(), FlowError> {
        let at = self.now - TimeDelta::days(days_ago);
        let other = self.prices.numbers[self.chance.place(self.prices.numbers.len())].0.clone();
        let caller = &self.callers[0];
        let link = CallLink {
            account: caller.account.clone(),
            label: format!("Talk to desk {}", days_ago + 1),
            own_number: caller.own_number.clone(),
            numbers: vec![other],
            most_calls: MOST_CALLS,
            calls_made,
            last_call: None,
            made_by: OWNER.to_owned(),
            created_at: at,
            expires_at: at + TimeDelta::days(30),
            revoked_at: None,
            id,
        };
        call_links::insert(tx, &link, &hash(secret), &format!("req_{}", &link.id[4..]))?;
        Ok(audit::record(tx, OWNER, "make_call_link", &link.id, &link.label, at)?)
    }
}
