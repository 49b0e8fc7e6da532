-- Prices a customer is called by. One currency each.
CREATE TABLE plans (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT plan_names_are_unique UNIQUE,
    currency TEXT NOT NULL,
    -- The payer's own phone costs nothing under this plan.
    payer_leg_free BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL CONSTRAINT account_emails_are_unique UNIQUE,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'blocked', 'closed')),
    -- The caller's own phone, remembered from the last call.
    own_number TEXT,
    created_at TIMESTAMP NOT NULL
);

-- One row an account, in micro-units. Locking it puts all events of the account's calls and payments in order.
CREATE TABLE wallets (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    posted BIGINT NOT NULL,
    reserved BIGINT NOT NULL CONSTRAINT holds_are_not_negative CHECK (reserved >= 0),
    debt BIGINT NOT NULL CONSTRAINT debt_is_not_negative CHECK (debt >= 0),
    CONSTRAINT holds_never_exceed_the_balance CHECK (posted - reserved >= 0)
);

-- People who sign in. A caller belongs to exactly one account, an administrator to none.
CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL CONSTRAINT user_emails_are_unique UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('caller', 'owner', 'finance', 'support', 'viewer')),
    account_id TEXT REFERENCES accounts (id),
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT only_callers_have_an_account CHECK ((role = 'caller') = (account_id IS NOT NULL))
);
