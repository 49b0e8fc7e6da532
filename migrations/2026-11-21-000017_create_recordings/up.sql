-- What the carrier keeps of calls, and until when it is to keep it.
CREATE TABLE recordings (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    call_id TEXT NOT NULL REFERENCES calls (id),
    carrier_sid TEXT NOT NULL,
    leg_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('in-progress', 'paused', 'stopped', 'completed', 'absent', 'deleted')),
    started_at TIMESTAMP NOT NULL,
    duration_seconds BIGINT,
    media_url TEXT,
    keep_until TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    CONSTRAINT one_row_for_each_recording UNIQUE (account_id, carrier_sid)
);
CREATE INDEX recordings_of_a_call ON recordings (call_id);
CREATE INDEX recordings_to_delete ON recordings (state, keep_until);
