-- What moves much money is asked for by one person and approved by another.
CREATE TABLE requests (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    -- None for a batch of vouchers, which is no customer's.
    account_id TEXT REFERENCES accounts (id),
    -- What it is about: the account, or the batch.
    subject TEXT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT requests_are_about_money CHECK (amount > 0),
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The key of the deed: asking twice asks once, and approving twice does it once.
    request_key TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    -- Who is behind it: of a program, who made its token.
    asking_person TEXT NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    deciding_person TEXT,
    decided_at TIMESTAMP,
    CONSTRAINT a_key_asks_once UNIQUE (account_id, kind, request_key),
    CONSTRAINT approving_takes_a_second_person
        CHECK (state <> 'approved' OR (deciding_person IS NOT NULL AND deciding_person <> asking_person))
);
CREATE INDEX requests_that_wait ON requests (id) WHERE state = 'waiting';
