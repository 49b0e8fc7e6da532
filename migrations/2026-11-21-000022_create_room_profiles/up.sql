-- How rooms are, as JSON; what is not mentioned is as in the smallest room. A call keeps what its profile was.
CREATE TABLE room_profiles (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    settings TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
INSERT INTO room_profiles (id, name, settings, created_at) VALUES
    ('room_minimal', 'minimal', '{}', '2026-11-21 00:00:00'),
    ('room_moderated', 'moderated', '{"starts":"payer","wait":"music"}', '2026-11-21 00:00:00');
ALTER TABLE plans ADD COLUMN room_profile TEXT NOT NULL DEFAULT 'room_minimal';
