-- What somebody of the house should look at.
CREATE TABLE alerts (
    id TEXT PRIMARY KEY NOT NULL,
    -- None: it is about the house itself.
    account_id TEXT REFERENCES accounts (id),
    kind TEXT NOT NULL,
    -- Of several things of a kind, which one; empty where there is one an account.
    subject TEXT NOT NULL,
    -- For a person, as it was last.
    seen TEXT NOT NULL,
    -- How often it was seen before anybody looked.
    times BIGINT NOT NULL CONSTRAINT an_alert_was_seen CHECK (times > 0),
    raised_at TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL,
    handled_by TEXT,
    handled_at TIMESTAMP,
    note TEXT,
    CONSTRAINT who_handles_does_so_at_a_time CHECK ((handled_by IS NULL) = (handled_at IS NULL))
);
CREATE UNIQUE INDEX one_open_alert_of_a_kind ON alerts (COALESCE(account_id, ''), kind, subject) WHERE handled_at IS NULL;
CREATE INDEX open_alerts ON alerts (id) WHERE handled_at IS NULL;
CREATE INDEX alerts_of_an_account ON alerts (account_id, id);
