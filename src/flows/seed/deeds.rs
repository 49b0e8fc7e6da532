//! What administrators did in the made-up books: each account has a past, and a few are blocked.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use super::calls::LIVE_AT_MOST;
use crate::flows::FlowError;
use crate::storage::audit::{self, Change};
use crate::storage::{Tx, accounts};

/// Hours after the account was opened, who, what, why, and what was there before and after.
const DEEDS: [(i64, &str, &str, &str, &str, &str); 4] = [
    (1, "support@example.com", "block_account", "the address is not confirmed", "open", "blocked"),
    (2, "support@example.com", "unblock_account", "confirmed by telephone", "blocked", "open"),
    (3, "finance@example.com", "block_account", "a charge was disputed", "open", "blocked"),
    (9, "finance@example.com", "unblock_account", "the dispute was withdrawn", "blocked", "open"),
];
/// One account in so many is blocked now.
const BLOCKED: usize = 50;

impl Seed {
    /// Over before the first calls.
    pub(super) fn note_past(&self, tx: &mut Tx, account: &str, opened: DateTime<Utc>) -> Result<(), FlowError> {
        for (hours, actor, action, detail, before, after) in DEEDS {
            let (before, after) = (Some(before), Some(after));
            let change = Change { actor, action, subject: account, account: Some(account), detail, before, after };
            audit::change(tx, &change, opened + TimeDelta::hours(hours))?;
        }
        Ok(())
    }

    /// Nobody who is talking.
    pub(super) fn block_some(&self, tx: &mut Tx) -> Result<(), FlowError> {
        let quiet = self.callers.iter().enumerate().skip(LIVE_AT_MOST.min(self.callers.len().div_ceil(5)));
        for (_, caller) in quiet.filter(|(place, _)| place % BLOCKED == BLOCKED - 1) {
            accounts::set_status(tx, &caller.account, "blocked")?;
            let (actor, action, account) = ("support@example.com", "block_account", caller.account.as_str());
            let (before, after) = (Some("open"), Some("blocked"));
            let detail = "too many calls that nobody answers";
            let change = Change { actor, action, subject: account, account: Some(account), detail, before, after };
            audit::change(tx, &change, self.now - TimeDelta::minutes(10))?;
        }
        Ok(())
    }
}
