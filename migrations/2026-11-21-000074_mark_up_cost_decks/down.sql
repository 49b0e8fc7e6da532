DROP TABLE conversions;
DROP TABLE markups;
