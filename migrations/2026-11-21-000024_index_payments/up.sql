-- What was begun lately is asked at each checkpoint; the index alone answers, without the rows' frozen requests.
CREATE INDEX payments_begun ON payments (account_id, created_at, amount, state);
DROP INDEX payments_by_account;
