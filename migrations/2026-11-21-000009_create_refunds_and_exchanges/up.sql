-- What the owner of an account agreed to besides: a free balance below which the card is charged outside calls too
-- (zero: never), how much money may be charged in a day and in thirty, and which version of the words was shown.
ALTER TABLE recharge_agreements ADD COLUMN threshold BIGINT NOT NULL DEFAULT 0 CHECK (threshold >= 0);
ALTER TABLE recharge_agreements ADD COLUMN cap_per_day BIGINT CHECK (cap_per_day > 0);
ALTER TABLE recharge_agreements ADD COLUMN cap_per_month BIGINT CHECK (cap_per_month > 0);
ALTER TABLE recharge_agreements ADD COLUMN consent_version TEXT NOT NULL DEFAULT '';

-- Money on its way back to a card. It left the wallet when the row was made, and comes back only if the row has failed.
CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    processor TEXT NOT NULL,
    -- What the processor calls the charge that is given back, and the refund itself.
    charge_ref TEXT NOT NULL,
    reference TEXT,
    amount BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    -- Made with the form, so that sending it twice refunds once.
    request_key TEXT NOT NULL,
    -- The exact body of the request, frozen before it is sent.
    body TEXT NOT NULL,
    -- How many requests may have been carried out without an answer, and when the last one left.
    unsure INTEGER NOT NULL,
    asked_at TIMESTAMP,
    tries INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    next_at TIMESTAMP,
    verdict TEXT,
    CONSTRAINT a_request_refunds_once UNIQUE (account_id, request_key),
    CONSTRAINT a_processor_refund_is_one_refund UNIQUE (account_id, reference)
);
CREATE INDEX refunds_of_charge ON refunds (account_id, charge_ref);
CREATE INDEX refunds_by_charge ON refunds (charge_ref);
CREATE INDEX refunds_to_advance ON refunds (next_at) WHERE next_at IS NOT NULL;

-- The history of a payment or a refund: every request to the processor with its answer, and every message about it, in
-- order, secrets and people's addresses left out. It takes the place of the shorter steps.
CREATE TABLE payment_exchanges (
    -- The payment or the refund.
    subject TEXT NOT NULL,
    seq BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    step TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    sent TEXT NOT NULL,
    -- Empty until an answer came.
    answered_at TIMESTAMP,
    status INTEGER,
    reply TEXT NOT NULL,
    -- What the answer was taken to mean.
    outcome TEXT NOT NULL,
    PRIMARY KEY (subject, seq)
);
INSERT INTO payment_exchanges (subject, seq, account_id, at, step, method, path, sent, answered_at, reply, outcome)
    SELECT payment_id, seq, account_id, at, step, '', '', '', at, '', outcome FROM payment_steps;
DROP TABLE payment_steps;

-- The administrators' list, newest first, of a state or an account.
CREATE INDEX payments_by_state ON payments (state, id);
CREATE INDEX payments_of_account ON payments (account_id, id);
