-- The house's own part of the ledger: what a card processor keeps for itself and what it pays out is no customer's. Rows
-- are never changed or deleted.
CREATE TABLE house_transfers (
    id TEXT PRIMARY KEY,
    fact_key TEXT NOT NULL CONSTRAINT a_fact_of_the_house_is_booked_once UNIQUE,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT house_transfers_move_something CHECK (amount > 0),
    currency TEXT NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    CONSTRAINT house_transfers_have_two_sides CHECK (debit <> credit)
);
CREATE INDEX house_transfers_by_time ON house_transfers (at);

DROP VIEW ledger_entries;
CREATE VIEW ledger_entries AS
SELECT id AS transfer_id, account_id, debit AS place, currency, -amount AS amount, at FROM transfers
UNION ALL
SELECT id AS transfer_id, account_id, credit AS place, currency, amount AS amount, at FROM transfers
UNION ALL
SELECT id AS transfer_id, '' AS account_id, debit AS place, currency, -amount AS amount, at FROM house_transfers
UNION ALL
SELECT id AS transfer_id, '' AS account_id, credit AS place, currency, amount AS amount, at FROM house_transfers;

-- Until when a card processor's events were asked for.
CREATE TABLE catch_ups (
    processor TEXT PRIMARY KEY,
    at TIMESTAMP NOT NULL
);
