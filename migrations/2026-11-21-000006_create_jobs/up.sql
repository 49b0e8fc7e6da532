-- What must happen later or outside. One row a key: asking again moves the time forward, and a request made while the
-- job runs raises `version`, so that it runs once more.
CREATE TABLE jobs (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    -- Somebody works on it until then; past that it is anybody's again.
    leased_until TIMESTAMP,
    lease TEXT,
    attempts INTEGER NOT NULL,
    version BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX jobs_by_time ON jobs (due_at);

-- Signed messages from outside as they came, each once.
CREATE TABLE webhooks (
    source TEXT NOT NULL,
    message TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, message)
);
