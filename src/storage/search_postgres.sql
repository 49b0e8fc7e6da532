-- Re-created at every migration. In most collations PostgreSQL finds what begins so only by an index made for patterns;
-- SQLite compares bytes, and its unique index does.
CREATE INDEX IF NOT EXISTS accounts_by_beginning_of_email ON accounts (email text_pattern_ops);
