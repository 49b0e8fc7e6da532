-- What becomes of a call that came in, until it is a leg of a call that somebody pays for.
CREATE TABLE greetings (
    call_sid TEXT PRIMARY KEY,
    -- The access number that was called, and the phone, unless it is withheld.
    number TEXT NOT NULL,
    caller TEXT,
    language TEXT NOT NULL,
    -- Nobody's until the caller is known.
    account_id TEXT REFERENCES accounts (id),
    step TEXT NOT NULL,
    turn INTEGER NOT NULL,
    remark TEXT,
    tries INTEGER NOT NULL,
    wrong_codes BIGINT NOT NULL,
    began_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP,
    -- The carrier's count.
    seconds BIGINT
);
CREATE INDEX greetings_by_number ON greetings (number, began_at);
CREATE INDEX greetings_by_caller ON greetings (caller, began_at);
CREATE INDEX greetings_by_time ON greetings (began_at);
