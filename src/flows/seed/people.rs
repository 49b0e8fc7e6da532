//! Accounts, who signs in, agreements and first credits.

use chrono::{DateTime, TimeDelta, Utc};

use super::Seed;
use super::money::FIRST_CREDIT;
use crate::domain::language::Language;
use crate::domain::ledger::adjustment;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::recharge::Agreement;
use crate::domain::wallet::Wallet;
use crate::flows::FlowError;
use crate::storage::accounts::Account;
use crate::storage::agreements::{self, Consent};
use crate::storage::users::User;
use crate::storage::{Tx, accounts, audit, ledger, users};

pub const OWNER: &str = "owner@example.com";
/// One administrator of each role that signs in to look around.
const ADMINISTRATORS: [(&str, &str); 4] = [
    (OWNER, "owner"),
    ("finance@example.com", "finance"),
    ("support@example.com", "support"),
    ("viewer@example.com", "viewer"),
];
/// Who answers the telephone besides.
const MORE_SUPPORT: usize = 46;

/// What is remembered of an account while its calls are made.
pub struct Caller {
    pub account: String,
    pub email: String,
    /// Its place among the plans.
    pub plan: usize,
    pub own_number: PhoneNumber,
    pub card: String,
    pub wallet: Wallet,
}

impl Seed {
    pub(super) fn make_people(
        &mut self,
        tx: &mut Tx,
        accounts: usize,
        password_hash: &str,
        begin: DateTime<Utc>,
    ) -> Result<(), FlowError> {
        let user = |id, email: &str, role: &str, account| User {
            id,
            email: email.to_owned(),
            password_hash: password_hash.to_owned(),
            role: role.to_owned(),
            account,
        };
        let (first, span) = (begin - TimeDelta::days(7), i32::try_from(accounts).unwrap_or(i32::MAX));
        for (email, role) in ADMINISTRATORS {
            let id = self.id("usr", first);
            users::insert(tx, &user(id, email, role, None), first)?;
        }
        for number in 1..=MORE_SUPPORT {
            let id = self.id("usr", first);
            users::insert(tx, &user(id, &format!("support{number}@example.com"), "support", None), first)?;
        }
        for number in 1..=accounts {
            let at = first + TimeDelta::days(6) / span * i32::try_from(number).unwrap_or(i32::MAX);
            let email = format!("caller{number}@example.com");
            let account = self.make_account(tx, &email, at)?;
            let id = self.id("usr", at);
            users::insert(tx, &user(id, &email, "caller", Some(account)), at)?;
        }
        Ok(())
    }

    fn make_account(&mut self, tx: &mut Tx, email: &str, at: DateTime<Utc>) -> Result<String, FlowError> {
        let id = self.id("acc", at);
        let plan = usize::from(self.chance.happens(25));
        let own_number = self.prices.numbers[self.chance.place(self.prices.numbers.len())].0.clone();
        let currency = self.prices.plans[plan].currency;
        let account = Account {
            id: id.clone(),
            email: email.to_owned(),
            plan: self.prices.plans[plan].id.clone(),
            currency,
            status: "open".to_owned(),
            own_number: Some(own_number.clone()),
            language: Language::default(),
            frozen_because: None,
        };
        accounts::insert(tx, &account, at)?;
        audit::record(tx, OWNER, "open_account", &id, email, at)?;
        let credit = adjustment(&id, "first", FIRST_CREDIT, "to begin with");
        let transfer = self.id("tr", at);
        ledger::insert_many(tx, &[self.booked(transfer, credit, currency, OWNER, at)])?;
        let wallet = Wallet { posted: FIRST_CREDIT, ..Wallet::default() };
        let (account, email, card) = (id.clone(), email.to_owned(), String::new());
        self.callers.push(Caller { account, email, plan, own_number, card, wallet });
        self.make_visits(tx, self.callers.len() - 1, at)?;
        self.agree(tx, &id, at)?;
        self.note_past(tx, &id, at)?;
        Ok(id)
    }

    fn agree(&mut self, tx: &mut Tx, account: &str, at: DateTime<Utc>) -> Result<(), FlowError> {
        if self.chance.happens(60) {
            let amount = super::money::RECHARGE;
            let agreement = Agreement { most_per_month: 20, ..Agreement::of(amount) };
            let consent = Consent {
                text: "Charge my card.".to_owned(),
                version: "1".to_owned(),
                at,
                from: "203.0.113.7".to_owned(),
            };
            agreements::replace(tx, account, &agreement, &consent)?;
        }
        Ok(())
    }
}
