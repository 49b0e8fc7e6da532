//! What integrators were told in the made-up books: endpoints, events of some calls, and what became of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use super::calls::Batch;
use super::people::OWNER;
use crate::domain::call::Call;
use crate::domain::currency::Currency;
use crate::domain::event::{Event, Kind};
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::flows::bots::make_bot;
use crate::storage::events::{Told, Try, WholeDelivery};
use crate::storage::{Tx, audit, event_endpoints};

/// Switched off: there is nobody at these addresses.
const ENDPOINTS: [&str; 3] =
    ["https://crm.invalid/talktime", "https://billing.invalid/events", "https://office.invalid/calls/ended"];
/// Integrators hear of one call in so many.
const TOLD_OF: usize = 20;
/// Of so many deliveries one has failed for good and one waits for its next try.
const ROUND: usize = 25;
const TRIES_IN_VAIN: i64 = 15;

/// Nobody is at its number.
pub const BOT: &str = "weather";

impl Seed {
    pub(super) fn make_bot(tx: &mut Tx, at: DateTime<Utc>) -> Result<(), FlowError> {
        let given = [
            ("number", "+15005550009"),
            ("greeting", "Press 1 for the weather, or 9 to send me away."),
            ("key_1", "It is sunny."),
            ("leave_keys", "9"),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        make_bot(tx, BOT, &given, OWNER, at)?;
        Ok(())
    }

    pub(super) fn make_endpoints(&mut self, tx: &mut Tx, at: DateTime<Utc>) -> Result<(), FlowError> {
        for url in ENDPOINTS {
            let id = self.id("end", at);
            let endpoint = event_endpoints::Endpoint {
                secret: format!("tts_{}", &id[4..]),
                id,
                url: url.to_owned(),
                kinds: Kind::ALL.to_vec(),
                low_balance: Money::ZERO,
                active: false,
                created_by: OWNER.to_owned(),
                created_at: at,
            };
            event_endpoints::insert(tx, &endpoint)?;
            audit::record(tx, OWNER, "add_endpoint", &endpoint.id, url, at)?;
            self.endpoints.push(endpoint.id);
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, call: &Call, cost: Money, currency: Currency, at: DateTime<Utc>, batch: &mut Batch) {
        if !self.calls.is_multiple_of(TOLD_OF) {
            return;
        }
        let nth = self.calls / TOLD_OF;
        let event = Event::call_ended(call, cost, currency);
        let id = self.id("evt", at);
        let body = event.body(&id, &call.account, at);
        let (state, tries) = match nth % ROUND {
            0 => ("failed", TRIES_IN_VAIN),
            1 => ("waiting", 3),
            _ => ("delivered", 1),
        };
        let answer = if state == "delivered" { (200, "taken") } else { (503, "Service Unavailable") };
        let tried =
            |number| Try { at: at + TimeDelta::hours(number), status: Some(answer.0), outcome: answer.1.to_owned() };
        batch.deliveries.push(WholeDelivery {
            id: self.id("dlv", at),
            event: Told { id, account: call.account.clone(), kind: event.kind.code().to_owned(), at, body },
            endpoint: self.endpoints[nth % self.endpoints.len()].clone(),
            state,
            next_try_at: at + TimeDelta::hours(tries),
            tries: (0..tries).map(tried).collect(),
        });
    }
}
