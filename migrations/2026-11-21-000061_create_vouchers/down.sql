DROP TABLE voucher_guesses;
DROP TABLE vouchers;
DROP TABLE voucher_batches;
