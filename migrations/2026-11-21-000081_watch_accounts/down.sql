DROP TABLE watch;
ALTER TABLE accounts DROP COLUMN frozen_because;
