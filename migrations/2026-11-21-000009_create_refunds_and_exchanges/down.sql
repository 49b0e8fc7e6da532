DROP INDEX payments_of_account;
DROP INDEX payments_by_state;
CREATE TABLE payment_steps (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    seq BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    step TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (payment_id, seq)
);
INSERT INTO payment_steps (payment_id, seq, account_id, at, step, outcome)
    SELECT subject, seq, account_id, at, step, outcome FROM payment_exchanges
    WHERE subject IN (SELECT id FROM payments);
DROP TABLE payment_exchanges;
DROP TABLE refunds;
ALTER TABLE recharge_agreements DROP COLUMN consent_version;
ALTER TABLE recharge_agreements DROP COLUMN cap_per_month;
ALTER TABLE recharge_agreements DROP COLUMN cap_per_day;
ALTER TABLE recharge_agreements DROP COLUMN threshold;
