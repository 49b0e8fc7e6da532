-- Where an integrator wants to be told what happens.
CREATE TABLE event_endpoints (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    -- Signs what is sent; shown once, when the endpoint is made.
    secret TEXT NOT NULL,
    -- Kinds of events, separated by spaces.
    kinds TEXT NOT NULL,
    -- The free balance, in micro-units of whatever currency, below which an account's is low.
    low_balance BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- What happened, in the body that is sent.
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX events_by_account ON events (account_id, id);

-- One event on its way to one endpoint.
CREATE TABLE event_deliveries (
    id TEXT PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES events (id),
    endpoint_id TEXT NOT NULL REFERENCES event_endpoints (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    tries BIGINT NOT NULL,
    next_try_at TIMESTAMP NOT NULL,
    CONSTRAINT an_event_goes_to_an_endpoint_once UNIQUE (account_id, event_id, endpoint_id)
);
CREATE INDEX event_deliveries_waiting ON event_deliveries (endpoint_id, next_try_at) WHERE state = 'waiting';
CREATE INDEX event_deliveries_by_state ON event_deliveries (state, id);

-- Every try, and what the endpoint answered.
CREATE TABLE event_tries (
    delivery_id TEXT NOT NULL REFERENCES event_deliveries (id),
    seq BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    -- NULL: there was no answer.
    status INTEGER,
    outcome TEXT NOT NULL,
    PRIMARY KEY (delivery_id, seq)
);
