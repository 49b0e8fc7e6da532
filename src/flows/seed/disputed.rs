//! Disputes and money of nobody's in the made-up books. Nothing was taken for them yet.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use crate::domain::currency::Currency;
use crate::domain::dispute::{Dispute, Phase};
use crate::domain::money::Money;
use crate::flows::FlowError;
use crate::storage::exchanges::{self, Note};
use crate::storage::unassigned::{self, Stray};
use crate::storage::{Tx, accounts, disputes};

/// The newest.
pub const DISPUTE: &str = "dsp_zzzzzzzzzzzzzzzzzzzzzzzzzz";
const DISPUTES: usize = 60;
const AMOUNT: Money = Money::from_micros(25_000_000);

impl Seed {
    pub(super) fn dispute_some(&mut self, tx: &mut Tx) -> Result<(), FlowError> {
        let mut notes = vec![];
        for number in 0..DISPUTES {
            let at = self.now - TimeDelta::hours(i64::try_from(number).unwrap_or(0) * 7 + 1);
            let account = self.callers[number % self.callers.len()].account.clone();
            let currency =
                accounts::find(tx, &account)?.map_or_else(|| "USD".parse().expect("a currency"), |it| it.currency);
            let id = if number == 0 { DISPUTE.to_owned() } else { self.id("dsp", at) };
            let dispute = dispute(id, account, currency, number, at);
            disputes::insert(tx, &dispute)?;
            notes.extend((0..3).map(|seq| Note {
                subject: dispute.id.clone(),
                seq,
                account: dispute.account.clone(),
                at,
                step: "webhook charge.dispute.updated".to_owned(),
                outcome: dispute.phase.code().to_owned(),
            }));
        }
        exchanges::insert_many(tx, &notes)?;
        for number in 0..20 {
            let at = self.now - TimeDelta::hours(number);
            let stray = Stray {
                id: self.id("una", at),
                processor: "stripe".to_owned(),
                what: "payment".to_owned(),
                reference: format!("pi_of_nobody_{number}"),
                charge: None,
                amount: Some(AMOUNT),
                currency: Some("USD".to_owned()),
                told: "{\"id\":\"evt_of_nobody\",\"type\":\"payment_intent.succeeded\"}".to_owned(),
                message: None,
                at,
                done: None,
                assigned_to: None,
            };
            unassigned::insert(tx, &stray)?;
        }
        Ok(())
    }
}

fn dispute(id: String, account: String, currency: Currency, number: usize, at: DateTime<Utc>) -> Dispute {
    let phase = [Phase::Warning, Phase::Inquiry, Phase::Closed][number % 3];
    Dispute {
        id,
        account,
        processor: "stripe".to_owned(),
        reference: format!("dp_{number:08}"),
        charge: format!("pi_disputed_{number:08}"),
        amount: AMOUNT,
        currency,
        reason: "fraudulent".to_owned(),
        phase,
        due_by: (phase == Phase::Inquiry).then(|| at + TimeDelta::days(14)),
        taken: None,
        returned: None,
        opened_at: at,
        said_at: at,
    }
}
