-- Programs that may use the API. Only a hash of the secret is kept; names stay taken, so that a name in the ledger and
-- the audit means one token for ever.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT api_token_names_are_unique UNIQUE,
    secret_hash TEXT NOT NULL,
    -- Words separated by spaces.
    scopes TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- To the minute.
    last_used_at TIMESTAMP,
    expires_at TIMESTAMP,
    revoked_at TIMESTAMP
);

-- What was answered to a request that named an Idempotency-Key, to be answered again. Without a status it still runs.
CREATE TABLE api_replies (
    token_id TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Of method, address and body.
    digest TEXT NOT NULL,
    started_at TIMESTAMP NOT NULL,
    -- Who runs it: only they may say what came of it.
    lease TEXT NOT NULL,
    status INTEGER,
    content_type TEXT,
    location TEXT,
    body TEXT,
    PRIMARY KEY (token_id, key)
);
CREATE INDEX api_replies_by_time ON api_replies (started_at);
