DROP TABLE users; DROP TABLE wallets; DROP TABLE accounts; DROP TABLE plans;
