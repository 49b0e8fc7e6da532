//! The only SQL. One file a table; one function asks one question and decides nothing. Transactions are opened at the
//! edge with [`Db::write`] and passed down.

pub mod access_cards;
pub mod access_numbers;
pub mod account_months;
pub mod accounts;
pub mod agents;
pub mod agreements;
pub mod alerts;
pub mod api_replies;
pub mod api_tokens;
pub mod audit;
pub mod audit_search;
pub mod bots;
pub mod breakers;
pub mod bulk;
pub mod bundle_offers;
pub mod bundles;
pub mod call_links;
pub mod call_lists;
pub mod call_records;
pub mod calls;
pub mod caps;
pub mod cards;
pub mod carrier_calls;
pub mod carrier_prices;
pub mod cash_receipts;
pub mod charging;
pub mod checkouts;
mod connection;
pub mod conversions;
pub mod db;
pub mod deck_drafts;
mod dialect;
pub mod disputes;
pub mod error;
pub mod event_endpoints;
pub mod events;
#[cfg(test)]
pub mod everything;
pub mod exchanges;
pub mod figures;
pub mod greetings;
pub mod holds;
pub mod house_ledger;
pub mod invitations;
pub mod jobs;
pub mod kept_decks;
pub mod known_phones;
pub mod ledger;
pub mod markups;
pub mod payments;
pub mod promo_grants;
pub mod queues;
pub mod rates;
pub mod receipts;
pub mod reconciliations;
pub mod recordings;
pub mod refunds;
pub mod refusals;
pub mod requests;
pub mod room_profiles;
mod schema;
pub mod sessions;
pub mod sounds;
pub mod statement_lines;
pub mod statements;
pub mod unassigned;
pub mod users;
pub mod voucher_batches;
pub mod voucher_guesses;
pub mod vouchers;
pub mod watch;
pub mod webhooks;

pub use db::{Db, Tx};
pub use error::StorageError;

use chrono::{DateTime, NaiveDateTime, Utc};

/// Times in tables are UTC without a zone.
fn utc(time: NaiveDateTime) -> DateTime<Utc> {
    time.and_utc()
}

fn utc_option(time: Option<NaiveDateTime>) -> Option<DateTime<Utc>> {
    time.map(utc)
}
