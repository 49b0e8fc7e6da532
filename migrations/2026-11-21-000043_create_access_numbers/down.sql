DROP TABLE access_numbers;
