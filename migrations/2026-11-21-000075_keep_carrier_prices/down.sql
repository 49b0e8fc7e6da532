DROP TABLE carrier_prices;
