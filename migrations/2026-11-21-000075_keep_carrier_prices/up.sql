-- What the carrier asks for each leg that was answered, beside what the caller was charged for it.
CREATE TABLE carrier_prices (
    leg_id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    call_id TEXT NOT NULL REFERENCES calls (id),
    call_sid TEXT NOT NULL,
    destination TEXT NOT NULL,
    -- When the call was settled.
    settled_at TIMESTAMP NOT NULL,
    -- Whole seconds by the carrier's word, and the minutes it bills for them.
    seconds BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    -- What was charged, without the tax.
    revenue BIGINT NOT NULL,
    currency TEXT NOT NULL,
    -- `waiting` until the carrier tells its price, `missing` if it never did.
    state TEXT NOT NULL,
    price BIGINT,
    price_currency TEXT,
    looked_at TIMESTAMP,
    CONSTRAINT a_known_price_is_there CHECK (state <> 'known' OR (price IS NOT NULL AND price_currency IS NOT NULL))
);
CREATE INDEX carrier_prices_by_time ON carrier_prices (settled_at);
CREATE INDEX carrier_prices_of_a_call ON carrier_prices (call_id);
