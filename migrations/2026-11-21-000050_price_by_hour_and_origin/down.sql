-- What the older table cannot say is not kept.
CREATE TABLE rates_for_all (
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
INSERT INTO rates_for_all
SELECT deck_id, prefix, effective_from, destination, price_per_minute, connection_fee,
       minimum_seconds, increment_seconds, grace_seconds FROM rates WHERE origination = '' AND NOT blocked;
DROP TABLE rates;
ALTER TABLE rates_for_all RENAME TO rates;
