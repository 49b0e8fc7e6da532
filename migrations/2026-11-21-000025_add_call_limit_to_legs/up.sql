-- The carrier's limit of the whole call of a leg, from its answer, where that and not its Dial keeps it to its time.
ALTER TABLE legs ADD COLUMN call_limit BIGINT;
