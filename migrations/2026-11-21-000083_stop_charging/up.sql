-- How much charging of cards goes on in the whole house: all, only what customers begin themselves, or nothing. Without a
-- row: all.
CREATE TABLE charging (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    state TEXT NOT NULL CHECK (state IN ('on', 'no_automatic', 'off')),
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

-- Requests that a card processor has not answered, of the last hour.
CREATE TABLE processor_failures (
    id TEXT PRIMARY KEY,
    processor TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX processor_failures_by_time ON processor_failures (processor, at);

-- Whether new payments are begun with a card processor. Without a row: they are.
CREATE TABLE processor_breakers (
    processor TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('closed', 'open', 'probing')),
    since TIMESTAMP NOT NULL,
    -- The payment that tries it.
    probe TEXT,
    CONSTRAINT a_probe_is_a_payment CHECK ((state = 'probing') = (probe IS NOT NULL))
);
