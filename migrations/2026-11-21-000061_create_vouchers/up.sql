-- Vouchers are ordered, approved and printed by the batch.
CREATE TABLE voucher_batches (
    id TEXT PRIMARY KEY NOT NULL,
    -- How the serial of each begins.
    prefix TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    currency TEXT NOT NULL,
    face BIGINT NOT NULL CONSTRAINT vouchers_are_worth_something CHECK (face > 0),
    pieces BIGINT NOT NULL CONSTRAINT a_batch_is_not_empty CHECK (pieces > 0),
    -- None: for ever.
    valid_until TIMESTAMP,
    request_key TEXT NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    approved BOOLEAN NOT NULL,
    printed_by TEXT,
    printed_at TIMESTAMP,
    voided_at TIMESTAMP
);

-- A serial may be read by everybody; whoever has the PIN has the money, so only its MAC is kept.
CREATE TABLE vouchers (
    id TEXT PRIMARY KEY NOT NULL,
    batch_id TEXT NOT NULL REFERENCES voucher_batches (id),
    serial TEXT NOT NULL UNIQUE,
    pin_mac TEXT NOT NULL CONSTRAINT a_pin_opens_one_voucher UNIQUE,
    face BIGINT NOT NULL,
    currency TEXT NOT NULL,
    valid_until TIMESTAMP,
    state TEXT NOT NULL,
    -- Whose balance paid for it when it was activated, and what the agent kept.
    agent_id TEXT REFERENCES accounts (id),
    commission BIGINT,
    activated_by TEXT,
    activated_at TIMESTAMP,
    redeemed_by TEXT REFERENCES accounts (id),
    -- When it was redeemed, voided or expired.
    ended_at TIMESTAMP,
    CONSTRAINT what_is_redeemed_has_an_account CHECK ((state = 'redeemed') = (redeemed_by IS NOT NULL)),
    CONSTRAINT what_is_money_was_paid_for CHECK (state NOT IN ('activated', 'redeemed', 'expired') OR agent_id IS NOT NULL)
);
CREATE INDEX vouchers_of_a_batch ON vouchers (batch_id, serial);
CREATE INDEX vouchers_that_may_expire ON vouchers (valid_until) WHERE state = 'activated';

-- PINs that were wrong, as long as they count.
CREATE TABLE voucher_guesses (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The network or the phone it came from, if that is known.
    source TEXT,
    at TIMESTAMP NOT NULL
);
CREATE INDEX voucher_guesses_of_an_account ON voucher_guesses (account_id, at);
CREATE INDEX voucher_guesses_from ON voucher_guesses (source, at);
