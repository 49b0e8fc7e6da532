-- Accounts that sell for the house: vouchers, and cash for other accounts, from a balance paid beforehand.
CREATE TABLE agents (
    account_id TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id),
    -- What an agent keeps of each sale, in hundredths of a percent.
    commission BIGINT NOT NULL CONSTRAINT an_agent_keeps_a_part CHECK (commission >= 0 AND commission < 10000),
    appointed_by TEXT NOT NULL,
    appointed_at TIMESTAMP NOT NULL,
    dismissed_at TIMESTAMP
);

-- Cash that was taken for an account. `account_id` is whose receipt it is: the agent's who took it; of what the house
-- took itself, the customer's.
CREATE TABLE cash_receipts (
    id TEXT PRIMARY KEY NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    number BIGINT NOT NULL,
    customer_id TEXT NOT NULL REFERENCES accounts (id),
    amount BIGINT NOT NULL CONSTRAINT receipts_are_about_money CHECK (amount > 0),
    currency TEXT NOT NULL,
    reason TEXT NOT NULL,
    request_key TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    taken_at TIMESTAMP NOT NULL,
    -- `taken`: it has left the agent's balance, and is on its way to the customer's.
    state TEXT NOT NULL,
    CONSTRAINT a_number_is_given_once UNIQUE (account_id, number),
    CONSTRAINT a_form_takes_cash_once UNIQUE (account_id, request_key)
);
CREATE INDEX cash_on_its_way ON cash_receipts (taken_at) WHERE state = 'taken';
