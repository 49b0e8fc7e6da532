-- A plan may follow the decks of another with a markup.
CREATE TABLE markups (
    plan_id TEXT PRIMARY KEY NOT NULL REFERENCES plans (id),
    cost_plan_id TEXT NOT NULL REFERENCES plans (id),
    -- JSON: percentage, amounts, steps.
    markup TEXT NOT NULL,
    CONSTRAINT a_plan_does_not_follow_itself CHECK (plan_id <> cost_plan_id)
);
CREATE INDEX followers_of_a_plan ON markups (cost_plan_id);

-- What a unit of one currency is in another, from a moment on. Of two for one moment the later row counts.
CREATE TABLE conversions (
    id TEXT PRIMARY KEY NOT NULL,
    from_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    -- A decimal number.
    rate TEXT NOT NULL,
    effective_from TIMESTAMP NOT NULL,
    added_by TEXT NOT NULL,
    added_at TIMESTAMP NOT NULL,
    CONSTRAINT conversions_lead_to_another CHECK (from_currency <> to_currency)
);
CREATE INDEX conversions_in_effect ON conversions (from_currency, to_currency, effective_from, id);
