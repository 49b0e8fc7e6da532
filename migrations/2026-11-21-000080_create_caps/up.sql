-- How much accounts may use at once, and where to: of the house, of a plan, of one account. All that apply count.
CREATE TABLE caps (
    -- `house`, or the id of the plan or of the account.
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    settings TEXT NOT NULL
);
