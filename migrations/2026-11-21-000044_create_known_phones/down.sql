DROP TABLE access_cards;
DROP TABLE known_phones;
