-- What was begun lately is asked at each checkpoint; the index alone answers, without the rows' frozen requests.
CREATE INDEX payments_begun ON payments (account_id, created_at, amount, state);
DROP INDEX payments_by_account;

-- What moved between an account and card processors, without the many transfers of its calls.
CREATE INDEX card_transfers ON transfers (account_id, at, id) WHERE debit LIKE 'clearing:%' OR credit LIKE 'clearing:%';
