-- Invitations into a running call, each for one phone that another account pays for.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    call_id TEXT NOT NULL REFERENCES calls (id),
    secret_hash TEXT NOT NULL,
    -- Made with the form, so that sending it twice makes one invitation.
    request_key TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    -- The leg of whoever came.
    used_by TEXT,
    revoked_at TIMESTAMP,
    CONSTRAINT a_form_makes_one_invitation UNIQUE (account_id, request_key)
);
CREATE INDEX invitations_by_call ON invitations (call_id, id);
