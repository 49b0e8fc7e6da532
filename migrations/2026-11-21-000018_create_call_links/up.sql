-- Links by which strangers start a call that an account pays for: its own number is rung first, then the others.
CREATE TABLE call_links (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    own_number TEXT NOT NULL,
    -- Separated by spaces.
    numbers TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    -- Made with the form, so that sending it twice makes one link.
    request_key TEXT NOT NULL,
    most_calls BIGINT NOT NULL,
    calls_made BIGINT NOT NULL,
    last_call_id TEXT,
    made_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP,
    CONSTRAINT a_form_makes_one_link UNIQUE (account_id, request_key),
    CONSTRAINT a_link_makes_no_more_calls_than_it_may CHECK (calls_made <= most_calls)
);
CREATE INDEX call_links_by_account ON call_links (account_id, id);
