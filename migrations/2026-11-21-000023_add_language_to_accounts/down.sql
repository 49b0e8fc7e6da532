DROP TABLE sounds;
ALTER TABLE accounts DROP COLUMN language;
