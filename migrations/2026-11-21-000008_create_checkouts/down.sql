DROP INDEX cards_to_detach;
ALTER TABLE payment_methods DROP COLUMN detached_at;
ALTER TABLE payment_methods DROP COLUMN removed_at;
ALTER TABLE payment_methods DROP COLUMN expires;
DROP TABLE checkouts;
