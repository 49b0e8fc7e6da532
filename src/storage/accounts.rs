//! Plans, accounts and their wallets.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::dialect::WalletRow;
use super::schema::{accounts, plans, wallets};
use super::{StorageError, Tx, dialect, room_profiles};
use crate::domain::call::terms::CallTerms;
use crate::domain::currency::Currency;
use crate::domain::language::Language;
use crate::domain::money::Money;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::wallet::Wallet;

#[derive(Debug, Clone)]
pub struct Plan {
    pub id: String,
    pub name: String,
    pub currency: Currency,
    pub payer_leg_free: bool,
    /// What it settles for calls, but for their room.
    pub terms: CallTerms,
    /// The id of its room's profile.
    pub room_profile: String,
}

impl Plan {
    /// With the terms of plans that have none of their own.
    pub fn new(id: String, name: &str, currency: Currency, payer_leg_free: bool) -> Self {
        let (terms, room_profile) = (CallTerms::default(), room_profiles::MINIMAL.to_owned());
        Self { id, name: name.to_owned(), currency, payer_leg_free, terms, room_profile }
    }
}

#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub email: String,
    pub plan: String,
    pub currency: Currency,
    pub status: String,
    pub own_number: Option<PhoneNumber>,
    /// In which its callers are spoken to.
    pub language: Language,
    /// Why it makes no new calls and takes no recharges until somebody has looked.
    pub frozen_because: Option<String>,
}

pub const STATUSES: [&str; 3] = ["open", "blocked", "closed"];

impl Account {
    pub fn is_open(&self) -> bool {
        self.status == "open"
    }

    pub fn is_frozen(&self) -> bool {
        self.frozen_because.is_some()
    }
}

type PlanRow = (String, String, String, bool, String, String);
type AccountRow = (String, String, String, String, String, Option<String>, String, Option<String>);

fn plan(row: PlanRow) -> Result<Plan, StorageError> {
    let (id, name, currency, payer_leg_free, terms, room_profile) = row;
    let currency = currency.parse().map_err(|error| StorageError::unreadable("plans", error))?;
    let terms =
        serde_json::from_str(&terms).map_err(|error| StorageError::unreadable("plans", format!("{id}: {error}")))?;
    Ok(Plan { id, name, currency, payer_leg_free, terms, room_profile })
}

fn account(row: AccountRow) -> Result<Account, StorageError> {
    let (id, email, plan, currency, status, own_number, language, frozen_because) = row;
    let currency = currency.parse().map_err(|error| StorageError::unreadable("accounts", error))?;
    let own_number = own_number
        .as_deref()
        .map(PhoneNumber::kept)
        .transpose()
        .map_err(|error| StorageError::unreadable("accounts", error))?;
    let language = language.parse().map_err(|error| StorageError::unreadable("accounts", error))?;
    Ok(Account { id, email, plan, currency, status, own_number, language, frozen_because })
}

type PlanColumns = (plans::id, plans::name, plans::currency, plans::payer_leg_free, plans::terms, plans::room_profile);
const PLAN: PlanColumns =
    (plans::id, plans::name, plans::currency, plans::payer_leg_free, plans::terms, plans::room_profile);

type AccountColumns = (
    accounts::id,
    accounts::email,
    accounts::plan_id,
    accounts::currency,
    accounts::status,
    accounts::own_number,
    accounts::language,
    accounts::frozen_because,
);
const ACCOUNT: AccountColumns = (
    accounts::id,
    accounts::email,
    accounts::plan_id,
    accounts::currency,
    accounts::status,
    accounts::own_number,
    accounts::language,
    accounts::frozen_because,
);

pub fn insert_plan(tx: &mut Tx, plan: &Plan, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(plans::table)
        .values((
            plans::id.eq(&plan.id),
            plans::name.eq(&plan.name),
            plans::currency.eq(plan.currency.code()),
            plans::payer_leg_free.eq(plan.payer_leg_free),
            plans::created_at.eq(now.naive_utc()),
            plans::terms.eq(written(&plan.terms)),
            plans::room_profile.eq(&plan.room_profile),
        ))
        .execute(tx.conn)?;
    Ok(())
}

fn written(terms: &CallTerms) -> String {
    serde_json::to_string(terms).expect("terms are plain data")
}

/// Terms and room of the plan as they are now in it.
pub fn save_terms(tx: &mut Tx, plan: &Plan) -> Result<(), StorageError> {
    diesel::update(plans::table.find(&plan.id))
        .set((plans::terms.eq(written(&plan.terms)), plans::room_profile.eq(&plan.room_profile)))
        .execute(tx.conn)?;
    Ok(())
}

pub fn plan_by_name(tx: &mut Tx, name: &str) -> Result<Option<Plan>, StorageError> {
    plans::table.filter(plans::name.eq(name)).select(PLAN).first(tx.conn).optional()?.map(plan).transpose()
}

pub fn plan_by_id(tx: &mut Tx, id: &str) -> Result<Option<Plan>, StorageError> {
    plans::table.find(id).select(PLAN).first(tx.conn).optional()?.map(plan).transpose()
}

pub fn all_plans(tx: &mut Tx) -> Result<Vec<Plan>, StorageError> {
    plans::table.order(plans::name).select(PLAN).load(tx.conn)?.into_iter().map(plan).collect()
}

/// Newest first, those after `after` in that order.
pub fn list_plans(tx: &mut Tx, after: Option<&str>, most: i64) -> Result<Vec<Plan>, StorageError> {
    let mut query = plans::table.order(plans::id.desc()).limit(most).select(PLAN).into_boxed();
    if let Some(after) = after {
        query = query.filter(plans::id.lt(after.to_owned()));
    }
    query.load(tx.conn)?.into_iter().map(plan).collect()
}

/// Makes the account with an empty wallet.
pub fn insert(tx: &mut Tx, account: &Account, now: DateTime<Utc>) -> Result<(), StorageError> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(&account.id),
            accounts::email.eq(&account.email),
            accounts::plan_id.eq(&account.plan),
            accounts::currency.eq(account.currency.code()),
            accounts::status.eq(&account.status),
            accounts::own_number.eq(account.own_number.as_ref().map(PhoneNumber::as_str)),
            accounts::language.eq(account.language.code()),
            accounts::created_at.eq(now.naive_utc()),
        ))
        .execute(tx.conn)?;
    diesel::insert_into(wallets::table)
        .values((
            wallets::account_id.eq(&account.id),
            wallets::posted.eq(0_i64),
            wallets::promo.eq(0_i64),
            wallets::reserved.eq(0_i64),
            wallets::debt.eq(0_i64),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub fn find(tx: &mut Tx, id: &str) -> Result<Option<Account>, StorageError> {
    accounts::table.find(id).select(ACCOUNT).first(tx.conn).optional()?.map(account).transpose()
}

pub fn find_with_plan(tx: &mut Tx, id: &str) -> Result<Option<(Account, Plan)>, StorageError> {
    let row: Option<(AccountRow, PlanRow)> = accounts::table
        .inner_join(plans::table.on(plans::id.eq(accounts::plan_id)))
        .filter(accounts::id.eq(id))
        .select((ACCOUNT, PLAN))
        .first(tx.conn)
        .optional()?;
    row.map(|(its, plans)| Ok((account(its)?, plan(plans)?))).transpose()
}

/// These accounts, by their ids.
pub fn find_many(tx: &mut Tx, ids: &[&str]) -> Result<HashMap<String, Account>, StorageError> {
    let rows: Vec<AccountRow> = accounts::table.filter(accounts::id.eq_any(ids)).select(ACCOUNT).load(tx.conn)?;
    rows.into_iter().map(|row| account(row).map(|account| (account.id.clone(), account))).collect()
}

pub fn remember_own_number(tx: &mut Tx, id: &str, number: &PhoneNumber) -> Result<(), StorageError> {
    diesel::update(accounts::table.find(id)).set(accounts::own_number.eq(number.as_str())).execute(tx.conn)?;
    Ok(())
}

pub fn wallet(tx: &mut Tx, account: &str) -> Result<Option<Wallet>, StorageError> {
    let row = wallets::table.find(account).select(dialect::WALLET).first(tx.conn).optional()?;
    Ok(row.map(wallet_of))
}

/// Locks the account's wallet: from here to the end of the transaction nobody else changes anything of this account.
pub fn lock_wallet(tx: &mut Tx, account: &str) -> Result<Option<Wallet>, StorageError> {
    Ok(dialect::lock_wallet(tx.conn, account).optional()?.map(wallet_of))
}

/// The same by one of the account's calls.
pub fn lock_wallet_of_call(tx: &mut Tx, call: &str) -> Result<Option<Wallet>, StorageError> {
    Ok(dialect::lock_wallet_of_call(tx.conn, call).optional()?.map(wallet_of))
}

/// The same by a leg of one of its calls, which it names.
pub fn lock_wallet_of_leg(tx: &mut Tx, leg: &str) -> Result<Option<(String, Wallet)>, StorageError> {
    let row = dialect::lock_wallet_of_leg(tx.conn, leg).optional()?;
    Ok(row.and_then(|(call, wallet)| Some((call?, wallet_of(wallet)))))
}

/// The table's CHECKs refuse a wallet that would hold more than it has.
pub fn save_wallet(tx: &mut Tx, account: &str, wallet: &Wallet) -> Result<(), StorageError> {
    diesel::update(wallets::table.find(account))
        .set((
            wallets::posted.eq(wallet.posted.micros()),
            wallets::promo.eq(wallet.promo.micros()),
            wallets::reserved.eq(wallet.reserved.micros()),
            wallets::debt.eq(wallet.debt.micros()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

pub(super) fn wallet_of((posted, promo, reserved, debt): WalletRow) -> Wallet {
    Wallet {
        posted: Money::from_micros(posted),
        promo: Money::from_micros(promo),
        reserved: Money::from_micros(reserved),
        debt: Money::from_micros(debt),
    }
}

/// When the account was opened.
pub fn opened_at(tx: &mut Tx, id: &str) -> Result<Option<DateTime<Utc>>, StorageError> {
    let at: Option<NaiveDateTime> = accounts::table.find(id).select(accounts::created_at).first(tx.conn).optional()?;
    Ok(at.map(|at| at.and_utc()))
}

pub fn set_status(tx: &mut Tx, id: &str, status: &str) -> Result<(), StorageError> {
    diesel::update(accounts::table.find(id)).set(accounts::status.eq(status)).execute(tx.conn)?;
    Ok(())
}

/// `None` ends it.
pub fn set_frozen(tx: &mut Tx, id: &str, because: Option<&str>) -> Result<(), StorageError> {
    diesel::update(accounts::table.find(id)).set(accounts::frozen_because.eq(because)).execute(tx.conn)?;
    Ok(())
}

pub fn set_plan(tx: &mut Tx, id: &str, plan: &str) -> Result<(), StorageError> {
    diesel::update(accounts::table.find(id)).set(accounts::plan_id.eq(plan)).execute(tx.conn)?;
    Ok(())
}

pub fn set_language(tx: &mut Tx, id: &str, language: Language) -> Result<(), StorageError> {
    diesel::update(accounts::table.find(id)).set(accounts::language.eq(language.code())).execute(tx.conn)?;
    Ok(())
}

/// What accounts are looked for by; each by an index, but for a part of the address.
#[derive(Debug, Clone)]
pub enum Wanted {
    Any,
    Id(String),
    /// How the address begins, in lower case.
    EmailBeginning(String),
    /// Anywhere in the address: looks at every account until a page is full.
    EmailPart(String),
    OwnNumber(PhoneNumber),
}

/// Those that are wanted with their wallets, newest first, after `after` in that order.
pub fn search(
    tx: &mut Tx,
    wanted: &Wanted,
    status: Option<&str>,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<(Account, Wallet)>, StorageError> {
    let mut query = accounts::table
        .inner_join(wallets::table.on(wallets::account_id.eq(accounts::id)))
        .order(accounts::id.desc())
        .limit(most)
        .select((ACCOUNT, dialect::WALLET))
        .into_boxed();
    query = match wanted {
        Wanted::Any => query,
        Wanted::Id(id) => query.filter(accounts::id.eq(id.clone())),
        Wanted::EmailBeginning(text) => {
            let (pattern, range) = dialect::beginning(tx.conn, text);
            let query = query.filter(accounts::email.like(pattern).escape('\\'));
            match range {
                Some((from, past)) => query.filter(accounts::email.ge(from)).filter(accounts::email.lt(past)),
                None => query,
            }
        }
        Wanted::EmailPart(text) => {
            query.filter(accounts::email.like(format!("%{}%", dialect::literal(text))).escape('\\'))
        }
        Wanted::OwnNumber(number) => query.filter(accounts::own_number.eq(number.to_string())),
    };
    if let Some(status) = status {
        query = query.filter(accounts::status.eq(status.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(accounts::id.lt(after.to_owned()));
    }
    let rows: Vec<(AccountRow, WalletRow)> = query.load(tx.conn)?;
    rows.into_iter().map(|(row, wallet)| Ok((account(row)?, wallet_of(wallet)))).collect()
}

/// When the first account of all was opened.
pub fn first_opened_at(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, StorageError> {
    let at: Option<NaiveDateTime> = accounts::table.select(diesel::dsl::min(accounts::created_at)).first(tx.conn)?;
    Ok(at.map(|at| at.and_utc()))
}

/// The account that somebody means by its id or its e-mail address.
pub fn named(tx: &mut Tx, name: &str) -> Result<Option<String>, StorageError> {
    let name = name.trim();
    let found = accounts::table.filter(accounts::id.eq(name).or(accounts::email.eq(name.to_lowercase())));
    Ok(found.select(accounts::id).first(tx.conn).optional()?)
}

pub fn by_email(tx: &mut Tx, email: &str) -> Result<Option<String>, StorageError> {
    Ok(accounts::table.filter(accounts::email.eq(email)).select(accounts::id).first(tx.conn).optional()?)
}
