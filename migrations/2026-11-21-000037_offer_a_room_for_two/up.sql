-- The smallest room, which takes no third.
INSERT INTO room_profiles (id, name, settings, created_at) VALUES
    ('room_two_parties', 'two parties', '{"max_participants":2}', '2026-11-21 00:00:00');
