-- Promotional credit counts beside the cash of a wallet; SQLite has to make the table anew for its CHECKs.
ALTER TABLE wallets RENAME TO wallets_of_cash;
CREATE TABLE wallets (
    account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    posted BIGINT NOT NULL CONSTRAINT cash_is_not_negative CHECK (posted >= 0),
    promo BIGINT NOT NULL CONSTRAINT promotional_credit_is_not_negative CHECK (promo >= 0),
    reserved BIGINT NOT NULL CONSTRAINT holds_are_not_negative CHECK (reserved >= 0),
    debt BIGINT NOT NULL CONSTRAINT debt_is_not_negative CHECK (debt >= 0),
    CONSTRAINT holds_never_exceed_the_balance CHECK (posted + promo - reserved >= 0)
);
INSERT INTO wallets (account_id, posted, promo, reserved, debt)
SELECT account_id, posted, 0, reserved, debt FROM wallets_of_cash;
DROP TABLE wallets_of_cash;

-- What the house gives away, until a day.
CREATE TABLE promo_grants (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    amount BIGINT NOT NULL CONSTRAINT grants_are_of_something CHECK (amount > 0),
    -- Neither spent nor expired.
    remaining BIGINT NOT NULL CONSTRAINT no_grant_is_overspent CHECK (remaining >= 0),
    expired BIGINT NOT NULL CHECK (expired >= 0),
    expires_at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    granted_at TIMESTAMP NOT NULL,
    -- Made up once by whoever grants.
    grant_key TEXT NOT NULL,
    CONSTRAINT a_key_grants_once UNIQUE (account_id, grant_key),
    CONSTRAINT what_is_gone_was_granted CHECK (remaining + expired <= amount)
);
CREATE INDEX promo_grants_with_something_left ON promo_grants (expires_at) WHERE remaining > 0;
