UPDATE plans SET room_profile = 'room_minimal' WHERE room_profile = 'room_two_parties';
DELETE FROM room_profiles WHERE id = 'room_two_parties';
