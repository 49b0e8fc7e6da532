-- Phones of the house that answer by a script, kept as JSON. A call with one keeps its number, and what it cost.
CREATE TABLE bots (
    name TEXT PRIMARY KEY NOT NULL,
    number TEXT NOT NULL UNIQUE,
    script TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
