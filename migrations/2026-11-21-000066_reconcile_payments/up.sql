-- A line of a card processor's own statement, as it was read there: what it owes us more, or less, and for what.
CREATE TABLE statement_lines (
    processor TEXT NOT NULL,
    -- The processor's name of the line.
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- What it is about: our own name of it, if the line carries one, else the processor's.
    reference TEXT NOT NULL,
    -- Whose the line says it is, which need not be anybody's.
    said_account TEXT,
    -- Above zero: the processor owes us so much more.
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (processor, id)
);
CREATE INDEX statement_lines_by_time ON statement_lines (processor, at);
CREATE INDEX statement_lines_by_reference ON statement_lines (processor, reference);

-- Our books and somebody else's, compared for a span of time.
CREATE TABLE reconciliations (
    id TEXT PRIMARY KEY,
    -- What was compared: payments.
    kind TEXT NOT NULL,
    -- With whom: stripe.
    source TEXT NOT NULL,
    span_from TIMESTAMP NOT NULL,
    span_to TIMESTAMP NOT NULL,
    alike BIGINT NOT NULL,
    differing BIGINT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX reconciliations_of_a_source ON reconciliations (kind, source, id);

-- Something that only one of the two has, or that both have otherwise.
CREATE TABLE differences (
    reconciliation_id TEXT NOT NULL REFERENCES reconciliations (id),
    seq BIGINT NOT NULL,
    row_key TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('ours', 'theirs', 'both')),
    -- Whose it seems to be.
    whose TEXT,
    at TIMESTAMP NOT NULL,
    -- What each of the two says, as JSON.
    fields TEXT NOT NULL,
    PRIMARY KEY (reconciliation_id, seq)
);

-- What moved between us and card processors, without the many transfers of calls.
CREATE INDEX card_transfers_by_time ON transfers (at) WHERE debit LIKE 'clearing:%' OR credit LIKE 'clearing:%';
CREATE INDEX card_transfers_by_fact ON transfers (fact_key) WHERE debit LIKE 'clearing:%' OR credit LIKE 'clearing:%';
