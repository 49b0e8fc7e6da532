-- One upload. The newest deck of a plan that is in effect replaces all earlier ones as a whole.
CREATE TABLE decks (
    id TEXT PRIMARY KEY,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    effective_from TIMESTAMP NOT NULL,
    uploaded_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX decks_by_plan ON decks (plan_id, effective_from);

CREATE TABLE rates (
    deck_id TEXT NOT NULL REFERENCES decks (id),
    prefix TEXT NOT NULL,
    effective_from TIMESTAMP NOT NULL,
    destination TEXT NOT NULL,
    -- A decimal number: finer than micro-units.
    price_per_minute TEXT NOT NULL,
    connection_fee BIGINT NOT NULL CHECK (connection_fee >= 0),
    minimum_seconds BIGINT NOT NULL CHECK (minimum_seconds >= 0),
    increment_seconds BIGINT NOT NULL CHECK (increment_seconds >= 1),
    grace_seconds BIGINT NOT NULL CHECK (grace_seconds >= 0),
    PRIMARY KEY (deck_id, prefix, effective_from)
);
