-- What was refused, and why; what is refused alike within a minute is counted in one row.
CREATE TABLE refusals (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- What somebody wanted to do, and by which way they came.
    deed TEXT NOT NULL,
    way TEXT NOT NULL,
    code TEXT NOT NULL,
    -- How the number begins that it was about; empty if it was about none.
    beginning TEXT NOT NULL,
    destination TEXT NOT NULL,
    -- As it was said last.
    sentence TEXT NOT NULL,
    minute TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL,
    times BIGINT NOT NULL CONSTRAINT a_refusal_happened CHECK (times > 0),
    CONSTRAINT refusals_of_a_minute_are_counted UNIQUE (account_id, minute, code, deed, way, beginning)
);
CREATE INDEX refusals_of_an_account ON refusals (account_id, id);
CREATE INDEX refusals_by_code ON refusals (code, id);
CREATE INDEX refusals_by_minute ON refusals (minute);
