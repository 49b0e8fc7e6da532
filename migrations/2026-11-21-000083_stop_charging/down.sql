DROP TABLE processor_breakers;
DROP TABLE processor_failures;
DROP TABLE charging;
