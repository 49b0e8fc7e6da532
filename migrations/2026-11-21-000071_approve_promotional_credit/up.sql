-- Until when what is asked for lasts, if it does not last for ever.
ALTER TABLE requests ADD COLUMN valid_until TIMESTAMP;
