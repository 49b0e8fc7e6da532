-- Numbers that callers ring to call on from there.
CREATE TABLE access_numbers (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL CONSTRAINT access_numbers_are_unique UNIQUE,
    label TEXT NOT NULL,
    -- In which callers are spoken to until it is known whose account pays.
    language TEXT NOT NULL,
    asks TEXT NOT NULL,
    closed BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);
