-- Charges that cardholders take back, or are likely to.
CREATE TABLE disputes (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    processor TEXT NOT NULL,
    -- What the processor calls it, and the charge.
    reference TEXT NOT NULL,
    charge_ref TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    phase TEXT NOT NULL,
    due_by TIMESTAMP,
    -- What left the account for it, and what came back.
    taken BIGINT CHECK (taken > 0),
    returned BIGINT CHECK (returned > 0),
    opened_at TIMESTAMP NOT NULL,
    said_at TIMESTAMP NOT NULL,
    CONSTRAINT a_processor_dispute_is_one_dispute UNIQUE (account_id, processor, reference),
    CONSTRAINT what_comes_back_was_taken CHECK (returned IS NULL OR taken IS NOT NULL)
);
CREATE INDEX disputes_by_phase ON disputes (phase, id);
CREATE INDEX disputes_of_account ON disputes (account_id, id);

-- What a card processor told of money that is nobody's of ours: kept until somebody has looked.
CREATE TABLE unassigned (
    id TEXT PRIMARY KEY,
    processor TEXT NOT NULL,
    -- payment, refund or dispute.
    what TEXT NOT NULL,
    reference TEXT NOT NULL,
    -- Empty where it could not be read.
    amount BIGINT,
    currency TEXT,
    -- What was told, without secrets.
    told TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    -- What somebody has done about it, and who.
    done TEXT,
    done_by TEXT,
    done_at TIMESTAMP,
    CONSTRAINT a_thing_is_unassigned_once UNIQUE (processor, what, reference)
);
