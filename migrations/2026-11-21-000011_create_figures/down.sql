CREATE INDEX transfers_by_credit ON transfers (credit);
DROP INDEX transfers_by_credit_and_time;
DROP INDEX payments_by_time;
DROP INDEX calls_by_settlement;
DROP INDEX calls_by_start;
DROP INDEX calls_by_account;
DROP TABLE figures;
