ALTER TABLE requests DROP COLUMN valid_until;
