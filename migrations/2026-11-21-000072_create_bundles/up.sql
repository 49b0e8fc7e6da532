-- Minutes to a set of prefixes, as a plan offers them.
CREATE TABLE bundle_offers (
    id TEXT PRIMARY KEY NOT NULL,
    plan_id TEXT NOT NULL REFERENCES plans (id),
    name TEXT NOT NULL,
    -- Leading digits with commas between.
    prefixes TEXT NOT NULL,
    seconds BIGINT NOT NULL CHECK (seconds > 0),
    increment_seconds BIGINT NOT NULL CHECK (increment_seconds >= 1),
    days BIGINT NOT NULL CHECK (days >= 1),
    price BIGINT NOT NULL CHECK (price >= 0),
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP
);
CREATE INDEX bundle_offers_by_plan ON bundle_offers (plan_id, id);

-- Those that accounts have.
CREATE TABLE bundles (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    offer_id TEXT NOT NULL REFERENCES bundle_offers (id),
    name TEXT NOT NULL,
    prefixes TEXT NOT NULL,
    seconds BIGINT NOT NULL CHECK (seconds > 0),
    increment_seconds BIGINT NOT NULL CHECK (increment_seconds >= 1),
    -- Neither used nor held by a call.
    remaining BIGINT NOT NULL CONSTRAINT no_second_is_given_twice CHECK (remaining >= 0),
    -- What was paid, with its tax.
    price BIGINT NOT NULL CHECK (price >= 0),
    bought_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    bought_by TEXT NOT NULL,
    bundle_key TEXT NOT NULL,
    CONSTRAINT a_key_buys_one_bundle UNIQUE (account_id, bundle_key),
    CONSTRAINT what_remains_was_bought CHECK (remaining <= seconds)
);
CREATE INDEX bundles_with_something_left ON bundles (account_id) WHERE remaining > 0;

-- What legs hold of bundles, and when their call is settled, what they have used.
CREATE TABLE bundle_seconds (
    leg_id TEXT NOT NULL REFERENCES legs (id),
    bundle_id TEXT NOT NULL REFERENCES bundles (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    call_id TEXT NOT NULL REFERENCES calls (id),
    seconds BIGINT NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (leg_id, bundle_id)
);
CREATE INDEX bundle_seconds_by_bundle ON bundle_seconds (bundle_id);
