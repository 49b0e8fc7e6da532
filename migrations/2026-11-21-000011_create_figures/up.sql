-- What happened hour by hour, counted, so that a page of a month reads no books. `day` is the day of `hour`.
CREATE TABLE figures (
    day TIMESTAMP NOT NULL,
    measure TEXT NOT NULL,
    label TEXT NOT NULL,
    hour TIMESTAMP NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (day, measure, label, hour)
);
-- How far the hours are counted, and which must be counted again because a payment of theirs was still open.
CREATE INDEX closed_hours ON figures (hour) WHERE measure = 'closed';
CREATE INDEX unfinished_hours ON figures (hour) WHERE measure = 'recharges' AND label = 'open';

-- What an hour is counted by, and lists by account.
CREATE INDEX calls_by_account ON calls (account_id, id);
CREATE INDEX calls_by_start ON calls (started_at) WHERE started_at IS NOT NULL;
CREATE INDEX calls_by_settlement ON calls (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX payments_by_time ON payments (created_at);
CREATE INDEX transfers_by_credit_and_time ON transfers (credit, at);
DROP INDEX transfers_by_credit;
