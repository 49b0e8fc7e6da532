-- Visits to the card processor's own page, to pay once or to save a card.
CREATE TABLE checkouts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('save_card', 'top_up')),
    amount BIGINT CHECK (amount > 0),
    currency TEXT NOT NULL,
    save_card BOOLEAN NOT NULL,
    processor TEXT NOT NULL,
    customer_ref TEXT,
    state TEXT NOT NULL,
    -- What the processor calls the visit, the payment that was credited, and the card that was saved.
    reference TEXT,
    url TEXT,
    paid_by TEXT,
    card TEXT,
    -- The exact body of the request that opens it, frozen before it is sent; it names the customer.
    body TEXT,
    -- Made with the form, so that sending it twice begins one visit.
    request_key TEXT NOT NULL,
    -- What its owner agreed to if a card is saved, when, and from where.
    consent_text TEXT,
    consent_version TEXT,
    consent_at TIMESTAMP,
    consent_from TEXT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL,
    looked_at TIMESTAMP,
    tries INTEGER NOT NULL,
    verdict TEXT,
    CONSTRAINT a_form_begins_one_checkout UNIQUE (account_id, request_key),
    CONSTRAINT a_processor_checkout_is_one_checkout UNIQUE (account_id, reference),
    CONSTRAINT only_top_ups_have_an_amount CHECK ((purpose = 'top_up') = (amount IS NOT NULL)),
    CONSTRAINT no_card_is_saved_without_consent CHECK (NOT save_card OR consent_text IS NOT NULL)
);
CREATE INDEX checkouts_by_account ON checkouts (account_id, id);
CREATE INDEX checkouts_by_reference ON checkouts (reference);
CREATE INDEX open_checkouts ON checkouts (not_before)
    WHERE state IN ('planned', 'open', 'processing', 'closing');

-- The last month of a card, `2030-12`; when its owner removed it, and when the processor had forgotten it.
ALTER TABLE payment_methods ADD COLUMN expires TEXT;
ALTER TABLE payment_methods ADD COLUMN removed_at TIMESTAMP;
ALTER TABLE payment_methods ADD COLUMN detached_at TIMESTAMP;
CREATE INDEX cards_to_detach ON payment_methods (removed_at) WHERE removed_at IS NOT NULL AND detached_at IS NULL;
