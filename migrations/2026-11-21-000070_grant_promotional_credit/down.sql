DROP TABLE promo_grants;
ALTER TABLE wallets RENAME TO wallets_with_promo;
CREATE TABLE wallets (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    posted BIGINT NOT NULL,
    reserved BIGINT NOT NULL CONSTRAINT holds_are_not_negative CHECK (reserved >= 0),
    debt BIGINT NOT NULL CONSTRAINT debt_is_not_negative CHECK (debt >= 0),
    CONSTRAINT holds_never_exceed_the_balance CHECK (posted - reserved >= 0)
);
INSERT INTO wallets (account_id, posted, reserved, debt)
SELECT account_id, posted, reserved, debt FROM wallets_with_promo;
DROP TABLE wallets_with_promo;
