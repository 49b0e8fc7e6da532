ALTER TABLE plans DROP COLUMN room_profile;
DROP TABLE room_profiles;
