-- Phones by which a caller is known, and the card whose number and PIN others are asked for.
CREATE TABLE known_phones (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    number TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at TIMESTAMP NOT NULL,
    -- When the PIN was given from it, or an administrator vouched for it. Before that it makes nobody known.
    proven_at TIMESTAMP,
    CONSTRAINT a_phone_is_added_once UNIQUE (account_id, number)
);
-- Who calls is found by the phone alone, so a phone makes one account known, of all there are.
CREATE UNIQUE INDEX a_phone_makes_one_account_known ON known_phones (number) WHERE proven_at IS NOT NULL;

CREATE TABLE access_cards (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    number TEXT NOT NULL,
    pin_hash TEXT NOT NULL,
    set_at TIMESTAMP NOT NULL,
    -- Since the PIN was last right, or set.
    wrong_tries INTEGER NOT NULL,
    last_wrong_at TIMESTAMP
);
-- The account is found by it.
CREATE UNIQUE INDEX a_card_number_is_one_accounts ON access_cards (number);
