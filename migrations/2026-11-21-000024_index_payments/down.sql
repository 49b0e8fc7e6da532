DROP INDEX card_transfers;
CREATE INDEX payments_by_account ON payments (account_id, created_at);
DROP INDEX payments_begun;
