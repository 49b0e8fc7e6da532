-- A row may be for calls from certain numbers, so that is part of its key; SQLite has to make the table anew for that.
ALTER TABLE rates RENAME TO rates_for_all;
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
    -- Leading digits of the payer's own number; empty for all.
    origination TEXT NOT NULL DEFAULT '',
    -- As a deck writes them; empty if it has none.
    bands TEXT NOT NULL DEFAULT '',
    tiers TEXT NOT NULL DEFAULT '',
    maximum_cost TEXT NOT NULL DEFAULT '',
    blocked BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT bands_or_tiers CHECK (bands = '' OR tiers = ''),
    PRIMARY KEY (deck_id, prefix, origination, effective_from)
);
INSERT INTO rates (deck_id, prefix, effective_from, destination, price_per_minute, connection_fee,
                   minimum_seconds, increment_seconds, grace_seconds)
SELECT deck_id, prefix, effective_from, destination, price_per_minute, connection_fee,
       minimum_seconds, increment_seconds, grace_seconds FROM rates_for_all;
DROP TABLE rates_for_all;
