-- What a processor calls an account.
CREATE TABLE processor_customers (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    processor TEXT NOT NULL,
    customer_ref TEXT NOT NULL,
    PRIMARY KEY (account_id, processor)
);

-- Saved cards: never a card number, only the processor's name of it.
CREATE TABLE payment_methods (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    processor TEXT NOT NULL,
    method_ref TEXT NOT NULL,
    label TEXT NOT NULL,
    position INTEGER NOT NULL,
    usable BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    CONSTRAINT a_card_is_saved_once UNIQUE (account_id, processor, method_ref)
);

-- What the owner of an account agreed to be charged without being asked again.
CREATE TABLE recharge_agreements (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    most_per_day BIGINT NOT NULL CHECK (most_per_day >= 0),
    most_per_month BIGINT NOT NULL CHECK (most_per_month >= 0),
    paused_because TEXT,
    -- The text agreed to, when and from where.
    consent_text TEXT NOT NULL,
    consent_at TIMESTAMP NOT NULL,
    consent_from TEXT NOT NULL
);

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    call_id TEXT REFERENCES calls (id),
    method_id TEXT NOT NULL REFERENCES payment_methods (id),
    processor TEXT NOT NULL,
    customer_ref TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    reference TEXT,
    -- The exact bodies of its requests, frozen before the first is sent.
    create_body TEXT NOT NULL,
    confirm_body TEXT NOT NULL,
    confirm INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    useful_until TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    verdict TEXT,
    verdict_class TEXT,
    CONSTRAINT a_processor_payment_is_one_payment UNIQUE (account_id, reference)
);
-- While a payment may still succeed no other is begun: timers, second calls and other nodes collide here.
CREATE UNIQUE INDEX one_open_payment_an_account ON payments (account_id)
    WHERE state IN ('planned', 'begun', 'executing', 'unknown', 'processing', 'fencing');
CREATE INDEX payments_by_account ON payments (account_id, created_at);

-- Every request to the processor and what became of it, secrets left out.
CREATE TABLE payment_steps (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    seq BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    step TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (payment_id, seq)
);
