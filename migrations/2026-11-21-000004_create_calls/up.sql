CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- Makes repeating a request to dial harmless: the second finds the first one's call.
    request_key TEXT NOT NULL,
    room TEXT NOT NULL,
    phase TEXT NOT NULL CHECK (phase IN ('running', 'ending', 'settled')),
    end_reason TEXT,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    deadline TIMESTAMP,
    extension INTEGER NOT NULL,
    checkpoint_at TIMESTAMP,
    warned BOOLEAN NOT NULL,
    conference_sid TEXT,
    -- How many lines its record has.
    records BIGINT NOT NULL,
    settled_at TIMESTAMP,
    CONSTRAINT a_request_dials_once UNIQUE (account_id, request_key),
    CONSTRAINT only_running_calls_have_no_reason CHECK ((phase = 'running') = (end_reason IS NULL))
);
CREATE INDEX live_calls ON calls (account_id, deadline) WHERE phase <> 'settled';

CREATE TABLE legs (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    position INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('payer', 'other')),
    number TEXT NOT NULL,
    -- The rate as it stood when the money was held, as JSON: frozen, never looked up again.
    rate TEXT NOT NULL,
    call_sid TEXT,
    state TEXT NOT NULL CHECK (state IN ('planned', 'calling', 'ringing', 'answered', 'over')),
    -- How it ended, by the carrier's word, and the carrier's seconds.
    ended_how TEXT,
    carrier_seconds BIGINT,
    started_at TIMESTAMP,
    authorised_until TIMESTAMP,
    served INTEGER,
    joined BOOLEAN NOT NULL,
    restore_hold BOOLEAN NOT NULL,
    restore_muted BOOLEAN NOT NULL,
    billed_seconds BIGINT,
    cost BIGINT,
    CONSTRAINT a_carrier_call_is_one_leg UNIQUE (account_id, call_sid),
    CONSTRAINT a_leg_has_one_place UNIQUE (call_id, position),
    CONSTRAINT only_legs_that_are_over_ended CHECK ((state = 'over') = (ended_how IS NOT NULL))
);

-- What a call holds of its account's wallet: until the call is settled, and then what it charged.
CREATE TABLE holds (
    call_id TEXT PRIMARY KEY REFERENCES calls (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    amount BIGINT NOT NULL CHECK (amount >= 0),
    charged BIGINT,
    CONSTRAINT a_charge_never_exceeds_its_hold CHECK (charged IS NULL OR (charged >= 0 AND charged <= amount))
);
CREATE INDEX open_holds ON holds (account_id) WHERE charged IS NULL;

-- What happened to a call, line by line: its bill, its page and its story.
CREATE TABLE call_records (
    call_id TEXT NOT NULL REFERENCES calls (id),
    seq BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (call_id, seq)
);
