//! Transfers: posted once a fact, never changed.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{transfers, wallets};
use super::{StorageError, Tx, dialect};
use crate::domain::currency::Currency;
use crate::domain::ledger::{Posted, Transfer};
use crate::domain::money::Money;
use crate::ids;

#[derive(Insertable)]
#[diesel(table_name = transfers)]
pub(super) struct TransferRow {
    id: String,
    fact_key: String,
    account_id: String,
    debit: String,
    credit: String,
    amount: i64,
    currency: String,
    note: String,
    actor: String,
    at: NaiveDateTime,
}

/// Books a transfer unless its fact is booked already. The wallet's own figures are the caller's to change, in the
/// same transaction.
pub fn post(
    tx: &mut Tx,
    transfer: &Transfer,
    currency: Currency,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<Posted, StorageError> {
    let row = row(ids::new("tr"), transfer, currency, actor, now);
    let new = dialect::insert_transfer(tx.conn, &row)?;
    Ok(if new { Posted::Now } else { Posted::Already })
}

/// A transfer with everything a row has.
pub struct Booked {
    pub id: String,
    pub transfer: Transfer,
    pub currency: Currency,
    pub actor: String,
    pub at: DateTime<Utc>,
}

/// Transfers of facts that are all new, many at once: for made-up books.
pub fn insert_many(tx: &mut Tx, all: &[Booked]) -> Result<(), StorageError> {
    for some in all.chunks(1000) {
        let rows: Vec<_> =
            some.iter().map(|one| row(one.id.clone(), &one.transfer, one.currency, &one.actor, one.at)).collect();
        dialect::insert_transfers(tx.conn, &rows)?;
    }
    Ok(())
}

fn row(id: String, transfer: &Transfer, currency: Currency, actor: &str, at: DateTime<Utc>) -> TransferRow {
    TransferRow {
        id,
        fact_key: transfer.fact_key.clone(),
        account_id: transfer.account.clone(),
        debit: transfer.debit.name(),
        credit: transfer.credit.name(),
        amount: transfer.amount.micros(),
        currency: currency.code().to_owned(),
        note: transfer.note.clone(),
        actor: actor.to_owned(),
        at: at.naive_utc(),
    }
}

#[derive(QueryableByName)]
struct Broken {
    #[diesel(sql_type = diesel::sql_types::Text)]
    what: String,
}

/// The promises about the books, each as a query for what breaks it.
const CHECKS: [(&str, &str); 24] = [
    (
        "a wallet equals the sum of its entries",
        "SELECT w.account_id || ': posted ' || w.posted AS what FROM wallets w WHERE w.posted <>
         (SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e WHERE e.place = 'wallet:' || w.account_id)",
    ),
    (
        "promotional credit equals the sum of its entries",
        "SELECT w.account_id || ': promo ' || w.promo AS what FROM wallets w WHERE w.promo <>
         (SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e WHERE e.place = 'promo:' || w.account_id)",
    ),
    (
        "promotional credit is what is left of its grants",
        "SELECT w.account_id || ': promo ' || w.promo AS what FROM wallets w WHERE w.promo <>
         (SELECT CAST(COALESCE(SUM(g.remaining), 0) AS BIGINT) FROM promo_grants g WHERE g.account_id = w.account_id)",
    ),
    (
        "a grant is in the ledger with its amount, and what expired of it",
        "SELECT g.id || ': ' || g.amount AS what FROM promo_grants g WHERE g.amount <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = g.account_id AND t.fact_key = 'promo:' || g.id)
         OR g.expired <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = g.account_id
          AND (t.fact_key = 'promo_expired:' || g.id OR t.fact_key LIKE 'promo_expired:' || g.id || ':%'))",
    ),
    (
        "a bundle's seconds are left, held by a leg or used by one",
        "SELECT b.id || ': ' || b.remaining || ' left of ' || b.seconds AS what FROM bundles b WHERE b.seconds - b.remaining <>
         (SELECT CAST(COALESCE(SUM(s.seconds), 0) AS BIGINT) FROM bundle_seconds s WHERE s.bundle_id = b.id)",
    ),
    (
        "a bundle's price is booked once, its tax apart",
        "SELECT b.id || ': ' || b.price AS what FROM bundles b WHERE b.price <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = b.account_id
          AND t.fact_key IN ('bundle:' || b.id, 'tax:bundle:' || b.id))",
    ),
    (
        "a wallet's reserve equals its open holds",
        "SELECT w.account_id || ': reserved ' || w.reserved AS what FROM wallets w WHERE w.reserved <>
         (SELECT CAST(COALESCE(SUM(h.amount), 0) AS BIGINT) FROM holds h WHERE h.account_id = w.account_id AND h.charged IS NULL)",
    ),
    (
        "a debt equals the sum of its entries",
        "SELECT w.account_id || ': debt ' || w.debt AS what FROM wallets w WHERE -w.debt <>
         (SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) FROM ledger_entries e WHERE e.place = 'debt:' || w.account_id)",
    ),
    (
        "every currency sums to zero",
        "SELECT currency || ': ' || SUM(amount) AS what FROM ledger_entries GROUP BY currency HAVING SUM(amount) <> 0",
    ),
    (
        "money moves only in its account's currency",
        "SELECT t.id || ': ' || t.currency AS what FROM transfers t JOIN accounts a ON a.id = t.account_id WHERE a.currency <> t.currency",
    ),
    (
        "a settled call charged what its legs cost",
        "SELECT h.call_id || ': charged ' || h.charged AS what FROM holds h WHERE h.charged IS NOT NULL AND h.charged <>
         (SELECT CAST(COALESCE(SUM(l.cost), 0) AS BIGINT) FROM legs l WHERE l.call_id = h.call_id)",
    ),
    (
        "a leg's cost is booked once, its tax apart",
        "SELECT l.id || ': cost ' || l.cost AS what FROM legs l WHERE l.cost > 0 AND l.cost <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = l.account_id AND t.fact_key IN
          ('leg:' || l.id, 'tax:leg:' || l.id, 'promo:leg:' || l.id, 'promo:tax:leg:' || l.id))",
    ),
    (
        "a credited payment is in the ledger, and only that",
        "SELECT p.id || ': ' || p.state AS what FROM payments p WHERE (p.state = 'credited') <> EXISTS
         (SELECT 1 FROM transfers t WHERE t.account_id = p.account_id
          AND t.fact_key IN ('credit:' || p.processor || ':' || p.reference, 'debt:' || p.processor || ':' || p.reference))",
    ),
    (
        "a refund's money left the wallet once, and came back only if it failed",
        "SELECT r.id || ': ' || r.state AS what FROM refunds r WHERE (CASE r.state WHEN 'failed' THEN 0 ELSE r.amount END) <>
         (SELECT CAST(COALESCE(SUM(CASE WHEN t.fact_key LIKE '%refund:%' THEN t.amount ELSE -t.amount END), 0) AS BIGINT)
          FROM transfers t WHERE t.account_id = r.account_id
          AND t.fact_key IN ('refund:' || r.processor || ':' || r.id, 'owed:refund:' || r.processor || ':' || r.id,
                             'refund_failed:' || r.processor || ':' || r.id,
                             'debt:refund_failed:' || r.processor || ':' || r.id))",
    ),
    (
        "no charge is given back beyond its amount",
        "SELECT r.charge_ref || ': ' || SUM(r.amount) AS what FROM refunds r WHERE r.state <> 'failed'
         GROUP BY r.account_id, r.processor, r.charge_ref HAVING SUM(r.amount) >
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = r.account_id
          AND t.fact_key IN ('credit:' || r.processor || ':' || r.charge_ref, 'debt:' || r.processor || ':' || r.charge_ref))",
    ),
    (
        "a paid checkout is in the ledger with its amount",
        "SELECT c.id || ': ' || c.paid_by AS what FROM checkouts c WHERE c.paid_by IS NOT NULL AND c.amount <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = c.account_id
          AND t.fact_key IN ('credit:' || c.processor || ':' || c.paid_by, 'debt:' || c.processor || ':' || c.paid_by))",
    ),
    (
        "what is owed for vouchers is the face of those that are activated",
        "SELECT b.currency || ': ' || SUM(b.amount) AS what FROM
         (SELECT currency, amount FROM ledger_entries WHERE place = 'voucher_liability'
          UNION ALL SELECT currency, -face AS amount FROM vouchers WHERE state = 'activated') b
         GROUP BY b.currency HAVING SUM(b.amount) <> 0",
    ),
    (
        "a voucher was paid for with its face by the agent that activated it",
        "SELECT v.id || ': ' || v.state AS what FROM vouchers v WHERE (CASE WHEN v.agent_id IS NULL THEN 0 ELSE v.face END) <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = v.agent_id
          AND t.fact_key IN ('sale:' || v.id, 'commission:' || v.id))",
    ),
    (
        "a redeemed voucher was credited with its face",
        "SELECT v.id || ': ' || v.redeemed_by AS what FROM vouchers v WHERE v.redeemed_by IS NOT NULL AND v.face <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = v.redeemed_by
          AND t.fact_key IN ('voucher:' || v.id, 'debt:voucher:' || v.id))",
    ),
    (
        "a dispute's money left the account once, and came back only if it was won",
        "SELECT d.id || ': ' || d.phase AS what FROM disputes d WHERE COALESCE(d.taken, 0) <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = d.account_id
          AND t.fact_key IN ('dispute:' || d.processor || ':' || d.reference, 'owed:dispute:' || d.processor || ':' || d.reference))
         OR COALESCE(d.returned, 0) <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = d.account_id
          AND t.fact_key IN ('dispute_won:' || d.processor || ':' || d.reference, 'debt:dispute_won:' || d.processor || ':' || d.reference))",
    ),
    (
        "a fee or payout of a statement is booked with its amount",
        "SELECT s.processor || ' ' || s.id || ': ' || s.amount AS what FROM statement_lines s
         WHERE s.kind IN ('fee', 'dispute_fee', 'payout') AND s.amount <> 0 AND NOT EXISTS
         (SELECT 1 FROM house_transfers t WHERE t.amount = ABS(s.amount) AND t.fact_key IN
          (s.kind || ':' || s.processor || ':' || s.reference, 'payout_failed:' || s.processor || ':' || s.reference))",
    ),
    (
        "an agent sells only what it has paid for beforehand",
        "SELECT w.account_id || ': ' || (w.posted + w.promo - w.reserved) AS what FROM agents a JOIN wallets w ON w.account_id = a.account_id
         WHERE w.posted + w.promo < w.reserved",
    ),
    (
        "cash on its way is what agents took and customers do not have yet",
        "SELECT b.currency || ': ' || SUM(b.amount) AS what FROM
         (SELECT currency, amount FROM ledger_entries WHERE place = 'cash_on_its_way'
          UNION ALL SELECT r.currency, -r.amount AS amount FROM cash_receipts r WHERE r.account_id <> r.customer_id AND NOT EXISTS
          (SELECT 1 FROM transfers t WHERE t.account_id = r.customer_id AND t.fact_key IN ('cash:' || r.id, 'debt:cash:' || r.id))) b
         GROUP BY b.currency HAVING SUM(b.amount) <> 0",
    ),
    (
        "cash that was credited is in the ledger with its amount",
        "SELECT r.id || ': ' || r.amount AS what FROM cash_receipts r WHERE r.state = 'credited' AND r.amount <>
         (SELECT CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) FROM transfers t WHERE t.account_id = r.customer_id
          AND t.fact_key IN ('cash:' || r.id, 'debt:cash:' || r.id))",
    ),
];

/// Every broken promise with the row that breaks it; empty if the books balance.
pub fn check(tx: &mut Tx) -> Result<Vec<String>, StorageError> {
    let mut broken = vec![];
    for (promise, query) in CHECKS {
        let rows: Vec<Broken> = diesel::sql_query(query).load(tx.conn)?;
        broken.extend(rows.into_iter().map(|row| format!("{promise} — broken by {}", row.what)));
    }
    Ok(broken)
}

/// All wallets together: for the metrics.
pub fn total_posted(tx: &mut Tx) -> Result<Money, StorageError> {
    let sum = diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(posted + promo), 0) AS BIGINT)");
    Ok(Money::from_micros(wallets::table.select(sum).first(tx.conn)?))
}
