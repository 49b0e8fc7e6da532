DROP INDEX calls_transfer;
ALTER TABLE calls DROP COLUMN alone_since;
