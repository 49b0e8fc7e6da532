-- The ledger. One row is one transaction: it debits one place and credits another with one amount, so it cannot be out
-- of balance. Rows are never changed or deleted.
CREATE TABLE transfers (
    id TEXT PRIMARY KEY,
    -- Which fact of the world this books.
    fact_key TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT transfers_move_something CHECK (amount > 0),
    currency TEXT NOT NULL,
    note TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    CONSTRAINT a_fact_is_booked_once UNIQUE (account_id, fact_key),
    CONSTRAINT transfers_have_two_sides CHECK (debit <> credit)
);
CREATE INDEX transfers_by_account ON transfers (account_id, at);
CREATE INDEX transfers_by_debit ON transfers (debit);
CREATE INDEX transfers_by_credit ON transfers (credit);

-- The same as two entries a transaction, a credit above zero: what double entry is checked by.
CREATE VIEW ledger_entries AS
SELECT id AS transfer_id, account_id, debit AS place, currency, -amount AS amount, at FROM transfers
UNION ALL
SELECT id AS transfer_id, account_id, credit AS place, currency, amount AS amount, at FROM transfers;
