DROP TABLE rates; DROP TABLE decks;
